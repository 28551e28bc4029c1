//! `migration/default-rewrite`: a new column's values differ from row to row, so the table is written anew under a lock.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;
use crate::model::alter::AlterAction;
use crate::model::statement::Statement;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/default-rewrite",
    "a new column makes the server rewrite the table while others wait",
    Severity::Caution,
    "add the column without a default, set the default, fill in batches",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    let column = column(input);
    work::speak(input, &RULE, &|w| {
        let t = &w.relation;
        if mysql {
            return work::copy_tool(t);
        }
        let (name, data_type, default) =
            column.clone().unwrap_or_else(|| ("c".to_owned(), "type".to_owned(), "value".to_owned()));
        format!(
            "ALTER TABLE {t} ADD COLUMN {name} {data_type}; ALTER TABLE {t} ALTER COLUMN {name} SET DEFAULT {default}; \
             UPDATE {t} SET {name} = {default} WHERE {name} IS NULL in batches"
        )
    })
}

fn column(input: &RuleInput<'_>) -> Option<(String, String, String)> {
    let Statement::Alter(alter) = &input.analyzed.statement else { return None };
    alter.actions.iter().find_map(|a| match a {
        AlterAction::AddColumn { column, .. } => {
            let default = column.default.as_ref().map_or_else(|| "value".to_owned(), |d| d.as_str().to_owned());
            Some((column.name.clone(), column.data_type.to_sql(), default))
        }
        _ => None,
    })
}
