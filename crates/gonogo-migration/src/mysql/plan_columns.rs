//! What ALTER TABLE asks for when it adds, drops, changes or renames a column.

use super::alter::{
    Need, Plan, column_mut, expression_default, find_column, has_fulltext, held, indexed, indexes, insert_column,
    narrows, only_in_single_indexes, plain_index, rename_in_indexes,
};
use super::modify::{Server, need as modify_need, table_allows_instant};
use crate::catalog::{HeldConstraint, RelationId, RelationKind};
use crate::effects::{Cause, Change};
use crate::model::statement::MysqlIndexKind;
use crate::model::table::{ColumnDefinition, ConstraintKind, Generated};
use crate::scene::Scene;

impl Plan {
    pub(super) fn add_column(
        &mut self,
        s: &mut Scene<'_>,
        table: RelationId,
        column: &ColumnDefinition,
        if_not_exists: bool,
    ) -> Need {
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        if find_column(relation, &column.name).is_some() {
            if !if_not_exists {
                let why = format!("column {} of {} already exists", column.name, relation.label());
                s.fails(why);
            }
            return if self.mariadb() { Need::instant() } else { Need::metadata() };
        }
        let label = relation.label();
        let partitioned = relation.kind == RelationKind::Partitioned;
        let compressed = !table_allows_instant(relation);
        let assumed = relation.assumed;
        let last = column.position.is_none();
        let fulltext = has_fulltext(s, table);
        let version = s.version;
        let required =
            column.not_null == Some(true) && column.default.is_none() && !column.identity && column.generated.is_none();
        let mut need = match &column.generated {
            Some((_, Generated::Stored)) => {
                self.causes.push(Cause::GeneratedColumn);
                Need::copy()
            }
            Some((_, Generated::Virtual)) => {
                if partitioned && !self.mariadb() {
                    Need::metadata()
                } else {
                    Need::instant()
                }
            }
            None if column.identity => {
                self.causes.push(Cause::ColumnDefault);
                Need::rebuild().while_writers_wait()
            }
            None if expression_default(column, self.dialect) => {
                self.causes.push(Cause::ColumnDefault);
                Need::copy()
            }
            None => {
                let instant = if self.mariadb() {
                    version.at_least(10, 4, 0) && !compressed && !fulltext
                } else {
                    !compressed && !fulltext && version.at_least(8, 0, 12) && (last || version.at_least(8, 0, 29))
                };
                if instant {
                    Need::instant()
                } else {
                    self.causes.push(Cause::ColumnDefault);
                    Need::rebuild()
                }
            }
        };
        if assumed && !self.mariadb() && need == Need::instant() && fulltext {
            need = Need::rebuild();
        }
        if let Some(r) = s.catalog.get_mut(table) {
            let held = held(column, &r.constraints);
            insert_column(r, held, column.position.as_ref());
        }
        if required && s.visible(table) {
            s.change(Change::RequireColumn { table: label, column: column.name.clone(), added: true });
        }
        for constraint in &column.constraints {
            let one = match &constraint.kind {
                ConstraintKind::PrimaryKey { .. } => {
                    self.add_index(s, table, &plain_index(&column.name, MysqlIndexKind::Primary))
                }
                ConstraintKind::Unique { .. } => {
                    self.add_index(s, table, &plain_index(&column.name, MysqlIndexKind::Unique))
                }
                ConstraintKind::ForeignKey { .. } if !self.mariadb() && !version.at_least(9, 0, 0) => Need::instant(),
                // MariaDB knows that the one value of all rows is checked once
                ConstraintKind::Check { .. } if self.mariadb() => {
                    self.add_constraint(s, table, constraint);
                    Need::instant()
                }
                _ => self.add_constraint(s, table, constraint),
            };
            need = need.and(one);
        }
        need
    }

