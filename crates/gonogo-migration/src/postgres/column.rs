//! What happens to columns: added, dropped, retyped, renamed, made NOT NULL.

use super::alter::{Tabs, is_constrained};
use super::constraint::{add_constraint, held_from};
use super::implies::proves_not_null;
use super::volatility::is_volatile;
use crate::catalog::{Column, RelationId, RelationKind, automatic_name};
use crate::effects::{Cause, Change, LockMode};
use crate::model::expression::Expression;
use crate::model::name::Name;
use crate::model::table::{ColumnDefinition, ConstraintKind, Generated, IndexPart};
use crate::scene::Scene;

/// The column as the catalog keeps it.
pub(super) fn held_column(definition: &ColumnDefinition) -> Column {
    Column {
        name: definition.name.clone(),
        data_type: definition.data_type.clone(),
        not_null: definition.not_null == Some(true),
        default: definition.default.clone(),
        generated: definition.generated.clone(),
        identity: definition.identity && !definition.serial,
        comment: definition.comment.clone(),
        on_update: definition.on_update.clone(),
        invisible: definition.invisible == Some(true),
    }
}

/// The types of an index's key, as far as they are known.
pub(super) fn index_types(s: &Scene<'_>, index: RelationId) -> Vec<String> {
    let Some(shape) = s.catalog.get(index).and_then(|r| r.index.as_ref()) else { return Vec::new() };
    let table = s.catalog.get(shape.table);
    shape
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Column(name) => {
                table.and_then(|t| t.column(name)).map_or_else(|| "unknown".to_owned(), |c| c.data_type.to_sql())
            }
            IndexPart::Expression(_) => "expression".to_owned(),
        })
        .collect()
}

/// Says that the statement fails if the table is known and has no such column.
pub(super) fn must_exist(s: &mut Scene<'_>, table: RelationId, name: &str) -> bool {
    let Some(relation) = s.catalog.get(table) else { return false };
    if relation.assumed || relation.columns.is_empty() || relation.column(name).is_some() {
        return true;
    }
    let why = format!("column {name} of {} does not exist", relation.label());
    if s.catalog.is_complete() {
        s.fails(why);
    } else {
        s.unknown(why);
    }
    false
}

fn is_partitioned(s: &Scene<'_>, id: RelationId) -> bool {
    s.catalog.get(id).is_some_and(|r| r.kind == RelationKind::Partitioned)
}

/// Whether the table, or one of its partitions, divides its rows by the column.
pub(super) fn in_partition_key(s: &Scene<'_>, table: RelationId, name: &str) -> bool {
    s.catalog
        .get(table)
        .and_then(|r| r.partition_key.as_ref())
        .is_some_and(|k| k.parts.iter().any(|p| p.mentions(name)))
}

/// Whether the column comes from a parent.
pub(super) fn is_inherited(s: &Scene<'_>, table: RelationId, name: &str) -> bool {
    let parents = s.catalog.get(table).map_or(&[][..], |r| &r.parents);
    parents.iter().any(|p| s.catalog.get(*p).is_some_and(|r| r.column(name).is_some()))
}

/// Whether a view surely names this column of this table: the only table it reads, or the only one of them with such a column.
pub(super) fn needs_column(s: &Scene<'_>, view: RelationId, table: RelationId, name: &str) -> bool {
    let Some(v) = s.catalog.get(view) else { return false };
    let Some(query) = &v.query else { return false };
    let others = v.reads.iter().filter(|r| **r != table);
    let alone = v.reads.iter().all(|r| *r == table);
    let ambiguous =
        others.filter_map(|r| s.catalog.get(*r)).any(|r| r.assumed || r.columns.is_empty() || r.column(name).is_some());
    let own = s.catalog.get(table).map_or("", |r| r.name.as_str());
    let calls_it = |qualifier: &str| qualifier == own || query.aliases.iter().any(|(a, t)| a == qualifier && t == own);
    let qualified = query.qualified.iter().any(|(q, c)| c == name && calls_it(q));
    (alone && query.star) || qualified || (!ambiguous && query.bare.contains(name))
}

/// A sequence for a serial or identity column.
pub(super) fn make_sequence(s: &mut Scene<'_>, table: RelationId, column: &str) {
    let Some((schema, name)) = s.catalog.get(table).map(|r| (r.schema.clone(), r.name.clone())) else {
        return;
    };
    let sequence = automatic_name(s.catalog, &schema, &name, column, "seq");
    let id = s.catalog.add(&schema, &sequence, RelationKind::Sequence);
    if let Some(r) = s.catalog.get_mut(id) {
        r.owner = Some((table, column.to_owned()));
    }
    if let Some(r) = s.catalog.get_mut(table) {
        r.sequences.push(id);
        if let Some(c) = r.column_mut(column).filter(|c| !c.identity && c.default.is_none()) {
            c.default = Some(Expression::from_sql(&format!("nextval('\"{schema}\".\"{sequence}\"'::regclass)")));
        }
    }
}

