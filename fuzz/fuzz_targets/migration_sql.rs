//! Any text as a migration: every statement is answered, in bounded time, whatever the dialect.

#![no_main]

use gonogo_migration::layout::{Tool, halves};
use gonogo_migration::rules::hazards;
use gonogo_migration::table::{StatementRow, to_text};
use gonogo_migration::{Analyzer, Dialect, PhasePlan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let dialect = match first % 3 {
        0 => Dialect::Postgres,
        1 => Dialect::Mysql,
        _ => Dialect::Mariadb,
    };
    let mut analyzer = Analyzer::new(dialect);
    let found = if first & 128 == 0 { analyzer.analyze(&text) } else { analyzer.analyze_in_transaction(&text) };
    for statement in &found {
        assert!(text.get(statement.span.start..statement.span.end).is_some());
        let _ = hazards(statement);
    }
    let rows: Vec<_> = found.iter().map(|a| StatementRow::new(a, None, None)).collect();
    let _ = to_text("m.sql", &text, &rows);
    let _ = PhasePlan::of(&found);
    let _ = halves(Tool::Goose, &text);
});
