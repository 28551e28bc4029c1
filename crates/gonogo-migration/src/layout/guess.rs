//! Which dialect a set of migrations is written in, and what says so.

use crate::dialect::Dialect;

/// A guess with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guess {
    /// One of the dialects that are modelled.
    Known {
        /// Which.
        dialect: Dialect,
        /// What says so.
        evidence: String,
    },
    /// A dialect that is not modelled.
    Other {
        /// Its name.
        name: String,
        /// What says so.
        evidence: String,
    },
    /// Nothing says.
    None,
}

const POSTGRES: &[&str] = &[
    "timestamptz",
    "jsonb",
    "bigserial",
    " serial",
    "plpgsql",
    "concurrently",
    "bytea",
    "uuid_generate",
    "gen_random_uuid",
    "::text",
    "$$",
    "create extension",
    "using gin",
    "using gist",
    "regclass",
    "nextval(",
    "character varying",
    "with time zone",
    "create type",
    "materialized view",
    "int4",
    "int8",
    "text[]",
    "alter column",
    "on conflict",
    "validate constraint",
    "public.",
];
const MYSQL: &[&str] = &[
    "auto_increment",
    "engine=",
    "engine =",
    "`",
    "unsigned",
    "utf8mb4",
    "tinyint",
    "modify column",
    "mediumtext",
    "longtext",
    "on duplicate key",
    "charset",
];
const SQLITE: &[&str] = &["autoincrement", "pragma ", "without rowid", "strftime("];
const OTHER: &[(&str, &str)] = &[
    ("nvarchar(", "SQL Server"),
    ("[dbo]", "SQL Server"),
    ("varchar2(", "Oracle"),
    ("engine = mergetree", "ClickHouse"),
    ("mergetree", "ClickHouse"),
];

/// The dialect that a directory of the path names.
pub fn from_path(path: &str) -> Guess {
    for part in path.to_ascii_lowercase().split('/') {
        let known = |dialect| Guess::Known { dialect, evidence: format!("the directory {part}") };
        let words: Vec<&str> = part.split(['-', '_', '.']).collect();
        if words.iter().any(|w| matches!(*w, "postgres" | "postgresql" | "pg" | "psql" | "pgsql")) {
            return known(Dialect::Postgres);
        }
        if words.contains(&"mariadb") {
            return known(Dialect::Mariadb);
        }
        if words.contains(&"mysql") {
            return known(Dialect::Mysql);
        }
        for other in [
            "sqlite",
            "sqlite3",
            "mssql",
            "sqlserver",
            "oracle",
            "clickhouse",
            "cockroachdb",
            "h2",
            "spanner",
            "cassandra",
            "db2",
        ] {
            if words.contains(&other) {
                return Guess::Other { name: other.to_owned(), evidence: format!("the directory {part}") };
            }
        }
    }
    Guess::None
}

/// The provider that a Prisma `migration_lock.toml` or schema names.
pub fn from_provider(text: &str, file: &str) -> Guess {
    for line in text.lines() {
        let line = line.trim();
        let Some(value) =
            line.strip_prefix("provider").map(|r| r.trim_start_matches([' ', '=', '\t']).trim_matches(['"', '\'']))
        else {
            continue;
        };
        let evidence = format!("provider in {file}");
        return match value {
            "postgresql" | "postgres" => Guess::Known { dialect: Dialect::Postgres, evidence },
            "mysql" => Guess::Known { dialect: Dialect::Mysql, evidence },
            "sqlite" | "sqlserver" | "mongodb" | "cockroachdb" => Guess::Other { name: value.to_owned(), evidence },
            _ => continue,
        };
    }
    Guess::None
}

/// The dialect whose own words the texts use most.
pub fn from_sql<'a>(texts: impl Iterator<Item = &'a str>) -> Guess {
    let (mut postgres, mut mysql, mut sqlite, mut other) = (0usize, 0usize, 0usize, None);
    let mut seen: (Option<&str>, Option<&str>) = (None, None);
    for text in texts.take(400) {
        let lower: String = text.chars().take(64 * 1024).collect::<String>().to_ascii_lowercase();
        let count = |words: &[&'static str]| {
            let found: Vec<&'static str> = words.iter().copied().filter(|w| lower.contains(w)).collect();
            (found.len(), found.first().copied())
        };
        let (p, first_p) = count(POSTGRES);
        let (m, first_m) = count(MYSQL);
        let (l, _) = count(SQLITE);
        seen.0 = seen.0.or(first_p);
        seen.1 = seen.1.or(first_m);
        postgres += p;
        mysql += m;
        sqlite += 2 * l;
        if let Some((word, name)) = OTHER.iter().find(|(w, _)| lower.contains(w)) {
            other.get_or_insert((*name, *word));
        }
    }
    if let Some((name, word)) = other
        && postgres == 0
        && mysql == 0
    {
        return Guess::Other { name: name.to_owned(), evidence: format!("`{word}` in the SQL") };
    }
    if sqlite > postgres.max(mysql) {
        return Guess::Other { name: "SQLite".to_owned(), evidence: "words of SQLite in the SQL".to_owned() };
    }
    let evidence = |word: Option<&str>| format!("`{}` in the SQL", word.unwrap_or("").trim());
    match postgres.cmp(&mysql) {
        std::cmp::Ordering::Greater => Guess::Known { dialect: Dialect::Postgres, evidence: evidence(seen.0) },
        std::cmp::Ordering::Less => Guess::Known { dialect: Dialect::Mysql, evidence: evidence(seen.1) },
        std::cmp::Ordering::Equal => Guess::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_sql_decide() {
        let guess = from_sql(["create table a (id bigserial, at timestamptz)"].into_iter());
        assert!(matches!(guess, Guess::Known { dialect: Dialect::Postgres, .. }));
        let guess = from_sql(["create table `a` (id int auto_increment) engine=innodb"].into_iter());
        assert!(matches!(guess, Guess::Known { dialect: Dialect::Mysql, .. }));
        assert_eq!(from_sql(["create table a (id int)"].into_iter()), Guess::None);
    }

    #[test]
    fn a_dialect_that_is_not_modelled_is_named() {
        assert!(matches!(from_path("db/sqlite/migrations"), Guess::Other { .. }));
        assert!(matches!(from_provider("provider = \"sqlite\"", "migration_lock.toml"), Guess::Other { .. }));
    }
}
