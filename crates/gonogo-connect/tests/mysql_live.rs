//! Every statement of `live/statements.mysql.sql`, predicted from the schema that a live MariaDB has, beside how the server did it.
#![cfg(all(unix, feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod servers;

use std::time::Duration;

use gonogo_connect::MysqlServer;
use gonogo_migration::MigrationServer;
use gonogo_migration::trace::{Traced, trace};

const LIMIT: Duration = Duration::from_secs(30);

const SCHEMA: &str = include_str!("live/schema.mysql.sql");
const STATEMENTS: &str = include_str!("live/statements.mysql.sql");

#[test]
fn predictions_agree_with_a_live_server() {
    let Some(server) = servers::mariadb(&[]) else { return };
    let mut live = MysqlServer::connect(&servers::mariadb_url(&server, "mysql"), LIMIT).unwrap();
    live.run("create database cases character set utf8mb4").unwrap();
    drop(live);
    let mut live = MysqlServer::connect(&servers::mariadb_url(&server, "cases"), LIMIT).unwrap();
    let cases: Vec<&str> =
        STATEMENTS.lines().filter(|line| !line.starts_with("--") && !line.trim().is_empty()).collect();
    let (mut ran, mut failed, mut altered, mut wrong) = (0, 0, 0, Vec::new());
    for case in &cases {
        live.run("set foreign_key_checks = 0; drop database cases; create database cases character set utf8mb4; use cases; set foreign_key_checks = 1")
            .unwrap();
        live.run(SCHEMA).unwrap();
        let traced: Vec<Traced> = trace(&mut live, case).unwrap_or_else(|error| panic!("{case}: {error}"));
        ran += 1;
        for one in &traced {
            let observed = one.observed.as_ref();
            altered += usize::from(observed.is_some_and(|o| o.algorithm.is_some()));
            if observed.is_some_and(|o| o.fails.is_some()) {
                failed += 1;
                continue;
            }
            for d in &one.differences {
                // only ALTER TABLE says how it was done
                if observed.is_some_and(|o| o.algorithm.is_none()) && d.field != "fails" {
                    continue;
                }
                wrong.push(format!(
                    "{case}\n    {} {}: predicted {}, observed {}",
                    d.field, d.relation, d.predicted, d.observed
                ));
            }
        }
    }
    println!("{ran} statements ran, {failed} failed on the server; {altered} ALTER TABLEs were compared");
    assert!(altered >= 110, "too few were compared");
    assert!(wrong.is_empty(), "{} points differ:\n{}", wrong.len(), wrong.join("\n"));
}
