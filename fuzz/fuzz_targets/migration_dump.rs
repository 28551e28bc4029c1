//! Any text as a schema dump, and another as the migration after it: a catalog built from anything can be asked about anything.

#![no_main]

use gonogo_migration::{Analyzer, Dialect, batch};
use libfuzzer_sys::fuzz_target;

const AFTER: [&str; 3] = [
    "alter table t add column z int default 0, drop column a, alter column b type bigint; create index on t (a); \
     alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c; drop table t cascade; \
     alter table p attach partition q default; alter table p detach partition q; reindex table t; vacuum full t; \
     alter type m rename to n; drop schema s cascade; alter domain d add check (value > 0); refresh materialized view v",
    "alter table t add column z int, drop column a, modify b bigint; alter table t add index (a), add primary key (b); \
     alter table t partition by hash (a) partitions 4; optimize table t; rename table t to u, u to t; drop table t",
    "alter table t add column z int, drop column if exists a, change b c bigint; create or replace table t (a int); \
     alter table t drop system versioning; alter table t engine=aria",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let _ = batch::answer(&text);
    let (dialect, after) = match first % 3 {
        0 => (Dialect::Postgres, AFTER[0]),
        1 => (Dialect::Mysql, AFTER[1]),
        _ => (Dialect::Mariadb, AFTER[2]),
    };
    let (dump, migration) = text.split_once('\0').unwrap_or((&text, after));
    let mut analyzer = Analyzer::new(dialect);
    analyzer.replay(dump);
    analyzer.catalog_mut().set_complete(first & 64 != 0);
    let _ = analyzer.analyze(migration);
});
