//! The commits and files of a deploy.

use crate::deploy::Deploy;
use crate::history::{Commit, FileChange, History, HistoryError};

/// What a deploy changes: the commits of base..head and the files that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeSet {
    /// Commits reachable from head and not from base, children before parents. All of them: which belong to the service is
    /// for the ledger to say.
    pub commits: Vec<Commit>,
    /// Files that differ between base and head and belong to the service ([`Deploy::covers`]), sorted by path. A file moved
    /// into or out of the service's paths belongs to it.
    pub files: Vec<FileChange>,
    /// How many files differ outside the service's paths.
    pub files_outside: usize,
}

impl ChangeSet {
    /// Reads the changes of a deploy.
    ///
    /// # Errors
    /// Whatever the history answers; a cut history is an error and never a shorter list.
    pub fn between(history: &dyn History, deploy: &Deploy) -> Result<Self, HistoryError> {
        let commits = history.commits(&deploy.base, &deploy.head)?;
        let all = history.changed_files(&deploy.base, &deploy.head)?;
        let total = all.len();
        let files: Vec<_> =
            all.into_iter().filter(|file| deploy.covers(&file.path) || deploy.covers(file.base_path())).collect();
        let files_outside = total - files.len();
        Ok(Self { commits, files, files_outside })
    }

    /// A change set of these commits and files, none outside the service.
    #[must_use]
    pub fn new(commits: Vec<Commit>, files: Vec<FileChange>) -> Self {
        Self { commits, files, files_outside: 0 }
    }
}
