//! `migration/type-rewrite`: a column's new type has other bytes, so the table is written anew under a lock.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;
use crate::model::alter::AlterAction;
use crate::model::statement::Statement;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/type-rewrite",
    "a change of type rewrites the table while others wait",
    Severity::Caution,
    "add a column of the new type, copy in batches, swap the names",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    let column = column(input);
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        if mysql {
            return work::copy_tool(t);
        }
        let (name, data_type) = column.clone().unwrap_or_else(|| ("c".to_owned(), "new_type".to_owned()));
        format!(
            "ALTER TABLE {t} ADD COLUMN {name}_new {data_type}; write both columns from the code; UPDATE {t} SET {name}_new = {name} in batches; \
             read the new one; then drop {name}"
        )
    })
}

fn column(input: &RuleInput<'_>) -> Option<(String, String)> {
    let Statement::Alter(alter) = &input.analyzed.statement else { return None };
    alter.actions.iter().find_map(|a| match a {
        AlterAction::AlterType { name, data_type, .. } => Some((name.clone(), data_type.to_sql())),
        AlterAction::Modify { column, .. } => Some((column.name.clone(), column.data_type.to_sql())),
        _ => None,
    })
}
