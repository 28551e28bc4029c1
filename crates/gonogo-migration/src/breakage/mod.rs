//! What may break code that is running, beyond the changes that have a rule of their own.
//!
//! A statement that touches something which was there before the deploy either only adds what old code does not mind, or is a change
//! with its own rule, or is named here. What is new in the same deploy is no business of code in production.

mod see;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, RelationId, RelationKind};
use crate::effects::{Change, Effects, MayBreak};
use crate::model::alter::AlterAction;
use crate::model::name::Name;
use crate::model::statement::{AlterTable, ObjectKind, ReindexTarget, Statement};
use crate::view_columns;
use see::See;

/// Kinds of thing, by the word that names them, which are not relations and are remembered by name.
const KINDS: &[&str] = &[
    "function",
    "procedure",
    "routine",
    "aggregate",
    "type",
    "domain",
    "extension",
    "schema",
    "sequence",
    "event",
    "role",
    "user",
    "group",
    "database",
    "server",
    "trigger",
    "operator",
    "collation",
    "package",
    "subscription",
    "publication",
    "rule",
    "policy",
    "cast",
    "language",
];

/// Kinds that belong to the whole server, so that no migration tells whether they exist.
const OF_THE_SERVER: &[&str] = &["role", "user", "group", "database"];

/// What was seen before the statement was played.
#[derive(Default)]
pub(crate) struct Look {
    found: Vec<MayBreak>,
    added: BTreeSet<(String, bool)>,
    table: Option<(Name, String, Option<RelationId>)>,
    emptied: Option<String>,
    fails: Option<String>,
}

/// Looks at a statement of a migration before it is played. Linear in the statement.
pub(crate) fn look(catalog: &Catalog, statement: &Statement, sql: &str) -> Look {
    let mut look = Look::default();
    if let Statement::Alter(a) = statement {
        let known = catalog.find_id(&a.name);
        let label = known.map_or_else(|| a.name.to_string(), |id| catalog.label(id));
        look.added = added(catalog, a);
        look.table = Some((a.name.clone(), label, known));
    }
    if !catalog.in_migration {
        return look;
    }
    if let Statement::CreateView { name, replace: true, .. } = statement
        && let Some(old) = catalog.find_id(name).and_then(|id| catalog.view_columns.get(&id))
        && let Some(new) = view_columns::of(sql)
        && !new.starts_with(old)
    {
        let missing = old.iter().find(|c| !new.contains(c));
        look.fails = Some(match missing {
            Some(column) => format!("CREATE OR REPLACE VIEW cannot leave out column {column}, which {name} has"),
            None => format!("CREATE OR REPLACE VIEW cannot change the order of the columns that {name} has"),
        });
    }
    let mut see = See { catalog, sql, lower: sql.to_ascii_lowercase(), look: &mut look };
    see.statement(statement);
    look
}

impl Look {
    /// Adds to the effects what was seen, takes out what only concerns columns of this deploy, and remembers what the statement made.
    pub(crate) fn settle(self, catalog: &mut Catalog, statement: &Statement, sql: &str, effects: &mut Effects) {
        remember(catalog, statement, sql);
        if let Some(why) = self.fails {
            effects.fails.get_or_insert(why);
        }
        if let Some(table) = self.emptied {
            effects.changes.push(Change::Truncate { table });
        }
        for found in self.found {
            if !effects.may_break.contains(&found) {
                effects.may_break.push(found);
            }
        }
        let Some((name, label, known)) = self.table else { return };
        if !catalog.in_migration {
            return;
        }
        let Some(id) = known.or_else(|| catalog.find_id(&name)) else { return };
        for (column, defaulted) in self.added {
            catalog.new_columns.insert((id, column), defaulted);
        }
        let is_new = |catalog: &Catalog, table: &str, column: &str| {
            table == label && catalog.new_columns.contains_key(&(id, column.to_owned()))
        };
        let mut renamed = Vec::new();
        effects.changes.retain(|change| match change {
            Change::RenameColumn { table, column, to } if is_new(catalog, table, column) => {
                renamed.push((column.clone(), to.clone()));
                false
            }
            Change::DropColumn { table, column }
            | Change::ChangeType { table, column, .. }
            | Change::RequireColumn { table, column, added: false }
            | Change::DropDefault { table, column, .. } => !is_new(catalog, table, column),
            _ => true,
        });
        for (from, to) in renamed {
            if let Some(defaulted) = catalog.new_columns.remove(&(id, from)) {
                catalog.new_columns.insert((id, to), defaulted);
            }
        }
    }
}

