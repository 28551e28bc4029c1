//! Comparing a quantile of two arms at any time.

use super::mixture::{BetaBinomialMixture, Mixture, Sides};
use crate::numeric::minimize;

/// Anytime p-value for "both arms have the same `p` quantile" (Howard and Ramdas 2022, section 5).
///
/// `t_opt` is the number of observations an arm at which the test is tightest. One for an empty arm. Sorts both slices' copies: `O(n log n)`.
#[must_use]
pub fn quantile_comparison_p_value(first: &[f64], second: &[f64], p: f64, t_opt: f64, alpha_opt: f64) -> f64 {
    let mixture = BetaBinomialMixture::tuned(t_opt * p * (1.0 - p), p, 1.0 - p, alpha_opt, Sides::Two);
    let (Some(first), Some(second)) = (Arm::new(first, p, &mixture), Arm::new(second, p, &mixture)) else { return 1.0 };
    let (early, late) = if first.flat_to <= second.flat_to { (first, second) } else { (second, first) };
    let objective = |x: f64| early.evidence(x) + late.evidence(x);
    let mut smallest = objective(early.flat_to).min(objective(late.flat_from));
    for &x in &late.sorted {
        if x >= early.flat_to && x <= late.flat_from {
            smallest = smallest.min(objective(x));
        }
    }
    (-smallest).exp().min(1.0)
}

struct Arm<'a> {
    sorted: Vec<f64>,
    p: f64,
    mixture: &'a BetaBinomialMixture,
    least_share: f64,
    flat_from: f64,
    flat_to: f64,
}

impl<'a> Arm<'a> {
    fn new(values: &[f64], p: f64, mixture: &'a BetaBinomialMixture) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let size = sorted.len() as f64;
        let evidence = |share: f64| mixture.log_mixture((share - p) * size, p * (1.0 - p) * size);
        let (least_share, _) = minimize(evidence, 0.0, 1.0);
        let position = |index: f64| sorted.get((index.max(1.0) as usize).saturating_sub(1)).or(sorted.last()).copied();
        let flat_from = position((least_share * size).ceil())?;
        let flat_to = position((least_share * size).floor() + 1.0)?;
        Some(Self { p, mixture, least_share, flat_from, flat_to, sorted })
    }

    /// Evidence against the quantile being at `x`: least in the middle, where the empirical share below is closest to `p`.
    fn evidence(&self, x: f64) -> f64 {
        let size = self.sorted.len() as f64;
        let share = if x < self.flat_from {
            self.sorted.partition_point(|v| *v <= x) as f64 / size
        } else if x > self.flat_to {
            self.sorted.partition_point(|v| *v < x) as f64 / size
        } else {
            self.least_share
        };
        self.mixture.log_mixture((share - self.p) * size, self.p * (1.0 - self.p) * size)
    }
}
