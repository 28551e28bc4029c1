//! The cost model and its forecasts.

use serde::{Deserialize, Serialize};

use super::features::{Features, TERMS, features};
use super::stats::TableStats;
use crate::analysis::Analyzed;
use crate::dialect::Dialect;
use crate::model::statement::Statement;

/// What each kind of work costs on a server, and how far off that is. Serialises to a small JSON file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkModel {
    /// What the model was fitted on; `built-in` for the one that comes with the crate.
    pub origin: String,
    /// How many runs it was fitted on.
    pub runs: usize,
    /// Seconds per unit of each term, in the order of [`Features::NAMES`].
    pub costs: [f64; TERMS],
    /// The standard deviation of the logarithm of observed over predicted seconds.
    pub sigma: f64,
    /// The largest number of rows it was fitted on: beyond it the interval widens.
    pub rows: f64,
}

/// A model file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It is not the JSON that was expected.
    #[error("the work model is not a model file of `gonogo migration calibrate`: {0}")]
    Format(#[from] serde_json::Error),
    /// A cost is below 0, or none is above.
    #[error("the work model has a cost or a spread that is not a number of at least 0: calibrate it again")]
    Value,
}

/// A duration with its uncertainty, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// As likely longer as shorter.
    pub p50: f64,
    /// Nine of ten runs are shorter.
    pub p90: f64,
}

impl Estimate {
    fn zero() -> Self {
        Self { p50: 0.0, p90: 0.0 }
    }

    fn and(self, other: Self) -> Self {
        Self { p50: self.p50 + other.p50, p90: self.p90 + other.p90 }
    }
}

/// How long a statement takes, and how long others wait for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// From its begin to its end; `None` when the size of a table it works on is not known.
    pub total: Option<Estimate>,
    /// How long readers or writers wait because of it: until its transaction ends.
    pub blocking: Option<Estimate>,
    /// Tables whose size is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// The deviate of a normal distribution below which nine of ten lie.
const NINE_OF_TEN: f64 = 1.2816;

impl Default for WorkModel {
    /// The built-in model, fitted on 96 timed runs: PostgreSQL 15, warm cache, one core of a shared machine, fsync off. (The copying of
    /// files alone is a guess: none was timed.) Its spread is wide because your machine is another one.
    fn default() -> Self {
        Self {
            origin: "built-in".to_owned(),
            runs: 96,
            costs: [
                1.8e-4, 1.9e-8, 1.1e-10, 8.4e-8, 1.3e-7, 3.2e-9, 2.3e-8, 3.1e-8, 3.3e-10, 6.9e-8, 5.1e-10, 2e-9, 8.7e-9,
            ],
            sigma: 0.9,
            rows: 1.2e5,
        }
    }
}

impl WorkModel {
    /// Reads a model file.
    ///
    /// # Errors
    /// When it is no model, or has a cost below 0.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text)?;
        let good = |n: f64| n.is_finite() && n >= 0.0;
        if !model.costs.iter().all(|c| good(*c))
            || !good(model.sigma)
            || !good(model.rows)
            || model.costs.iter().all(|c| *c == 0.0)
        {
            return Err(ModelError::Value);
        }
        Ok(model)
    }

    /// Whether this is the model that comes with the crate, fitted on another machine than yours.
    pub fn is_built_in(&self) -> bool {
        self.origin == "built-in"
    }

    /// Seconds for these amounts: the median, before any uncertainty.
    pub fn seconds(&self, features: &Features) -> f64 {
        self.costs.iter().zip(&features.amounts).map(|(c, a)| c * a).sum()
    }

    /// The spread (standard deviation of the logarithm) of a forecast for a table of that many rows: it grows by a quarter of itself with
    /// each doubling beyond what the model was fitted on.
    pub fn spread(&self, rows: f64) -> f64 {
        let beyond = (rows / self.rows.max(1.0)).max(1.0).log2();
        self.sigma * (1.0 + 0.25 * beyond)
    }

    /// The forecast of one statement's own work.
    pub fn estimate(&self, features: &Features, rows: f64) -> Estimate {
        let p50 = self.seconds(features);
        Estimate { p50, p90: p50 * (NINE_OF_TEN * self.spread(rows)).exp() }
    }
}

/// Forecasts a script, statement by statement. Locks are held to the end of the transaction, so what a statement blocks waits for all that
/// follow it there.
pub fn forecast(
    statements: &[Analyzed],
    dialect: Dialect,
    stats: &TableStats,
    model: &WorkModel,
    one_transaction: bool,
) -> Vec<Forecast> {
    let mut own: Vec<(Option<Estimate>, Vec<String>)> = Vec::with_capacity(statements.len());
    for analyzed in statements {
        let f = features(&analyzed.effects, stats);
        let rows =
            analyzed.effects.work.iter().filter_map(|w| stats.get(&w.relation)).map(|s| s.rows).fold(0.0, f64::max);
        let unknown = !analyzed.effects.unknown.is_empty() || matches!(analyzed.statement, Statement::Unknown { .. });
        let estimate = (f.missing.is_empty() && !unknown).then(|| model.estimate(&f, rows));
        own.push((estimate, f.missing));
    }
    let mut out = Vec::with_capacity(statements.len());
    for (i, analyzed) in statements.iter().enumerate() {
        let (total, missing) = own.get(i).cloned().unwrap_or((None, Vec::new()));
        let blocks = analyzed.effects.blocks();
        let mut until = i + 1;
        if !dialect.is_mysql_family() && (one_transaction || in_transaction(statements, i)) {
            until = statements
                .iter()
                .skip(i + 1)
                .position(|s| matches!(s.statement, Statement::Commit | Statement::Rollback))
                .map_or(statements.len(), |n| i + 1 + n);
        }
        let blocking = if blocks {
            own.get(i..until).unwrap_or(&[]).iter().try_fold(Estimate::zero(), |sum, (e, _)| e.map(|e| sum.and(e)))
        } else {
            Some(Estimate::zero())
        };
        out.push(Forecast { total, blocking, missing });
    }
    out
}

fn in_transaction(statements: &[Analyzed], i: usize) -> bool {
    statements.get(i).is_some_and(|s| s.in_transaction)
}
