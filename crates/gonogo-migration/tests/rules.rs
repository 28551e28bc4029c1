//! Each rule with a migration that it speaks of, and one, the remedy, of which it says nothing.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use gonogo_core::Severity;
use gonogo_migration::duration::{TableSize, TableStats, WorkModel, forecast};
use gonogo_migration::rules::{Limits, RULES, RuleInput, Uses, findings};
use gonogo_migration::{Analyzer, Change, Dialect};

const SETUP: &str = "create domain small as int check (value < 100);
create type mood as enum ('sad', 'ok');
create table post (id bigint primary key, title varchar(100), score int default 0 not null, price numeric(8,2), code small, at timestamptz);
create index post_title on post (title);
create table comment (id bigint primary key, post_id bigint, body text);
create table event (at date not null, kind text) partition by range (at);
create table event_2025 (at date not null, kind text);
create materialized view totals as select post_id, count(*) as n from comment group by post_id;
create unique index totals_key on totals (post_id);";

/// Rule, a migration that it speaks of, one that it is silent about.
const FIXTURES: &[(&str, &str, &str)] = &[
    (
        "type-rewrite",
        "alter table post alter column score type bigint",
        "alter table post alter column title type varchar(200)",
    ),
    (
        "default-rewrite",
        "alter table post add column u uuid default gen_random_uuid()",
        "alter table post add column u timestamptz default now()",
    ),
    (
        "not-null-scan",
        "alter table post alter column title set not null",
        "alter table post add constraint n check (title is not null) not valid; alter table post validate constraint n; alter table post alter column title set not null",
    ),
    (
        "check-scan",
        "alter table post add constraint c check (score >= 0)",
        "alter table post add constraint c check (score >= 0) not valid; alter table post validate constraint c",
    ),
    (
        "foreign-key-scan",
        "alter table comment add constraint f foreign key (post_id) references post",
        "alter table comment add constraint f foreign key (post_id) references post not valid; alter table comment validate constraint f",
    ),
    ("index-blocks", "create index on post (score)", "create index concurrently on post (score)"),
    ("reindex-blocks", "reindex table post", "reindex table concurrently post"),
    (
        "partition-scan",
        "alter table event attach partition event_2025 for values from ('2025-01-01') to ('2026-01-01')",
        "alter table event_2025 add constraint b check (at >= '2025-01-01' and at < '2026-01-01') not valid; \
         alter table event_2025 validate constraint b; \
         alter table event attach partition event_2025 for values from ('2025-01-01') to ('2026-01-01')",
    ),
    ("refresh-blocks", "refresh materialized view totals", "create materialized view fresh as select 1 as one"),
    (
        "domain-scan",
        "alter domain small add check (value > 0)",
        "alter domain small add constraint p check (value > 0) not valid",
    ),
    ("table-rebuild", "vacuum full post", "vacuum post"),
    (
        "scan-under-lock",
        "begin; alter table post add column n int; create table copied as select * from comment; commit",
        "alter table post add column n int; create table copied as select * from comment",
    ),
    ("drop-column", "alter table post drop column title", "alter table post add column subtitle text"),
    ("drop-table", "drop table comment", "create table reply (id int); drop table reply"),
    ("rename-table", "alter table comment rename to remark", "create view remark as select * from comment"),
    (
        "rename-column",
        "alter table comment rename column body to content",
        "alter table comment add column content text",
    ),
    (
        "narrow-type",
        "alter table post alter column price type numeric(6,2)",
        "alter table post alter column price type numeric(10,2)",
    ),
    (
        "required-column",
        "alter table post add column author bigint not null",
        "alter table post add column author bigint not null default 1",
    ),
    (
        "drop-default",
        "alter table post alter column score drop default",
        "alter table post alter column score set default 1",
    ),
    (
        "may-break-code",
        "drop extension if exists citext; revoke all on post from app",
        "create function f() returns int language sql as 'select 1'; drop function f(); grant select on post to app",
    ),
    ("truncate", "truncate comment", "delete from comment where id = 3"),
    ("whole-table", "update post set score = 0", "update post set score = 0 where id = 1"),
    ("unknown", "do $$ begin execute 'drop table ' || current_user; end $$", "do $$ begin execute 'select 1'; end $$"),
    ("fails", "alter table post drop column nothing", "alter table post drop column if exists nothing"),
    ("too-long", "create index concurrently on post (score)", "alter table post add column n int"),
];

fn said(sql: &str, stats: &TableStats) -> BTreeSet<String> {
    let mut analyzer = Analyzer::new(Dialect::Postgres);
    analyzer.timezone("UTC");
    assert_eq!(analyzer.replay(SETUP), []);
    analyzer.catalog_mut().set_complete(true);
    let statements = analyzer.analyze(sql);
    let forecasts = forecast(&statements, Dialect::Postgres, stats, &WorkModel::default(), false);
    let limits = Limits::default();
    let nowhere = |_: &Change| Uses::default();
    let mut out = BTreeSet::new();
    for (i, analyzed) in statements.iter().enumerate() {
        let input = RuleInput {
            analyzed,
            dialect: Dialect::Postgres,
            forecast: forecasts.get(i),
            stats,
            limits: &limits,
            uses: &nowhere,
        };
        for finding in findings(&input) {
            assert!(finding.remedy.is_some(), "{finding} has no remedy");
            out.insert(finding.rule);
        }
    }
    out
}

#[test]
fn every_rule_speaks_of_its_migration_and_is_silent_about_the_remedy() {
    for (rule, failing, passing) in FIXTURES {
        let mut stats = TableStats::default();
        if *rule == "too-long" {
            stats.insert("post", TableSize { rows: 2e10, bytes: 3e12, ..TableSize::default() });
        }
        let id = format!("migration/{rule}");
        assert!(
            said(failing, &stats).contains(&id),
            "{id} is silent about: {failing}; said {:?}",
            said(failing, &stats)
        );
        assert!(!said(passing, &stats).contains(&id), "{id} speaks of: {passing}");
    }
}

#[test]
fn no_rule_lacks_its_fixture() {
    let with: BTreeSet<String> = FIXTURES.iter().map(|(r, ..)| format!("migration/{r}")).collect();
    // these speak of files, and are tested with the check
    let files = [
        "migration/edited-shipped",
        "migration/unknown-dialect",
        "migration/unrecognised-sql",
        "migration/waiver-refused",
    ];
    let without: Vec<&str> =
        RULES.iter().map(|r| r.id).filter(|id| !with.contains(*id) && !files.contains(id)).collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn the_severity_follows_the_size() {
    for (rows, expected) in [(100.0, Severity::Note), (1e7, Severity::Caution), (1e9, Severity::Stop)] {
        let mut stats = TableStats::default();
        stats.insert("post", TableSize { rows, bytes: rows * 10.0, ..TableSize::default() });
        let mut analyzer = Analyzer::new(Dialect::Postgres);
        analyzer.replay(SETUP);
        let statements = analyzer.analyze("alter table post alter column title set not null");
        let forecasts = forecast(&statements, Dialect::Postgres, &stats, &WorkModel::default(), false);
        let nowhere = |_: &Change| Uses::default();
        let input = RuleInput {
            analyzed: &statements[0],
            dialect: Dialect::Postgres,
            forecast: forecasts.first(),
            stats: &stats,
            limits: &Limits::default(),
            uses: &nowhere,
        };
        let found = findings(&input);
        let finding = found.iter().find(|f| f.rule == "migration/not-null-scan").unwrap();
        assert_eq!(finding.severity, expected, "{rows} rows: {finding}");
    }
}
