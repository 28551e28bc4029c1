//! A history that remembers what was asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::history::{Ancestry, Commit, FileChange, History, HistoryError};
use crate::path::RepoPath;
use crate::revision::Revision;

/// Passes every call on, and remembers whether there was one.
pub(crate) struct Witness {
    inner: Arc<dyn History>,
    asked: AtomicBool,
    asked_for_range: AtomicBool,
}

impl Witness {
    pub(crate) fn new(inner: Arc<dyn History>) -> Self {
        Self { inner, asked: AtomicBool::new(false), asked_for_range: AtomicBool::new(false) }
    }

    /// Whether anything was read.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether something was read that a cut history cannot tell.
    pub(crate) fn asked_for_range(&self) -> bool {
        self.asked_for_range.load(Ordering::SeqCst)
    }

    fn note(&self, range: bool) -> &dyn History {
        self.asked.store(true, Ordering::SeqCst);
        self.asked_for_range.fetch_or(range, Ordering::SeqCst);
        &*self.inner
    }
}

impl History for Witness {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        self.note(false).resolve(name)
    }
    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        self.note(true).ancestry(base, head)
    }
    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        self.note(true).commits(base, head)
    }
    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        self.note(false).changed_files(base, head)
    }
    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        self.note(false).read(at, path)
    }
    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        self.note(false).files(at, directory)
    }
}
