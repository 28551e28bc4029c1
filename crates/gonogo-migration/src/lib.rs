//! What a migration locks, rewrites, breaks and costs in time.

pub mod analysis;
pub mod batch;
pub mod catalog;
pub mod dialect;
pub mod duration;
pub mod effects;
pub mod layout;
pub mod model;
mod mysql;
mod postgres;
pub mod rules;
mod scene;
mod sql;

pub use analysis::{Analyzed, Analyzer, Span};
pub use catalog::Catalog;
pub use dialect::{Dialect, ServerVersion};
pub use effects::{Algorithm, Cause, Change, Effects, LockMode, Work, WorkKind};