pub(super) fn add(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    column: &ColumnDefinition,
    if_not_exists: bool,
    skip_keys: bool,
    first: bool,
) {
    let Some(relation) = s.catalog.get(table) else { return };
    if relation.column(&column.name).is_some() {
        if !if_not_exists && first {
            let why = format!("column {} of {} already exists", column.name, relation.label());
            s.fails(why);
        }
        return;
    }
    let label = relation.label();
    let existed = s.visible(table);
    let mut rewrite = None;
    if column.identity || column.serial {
        rewrite = Some(Cause::ColumnDefault);
    }
    if let Some((_, Generated::Stored)) = column.generated {
        rewrite = Some(Cause::GeneratedColumn);
    }
    if is_constrained(s, &column.data_type) && !domain_without_rewrite(s, column) {
        rewrite = Some(Cause::ConstrainedDomain);
    }
    let mut default = column.default.clone();
    if default.is_none() {
        default = s.catalog.domains.get(&column.data_type.name.name).and_then(|d| d.default.clone());
    }
    if default.as_ref().is_some_and(|d| is_volatile(s.catalog, d)) {
        rewrite = Some(Cause::ColumnDefault);
    }
    if let Some(sequence) = default.as_ref().and_then(sequence_of)
        && let Some(id) = s.catalog.find_id(&sequence)
    {
        s.lock(id, LockMode::RowExclusive);
    }
    let has_value = default.as_ref().is_some_and(|d| !d.is_null()) || column.generated.is_some() || column.identity;
    let required = column.not_null == Some(true) || column.is_primary_key();
    if let Some(cause) = rewrite {
        tabs.entry(table).or_default().rewrite.get_or_insert(cause);
    } else if required && !has_value {
        tabs.entry(table).or_default().scans.push(Cause::NotNull);
    }
    if required && !has_value && existed && first {
        s.change(Change::RequireColumn { table: label, column: column.name.clone(), added: true });
    }
    if let Some(r) = s.catalog.get_mut(table) {
        r.columns.push(held_column(column));
    }
    if matches!(column.generated, Some((_, Generated::Virtual))) && s.major() < 18 {
        s.fails("VIRTUAL generated columns came with PostgreSQL 18");
    }
    if first && (column.identity || column.serial) {
        make_sequence(s, table, &column.name);
    }
    for constraint in &column.constraints {
        let foreign = matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
        let keyed = matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. });
        // the constraints of partitions and children come with the recursion of the constraint itself
        if first || !(foreign || keyed || is_partitioned(s, table) || constraint_recurses(constraint)) {
            add_constraint(s, tabs, table, false, constraint, skip_keys);
        }
    }
}

fn constraint_recurses(constraint: &crate::model::table::Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Check { .. })
}

/// PostgreSQL 19 and later may keep a constant default for a constrained domain; none of the versions modelled does.
fn domain_without_rewrite(_s: &Scene<'_>, _column: &ColumnDefinition) -> bool {
    false
}

/// The sequence that `nextval('name')` names.
pub(super) fn sequence_of(default: &Expression) -> Option<Name> {
    let f = &default.fragments;
    let at = f.iter().position(|p| p.word("nextval"))?;
    let text = f.get(at + 2).filter(|p| p.kind == crate::model::expression::FragmentKind::Text)?;
    let name = crate::sql::cursor::literal(&text.text);
    let mut parts: Vec<String> = name.split('.').map(|p| p.trim_matches('"').to_owned()).collect();
    let own = parts.pop()?;
    Some(Name { schema: parts.pop(), name: own })
}

