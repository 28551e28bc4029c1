//! So many points over a bound: N of the last M windows, in a row, or in all. For teams that want just that; it promises no alpha.

use serde::{Deserialize, Serialize};

use super::reading::level_of;
use super::state::{Look, Seen, Standing};
use crate::config::{MonitorConfig, Worse};
use crate::fault::FaultKind;
use crate::verdict::{figure, say};
use crate::window::Arm;

/// Out of the box: three of the last five.
const POINTS: u32 = 3;
const OF: u32 = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counting {
    /// The last 64 windows, one bit each, the latest lowest.
    recent: u64,
    in_row: u32,
    in_all: u32,
    windows: u64,
    /// How often it went from one side of the bound to the other: flapping.
    flips: u64,
    last: Option<f64>,
}

impl Counting {
    pub(crate) fn new() -> Self {
        Self { recent: 0, in_row: 0, in_all: 0, windows: 0, flips: 0, last: None }
    }

    pub(crate) fn observe(&mut self, config: &MonitorConfig, seen: Seen<'_>) -> Result<(), (Arm, FaultKind)> {
        let reading = level_of(seen.canary, config.over).map_err(|fault| (Arm::Canary, fault))?;
        let bound = config.bound.ok_or((Arm::Canary, FaultKind::WrongType))?;
        let over = match config.worse {
            Worse::Up | Worse::Either => reading > bound,
            Worse::Down => reading < bound,
        };
        if self.windows > 0 && (self.recent & 1 == 1) != over {
            self.flips = self.flips.saturating_add(1);
        }
        self.recent = (self.recent << 1) | u64::from(over);
        self.in_row = if over { self.in_row.saturating_add(1) } else { 0 };
        self.in_all = self.in_all.saturating_add(u32::from(over));
        self.windows = self.windows.saturating_add(1);
        self.last = Some(reading);
        Ok(())
    }

    fn reached(&self, config: &MonitorConfig) -> Option<String> {
        if let Some(limit) = config.consecutive
            && self.in_row >= limit
        {
            return Some(format!("{} windows in a row past the bound", self.in_row));
        }
        if let Some(limit) = config.cumulative
            && self.in_all >= limit
        {
            return Some(format!("{} windows in all past the bound", self.in_all));
        }
        let (points, of) = match (config.points, config.of, config.consecutive, config.cumulative) {
            (None, None, None, None) => (POINTS, OF),
            (None, None, _, _) => return None,
            (points, of, _, _) => {
                (points.unwrap_or(POINTS).min(of.unwrap_or(64)), of.unwrap_or(OF.max(points.unwrap_or(POINTS))))
            }
        };
        let mask = if of >= 64 { u64::MAX } else { (1_u64 << of) - 1 };
        let hits = (self.recent & mask).count_ones();
        (hits >= points).then(|| format!("{hits} of the last {of} windows past the bound"))
    }

    pub(crate) fn halts(&self, config: &MonitorConfig) -> bool {
        self.reached(config).is_some()
    }

    pub(crate) fn look(&self, config: &MonitorConfig) -> Look {
        let bound = config.bound.unwrap_or(f64::NAN);
        let flapping = if self.flips >= 6 { format!("; it flapped {} times", self.flips) } else { String::new() };
        let (standing, reason) = match self.reached(config) {
            Some(reached) => (Standing::Harm, format!("{reached} of {}{flapping}", say(bound))),
            None if self.windows == 0 => (Standing::TooLittle, "no window yet".to_owned()),
            None if self.in_row > 0 => {
                (Standing::TooLittle, format!("past the bound of {} in the last window{flapping}", say(bound)))
            }
            None => (
                Standing::Clear,
                format!("{} of {} windows past the bound of {}{flapping}", self.in_all, self.windows, say(bound)),
            ),
        };
        Look::new(standing, reason)
            .with("bound", figure(bound))
            .with("last", figure(self.last.unwrap_or(f64::NAN)))
            .with("in_row", self.in_row)
            .with("in_all", self.in_all)
            .with("windows", self.windows)
            .with("flips", self.flips)
    }
}
