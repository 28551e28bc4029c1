//! The check over small histories: layouts, severity, what is told apart.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gonogo_core::testing::MemoryHistory;
use gonogo_core::{Check, CheckContext, Deploy, History, Outcome, Severity};
use gonogo_migration::duration::{TableSize, TableStats};
use gonogo_migration::{Dialect, MigrationsCheck};

type Files<'a> = &'a [(&'a str, &'a str)];

fn run(check: &MigrationsCheck, base: Files<'_>, head: Files<'_>) -> Outcome {
    let history =
        MemoryHistory::new().commit("production", &[], "base", base).commit("main", &["production"], "head", head);
    let deploy =
        Deploy::new("shop", "production", history.resolve("production").unwrap(), history.resolve("main").unwrap());
    let cx = CheckContext::standalone(Arc::new(deploy), Some(Arc::new(history)));
    block_on(check.run(&cx)).unwrap()
}

/// The check never waits, so one poll is enough.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the check waited"),
    }
}

fn said(outcome: &Outcome) -> Vec<(String, String, Severity, String)> {
    outcome
        .findings()
        .iter()
        .map(|f| {
            (
                f.rule.clone(),
                f.subject.clone(),
                f.weight(),
                f.location.as_ref().map_or_else(String::new, ToString::to_string),
            )
        })
        .collect()
}

const FIRST: (&str, &str) = (
    "migrations/20240101000000_first.sql",
    "create table post (id bigserial primary key, title text, last_seen_at timestamptz);\ncreate index post_title on post (title);",
);

#[test]
fn an_index_on_a_table_of_production_is_a_caution_at_its_line_while_sizes_are_unknown() {
    let new = ("migrations/20240202000000_index.sql", "-- speed\ncreate index post_seen on post (last_seen_at);");
    let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, new]);
    let expected = (
        "migration/index-blocks".to_owned(),
        "post".to_owned(),
        Severity::Caution,
        "migrations/20240202000000_index.sql:2".to_owned(),
    );
    assert_eq!(said(&outcome), [expected]);
    let facts = outcome.facts().unwrap();
    assert_eq!(facts.get("migrations").and_then(|f| f.count), Some(1));
    assert_eq!(facts.get("migrations replayed").and_then(|f| f.count), Some(1));
}

#[test]
fn known_sizes_make_it_a_note_or_a_stop() {
    let new = ("migrations/20240202000000_index.sql", "create index post_seen on post (last_seen_at);");
    for (rows, expected) in [(1e3, Severity::Note), (5e8, Severity::Stop)] {
        let mut stats = TableStats::default();
        stats.insert("post", TableSize { rows, bytes: rows * 100.0, ..TableSize::default() });
        let outcome = run(&MigrationsCheck::new().stats(stats), &[FIRST], &[FIRST, new]);
        assert_eq!(outcome.findings()[0].severity, expected, "{rows} rows");
    }
}

#[test]
fn a_table_made_in_the_same_range_is_no_hazard() {
    let a = ("migrations/20240202000000_a.sql", "create table tag (id bigserial primary key, name text);");
    let b = (
        "migrations/20240203000000_b.sql",
        "create index on tag (name); alter table tag alter column name set not null;",
    );
    let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, a, b]);
    assert_eq!(said(&outcome), []);
    assert_eq!(outcome.facts().and_then(|f| f.get("migrations")).and_then(|f| f.count), Some(2));
}

#[test]
fn a_dropped_column_that_production_still_names_is_a_stop_with_the_place() {
    let code = ("app/models/post.rb", "class Post\n  scope :seen, -> { where.not(last_seen_at: nil) }\nend\n");
    let new = ("migrations/20240202000000_drop.sql", "alter table post drop column last_seen_at;");
    let outcome = run(&MigrationsCheck::new(), &[FIRST, code], &[FIRST, new]);
    let finding = &outcome.findings()[0];
    assert_eq!(
        (finding.rule.as_str(), finding.subject.as_str(), finding.severity),
        ("migration/drop-column", "post.last_seen_at", Severity::Stop)
    );
    assert!(finding.message.contains("app/models/post.rb:2"), "{}", finding.message);
    let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, new]);
    assert_eq!(outcome.findings()[0].severity, Severity::Caution);
}

