//! `migration/too-long`: a statement takes longer than a deploy should.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/too-long",
    "a statement takes longer than a deploy may",
    Severity::Caution,
    "run it apart from the deploy, before or after",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let Some(total) = input.forecast.and_then(|f| f.total) else { return Vec::new() };
    if total.p90 < input.limits.too_long_seconds {
        return Vec::new();
    }
    let effects = &input.analyzed.effects;
    let subject = effects.work.first().map_or_else(|| "migration".to_owned(), |w| w.relation.clone());
    let limit = super::work::human(input.limits.too_long_seconds);
    let message = format!(
        "takes about {} (p90 {}), and {limit} is the limit for a deploy",
        super::work::human(total.p50),
        super::work::human(total.p90)
    );
    vec![
        Finding::new(RULE.id, subject, Severity::Caution, message)
            .evidence("statement", input.analyzed.sql.as_str())
            .evidence("seconds_p50", total.p50)
            .evidence("seconds_p90", total.p90)
            .remedy("run it apart from the deploy: before it if the new code needs it, after it otherwise".to_owned()),
    ]
}
