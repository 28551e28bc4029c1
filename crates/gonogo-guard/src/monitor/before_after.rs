//! The canary against the time before the deploy: weaker than a control, because whatever else changed since counts as the deploy's.

use serde::{Deserialize, Serialize};

use super::reading::{Events, level_of};
use super::state::{Look, Seen, Settings, Standing};
use super::static_bound::BoundTest;
use crate::config::{MonitorConfig, Worse};
use crate::fault::FaultKind;
use crate::numeric::normal_quantile;
use crate::verdict::figure;
use crate::window::{Arm, Sample};

const WEEK: f64 = 604_800.0;
/// History windows without which there is nothing to compare with.
const LEAST_HISTORY: u64 = 5;
/// The part of alpha spent on not knowing the level before; the rest is for the test.
const FOR_HISTORY: f64 = 0.2;

/// Sums over history windows from which a level, its spread and its correlation follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    windows: u64,
    events: f64,
    exposure: f64,
    squares_over_exposure: f64,
    neighbours: f64,
    last: Option<f64>,
}

impl History {
    fn add(&mut self, events: f64, exposure: f64) {
        let level = events / exposure;
        self.windows = self.windows.saturating_add(1);
        self.events += events;
        self.exposure += exposure;
        self.squares_over_exposure += events * level;
        if let Some(last) = self.last {
            self.neighbours += last * level;
        }
        self.last = Some(level);
    }

    fn mean(&self) -> f64 {
        self.events / self.exposure
    }

    /// Variance of a window's events over their mean; at least 1.
    fn dispersion(&self) -> f64 {
        let mean = self.mean();
        if self.windows < 2 || mean <= 0.0 {
            return 1.0;
        }
        ((self.squares_over_exposure / mean - self.events) / (self.windows - 1) as f64).max(1.0)
    }

    /// How far the level may really be from the one seen, in the direction of harm, at level `alpha`.
    fn limit(&self, form: HistoryForm, worse: Worse, alpha: f64) -> f64 {
        let z = normal_quantile(1.0 - alpha);
        let direction = if worse == Worse::Down { -1.0 } else { 1.0 };
        match form {
            HistoryForm::Events => {
                let dispersion = self.dispersion();
                let centre = self.events + z * z / 2.0;
                let width = z * (dispersion * self.events + z * z / 4.0).sqrt();
                ((centre + direction * width) / self.exposure).max(0.0)
            }
            HistoryForm::Level => {
                let n = self.windows as f64;
                let mean = self.mean();
                let variance = ((self.squares_over_exposure - n * mean * mean) / (n - 1.0)).max(0.0);
                let scatter = variance * (n - 1.0);
                let raw = if scatter > 0.0 { (self.neighbours - (n - 1.0) * mean * mean) / scatter } else { 0.0 };
                let correlation = (raw + (1.0 + 3.0 * raw) / n).clamp(0.0, 0.9);
                mean + direction * z * (variance / n * (1.0 + correlation) / (1.0 - correlation)).sqrt()
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum HistoryForm {
    Events,
    Level,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeforeAfter {
    form: Option<HistoryForm>,
    all: History,
    /// The same stretch of the week in weeks before.
    same_hour: History,
    test: Option<BoundTest>,
    after: u64,
}

impl BeforeAfter {
    pub(crate) fn new() -> Self {
        Self { form: None, all: History::default(), same_hour: History::default(), test: None, after: 0 }
    }

    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        settings: &Settings,
        seen: Seen<'_>,
    ) -> Result<(), (Arm, FaultKind)> {
        let fault = |fault| (Arm::Canary, fault);
        let (form, events, exposure) = match seen.canary {
            Sample::Value(_) | Sample::Exceptions(_) => {
                (HistoryForm::Level, level_of(seen.canary, config.over).map_err(fault)?, 1.0)
            }
            sample => {
                let seen = Events::of(sample, config.over).map_err(fault)?;
                (HistoryForm::Events, seen.events, seen.exposure)
            }
        };
        let form = *self.form.get_or_insert(form);
        let Some(since_deploy) = settings.since_deploy else { return Ok(()) };
        if since_deploy <= 0.0 {
            let length = settings.window_seconds * settings.planned_windows as f64;
            // The same hour of an earlier week lies whole weeks before some moment of the rollout.
            let into_week = since_deploy.rem_euclid(WEEK);
            self.all.add(events, exposure);
            if into_week > 0.0 && into_week <= length.max(3_600.0) && since_deploy < -0.5 * WEEK {
                self.same_hour.add(events, exposure);
            }
            return Ok(());
        }
        self.after = self.after.saturating_add(1);
        let history = if self.same_hour.windows >= LEAST_HISTORY { &self.same_hour } else { &self.all };
        if history.windows < LEAST_HISTORY {
            return Ok(());
        }
        let limit = history.limit(form, config.worse, FOR_HISTORY * settings.alpha);
        self.test
            .get_or_insert_with(|| BoundTest::new(config, settings, seen.canary, limit))
            .observe(config, seen.canary)
            .map_err(fault)
    }

    pub(crate) fn halts(&self, alpha: f64) -> bool {
        self.test.as_ref().is_some_and(|test| test.halts((1.0 - FOR_HISTORY) * alpha))
    }

    pub(crate) fn look(&self, config: &MonitorConfig, settings: &Settings) -> Look {
        let same_hour = self.same_hour.windows >= LEAST_HISTORY;
        let history = if same_hour { &self.same_hour } else { &self.all };
        let of = if same_hour { "the same hour of earlier weeks" } else { "the time before" };
        if settings.since_deploy.is_none() {
            return Look::new(
                Standing::TooLittle,
                "no `deployed_at` is configured, so nothing is known to be before the deploy",
            );
        }
        let Some(test) = &self.test else {
            let why = if history.windows < LEAST_HISTORY {
                format!(
                    "{} windows of history, {} more are needed to compare with",
                    history.windows,
                    LEAST_HISTORY - history.windows
                )
            } else {
                "no window after the deploy yet".to_owned()
            };
            return Look::new(Standing::TooLittle, why);
        };
        let mut look = test.look(config, (1.0 - FOR_HISTORY) * settings.alpha);
        look.reason = format!(
            "against {of} ({} windows; weaker than a control, since all that changed meanwhile counts): {}",
            history.windows, look.reason
        );
        look.with("history_windows", history.windows)
            .with("history_mean", figure(history.mean()))
            .with("same_hour_of_earlier_weeks", same_hour)
            .with("windows_after", self.after)
    }
}
