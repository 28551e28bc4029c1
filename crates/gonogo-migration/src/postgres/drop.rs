//! DROP: what goes, and what goes with it.
//! Source: `RemoveRelations`, `heap_drop_with_catalog`, `index_drop` and `findDependentObjects` of the server.

use super::partition::default_of;
use crate::catalog::{RelationId, RelationKind};
use crate::effects::{Change, LockMode};
use crate::model::name::Name;
use crate::model::statement::{Drop, ObjectKind};
use crate::model::table::ConstraintKind;
use crate::scene::Scene;

pub(super) fn drop(s: &mut Scene<'_>, statement: &Drop) {
    match statement.kind {
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence => {
            let kind = match statement.kind {
                ObjectKind::View => RelationKind::View,
                ObjectKind::MaterializedView => RelationKind::MaterializedView,
                ObjectKind::Sequence => RelationKind::Sequence,
                _ => RelationKind::Table,
            };
            for name in &statement.names {
                let Some(id) = s.resolve(name, kind, statement.if_exists) else { continue };
                let existed = s.visible(id);
                let label = s.catalog.label(id);
                if !statement.cascade {
                    refuse_if_needed(s, id, &statement.names);
                    if kind == RelationKind::Sequence && feeds_a_default(s, id) {
                        s.fails(format!("a column's default depends on {label}: CASCADE is missing"));
                    }
                }
                drop_tree(s, id, statement.cascade);
                if existed && kind != RelationKind::Sequence {
                    s.change(Change::DropTable { table: label });
                }
            }
        }
        ObjectKind::Index => {
            for name in &statement.names {
                let Some(id) = s.resolve(name, RelationKind::Index, statement.if_exists) else { continue };
                drop_index(s, id, statement.concurrently);
            }
        }
        ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => {
            let Some(table) = &statement.on else { return };
            let Some(id) = s.resolve(table, RelationKind::Table, statement.if_exists) else { return };
            let named =
                |a: &(ObjectKind, String)| a.0 == statement.kind && statement.names.iter().any(|n| n.name == a.1);
            let there = s.catalog.get(id).is_some_and(|r| r.attached.iter().any(named));
            if !there && s.catalog.is_complete() {
                if !statement.if_exists {
                    s.fails(format!("{table} has none of that name"));
                }
                return;
            }
            s.lock(id, LockMode::AccessExclusive);
            if let Some(r) = s.catalog.get_mut(id) {
                r.attached.retain(|a| !named(a));
            }
        }
        ObjectKind::Schema => {
            for name in &statement.names {
                for id in s.catalog.in_schema(&name.name) {
                    if s.catalog.get(id).is_none_or(|r| r.kind == RelationKind::Index) {
                        continue;
                    }
                    let (existed, label, table) = (
                        s.visible(id),
                        s.catalog.label(id),
                        s.catalog.get(id).is_some_and(crate::catalog::Relation::is_table),
                    );
                    drop_tree(s, id, true);
                    if existed && table {
                        s.change(Change::DropTable { table: label });
                    }
                }
                if !s.catalog.is_complete() && statement.cascade {
                    s.unknown(format!("what schema {} holds is not fully known", name.name));
                }
            }
        }
        ObjectKind::Type | ObjectKind::Domain => {
            for name in &statement.names {
                drop_type(s, name, statement.cascade);
            }
        }
        ObjectKind::Function => {
            for name in &statement.names {
                s.catalog.functions.remove(&name.name);
                let tables = if statement.cascade {
                    s.catalog.triggers.remove(&name.name)
                } else {
                    s.catalog.triggers.get(&name.name).cloned()
                };
                let tables: Vec<RelationId> = tables
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|(table, trigger)| {
                        s.catalog
                            .get(*table)
                            .is_some_and(|r| r.attached.iter().any(|(k, n)| *k == ObjectKind::Trigger && n == trigger))
                    })
                    .map(|(table, _)| table)
                    .collect();
                if !tables.is_empty() && !statement.cascade {
                    s.fails(format!("a trigger calls {name}: CASCADE is missing"));
                }
                for table in tables {
                    s.lock(table, LockMode::AccessExclusive);
                }
            }
            if statement.cascade && !s.catalog.is_complete() {
                s.unknown(
                    "what depends on the function (triggers, defaults, views) goes with it, and is not fully known",
                );
            }
        }
        ObjectKind::Extension if statement.cascade => {
            s.unknown("what depends on the extension (columns of its types, indexes) goes with it")
        }
        ObjectKind::Statistics => {
            for name in &statement.names {
                let owner = s
                    .catalog
                    .relations()
                    .find(|r| r.attached.iter().any(|(k, n)| *k == ObjectKind::Statistics && *n == name.name))
                    .map(|r| r.id);
                match owner {
                    Some(id) => s.lock(id, LockMode::ShareUpdateExclusive),
                    None if !s.catalog.is_complete() => {
                        s.unknown(format!("the table of statistics {name} is not known"))
                    }
                    None => {}
                }
            }
        }
        _ => {}
    }
}

