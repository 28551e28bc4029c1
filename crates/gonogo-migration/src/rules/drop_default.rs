//! `migration/drop-default`: running code may leave out a column whose default goes away.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/drop-default",
    "a default goes away that running code may rely on",
    Severity::Caution,
    "ship code that gives the value, then drop the default",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::DropDefault { table, column, required } = change else { continue };
        let (severity, message) = if *required {
            (
                Severity::Caution,
                format!(
                    "{column} loses its default and must have a value: inserts of running code that leave it out fail"
                ),
            )
        } else {
            (Severity::Note, format!("{column} loses its default: inserts that leave it out store NULL from now on"))
        };
        out.push(
            Finding::new(RULE.id, format!("{table}.{column}"), severity, message)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("ship code that always gives {column}, then ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT with a later deploy")),
        );
    }
    out
}
