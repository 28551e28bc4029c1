//! The table of statements that `gonogo migration FILE` shows: lock, who waits, work, how long.

use serde::Serialize;

use crate::analysis::Analyzed;
use crate::duration::{Estimate, Forecast};
use crate::effects::{Algorithm, LockMode};
use crate::phase::Phase;
use crate::rules::{breaks, hazards};

/// One statement's row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StatementRow {
    /// The line it begins at, counted from 1.
    pub line: u32,
    /// The first byte, and one past the last.
    pub span: (usize, usize),
    /// The statement.
    pub sql: String,
    /// The strongest table lock, and on which relations it is held.
    pub locks: Vec<(String, LockMode)>,
    /// MySQL: the algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Whose readers wait.
    pub blocks_reads: Vec<String>,
    /// Whose writers wait.
    pub blocks_writes: Vec<String>,
    /// What is written anew.
    pub rewrites: Vec<String>,
    /// What is read from end to end.
    pub scans: Vec<String>,
    /// Which indexes are built.
    pub indexes_built: Vec<String>,
    /// From begin to end, in seconds, when the sizes are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Estimate>,
    /// How long others wait, in seconds, when the sizes are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocking: Option<Estimate>,
    /// When it should run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The rules by which it is a hazard.
    pub hazards: Vec<&'static str>,
    /// The rules by which running code breaks if it uses what the statement touches.
    pub breaks: Vec<&'static str>,
    /// What else running code may trip over: new constraints, triggers, changed rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What could not be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// The error the server will answer with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
}

impl StatementRow {
    /// The row of a statement.
    pub fn new(analyzed: &Analyzed, forecast: Option<&Forecast>, phase: Option<Phase>) -> Self {
        let e = &analyzed.effects;
        let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect();
        Self {
            line: analyzed.span.line,
            span: (analyzed.span.start, analyzed.span.end),
            sql: analyzed.sql.clone(),
            locks: e.locks.iter().map(|(r, m)| (r.clone(), *m)).collect(),
            algorithm: e.algorithm,
            blocks_reads: list(&e.blocks_reads),
            blocks_writes: list(&e.blocks_writes),
            rewrites: list(&e.rewrites),
            scans: list(&e.scans),
            indexes_built: list(&e.indexes_built),
            total: forecast.and_then(|f| f.total),
            blocking: forecast.and_then(|f| f.blocking),
            phase,
            hazards: hazards(analyzed),
            breaks: breaks(analyzed),
            notes: e.may_break.iter().map(|may| may.why.clone()).collect(),
            unknown: e.unknown.clone(),
            fails: e.fails.clone(),
        }
    }

    /// In one word, gravest first: `hazard`, `breaks`, `unknown`, `note`, `ok`.
    pub fn verdict(&self) -> &'static str {
        if !self.hazards.is_empty() {
            "hazard"
        } else if !self.breaks.is_empty() {
            "breaks"
        } else if !self.unknown.is_empty() {
            "unknown"
        } else if !self.notes.is_empty() {
            "note"
        } else {
            "ok"
        }
    }

    /// Whether the row says more than that a statement is there.
    pub fn is_worth_naming(&self) -> bool {
        !self.locks.is_empty()
            || self.algorithm.is_some()
            || !self.unknown.is_empty()
            || self.fails.is_some()
            || !self.breaks.is_empty()
            || !self.notes.is_empty()
            || !self.blocks_writes.is_empty()
    }

    /// One line: lock, who waits, work, time.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(algorithm) = self.algorithm {
            parts.push(format!("ALGORITHM={}", algorithm.as_str()));
        }
        if let Some(mode) = self.locks.iter().map(|(_, m)| *m).max() {
            let on: Vec<&str> = self.locks.iter().filter(|(_, m)| *m == mode).map(|(r, _)| r.as_str()).collect();
            parts.push(format!("{mode} on {}", shorten(&on)));
        }
        let writers: Vec<&str> =
            self.blocks_writes.iter().filter(|t| !self.blocks_reads.contains(t)).map(String::as_str).collect();
        if !self.blocks_reads.is_empty() {
            parts.push(format!("blocks reads and writes of {}", shorten(&self.blocks_reads)));
        }
        if !writers.is_empty() {
            parts.push(format!("blocks writes of {}", shorten(&writers)));
        }
        if !self.rewrites.is_empty() {
            parts.push(format!("rewrites {}", shorten(&self.rewrites)));
        } else if !self.scans.is_empty() {
            parts.push(format!("scans {}", shorten(&self.scans)));
        }
        if !self.indexes_built.is_empty() {
            parts.push(format!("builds {}", shorten(&self.indexes_built)));
        }
        if let Some(t) = self.total {
            parts.push(format!("about {} (p90 {})", crate::rules::human(t.p50), crate::rules::human(t.p90)));
        }
        if let Some(why) = &self.fails {
            parts.push(format!("fails: {why}"));
        }
        parts.extend(self.notes.first().cloned());
        if let Some(why) = self.unknown.first() {
            parts.push(format!("unknown: {why}"));
        }
        if parts.is_empty() {
            parts.push("nothing that others would notice".to_owned());
        }
        parts.join("; ")
    }
}

