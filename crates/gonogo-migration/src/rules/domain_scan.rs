//! `migration/domain-scan`: a condition of a domain is verified in every table that uses it, while writers wait.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/domain-scan",
    "a domain's new condition is verified over whole tables while writers wait",
    Severity::Caution,
    "add it NOT VALID, then VALIDATE CONSTRAINT when writers can wait",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    work::speak(input, &RULE, &|w| {
        format!(
            "ALTER DOMAIN .. ADD CONSTRAINT name CHECK (..) NOT VALID; check the rows of {} yourself, then ALTER DOMAIN .. VALIDATE CONSTRAINT name in a quiet hour: \
             it locks out writers too",
            w.relation
        )
    })
}
