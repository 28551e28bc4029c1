//! What ALTER TABLE asks for when it adds or drops an index or a constraint.

use super::alter::{Need, Plan, find_column, has_fulltext, index_named, indexes, push_constraint};
use crate::catalog::{HeldConstraint, IndexShape, RelationId, RelationKind};
use crate::effects::{Cause, Change};
use crate::model::statement::{MysqlIndex, MysqlIndexKind};
use crate::model::table::{Constraint, ConstraintKind, IndexPart};
use crate::scene::Scene;

impl Plan {
    pub(super) fn add_index(&mut self, s: &mut Scene<'_>, table: RelationId, index: &MysqlIndex) -> Need {
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        let schema = relation.schema.clone();
        let visible = s.visible(table);
        let first = |p: &IndexPart| match p {
            IndexPart::Column(c) => c.clone(),
            IndexPart::Expression(_) => "functional_index".to_owned(),
        };
        let name = match (index.kind, &index.name) {
            (MysqlIndexKind::Primary, _) => "PRIMARY".to_owned(),
            (_, Some(name)) => name.clone(),
            _ => index.parts.first().map_or_else(String::new, first),
        };
        let parts: Vec<String> = index.parts.iter().map(first).collect();
        let types = parts
            .iter()
            .map(|c| find_column(relation, c).map_or_else(|| "unknown".to_owned(), |c| c.data_type.to_sql()))
            .collect();
        let had_fulltext =
            has_fulltext(s, table) || s.catalog.get(table).is_some_and(|r| find_column(r, "FTS_DOC_ID").is_some());
        let has_primary = indexes(s, table).any(|(_, i)| i.primary);
        let assumed = s.catalog.get(table).is_some_and(|r| r.assumed);
        let not_null =
            s.catalog.get(table).is_some_and(|r| parts.iter().all(|c| find_column(r, c).is_some_and(|c| c.not_null)));
        let has_unique_key = indexes(s, table).any(|(_, i)| i.unique && !i.computed());
        let shape = IndexShape {
            table,
            unique: matches!(index.kind, MysqlIndexKind::Unique | MysqlIndexKind::Primary),
            primary: index.kind == MysqlIndexKind::Primary,
            method: "btree".to_owned(),
            parts: index.parts.clone(),
            include: Vec::new(),
            predicate: None,
            kind: index.kind,
            prefixed: index.prefixed,
            clustered: false,
            parent: None,
            children: Vec::new(),
        };
        let id = s.catalog.add(&schema, &format!("{}\u{1f}{name}", s.catalog.label(table)), RelationKind::Index);
        s.catalog.rename(id, &format!("{schema}\u{1f}{}", s.catalog.label(table)), &name);
        if let Some(r) = s.catalog.get_mut(id) {
            r.index = Some(shape);
        }
        if let Some(r) = s.catalog.get_mut(table) {
            r.indexes.push(id);
            if index.kind == MysqlIndexKind::Primary {
                let columns: Vec<String> = parts.clone();
                for c in r.columns.iter_mut().filter(|c| columns.iter().any(|p| p.eq_ignore_ascii_case(&c.name))) {
                    c.not_null = true;
                }
                r.constraints.push(HeldConstraint {
                    name: "PRIMARY".to_owned(),
                    kind: ConstraintKind::PrimaryKey { columns, using_index: None },
                    valid: true,
                    enforced: true,
                    index: Some(id),
                    target: None,
                    inherited: false,
                });
            }
        }
        self.built.push((name, types));
        if matches!(index.kind, MysqlIndexKind::Unique | MysqlIndexKind::Primary) && visible {
            let table = s.catalog.label(table);
            s.change(Change::AddConstraint { table, kind: "unique".to_owned() });
        }
        match index.kind {
            MysqlIndexKind::Primary => {
                self.causes.push(Cause::Index);
                Need::rebuild()
            }
            MysqlIndexKind::Fulltext => {
                self.causes.push(Cause::Index);
                let need = if had_fulltext { Need::inplace() } else { Need::rebuild() };
                need.while_writers_wait()
            }
            MysqlIndexKind::Spatial => Need::inplace().while_writers_wait(),
            // the first unique key without nulls becomes the clustered index of a table without a primary key
            MysqlIndexKind::Unique
                if !has_primary && !has_unique_key && not_null && !index.prefixed && !assumed && !self.adds_primary =>
            {
                self.causes.push(Cause::Index);
                Need::rebuild()
            }
            MysqlIndexKind::Unique | MysqlIndexKind::Plain => Need::inplace(),
        }
    }

