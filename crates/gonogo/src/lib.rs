//! The Go/No-Go meeting as a library: may this deploy ship? **Go**, **Hold** or **NoGo**, with the evidence for each reason.
//!
//! One promise over everything: **no answer is never Go**. A check that crashes, hangs or cannot see never becomes a Go.
//!
//! ```no_run
//! use std::sync::Arc;
//! use gonogo::prelude::*;
//!
//! let history = Arc::new(GitHistory::discover(".")?);
//! let deploy = Deploy::new("shop", "production", history.resolve("origin/production")?, history.resolve("HEAD")?);
//! let report = Plan::standard().decide_blocking(history, deploy)?;
//! println!("{}", report.decision);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! Everything of [`gonogo_core`] is here at the top; each primitive is a module and a feature of its own, useful without the others:
//!
//! | module | answers |
//! | --- | --- |
//! | [`issues`] | which issues does this deploy contain, and what is in it that nobody filed |
//! | [`migration`] | what will this migration lock, rewrite and cost in time |
//! | [`compat`] | can old and new run side by side, and can we roll back |
//! | [`guard`] | do the metrics of the rollout stay in bounds |
//! | [`risk`] | what risk does this change carry |
//! | [`checks`] | small ready-made checks: ancestry, freeze windows |
//! | `connect` | Jira, GitHub, Prometheus, live databases: a feature each |
//! | [`git`] | the history of a git repository |
//! | [`render`] | a report as text, Markdown, HTML, SARIF, JUnit, annotations |
//!
//! [`Plan`] and [`Config`] (feature `plan`, on by default) wire them together.

pub use gonogo_core::*;

#[cfg(feature = "checks")]
pub use gonogo_checks as checks;
#[cfg(feature = "compat")]
pub use gonogo_compat as compat;
#[cfg(any(feature = "jira", feature = "github", feature = "postgres", feature = "mysql", feature = "prometheus"))]
pub use gonogo_connect as connect;
#[cfg(feature = "git")]
pub use gonogo_git as git;
#[cfg(feature = "git")]
pub use gonogo_git::GitHistory;
#[cfg(feature = "guard")]
pub use gonogo_guard as guard;
#[cfg(feature = "issues")]
pub use gonogo_issues as issues;
#[cfg(feature = "migration")]
pub use gonogo_migration as migration;
#[cfg(feature = "render")]
pub use gonogo_render as render;
#[cfg(feature = "risk")]
pub use gonogo_risk as risk;

#[cfg(feature = "plan")]
mod circumstances;
#[cfg(feature = "plan")]
mod clearances;
#[cfg(feature = "plan")]
mod config;
#[cfg(feature = "plan")]
mod inputs;
#[cfg(feature = "plan")]
mod labels;
#[cfg(feature = "plan")]
mod plan;
pub mod prelude;
#[cfg(feature = "plan")]
mod source_check;
#[cfg(feature = "plan")]
mod standard;
#[cfg(feature = "plan")]
mod trackers;

#[cfg(feature = "plan")]
pub use clearances::Clearances;
#[cfg(feature = "plan")]
pub use config::{CONFIG_FILE, CommandConfig, Config, ConfigError, ConfigSource};
#[cfg(feature = "plan")]
pub use inputs::{Inputs, Named};
#[cfg(feature = "plan")]
pub use labels::{GitLines, bug_reports};
#[cfg(feature = "plan")]
pub use plan::{Plan, PlanError};
#[cfg(feature = "plan")]
pub use source_check::{BASE_FOUND_BY, PolicySourceCheck};
#[cfg(feature = "plan")]
pub use standard::rules;
#[cfg(feature = "plan")]
pub use trackers::issues_check;

/// The examples of README.md, run with the documentation's tests.
#[cfg(all(doctest, feature = "plan"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