/// The errors that DROP without CASCADE gives.
fn refuse_if_needed(s: &mut Scene<'_>, id: RelationId, dropped: &[Name]) {
    let going: Vec<RelationId> = dropped.iter().filter_map(|n| s.catalog.find_id(n)).collect();
    let Some(r) = s.catalog.get(id) else { return };
    let dependent = r.read_by.iter().chain(r.referenced_by.iter()).find(|d| **d != id && !going.contains(d));
    if let Some(d) = dependent {
        let why = format!("{} depends on {}: CASCADE is missing", s.catalog.label(*d), r.label());
        s.fails(why);
    }
    if let Some(r) = s.catalog.get(id) {
        let children =
            r.children.iter().find(|c| !going.contains(c) && s.catalog.get(**c).is_some_and(|c| !c.is_partition));
        if let Some(child) = children {
            let why = format!("{} inherits from {}: CASCADE is missing", s.catalog.label(*child), r.label());
            s.fails(why);
        }
    }
}

/// Drops a relation with everything that cannot live without it.
pub(super) fn drop_tree(s: &mut Scene<'_>, id: RelationId, cascade: bool) {
    if s.catalog.get(id).is_none() {
        return;
    }
    s.lock(id, LockMode::AccessExclusive);
    s.lock_indexes(id, LockMode::AccessExclusive);
    let Some(r) = s.catalog.get(id).cloned() else { return };
    if r.is_partition {
        for parent in &r.parents {
            s.lock(*parent, LockMode::AccessExclusive);
            if let Some(default) = default_of(s, *parent) {
                s.lock(default, LockMode::AccessExclusive);
            }
        }
    }
    for sequence in &r.sequences {
        s.lock(*sequence, LockMode::AccessExclusive);
    }
    for target in r.constraints.iter().filter_map(|c| c.target) {
        s.lock(target, LockMode::AccessExclusive);
        for part in s.catalog.descendants(target) {
            s.lock(part, LockMode::AccessExclusive);
        }
    }
    for other in &r.referenced_by {
        s.lock(*other, LockMode::AccessExclusive);
        for part in s.catalog.descendants(*other) {
            s.lock(part, LockMode::AccessExclusive);
        }
    }
    for child in &r.children {
        drop_tree(s, *child, cascade);
    }
    for view in &r.read_by {
        drop_tree(s, *view, true);
    }
    if r.kind == RelationKind::Sequence && cascade {
        drop_default_users(s, &r.name);
    }
    for other in &r.referenced_by {
        if let Some(o) = s.catalog.get_mut(*other) {
            o.constraints.retain(|c| c.target != Some(id));
        }
    }
    s.catalog.remove(id);
}

/// Whether the column that the sequence belongs to takes its default from it.
fn feeds_a_default(s: &Scene<'_>, sequence: RelationId) -> bool {
    let Some((table, column)) = s.catalog.get(sequence).and_then(|r| r.owner.clone()) else { return false };
    s.catalog.get(table).and_then(|t| t.column(&column)).is_some_and(|c| c.identity || c.default.is_some())
}

/// Defaults that call nextval of a dropped sequence go with it.
fn drop_default_users(s: &mut Scene<'_>, sequence: &str) {
    let users: Vec<RelationId> = s
        .catalog
        .relations()
        .filter(|r| {
            r.columns.iter().any(|c| {
                c.default.as_ref().is_some_and(|d| d.as_str().contains("nextval") && d.as_str().contains(sequence))
            })
        })
        .map(|r| r.id)
        .collect();
    for user in users {
        s.lock(user, LockMode::AccessExclusive);
    }
}

