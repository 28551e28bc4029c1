//! What a monitor keeps from window to window, and the part that all kinds share.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::against_control::AgainstControl;
use super::before_after::BeforeAfter;
use super::burn_rate::BurnRate;
use super::counting::Counting;
use super::mann_whitney::MannWhitney;
use super::new_exceptions::NewExceptions;
use super::reading::{largest_in, requests_of};
use super::static_bound::StaticBound;
use super::steady_growth::SteadyGrowth;
use crate::config::{MonitorConfig, MonitorKind};
use crate::fault::FaultKind;
use crate::window::{Arm, Sample};

/// What a monitor must know of the rollout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) alpha: f64,
    /// The whole deploy's alpha.
    pub(crate) whole_alpha: f64,
    pub(crate) planned_windows: u64,
    pub(crate) window_seconds: f64,
    /// Seconds from the deploy to the end of this window; negative before it, `None` where no deploy time is configured.
    pub(crate) since_deploy: Option<f64>,
}

/// What a monitor makes of the windows so far.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) standing: Standing,
    pub(crate) reason: String,
    pub(crate) figures: Map<String, Value>,
}

/// Whether there is harm, no harm, or too little to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Harm,
    Clear,
    TooLittle,
}

impl Look {
    pub(crate) fn new(standing: Standing, reason: impl Into<String>) -> Self {
        Self { standing, reason: reason.into(), figures: Map::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.figures.insert(name.to_owned(), value.into());
        self
    }
}

/// One monitor's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonitorState {
    /// The form of the samples, once seen; it must not change.
    form: Option<String>,
    /// A digest of the bucket bounds, once seen; they must not change.
    layout: Option<u64>,
    /// The largest reading of each arm so far.
    largest: [f64; 2],
    readings: [u64; 2],
    /// Whether it ever saw what would be harm if it had all of alpha to itself. It is then never clear again, so that one more
    /// monitor, which takes a share of alpha, cannot turn a halt into a healthy rollout.
    alarmed: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Test {
    AgainstControl(AgainstControl),
    StaticBound(StaticBound),
    BeforeAfter(BeforeAfter),
    SteadyGrowth(SteadyGrowth),
    NewExceptions(NewExceptions),
    Counting(Counting),
    BurnRate(BurnRate),
    MannWhitney(MannWhitney),
}

/// One window as a monitor sees it: its metric in both arms, and the requests that tell the shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) canary: &'a Sample,
    pub(crate) control: Option<&'a Sample>,
    /// Requests of canary and control, where `requests_from` names a metric.
    pub(crate) requests: Option<(f64, Option<f64>)>,
}

/// A jump by more than this over all earlier readings is garbage, not growth.
const JUMP: f64 = 1e6;
const EARLIER_READINGS: u64 = 3;

impl MonitorState {
    pub(crate) fn new(config: &MonitorConfig, planned_windows: u64) -> Self {
        let test = match config.kind {
            MonitorKind::AgainstControl => Test::AgainstControl(AgainstControl::new()),
            MonitorKind::StaticBound => Test::StaticBound(StaticBound::new()),
            MonitorKind::BeforeAfter => Test::BeforeAfter(BeforeAfter::new()),
            MonitorKind::SteadyGrowth => Test::SteadyGrowth(SteadyGrowth::new(config, planned_windows)),
            MonitorKind::NewExceptions => Test::NewExceptions(NewExceptions::new()),
            MonitorKind::Counting => Test::Counting(Counting::new()),
            MonitorKind::BurnRate => Test::BurnRate(BurnRate::new()),
            MonitorKind::MannWhitney => Test::MannWhitney(MannWhitney::new()),
        };
        Self { form: None, layout: None, largest: [0.0; 2], readings: [0; 2], alarmed: false, test }
    }

