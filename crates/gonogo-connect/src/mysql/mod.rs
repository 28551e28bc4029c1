//! A live MySQL or MariaDB: its schema, its sizes, timed statements, and how it really carries out an ALTER TABLE.

mod observe;

use std::time::{Duration, Instant};

use gonogo_migration::duration::{TableSize, TableStats};
use gonogo_migration::server::{Run, SCRATCH_MARK};
use gonogo_migration::{Dialect, MigrationServer, Observed, ServerError, ServerVersion};
use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder, Value};

/// A connection to one database of a MySQL 8 or 9, or MariaDB 10.6 or later, without TLS: over a socket, on a trusted network or through a
/// tunnel.
///
/// It blocks; every call ends within the limit of time.
pub struct MysqlServer {
    link: Link,
    dialect: Dialect,
    version: ServerVersion,
}

/// The connection and what messages call it.
pub(super) struct Link {
    connection: Conn,
    place: String,
    database: String,
    limit: Duration,
}

/// One row as text.
type Row = Vec<Option<String>>;

impl Link {
    /// Runs one statement and gives its rows, and how many rows it says to have touched.
    pub(super) fn ask(&mut self, sql: &str) -> Result<(Vec<Row>, u64), ServerError> {
        let began = Instant::now();
        let answer = ask(&mut self.connection, sql);
        answer.map_err(|error| self.refused(sql, began, &error))
    }

    fn refused(&self, sql: &str, began: Instant, error: &mysql::Error) -> ServerError {
        let server = self.place.clone();
        let what = shown(sql);
        match error {
            mysql::Error::MySqlError(told) => {
                ServerError::Statement { server, what, why: format!("{} ({})", told.message, told.code) }
            }
            _ if began.elapsed() >= self.limit => {
                ServerError::TimedOut { server, what, seconds: self.limit.as_secs_f64() }
            }
            other => ServerError::Dropped { server, what, why: other.to_string() },
        }
    }

    fn column(&mut self, sql: &str) -> Result<Vec<String>, ServerError> {
        Ok(self.ask(sql)?.0.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }
}

fn ask(connection: &mut Conn, sql: &str) -> Result<(Vec<Row>, u64), mysql::Error> {
    let mut result = connection.query_iter(sql)?;
    let mut rows = Vec::new();
    let mut touched = 0;
    while let Some(set) = result.iter() {
        touched = touched.max(set.affected_rows());
        for row in set {
            rows.push(row?.unwrap().into_iter().map(text).collect());
        }
    }
    Ok((rows, touched))
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Int(n) => Some(n.to_string()),
        Value::UInt(n) => Some(n.to_string()),
        Value::Float(n) => Some(n.to_string()),
        Value::Double(n) => Some(n.to_string()),
        other => Some(other.as_sql(true)),
    }
}

fn shown(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 100 { line.chars().take(99).chain(['…']).collect() } else { line }
}

/// A name in backquotes.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

impl MysqlServer {
    /// Connects to `mysql://user:password@host:3306/database`; `?socket=/path` goes over a socket. No call takes longer than `limit`.
    ///
    /// # Errors
    /// When the address cannot be used, or the server is not there, refuses, or does not answer in time.
    pub fn connect(url: &str, limit: Duration) -> Result<Self, ServerError> {
        let (url, socket) = match url.split_once('?') {
            Some((front, query)) => {
                let socket = query.split('&').find_map(|pair| pair.strip_prefix("socket=")).map(str::to_owned);
                let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("socket=")).collect();
                (if rest.is_empty() { front.to_owned() } else { format!("{front}?{}", rest.join("&")) }, socket)
            }
            None => (url.to_owned(), None),
        };
        let url = url.replacen("mariadb://", "mysql://", 1);
        let address = |why: String| ServerError::Address { url: without_password(&url), why };
        let options = Opts::from_url(&url).map_err(|error| address(error.to_string()))?;
        let Some(database) = options.get_db_name().map(str::to_owned) else {
            return Err(address("it names no database; write mysql://user@host:3306/database".to_owned()));
        };
        let place = match &socket {
            Some(path) => format!("server at {path}"),
            None => format!("server at {}:{}", options.get_ip_or_hostname(), options.get_tcp_port()),
        };
        let builder = OptsBuilder::from_opts(options)
            .prefer_socket(false)
            .socket(socket)
            .tcp_connect_timeout(Some(limit))
            .read_timeout(Some(limit))
            .write_timeout(Some(limit));
        let connection = Conn::new(builder)
            .map_err(|error| ServerError::Connect { server: format!("{place}/{database}"), why: error.to_string() })?;
        let mut link = Link { connection, place, database, limit };
        let version_text = link.column("select version()")?.into_iter().next().unwrap_or_default();
        let dialect =
            if version_text.to_ascii_lowercase().contains("mariadb") { Dialect::Mariadb } else { Dialect::Mysql };
        // behind a replication prefix MariaDB says 5.5.5-10.11.6-MariaDB
        let plain = version_text.strip_prefix("5.5.5-").unwrap_or(&version_text);
        let version = ServerVersion::parse(plain).ok_or_else(|| ServerError::Connect {
            server: link.place.clone(),
            why: format!("it calls itself version {version_text:?}, which is none of MySQL or MariaDB"),
        })?;
        link.place = format!("{} {}", if dialect == Dialect::Mariadb { "MariaDB" } else { "MySQL" }, link.place);
        // what SHOW CREATE says must not depend on the session
        link.ask("set session sql_quote_show_create = 1")?;
        Ok(Self { link, dialect, version })
    }
}

