//! ALTER COLUMN TYPE: the rewrite, and the indexes and constraints that are made again with it.
//! Source: `ATExecAlterColumnType`, `RememberAllDependentForRebuilding` and `ATPostAlterTypeCleanup` of the server.

use super::alter::Tabs;
use super::column::{in_partition_key, must_exist, needs_column, owned_sequences, primary_columns};
use super::retype::{self, Bytes};
use crate::catalog::{Column, RelationId, RelationKind};
use crate::effects::{Cause, Change, LockMode};
use crate::model::expression::Expression;
use crate::model::table::{ConstraintKind, DataType};
use crate::scene::Scene;

pub(super) fn alter_type(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    name: &str,
    to: &DataType,
    using: Option<&Expression>,
    first: bool,
) {
    if first && !must_exist(s, table, name) {
        return;
    }
    let Some(relation) = s.catalog.get(table) else { return };
    let label = relation.label();
    let column = relation.column(name).cloned();
    let partitioned = relation.kind == RelationKind::Partitioned;
    if let Some(view) = relation.read_by.iter().find(|v| needs_column(s, **v, table, name)) {
        let why = format!("column {name} is used by {}, which has to be dropped first", s.catalog.label(*view));
        s.fails(why);
        return;
    }
    if in_partition_key(s, table, name) {
        s.fails(format!("column {name} is part of the partition key of {label}"));
        return;
    }
    if s.catalog.get(table).is_some_and(|r| r.guarded_columns.contains(name)) {
        s.fails(format!("a policy of {label} uses column {name}"));
        return;
    }
    let outcome = retype::bytes(s.catalog, column.as_ref(), name, to, using, s.zone);
    let rewrites = match &outcome {
        Bytes::Stay => false,
        Bytes::Change => true,
        Bytes::Unknown(why) => {
            s.unknown(why.clone());
            true
        }
    };
    let relation = s.catalog.get(table);
    let generated =
        relation.is_some_and(|r| r.columns.iter().any(|c| c.generated.as_ref().is_some_and(|(e, _)| e.mentions(name))));
    if generated {
        s.fails(format!("a generated column of {label} depends on {name}"));
    }
    if rewrites && !partitioned {
        tabs.entry(table).or_default().rewrite.get_or_insert(Cause::ColumnType);
    }
    if using.is_none_or(|_| true) && first && s.visible(table) {
        let narrows = retype::narrows(s.catalog, column.as_ref(), to);
        let from = column.as_ref().map(|c| c.data_type.to_sql());
        if from.as_deref() != Some(to.to_sql().as_str()) {
            s.change(Change::ChangeType { table: label, column: name.to_owned(), from, to: to.to_sql(), narrows });
        }
    }
    dependents(s, tabs, table, name, column.as_ref(), to, rewrites);
    for sequence in owned_sequences(s, table, name) {
        if column.as_ref().is_some_and(|c| c.identity) {
            s.lock(sequence, LockMode::ShareRowExclusive);
        }
    }
    if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
        c.data_type = to.clone();
    }
}

/// Indexes and constraints on the column are dropped and made again (`RememberAllDependentForRebuilding`).
fn dependents(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    name: &str,
    column: Option<&Column>,
    to: &DataType,
    rewrites: bool,
) {
    let stays = retype::index_stays(s.catalog, column, to);
    for index in s.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
        let Some((mentions, computed)) =
            s.catalog.get(index).and_then(|r| r.index.as_ref()).map(|i| (i.mentions(name), i.computed()))
        else {
            continue;
        };
        if !mentions {
            continue;
        }
        s.lock(index, LockMode::AccessExclusive);
        if !rewrites && (computed || !stays) {
            tabs.entry(table).or_default().rebuilt.push(index);
        }
    }
    let constraints = s.catalog.get(table).map_or_else(Vec::new, |r| r.constraints.clone());
    for c in constraints.iter().filter(|c| c.uses_column(name)) {
        match (&c.kind, c.target) {
            (ConstraintKind::Check { .. }, _) if c.valid && c.enforced => {
                tabs.entry(table).or_default().scans.push(Cause::Check);
            }
            (ConstraintKind::ForeignKey { .. }, Some(target)) => {
                s.lock(target, LockMode::AccessExclusive);
                if (rewrites || !stays) && c.valid && c.enforced {
                    let types = vec![to.to_sql()];
                    tabs.entry(table).or_default().keys.push((table, target, types));
                }
            }
            _ => {}
        }
    }
    let Some(referencing) = s.catalog.get(table).map(|r| r.referenced_by.clone()) else { return };
    for other in referencing {
        let keys: Vec<bool> = s.catalog.get(other).map_or_else(Vec::new, |r| {
            let primary = primary_columns(s, table);
            r.constraints
                .iter()
                .filter(|c| c.target == Some(table))
                .filter(|c| match &c.kind {
                    ConstraintKind::ForeignKey { referenced, .. } => {
                        referenced.iter().any(|x| x == name)
                            || (referenced.is_empty() && primary.iter().any(|x| x == name))
                    }
                    _ => false,
                })
                .map(|c| c.valid && c.enforced)
                .collect()
        });
        for valid in keys {
            if other != table {
                s.lock(other, LockMode::AccessExclusive);
            }
            if (rewrites || !stays) && valid {
                tabs.entry(table).or_default().keys.push((other, table, vec![to.to_sql()]));
            }
        }
    }
}
