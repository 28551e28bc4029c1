//! Drives a guard: waits for each window, fetches it, feeds it, acts on the verdict. Needs no particular async runtime.

mod source;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use gonogo_core::{BoxError, Clock, Timestamp};

pub use source::{
    CommandControl, DriverSettings, MetricSource, RecordedSource, RolloutControl, SourceError, control_fn,
};

use crate::fault::FaultKind;
use crate::guard::{Guard, Observed};
use crate::units::Seconds;
use crate::verdict::{Evidence, Verdict};
use crate::window::{Arm, Window, seconds_between};

/// Why a driver cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The wall time is not known, so no window is known to be over.
    #[error("the clock cannot be trusted: no window is known to be over")]
    NoTime,
    /// The time left the years that can be written.
    #[error("the rollout's windows leave the years -9999 to 9999")]
    OutOfTime,
    /// The rollout could not be acted on. The verdict stands.
    #[error("the verdict {verdict} could not be acted on: {source}")]
    Control {
        /// The verdict.
        verdict: Verdict,
        /// What the control said.
        source: BoxError,
    },
}

/// What a driver tells of its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A window was fed. Saving [`Guard::state`] here is enough to resume.
    Window {
        /// What became of it.
        observed: Observed,
        /// The guard after it.
        guard: &'a Guard,
    },
    /// A window could not be fetched.
    FetchFailed {
        /// When it ended.
        end: Timestamp,
        /// Why.
        why: String,
    },
    /// The verdict was acted on, or in a dry run was not.
    Concluded {
        /// The verdict.
        verdict: Verdict,
        /// Whether the control was called.
        acted: bool,
    },
}

type Listener = Box<dyn Fn(&Event<'_>) + Send + Sync>;

/// Drives one guard to its end.
pub struct Driver<S> {
    guard: Guard,
    source: S,
    clock: Arc<dyn Clock>,
    start: Timestamp,
    settings: DriverSettings,
    control: Option<Box<dyn RolloutControl>>,
    listener: Option<Listener>,
}

impl<S: MetricSource> Driver<S> {
    /// Watches windows from `start` on (the deploy, or earlier for history). A guard that was resumed goes on where it was.
    pub fn new(guard: Guard, source: S, clock: Arc<dyn Clock>, start: Timestamp) -> Self {
        Self { guard, source, clock, start, settings: DriverSettings::default(), control: None, listener: None }
    }

    /// The same with these settings.
    #[must_use]
    pub fn settings(self, settings: DriverSettings) -> Self {
        Self { settings, ..self }
    }

    /// The same, acting through this control.
    #[must_use]
    pub fn control(self, control: impl RolloutControl + 'static) -> Self {
        Self { control: Some(Box::new(control)), ..self }
    }

    /// The same, telling this listener of each step.
    #[must_use]
    pub fn listener(self, listener: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..self }
    }

    /// The guard as it is.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }

    fn length(&self) -> Seconds {
        self.guard
            .config()
            .window_seconds
            .and_then(|seconds| Seconds::new(seconds).ok())
            .unwrap_or(self.settings.window)
    }

    /// The next window, or `None` when the planned ones are over. History before the deploy does not count towards the plan.
    fn next_window(&self) -> Result<Option<(Timestamp, Timestamp)>, DriverError> {
        let length = self.length().get();
        let start = self.guard.seen_until().unwrap_or(self.start);
        let end = start.checked_add(Duration::from_secs_f64(length)).ok_or(DriverError::OutOfTime)?;
        let counts_from = self.guard.config().deployed_at.map_or(self.start, |at| at.max(self.start));
        let planned = self.guard.config().windows_needed() as f64 * length;
        let over = seconds_between(counts_from, end) > planned + 0.5 * length;
        Ok((!over).then_some((start, end)))
    }

    /// Waits for the next window, fetches and feeds it. `None` when there is none left, or the rollout was halted.
    ///
    /// # Errors
    /// When the time is not known.
    pub async fn tick(&mut self) -> Result<Option<Observed>, DriverError> {
        if self.guard.halt().is_some() {
            return Ok(None);
        }
        let Some((start, end)) = self.next_window()? else { return Ok(None) };
        let due = end.checked_add(self.settings.ingestion_lag).ok_or(DriverError::OutOfTime)?;
        loop {
            let now = self.clock.now().ok_or(DriverError::NoTime)?;
            match due.since(now) {
                Some(left) if !left.is_zero() => self.clock.sleep(left).await,
                _ => break,
            }
        }
        let fetched = within(self.source.window(start, end), self.clock.sleep(self.settings.fetch_limit)).await;
        let window = match fetched {
            Some(Ok(window)) if window.end == end => window,
            Some(Ok(window)) => {
                self.failed(end, format!("the source answered for {} instead", window.end), FaultKind::WrongLength)
            }
            Some(Err(error)) => self.failed(end, error.to_string(), error.fault),
            None => {
                self.failed(end, format!("no answer within {:?}", self.settings.fetch_limit), FaultKind::SourceFailed)
            }
        };
        let observed = self.guard.observe(&window);
        self.tell(&Event::Window { observed, guard: &self.guard });
        Ok(Some(observed))
    }

    /// The window that stands for one that could not be had: in its place, so that none is lost or fetched twice.
    fn failed(&self, end: Timestamp, why: String, fault: FaultKind) -> Window {
        self.tell(&Event::FetchFailed { end, why });
        let metrics = self.guard.config().monitors.iter().map(|monitor| monitor.metric.clone());
        metrics.fold(Window::new(end, self.length()), |window, metric| window.with(Arm::Canary, metric, Err(fault)))
    }

    /// Ticks until the rollout is halted or the planned windows are over, then acts on the verdict.
    ///
    /// # Errors
    /// When the time is not known, or the control failed.
    pub async fn run(&mut self) -> Result<Evidence, DriverError> {
        while self.tick().await?.is_some() {}
        let evidence = self.guard.evidence();
        let verdict = evidence.verdict;
        let control = self.control.as_ref().filter(|_| !self.guard.config().dry_run);
        if let Some(control) = control {
            control.conclude(verdict, &evidence).await.map_err(|source| DriverError::Control { verdict, source })?;
        }
        self.tell(&Event::Concluded { verdict, acted: control.is_some() });
        Ok(evidence)
    }
}

impl<S> std::fmt::Debug for Driver<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("guard", &self.guard).field("start", &self.start).finish_non_exhaustive()
    }
}

/// What `work` gives, or `None` when `limit` is over first.
async fn within<T>(work: impl Future<Output = T>, limit: impl Future<Output = ()>) -> Option<T> {
    let mut work = pin!(work);
    let mut limit = pin!(limit);
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = work.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}
