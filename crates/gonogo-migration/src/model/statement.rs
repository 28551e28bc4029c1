//! Statements.

use super::alter::{AlterAction, PartitionBound};
use super::expression::Expression;
use super::name::Name;
use super::query::Query;
use super::table::{ColumnDefinition, Constraint, DataType, IndexPart};

/// The kinds of object that DROP, ALTER and COMMENT name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A table, or anything said to be one.
    Table,
    /// An index.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// A foreign table.
    ForeignTable,
    /// A schema, or MySQL's database.
    Schema,
    /// A type.
    Type,
    /// A domain.
    Domain,
    /// A function, procedure, aggregate or routine.
    Function,
    /// A trigger.
    Trigger,
    /// A rule.
    Rule,
    /// A row security policy.
    Policy,
    /// Extended statistics.
    Statistics,
    /// A publication.
    Publication,
    /// An extension.
    Extension,
    /// A column (COMMENT).
    Column,
    /// A constraint (COMMENT).
    Constraint,
    /// Anything else that holds no table.
    Other,
}

/// How long a table lives and who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// A normal table.
    Permanent,
    /// Not written to the log.
    Unlogged,
    /// Seen by its own session only.
    Temporary,
}

/// How a partitioned table divides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKey {
    /// `range`, `list` or `hash`.
    pub strategy: String,
    /// What the rows are divided by.
    pub parts: Vec<IndexPart>,
}

/// CREATE TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    /// The table.
    pub name: Name,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// TEMPORARY or UNLOGGED.
    pub persistence: Persistence,
    /// Whether it is a foreign table.
    pub foreign: bool,
    /// Its columns.
    pub columns: Vec<ColumnDefinition>,
    /// Its constraints.
    pub constraints: Vec<Constraint>,
    /// Tables it is made LIKE, and whether with their indexes.
    pub like: Vec<(Name, bool)>,
    /// INHERITS.
    pub inherits: Vec<Name>,
    /// PARTITION OF, and the bound.
    pub partition_of: Option<(Name, PartitionBound)>,
    /// PARTITION BY.
    pub partition_by: Option<PartitionKey>,
    /// MySQL: indexes among the columns.
    pub indexes: Vec<MysqlIndex>,
    /// MySQL: table options, names in lower case.
    pub options: Vec<(String, String)>,
    /// CREATE TABLE AS: the query, and whether its rows are copied.
    pub query: Option<(Query, bool)>,
}

/// MySQL: an index of CREATE TABLE or ALTER TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MysqlIndex {
    /// Its name.
    pub name: Option<String>,
    /// `plain`, `unique`, `primary`, `fulltext` or `spatial`.
    pub kind: MysqlIndexKind,
    /// Its parts.
    pub parts: Vec<IndexPart>,
    /// Whether one of its parts is a prefix of a column.
    pub prefixed: bool,
}

/// MySQL's kinds of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MysqlIndexKind {
    /// KEY.
    Plain,
    /// UNIQUE.
    Unique,
    /// PRIMARY KEY.
    Primary,
    /// FULLTEXT.
    Fulltext,
    /// SPATIAL.
    Spatial,
}

/// CREATE INDEX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// Its name; PostgreSQL makes one up when there is none.
    pub name: Option<String>,
    /// The table.
    pub table: Name,
    /// ON ONLY.
    pub only: bool,
    /// CONCURRENTLY.
    pub concurrently: bool,
    /// UNIQUE.
    pub unique: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The access method, `btree` unless said otherwise.
    pub method: String,
    /// What is indexed.
    pub parts: Vec<IndexPart>,
    /// INCLUDE.
    pub include: Vec<String>,
    /// WHERE.
    pub predicate: Option<Expression>,
    /// MySQL: FULLTEXT or SPATIAL.
    pub kind: MysqlIndexKind,
    /// MySQL: ALGORITHM and LOCK clauses.
    pub clauses: Vec<AlterAction>,
}

/// ALTER of something that is a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterTable {
    /// What it is said to be.
    pub kind: ObjectKind,
    /// Its name.
    pub name: Name,
    /// ONLY.
    pub only: bool,
    /// IF EXISTS.
    pub if_exists: bool,
    /// What to do, in order.
    pub actions: Vec<AlterAction>,
}

/// DROP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Which.
    pub names: Vec<Name>,
    /// IF EXISTS.
    pub if_exists: bool,
    /// CASCADE.
    pub cascade: bool,
    /// CONCURRENTLY.
    pub concurrently: bool,
    /// The table of a trigger, rule or policy, or of MySQL's DROP INDEX.
    pub on: Option<Name>,
    /// MySQL: ALGORITHM and LOCK clauses.
    pub clauses: Vec<AlterAction>,
}

