//! What to watch, and how sure to be.

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::prometheus::{PlanError, PrometheusPlan};

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing to watch.
    #[error("the guard has no monitors: name at least one under `monitors`")]
    NoMonitors,
    /// A number outside its range.
    #[error("`{field}` is {given}: it must be {wanted}")]
    OutOfRange {
        /// Which field.
        field: String,
        /// What it is.
        given: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A field that this kind of monitor needs.
    #[error("the {kind} monitor of `{metric}` needs `{field}`: {why}")]
    Missing {
        /// The monitor's kind.
        kind: MonitorKind,
        /// Its metric.
        metric: String,
        /// The field.
        field: &'static str,
        /// What it is for.
        why: &'static str,
    },
    /// Where the metrics are is not said usably.
    #[error(transparent)]
    Prometheus(#[from] PlanError),
    /// Two monitors that are the same.
    #[error("monitors {first} and {second} are the same: remove one, each takes a share of alpha")]
    Repeated {
        /// Position of the first.
        first: usize,
        /// Position of the second.
        second: usize,
    },
}

/// A kind of monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MonitorKind {
    /// The canary against the old version at the same time.
    AgainstControl,
    /// The canary against a fixed bound.
    StaticBound,
    /// The canary against the time before the deploy.
    BeforeAfter,
    /// A level that keeps growing.
    SteadyGrowth,
    /// Exceptions that were not there before.
    NewExceptions,
    /// So many points over a bound: N of M, in a row, or in all.
    Counting,
    /// An error budget that burns too fast over a long and a short time at once.
    BurnRate,
    /// Kayenta's judge: Mann and Whitney's test at planned looks.
    MannWhitney,
}

impl std::fmt::Display for MonitorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AgainstControl => "against-control",
            Self::StaticBound => "static-bound",
            Self::BeforeAfter => "before-after",
            Self::SteadyGrowth => "steady-growth",
            Self::NewExceptions => "new-exceptions",
            Self::Counting => "counting",
            Self::BurnRate => "burn-rate",
            Self::MannWhitney => "mann-whitney",
        })
    }
}

/// Which direction of change is harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // a number has no other direction
pub enum Worse {
    /// More is worse.
    #[default]
    Up,
    /// Less is worse.
    Down,
    /// Either is.
    Either,
}

fn default_alpha() -> f64 {
    0.05
}

fn default_planned() -> u64 {
    60
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

/// What a guard watches. Read from JSON or TOML; unknown fields are errors, so that a misspelt bound is not a bound that is off.
///
/// ```
/// use gonogo_guard::GuardConfig;
/// let config: GuardConfig = serde_json::from_str(
///     r#"{"alpha": 0.05, "window_seconds": 60, "planned_windows": 60,
///         "monitors": [{"kind": "against-control", "metric": "errors"},
///                      {"kind": "static-bound", "metric": "latency", "over": 0.5, "bound": 0.01}]}"#)?;
/// assert!(config.check().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GuardConfig {
    /// The chance of ever halting a healthy rollout, over all monitors and all looks. Default 0.05.
    #[serde(default = "default_alpha")]
    pub alpha: f64,
    /// The length of a window in seconds; without it the first window's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<f64>,
    /// How many windows the rollout is watched before it can be called healthy. Default 60.
    #[serde(default = "default_planned")]
    pub planned_windows: u64,
    /// Windows to watch on top after the last step of the rollout. Default 0.
    #[serde(default)]
    pub soak_windows: u64,
    /// First windows of the rollout that no monitor looks at (caches fill, pools open). Default 0.
    #[serde(default)]
    pub warm_up_windows: u64,
    /// When the new version was deployed: windows that end at or before it are history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<Timestamp>,
    /// How many faulty windows a healthy rollout may have. Default 0: missing data is never healthy.
    #[serde(default)]
    pub tolerated_faults: u64,
    /// Watch and report, but act on nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Where the metrics are in Prometheus, for a rollout that is watched live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusPlan>,
    /// What to watch.
    pub monitors: Vec<MonitorConfig>,
}

