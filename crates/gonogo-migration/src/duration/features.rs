//! Effects and sizes as numbers that a cost can be multiplied with.

use super::stats::TableStats;
use crate::effects::{Cause, Effects, Work, WorkKind};

/// How many terms a model has.
pub const TERMS: usize = 13;

/// The amounts of work of a statement, one per term of the model; the names are [`Features::NAMES`].
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// The amounts.
    pub amounts: [f64; TERMS],
    /// Tables that are worked on and whose size is not known.
    pub missing: Vec<String>,
}

impl Features {
    /// What each amount counts.
    pub const NAMES: [&'static str; TERMS] = [
        "statement",
        "scan.rows",
        "scan.bytes",
        "check.rows",
        "rewrite.rows",
        "rewrite.bytes",
        "index-fixed.rows",
        "index-text.rows",
        "index.bytes",
        "key.rows",
        "key.bytes",
        "copy.bytes",
        "index-key.rows",
    ];
}

/// Sorting costs a comparison per row and level.
fn sorting(rows: f64) -> f64 {
    rows * rows.max(2.0).log2()
}

fn is_text(types: &[String]) -> bool {
    types.iter().any(|t| {
        let t = t.trim_end_matches("[]");
        ["text", "varchar", "bpchar", "char", "citext", "name", "expression", "unknown", "jsonb", "bytea", "numeric"]
            .iter()
            .any(|w| t.starts_with(w))
    })
}

/// The amounts of one statement.
pub fn features(effects: &Effects, stats: &TableStats) -> Features {
    let mut amounts = [0.0; TERMS];
    let mut missing: Vec<String> = Vec::new();
    amounts[0] = 1.0;
    let mut read: Vec<&str> = Vec::new();
    for work in &effects.work {
        if !work.existed {
            continue;
        }
        let Some(size) = stats.get(&work.relation) else {
            if !missing.contains(&work.relation) {
                missing.push(work.relation.clone());
            }
            continue;
        };
        // several reasons to read a table are one pass over it
        let first = !read.contains(&work.relation.as_str());
        match work.kind {
            WorkKind::Rewrite => {
                amounts[4] += size.rows;
                amounts[5] += size.bytes + size.toast_bytes;
                read.push(&work.relation);
            }
            WorkKind::Scan => {
                if first && !rewritten(effects, work) {
                    amounts[1] += size.rows;
                    amounts[2] += size.bytes;
                    read.push(&work.relation);
                }
                if matches!(work.cause, Cause::Check | Cause::PartitionBound | Cause::DefaultPartition | Cause::Domain)
                {
                    amounts[3] += size.rows;
                }
            }
            WorkKind::IndexBuild => {
                // keys of fixed width come from counters more often than not, and rows that come in order sort fast
                let term = if is_text(&work.types) {
                    7
                } else if work.unique {
                    12
                } else {
                    6
                };
                if let Some(amount) = amounts.get_mut(term) {
                    *amount += sorting(size.rows);
                }
                amounts[8] += size.bytes;
            }
            WorkKind::ForeignKeyCheck => {
                let other = work.object.as_deref().and_then(|o| stats.get(o));
                if let (None, Some(name)) = (other, &work.object)
                    && !missing.contains(name)
                {
                    missing.push(name.clone());
                }
                amounts[9] += size.rows + other.map_or(0.0, |o| o.rows);
                amounts[10] += size.bytes + other.map_or(0.0, |o| o.bytes);
            }
            WorkKind::FileCopy => {
                let index = work.object.as_deref().and_then(|i| size.indexes.get(i));
                amounts[11] += index.copied().unwrap_or(size.bytes + size.toast_bytes);
            }
            WorkKind::RowChange => {
                amounts[4] += size.rows;
                amounts[5] += size.bytes;
            }
        }
    }
    Features { amounts, missing }
}

fn rewritten(effects: &Effects, work: &Work) -> bool {
    effects.work.iter().any(|w| w.kind == WorkKind::Rewrite && w.relation == work.relation)
}
