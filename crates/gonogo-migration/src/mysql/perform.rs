//! Plays one statement of MySQL or MariaDB.

use super::alter::{Need, Plan, alter, held, settle};
use crate::catalog::{HeldConstraint, RelationId, RelationKind};
use crate::dialect::Dialect;
use crate::effects::{Cause, Change};
use crate::model::alter::AlterAction;
use crate::model::name::Name;
use crate::model::statement::{
    CreateIndex, CreateTable, Drop, MysqlIndex, MysqlIndexKind, ObjectKind, Persistence, Statement,
};
use crate::model::table::{ConstraintKind, IndexPart};
use crate::scene::Scene;

/// Applies the statement to the catalog and gathers its effects.
pub(crate) fn perform(s: &mut Scene<'_>, statement: &Statement, dialect: Dialect, foreign_key_checks: bool) {
    match statement {
        Statement::CreateTable(t) => create_table(s, t, dialect),
        Statement::Alter(a) => alter(s, a, dialect, foreign_key_checks),
        Statement::CreateIndex(i) => create_index(s, i, dialect),
        Statement::Drop(d) => drop(s, d, dialect),
        Statement::RenameTables(pairs) => {
            for (from, to) in pairs {
                rename(s, from, to);
            }
        }
        Statement::Truncate { tables, .. } => {
            for (name, _) in tables {
                let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
                if s.visible(id) {
                    let table = s.catalog.label(id);
                    s.change(Change::Truncate { table });
                }
            }
        }
        Statement::Maintenance { rewrites, tables, .. } => {
            for name in tables {
                let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
                if *rewrites {
                    let mut plan = Plan::new(dialect, true);
                    plan.causes.push(Cause::Rebuild);
                    settle(s, id, Need::rebuild(), None, None, &plan);
                }
            }
        }
        Statement::LockTables { tables } => {
            for (name, mode, _) in tables {
                let Some(id) = s.resolve(name, RelationKind::Table, false) else { continue };
                if s.visible(id) {
                    let label = s.catalog.label(id);
                    s.held.writes.insert(label.clone());
                    if mode == "WRITE" {
                        s.held.reads.insert(label);
                    }
                }
            }
        }
        Statement::CreateView { name, query, .. } => {
            let reads: Vec<RelationId> = query.tables.iter().filter_map(|t| s.catalog.find_id(t)).collect();
            let schema = s.catalog.home(name);
            let id = s.catalog.add(&schema, &name.name, RelationKind::View);
            if let Some(r) = s.catalog.get_mut(id) {
                r.query = Some(query.clone());
            }
            s.catalog.link_reads(id, reads);
        }
        Statement::CreateTrigger { name, table, .. } => {
            if let Some(id) = s.resolve(table, RelationKind::Table, false)
                && let Some(r) = s.catalog.get_mut(id)
            {
                r.attached.push((ObjectKind::Trigger, name.clone()));
            }
        }
        Statement::Dml(d) => {
            if let Some(id) = s.resolve(&d.table, RelationKind::Table, false) {
                s.change_rows(id);
                let changes = matches!(
                    d.verb,
                    crate::model::statement::DmlVerb::Update | crate::model::statement::DmlVerb::Delete
                );
                if changes && !d.filtered && s.visible(id) {
                    let table = s.catalog.label(id);
                    s.change(Change::WholeTable { table });
                }
            }
        }
        Statement::Call(name) => {
            s.unknown(format!("procedure {name} may do anything, and its body is not followed here"))
        }
        Statement::Unknown { why } => s.unknown(why.clone()),
        Statement::Select(_) | Statement::Inert(_) | Statement::CreateSchema(_) => {}
        _ => {}
    }
}

