//! The index in a file: read whole, appended to, replaced when damaged.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::codec::{HistoryIndex, IndexError};
use super::traces::TraceIndex;

/// Unreachable commits that are not worth writing the file anew for.
const SLACK: usize = 1_000;

/// Why the file could not be read or written. The index itself stays usable.
#[derive(Debug, thiserror::Error)]
#[error("history index {}: {source}; it is a cache: remove it, or give another path", path.display())]
#[non_exhaustive]
pub struct IndexFileError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// What can be kept in an [`IndexFile`]: bytes that only grow.
pub trait Index: Default {
    /// Reads stored bytes, dropping what is torn or damaged.
    ///
    /// # Errors
    /// [`IndexError::Foreign`] for the bytes of something else.
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError>;
    /// All bytes.
    fn as_bytes(&self) -> &[u8];
    /// How many of them were stored when it was read or marked.
    fn stored_bytes(&self) -> usize;
    /// Says that all bytes are stored now.
    fn mark_stored(&mut self);
}

macro_rules! forward_index {
    ($($index:ident),*) => {$(
        impl Index for $index {
            fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError> { $index::from_bytes(bytes) }
            fn as_bytes(&self) -> &[u8] { $index::as_bytes(self) }
            fn stored_bytes(&self) -> usize { $index::stored_bytes(self) }
            fn mark_stored(&mut self) { $index::mark_stored(self) }
        }
    )*};
}
forward_index!(HistoryIndex, TraceIndex);

/// An index and the file it lives in. Keep it under the user's cache folder, never inside the repository.
#[derive(Debug)]
pub struct IndexFile<I = HistoryIndex> {
    path: PathBuf,
    /// What is held, to be measured with and added to.
    pub index: I,
    /// The file is missing, foreign, or has a damaged end: write it anew.
    replace: bool,
}

impl<I: Index> IndexFile<I> {
    /// Reads the file; one that is missing, foreign or damaged gives what can be used of it.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, IndexFileError> {
        let path = path.into();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(IndexFileError { path, source }),
        };
        let length = bytes.len();
        let index = I::from_bytes(bytes).unwrap_or_default();
        let replace = index.stored_bytes() == 0 || index.stored_bytes() != length;
        Ok(Self { path, index, replace })
    }

    /// Where it lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what was added: appended in one piece, or, where the file was missing or damaged, to a new file that then takes
    /// its place.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn save(&mut self) -> Result<(), IndexFileError> {
        self.write().map_err(|source| IndexFileError { path: self.path.clone(), source })?;
        self.index.mark_stored();
        self.replace = false;
        Ok(())
    }

    fn write(&self) -> std::io::Result<()> {
        let bytes = self.index.as_bytes();
        let stored = self.index.stored_bytes();
        if !self.replace {
            let added = bytes.get(stored..).unwrap_or_default();
            if added.is_empty() {
                return Ok(());
            }
            let mut file = std::fs::OpenOptions::new().append(true).open(&self.path)?;
            // Another process may have added to the file or replaced it since; then appending would repeat or tear records.
            if file.metadata()?.len() == stored as u64 {
                return file.write_all(added);
            }
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = self.path.with_file_name(name);
        std::fs::write(&beside, bytes)?;
        std::fs::rename(&beside, &self.path)
    }
}

impl IndexFile<HistoryIndex> {
    /// Keeps only the commits that are reachable, and writes the file anew.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn compact(
        &mut self,
        reachable: &std::collections::HashSet<gonogo_core::ObjectId>,
    ) -> Result<(), IndexFileError> {
        self.index = self.index.retain(reachable);
        self.replace = true;
        self.save()
    }

    /// Writes what was added, and keeps only the commits that are reachable where more than half are not.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn save_reachable(
        &mut self,
        reachable: impl IntoIterator<Item = gonogo_core::ObjectId>,
    ) -> Result<(), IndexFileError> {
        let reachable: std::collections::HashSet<_> = reachable.into_iter().collect();
        if self.index.len() > 2 * reachable.len() + SLACK { self.compact(&reachable) } else { self.save() }
    }
}
