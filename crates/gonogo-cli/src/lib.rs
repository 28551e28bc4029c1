//! The command line of gonogo, as a library: [`main_with`] makes a team's own binary, with its own checks and every command.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//! use gonogo::prelude::*;
//!
//! fn main() -> ExitCode {
//!     let mine = check_fn("team/mine", |cx: Arc<CheckContext>| async move {
//!         let commits = cx.changes()?.commits.len() as u64;
//!         Ok(Outcome::examined(vec![], Facts::new().count("commits", commits)))
//!     });
//!     gonogo_cli::main_with(Plan::standard().check(mine))
//! }
//! ```
//!
//! Exit codes: 0 Go, 1 NoGo, 2 Hold, 3 the command could not be carried out.
//!
//! # The map
//!
//! `args` is what clap reads; `range` turns words into a deploy; `commands` has a file a command; `batch` is the loop of the batch
//! forms; `sample` makes the deploy of `gonogo demo`; `progress` and `output` are standard error and standard output.

mod args;
mod batch;
mod cache;
mod commands;
mod error;
mod main_with;
mod output;
mod pages;
mod progress;
mod range;
mod sample;
mod wait;

pub use main_with::main_with;
