//! Labels for a team's own training: which commits were blamed for a defect, on what evidence, and how late.

mod comments;
mod label;
mod message;
mod reports;
mod table;
mod trace;

pub use comments::code_lines;
pub use label::{Blame, Evidence, LabelSources, Labels, label_history};
pub use message::{BlameReference, blame_references};
pub use reports::BugReports;
pub use table::training_csv;
pub use trace::{LineHistory, TakenLines, TraceAccount, TraceOptions, trace_repairs};
