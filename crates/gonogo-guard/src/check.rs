//! The check that joins a recording of a rollout to a deploy's gate.

use std::path::PathBuf;
use std::time::Duration;

use gonogo_core::{BoxError, Check, CheckContext, Facts, Finding, Outcome, Rule, Severity, async_trait};
use serde_json::json;

use crate::config::GuardConfig;
use crate::recording::Recording;
use crate::verdict::{Evidence, Verdict};

/// The rules this crate's checks can find.
pub const RULES: &[Rule] = &[
    Rule::new(
        HALT,
        "a monitor saw harm in the rollout's metrics",
        Severity::Stop,
        "roll back, find the cause in the metric the finding names, deploy again",
    ),
    Rule::new(
        ADVISORY,
        "a monitor that is not critical saw harm",
        Severity::Caution,
        "decide whether the harm is acceptable; set `critical = true` to let the monitor halt",
    ),
];

const HALT: &str = "guard/halt";
const ADVISORY: &str = "guard/advisory-harm";

/// How long after its last window a recording is evidence: a day. Past that the gate holds.
pub const GOOD_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest recording that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// Judges a recording of the rollout (a staging run, a canary) before the deploy goes on.
///
/// `Halt` is a [`Severity::Stop`], `Healthy` nothing to say against the deploy, and anything else undetermined, with what is missing.
///
/// ```
/// use gonogo_guard::{GuardConfig, MetricsCheck, MonitorConfig, MonitorKind};
/// let config = GuardConfig::new(vec![MonitorConfig::new(MonitorKind::AgainstControl, "errors")]);
/// let check = MetricsCheck::file("canary.json", Some(config));
/// # let _ = check;
/// ```
pub struct MetricsCheck {
    name: String,
    config: Option<GuardConfig>,
    read: Box<dyn Fn() -> Result<Vec<u8>, BoxError> + Send + Sync>,
}

impl std::fmt::Debug for MetricsCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetricsCheck").field("name", &self.name).field("config", &self.config).finish_non_exhaustive()
    }
}

impl MetricsCheck {
    /// Judges the bytes that `read` gives; `name` says where they come from. Without a configuration the recording must hold one.
    pub fn new(
        name: impl Into<String>,
        config: Option<GuardConfig>,
        read: impl Fn() -> Result<Vec<u8>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), config, read: Box::new(read) }
    }

    /// Judges a file, JSON or CSV. Blocks its thread while reading.
    pub fn file(path: impl Into<PathBuf>, config: Option<GuardConfig>) -> Self {
        let path = path.into();
        let name = path.display().to_string();
        Self::new(name, config, move || {
            let size = std::fs::metadata(&path)?.len();
            if size > LARGEST {
                return Err(format!("{size} bytes, more than the {LARGEST} that are read").into());
            }
            Ok(std::fs::read(&path)?)
        })
    }

    fn judge(&self) -> Outcome {
        let name = &self.name;
        let bytes = match (self.read)() {
            Ok(bytes) => bytes,
            Err(error) => {
                return Outcome::undetermined(
                    format!("the recording {name} cannot be read: {error}"),
                    "record the rollout's metrics to this file before the check runs",
                );
            }
        };
        let recording = match Recording::from_bytes(&bytes) {
            Ok(recording) => recording,
            Err(error) => {
                return Outcome::undetermined(
                    format!("the recording {name} cannot be read: {error}"),
                    "record the rollout's metrics again; the guide says which shapes are read",
                );
            }
        };
        let guard = match recording.judge(self.config.as_ref()) {
            Ok(guard) => guard,
            Err(error) => {
                return Outcome::undetermined(
                    format!("the recording {name} cannot be judged: {error}"),
                    "configure what to watch under `[guard]`, or put `config` into the recording",
                );
            }
        };
        outcome(&guard.evidence(), name)
    }
}

/// What evidence means for a gate: `Halt` a Stop, `Healthy` no finding, anything else undetermined.
pub(crate) fn outcome(evidence: &Evidence, name: &str) -> Outcome {
    let facts = Facts::new()
        .count("windows", evidence.windows)
        .count("history windows", evidence.history_windows)
        .list(
            "metrics watched",
            evidence.monitors.iter().map(|monitor| format!("{} ({})", monitor.metric, monitor.kind)),
        )
        .text("verdict", format!("{}: {}", evidence.verdict, evidence.reason));
    // What another rollout showed long ago says nothing about this one; the gate holds evidence that is past its time.
    let facts = match evidence.until.and_then(|until| until.checked_add(GOOD_FOR)) {
        Some(end) => facts.valid_until(end),
        None => facts,
    };
    match evidence.verdict {
        Verdict::Healthy => Outcome::examined(Vec::new(), facts),
        Verdict::Halt => {
            let halt = evidence.halt.as_ref();
            let metric = halt.map_or_else(|| "rollout".to_owned(), |halt| halt.metric.clone());
            let finding = Finding::new(HALT, &metric, Severity::Stop, evidence.reason.clone())
                .evidence("recording", name)
                .evidence("window", json!(halt.map(|halt| halt.window)))
                .evidence("at", json!(halt.map(|halt| halt.at)))
                .evidence("alpha", evidence.alpha)
                .remedy("roll back, find the cause in this metric, deploy again");
            let figures = halt.and_then(|halt| evidence.monitors.get(halt.monitor));
            let finding = match figures {
                Some(monitor) => finding.evidence("figures", json!(monitor.figures)),
                None => finding,
            };
            Outcome::examined(vec![finding], facts)
        }
        Verdict::Inconclusive => {
            let advisory = evidence.monitors.iter().find(|monitor| !monitor.critical && monitor.harm);
            match advisory {
                // Only where nothing else kept the rollout from being healthy.
                Some(monitor)
                    if evidence.faults.is_empty()
                        && evidence.windows >= evidence.planned_windows
                        && evidence.monitors.iter().all(|other| other.harm || other.verdict == Verdict::Healthy) =>
                {
                    let finding = Finding::new(ADVISORY, &monitor.metric, Severity::Caution, monitor.reason.clone())
                        .evidence("recording", name)
                        .evidence("figures", json!(monitor.figures))
                        .remedy("decide whether this is acceptable");
                    Outcome::examined(vec![finding], facts)
                }
                _ => Outcome::undetermined(format!("{name}: {}", evidence.reason), remedy(evidence)),
            }
        }
    }
}

fn remedy(evidence: &Evidence) -> &'static str {
    if !evidence.faults.is_empty() {
        "make the source deliver every window of both arms, then record the rollout again"
    } else if evidence.windows < evidence.planned_windows {
        "let the rollout run to its planned end before the check"
    } else {
        "watch longer, send the canary more traffic, or give the monitor what its reason asks for"
    }
}

#[async_trait]
impl Check for MetricsCheck {
    fn id(&self) -> &str {
        "guard/recording"
    }

    async fn run(&self, _cx: &CheckContext) -> Result<Outcome, BoxError> {
        Ok(self.judge())
    }
}
