//! Plays one statement of PostgreSQL.

use std::ops::RangeInclusive;

use super::alter::{alter, own_sequence};
use super::{create, drop, maintain, rows};
use crate::catalog::{Domain, Function, RelationId, RelationKind};
use crate::effects::{Cause, LockMode};
use crate::model::name::Name;
use crate::model::statement::{ObjectKind, Statement, TypeAction};
use crate::scene::Scene;

/// The major versions whose locks and rewrites are modelled.
const KNOWN: RangeInclusive<u32> = 12..=18;

/// Applies the statement to the catalog and gathers its effects.
pub(crate) fn perform(s: &mut Scene<'_>, statement: &Statement) {
    if !KNOWN.contains(&s.major()) {
        let (version, oldest, newest) = (s.major(), KNOWN.start(), KNOWN.end());
        s.unknown(format!(
            "PostgreSQL {version} is not known here, {oldest} to {newest} are: it may lock and rewrite more"
        ));
    }
    match statement {
        Statement::CreateTable(t) => create::table(s, t),
        Statement::Alter(a) => alter(s, a),
        Statement::AlterAllInTablespace => {
            s.unknown("it moves every relation of a tablespace, and which those are is not known")
        }
        Statement::CreateIndex(i) => create::index(s, i),
        Statement::Drop(d) => drop::drop(s, d),
        Statement::Owned { drops: true } => s.unknown("it drops everything a role owns, and what that is is not known"),
        Statement::Owned { drops: false } => {
            s.unknown("it locks everything a role owns, and what that is is not known")
        }
        Statement::Reindex { target, name, concurrently } => {
            maintain::reindex(s, *target, name.as_ref(), *concurrently)
        }
        Statement::Cluster { table, index } => maintain::cluster(s, table.as_ref(), index.as_deref()),
        Statement::Maintenance { rewrites, analyzes, vacuums, tables } => {
            maintain::vacuum(s, tables, *rewrites, *analyzes, *vacuums)
        }
        Statement::Truncate { tables, cascade, restart_identity } => {
            drop::truncate(s, tables, *cascade, *restart_identity)
        }
        Statement::LockTables { tables } => lock_tables(s, tables),
        Statement::CreateView { name, replace, temporary, query } => create::view(s, name, *replace, *temporary, query),
        Statement::CreateMaterializedView { name, if_not_exists, query, with_data } => {
            create::materialized_view(s, name, *if_not_exists, query, *with_data);
        }
        Statement::Refresh { name, concurrently, with_data } => create::refresh(s, name, *concurrently, *with_data),
        Statement::CreateTrigger { name, table, from, function, .. } => {
            let Some(id) = s.resolve(table, RelationKind::Table, false) else { return };
            lock_all(s, id, LockMode::ShareRowExclusive, true);
            if let Some(r) = s.catalog.get_mut(id) {
                r.attached.push((ObjectKind::Trigger, name.clone()));
            }
            if let Some(function) = function {
                s.catalog.triggers.entry(function.name.clone()).or_default().push((id, name.clone()));
            }
            if let Some(from) = from.as_ref().and_then(|n| s.resolve(n, RelationKind::Table, false)) {
                s.lock(from, LockMode::AccessShare);
            }
        }
        Statement::CreateRule { name, table } => {
            if let Some(id) = s.resolve(table, RelationKind::Table, false) {
                s.lock(id, LockMode::AccessExclusive);
                if let Some(r) = s.catalog.get_mut(id) {
                    r.attached.push((ObjectKind::Rule, name.clone()));
                }
            }
        }
        Statement::Policy { name, table, reads, names } => {
            if let Some(id) = s.resolve(table, RelationKind::Table, false) {
                s.lock(id, LockMode::AccessExclusive);
                if let Some(r) = s.catalog.get_mut(id) {
                    r.attached.push((ObjectKind::Policy, name.clone()));
                    r.guarded_columns.extend(names.iter().cloned());
                }
            }
            for name in reads {
                if let Some(id) = s.resolve(name, RelationKind::Table, false) {
                    s.lock(id, LockMode::AccessShare);
                }
            }
        }
        Statement::AlterOnTable { table, .. } => {
            if let Some(id) = s.resolve(table, RelationKind::Table, false) {
                s.lock(id, LockMode::AccessExclusive);
            }
        }
        Statement::CreateSequence { name, owned_by, temporary } => {
            let schema = if *temporary { "pg_temp".to_owned() } else { s.catalog.home(name) };
            let id = s.catalog.add(&schema, &name.name, RelationKind::Sequence);
            if let Some(owner) = owned_by {
                own_sequence(s, id, owner);
            }
        }
        Statement::CreateType { name, composite } => {
            s.catalog.types.insert(name.name.clone());
            if *composite {
                let schema = s.catalog.home(name);
                s.catalog.add(&schema, &name.name, RelationKind::Composite);
            }
        }
        Statement::CreateDomain { name, base, constrained, not_null, default } => {
            let mut domain = Domain {
                base: base.clone(),
                checks: Default::default(),
                not_null: *not_null,
                default: default.clone(),
            };
            if *constrained && !not_null {
                domain.checks.insert(format!("{}_check", name.name), true);
            }
            s.catalog.domains.insert(name.name.clone(), domain);
        }
        Statement::AlterDomain { name, action } => maintain::alter_domain(s, name, action),
        Statement::AlterType { name, action } => alter_type(s, name, action),
        Statement::CreateFunction { name, volatility, language, body } => {
            let function = Function { volatility: *volatility, language: language.clone(), body: body.clone() };
            s.catalog.functions.insert(name.name.clone(), function);
        }
        Statement::CreateStatistics { name, table } => {
            if let Some(id) = s.resolve(table, RelationKind::Table, false) {
                s.lock(id, LockMode::ShareUpdateExclusive);
                if let (Some(r), Some(name)) = (s.catalog.get_mut(id), name) {
                    r.attached.push((ObjectKind::Statistics, name.name.clone()));
                }
            }
        }
        Statement::Publication { name, tables, drops, sets, .. } => {
            publish(s, name, tables, *drops, *sets);
            for name in tables {
                if let Some(id) = s.resolve(name, RelationKind::Table, false) {
                    if s.major() < 13 && s.catalog.get(id).is_some_and(|r| r.kind == RelationKind::Partitioned) {
                        s.fails(format!("{name} is partitioned, which a publication takes from PostgreSQL 13 on"));
                    }
                    lock_all(
                        s,
                        id,
                        LockMode::ShareUpdateExclusive,
                        s.catalog.get(id).is_some_and(|r| r.kind != RelationKind::Partitioned),
                    );
                }
            }
        }
        Statement::Comment { kind, name } => comment(s, *kind, name),
        Statement::Grant { relations, .. } => grant(s, relations),
        Statement::Dml(d) => rows::dml(s, d),
        Statement::Select(q) => rows::select(s, q),
        Statement::CopyTo(name) => {
            if let Some(id) = s.resolve(name, RelationKind::Table, false) {
                s.lock(id, LockMode::AccessShare);
                s.scan(id, Cause::Query);
            }
        }
        Statement::Call(name) => {
            s.unknown(format!("procedure {name} may do anything, and its body is not followed here"))
        }
        Statement::Unknown { why } => s.unknown(why.clone()),
        Statement::RenameTables(_) | Statement::Use(_) => s.unknown("a statement of another dialect"),
        Statement::CreateSchema(_)
        | Statement::Set { .. }
        | Statement::Begin
        | Statement::Commit
        | Statement::Rollback
        | Statement::Savepoint(_)
        | Statement::RollbackTo(_)
        | Statement::Release(_)
        | Statement::Do { .. }
        | Statement::Inert(_) => {}
    }
}