impl std::fmt::Debug for MysqlServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}), database {}", self.link.place, self.version, self.link.database)
    }
}

impl MigrationServer for MysqlServer {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn version(&self) -> ServerVersion {
        self.version
    }

    fn timezone(&mut self) -> Result<Option<String>, ServerError> {
        Ok(None)
    }

    fn schema(&mut self) -> Result<String, ServerError> {
        let mut text = String::from("set foreign_key_checks = 0;\n");
        let kinds = [
            (
                "select table_name from information_schema.tables where table_schema = database() and table_type in ('BASE TABLE', 'SEQUENCE', 'SYSTEM VERSIONED') order by table_name",
                "show create table",
                1,
            ),
            (
                "select table_name from information_schema.tables where table_schema = database() and table_type = 'VIEW' order by table_name",
                "show create view",
                1,
            ),
            (
                "select trigger_name from information_schema.triggers where trigger_schema = database() order by action_order, trigger_name",
                "show create trigger",
                2,
            ),
        ];
        for (names, show, at) in kinds {
            for name in self.link.column(names)? {
                let (rows, _) = self.link.ask(&format!("{show} {}", quoted(&name)))?;
                if let Some(Some(statement)) = rows.into_iter().next().and_then(|row| row.into_iter().nth(at)) {
                    let body = show == "show create trigger";
                    text.push_str(if body { "delimiter $$\n" } else { "" });
                    text.push_str(&statement);
                    text.push_str(if body { "$$\ndelimiter ;\n" } else { ";\n" });
                }
            }
        }
        text.push_str("set foreign_key_checks = 1;\n");
        Ok(text)
    }

    fn sizes(&mut self) -> Result<TableStats, ServerError> {
        let (rows, _) = self.link.ask(
            "select table_name, table_rows, data_length from information_schema.tables where table_schema = database() and table_rows is not null",
        )?;
        let number = |cell: &Option<String>| cell.as_deref().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        let mut sizes = std::collections::BTreeMap::new();
        for row in rows {
            if let [Some(table), rows, bytes] = row.as_slice() {
                sizes.insert(
                    table.clone(),
                    TableSize { rows: number(rows), bytes: number(bytes), ..TableSize::default() },
                );
            }
        }
        // not everybody may read these, and the sizes of indexes are the least of what a forecast needs
        let indexes = "select table_name, index_name, stat_value * @@innodb_page_size from mysql.innodb_index_stats \
                       where database_name = database() and stat_name = 'size' and index_name <> 'PRIMARY'";
        match self.link.ask(indexes) {
            Ok((rows, _)) => {
                for row in rows {
                    if let [Some(table), Some(index), bytes] = row.as_slice()
                        && let Some(size) = sizes.get_mut(table)
                    {
                        size.indexes.insert(index.clone(), number(bytes));
                    }
                }
            }
            Err(ServerError::Statement { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut stats = TableStats::default();
        for (table, size) in sizes {
            stats.insert(table, size);
        }
        Ok(stats)
    }

    fn demand_scratch(&mut self) -> Result<(), ServerError> {
        let database = format!("database {} of {}", self.link.database, self.link.place);
        let mark = format!(
            "select table_name from information_schema.tables where table_schema = database() and table_name = '{SCRATCH_MARK}'"
        );
        if self.link.column(&mark)?.is_empty() {
            return Err(ServerError::NotScratch { database });
        }
        let others = self.link.column(
            "select count(*) from information_schema.processlist where db = database() and id <> connection_id()",
        )?;
        match others.first().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0) {
            0 => Ok(()),
            others => Err(ServerError::InUse { database, others }),
        }
    }

    fn run(&mut self, sql: &str) -> Result<(), ServerError> {
        for statement in gonogo_migration::statements(sql, self.dialect) {
            self.link.ask(statement)?;
        }
        Ok(())
    }

    fn time(&mut self, sql: &str, undo: Option<&str>) -> Result<f64, ServerError> {
        let began = Instant::now();
        self.link.ask(sql)?;
        let seconds = began.elapsed().as_secs_f64();
        if let Some(undo) = undo {
            self.link.ask(undo)?;
        }
        Ok(seconds)
    }

    fn begin_migration(&mut self) -> Result<(), ServerError> {
        Ok(())
    }

    fn observe(&mut self, sql: &str, run: Run) -> Result<Observed, ServerError> {
        match observe::observe(&mut self.link, self.dialect, sql, run) {
            Err(ServerError::Statement { why, .. }) => Ok(Observed { fails: Some(why), ..Observed::default() }),
            other => other,
        }
    }
}

fn without_password(url: &str) -> String {
    let hidden = url.split_once("://").and_then(|(scheme, rest)| {
        let (who, place) = rest.rsplit_once('@')?;
        let (user, _) = who.split_once(':')?;
        Some(format!("{scheme}://{user}:…@{place}"))
    });
    hidden.unwrap_or_else(|| url.to_owned())
}
