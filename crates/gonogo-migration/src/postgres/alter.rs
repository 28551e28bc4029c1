//! ALTER TABLE: the lock each action needs, what it does to the table, and what becomes of the catalog.
//! Source: `AlterTableGetLockLevel`, `ATPrepCmd`, `ATExecCmd` and `ATRewriteTables` of the server (commands/tablecmds.c), 12 to 18.

use std::collections::BTreeMap;

use super::constraint::{add_constraint, drop_constraint, rename_constraint, validate_constraint};
use super::{column, partition, retype};
use crate::catalog::{RelationId, RelationKind};
use crate::effects::{Cause, Change, LockMode};
use crate::model::alter::AlterAction;
use crate::model::name::Name;
use crate::model::statement::{AlterTable, ObjectKind};
use crate::model::table::ConstraintKind;
use crate::scene::Scene;

/// What the actions of one ALTER TABLE have gathered for one table; it is carried out at the end, in one pass over the table.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) rewrite: Option<Cause>,
    pub(super) scans: Vec<Cause>,
    /// Indexes that are built again though the table is not rewritten.
    pub(super) rebuilt: Vec<RelationId>,
    /// New indexes: name, types of the key.
    pub(super) built: Vec<(RelationId, Vec<String>)>,
    /// Foreign keys to verify: referencing table, referenced table, types.
    pub(super) keys: Vec<(RelationId, RelationId, Vec<String>)>,
}

pub(super) type Tabs = BTreeMap<RelationId, Pending>;

/// The lock that an action takes on the table it names.
pub(super) fn lock_level(action: &AlterAction, major: u32, foreign_key_only: bool) -> LockMode {
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
    match action {
        AlterAction::AddConstraint(c) => match c.kind {
            ConstraintKind::ForeignKey { .. } => ShareRowExclusive,
            _ => AccessExclusive,
        },
        AlterAction::Trigger { .. } => ShareRowExclusive,
        AlterAction::ClusterOn(_) | AlterAction::ColumnStatistics(_) | AlterAction::ValidateConstraint(_) => {
            ShareUpdateExclusive
        }
        AlterAction::SetParameters(names) => {
            if names.iter().all(|n| light_parameter(n)) {
                ShareUpdateExclusive
            } else {
                AccessExclusive
            }
        }
        AlterAction::AttachPartition { .. } => ShareUpdateExclusive,
        AlterAction::DetachPartition { concurrently, finalize, .. } if (*concurrently || *finalize) && major >= 14 => {
            ShareUpdateExclusive
        }
        AlterAction::SequenceOptions { .. } => ShareRowExclusive,
        AlterAction::AddColumn { .. } if foreign_key_only => AccessExclusive,
        _ => AccessExclusive,
    }
}

/// Storage parameters that need no more than ShareUpdateExclusive.
/// Source: the `lockmode` of each entry in access/common/reloptions.c.
fn light_parameter(name: &str) -> bool {
    let name = name.strip_prefix("toast.").unwrap_or(name);
    name.starts_with("autovacuum_")
        || matches!(
            name,
            "fillfactor"
                | "toast_tuple_target"
                | "parallel_workers"
                | "vacuum_truncate"
                | "vacuum_index_cleanup"
                | "vacuum_max_eager_freeze_failure_rate"
                | "log_autovacuum_min_duration"
                | "deduplicate_items"
                | "n_distinct"
                | "n_distinct_inherited"
                | "vacuum_cleanup_index_scale_factor"
        )
}

/// ALTER of any relation.
pub(super) fn alter(s: &mut Scene<'_>, statement: &AlterTable) {
    let kind = match statement.kind {
        ObjectKind::Index => RelationKind::Index,
        ObjectKind::View => RelationKind::View,
        ObjectKind::MaterializedView => RelationKind::MaterializedView,
        ObjectKind::Sequence => RelationKind::Sequence,
        ObjectKind::ForeignTable => RelationKind::Foreign,
        _ => RelationKind::Table,
    };
    let Some(id) = s.resolve(&statement.name, kind, statement.if_exists) else { return };
    let kind = s.catalog.get(id).map_or(kind, |r| r.kind);
    match kind {
        RelationKind::Index => alter_index(s, id, statement),
        RelationKind::View => alter_view(s, id, statement),
        RelationKind::Sequence => alter_sequence(s, id, statement),
        _ => alter_table(s, id, statement),
    }
}