fn lock_all(s: &mut Scene<'_>, id: RelationId, mode: LockMode, children: bool) {
    s.lock(id, mode);
    if children {
        for child in s.catalog.descendants(id) {
            s.lock(child, mode);
        }
    }
}

fn lock_tables(s: &mut Scene<'_>, tables: &[(Name, String, bool)]) {
    for (name, mode, only) in tables {
        let Some(mode) = LockMode::from_sql(mode) else {
            s.unknown(format!("lock mode {mode} is not known"));
            continue;
        };
        let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            s.lock(id, mode);
            let Some(r) = s.catalog.get(id) else { continue };
            if r.kind == RelationKind::View {
                stack.extend(r.reads.iter().copied());
            } else if !only {
                stack.extend(r.children.iter().copied());
            }
        }
    }
}

fn alter_type(s: &mut Scene<'_>, name: &Name, action: &TypeAction) {
    match action {
        TypeAction::Attribute { retypes } => {
            if let Some(id) = s.catalog.find_id(name) {
                s.lock(id, LockMode::AccessExclusive);
            }
            let used = s
                .catalog
                .relations()
                .any(|r| r.is_table() && r.columns.iter().any(|c| c.data_type.name.name == name.name));
            if *retypes && used {
                s.fails(format!("a column of type {name} is in use, so its attributes cannot change their type"));
            }
        }
        TypeAction::RenameTo(new) => {
            s.catalog.types.remove(&name.name);
            s.catalog.types.insert(new.clone());
            if let Some(domain) = s.catalog.domains.remove(&name.name) {
                s.catalog.domains.insert(new.clone(), domain);
            }
            if let Some(id) = s.catalog.find_id(name) {
                s.lock(id, LockMode::AccessExclusive);
                let schema = s.catalog.home(name);
                s.catalog.rename(id, &schema, new);
            }
            let users: Vec<RelationId> = s
                .catalog
                .relations()
                .filter(|r| r.columns.iter().any(|c| c.data_type.name.name == name.name))
                .map(|r| r.id)
                .collect();
            for id in users {
                if let Some(r) = s.catalog.get_mut(id) {
                    for c in r.columns.iter_mut().filter(|c| c.data_type.name.name == name.name) {
                        c.data_type.name.name.clone_from(new);
                    }
                }
            }
        }
        _ => {}
    }
}

