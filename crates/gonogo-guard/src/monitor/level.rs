//! Readings of a gauge against a bound or against the other arm's.
//!
//! While there is no harm the excess of a reading over its bound (or over the control's reading) is symmetric around zero, or lower.
//! Then a bounded odd function of it has mean at most zero, and may be bet on. Excesses are scaled by the past ones, so that the unit
//! does not matter.

use serde::{Deserialize, Serialize};

use super::bets::{Bets, Shares};
use crate::config::Worse;

/// How steep the bounded function is in units of the mean absolute excess so far.
const STEEPNESS: f64 = 1.25;

/// A sequential test of "the excess is symmetric around zero, or lower", in constant memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelTest {
    worse: Worse,
    sum: f64,
    absolute: f64,
    bets: Bets,
}

impl LevelTest {
    /// A test that has seen nothing, for a run of about so many windows.
    #[must_use]
    pub fn new(worse: Worse, planned_windows: u64) -> Self {
        Self { worse, sum: 0.0, absolute: 0.0, bets: Bets::new(worse, planned_windows, Shares::Even) }
    }

    /// One window: how far the reading is above its bound, in any unit.
    pub fn observe(&mut self, excess: f64) {
        // The scale is known before the reading that it is applied to, so that symmetry is kept; the first has only its sign.
        let bounded = if self.absolute > 0.0 {
            (STEEPNESS * excess * self.readings() as f64 / self.absolute).tanh()
        } else if excess == 0.0 {
            0.0
        } else {
            0.5 * excess.signum()
        };
        self.bets.observe(bounded);
        self.sum += excess;
        self.absolute += excess.abs();
    }

    /// Lag-one correlation of the readings; between 0 and 0.9, and 0 where it could as well be chance.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.bets.correlation()
    }

    /// Logarithm of the e-value.
    #[must_use]
    pub fn log_evalue(&self) -> f64 {
        self.bets.log_evalue()
    }

    /// Whether the evidence reaches `1/alpha`.
    #[must_use]
    pub fn halts(&self, alpha: f64) -> bool {
        self.bets.halts(alpha)
    }

    /// The mean excess so far.
    #[must_use]
    pub fn mean_excess(&self) -> f64 {
        if self.readings() == 0 { 0.0 } else { self.sum / self.readings() as f64 }
    }

    /// How many readings there were.
    #[must_use]
    pub fn readings(&self) -> u64 {
        self.bets.readings()
    }

    /// Which direction is harm.
    #[must_use]
    pub fn worse(&self) -> Worse {
        self.worse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_stay_above_the_bound_halt_within_a_dozen() {
        let mut test = LevelTest::new(Worse::Up, 60);
        let halted = (1..=60).find(|_| {
            test.observe(3.0);
            test.halts(0.05)
        });
        assert!(halted.is_some_and(|window| (5..=12).contains(&window)), "{halted:?}");
    }

    #[test]
    fn a_step_in_the_middle_of_the_run_halts_within_twenty() {
        let mut test = LevelTest::new(Worse::Up, 60);
        for window in 0..30 {
            test.observe(if window % 2 == 0 { 1.0 } else { -1.0 });
        }
        let halted = (1..=30).find(|_| {
            test.observe(100.0);
            test.halts(0.05)
        });
        assert!(halted.is_some_and(|window| (8..=20).contains(&window)), "{halted:?}");
    }

    #[test]
    fn readings_on_both_sides_do_not_halt_and_the_unit_does_not_matter() {
        for unit in [1e-9, 1.0, 1e9] {
            let mut test = LevelTest::new(Worse::Up, 60);
            for window in 0..200 {
                test.observe(if window % 2 == 0 { unit } else { -unit });
                assert!(!test.halts(0.05));
            }
        }
    }

    #[test]
    fn less_can_be_worse() {
        let mut test = LevelTest::new(Worse::Down, 60);
        for _ in 0..30 {
            test.observe(-1.0);
        }
        assert!(test.halts(0.05));
        assert_eq!(test.mean_excess(), -1.0);
    }
}