/// The order in which the server works through the actions (`AlterTablePass`).
fn pass(action: &AlterAction) -> u8 {
    match action {
        AlterAction::DropColumn { .. } | AlterAction::DropConstraint { .. } | AlterAction::DropNotNull(_) => 0,
        AlterAction::SetDefault { default: None, .. } => 0,
        AlterAction::AlterType { .. } => 1,
        AlterAction::AddColumn { .. } => 2,
        AlterAction::SetNotNull(_) | AlterAction::SetExpression { .. } => 3,
        AlterAction::AddConstraint(c) => match c.kind {
            ConstraintKind::ForeignKey { .. } => 6,
            ConstraintKind::Check { .. } => 5,
            _ => 4,
        },
        _ => 7,
    }
}

fn alter_table(s: &mut Scene<'_>, id: RelationId, statement: &AlterTable) {
    let major = s.major();
    let mode = statement.actions.iter().map(|a| lock_level(a, major, false)).max().unwrap_or(LockMode::AccessExclusive);
    if let [AlterAction::RenameTo(name)] = statement.actions.as_slice() {
        return rename_table(s, id, name);
    }
    if let [AlterAction::SetSchema(schema)] = statement.actions.as_slice() {
        return set_schema(s, id, schema);
    }
    s.lock(id, mode);
    let mut actions: Vec<&AlterAction> = statement.actions.iter().collect();
    actions.sort_by_key(|a| pass(a));
    // a new column without a default holds nothing but nulls, so its foreign key needs no look at the rows
    let skip_keys = !statement.actions.iter().any(|a| match a {
        AlterAction::AddColumn { column, .. } => column.default.is_some() || column.serial,
        AlterAction::AddConstraint(c) => matches!(c.kind, ConstraintKind::ForeignKey { .. }),
        _ => false,
    });
    let mut tabs = Tabs::new();
    for action in actions {
        act(s, &mut tabs, id, statement.only, action, mode, skip_keys);
    }
    carry_out(s, tabs);
}

/// Phase 3: one pass over each table that needs it.
pub(super) fn carry_out(s: &mut Scene<'_>, tabs: Tabs) {
    for (id, tab) in &tabs {
        if let Some(cause) = tab.rewrite {
            rewrite_with_indexes(s, *id, cause);
        }
        for cause in &tab.scans {
            s.scan(*id, *cause);
        }
        for index in &tab.rebuilt {
            rebuild_index(s, *index, Cause::IndexRebuild);
        }
        for (index, types) in &tab.built {
            let name = s.catalog.get(*index).map_or_else(String::new, |r| r.name.clone());
            if tab.rewrite.is_none() {
                s.build(*id, name, types.clone(), Cause::Index);
            }
        }
    }
    for tab in tabs.values() {
        for (table, target, types) in &tab.keys {
            for end in [*table, *target] {
                for part in std::iter::once(end).chain(s.catalog.descendants(end)) {
                    s.lock(part, LockMode::AccessShare);
                    if s.major() >= 16 || s.catalog.get(part).is_some_and(|r| r.has_rows()) {
                        s.lock_indexes(part, LockMode::AccessShare);
                    }
                }
            }
            s.check_foreign_key(*table, *target, types.clone());
        }
    }
}

/// A table written anew: every index of it is built again, under the strongest lock.
pub(super) fn rewrite_with_indexes(s: &mut Scene<'_>, id: RelationId, cause: Cause) {
    let relation = s.catalog.get(id).map(|r| (r.has_rows(), r.indexes.clone()));
    let Some((true, indexes)) = relation else { return };
    s.rewrite(id, cause);
    s.scan(id, cause);
    for index in indexes {
        s.lock(index, LockMode::AccessExclusive);
        rebuild_index(s, index, cause);
    }
}

pub(super) fn rebuild_index(s: &mut Scene<'_>, index: RelationId, cause: Cause) {
    let Some((table, name)) = s.catalog.get(index).and_then(|r| r.index.as_ref().map(|i| (i.table, r.name.clone())))
    else {
        return;
    };
    let types = column::index_types(s, index);
    s.build(table, name, types, cause);
}

