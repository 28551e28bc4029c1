//! Kayenta's judge at planned looks, for teams that come from it.
//!
//! The test is for a fixed sample: looking after each window multiplies its false alarms. So the judge looks four times, at each
//! quarter of the plan, each time with a quarter of the monitor's alpha.

use serde::{Deserialize, Serialize};

use super::reading::level_of;
use super::state::{Look, Seen, Settings, Standing};
use crate::config::{MonitorConfig, Worse};
use crate::fault::FaultKind;
use crate::profile::kayenta::{Classification, Direction, MannWhitneyJudge};
use crate::verdict::{figure, say};
use crate::window::Arm;

/// Readings kept an arm; longer plans average neighbouring windows.
const KEPT: u64 = 60;
const LOOKS: u64 = 4;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MannWhitney {
    canary: Vec<f64>,
    control: Vec<f64>,
    pending: [f64; 2],
    in_pending: u64,
    windows: u64,
    last: Option<Judged>,
    /// Whether a judge with all of alpha ever saw a difference.
    alarmed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    at: u64,
    classification: Classification,
    low: f64,
    high: f64,
    estimate: f64,
    deviation: f64,
}

impl MannWhitney {
    pub(crate) fn new() -> Self {
        Self {
            canary: Vec::new(),
            control: Vec::new(),
            pending: [0.0; 2],
            in_pending: 0,
            windows: 0,
            last: None,
            alarmed: false,
        }
    }

    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        settings: &Settings,
        seen: Seen<'_>,
    ) -> Result<(), (Arm, FaultKind)> {
        let control = seen.control.ok_or((Arm::Control, FaultKind::MetricMissing))?;
        let canary = level_of(seen.canary, config.over).map_err(|fault| (Arm::Canary, fault))?;
        let control = level_of(control, config.over).map_err(|fault| (Arm::Control, fault))?;
        self.windows = self.windows.saturating_add(1);
        if self.windows > settings.planned_windows {
            return Ok(());
        }
        let each = settings.planned_windows.div_ceil(KEPT).max(1);
        self.pending = [self.pending[0] + canary, self.pending[1] + control];
        self.in_pending += 1;
        if self.in_pending >= each {
            let size = self.in_pending as f64;
            self.canary.push(self.pending[0] / size);
            self.control.push(self.pending[1] / size);
            self.pending = [0.0; 2];
            self.in_pending = 0;
        }
        let planned = settings.planned_windows;
        let looks = (1..=LOOKS).any(|look| self.windows == (planned.saturating_mul(look)).div_ceil(LOOKS));
        let halted =
            self.last.is_some_and(|judged| matches!(judged.classification, Classification::High | Classification::Low));
        if looks && !halted {
            let alone = self.judge(config, settings.whole_alpha / LOOKS as f64);
            self.alarmed |= matches!(alone.classification, Classification::High | Classification::Low);
            // A monitor that is alone has all of alpha.
            let shares = settings.alpha < settings.whole_alpha;
            self.last = Some(if shares { self.judge(config, settings.alpha / LOOKS as f64) } else { alone });
        }
        Ok(())
    }

    fn judge(&self, config: &MonitorConfig, alpha: f64) -> Judged {
        let direction = match config.worse {
            Worse::Up => Direction::Increase,
            Worse::Down => Direction::Decrease,
            Worse::Either => Direction::Either,
        };
        // The judge's interval is two-sided; with one harmful direction only one end of it can halt.
        let confidence = if config.worse == Worse::Either { 1.0 - alpha } else { 1.0 - 2.0 * alpha };
        let judge = MannWhitneyJudge {
            confidence,
            tolerance: config.tolerance.unwrap_or(0.25),
            direction,
            ..MannWhitneyJudge::default()
        };
        let judgement = judge.classify(&self.canary, &self.control);
        let (low, high, estimate) =
            judgement.interval.map_or((0.0, 0.0, 0.0), |found| (found.low, found.high, found.estimate));
        let deviation = if judgement.deviation.is_finite() { judgement.deviation } else { 0.0 };
        Judged { at: self.windows, classification: judgement.classification, low, high, estimate, deviation }
    }

    pub(crate) fn halts(&self) -> bool {
        self.last.is_some_and(|judged| matches!(judged.classification, Classification::High | Classification::Low))
    }

    pub(crate) fn alarmed(&self) -> bool {
        self.alarmed
    }

    pub(crate) fn look(&self, settings: &Settings) -> Look {
        let Some(judged) = self.last else {
            let first = settings.planned_windows.div_ceil(LOOKS);
            let missing = first.saturating_sub(self.windows);
            return Look::new(Standing::TooLittle, format!("the judge first looks in {missing} windows"));
        };
        let said = format!(
            "{:?} at window {}: estimate {} [{}, {}]",
            judged.classification,
            judged.at,
            say(judged.estimate),
            say(judged.low),
            say(judged.high)
        );
        let standing = match judged.classification {
            Classification::High | Classification::Low => Standing::Harm,
            Classification::Pass if judged.at >= settings.planned_windows => Standing::Clear,
            _ => Standing::TooLittle,
        };
        Look::new(standing, said)
            .with("classification", format!("{:?}", judged.classification))
            .with("estimate", figure(judged.estimate))
            .with("low", figure(judged.low))
            .with("high", figure(judged.high))
            .with("deviation", figure(judged.deviation))
            .with("windows", self.windows)
    }
}
