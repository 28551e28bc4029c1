//! CREATE TABLE, INDEX, VIEW and what else is made.
//! Source: `DefineRelation`, `DefineIndex`, `transformTableLikeClause`, `create_ctas_internal` of the server.

use super::alter::Tabs;
use super::column::{held_column, hold_constraints, index_types, make_sequence};
use super::constraint::{held_from, lock_tree, new_index, shape};
use super::partition::{check_default, clone_indexes, matching_index};
use super::rows::{read_query, scans_of};
use crate::catalog::{RelationId, RelationKind, automatic_name, index_label};
use crate::effects::{Cause, LockMode};
use crate::model::alter::PartitionBound;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateIndex, CreateTable, Persistence};
use crate::model::table::{Constraint, ConstraintKind};
use crate::scene::Scene;

pub(super) fn table(s: &mut Scene<'_>, statement: &CreateTable) {
    let temporary = statement.persistence == Persistence::Temporary;
    let schema = if temporary { "pg_temp".to_owned() } else { s.catalog.home(&statement.name) };
    if s.catalog.taken(&schema, &statement.name.name) {
        if statement.if_not_exists {
            return;
        }
        if s.catalog.is_complete() || !s.catalog.find(&statement.name).is_some_and(|r| r.assumed) {
            s.fails(format!("{} already exists", statement.name));
            return;
        }
    }
    let kind = if statement.partition_by.is_some() {
        RelationKind::Partitioned
    } else if statement.foreign {
        RelationKind::Foreign
    } else {
        RelationKind::Table
    };
    // sources are locked before the new table exists, which has no name among them
    let likes: Vec<(Option<RelationId>, bool)> =
        statement.like.iter().map(|(name, indexes)| (s.resolve(name, RelationKind::Table, false), *indexes)).collect();
    if let Some((query, with_data)) = &statement.query {
        if *with_data {
            read_query(s, query, LockMode::AccessShare);
        } else {
            lock_views_only(s, query);
        }
    }
    let id = s.catalog.add(&schema, &statement.name.name, kind);
    if let Some(r) = s.catalog.get_mut(id) {
        r.temporary = temporary;
        r.unlogged = statement.persistence == Persistence::Unlogged;
        r.partition_key.clone_from(&statement.partition_by);
        r.columns = statement.columns.iter().map(held_column).collect();
        r.assumed = statement.query.is_some();
    }
    let label = s.catalog.label(id);
    s.out.creates.insert(label);
    let mut tabs = Tabs::new();
    for (source, indexes) in likes {
        let Some(source) = source else { continue };
        s.lock(source, LockMode::AccessShare);
        copy_like(s, id, source, indexes);
    }
    for parent in &statement.inherits {
        let Some(parent) = s.resolve(parent, RelationKind::Table, false) else { continue };
        s.lock(parent, LockMode::ShareUpdateExclusive);
        inherit_columns(s, id, parent);
        s.catalog.link_child(parent, id);
    }
    if let Some((parent, bound)) = &statement.partition_of {
        partition_of(s, &mut tabs, id, parent, bound);
    }
    for column in &statement.columns {
        if column.serial || column.identity {
            make_sequence(s, id, &column.name);
        }
        hold_constraints(s, &mut tabs, id, column);
    }
    for constraint in &statement.constraints {
        held_from(s, &mut tabs, id, constraint);
    }
}

fn copy_like(s: &mut Scene<'_>, table: RelationId, source: RelationId, indexes: bool) {
    let Some(from) = s.catalog.get(source).cloned() else { return };
    if let Some(r) = s.catalog.get_mut(table) {
        r.columns.extend(from.columns.iter().cloned());
        r.assumed |= from.assumed;
    }
    if !indexes {
        return;
    }
    for index in from.indexes {
        let Some(mut copy) = s.catalog.get(index).and_then(|r| r.index.clone()) else { continue };
        copy.table = table;
        copy.parent = None;
        copy.children = Vec::new();
        let Some((schema, name)) = s.catalog.get(table).map(|r| (r.schema.clone(), r.name.clone())) else { continue };
        let constraint = from.constraints.iter().find(|c| c.index == Some(index)).cloned();
        let (middle, end) = match (&constraint, copy.primary) {
            (_, true) => (String::new(), "pkey"),
            (Some(_), false) => (index_label(&copy.parts), "key"),
            (None, false) => (index_label(&copy.parts), "idx"),
        };
        let own = automatic_name(s.catalog, &schema, &name, &middle, end);
        let id = new_index(s, table, &own, copy);
        if let (Some(mut c), Some(r)) = (constraint, s.catalog.get_mut(table)) {
            c.name = own;
            c.index = Some(id);
            r.constraints.push(c);
        }
    }
}

