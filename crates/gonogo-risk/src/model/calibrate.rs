//! Maps from log-odds to probability.

use serde::{Deserialize, Serialize};

use super::ranks::MAX_KNOTS;

/// How a model's log-odds become a probability.
///
/// Measured over three rolling origins on six projects, none of these lowered the Brier score on a later slice on average
/// (the base rate drifts more from slice to slice than one slice can teach), so models are trained with [`Calibrator::None`].
/// Fit one on a slice of your own history later than the training rows, and keep it only if it lowers the Brier score on a
/// slice later still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Calibrator {
    /// The logistic function of the log-odds.
    #[default]
    None,
    /// The logistic function of `slope` × log-odds + `intercept`. Source: Platt (1999).
    Platt {
        /// Factor of the log-odds; positive.
        slope: f64,
        /// Added to them.
        intercept: f64,
    },
    /// A non-decreasing step function with linear interpolation. Source: Zadrozny and Elkan (2002). Needs thousands of
    /// buggy rows.
    Isotonic {
        /// Log-odds, strictly ascending.
        log_odds: Vec<f64>,
        /// The probability at each, non-decreasing.
        probabilities: Vec<f64>,
    },
}

/// 1 / (1 + e^-x), without overflow.
pub fn logistic(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    }
}

impl Calibrator {
    /// The probability for these log-odds.
    pub fn probability(&self, log_odds: f64) -> f64 {
        match self {
            Self::None => logistic(log_odds),
            Self::Platt { slope, intercept } => logistic(slope * log_odds + intercept),
            Self::Isotonic { log_odds: knots, probabilities } => {
                let above = knots.partition_point(|&knot| knot < log_odds);
                let at = |place: usize| knots.get(place).copied().zip(probabilities.get(place).copied());
                match (above.checked_sub(1).and_then(at), at(above)) {
                    (Some((low, p)), Some((high, q))) => p + (q - p) * (log_odds - low) / (high - low),
                    (None, Some((_, p))) | (Some((_, p)), None) => p,
                    (None, None) => logistic(log_odds),
                }
            }
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::None => true,
            Self::Platt { slope, intercept } => slope.is_finite() && *slope > 0.0 && intercept.is_finite(),
            Self::Isotonic { log_odds, probabilities } => {
                log_odds.len() == probabilities.len()
                    && !log_odds.is_empty()
                    && log_odds.len() <= MAX_KNOTS
                    && log_odds.iter().all(|value| value.is_finite())
                    && log_odds.is_sorted_by(|a, b| a < b)
                    && probabilities.iter().all(|p| (0.0..=1.0).contains(p))
                    && probabilities.is_sorted()
            }
        }
    }

    /// Slope and intercept that minimise the log loss of `labels` given `log_odds`; `None` if the labels are of one class,
    /// or the best slope is not positive.
    #[cfg(feature = "train")]
    pub fn platt(labels: &[bool], log_odds: &[f64]) -> Option<Self> {
        let fit = crate::train::logistic_regression(log_odds, 1, labels, None, 1e-6).ok()?;
        let slope = fit.weights.first().copied().filter(|slope| *slope > 0.0)?;
        let both = labels.contains(&true) && labels.contains(&false);
        let found = Self::Platt { slope, intercept: fit.intercept };
        (both && found.is_sound()).then_some(found)
    }

    /// The non-decreasing map that minimises the Brier score, by pooling adjacent violators; `None` without rows.
    #[cfg(feature = "train")]
    pub fn isotonic(labels: &[bool], log_odds: &[f64]) -> Option<Self> {
        let mut rows: Vec<(f64, f64)> = log_odds
            .iter()
            .zip(labels)
            .filter(|(value, _)| value.is_finite())
            .map(|(&value, &buggy)| (value, f64::from(u8::from(buggy))))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Pools as (sum of log-odds, buggy, rows).
        let mut pools: Vec<(f64, f64, f64)> = Vec::new();
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let count = group.len() as f64;
            let mut pool =
                (group.iter().map(|row| row.0).sum::<f64>(), group.iter().map(|row| row.1).sum::<f64>(), count);
            while let Some(last) = pools.last().copied().filter(|last| last.1 / last.2 >= pool.1 / pool.2) {
                pools.pop();
                pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
            }
            pools.push(pool);
        }
        let step = pools.len().div_ceil(1_024).max(1);
        let mut log_odds: Vec<f64> = Vec::new();
        let mut probabilities = Vec::new();
        for pool in pools.iter().step_by(step) {
            let centre = pool.0 / pool.2;
            if log_odds.last().is_none_or(|&before| before < centre) {
                log_odds.push(centre);
                probabilities.push(pool.1 / pool.2);
            }
        }
        let found = Self::Isotonic { log_odds, probabilities };
        found.is_sound().then_some(found)
    }
}
