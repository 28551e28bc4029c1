//! Labels for training on a team's own history: which commits were blamed later, on what evidence, and how late.

mod blame;
mod table;

pub use blame::{Blame, BlameReference, Evidence, Labels, blame_references, label_history};
pub use table::training_csv;
