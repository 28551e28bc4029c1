//! Readings of a gauge against a bound or against the other arm's.
//!
//! While there is no harm the excess of a reading over its bound (or over the control's reading) is symmetric around zero, or lower.
//! Then a bounded odd function `g` of it has mean at most zero, and `prod (1 + l g)` is a supermartingale for every `0 < l < 1`
//! (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024), whatever the
//! distribution; so is the mean over several `l`. The other half of the capital is put in bit by bit over the planned windows, so that harm that
//! begins late is found without first having to undo the good windows before it (the e-detectors of Shin, Ramdas and Rinaldo,
//! 2022, with a prior on where they start). Excesses are scaled by the past ones, so that the unit does not matter.
//!
//! Readings that depend on the ones before them carry less than they seem to: the logarithm is multiplied by
//! `(1 - p) / (1 + p)` for a lag-one correlation `p`, estimated from differences over one and over two windows, without the largest, so
//! that a step does not pass for correlation.

use serde::{Deserialize, Serialize};

use crate::config::Worse;
use crate::numeric::log_sum_exp;

const BETS: [f64; 6] = [0.05, 0.12, 0.25, 0.45, 0.7, 0.93];
/// How steep the bounded function is in units of the mean absolute excess so far.
const STEEPNESS: f64 = 1.25;

/// One direction's capital for each bet, as logarithms: put in at the start, and put in bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capital {
    early: [f64; BETS.len()],
    late: [f64; BETS.len()],
}

/// A sequential test of "the excess is symmetric around zero, or lower", in constant memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelTest {
    worse: Worse,
    /// Over how many windows the late capital is put in.
    planned: u64,
    readings: u64,
    sum: f64,
    absolute: f64,
    up: Option<Capital>,
    down: Option<Capital>,
    /// The last two bounded excesses, the later first.
    last: [Option<f64>; 2],
    first_differences: f64,
    second_differences: f64,
    /// The largest of the squared differences over one window, and the two largest over two: those that a step makes.
    largest_first: f64,
    largest_second: [f64; 2],
    pairs: u64,
}

/// The late capital starts at a millionth, and is a number rather than nothing so that it can be saved.
const NOTHING: f64 = -1e3;

impl LevelTest {
    /// A test that has seen nothing, for a run of about so many windows.
    #[must_use]
    pub fn new(worse: Worse, planned_windows: u64) -> Self {
        let capital = Capital { early: [0.0; BETS.len()], late: [NOTHING; BETS.len()] };
        Self {
            worse,
            planned: planned_windows.max(1),
            readings: 0,
            sum: 0.0,
            absolute: 0.0,
            up: (worse != Worse::Down).then_some(capital),
            down: (worse != Worse::Up).then_some(capital),
            last: [None; 2],
            first_differences: 0.0,
            second_differences: 0.0,
            largest_first: 0.0,
            largest_second: [0.0; 2],
            pairs: 0,
        }
    }

    /// One window: how far the reading is above its bound, in any unit.
    pub fn observe(&mut self, excess: f64) {
        // The scale is known before the reading that it is applied to, so that symmetry is kept; the first has only its sign.
        let bounded = if self.absolute > 0.0 {
            (STEEPNESS * excess * self.readings as f64 / self.absolute).tanh()
        } else if excess == 0.0 {
            0.0
        } else {
            0.5 * excess.signum()
        };
        let part = self.late_part();
        for (capital, direction) in [(&mut self.up, 1.0), (&mut self.down, -1.0)] {
            if let Some(capital) = capital {
                for ((early, late), bet) in capital.early.iter_mut().zip(&mut capital.late).zip(BETS) {
                    let gain = (direction * bet * bounded).ln_1p();
                    *early += gain;
                    *late = log_sum_exp([*late, part].into_iter()) + gain;
                }
            }
        }
        if let [Some(before), twice_before] = self.last {
            let first = (bounded - before).powi(2);
            self.first_differences += first;
            self.largest_first = self.largest_first.max(first);
            if let Some(twice_before) = twice_before {
                let second = (bounded - twice_before).powi(2);
                self.second_differences += second;
                let [most, next] = self.largest_second;
                self.largest_second = if second > most { [second, most] } else { [most, next.max(second)] };
                self.pairs = self.pairs.saturating_add(1);
            }
        }
        self.last = [Some(bounded), self.last[0]];
        self.readings = self.readings.saturating_add(1);
        self.sum += excess;
        self.absolute += excess.abs();
    }

