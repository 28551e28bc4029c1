//! `migration/partition-scan`: a partition is attached, or made beside a default partition, and rows are verified under a lock.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/partition-scan",
    "rows are checked against a partition bound while others wait",
    Severity::Caution,
    "prove the bound first with a CHECK that is validated on its own",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        format!(
            "ALTER TABLE {t} ADD CONSTRAINT bound CHECK (key IS NOT NULL AND key >= .. AND key < ..) NOT VALID; ALTER TABLE {t} VALIDATE CONSTRAINT bound \
             in a transaction of its own; then the server takes it as proof (on a default partition: the opposite condition)"
        )
    })
}
