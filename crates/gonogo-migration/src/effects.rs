//! What a statement does: whom it locks, what it reads from end to end, what it writes anew, and what it takes away.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A table-level lock of PostgreSQL, weakest first, spelled as `pg_locks` does.
///
/// Source: "Explicit Locking", table 13.2 of the PostgreSQL manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LockMode {
    /// SELECT.
    #[serde(rename = "AccessShareLock")]
    AccessShare,
    /// SELECT FOR UPDATE.
    #[serde(rename = "RowShareLock")]
    RowShare,
    /// INSERT, UPDATE, DELETE.
    #[serde(rename = "RowExclusiveLock")]
    RowExclusive,
    /// VACUUM, VALIDATE CONSTRAINT.
    #[serde(rename = "ShareUpdateExclusiveLock")]
    ShareUpdateExclusive,
    /// CREATE INDEX.
    #[serde(rename = "ShareLock")]
    Share,
    /// ADD FOREIGN KEY, CREATE TRIGGER.
    #[serde(rename = "ShareRowExclusiveLock")]
    ShareRowExclusive,
    /// REFRESH CONCURRENTLY.
    #[serde(rename = "ExclusiveLock")]
    Exclusive,
    /// Most of ALTER TABLE.
    #[serde(rename = "AccessExclusiveLock")]
    AccessExclusive,
}

impl LockMode {
    /// Whether a plain SELECT has to wait.
    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }

    /// Whether INSERT, UPDATE and DELETE have to wait.
    pub fn blocks_writes(self) -> bool {
        matches!(self, Self::Share | Self::ShareRowExclusive | Self::Exclusive | Self::AccessExclusive)
    }

    /// The name that `pg_locks` shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// The mode that `pg_locks` shows by that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::AccessShare,
            Self::RowShare,
            Self::RowExclusive,
            Self::ShareUpdateExclusive,
            Self::Share,
            Self::ShareRowExclusive,
            Self::Exclusive,
            Self::AccessExclusive,
        ];
        all.into_iter().find(|mode| mode.as_str() == name)
    }

    /// The mode that `LOCK TABLE .. IN x MODE` names, in upper case.
    pub fn from_sql(text: &str) -> Option<Self> {
        Some(match text {
            "ACCESS SHARE" => Self::AccessShare,
            "ROW SHARE" => Self::RowShare,
            "ROW EXCLUSIVE" => Self::RowExclusive,
            "SHARE UPDATE EXCLUSIVE" => Self::ShareUpdateExclusive,
            "SHARE" => Self::Share,
            "SHARE ROW EXCLUSIVE" => Self::ShareRowExclusive,
            "EXCLUSIVE" => Self::Exclusive,
            "ACCESS EXCLUSIVE" => Self::AccessExclusive,
            _ => return None,
        })
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How MySQL or MariaDB carries out an ALTER TABLE, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// Only the data dictionary changes.
    Instant,
    /// The storage engine works on the table itself, or rebuilds it. MariaDB's NOCOPY is counted here.
    Inplace,
    /// The server copies the table row by row; writers wait.
    Copy,
}

impl Algorithm {
    /// The word of the ALGORITHM clause.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instant => "INSTANT",
            Self::Inplace => "INPLACE",
            Self::Copy => "COPY",
        }
    }
}

/// The kinds of work that grow with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WorkKind {
    /// The table is written into a new file.
    Rewrite,
    /// The table's files are copied byte by byte.
    FileCopy,
    /// The table is read from end to end.
    Scan,
    /// An index is built.
    IndexBuild,
    /// Each row is looked up in another table.
    ForeignKeyCheck,
    /// Rows are changed.
    RowChange,
}

/// Why work is done; each has the rule that speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// A column's type changes and its bytes with it.
    ColumnType,
    /// A column is added whose values differ from row to row.
    ColumnDefault,
    /// A stored generated column is added or changed.
    GeneratedColumn,
    /// A column's domain has conditions.
    ConstrainedDomain,
    /// NOT NULL has to be verified.
    NotNull,
    /// A CHECK has to be verified.
    Check,
    /// A FOREIGN KEY has to be verified.
    ForeignKey,
    /// An index or a key is built.
    Index,
    /// An index is built again because its column changes.
    IndexRebuild,
    /// REINDEX.
    Reindex,
    /// The bound of a partition has to be verified.
    PartitionBound,
    /// Rows of the default partition have to be verified.
    DefaultPartition,
    /// VACUUM FULL, CLUSTER, OPTIMIZE TABLE, ENGINE = ..
    Rebuild,
    /// LOGGED, UNLOGGED, access method.
    Storage,
    /// Another tablespace.
    Tablespace,
    /// REFRESH MATERIALIZED VIEW.
    Refresh,
    /// The condition of a domain has to be verified in all tables that use it.
    Domain,
    /// A query reads the table.
    Query,
    /// Rows are inserted, updated or deleted.
    Rows,
    /// A character set or collation changes.
    Charset,
    /// Partitions are made, merged or split.
    Partitioning,
}

