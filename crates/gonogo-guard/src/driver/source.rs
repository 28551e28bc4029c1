//! Where windows come from, and what acts on verdicts.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use gonogo_core::{BoxError, Timestamp, async_trait};

use crate::fault::FaultKind;
use crate::units::Seconds;
use crate::verdict::{Evidence, Verdict};
use crate::window::Window;

/// A window that could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the window could not be fetched: {source}")]
pub struct SourceError {
    /// What it counts as.
    pub fault: FaultKind,
    #[source]
    source: BoxError,
}

impl SourceError {
    /// A failure that counts as [`FaultKind::SourceFailed`].
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self { fault: FaultKind::SourceFailed, source: source.into() }
    }
}

/// Fetches windows.
///
/// # Contract
/// - `window` answers for exactly `start` to `end`: its `end` is `end` and its `seconds` the difference, by the source's own clock.
/// - Counts are increases within the window. A metric that could not be read is in the window as an error, never left out and never
///   zero; a whole window that could not be fetched is a [`SourceError`].
/// - "No series for errors" is zero errors only when the request counter of the same arm is there and fresh.
/// - Asking for the same window twice gives the same answer, once the ingestion lag is over.
/// - The future may be dropped at any await: the driver's limit for a window is over.
#[async_trait]
pub trait MetricSource: Send + Sync {
    /// The window from `start` to `end`.
    ///
    /// # Errors
    /// When it cannot be had; the driver feeds the fault to the guard and goes on.
    async fn window(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError>;
}

#[async_trait]
impl<T: MetricSource + ?Sized> MetricSource for Arc<T> {
    async fn window(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        (**self).window(start, end).await
    }
}

#[async_trait]
impl<T: MetricSource + ?Sized> MetricSource for Box<T> {
    async fn window(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        (**self).window(start, end).await
    }
}

/// Windows that are there already, such as a recording's: answers by their end.
#[derive(Clone, Debug, Default)]
pub struct RecordedSource {
    windows: Vec<Window>,
}

impl RecordedSource {
    /// Answers with these windows.
    #[must_use]
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Self {
        Self { windows: windows.into_iter().collect() }
    }
}

#[async_trait]
impl MetricSource for RecordedSource {
    async fn window(&self, _start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        let found = self.windows.iter().find(|window| window.end == end).cloned();
        found.ok_or_else(|| SourceError::new(format!("nothing was recorded for the window that ended at {end}")))
    }
}

/// Acts on the verdict: rolls back, goes on, or calls a person.
///
/// # Contract
/// `conclude` is called once, at the halt or at the planned end. It is not called in a dry run. An error is reported to the
/// caller of the driver; the verdict stands.
#[async_trait]
pub trait RolloutControl: Send + Sync {
    /// Acts. `Halt`: stop the rollout and roll back. `Healthy`: go on. `Inconclusive`: do not go on without a person.
    ///
    /// # Errors
    /// When the action failed.
    async fn conclude(&self, verdict: Verdict, evidence: &Evidence) -> Result<(), BoxError>;
}

#[async_trait]
impl<T: RolloutControl + ?Sized> RolloutControl for Arc<T> {
    async fn conclude(&self, verdict: Verdict, evidence: &Evidence) -> Result<(), BoxError> {
        (**self).conclude(verdict, evidence).await
    }
}

/// Makes a closure a [`RolloutControl`].
pub fn control_fn<F, R>(function: F) -> impl RolloutControl + 'static
where
    F: Fn(Verdict, Evidence) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    FunctionControl { function }
}

struct FunctionControl<F> {
    function: F,
}

#[async_trait]
impl<F, R> RolloutControl for FunctionControl<F>
where
    F: Fn(Verdict, Evidence) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    async fn conclude(&self, verdict: Verdict, evidence: &Evidence) -> Result<(), BoxError> {
        (self.function)(verdict, evidence.clone()).await
    }
}

/// Runs a program with the verdict as its last argument and the evidence as JSON on standard input. Blocks its thread meanwhile.
#[derive(Clone, Debug)]
pub struct CommandControl {
    program: String,
    arguments: Vec<String>,
}

impl CommandControl {
    /// Runs `program` with these arguments before the verdict.
    pub fn new(program: impl Into<String>, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { program: program.into(), arguments: arguments.into_iter().map(Into::into).collect() }
    }
}

#[async_trait]
impl RolloutControl for CommandControl {
    async fn conclude(&self, verdict: Verdict, evidence: &Evidence) -> Result<(), BoxError> {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(verdict.to_string())
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}` could not be started: {error}", self.program))?;
        if let Some(mut input) = child.stdin.take() {
            // A program that does not read its input is fine.
            let _ = input.write_all(serde_json::to_string(evidence)?.as_bytes());
        }
        let status = child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", self.program).into()) }
    }
}

/// How a driver waits and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct DriverSettings {
    /// How long after its end a window is complete at the source. Default 30 s.
    pub ingestion_lag: Duration,
    /// How long a fetch may take before the window counts as failed. Default 20 s.
    pub fetch_limit: Duration,
    /// The length of a window, where the guard's configuration does not say. Default a minute.
    pub window: Seconds,
}

impl Default for DriverSettings {
    fn default() -> Self {
        Self { ingestion_lag: Duration::from_secs(30), fetch_limit: Duration::from_secs(20), window: Seconds::minute() }
    }
}

impl DriverSettings {
    /// The same with this ingestion lag.
    #[must_use]
    pub fn ingestion_lag(self, ingestion_lag: Duration) -> Self {
        Self { ingestion_lag, ..self }
    }

    /// The same with this limit for a fetch.
    #[must_use]
    pub fn fetch_limit(self, fetch_limit: Duration) -> Self {
        Self { fetch_limit, ..self }
    }
}
