//! Queries and statements that change rows: what planning locks, and what is read from end to end.
//! Source: `get_relation_info`, `expand_inherited_rtentry`, `infer_arbiter_indexes`, `RI_FKey_check` and its kin.

use std::collections::BTreeSet;

use super::volatility::unheard_of;
use crate::catalog::{RelationId, RelationKind};
use crate::effects::{Cause, Change, LockMode};
use crate::model::query::Query;
use crate::model::statement::{Dml, DmlVerb};
use crate::model::table::{ConstraintKind, IndexPart, OnChange};
use crate::scene::Scene;

/// Locks what a query reads, and notes what it scans.
pub(super) fn read_query(s: &mut Scene<'_>, query: &Query, mode: LockMode) {
    functions(s, query);
    for name in &query.tables {
        if let Some(id) = s.resolve(name, RelationKind::Table, false) {
            s.lock_for_query(id, mode);
        }
    }
    for table in scans_of(s, query) {
        s.scan(table, Cause::Query);
    }
}

/// Built-in functions that wait, or that end what others do. Source: the manual's chapters 9.9.5 and 9.28.
fn waits(name: &str) -> bool {
    name.starts_with("pg_sleep")
        || name.starts_with("pg_advisory_")
        || matches!(name, "pg_terminate_backend" | "pg_cancel_backend" | "pg_wait_for_backend_termination")
}

/// A function that is not built in may do anything, and its body is not here.
pub(super) fn functions(s: &mut Scene<'_>, query: &Query) {
    for name in query.functions.iter().filter(|f| waits(&f.name)) {
        s.unknown(format!(
            "{name} waits for others or for time: how long cannot be told, and its locks are held so long"
        ));
    }
    for name in unheard_of(s.catalog, &query.functions) {
        let harmless = [
            "uuid_generate_v1",
            "uuid_generate_v4",
            "uuid_generate_v1mc",
            "crypt",
            "gen_salt",
            "digest",
            "hmac",
            "unaccent",
            "similarity",
        ];
        if harmless.contains(&name.name.as_str()) || name.name.starts_with("st_") {
            continue;
        }
        // a name that is followed by a bracket may also be a table with a list of columns, as in INSERT
        if s.catalog.find_id(&name).is_some() || query.written.contains(&name) || query.tables.contains(&name) {
            continue;
        }
        s.unknown(format!("function {name} is not known: what it locks cannot be told"));
    }
}

/// The tables a query without a WHERE reads from end to end. One that finds all its columns in an index may read that instead.
pub(super) fn scans_of(s: &Scene<'_>, query: &Query) -> Vec<RelationId> {
    let mut tables = Vec::new();
    let mut stack: Vec<RelationId> = query.tables.iter().filter_map(|n| s.catalog.find_id(n)).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = stack.pop() {
        let Some(r) = s.catalog.get(id) else { continue };
        if !seen.insert(id) {
            continue;
        }
        stack.extend(r.children.iter().copied());
        if r.kind == RelationKind::View {
            stack.extend(r.reads.iter().copied());
        } else {
            tables.push(id);
        }
    }
    tables.retain(|id| !index_only(s, *id, query));
    tables
}

/// Whether the query can do with an index: it looks rows up by the first column of one, or one holds every column that it names.
fn index_only(s: &Scene<'_>, table: RelationId, query: &Query) -> bool {
    let Some(r) = s.catalog.get(table) else { return false };
    let leads = |c: &str| {
        r.indexes.iter().any(|i| {
            let shape = s.catalog.get(*i).and_then(|r| r.index.as_ref());
            shape.is_some_and(|i| {
                i.predicate.is_none() && matches!(i.parts.first(), Some(IndexPart::Column(first)) if first == c)
            })
        })
    };
    if query.filtered && query.tables.len() <= 1 && query.looked_up.iter().any(|c| leads(c)) {
        return true;
    }
    if query.star || query.tables.len() != 1 || r.columns.is_empty() {
        return false;
    }
    let wanted: Vec<&str> =
        r.columns.iter().map(|c| c.name.as_str()).filter(|c| query.identifiers.contains(*c)).collect();
    // an index of a narrow table is hardly smaller than the table
    if wanted.is_empty() || r.columns.len() < wanted.len() + 16 {
        return false;
    }
    r.indexes.iter().any(|i| {
        s.catalog.get(*i).and_then(|r| r.index.as_ref()).is_some_and(|shape| {
            shape.method == "btree"
                && shape.predicate.is_none()
                && wanted.iter().all(|w| {
                    shape.parts.iter().any(|p| matches!(p, IndexPart::Column(c) if c == w))
                        || shape.include.iter().any(|c| c == w)
                })
        })
    })
}

pub(super) fn select(s: &mut Scene<'_>, query: &Query) {
    sequences(s, query);
    if query.locks_rows {
        read_query(s, query, LockMode::RowShare);
    } else {
        read_query(s, query, LockMode::AccessShare);
    }
}

