//! `migration/may-break-code`: a statement touches something that running code may rely on, and no other rule speaks of it.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/may-break-code",
    "something that running code may rely on goes away, changes or refuses more",
    Severity::Caution,
    "look whether code in production uses it; ship code that does not, then migrate with a later deploy",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    input
        .analyzed
        .effects
        .may_break
        .iter()
        .map(|may| {
            let (severity, remedy) = if may.narrows {
                (Severity::Note, "make sure that code in production already keeps to it")
            } else {
                (Severity::Caution, "ship code that can do without it, then take it away with a later deploy")
            };
            Finding::new(RULE.id, may.object.as_str(), severity, may.why.as_str())
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(remedy)
        })
        .collect()
}