fn create_table(s: &mut Scene<'_>, statement: &CreateTable, dialect: Dialect) {
    let schema = s.catalog.home(&statement.name);
    if s.catalog.taken(&schema, &statement.name.name) {
        let assumed = s.catalog.find(&statement.name).is_some_and(|r| r.assumed);
        if statement.if_not_exists {
            return;
        }
        if !assumed {
            s.fails(format!("{} already exists", statement.name));
            return;
        }
    }
    let kind = if statement.partition_by.is_some() { RelationKind::Partitioned } else { RelationKind::Table };
    let like =
        statement.like.first().and_then(|(name, _)| s.catalog.find_id(name)).and_then(|id| s.catalog.get(id).cloned());
    let id = s.catalog.add(&schema, &statement.name.name, kind);
    let label = s.catalog.label(id);
    s.out.creates.insert(label);
    if let Some(r) = s.catalog.get_mut(id) {
        r.temporary = statement.persistence == Persistence::Temporary;
        r.options.clone_from(&statement.options);
        r.partition_key.clone_from(&statement.partition_by);
        r.columns = statement.columns.iter().map(|c| held(c, &[])).collect();
        r.assumed = statement.query.is_some();
        if let Some(like) = &like {
            r.columns.clone_from(&like.columns);
            r.options.clone_from(&like.options);
        }
    }
    // the keys of a new table hold no rows, so nothing of their work counts
    let before = s.out.clone();
    let mut plan = Plan::new(dialect, true);
    plan.adds_primary = true;
    if let Some(like) = like {
        for index in like.indexes {
            if let Some(shape) = s.catalog.get(index).and_then(|r| r.index.clone()) {
                let name = s.catalog.get(index).map(|r| r.name.clone());
                let copy = MysqlIndex { name, kind: shape.kind, parts: shape.parts, prefixed: shape.prefixed };
                plan.add_index(s, id, &copy);
            }
        }
    }
    for column in &statement.columns {
        for constraint in &column.constraints {
            let kind = match constraint.kind {
                ConstraintKind::PrimaryKey { .. } => MysqlIndexKind::Primary,
                ConstraintKind::Unique { .. } => MysqlIndexKind::Unique,
                _ => {
                    hold(s, id, constraint);
                    continue;
                }
            };
            let index =
                MysqlIndex { name: None, kind, parts: vec![IndexPart::Column(column.name.clone())], prefixed: false };
            plan.add_index(s, id, &index);
        }
    }
    for index in &statement.indexes {
        plan.add_index(s, id, index);
    }
    for constraint in &statement.constraints {
        hold(s, id, constraint);
        if let ConstraintKind::ForeignKey { columns, .. } = &constraint.kind {
            let index = MysqlIndex {
                name: constraint.name.clone(),
                kind: MysqlIndexKind::Plain,
                parts: columns.iter().cloned().map(IndexPart::Column).collect(),
                prefixed: false,
            };
            plan.add_index(s, id, &index);
        }
    }
    s.out = before;
}

fn hold(s: &mut Scene<'_>, table: RelationId, constraint: &crate::model::table::Constraint) {
    let target = match &constraint.kind {
        ConstraintKind::ForeignKey { table, .. } => s.catalog.find_id(table),
        _ => None,
    };
    if let Some(t) = target.and_then(|t| s.catalog.get_mut(t)) {
        t.referenced_by.push(table);
    }
    if let Some(r) = s.catalog.get_mut(table) {
        r.constraints.push(HeldConstraint {
            name: constraint.name.clone().unwrap_or_default(),
            kind: constraint.kind.clone(),
            valid: true,
            enforced: !constraint.not_enforced,
            index: None,
            target,
            inherited: false,
        });
    }
}

fn create_index(s: &mut Scene<'_>, statement: &CreateIndex, dialect: Dialect) {
    let mut actions: Vec<AlterAction> = vec![AlterAction::AddIndex(Box::new(MysqlIndex {
        name: statement.name.clone(),
        kind: statement.kind,
        parts: statement.parts.clone(),
        prefixed: false,
    }))];
    actions.extend(statement.clauses.iter().cloned());
    let alter_statement = crate::model::statement::AlterTable {
        kind: ObjectKind::Table,
        name: statement.table.clone(),
        only: false,
        if_exists: false,
        actions,
    };
    alter(s, &alter_statement, dialect, true);
}

fn drop(s: &mut Scene<'_>, statement: &Drop, dialect: Dialect) {
    match statement.kind {
        ObjectKind::Index => {
            let Some(table) = &statement.on else { return };
            let mut actions: Vec<AlterAction> =
                statement.names.iter().map(|n| AlterAction::DropIndex(n.name.clone())).collect();
            actions.extend(statement.clauses.iter().cloned());
            let alter_statement = crate::model::statement::AlterTable {
                kind: ObjectKind::Table,
                name: table.clone(),
                only: false,
                if_exists: false,
                actions,
            };
            alter(s, &alter_statement, dialect, true);
        }
        ObjectKind::Table | ObjectKind::View => {
            for name in &statement.names {
                let Some(id) = s.resolve(name, RelationKind::Table, statement.if_exists) else { continue };
                let (visible, label) = (s.visible(id), s.catalog.label(id));
                s.catalog.remove(id);
                if visible {
                    s.change(Change::DropTable { table: label });
                }
            }
        }
        ObjectKind::Schema => {
            for name in &statement.names {
                for id in s.catalog.in_schema(&name.name) {
                    let (visible, label, table) = (
                        s.visible(id),
                        s.catalog.label(id),
                        s.catalog.get(id).is_some_and(crate::catalog::Relation::is_table),
                    );
                    s.catalog.remove(id);
                    if visible && table {
                        s.change(Change::DropTable { table: label });
                    }
                }
                if !s.catalog.is_complete() {
                    s.unknown(format!("what database {} holds is not fully known", name.name));
                }
            }
        }
        _ => {}
    }
}

fn rename(s: &mut Scene<'_>, from: &Name, to: &Name) {
    let Some(id) = s.resolve(from, RelationKind::Table, false) else { return };
    let (visible, table) = (s.visible(id), s.catalog.label(id));
    let schema = to.schema.clone().unwrap_or_else(|| s.catalog.home(to));
    s.catalog.rename(id, &schema, &to.name);
    if visible {
        let to = s.catalog.label(id);
        s.change(Change::RenameTable { table, to });
    }
}
