//! Private servers for live tests: on a socket in a directory of their own, as a user that is not root, gone with the test.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // each test uses a part

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    directory: tempfile::TempDir,
    stop: Option<Command>,
}

impl Server {
    /// The directory that holds its socket.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut stop) = self.stop.take() {
            let _ = stop.output();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `scripts/servers` found. A server that it names and a test does not find is a failure; another one is skipped.
fn demanded(name: &str) -> bool {
    std::env::var("GONOGO_SERVERS").is_ok_and(|names| names.split_whitespace().any(|n| n == name))
}

fn missing<T>(name: &str, package: &str) -> Option<T> {
    assert!(!demanded(name), "GONOGO_SERVERS names {name}, and it is not installed");
    eprintln!("SKIPPED: no {name} is installed (Debian's package {package}); scripts/servers {name} installs it");
    None
}

fn program(names: &[&str], more: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = more.to_vec();
    places.extend(std::env::split_paths(&path));
    places.push(PathBuf::from("/usr/sbin"));
    places.iter().flat_map(|place| names.iter().map(move |name| place.join(name))).find(|path| path.is_file())
}

/// The user that servers run as: this one, or one that may do nothing where this one is root.
fn plain_user(prefer: &str) -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let out = Command::new("id").args(arguments).output().ok().filter(|out| out.status.success())?;
        String::from_utf8_lossy(&out.stdout).trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    match (id(&["-u", prefer]), id(&["-g", prefer])) {
        (Some(user), Some(group)) => Some((user, group)),
        _ => Some((65534, 65534)),
    }
}

fn command(program: &Path, user: Option<(u32, u32)>, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

fn home(user: Option<(u32, u32)>) -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("gonogo-").tempdir_in("/tmp").unwrap();
    if let Some((user, group)) = user {
        std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
    }
    directory
}

/// Waits until `ready` says so, for a minute at most.
fn wait_until(what: &str, child: &mut Child, log: &Path, ready: &dyn Fn() -> bool) {
    let began = Instant::now();
    while !ready() {
        let log = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(child.try_wait().unwrap().is_none(), "{what} ended early: {}", log());
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not come up: {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// PostgreSQL's programs: those named by `GONOGO_POSTGRES_BIN`, else Debian's newest, else those on the path.
fn postgres_programs() -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("GONOGO_POSTGRES_BIN") {
        return Some(PathBuf::from(chosen));
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().or_else(|| program(&["initdb"], &[]).and_then(|path| path.parent().map(Path::to_path_buf)))
}

/// A private PostgreSQL, or `None` where there is none to start.
pub(crate) fn postgres(settings: &[&str]) -> Option<Server> {
    let Some(bin) = postgres_programs() else { return missing("postgres", "postgresql") };
    let user = plain_user("postgres");
    let directory = home(user);
    let data = directory.path().join("data");
    let made = command(&bin.join("initdb"), user, directory.path())
        .args(["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let log = directory.path().join("log");
    let mut run = command(&bin.join("postgres"), user, directory.path());
    run.arg("-D").arg(&data).arg("-k").arg(directory.path());
    let fixed = [
        "listen_addresses=",
        "fsync=off",
        "autovacuum=off",
        "wal_level=logical",
        "timezone=UTC",
        "max_connections=100",
    ];
    for setting in fixed.iter().chain(settings) {
        run.arg("-c").arg(setting);
    }
    let out = std::fs::File::create(&log).unwrap();
    let mut child = run.stdout(Stdio::null()).stderr(out).spawn().unwrap();
    let socket = directory.path().join(".s.PGSQL.5432");
    wait_until("PostgreSQL", &mut child, &log, &|| {
        socket.exists() && std::fs::read_to_string(&log).is_ok_and(|text| text.contains("ready to accept connections"))
    });
    let mut stop = command(&bin.join("pg_ctl"), user, directory.path());
    stop.args(["stop", "-m", "immediate", "-D"]).arg(&data);
    Some(Server { child, directory, stop: Some(stop) })
}

/// The address of a database of a private PostgreSQL.
pub(crate) fn postgres_url(server: &Server, database: &str) -> String {
    format!("host={} user=postgres dbname={database}", server.directory().display())
}

/// A private MariaDB, or `None` where there is none to start.
pub(crate) fn mariadb(settings: &[&str]) -> Option<Server> {
    let install = program(&["mariadb-install-db", "mysql_install_db"], &[]);
    let (Some(server), Some(install)) = (program(&["mariadbd"], &[]), install) else {
        return missing("mariadb", "mariadb-server-core");
    };
    let user = plain_user("mysql");
    let directory = home(user);
    let data = directory.path().join("data");
    let made = command(&install, user, directory.path())
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", data.display()))
        .output()
        .unwrap();
    assert!(made.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr));
    let log = directory.path().join("log");
    let socket = directory.path().join("s");
    let mut run = command(&server, user, directory.path());
    run.arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket.display()))
        .args([
            "--skip-networking",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--sync-frm=0",
            "--innodb-buffer-pool-size=256M",
            "--skip-log-bin",
        ])
        .args(settings);
    let out = std::fs::File::create(&log).unwrap();
    let mut child = run.stdout(Stdio::null()).stderr(out).spawn().unwrap();
    wait_until("MariaDB", &mut child, &log, &|| {
        socket.exists() && std::fs::read_to_string(&log).is_ok_and(|text| text.contains("ready for connections"))
    });
    Some(Server { child, directory, stop: None })
}

/// The address of a database of a private MariaDB.
pub(crate) fn mariadb_url(server: &Server, database: &str) -> String {
    format!("mysql://root@localhost/{database}?socket={}", server.directory().join("s").display())
}
