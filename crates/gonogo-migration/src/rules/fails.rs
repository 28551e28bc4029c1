//! `migration/fails`: the server will refuse the statement.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/fails",
    "the server will refuse a statement",
    Severity::Caution,
    "correct the statement, or the schema it relies on",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let Some(why) = &input.analyzed.effects.fails else { return Vec::new() };
    let subject = input.analyzed.sql.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
    vec![
        Finding::new(
            RULE.id,
            subject,
            Severity::Caution,
            format!("by the schema that the earlier migrations make, the server refuses this: {why}"),
        )
        .evidence("statement", input.analyzed.sql.as_str())
        .remedy(
            "run the migrations on a scratch database; if they pass, the schema known here is not the whole one"
                .to_owned(),
        ),
    ]
}
