//! One relation and what hangs on it.

use std::collections::BTreeSet;

use crate::model::alter::PartitionBound;
use crate::model::expression::Expression;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{MysqlIndexKind, ObjectKind, PartitionKey};
use crate::model::table::{ConstraintKind, DataType, Generated, IndexPart};

/// Identifies a relation for as long as it lives, through renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub(crate) u32);

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table, which holds no rows itself.
    Partitioned,
    /// A foreign table.
    Foreign,
    /// An index.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// A composite type.
    Composite,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether it is NOT NULL and known to hold for all rows.
    pub not_null: bool,
    /// Its default.
    pub default: Option<Expression>,
    /// Its generation expression.
    pub generated: Option<(Expression, Generated)>,
    /// An identity column or AUTO_INCREMENT.
    pub identity: bool,
    /// MySQL: the comment.
    pub comment: Option<String>,
    /// MySQL: ON UPDATE.
    pub on_update: Option<Expression>,
    /// MySQL: INVISIBLE.
    pub invisible: bool,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldConstraint {
    /// Its name.
    pub name: String,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Whether it is known to hold for all rows.
    pub valid: bool,
    /// Whether it is enforced.
    pub enforced: bool,
    /// The index behind a primary key, unique or exclusion constraint.
    pub index: Option<RelationId>,
    /// The table a foreign key points to.
    pub target: Option<RelationId>,
    /// Made for this partition because its parent has it.
    pub inherited: bool,
}

impl HeldConstraint {
    /// Whether it names the column among its own table's columns.
    pub fn uses_column(&self, column: &str) -> bool {
        match &self.kind {
            ConstraintKind::PrimaryKey { columns, .. }
            | ConstraintKind::Unique { columns, .. }
            | ConstraintKind::ForeignKey { columns, .. } => columns.iter().any(|c| c == column),
            ConstraintKind::Exclude { parts } => parts.iter().any(|p| p.mentions(column)),
            ConstraintKind::Check { expression, .. } => expression.mentions(column),
            ConstraintKind::NotNull { column: own, .. } => own == column,
        }
    }

    /// Whether it is a foreign key.
    pub fn is_foreign_key(&self) -> bool {
        matches!(self.kind, ConstraintKind::ForeignKey { .. })
    }
}

/// What an index is over.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexShape {
    /// Its table.
    pub table: RelationId,
    /// UNIQUE.
    pub unique: bool,
    /// PRIMARY KEY.
    pub primary: bool,
    /// The access method.
    pub method: String,
    /// Its key.
    pub parts: Vec<IndexPart>,
    /// INCLUDE.
    pub include: Vec<String>,
    /// WHERE.
    pub predicate: Option<Expression>,
    /// MySQL's kind.
    pub kind: MysqlIndexKind,
    /// MySQL: a part is a prefix of a column.
    pub prefixed: bool,
    /// CLUSTER ON was said.
    pub clustered: bool,
    /// The index of the partitioned table it belongs to.
    pub parent: Option<RelationId>,
    /// The indexes of partitions that belong to it.
    pub children: Vec<RelationId>,
}

impl IndexShape {
    /// Whether the index depends on the column.
    pub fn mentions(&self, column: &str) -> bool {
        self.parts.iter().any(|p| p.mentions(column))
            || self.include.iter().any(|c| c == column)
            || self.predicate.as_ref().is_some_and(|p| p.mentions(column))
    }

    /// Whether the index has expressions or a WHERE.
    pub fn computed(&self) -> bool {
        self.predicate.is_some() || self.parts.iter().any(|p| matches!(p, IndexPart::Expression(_)))
    }
}

/// A relation.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Its identity.
    pub id: RelationId,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// It was there before the migration.
    pub existed: bool,
    /// Only its own session sees it.
    pub temporary: bool,
    /// UNLOGGED.
    pub unlogged: bool,
    /// Nothing is known of it but its name.
    pub assumed: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its constraints.
    pub constraints: Vec<HeldConstraint>,
    /// Its indexes.
    pub indexes: Vec<RelationId>,
    /// Sequences that belong to its columns.
    pub sequences: Vec<RelationId>,
    /// What it inherits from, or is a partition of.
    pub parents: Vec<RelationId>,
    /// What inherits from it, or is a partition of it.
    pub children: Vec<RelationId>,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// Its bound as a partition.
    pub bound: Option<PartitionBound>,
    /// How it divides its rows.
    pub partition_key: Option<PartitionKey>,
    /// Tables whose foreign keys point here.
    pub referenced_by: Vec<RelationId>,
    /// What a view reads.
    pub reads: Vec<RelationId>,
    /// The views that read it.
    pub read_by: Vec<RelationId>,
    /// The query of a view.
    pub query: Option<Query>,
    /// The shape of an index.
    pub index: Option<IndexShape>,
    /// Its triggers, rules, policies and statistics, by kind and name.
    pub(crate) attached: Vec<(ObjectKind, String)>,
    /// Columns that policies name.
    pub(crate) guarded_columns: BTreeSet<String>,
    /// The transaction of the catalog in which it was made.
    pub(crate) born: u64,
    /// The table and column a sequence belongs to.
    pub owner: Option<(RelationId, String)>,
    /// MySQL: table options, names in lower case.
    pub options: Vec<(String, String)>,
    /// PostgreSQL: its tablespace, `pg_default` unless said.
    pub tablespace: String,
}

impl Relation {
    pub(crate) fn new(id: RelationId, schema: String, name: String, kind: RelationKind, existed: bool) -> Self {
        Self {
            id,
            schema,
            name,
            kind,
            existed,
            temporary: false,
            unlogged: false,
            assumed: false,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            sequences: Vec::new(),
            parents: Vec::new(),
            children: Vec::new(),
            is_partition: false,
            bound: None,
            partition_key: None,
            referenced_by: Vec::new(),
            reads: Vec::new(),
            read_by: Vec::new(),
            query: None,
            index: None,
            attached: Vec::new(),
            owner: None,
            guarded_columns: BTreeSet::new(),
            born: 0,
            options: Vec::new(),
            tablespace: "pg_default".to_owned(),
        }
    }

    /// How it is shown: bare in schema `public`, otherwise with its schema.
    pub fn label(&self) -> String {
        if self.schema == "public" || self.schema.is_empty() {
            self.name.clone()
        } else {
            format!("{}.{}", self.schema, self.name)
        }
    }

    /// Its full name.
    pub fn qualified(&self) -> Name {
        Name::qualified(self.schema.clone(), self.name.clone())
    }

    /// Whether rows can be read from it: tables of every kind and materialized views, but not views.
    pub fn is_table(&self) -> bool {
        matches!(
            self.kind,
            RelationKind::Table | RelationKind::Partitioned | RelationKind::Foreign | RelationKind::MaterializedView
        )
    }

    /// Whether it has a file of rows.
    pub fn has_rows(&self) -> bool {
        matches!(self.kind, RelationKind::Table | RelationKind::MaterializedView)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    pub(crate) fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|c| c.name == name)
    }

    /// The constraint of that name.
    pub fn constraint(&self, name: &str) -> Option<&HeldConstraint> {
        self.constraints.iter().find(|c| c.name == name)
    }

    /// The value of a MySQL table option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
