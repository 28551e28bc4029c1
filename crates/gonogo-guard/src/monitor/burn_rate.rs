//! How fast the error budget burns, over a long and a short time at once: for the soak after the last step, and for teams that have
//! such alerts already.
//!
//! Budget and rules are those of "The Site Reliability Workbook" (Beyer and others, 2018), chapter 5: harm is a burn of 14.4 times the budget
//! over an hour and over its last five minutes, or of 6 times over six hours and their last half hour. As long as fewer windows than
//! the long time have been seen, what is missing counts as free of errors. It promises no alpha.

use serde::{Deserialize, Serialize};

use super::reading::Events;
use super::state::{Look, Seen, Standing};
use crate::config::MonitorConfig;
use crate::fault::FaultKind;
use crate::verdict::{figure, percent, say};
use crate::window::Arm;

/// Seconds that are kept together.
const BLOCK: f64 = 300.0;
/// Blocks kept: six hours and one that is being filled.
const KEPT: usize = 73;
/// Burn, blocks of the long and of the short time.
const RULES: [(f64, usize, usize); 2] = [(14.4, 12, 1), (6.0, 72, 6)];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BurnRate {
    /// Events and exposure of each block, the last one being filled.
    blocks: Vec<[f64; 2]>,
    in_last: f64,
    windows: u64,
}

impl BurnRate {
    pub(crate) fn new() -> Self {
        Self { blocks: Vec::new(), in_last: 0.0, windows: 0 }
    }

    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        seconds: f64,
        seen: Seen<'_>,
    ) -> Result<(), (Arm, FaultKind)> {
        let seen = Events::of(seen.canary, config.over).map_err(|fault| (Arm::Canary, fault))?;
        if self.blocks.is_empty() || self.in_last >= BLOCK - 1e-6 {
            if self.blocks.len() >= KEPT {
                self.blocks.remove(0);
            }
            self.blocks.push([0.0; 2]);
            self.in_last = 0.0;
        }
        if let Some([events, exposure]) = self.blocks.last_mut() {
            *events += seen.events;
            *exposure += seen.exposure;
        }
        self.in_last += seconds;
        self.windows = self.windows.saturating_add(1);
        Ok(())
    }

    /// The burn over the last so many blocks, beside the one that is being filled: the share of failures over the budget.
    fn burn(&self, budget: f64, blocks: usize) -> f64 {
        let taken = self.blocks.iter().rev().take(blocks + 1);
        let ([events, exposure], seen) = taken.fold(([0.0; 2], 0_usize), |([events, exposure], seen), block| {
            ([events + block[0], exposure + block[1]], seen + 1)
        });
        if exposure <= 0.0 {
            return 0.0;
        }
        let whole = (blocks as f64 / seen as f64).max(1.0);
        events / (exposure * whole) / budget
    }

    fn burning(&self, config: &MonitorConfig) -> Option<(f64, f64, f64)> {
        let budget = config.bound.filter(|budget| *budget > 0.0)?;
        RULES.into_iter().find_map(|(limit, long, short)| {
            let (over_long, over_short) = (self.burn(budget, long), self.burn(budget, short));
            (over_long >= limit && over_short >= limit).then_some((limit, over_long, over_short))
        })
    }

    pub(crate) fn halts(&self, config: &MonitorConfig) -> bool {
        self.burning(config).is_some()
    }

    pub(crate) fn look(&self, config: &MonitorConfig) -> Look {
        let budget = config.bound.unwrap_or(f64::NAN);
        let hour = self.burn(budget, 12);
        let said = format!("the budget of {} burns at {} times its rate over an hour", percent(budget), say(hour));
        let (standing, reason) = match self.burning(config) {
            Some((limit, over_long, over_short)) => (
                Standing::Harm,
                format!(
                    "the budget of {} burns at {} times its rate, lately at {}; {} is the limit",
                    percent(budget),
                    say(over_long),
                    say(over_short),
                    say(limit)
                ),
            ),
            None if self.windows == 0 => (Standing::TooLittle, "no window yet".to_owned()),
            None if hour > 1.0 => (Standing::TooLittle, format!("{said}; more than it may in the long run")),
            None => (Standing::Clear, said),
        };
        Look::new(standing, reason)
            .with("budget", figure(budget))
            .with("burn_5_minutes", figure(self.burn(budget, 1)))
            .with("burn_hour", figure(hour))
            .with("burn_6_hours", figure(self.burn(budget, 72)))
            .with("windows", self.windows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MonitorKind;
    use crate::window::Sample;

    fn fed(windows: &[f64]) -> (BurnRate, MonitorConfig) {
        let config = MonitorConfig::new(MonitorKind::BurnRate, "errors").bound(0.001);
        let mut test = BurnRate::new();
        for errors in windows {
            let sample = Sample::rate(1000.0, *errors).unwrap();
            test.observe(&config, 60.0, Seen { canary: &sample, control: None, requests: None }).unwrap();
        }
        (test, config)
    }

    #[test]
    fn a_fast_burn_halts_and_one_within_the_budget_does_not() {
        let (fast, config) = fed(&[20.0; 60]);
        assert!(fast.halts(&config));
        let (within, config) = fed(&[1.0; 600]);
        assert!(!within.halts(&config));
        assert_eq!(within.look(&config).standing, Standing::Clear);
    }

    #[test]
    fn a_slow_burn_halts_over_six_hours() {
        let (slow, config) = fed(&[7.0; 400]);
        assert!(slow.halts(&config));
        assert!(!fed(&[7.0; 60]).0.halts(&config));
    }

    #[test]
    fn what_is_over_is_not_burning() {
        let mut windows = vec![20.0; 60];
        windows.extend([0.0; 12]);
        let (over, config) = fed(&windows);
        assert!(!over.halts(&config));
        assert_eq!(over.look(&config).standing, Standing::TooLittle);
    }

    #[test]
    fn one_bad_window_at_the_start_is_no_burn_of_an_hour() {
        let (start, config) = fed(&[150.0]);
        assert!(!start.halts(&config), "{:?}", start.burning(&config));
    }
}
