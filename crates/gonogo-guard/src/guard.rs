//! The guard: windows in, verdict out, resumable at any window.

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, GuardConfig, MonitorConfig};
use crate::fault::{FaultKind, FaultLedger, FaultRecord};
use crate::monitor::{Look, MonitorState, Settings, Standing};
use crate::units::Seconds;
use crate::verdict::{Evidence, Halt, MonitorReport, Verdict};
use crate::window::{Arm, Reading, Window, seconds_between};

/// The version of [`GuardState`] that this crate writes and reads.
pub const STATE_VERSION: u32 = 1;

/// A state that cannot be resumed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// Written by another version of this crate.
    #[error(
        "the saved guard state has version {found}, this program reads version {STATE_VERSION}: start the watch again"
    )]
    Version {
        /// The version of the state.
        found: u32,
    },
    /// Saved under another configuration.
    #[error("the guard state was saved under another configuration: resume with that one, or start the watch again")]
    OtherConfig,
    /// The configuration itself cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What became of a window that was fed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observed {
    /// It was used.
    Used,
    /// It lies before the deploy and was kept as history.
    History,
    /// It lies across the deploy, or in the warm-up, and counts for nothing.
    Skipped,
    /// It was not used, or not wholly: the first fault met.
    Faulty(FaultKind),
    /// It was used, and with it a monitor saw harm.
    Halted,
    /// The rollout was halted before; nothing is added to the evidence.
    AlreadyHalted,
}

impl std::fmt::Display for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Used => f.write_str("used"),
            Self::History => f.write_str("history"),
            Self::Skipped => f.write_str("skipped"),
            Self::Halted => f.write_str("halted"),
            Self::AlreadyHalted => f.write_str("after the halt"),
            Self::Faulty(fault) => write!(f, "{fault}"),
        }
    }
}

/// All that a guard must remember, as plain data: save it after any window, resume on another machine, get the same verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardState {
    version: u32,
    config: u64,
    fed: u64,
    used: u64,
    history: u64,
    warmed: u64,
    window_seconds: Option<Seconds>,
    last_end: Option<Timestamp>,
    last_digest: u64,
    has_control: Option<bool>,
    faults: FaultLedger,
    history_faults: u64,
    monitors: Vec<MonitorState>,
    halt: Option<Halt>,
}

/// Watches one rollout.
///
/// ```
/// use gonogo_guard::{Arm, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};
///
/// let config = GuardConfig::new(vec![MonitorConfig::new(MonitorKind::AgainstControl, "errors")]).planned_windows(30);
/// let mut guard = Guard::new(config)?;
/// for minute in 1..=30_i64 {
///     let end = gonogo_core::Timestamp::from_unix_seconds(1_767_225_600 + 60 * minute)?;
///     let window = Window::new(end, Seconds::new(60.0)?)
///         .with(Arm::Canary, "errors", Sample::rate(1000.0, 30.0))
///         .with(Arm::Control, "errors", Sample::rate(1000.0, 10.0));
///     guard.observe(&window);
/// }
/// assert_eq!(guard.verdict(), Verdict::Halt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    config: GuardConfig,
    shares: Vec<f64>,
    state: GuardState,
}

