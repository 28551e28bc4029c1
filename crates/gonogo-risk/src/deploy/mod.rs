//! The risk of a whole deploy: its commits, their rank in the repository's own history, and what they make together.

mod assess;
mod html;
mod markdown;
mod range;
mod readable;
mod report;
mod text;

pub use assess::{AssessOptions, assess_deploy};
pub use range::{RangeError, assess_range};
pub(crate) use readable::measure_for;
pub use report::{CommitRisk, DeployRisk, HistoryFacts, RiskReport};
