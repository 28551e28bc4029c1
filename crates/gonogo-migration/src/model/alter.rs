//! What ALTER TABLE (and ALTER INDEX, VIEW, SEQUENCE, ..) asks for, one action at a time.

use super::expression::Expression;
use super::name::Name;
use super::statement::MysqlIndex;
use super::table::{ColumnDefinition, Constraint, DataType};

/// One storage parameter of `SET (..)` or `RESET (..)`, by name.
pub type StorageParameter = String;

/// Which triggers or rules an ENABLE or DISABLE means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// ALL or USER.
    All,
    /// One, by name.
    One(String),
}

/// The bound of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionBound {
    /// FOR VALUES FROM (..) TO (..): each side's values as written.
    Range {
        /// The lower bound, included.
        from: Vec<Expression>,
        /// The upper bound, not included.
        to: Vec<Expression>,
    },
    /// FOR VALUES IN (..).
    List(Vec<Expression>),
    /// FOR VALUES WITH (MODULUS, REMAINDER).
    Hash,
    /// DEFAULT.
    Default,
}

/// One action of an ALTER statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlterAction {
    /// ADD COLUMN.
    AddColumn {
        /// What to add.
        column: Box<ColumnDefinition>,
        /// IF NOT EXISTS.
        if_not_exists: bool,
    },
    /// DROP COLUMN.
    DropColumn {
        /// Which.
        name: String,
        /// IF EXISTS.
        if_exists: bool,
        /// CASCADE.
        cascade: bool,
    },
    /// ALTER COLUMN TYPE.
    AlterType {
        /// Which.
        name: String,
        /// The new type.
        data_type: DataType,
        /// USING.
        using: Option<Expression>,
    },
    /// ALTER COLUMN SET DEFAULT (`Some`) or DROP DEFAULT (`None`).
    SetDefault {
        /// Which.
        name: String,
        /// The new default.
        default: Option<Expression>,
    },
    /// ALTER COLUMN SET NOT NULL.
    SetNotNull(String),
    /// ALTER COLUMN DROP NOT NULL.
    DropNotNull(String),
    /// ALTER COLUMN SET EXPRESSION (PostgreSQL 17).
    SetExpression {
        /// Which.
        name: String,
        /// The new expression.
        expression: Expression,
    },
    /// ALTER COLUMN DROP EXPRESSION.
    DropExpression(String),
    /// ALTER COLUMN ADD, SET or DROP identity.
    Identity {
        /// Which.
        name: String,
        /// `Some(true)` adds, `Some(false)` drops, `None` changes.
        adds: Option<bool>,
    },
    /// ALTER COLUMN SET STATISTICS, or `SET (n_distinct = ..)`: what the planner knows, no more.
    ColumnStatistics(String),
    /// ALTER COLUMN SET STORAGE or SET COMPRESSION.
    ColumnStorage(String),
    /// ADD CONSTRAINT.
    AddConstraint(Box<Constraint>),
    /// VALIDATE CONSTRAINT.
    ValidateConstraint(String),
    /// DROP CONSTRAINT.
    DropConstraint {
        /// Which.
        name: String,
        /// IF EXISTS.
        if_exists: bool,
        /// CASCADE.
        cascade: bool,
    },
    /// ALTER CONSTRAINT.
    AlterConstraint {
        /// Which.
        name: String,
        /// ENFORCED (`Some(true)`) or NOT ENFORCED (`Some(false)`).
        enforced: Option<bool>,
    },
    /// RENAME COLUMN.
    RenameColumn {
        /// Its name so far.
        from: String,
        /// Its new name.
        to: String,
    },
    /// RENAME CONSTRAINT.
    RenameConstraint {
        /// Its name so far.
        from: String,
        /// Its new name.
        to: String,
    },
    /// RENAME TO.
    RenameTo(Name),
    /// SET SCHEMA.
    SetSchema(String),
    /// OWNER TO.
    Owner,
    /// `SET (..)` or `RESET (..)`.
    SetParameters(Vec<StorageParameter>),
    /// SET TABLESPACE.
    SetTablespace(String),
    /// SET ACCESS METHOD.
    SetAccessMethod(String),
    /// SET LOGGED (`true`) or SET UNLOGGED.
    SetLogged(bool),
    /// CLUSTER ON an index, or SET WITHOUT CLUSTER.
    ClusterOn(Option<String>),
    /// INHERIT (`true`) or NO INHERIT.
    Inherit {
        /// The parent.
        parent: Name,
        /// Whether it is added.
        adds: bool,
    },
    /// ATTACH PARTITION of a table.
    AttachPartition {
        /// The table that becomes a partition.
        partition: Name,
        /// Its bound; none when ALTER INDEX attaches an index.
        bound: Option<PartitionBound>,
    },
    /// DETACH PARTITION.
    DetachPartition {
        /// The partition.
        partition: Name,
        /// CONCURRENTLY.
        concurrently: bool,
        /// FINALIZE.
        finalize: bool,
    },
    /// ENABLE or DISABLE TRIGGER.
    Trigger {
        /// Which.
        which: Which,
        /// Whether it is enabled.
        enable: bool,
    },
    /// ENABLE or DISABLE RULE.
    Rule,
    /// ROW LEVEL SECURITY, FORCE or not.
    RowSecurity,
    /// REPLICA IDENTITY, by an index if one is named.
    ReplicaIdentity(Option<String>),
    /// OF a type, NOT OF.
    OfType,
    /// `DEPENDS ON EXTENSION` and other actions that only touch the catalogs.
    DependsOnExtension,
    /// ALTER SEQUENCE's own clauses; the table that OWNED BY names.
    SequenceOptions {
        /// OWNED BY table and column.
        owned_by: Option<(Name, String)>,
    },
    /// MySQL: MODIFY COLUMN (`old` is none) or CHANGE COLUMN.
    Modify {
        /// The name so far, when CHANGE gives another.
        old: String,
        /// The whole new definition.
        column: Box<ColumnDefinition>,
    },
    /// MySQL: ADD INDEX of any kind.
    AddIndex(Box<MysqlIndex>),
    /// MySQL: DROP INDEX.
    DropIndex(String),
    /// MySQL: DROP PRIMARY KEY.
    DropPrimaryKey,
    /// MySQL: DROP FOREIGN KEY.
    DropForeignKey(String),
    /// MySQL: RENAME INDEX.
    RenameIndex {
        /// Its name so far.
        from: String,
        /// Its new name.
        to: String,
    },
    /// MySQL: ALTER INDEX VISIBLE or INVISIBLE (MariaDB: IGNORED).
    IndexVisibility(String),
    /// MySQL: ALTER COLUMN SET VISIBLE or INVISIBLE.
    ColumnVisibility(String),
    /// MySQL: a table option, by name in lower case, and its value as written.
    Option {
        /// `engine`, `row_format`, `comment`, ..
        name: String,
        /// What follows.
        value: String,
    },
    /// MySQL: CONVERT TO CHARACTER SET.
    ConvertCharset {
        /// The character set.
        charset: String,
        /// COLLATE.
        collation: Option<String>,
    },
    /// MySQL: FORCE.
    Force,
    /// MySQL: ORDER BY.
    OrderBy,
    /// MySQL: ALGORITHM = ..
    Algorithm(String),
    /// MySQL: LOCK = ..
    Lock(String),
    /// MySQL: DISABLE or ENABLE KEYS.
    Keys,
    /// MySQL: DISCARD or IMPORT TABLESPACE.
    Tablespace,
    /// MySQL: WITH or WITHOUT VALIDATION, and other words that change nothing by themselves.
    Hint(String),
    /// MySQL: something done to partitions, by its verb (`add`, `drop`, `partition by`, ..).
    Partitions(String),
    /// MariaDB: ADD or DROP SYSTEM VERSIONING, ADD PERIOD.
    Versioning(String),
}
