//! The canary against the old version at the same time.

use serde::{Deserialize, Serialize};

use super::level::LevelTest;
use super::outage::Outage;
use super::power::{LEAST_RATE, needed_against_control};
use super::ratio::RatioTest;
use super::reading::Events;
use super::state::{Look, Seen, Settings, Standing};
use crate::config::{MonitorConfig, Worse};
use crate::eprocess::ratio_confidence_interval;
use crate::fault::FaultKind;
use crate::verdict::{figure, percent, say};
use crate::window::{Arm, Buckets, Sample};

/// Concentration of the mixture behind the ratio's confidence interval.
const CONCENTRATION: f64 = 20.0;
/// Where the second latency bound is sought: the tail.
const TAIL: f64 = 0.05;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant)] // there is one a monitor, and it is the large one
pub(crate) enum AgainstControl {
    Undecided,
    Events { counted: bool, outage: Outage, test: RatioTest },
    Latency { bounds: Vec<LatencyBound> },
    Level { test: LevelTest, control_sum: f64 },
}

/// Exceedance of one bucket bound. Where more than half exceed it, the ones that do not are counted instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LatencyBound {
    index: usize,
    bound: f64,
    below: bool,
    test: RatioTest,
}

impl AgainstControl {
    pub(crate) fn new() -> Self {
        Self::Undecided
    }

    pub(crate) fn observe(
        &mut self,
        config: &MonitorConfig,
        settings: &Settings,
        seen: Seen<'_>,
    ) -> Result<(), (Arm, FaultKind)> {
        let control = seen.control.ok_or((Arm::Control, FaultKind::MetricMissing))?;
        match (seen.canary, control) {
            (Sample::Value(canary), Sample::Value(control)) => {
                if matches!(self, Self::Undecided) {
                    *self =
                        Self::Level { test: LevelTest::new(config.worse, settings.planned_windows), control_sum: 0.0 };
                }
                let Self::Level { test, control_sum } = self else { return Err((Arm::Canary, FaultKind::WrongType)) };
                let allowed = config.minimum_effect * control.get().abs();
                let difference = canary.get() - control.get();
                // Only what goes beyond the minimum effect counts against the canary.
                let excess = match config.worse {
                    Worse::Up => difference - allowed,
                    Worse::Down => difference + allowed,
                    Worse::Either => difference - difference.clamp(-allowed, allowed),
                };
                test.observe(excess);
                *control_sum += control.get();
                Ok(())
            }
            (Sample::Buckets(canary), Sample::Buckets(control)) if config.over.is_none() => {
                self.observe_latency(config, canary, control)
            }
            (canary, control) => {
                let counted = matches!(canary, Sample::Count { .. });
                let failures = matches!(canary, Sample::Rate { .. }) && config.worse != Worse::Down;
                let canary = Events::of(canary, config.over).map_err(|fault| (Arm::Canary, fault))?;
                let control = Events::of(control, config.over).map_err(|fault| (Arm::Control, fault))?;
                if matches!(self, Self::Undecided) {
                    let test = RatioTest::new(config.worse, config.minimum_effect);
                    *self = Self::Events { counted, outage: Outage::default(), test };
                }
                let Self::Events { test, outage, .. } = self else { return Err((Arm::Canary, FaultKind::WrongType)) };
                if failures {
                    outage.observe(canary, control.rate());
                }
                test.observe(canary.events, canary.exposure, control.events, control.exposure);
                Ok(())
            }
        }
    }

