//! `migration/foreign-key-scan`: a FOREIGN KEY is verified over every row while writers of both tables wait.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/foreign-key-scan",
    "a foreign key is verified over the whole table while writers wait",
    Severity::Caution,
    "add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        if mysql {
            return "SET foreign_key_checks = 0 for this session after checking the rows yourself, which makes it INPLACE; or copy with a tool".to_owned();
        }
        format!(
            "ALTER TABLE {t} ADD CONSTRAINT name FOREIGN KEY (..) REFERENCES .. NOT VALID; then, in a transaction of its own, ALTER TABLE {t} VALIDATE CONSTRAINT name"
        )
    })
}
