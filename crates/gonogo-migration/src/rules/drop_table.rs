//! `migration/drop-table`: a table goes away that code in production may still name.

use gonogo_core::{Finding, Rule, Severity};

use super::drop_column::{severity, still_named, with_uses};
use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/drop-table",
    "a table is dropped; code that is running may still name it",
    Severity::Caution,
    "stop using it first, ship that, and drop it with a later deploy",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::DropTable { table } = change else { continue };
        let uses = (input.uses)(change);
        let message = format!("drops {table}{}", still_named(&uses));
        out.push(
            with_uses(Finding::new(RULE.id, table.as_str(), severity(&uses), message), &uses)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("ship code that no longer names {table}; then rename it away for a while (its rows cannot be had back), and drop it with a later deploy")),
        );
    }
    out
}