impl Guard {
    /// A guard that has seen nothing.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: GuardConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let monitors =
            config.monitors.iter().map(|monitor| MonitorState::new(monitor, config.planned_windows)).collect();
        let state = GuardState {
            version: STATE_VERSION,
            config: digest(&config),
            fed: 0,
            used: 0,
            history: 0,
            warmed: 0,
            window_seconds: config.window_seconds.and_then(|seconds| Seconds::new(seconds).ok()),
            last_end: None,
            last_digest: 0,
            has_control: None,
            faults: FaultLedger::default(),
            history_faults: 0,
            monitors,
            halt: None,
        };
        let shares = config.alpha_shares();
        Ok(Self { config, shares, state })
    }

    /// Goes on where another guard with the same configuration was.
    ///
    /// # Errors
    /// When the state is of another version or configuration.
    pub fn resume(config: GuardConfig, state: GuardState) -> Result<Self, ResumeError> {
        config.check()?;
        if state.version != STATE_VERSION {
            return Err(ResumeError::Version { found: state.version });
        }
        if state.config != digest(&config) || state.monitors.len() != config.monitors.len() {
            return Err(ResumeError::OtherConfig);
        }
        let shares = config.alpha_shares();
        Ok(Self { config, shares, state })
    }

    /// What must be saved to resume.
    #[must_use]
    pub fn state(&self) -> &GuardState {
        &self.state
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &GuardConfig {
        &self.config
    }

    /// When the last window that was taken in ended: the next one to fetch begins there.
    #[must_use]
    pub fn seen_until(&self) -> Option<Timestamp> {
        self.state.last_end
    }

    /// Windows of the rollout that were used.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.state.used
    }

    /// The halt, if there was one.
    #[must_use]
    pub fn halt(&self) -> Option<&Halt> {
        self.state.halt.as_ref()
    }

    /// What was wrong with the data.
    pub fn faults(&self) -> impl Iterator<Item = &FaultRecord> {
        self.state.faults.iter()
    }

    /// Takes in a window that could not even be read: it counts as a fault at its place in the order.
    pub fn observe_unreadable(&mut self, fault: FaultKind) -> Observed {
        let index = self.next_index();
        if self.state.halt.is_some() {
            return Observed::AlreadyHalted;
        }
        self.state.faults.add(fault, "", index, None);
        Observed::Faulty(fault)
    }

    fn next_index(&mut self) -> u64 {
        let index = self.state.fed;
        self.state.fed = self.state.fed.saturating_add(1);
        index
    }

    /// Takes in the next window.
    pub fn observe(&mut self, window: &Window) -> Observed {
        let index = self.next_index();
        if self.state.halt.is_some() {
            return Observed::AlreadyHalted;
        }
        let length = *self.state.window_seconds.get_or_insert(window.seconds);
        let since_deploy = self.config.deployed_at.map(|at| seconds_between(at, window.end));
        let before = since_deploy.is_some_and(|seconds| seconds <= 0.0);
        let mut first_fault = self.check_place(window, length, since_deploy, index);
        match first_fault {
            None | Some(FaultKind::Gap) => {}
            Some(fault) => return Observed::Faulty(fault),
        }
        self.state.last_end = Some(window.end);
        self.state.last_digest = window_digest(window);
        if since_deploy.is_some_and(|seconds| seconds > 0.0 && seconds < 0.99 * window.seconds.get()) {
            return Observed::Skipped;
        }
        if !before && self.state.warmed < self.config.warm_up_windows {
            self.state.warmed += 1;
            return Observed::Skipped;
        }
        if !before && let Some(fault) = self.check_arms(window, index) {
            first_fault = first_fault.or(Some(fault));
        }
        for position in 0..self.config.monitors.len() {
            if let Err((place, fault)) = self.observe_one(position, window, length, since_deploy) {
                if before {
                    self.state.history_faults = self.state.history_faults.saturating_add(1);
                } else {
                    self.state.faults.add(fault, &place, index, Some(window.end));
                    first_fault = first_fault.or(Some(fault));
                }
            }
        }
        if before {
            self.state.history = self.state.history.saturating_add(1);
            return Observed::History;
        }
        self.state.used = self.state.used.saturating_add(1);
        self.watch(length);
        if let Some(position) = self.harmed(length) {
            self.state.halt = Some(self.describe_halt(position, window, index, length));
            return Observed::Halted;
        }
        first_fault.map_or(Observed::Used, Observed::Faulty)
    }

    /// Whether the window comes where the next one is expected. All but a gap keep it from being used.
    fn check_place(
        &mut self,
        window: &Window,
        length: Seconds,
        since_deploy: Option<f64>,
        index: u64,
    ) -> Option<FaultKind> {
        let slack = 0.01 * length.get();
        let before = since_deploy.is_some_and(|seconds| seconds <= 0.0);
        let mut fault = None;
        if (window.seconds.get() - length.get()).abs() > slack {
            fault = Some(FaultKind::WrongLength);
        } else if let Some(last) = self.state.last_end {
            let ahead = seconds_between(last, window.end);
            fault = if ahead == 0.0 {
                Some(if window_digest(window) == self.state.last_digest {
                    FaultKind::Duplicate
                } else {
                    FaultKind::Conflict
                })
            } else if ahead < 0.0 {
                Some(FaultKind::OutOfOrder)
            } else if ahead < length.get() - slack {
                Some(FaultKind::Overlap)
            } else if ahead > length.get() + slack && !before {
                // After a stretch of history only what is missing since the deploy counts.
                let missing = since_deploy.map_or(ahead, |since| ahead.min(since)) - length.get();
                (missing >= length.get() - slack).then_some(FaultKind::Gap)
            } else {
                None
            };
        } else if !before && since_deploy.is_some_and(|since| since - length.get() >= length.get() - slack) {
            fault = Some(FaultKind::Gap);
        }
        if let Some(fault) = fault {
            if before {
                self.state.history_faults = self.state.history_faults.saturating_add(1);
            } else {
                self.state.faults.add(fault, "", index, Some(window.end));
            }
        }
        fault
    }

    /// An arm that reported must go on reporting, and one that did not must not turn up late.
    fn check_arms(&mut self, window: &Window, index: u64) -> Option<FaultKind> {
        let reports = |arm: Arm| window.arms.get(&arm).is_some_and(|samples| !samples.is_empty());
        let has_control = reports(Arm::Control);
        let mut fault = None;
        if !reports(Arm::Canary) {
            self.state.faults.add(FaultKind::ArmMissing, Arm::Canary.name(), index, Some(window.end));
            fault = Some(FaultKind::ArmMissing);
        }
        if *self.state.has_control.get_or_insert(has_control) != has_control {
            self.state.faults.add(FaultKind::ArmMissing, Arm::Control.name(), index, Some(window.end));
            fault = Some(FaultKind::ArmMissing);
        }
        fault
    }

    fn observe_one(
        &mut self,
        position: usize,
        window: &Window,
        length: Seconds,
        since_deploy: Option<f64>,
    ) -> Result<(), (String, FaultKind)> {
        let (Some(config), Some(state)) = (self.config.monitors.get(position), self.state.monitors.get_mut(position))
        else {
            return Ok(());
        };
        let place = |arm: Arm, metric: &str| format!("{}/{metric}", arm.name());
        let reading =
            |arm: Arm, metric: &str| -> Option<&Reading> { window.arms.get(&arm).and_then(|arm| arm.get(metric)) };
        let usable = |arm: Arm, metric: &str| match reading(arm, metric) {
            None => Ok(None),
            Some(Ok(sample)) => Ok(Some(sample)),
            Some(Err(fault)) => Err((place(arm, metric), *fault)),
        };
        let metric = config.metric.as_str();
        let canary =
            usable(Arm::Canary, metric)?.ok_or_else(|| (place(Arm::Canary, metric), FaultKind::MetricMissing))?;
        let control = usable(Arm::Control, metric)?;
        // A control that reports other metrics but not this one has lost it.
        let control_reports = window.arms.get(&Arm::Control).is_some_and(|samples| !samples.is_empty());
        if control.is_none()
            && (control_reports || (state.needs_control() && since_deploy.is_none_or(|seconds| seconds > 0.0)))
        {
            return Err((place(Arm::Control, metric), FaultKind::MetricMissing));
        }
        let shares = match config.requests_from.as_deref() {
            None => (None, None),
            Some(requests) => {
                let of_canary = usable(Arm::Canary, requests)?
                    .ok_or_else(|| (place(Arm::Canary, requests), FaultKind::MetricMissing))?;
                let of_control = usable(Arm::Control, requests)?;
                if control.is_some() && of_control.is_none() {
                    return Err((place(Arm::Control, requests), FaultKind::MetricMissing));
                }
                (Some(of_canary), of_control)
            }
        };
        let settings = settings(&self.config, &self.shares, position, length, since_deploy);
        state.observe(config, &settings, canary, control, shares).map_err(|(arm, fault)| (place(arm, metric), fault))
    }

    fn watch(&mut self, length: Seconds) {
        for (position, (config, state)) in self.config.monitors.iter().zip(&mut self.state.monitors).enumerate() {
            state.watch(config, &settings(&self.config, &self.shares, position, length, None));
        }
    }

    /// The first critical monitor that sees harm. With all of alpha every monitor sees at least as much, so only the alarmed are asked.
    fn harmed(&self, length: Seconds) -> Option<usize> {
        self.config.monitors.iter().zip(&self.state.monitors).enumerate().find_map(|(position, (config, state))| {
            let settings = settings(&self.config, &self.shares, position, length, None);
            (config.critical && state.alarmed() && state.harm(config, &settings)).then_some(position)
        })
    }

    fn describe_halt(&self, position: usize, window: &Window, index: u64, length: Seconds) -> Halt {
        let look = self.look(position, length);
        let metric = self.config.monitors.get(position).map(|config| config.metric.clone()).unwrap_or_default();
        let reason = look.map(|look| look.reason).unwrap_or_default();
        Halt { window: index, at: window.end, monitor: position, metric, reason }
    }

    fn look(&self, position: usize, length: Seconds) -> Option<Look> {
        let config = self.config.monitors.get(position)?;
        let state = self.state.monitors.get(position)?;
        let since_deploy = self.config.deployed_at.zip(self.state.last_end).map(|(at, end)| seconds_between(at, end));
        Some(state.look(config, &settings(&self.config, &self.shares, position, length, since_deploy)))
    }

    /// The verdict on what was seen so far.
    ///
    /// `Healthy` needs every planned window, no fault beyond the tolerated ones, and every monitor clear; asking at the end of a run
    /// gives what was so before it ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.conclude().0
    }

    fn conclude(&self) -> (Verdict, String) {
        if let Some(halt) = &self.state.halt {
            return (Verdict::Halt, format!("{}: {}", halt.metric, halt.reason));
        }
        if self.state.faults.total() > self.config.tolerated_faults {
            let listed: Vec<String> = self.state.faults.iter().take(3).map(ToString::to_string).collect();
            let more = self.state.faults.iter().count().saturating_sub(3);
            let more = if more > 0 { format!("; and {more} more kinds of fault") } else { String::new() };
            return (Verdict::Inconclusive, format!("data is missing or unusable: {}{more}", listed.join("; ")));
        }
        let needed = self.config.windows_needed();
        let seen = self.state.used.saturating_add(self.state.warmed);
        if seen < needed {
            return (Verdict::Inconclusive, format!("{seen} of {needed} windows seen"));
        }
        let length = self.length();
        for (position, config) in self.config.monitors.iter().enumerate() {
            let Some(look) = self.look(position, length) else { continue };
            if look.standing != Standing::Clear {
                return (Verdict::Inconclusive, format!("{} ({}): {}", config.metric, config.kind, look.reason));
            }
            if self.alarmed(position) {
                let said =
                    format!("{} ({}): it looked like harm for a while; {}", config.metric, config.kind, look.reason);
                return (Verdict::Inconclusive, said);
            }
        }
        (Verdict::Healthy, format!("{seen} windows, {} monitors, no harm seen", self.config.monitors.len()))
    }

    fn alarmed(&self, position: usize) -> bool {
        self.state.monitors.get(position).is_some_and(MonitorState::alarmed)
    }

    fn length(&self) -> Seconds {
        self.state.window_seconds.or_else(|| Seconds::new(60.0).ok()).unwrap_or_else(Seconds::minute)
    }

    /// The verdict with all that it rests on. The same windows give the same bytes, in one run or resumed.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let (verdict, reason) = self.conclude();
        let length = self.length();
        let monitors = self
            .config
            .monitors
            .iter()
            .enumerate()
            .filter_map(|(position, config)| {
                let look = self.look(position, length)?;
                Some(self.report(position, config, look))
            })
            .collect();
        Evidence {
            verdict,
            reason,
            alpha: self.config.alpha,
            windows: self.state.used,
            history_windows: self.state.history,
            planned_windows: self.config.windows_needed(),
            until: self.state.last_end,
            halt: self.state.halt.clone(),
            faults: self.state.faults.iter().cloned().collect(),
            monitors,
        }
    }

    fn report(&self, position: usize, config: &MonitorConfig, look: Look) -> MonitorReport {
        let seen = self.state.used.saturating_add(self.state.warmed);
        let complete = seen >= self.config.windows_needed() && self.state.faults.is_empty();
        let verdict = match look.standing {
            Standing::Harm if config.critical => Verdict::Halt,
            Standing::Clear if complete && !self.alarmed(position) => Verdict::Healthy,
            _ => Verdict::Inconclusive,
        };
        MonitorReport {
            kind: config.kind,
            metric: config.metric.clone(),
            verdict,
            reason: look.reason,
            alpha: self.shares.get(position).copied().unwrap_or(0.0),
            critical: config.critical,
            harm: look.standing == Standing::Harm,
            query: config.query.clone(),
            figures: look.figures,
        }
    }
}

fn settings(
    config: &GuardConfig,
    shares: &[f64],
    position: usize,
    length: Seconds,
    since_deploy: Option<f64>,
) -> Settings {
    Settings {
        alpha: shares.get(position).copied().filter(|share| *share > 0.0).unwrap_or(config.alpha),
        whole_alpha: config.alpha,
        planned_windows: config.planned_windows,
        window_seconds: length.get(),
        since_deploy,
    }
}

/// A digest by which a state knows the configuration it was saved under. Where the metrics come from may change meanwhile.
fn digest(config: &GuardConfig) -> u64 {
    let judged = GuardConfig { prometheus: None, ..config.clone() };
    fnv(serde_json::to_vec(&judged).unwrap_or_default())
}

fn window_digest(window: &Window) -> u64 {
    window.digest()
}

fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
