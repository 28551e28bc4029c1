//! What a tool that embeds gonogo names all the time.

pub use gonogo_core::{
    BoxError, Check, CheckContext, Decision, Deploy, Executor, Facts, Finding, Gate, History, Location, Outcome,
    Policy, RepoPath, Report, Revision, Severity, async_trait, blocking_check_fn, check_fn, command_check,
};

#[cfg(feature = "git")]
pub use gonogo_git::GitHistory;

#[cfg(feature = "plan")]
pub use crate::plan::Plan;
