//! `migration/index-blocks`: an index is built while writers, or everybody, wait.

use gonogo_core::{Finding, Rule, Severity};

use super::input::RuleInput;
use super::work;
use crate::model::alter::AlterAction;
use crate::model::statement::Statement;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/index-blocks",
    "an index is built from the whole table while others wait",
    Severity::Caution,
    "CREATE INDEX CONCURRENTLY, outside a transaction; for a key, add the constraint USING that index",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mysql = input.dialect.is_mysql_family();
    let key = matches!(input.analyzed.statement, Statement::Alter(_));
    let unique = match &input.analyzed.statement {
        Statement::CreateIndex(i) => i.unique,
        Statement::Alter(a) => {
            a.actions.iter().any(|a| matches!(a, AlterAction::AddConstraint(_) | AlterAction::AddColumn { .. }))
        }
        _ => false,
    };
    work::speak(input, &RULE, &|w| {
        let (t, index) = (&w.relation, w.object.as_deref().unwrap_or("name"));
        if mysql {
            return work::copy_tool(t);
        }
        let unique = if unique { "UNIQUE " } else { "" };
        let build = format!("CREATE {unique}INDEX CONCURRENTLY {index} ON {t} (..); outside a transaction");
        if key {
            format!("{build}; then ALTER TABLE {t} ADD CONSTRAINT {index} UNIQUE USING INDEX {index}")
        } else {
            build
        }
    })
}
