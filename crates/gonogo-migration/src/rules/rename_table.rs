//! `migration/rename-table`: a table gets another name under code in production.

use gonogo_core::{Finding, Rule, Severity};

use super::drop_column::{severity, still_named, with_uses};
use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/rename-table",
    "a table is renamed; code that is running knows it by its old name",
    Severity::Caution,
    "keep the old name as a view until no running code uses it",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::RenameTable { table, to } = change else { continue };
        let uses = (input.uses)(change);
        let message = format!("renames {table} to {to}{}", still_named(&uses));
        out.push(
            with_uses(Finding::new(RULE.id, table.as_str(), severity(&uses), message), &uses)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("in the same transaction: CREATE VIEW {table} AS SELECT * FROM {to}; drop the view when no running code uses the old name")),
        );
    }
    out
}
