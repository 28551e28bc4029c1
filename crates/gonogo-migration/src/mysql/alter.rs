//! ALTER TABLE: the cheapest algorithm and the weakest lock that every action allows.
//! Source: "InnoDB and Online DDL" of the MySQL 8.4 manual and "ALTER TABLE", "Instant ADD COLUMN for InnoDB" of MariaDB's; measured on
//! MySQL 9.7 and MariaDB 10.11.

use super::modify::{charset_of, need as modify_need, table_allows_instant};
use super::option;
use crate::catalog::{Column, HeldConstraint, IndexShape, Relation, RelationId, RelationKind};
use crate::dialect::Dialect;
use crate::effects::{Algorithm, Cause, Change};
use crate::model::alter::AlterAction;
use crate::model::statement::{AlterTable, MysqlIndex, MysqlIndexKind};
use crate::model::table::{ColumnDefinition, Constraint, ConstraintKind, Generated, IndexPart, Position};
use crate::scene::Scene;

/// How heavy an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Instant,
    Inplace,
    Copy,
}

/// Who has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wait {
    Nobody,
    Writers,
    Everybody,
}

/// What an action asks of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) weight: Weight,
    pub(super) rebuilds: bool,
    pub(super) wait: Wait,
}

impl Need {
    pub(super) fn instant() -> Self {
        Self { weight: Weight::Instant, rebuilds: false, wait: Wait::Nobody }
    }

    /// INPLACE that touches nothing but the dictionary.
    pub(super) fn metadata() -> Self {
        Self { weight: Weight::Inplace, rebuilds: false, wait: Wait::Nobody }
    }

    pub(super) fn inplace() -> Self {
        Self::metadata()
    }

    pub(super) fn rebuild() -> Self {
        Self { weight: Weight::Inplace, rebuilds: true, wait: Wait::Nobody }
    }

    pub(super) fn copy() -> Self {
        Self { weight: Weight::Copy, rebuilds: true, wait: Wait::Writers }
    }

    pub(super) fn while_writers_wait(mut self) -> Self {
        self.wait = self.wait.max(Wait::Writers);
        self
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            weight: self.weight.max(other.weight),
            rebuilds: self.rebuilds || other.rebuilds,
            wait: self.wait.max(other.wait),
        }
    }
}

fn has_fulltext(s: &Scene<'_>, table: RelationId) -> bool {
    indexes(s, table).any(|(_, i)| i.kind == MysqlIndexKind::Fulltext)
}

fn has_spatial(s: &Scene<'_>, table: RelationId) -> bool {
    indexes(s, table).any(|(_, i)| i.kind == MysqlIndexKind::Spatial)
}

fn indexes<'a>(s: &'a Scene<'_>, table: RelationId) -> impl Iterator<Item = (RelationId, &'a IndexShape)> + 'a {
    s.catalog
        .get(table)
        .map_or(&[][..], |r| &r.indexes)
        .iter()
        .filter_map(|id| s.catalog.get(*id).and_then(|r| r.index.as_ref()).map(|i| (*id, i)))
}

fn indexed(s: &Scene<'_>, table: RelationId, column: &str) -> bool {
    indexes(s, table).any(|(_, i)| i.mentions(column))
}

fn index_named(s: &Scene<'_>, table: RelationId, name: &str) -> Option<RelationId> {
    s.catalog
        .get(table)?
        .indexes
        .iter()
        .copied()
        .find(|id| s.catalog.get(*id).is_some_and(|r| r.name.eq_ignore_ascii_case(name)))
}

fn find_column<'a>(relation: &'a Relation, name: &str) -> Option<&'a Column> {
    relation.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name))
}

