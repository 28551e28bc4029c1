//! Fakes, and what every [`MetricSource`] must do, as a function that an implementer's test calls.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use gonogo_core::{Clock, Timestamp, async_trait};

use crate::driver::{MetricSource, RolloutControl, SourceError};
use crate::units::Seconds;
use crate::verdict::{Evidence, Verdict};
use crate::window::{Window, seconds_between};

/// A source whose answers are scripted by the end of the window; what is not scripted fails.
#[derive(Default)]
pub struct ScriptedSource {
    answers: BTreeMap<Timestamp, Result<Window, String>>,
    asked: Mutex<Vec<Timestamp>>,
}

impl ScriptedSource {
    /// A source that fails always.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, answering with this window.
    #[must_use]
    pub fn with(mut self, window: Window) -> Self {
        self.answers.insert(window.end, Ok(window));
        self
    }

    /// The same, failing for the window that ends here.
    #[must_use]
    pub fn failing(mut self, end: Timestamp, why: impl Into<String>) -> Self {
        self.answers.insert(end, Err(why.into()));
        self
    }

    /// The ends asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Timestamp> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl MetricSource for ScriptedSource {
    async fn window(&self, _start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(end);
        match self.answers.get(&end) {
            Some(Ok(window)) => Ok(window.clone()),
            Some(Err(why)) => Err(SourceError::new(why.clone())),
            None => Err(SourceError::new("not scripted")),
        }
    }
}

/// A control that remembers what it was told.
#[derive(Debug, Default)]
pub struct RecordingControl {
    told: Mutex<Vec<Verdict>>,
}

impl RecordingControl {
    /// A control that was told nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it was told.
    #[must_use]
    pub fn told(&self) -> Vec<Verdict> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl RolloutControl for RecordingControl {
    async fn conclude(&self, verdict: Verdict, _evidence: &Evidence) -> Result<(), gonogo_core::BoxError> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(verdict);
        Ok(())
    }
}

/// A clock that is always at the end of its next sleep: runs a driver over hours in no time.
#[derive(Debug)]
pub struct SkippingClock {
    now: Mutex<Timestamp>,
    /// Sleeps of this length or less never end: a fetch limit that is not reached.
    never: Duration,
    origin: Timestamp,
}

impl SkippingClock {
    /// A clock at `now`, whose sleeps end at once but those of exactly `never`, which never end.
    #[must_use]
    pub fn new(now: Timestamp, never: Duration) -> Self {
        Self { now: Mutex::new(now), never, origin: now }
    }
}

#[async_trait]
impl Clock for SkippingClock {
    fn now(&self) -> Option<Timestamp> {
        Some(*self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn elapsed(&self) -> Duration {
        self.now().and_then(|now| now.since(self.origin)).unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        if duration == self.never {
            std::future::pending::<()>().await;
        }
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(duration).unwrap_or(*now);
    }
}

/// Something a source does against its contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(String);

/// Asks a source for a window twice and checks its answers against the contract of [`MetricSource`]. The window must lie in the past,
/// beyond the source's ingestion lag.
///
/// # Errors
/// The first thing that is against the contract. A source that fails honestly fulfils it.
pub async fn metric_source(source: &dyn MetricSource, start: Timestamp, seconds: Seconds) -> Result<(), Violation> {
    let end = start
        .checked_add(Duration::from_secs_f64(seconds.get()))
        .ok_or_else(|| Violation("the window leaves the years -9999 to 9999".to_owned()))?;
    let Ok(first) = source.window(start, end).await else { return Ok(()) };
    if first.end != end {
        return Err(Violation(format!("asked for the window that ends at {end}, it answered for {}", first.end)));
    }
    if (first.seconds.get() - seconds_between(start, end)).abs() > 1e-6 {
        return Err(Violation(format!("asked for {seconds} seconds, it answered for {}", first.seconds)));
    }
    match source.window(start, end).await {
        Ok(second) if second == first => Ok(()),
        Ok(_) => Err(Violation("the same window was answered differently the second time".to_owned())),
        Err(error) => Err(Violation(format!("the same window failed the second time: {error}"))),
    }
}
