//! How long a migration takes: from its effects and the sizes of the tables to a forecast with its uncertainty.
//!
//! A [`WorkModel`] knows what a row and a byte cost in each kind of work. The built-in one was fitted on one machine and says so by a wide
//! interval; [`calibrate`] fits a model from runs that were timed on the server in question.

mod calibrate;
mod experiment;
mod features;
mod model;
mod stats;

pub use calibrate::{CalibrateError, Quality, TimedRun, Trial, calibrate, evaluate, rows_only};
pub use experiment::{Experiment, time_on};
pub use features::{Features, TERMS, features};
pub use model::{Estimate, Forecast, ModelError, WorkModel, forecast};
pub use stats::{StatsError, TableSize, TableStats};
