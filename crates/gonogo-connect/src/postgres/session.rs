//! Sessions on one PostgreSQL server, each call of which ends within a limit of time.

use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use gonogo_migration::ServerError;
use tokio::runtime::Runtime;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// One row as text.
pub(super) type Row = Vec<Option<String>>;

/// Opens sessions and waits for them.
pub(super) struct Sessions {
    runtime: Runtime,
    config: Config,
    /// The server as messages name it: without a password.
    pub(super) place: String,
    pub(super) database: String,
    /// How long one call may take.
    pub(super) limit: Duration,
}

/// One session.
pub(super) struct Session {
    client: Client,
    /// The process that serves it.
    pub(super) pid: i64,
}

impl Sessions {
    pub(super) fn new(url: &str, limit: Duration) -> Result<Self, ServerError> {
        let address = |why: String| ServerError::Address { url: without_password(url), why };
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(address("it would block an asynchronous runtime; ask from a thread of its own".to_owned()));
        }
        let mut config = Config::from_str(url).map_err(|error| address(error.to_string()))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(address(
                "TLS is not spoken here; reach the server through a tunnel or a socket, and say sslmode=disable"
                    .to_owned(),
            ));
        }
        config.ssl_mode(SslMode::Disable).connect_timeout(limit).application_name("gonogo");
        let host = config.get_hosts().first().map_or_else(
            || "no host".to_owned(),
            |host| match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            },
        );
        if config.get_hosts().is_empty() {
            return Err(address("it names no host; write postgres://user@host:5432/database".to_owned()));
        }
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let user = config.get_user().unwrap_or("postgres").to_owned();
        let database = config.get_dbname().unwrap_or(&user).to_owned();
        config.user(&user);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| address(format!("no runtime: {error}")))?;
        Ok(Self { runtime, config, place: format!("PostgreSQL at {host}:{port}"), database, limit })
    }

    /// Waits for `work`, and for no longer than the limit.
    fn wait<T>(&self, what: &str, work: impl Future<Output = T>) -> Result<T, ServerError> {
        self.wait_for(what, self.limit, work)
    }

    fn wait_for<T>(&self, what: &str, limit: Duration, work: impl Future<Output = T>) -> Result<T, ServerError> {
        self.runtime.block_on(async { tokio::time::timeout(limit, work).await }).map_err(|_| ServerError::TimedOut {
            server: self.place.clone(),
            what: shown(what),
            seconds: limit.as_secs_f64(),
        })
    }

    /// A new session with an empty search path beyond the catalog, so that every name is shown with its schema.
    pub(super) fn open(&self) -> Result<Session, ServerError> {
        let connected = self.wait("connecting", self.config.connect(NoTls))?;
        let (client, connection) = connected.map_err(|error| ServerError::Connect {
            server: format!("{}/{}", self.place, self.database),
            why: in_full(&error),
        })?;
        self.runtime.spawn(async move {
            // an error here is an error of the query that was waiting, which tells it
            let _ = connection.await;
        });
        let mut session = Session { client, pid: 0 };
        let rows = self.ask(&session, "select pg_backend_pid()")?;
        session.pid = number(rows.first().and_then(|row| row.first())).unwrap_or(0);
        Ok(session)
    }

    /// Runs one message of SQL and gives the rows of all its statements.
    pub(super) fn ask(&self, session: &Session, sql: &str) -> Result<Vec<Row>, ServerError> {
        let answer = self.wait(sql, session.client.simple_query(sql));
        if answer.is_err() {
            self.cancel(session);
        }
        answer?.map(rows).map_err(|error| self.refused(sql, &error))
    }

    /// Asks the server to stop what the session does, and does not wait long for an answer.
    pub(super) fn cancel(&self, session: &Session) {
        let token = session.client.cancel_token();
        let _ = self.wait_for("cancelling", Duration::from_secs(2), token.cancel_query(NoTls));
    }

    /// Runs a statement while `watch` looks on: it is called again and again until the statement ends.
    pub(super) fn ask_watched(
        &self,
        session: &Session,
        sql: &str,
        watch: &mut dyn FnMut() -> Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let query = session.client.simple_query(sql);
        let mut query = Box::pin(query);
        let began = std::time::Instant::now();
        loop {
            // a moment in which the statement runs, then a look
            let moment = Duration::from_millis(4);
            let ended = self.runtime.block_on(async { tokio::time::timeout(moment, &mut query).await });
            if let Ok(answer) = ended {
                return answer.map(|_| ()).map_err(|error| self.refused(sql, &error));
            }
            watch()?;
            if began.elapsed() > self.limit {
                self.cancel(session);
                return Err(ServerError::TimedOut {
                    server: self.place.clone(),
                    what: shown(sql),
                    seconds: self.limit.as_secs_f64(),
                });
            }
        }
    }

    fn refused(&self, sql: &str, error: &tokio_postgres::Error) -> ServerError {
        let (server, what) = (self.place.clone(), shown(sql));
        match error.as_db_error() {
            // 57P01..57P03: the server goes down, and takes the connection with it
            Some(told) if !told.code().code().starts_with("57P") => {
                ServerError::Statement { server, what, why: told.message().to_owned() }
            }
            _ => ServerError::Dropped { server, what, why: in_full(error) },
        }
    }
}

/// Whether the server's error is that a lock could not be had in time.
pub(super) fn is_locked(error: &ServerError) -> bool {
    matches!(error, ServerError::Statement { why, .. } if why.contains("lock timeout"))
}

pub(super) fn number<T: FromStr>(cell: Option<&Option<String>>) -> Option<T> {
    cell.and_then(Option::as_deref).and_then(|text| text.parse().ok())
}

fn rows(messages: Vec<SimpleQueryMessage>) -> Vec<Row> {
    let mut out = Vec::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            out.push((0..row.len()).map(|at| row.try_get(at).ok().flatten().map(str::to_owned)).collect());
        }
    }
    out
}

fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The beginning of a statement, in one line.
fn shown(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 100 { line.chars().take(99).chain(['…']).collect() } else { line }
}

/// An address that may be shown.
pub(crate) fn without_password(url: &str) -> String {
    let hidden = url.split_once("://").and_then(|(scheme, rest)| {
        let (who, place) = rest.rsplit_once('@')?;
        let (user, _) = who.split_once(':')?;
        Some(format!("{scheme}://{user}:…@{place}"))
    });
    let text = hidden.unwrap_or_else(|| url.to_owned());
    match text.split_once("password=") {
        Some((before, after)) => {
            let end = after.find([' ', '&']).unwrap_or(after.len());
            format!("{before}password=…{}", after.get(end..).unwrap_or(""))
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_password("postgres://me:secret@db/x"), "postgres://me:…@db/x");
        assert_eq!(without_password("host=db password=secret user=me"), "host=db password=… user=me");
        assert_eq!(without_password("postgres://db/x?user=me&password=secret"), "postgres://db/x?user=me&password=…");
    }

    #[test]
    fn an_address_without_a_host_is_refused_before_anything_is_asked() {
        let error = Sessions::new("dbname=x", Duration::from_secs(1)).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("names no host"), "{error}");
        let error = Sessions::new("postgres://u@h/x?sslmode=require", Duration::from_secs(1)).err();
        assert!(error.is_some_and(|e| e.to_string().contains("TLS")));
    }
}
