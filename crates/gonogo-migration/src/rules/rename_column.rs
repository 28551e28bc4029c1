//! `migration/rename-column`: a column gets another name under code in production.

use gonogo_core::{Finding, Rule, Severity};

use super::drop_column::{severity, still_named, with_uses};
use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/rename-column",
    "a column is renamed; code that is running knows it by its old name",
    Severity::Caution,
    "add the new column, write both, move readers, drop the old one",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::RenameColumn { table, column, to } = change else { continue };
        let uses = (input.uses)(change);
        let message = format!("renames column {column} to {to}{}", still_named(&uses));
        out.push(
            with_uses(Finding::new(RULE.id, format!("{table}.{column}"), severity(&uses), message), &uses)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("ALTER TABLE {table} ADD COLUMN {to}; write both columns from the code, copy in batches, read {to}, then drop {column} with a later deploy")),
        );
    }
    out
}