fn act(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    id: RelationId,
    only: bool,
    action: &AlterAction,
    mode: LockMode,
    skip_keys: bool,
) {
    let children = if only { Vec::new() } else { s.catalog.descendants(id) };
    let recurse = |s: &mut Scene<'_>, mode: LockMode| {
        for child in &children {
            s.lock(*child, mode);
        }
    };
    match action {
        AlterAction::AddColumn { column, if_not_exists } => {
            if s.catalog.get(id).is_some_and(|r| r.is_partition) {
                s.fails("a column cannot be added to a partition alone");
            }
            recurse(s, mode);
            for table in std::iter::once(id).chain(children.iter().copied()) {
                column::add(s, tabs, table, column, *if_not_exists, skip_keys, table == id);
            }
        }
        AlterAction::DropColumn { name, if_exists, cascade } => {
            if column::is_inherited(s, id, name) {
                s.fails(format!("column {name} is inherited and cannot be dropped here"));
            }
            recurse(s, mode);
            if only {
                for child in s.catalog.get(id).map_or_else(Vec::new, |r| r.children.clone()) {
                    s.lock(child, mode);
                }
            }
            for table in std::iter::once(id).chain(children.iter().copied()) {
                column::drop(s, table, name, *if_exists || table != id, *cascade, table == id);
            }
        }
        AlterAction::AlterType { name, data_type, using } => {
            if column::is_inherited(s, id, name) {
                s.fails(format!("column {name} is inherited and cannot be altered here"));
            }
            recurse(s, mode);
            for table in std::iter::once(id).chain(children.iter().copied()) {
                super::column_type::alter_type(s, tabs, table, name, data_type, using.as_ref(), table == id);
            }
        }
        AlterAction::SetDefault { name, default } => {
            recurse(s, mode);
            column::set_default(s, id, name, default.clone());
            for child in children {
                if let Some(c) = s.catalog.get_mut(child).and_then(|r| r.column_mut(name)) {
                    c.default.clone_from(default);
                }
            }
        }
        AlterAction::SetNotNull(name) => {
            let settled = s.catalog.get(id).and_then(|r| r.column(name)).is_some_and(|c| c.not_null);
            if !settled || s.major() >= 18 {
                recurse(s, mode);
            }
            for table in std::iter::once(id).chain(children.iter().copied()) {
                column::set_not_null(s, tabs, table, name, table == id);
            }
        }
        AlterAction::DropNotNull(name) => {
            recurse(s, mode);
            for table in std::iter::once(id).chain(children.iter().copied()) {
                if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
                    c.not_null = false;
                }
            }
            column::must_exist(s, id, name);
        }
        AlterAction::SetExpression { name, expression } => {
            if s.major() < 17 {
                s.fails("SET EXPRESSION came with PostgreSQL 17");
            }
            recurse(s, mode);
            for table in std::iter::once(id).chain(children.iter().copied()) {
                column::set_expression(s, tabs, table, name, expression);
            }
        }
        AlterAction::DropExpression(name) => {
            if s.major() < 13 {
                s.fails("DROP EXPRESSION came with PostgreSQL 13");
            }
            recurse(s, mode);
            for table in std::iter::once(id).chain(children.iter().copied()) {
                if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
                    c.generated = None;
                }
            }
        }
        AlterAction::Identity { name, adds } => {
            column::must_exist(s, id, name);
            column::identity(s, id, name, *adds);
        }
        AlterAction::ColumnStatistics(name) | AlterAction::ColumnStorage(name) => {
            recurse(s, mode);
            column::must_exist(s, id, name);
        }
        AlterAction::AddConstraint(constraint) => add_constraint(s, tabs, id, only, constraint, skip_keys),
        AlterAction::ValidateConstraint(name) => validate_constraint(s, tabs, id, name),
        AlterAction::DropConstraint { name, if_exists, cascade } => {
            drop_constraint(s, id, name, *if_exists, *cascade);
        }
        AlterAction::AlterConstraint { name, enforced } => {
            super::constraint::alter_constraint(s, tabs, id, name, *enforced)
        }
        AlterAction::RenameColumn { from, to } => {
            if column::is_inherited(s, id, from) {
                s.fails(format!("column {from} is inherited and cannot be renamed here"));
            }
            recurse(s, mode);
            column::rename(s, id, from, to);
            for child in children {
                if let Some(c) = s.catalog.get_mut(child).and_then(|r| r.column_mut(from)) {
                    c.name.clone_from(to);
                }
            }
        }
        AlterAction::RenameConstraint { from, to } => rename_constraint(s, id, from, to),
        AlterAction::RenameTo(name) => rename_table(s, id, name),
        AlterAction::SetSchema(schema) => set_schema(s, id, schema),
        AlterAction::SetTablespace(space) => {
            let same = s.catalog.get(id).is_some_and(|r| r.tablespace == *space && !r.assumed);
            if !same && s.catalog.get(id).is_some_and(|r| r.has_rows()) {
                s.file_copy(id, Cause::Tablespace);
            }
            if let Some(r) = s.catalog.get_mut(id) {
                r.tablespace.clone_from(space);
            }
        }
        AlterAction::SetAccessMethod(method) => {
            // "heap" is what a table has unless an extension brings another
            if method != "heap" && method != "default" {
                tabs.entry(id).or_default().rewrite.get_or_insert(Cause::Storage);
            }
        }
        AlterAction::SetLogged(logged) => {
            let now = s.catalog.get(id).map(|r| (!r.unlogged, r.assumed));
            if now != Some((*logged, false)) {
                tabs.entry(id).or_default().rewrite.get_or_insert(Cause::Storage);
            }
            if let Some(r) = s.catalog.get_mut(id) {
                r.unlogged = !logged;
            }
            for sequence in s.catalog.get(id).map_or_else(Vec::new, |r| r.sequences.clone()) {
                if s.major() >= 15 && now != Some((*logged, false)) {
                    s.lock(sequence, LockMode::AccessExclusive);
                }
            }
        }
        AlterAction::ClusterOn(index) => column::cluster_on(s, id, index.as_deref()),
        AlterAction::Inherit { parent, adds } => partition::inherit(s, id, parent, *adds),
        AlterAction::AttachPartition { partition, bound } => partition::attach(s, tabs, id, partition, bound.as_ref()),
        AlterAction::DetachPartition { partition, concurrently, .. } => {
            partition::detach(s, id, partition, *concurrently)
        }
        AlterAction::ReplicaIdentity(Some(index)) => {
            if let Some(index) =
                s.catalog.find_id(&Name { schema: s.catalog.get(id).map(|r| r.schema.clone()), name: index.clone() })
            {
                s.lock(index, LockMode::Share);
                let nullable = s.catalog.get(index).and_then(|r| r.index.as_ref()).is_some_and(|i| {
                    i.parts.iter().any(|p| match p {
                        crate::model::table::IndexPart::Column(c) => {
                            s.catalog.get(id).and_then(|r| r.column(c)).is_some_and(|c| !c.not_null)
                        }
                        crate::model::table::IndexPart::Expression(_) => true,
                    })
                });
                if nullable {
                    s.fails("the index has a nullable column, so it cannot be the replica identity");
                }
            }
        }
        AlterAction::Trigger { .. } => {}
        AlterAction::SetParameters(_) if s.catalog.get(id).is_some_and(|r| r.kind == RelationKind::Partitioned) => {
            s.fails("a partitioned table takes no storage parameters");
        }
        AlterAction::OfType
        | AlterAction::Owner
        | AlterAction::SetParameters(_)
        | AlterAction::ReplicaIdentity(None)
        | AlterAction::Rule
        | AlterAction::RowSecurity
        | AlterAction::DependsOnExtension
        | AlterAction::Hint(_)
        | AlterAction::SequenceOptions { .. } => {}
        _ => s.unknown("an action of another dialect"),
    }
}

