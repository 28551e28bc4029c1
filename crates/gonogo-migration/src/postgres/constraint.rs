//! Constraints: added, validated, dropped, renamed.
//! Source: `ATExecAddConstraint`, `ATAddForeignKeyConstraint`, `ATExecValidateConstraint`, `ATExecDropConstraint`, `RI_Initial_Check`.

use super::alter::Tabs;
use super::column::{index_types, must_exist, primary_columns};
use crate::catalog::{HeldConstraint, IndexShape, RelationId, RelationKind, automatic_name, index_label};
use crate::effects::{Cause, Change, LockMode};
use crate::model::name::Name;
use crate::model::statement::MysqlIndexKind;
use crate::model::table::{Constraint, ConstraintKind, IndexPart};
use crate::scene::Scene;

/// The name the server gives a constraint that has none.
fn name_of(s: &Scene<'_>, table: RelationId, constraint: &Constraint) -> String {
    if let Some(name) = &constraint.name {
        return name.clone();
    }
    let Some(relation) = s.catalog.get(table) else { return String::new() };
    let (middle, label) = match &constraint.kind {
        ConstraintKind::PrimaryKey { .. } => (String::new(), "pkey"),
        ConstraintKind::Unique { columns, .. } => (columns.join("_"), "key"),
        ConstraintKind::Exclude { parts } => (index_label(parts), "excl"),
        ConstraintKind::Check { expression, .. } => {
            let mut mentioned = relation.columns.iter().filter(|c| expression.mentions(&c.name));
            let first = mentioned.next().map(|c| c.name.clone());
            (if mentioned.next().is_some() { String::new() } else { first.unwrap_or_default() }, "check")
        }
        ConstraintKind::NotNull { column, .. } => (column.clone(), "not_null"),
        ConstraintKind::ForeignKey { columns, .. } => (columns.join("_"), "fkey"),
    };
    let mut name = automatic_name(s.catalog, &relation.schema, &relation.name, &middle, label);
    for n in 1..1000u32 {
        if relation.constraint(&name).is_none() {
            break;
        }
        name = automatic_name(s.catalog, &relation.schema, &relation.name, &middle, &format!("{label}{n}"));
    }
    name
}

fn key_parts(kind: &ConstraintKind) -> Option<(Vec<IndexPart>, bool, bool)> {
    match kind {
        ConstraintKind::PrimaryKey { columns, .. } => {
            Some((columns.iter().cloned().map(IndexPart::Column).collect(), true, true))
        }
        ConstraintKind::Unique { columns, .. } => {
            Some((columns.iter().cloned().map(IndexPart::Column).collect(), true, false))
        }
        ConstraintKind::Exclude { parts } => Some((parts.clone(), false, false)),
        _ => None,
    }
}

/// A new index in the catalog, without any work being counted.
pub(super) fn new_index(s: &mut Scene<'_>, table: RelationId, name: &str, shape: IndexShape) -> RelationId {
    let schema = s.catalog.get(table).map_or_else(|| "public".to_owned(), |r| r.schema.clone());
    let id = s.catalog.add(&schema, name, RelationKind::Index);
    if let Some(parent) = shape.parent
        && let Some(p) = s.catalog.get_mut(parent).and_then(|r| r.index.as_mut())
    {
        p.children.push(id);
    }
    if let Some(r) = s.catalog.get_mut(id) {
        r.index = Some(shape);
    }
    if let Some(t) = s.catalog.get_mut(table) {
        t.indexes.push(id);
    }
    id
}

pub(super) fn shape(table: RelationId, parts: Vec<IndexPart>, unique: bool, primary: bool) -> IndexShape {
    IndexShape {
        table,
        unique,
        primary,
        method: "btree".to_owned(),
        parts,
        include: Vec::new(),
        predicate: None,
        kind: if unique { MysqlIndexKind::Unique } else { MysqlIndexKind::Plain },
        prefixed: false,
        clustered: false,
        parent: None,
        children: Vec::new(),
    }
}

