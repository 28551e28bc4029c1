//! `migration/whole-table`: all rows of a table are changed in one transaction.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/whole-table",
    "all rows of a table are changed in one statement",
    Severity::Caution,
    "change them in batches, each in a transaction of its own",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::WholeTable { table } = change else { continue };
        let severity = match input.forecast.and_then(|f| f.total) {
            Some(t) if t.p90 < input.limits.caution_seconds => Severity::Note,
            _ => Severity::Caution,
        };
        out.push(
            Finding::new(RULE.id, table.as_str(), severity, format!("changes every row of {table} in one statement; writers of the same rows wait until it commits"))
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("change a few thousand rows of {table} at a time (WHERE id BETWEEN .. AND ..), each batch committed by itself, apart from the schema change")),
        );
    }
    out
}
