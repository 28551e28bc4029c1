//! Bets on a bounded reading whose mean is at most zero while there is no harm.
//!
//! For readings `g` between -1 and 1 with mean at most zero, given those before, `prod (1 + l g)` is a supermartingale for every
//! `0 < l < 1` (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024), whatever the
//! distribution; so is the mean over several `l`. The other half of the capital is put in bit by bit over the planned windows, so
//! that harm that begins late is found without first having to undo the good windows before it (the e-detectors of Shin, Ramdas and
//! Rinaldo, 2022, with a prior on where they start).
//!
//! Readings that depend on the ones before them carry less than they seem to: the logarithm is multiplied by
//! `(1 - p) / (1 + p)` for a lag-one correlation `p`, estimated from differences over one and over two windows, without the largest, so
//! that a step does not pass for correlation.

use serde::{Deserialize, Serialize};

use crate::config::Worse;

const BETS: [f64; 6] = [0.05, 0.12, 0.25, 0.45, 0.7, 0.93];

/// How the capital is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shares {
    /// Over all bets alike, half of it from the start.
    Even,
    /// Most of it from the start, and on the larger bets: for effects that show in most windows.
    Large,
}

impl Shares {
    fn early(self) -> f64 {
        match self {
            Self::Even => 0.5,
            Self::Large => 0.8,
        }
    }

    fn each(self) -> [f64; BETS.len()] {
        match self {
            Self::Even => [1.0 / BETS.len() as f64; BETS.len()],
            Self::Large => [0.0, 0.02, 0.1, 0.36, 0.42, 0.1],
        }
    }
}
/// Capital is kept within these, so that it can always be saved, and neither end is ever of importance.
const LEAST: f64 = 1e-300;
const MOST: f64 = 1e300;

/// One direction's capital for each bet: put in at the start, and put in bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capital {
    early: [f64; BETS.len()],
    late: [f64; BETS.len()],
}

/// The capital of bets on bounded readings, in constant memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bets {
    shares: Shares,
    /// Over how many windows the late capital is put in.
    planned: u64,
    readings: u64,
    up: Option<Capital>,
    down: Option<Capital>,
    /// The last two readings, the later first.
    last: [Option<f64>; 2],
    first_differences: f64,
    second_differences: f64,
    /// The largest of the squared differences over one window, and the two largest over two: those that a step makes.
    largest_first: f64,
    largest_second: [f64; 2],
    pairs: u64,
}

impl Bets {
    pub(super) fn new(worse: Worse, planned_windows: u64, shares: Shares) -> Self {
        let capital = Capital { early: [1.0; BETS.len()], late: [0.0; BETS.len()] };
        Self {
            shares,
            planned: planned_windows.max(1),
            readings: 0,
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

    /// One reading, between -1 and 1.
    pub(super) fn observe(&mut self, bounded: f64) {
        let part = self.late_part();
        for (capital, direction) in [(&mut self.up, 1.0), (&mut self.down, -1.0)] {
            if let Some(capital) = capital {
                for ((early, late), bet) in capital.early.iter_mut().zip(&mut capital.late).zip(BETS) {
                    let gain = 1.0 + direction * bet * bounded;
                    *early = (*early * gain).clamp(LEAST, MOST);
                    *late = ((*late + part) * gain).min(MOST);
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
    }

    pub(super) fn readings(&self) -> u64 {
        self.readings
    }

    /// The part of the late capital that is put in before the next window: even parts over the plan, and what was kept
    /// back for after it in ever smaller ones.
    fn late_part(&self) -> f64 {
        let (at, planned) = (self.readings as f64, self.planned as f64);
        if at < planned { 0.9 / planned } else { (0.1 * planned / ((at + 1.0) * (at + 2.0))).min(0.1 / planned) }
    }

    /// Lag-one correlation of the readings; between 0 and 0.9, and 0 where it could as well be chance.
    pub(super) fn correlation(&self) -> f64 {
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
    pub(super) fn log_evalue(&self) -> f64 {
        let log = self.raw_log_evalue();
        let correlation = self.correlation();
        if log > 0.0 { log * (1.0 - correlation) / (1.0 + correlation) } else { log }
    }

    fn raw_log_evalue(&self) -> f64 {
        let (at, planned) = (self.readings as f64, self.planned as f64);
        // What of the late capital is not put in yet.
        let waiting =
            if at < planned { 0.9 * (1.0 - at / planned) + 0.1 } else { (0.1 * planned / (at + 1.0)).min(0.1) };
        let (each, early) = (self.shares.each(), self.shares.early());
        let side = |capital: &Option<Capital>| {
            capital.as_ref().map_or(0.0, |capital| {
                let bets = capital.early.iter().zip(&capital.late).zip(each);
                let put_in: f64 =
                    bets.map(|((first, late), share)| share * (early * first + (1.0 - early) * late)).sum();
                put_in + (1.0 - early) * waiting
            })
        };
        let sides = f64::from(u8::from(self.up.is_some()) + u8::from(self.down.is_some()));
        ((side(&self.up) + side(&self.down)) / sides).ln()
    }

    /// Whether the evidence reaches `1/alpha`.
    pub(super) fn halts(&self, alpha: f64) -> bool {
        // The mixture is at most its largest part: most looks end here.
        let most = |capital: &Option<Capital>| {
            capital
                .as_ref()
                .map_or(0.0, |capital| capital.early.iter().chain(&capital.late).copied().fold(0.0, f64::max))
        };
        most(&self.up).max(most(&self.down)).max(1.0) >= 1.0 / alpha && self.log_evalue() >= -alpha.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capital_that_is_put_in_late_is_never_more_than_there_is() {
        let mut test = Bets::new(Worse::Up, 60, Shares::Even);
        let mut total = 0.0;
        for _ in 0..100_000 {
            total += test.late_part();
            test.observe(0.0);
            assert!(test.raw_log_evalue() <= 1e-9);
        }
        assert!(total <= 1.0 + 1e-9, "{total}");
    }
}