/// A piece of work on one relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Work {
    /// The table worked on.
    pub relation: String,
    /// What is done.
    pub kind: WorkKind,
    /// Why.
    pub cause: Cause,
    /// The index that is built, or the other table of a foreign key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The types of the columns that are indexed or compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Whether the index that is built is unique.
    #[serde(skip)]
    pub unique: bool,
    /// Whether the table was there before the migration.
    #[serde(skip)]
    pub existed: bool,
}

/// Something that code written for the old schema, or for the new one, may trip over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// A table (or view) goes away.
    DropTable {
        /// Which.
        table: String,
    },
    /// A table (or view) gets another name or schema.
    RenameTable {
        /// Its name so far.
        table: String,
        /// Its new name.
        to: String,
    },
    /// A column goes away.
    DropColumn {
        /// Its table.
        table: String,
        /// Which.
        column: String,
    },
    /// A column gets another name.
    RenameColumn {
        /// Its table.
        table: String,
        /// Its name so far.
        column: String,
        /// Its new name.
        to: String,
    },
    /// A column takes fewer values than before, or values of another kind.
    ChangeType {
        /// Its table.
        table: String,
        /// Which.
        column: String,
        /// Its type so far, when known.
        from: Option<String>,
        /// Its new type.
        to: String,
        /// Whether values that were fine may be refused or change.
        narrows: bool,
    },
    /// A column that was optional must have a value now.
    RequireColumn {
        /// Its table.
        table: String,
        /// Which.
        column: String,
        /// Whether the column is new.
        added: bool,
    },
    /// A column loses its default.
    DropDefault {
        /// Its table.
        table: String,
        /// Which.
        column: String,
        /// Whether the column must have a value.
        required: bool,
    },
    /// A table loses all its rows.
    Truncate {
        /// Which.
        table: String,
    },
    /// A partition leaves its table.
    Detach {
        /// The partitioned table.
        table: String,
        /// The partition.
        partition: String,
    },
    /// All rows of a table are changed in one statement.
    WholeTable {
        /// Which.
        table: String,
    },
    /// A new condition that code of the old version may break.
    AddConstraint {
        /// The table.
        table: String,
        /// `check`, `unique`, `foreign key`, ..
        kind: String,
    },
}

/// Something running code may rely on that a statement takes away, changes or narrows, and no other rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MayBreak {
    /// What is touched.
    pub object: String,
    /// What running code may trip over.
    pub why: String,
    /// Whether it only narrows what may be written, or changes what was there, instead of taking it away.
    pub narrows: bool,
}

/// What one statement does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// The strongest lock per relation that was there before the migration. PostgreSQL only.
    pub locks: BTreeMap<String, LockMode>,
    /// Tables whose readers wait, because of this statement or of locks that its transaction already holds.
    pub blocks_reads: BTreeSet<String>,
    /// Tables whose writers wait, likewise.
    pub blocks_writes: BTreeSet<String>,
    /// Tables written into a new file.
    pub rewrites: BTreeSet<String>,
    /// Tables read from end to end.
    pub scans: BTreeSet<String>,
    /// Indexes built or rebuilt.
    pub indexes_built: BTreeSet<String>,
    /// MySQL and MariaDB: how ALTER TABLE is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// The work that grows with tables.
    pub work: Vec<Work>,
    /// What code may trip over.
    pub changes: Vec<Change>,
    /// What else code in production may trip over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_break: Vec<MayBreak>,
    /// Tables made by this statement.
    pub creates: BTreeSet<String>,
    /// What could not be settled, and why.
    pub unknown: Vec<String>,
    /// The error that the server will answer with, as far as can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// Whether the server refuses the statement in a transaction block.
    #[serde(skip)]
    pub refuses_transaction: bool,
    /// MySQL: an exclusive lock of a moment only, or one that lasts as long as the statement.
    #[serde(skip)]
    pub(crate) lasting: bool,
}

impl Effects {
    /// The work on tables that were there before the migration.
    pub fn work_on_existing(&self) -> impl Iterator<Item = &Work> {
        self.work.iter().filter(|w| w.existed)
    }

    /// Whether anybody waits.
    pub fn blocks(&self) -> bool {
        !self.blocks_reads.is_empty() || !self.blocks_writes.is_empty()
    }

    /// Whether work that grows with a table that was there before is done while readers or writers of some table wait.
    pub fn grows_while_blocking(&self) -> bool {
        self.blocks() && self.work_on_existing().any(|w| w.kind != WorkKind::RowChange)
    }
}