#[test]
fn migrations_that_are_code_are_undetermined_with_the_way_to_get_their_sql() {
    let rails = ("db/migrate/20240202000000_add.rb", "class Add < ActiveRecord::Migration[7.1]\nend");
    assert!(matches!(run(&MigrationsCheck::new(), &[("a", "b")], &[("a", "b"), rails]), Outcome::Undetermined { .. }));
    let django = (
        "shop/migrations/0002_x.py",
        "from django.db import migrations\nclass Migration(migrations.Migration):\n  pass",
    );
    let Outcome::Undetermined { remedy, .. } = run(&MigrationsCheck::new(), &[("a", "b")], &[("a", "b"), django])
    else {
        panic!()
    };
    assert!(remedy.unwrap().contains("sqlmigrate"));
}

#[test]
fn a_deploy_without_migrations_is_not_applicable() {
    assert!(matches!(run(&MigrationsCheck::new(), &[("a.rs", "x")], &[("a.rs", "y")]), Outcome::NotApplicable { .. }));
    let dump = ("db/structure.sql", "create table a (id int);");
    assert!(matches!(run(&MigrationsCheck::new(), &[FIRST], &[FIRST, dump]), Outcome::NotApplicable { .. }));
}

#[test]
fn an_edited_migration_that_has_shipped_is_said() {
    let flyway = "db/migration/V1__a.sql";
    let outcome = run(
        &MigrationsCheck::new(),
        &[(flyway, "create table a (id serial);")],
        &[(flyway, "create table a (id bigserial);")],
    );
    assert_eq!(said(&outcome)[0].0, "migration/edited-shipped");
    assert_eq!(outcome.findings()[0].severity, Severity::Caution);
}

#[test]
fn a_statement_that_cannot_be_read_is_an_unknown() {
    let new = ("migrations/20240202000000_x.sql", "alter table post frobnicate;");
    let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, new]);
    assert_eq!(said(&outcome)[0].0, "migration/unknown");
    assert_eq!(outcome.findings()[0].weight(), Severity::Caution);
}

#[test]
fn a_concurrent_index_in_a_file_that_is_wrapped_in_a_transaction_fails() {
    let up = ("migrations/2024-02-02-000000_x/up.sql", "create index concurrently post_seen on post (last_seen_at);");
    let first = ("migrations/2024-01-01-000000_a/up.sql", FIRST.1);
    let outcome = run(&MigrationsCheck::new(), &[first], &[first, up]);
    assert_eq!(said(&outcome)[0].0, "migration/fails");
    let lone = ("db/migrations/000002_x.up.sql", up.1);
    let first = ("db/migrations/000001_a.up.sql", FIRST.1);
    assert_eq!(said(&run(&MigrationsCheck::new(), &[first], &[first, lone])), []);
}

#[test]
fn work_after_a_lock_in_the_same_transaction_is_a_hazard() {
    let text =
        "alter table post add constraint t check (title <> '') not valid;\nalter table post validate constraint t;";
    let wrapped = ("db/migration/V2__x.sql", text);
    let first = ("db/migration/V1__a.sql", FIRST.1);
    let rules = |outcome: &Outcome| said(outcome).into_iter().map(|(rule, ..)| rule).collect::<Vec<_>>();
    let outcome = run(&MigrationsCheck::new(), &[first], &[first, wrapped]);
    assert_eq!(rules(&outcome), ["migration/may-break-code", "migration/check-scan"]);
    let plain = ("migrations/b.sql", text);
    let first = ("migrations/a.sql", FIRST.1);
    assert_eq!(rules(&run(&MigrationsCheck::new(), &[first], &[first, plain])), ["migration/may-break-code"]);
}

