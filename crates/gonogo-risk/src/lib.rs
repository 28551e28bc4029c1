//! The risk a change carries: factors from history, models whose contributions add up exactly.
//!
//! ```
//! use gonogo_risk::{Definitions, FactorValue, Factors, Model};
//!
//! let model = Model::shipped()?;
//! let mut change = Factors::new(Definitions::Portable1);
//! for (name, value) in [("la", 412.0), ("ld", 30.0), ("nf", 12.0), ("nd", 5.0), ("ns", 2.0), ("entropy", 2.9)] {
//!     change.set(name, FactorValue::Known(value));
//! }
//! change.set("fix", FactorValue::Missing("the message is not known here".to_owned()));
//!
//! let said = model.assess(&change, &model.training_median())?;
//! let sum: f64 = said.contributions.iter().map(|part| part.log_odds).sum();
//! assert!((said.base + sum - said.log_odds).abs() < 1e-9);
//! assert!(said.log_odds > said.base, "larger than the median change, and riskier");
//! # Ok::<(), gonogo_risk::ModelError>(())
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | measure changes | [`HistoryState`] (pure), [`measure`] over a [`gonogo_core::ChangeHistory`], [`RiskFactor`] for your own |
//! | keep what was measured | [`HistoryIndex`] (bytes), [`IndexFile`] (a file) |
//! | score | [`Model`], [`Assessment`] |
//! | rank a deploy in its own history | [`assess_range`], [`assess_deploy`], [`RiskReport`] |
//! | decide | [`RiskCheck`], [`DeclaredRiskCheck`], [`CircumstancesCheck`], [`RiskPolicy`], [`RULES`] |
//! | evaluate | [`Table`], [`evaluate()`], [`Scores`] |
//! | label a team's own history | [`trace_repairs`] over a [`LineHistory`], [`label_history`] |
//! | train (feature `train`) | [`training_csv`], `train_model`, `Recipe`, [`Calibrator`] |
//!
//! A score orders changes. It is a probability only on the history a model was trained on; anywhere else say the rank.

mod check;
mod deploy;
mod evaluate;
mod factor;
mod history;
mod index;
mod labels;
mod model;
mod scores;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "train")]
mod train;

pub use check::{
    Circumstances, CircumstancesCheck, CircumstancesPolicy, CircumstancesSource, DeclaredLevel, DeclaredRisk,
    DeclaredRiskCheck, DeclaredRisks, PolicyError, RULES, RiskCheck, RiskPolicy, Weekday, circumstance_findings,
    declared_findings,
};
pub use deploy::{
    AssessOptions, CommitRisk, DeployRisk, HistoryFacts, RangeError, RiskReport, assess_deploy, assess_range,
};
pub use evaluate::{DeployScores, EvaluateError, Evaluation, RunScores, Tables, evaluate, score_deploys};
pub use factor::{ChangeContext, Definitions, FactorValue, Factors, RiskFactor};
pub use history::{
    CommitChange, CommitFactors, CommitNode, HistoryState, MeasureError, MeasureOptions, Measured, MeasuredCommit,
    OrderError, TestFilesTouched, feeding_order, is_fix, is_generated_or_vendored, measure, measure_readable,
};
pub use index::{HistoryIndex, Index, IndexError, IndexFile, IndexFileError, Trace, TraceIndex};
pub use labels::{
    Blame, BlameReference, BugReports, Evidence, LabelSources, Labels, LineHistory, TakenLines, TraceAccount,
    TraceOptions, blame_references, code_lines, label_history, trace_repairs, training_csv,
};
pub use model::{
    Assessment, Calibrator, Card, Contribution, Expression, InputValues, Interaction, MAX_MODEL_BYTES,
    MODEL_FORMAT_VERSION, Model, ModelError, RankTable, logistic,
};
pub use scores::{Scores, auc, brier, ece, ece_floor, pr_auc, recall_at_effort};
pub use table::{CsvError, MAX_FIELDS, Table, TableError};
#[cfg(feature = "train")]
pub use train::{
    Fit, FitError, OwnHistory, OwnHistoryError, OwnModel, Recipe, TrainError, TrainOptions, logistic_regression, train,
    train_model, train_on_history,
};