    /// Takes one window in. A window with a fault adds no evidence.
    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        settings: &Settings,
        canary: &Sample,
        control: Option<&Sample>,
        shares: (Option<&Sample>, Option<&Sample>),
    ) -> Result<(), (Arm, FaultKind)> {
        let before = settings.since_deploy.is_some_and(|seconds| seconds <= 0.0);
        self.admit(config, canary, 0).map_err(|fault| (Arm::Canary, fault))?;
        if let Some(control) = control {
            self.admit(config, control, 1).map_err(|fault| (Arm::Control, fault))?;
        }
        let requests = match shares.0 {
            None => None,
            Some(of_canary) => {
                let of_canary = requests_of(of_canary).map_err(|fault| (Arm::Canary, fault))?;
                if of_canary == 0.0 {
                    return Err((Arm::Canary, FaultKind::NoRequests));
                }
                let of_control = shares.1.map(requests_of).transpose().map_err(|fault| (Arm::Control, fault))?;
                Some((of_canary, of_control))
            }
        };
        let seen = Seen { canary, control, requests };
        match &mut self.test {
            Test::AgainstControl(_)
            | Test::StaticBound(_)
            | Test::SteadyGrowth(_)
            | Test::Counting(_)
            | Test::BurnRate(_)
            | Test::MannWhitney(_)
                if before =>
            {
                Ok(())
            }
            Test::AgainstControl(test) => test.observe(config, settings, seen),
            Test::StaticBound(test) => test.observe(config, settings, seen),
            Test::BeforeAfter(test) => test.observe(config, settings, seen),
            Test::SteadyGrowth(test) => test.observe(config, seen),
            Test::NewExceptions(test) => test.observe(settings, seen),
            Test::Counting(test) => test.observe(config, seen),
            Test::BurnRate(test) => test.observe(config, settings.window_seconds, seen),
            Test::MannWhitney(test) => test.observe(config, settings, seen),
        }
    }

    /// Checks a sample against the form, the bounds and the size of those before it.
    fn admit(&mut self, config: &MonitorConfig, sample: &Sample, arm: usize) -> Result<(), FaultKind> {
        match &self.form {
            Some(form) if form != sample.form() => return Err(FaultKind::WrongType),
            Some(_) => {}
            None => self.form = Some(sample.form().to_owned()),
        }
        if let Sample::Value(level) = sample
            && level.get() < 0.0
            && !config.allow_negative
        {
            return Err(FaultKind::Negative);
        }
        if let Sample::Buckets(buckets) = sample {
            let layout = digest(buckets.bounds());
            if *self.layout.get_or_insert(layout) != layout {
                return Err(FaultKind::BucketsChanged);
            }
        }
        let size = largest_in(sample);
        if let (Some(largest), Some(readings)) = (self.largest.get_mut(arm), self.readings.get_mut(arm)) {
            if *readings >= EARLIER_READINGS && size > JUMP * largest.max(1.0) {
                return Err(FaultKind::TooLarge);
            }
            *largest = largest.max(size);
            *readings = readings.saturating_add(1);
        }
        Ok(())
    }

    /// Whether the monitor sees harm. Called once a window; cheap while there is none.
    pub(crate) fn harm(&self, config: &MonitorConfig, settings: &Settings) -> bool {
        match &self.test {
            Test::AgainstControl(test) => test.halts(settings.alpha),
            Test::StaticBound(test) => test.halts(settings.alpha),
            Test::BeforeAfter(test) => test.halts(settings.alpha),
            Test::SteadyGrowth(test) => test.halts(config, settings.alpha),
            Test::NewExceptions(test) => test.halts(settings.alpha),
            Test::Counting(test) => test.halts(config),
            Test::BurnRate(test) => test.halts(config),
            Test::MannWhitney(test) => test.halts(),
        }
    }

    /// Remembers harm as it would be seen with all of alpha.
    pub(crate) fn watch(&mut self, config: &MonitorConfig, settings: &Settings) {
        if !self.alarmed {
            let alone = Settings { alpha: settings.whole_alpha, ..*settings };
            self.alarmed = match &self.test {
                Test::MannWhitney(test) => test.alarmed(),
                _ => self.harm(config, &alone),
            };
        }
    }

    /// Whether it ever saw harm, be it with all of alpha to itself.
    pub(crate) fn alarmed(&self) -> bool {
        self.alarmed
    }

    /// What the monitor makes of the windows so far, in words and figures.
    pub(crate) fn look(&self, config: &MonitorConfig, settings: &Settings) -> Look {
        match &self.test {
            Test::AgainstControl(test) => test.look(config, settings),
            Test::StaticBound(test) => test.look(config, settings),
            Test::BeforeAfter(test) => test.look(config, settings),
            Test::SteadyGrowth(test) => test.look(config, settings),
            Test::NewExceptions(test) => test.look(settings),
            Test::Counting(test) => test.look(config),
            Test::BurnRate(test) => test.look(config),
            Test::MannWhitney(test) => test.look(settings),
        }
    }

    /// Whether the kind cannot do without a control arm.
    pub(crate) fn needs_control(&self) -> bool {
        matches!(self.test, Test::AgainstControl(_) | Test::MannWhitney(_))
    }
}

fn digest(bounds: &[f64]) -> u64 {
    bounds.iter().fold(0xcbf2_9ce4_8422_2325, |hash, bound| {
        bound
            .to_bits()
            .to_le_bytes()
            .iter()
            .fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    })
}
