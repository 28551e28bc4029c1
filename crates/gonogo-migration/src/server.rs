//! What a live server is asked: its schema, the sizes of its tables, and what a statement really did.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::dialect::{Dialect, ServerVersion};
use crate::duration::TableStats;
use crate::effects::{Algorithm, LockMode};

/// The table that marks a database as one that anything may be done to.
pub const SCRATCH_MARK: &str = "gonogo_scratch";

/// Why a server did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be used.
    #[error("`{url}` is no address of a database: {why}")]
    Address {
        /// The address, without its password.
        url: String,
        /// Why.
        why: String,
    },
    /// Nobody answered, or the server refused.
    #[error(
        "no connection to {server}: {why}; see that the server runs there, accepts this user and database, and speaks without TLS"
    )]
    Connect {
        /// Which.
        server: String,
        /// Why.
        why: String,
    },
    /// No answer within the limit.
    #[error(
        "{server} did not answer within {seconds} s ({what}); look for sessions that hold it up, or give it longer with --limit"
    )]
    TimedOut {
        /// Which.
        server: String,
        /// What it was asked.
        what: String,
        /// The limit.
        seconds: f64,
    },
    /// The connection broke in the middle.
    #[error(
        "{server} dropped the connection ({what}): {why}; what was done up to there is lost or rolled back, run it again"
    )]
    Dropped {
        /// Which.
        server: String,
        /// What it was asked.
        what: String,
        /// Why.
        why: String,
    },
    /// The server answered with an error.
    #[error("{server} refused `{what}`: {why}")]
    Statement {
        /// Which.
        server: String,
        /// What it was asked.
        what: String,
        /// Its message.
        why: String,
    },
    /// The database does not say that it is there to be broken.
    #[error(
        "{database} is not marked as a scratch database: this runs statements that lock and rewrite tables, so mark a database that nobody uses with `create table {SCRATCH_MARK} ()`, or `create table {SCRATCH_MARK} (id int)` on MySQL and MariaDB"
    )]
    NotScratch {
        /// Which.
        database: String,
    },
    /// Somebody else is using the database.
    #[error(
        "{database} is marked as scratch, yet {others} other sessions are connected to it: stop them, or use a database of your own"
    )]
    InUse {
        /// Which.
        database: String,
        /// How many sessions.
        others: usize,
    },
}

/// What one statement did on a live server, by the names that relations had before it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Observed {
    /// The strongest lock on each relation that was there before the migration. PostgreSQL only.
    pub locks: BTreeMap<String, LockMode>,
    /// The locks are those that were seen in passing: the statement commits on its way, and may have held more.
    pub in_passing: bool,
    /// Tables that a second session could not read meanwhile.
    pub blocks_reads: BTreeSet<String>,
    /// Tables that a second session could not write meanwhile.
    pub blocks_writes: BTreeSet<String>,
    /// Tables that have a new file.
    pub rewrites: BTreeSet<String>,
    /// Tables that were read from end to end. PostgreSQL only.
    pub scans: BTreeSet<String>,
    /// MySQL and MariaDB: the cheapest algorithm that the server took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// The server's error; nothing else is known then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// How a statement is run while it is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// In the transaction that is open, or in one of its own that is committed afterwards.
    Inside,
    /// Alone, because the server refuses it in a transaction.
    Alone,
    /// As it stands and unobserved: it begins or ends a transaction, or sets something.
    Plain,
}

/// A connection to one database of a live server. Every call ends within a limit of time.
pub trait MigrationServer {
    /// Which server it is.
    fn dialect(&self) -> Dialect;

    /// Its version.
    fn version(&self) -> ServerVersion;

    /// The TimeZone that its sessions begin with, where that matters.
    ///
    /// # Errors
    /// When the server does not answer.
    fn timezone(&mut self) -> Result<Option<String>, ServerError>;

    /// SQL that makes the schema as it stands.
    ///
    /// # Errors
    /// When the server does not answer.
    fn schema(&mut self) -> Result<String, ServerError>;

    /// The sizes of its tables, as its catalog tells them.
    ///
    /// # Errors
    /// When the server does not answer.
    fn sizes(&mut self) -> Result<TableStats, ServerError>;

    /// Makes sure that anything may be done to the database.
    ///
    /// # Errors
    /// When the database is not marked (`SCRATCH_MARK`), somebody else is connected, or the server does not answer.
    fn demand_scratch(&mut self) -> Result<(), ServerError>;

    /// Runs statements, separated by semicolons, and forgets what they answer.
    ///
    /// # Errors
    /// When one fails.
    fn run(&mut self, sql: &str) -> Result<(), ServerError>;

    /// Runs one statement and undoes it, and says how many seconds it took. PostgreSQL rolls back; others run `undo`.
    ///
    /// # Errors
    /// When it fails.
    fn time(&mut self, sql: &str, undo: Option<&str>) -> Result<f64, ServerError>;

    /// Says that a migration begins: relations that are there now are those that others use, and the session of the migration is new.
    ///
    /// # Errors
    /// When the server does not answer.
    fn begin_migration(&mut self) -> Result<(), ServerError>;

    /// Runs a statement of the migration in front of a second session.
    ///
    /// # Errors
    /// When the server does not answer; an error of the statement itself is [`Observed::fails`].
    fn observe(&mut self, sql: &str, run: Run) -> Result<Observed, ServerError>;
}