pub(super) fn drop(s: &mut Scene<'_>, table: RelationId, name: &str, if_exists: bool, cascade: bool, first: bool) {
    if first && !if_exists && !must_exist(s, table, name) {
        return;
    }
    if in_partition_key(s, table, name) {
        s.fails(format!("column {name} is part of a partition key"));
        return;
    }
    if !cascade && s.catalog.get(table).is_some_and(|r| r.guarded_columns.contains(name)) {
        s.fails(format!("a policy depends on column {name}: CASCADE is missing"));
    }
    let Some(relation) = s.catalog.get(table) else { return };
    if if_exists && !relation.assumed && !relation.columns.is_empty() && relation.column(name).is_none() {
        return;
    }
    let label = relation.label();
    let (indexes, views, sequences) = (relation.indexes.clone(), relation.read_by.clone(), relation.sequences.clone());
    let constraints: Vec<_> =
        relation.constraints.iter().filter(|c| c.uses_column(name)).map(|c| c.name.clone()).collect();
    // a key of another table may point to this column
    for referencing in relation.referenced_by.clone() {
        let keys: Vec<String> = s.catalog.get(referencing).map_or_else(Vec::new, |r| {
            r.constraints
                .iter()
                .filter(|c| c.target == Some(table))
                .filter(|c| matches!(&c.kind, ConstraintKind::ForeignKey { referenced, .. } if referenced.iter().any(|x| x == name)))
                .map(|c| c.name.clone())
                .collect()
        });
        for key in keys {
            if !cascade && referencing != table {
                s.fails(format!("constraint {key} depends on column {name} of {label}: CASCADE is missing"));
            }
            s.lock(referencing, LockMode::AccessExclusive);
            super::constraint::forget(s, referencing, &key);
        }
    }
    for key in constraints {
        super::constraint::drop_one(s, table, &key);
    }
    for index in indexes {
        if s.catalog.get(index).and_then(|r| r.index.as_ref()).is_some_and(|i| i.mentions(name)) {
            super::drop::drop_index_tree(s, index);
        }
    }
    for sequence in sequences {
        if s.catalog.get(sequence).is_some_and(|r| r.owner.as_ref().is_some_and(|(_, c)| c == name)) {
            s.lock(sequence, LockMode::AccessExclusive);
            s.catalog.remove(sequence);
        }
    }
    let dependents: Vec<RelationId> = views.into_iter().filter(|v| needs_column(s, *v, table, name)).collect();
    if !dependents.is_empty() && !cascade && first {
        let view = dependents.first().map_or_else(String::new, |v| s.catalog.label(*v));
        s.fails(format!("{view} depends on column {name} of {label}: CASCADE is missing"));
    }
    for view in dependents.into_iter().filter(|_| cascade) {
        super::drop::drop_tree(s, view, true);
    }
    let generated: Vec<String> = s.catalog.get(table).map_or_else(Vec::new, |r| {
        r.columns
            .iter()
            .filter(|c| c.generated.as_ref().is_some_and(|(e, _)| e.mentions(name)))
            .map(|c| c.name.clone())
            .collect()
    });
    if !generated.is_empty() && !cascade {
        s.fails(format!("column {} is generated from {name}: CASCADE is missing", generated.join(", ")));
    }
    let existed = s.visible(table);
    if let Some(r) = s.catalog.get_mut(table) {
        r.columns.retain(|c| c.name != name && !generated.contains(&c.name));
    }
    if existed && first {
        s.change(Change::DropColumn { table: label, column: name.to_owned() });
    }
}

pub(super) fn set_default(s: &mut Scene<'_>, table: RelationId, name: &str, default: Option<Expression>) {
    if !must_exist(s, table, name) {
        return;
    }
    if let Some(sequence) = default.as_ref().and_then(sequence_of)
        && let Some(id) = s.catalog.find_id(&sequence)
    {
        s.lock(id, LockMode::RowExclusive);
    }
    let Some(relation) = s.catalog.get(table) else { return };
    let (label, column) = (relation.label(), relation.column(name));
    let had = column.is_none_or(|c| c.default.is_some());
    let required = column.is_none_or(|c| c.not_null);
    if default.is_none() && had && s.visible(table) {
        s.change(Change::DropDefault { table: label, column: name.to_owned(), required });
    }
    if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
        c.default = default;
    }
}

pub(super) fn set_not_null(s: &mut Scene<'_>, tabs: &mut Tabs, table: RelationId, name: &str, first: bool) {
    if first && !must_exist(s, table, name) {
        return;
    }
    let Some(relation) = s.catalog.get(table) else { return };
    let column = relation.column(name);
    if column.is_some_and(|c| c.not_null) {
        return;
    }
    let label = relation.label();
    let has_default = column.is_some_and(|c| c.default.is_some() || c.identity || c.generated.is_some());
    if !proves_not_null(relation, name) {
        tabs.entry(table).or_default().scans.push(Cause::NotNull);
    }
    if first && s.visible(table) && !has_default {
        s.change(Change::RequireColumn { table: label, column: name.to_owned(), added: false });
    }
    if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
        c.not_null = true;
    }
    if let Some(r) = s.catalog.get_mut(table) {
        for c in &mut r.constraints {
            if matches!(&c.kind, ConstraintKind::NotNull { column, .. } if column == name) {
                c.valid = true;
            }
        }
    }
}

pub(super) fn set_expression(
    s: &mut Scene<'_>,
    tabs: &mut Tabs,
    table: RelationId,
    name: &str,
    expression: &Expression,
) {
    let how = s.catalog.get(table).and_then(|r| r.column(name)).and_then(|c| c.generated.as_ref().map(|(_, how)| *how));
    match how {
        Some(Generated::Virtual) => {}
        _ => {
            tabs.entry(table).or_default().rewrite.get_or_insert(Cause::GeneratedColumn);
        }
    }
    if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
        c.generated = Some((expression.clone(), how.unwrap_or(Generated::Stored)));
    }
}

