//! The canary against a fixed bound.

use serde::{Deserialize, Serialize};

use super::against_control::ratio_doubt;
use super::level::LevelTest;
use super::outage::Outage;
use super::power::needed_against_bound;
use super::ratio::RatioTest;
use super::reading::Events;
use super::state::{Look, Seen, Settings, Standing};
use crate::config::{MonitorConfig, Worse};
use crate::fault::FaultKind;
use crate::verdict::{figure, percent, say};
use crate::window::{Arm, Sample};

/// Counts over an exposure are treated as so many small trials that two events never fall into one: the Poisson law as the limit of
/// the binomial.
const TRIAL: f64 = 1e-4;

/// A test of a share, a rate or a level against a bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoundTest {
    bound: f64,
    form: Form,
    events: f64,
    exposure: f64,
    outage: Outage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Form {
    /// A share of requests.
    Share(RatioTest),
    /// Events over an exposure.
    Rate(RatioTest),
    /// A gauge.
    Level(LevelTest),
}

impl BoundTest {
    pub(crate) fn new(config: &MonitorConfig, settings: &Settings, sample: &Sample, bound: f64) -> Self {
        let (worse, effect) = (config.worse, config.minimum_effect);
        let form = match sample {
            Sample::Value(_) | Sample::Exceptions(_) => Form::Level(LevelTest::new(worse, settings.planned_windows)),
            Sample::Count { .. } => Form::Rate(RatioTest::against_bound(worse, effect, TRIAL)),
            Sample::Rate { .. } | Sample::Buckets(_) => {
                Form::Share(RatioTest::against_bound(worse, effect, bound.clamp(1e-6, 1.0 - 1e-6)))
            }
        };
        Self { bound, form, events: 0.0, exposure: 0.0, outage: Outage::default() }
    }

    pub(crate) fn observe(&mut self, config: &MonitorConfig, sample: &Sample) -> Result<(), FaultKind> {
        match &mut self.form {
            Form::Level(test) => {
                let reading = super::reading::level_of(sample, config.over)?;
                let allowed = config.minimum_effect * self.bound.abs();
                let excess = match config.worse {
                    Worse::Down => reading - self.bound + allowed,
                    Worse::Up | Worse::Either => reading - self.bound - allowed,
                };
                test.observe(excess);
                self.events += reading;
                self.exposure += 1.0;
            }
            Form::Share(test) => {
                let seen = Events::of(sample, config.over)?;
                if config.worse != Worse::Down {
                    self.outage.observe(seen, self.bound);
                }
                test.observe_trials(seen.events, seen.exposure);
                self.events += seen.events;
                self.exposure += seen.exposure;
            }
            Form::Rate(test) => {
                let seen = Events::of(sample, config.over)?;
                let trials = (self.bound * seen.exposure / TRIAL).max(seen.events);
                test.observe_trials(seen.events, trials);
                self.events += seen.events;
                self.exposure += seen.exposure;
            }
        }
        Ok(())
    }

    pub(crate) fn halts(&self, alpha: f64) -> bool {
        match &self.form {
            Form::Share(test) | Form::Rate(test) => {
                test.halts(alpha) || (self.outage.lasts() && test.log_evalue() >= -alpha.ln())
            }
            Form::Level(test) => test.halts(alpha),
        }
    }

    pub(crate) fn look(&self, config: &MonitorConfig, alpha: f64) -> Look {
        const LEAST_WINDOWS: f64 = 12.0;
        if self.exposure <= 0.0 {
            return Look::new(Standing::TooLittle, "no window yet");
        }
        let mean = self.events / self.exposure;
        let past = match config.worse {
            Worse::Up => mean > self.bound,
            Worse::Down => mean < self.bound,
            Worse::Either => false,
        };
        let (log_evalue, tempered) = match &self.form {
            Form::Share(test) | Form::Rate(test) => {
                let plain = test.log_evalue();
                (plain, test.evidence(alpha))
            }
            Form::Level(test) => (test.log_evalue(), test.log_evalue()),
        };
        let (said, needed, unit) = match &self.form {
            Form::Share(_) => (
                format!(
                    "{} of {} ({}) against a bound of {}",
                    say(self.events),
                    say(self.exposure),
                    percent(mean),
                    percent(self.bound)
                ),
                needed_against_bound(self.bound.clamp(1e-6, 1.0 - 1e-6), alpha),
                "canary requests",
            ),
            Form::Rate(_) => (
                format!(
                    "{} events over {} ({}) against a bound of {}",
                    say(self.events),
                    say(self.exposure),
                    say(mean),
                    say(self.bound)
                ),
                if self.bound > 0.0 { needed_against_bound(TRIAL, alpha) * TRIAL / self.bound } else { 0.0 },
                "units of exposure",
            ),
            Form::Level(_) => {
                (format!("mean {} against a bound of {}", say(mean), say(self.bound)), LEAST_WINDOWS, "windows")
            }
        };
        let doubt = match &self.form {
            Form::Share(test) | Form::Rate(test) => ratio_doubt(test, alpha, tempered),
            Form::Level(_) => (log_evalue >= 0.5 * -alpha.ln())
                .then(|| format!("evidence of harm is gathering: e-value {}", say(log_evalue.exp()))),
        };
        let needed = config.minimum_requests.unwrap_or(needed);
        let (standing, reason) = if self.halts(alpha) {
            (Standing::Harm, format!("{said}; e-value {} of {}", say(tempered.exp()), say(1.0 / alpha)))
        } else if self.exposure < needed {
            let missing = (needed - self.exposure).ceil();
            (Standing::TooLittle, format!("{said}; too little: {} more {unit} are needed", say(missing)))
        } else if past {
            (Standing::TooLittle, format!("{said}; past the bound, if not proven: e-value {}", say(tempered.exp())))
        } else if let Some(doubt) = doubt {
            (Standing::TooLittle, format!("{said}; {doubt}"))
        } else {
            (Standing::Clear, said)
        };
        Look::new(standing, reason)
            .with("mean", figure(mean))
            .with("bound", figure(self.bound))
            .with("events", figure(self.events))
            .with("exposure", figure(self.exposure))
            .with("log_e_value", figure(log_evalue))
            .with("tempered_log_e_value", figure(tempered))
            .with("threshold", figure(-alpha.ln()))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaticBound {
    test: Option<BoundTest>,
}

impl StaticBound {
    pub(crate) fn new() -> Self {
        Self { test: None }
    }

    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        settings: &Settings,
        seen: Seen<'_>,
    ) -> Result<(), (Arm, FaultKind)> {
        let bound = config.bound.ok_or((Arm::Canary, FaultKind::WrongType))?;
        self.test
            .get_or_insert_with(|| BoundTest::new(config, settings, seen.canary, bound))
            .observe(config, seen.canary)
            .map_err(|fault| (Arm::Canary, fault))
    }

    pub(crate) fn halts(&self, alpha: f64) -> bool {
        self.test.as_ref().is_some_and(|test| test.halts(alpha))
    }

    pub(crate) fn look(&self, config: &MonitorConfig, settings: &Settings) -> Look {
        match &self.test {
            Some(test) => test.look(config, settings.alpha),
            None => Look::new(Standing::TooLittle, "no window yet"),
        }
    }
}
