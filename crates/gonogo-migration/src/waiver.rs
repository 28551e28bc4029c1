//! Waivers that stand in a migration file: `-- gonogo:allow <rule> who=.. until=.. why=..`.
//!
//! A comment is text of HEAD, so by itself it waives nothing: only findings of rules that production's policy lets files waive are
//! lowered, never what could not be told, and never once its time is over or when no clock says that it is not. The decision ends with
//! the waiver. One that is refused is a finding of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use gonogo_core::{Certainty, Facts, Finding, Lapse, ObjectId, Severity, Timestamp, Waiver};

use crate::dialect::{Dialect, ServerVersion};
use crate::rules::RULES;
use crate::sql::lex::{REMARK, REMARKS};
use crate::sql::split::{Piece, split};

/// The evidence by which a waived finding is known.
pub(crate) const WAIVED: &str = "waived";
/// A comment may be so long, in bytes.
const LENGTH: usize = 1_000;
/// So many bytes may stand between a comment and its statement: other comments.
const REACH: usize = 4_096;
/// How it is written.
const FORM: &str =
    "write it as: -- gonogo:allow migration/index-blocks who=ada until=2026-12-31 why=the table is empty";
const KEYS: [&str; 3] = ["who", "until", "why"];

/// A waiver as it is written in a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    /// The line of the comment, counted from 1.
    pub(crate) line: u32,
    place: Place,
    read: Result<Waiver, String>,
}

/// What a comment stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The statement that begins at this byte.
    Statement(usize),
    /// No statement.
    Nowhere,
    /// A part of the file that a deploy does not run.
    NotRun,
}

/// The waivers of a file, of which `up` is what runs on deploy (with the same lines). One pass over each text.
pub(crate) fn written(text: &str, up: &str, dialect: Dialect, version: ServerVersion) -> Vec<Written> {
    if !text.as_bytes().windows(REMARK.len()).any(|w| w.eq_ignore_ascii_case(REMARK.as_bytes())) {
        return Vec::new();
    }
    let mut found = of_text(up, dialect, version);
    if text.len() != up.len() {
        let lines: BTreeSet<u32> = found.iter().map(|w| w.line).collect();
        let others = of_text(text, dialect, version).into_iter().filter(|w| !lines.contains(&w.line));
        found.extend(others.map(|w| Written { place: Place::NotRun, ..w }));
    }
    found
}

fn of_text(sql: &str, dialect: Dialect, version: ServerVersion) -> Vec<Written> {
    let script = split(sql, dialect, version);
    let (mut line, mut counted) = (1u32, 0usize);
    let mut found = Vec::with_capacity(script.remarks.len());
    for &(start, end) in &script.remarks {
        let newlines = sql.get(counted..start).unwrap_or("").bytes().filter(|&b| b == b'\n').count();
        line = line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        counted = start;
        if found.len() == REMARKS {
            let read =
                Err(format!("it is one of more than {REMARKS} in this file; it and those below it were not read"));
            found.push(Written { line, place: Place::Nowhere, read });
            break;
        }
        let place = place(sql, &script.statements, start, end);
        found.push(Written { line, place, read: read(sql.get(start..end).unwrap_or("")) });
    }
    found
}

/// The statement that the comment stands in or behind on its line, else the one directly below it.
fn place(sql: &str, statements: &[Piece], start: usize, end: usize) -> Place {
    let next = statements.partition_point(|piece| piece.start < start);
    let near = |from: usize, to: usize| sql.get(from..to).filter(|between| between.len() <= REACH);
    if let Some(before) = next.checked_sub(1).and_then(|i| statements.get(i))
        && (before.end > start || near(before.end, start).is_some_and(|between| !between.contains('\n')))
    {
        return Place::Statement(before.start);
    }
    let Some(below) = statements.get(next) else { return Place::Nowhere };
    // What stands between are comments; a blank line ends what they are about.
    let directly = near(end, below.start).is_some_and(|between| {
        let lines = between.split('\n').count();
        between.split('\n').enumerate().all(|(i, l)| i == 0 || i + 1 == lines || !l.trim().is_empty())
    });
    if directly { Place::Statement(below.start) } else { Place::Nowhere }
}

