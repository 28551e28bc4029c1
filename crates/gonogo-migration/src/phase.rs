//! Expand and contract: what runs before the code, with it, and after it.

use serde::Serialize;

use crate::analysis::Analyzed;
use crate::effects::{Change, WorkKind};
use crate::model::statement::Statement;

/// When a statement should run, so that old and new code both work at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before the new code: it only adds what old code does not mind.
    Before,
    /// Together with the new code: neither order suits both versions, or it cannot be told.
    With,
    /// After the old code is gone: it takes away what old code may use.
    After,
}

/// A statement's phase, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Which statement, counted from 0.
    pub statement: usize,
    /// When it should run.
    pub phase: Phase,
    /// Why.
    pub why: String,
    /// Whether it is work for a quiet hour of its own, apart from the deploy.
    pub apart: bool,
}

/// The statements of a migration sorted into phases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PhasePlan {
    /// One placement for each statement, in the order of the script.
    pub placements: Vec<Placement>,
}

impl PhasePlan {
    /// Sorts the statements.
    pub fn of(statements: &[Analyzed]) -> Self {
        let placements = statements
            .iter()
            .enumerate()
            .map(|(statement, analyzed)| {
                let (phase, why) = place(analyzed);
                let apart =
                    analyzed.effects.work_on_existing().any(|w| w.kind != WorkKind::Scan || analyzed.effects.blocks());
                Placement { statement, phase, why, apart }
            })
            .collect();
        Self { placements }
    }

    /// The statements of a phase, counted from 0.
    pub fn in_phase(&self, phase: Phase) -> impl Iterator<Item = usize> + '_ {
        self.placements.iter().filter(move |p| p.phase == phase).map(|p| p.statement)
    }

    /// Whether statements of different phases stand in one migration, which should then be split.
    pub fn is_mixed(&self) -> bool {
        let mut phases: Vec<Phase> = self.placements.iter().map(|p| p.phase).filter(|p| *p != Phase::With).collect();
        phases.dedup();
        phases.len() > 1
    }
}

fn place(analyzed: &Analyzed) -> (Phase, String) {
    let effects = &analyzed.effects;
    if !effects.unknown.is_empty() || matches!(analyzed.statement, Statement::Unknown { .. }) {
        return (Phase::With, "what it does could not be told".to_owned());
    }
    for change in &effects.changes {
        match change {
            Change::RenameColumn { .. } | Change::RenameTable { .. } => {
                return (
                    Phase::With,
                    "a name changes, and old and new code know different ones: add, copy and drop instead".to_owned(),
                );
            }
            Change::RequireColumn { added: true, .. } => {
                return (Phase::With, "old code does not give the new column, and new code may need it".to_owned());
            }
            _ => {}
        }
    }
    for change in &effects.changes {
        let why = match change {
            Change::DropTable { table } => format!("old code may use {table}"),
            Change::DropColumn { table, column } => format!("old code may use {table}.{column}"),
            Change::RequireColumn { table, column, .. } => format!("old code may leave out {table}.{column}"),
            Change::DropDefault { table, column, .. } => {
                format!("old code may rely on the default of {table}.{column}")
            }
            Change::ChangeType { table, column, narrows: true, .. } => {
                format!("old code may write values that {table}.{column} no longer takes")
            }
            Change::AddConstraint { table, kind } => {
                format!("old code may write rows that the new {kind} constraint of {table} refuses")
            }
            Change::Truncate { table } | Change::Detach { table, .. } => {
                format!("old code may read what leaves {table}")
            }
            _ => continue,
        };
        return (Phase::After, why);
    }
    if let Some(takes) = effects.may_break.iter().find(|m| !m.narrows) {
        return (Phase::After, takes.why.clone());
    }
    (Phase::Before, "it takes nothing away from old code".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analyzer;
    use crate::dialect::Dialect;

    #[test]
    fn additions_come_before_the_code_and_drops_after_it() {
        let mut analyzer = Analyzer::new(Dialect::Postgres);
        analyzer.replay("create table t (id int, old int)");
        let plan = PhasePlan::of(&analyzer.analyze(
            "alter table t add column fresh int; alter table t drop column old; alter table t rename column id to key",
        ));
        let phases: Vec<Phase> = plan.placements.iter().map(|p| p.phase).collect();
        assert_eq!(phases, [Phase::Before, Phase::After, Phase::With]);
        assert!(plan.is_mixed());
    }
}