fn hold(s: &mut Scene<'_>, table: RelationId, constraint: HeldConstraint) {
    if let Some(target) = constraint.target
        && let Some(t) = s.catalog.get_mut(target)
        && !t.referenced_by.contains(&table)
    {
        t.referenced_by.push(table);
    }
    if let Some(r) = s.catalog.get_mut(table) {
        r.constraints.push(constraint);
    }
}

/// A constraint of a table that is being made: no rows, so no work.
pub(super) fn held_from(s: &mut Scene<'_>, _tabs: &mut Tabs, table: RelationId, constraint: &Constraint) {
    let name = name_of(s, table, constraint);
    let mut held = HeldConstraint {
        name: name.clone(),
        kind: constraint.kind.clone(),
        valid: true,
        enforced: !constraint.not_enforced,
        index: None,
        target: None,
        inherited: false,
    };
    if let Some((parts, unique, primary)) = key_parts(&constraint.kind) {
        if primary {
            set_columns_not_null(s, table, &parts);
        }
        held.index = Some(new_index(s, table, &name, shape(table, parts, unique, primary)));
    }
    if let ConstraintKind::NotNull { column, .. } = &constraint.kind
        && let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(column))
    {
        c.not_null = true;
    }
    if let ConstraintKind::ForeignKey { table: target, .. } = &constraint.kind
        && let Some(target) = s.resolve(target, RelationKind::Table, false)
    {
        lock_tree(s, target, LockMode::ShareRowExclusive);
        held.target = Some(target);
        name_referenced(s, &mut held);
    }
    hold(s, table, held);
}

/// A foreign key that names no columns points to the primary key.
fn name_referenced(s: &Scene<'_>, held: &mut HeldConstraint) {
    let Some(target) = held.target else { return };
    if let ConstraintKind::ForeignKey { referenced, .. } = &mut held.kind
        && referenced.is_empty()
    {
        *referenced = primary_columns(s, target);
    }
}

fn set_columns_not_null(s: &mut Scene<'_>, table: RelationId, parts: &[IndexPart]) {
    for part in parts {
        if let IndexPart::Column(name) = part
            && let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name))
        {
            c.not_null = true;
        }
    }
}

/// The relation and its partitions.
pub(super) fn lock_tree(s: &mut Scene<'_>, id: RelationId, mode: LockMode) {
    s.lock(id, mode);
    for child in s.catalog.descendants(id) {
        if s.catalog.get(child).is_some_and(|r| r.is_partition) {
            s.lock(child, mode);
        }
    }
}

