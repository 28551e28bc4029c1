//! Partitions and inheritance: attached, detached, made.
//! Source: `ATExecAttachPartition`, `ATExecDetachPartition`, `QueuePartitionConstraintValidation`, `AttachPartitionEnsureIndexes`,
//! `DefineRelation` and `check_default_partition_contents` of the server.

use super::alter::Tabs;
use super::constraint::new_index;
use super::implies::{proves_bound, proves_outside};
use crate::catalog::{RelationId, RelationKind, automatic_name, index_label};
use crate::effects::{Cause, Change, LockMode};
use crate::model::alter::PartitionBound;
use crate::model::name::Name;
use crate::scene::Scene;

/// The default partition of a table.
pub(super) fn default_of(s: &Scene<'_>, table: RelationId) -> Option<RelationId> {
    let r = s.catalog.get(table)?;
    r.children.iter().copied().find(|c| s.catalog.get(*c).is_some_and(|r| r.bound == Some(PartitionBound::Default)))
}

/// An index of the partition that can serve as the part of the parent's index.
pub(super) fn matching_index(s: &Scene<'_>, partition: RelationId, parent_index: RelationId) -> Option<RelationId> {
    let wanted = s.catalog.get(parent_index)?.index.as_ref()?;
    let constrained = |index: RelationId, table: RelationId| {
        s.catalog.get(table).is_some_and(|t| t.constraints.iter().any(|c| c.index == Some(index)))
    };
    let need_constraint = constrained(parent_index, wanted.table);
    s.catalog.get(partition)?.indexes.iter().copied().find(|i| {
        s.catalog.get(*i).and_then(|r| r.index.as_ref()).is_some_and(|shape| {
            shape.parent.is_none()
                && shape.method == wanted.method
                && shape.unique == wanted.unique
                && shape.parts == wanted.parts
                && shape.predicate == wanted.predicate
                && shape.include == wanted.include
                && (!need_constraint || constrained(*i, partition))
        })
    })
}

/// Whether rows of the default partition have to be looked at because a new partition takes some of what could be there.
pub(super) fn check_default(s: &mut Scene<'_>, parent: RelationId, bound: &PartitionBound) {
    let Some(default) = default_of(s, parent) else { return };
    s.lock(default, LockMode::AccessExclusive);
    let key = s.catalog.get(parent).and_then(|r| r.partition_key.clone());
    if s.catalog.get(default).is_some_and(|d| proves_outside(d, key.as_ref(), bound)) {
        return;
    }
    for part in std::iter::once(default).chain(s.catalog.descendants(default)) {
        s.lock(part, LockMode::AccessExclusive);
        s.scan(part, Cause::DefaultPartition);
    }
}

pub(super) fn attach(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    parent: RelationId,
    name: &Name,
    bound: Option<&PartitionBound>,
) {
    let Some(partition) = s.resolve(name, RelationKind::Table, false) else { return };
    let Some(bound) = bound else { return };
    s.lock(partition, LockMode::AccessExclusive);
    for child in s.catalog.descendants(partition) {
        s.lock(child, LockMode::AccessExclusive);
    }
    let key = s.catalog.get(parent).and_then(|r| r.partition_key.clone());
    let default_alone =
        *bound == PartitionBound::Default && s.catalog.get(parent).is_some_and(|r| r.children.is_empty() && !r.assumed);
    let proven = default_alone || s.catalog.get(partition).is_some_and(|r| proves_bound(r, key.as_ref(), bound));
    if !proven {
        for part in std::iter::once(partition).chain(s.catalog.descendants(partition)) {
            s.scan(part, Cause::PartitionBound);
        }
    }
    if *bound != PartitionBound::Default {
        check_default(s, parent, bound);
    }
    clone_indexes(s, tabs, parent, partition, true);
    clone_keys(s, tabs, parent, partition);
    s.catalog.link_child(parent, partition);
    if let Some(r) = s.catalog.get_mut(partition) {
        r.is_partition = true;
        r.bound = Some(bound.clone());
    }
}

/// The partition gets every index that its parent has.
pub(super) fn clone_indexes(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    parent: RelationId,
    partition: RelationId,
    counted: bool,
) {
    let indexes = s.catalog.get(parent).map_or_else(Vec::new, |r| r.indexes.clone());
    for index in indexes {
        s.lock(index, LockMode::ShareUpdateExclusive);
        let Some(shape) = s.catalog.get(index).and_then(|r| r.index.clone()) else { continue };
        if let Some(found) = matching_index(s, partition, index) {
            if let Some(i) = s.catalog.get_mut(found).and_then(|r| r.index.as_mut()) {
                i.parent = Some(index);
            }
            continue;
        }
        let Some((schema, own)) = s.catalog.get(partition).map(|r| (r.schema.clone(), r.name.clone())) else {
            continue;
        };
        let is_key = s.catalog.get(parent).is_some_and(|r| r.constraints.iter().any(|c| c.index == Some(index)));
        let label = match (shape.primary, is_key) {
            (true, _) => "pkey",
            (false, true) => "key",
            _ => "idx",
        };
        let middle = if shape.primary { String::new() } else { index_label(&shape.parts) };
        let name = automatic_name(s.catalog, &schema, &own, &middle, label);
        let mut child = shape.clone();
        child.table = partition;
        child.parent = Some(index);
        child.children = Vec::new();
        let id = new_index(s, partition, &name, child);
        if let Some(mut constraint) =
            s.catalog.get(parent).and_then(|r| r.constraints.iter().find(|c| c.index == Some(index)).cloned())
        {
            constraint.index = Some(id);
            constraint.name = name;
            constraint.inherited = true;
            if let Some(r) = s.catalog.get_mut(partition) {
                r.constraints.push(constraint);
            }
        }
        let below = s.catalog.descendants(partition);
        if counted {
            let types = super::column::index_types(s, id);
            tabs.entry(partition).or_default().built.push((id, types));
            for part in below {
                clone_indexes(s, tabs, partition, part, true);
            }
        }
    }
}

