//! What gonogo asks of a version history.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::path::RepoPath;
use crate::revision::{ObjectId, Revision};
use crate::timestamp::Timestamp;

/// Read access to a repository's commits and files.
///
/// # Contract
/// - **Nothing is left out silently.** Where a shallow or partial clone, a missing object or a limit cuts an answer short,
///   the answer is an error that says so and how to mend it, never a shorter list.
/// - Methods may block; they are called from several threads at once, and an implementation opens what it needs per thread.
/// - The same arguments give the same answer for as long as the repository's objects do not change.
///
/// [`testing::conformance`](crate::testing::conformance) checks an implementation against this contract.
pub trait History: Send + Sync {
    /// The commit that `name` names: a full or abbreviated id, a branch, a tag, `HEAD~2`.
    ///
    /// # Errors
    /// [`HistoryError::NotFound`] when nothing has the name, [`HistoryError::Ambiguous`] when several things do.
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError>;

    /// How `head` stands to `base`.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the clone is cut where the answer lies.
    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError>;

    /// The commits reachable from `head` and not from `base` (`git rev-list base..head`), children before parents.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the clone cuts the range.
    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError>;

    /// The files whose content or mode differs between the two trees (not since their merge base), sorted by path, with
    /// exact renames (same blob) joined.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when a tree is not there.
    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError>;

    /// The bytes of a file as of a commit; `None` when the commit has no file there.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the blob is not there, [`HistoryError::TooLarge`] past the implementation's limit.
    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError>;

    /// The paths of all files (not submodules) of a commit's tree at or below `directory`, sorted; the empty path means the
    /// whole tree. A directory that is not there has no files.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when a tree is not there.
    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError>;
}

/// A history that also tells each commit's own change: what risk factors and equivalence need.
pub trait ChangeHistory: History {
    /// Visits every ancestor of `head`, itself included, children before parents, without holding them all in memory.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] at a shallow boundary.
    fn ancestors(
        &self,
        head: &Revision,
        visit: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>,
    ) -> Result<(), HistoryError>;

    /// What a commit changed against its first parent (a root commit against nothing), as `git log --numstat -M50% -l1000
    /// --diff-algorithm=myers` counts lines and finds renames, sorted by path.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when an object is not there.
    fn line_changes(&self, commit: &ObjectId) -> Result<Vec<LineChange>, HistoryError>;

    /// The author's name and e-mail address after the `.mailmap` of the tree of `at`.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the mailmap cannot be read.
    fn canonical_author(&self, at: &Revision, author: &Signature) -> Result<Signature, HistoryError>;

    /// The commits of `base..head` whose patch some commit of `head..base` has too, exactly as `git cherry` marks them
    /// (merges are never marked), each with one such commit.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the clone cuts either range.
    fn equivalent(&self, base: &Revision, head: &Revision) -> Result<Vec<Equivalent>, HistoryError>;
}

macro_rules! forward_history {
    ($($pointer:ident),*) => {$(
        impl<T: History + ?Sized> History for $pointer<T> {
            fn resolve(&self, name: &str) -> Result<Revision, HistoryError> { (**self).resolve(name) }
            fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> { (**self).ancestry(base, head) }
            fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> { (**self).commits(base, head) }
            fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> { (**self).changed_files(base, head) }
            fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> { (**self).read(at, path) }
            fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> { (**self).files(at, directory) }
        }

        impl<T: ChangeHistory + ?Sized> ChangeHistory for $pointer<T> {
            fn ancestors(&self, head: &Revision, visit: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>) -> Result<(), HistoryError> { (**self).ancestors(head, visit) }
            fn line_changes(&self, commit: &ObjectId) -> Result<Vec<LineChange>, HistoryError> { (**self).line_changes(commit) }
            fn canonical_author(&self, at: &Revision, author: &Signature) -> Result<Signature, HistoryError> { (**self).canonical_author(at, author) }
            fn equivalent(&self, base: &Revision, head: &Revision) -> Result<Vec<Equivalent>, HistoryError> { (**self).equivalent(base, head) }
        }
    )*};
}
forward_history!(Arc, Box);

/// How one revision stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // two commits of one graph stand to each other in exactly these ways
pub enum Ancestry {
    /// They are one commit.
    Same,
    /// Head has this many commits that base lacks, and base none that head lacks.
    Ahead(u64),
    /// Base has this many commits that head lacks, and head none that base lacks: going there is a rollback.
    Behind(u64),
    /// Each has commits the other lacks (or they share no history at all).
    Diverged {
        /// Commits of head that base lacks.
        ahead: u64,
        /// Commits of base that head lacks: what this deploy would take out of production.
        behind: u64,
    },
}

/// Who wrote or committed something, and when. Bytes as git has them: names need not be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The name.
    pub name: Vec<u8>,
    /// The e-mail address, without the angle brackets.
    pub email: Vec<u8>,
    /// When. Git allows any number here; what no [`Timestamp`] can hold is `None`.
    pub at: Option<Timestamp>,
}

impl Signature {
    /// `Name <address>`, with what is not UTF-8 replaced.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} <{}>", String::from_utf8_lossy(&self.name), String::from_utf8_lossy(&self.email))
    }
}

/// A commit with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its parents, first parent first; none for a root, several for a merge.
    pub parents: Vec<ObjectId>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The whole message, bytes as git has them.
    pub message: Vec<u8>,
}

impl Commit {
    /// A commit of these parts.
    #[must_use]
    pub fn new(
        id: ObjectId,
        parents: Vec<ObjectId>,
        author: Signature,
        committer: Signature,
        message: impl Into<Vec<u8>>,
    ) -> Self {
        Self { id, parents, author, committer, message: message.into() }
    }