/// The columns an ALTER adds that were not there, each with whether rows get a value for it.
fn added(catalog: &Catalog, a: &AlterTable) -> BTreeSet<(String, bool)> {
    let relation = catalog.find(&a.name);
    let gone: BTreeSet<&str> = a
        .actions
        .iter()
        .filter_map(|a| match a {
            AlterAction::DropColumn { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    a.actions
        .iter()
        .filter_map(|action| match action {
            AlterAction::AddColumn { column, if_not_exists } => {
                let there = relation.is_some_and(|r| r.column(&column.name).is_some());
                // of a table that is not known a guarded column may have been there
                let perhaps = *if_not_exists && !catalog.is_told() && relation.is_none_or(|r| r.assumed);
                // one that replaces a column of the same name in the same statement is the old one to running code
                (!there && !perhaps && !gone.contains(column.name.as_str())).then(|| {
                    let valued = column.default.is_some() || column.identity || column.generated.is_some();
                    (column.name.clone(), valued || column.not_null == Some(true))
                })
            }
            _ => None,
        })
        .collect()
}

/// Statements that PostgreSQL refuses in a transaction block (`PreventInTransactionBlock`).
pub(crate) fn refuses(catalog: &Catalog, statement: &Statement) -> bool {
    match statement {
        Statement::CreateIndex(i) => i.concurrently,
        Statement::Drop(d) => d.concurrently,
        Statement::Inert(words) => {
            matches!(
                words.as_str(),
                "CREATE DATABASE" | "DROP DATABASE" | "CREATE TABLESPACE" | "DROP TABLESPACE" | "ALTER SYSTEM"
            ) || words.starts_with("CREATE DATABASE ")
                || words.starts_with("CREATE TABLESPACE ")
        }
        Statement::Reindex { concurrently, target, name } => {
            // each partition is a transaction of its own
            let found = name.as_ref().and_then(|name| catalog.find(name));
            let table = found.map(|r| r.index.as_ref().and_then(|i| catalog.get(i.table)).unwrap_or(r));
            *concurrently
                || matches!(target, ReindexTarget::Schema | ReindexTarget::Database)
                || table.is_some_and(|r| r.kind == RelationKind::Partitioned)
        }
        Statement::Maintenance { vacuums, .. } => *vacuums,
        Statement::Cluster { table, .. } => table.is_none(),
        Statement::Alter(a) => {
            a.actions.iter().any(|a| matches!(a, AlterAction::DetachPartition { concurrently: true, .. }))
        }
        _ => false,
    }
}

fn bare(word: &str) -> String {
    let word = word.split('(').next().unwrap_or("").trim_end_matches([';', ',']);
    let last = word.rsplit('.').next().unwrap_or("");
    last.trim_matches(['"', '`', '\'']).to_owned()
}

/// The kind and name of what CREATE, ALTER or DROP is about, from its words in lower case.
fn named(lower: &str) -> (String, String) {
    let words: Vec<&str> = lower.split_whitespace().take(16).collect();
    let Some(at) = words.iter().skip(1).position(|w| KINDS.contains(w)).map(|n| n + 1) else {
        return (String::new(), String::new());
    };
    let kind = words.get(at).copied().unwrap_or("");
    let name = words.iter().skip(at + 1).find(|w| !matches!(**w, "if" | "not" | "exists" | "trigger"));
    let kind = if matches!(kind, "procedure" | "routine" | "aggregate") { "function" } else { kind };
    (kind.to_owned(), name.map_or_else(String::new, |n| bare(n)))
}

/// Whether everything after the last WHERE is constant: `WHERE true`, `WHERE 1 = 1`.
pub(crate) fn constant_condition(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let Some((_, tail)) = lower.rsplit_once("where") else { return false };
    let words = tail.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    !tail.contains('"')
        && !tail.contains('`')
        && words.clone().count() > 0
        && words.into_iter().all(|w| {
            matches!(w, "true" | "and" | "or" | "not" | "is" | "false") || w.bytes().all(|b| b.is_ascii_digit())
        })
        && !matches!(tail.trim(), "false" | "0")
}

/// Notes what a statement made, so that what is taken away later in the same deploy is told from what production has.
fn remember(catalog: &mut Catalog, statement: &Statement, sql: &str) {
    if let Statement::CreateView { name, .. } = statement
        && let Some(id) = catalog.find_id(name)
    {
        // MySQL's views may be replaced by any other
        match view_columns::of(sql).filter(|_| catalog.search_path.first().is_some_and(|s| !s.is_empty())) {
            Some(columns) => catalog.view_columns.insert(id, columns),
            None => catalog.view_columns.remove(&id),
        };
        return;
    }
    let key = match statement {
        Statement::CreateFunction { name, .. } => ("function".to_owned(), name.name.clone()),
        Statement::CreateType { name, .. } => ("type".to_owned(), name.name.clone()),
        Statement::CreateDomain { name, .. } => ("domain".to_owned(), name.name.clone()),
        Statement::CreateSchema(name) => ("schema".to_owned(), name.clone()),
        Statement::CreateTrigger { name, .. } => ("trigger".to_owned(), name.clone()),
        Statement::CreateRule { name, .. } => ("rule".to_owned(), name.clone()),
        Statement::Policy { name, .. } => ("policy".to_owned(), name.clone()),
        Statement::Inert(_) if sql.get(..6).is_some_and(|w| w.eq_ignore_ascii_case("create")) => {
            let head: String = sql.chars().take(400).collect();
            named(&head.to_ascii_lowercase())
        }
        Statement::Drop(d) => {
            let word = match d.kind {
                ObjectKind::Function => "function",
                ObjectKind::Type => "type",
                ObjectKind::Domain => "domain",
                ObjectKind::Schema => "schema",
                ObjectKind::Extension => "extension",
                _ => return,
            };
            for name in &d.names {
                catalog.objects.remove(&(word.to_owned(), name.name.clone()));
            }
            return;
        }
        _ => return,
    };
    let replaces = sql.chars().take(40).collect::<String>().to_ascii_lowercase().contains("or replace");
    let guarded = sql.chars().take(200).collect::<String>().to_ascii_lowercase().contains("if not exists");
    let made = catalog.in_migration;
    // CREATE OR REPLACE of a name that no earlier migration made may still replace one
    if made && (replaces || guarded) && !catalog.is_told() {
        return;
    }
    catalog.objects.entry(key).or_insert(made);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_without_columns_is_none() {
        assert!(constant_condition("delete from t where 1 = 1"));
        assert!(constant_condition("DELETE FROM t WHERE true"));
        assert!(!constant_condition("delete from t where id = 1"));
        assert!(!constant_condition("delete from t"));
    }

    #[test]
    fn the_name_is_found_behind_its_kind() {
        assert_eq!(named("drop role if exists app"), ("role".to_owned(), "app".to_owned()));
        assert_eq!(named("create procedure `a`.`p`(x int)"), ("function".to_owned(), "p".to_owned()));
    }
}
