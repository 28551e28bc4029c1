//! What the rules about work under a lock have in common.

use std::collections::BTreeMap;

use gonogo_core::{Finding, Rule};
use serde_json::json;

use super::input::RuleInput;
use super::rule_of;
use crate::effects::{Effects, Work, WorkKind};

/// `readers and writers of a, writers of b`.
pub(super) fn waiters(effects: &Effects) -> String {
    let both: Vec<&str> = effects.blocks_reads.iter().map(String::as_str).collect();
    let writers: Vec<&str> =
        effects.blocks_writes.iter().filter(|t| !effects.blocks_reads.contains(*t)).map(String::as_str).collect();
    match (both.is_empty(), writers.is_empty()) {
        (false, false) => format!("readers and writers of {}, writers of {}", both.join(", "), writers.join(", ")),
        (false, true) => format!("readers and writers of {}", both.join(", ")),
        _ => format!("writers of {}", writers.join(", ")),
    }
}

fn verb(work: &Work) -> String {
    match work.kind {
        WorkKind::Rewrite => "writes the whole table anew".to_owned(),
        WorkKind::FileCopy => "copies the table's files".to_owned(),
        WorkKind::Scan => "reads the whole table".to_owned(),
        WorkKind::IndexBuild => format!("builds index {} from the whole table", work.object.as_deref().unwrap_or("")),
        WorkKind::ForeignKeyCheck => {
            format!("looks up every row in {}", work.object.as_deref().unwrap_or("the other table"))
        }
        WorkKind::RowChange => "changes rows".to_owned(),
    }
}

/// One finding for each table that the rule's work is done on while somebody waits.
pub(super) fn speak(input: &RuleInput<'_>, rule: &Rule, remedy: &dyn Fn(&Work) -> String) -> Vec<Finding> {
    let effects = &input.analyzed.effects;
    if !effects.grows_while_blocking() {
        return Vec::new();
    }
    let mut tables: BTreeMap<&str, Vec<&Work>> = BTreeMap::new();
    for work in
        effects.work_on_existing().filter(|w| w.kind != WorkKind::RowChange && rule_of(w.kind, w.cause) == rule.id)
    {
        tables.entry(&work.relation).or_default().push(work);
    }
    let mut out = Vec::new();
    for (table, mut works) in tables {
        works.sort_by_key(|w| (w.kind == WorkKind::Scan, w.kind));
        let Some(first) = works.first() else { continue };
        let seconds = input.forecast.and_then(|f| f.blocking);
        let how_long = match seconds {
            Some(s) => format!(", about {} (p90 {})", human(s.p50), human(s.p90)),
            None => ", for as long as that takes: the size of the table is not known".to_owned(),
        };
        let message = format!("{} while {} wait{how_long}", verb(first), waiters(effects));
        let mut finding = Finding::new(rule.id, table, input.waiting(), message)
            .evidence("statement", input.analyzed.sql.as_str())
            .evidence("blocks_reads", json!(effects.blocks_reads))
            .evidence("blocks_writes", json!(effects.blocks_writes))
            .evidence("work", json!(works))
            .remedy(remedy(first));
        if let Some(mode) = effects.locks.get(table) {
            finding = finding.evidence("lock", mode.as_str());
        }
        if let Some(algorithm) = effects.algorithm {
            finding = finding.evidence("algorithm", algorithm.as_str());
        }
        if let Some(size) = input.stats.get(table) {
            finding = finding.evidence("rows", size.rows).evidence("bytes", size.bytes + size.toast_bytes);
        }
        if let Some(s) = seconds {
            finding = finding.evidence("blocking_seconds_p50", s.p50).evidence("blocking_seconds_p90", s.p90);
        }
        out.push(finding);
    }
    out
}

/// Seconds as people say them.
pub(crate) fn human(seconds: f64) -> String {
    if seconds < 0.0015 {
        "1 ms".to_owned()
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// The advice for MySQL and MariaDB when the server would copy the table.
pub(super) fn copy_tool(table: &str) -> String {
    format!(
        "change {table} with gh-ost, pt-online-schema-change or spirit, which copy it in chunks while everybody works"
    )
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn durations_are_said_in_the_unit_that_fits() {
        assert_eq!(human(0.02), "20 ms");
        assert_eq!(human(45.2), "45 s");
        assert_eq!(human(600.0), "10 min");
        assert_eq!(human(10_000.0), "2.8 h");
    }
}
