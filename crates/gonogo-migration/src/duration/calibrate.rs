//! Fits a model to timed runs.
//!
//! Least squares of relative errors with costs of at least 0, by cyclic coordinate descent; runs that are far off (a busy machine) weigh
//! less, after Huber. Few terms and a few hundred runs: milliseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::features::{Features, TERMS, features};
use super::model::WorkModel;
use super::stats::TableStats;
use crate::analysis::{Analyzer, merge};
use crate::dialect::Dialect;
use crate::effects::Effects;

/// A statement that was run and timed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimedRun {
    /// A name for its kind, by which a rows-only baseline is taken.
    #[serde(default)]
    pub operation: String,
    /// The schema it ran on.
    pub setup: String,
    /// The statement.
    pub sql: String,
    /// The sizes of the tables.
    pub stats: TableStats,
    /// How long it took.
    pub seconds: f64,
}

/// Why no model could be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// Too few runs.
    #[error("{runs} timed runs are too few to fit a model: time at least 12")]
    TooFew {
        /// How many there were.
        runs: usize,
    },
}

/// One run beside its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its kind.
    pub operation: String,
    /// What was observed, in seconds.
    pub observed: f64,
    /// What the model says, the median.
    pub predicted: f64,
    /// The interval in which nine of ten runs should lie.
    pub interval: (f64, f64),
}

impl Trial {
    /// How far off the forecast is: the larger over the smaller, 1 when exact.
    pub fn factor(&self) -> f64 {
        let (a, b) = (self.observed.max(1e-9), self.predicted.max(1e-9));
        (a / b).max(b / a)
    }
}

fn amounts(run: &TimedRun, dialect: Dialect) -> (Features, f64) {
    let mut analyzer = Analyzer::new(dialect);
    analyzer.timezone("UTC");
    analyzer.replay(&run.setup);
    let mut all = Effects::default();
    for analyzed in analyzer.analyze(&run.sql) {
        merge(&mut all, analyzed.effects);
    }
    let rows = all.work.iter().filter_map(|w| run.stats.get(&w.relation)).map(|s| s.rows).fold(0.0, f64::max);
    (features(&all, &run.stats), rows)
}

/// Fits a model.
///
/// # Errors
/// With fewer than 12 runs that took any time.
pub fn calibrate(runs: &[TimedRun], dialect: Dialect, origin: &str) -> Result<WorkModel, CalibrateError> {
    let mut rows_max = 0.0f64;
    let mut data: Vec<([f64; TERMS], f64)> = Vec::new();
    let mut counted = 0usize;
    for (seconds, run) in repetitions(runs) {
        let (f, rows) = amounts(&run, dialect);
        if f.missing.is_empty() {
            rows_max = rows_max.max(rows);
            counted += seconds.len();
            data.push((f.amounts, seconds.iter().sum::<f64>() / seconds.len() as f64));
        }
    }
    if counted < 12 {
        return Err(CalibrateError::TooFew { runs: counted });
    }
    let mut costs = [0.0; TERMS];
    let mut weights = vec![1.0; data.len()];
    for _ in 0..30 {
        descend(&data, &weights, &mut costs);
        for (w, (a, y)) in weights.iter_mut().zip(&data) {
            let error = (predict(a, &costs) / y).max(1e-6).ln().abs();
            *w = if error > 0.25 { 0.25 / error } else { 1.0 };
        }
    }
    // the middle of the errors, so that as many runs are longer as shorter
    let mut errors: Vec<f64> = data.iter().map(|(a, y)| (y / predict(a, &costs).max(1e-12)).ln()).collect();
    errors.sort_by(f64::total_cmp);
    let shift = errors.get(errors.len() / 2).copied().unwrap_or(0.0);
    for c in &mut costs {
        *c *= shift.exp();
    }
    let spread: f64 = errors.iter().map(|e| (e - shift).powi(2)).sum::<f64>() / errors.len() as f64;
    Ok(WorkModel { origin: origin.to_owned(), runs: counted, costs, sigma: spread.sqrt().max(0.08), rows: rows_max })
}

fn predict(amounts: &[f64; TERMS], costs: &[f64; TERMS]) -> f64 {
    amounts.iter().zip(costs).map(|(a, c)| a * c).sum()
}

