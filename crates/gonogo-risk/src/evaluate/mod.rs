//! How well a model does on a table of changes it has not seen.

mod deploys;
mod foreign;
mod run;

pub use deploys::{DeployScores, RunScores, score_deploys};
pub use run::{EvaluateError, Evaluation, Tables, evaluate};
