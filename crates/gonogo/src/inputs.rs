//! What the ready-made checks cannot find in a repository.

use std::path::PathBuf;

/// Bytes that were read somewhere, and what to call the place.
pub type Named = (String, Vec<u8>);

/// What a caller gives the ready-made checks besides the repository. Everything may be left out; what was left out is said in
/// the report where it matters.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Inputs {
    /// Recorded metrics of the rollout, as JSON.
    pub metrics: Option<Named>,
    /// Issues as the tracker knows them, as JSON.
    pub tracker: Option<Named>,
    /// Sizes of production's tables, as JSON.
    pub tables: Option<Named>,
    /// A file in which the measures of the repository's commits are kept, so that the next run reads the new commits only. It
    /// belongs under the user's cache directory, never into the repository. Without one the whole history is read each time.
    pub risk_index: Option<PathBuf>,
}
