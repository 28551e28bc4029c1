//! Any program as a check.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::check::{BoxError, Check, CheckContext};
use crate::outcome::Outcome;
use crate::thread::spawn_blocking;

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
        spawn_blocking(&self.id, move || Ok(converse(&held, &program, input, limit)?)).await
    }
}

/// A running program that does not outlive its check.
struct Leash(Arc<Mutex<Child>>);

impl Leash {
    fn new(child: Child) -> Self {
        Self(Arc::new(Mutex::new(child)))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        kill(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Kills a program that still runs; on Unix its whole process group.
fn kill(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    #[cfg(unix)]
    {
        // The group has the program's own number (`process_group(0)`). Without `kill` at hand the program alone is killed below.
        let group = format!("-{}", child.id());
        let quiet = || Stdio::null();
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stdout(quiet()).stderr(quiet()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn converse(child: &Mutex<Child>, program: &str, input: Vec<u8>, limit: usize) -> Result<Outcome, CommandError> {
    let unreadable = |source| CommandError::Unreadable { program: program.to_owned(), source };
    let (stdin, stdout, stderr) = {
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    };
    let writer = std::thread::spawn(move || {
        // A program that does not read its input may still answer: a broken pipe is no error.
        stdin.map(|mut stdin| stdin.write_all(&input))
    });
    let listener = std::thread::spawn(move || stderr.map(tail).unwrap_or_default());

    let mut output = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take(limit as u64 + 1).read_to_end(&mut output).map_err(unreadable)?;
    }
    if output.len() > limit {
        kill(&mut child.lock().unwrap_or_else(PoisonError::into_inner));
        return Err(CommandError::TooMuchOutput { program: program.to_owned(), limit });
    }
    let status = wait(child).map_err(unreadable)?;
    drop(writer);
    let stderr = listener.join().unwrap_or_default();
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
fn wait(child: &Mutex<Child>) -> std::io::Result<ExitStatus> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Reads to the end and keeps the last bytes, as text on one line.
fn tail(mut from: impl Read) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let excess = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).split_whitespace().collect::<Vec<_>>().join(" ")
}