fn shorten<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(4).map(AsRef::as_ref).collect();
    if names.len() > 4 { format!("{} and {} more", shown.join(", "), names.len() - 4) } else { shown.join(", ") }
}

/// The rows as text: for each statement its place, its SQL with the first line underlined, and what it does.
pub fn to_text(file: &str, source: &str, rows: &[StatementRow]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for row in rows {
        let from = source.get(..row.span.0).and_then(|s| s.rfind('\n')).map_or(0, |n| n + 1);
        let line_end = source.get(row.span.0..).and_then(|s| s.find('\n')).map_or(source.len(), |n| row.span.0 + n);
        let line = source.get(from..line_end).unwrap_or("");
        let lead = source.get(from..row.span.0).map_or(0, |s| s.chars().count());
        let marked = source.get(row.span.0..row.span.1.min(line_end)).map_or(1, |s| s.chars().count().max(1));
        let number = row.line.to_string();
        let margin = " ".repeat(number.len());
        let sign = row.verdict();
        let _ = writeln!(out, "{sign}: {file}:{number}");
        let _ = writeln!(out, "{margin} |");
        let _ = writeln!(out, "{number} | {line}");
        let _ = writeln!(out, "{margin} | {}{}", " ".repeat(lead), "^".repeat(marked));
        let _ = writeln!(out, "{margin} = {}", row.summary());
        for rule in row.hazards.iter().chain(&row.breaks) {
            let _ = writeln!(out, "{margin} = {rule}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analyzer;
    use crate::dialect::Dialect;

    #[test]
    fn a_statement_that_breaks_running_code_is_never_ok() {
        let sql = "drop table t; alter table u rename column a to b; truncate v; drop database shop; \
                   alter table w add check (a > 0) not valid; create table x (id int); drop table x;";
        let rows: Vec<StatementRow> =
            Analyzer::new(Dialect::Postgres).analyze(sql).iter().map(|a| StatementRow::new(a, None, None)).collect();
        let verdicts: Vec<&str> = rows.iter().map(StatementRow::verdict).collect();
        assert_eq!(verdicts, ["breaks", "breaks", "breaks", "breaks", "note", "ok", "ok"]);
        assert_eq!(rows[0].breaks, ["migration/drop-table"]);
        assert_eq!(rows[3].breaks, ["migration/may-break-code"]);
        assert!(to_text("m.sql", sql, &rows).starts_with("breaks: m.sql:1\n"));
    }

    #[test]
    fn a_row_says_what_the_statement_does_to_others() {
        let mut analyzer = Analyzer::new(Dialect::Postgres);
        analyzer.replay("create table t (id int primary key, a int)");
        let sql = "-- first\n  create index i on t (a);\n";
        let found = analyzer.analyze(sql);
        let row = StatementRow::new(&found[0], None, None);
        assert_eq!(row.summary(), "ShareLock on t; blocks writes of t; scans t; builds i");
        let text = to_text("m.sql", sql, &[row]);
        assert!(text.contains("2 |   create index i on t (a);\n  |   ^^^^^^^^^^^^^^^^^^^^^^^\n"), "{text}");
    }
}
