//! Reading and listing files as of a commit.

use git2::{ObjectType, Oid};
use gonogo_core::{HistoryError, RepoPath};

use crate::commit::RawCommit;
use crate::odb::Objects;
use crate::trees::{Entries, Mode, Side};

/// How many files one listing may hold: a tree of a few objects can name billions.
const FILE_LIMIT: usize = 20_000_000;

/// What a path names in a tree.
pub(crate) enum Found {
    File(Side),
    Tree(Oid),
}

/// The tree of a commit.
pub(crate) fn tree_of(objects: &Objects<'_>, commit: Oid) -> Result<Oid, HistoryError> {
    let object = objects.read(commit, ObjectType::Commit)?;
    Ok(RawCommit::parse(commit, &object)?.tree)
}

/// What lies at `path` below `tree`; the empty path is the tree itself.
pub(crate) fn find(objects: &Objects<'_>, tree: Oid, path: &[u8]) -> Result<Option<Found>, HistoryError> {
    let mut here = Found::Tree(tree);
    for component in path.split(|&byte| byte == b'/').filter(|component| !component.is_empty()) {
        let Found::Tree(tree) = here else { return Ok(None) };
        let object = objects.read(tree, ObjectType::Tree)?;
        let mut entries = Entries::new(tree, &object);
        here = loop {
            match entries.advance()? {
                None => return Ok(None),
                Some(entry) if entry.name == component => {
                    break match entry.mode {
                        Mode::Tree => Found::Tree(entry.id),
                        mode => Found::File(Side { id: entry.id, mode }),
                    };
                }
                Some(_) => {}
            }
        };
    }
    Ok(Some(here))
}

/// The bytes of a blob of at most `limit` bytes; `shown` is what to call it in an error.
pub(crate) fn blob(objects: &Objects<'_>, id: Oid, limit: u64, shown: &str) -> Result<Vec<u8>, HistoryError> {
    let (size, _) = objects.header(id, ObjectType::Blob)?;
    if size > limit {
        return Err(HistoryError::TooLarge {
            what: format!("{shown} ({size} bytes)"),
            limit: format!("{limit} bytes"),
        });
    }
    Ok(objects.read(id, ObjectType::Blob)?.to_vec())
}

/// The files (not submodules) at or below `directory`, sorted.
pub(crate) fn list(objects: &Objects<'_>, tree: Oid, directory: &[u8]) -> Result<Vec<RepoPath>, HistoryError> {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    let mut files = Vec::new();
    let mut stack = match find(objects, tree, directory)? {
        None => return Ok(files),
        Some(Found::File(side)) if side.mode == Mode::Submodule => return Ok(files),
        Some(Found::File(_)) => return Ok(vec![RepoPath::from(directory)]),
        Some(Found::Tree(id)) => vec![(directory.to_vec(), Some(id))],
    };
    while let Some((path, tree)) = stack.pop() {
        let Some(tree) = tree else {
            if files.len() >= FILE_LIMIT {
                let limit = format!("{FILE_LIMIT} files");
                return Err(HistoryError::TooLarge { what: "the list of files".to_owned(), limit });
            }
            files.push(RepoPath::from(path));
            continue;
        };
        let object = objects.read(tree, ObjectType::Tree)?;
        let mut entries = Entries::new(tree, &object);
        let from = stack.len();
        while let Some(entry) = entries.advance()? {
            if entry.mode == Mode::Submodule {
                continue;
            }
            let mut full = Vec::with_capacity(path.len() + 1 + entry.name.len());
            if !path.is_empty() {
                full.extend_from_slice(&path);
                full.push(b'/');
            }
            full.extend_from_slice(entry.name);
            stack.push((full, (entry.mode == Mode::Tree).then_some(entry.id)));
        }
        if let Some(pushed) = stack.get_mut(from..) {
            pushed.reverse();
        }
    }
    files.sort_unstable();
    Ok(files)
}
