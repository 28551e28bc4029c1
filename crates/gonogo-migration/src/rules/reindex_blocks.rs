//! `migration/reindex-blocks`: REINDEX builds indexes again while writers, and readers who plan with them, wait.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/reindex-blocks",
    "an index is rebuilt while others wait",
    Severity::Caution,
    "REINDEX .. CONCURRENTLY, outside a transaction",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    work::speak(input, &RULE, &|w| {
        let index = w.object.as_deref().unwrap_or("name");
        format!("REINDEX INDEX CONCURRENTLY {index}; outside a transaction")
    })
}
