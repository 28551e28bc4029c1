//! The risk a change carries: factors from history, models whose contributions add up exactly.

mod factor;
mod history;
mod scores;
mod table;

pub use factor::{ChangeContext, Definitions, FactorValue, Factors, RiskFactor};
pub use history::{
    CommitChange, CommitFactors, CommitNode, HistoryState, OrderError, TestFilesTouched, feeding_order, is_fix,
    is_generated_or_vendored,
};
pub use scores::{Scores, auc, brier, ece, ece_floor, pr_auc, recall_at_effort};
pub use table::{CsvError, MAX_FIELDS, Table, TableError};
