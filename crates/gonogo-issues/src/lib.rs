//! Which issues does this deploy contain, and what is in there that nobody filed?
//!
//! - [`Extractor`] finds the references of a commit message: issues, changes (pull and merge requests, reviews) and what is
//!   only mentioned, in the styles of a dozen trackers, with or without configuration.
//! - [`LedgerBuilder`] puts every commit of a range into exactly one class of a [`Ledger`]: linked, unlinked, exempt, outside
//!   the service, merge only, in production already, or netted by a revert.
//! - [`detect`] finds out how a history writes its references; [`Contents`] lists what a deploy contains.
//! - [`IssueTracker`] and [`ChangeResolver`] are what is asked of the outside; [`FileTracker`] answers from a JSON document.
//! - [`IssuesCheck`] joins all of it to a deploy under an [`IssuesPolicy`]; [`commit_message_verdict`] is the `commit-msg` hook.
//!
//! ```
//! use gonogo_issues::{Action, Extractor, Kind};
//! let found = Extractor::automatic().extract(b"Flush less often (#8964)\n\nFixes KAFKA-9450. See also RFC-2119.\n");
//! assert_eq!(found.iter().map(|r| (r.key.as_str(), r.kind, r.action)).collect::<Vec<_>>(),
//!            [("#8964", Kind::Change, Action::Refs), ("KAFKA-9450", Kind::Issue, Action::Closes)]);
//! ```

mod check;
mod contents;
mod detect;
mod extract;
mod file_tracker;
mod findings;
mod hook;
mod ledger;
mod policy;
mod reference;
mod source;
mod style;
mod tracker;

pub mod batch;
pub mod rules;
#[cfg(feature = "testing")]
pub mod testing;

pub use check::{Examined, IssuesCheck};
pub use contents::{CommitRow, Contents, IssueRow};
pub use detect::{Detection, NearMiss, StyleEvidence, detect};
pub use extract::{Extractor, Trailer, trailers};
pub use file_tracker::{FileTracker, FileTrackerError};
pub use hook::{HookVerdict, commit_message_verdict};
pub use ledger::{
    Accounting, Class, Entry, Exemptions, IssueEntry, Ledger, LedgerBuilder, Likely, Link, LinkRule, Resemblance,
    RevertedOutside,
};
pub use policy::{CustomerVisible, IssuesPolicy};
pub use reference::{Action, Kind, Place, Reference};
pub use rules::RULES;
pub use source::{ChangeSource, GitHubSource, JiraDeployment, JiraSource, TrackerSource};
pub use style::{CustomPattern, ExtractorError, ExtractorOptions, ReferenceStyle};
pub use tracker::{
    ChangeLookup, ChangeResolver, ChangeText, Field, Issue, IssueTracker, Lookup, Patience, TrackerError, fetch_all,
    resolve_all,
};