/// Plays ALTER TABLE.
pub(super) fn alter(s: &mut Scene<'_>, statement: &AlterTable, dialect: Dialect, foreign_key_checks: bool) {
    let Some(table) = s.resolve(&statement.name, RelationKind::Table, statement.if_exists) else { return };
    let adds_primary = statement.actions.iter().any(|a| {
        matches!(a, AlterAction::AddIndex(i) if i.kind == MysqlIndexKind::Primary)
            || matches!(a, AlterAction::AddColumn { column, .. } if column.is_primary_key())
    });
    let mut plan = Plan::new(dialect, foreign_key_checks);
    plan.adds_primary = adds_primary;
    let mut need = Need::instant();
    let (mut asked, mut asked_lock) = (None, None);
    let mut shapes_rows = false;
    let adds_virtual = statement.actions.iter().any(|a| {
        matches!(a, AlterAction::AddColumn { column, .. } if matches!(column.generated, Some((_, Generated::Virtual))))
    });
    for action in &statement.actions {
        match action {
            AlterAction::Algorithm(word) => asked = Some(word.clone()),
            AlterAction::Lock(word) => asked_lock = Some(word.clone()),
            _ => {
                let one = plan.action(s, table, action);
                let reshapes = matches!(action, AlterAction::DropColumn { .. })
                    || matches!(action, AlterAction::AddColumn { column, .. } if !matches!(column.generated, Some((_, Generated::Virtual))))
                    || matches!(action, AlterAction::Modify { column, .. } if column.position.is_some());
                shapes_rows |=
                    reshapes && (one.weight == Weight::Instant || matches!(action, AlterAction::AddColumn { .. }));
                need = need.and(one);
            }
        }
    }
    if dialect == Dialect::Mariadb && need.weight == Weight::Inplace {
        // what is instant alone is a rebuild beside something that is not
        need.rebuilds |= shapes_rows;
        if adds_virtual && !plan.built.is_empty() {
            need = need.while_writers_wait();
        }
    }
    settle(s, table, need, asked.as_deref(), asked_lock.as_deref(), &plan);
}

/// Turns the need into effects, heeding ALGORITHM and LOCK.
pub(super) fn settle(
    s: &mut Scene<'_>,
    table: RelationId,
    need: Need,
    asked: Option<&str>,
    lock: Option<&str>,
    plan: &Plan,
) {
    let mut need = need;
    if need.rebuilds && need.weight == Weight::Inplace {
        if has_fulltext(s, table) {
            need = need.while_writers_wait();
        }
        if has_spatial(s, table) && plan.dialect == Dialect::Mysql {
            need = need.while_writers_wait();
        }
    }
    let lock = lock.filter(|l| *l != "DEFAULT");
    if lock.is_some() && need.weight == Weight::Instant {
        need.weight = Weight::Inplace;
    }
    match asked {
        Some("INSTANT") if need.weight > Weight::Instant => s.fails("ALGORITHM=INSTANT is not possible here"),
        Some("NOCOPY") if need.weight > Weight::Inplace || need.rebuilds => {
            s.fails("ALGORITHM=NOCOPY is not possible here")
        }
        Some("INPLACE") if need.weight > Weight::Inplace => s.fails("ALGORITHM=INPLACE is not possible here"),
        Some("COPY") => need = need.and(Need::copy()),
        Some("INPLACE") => need.weight = need.weight.max(Weight::Inplace),
        _ => {}
    }
    match lock {
        Some("NONE") if need.wait > Wait::Nobody => s.fails("LOCK=NONE is not possible here"),
        Some("SHARED") if need.wait > Wait::Writers => s.fails("LOCK=SHARED is not possible here"),
        Some("SHARED") => need.wait = need.wait.max(Wait::Writers),
        Some("EXCLUSIVE") => need.wait = Wait::Everybody,
        _ => {}
    }
    let algorithm = match need.weight {
        Weight::Instant => Algorithm::Instant,
        Weight::Inplace => Algorithm::Inplace,
        Weight::Copy => Algorithm::Copy,
    };
    s.out.algorithm = s.out.algorithm.max(Some(algorithm));
    if s.visible(table) && algorithm != Algorithm::Instant {
        let label = s.catalog.label(table);
        if need.wait >= Wait::Writers {
            s.held.writes.insert(label.clone());
        }
        if need.wait == Wait::Everybody {
            s.held.reads.insert(label);
        }
    }
    if need.rebuilds {
        let cause = plan.causes.first().copied().unwrap_or(Cause::Rebuild);
        s.rewrite(table, cause);
    } else if need.weight == Weight::Inplace {
        for (name, types) in &plan.built {
            s.build(table, name.clone(), types.clone(), Cause::Index);
        }
    }
}

/// What the actions of one statement have in common.
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) foreign_key_checks: bool,
    pub(super) adds_primary: bool,
    pub(super) causes: Vec<Cause>,
    pub(super) built: Vec<(String, Vec<String>)>,
}

impl Plan {
    pub(super) fn new(dialect: Dialect, foreign_key_checks: bool) -> Self {
        Self { dialect, foreign_key_checks, adds_primary: false, causes: Vec::new(), built: Vec::new() }
    }