/// The partition gets every foreign key that its parent has; keys that point to the parent point to it too.
fn clone_keys(s: &mut Scene<'_>, tabs: &mut Tabs, parent: RelationId, partition: RelationId) {
    let keys: Vec<_> = s
        .catalog
        .get(parent)
        .map_or_else(Vec::new, |r| r.constraints.iter().filter(|c| c.is_foreign_key()).cloned().collect());
    for key in keys {
        let Some(target) = key.target else { continue };
        s.lock(target, LockMode::ShareRowExclusive);
        if let crate::model::table::ConstraintKind::ForeignKey { columns, .. } = &key.kind {
            let has = s.catalog.get(partition).is_some_and(|r| {
                r.constraints.iter().any(|c| c.valid && c.target == Some(target) && matches!(&c.kind, crate::model::table::ConstraintKind::ForeignKey { columns: own, .. } if own == columns))
            });
            if !has && key.valid {
                let types = super::constraint::column_types(s, partition, columns);
                tabs.entry(partition).or_default().keys.push((partition, target, types));
            }
        }
    }
    for referencing in s.catalog.get(parent).map_or_else(Vec::new, |r| r.referenced_by.clone()) {
        s.lock(referencing, LockMode::ShareRowExclusive);
    }
}

pub(super) fn detach(s: &mut Scene<'_>, parent: RelationId, name: &Name, concurrently: bool) {
    let Some(partition) = s.resolve(name, RelationKind::Table, false) else { return };
    if concurrently && s.major() < 14 {
        s.fails("DETACH .. CONCURRENTLY came with PostgreSQL 14");
        return;
    }
    if concurrently && default_of(s, parent).is_some() {
        s.fails("DETACH CONCURRENTLY is refused while a default partition exists");
        return;
    }
    if concurrently {
        s.lock_apart(partition, LockMode::AccessExclusive, false);
    } else {
        s.lock(partition, if s.major() < 14 { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
        if let Some(default) = default_of(s, parent) {
            s.lock(default, LockMode::AccessExclusive);
        }
        for below in s.catalog.descendants(partition) {
            s.lock(below, LockMode::AccessExclusive);
        }
        for index in s.catalog.get(partition).map_or_else(Vec::new, |r| r.indexes.clone()) {
            if s.catalog.get(index).and_then(|r| r.index.as_ref()).is_some_and(|i| i.parent.is_some()) {
                s.lock(index, LockMode::AccessExclusive);
            }
        }
    }
    for key in s.catalog.get(parent).map_or_else(Vec::new, |r| r.constraints.clone()) {
        if let Some(target) = key.target {
            s.lock(target, LockMode::ShareRowExclusive);
        }
    }
    let (table, child) = (s.catalog.label(parent), s.catalog.label(partition));
    if s.visible(partition) {
        s.change(Change::Detach { table, partition: child });
    }
    s.catalog.unlink_child(parent, partition);
    let indexes = s.catalog.get(partition).map_or_else(Vec::new, |r| r.indexes.clone());
    for index in indexes {
        if let Some(shape) = s.catalog.get_mut(index).and_then(|r| r.index.as_mut()) {
            shape.parent = None;
        }
    }
    if let Some(r) = s.catalog.get_mut(partition) {
        r.is_partition = false;
        r.bound = None;
    }
}

pub(super) fn attach_index(s: &mut Scene<'_>, index: RelationId, child: &Name) {
    s.lock(index, LockMode::ShareUpdateExclusive);
    let Some(child) = s.resolve(child, RelationKind::Index, false) else { return };
    s.lock(child, LockMode::AccessExclusive);
    for id in [index, child] {
        if let Some(table) = s.catalog.get(id).and_then(|r| r.index.as_ref()).map(|i| i.table) {
            s.lock(table, LockMode::AccessShare);
        }
    }
    if let Some(shape) = s.catalog.get_mut(child).and_then(|r| r.index.as_mut()) {
        shape.parent = Some(index);
    }
    if let Some(shape) = s.catalog.get_mut(index).and_then(|r| r.index.as_mut()) {
        shape.children.push(child);
    }
}

pub(super) fn inherit(s: &mut Scene<'_>, child: RelationId, parent: &Name, adds: bool) {
    let Some(parent) = s.resolve(parent, RelationKind::Table, false) else { return };
    s.lock(parent, if adds { LockMode::ShareUpdateExclusive } else { LockMode::AccessShare });
    if adds {
        let (above, below) = (s.catalog.get(parent).cloned(), s.catalog.get(child).cloned());
        if let (Some(above), Some(below)) = (above, below) {
            let unlike = above.columns.iter().find(|c| {
                below
                    .column(&c.name)
                    .is_none_or(|d| d.data_type.name != c.data_type.name || d.data_type.array != c.data_type.array)
            });
            if let (Some(c), false) = (unlike, below.assumed || above.assumed) {
                s.fails(format!("{} has no column {} of the type it has in {}", below.label(), c.name, above.label()));
                return;
            }
        }
        s.catalog.link_child(parent, child);
    } else {
        s.catalog.unlink_child(parent, child);
    }
}
