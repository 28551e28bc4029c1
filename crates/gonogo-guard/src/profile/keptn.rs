//! Keptn's lighthouse: criteria, objectives and the total score.
//!
//! Behaviour of keptn/keptn (lighthouse-service). With no earlier result to compare with a relative criterion passes, as it does there.

use serde::{Deserialize, Serialize};

/// A criterion or a score that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeptnError {
    message: String,
}

impl KeptnError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// A criterion such as `<=+10%`, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct Criterion {
    /// `<`, `<=`, `=`, `>=` or `>`.
    pub operator: String,
    /// The number.
    pub value: f64,
    /// Whether the number is per cent.
    pub check_percentage: bool,
    /// Whether it is relative to earlier results.
    pub is_comparison: bool,
    /// Whether it is an increase; otherwise a decrease.
    pub check_increase: bool,
}

impl Criterion {
    /// Reads a criterion; spaces at the ends do not matter.
    ///
    /// # Errors
    /// No operator or no number.
    pub fn parse(text: &str) -> Result<Self, KeptnError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let wrong = || KeptnError::new(format!("`{text}` is no criterion: write one such as <=10 or <+15%"));
        let operator =
            ["<=", ">=", "<", ">", "="].into_iter().find(|operator| text.starts_with(operator)).ok_or_else(wrong)?;
        let rest = text.get(operator.len()..).unwrap_or_default();
        let (rest, sign) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
            (Some(rest), _) => (rest, Some(true)),
            (_, Some(rest)) => (rest, Some(false)),
            _ => (rest, None),
        };
        let (number, percentage) = rest.strip_suffix('%').map_or((rest, false), |number| (number, true));
        let value: f64 = number.parse().map_err(|_| wrong())?;
        if !value.is_finite() {
            return Err(wrong());
        }
        let is_comparison = sign.is_some() || percentage;
        // Per cent without a sign is an increase.
        let check_increase = is_comparison && sign.unwrap_or(true);
        Ok(Self { operator: operator.to_owned(), value, check_percentage: percentage, is_comparison, check_increase })
    }
}

/// Compares a measured value with a threshold.
///
/// # Errors
/// The operator is none of `< <= = >= >`.
pub fn compare_value(measured: f64, operator: &str, threshold: f64) -> Result<bool, KeptnError> {
    match operator {
        "<" => Ok(measured < threshold),
        "<=" => Ok(measured <= threshold),
        "=" => Ok(measured == threshold),
        ">=" => Ok(measured >= threshold),
        ">" => Ok(measured > threshold),
        _ => Err(KeptnError::new("no operator set")),
    }
}

/// Percentile at position `p (n + 1)`, clamped to the ends; zero for no values.
#[must_use]
pub fn percentile(values: &[f64], p: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let size = values.len() as f64;
    let position = p * (size + 1.0);
    let at = |index: f64| values.get(index.max(0.0) as usize).copied();
    if position < 1.0 {
        values.first().copied().unwrap_or(0.0)
    } else if position >= size {
        values.last().copied().unwrap_or(0.0)
    } else {
        let lower = at(position.floor() - 1.0).unwrap_or(0.0);
        let upper = at(position.floor()).unwrap_or(lower);
        lower + position.fract() * (upper - lower)
    }
}

/// One measured indicator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct Measurement {
    /// Its name.
    pub metric: String,
    /// What was measured.
    pub value: f64,
    /// Whether it could be measured.
    pub success: bool,
    /// What the provider said.
    #[serde(default)]
    pub message: String,
}

/// An earlier result of an indicator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct PreviousResult {
    /// What was measured.
    pub value: Measurement,
    /// `pass`, `warning`, `fail` or `info`.
    pub status: String,
}

/// How earlier results are compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct Comparison {
    /// `single_result` or `several_results`.
    pub compare_with: String,
    /// `pass`, `pass_or_warn` or `all`.
    pub include_result_with_score: String,
    /// How many.
    pub number_of_comparison_results: u32,
    /// `avg`, `p50`, `p90` or `p95`.
    pub aggregate_function: String,
}