/// ADD CONSTRAINT, or a constraint that comes with ADD COLUMN.
pub(super) fn add_constraint(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    only: bool,
    constraint: &Constraint,
    skip_keys: bool,
) {
    let Some(relation) = s.catalog.get(table) else { return };
    let label = relation.label();
    let visible = s.visible(table);
    let name = name_of(s, table, constraint);
    if s.catalog.get(table).is_some_and(|r| r.constraint(&name).is_some()) && constraint.name.is_some() {
        s.fails(format!("constraint {name} of {label} already exists"));
        return;
    }
    let enforced = !constraint.not_enforced;
    let mut held = HeldConstraint {
        name: name.clone(),
        kind: constraint.kind.clone(),
        valid: !constraint.not_valid && enforced,
        enforced,
        index: None,
        target: None,
        inherited: false,
    };
    let kind = match &constraint.kind {
        ConstraintKind::Check { .. } => "check",
        ConstraintKind::NotNull { .. } => "not null",
        ConstraintKind::PrimaryKey { .. } => "primary key",
        ConstraintKind::Unique { .. } => "unique",
        ConstraintKind::Exclude { .. } => "exclude",
        ConstraintKind::ForeignKey { .. } => "foreign key",
    };
    if visible && enforced {
        s.change(Change::AddConstraint { table: label, kind: kind.to_owned() });
    }
    match &constraint.kind {
        ConstraintKind::Check { no_inherit, .. } => {
            // PostgreSQL 18 locks the children before it looks whether they inherit it
            if *no_inherit && !only && s.major() >= 18 {
                for child in s.catalog.descendants(table) {
                    s.lock(child, LockMode::AccessExclusive);
                }
            }
            let below = if only || *no_inherit { Vec::new() } else { s.catalog.descendants(table) };
            for id in std::iter::once(table).chain(below) {
                s.lock(id, LockMode::AccessExclusive);
                if held.valid {
                    tabs.entry(id).or_default().scans.push(Cause::Check);
                }
                if id != table {
                    hold(s, id, HeldConstraint { inherited: true, ..held.clone() });
                }
            }
        }
        ConstraintKind::NotNull { column, no_inherit } => {
            if !must_exist(s, table, column) {
                return;
            }
            let below = if only || *no_inherit { Vec::new() } else { s.catalog.descendants(table) };
            for id in std::iter::once(table).chain(below) {
                s.lock(id, LockMode::AccessExclusive);
                if held.valid {
                    super::column::set_not_null(s, tabs, id, column, id == table);
                }
            }
        }
        ConstraintKind::ForeignKey { .. } => {
            add_foreign_key(s, tabs, table, &mut held, skip_keys);
        }
        _ => {
            add_key(s, tabs, table, only, constraint, &name, &mut held);
        }
    }
    hold(s, table, held);
}

fn add_foreign_key(s: &mut Scene<'_>, tabs: &mut Tabs, table: RelationId, held: &mut HeldConstraint, skip: bool) {
    let ConstraintKind::ForeignKey { columns, table: target, .. } = &held.kind else { return };
    let columns = columns.clone();
    for column in &columns {
        must_exist(s, table, column);
    }
    let Some(target) = s.resolve(&target.clone(), RelationKind::Table, false) else { return };
    held.target = Some(target);
    name_referenced(s, held);
    let partitioned = s.catalog.get(table).is_some_and(|r| r.kind == RelationKind::Partitioned);
    if partitioned && !held.valid && held.enforced && s.major() < 18 {
        let label = s.catalog.label(table);
        s.fails(format!("a NOT VALID foreign key is refused on the partitioned table {label}"));
    }
    lock_tree(s, table, LockMode::ShareRowExclusive);
    lock_tree(s, target, LockMode::ShareRowExclusive);
    if held.valid && !skip {
        let types = column_types(s, table, &columns);
        tabs.entry(table).or_default().keys.push((table, target, types));
    }
}

pub(super) fn column_types(s: &Scene<'_>, table: RelationId, columns: &[String]) -> Vec<String> {
    let relation = s.catalog.get(table);
    columns
        .iter()
        .map(|c| relation.and_then(|r| r.column(c)).map_or_else(|| "unknown".to_owned(), |c| c.data_type.to_sql()))
        .collect()
}

