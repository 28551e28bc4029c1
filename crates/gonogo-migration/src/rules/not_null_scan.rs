//! `migration/not-null-scan`: SET NOT NULL reads every row under the strongest lock.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;
use crate::model::alter::AlterAction;
use crate::model::statement::Statement;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/not-null-scan",
    "NOT NULL is verified over the whole table while others wait",
    Severity::Caution,
    "prove it first with a CHECK (c IS NOT NULL) NOT VALID that is validated on its own",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let column = column(input).unwrap_or_else(|| "c".to_owned());
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        format!(
            "ALTER TABLE {t} ADD CONSTRAINT {column}_not_null CHECK ({column} IS NOT NULL) NOT VALID; then, in a transaction of its own, \
             ALTER TABLE {t} VALIDATE CONSTRAINT {column}_not_null; then ALTER TABLE {t} ALTER COLUMN {column} SET NOT NULL (no scan any more); \
             then DROP CONSTRAINT {column}_not_null"
        )
    })
}

fn column(input: &RuleInput<'_>) -> Option<String> {
    let Statement::Alter(alter) = &input.analyzed.statement else { return None };
    alter.actions.iter().find_map(|a| match a {
        AlterAction::SetNotNull(name) => Some(name.clone()),
        AlterAction::AddColumn { column, .. } => Some(column.name.clone()),
        _ => None,
    })
}
