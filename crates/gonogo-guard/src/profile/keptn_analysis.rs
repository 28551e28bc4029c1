//! Keptn's metrics operator (lifecycle toolkit): operators, targets, objectives and analyses.
//!
//! Behaviour of keptn/lifecycle-toolkit. An analysis without objectives passes, as it does there.

use serde::{Deserialize, Serialize};

/// A comparison with fixed numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums)] // the toolkit's own
pub enum Operator {
    /// Below the value.
    LessThan(Fixed),
    /// At or below it.
    LessThanOrEqual(Fixed),
    /// Above it.
    GreaterThan(Fixed),
    /// At or above it.
    GreaterThanOrEqual(Fixed),
    /// Equal to it.
    EqualTo(Fixed),
    /// Between the bounds, both included.
    InRange(Range),
    /// Outside the bounds.
    NotInRange(Range),
}

/// One number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // the toolkit's own
pub struct Fixed {
    /// The number.
    pub fixed_value: f64,
}

/// Two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // the toolkit's own
pub struct Range {
    /// The lower.
    pub low_bound: f64,
    /// The higher.
    pub high_bound: f64,
}

impl Operator {
    /// Whether a value fulfils it. NaN fulfils none.
    #[must_use]
    pub fn is_fulfilled(self, value: f64) -> bool {
        let inside = |range: Range| value >= range.low_bound && value <= range.high_bound;
        match self {
            Self::LessThan(fixed) => value < fixed.fixed_value,
            Self::LessThanOrEqual(fixed) => value <= fixed.fixed_value,
            Self::GreaterThan(fixed) => value > fixed.fixed_value,
            Self::GreaterThanOrEqual(fixed) => value >= fixed.fixed_value,
            Self::EqualTo(fixed) => value == fixed.fixed_value,
            Self::InRange(range) => inside(range),
            Self::NotInRange(range) => !value.is_nan() && !inside(range),
        }
    }
}

/// What fails and what warns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(clippy::exhaustive_structs)] // the toolkit's own
pub struct AnalysisTarget {
    /// Fulfilled: failed.
    pub failure: Option<Operator>,
    /// Fulfilled, and not failed: a warning.
    pub warning: Option<Operator>,
}

/// How a value came out against a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums)] // the toolkit's own
pub enum TargetResult {
    /// Neither failed nor warned.
    Pass,
    /// Warned.
    Warning,
    /// Failed.
    Fail,
}

impl AnalysisTarget {
    /// Evaluates a value. Where the target says nothing, everything passes.
    #[must_use]
    pub fn evaluate(&self, value: f64) -> TargetResult {
        let fulfilled = |operator: Option<Operator>| operator.is_some_and(|operator| operator.is_fulfilled(value));
        if fulfilled(self.failure) {
            TargetResult::Fail
        } else if fulfilled(self.warning) {
            TargetResult::Warning
        } else {
            TargetResult::Pass
        }
    }
}

/// The score of an objective: its weight for a pass, half for a warning, nothing otherwise.
#[must_use]
pub fn objective_score(result: TargetResult, weight: f64) -> f64 {
    match result {
        TargetResult::Pass => weight,
        TargetResult::Warning => weight / 2.0,
        TargetResult::Fail => 0.0,
    }
}

/// One objective's part in an analysis.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // the toolkit's own
pub struct ScoredObjective {
    /// What a pass is worth.
    pub weight: f64,
    /// What it got.
    pub score: f64,
    /// Whether failing it fails the analysis.
    pub key: bool,
}

/// An analysis after evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // the toolkit's own
pub struct AnalysisResult {
    /// Sum of the scores.
    pub total_score: f64,
    /// Sum of the weights.
    pub maximum_score: f64,
    /// Whether it passes.
    pub pass: bool,
    /// Whether it only warns.
    pub warning: bool,
}

/// Sums objectives up and compares with the percentages for a pass and a warning. A failed key objective (no score) fails.
#[must_use]
pub fn analyse(objectives: &[ScoredObjective], pass_percentage: f64, warning_percentage: f64) -> AnalysisResult {
    let total_score: f64 = objectives.iter().map(|objective| objective.score).sum();
    let maximum_score: f64 = objectives.iter().map(|objective| objective.weight).sum();
    let mut result = AnalysisResult { total_score, maximum_score, pass: false, warning: false };
    if maximum_score == 0.0 {
        result.pass = true;
        return result;
    }
    if objectives.iter().any(|objective| objective.key && objective.score == 0.0) {
        return result;
    }
    let reached = 100.0 * total_score / maximum_score;
    result.pass = reached >= pass_percentage;
    result.warning = !result.pass && reached >= warning_percentage;
    result
}