fn add_key(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    only: bool,
    constraint: &Constraint,
    name: &str,
    held: &mut HeldConstraint,
) {
    let Some((mut parts, unique, primary)) = key_parts(&constraint.kind) else { return };
    let using = match &constraint.kind {
        ConstraintKind::PrimaryKey { using_index, .. } | ConstraintKind::Unique { using_index, .. } => {
            using_index.clone()
        }
        _ => None,
    };
    if primary && !primary_columns(s, table).is_empty() {
        let label = s.catalog.label(table);
        s.fails(format!("{label} already has a primary key"));
        return;
    }
    if let Some(using) = using {
        let schema = s.catalog.get(table).map(|r| r.schema.clone());
        let Some(index) = s.catalog.find_id(&Name { schema, name: using.clone() }) else {
            if s.catalog.is_complete() {
                s.fails(format!("index {using} does not exist"));
            } else if primary {
                // nothing is known of its columns, so NOT NULL may have to be verified
                s.unknown(format!(
                    "index {using} is not known: if one of its columns is nullable, the table is scanned"
                ));
                tabs.entry(table).or_default().scans.push(Cause::NotNull);
            }
            return;
        };
        let own = s.catalog.get(index).and_then(|r| r.index.as_ref()).is_some_and(|i| i.table == table);
        if !own {
            s.fails(format!("index {using} does not belong to this table"));
            return;
        }
        if s.catalog.get(table).is_some_and(|r| r.kind == RelationKind::Partitioned) {
            s.fails("USING INDEX is refused on a partitioned table");
            return;
        }
        parts = s.catalog.get(index).and_then(|r| r.index.as_ref()).map_or_else(Vec::new, |i| i.parts.clone());
        let final_name = constraint.name.clone().unwrap_or_else(|| using.clone());
        if final_name == using {
            s.lock(index, LockMode::AccessShare);
        } else {
            s.lock(index, LockMode::ShareUpdateExclusive);
            let schema = s.catalog.get(table).map_or_else(|| "public".to_owned(), |r| r.schema.clone());
            s.catalog.rename(index, &schema, &final_name);
        }
        held.name = final_name;
        held.index = Some(index);
        let columns: Vec<String> =
            parts.iter().filter_map(|p| if let IndexPart::Column(c) = p { Some(c.clone()) } else { None }).collect();
        held.kind = if primary {
            ConstraintKind::PrimaryKey { columns, using_index: None }
        } else {
            ConstraintKind::Unique { columns, using_index: None }
        };
        if primary {
            not_null_for_key(s, tabs, table, &parts);
        }
        return;
    }
    for part in &parts {
        if let IndexPart::Column(column) = part
            && !must_exist(s, table, column)
        {
            return;
        }
    }
    let below: Vec<RelationId> = if only { Vec::new() } else { s.catalog.descendants(table) };
    let below: Vec<RelationId> =
        below.into_iter().filter(|c| s.catalog.get(*c).is_some_and(|r| r.is_partition)).collect();
    // columns that the table itself has as NOT NULL are so below it too, and nobody looks (`ATPrepSetNotNull`)
    let required = |column: &IndexPart| match column {
        IndexPart::Column(name) => s.catalog.get(table).and_then(|r| r.column(name)).is_some_and(|c| c.not_null),
        IndexPart::Expression(_) => false,
    };
    if primary && !parts.iter().all(required) {
        for id in std::iter::once(table).chain(s.catalog.descendants(table)) {
            s.lock(id, LockMode::AccessExclusive);
            not_null_for_key(s, tabs, id, &parts);
        }
    }
    let index = new_index(s, table, name, shape(table, parts.clone(), unique, primary));
    held.index = Some(index);
    let types = index_types(s, index);
    tabs.entry(table).or_default().built.push((index, types.clone()));
    for part in below {
        s.lock(part, if s.major() >= 18 { LockMode::AccessExclusive } else { LockMode::Share });
        let Some((schema, own)) = s.catalog.get(part).map(|r| (r.schema.clone(), r.name.clone())) else { continue };
        let existing = super::partition::matching_index(s, part, index);
        if existing.is_some() {
            continue;
        }
        let label = if primary { "pkey" } else { "key" };
        let middle = if primary { String::new() } else { index_label(&parts) };
        let child_name = automatic_name(s.catalog, &schema, &own, &middle, label);
        let mut child = shape(part, parts.clone(), unique, primary);
        child.parent = Some(index);
        let child = new_index(s, part, &child_name, child);
        tabs.entry(part).or_default().built.push((child, types.clone()));
    }
}

fn not_null_for_key(s: &mut Scene<'_>, tabs: &mut Tabs, table: RelationId, parts: &[IndexPart]) {
    for part in parts {
        let IndexPart::Column(name) = part else { continue };
        let Some(relation) = s.catalog.get(table) else { return };
        let nullable = relation.column(name).is_none_or(|c| !c.not_null);
        if nullable && !super::implies::proves_not_null(relation, name) {
            tabs.entry(table).or_default().scans.push(Cause::NotNull);
        }
        if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
            c.not_null = true;
        }
    }
}