impl Comparison {
    /// The aggregate of the earlier results that count, if any does.
    fn aggregate(&self, previous: &[PreviousResult]) -> Option<f64> {
        let counts = |result: &&PreviousResult| {
            result.value.success
                && match self.include_result_with_score.as_str() {
                    "all" => true,
                    "pass_or_warn" => matches!(result.status.as_str(), "pass" | "warning"),
                    "pass" => result.status == "pass",
                    _ => false,
                }
        };
        let values: Vec<f64> = previous.iter().filter(counts).map(|result| result.value.value).collect();
        if values.is_empty() {
            return None;
        }
        Some(match self.aggregate_function.as_str() {
            "avg" => values.iter().sum::<f64>() / values.len() as f64,
            "p50" => percentile(&values, 0.5),
            "p90" => percentile(&values, 0.9),
            "p95" => percentile(&values, 0.95),
            _ => 0.0,
        })
    }
}

/// A criterion after evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct Target {
    /// The criterion as written.
    pub criteria: String,
    /// The value it came to; zero where there was nothing to compare with.
    #[serde(default)]
    pub target_value: f64,
    /// Whether it was not met.
    #[serde(default)]
    pub violated: bool,
}

/// A relative criterion against the earlier results: whether it is met, and the value it came to, if any.
///
/// # Errors
/// An unknown operator.
pub fn compare_with_previous(
    measured: f64,
    criterion: &Criterion,
    previous: &[PreviousResult],
    comparison: &Comparison,
) -> Result<(bool, Option<f64>), KeptnError> {
    let Some(aggregate) = comparison.aggregate(previous) else { return Ok((true, None)) };
    let target = match (criterion.check_percentage, criterion.check_increase) {
        (true, true) => aggregate * (100.0 + criterion.value) / 100.0,
        (true, false) => aggregate * (100.0 - criterion.value) / 100.0,
        (false, true) => aggregate + criterion.value,
        (false, false) => aggregate - criterion.value,
    };
    compare_value(measured, &criterion.operator, target).map(|met| (met, Some(target)))
}

/// One criterion, fixed or relative: whether it is met, and the value it came to, if any.
///
/// # Errors
/// The measurement failed, or the criterion cannot be read.
pub fn evaluate_criterion(
    measured: &Measurement,
    criterion: &str,
    previous: &[PreviousResult],
    comparison: &Comparison,
) -> Result<(bool, Option<f64>), KeptnError> {
    if !measured.success {
        return Err(KeptnError::new(format!("{} was not measured: {}", measured.metric, measured.message)));
    }
    let parsed = Criterion::parse(criterion)?;
    if parsed.is_comparison {
        compare_with_previous(measured.value, &parsed, previous, comparison)
    } else {
        compare_value(measured.value, &parsed.operator, parsed.value).map(|met| (met, Some(parsed.value)))
    }
}

/// Criteria that must all be met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct CriteriaSet {
    /// The criteria as written.
    pub criteria: Vec<String>,
}

/// All criteria of a set: whether all are met, and each with its target. One that cannot be evaluated is violated.
#[must_use]
pub fn evaluate_all(
    measured: &Measurement,
    set: &CriteriaSet,
    previous: &[PreviousResult],
    comparison: &Comparison,
) -> (bool, Vec<Target>) {
    let targets: Vec<Target> = set
        .criteria
        .iter()
        .map(|criteria| {
            let (met, target) = evaluate_criterion(measured, criteria, previous, comparison).unwrap_or((false, None));
            Target { criteria: criteria.clone(), target_value: target.unwrap_or(0.0), violated: !met }
        })
        .collect();
    (targets.iter().all(|target| !target.violated), targets)
}

/// Any of several sets: whether one is met, and every criterion with its target.
#[must_use]
pub fn evaluate_any(
    measured: &Measurement,
    sets: &[CriteriaSet],
    previous: &[PreviousResult],
    comparison: &Comparison,
) -> (bool, Vec<Target>) {
    let mut met = false;
    let mut targets = Vec::new();
    for set in sets {
        let (all, mut of_set) = evaluate_all(measured, set, previous, comparison);
        met |= all;
        targets.append(&mut of_set);
    }
    (met, targets)
}