    /// Whether it has more than one parent.
    #[must_use]
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// The first line of the message that is not blank, with what is not UTF-8 replaced.
    #[must_use]
    pub fn subject(&self) -> String {
        let line = self.message.split(|&b| b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or(&[]);
        String::from_utf8_lossy(line.trim_ascii()).into_owned()
    }
}

/// The part of a commit that ordering a history needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitHeader {
    /// Its id.
    pub id: ObjectId,
    /// Its parents, first parent first.
    pub parents: Vec<ObjectId>,
    /// Who wrote it.
    pub author: Signature,
    /// Committer time, seconds since 1970 as git stores it.
    pub committed_at: i64,
    /// Author time, seconds since 1970 as git stores it.
    pub authored_at: i64,
    /// The whole message.
    pub message: Vec<u8>,
}

impl CommitHeader {
    /// A header of these parts.
    #[must_use]
    pub fn new(
        id: ObjectId,
        parents: Vec<ObjectId>,
        author: Signature,
        authored_at: i64,
        committed_at: i64,
        message: Vec<u8>,
    ) -> Self {
        Self { id, parents, author, committed_at, authored_at, message }
    }
}

/// What lies at a path: git's kinds of tree entries that are not trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A file that may be executed.
    Executable,
    /// A symbolic link; its blob holds the target.
    Symlink,
    /// A submodule; its id is a commit of another repository.
    Submodule,
}

/// One side of a change: which object lies there, as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileVersion {
    /// The blob (or, for a submodule, the commit).
    pub id: ObjectId,
    /// What kind of entry it is.
    pub kind: FileKind,
}

/// One file that differs between two trees.
///
/// Added: `old` is `None`. Deleted: `new` is `None`. Moved: both are there and `old_path` differs from `path`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// Where it lies at head; for a deleted file, where it lay at base.
    pub path: RepoPath,
    /// Where it lay at base, when it was moved.
    pub old_path: Option<RepoPath>,
    /// What base has.
    pub old: Option<FileVersion>,
    /// What head has.
    pub new: Option<FileVersion>,
}

impl FileChange {
    /// A change of what lies at `path`.
    #[must_use]
    pub fn new(path: impl Into<RepoPath>, old: Option<FileVersion>, new: Option<FileVersion>) -> Self {
        Self { path: path.into(), old_path: None, old, new }
    }

    /// The same change, moved here from `old_path`.
    #[must_use]
    pub fn moved_from(self, old_path: impl Into<RepoPath>) -> Self {
        Self { old_path: Some(old_path.into()), ..self }
    }

    /// Where the file lay at base: the old path, or the path itself.
    #[must_use]
    pub fn base_path(&self) -> &RepoPath {
        self.old_path.as_ref().unwrap_or(&self.path)
    }

    /// Head has it and base does not.
    #[must_use]
    pub fn is_added(&self) -> bool {
        self.old.is_none()
    }

    /// Base has it and head does not.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.new.is_none()
    }

    /// It lies elsewhere now.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.old_path.is_some()
    }

    /// The bytes are the same on both sides (moved, or only its mode changed).
    #[must_use]
    pub fn same_content(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.id == new.id)
    }
}

/// How many lines one commit added to and deleted from one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineChange {
    /// Where the file lies after the commit; for a deleted file, where it lay before.
    pub path: RepoPath,
    /// Where it lay before, when the commit renamed it.
    pub old_path: Option<RepoPath>,
    /// Lines added; 0 for a binary file.
    pub added: u64,
    /// Lines deleted; 0 for a binary file.
    pub deleted: u64,
    /// Git's rule found a NUL byte near its beginning: lines were not counted.
    pub binary: bool,
    /// Lines of the file before the commit (newline bytes, plus one for an unterminated last line); 0 for new, binary or submodule.
    pub lines_before: u64,
}

impl LineChange {
    /// A text file at `path` with lines added to, deleted from, and there before.
    #[must_use]
    pub fn new(path: impl Into<RepoPath>, added: u64, deleted: u64, lines_before: u64) -> Self {
        Self { path: path.into(), old_path: None, added, deleted, binary: false, lines_before }
    }

    /// The same change, renamed from `old_path`.
    #[must_use]
    pub fn renamed_from(self, old_path: impl Into<RepoPath>) -> Self {
        Self { old_path: Some(old_path.into()), ..self }
    }

    /// A binary file at `path`: no lines are counted.
    #[must_use]
    pub fn binary(path: impl Into<RepoPath>) -> Self {
        Self { binary: true, ..Self::new(path, 0, 0, 0) }
    }
}

/// A commit of `base..head` whose patch production has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalent {
    /// The commit of `base..head`.
    pub commit: ObjectId,
    /// A commit of `head..base` with the same patch.
    pub in_production: ObjectId,
}

/// Why a history could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Nothing has this name.
    #[error("no commit is named `{name}`; {remedy}")]
    NotFound {
        /// What was asked for.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// Several things have this name.
    #[error("`{name}` is ambiguous: it may mean {}; write one of them in full", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may mean, written so that each names one commit.
        candidates: Vec<String>,
    },
    /// The clone lacks objects that the answer needs.
    #[error("{what}; {remedy}")]
    Incomplete {
        /// What is missing.
        what: String,
        /// How to get it, such as `fetch-depth: 0`.
        remedy: String,
    },
    /// The repository is of a kind that cannot be read.
    #[error("{what} is not supported; {remedy}")]
    Unsupported {
        /// What it is: SHA-256 objects, reftable references.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A file or a list is larger than the implementation reads.
    #[error("{what} is larger than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// The repository could not be opened or read.
    #[error("{what}: {source}")]
    Unreadable {
        /// What was being read.
        what: String,
        /// Why it failed.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}
