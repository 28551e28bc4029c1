//! How well a model does on a table of changes it has not seen.

mod deploys;
mod foreign;
mod run;

pub use deploys::{DeployScores, RunScores, score_deploys};
#[cfg(feature = "train")]
pub(crate) use foreign::RepairShares;
#[cfg(feature = "train")]
pub(crate) use run::predict;
pub use run::{EvaluateError, Evaluation, Tables, evaluate};