pub(super) fn validate_constraint(s: &mut Scene<'_>, tabs: &mut Tabs, table: RelationId, name: &str) {
    let Some(relation) = s.catalog.get(table) else { return };
    let Some(constraint) = relation.constraint(name).cloned() else {
        if relation.assumed || !s.catalog.is_complete() {
            // whichever kind it is, the rows are read; a foreign key also locks the table it points to
            tabs.entry(table).or_default().scans.push(Cause::Check);
            return;
        }
        s.fails(format!("constraint {name} of {} does not exist", relation.label()));
        return;
    };
    if constraint.valid {
        return;
    }
    match (&constraint.kind, constraint.target) {
        (ConstraintKind::ForeignKey { columns, .. }, Some(target)) => {
            lock_tree(s, target, LockMode::RowShare);
            let types = column_types(s, table, columns);
            tabs.entry(table).or_default().keys.push((table, target, types));
        }
        (kind, _) => {
            let no_inherit = matches!(kind, ConstraintKind::Check { no_inherit: true, .. });
            let below = if no_inherit { Vec::new() } else { s.catalog.descendants(table) };
            for id in std::iter::once(table).chain(below) {
                s.lock(id, LockMode::ShareUpdateExclusive);
                let cause = if matches!(kind, ConstraintKind::NotNull { .. }) { Cause::NotNull } else { Cause::Check };
                tabs.entry(id).or_default().scans.push(cause);
                if let ConstraintKind::NotNull { column, .. } = kind
                    && let Some(c) = s.catalog.get_mut(id).and_then(|r| r.column_mut(column))
                {
                    c.not_null = true;
                }
            }
        }
    }
    for id in std::iter::once(table).chain(s.catalog.descendants(table)) {
        if let Some(c) = s.catalog.get_mut(id).and_then(|r| r.constraints.iter_mut().find(|c| c.name == name)) {
            c.valid = true;
        }
    }
}

/// Takes a constraint out of the catalog.
pub(super) fn forget(s: &mut Scene<'_>, table: RelationId, name: &str) {
    let Some(r) = s.catalog.get_mut(table) else { return };
    let targets: Vec<RelationId> = r.constraints.iter().filter(|c| c.name == name).filter_map(|c| c.target).collect();
    r.constraints.retain(|c| c.name != name);
    let left: Vec<RelationId> = r.constraints.iter().filter_map(|c| c.target).collect();
    for target in targets.into_iter().filter(|t| !left.contains(t)) {
        if let Some(t) = s.catalog.get_mut(target) {
            t.referenced_by.retain(|other| *other != table);
        }
    }
}

/// Drops one constraint of one table, with the locks that takes.
pub(super) fn drop_one(s: &mut Scene<'_>, table: RelationId, name: &str) {
    let Some(constraint) = s.catalog.get(table).and_then(|r| r.constraint(name)).cloned() else { return };
    if let Some(target) = constraint.target {
        lock_tree(s, target, LockMode::AccessExclusive);
    }
    if let Some(index) = constraint.index {
        super::drop::drop_index_tree(s, index);
    }
    forget(s, table, name);
}