#[test]
fn a_dialect_that_is_not_modelled_is_undetermined() {
    let new = ("db/sqlite/migrations/0001_x.sql", "create table a (id integer primary key autoincrement);");
    assert!(matches!(run(&MigrationsCheck::new(), &[("a", "b")], &[("a", "b"), new]), Outcome::Undetermined { .. }));
}

#[test]
fn mysql_migrations_are_told_by_their_words() {
    let first = (
        "migrations/0001_a.sql",
        "create table `user` (id int auto_increment primary key, name varchar(20)) engine=innodb;",
    );
    let new = ("migrations/0002_b.sql", "alter table user modify column name varchar(100);");
    let outcome = run(&MigrationsCheck::new(), &[first], &[first, new]);
    assert_eq!(said(&outcome)[0].0, "migration/type-rewrite");
    let known = MigrationsCheck::new().dialect(Dialect::Mysql);
    assert_eq!(said(&run(&known, &[first], &[first, new])), said(&outcome));
}

fn answer(outcome: &Outcome, name: &str) -> String {
    outcome.facts().and_then(|f| f.get(name)).and_then(|f| f.text.clone()).unwrap_or_default()
}

#[test]
fn what_takes_from_running_code_is_never_a_silent_yes() {
    let first = (
        FIRST.0,
        "create table post (id bigserial primary key, title text, score int);\ncreate function total() returns int language sql as 'select 1';\n\
         create type mood as enum ('sad', 'ok');\ncreate view recent as select id from post;\ncreate sequence numbers;\ncreate unique index post_title on post (title);",
    );
    for sql in [
        "drop database shop;",
        "drop function total();",
        "alter function total() rename to sum_total;",
        "drop procedure if exists elsewhere.p();revoke select on post from app;",
        "revoke all on schema public from app;",
        "alter role app nologin;",
        "drop role if exists app;",
        "drop extension citext;",
        "alter schema public rename to old;",
        "drop schema public cascade;",
        "alter type mood rename value 'sad' to 'blue';",
        "drop type mood;",
        "alter table post enable row level security;",
        "create rule r as on insert to post do instead nothing;",
        "drop view recent;",
        "drop sequence numbers;",
        "delete from post;",
        "update post set title = '' where 1 = 1;",
        "truncate post;",
        "alter table post add constraint c check (score > 0) not valid;",
        "alter table post add constraint u unique (title, score);",
        "create trigger t before insert on post for each row execute function total();",
        "alter table post drop constraint post_pkey;",
        "drop index post_title;",
    ] {
        let outcome = run(&MigrationsCheck::new(), &[first], &[first, ("migrations/20240202000000_x.sql", sql)]);
        assert!(!outcome.findings().is_empty(), "no finding: {sql}");
        for name in ["side-by-side", "rollback"] {
            let text = answer(&outcome, name);
            assert!(text.starts_with("unknown: ") || text.starts_with("no: "), "{name} of {sql}: {text}");
        }
    }
}

#[test]
fn additions_are_a_yes() {
    for sql in [
        "create table tag (id bigserial primary key, post_id bigint references post);",
        "create index concurrently post_seen on post (last_seen_at);",
        "alter table post add column subtitle text;",
        "alter table post add column author bigint; update post set author = 1; alter table post drop column author;",
        "grant select on post to app;",
        "comment on table post is 'x';",
        "create function f() returns int language sql as 'select 1'; drop function f();",
        "drop table if exists archive; create table archive (id int);",
        "drop function if exists nothing();",
    ] {
        let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, ("migrations/20240202000000_x.sql", sql)]);
        assert!(answer(&outcome, "side-by-side").starts_with("yes: "), "{sql}: {:?}", said(&outcome));
    }
}