    fn mariadb(&self) -> bool {
        self.dialect == Dialect::Mariadb
    }

    /// What one action needs; the catalog is changed as the action says.
    fn action(&mut self, s: &mut Scene<'_>, table: RelationId, action: &AlterAction) -> Need {
        match action {
            AlterAction::AddColumn { column, if_not_exists } => self.add_column(s, table, column, *if_not_exists),
            AlterAction::DropColumn { name, if_exists, .. } => self.drop_column(s, table, name, *if_exists),
            AlterAction::Modify { old, column } => self.modify(s, table, old, column),
            AlterAction::RenameColumn { from, to } => self.rename_column(s, table, from, to),
            AlterAction::SetDefault { name, default } => {
                let label = s.catalog.label(table);
                let column = s.catalog.get(table).and_then(|r| find_column(r, name)).cloned();
                if default.is_none() && column.as_ref().is_none_or(|c| c.default.is_some()) && s.visible(table) {
                    let required = column.as_ref().is_none_or(|c| c.not_null);
                    s.change(Change::DropDefault { table: label, column: name.clone(), required });
                }
                if let Some(c) = column_mut(s, table, name) {
                    c.default.clone_from(default);
                }
                Need::instant()
            }
            AlterAction::ColumnVisibility(_) => Need::instant(),
            AlterAction::AddIndex(index) => self.add_index(s, table, index),
            AlterAction::DropIndex(name) => self.drop_index(s, table, name),
            AlterAction::RenameIndex { from, to } => {
                if let Some(id) = index_named(s, table, from) {
                    let schema = s.catalog.get(id).map_or_else(String::new, |r| r.schema.clone());
                    s.catalog.rename(id, &schema, to);
                }
                if self.mariadb() { Need::instant() } else { Need::metadata() }
            }
            AlterAction::IndexVisibility(_) => {
                if self.mariadb() {
                    Need::instant()
                } else {
                    Need::metadata()
                }
            }
            AlterAction::DropPrimaryKey => {
                self.causes.push(Cause::Rebuild);
                if let Some(r) = s.catalog.get_mut(table) {
                    r.constraints.retain(|c| !matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
                }
                let primary = indexes(s, table).find(|(_, i)| i.primary).map(|(id, _)| id);
                if let Some(id) = primary {
                    s.catalog.remove(id);
                }
                if self.adds_primary { Need::rebuild() } else { Need::copy() }
            }
            AlterAction::AddConstraint(constraint) => self.add_constraint(s, table, constraint),
            AlterAction::DropForeignKey(name) => {
                self.forget_constraint(s, table, name);
                if self.mariadb() { Need::instant() } else { Need::metadata() }
            }
            AlterAction::DropConstraint { name, if_exists, .. } => self.drop_constraint(s, table, name, *if_exists),
            AlterAction::AlterConstraint { enforced, .. } => {
                self.causes.push(Cause::Check);
                if *enforced == Some(false) { Need::instant() } else { Need::copy() }
            }
            AlterAction::RenameTo(name) => {
                let old = s.catalog.label(table);
                let visible = s.visible(table);
                let schema =
                    name.schema.clone().or_else(|| s.catalog.get(table).map(|r| r.schema.clone())).unwrap_or_default();
                s.catalog.rename(table, &schema, &name.name);
                if visible {
                    let to = s.catalog.label(table);
                    s.change(Change::RenameTable { table: old, to });
                }
                Need::instant()
            }
            AlterAction::Option { name, value } => {
                let need = option::need(self.dialect, s.catalog.get(table), name, value);
                if need.rebuilds {
                    self.causes.push(Cause::Rebuild);
                }
                let need = if self.mariadb() { mariadb_option(name, need) } else { need };
                if let Some(r) = s.catalog.get_mut(table) {
                    r.options.push((name.clone(), value.clone()));
                }
                need
            }
            AlterAction::ConvertCharset { charset, collation } => self.convert(s, table, charset, collation.as_deref()),
            AlterAction::Force => {
                self.causes.push(Cause::Rebuild);
                Need::rebuild()
            }
            AlterAction::OrderBy => {
                self.causes.push(Cause::Rebuild);
                Need::copy()
            }
            AlterAction::Partitions(verb) => self.partitions(s, table, verb),
            AlterAction::Versioning(_) => {
                self.causes.push(Cause::Rebuild);
                Need::copy()
            }
            AlterAction::Keys | AlterAction::Hint(_) => {
                if self.mariadb() {
                    Need::instant()
                } else {
                    Need::metadata()
                }
            }
            AlterAction::Tablespace => {
                let mut need = Need::metadata();
                need.wait = Wait::Everybody;
                need
            }
            _ => {
                s.unknown("an action of another dialect");
                Need::copy()
            }
        }
    }

    fn add_column(
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

    fn drop_column(&mut self, s: &mut Scene<'_>, table: RelationId, name: &str, if_exists: bool) -> Need {
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

    fn modify(&mut self, s: &mut Scene<'_>, table: RelationId, old: &str, column: &ColumnDefinition) -> Need {
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
        let mut need = modify_need(self.dialect, relation, &before, column, is_indexed, referenced);
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

    fn rename_column(&mut self, s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) -> Need {
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

    fn drop_index(&mut self, s: &mut Scene<'_>, table: RelationId, name: &str) -> Need {
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

    fn add_constraint(&mut self, s: &mut Scene<'_>, table: RelationId, constraint: &Constraint) -> Need {
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

    fn drop_constraint(&mut self, s: &mut Scene<'_>, table: RelationId, name: &str, if_exists: bool) -> Need {
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

    fn forget_constraint(&self, s: &mut Scene<'_>, table: RelationId, name: &str) {
        if let Some(r) = s.catalog.get_mut(table) {
            r.constraints.retain(|c| !c.name.eq_ignore_ascii_case(name));
        }
    }

    fn convert(&mut self, s: &mut Scene<'_>, table: RelationId, charset: &str, collation: Option<&str>) -> Need {
        let wanted = charset.to_ascii_lowercase();
        let relation = s.catalog.get(table);
        let text = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"];
        let columns: Vec<&Column> = relation.map_or_else(Vec::new, |r| {
            r.columns.iter().filter(|c| text.contains(&c.data_type.name.name.as_str())).collect()
        });
        let same = relation.is_some_and(|r| !r.assumed)
            && columns
                .iter()
                .all(|c| charset_of(relation, &c.data_type) == wanted && c.data_type.collation.as_deref() == collation);
        self.causes.push(Cause::Charset);
        let need = if same && relation.is_some_and(|r| r.option("collate") == collation) {
            if self.mariadb() { Need::instant() } else { Need::rebuild() }
        } else {
            Need::copy()
        };
        if let Some(r) = s.catalog.get_mut(table) {
            r.options.push(("charset".to_owned(), wanted.clone()));
            if let Some(collation) = collation {
                r.options.push(("collate".to_owned(), collation.to_owned()));
            }
            for c in r.columns.iter_mut().filter(|c| text.contains(&c.data_type.name.name.as_str())) {
                c.data_type.charset = Some(wanted.clone());
                c.data_type.collation = collation.map(str::to_owned);
            }
        }
        need
    }

    fn partitions(&mut self, s: &mut Scene<'_>, table: RelationId, verb: &str) -> Need {
        self.causes.push(Cause::Partitioning);
        let hash = s
            .catalog
            .get(table)
            .and_then(|r| r.partition_key.as_ref())
            .is_some_and(|k| matches!(k.strategy.as_str(), "hash" | "key"));
        match verb {
            "partition by" | "remove" | "optimize" => {
                if let Some(r) = s.catalog.get_mut(table) {
                    r.kind = if verb == "remove" { RelationKind::Table } else { RelationKind::Partitioned };
                }
                if verb == "optimize" && self.mariadb() { Need::rebuild() } else { Need::copy() }
            }
            "add" if hash => Need { weight: Weight::Inplace, rebuilds: true, wait: Wait::Writers },
            "coalesce" | "reorganize" | "rebuild" => {
                Need { weight: Weight::Inplace, rebuilds: true, wait: Wait::Writers }
            }
            "drop" | "truncate" => {
                if s.visible(table) {
                    let table = s.catalog.label(table);
                    s.change(Change::Truncate { table });
                }
                Need::metadata()
            }
            _ => Need::metadata(),
        }
    }
}

/// Options that MariaDB changes in its own dictionary alone.
fn mariadb_option(name: &str, need: Need) -> Need {
    match name {
        "comment" | "charset" | "collate" | "stats_persistent" | "stats_auto_recalc" | "stats_sample_pages"
        | "max_rows" | "min_rows" | "avg_row_length" | "checksum" | "pack_keys" | "auto_increment" => {
            Need { weight: Weight::Instant, ..need }
        }
        _ => need,
    }
}

/// Whether the default has to be computed for each row, or cannot be kept as one value.
fn expression_default(column: &ColumnDefinition, dialect: Dialect) -> bool {
    let Some(default) = &column.default else { return false };
    let known =
        ["now", "current_timestamp", "localtime", "localtimestamp", "current_date", "curdate", "null", "true", "false"];
    let calls = default.functions().iter().any(|f| !known.contains(&f.name.to_ascii_lowercase().as_str()));
    if dialect == Dialect::Mariadb {
        return calls || default.identifiers().iter().any(|n| !known.contains(&n.as_str()));
    }
    // MySQL: an expression in brackets, whatever it is
    calls
        || default.fragments.len() > 2
            && !default.fragments.first().is_some_and(|f| f.symbol("-") || known.contains(&f.text.as_str()))
}

fn plain_index(column: &str, kind: MysqlIndexKind) -> MysqlIndex {
    MysqlIndex { name: None, kind, parts: vec![IndexPart::Column(column.to_owned())], prefixed: false }
}

pub(super) fn held(column: &ColumnDefinition, constraints: &[HeldConstraint]) -> Column {
    let primary = constraints.iter().any(|c| matches!(&c.kind, ConstraintKind::PrimaryKey { columns, .. } if columns.iter().any(|x| x.eq_ignore_ascii_case(&column.name))));
    Column {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
        not_null: column.not_null == Some(true) || primary || column.identity,
        default: column.default.clone(),
        generated: column.generated.clone(),
        identity: column.identity,
        comment: column.comment.clone(),
        on_update: column.on_update.clone(),
        invisible: column.invisible == Some(true),
    }
}

fn insert_column(r: &mut Relation, column: Column, position: Option<&Position>) {
    let at = match position {
        Some(Position::First) => 0,
        Some(Position::After(before)) => {
            r.columns.iter().position(|c| c.name.eq_ignore_ascii_case(before)).map_or(r.columns.len(), |i| i + 1)
        }
        None => r.columns.len(),
    };
    r.columns.insert(at.min(r.columns.len()), column);
}

fn column_mut<'a>(s: &'a mut Scene<'_>, table: RelationId, name: &str) -> Option<&'a mut Column> {
    s.catalog.get_mut(table).and_then(|r| r.columns.iter_mut().find(|c| c.name.eq_ignore_ascii_case(name)))
}

fn push_constraint(s: &mut Scene<'_>, table: RelationId, held: HeldConstraint) {
    if let Some(r) = s.catalog.get_mut(table) {
        r.constraints.push(held);
    }
}

fn only_in_single_indexes(s: &Scene<'_>, table: RelationId, column: &str) -> bool {
    indexes(s, table).filter(|(_, i)| i.mentions(column)).all(|(_, i)| i.parts.len() == 1)
}

fn rename_in_indexes(s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) {
    if from == to {
        return;
    }
    for id in s.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
        if let Some(i) = s.catalog.get_mut(id).and_then(|r| r.index.as_mut()) {
            for part in &mut i.parts {
                match part {
                    IndexPart::Column(c) if c.eq_ignore_ascii_case(from) => to.clone_into(c),
                    _ => {}
                }
            }
        }
    }
}

fn narrows(old: &Column, new: &ColumnDefinition) -> bool {
    let (a, b) = (&old.data_type, &new.data_type);
    let rank = |n: &str| match n {
        "tinyint" => 1,
        "smallint" => 2,
        "mediumint" => 3,
        "int" => 4,
        "bigint" => 5,
        _ => 0,
    };
    let (x, y) = (rank(&a.name.name), rank(&b.name.name));
    if x > 0 && y > 0 {
        return y < x || (a.unsigned != b.unsigned && y <= x);
    }
    if a.name == b.name {
        if matches!(a.name.name.as_str(), "enum" | "set") {
            return a.modifiers.iter().any(|m| !b.modifiers.contains(m));
        }
        return (0..2).any(|n| matches!((a.modifier(n), b.modifier(n)), (Some(p), Some(q)) if q < p));
    }
    let size = |n: &str| match n {
        "tinytext" | "tinyblob" => 1,
        "char" | "varchar" | "binary" | "varbinary" => 2,
        "text" | "blob" => 3,
        "mediumtext" | "mediumblob" => 4,
        "longtext" | "longblob" => 5,
        _ => 0,
    };
    let (x, y) = (size(&a.name.name), size(&b.name.name));
    !(x > 0 && y >= x)
}
