//! Against migrations that were measured on live servers, when the folder that `GONOGO_CASES` names is there.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gonogo_migration::duration::{TimedRun, Trial, calibrate, evaluate};
use gonogo_migration::{Dialect, batch};
use serde_json::Value;

fn cases(name: &str) -> Option<String> {
    let Ok(folder) = std::env::var("GONOGO_CASES") else {
        eprintln!("skipped: GONOGO_CASES is not set");
        return None;
    };
    std::fs::read_to_string(PathBuf::from(folder).join("migration").join(name)).ok()
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// A name as the case spells it, if it was there before the migration.
fn canonical(name: &str, case: &Value) -> Option<String> {
    let name = case["aliases"].get(name).and_then(Value::as_str).unwrap_or(name);
    let known = case["relations"].as_object();
    known.is_none_or(|k| k.contains_key(name)).then(|| name.to_owned())
}

#[derive(Default)]
struct Got {
    locks: BTreeMap<String, usize>,
    lists: BTreeMap<&'static str, BTreeSet<String>>,
    hazard: bool,
    unknown: bool,
    algorithm: usize,
}

const MODES: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];
const LISTS: [&str; 4] = ["blocks_reads", "blocks_writes", "rewrites", "scans"];

fn merged(answer: &Value, case: &Value) -> Got {
    let mut got = Got::default();
    for s in answer["statements"].as_array().into_iter().flatten() {
        for (name, mode) in s["locks"].as_object().into_iter().flatten() {
            let Some(name) = canonical(name, case) else { continue };
            let mode = MODES.iter().position(|m| Some(*m) == mode.as_str()).unwrap();
            let held = got.locks.entry(name).or_insert(mode);
            *held = (*held).max(mode);
        }
        for list in LISTS {
            got.lists.entry(list).or_default().extend(texts(&s[list]).iter().filter_map(|n| canonical(n, case)));
        }
        got.hazard |= !texts(&s["hazards"]).is_empty();
        got.unknown |= s.get("unknown").is_some();
        let algorithm = ["INSTANT", "INPLACE", "COPY"]
            .iter()
            .position(|a| Some(*a) == s["algorithm"].as_str())
            .map_or(0, |n| n + 1);
        got.algorithm = got.algorithm.max(algorithm);
    }
    got
}

struct Score {
    rows: usize,
    locks: usize,
    lists: BTreeMap<&'static str, usize>,
    algorithms: usize,
    false_safe: Vec<String>,
    false_alarms: usize,
    hazards: usize,
    unknown: usize,
}

fn score(file: &str) -> Option<Score> {
    let text = cases(file)?;
    let mut s = Score {
        rows: 0,
        locks: 0,
        lists: LISTS.iter().map(|l| (*l, 0)).collect(),
        algorithms: 0,
        false_safe: Vec::new(),
        false_alarms: 0,
        hazards: 0,
        unknown: 0,
    };
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).unwrap();
        let got = merged(&batch::answer(line).unwrap(), &case);
        let expected = &case["expected"];
        s.unknown += usize::from(got.unknown);
        if expected.get("fails").is_some() {
            continue;
        }
        s.rows += 1;
        let tables_only = expected["locks_lower_bound"] == true;
        let scored = |name: &str| {
            let kind = case["relations"][name].as_str().unwrap_or("table");
            !tables_only
                || matches!(kind, "table" | "partitioned table" | "materialized view" | "view" | "foreign table")
        };
        let wanted: BTreeMap<String, usize> = expected["locks"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(n, _)| scored(n))
            .map(|(n, m)| (n.clone(), MODES.iter().position(|x| Some(*x) == m.as_str()).unwrap()))
            .collect();
        let held: BTreeMap<String, usize> =
            got.locks.iter().filter(|(n, _)| scored(n)).map(|(n, m)| (n.clone(), *m)).collect();
        s.locks += usize::from(expected.get("locks").is_none() || held == wanted);
        for list in LISTS {
            let free = if list == "scans" { texts(&expected["may_scan"]) } else { BTreeSet::new() };
            let right = expected.get(list).is_none() || {
                let mine: BTreeSet<_> =
                    got.lists.get(list).cloned().unwrap_or_default().difference(&free).cloned().collect();
                let theirs: BTreeSet<_> = texts(&expected[list]).difference(&free).cloned().collect();
                mine == theirs
            };
            *s.lists.get_mut(list).unwrap() += usize::from(right);
        }
        let algorithm = ["INSTANT", "INPLACE", "COPY"]
            .iter()
            .position(|a| Some(*a) == expected["algorithm"].as_str())
            .map(|n| n + 1);
        s.algorithms += usize::from(algorithm.is_none_or(|a| a == got.algorithm));
        match expected["hazard"].as_bool() {
            Some(true) if got.hazard => s.hazards += 1,
            Some(true) if !got.unknown => s.false_safe.push(case["id"].to_string()),
            Some(false) if got.hazard && expected["may_flag"] != true => s.false_alarms += 1,
            _ => {}
        }
    }
    Some(s)
}

#[test]
fn postgres_is_modelled_as_a_live_server_behaves() {
    let Some(s) = score("pg15.jsonl") else { return };
    assert_eq!(s.false_safe, Vec::<String>::new());
    assert!(s.locks * 100 >= s.rows * 99, "locks of {} of {}", s.locks, s.rows);
    for (list, share) in [("blocks_reads", 99), ("blocks_writes", 99), ("rewrites", 98), ("scans", 98)] {
        assert!(s.lists[list] * 100 >= s.rows * share, "{list} of {} of {}", s.lists[list], s.rows);
    }
    assert!(s.hazards * 100 >= (s.hazards + s.false_alarms) * 95, "{} false alarms", s.false_alarms);
    assert!(s.unknown * 100 <= s.rows * 2, "{} unknown", s.unknown);
}

#[test]
fn mysql_is_modelled_as_a_live_server_behaves() {
    let Some(s) = score("mysql97.jsonl") else { return };
    assert_eq!(s.false_safe, Vec::<String>::new());
    assert!(s.algorithms * 100 >= s.rows * 98, "algorithms of {} of {}", s.algorithms, s.rows);
}

#[test]
fn durations_are_forecast_on_tables_larger_than_any_calibrated_on() {
    let Some(text) = cases("timed_runs.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let runs = |split: &str| -> Vec<TimedRun> {
        let all = file["runs"].as_array().unwrap().iter().filter(|r| r["split"] == split);
        all.map(|r| serde_json::from_value(r.clone()).unwrap()).collect()
    };
    let model = calibrate(&runs("calibrate"), Dialect::Postgres, "timed runs").unwrap();
    let trials = evaluate(&model, &runs("predict"), Dialect::Postgres);
    let mut factors: Vec<f64> = trials.iter().map(Trial::factor).collect();
    factors.sort_by(f64::total_cmp);
    let (median, ninth) = (factors[factors.len() / 2], factors[factors.len() * 9 / 10]);
    eprintln!("median error factor {median:.3}, p90 {ninth:.3}, {} trials", factors.len());
    assert!(median <= 1.3, "median error factor {median}");
    assert!(ninth <= 2.0, "p90 error factor {ninth}");
}
