//! Servers that refuse, hang, talk nonsense or hang up: a clear error each time, and never a wait beyond the limit.
#![cfg(all(unix, feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod servers;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use gonogo_connect::{MysqlServer, PostgresServer};
use gonogo_migration::{MigrationServer, ServerError};

const LIMIT: Duration = Duration::from_secs(1);

/// A server that does `with` to every connection.
fn server(with: impl Fn(std::net::TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            with(stream);
        }
    });
    port
}

fn errors(port: u16) -> [ServerError; 2] {
    let began = Instant::now();
    let postgres =
        PostgresServer::connect(&format!("postgres://me:secret@127.0.0.1:{port}/shop"), LIMIT).err().unwrap();
    let mysql = MysqlServer::connect(&format!("mysql://me:secret@127.0.0.1:{port}/shop"), LIMIT).err().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "the limit of time did not hold");
    for error in [&postgres, &mysql] {
        let text = error.to_string();
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("127.0.0.1"), "{text}");
    }
    [postgres, mysql]
}

#[test]
fn a_server_that_is_not_there_is_named_with_what_to_look_at() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for error in errors(port) {
        assert!(matches!(error, ServerError::Connect { .. }), "{error}");
        assert!(error.to_string().contains("see that the server runs there"), "{error}");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let port = server(std::mem::forget);
    let [postgres, mysql] = errors(port);
    assert!(matches!(postgres, ServerError::TimedOut { .. }), "{postgres}");
    assert!(matches!(mysql, ServerError::Connect { .. } | ServerError::TimedOut { .. }), "{mysql}");
}

#[test]
fn a_server_that_hangs_up_or_talks_nonsense_is_an_error() {
    for nonsense in [
        &b""[..],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        &[0xff; 64],
        &[b'R', 0xff, 0xff, 0xff, 0xff],
        &[b'E', 0, 0, 0, 0],
    ] {
        let bytes = nonsense.to_vec();
        let port = server(move |mut stream| {
            let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(&bytes);
        });
        for error in errors(port) {
            assert!(
                matches!(
                    error,
                    ServerError::Connect { .. } | ServerError::Dropped { .. } | ServerError::TimedOut { .. }
                ),
                "{error}"
            );
        }
    }
}

#[test]
fn addresses_that_cannot_be_used_are_refused_before_anything_is_asked() {
    for url in ["", "postgres://", "not an address", "postgres://u@h:99999/x", "postgres://u@h/x?sslmode=require"] {
        assert!(matches!(PostgresServer::connect(url, LIMIT), Err(ServerError::Address { .. })), "{url}");
    }
    for url in ["", "mysql://", "mysql://u@h", "http://h/x", "mysql://u@h:99999/x"] {
        assert!(matches!(MysqlServer::connect(url, LIMIT), Err(ServerError::Address { .. })), "{url}");
    }
}

#[test]
fn only_a_marked_database_that_nobody_uses_is_scratch() {
    let Some(server) = servers::postgres(&[]) else { return };
    let url = servers::postgres_url(&server, "postgres");
    let mut live = PostgresServer::connect(&url, Duration::from_secs(20)).unwrap();
    assert!(matches!(live.demand_scratch(), Err(ServerError::NotScratch { .. })));
    assert!(matches!(
        gonogo_migration::trace::trace(&mut live, "drop table if exists t"),
        Err(ServerError::NotScratch { .. })
    ));
    live.run("create table gonogo_scratch ()").unwrap();
    live.demand_scratch().unwrap();
    let other = PostgresServer::connect(&url, Duration::from_secs(20)).unwrap();
    assert!(matches!(live.demand_scratch(), Err(ServerError::InUse { others: 1, .. })));
    drop(other);
}

#[test]
fn a_server_that_dies_in_the_middle_is_an_error() {
    let Some(mut server) = servers::postgres(&[]) else { return };
    let mut live =
        PostgresServer::connect(&servers::postgres_url(&server, "postgres"), Duration::from_secs(20)).unwrap();
    let slow = live.run("set statement_timeout = '50ms'; select pg_sleep(20)");
    assert!(matches!(slow, Err(ServerError::Statement { .. })));
    server.kill();
    let began = Instant::now();
    let gone = loop {
        match live.schema() {
            Err(error @ (ServerError::Dropped { .. } | ServerError::Statement { .. })) => break error,
            Err(error) => panic!("{error}"),
            // the process that serves us lives a moment longer than the one that was killed
            Ok(_) => assert!(began.elapsed() < Duration::from_secs(30)),
        }
    };
    assert!(!gone.to_string().is_empty());
}
