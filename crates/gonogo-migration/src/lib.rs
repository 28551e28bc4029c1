//! What a migration locks, rewrites, breaks and costs in time.
//!
//! SQL is read into a small model of our own ([`model`]), followed statement by statement over a [`Catalog`], and its [`Effects`] are
//! worked out from what the servers' documentation and source say: who is locked in which mode, who waits, what is written anew, read from
//! end to end, built. Rules read the effects; a [`duration::WorkModel`] turns them into time.
//!
//! ```
//! use gonogo_migration::{Analyzer, Dialect, rules::hazards};
//!
//! let mut analyzer = Analyzer::new(Dialect::Postgres);
//! analyzer.replay("create table post (id bigint primary key, title varchar(100));");
//! let found = analyzer.analyze(
//!     "alter table post add column views int default 0;
//!      create index on post (title);
//!      alter table post alter column title type varchar(200);",
//! );
//! let hazards: Vec<_> = found.iter().map(hazards).collect();
//! assert!(hazards[0].is_empty()); // a constant default rewrites nothing
//! assert_eq!(hazards[1], ["migration/index-blocks"]); // writers wait for the whole build
//! assert!(hazards[2].is_empty()); // a longer varchar rewrites nothing, and its index stays
//! ```
//!
//! # The map
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Dialect`], [`ServerVersion`] | which server |
//! | [`model`] | what statements ask for |
//! | [`Catalog`] | the schema before each statement |
//! | [`Analyzer`], [`Effects`] | what statements do |
//! | [`rules`] | what a person should hear about |
//! | [`duration`] | how long it takes |
//! | [`phase`] | before, with or after the code |
//! | [`layout`] | where repositories keep migrations |
//! | [`server`], [`trace`](trace::trace) | a live server: its schema and sizes; predicted beside observed |
//! | [`MigrationsCheck`] | the check of a deploy |
//! | [`table`], [`batch`] | what the command line shows |
//!
//! What cannot be read or known is said (`Effects::unknown`), never passed over.

pub mod analysis;
mod answers;
pub mod batch;
mod breakage;
pub mod catalog;
mod check;
pub mod dialect;
pub mod duration;
pub mod effects;
mod evidence;
mod examine;
pub mod layout;
pub mod model;
mod mysql;
pub mod phase;
mod postgres;
pub mod rules;
mod scene;
pub mod server;
mod sql;
pub mod table;
pub mod trace;
mod view_columns;
mod waiver;

pub use analysis::{Analyzed, Analyzer, Span, statements};
pub use catalog::Catalog;
pub use check::{MigrationsCheck, Settings};
pub use dialect::{Dialect, ServerVersion};
pub use effects::{Algorithm, Cause, Change, Effects, LockMode, MayBreak, Work, WorkKind};
pub use examine::examine;
pub use phase::{Phase, PhasePlan};
pub use rules::RULES;
pub use server::{MigrationServer, Observed, ServerError};