/// One objective on an indicator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct Objective {
    /// The indicator.
    #[serde(rename = "SLI")]
    pub indicator: String,
    /// What passes; without any the objective is for information only.
    #[serde(default)]
    pub pass: Option<Vec<CriteriaSet>>,
    /// What is a warning.
    #[serde(default)]
    pub warning: Option<Vec<CriteriaSet>>,
    /// What a pass is worth.
    #[serde(default)]
    pub weight: f64,
    /// Whether its failure fails everything.
    #[serde(default, rename = "KeySLI")]
    pub key: bool,
}

/// An objective after evaluation.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct ObjectiveResult {
    /// The indicator.
    pub indicator: String,
    /// Weight for a pass, half for a warning, otherwise zero.
    pub score: f64,
    /// `pass`, `warning`, `fail` or `info`.
    pub status: &'static str,
    /// The pass criteria with their targets.
    pub pass_targets: Vec<Target>,
    /// The warning criteria with their targets.
    pub warning_targets: Vec<Target>,
}

/// All objectives, the highest score there could be, and whether a key objective failed.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // Keptn's own fields
pub struct ObjectivesResult {
    /// One for each objective.
    pub results: Vec<ObjectiveResult>,
    /// Sum of the weights of those with pass criteria.
    pub maximum_score: f64,
    /// Whether one with `KeySLI` failed.
    pub key_failed: bool,
}

/// Takes the result of an indicator out of a list: the found one, and what is left.
#[must_use]
pub fn find_result(mut results: Vec<Measurement>, indicator: &str) -> (Option<Measurement>, Vec<Measurement>) {
    let position = results.iter().position(|result| result.metric == indicator);
    let found = position.map(|position| results.remove(position));
    (found, results)
}

/// Evaluates objectives against what was measured and the earlier results by indicator.
#[must_use]
pub fn evaluate_objectives(
    measured: &[Measurement],
    objectives: &[Objective],
    previous: &[PreviousResult],
    comparison: &Comparison,
) -> ObjectivesResult {
    let mut left = measured.to_vec();
    let mut out = ObjectivesResult { results: Vec::new(), maximum_score: 0.0, key_failed: false };
    for objective in objectives {
        let pass = objective.pass.as_deref().unwrap_or_default();
        let warning = objective.warning.as_deref().unwrap_or_default();
        let informs = pass.is_empty();
        if !informs {
            out.maximum_score += objective.weight;
        }
        let (found, rest) = find_result(left, &objective.indicator);
        left = rest;
        let value = found.unwrap_or_else(|| Measurement {
            metric: objective.indicator.clone(),
            value: 0.0,
            success: false,
            message: "no value received from SLI provider".to_owned(),
        });
        let earlier: Vec<PreviousResult> =
            previous.iter().filter(|result| result.value.metric == objective.indicator).cloned().collect();
        let (passes, pass_targets) = evaluate_any(&value, pass, &earlier, comparison);
        let (warns, warning_targets) = evaluate_any(&value, warning, &earlier, comparison);
        let (score, status) = if informs {
            (0.0, "info")
        } else if passes {
            (objective.weight, "pass")
        } else if warns {
            (0.5 * objective.weight, "warning")
        } else {
            out.key_failed |= objective.key;
            (0.0, "fail")
        };
        out.results.push(ObjectiveResult {
            indicator: objective.indicator.clone(),
            score,
            status,
            pass_targets,
            warning_targets,
        });
    }
    out
}

/// Keptn's total: the percentage reached, and `pass`, `warning` or `fail`. Nothing to score is a pass with 100, as it is there.
///
/// # Errors
/// No target, or one that is no percentage.
pub fn total_score(
    score: f64,
    maximum: f64,
    pass: &str,
    warning: &str,
    key_failed: bool,
) -> Result<(f64, &'static str), KeptnError> {
    if maximum == 0.0 {
        return Ok((100.0, "pass"));
    }
    let reached = 100.0 * score / maximum;
    if pass.is_empty() {
        return Err(KeptnError::new("no target score defined"));
    }
    let percentage = |text: &str, which: &str| {
        text.trim_end_matches('%')
            .parse::<f64>()
            .map_err(|_| KeptnError::new(format!("could not parse {which} target percentage")))
    };
    let result = if key_failed {
        "fail"
    } else if reached >= percentage(pass, "pass")? {
        "pass"
    } else if !warning.is_empty() && reached >= percentage(warning, "warning")? {
        "warning"
    } else {
        "fail"
    };
    Ok((reached, result))
}
