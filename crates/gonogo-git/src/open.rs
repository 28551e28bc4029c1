//! Finding and opening a repository, and lending a handle to each thread that asks.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use git2::{Oid, Repository};
use gonogo_core::HistoryError;

use crate::cache::Cache;
use crate::error::{not_opened, unreadable};
use crate::lines::LineDiff;
use crate::mailmap::Mailmap;
use crate::odb::Objects;

/// How many bytes [`History::read`](gonogo_core::History::read) reads of one file unless told otherwise: 64 MiB.
const READ_LIMIT: u64 = 64 << 20;

/// The history of a git repository on disk: bare, with a work tree, or a linked work tree.
///
/// May be shared between threads: each call borrows a handle of its own from a pool that grows with the number of calls under
/// way at once.
pub struct GitHistory {
    git_directory: PathBuf,
    read_limit: u64,
    handles: Mutex<Vec<Handle>>,
    mailmap: MailmapCache,
}

/// The mailmap that was read last, and the commit it is of.
pub(crate) type MailmapCache = Mutex<Option<(Oid, Arc<Mailmap>)>>;

/// What one thread reads with.
pub(crate) struct Handle {
    pub(crate) repository: Repository,
    pub(crate) lines: RefCell<LineDiff>,
    cache: RefCell<Cache>,
}

impl std::fmt::Debug for GitHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHistory").field("git_directory", &self.git_directory).finish_non_exhaustive()
    }
}

impl GitHistory {
    /// Opens the repository at `path`: its work tree, its `.git` directory, or a bare repository.
    ///
    /// # Errors
    /// [`HistoryError::Unsupported`] for SHA-256 objects, reftable references and extensions libgit2 does not know;
    /// [`HistoryError::Unreadable`] when there is no repository, or git's ownership rule (`safe.directory`) forbids it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        as_git_reads();
        let repository = Repository::open(path).map_err(|error| not_opened(path, error))?;
        Ok(Self::of(repository))
    }

    /// Opens the repository that `directory` lies in: there, or in the nearest directory above.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn discover(directory: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let directory = directory.as_ref();
        as_git_reads();
        let repository = Repository::discover(directory).map_err(|error| not_opened(directory, error))?;
        Ok(Self::of(repository))
    }

    fn of(repository: Repository) -> Self {
        let git_directory = repository.path().to_path_buf();
        Self {
            git_directory,
            read_limit: READ_LIMIT,
            handles: Mutex::new(vec![Handle::new(repository)]),
            mailmap: Mutex::default(),
        }
    }

    /// The same history, reading files of up to `bytes` bytes (64 MiB unless told otherwise).
    #[must_use]
    pub fn with_read_limit(self, bytes: u64) -> Self {
        Self { read_limit: bytes, ..self }
    }

    /// The git directory: `.git`, the bare repository, or `.git/worktrees/NAME` of a linked work tree.
    #[must_use]
    pub fn git_directory(&self) -> &Path {
        &self.git_directory
    }

    /// The root of the work tree; `None` in a bare repository.
    ///
    /// # Errors
    /// [`HistoryError::Unreadable`] when the repository is gone.
    pub fn work_tree(&self) -> Result<Option<PathBuf>, HistoryError> {
        self.with(|handle| Ok(handle.repository.workdir().map(Path::to_path_buf)))
    }

    pub(crate) fn read_limit(&self) -> u64 {
        self.read_limit
    }

    pub(crate) fn mailmap_cache(&self) -> &MailmapCache {
        &self.mailmap
    }

    /// Runs `work` with a handle of this thread's own.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Handle) -> Result<T, HistoryError>) -> Result<T, HistoryError> {
        let idle = self.handles.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => Handle::new(
                Repository::open(&self.git_directory).map_err(|error| not_opened(&self.git_directory, error))?,
            ),
        };
        let result = work(&handle);
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        result
    }
}

impl Handle {
    fn new(repository: Repository) -> Self {
        Self { repository, lines: RefCell::new(LineDiff::new()), cache: RefCell::default() }
    }

    /// The objects of the repository.
    pub(crate) fn objects(&self) -> Result<Objects<'_>, HistoryError> {
        let odb = self.repository.odb().map_err(|error| unreadable("the object database", error))?;
        Ok(Objects::new(&self.repository, odb, self.shallow()?, &self.cache))
    }

    /// The commits whose parents a shallow clone left out (the file `shallow`); empty for a full clone.
    fn shallow(&self) -> Result<HashSet<Oid>, HistoryError> {
        let path = self.repository.commondir().join("shallow");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashSet::new()),
            Err(error) => return Err(unreadable(path.display().to_string(), error)),
        };
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| Oid::from_str(line).map_err(|error| unreadable(path.display().to_string(), error)))
            .collect()
    }
}

/// Reads objects as git does, without hashing each one again: libgit2's own hashing costs more than all the rest together.
fn as_git_reads() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
}
