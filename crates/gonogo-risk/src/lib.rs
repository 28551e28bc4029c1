//! The risk a change carries: factors from history, models whose contributions add up exactly.

mod check;
mod deploy;
mod evaluate;
mod factor;
mod history;
mod index;
mod model;
mod scores;
mod table;
#[cfg(feature = "train")]
mod train;

pub use check::{
    DeclaredLevel, DeclaredRisk, DeclaredRiskCheck, DeclaredRisks, PolicyError, RULES, RiskCheck, RiskPolicy,
    declared_findings,
};
pub use deploy::{AssessOptions, CommitRisk, DeployRisk, HistoryFacts, RiskReport, assess_deploy};
pub use evaluate::{DeployScores, EvaluateError, Evaluation, RunScores, Tables, evaluate, score_deploys};
pub use factor::{ChangeContext, Definitions, FactorValue, Factors, RiskFactor};
pub use history::{
    CommitChange, CommitFactors, CommitNode, HistoryState, MeasureError, MeasureOptions, MeasuredCommit, OrderError,
    TestFilesTouched, feeding_order, is_fix, is_generated_or_vendored, measure,
};
pub use index::{HistoryIndex, IndexError, IndexFile, IndexFileError};
pub use model::{
    Assessment, Calibrator, Card, Contribution, Expression, InputValues, Interaction, MAX_MODEL_BYTES,
    MODEL_FORMAT_VERSION, Model, ModelError, RankTable, logistic,
};
pub use scores::{Scores, auc, brier, ece, ece_floor, pr_auc, recall_at_effort};
pub use table::{CsvError, MAX_FIELDS, Table, TableError};
#[cfg(feature = "train")]
pub use train::{Fit, FitError, Recipe, TrainError, TrainOptions, logistic_regression, train, train_model};
