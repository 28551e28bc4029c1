//! Predicted beside observed: a migration is run on a scratch database in front of a second session.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::{Analyzed, Analyzer};
use crate::effects::LockMode;
use crate::model::statement::Statement;
use crate::server::{MigrationServer, Observed, Run, ServerError};

/// One point in which prediction and observation differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `lock`, `blocks_reads`, `blocks_writes`, `rewrites`, `scans`, `algorithm` or `fails`.
    pub field: &'static str,
    /// Which relation.
    pub relation: String,
    /// What was predicted, or `-`.
    pub predicted: String,
    /// What was observed, or `-`.
    pub observed: String,
}

/// A statement with what it was said to do and what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The prediction.
    pub analyzed: Analyzed,
    /// The observation; `None` for what only begins or ends a transaction or sets something.
    pub observed: Option<Observed>,
    /// Where the two differ.
    pub differences: Vec<Difference>,
}

/// Runs a migration on a scratch database and sets what it does beside what was predicted from the schema that the server has.
///
/// A statement that fails ends the run, as it ends a migration.
///
/// # Errors
/// When the database is not marked as scratch, or the server does not answer.
pub fn trace(server: &mut dyn MigrationServer, sql: &str) -> Result<Vec<Traced>, ServerError> {
    server.demand_scratch()?;
    let mut analyzer = live(server)?;
    let found = analyzer.analyze(sql);
    server.begin_migration()?;
    let mut out = Vec::new();
    // what the server shows of a transaction are all of its locks, and the sequences and tables that earlier statements took
    let mut held: BTreeMap<String, LockMode> = BTreeMap::new();
    for mut analyzed in found {
        if !analyzed.in_transaction {
            held.clear();
        }
        for (relation, mode) in &analyzed.effects.locks {
            let strongest = held.entry(relation.clone()).or_insert(*mode);
            *strongest = (*strongest).max(*mode);
        }
        if analyzed.in_transaction {
            analyzed.effects.locks.clone_from(&held);
        }
        let how = match &analyzed.statement {
            Statement::Begin
            | Statement::Commit
            | Statement::Rollback
            | Statement::Savepoint(_)
            | Statement::RollbackTo(_)
            | Statement::Set { .. } => Run::Plain,
            _ if analyzed.effects.refuses_transaction && !analyzed.in_transaction => Run::Alone,
            _ => Run::Inside,
        };
        let observed = server.observe(&analyzed.sql, how)?;
        let failed = observed.fails.is_some();
        let differences = if how == Run::Plain && !failed { Vec::new() } else { differences(&analyzed, &observed) };
        out.push(Traced { analyzed, observed: (how != Run::Plain || failed).then_some(observed), differences });
        if failed {
            break;
        }
    }
    Ok(out)
}

/// An analyzer that knows the schema of a live server.
///
/// # Errors
/// When the server does not answer.
pub fn live(server: &mut dyn MigrationServer) -> Result<Analyzer, ServerError> {
    let mut analyzer = Analyzer::with_version(server.dialect(), server.version());
    if let Some(zone) = server.timezone()? {
        analyzer.timezone(&zone);
    }
    let schema = server.schema()?;
    let complete = analyzer.replay(&schema).is_empty();
    analyzer.catalog_mut().set_complete(complete);
    Ok(analyzer)
}

/// Where a prediction and an observation differ.
pub fn differences(analyzed: &Analyzed, observed: &Observed) -> Vec<Difference> {
    let effects = &analyzed.effects;
    let mut out = Vec::new();
    if let Some(error) = &observed.fails {
        if effects.fails.is_none() && effects.unknown.is_empty() {
            out.push(Difference {
                field: "fails",
                relation: String::new(),
                predicted: "-".to_owned(),
                observed: error.clone(),
            });
        }
        return out;
    }
    if let Some(error) = &effects.fails {
        out.push(Difference {
            field: "fails",
            relation: String::new(),
            predicted: error.clone(),
            observed: "-".to_owned(),
        });
    }
    locks(&effects.locks, observed, &mut out);
    let fields = [
        ("blocks_reads", &effects.blocks_reads, &observed.blocks_reads),
        ("blocks_writes", &effects.blocks_writes, &observed.blocks_writes),
        ("rewrites", &effects.rewrites, &observed.rewrites),
        ("scans", &effects.scans, &observed.scans),
    ];
    for (field, predicted, seen) in fields {
        // MySQL and MariaDB do not say what they read; VACUUM and ANALYZE read a sample, or what has changed
        let samples = matches!(analyzed.statement, Statement::Maintenance { .. });
        if field == "scans" && (observed.algorithm.is_some() || samples) {
            continue;
        }
        for relation in predicted.symmetric_difference(seen) {
            let mark = |set: &BTreeSet<String>| if set.contains(relation) { "yes" } else { "-" }.to_owned();
            out.push(Difference {
                field,
                relation: relation.clone(),
                predicted: mark(predicted),
                observed: mark(seen),
            });
        }
    }
    if observed.algorithm.is_some() && effects.algorithm != observed.algorithm {
        let word = |a: Option<crate::Algorithm>| a.map_or("-", crate::Algorithm::as_str).to_owned();
        out.push(Difference {
            field: "algorithm",
            relation: String::new(),
            predicted: word(effects.algorithm),
            observed: word(observed.algorithm),
        });
    }
    out
}

fn locks(predicted: &BTreeMap<String, LockMode>, observed: &Observed, out: &mut Vec<Difference>) {
    let names: BTreeSet<&String> = predicted.keys().chain(observed.locks.keys()).collect();
    for relation in names {
        let (said, seen) = (predicted.get(relation), observed.locks.get(relation));
        // locks seen in passing are a part of those that were taken
        let covered = observed.in_passing && said >= seen;
        if said != seen && !covered {
            let word = |mode: Option<&LockMode>| mode.map_or("-", |m| m.as_str()).to_owned();
            out.push(Difference {
                field: "lock",
                relation: relation.clone(),
                predicted: word(said),
                observed: word(seen),
            });
        }
    }
}
