//! Whatever the text, an answer: no panic, no abort, nothing lost.

#![allow(clippy::unwrap_used)]

use gonogo_migration::layout::{Tool, halves, recognize};
use gonogo_migration::{Analyzer, Dialect, batch};
use proptest::prelude::*;

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb];

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "alter table",
        "t",
        "add column",
        "drop",
        "constraint",
        "check",
        "(",
        ")",
        ",",
        ";",
        "'",
        "\"",
        "`",
        "$$",
        "$a$",
        "--",
        "/*",
        "*/",
        "create table",
        "create index",
        "on",
        "concurrently",
        "begin",
        "commit",
        "rollback",
        "select",
        "from",
        "::",
        "int",
        "varchar(10)",
        "not null",
        "default",
        "now()",
        "references",
        "partition of",
        "for values",
        "in",
        "attach partition",
        "using",
        "type",
        "modify",
        "change",
        "delimiter //",
        "//",
        "case",
        "end",
        "é",
        "\n",
        "do",
        "execute",
        "0x",
        "1e",
        ".",
        "..",
        "e'\\",
        "update",
        "set",
        "=",
        "where",
        "with",
        "as",
        "rename",
        "to",
        "truncate",
        "\\.",
        "copy t from stdin;",
        "primary key",
        "unique",
        "fulltext",
        "generated always as",
        "stored",
        "like",
        "inherits",
        "drop table",
        "cascade",
        "schema",
        "a.b.c",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|v| v.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_words_are_answered(sql in pieces(), setup in pieces()) {
        for dialect in DIALECTS {
            let mut analyzer = Analyzer::new(dialect);
            analyzer.replay(&setup);
            for analyzed in analyzer.analyze(&sql) {
                prop_assert_eq!(&sql[analyzed.span.start..analyzed.span.end].trim_end(), &analyzed.sql.trim_end());
            }
        }
    }

    #[test]
    fn any_text_is_answered(sql in "\\PC{0,200}") {
        for dialect in DIALECTS {
            Analyzer::new(dialect).analyze(&sql);
        }
        recognize("migrations/1_a.sql", &sql, &|_| false);
        let h = halves(Tool::Goose, &sql);
        prop_assert_eq!(h.up.matches('\n').count(), sql.matches('\n').count());
    }

    #[test]
    fn any_line_of_the_batch_form_is_answered_or_refused(line in "\\PC{0,120}") {
        let _ = batch::answer(&line);
    }

    #[test]
    fn what_a_statement_does_does_not_depend_on_those_after_it(first in statement(), second in statement()) {
        let mut a = Analyzer::new(Dialect::Postgres);
        let alone = a.analyze(first);
        let mut b = Analyzer::new(Dialect::Postgres);
        let both = b.analyze(&format!("{first}; {second}"));
        prop_assert_eq!(both.len(), 2);
        prop_assert_eq!(&alone[0].effects, &both[0].effects);
    }

    #[test]
    fn a_transaction_only_adds_to_who_waits(first in statement(), second in statement()) {
        let script = format!("{first}; {second}");
        let apart = Analyzer::new(Dialect::Postgres).analyze(&script);
        let together = Analyzer::new(Dialect::Postgres).analyze_in_transaction(&script);
        for (x, y) in apart.iter().zip(&together) {
            prop_assert!(x.effects.blocks_reads.is_subset(&y.effects.blocks_reads));
            prop_assert!(x.effects.blocks_writes.is_subset(&y.effects.blocks_writes));
        }
    }
}

fn statement() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "alter table t add column a int",
        "alter table t add column b int default random()",
        "create index i on t (a)",
        "alter table t add constraint c check (a > 0) not valid",
        "alter table t validate constraint c",
        "alter table t rename to u",
        "alter table u alter column a type bigint",
        "drop table t",
        "create table t (a int primary key)",
        "create table v (a int references t)",
        "truncate t",
        "update t set a = 1",
        "select * from t",
        "lock table t",
        "vacuum full t",
    ])
}

#[test]
fn a_hundred_thousand_brackets_are_refused_and_do_not_overflow() {
    let deep = format!("alter table t add check ({}1{}); drop table u", "(".repeat(100_000), ")".repeat(100_000));
    for dialect in DIALECTS {
        let found = Analyzer::new(dialect).analyze(&deep);
        assert_eq!(found.len(), 2);
        assert!(found[0].effects.unknown[0].contains("brackets nest"), "{:?}", found[0].effects.unknown);
        assert_eq!(found[1].effects.changes.len(), 1);
    }
}

#[test]
fn long_chains_do_not_overflow() {
    for link in ["+1", " and true", " or not a", "::int", ".a", " union select 1", "||'x'", "[1]"] {
        let sql = format!("alter table t alter column a set default 1{}", link.repeat(50_000));
        Analyzer::new(Dialect::Postgres).analyze(&sql);
        let sql = format!("select 1{}", link.repeat(50_000));
        Analyzer::new(Dialect::Postgres).analyze(&sql);
    }
    for prefix in ["- ", "not ", "case when ", "select (", "array["] {
        Analyzer::new(Dialect::Postgres).analyze(&format!("select {}1", prefix.repeat(50_000)));
    }
}

#[test]
fn text_that_is_cut_off_is_an_unknown() {
    for (sql, dialect) in [
        ("alter table t add column a text default 'abc", Dialect::Postgres),
        ("create function f() returns int as $$ select", Dialect::Postgres),
        ("/* never closed", Dialect::Mysql),
        ("alter table t add column", Dialect::Mariadb),
        ("alter table t add column a int, ", Dialect::Postgres),
    ] {
        let found = Analyzer::new(dialect).analyze(sql);
        assert!(found.iter().any(|a| !a.effects.unknown.is_empty()), "{sql}: {found:?}");
    }
}

#[test]
fn an_unknown_dialect_is_an_error_with_the_lines_id() {
    let error = batch::answer(r#"{"id": 7, "dialect": "oracle", "sql": "select 1"}"#).unwrap_err();
    assert_eq!(error.id, Some(serde_json::json!(7)));
    assert!(error.message.contains("oracle"));
}

#[test]
fn nothing_known_of_a_table_is_not_safe() {
    for sql in [
        "alter table t alter column a type bigint",
        "alter table t alter column a set not null",
        "create index on t (a)",
        "alter table t add column u uuid default some_extension()",
        "alter table t add constraint c check (a > 0)",
        "vacuum full t",
    ] {
        let found = Analyzer::new(Dialect::Postgres).analyze(sql);
        assert!(!gonogo_migration::rules::hazards(&found[0]).is_empty(), "{sql}");
    }
    for sql in [
        "alter table t modify a bigint",
        "alter table t add check (a > 0)",
        "alter table t add foreign key (a) references u(id)",
    ] {
        let found = Analyzer::new(Dialect::Mysql).analyze(sql);
        assert!(!gonogo_migration::rules::hazards(&found[0]).is_empty(), "{sql}");
    }
}