    pub(super) fn drop_index(&mut self, s: &mut Scene<'_>, table: RelationId, name: &str) -> Need {
        match index_named(s, table, name) {
            Some(id) => s.catalog.remove(id),
            None => {
                if s.catalog.is_complete() && s.catalog.get(table).is_some_and(|r| !r.assumed) {
                    let label = s.catalog.label(table);
                    s.fails(format!("index {name} of {label} does not exist"));
                }
            }
        }
        Need::metadata()
    }

    pub(super) fn add_constraint(&mut self, s: &mut Scene<'_>, table: RelationId, constraint: &Constraint) -> Need {
        let kind = match &constraint.kind {
            ConstraintKind::Check { .. } => "check",
            ConstraintKind::ForeignKey { .. } => "foreign key",
            _ => "unique",
        };
        if s.visible(table) && !constraint.not_enforced {
            let table = s.catalog.label(table);
            s.change(Change::AddConstraint { table, kind: kind.to_owned() });
        }
        let mut held = HeldConstraint {
            name: constraint.name.clone().unwrap_or_default(),
            kind: constraint.kind.clone(),
            valid: true,
            enforced: !constraint.not_enforced,
            index: None,
            target: None,
            inherited: false,
        };
        match &constraint.kind {
            ConstraintKind::Check { .. } => {
                self.causes.push(Cause::Check);
                if self.mariadb() && constraint.not_enforced {
                    s.fails("MariaDB knows no NOT ENFORCED");
                }
                push_constraint(s, table, held);
                if constraint.not_enforced { Need::instant() } else { Need::copy() }
            }
            ConstraintKind::ForeignKey { columns, table: target, .. } => {
                self.causes.push(Cause::ForeignKey);
                let target = s.catalog.find_id(target);
                held.target = target;
                if let Some(t) = target.and_then(|t| s.catalog.get_mut(t)) {
                    t.referenced_by.push(table);
                }
                let first = columns.first().cloned().unwrap_or_default();
                let covered = indexes(s, table).any(
                    |(_, i)| matches!(i.parts.first(), Some(IndexPart::Column(c)) if c.eq_ignore_ascii_case(&first)),
                );
                push_constraint(s, table, held);
                if !covered {
                    let index = MysqlIndex {
                        name: constraint.name.clone(),
                        kind: MysqlIndexKind::Plain,
                        parts: columns.iter().cloned().map(IndexPart::Column).collect(),
                        prefixed: false,
                    };
                    self.add_index(s, table, &index);
                }
                match (self.foreign_key_checks, self.mariadb() && covered) {
                    (true, _) => Need::copy(),
                    (false, true) => Need::instant(),
                    (false, false) => Need::metadata(),
                }
            }
            _ => Need::copy(),
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        s: &mut Scene<'_>,
        table: RelationId,
        name: &str,
        if_exists: bool,
    ) -> Need {
        let found = s
            .catalog
            .get(table)
            .and_then(|r| r.constraints.iter().find(|c| c.name.eq_ignore_ascii_case(name)).cloned());
        match found.map(|c| c.kind) {
            Some(ConstraintKind::ForeignKey { .. }) => {
                self.forget_constraint(s, table, name);
                if self.mariadb() { Need::instant() } else { Need::metadata() }
            }
            Some(_) => {
                self.forget_constraint(s, table, name);
                Need::instant()
            }
            None => match index_named(s, table, name) {
                Some(id) => {
                    s.catalog.remove(id);
                    Need::metadata()
                }
                None => {
                    if !if_exists && s.catalog.is_complete() {
                        let label = s.catalog.label(table);
                        s.fails(format!("constraint {name} of {label} does not exist"));
                    }
                    Need::metadata()
                }
            },
        }
    }

    pub(super) fn forget_constraint(&self, s: &mut Scene<'_>, table: RelationId, name: &str) {
        if let Some(r) = s.catalog.get_mut(table) {
            r.constraints.retain(|c| !c.name.eq_ignore_ascii_case(name));
        }
    }
}
