//! `migration/scan-under-lock`: a query reads a whole table while an earlier statement of the transaction holds others up.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/scan-under-lock",
    "a long read in a transaction that already holds others up",
    Severity::Caution,
    "run it in a transaction of its own, before or after",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    work::speak(input, &RULE, &|_| {
        "commit first: run this statement in a transaction of its own, so that the locks taken before it are gone"
            .to_owned()
    })
}