#[test]
fn emptied_tables_cannot_be_rolled_back() {
    for sql in ["truncate post;", "delete from post where true;"] {
        let outcome = run(&MigrationsCheck::new(), &[FIRST], &[FIRST, ("migrations/20240202000000_x.sql", sql)]);
        assert!(answer(&outcome, "rollback").starts_with("no: "), "{sql}: {:?}", said(&outcome));
    }
}

#[test]
fn a_guarded_drop_of_nothing_is_nothing() {
    let new = ("migrations/20240202000000_x.sql", "drop table if exists archive;\ncreate table archive (id int);");
    assert_eq!(said(&run(&MigrationsCheck::new(), &[FIRST], &[FIRST, new])), []);
    let odd = ("migrations/20240102000000_odd.sql", "do $$ begin execute 'drop ' || 'table ' || current_user; end $$;");
    assert_eq!(said(&run(&MigrationsCheck::new(), &[FIRST, odd], &[FIRST, odd, new])), []);
    let named = (odd.0, "do $$ begin execute 'create table ' || 'archive (id int)'; end $$;");
    let outcome = run(&MigrationsCheck::new(), &[FIRST, named], &[FIRST, named, new]);
    assert_eq!(said(&outcome)[0].0, "migration/drop-table");
    // a table that no migration made is named, so others may be there too
    let partly =
        (FIRST.0, "alter table post add column title text; create index i on post (title, at timestamptz_ops);");
    let outcome = run(&MigrationsCheck::new(), &[partly], &[partly, new]);
    assert_eq!(said(&outcome)[0].0, "migration/drop-table");
}

#[test]
fn an_edited_migration_leaves_the_answers_open() {
    let flyway = "db/migration/V1__a.sql";
    let outcome = run(&MigrationsCheck::new(), &[(flyway, "create table a (id serial);")], &[]);
    assert!(answer(&outcome, "rollback").starts_with("unknown: "), "{}", answer(&outcome, "rollback"));
}

#[test]
fn sql_of_no_known_layout_that_changes_the_schema_is_said() {
    let upgrade = ("scripts/upgrade.sql", "ALTER TABLE post DROP COLUMN title;");
    let outcome = run(&MigrationsCheck::new(), &[("a", "b")], &[("a", "b"), upgrade, ("tests/x.sql", upgrade.1)]);
    let expected = (
        "migration/unrecognised-sql".to_owned(),
        "scripts/upgrade.sql".to_owned(),
        Severity::Note,
        "scripts/upgrade.sql".to_owned(),
    );
    assert_eq!(said(&outcome), [expected]);
    assert!(answer(&outcome, "side-by-side").starts_with("unknown: scripts/upgrade.sql: "));
    let report = ("scripts/report.sql", "select 1;");
    assert!(matches!(
        run(&MigrationsCheck::new(), &[("a", "b")], &[("a", "b"), report]),
        Outcome::NotApplicable { .. }
    ));
}

#[test]
fn a_configured_dialect_does_not_make_a_server_modelled() {
    let new = ("db/sqlite/migrations/0001_x.sql", "create table a (id integer primary key autoincrement);");
    let outcome = run(&MigrationsCheck::new().dialect(Dialect::Postgres), &[("a", "b")], &[("a", "b"), new]);
    let Outcome::Undetermined { remedy, .. } = outcome else { panic!() };
    assert!(remedy.unwrap().starts_with("review them by hand"));
}

#[test]
fn what_is_refused_in_a_transaction_fails_behind_begin() {
    for sql in [
        "begin;\ncreate index concurrently post_seen on post (last_seen_at);\ncommit;",
        "create or replace view recent as select id from post;",
    ] {
        let first = (
            "migrations/a.sql",
            "create table post (id bigserial, title text, last_seen_at timestamptz);\ncreate view recent as select id, title from post;",
        );
        let outcome = run(&MigrationsCheck::new(), &[first], &[first, ("migrations/b.sql", sql)]);
        assert!(said(&outcome).iter().any(|s| s.0 == "migration/fails"), "{sql}: {:?}", said(&outcome));
    }
}
