//! The words and the gate of gonogo.
pub use async_trait::async_trait;

mod changes;
mod check;
mod clock;
mod deploy;
mod facts;
mod finding;
mod history;
mod observer;
mod outcome;
mod path;
mod production;
mod revision;
mod timestamp;

mod report {
    /// placeholder while the gate is written
    #[derive(Debug)]
    pub struct Report;
}

pub use changes::ChangeSet;
pub use check::{BoxError, ChangesError, Check, CheckContext, ProgressReporter, check_fn};
pub use clock::{Clock, SystemClock};
pub use deploy::Deploy;
pub use facts::{Fact, Facts};
pub use finding::{Certainty, Finding, Location, Rule, Severity};
pub use history::{
    Ancestry, ChangeHistory, Commit, CommitHeader, Equivalent, FileChange, FileKind, FileVersion, History, HistoryError,
    LineChange, Signature,
};
pub use observer::{Observer, Progress, Silent};
pub use outcome::{Conclusion, Outcome};
pub use path::{RepoPath, RepoPathError};
pub use production::ProductionRevision;
pub use revision::{ObjectId, ObjectIdError, Revision};
pub use timestamp::{Timestamp, TimestampError};