    /// With no latency named, the first window chooses: the bound that about half exceed, where a shift of all requests shows best,
    /// and one that about one in twenty exceed, for a slow tail. That window itself is not scored.
    fn observe_latency(
        &mut self,
        config: &MonitorConfig,
        canary: &Buckets,
        control: &Buckets,
    ) -> Result<(), (Arm, FaultKind)> {
        let (of_canary, of_control) = (canary.total().get(), control.total().get());
        if of_canary == 0.0 {
            return Err((Arm::Canary, FaultKind::NoRequests));
        }
        if of_control == 0.0 {
            return Err((Arm::Control, FaultKind::NoRequests));
        }
        if matches!(self, Self::Undecided) {
            let share = |index: usize| match (canary.above(index), control.above(index)) {
                (Some(a), Some(b)) => (a + b) / (of_canary + of_control),
                _ => 0.0,
            };
            let nearest = |wanted: f64| {
                (0..canary.bounds().len())
                    .filter(|index| share(*index) > 0.0 && share(*index) < 1.0)
                    .min_by(|a, b| (share(*a) - wanted).abs().total_cmp(&(share(*b) - wanted).abs()))
            };
            let Some(middle) = nearest(0.5) else { return Err((Arm::Canary, FaultKind::NoBucketForBound)) };
            let mut indexes = vec![middle];
            if let Some(tail) = nearest(TAIL)
                && tail != middle
            {
                indexes.push(tail);
            }
            let bounds = indexes
                .into_iter()
                .map(|index| {
                    let below = share(index) > 0.5;
                    let worse = match (config.worse, below) {
                        (Worse::Up, true) => Worse::Down,
                        (Worse::Down, true) => Worse::Up,
                        (same, _) => same,
                    };
                    let bound = canary.bounds().get(index).copied().unwrap_or(f64::MAX);
                    LatencyBound { index, bound, below, test: RatioTest::compact(worse, config.minimum_effect) }
                })
                .collect();
            *self = Self::Latency { bounds };
            return Ok(());
        }
        let Self::Latency { bounds } = self else { return Err((Arm::Canary, FaultKind::WrongType)) };
        for bound in bounds {
            let (Some(a), Some(b)) = (canary.above(bound.index), control.above(bound.index)) else {
                return Err((Arm::Canary, FaultKind::BucketsChanged));
            };
            let (a, b) = if bound.below { (of_canary - a, of_control - b) } else { (a, b) };
            bound.test.observe(a, of_canary, b, of_control);
        }
        Ok(())
    }

    pub(crate) fn halts(&self, alpha: f64) -> bool {
        match self {
            Self::Undecided => false,
            Self::Events { test, outage, .. } => {
                test.halts(alpha) || (outage.lasts() && test.log_evalue() >= -alpha.ln())
            }
            Self::Latency { bounds } => bounds.iter().any(|bound| bound.test.halts(alpha / bounds.len() as f64)),
            Self::Level { test, .. } => test.halts(alpha),
        }
    }

    pub(crate) fn look(&self, config: &MonitorConfig, settings: &Settings) -> Look {
        let alpha = settings.alpha;
        match self {
            Self::Undecided => Look::new(Standing::TooLittle, "no window with both arms yet"),
            Self::Events { counted, outage, test } => {
                let look = ratio_look(config, alpha, *counted, test, &what(config));
                if look.standing != Standing::Harm && self.halts(alpha) && outage.lasts() {
                    let reason = format!("most requests of the canary fail; {}", look.reason);
                    return Look { standing: Standing::Harm, reason, ..look };
                }
                look
            }
            Self::Latency { bounds } => {
                let each = alpha / bounds.len().max(1) as f64;
                let looks = bounds.iter().map(|bound| {
                    let what =
                        format!("requests {} {}", if bound.below { "within" } else { "slower than" }, say(bound.bound));
                    ratio_look(config, each, false, &bound.test, &what).with("latency_bound", figure(bound.bound))
                });
                // Harm at any bound is harm; too little at any is too little.
                let rank = |standing: Standing| match standing {
                    Standing::Harm => 2,
                    Standing::TooLittle => 1,
                    Standing::Clear => 0,
                };
                looks
                    .reduce(|a, b| if rank(b.standing) > rank(a.standing) { b } else { a })
                    .unwrap_or_else(|| Look::new(Standing::TooLittle, "no window with both arms yet"))
            }
            Self::Level { test, control_sum } => level_look(config, alpha, test, *control_sum),
        }
    }
}

fn what(config: &MonitorConfig) -> String {
    config.over.map_or_else(|| "events".to_owned(), |over| format!("requests slower than {}", say(over)))
}

