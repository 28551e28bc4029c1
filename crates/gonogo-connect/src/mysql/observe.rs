//! How the server carries out an ALTER TABLE: the cheapest algorithm and the weakest lock that it takes, which is what it chooses by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use gonogo_migration::server::Run;
use gonogo_migration::{Algorithm, Dialect, Observed, ServerError};

use super::Link;

/// From the cheapest to the dearest.
const MYSQL: &[(&str, &str)] = &[
    ("INSTANT", ""),
    ("INPLACE", "NONE"),
    ("INPLACE", "SHARED"),
    ("INPLACE", "EXCLUSIVE"),
    ("COPY", "NONE"),
    ("COPY", "SHARED"),
    ("COPY", "EXCLUSIVE"),
];

const MARIADB: &[(&str, &str)] = &[
    ("INSTANT", "NONE"),
    ("INSTANT", "SHARED"),
    ("INSTANT", "EXCLUSIVE"),
    ("NOCOPY", "NONE"),
    ("NOCOPY", "SHARED"),
    ("NOCOPY", "EXCLUSIVE"),
    ("INPLACE", "NONE"),
    ("INPLACE", "SHARED"),
    ("INPLACE", "EXCLUSIVE"),
    ("COPY", "NONE"),
    ("COPY", "SHARED"),
    ("COPY", "EXCLUSIVE"),
];

/// An ALTER TABLE cut in three.
struct Alter<'a> {
    /// Up to and with the name of the table.
    head: &'a str,
    table: String,
    rest: &'a str,
}

/// `ALTER [IGNORE] TABLE [IF EXISTS] name rest`.
fn alter(sql: &str) -> Option<Alter<'_>> {
    let mut words = sql.split_whitespace();
    if !words.next()?.eq_ignore_ascii_case("alter") {
        return None;
    }
    let mut word = words.next()?;
    if word.eq_ignore_ascii_case("ignore") || word.eq_ignore_ascii_case("online") {
        word = words.next()?;
    }
    if !word.eq_ignore_ascii_case("table") {
        return None;
    }
    let mut name = words.next()?;
    if name.eq_ignore_ascii_case("if") {
        words.next()?;
        name = words.next()?;
    }
    let from = name.as_ptr() as usize - sql.as_ptr() as usize;
    let rest = sql.get(from..)?;
    // a name in backquotes may hold blanks
    let length = match rest.strip_prefix('`') {
        Some(inner) => inner.find('`')? + 2,
        None => rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len()),
    };
    let (name, rest) = rest.split_at_checked(length)?;
    Some(Alter { head: sql.get(..from + length)?, table: name.trim_matches('`').to_owned(), rest: rest.trim() })
}

fn says(rest: &str, clause: &str) -> bool {
    let upper = rest.to_ascii_uppercase();
    upper.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == clause)
}

fn begins(rest: &str, words: &[&str]) -> bool {
    let mut found = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words.iter().all(|word| found.next().is_some_and(|f| f.eq_ignore_ascii_case(word)))
}

