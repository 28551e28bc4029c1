//! A recorded rollout played again: what the guard saw at each window, and what other settings would have done.

use gonogo_core::Timestamp;
use serde::Serialize;

use crate::config::{ConfigError, GuardConfig, MonitorConfig, MonitorKind, Worse};
use crate::guard::Guard;
use crate::recording::Recording;
use crate::verdict::{Evidence, MonitorReport, Verdict};
use crate::window::{Arm, Sample, Window};

/// One monitor at one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// The canary's reading as one number: a rate, a share over the latency bound, a level.
    pub canary: Option<f64>,
    /// The control's.
    pub control: Option<f64>,
    /// Logarithm of the e-value so far, where the kind has one; the smaller one where there is a tempered one.
    pub log_evalue: Option<f64>,
    /// Logarithm of the e-value that halts.
    pub threshold: Option<f64>,
    /// The confidence sequence of the ratio to the control, where the kind has one.
    pub ratio: Option<[f64; 2]>,
    /// What it said after the window.
    pub verdict: Verdict,
}

/// One window of the trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Position in the recording, counted from 0.
    pub window: u64,
    /// When it ended, if that could be read.
    pub end: Option<Timestamp>,
    /// What became of it, in a word: used, history, skipped, halted, or the fault.
    pub observed: String,
    /// The guard's verdict after it.
    pub verdict: Verdict,
    /// One for each monitor.
    pub points: Vec<Point>,
}

/// A recording under one configuration, window by window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Replay {
    /// The configuration.
    pub config: GuardConfig,
    /// The windows.
    pub steps: Vec<Step>,
    /// What it came to.
    pub evidence: Evidence,
}

impl Replay {
    /// Plays a recording under `config`, or else under the recording's own configuration. O(windows x monitors).
    ///
    /// # Errors
    /// No configuration anywhere, or one that cannot be used.
    pub fn of(recording: &Recording, config: Option<&GuardConfig>) -> Result<Self, ConfigError> {
        let config = config.or(recording.config.as_ref()).ok_or(ConfigError::NoMonitors)?.clone();
        let mut guard = Guard::new(config.clone())?;
        let mut steps = Vec::with_capacity(recording.windows.len());
        for (index, window) in recording.windows.iter().enumerate() {
            let observed = match window {
                Ok(window) => guard.observe(window),
                Err(fault) => guard.observe_unreadable(*fault),
            };
            let evidence = guard.evidence();
            let points = config
                .monitors
                .iter()
                .zip(&evidence.monitors)
                .map(|(monitor, report)| point(monitor, report, window.as_ref().ok()))
                .collect();
            steps.push(Step {
                window: index as u64,
                end: window.as_ref().ok().map(|window| window.end),
                observed: observed.to_string(),
                verdict: evidence.verdict,
                points,
            });
        }
        Ok(Self { evidence: guard.evidence(), config, steps })
    }

    /// Position of the step at which it halted.
    #[must_use]
    pub fn halted_at(&self) -> Option<usize> {
        self.evidence.halt.as_ref().and_then(|halt| usize::try_from(halt.window).ok())
    }
}

fn point(config: &MonitorConfig, report: &MonitorReport, window: Option<&Window>) -> Point {
    let figure = |name: &str| report.figures.get(name).and_then(serde_json::Value::as_f64);
    let level = |arm: Arm| {
        let sample = window?.arms.get(&arm)?.get(&config.metric)?.as_ref().ok()?;
        shown(config, sample, figure("latency_bound"))
    };
    let log_evalue = match (figure("log_e_value"), figure("tempered_log_e_value")) {
        (Some(plain), Some(tempered)) => Some(plain.min(tempered)),
        (plain, tempered) => plain.or(tempered),
    };
    Point {
        canary: level(Arm::Canary),
        control: level(Arm::Control),
        log_evalue,
        threshold: figure("threshold"),
        ratio: figure("ratio_low").zip(figure("ratio_high")).map(|(low, high)| [low, high]),
        verdict: report.verdict,
    }
}

fn shown(config: &MonitorConfig, sample: &Sample, latency_bound: Option<f64>) -> Option<f64> {
    crate::monitor::level_of(sample, config.over.or(latency_bound)).ok()
}

/// What other settings would have made of the same recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WhatIf {
    /// What is different, in words.
    pub change: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Position of the window at which it would have halted.
    pub halted_at: Option<u64>,
    /// The metric that would have halted it.
    pub metric: Option<String>,
    /// Why.
    pub reason: String,
}

/// Plays the recording under each of `settings` (a description and a configuration).
///
/// # Errors
/// The first configuration that cannot be used.
pub fn what_if(recording: &Recording, settings: &[(String, GuardConfig)]) -> Result<Vec<WhatIf>, ConfigError> {
    settings
        .iter()
        .map(|(change, config)| {
            let evidence = recording.judge(Some(config))?.evidence();
            Ok(WhatIf {
                change: change.clone(),
                verdict: evidence.verdict,
                halted_at: evidence.halt.as_ref().map(|halt| halt.window),
                metric: evidence.halt.as_ref().map(|halt| halt.metric.clone()),
                reason: evidence.reason,
            })
        })
        .collect()
}

/// Settings worth comparing with `config`: a stricter and a looser alpha, each bound by half and by half more, each monitor alone, and the
/// plain rules that teams know (one point over, three of five).
#[must_use]
pub fn usual_what_ifs(config: &GuardConfig) -> Vec<(String, GuardConfig)> {
    let mut list = vec![("as configured".to_owned(), config.clone())];
    for alpha in [0.01, 0.2] {
        if (alpha - config.alpha).abs() > 1e-9 {
            list.push((format!("alpha {alpha}"), GuardConfig { alpha, ..config.clone() }));
        }
    }
    for (position, monitor) in config.monitors.iter().enumerate() {
        let name = format!("{} ({})", monitor.metric, monitor.kind);
        if config.monitors.len() > 1 {
            list.push((format!("{name} alone"), GuardConfig { monitors: vec![monitor.clone()], ..config.clone() }));
        }
        let Some(bound) = monitor.bound else { continue };
        for (factor, word) in [(0.5, "half the bound"), (1.5, "half more bound")] {
            let mut changed = config.clone();
            if let Some(monitor) = changed.monitors.get_mut(position) {
                monitor.bound = Some(bound * factor);
            }
            list.push((format!("{name}, {word}"), changed));
        }
        if monitor.worse != Worse::Either && monitor.kind != MonitorKind::SteadyGrowth {
            for (points, of, word) in [(1, 1, "one point past the bound"), (3, 5, "3 of 5 points past the bound")] {
                let counting = MonitorConfig {
                    kind: MonitorKind::Counting,
                    points: Some(points),
                    of: Some(of),
                    consecutive: None,
                    cumulative: None,
                    ..monitor.clone()
                };
                list.push((
                    format!("{}: {word}", monitor.metric),
                    GuardConfig { monitors: vec![counting], ..config.clone() },
                ));
            }
        }
    }
    list
}
