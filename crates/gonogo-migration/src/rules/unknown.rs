//! `migration/unknown`: what a statement does could not be told.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/unknown",
    "a statement's effects could not be told",
    Severity::Caution,
    "rewrite it so that it can be read, or look at it by hand",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for why in &input.analyzed.effects.unknown {
        let subject = input.analyzed.sql.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
        out.push(
            Finding::unknown(RULE.id, subject, why.as_str())
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy("look at this statement by hand, or give a schema dump beside the migrations (pg_dump --schema-only, mysqldump --no-data)".to_owned()),
        );
    }
    out
}
