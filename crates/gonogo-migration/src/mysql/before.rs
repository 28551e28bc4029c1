//! What a table was before an ALTER, as far as it decides how the whole statement is carried out.
//! Source: `fill_alter_inplace_info` and `ha_innobase::check_if_supported_inplace_alter` of MariaDB; measured on 10.11.

use super::alter::{Need, Weight, has_fulltext, indexes};
use crate::catalog::{RelationId, RelationKind};
use crate::model::alter::AlterAction;
use crate::model::statement::MysqlIndexKind;
use crate::model::table::{Generated, IndexPart};
use crate::scene::Scene;

/// The table before the statement.
pub(super) struct Before {
    /// Its columns in order, and which are virtual.
    columns: Vec<(String, bool)>,
    /// Columns that may be NULL.
    nullable: Vec<String>,
    /// A virtual column has an index.
    indexed_virtual: bool,
    /// It has a stored generated column.
    stored: bool,
    fulltext: bool,
    partitioned: bool,
    /// Its engine is not InnoDB.
    other_engine: bool,
}

impl Before {
    pub(super) fn of(s: &Scene<'_>, table: RelationId) -> Self {
        let Some(relation) = s.catalog.get(table) else {
            return Self {
                columns: Vec::new(),
                nullable: Vec::new(),
                indexed_virtual: false,
                stored: false,
                fulltext: false,
                partitioned: false,
                other_engine: false,
            };
        };
        let is_virtual = |c: &crate::catalog::Column| matches!(c.generated, Some((_, Generated::Virtual)));
        let keyed = |name: &str| indexes(s, table).any(|(_, i)| i.mentions(name));
        Self {
            columns: relation.columns.iter().map(|c| (c.name.to_ascii_lowercase(), is_virtual(c))).collect(),
            nullable: relation.columns.iter().filter(|c| !c.not_null).map(|c| c.name.to_ascii_lowercase()).collect(),
            indexed_virtual: relation.columns.iter().any(|c| is_virtual(c) && keyed(&c.name)),
            stored: relation.columns.iter().any(|c| matches!(c.generated, Some((_, Generated::Stored)))),
            fulltext: has_fulltext(s, table),
            partitioned: relation.kind == RelationKind::Partitioned,
            other_engine: relation.option("engine").is_some_and(|e| !e.eq_ignore_ascii_case("innodb")),
        }
    }

    /// What an action needs on this table's engine: others than InnoDB copy whatever is more than a word in the dictionary.
    pub(super) fn engine_need(&self, action: &AlterAction, need: Need) -> Need {
        let reshapes = matches!(
            action,
            AlterAction::AddColumn { .. }
                | AlterAction::DropColumn { .. }
                | AlterAction::AddIndex(_)
                | AlterAction::DropIndex(_)
                | AlterAction::DropPrimaryKey
                | AlterAction::AddConstraint(_)
        );
        let changes = matches!(action, AlterAction::Modify { column, .. } if need.weight > Weight::Instant || column.position.is_some());
        if self.other_engine && (reshapes || changes) { Need::copy() } else { need }
    }

    /// What MariaDB's generated columns, full-text indexes and partitions make of the statement.
    pub(super) fn generated_need(&self, s: &Scene<'_>, table: RelationId, actions: &[AlterAction], need: Need) -> Need {
        let keys = actions.iter().any(|a| {
            matches!(a, AlterAction::DropPrimaryKey)
                || matches!(a, AlterAction::AddIndex(i) if i.kind == MysqlIndexKind::Primary)
        });
        let drops = actions.iter().any(|a| matches!(a, AlterAction::DropColumn { .. }));
        let adds = actions.iter().any(|a| matches!(a, AlterAction::AddColumn { .. }));
        let nullable = |name: &str| self.nullable.iter().any(|n| n.eq_ignore_ascii_case(name));
        let tightens = actions.iter().any(|a| match a {
            AlterAction::Modify { old, column } => column.not_null == Some(true) && nullable(old),
            AlterAction::AddIndex(i) if i.kind == MysqlIndexKind::Primary => {
                i.parts.iter().any(|p| matches!(p, IndexPart::Column(name) if nullable(name)))
            }
            _ => false,
        });
        let moves =
            actions.iter().any(|a| matches!(a, AlterAction::Modify { column, .. } if column.position.is_some()));
        let computed = self.stored || self.indexed_virtual;
        if self.virtual_moves(s, table, actions)
            || (computed && need.rebuilds && tightens)
            || (self.indexed_virtual && drops && need.weight == Weight::Instant)
            || (self.partitioned && keys && need.rebuilds)
        {
            return Need::copy();
        }
        let mut more = Need::instant();
        if self.fulltext && drops {
            more = Need::rebuild();
        }
        if self.indexed_virtual && (need.rebuilds || adds || moves) {
            more = more.and(Need::rebuild().while_writers_wait());
        }
        more
    }

    /// Whether a virtual column gets another place among the columns that stay.
    fn virtual_moves(&self, s: &Scene<'_>, table: RelationId, actions: &[AlterAction]) -> bool {
        let Some(relation) = s.catalog.get(table) else { return false };
        let renamed = |name: &str| {
            actions
                .iter()
                .find_map(|a| match a {
                    AlterAction::Modify { old, column } if old.eq_ignore_ascii_case(name) => Some(column.name.as_str()),
                    AlterAction::RenameColumn { from, to } if from.eq_ignore_ascii_case(name) => Some(to.as_str()),
                    _ => None,
                })
                .unwrap_or(name)
                .to_ascii_lowercase()
        };
        let now: Vec<String> = relation.columns.iter().map(|c| c.name.to_ascii_lowercase()).collect();
        let mut place = 0;
        for (name, is_virtual) in &self.columns {
            let Some(at) = now.iter().position(|n| *n == renamed(name)) else { continue };
            if *is_virtual && at != place {
                return true;
            }
            place += 1;
        }
        false
    }
}