/// One monitor's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MonitorConfig {
    /// Which kind.
    pub kind: MonitorKind,
    /// The metric it watches.
    pub metric: String,
    /// Which direction is harm. Default up.
    #[serde(default)]
    pub worse: Worse,
    /// The bound, in the metric's unit (a share for rates and for latencies over `over`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// For histograms: requests slower than this count, in the unit of the bucket bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<f64>,
    /// The metric whose requests tell the arms' shares of the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_from: Option<String>,
    /// A change up to this share of the control (0.1: ten per cent) is of no practical importance. Default 0.
    #[serde(default)]
    pub minimum_effect: f64,
    /// Requests of the canary without which a rollout is not called healthy; without it as many as it takes to see a doubling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_requests: Option<f64>,
    /// This monitor's weight when alpha is shared out. Default 1.
    #[serde(default = "one")]
    pub weight: f64,
    /// Whether its halt stops the rollout; otherwise it only keeps the rollout from being healthy. Default true.
    #[serde(default = "yes")]
    pub critical: bool,
    /// Whether a gauge may be below zero. Default false: such a reading is a fault.
    #[serde(default)]
    pub allow_negative: bool,
    /// counting: so many points over the bound ..
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<u32>,
    /// counting: .. of the last so many windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// counting: so many points over the bound in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive: Option<u32>,
    /// counting: so many points over the bound in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cumulative: Option<u32>,
    /// mann-whitney: Kayenta's tolerance, as a share of the estimate. Default 0.25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// steady-growth: windows averaged into one block. Default a twelfth of the planned windows, at least 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_windows: Option<u32>,
    /// Where the data comes from, for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

impl MonitorConfig {
    /// A monitor with its defaults.
    #[must_use]
    pub fn new(kind: MonitorKind, metric: impl Into<String>) -> Self {
        Self {
            kind,
            metric: metric.into(),
            worse: Worse::Up,
            bound: None,
            over: None,
            requests_from: None,
            minimum_effect: 0.0,
            minimum_requests: None,
            weight: 1.0,
            critical: true,
            allow_negative: false,
            points: None,
            of: None,
            consecutive: None,
            cumulative: None,
            tolerance: None,
            block_windows: None,
            query: None,
        }
    }

    /// The same monitor with this bound.
    #[must_use]
    pub fn bound(self, bound: f64) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// The same monitor, looking at requests slower than this.
    #[must_use]
    pub fn over(self, latency: f64) -> Self {
        Self { over: Some(latency), ..self }
    }

    /// The same monitor, with harm in this direction.
    #[must_use]
    pub fn worse(self, worse: Worse) -> Self {
        Self { worse, ..self }
    }

    /// The same monitor, taking the arms' shares from this metric.
    #[must_use]
    pub fn requests_from(self, metric: impl Into<String>) -> Self {
        Self { requests_from: Some(metric.into()), ..self }
    }
}

impl GuardConfig {
    /// These monitors, alpha 0.05, 60 windows.
    #[must_use]
    pub fn new(monitors: Vec<MonitorConfig>) -> Self {
        Self {
            alpha: default_alpha(),
            window_seconds: None,
            planned_windows: default_planned(),
            soak_windows: 0,
            warm_up_windows: 0,
            deployed_at: None,
            tolerated_faults: 0,
            dry_run: false,
            prometheus: None,
            monitors,
        }
    }

    /// The same, watching for so many windows.
    #[must_use]
    pub fn planned_windows(self, planned_windows: u64) -> Self {
        Self { planned_windows, ..self }
    }

    /// The same, with this chance of a false halt.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// The same, deployed at this time: what ended before is history.
    #[must_use]
    pub fn deployed_at(self, at: Timestamp) -> Self {
        Self { deployed_at: Some(at), ..self }
    }

    /// Windows that must have been seen before anything is healthy.
    #[must_use]
    pub fn windows_needed(&self) -> u64 {
        self.planned_windows.saturating_add(self.soak_windows)
    }

