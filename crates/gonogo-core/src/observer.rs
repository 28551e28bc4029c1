//! Progress, for whoever wants to show it.

use crate::outcome::Conclusion;
use crate::report::Report;

/// Is told how a run goes. Every method does nothing unless overridden; a panic in one is caught and changes nothing.
///
/// Methods may be called from several threads.
pub trait Observer: Send + Sync {
    /// The run begins; these checks will be run.
    fn run_started(&self, _checks: &[&str]) {}
    /// A check begins.
    fn check_started(&self, _check: &str) {}
    /// A check says how far it is.
    fn check_progressed(&self, _check: &str, _progress: &Progress) {}
    /// A check's run is over.
    fn check_concluded(&self, _check: &str, _conclusion: &Conclusion) {}
    /// The decision is there.
    fn decided(&self, _report: &Report) {}
}

/// How far a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What it does at the moment: `reading 118 commits`.
    pub message: String,
    /// Steps done.
    pub done: u64,
    /// Steps in all, where known.
    pub total: Option<u64>,
}

impl Progress {
    /// A progress of `done` steps out of `total`.
    #[must_use]
    pub fn new(message: impl Into<String>, done: u64, total: Option<u64>) -> Self {
        Self { message: message.into(), done, total }
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
