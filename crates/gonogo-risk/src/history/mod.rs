//! Factors from history: the order in which changes are fed, and the state they leave behind.

mod change;
mod extra;
mod fix;
mod measure;
mod order;
mod repairs;
mod scope;
mod state;

pub use change::{CommitChange, CommitFactors};
pub use extra::TestFilesTouched;
pub use fix::is_fix;
pub use measure::{MeasureError, MeasureOptions, Measured, MeasuredCommit, measure, measure_readable};
pub use order::{CommitNode, OrderError, feeding_order};
pub(crate) use repairs::RepairShare;
pub use scope::is_generated_or_vendored;
pub use state::HistoryState;
