//! Watches the metrics of a rollout and halts a bad one early, and a healthy one hardly ever.
//!
//! Looking at a metric every minute and comparing the point with a threshold halts most healthy rollouts sooner or later. The
//! monitors here are sequential tests: however often they are looked at, the chance of ever halting a healthy rollout is at most
//! the share of alpha they were given. Missing data is never healthy.
//!
//! ```
//! use gonogo_guard::{Arm, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};
//!
//! let mut guard = Guard::new(GuardConfig::new(vec![
//!     MonitorConfig::new(MonitorKind::AgainstControl, "errors"),
//!     MonitorConfig::new(MonitorKind::StaticBound, "errors").bound(0.05),
//! ]))?;
//! let end = "2026-03-01T12:01:00Z".parse()?;
//! let window = Window::new(end, Seconds::minute())
//!     .with(Arm::Canary, "errors", Sample::rate(100.0, 1.0))
//!     .with(Arm::Control, "errors", Sample::rate(900.0, 9.0));
//! guard.observe(&window);
//! assert_eq!(guard.verdict(), Verdict::Inconclusive, "one window of sixty is not enough to tell");
//!
//! let saved = serde_json::to_string(guard.state())?;        // stop here ..
//! let resumed = Guard::resume(guard.config().clone(), serde_json::from_str(&saved)?)?; // .. go on anywhere
//! assert_eq!(resumed.evidence(), guard.evidence());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Guard`], [`GuardConfig`], [`Window`], [`Evidence`] | windows in, verdict with its evidence out |
//! | [`Recording`], [`NameMap`], [`MetricsCheck`] | recorded windows, Graphite's and StatsD's names, and the check that judges recordings in a gate |
//! | [`batch`] | one JSON line in, one out |
//! | [`driver`] | waits, fetches, feeds and acts, on any async runtime |
//! | [`eprocess`], [`numeric`] | the mathematics, with its sources |
//! | [`monitor`] | the sequential tests that monitors are made of |
//! | [`replay`], [`svg`] | a recording window by window, what other settings would have done, and its picture |
//! | [`profile`] | Kayenta's, Argo's and Keptn's rules, for teams that move over |
//! | [`prometheus`] | what to ask Prometheus for a window, and what its answers mean |

pub mod batch;
pub mod driver;
pub mod eprocess;
pub mod monitor;
pub mod numeric;
pub mod profile;
pub mod prometheus;
pub mod replay;
pub mod svg;

#[cfg(feature = "testing")]
pub mod testing;

mod check;
mod config;
mod counter;
mod fault;
mod guard;
mod json;
mod named;
mod recording;
mod units;
mod verdict;
mod window;

pub use check::{GOOD_FOR, MetricsCheck, RULES};
pub use config::{ConfigError, GuardConfig, MonitorConfig, MonitorKind, Worse};
pub use counter::Counter;
pub use fault::{FaultKind, FaultRecord};
pub use guard::{Guard, GuardState, Observed, ResumeError, STATE_VERSION};
pub use named::{Field, NameMap, NamedField};
pub use recording::{Recording, RecordingError};
pub use units::{Count, Level, Ratio, Seconds};
pub use verdict::{Evidence, Halt, MonitorReport, Verdict};
pub use window::{Arm, Buckets, Reading, Sample, Window};
