//! `migration/check-scan`: a CHECK is verified over every row under a lock.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/check-scan",
    "a CHECK constraint is verified over the whole table while others wait",
    Severity::Caution,
    "add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        if mysql {
            return format!("add the CHECK as NOT ENFORCED if it only documents, or {}", work::copy_tool(t));
        }
        format!(
            "ALTER TABLE {t} ADD CONSTRAINT name CHECK (..) NOT VALID; then, in a transaction of its own, ALTER TABLE {t} VALIDATE CONSTRAINT name"
        )
    })
}