pub(super) fn drop_constraint(s: &mut Scene<'_>, table: RelationId, name: &str, if_exists: bool, cascade: bool) {
    let Some(relation) = s.catalog.get(table) else { return };
    let Some(constraint) = relation.constraint(name).cloned() else {
        if !if_exists && !relation.assumed {
            let why = format!("constraint {name} of {} does not exist", relation.label());
            if s.catalog.is_complete() {
                s.fails(why);
            } else {
                s.unknown(format!(
                    "{why} in the known schema: if it is a foreign key, the table it points to is locked too"
                ));
            }
        } else if !if_exists {
            s.unknown(format!(
                "constraint {name} is not known: if it is a foreign key, readers of the table it points to wait too"
            ));
        }
        return;
    };
    let key = matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. });
    if key {
        for other in s.catalog.get(table).map_or_else(Vec::new, |r| r.referenced_by.clone()) {
            let keys: Vec<String> = s.catalog.get(other).map_or_else(Vec::new, |r| {
                r.constraints
                    .iter()
                    .filter(|c| c.target == Some(table) && points_to(s, c, &constraint, table))
                    .map(|c| c.name.clone())
                    .collect()
            });
            for key in keys {
                if !cascade {
                    s.fails(format!("constraint {key} depends on {name}: CASCADE is missing"));
                }
                s.lock(other, LockMode::AccessExclusive);
                forget(s, other, &key);
            }
        }
    }
    let inherits = match &constraint.kind {
        ConstraintKind::Check { no_inherit, .. } => !no_inherit,
        _ => true,
    };
    drop_one(s, table, name);
    if !inherits {
        return;
    }
    for child in s.catalog.descendants(table) {
        if s.catalog.get(child).is_some_and(|r| r.constraint(name).is_some()) {
            s.lock(child, LockMode::AccessExclusive);
            forget(s, child, name);
        } else if constraint.is_foreign_key() && s.catalog.get(child).is_some_and(|r| r.is_partition) {
            s.lock(child, LockMode::AccessExclusive);
        }
    }
}

fn points_to(s: &Scene<'_>, key: &HeldConstraint, dropped: &HeldConstraint, table: RelationId) -> bool {
    let ConstraintKind::ForeignKey { referenced, .. } = &key.kind else { return false };
    match &dropped.kind {
        ConstraintKind::PrimaryKey { columns, .. } => referenced.is_empty() || referenced == columns,
        ConstraintKind::Unique { columns, .. } => referenced == columns && primary_columns(s, table) != *columns,
        _ => false,
    }
}

pub(super) fn rename_constraint(s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) {
    let Some(relation) = s.catalog.get(table) else { return };
    let Some(constraint) = relation.constraint(from).cloned() else {
        if !relation.assumed && s.catalog.is_complete() {
            let why = format!("constraint {from} of {} does not exist", relation.label());
            s.fails(why);
        }
        return;
    };
    let schema = relation.schema.clone();
    if let Some(index) = constraint.index {
        s.lock(index, LockMode::ShareUpdateExclusive);
        s.catalog.rename(index, &schema, to);
    }
    let below =
        if matches!(constraint.kind, ConstraintKind::Check { .. }) { s.catalog.descendants(table) } else { Vec::new() };
    for id in std::iter::once(table).chain(below) {
        s.lock(id, LockMode::AccessExclusive);
        if let Some(r) = s.catalog.get_mut(id) {
            for c in r.constraints.iter_mut().filter(|c| c.name == from) {
                to.clone_into(&mut c.name);
            }
        }
    }
}

pub(super) fn alter_constraint(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    name: &str,
    enforced: Option<bool>,
) {
    let Some(constraint) = s.catalog.get(table).and_then(|r| r.constraint(name)).cloned() else { return };
    match (enforced, constraint.target) {
        (Some(true), Some(target)) if !constraint.enforced => {
            lock_tree(s, target, LockMode::ShareRowExclusive);
            let columns = match &constraint.kind {
                ConstraintKind::ForeignKey { columns, .. } => columns.clone(),
                _ => Vec::new(),
            };
            let types = column_types(s, table, &columns);
            tabs.entry(table).or_default().keys.push((table, target, types));
        }
        (Some(false), Some(target)) => s.lock(target, LockMode::AccessExclusive),
        _ => {}
    }
    if let (Some(enforced), Some(r)) = (enforced, s.catalog.get_mut(table)) {
        for c in r.constraints.iter_mut().filter(|c| c.name == name) {
            c.enforced = enforced;
            c.valid = enforced;
        }
    }
}
