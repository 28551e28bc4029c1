//! `migration/table-rebuild`: the table is written or copied anew without a change of its columns.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/table-rebuild",
    "the table is rebuilt while others wait",
    Severity::Caution,
    "rebuild online with pg_repack, gh-ost or pt-online-schema-change, apart from the deploy",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    work::speak(input, &RULE, &|w| {
        if mysql {
            work::copy_tool(&w.relation)
        } else {
            format!("rebuild {} with pg_repack, apart from the deploy", w.relation)
        }
    })
}