    pub(super) fn drop_column(&mut self, s: &mut Scene<'_>, table: RelationId, name: &str, if_exists: bool) -> Need {
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        let label = relation.label();
        let Some(column) = find_column(relation, name).cloned() else {
            if !relation.assumed && !relation.columns.is_empty() {
                if !if_exists {
                    s.fails(format!("column {name} of {label} does not exist"));
                }
                return Need::instant();
            }
            if s.visible(table) {
                s.change(Change::DropColumn { table: label, column: name.to_owned() });
            }
            s.unknown(format!("whether column {name} is indexed is not known, so how it is dropped is not either"));
            return Need::rebuild();
        };
        let compressed = !table_allows_instant(relation);
        if relation.constraints.iter().any(|c| c.is_foreign_key() && c.uses_column(name)) {
            s.fails(format!("column {name} of {label} belongs to a foreign key: drop that first"));
        }
        let is_indexed = indexed(s, table, name);
        let fulltext = has_fulltext(s, table);
        let virtual_column = matches!(column.generated, Some((_, Generated::Virtual)));
        let version = s.version;
        let need = if virtual_column && !is_indexed {
            Need::instant()
        } else if is_indexed {
            // the index goes or shrinks with the column
            if self.mariadb() && !only_in_single_indexes(s, table, name) {
                Need::rebuild()
            } else if self.mariadb() {
                Need::metadata()
            } else {
                Need::rebuild()
            }
        } else if self.mariadb() {
            if version.at_least(10, 4, 0) && !compressed && !fulltext { Need::instant() } else { Need::rebuild() }
        } else if version.at_least(8, 0, 29) && !compressed && !fulltext {
            Need::instant()
        } else {
            Need::rebuild()
        };
        if need.rebuilds {
            self.causes.push(Cause::Rebuild);
        }
        let gone: Vec<RelationId> =
            indexes(s, table).filter(|(_, i)| i.parts.iter().all(|p| p.mentions(name))).map(|(id, _)| id).collect();
        for id in gone {
            s.catalog.remove(id);
        }
        let visible = s.visible(table);
        if let Some(r) = s.catalog.get_mut(table) {
            r.columns.retain(|c| !c.name.eq_ignore_ascii_case(name));
        }
        for id in s.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
            if let Some(i) = s.catalog.get_mut(id).and_then(|r| r.index.as_mut()) {
                i.parts.retain(|p| !p.mentions(name));
            }
        }
        if visible {
            s.change(Change::DropColumn { table: label, column: name.to_owned() });
        }
        need
    }

    pub(super) fn modify(
        &mut self,
        s: &mut Scene<'_>,
        table: RelationId,
        old: &str,
        column: &ColumnDefinition,
    ) -> Need {
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        let label = relation.label();
        let Some(before) = find_column(relation, old).cloned() else {
            if relation.assumed || relation.columns.is_empty() {
                self.causes.push(Cause::ColumnType);
                s.unknown(format!(
                    "the present definition of column {old} is not known, so its change may copy the table"
                ));
                if s.visible(table) {
                    s.change(Change::ChangeType {
                        table: label.clone(),
                        column: old.to_owned(),
                        from: None,
                        to: column.data_type.to_sql(),
                        narrows: true,
                    });
                    if !old.eq_ignore_ascii_case(&column.name) {
                        s.change(Change::RenameColumn {
                            table: label,
                            column: old.to_owned(),
                            to: column.name.clone(),
                        });
                    }
                }
            } else {
                s.fails(format!("column {old} of {label} does not exist"));
            }
            return Need::copy();
        };
        let is_indexed = indexed(s, table, old);
        let referenced =
            !relation.referenced_by.is_empty() || relation.constraints.iter().any(HeldConstraint::is_foreign_key);
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        let server = Server { dialect: self.dialect, version: s.version };
        let mut need = modify_need(server, relation, &before, column, is_indexed, referenced);
        if need.rebuilds {
            self.causes.push(Cause::ColumnType);
        }
        let visible = s.visible(table);
        if visible {
            let (from, to) = (before.data_type.to_sql(), column.data_type.to_sql());
            if from != to {
                let narrows = narrows(&before, column);
                s.change(Change::ChangeType {
                    table: label.clone(),
                    column: old.to_owned(),
                    from: Some(from),
                    to,
                    narrows,
                });
            }
            if !before.not_null && column.not_null == Some(true) && column.default.is_none() {
                s.change(Change::RequireColumn { table: label.clone(), column: old.to_owned(), added: false });
            }
            if !old.eq_ignore_ascii_case(&column.name) {
                s.change(Change::RenameColumn { table: label, column: old.to_owned(), to: column.name.clone() });
            }
        }
        for constraint in &column.constraints {
            let index = match &constraint.kind {
                ConstraintKind::PrimaryKey { .. } => plain_index(&column.name, MysqlIndexKind::Primary),
                ConstraintKind::Unique { .. } => plain_index(&column.name, MysqlIndexKind::Unique),
                _ => continue,
            };
            need = need.and(self.add_index(s, table, &index));
        }
        if let Some(r) = s.catalog.get_mut(table) {
            let held = held(column, &r.constraints);
            let at = r.columns.iter().position(|c| c.name.eq_ignore_ascii_case(old));
            match (at, &column.position) {
                (Some(at), None) => {
                    if let Some(slot) = r.columns.get_mut(at) {
                        *slot = held;
                    }
                }
                (Some(at), Some(position)) => {
                    r.columns.remove(at);
                    insert_column(r, held, Some(position));
                }
                (None, _) => {}
            }
        }
        rename_in_indexes(s, table, old, &column.name);
        need
    }

    pub(super) fn rename_column(&mut self, s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) -> Need {
        let Some(relation) = s.catalog.get(table) else { return Need::copy() };
        let label = relation.label();
        let missing = find_column(relation, from).is_none() && !relation.assumed && !relation.columns.is_empty();
        let keyed = relation.constraints.iter().any(|c| c.is_foreign_key() && c.uses_column(from))
            || !relation.referenced_by.is_empty();
        if missing {
            s.fails(format!("column {from} of {label} does not exist"));
        }
        if s.visible(table) {
            s.change(Change::RenameColumn { table: label, column: from.to_owned(), to: to.to_owned() });
        }
        if let Some(c) = column_mut(s, table, from) {
            to.clone_into(&mut c.name);
        }
        rename_in_indexes(s, table, from, to);
        if self.mariadb() {
            Need::instant()
        } else if keyed || !s.version.at_least(8, 0, 28) {
            Need::metadata()
        } else {
            Need::instant()
        }
    }
}