fn comment(s: &mut Scene<'_>, kind: ObjectKind, name: &Name) {
    let relation = match kind {
        ObjectKind::Index => RelationKind::Index,
        ObjectKind::View => RelationKind::View,
        ObjectKind::MaterializedView => RelationKind::MaterializedView,
        ObjectKind::Sequence => RelationKind::Sequence,
        ObjectKind::Statistics => return,
        _ => RelationKind::Table,
    };
    let Some(id) = s.resolve(name, relation, false) else { return };
    let on_table = matches!(kind, ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy);
    s.lock(id, if on_table { LockMode::AccessShare } else { LockMode::ShareUpdateExclusive });
}

/// GRANT locks nothing before PostgreSQL 18, which takes AccessShare on the relations it names.
fn grant(s: &mut Scene<'_>, relations: &[Name]) {
    if s.major() < 18 {
        return;
    }
    for name in relations {
        if let Some(id) = s.resolve(name, RelationKind::Table, false) {
            s.lock(id, LockMode::AccessShare);
        }
    }
}

/// Keeps which tables a publication has. Those that SET leaves out are locked like those that it names (`AlterPublicationTables`).
fn publish(s: &mut Scene<'_>, publication: &str, tables: &[crate::model::name::Name], drops: bool, sets: bool) {
    let named: Vec<RelationId> = tables.iter().filter_map(|name| s.catalog.find_id(name)).collect();
    let held = s.catalog.publications.entry(publication.to_owned()).or_default();
    let gone: Vec<RelationId> =
        if sets { held.iter().filter(|id| !named.contains(id)).copied().collect() } else { Vec::new() };
    if sets {
        held.clear();
    }
    for id in &named {
        if drops {
            held.remove(id);
        } else {
            held.insert(*id);
        }
    }
    for id in gone {
        s.lock(id, LockMode::ShareUpdateExclusive);
    }
}
