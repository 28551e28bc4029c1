//! The words and the gate of gonogo: may this deploy ship? **Go**, **Hold** (a person must act) or **NoGo**, with the evidence.
//!
//! One promise over everything: **no answer is never Go**. A check that fails, hangs, panics, finds its evidence missing or cannot
//! tell never becomes a Go.
//!
//! ```
//! use std::sync::Arc;
//! use gonogo_core::{check_fn, CheckContext, Decision, Deploy, Facts, Finding, Gate, Outcome, Severity};
//! use gonogo_core::{testing::MemoryHistory, History};
//!
//! let history = MemoryHistory::new()
//!     .commit("production", &[], "first", &[])
//!     .commit("main", &["production"], "WIP: do not ship", &[]);
//! let deploy = Deploy::new("shop", "production", history.resolve("production")?, history.resolve("main")?);
//!
//! let no_wip = check_fn("team/no-wip", |cx: Arc<CheckContext>| async move {
//!     let commits = &cx.changes()?.commits;
//!     let wip = commits.iter().filter(|commit| commit.subject().starts_with("WIP"));
//!     let findings = wip.map(|commit| Finding::new("team/wip-commit", commit.id.short(), Severity::Caution, commit.subject()));
//!     Ok(Outcome::examined(findings.collect(), Facts::new().count("commits", commits.len() as u64)))
//! });
//! let gate = Gate::builder().check(no_wip).history(Arc::new(history)).build()?;
//! let report = gate.decide_blocking(Arc::new(deploy));
//! assert_eq!(report.decision, Decision::Hold);
//! report.verify()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Deploy`], [`Revision`], [`RepoPath`], [`Timestamp`] | what is asked |
//! | [`History`], [`ChangeHistory`], [`ChangeSet`], [`ProductionRevision`] | what is read |
//! | [`Check`], [`check_fn`], [`blocking_check_fn`], [`blocking`], [`command_check`], [`CheckContext`] | who answers |
//! | [`Outcome`], [`Finding`], [`Facts`], [`Conclusion`] | what is said |
//! | [`Gate`], [`Policy`], [`judge`], [`Report`], [`Decision`] | what follows from it |
//! | [`Clock`], [`Observer`], [`Executor`] | what is injected |
//! | [`testing`] | fakes, faults and conformance suites (feature `testing`) |
//!
//! This crate reads no clock of its own, starts no runtime, and does no I/O but for [`command_check`].

mod changes;
mod check;
mod clock;
mod command;
mod decision;
mod deploy;
mod digest;
mod executor;
mod facts;
mod finding;
mod gate;
mod history;
mod isolate;
mod judge;
mod observer;
mod outcome;
mod path;
mod policy;
mod production;
mod report;
mod revision;
mod run;
#[cfg(feature = "testing")]
pub mod testing;
mod thread;
mod timestamp;

pub use async_trait::async_trait;

pub use changes::ChangeSet;
pub use check::{BoxError, ChangesError, Check, CheckContext, ProgressReporter, check_fn};
pub use clock::{Clock, SystemClock};
pub use command::{CommandCheck, CommandError, DEFAULT_OUTPUT_LIMIT, command_check};
pub use decision::Decision;
pub use deploy::Deploy;
pub use executor::{Executor, ParkingExecutor};
pub use facts::{Fact, Facts};
pub use finding::{Certainty, Finding, Location, Rule, Severity};
pub use gate::{DEFAULT_LIMIT, Gate, GateBuilder, GateError};
pub use history::{
    Ancestry, ChangeHistory, Commit, CommitHeader, Equivalent, FileChange, FileKind, FileVersion, History,
    HistoryError, LineChange, Signature,
};
pub use judge::judge;
pub use observer::{Observer, Progress, Silent};
pub use outcome::{Conclusion, Outcome};
pub use path::{RepoPath, RepoPathError};
pub use policy::{Approval, ApprovalTarget, Lapse, Override, Policy, Requirement, Waiver};
pub use production::ProductionRevision;
pub use report::{
    Because, Clearance, Entry, Lapsed, Mode, REPORT_SCHEMA, ReadReportError, Reason, Report, VerifyError,
};
pub use revision::{ObjectId, ObjectIdError, Revision};
pub use thread::{blocking, blocking_check_fn};
pub use timestamp::{Timestamp, TimestampError};