/// Reads a comment that begins with `gonogo:`.
fn read(comment: &str) -> Result<Waiver, String> {
    if comment.len() > LENGTH {
        return Err(format!("it is longer than {LENGTH} bytes"));
    }
    let inner = match comment.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => comment,
    };
    let mut words =
        inner.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '#')).split_whitespace();
    let verb = words.next().unwrap_or("").get(REMARK.len()..).unwrap_or("");
    if !verb.eq_ignore_ascii_case("allow") {
        return Err(format!("`{REMARK}{verb}` is not known, {REMARK}allow is"));
    }
    let rule = words.next().filter(|rule| !rule.contains('=')).ok_or("it names no rule")?;
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    let mut current: Option<&str> = None;
    for word in words {
        let named =
            word.split_once('=').filter(|(key, _)| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic()));
        match (named, current) {
            (Some((key, value)), _) => {
                let known = KEYS.into_iter().find(|known| *known == key);
                let key = known.ok_or_else(|| format!("`{key}=` is not known; who, until and why are"))?;
                if values.insert(key, value.to_owned()).is_some() {
                    return Err(format!("it says `{key}=` twice"));
                }
                current = Some(key);
            }
            (None, Some(key)) => {
                let value = values.entry(key).or_default();
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => return Err(format!("`{word}` stands before who=, until= and why=")),
        }
    }
    let mut value = |key: &str| {
        let value = values.remove(key).unwrap_or_default();
        let bare = value.trim().trim_matches('"').trim().to_owned();
        if bare.is_empty() { Err(format!("it does not say {key}")) } else { Ok(bare) }
    };
    let (who, until, why) = (value("who")?, value("until")?, value("why")?);
    let until =
        time(&until).ok_or_else(|| format!("`until={until}` is no day such as 2026-12-31, nor a time in RFC 3339"))?;
    Ok(Waiver { rule: rule.to_owned(), subject: None, head: None, who, why, until })
}

/// A time, or the first instant of a day (UTC).
fn time(text: &str) -> Option<Timestamp> {
    let day = text.len() == 10 && !text.contains(['T', 't']);
    if day { format!("{text}T00:00:00Z").parse().ok() } else { text.parse().ok() }
}

/// What decides about a written waiver.
pub(crate) struct Court<'a> {
    /// The rules that production's policy lets files waive.
    pub(crate) allowed: &'a BTreeSet<String>,
    /// What is deployed.
    pub(crate) head: &'a ObjectId,
    /// The time, if it is known.
    pub(crate) now: Option<Timestamp>,
}

/// Why a waiver does nothing, and what to do.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    pub(crate) remedy: &'static str,
}

impl Court<'_> {
    /// The findings that the waiver lowers, by their index: at least one. `about` says which findings are about the statement that begins
    /// at a byte.
    pub(crate) fn hear(
        &self,
        written: Written,
        about: &BTreeMap<usize, Range<usize>>,
        findings: &[Finding],
        waived: &BTreeMap<usize, Waiver>,
    ) -> Result<(Waiver, Vec<usize>), Refusal> {
        let refuse = |why: String, remedy: &'static str| Err(Refusal { why, remedy });
        let waiver = match written.read {
            Ok(waiver) => waiver,
            Err(why) => return refuse(why, FORM),
        };
        let rule = waiver.rule.as_str();
        if !RULES.iter().any(|known| known.id == rule) {
            return refuse(format!("`{rule}` is no rule about migrations"), FORM);
        }
        if !self.allowed.contains(rule) {
            return refuse(
                format!("the policy of production does not let files waive {rule}"),
                "waive it with [[policy.waivers]] or --clearances, or name the rule in [migration] inline_waivers of gonogo.toml, which \
                 counts once it is in production",
            );
        }
        match waiver.lapse(self.head, self.now) {
            None => {}
            Some(Lapse::NoClock) => {
                return refuse(
                    "no trustworthy clock says that its time is not over".to_owned(),
                    "set the clock of the machine that decides",
                );
            }
            Some(Lapse::Expired) => {
                return refuse(
                    format!("its time was over at {}", waiver.until),
                    "mend the statement, or ask again for a later day",
                );
            }
            Some(_) => return refuse("nobody answers for it".to_owned(), FORM),
        }
        let start = match written.place {
            Place::Statement(start) => start,
            Place::Nowhere => {
                return refuse(
                    "no statement stands on its line or directly below it".to_owned(),
                    "put it directly above the statement, without a blank line between",
                );
            }
            Place::NotRun => {
                return refuse("it stands in a part of the file that a deploy does not run".to_owned(), "take it away");
            }
        };
        let range = about.get(&start).cloned().unwrap_or_default();
        let of_rule: Vec<(usize, &Finding)> = findings
            .iter()
            .enumerate()
            .skip(range.start)
            .take(range.len())
            .filter(|(i, finding)| waiver.names(finding) && !waived.contains_key(i))
            .collect();
        let lowers = |finding: &Finding| finding.certainty == Certainty::Observed && finding.severity > Severity::Note;
        let lowered: Vec<usize> = of_rule.iter().filter(|(_, finding)| lowers(finding)).map(|(i, _)| *i).collect();
        if !lowered.is_empty() {
            return Ok((waiver, lowered));
        }
        if of_rule.iter().any(|(_, finding)| finding.certainty != Certainty::Observed) {
            return refuse(
                "what could not be told is never waived by a file".to_owned(),
                "have the statement looked at by hand",
            );
        }
        refuse(format!("its statement has no finding of {rule} that weighs more than a note"), "take it away")
    }
}