/// What REINDEX rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReindexTarget {
    /// One index.
    Index,
    /// All of a table.
    Table,
    /// All of a schema.
    Schema,
    /// All of the database.
    Database,
}

/// A verb that changes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DmlVerb {
    /// INSERT (MySQL: also REPLACE).
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// MERGE.
    Merge,
    /// COPY .. FROM, LOAD DATA.
    Copy,
}

/// INSERT, UPDATE, DELETE, MERGE or COPY FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dml {
    /// The verb.
    pub verb: DmlVerb,
    /// The table that is changed.
    pub table: Name,
    /// Everything else it reads.
    pub query: Query,
    /// The columns that UPDATE sets or INSERT names.
    pub columns: Vec<String>,
    /// INSERT .. ON CONFLICT.
    pub on_conflict: bool,
    /// INSERT .. VALUES: no rows of a table are read.
    pub values: bool,
    /// It has a WHERE.
    pub filtered: bool,
}

/// What a function promises about its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// The same arguments give the same result, forever.
    Immutable,
    /// .. within one statement.
    Stable,
    /// Anything may happen.
    Volatile,
}

/// What ALTER DOMAIN asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainAction {
    /// ADD CHECK (true when NOT VALID was said), or ADD NOT NULL.
    AddCheck {
        /// Its name.
        name: Option<String>,
        /// NOT VALID.
        not_valid: bool,
    },
    /// VALIDATE CONSTRAINT.
    Validate(String),
    /// SET NOT NULL.
    SetNotNull,
    /// DROP CONSTRAINT.
    DropConstraint(String),
    /// DROP NOT NULL.
    DropNotNull,
    /// RENAME TO.
    RenameTo(String),
    /// SET SCHEMA.
    SetSchema(String),
    /// Defaults, owner and the like.
    Other,
}