/// Runs a statement and says what it did.
pub(super) fn observe(link: &mut Link, dialect: Dialect, sql: &str, run: Run) -> Result<Observed, ServerError> {
    let mut out = Observed::default();
    let Some(parts) = alter(sql).filter(|_| run != Run::Plain) else {
        let began = Instant::now();
        link.ask(sql)?;
        out.seconds = began.elapsed().as_secs_f64();
        return Ok(out);
    };
    let ladder = if dialect == Dialect::Mariadb { MARIADB } else { MYSQL };
    let told = says(parts.rest, "ALGORITHM") || says(parts.rest, "LOCK");
    let before = files(link, dialect)?;
    let mut refused = None;
    let attempts: &[(&str, &str)] = if told { &[("", "")] } else { ladder };
    for (algorithm, lock) in attempts {
        let alone = begins(parts.rest, &["partition", "by"]) || begins(parts.rest, &["remove", "partitioning"]);
        let statement = match (told, lock.is_empty()) {
            (true, _) => sql.to_owned(),
            (false, empty) => {
                let comma = if alone { " " } else { ", " };
                let lock = if empty { String::new() } else { format!(", lock={lock}") };
                format!("{} algorithm={algorithm}{lock}{comma}{}", parts.head, parts.rest)
            }
        };
        let began = Instant::now();
        match link.ask(&statement) {
            Ok((_, touched)) => {
                out.seconds = began.elapsed().as_secs_f64();
                let after = files(link, dialect)?;
                conclude(&parts, told, algorithm, lock, touched, &before, &after, &mut out);
                return Ok(out);
            }
            Err(error @ ServerError::Statement { .. }) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(out),
    }
}

#[allow(clippy::too_many_arguments)]
fn conclude(
    parts: &Alter<'_>,
    told: bool,
    algorithm: &str,
    lock: &str,
    touched: u64,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    out: &mut Observed,
) {
    let mut algorithm = match algorithm {
        "INSTANT" => Algorithm::Instant,
        "COPY" => Algorithm::Copy,
        _ => Algorithm::Inplace,
    };
    let mut lock = if lock.is_empty() { "NONE" } else { lock };
    if told {
        let upper = parts.rest.to_ascii_uppercase();
        let word = |clause: &str| {
            let after = upper.split_once(clause)?.1;
            after.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).find(|w| !w.is_empty()).map(str::to_owned)
        };
        algorithm = match word("ALGORITHM").as_deref() {
            Some("INSTANT") => Algorithm::Instant,
            Some("COPY") => Algorithm::Copy,
            _ => Algorithm::Inplace,
        };
        lock = match word("LOCK").as_deref() {
            Some("SHARED") => "SHARED",
            Some("EXCLUSIVE") => "EXCLUSIVE",
            Some("NONE") => "NONE",
            _ if algorithm == Algorithm::Copy => "SHARED",
            _ => "NONE",
        };
    }
    let mine: BTreeSet<&String> = before
        .iter()
        .filter(|(name, _)| {
            let lower = name.to_lowercase();
            let table = parts.table.to_lowercase();
            lower == table || lower.starts_with(&format!("{table}#p#"))
        })
        .map(|(_, id)| id)
        .collect();
    let kept: BTreeSet<&String> = after.values().collect();
    let mut rebuilt = mine.iter().any(|id| !kept.contains(*id));
    // only a copy says how many rows it touched; MariaDB takes ALGORITHM=INSTANT for some statements and copies all the same
    if touched > 0 && algorithm != Algorithm::Copy {
        algorithm = Algorithm::Copy;
        if lock == "NONE" {
            lock = "SHARED";
        }
    }
    rebuilt |= algorithm == Algorithm::Copy;
    if begins(parts.rest, &["drop", "partition"]) || begins(parts.rest, &["truncate", "partition"]) {
        rebuilt = false;
    }
    if algorithm == Algorithm::Instant {
        lock = "NONE";
    }
    out.algorithm = Some(algorithm);
    if matches!(lock, "SHARED" | "EXCLUSIVE") {
        out.blocks_writes.insert(parts.table.clone());
    }
    if lock == "EXCLUSIVE" {
        out.blocks_reads.insert(parts.table.clone());
    }
    if rebuilt {
        out.rewrites.insert(parts.table.clone());
    }
}

/// The identity of each table's file, by its name without the database.
fn files(link: &mut Link, dialect: Dialect) -> Result<BTreeMap<String, String>, ServerError> {
    let view = if dialect == Dialect::Mariadb { "innodb_sys_tables" } else { "innodb_tables" };
    let prefix = format!("{}/", link.database);
    let (rows, _) = link.ask(&format!("select name, table_id from information_schema.{view}"))?;
    let own = |row: Vec<Option<String>>| {
        let [Some(name), Some(id)] = row.as_slice() else { return None };
        Some((name.strip_prefix(&prefix)?.to_owned(), id.clone()))
    };
    Ok(rows.into_iter().filter_map(own).collect())
}