/// Lowers the waived findings to notes that say who answers for them. The evidence is good as long as every waiver lives.
pub(crate) fn lower(findings: &mut [Finding], waived: &BTreeMap<usize, Waiver>, mut facts: Facts) -> Facts {
    let mut named = Vec::new();
    for (&i, waiver) in waived {
        let Some(finding) = findings.get_mut(i) else { continue };
        let evidence = serde_json::json!({
            "severity": finding.severity, "who": waiver.who, "why": waiver.why, "until": waiver.until,
        });
        let place = finding.location.as_ref().map_or_else(String::new, |location| format!("{location} "));
        named.push(format!("{place}{} {}, a {} otherwise", finding.rule, finding.subject, finding.severity));
        finding
            .message
            .push_str(&format!("; waived in the file by {} until {}: {}", waiver.who, waiver.until, waiver.why));
        finding.severity = Severity::Note;
        finding.evidence.insert(WAIVED.to_owned(), evidence);
        facts = facts.valid_until(waiver.until);
    }
    if named.is_empty() { facts } else { facts.list("waived findings", named) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "who=Ada Lovelace until=2026-12-31 why=the table is empty";

    fn places(sql: &str) -> Vec<(u32, Option<&str>)> {
        of_text(sql, Dialect::Postgres, Dialect::Postgres.default_version())
            .into_iter()
            .map(|w| {
                let from = match w.place {
                    Place::Statement(start) => sql.get(start..),
                    _ => None,
                };
                (w.line, from.map(|s| s.split([';', '\n']).next().unwrap_or("")))
            })
            .collect()
    }

    #[test]
    fn values_reach_to_the_next_key() {
        for comment in [
            format!("-- gonogo:allow migration/fails {GOOD}"),
            format!("--gonogo:ALLOW migration/fails {GOOD}\r"),
            format!("/* gonogo:allow migration/fails {GOOD} */"),
            "-- gonogo:allow migration/fails why=\"the table is empty\" until=2026-12-31T00:00:00Z who=\"Ada Lovelace\"".to_owned(),
        ] {
            let waiver = read(&comment).unwrap_or_else(|why| panic!("{comment}: {why}"));
            assert_eq!((waiver.who.as_str(), waiver.why.as_str()), ("Ada Lovelace", "the table is empty"), "{comment}");
            assert_eq!(waiver.until.to_string(), "2026-12-31T00:00:00Z");
        }
    }

    #[test]
    fn what_is_malformed_says_why() {
        let long = format!("-- gonogo:allow r {GOOD}{}", "x".repeat(LENGTH));
        for (comment, why) in [
            ("-- gonogo:allow", "names no rule"),
            ("-- gonogo:allow who=a until=2026-12-31 why=b", "names no rule"),
            ("-- gonogo:alow r who=a until=2026-12-31 why=b", "not known"),
            ("-- gonogo:", "not known"),
            ("-- gonogo:allow r until=2026-12-31 why=b", "does not say who"),
            ("-- gonogo:allow r who= until=2026-12-31 why=b", "does not say who"),
            ("-- gonogo:allow r who=a why=b", "does not say until"),
            ("-- gonogo:allow r who=a until=2026-12-31", "does not say why"),
            ("-- gonogo:allow r who=a until=2026-13-31 why=b", "is no day"),
            ("-- gonogo:allow r who=a until=never why=b", "is no day"),
            ("-- gonogo:allow r who=a until=2026-12-31 why=b subject=t", "`subject=` is not known"),
            ("-- gonogo:allow r who=a who=c until=2026-12-31 why=b", "twice"),
            ("-- gonogo:allow r s who=a until=2026-12-31 why=b", "stands before"),
            (long.as_str(), "longer than"),
        ] {
            let said = read(comment).expect_err(comment);
            assert!(said.contains(why), "{comment}: {said}");
        }
    }

    #[test]
    fn a_comment_belongs_to_the_statement_of_its_line_or_directly_below() {
        assert_eq!(places("-- gonogo:x\nselect 1;"), [(1, Some("select 1"))]);
        assert_eq!(places("-- gonogo:x\n-- more\n  select 1;"), [(1, Some("select 1"))]);
        assert_eq!(places("select 1; -- gonogo:x\nselect 2;"), [(1, Some("select 1"))]);
        assert_eq!(places("select 1;\n/* gonogo:x */ select 2;"), [(2, Some("select 2"))]);
        assert_eq!(places("select 1\n-- gonogo:x\n, 2; select 3"), [(2, Some("select 1"))]);
        assert_eq!(places("-- gonogo:x\n-- drop table a;\n\nselect 1;"), [(1, None)]);
        assert_eq!(places("select 1;\n-- gonogo:x\n"), [(2, None)]);
        assert_eq!(places(&format!("-- gonogo:x\n--{}\nselect 1;", "x".repeat(REACH))), [(1, None)]);
    }

    #[test]
    fn a_string_is_no_comment() {
        assert_eq!(places("select '\n-- gonogo:x\n'; select $$ -- gonogo:x $$; select 1 /* gonogo:never closed"), []);
        assert_eq!(places("copy t from stdin;\n-- gonogo:x\n\\.\n"), []);
    }

    #[test]
    fn within_a_conditional_comment_it_is_heard_too() {
        let sql = "/*!50000 select 1 /* gonogo:x */ , 2 */;";
        assert_eq!(of_text(sql, Dialect::Mysql, Dialect::Mysql.default_version()).len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(words in proptest::collection::vec(proptest::sample::select(vec![
            "gonogo:", "allow", " ", "\n", "--", "/*", "*/", "=", "who=", "until=", "why=", "2026-12-31", "\u{e9}", "\"", "'", "$$", ";",
            "(", ")", "select 1", "/*!", "#", "\\i", "migration/fails", "delimiter //", "\r", "T", "-",
        ]), 0..40)) {
            let sql = words.concat();
            for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb] {
                let found = written(&sql, &sql, dialect, dialect.default_version());
                proptest::prop_assert!(found.iter().all(|w| (w.line as usize) <= sql.lines().count().max(1)));
            }
            let _ = read(&format!("--gonogo:allow {sql}"));
        }
    }

    #[test]
    fn more_than_are_read_are_said() {
        let many = "-- gonogo:x\n".repeat(REMARKS + 50);
        let found = of_text(&many, Dialect::Mysql, Dialect::Mysql.default_version());
        assert_eq!(found.len(), REMARKS + 1);
        assert!(found.last().is_some_and(|w| w.read.as_ref().is_err_and(|why| why.contains("more than"))));
    }

    #[test]
    fn what_is_not_run_is_told_apart() {
        let text = "-- gonogo:x\n-- +goose Up\nselect 1;\n-- +goose Down\n-- gonogo:x\nselect 2;\n";
        let up = crate::layout::halves(crate::layout::Tool::Goose, text).up;
        let found = written(text, &up, Dialect::Postgres, Dialect::Postgres.default_version());
        assert_eq!(
            found.iter().map(|w| (w.line, w.place)).collect::<Vec<_>>(),
            [(1, Place::NotRun), (5, Place::NotRun)]
        );
    }
}