fn inherit_columns(s: &mut Scene<'_>, child: RelationId, parent: RelationId) {
    let Some(from) = s.catalog.get(parent).cloned() else { return };
    if let Some(r) = s.catalog.get_mut(child) {
        r.assumed |= from.assumed;
        let own: Vec<String> = r.columns.iter().map(|c| c.name.clone()).collect();
        let mut columns: Vec<_> = from.columns.iter().filter(|c| !own.contains(&c.name)).cloned().collect();
        columns.append(&mut r.columns);
        r.columns = columns;
        r.constraints.extend(
            from.constraints
                .iter()
                .filter(|c| matches!(c.kind, ConstraintKind::Check { no_inherit: false, .. }))
                .cloned()
                .map(|mut c| {
                    c.inherited = true;
                    c
                }),
        );
    }
}

fn partition_of(s: &mut Scene<'_>, tabs: &mut Tabs, id: RelationId, parent: &Name, bound: &PartitionBound) {
    let Some(parent) = s.resolve(parent, RelationKind::Partitioned, false) else { return };
    s.lock(parent, LockMode::AccessExclusive);
    if *bound != PartitionBound::Default {
        check_default(s, parent, bound);
    }
    inherit_columns(s, id, parent);
    clone_indexes(s, tabs, parent, id, false);
    for key in s.catalog.get(parent).map_or_else(Vec::new, |r| r.constraints.clone()) {
        if let Some(target) = key.target {
            lock_tree(s, target, LockMode::ShareRowExclusive);
            let constraint = Constraint {
                name: Some(key.name.clone()),
                kind: key.kind.clone(),
                not_valid: !key.valid,
                not_enforced: !key.enforced,
            };
            held_from(s, tabs, id, &constraint);
        }
    }
    for referencing in s.catalog.get(parent).map_or_else(Vec::new, |r| r.referenced_by.clone()) {
        s.lock(referencing, LockMode::ShareRowExclusive);
    }
    s.catalog.link_child(parent, id);
    if let Some(r) = s.catalog.get_mut(id) {
        r.is_partition = true;
        r.bound = Some(bound.clone());
    }
}

pub(super) fn index(s: &mut Scene<'_>, statement: &CreateIndex) {
    let Some(table) = s.resolve(&statement.table, RelationKind::Table, false) else { return };
    let Some(relation) = s.catalog.get(table) else { return };
    let schema = relation.schema.clone();
    let partitioned = relation.kind == RelationKind::Partitioned;
    let table_name = relation.name.clone();
    let name = match &statement.name {
        Some(name) => name.clone(),
        None => automatic_name(s.catalog, &schema, &table_name, &index_label(&statement.parts), "idx"),
    };
    let mode = if statement.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
    s.lock(table, mode);
    if s.catalog.taken(&schema, &name) {
        if !statement.if_not_exists {
            s.fails(format!("{name} already exists"));
        }
        return;
    }
    if partitioned && statement.concurrently {
        s.fails("CREATE INDEX CONCURRENTLY is refused on a partitioned table");
        return;
    }
    for part in &statement.parts {
        if let crate::model::table::IndexPart::Column(column) = part
            && !super::column::must_exist(s, table, column)
        {
            return;
        }
    }
    let make = |table: RelationId, parent: Option<RelationId>| {
        let mut made = shape(table, statement.parts.clone(), statement.unique, false);
        made.method.clone_from(&statement.method);
        made.include.clone_from(&statement.include);
        made.predicate.clone_from(&statement.predicate);
        made.parent = parent;
        made
    };
    let id = new_index(s, table, &name, make(table, None));
    let types = index_types(s, id);
    s.build(table, name, types, Cause::Index);
    if statement.unique && s.visible(table) {
        let table = s.catalog.label(table);
        s.change(crate::effects::Change::AddConstraint { table, kind: "unique".to_owned() });
    }
    if statement.only || !partitioned {
        return;
    }
    let mut pending = vec![(table, id)];
    while let Some((above, parent_index)) = pending.pop() {
        for part in s.catalog.get(above).map_or_else(Vec::new, |r| r.children.clone()) {
            s.lock(part, mode);
            if let Some(found) = matching_index(s, part, parent_index) {
                s.lock(found, mode);
                if let Some(shape) = s.catalog.get_mut(found).and_then(|r| r.index.as_mut()) {
                    shape.parent = Some(parent_index);
                }
                pending.push((part, found));
                continue;
            }
            let Some((schema, own)) = s.catalog.get(part).map(|r| (r.schema.clone(), r.name.clone())) else { continue };
            let child_name = automatic_name(s.catalog, &schema, &own, &index_label(&statement.parts), "idx");
            let child = new_index(s, part, &child_name, make(part, Some(parent_index)));
            let types = index_types(s, child);
            s.build(part, child_name, types, Cause::Index);
            pending.push((part, child));
        }
    }
}

