//! Any program as a check.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use async_trait::async_trait;

use crate::check::{BoxError, Check, CheckContext};
use crate::outcome::Outcome;
use crate::thread::blocking;

/// The most a program may write to its standard output, bytes, unless told otherwise: 1 MiB.
pub const DEFAULT_OUTPUT_LIMIT: usize = 1 << 20;

/// How much of what a program writes to its standard error is kept, bytes, for the report.
const STDERR_KEPT: usize = 4096;

/// Begins a check that runs `program`.
///
/// The program gets the [`Deploy`](crate::Deploy) as JSON on its standard input and answers one [`Outcome`] as JSON on its
/// standard output; the environment names the check in `GONOGO_CHECK` and the time left in `GONOGO_TIME_LEFT_MILLISECONDS`. Anything
/// else is an error and so NoGo: an exit status other than 0, output that is no outcome or goes on after it, too much output,
/// and a program that is not there. When its time is over the program is killed, on Unix with all it started.
///
/// ```
/// use gonogo_core::command_check;
/// let check = command_check("team/licences", "ruby").args(["checks/licences.rb"]);
/// # let _ = check;
/// ```
/// where the program may print
/// ```json
/// {"outcome": "examined", "findings": [{"rule": "team/licence", "subject": "left-pad", "severity": "stop",
///  "message": "left-pad is under a licence we may not ship"}], "facts": {"list": [{"name": "packages", "count": 212}]}}
/// ```
pub fn command_check(id: impl Into<String>, program: impl Into<OsString>) -> CommandCheck {
    CommandCheck {
        id: id.into(),
        program: program.into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: None,
        output_limit: DEFAULT_OUTPUT_LIMIT,
    }
}

/// A check that runs a program; made by [`command_check`].
#[derive(Debug, Clone)]
pub struct CommandCheck {
    id: String,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    output_limit: usize,
}

impl CommandCheck {
    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds a variable to the program's environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the directory the program runs in.
    #[must_use]
    pub fn current_dir(self, directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()), ..self }
    }

    /// Sets the most bytes the program may write to its standard output.
    #[must_use]
    pub fn output_limit(self, bytes: usize) -> Self {
        Self { output_limit: bytes, ..self }
    }

    fn command(&self, time_left: Option<Duration>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("GONOGO_CHECK", &self.id);
        if let Some(left) = time_left {
            command.env("GONOGO_TIME_LEFT_MILLISECONDS", left.as_millis().to_string());
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// Why a program gave no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// It could not be started.
    #[error("`{program}` cannot be started: {source}")]
    NotStarted {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its output could not be read.
    #[error("the output of `{program}` cannot be read: {source}")]
    Unreadable {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with a status other than 0.
    #[error("`{program}` ended with {status}{}", said(stderr))]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to standard error.
        stderr: String,
    },
    /// It wrote more than it may.
    #[error("`{program}` wrote more than {limit} bytes; an outcome is expected, and nothing else")]
    TooMuchOutput {
        /// The program.
        program: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// What it wrote is no outcome.
    #[error("what `{program}` wrote is no outcome: {source}{}", said(stderr))]
    NoOutcome {
        /// The program.
        program: String,
        /// What is wrong with it, and where.
        source: serde_json::Error,
        /// The end of what it wrote to standard error.
        stderr: String,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it said: {stderr}") }
}

#[async_trait]
impl Check for CommandCheck {
    fn id(&self) -> &str {
        &self.id
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let program = self.program.to_string_lossy().into_owned();
        let input = serde_json::to_vec(&**cx.deploy())?;
        let child = self
            .command(cx.remaining())
            .spawn()
            .map_err(|source| CommandError::NotStarted { program: program.clone(), source })?;
        let limit = self.output_limit;
        let leash = Leash::new(child);
        let held = Arc::clone(&leash.0);
        // Dropping this future (its time was over) drops the leash, which kills the program; the thread then ends by itself.
        blocking(&self.id, move || Ok(converse(&held, &program, input, limit)?)).await?
    }
}

/// A running program that does not outlive its check.
struct Leash(Arc<Mutex<Program>>);

struct Program {
    child: Child,
    /// Its status was collected: its number may be another's by now.
    collected: bool,
}

impl Leash {
    fn new(child: Child) -> Self {
        Self(Arc::new(Mutex::new(Program { child, collected: false })))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        lock(&self.0).kill();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Program {
    /// Kills the program and, on Unix, all it started: also what still runs when the program itself has ended.
    fn kill(&mut self) {
        if self.collected {
            return;
        }
        // As long as its status is not collected the program's number, and with it the group's, is its own.
        #[cfg(unix)]
        kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.collected = true;
    }

    fn try_wait(&mut self) -> std::io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        self.collected |= status.is_some();
        Ok(status)
    }
}

/// Kills a process group, which has the number of the program that leads it (`process_group(0)`).
///
/// POSIX has `kill` both as a builtin of `sh` and as a program, and small images may lack either one.
#[cfg(unix)]
fn kill_group(number: u32) {
    let quietly = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    let group = format!("-{number}");
    let _ = quietly(Command::new("/bin/sh").args(["-c", "kill -s KILL -- \"$0\"", &group]))
        || quietly(Command::new("kill").args(["-s", "KILL", "--", &group]));
}

/// How long a program that has ended may still be heard on standard error: something it started may hold it open.
const LAST_WORDS: Duration = Duration::from_millis(200);

fn converse(held: &Mutex<Program>, program: &str, input: Vec<u8>, limit: usize) -> Result<Outcome, CommandError> {
    let unreadable = |source| CommandError::Unreadable { program: program.to_owned(), source };
    let (stdin, stdout, stderr) = {
        let mut held = lock(held);
        (held.child.stdin.take(), held.child.stdout.take(), held.child.stderr.take())
    };
    let said = Arc::new(Mutex::new(Vec::new()));
    let (ear, (listening, heard)) = (Arc::clone(&said), mpsc::channel::<()>());
    // Neither thread is waited for: what the program started may keep their pipes open for ever.
    std::thread::Builder::new()
        .spawn(move || {
            // A program that does not read its input may still answer: a broken pipe is no error.
            stdin.map(|mut stdin| stdin.write_all(&input))
        })
        .map_err(unreadable)?;
    std::thread::Builder::new()
        .spawn(move || {
            if let Some(stderr) = stderr {
                keep_tail(stderr, &ear);
            }
            drop(listening);
        })
        .map_err(unreadable)?;

    let mut output = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take((limit as u64).saturating_add(1)).read_to_end(&mut output).map_err(unreadable)?;
    }
    if output.len() > limit {
        lock(held).kill();
        return Err(CommandError::TooMuchOutput { program: program.to_owned(), limit });
    }
    let status = wait(held).map_err(unreadable)?;
    let _ = heard.recv_timeout(LAST_WORDS);
    let stderr = one_line(&lock(&said));
    if !status.success() {
        return Err(CommandError::Failed { program: program.to_owned(), status, stderr });
    }
    serde_json::from_slice(&output).map_err(|source| CommandError::NoOutcome {
        program: program.to_owned(),
        source,
        stderr,
    })
}

/// Waits for a program whose output has ended, without keeping others from killing it.
fn wait(held: &Mutex<Program>) -> std::io::Result<ExitStatus> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = lock(held).try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Reads to the end and keeps the last bytes.
fn keep_tail(mut from: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut kept = lock(kept);
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let excess = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..excess);
    }
}

fn one_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}
