//! `migration/refresh-blocks`: a materialized view is computed again while its readers wait.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;
use crate::model::statement::Statement;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/refresh-blocks",
    "a materialized view is refreshed while others wait",
    Severity::Caution,
    "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index, outside the deploy",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let concurrently = matches!(&input.analyzed.statement, Statement::Refresh { concurrently: true, .. });
    let name = match &input.analyzed.statement {
        Statement::Refresh { name, .. } => name.to_string(),
        _ => "name".to_owned(),
    };
    work::speak(input, &RULE, &|_| {
        if concurrently {
            format!("readers of {name} go on; run it outside the deploy, when nothing else writes to it")
        } else {
            format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {name}; it needs a unique index over plain columns")
        }
    })
}
