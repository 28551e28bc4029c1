//! `migration/truncate`: a table of production is emptied.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/truncate",
    "a table loses its rows",
    Severity::Caution,
    "rename it away and make a new one, so that the rows can be had back",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::Truncate { table } = change else { continue };
        out.push(
            Finding::new(
                RULE.id,
                table.as_str(),
                Severity::Caution,
                format!("empties {table}; the rows cannot be had back by rolling back the deploy"),
            )
            .evidence("statement", input.analyzed.sql.as_str())
            .remedy("keep the rows under another name until the deploy has proven itself".to_owned()),
        );
    }
    out
}
