//! What the guard says, and with which figures.

use std::fmt;

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::MonitorKind;
use crate::fault::FaultRecord;

/// What the guard says about a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // a fourth answer would change what every caller does
pub enum Verdict {
    /// Every window was there, every monitor had enough to go by, and none saw harm.
    Healthy,
    /// A monitor saw harm. Never taken back.
    Halt,
    /// Anything else.
    Inconclusive,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Halt => "halt",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// What one monitor says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MonitorReport {
    /// Which kind of monitor.
    pub kind: MonitorKind,
    /// The metric it watches.
    pub metric: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in one sentence with figures.
    pub reason: String,
    /// Its share of the deploy's alpha; zero where the kind gives no such promise.
    pub alpha: f64,
    /// Whether its halt stops the rollout, or is only reported.
    pub critical: bool,
    /// Whether it sees harm, critical or not.
    pub harm: bool,
    /// The query that the data came from, if configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Counts, ratios, e-values, by name.
    pub figures: Map<String, Value>,
}

/// When and through whom the rollout was halted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Halt {
    /// Index of the window, counted from 0 as fed.
    pub window: u64,
    /// When that window ended.
    pub at: Timestamp,
    /// Position of the monitor in the configuration.
    pub monitor: usize,
    /// The metric.
    pub metric: String,
    /// Why, in one sentence with figures.
    pub reason: String,
}

/// All that the guard's verdict rests on, in an order that does not depend on when it was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// The chance of ever halting a healthy rollout that was allowed for the whole deploy.
    pub alpha: f64,
    /// Windows of the rollout that were used.
    pub windows: u64,
    /// Windows before the deploy that were used.
    pub history_windows: u64,
    /// Windows planned, soak included.
    pub planned_windows: u64,
    /// When the last used window ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The halt, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// What was wrong with the data.
    pub faults: Vec<FaultRecord>,
    /// What each monitor says, in the order of the configuration.
    pub monitors: Vec<MonitorReport>,
}

impl Evidence {
    /// As JSON.
    ///
    /// # Errors
    /// Never in practice: all keys are text and all numbers finite.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// A float for figures: rounded to seven significant digits for reading, `null` where it is not finite.
pub(crate) fn figure(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    let rounded = format!("{value:.6e}").parse().unwrap_or(value);
    serde_json::Number::from_f64(rounded).map_or(Value::Null, Value::Number)
}

/// A number for sentences: whole numbers whole, others with three significant digits.
pub(crate) fn say(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "unknown".into()
        } else if value > 0.0 {
            "infinity".into()
        } else {
            "-infinity".into()
        };
    }
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let decimals = (2.0 - magnitude).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share for sentences, as per cent.
pub(crate) fn percent(value: f64) -> String {
    format!("{} %", say(100.0 * value))
}
