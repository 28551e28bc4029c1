//! Readings of a gauge against a bound or against the other arm's.
//!
//! While there is no harm the excess of a reading over its bound (or over the control's reading) is symmetric around zero or below;
//! then `exp(l S - l^2 V / 2)` with `S` the sum and `V` the sum of squares is a supermartingale for every `l > 0`, whatever the
//! spread (de la Pena, "A general class of exponential inequalities for martingales and ratios", Annals of Probability 27, 1999).
//! Mixed over a half normal `l` it is Robbins' mixture. Excesses are scaled by the past ones, so that the unit does not matter.
//! Readings that depend on the ones before them carry less than they seem to: `V` grows by `(1 + p) / (1 - p)` for a lag-one
//! correlation `p`.

use serde::{Deserialize, Serialize};

use crate::config::Worse;
use crate::eprocess::{Mixture, NormalMixture, Sides};

/// A sequential test of "the excess is symmetric around zero, or lower", in constant memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelTest {
    worse: Worse,
    readings: u64,
    raw_sum: f64,
    raw_squares: f64,
    sum: f64,
    squares: f64,
    neighbours: f64,
    scored: u64,
    last: Option<f64>,
}

impl LevelTest {
    /// A test that has seen nothing.
    #[must_use]
    pub fn new(worse: Worse) -> Self {
        Self {
            worse,
            readings: 0,
            raw_sum: 0.0,
            raw_squares: 0.0,
            sum: 0.0,
            squares: 0.0,
            neighbours: 0.0,
            scored: 0,
            last: None,
        }
    }

    /// One window: how far the reading is above its bound, in any unit.
    pub fn observe(&mut self, excess: f64) {
        let directed = if self.worse == Worse::Down { -excess } else { excess };
        if self.readings > 0 && self.raw_squares > 0.0 {
            // The scale is known before the reading that it is applied to, so that symmetry is kept.
            let scale = (self.raw_squares / self.readings as f64).sqrt();
            let scaled = (directed / scale).clamp(-1e6, 1e6);
            self.sum += scaled;
            self.squares += scaled * scaled;
            if let Some(last) = self.last {
                self.neighbours += scaled * last;
            }
            self.last = Some(scaled);
            self.scored = self.scored.saturating_add(1);
        }
        self.readings = self.readings.saturating_add(1);
        self.raw_sum += excess;
        self.raw_squares += directed * directed;
    }

    /// Lag-one correlation of the scaled excesses, corrected for the bias of short series; between 0 and 0.9.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        if self.scored < 8 {
            return 0.0;
        }
        let n = self.scored as f64;
        let mean = self.sum / n;
        let variance = self.squares - n * mean * mean;
        if variance <= 1e-9 * self.squares {
            return 0.0;
        }
        let raw = (self.neighbours - (n - 1.0) * mean * mean) / variance;
        (raw + (1.0 + 3.0 * raw) / n).clamp(0.0, 0.9)
    }

    /// Logarithm of the e-value.
    #[must_use]
    pub fn log_evalue(&self) -> f64 {
        if self.scored == 0 {
            return 0.0;
        }
        let correlation = self.correlation();
        let time = self.squares * (1.0 + correlation) / (1.0 - correlation);
        let sides = if self.worse == Worse::Either { Sides::Two } else { Sides::One };
        NormalMixture::tuned(25.0, 0.05, sides).log_mixture(self.sum, time)
    }

    /// Whether the evidence reaches `1/alpha`.
    #[must_use]
    pub fn halts(&self, alpha: f64) -> bool {
        // The mixture is below exp(S^2 / 2V): most looks end here.
        if self.sum * self.sum < -2.0 * alpha.ln() * self.squares {
            return false;
        }
        self.log_evalue() >= -alpha.ln()
    }

    /// The mean excess so far.
    #[must_use]
    pub fn mean_excess(&self) -> f64 {
        if self.readings == 0 { 0.0 } else { self.raw_sum / self.readings as f64 }
    }

    /// How many readings there were.
    #[must_use]
    pub fn readings(&self) -> u64 {
        self.readings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_stay_above_the_bound_halt_within_a_dozen() {
        let mut test = LevelTest::new(Worse::Up);
        let halted = (1..=60).find(|_| {
            test.observe(3.0);
            test.halts(0.05)
        });
        assert!(halted.is_some_and(|window| (8..=13).contains(&window)), "{halted:?}");
    }

    #[test]
    fn readings_on_both_sides_do_not_halt_and_the_unit_does_not_matter() {
        for unit in [1e-9, 1.0, 1e9] {
            let mut test = LevelTest::new(Worse::Up);
            for window in 0..200 {
                test.observe(if window % 2 == 0 { unit } else { -unit });
                assert!(!test.halts(0.05));
            }
        }
    }

    #[test]
    fn less_can_be_worse() {
        let mut test = LevelTest::new(Worse::Down);
        for _ in 0..30 {
            test.observe(-1.0);
        }
        assert!(test.halts(0.05));
        assert_eq!(test.mean_excess(), -1.0);
    }
}