pub(super) fn identity(s: &mut Scene<'_>, table: RelationId, name: &str, adds: Option<bool>) {
    match adds {
        Some(true) => {
            let column = s.catalog.get(table).and_then(|r| r.column(name)).cloned();
            if let Some(column) = column {
                if column.default.is_some() || column.identity {
                    s.fails(format!("column {name} already has a default or an identity"));
                    return;
                }
                if !column.not_null {
                    s.fails(format!("column {name} must be NOT NULL before it becomes an identity"));
                    return;
                }
            }
            make_sequence(s, table, name);
            if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
                c.identity = true;
            }
        }
        Some(false) => {
            for sequence in owned_sequences(s, table, name) {
                s.lock(sequence, LockMode::AccessExclusive);
                s.catalog.remove(sequence);
            }
            if let Some(c) = s.catalog.get_mut(table).and_then(|r| r.column_mut(name)) {
                c.identity = false;
            }
        }
        None => {
            for sequence in owned_sequences(s, table, name) {
                s.lock(sequence, LockMode::ShareRowExclusive);
            }
        }
    }
}

pub(super) fn owned_sequences(s: &Scene<'_>, table: RelationId, column: &str) -> Vec<RelationId> {
    let sequences = s.catalog.get(table).map_or(&[][..], |r| &r.sequences);
    sequences
        .iter()
        .copied()
        .filter(|q| s.catalog.get(*q).is_some_and(|r| r.owner.as_ref().is_some_and(|(_, c)| c == column)))
        .collect()
}

pub(super) fn rename(s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) {
    if !must_exist(s, table, from) {
        return;
    }
    let label = s.catalog.label(table);
    let visible = s.visible(table);
    if let Some(r) = s.catalog.get_mut(table) {
        for c in &mut r.columns {
            if c.name == from {
                to.clone_into(&mut c.name);
            }
        }
        for c in &mut r.constraints {
            match &mut c.kind {
                ConstraintKind::PrimaryKey { columns, .. }
                | ConstraintKind::Unique { columns, .. }
                | ConstraintKind::ForeignKey { columns, .. } => {
                    for c in columns.iter_mut().filter(|c| *c == from) {
                        to.clone_into(c);
                    }
                }
                ConstraintKind::NotNull { column, .. } if column == from => to.clone_into(column),
                ConstraintKind::Check { expression, .. } => {
                    for f in expression.fragments.iter_mut().filter(|f| f.names() && f.text == from) {
                        to.clone_into(&mut f.text);
                    }
                }
                _ => {}
            }
        }
    }
    for index in s.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
        if let Some(shape) = s.catalog.get_mut(index).and_then(|r| r.index.as_mut()) {
            for part in &mut shape.parts {
                match part {
                    IndexPart::Column(name) if name == from => to.clone_into(name),
                    _ => {}
                }
            }
        }
    }
    for sequence in owned_sequences(s, table, from) {
        if let Some(r) = s.catalog.get_mut(sequence) {
            r.owner = Some((table, to.to_owned()));
        }
    }
    if visible {
        s.change(Change::RenameColumn { table: label, column: from.to_owned(), to: to.to_owned() });
    }
}

/// The columns of the primary key.
pub(super) fn primary_columns(s: &Scene<'_>, table: RelationId) -> Vec<String> {
    let Some(r) = s.catalog.get(table) else { return Vec::new() };
    r.constraints
        .iter()
        .find_map(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns, .. } => Some(columns.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

pub(super) fn cluster_on(s: &mut Scene<'_>, table: RelationId, index: Option<&str>) {
    let schema = s.catalog.get(table).map(|r| r.schema.clone());
    for other in s.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
        if let Some(shape) = s.catalog.get_mut(other).and_then(|r| r.index.as_mut()) {
            shape.clustered = false;
        }
    }
    let Some(index) = index else { return };
    if let Some(id) = s.catalog.find_id(&Name { schema, name: index.to_owned() }) {
        s.lock(id, LockMode::ShareUpdateExclusive);
        if let Some(shape) = s.catalog.get_mut(id).and_then(|r| r.index.as_mut()) {
            shape.clustered = true;
        }
    }
}

/// Adds the constraints of a table that is being made, with their indexes, without any work.
pub(super) fn hold_constraints(s: &mut Scene<'_>, tabs: &mut Tabs, table: RelationId, definition: &ColumnDefinition) {
    for constraint in &definition.constraints {
        held_from(s, tabs, table, constraint);
    }
}