fn ratio_look(config: &MonitorConfig, alpha: f64, counted: bool, test: &RatioTest, what: &str) -> Look {
    let [canary, canary_exposure, control, control_exposure] = test.totals();
    if !(canary_exposure > 0.0 && control_exposure > 0.0) {
        return Look::new(Standing::TooLittle, "no window with both arms yet");
    }
    let share = canary_exposure / (canary_exposure + control_exposure);
    let (canary_rate, control_rate) = (canary / canary_exposure, control / control_exposure);
    let interval = ratio_confidence_interval([canary, control], [share, 1.0 - share], CONCENTRATION, alpha);
    let log_evalue = test.log_evalue();
    let rate = if counted { control_rate.max(canary_rate) } else { control_rate.max(LEAST_RATE) };
    let needed = config
        .minimum_requests
        .unwrap_or_else(|| if rate > 0.0 { needed_against_control(rate, share, alpha) } else { 0.0 });
    let rates = format!(
        "{what}: canary {} of {} ({}), control {} of {} ({})",
        say(canary),
        say(canary_exposure),
        percent(canary_rate),
        say(control),
        say(control_exposure),
        percent(control_rate)
    );
    let ratio = if control_rate > 0.0 { canary_rate / control_rate } else { f64::INFINITY };
    let bounds = format!(
        "ratio {} [{}, {}]",
        if control_rate > 0.0 { say(ratio) } else { "unknown".to_owned() },
        say(interval.low.exp()),
        say(interval.high.exp())
    );
    let tempered = test.evidence(alpha);
    let (standing, reason) = if test.halts(alpha) {
        (Standing::Harm, format!("{rates}; {bounds}; e-value {} of {}", say(tempered.exp()), say(1.0 / alpha)))
    } else if canary_exposure < needed {
        let missing = (needed - canary_exposure).ceil();
        (Standing::TooLittle, format!("{rates}; too little traffic: {} more canary requests are needed", say(missing)))
    } else if let Some(doubt) = ratio_doubt(test, alpha, tempered) {
        (Standing::TooLittle, format!("{rates}; {bounds}; {doubt}"))
    } else {
        (Standing::Clear, format!("{rates}; {bounds}"))
    };
    Look::new(standing, reason)
        .with("canary_events", figure(canary))
        .with("canary_exposure", figure(canary_exposure))
        .with("control_events", figure(control))
        .with("control_exposure", figure(control_exposure))
        .with("ratio", figure(ratio))
        .with("ratio_low", figure(interval.low.exp()))
        .with("ratio_high", figure(interval.high.exp()))
        .with("log_e_value", figure(log_evalue))
        .with("tempered_log_e_value", figure(tempered))
        .with("threshold", figure(-alpha.ln()))
        .with("requests_needed", figure(needed))
}

/// What keeps a comparison that does not halt from being clear.
pub(crate) fn ratio_doubt(test: &RatioTest, alpha: f64, tempered: f64) -> Option<String> {
    let log_evalue = test.log_evalue();
    if log_evalue >= -alpha.ln() {
        Some(format!(
            "the errors come in bursts, so that harm is neither shown nor excluded: e-value {}",
            say(tempered.exp())
        ))
    } else if tempered >= 0.5 * -alpha.ln() {
        Some(format!("evidence of harm is gathering: e-value {}", say(tempered.exp())))
    } else {
        test.recent_harm()
            .map(|events| format!("harm in the last windows ({} events), not enough to tell", say(events)))
    }
}

fn level_look(config: &MonitorConfig, alpha: f64, test: &LevelTest, control_sum: f64) -> Look {
    const LEAST_WINDOWS: u64 = 12;
    let readings = test.readings();
    let control_mean = control_sum / readings.max(1) as f64;
    let said = format!(
        "mean excess over the control {} in {readings} windows (control's mean {})",
        say(test.mean_excess()),
        say(control_mean)
    );
    let log_evalue = test.log_evalue();
    let (standing, reason) = if test.halts(alpha) {
        (Standing::Harm, format!("{said}; e-value {} of {}", say(log_evalue.exp()), say(1.0 / alpha)))
    } else if readings < LEAST_WINDOWS {
        (Standing::TooLittle, format!("{said}; {} more windows are needed", LEAST_WINDOWS - readings))
    } else if log_evalue >= 0.5 * -alpha.ln() {
        (Standing::TooLittle, format!("{said}; evidence of harm is gathering: e-value {}", say(log_evalue.exp())))
    } else {
        (Standing::Clear, said)
    };
    Look::new(standing, reason)
        .with("mean_excess", figure(test.mean_excess()))
        .with("control_mean", figure(control_mean))
        .with("minimum_effect", figure(config.minimum_effect))
        .with("log_e_value", figure(log_evalue))
        .with("correlation", figure(test.correlation()))
        .with("threshold", figure(-alpha.ln()))
}