/// An index with the parts it has in partitions.
pub(super) fn drop_index_tree(s: &mut Scene<'_>, index: RelationId) {
    let Some(children) = s.catalog.get(index).and_then(|r| r.index.as_ref()).map(|i| i.children.clone()) else {
        return;
    };
    s.lock(index, LockMode::AccessExclusive);
    for child in children {
        if let Some(table) = s.catalog.get(child).and_then(|r| r.index.as_ref()).map(|i| i.table) {
            s.lock(table, LockMode::AccessExclusive);
            if let Some(t) = s.catalog.get_mut(table) {
                t.constraints.retain(|c| c.index != Some(child));
            }
        }
        drop_index_tree(s, child);
    }
    s.catalog.remove(index);
}

fn drop_index(s: &mut Scene<'_>, index: RelationId, concurrently: bool) {
    let Some(shape) = s.catalog.get(index).and_then(|r| r.index.clone()) else {
        s.lock(index, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
        let label = s.catalog.label(index);
        s.unknown(format!("the table of index {label} is not known; its readers and writers wait"));
        return;
    };
    if s.catalog.get(shape.table).is_some_and(|t| t.constraints.iter().any(|c| c.index == Some(index))) {
        let label = s.catalog.label(index);
        s.fails(format!("index {label} belongs to a constraint: drop the constraint"));
        return;
    }
    if concurrently {
        s.lock(shape.table, LockMode::ShareUpdateExclusive);
        s.lock(index, LockMode::ShareUpdateExclusive);
        s.catalog.remove(index);
        return;
    }
    s.lock(shape.table, LockMode::AccessExclusive);
    drop_index_tree(s, index);
}

fn drop_type(s: &mut Scene<'_>, name: &Name, cascade: bool) {
    let users: Vec<(RelationId, Vec<String>)> = s
        .catalog
        .relations()
        .filter(|r| r.is_table())
        .filter_map(|r| {
            let columns: Vec<String> =
                r.columns.iter().filter(|c| c.data_type.name.name == name.name).map(|c| c.name.clone()).collect();
            (!columns.is_empty()).then_some((r.id, columns))
        })
        .collect();
    if !users.is_empty() && !cascade {
        let label = users.first().map_or_else(String::new, |(id, _)| s.catalog.label(*id));
        s.fails(format!("{label} has a column of type {name}: CASCADE is missing"));
        return;
    }
    for (id, columns) in users {
        s.lock(id, LockMode::AccessExclusive);
        for column in columns {
            super::column::drop(s, id, &column, true, true, true);
        }
    }
    if let Some(id) =
        s.catalog.find_id(name).filter(|id| s.catalog.get(*id).is_some_and(|r| r.kind == RelationKind::Composite))
    {
        s.lock(id, LockMode::AccessExclusive);
        s.catalog.remove(id);
    }
    s.catalog.domains.remove(&name.name);
    s.catalog.types.remove(&name.name);
}

/// TRUNCATE: every table it empties, with indexes; CASCADE goes along foreign keys.
pub(super) fn truncate(s: &mut Scene<'_>, tables: &[(Name, bool)], cascade: bool, restart: bool) {
    let mut list: Vec<RelationId> = Vec::new();
    for (name, only) in tables {
        let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
        list.push(id);
        if !only {
            list.extend(s.catalog.descendants(id));
        }
    }
    let mut at = 0;
    while let Some(id) = list.get(at).copied() {
        at += 1;
        for other in s.catalog.get(id).map_or_else(Vec::new, |r| r.referenced_by.clone()) {
            if list.contains(&other) {
                continue;
            }
            if cascade {
                list.push(other);
                list.extend(s.catalog.descendants(other));
            } else {
                let key = s
                    .catalog
                    .get(other)
                    .is_some_and(|r| r.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::ForeignKey { .. })));
                if key {
                    let why = format!(
                        "{} is referenced by a foreign key of {}: CASCADE is missing",
                        s.catalog.label(id),
                        s.catalog.label(other)
                    );
                    s.fails(why);
                }
            }
        }
    }
    for id in list {
        s.lock(id, LockMode::AccessExclusive);
        if s.catalog.get(id).is_some_and(|r| r.has_rows()) {
            s.lock_indexes(id, LockMode::AccessExclusive);
        }
        if restart {
            for sequence in s.catalog.get(id).map_or_else(Vec::new, |r| r.sequences.clone()) {
                s.lock(sequence, LockMode::AccessExclusive);
            }
        }
        if s.visible(id) {
            let table = s.catalog.label(id);
            s.change(Change::Truncate { table });
        }
    }
}