/// Without data a query is only analyzed, not planned: its relations are locked, their indexes are not.
fn lock_views_only(s: &mut Scene<'_>, query: &Query) {
    for name in &query.tables {
        if let Some(id) = s.resolve(name, RelationKind::Table, false) {
            s.lock(id, LockMode::AccessShare);
        }
    }
}

pub(super) fn view(s: &mut Scene<'_>, name: &Name, replace: bool, temporary: bool, query: &Query) {
    let mut reads = Vec::new();
    for table in &query.tables {
        if let Some(id) = s.resolve(table, RelationKind::Table, false) {
            s.lock(id, LockMode::AccessShare);
            reads.push(id);
        }
    }
    let schema = if temporary { "pg_temp".to_owned() } else { s.catalog.home(name) };
    let existing = s.catalog.find_id(&Name::qualified(schema.clone(), name.name.clone()));
    let id = match existing {
        Some(id) => {
            if !replace {
                s.fails(format!("{name} already exists"));
                return;
            }
            s.lock(id, LockMode::AccessExclusive);
            id
        }
        None => {
            let id = s.catalog.add(&schema, &name.name, RelationKind::View);
            let label = s.catalog.label(id);
            s.out.creates.insert(label);
            id
        }
    };
    if let Some(r) = s.catalog.get_mut(id) {
        r.query = Some(query.clone());
        r.temporary = temporary;
    }
    s.catalog.link_reads(id, reads);
}

pub(super) fn materialized_view(s: &mut Scene<'_>, name: &Name, if_not_exists: bool, query: &Query, with_data: bool) {
    let schema = s.catalog.home(name);
    if s.catalog.taken(&schema, &name.name) {
        if !if_not_exists {
            s.fails(format!("{name} already exists"));
        }
        return;
    }
    let mut reads = Vec::new();
    for table in &query.tables {
        reads.extend(s.resolve(table, RelationKind::Table, false));
    }
    if with_data {
        read_query(s, query, LockMode::AccessShare);
    } else {
        lock_views_only(s, query);
    }
    let id = s.catalog.add(&schema, &name.name, RelationKind::MaterializedView);
    let label = s.catalog.label(id);
    s.out.creates.insert(label);
    if let Some(r) = s.catalog.get_mut(id) {
        r.query = Some(query.clone());
    }
    s.catalog.link_reads(id, reads);
}

pub(super) fn refresh(s: &mut Scene<'_>, name: &Name, concurrently: bool, with_data: bool) {
    let Some(id) = s.resolve(name, RelationKind::MaterializedView, false) else { return };
    s.lock(id, if concurrently { LockMode::Exclusive } else { LockMode::AccessExclusive });
    let query = s.catalog.get(id).and_then(|r| r.query.clone());
    let assumed = s.catalog.get(id).is_some_and(|r| r.assumed);
    if with_data {
        if let Some(query) = &query {
            read_query(s, query, LockMode::AccessShare);
        } else if assumed {
            s.unknown("what the materialized view reads is not known");
        }
    }
    if concurrently {
        s.scan(id, Cause::Refresh);
        s.lock_indexes(id, LockMode::RowExclusive);
    } else if with_data {
        s.rewrite(id, Cause::Refresh);
        for index in s.catalog.get(id).map_or_else(Vec::new, |r| r.indexes.clone()) {
            s.lock(index, LockMode::AccessExclusive);
            let name = s.catalog.get(index).map_or_else(String::new, |r| r.name.clone());
            let types = index_types(s, index);
            s.build(id, name, types, Cause::Refresh);
        }
    } else {
        s.rewrite(id, Cause::Refresh);
        s.lock_indexes(id, LockMode::AccessExclusive);
        if s.catalog.get(id).is_some_and(|r| !r.indexes.is_empty()) {
            s.scan(id, Cause::Refresh);
        }
    }
    if let Some(query) = query.as_ref().filter(|_| with_data) {
        for table in scans_of(s, query) {
            s.scan(table, Cause::Refresh);
        }
    }
}
