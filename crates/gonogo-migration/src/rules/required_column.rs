//! `migration/required-column`: a column must have a value that running code does not know of.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/required-column",
    "a column becomes required; inserts of running code do not give it",
    Severity::Caution,
    "give it a default, or let it be null until all running code writes it",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::RequireColumn { table, column, added } = change else { continue };
        let (severity, message) = if *added && !input.dialect.is_mysql_family() {
            (
                Severity::Stop,
                format!(
                    "adds {column} NOT NULL without a default: it fails if {table} has a row, and inserts of running code fail after it"
                ),
            )
        } else if *added {
            (
                Severity::Caution,
                format!(
                    "adds {column} NOT NULL without a default: in strict mode, inserts of running code fail after it"
                ),
            )
        } else {
            (Severity::Caution, format!("{column} becomes NOT NULL: inserts of running code that leave it out fail"))
        };
        out.push(
            Finding::new(RULE.id, format!("{table}.{column}"), severity, message)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("ALTER TABLE {table} ADD COLUMN {column} .. DEFAULT ..; or keep it nullable until all running code writes it")),
        );
    }
    out
}