/// Minimises the weighted sum of squared relative errors over costs of at least 0.
fn descend(data: &[([f64; TERMS], f64)], weights: &[f64], costs: &mut [f64; TERMS]) {
    for _ in 0..400 {
        for term in 0..TERMS {
            let (mut top, mut bottom) = (0.0, 0.0);
            for ((a, y), w) in data.iter().zip(weights) {
                let x = a.get(term).copied().unwrap_or(0.0) / y;
                if x == 0.0 {
                    continue;
                }
                let rest = (predict(a, costs)
                    - a.get(term).copied().unwrap_or(0.0) * costs.get(term).copied().unwrap_or(0.0))
                    / y;
                top += w * x * (1.0 - rest);
                bottom += w * x * x;
            }
            if let (true, Some(c)) = (bottom > 0.0, costs.get_mut(term)) {
                *c = (top / bottom).max(0.0);
            }
        }
    }
}

/// The runs, repetitions of one taken together. A migration runs once, so the slow first repetition counts like any other.
fn repetitions(runs: &[TimedRun]) -> Vec<(Vec<f64>, TimedRun)> {
    type Key = (String, String, String, String);
    let mut groups: BTreeMap<Key, (Vec<f64>, TimedRun)> = BTreeMap::new();
    for run in runs.iter().filter(|r| r.seconds.is_finite() && r.seconds > 0.0) {
        let stats = serde_json::to_string(&run.stats).unwrap_or_default();
        let key = (run.operation.clone(), run.setup.clone(), run.sql.clone(), stats);
        groups.entry(key).or_insert_with(|| (Vec::new(), run.clone())).0.push(run.seconds);
    }
    groups.into_values().collect()
}

/// Sets forecasts beside what was observed; repetitions of a run are taken together at their median.
pub fn evaluate(model: &WorkModel, runs: &[TimedRun], dialect: Dialect) -> Vec<Trial> {
    repetitions(runs)
        .into_iter()
        .map(|(mut seconds, run)| {
            seconds.sort_by(f64::total_cmp);
            let middle = |at: usize| seconds.get(at).copied().unwrap_or(0.0);
            let observed = (middle(seconds.len().saturating_sub(1) / 2) + middle(seconds.len() / 2)) / 2.0;
            let (f, rows) = amounts(&run, dialect);
            let predicted = model.seconds(&f);
            let reach = (1.645 * model.spread(rows)).exp();
            Trial { operation: run.operation, observed, predicted, interval: (predicted / reach, predicted * reach) }
        })
        .collect()
}

/// How good forecasts were, in three numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// How many there were.
    pub trials: usize,
    /// Half of the forecasts were off by less than this factor.
    pub median_factor: f64,
    /// Nine of ten were off by less than this one.
    pub ninth_factor: f64,
    /// The share of runs within the interval that should hold nine of ten.
    pub covered: f64,
}

impl Quality {
    /// The quality of these trials; `None` when there is none.
    pub fn of(trials: &[Trial]) -> Option<Self> {
        let mut factors: Vec<f64> = trials.iter().map(Trial::factor).collect();
        factors.sort_by(f64::total_cmp);
        let at = |share: f64| factors.get(((factors.len() as f64 - 1.0) * share).round() as usize).copied();
        let inside = trials.iter().filter(|t| t.interval.0 <= t.observed && t.observed <= t.interval.1).count();
        Some(Self {
            trials: trials.len(),
            median_factor: at(0.5)?,
            ninth_factor: at(0.9)?,
            covered: inside as f64 / trials.len() as f64,
        })
    }
}

/// The forecast to beat: each operation at the median of the rows a second that it was timed at, whatever the rows hold.
pub fn rows_only(fitted: &[TimedRun], runs: &[TimedRun], dialect: Dialect) -> Vec<Trial> {
    let mut rates: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for run in fitted {
        let (_, rows) = amounts(run, dialect);
        if rows > 0.0 && run.seconds > 0.0 {
            rates.entry(&run.operation).or_default().push(rows / run.seconds);
        }
    }
    for rates in rates.values_mut() {
        rates.sort_by(f64::total_cmp);
    }
    let mut out = Vec::new();
    for run in runs {
        let (_, rows) = amounts(run, dialect);
        let rate = rates.get(run.operation.as_str()).and_then(|r| r.get(r.len() / 2)).copied();
        if let Some(rate) = rate.filter(|_| rows > 0.0) {
            let predicted = rows / rate;
            out.push(Trial {
                operation: run.operation.clone(),
                observed: run.seconds,
                predicted,
                interval: (predicted, predicted),
            });
        }
    }
    out
}