/// `setval('s', ..)` and `nextval('s')` lock the sequence.
fn sequences(s: &mut Scene<'_>, query: &Query) {
    if !query.functions.iter().any(|f| matches!(f.name.as_str(), "setval" | "nextval")) {
        return;
    }
    for text in &query.literals {
        let mut parts: Vec<String> = text.split('.').map(|p| p.trim_matches('"').to_owned()).collect();
        let Some(name) = parts.pop() else { continue };
        let name = crate::model::name::Name { schema: parts.pop(), name };
        if let Some(id) = s.catalog.find_id(&name)
            && s.catalog.get(id).is_some_and(|r| r.kind == RelationKind::Sequence)
        {
            s.lock(id, LockMode::RowExclusive);
        }
    }
}

pub(super) fn dml(s: &mut Scene<'_>, statement: &Dml) {
    sequences(s, &statement.query);
    functions(s, &statement.query);
    let Some(target) = s.resolve(&statement.table, RelationKind::Table, false) else { return };
    for name in &statement.query.tables {
        let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
        if id != target {
            s.lock_for_query(id, LockMode::AccessShare);
            if id != target {
                for part in
                    scans_of(s, &Query { tables: vec![name.clone()], filtered: false, ..statement.query.clone() })
                {
                    s.scan(part, Cause::Query);
                }
            }
        } else if statement.verb == DmlVerb::Insert {
            s.lock_for_query(id, LockMode::AccessShare);
            s.scan(id, Cause::Query);
        }
    }
    let inserts = matches!(statement.verb, DmlVerb::Insert | DmlVerb::Copy);
    if inserts {
        s.lock(target, LockMode::RowExclusive);
        default_sequences(s, target, statement);
        if statement.on_conflict {
            s.lock_indexes(target, LockMode::RowExclusive);
        }
    } else {
        s.lock_for_query(target, LockMode::RowExclusive);
        for part in std::iter::once(target).chain(s.catalog.descendants(target)) {
            let lookup =
                statement.filtered && statement.query.tables.is_empty() && index_only(s, part, &statement.query);
            if !lookup {
                s.scan(part, Cause::Rows);
            }
        }
    }
    for part in std::iter::once(target).chain(s.catalog.descendants(target)) {
        if s.catalog.get(part).is_some_and(|r| r.has_rows()) {
            s.change_rows(part);
        }
    }
    foreign_keys(s, target, statement);
    if !inserts && !statement.filtered && s.visible(target) {
        let table = s.catalog.label(target);
        s.change(Change::WholeTable { table });
    }
}

/// The sequences that give columns their value when the statement does not. Without a list of columns all of them may be given.
fn default_sequences(s: &mut Scene<'_>, table: RelationId, statement: &Dml) {
    let Some(r) = s.catalog.get(table) else { return };
    if statement.columns.is_empty() {
        return;
    }
    let mut sequences: Vec<RelationId> = Vec::new();
    for c in r.columns.iter().filter(|c| !statement.columns.contains(&c.name)) {
        if c.identity {
            sequences.extend(
                r.sequences.iter().filter(|q| {
                    s.catalog.get(**q).is_some_and(|q| q.owner.as_ref().is_some_and(|(_, n)| *n == c.name))
                }),
            );
        }
        if let Some(name) = c.default.as_ref().and_then(super::column::sequence_of) {
            sequences.extend(s.catalog.find_id(&name));
        }
    }
    for sequence in sequences {
        s.lock(sequence, LockMode::RowExclusive);
    }
}

/// The checks that foreign keys make for each row.
fn foreign_keys(s: &mut Scene<'_>, table: RelationId, statement: &Dml) {
    let constraints = s.catalog.get(table).map_or_else(Vec::new, |r| r.constraints.clone());
    let touches = |columns: &[String]| match statement.verb {
        DmlVerb::Insert | DmlVerb::Copy => {
            statement.columns.is_empty() || columns.iter().any(|c| statement.columns.contains(c))
        }
        DmlVerb::Update => columns.iter().any(|c| statement.columns.contains(c)),
        DmlVerb::Delete => false,
        DmlVerb::Merge => true,
    };
    for c in &constraints {
        if let (ConstraintKind::ForeignKey { columns, .. }, Some(target), true) = (&c.kind, c.target, c.enforced)
            && touches(columns)
        {
            s.lock_for_query(target, LockMode::RowShare);
        }
    }
    if matches!(statement.verb, DmlVerb::Insert | DmlVerb::Copy) {
        return;
    }
    let primary = super::column::primary_columns(s, table);
    for other in s.catalog.get(table).map_or_else(Vec::new, |r| r.referenced_by.clone()) {
        let keys = s.catalog.get(other).map_or_else(Vec::new, |r| r.constraints.clone());
        for c in keys.iter().filter(|c| c.target == Some(table) && c.enforced) {
            let ConstraintKind::ForeignKey { referenced, on_delete, on_update, .. } = &c.kind else { continue };
            let referenced = if referenced.is_empty() { &primary } else { referenced };
            let action = match statement.verb {
                DmlVerb::Update if referenced.iter().any(|c| statement.columns.contains(c)) => *on_update,
                DmlVerb::Delete | DmlVerb::Merge => *on_delete,
                _ => continue,
            };
            let mode = if action == OnChange::Refuse { LockMode::RowShare } else { LockMode::RowExclusive };
            s.lock_for_query(other, mode);
        }
    }
}