/// What ALTER TYPE asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeAction {
    /// ADD VALUE.
    AddValue,
    /// RENAME VALUE.
    RenameValue,
    /// ADD, DROP or ALTER ATTRIBUTE of a composite type.
    Attribute {
        /// ALTER ATTRIBUTE: its type changes.
        retypes: bool,
    },
    /// RENAME TO.
    RenameTo(String),
    /// SET SCHEMA.
    SetSchema(String),
    /// Owner and the like.
    Other,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statement {
    /// CREATE TABLE, with or without a query.
    CreateTable(Box<CreateTable>),
    /// ALTER TABLE, INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE or FOREIGN TABLE.
    Alter(Box<AlterTable>),
    /// ALTER TABLE (INDEX, MATERIALIZED VIEW) ALL IN TABLESPACE.
    AlterAllInTablespace,
    /// CREATE INDEX.
    CreateIndex(Box<CreateIndex>),
    /// DROP.
    Drop(Drop),
    /// DROP OWNED, REASSIGN OWNED: everything a role has.
    Owned {
        /// Whether it drops.
        drops: bool,
    },
    /// REINDEX.
    Reindex {
        /// What.
        target: ReindexTarget,
        /// Its name.
        name: Option<Name>,
        /// CONCURRENTLY.
        concurrently: bool,
    },
    /// CLUSTER, of one table or all.
    Cluster {
        /// The table.
        table: Option<Name>,
        /// The index.
        index: Option<String>,
    },
    /// VACUUM, ANALYZE, or MySQL's OPTIMIZE, ANALYZE, CHECK and REPAIR TABLE.
    Maintenance {
        /// VACUUM FULL, OPTIMIZE TABLE.
        rewrites: bool,
        /// ANALYZE is part of it.
        analyzes: bool,
        /// VACUUM is part of it.
        vacuums: bool,
        /// The tables; none means all.
        tables: Vec<Name>,
    },
    /// TRUNCATE.
    Truncate {
        /// The tables, each with whether ONLY was said.
        tables: Vec<(Name, bool)>,
        /// CASCADE.
        cascade: bool,
        /// RESTART IDENTITY.
        restart_identity: bool,
    },
    /// LOCK TABLE.
    LockTables {
        /// The tables, each with its mode in upper case and whether ONLY was said.
        tables: Vec<(Name, String, bool)>,
    },
    /// CREATE VIEW.
    CreateView {
        /// Its name.
        name: Name,
        /// OR REPLACE.
        replace: bool,
        /// TEMPORARY.
        temporary: bool,
        /// What it selects.
        query: Query,
    },
    /// CREATE MATERIALIZED VIEW.
    CreateMaterializedView {
        /// Its name.
        name: Name,
        /// IF NOT EXISTS.
        if_not_exists: bool,
        /// What it selects.
        query: Query,
        /// Whether it is filled.
        with_data: bool,
    },
    /// REFRESH MATERIALIZED VIEW.
    Refresh {
        /// Its name.
        name: Name,
        /// CONCURRENTLY.
        concurrently: bool,
        /// Whether it is filled.
        with_data: bool,
    },
    /// CREATE TRIGGER.
    CreateTrigger {
        /// Its name.
        name: String,
        /// Its table.
        table: Name,
        /// The table a constraint trigger names after FROM.
        from: Option<Name>,
        /// The function it calls.
        function: Option<Name>,
        /// OR REPLACE.
        replace: bool,
    },
    /// CREATE RULE.
    CreateRule {
        /// Its name.
        name: String,
        /// Its table or view.
        table: Name,
    },
    /// CREATE or ALTER POLICY.
    Policy {
        /// Its name.
        name: String,
        /// Its table.
        table: Name,
        /// The tables its expressions read.
        reads: Vec<Name>,
        /// The names in its expressions.
        names: std::collections::BTreeSet<String>,
    },
    /// ALTER TRIGGER or ALTER RULE .. RENAME.
    AlterOnTable {
        /// What is altered.
        kind: ObjectKind,
        /// Its table.
        table: Name,
    },
    /// CREATE SEQUENCE.
    CreateSequence {
        /// Its name.
        name: Name,
        /// OWNED BY.
        owned_by: Option<(Name, String)>,
        /// TEMPORARY.
        temporary: bool,
    },
    /// CREATE TYPE; labels of an ENUM are kept.
    CreateType {
        /// Its name.
        name: Name,
        /// Whether it is composite.
        composite: bool,
    },
    /// CREATE DOMAIN.
    CreateDomain {
        /// Its name.
        name: Name,
        /// What it is made of.
        base: DataType,
        /// Whether it has a CHECK or NOT NULL.
        constrained: bool,
        /// Whether it is NOT NULL.
        not_null: bool,
        /// Its default.
        default: Option<Expression>,
    },
    /// ALTER DOMAIN.
    AlterDomain {
        /// Its name.
        name: Name,
        /// What to do.
        action: DomainAction,
    },
    /// ALTER TYPE.
    AlterType {
        /// Its name.
        name: Name,
        /// What to do.
        action: TypeAction,
    },
    /// CREATE FUNCTION or PROCEDURE.
    CreateFunction {
        /// Its name.
        name: Name,
        /// What it promises.
        volatility: Volatility,
        /// Its language.
        language: String,
        /// Its body, when it is a literal.
        body: Option<String>,
    },
    /// CREATE SCHEMA, or MySQL's CREATE DATABASE.
    CreateSchema(String),
    /// CREATE STATISTICS.
    CreateStatistics {
        /// Its name.
        name: Option<Name>,
        /// Its table.
        table: Name,
    },
    /// CREATE or ALTER PUBLICATION.
    Publication {
        /// Its name.
        name: String,
        /// The tables that are added, set or dropped.
        tables: Vec<Name>,
        /// Whether it publishes all tables or whole schemas.
        wide: bool,
        /// Whether tables are only dropped from it.
        drops: bool,
        /// Whether these are all of its tables from now on.
        sets: bool,
    },
    /// COMMENT ON, SECURITY LABEL ON.
    Comment {
        /// What kind of thing.
        kind: ObjectKind,
        /// Which; for a column, constraint, trigger, rule or policy its table.
        name: Name,
    },
    /// GRANT or REVOKE on tables or sequences.
    Grant {
        /// The relations.
        relations: Vec<Name>,
        /// All tables of these schemas.
        schemas: Vec<String>,
    },
    /// INSERT, UPDATE, DELETE, MERGE, COPY FROM.
    Dml(Box<Dml>),
    /// SELECT, VALUES, TABLE, COPY TO, EXPLAIN ANALYZE.
    Select(Box<Query>),
    /// COPY of a table to a file or the client.
    CopyTo(Name),
    /// SET or RESET of a parameter of the session; `None` resets it.
    Set {
        /// The parameter in lower case.
        name: String,
        /// Its value, without quotes.
        value: Option<String>,
        /// SET LOCAL.
        local: bool,
    },
    /// BEGIN, START TRANSACTION.
    Begin,
    /// COMMIT, END.
    Commit,
    /// ROLLBACK, ABORT.
    Rollback,
    /// SAVEPOINT.
    Savepoint(String),
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo(String),
    /// RELEASE SAVEPOINT.
    Release(String),
    /// DO: a block of PL/pgSQL.
    Do {
        /// Its language.
        language: String,
        /// Its body.
        body: String,
    },
    /// CALL of a procedure.
    Call(Name),
    /// MySQL: RENAME TABLE a TO b, ..
    RenameTables(Vec<(Name, Name)>),
    /// MySQL: USE database.
    Use(String),
    /// A statement that holds up no table of the user's, by its first words.
    Inert(String),
    /// A statement that this crate does not know, or that could not be read.
    Unknown {
        /// Why, and what to do.
        why: String,
    },
}