    /// Logarithm of the part of the late capital that is put in before the next window: even parts over the plan, and what was kept
    /// back for after it in ever smaller ones.
    fn late_part(&self) -> f64 {
        let (at, planned) = (self.readings as f64, self.planned as f64);
        if at < planned {
            (0.9 / planned).ln()
        } else {
            (0.1 * planned / ((at + 1.0) * (at + 2.0))).min(0.1 / planned).ln()
        }
    }

    /// Lag-one correlation of the readings; between 0 and 0.9, and 0 where it could as well be chance.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        if self.pairs < 8 {
            return 0.0;
        }
        let pairs = self.pairs as f64;
        let first = (self.first_differences - self.largest_first) / pairs;
        let second = (self.second_differences - self.largest_second.iter().sum::<f64>()) / (pairs - 2.0);
        if first <= 1e-12 {
            return 0.0;
        }
        (second / first - 1.0 - 0.5 / pairs.sqrt()).clamp(0.0, 0.9)
    }

    /// Logarithm of the e-value.
    #[must_use]
    pub fn log_evalue(&self) -> f64 {
        let log = self.raw_log_evalue();
        let correlation = self.correlation();
        if log > 0.0 { log * (1.0 - correlation) / (1.0 + correlation) } else { log }
    }

    fn raw_log_evalue(&self) -> f64 {
        let (at, planned) = (self.readings as f64, self.planned as f64);
        // What of the late capital is not put in yet.
        let waiting =
            if at < planned { 0.9 * (1.0 - at / planned) + 0.1 } else { (0.1 * planned / (at + 1.0)).min(0.1) };
        let side = |capital: &Option<Capital>| {
            capital.as_ref().map_or(f64::NEG_INFINITY, |capital| {
                let each = (BETS.len() as f64).ln() + 2.0_f64.ln();
                let logs = capital.early.iter().chain(&capital.late).map(|log| log - each);
                log_sum_exp(logs.chain([(0.5 * waiting).ln()]))
            })
        };
        let sides = f64::from(u8::from(self.up.is_some()) + u8::from(self.down.is_some()));
        log_sum_exp([side(&self.up), side(&self.down)].into_iter()) - sides.ln()
    }

    /// Whether the evidence reaches `1/alpha`.
    #[must_use]
    pub fn halts(&self, alpha: f64) -> bool {
        // The mixture is at most its largest part: most looks end here.
        let most = |capital: &Option<Capital>| {
            capital.as_ref().map_or(f64::NEG_INFINITY, |capital| {
                capital.early.iter().chain(&capital.late).copied().fold(f64::NEG_INFINITY, f64::max)
            })
        };
        most(&self.up).max(most(&self.down)) >= -alpha.ln() && self.log_evalue() >= -alpha.ln()
    }

    /// The mean excess so far.
    #[must_use]
    pub fn mean_excess(&self) -> f64 {
        if self.readings == 0 { 0.0 } else { self.sum / self.readings as f64 }
    }

    /// How many readings there were.
    #[must_use]
    pub fn readings(&self) -> u64 {
        self.readings
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

    #[test]
    fn the_capital_that_is_put_in_late_is_never_more_than_there_is() {
        let mut test = LevelTest::new(Worse::Up, 60);
        let mut total = 0.0;
        for _ in 0..100_000 {
            total += test.late_part().exp();
            test.observe(0.0);
            assert!(test.raw_log_evalue() <= 1e-9);
        }
        assert!(total <= 1.0 + 1e-9, "{total}");
    }
}