fn rename_table(s: &mut Scene<'_>, id: RelationId, name: &Name) {
    let Some((schema, old, kind)) = s.catalog.get(id).map(|r| (r.schema.clone(), r.label(), r.kind)) else { return };
    s.lock(id, if kind == RelationKind::Index { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
    let schema = name.schema.clone().unwrap_or(schema);
    if matches!(kind, RelationKind::Index | RelationKind::Sequence) {
        s.catalog.rename(id, &schema, &name.name);
        // a constraint has the name of its index
        let table = s.catalog.get(id).and_then(|r| r.index.as_ref()).map(|i| i.table);
        if let Some(r) = table.and_then(|t| s.catalog.get_mut(t)) {
            for c in r.constraints.iter_mut().filter(|c| c.index == Some(id)) {
                c.name.clone_from(&name.name);
            }
        }
        return;
    }
    let existed = s.visible(id);
    s.catalog.rename(id, &schema, &name.name);
    if existed {
        let to = s.catalog.label(id);
        s.change(Change::RenameTable { table: old, to });
    }
}

fn set_schema(s: &mut Scene<'_>, id: RelationId, schema: &str) {
    let Some((old, name, indexes, sequences)) =
        s.catalog.get(id).map(|r| (r.label(), r.name.clone(), r.indexes.clone(), r.sequences.clone()))
    else {
        return;
    };
    s.lock(id, LockMode::AccessExclusive);
    for sequence in &sequences {
        s.lock(*sequence, LockMode::AccessExclusive);
    }
    let existed = s.visible(id);
    s.catalog.rename(id, schema, &name);
    for part in indexes.into_iter().chain(sequences) {
        if let Some(name) = s.catalog.get(part).map(|r| r.name.clone()) {
            s.catalog.rename(part, schema, &name);
        }
    }
    if existed {
        let to = s.catalog.label(id);
        s.change(Change::RenameTable { table: old, to });
    }
}

fn alter_index(s: &mut Scene<'_>, id: RelationId, statement: &AlterTable) {
    for action in &statement.actions {
        match action {
            AlterAction::RenameTo(name) => rename_table(s, id, name),
            AlterAction::AttachPartition { partition, .. } => partition::attach_index(s, id, partition),
            AlterAction::SetTablespace(space) => {
                s.lock(id, LockMode::AccessExclusive);
                let same = s.catalog.get(id).is_some_and(|r| r.tablespace == *space && !r.assumed);
                if let Some(r) = s.catalog.get_mut(id) {
                    r.tablespace.clone_from(space);
                }
                if !same {
                    copy_index(s, id);
                }
            }
            AlterAction::SetSchema(_) => s.fails("an index cannot be moved to another schema by itself"),
            AlterAction::DependsOnExtension => {}
            other => {
                let mode = lock_level(other, s.major(), false);
                s.lock(id, mode);
            }
        }
    }
}

fn copy_index(s: &mut Scene<'_>, id: RelationId) {
    let Some((table, name)) = s.catalog.get(id).and_then(|r| r.index.as_ref().map(|i| (i.table, r.name.clone())))
    else {
        s.unknown("the table of this index is not known");
        return;
    };
    if !s.catalog.get(table).is_some_and(|t| t.has_rows()) {
        return;
    }
    let relation = s.catalog.label(table);
    let existed = s.visible(table);
    if existed {
        s.out.indexes_built.insert(name.clone());
    }
    s.out.work.push(crate::effects::Work {
        relation,
        kind: crate::effects::WorkKind::FileCopy,
        cause: Cause::Tablespace,
        object: Some(name),
        types: Vec::new(),
        unique: false,
        existed,
    });
}

fn alter_view(s: &mut Scene<'_>, id: RelationId, statement: &AlterTable) {
    for action in &statement.actions {
        match action {
            AlterAction::RenameTo(name) => rename_table(s, id, name),
            AlterAction::SetSchema(schema) => set_schema(s, id, schema),
            _ => s.lock(id, LockMode::AccessExclusive),
        }
    }
}

fn alter_sequence(s: &mut Scene<'_>, id: RelationId, statement: &AlterTable) {
    for action in &statement.actions {
        match action {
            AlterAction::RenameTo(name) => rename_table(s, id, name),
            AlterAction::SetSchema(schema) => {
                if s.catalog.get(id).is_some_and(|r| r.owner.is_some()) {
                    s.fails("a sequence that belongs to a column moves with its table only");
                }
                set_schema(s, id, schema);
            }
            AlterAction::SequenceOptions { owned_by } => {
                s.lock(id, LockMode::ShareRowExclusive);
                if let Some(owner) = owned_by {
                    own_sequence(s, id, owner);
                }
            }
            _ => s.lock(id, LockMode::AccessExclusive),
        }
    }
}

/// OWNED BY: the sequence goes with the column from now on.
pub(super) fn own_sequence(s: &mut Scene<'_>, id: RelationId, (name, column): &(Name, String)) {
    let Some(table) = s.catalog.find_id(name) else { return };
    if s.catalog.get(table).map(|t| t.schema.clone()) != s.catalog.get(id).map(|r| r.schema.clone()) {
        s.fails("a sequence must be in the schema of the table it belongs to");
    }
    s.lock(table, LockMode::AccessShare);
    let before = s.catalog.get_mut(id).and_then(|r| r.owner.replace((table, column.clone())));
    if let Some(old) = before.and_then(|(old, _)| s.catalog.get_mut(old)) {
        old.sequences.retain(|q| *q != id);
    }
    if let Some(t) = s.catalog.get_mut(table) {
        t.sequences.push(id);
    }
}

/// Whether a type is a domain with conditions, for the actions that only need to know that.
pub(super) fn is_constrained(s: &Scene<'_>, data_type: &crate::model::table::DataType) -> bool {
    retype::constrained(s.catalog, data_type)
}
