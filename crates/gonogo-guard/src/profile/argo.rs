//! Argo Rollouts' decision table for one metric, and its conditions.
//!
//! Behaviour of argoproj/argo-rollouts (analysis, utils/evaluate).

use serde::{Deserialize, Serialize};

use super::expression::{Datum, ExpressionError, evaluate};

/// Argo's phase of a measurement or a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums)] // Argo's six
pub enum Phase {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Met its condition.
    Successful,
    /// Did not.
    Failed,
    /// Could not be measured.
    Error,
    /// Neither met nor failed.
    Inconclusive,
}

impl Phase {
    /// Whether nothing more will come of it.
    #[must_use]
    pub fn is_complete(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// Limits of a metric, as in an AnalysisTemplate. `None` where the template says nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(clippy::exhaustive_structs)] // Argo's own fields
pub struct MetricLimits {
    /// More failures than this fail the metric; negative switches it off. Default 0.
    pub failure_limit: Option<i64>,
    /// More inconclusive measurements than this make it inconclusive. Default 0.
    pub inconclusive_limit: Option<i64>,
    /// More errors in a row than this make it an error. Default 4.
    pub consecutive_error_limit: Option<i64>,
    /// So many successes in a row make it successful; 0 switches it off. Default 0.
    pub consecutive_success_limit: Option<i64>,
    /// How many measurements are taken.
    pub count: Option<i64>,
    /// Time between measurements.
    pub interval: Option<String>,
}

impl MetricLimits {
    /// Measurements after which it is over: `Count`; 1 without an interval; never with an interval alone.
    fn effective_count(&self) -> Option<i64> {
        match (self.count, &self.interval) {
            (Some(count), _) if count > 0 => Some(count),
            (_, None) => Some(1),
            _ => None,
        }
    }
}

/// How the measurements of a metric came out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(clippy::exhaustive_structs)] // Argo's own fields
pub struct Counters {
    /// All that were completed without error.
    pub count: i64,
    /// Successful ones.
    pub successful: i64,
    /// Failed ones.
    pub failed: i64,
    /// Inconclusive ones.
    pub inconclusive: i64,
    /// Errors.
    pub error: i64,
    /// Errors in a row.
    pub consecutive_error: i64,
    /// Successes in a row.
    pub consecutive_success: i64,
}

/// A metric's phase with Argo's message for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment {
    /// The phase.
    pub phase: Phase,
    /// Why, where a limit was passed.
    pub message: Option<String>,
}

/// Assesses a metric from its limits, counters, the phase of the last measurement and whether the run is being ended.
#[must_use]
pub fn assess_metric(limits: &MetricLimits, counters: &Counters, last: Option<Phase>, terminating: bool) -> Assessment {
    let plain = |phase| Assessment { phase, message: None };
    let Some(last) = last else { return plain(if terminating { Phase::Successful } else { Phase::Pending }) };
    if !last.is_complete() {
        return plain(Phase::Running);
    }
    if let Some(passed) = passed_limit(limits, counters) {
        return passed;
    }
    let wanted_in_row = limits.consecutive_success_limit.unwrap_or(0);
    if wanted_in_row > 0 && counters.consecutive_success >= wanted_in_row {
        return plain(Phase::Successful);
    }
    if limits.effective_count().is_some_and(|count| counters.count >= count) {
        let failures_off = limits.failure_limit.unwrap_or(0) < 0;
        return plain(match (wanted_in_row > 0, failures_off) {
            (true, true) => Phase::Failed,
            (true, false) => Phase::Inconclusive,
            (false, _) => Phase::Successful,
        });
    }
    plain(if terminating { Phase::Successful } else { Phase::Running })
}

/// The last of the limits that was passed, in Argo's order: failures, inconclusive ones, errors in a row.
fn passed_limit(limits: &MetricLimits, counters: &Counters) -> Option<Assessment> {
    let failure_limit = limits.failure_limit.unwrap_or(0);
    let inconclusive_limit = limits.inconclusive_limit.unwrap_or(0);
    let error_limit = limits.consecutive_error_limit.unwrap_or(4);
    let passed = |phase, message| Some(Assessment { phase, message: Some(message) });
    if counters.consecutive_error > error_limit {
        let seen = counters.consecutive_error;
        return passed(Phase::Error, format!("consecutiveErrors ({seen}) > consecutiveErrorLimit ({error_limit})"));
    }
    if counters.inconclusive > inconclusive_limit {
        let seen = counters.inconclusive;
        return passed(
            Phase::Inconclusive,
            format!("inconclusive ({seen}) > inconclusiveLimit ({inconclusive_limit})"),
        );
    }
    if failure_limit >= 0 && counters.failed > failure_limit {
        return passed(Phase::Failed, format!("failed ({}) > failureLimit ({failure_limit})", counters.failed));
    }
    None
}

/// A measurement's phase from its result and the two conditions; empty text means no condition. A result of `None` is an error
/// whatever the conditions say.
///
/// # Errors
/// Which condition could not be evaluated and why; Argo's phase is then [`Phase::Error`].
pub fn evaluate_result(result: Option<&Datum>, success: &str, failure: &str) -> Result<Phase, ExpressionError> {
    let Some(result) = result else {
        return Err(ExpressionError::new("the result is null: no condition can be evaluated"));
    };
    let condition = |text: &str, name: &str| {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let named = |error: ExpressionError| ExpressionError::new(format!("could not evaluate {name}: {error}"));
        evaluate(text, result).and_then(Datum::into_bool).map(Some).map_err(named)
    };
    // Argo evaluates the success condition first, and an error in either is an error.
    let succeeded = condition(success, "successCondition")?;
    let failed = condition(failure, "failureCondition")?;
    Ok(match (succeeded, failed) {
        (_, Some(true)) => Phase::Failed,
        (Some(true), _) => Phase::Successful,
        (Some(false), Some(false)) => Phase::Inconclusive,
        (Some(false), None) => Phase::Failed,
        (None, _) => Phase::Successful,
    })
}