    /// The share of alpha each monitor has, by weight; zero for kinds that promise nothing.
    #[must_use]
    pub fn alpha_shares(&self) -> Vec<f64> {
        let weight = |monitor: &MonitorConfig| match monitor.kind {
            MonitorKind::Counting | MonitorKind::BurnRate => 0.0,
            _ => monitor.weight,
        };
        let total: f64 = self.monitors.iter().map(weight).sum();
        self.monitors
            .iter()
            .map(|monitor| if total > 0.0 { self.alpha * weight(monitor) / total } else { 0.0 })
            .collect()
    }

    /// Whether a guard can be made of it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.monitors.is_empty() {
            return Err(ConfigError::NoMonitors);
        }
        within("alpha", self.alpha, self.alpha > 0.0 && self.alpha < 0.5, "above 0 and below 0.5")?;
        if let Some(seconds) = self.window_seconds {
            within("window_seconds", seconds, seconds > 0.0 && seconds <= 86_400.0, "above 0 and at most a day")?;
        }
        let planned = self.planned_windows;
        within("planned_windows", planned as f64, (1..=1_000_000).contains(&planned), "from 1 to 1000000")?;
        within("soak_windows", self.soak_windows as f64, self.soak_windows <= 1_000_000, "at most 1000000")?;
        within(
            "warm_up_windows",
            self.warm_up_windows as f64,
            self.warm_up_windows < planned,
            "below planned_windows",
        )?;
        if let Some(prometheus) = &self.prometheus {
            prometheus.check()?;
        }
        for (position, monitor) in self.monitors.iter().enumerate() {
            monitor.check(position)?;
            if let Some(first) = self.monitors.iter().take(position).position(|other| other == monitor) {
                return Err(ConfigError::Repeated { first, second: position });
            }
        }
        Ok(())
    }
}

fn within(field: &str, given: f64, fine: bool, wanted: &'static str) -> Result<(), ConfigError> {
    if fine {
        Ok(())
    } else {
        Err(ConfigError::OutOfRange { field: field.to_owned(), given: given.to_string(), wanted })
    }
}

impl MonitorConfig {
    fn check(&self, position: usize) -> Result<(), ConfigError> {
        let named = |field: &str| format!("monitors[{position}].{field}");
        let weight = self.weight;
        within(&named("weight"), weight, weight.is_finite() && weight > 0.0, "above 0")?;
        let effect = self.minimum_effect;
        within(&named("minimum_effect"), effect, (0.0..=100.0).contains(&effect), "from 0 to 100")?;
        for (field, value) in [("bound", self.bound), ("over", self.over), ("minimum_requests", self.minimum_requests)]
        {
            if let Some(value) = value {
                within(&named(field), value, value.is_finite(), "a finite number")?;
            }
        }
        if let Some(tolerance) = self.tolerance {
            within(&named("tolerance"), tolerance, (0.0..=100.0).contains(&tolerance), "from 0 to 100")?;
        }
        for (field, value) in [
            ("points", self.points),
            ("of", self.of),
            ("consecutive", self.consecutive),
            ("cumulative", self.cumulative),
            ("block_windows", self.block_windows),
        ] {
            if let Some(value) = value {
                within(&named(field), f64::from(value), value >= 1, "at least 1")?;
            }
        }
        let of = self.of.unwrap_or(64);
        within(&named("of"), f64::from(of), of <= 64, "at most 64")?;
        let points = self.points.unwrap_or(1);
        within(&named("points"), f64::from(points), points <= of, "at most `of`")?;
        match self.kind {
            MonitorKind::StaticBound | MonitorKind::Counting | MonitorKind::BurnRate if self.bound.is_none() => {
                Err(ConfigError::Missing {
                    kind: self.kind,
                    metric: self.metric.clone(),
                    field: "bound",
                    why: "the value that must not be passed",
                })
            }
            MonitorKind::BurnRate => {
                let budget = self.bound.unwrap_or_default();
                within(
                    &named("bound"),
                    budget,
                    budget > 0.0 && budget < 1.0,
                    "above 0 and below 1: the share that may fail",
                )
            }
            _ => Ok(()),
        }
    }
}
