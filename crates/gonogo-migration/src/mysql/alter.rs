//! ALTER TABLE: the cheapest algorithm and the weakest lock that every action allows.
//! Source: "InnoDB and Online DDL" of the MySQL 8.4 manual and "ALTER TABLE", "Instant ADD COLUMN for InnoDB" of MariaDB's; measured on
//! MySQL 9.7 and MariaDB 10.11.

use super::before::Before;
use super::modify::charset_of;
use super::option;
use crate::catalog::{Column, HeldConstraint, IndexShape, Relation, RelationId, RelationKind};
use crate::dialect::Dialect;
use crate::effects::{Algorithm, Cause, Change};
use crate::model::alter::AlterAction;
use crate::model::statement::{AlterTable, MysqlIndex, MysqlIndexKind};
use crate::model::table::{ColumnDefinition, ConstraintKind, Generated, IndexPart, Position};
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

pub(super) fn has_fulltext(s: &Scene<'_>, table: RelationId) -> bool {
    indexes(s, table).any(|(_, i)| i.kind == MysqlIndexKind::Fulltext)
}

fn has_spatial(s: &Scene<'_>, table: RelationId) -> bool {
    indexes(s, table).any(|(_, i)| i.kind == MysqlIndexKind::Spatial)
}

pub(super) fn indexes<'a>(
    s: &'a Scene<'_>,
    table: RelationId,
) -> impl Iterator<Item = (RelationId, &'a IndexShape)> + 'a {
    s.catalog
        .get(table)
        .map_or(&[][..], |r| &r.indexes)
        .iter()
        .filter_map(|id| s.catalog.get(*id).and_then(|r| r.index.as_ref()).map(|i| (*id, i)))
}

pub(super) fn indexed(s: &Scene<'_>, table: RelationId, column: &str) -> bool {
    indexes(s, table).any(|(_, i)| i.mentions(column))
}

pub(super) fn index_named(s: &Scene<'_>, table: RelationId, name: &str) -> Option<RelationId> {
    s.catalog
        .get(table)?
        .indexes
        .iter()
        .copied()
        .find(|id| s.catalog.get(*id).is_some_and(|r| r.name.eq_ignore_ascii_case(name)))
}

pub(super) fn find_column<'a>(relation: &'a Relation, name: &str) -> Option<&'a Column> {
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
    let before = Before::of(s, table);
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
                need = need.and(before.engine_need(action, one));
            }
        }
    }
    if dialect == Dialect::Mariadb {
        need = need.and(before.generated_need(s, table, &statement.actions, need));
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

    pub(super) fn mariadb(&self) -> bool {
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
pub(super) fn expression_default(column: &ColumnDefinition, dialect: Dialect) -> bool {
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

pub(super) fn plain_index(column: &str, kind: MysqlIndexKind) -> MysqlIndex {
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

pub(super) fn insert_column(r: &mut Relation, column: Column, position: Option<&Position>) {
    let at = match position {
        Some(Position::First) => 0,
        Some(Position::After(before)) => {
            r.columns.iter().position(|c| c.name.eq_ignore_ascii_case(before)).map_or(r.columns.len(), |i| i + 1)
        }
        None => r.columns.len(),
    };
    r.columns.insert(at.min(r.columns.len()), column);
}

pub(super) fn column_mut<'a>(s: &'a mut Scene<'_>, table: RelationId, name: &str) -> Option<&'a mut Column> {
    s.catalog.get_mut(table).and_then(|r| r.columns.iter_mut().find(|c| c.name.eq_ignore_ascii_case(name)))
}

pub(super) fn push_constraint(s: &mut Scene<'_>, table: RelationId, held: HeldConstraint) {
    if let Some(r) = s.catalog.get_mut(table) {
        r.constraints.push(held);
    }
}

pub(super) fn only_in_single_indexes(s: &Scene<'_>, table: RelationId, column: &str) -> bool {
    indexes(s, table).filter(|(_, i)| i.mentions(column)).all(|(_, i)| i.parts.len() == 1)
}

pub(super) fn rename_in_indexes(s: &mut Scene<'_>, table: RelationId, from: &str, to: &str) {
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

pub(super) fn narrows(old: &Column, new: &ColumnDefinition) -> bool {
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
