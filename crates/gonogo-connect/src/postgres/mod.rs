//! A live PostgreSQL: its schema, its sizes, timed statements, and what a statement really locks.

mod observe;
mod schema;
mod session;

use std::time::{Duration, Instant};

use gonogo_migration::duration::{TableSize, TableStats};
use gonogo_migration::server::{Run, SCRATCH_MARK};
use gonogo_migration::{Dialect, MigrationServer, Observed, ServerError, ServerVersion};

use self::observe::Relations;
use self::session::{Session, Sessions, number};

/// A connection to one database of a PostgreSQL server, 12 or later, without TLS: over a socket, on a trusted network or through a tunnel.
///
/// It blocks; inside an asynchronous runtime, use it on a thread of its own. Every call ends within the limit of time.
pub struct PostgresServer {
    sessions: Sessions,
    main: Session,
    version: ServerVersion,
    migration: Option<Session>,
    /// The relations that were there when the migration began.
    before: Relations,
    /// Whether the migration has opened a transaction.
    open: bool,
}

impl PostgresServer {
    /// Connects to `postgres://user:password@host:5432/database` (or `host=/socket/directory dbname=..`). No call takes longer than `limit`.
    ///
    /// # Errors
    /// When the address cannot be used, or the server is not there, refuses, or does not answer in time.
    pub fn connect(url: &str, limit: Duration) -> Result<Self, ServerError> {
        let sessions = Sessions::new(url, limit)?;
        let main = sessions.open()?;
        let rows = sessions.ask(&main, "show server_version")?;
        let text = rows.first().and_then(|row| row.first()).cloned().flatten().unwrap_or_default();
        let version = ServerVersion::parse(&text).ok_or_else(|| ServerError::Connect {
            server: sessions.place.clone(),
            why: format!("it calls itself version {text:?}, which is no version of PostgreSQL"),
        })?;
        if version.major < 12 {
            return Err(ServerError::Connect {
                server: sessions.place.clone(),
                why: format!("PostgreSQL {version} is older than 12, the first that is modelled"),
            });
        }
        Ok(Self { sessions, main, version, migration: None, before: Relations::default(), open: false })
    }

    fn session(&mut self) -> Result<Session, ServerError> {
        match self.migration.take() {
            Some(session) => Ok(session),
            None => self.sessions.open(),
        }
    }
}

impl std::fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}), database {}", self.sessions.place, self.version, self.sessions.database)
    }
}

impl MigrationServer for PostgresServer {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn version(&self) -> ServerVersion {
        self.version
    }

    fn timezone(&mut self) -> Result<Option<String>, ServerError> {
        let rows = self.sessions.ask(&self.main, "show timezone")?;
        Ok(rows.first().and_then(|row| row.first()).cloned().flatten())
    }

    fn schema(&mut self) -> Result<String, ServerError> {
        // one snapshot for all parts, and every name with its schema
        self.sessions.ask(
            &self.main,
            "begin isolation level repeatable read read only; set local search_path = pg_catalog; set local quote_all_identifiers = off",
        )?;
        let mut text = String::new();
        for part in schema::parts(self.version.major) {
            if part.since > self.version.major {
                continue;
            }
            for row in self.sessions.ask(&self.main, &part.query)? {
                if let Some(Some(statement)) = row.into_iter().next() {
                    text.push_str(&statement);
                    text.push_str(";\n");
                }
            }
        }
        self.sessions.ask(&self.main, "rollback")?;
        Ok(text)
    }

    fn sizes(&mut self) -> Result<TableStats, ServerError> {
        let label =
            |schema: &str, name: &str| if schema == "public" { name.to_owned() } else { format!("{schema}.{name}") };
        let mut sizes: std::collections::BTreeMap<String, TableSize> = std::collections::BTreeMap::new();
        for row in self.sessions.ask(&self.main, schema::TABLES)? {
            let [Some(schema), Some(name), Some(rows), bytes, aside] = row.as_slice() else { continue };
            let Ok(rows) = rows.parse::<f64>() else { continue };
            let size = TableSize {
                rows,
                bytes: number(Some(bytes)).unwrap_or(0.0),
                toast_bytes: number(Some(aside)).unwrap_or(0.0),
                ..TableSize::default()
            };
            sizes.insert(label(schema, name), size);
        }
        for row in self.sessions.ask(&self.main, schema::INDEXES)? {
            let [Some(schema), Some(table), Some(index), bytes] = row.as_slice() else { continue };
            if let Some(size) = sizes.get_mut(&label(schema, table)) {
                size.indexes.insert(index.clone(), number(Some(bytes)).unwrap_or(0.0));
            }
        }
        let mut stats = TableStats::default();
        for (table, size) in sizes {
            stats.insert(table, size);
        }
        Ok(stats)
    }

    fn demand_scratch(&mut self) -> Result<(), ServerError> {
        let mark = format!(
            "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = '{SCRATCH_MARK}' and n.nspname !~ '^pg_'"
        );
        let count = |rows: Vec<session::Row>| number::<usize>(rows.first().and_then(|row| row.first())).unwrap_or(0);
        let database = format!("database {} of {}", self.sessions.database, self.sessions.place);
        if count(self.sessions.ask(&self.main, &mark)?) == 0 {
            return Err(ServerError::NotScratch { database });
        }
        let mine: Vec<String> =
            std::iter::once(&self.main).chain(&self.migration).map(|session| session.pid.to_string()).collect();
        let others = count(self.sessions.ask(
            &self.main,
            &format!(
                "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid not in ({})",
                mine.join(", ")
            ),
        )?);
        if others > 0 { Err(ServerError::InUse { database, others }) } else { Ok(()) }
    }

    fn run(&mut self, sql: &str) -> Result<(), ServerError> {
        self.sessions.ask(&self.main, sql).map(|_| ())
    }

    fn time(&mut self, sql: &str, _undo: Option<&str>) -> Result<f64, ServerError> {
        self.sessions.ask(&self.main, "begin")?;
        let began = Instant::now();
        let answer = self.sessions.ask(&self.main, sql);
        let seconds = began.elapsed().as_secs_f64();
        self.sessions.ask(&self.main, "rollback")?;
        answer.map(|_| seconds)
    }

    fn begin_migration(&mut self) -> Result<(), ServerError> {
        self.migration = None;
        self.open = false;
        self.before = observe::relations(&self.sessions, &self.main)?;
        Ok(())
    }

    fn observe(&mut self, sql: &str, run: Run) -> Result<Observed, ServerError> {
        let session = self.session()?;
        let seen = match run {
            Run::Plain => observe::plain(&self.sessions, &session, sql),
            Run::Inside => observe::inside(&self.sessions, &self.main, &session, sql, &self.before, self.open),
            Run::Alone => observe::alone(&self.sessions, &self.main, &session, sql, &self.before, self.version.major),
        };
        if run == Run::Plain {
            let word = sql.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
            match word.trim_end_matches(';') {
                "begin" | "start" => self.open = true,
                "commit" | "end" | "rollback" | "abort" if !sql.to_ascii_lowercase().contains(" to ") => {
                    self.open = false
                }
                _ => {}
            }
        }
        match seen {
            Ok(observed) => {
                self.migration = Some(session);
                Ok(observed)
            }
            // the session is given up with its transaction, and the error is what was observed
            Err(ServerError::Statement { why, .. }) => Ok(Observed { fails: Some(why), ..Observed::default() }),
            Err(error) => Err(error),
        }
    }
}
