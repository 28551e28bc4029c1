//! `migration/narrow-type`: a column takes fewer values, or values of another kind, than running code may write.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/narrow-type",
    "a column takes fewer values than before",
    Severity::Caution,
    "check what is stored and what running code writes; widen and convert in steps",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::ChangeType { table, column, from, to, narrows: true } = change else { continue };
        let before = from.as_deref().unwrap_or("a type that is not known");
        let message = format!(
            "{column} changes from {before} to {to}: values that were fine may be refused, cut or read differently"
        );
        out.push(
            Finding::new(RULE.id, format!("{table}.{column}"), Severity::Caution, message)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("SELECT count(*) FROM {table} WHERE the value does not fit {to}; let the code write only what fits before the type changes")),
        );
    }
    out
}
