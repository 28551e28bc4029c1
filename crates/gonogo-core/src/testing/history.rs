//! A history in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Ancestry, Commit, FileChange, FileKind, FileVersion, History, HistoryError, Signature};
use crate::path::RepoPath;
use crate::revision::{ObjectId, Revision};
use crate::timestamp::Timestamp;

type Tree = BTreeMap<RepoPath, Vec<u8>>;

/// A history made commit by commit, each with its whole tree and a name of its own.
///
/// ```
/// use gonogo_core::{testing::MemoryHistory, Ancestry, History};
/// let history = MemoryHistory::new()
///     .commit("base", &[], "first", &[("a.txt", "1")])
///     .commit("head", &["base"], "second", &[("a.txt", "2")]);
/// let (base, head) = (history.resolve("base")?, history.resolve("head")?);
/// assert_eq!(history.ancestry(&base, &head)?, Ancestry::Ahead(1));
/// # Ok::<(), gonogo_core::HistoryError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryHistory {
    names: BTreeMap<String, ObjectId>,
    /// Parents before children.
    commits: Vec<(Commit, Tree)>,
}

fn id_of(bytes: &[u8]) -> ObjectId {
    let digest = hmac_sha256::Hash::hash(bytes);
    ObjectId::from_bytes(&digest[..20]).unwrap_or_else(|_| unreachable!("20 bytes are an id"))
}

impl MemoryHistory {
    /// A history without commits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commit called `name`, by `Ada <ada@example.org>`, a minute after the one before.
    ///
    /// # Panics
    /// When a parent is not there, or the name is taken: the test is wrong.
    #[must_use]
    pub fn commit(mut self, name: &str, parents: &[&str], message: &str, files: &[(&str, &str)]) -> Self {
        assert!(!self.names.contains_key(name), "two commits are called {name}");
        let parents: Vec<ObjectId> = parents
            .iter()
            .map(|parent| *self.names.get(*parent).unwrap_or_else(|| panic!("no commit {parent}")))
            .collect();
        let id = id_of(format!("commit {name}").as_bytes());
        let at = Timestamp::from_unix_seconds(1_767_225_600 + 60 * self.commits.len() as i64).ok();
        let who = Signature { name: b"Ada".to_vec(), email: b"ada@example.org".to_vec(), at };
        let commit = Commit::new(id, parents, who.clone(), who, message);
        let tree = files.iter().map(|(path, text)| (RepoPath::from(*path), text.as_bytes().to_vec())).collect();
        self.commits.push((commit, tree));
        self.names.insert(name.to_owned(), id);
        self
    }

    fn find(&self, id: &ObjectId) -> Result<&(Commit, Tree), HistoryError> {
        self.commits.iter().find(|(commit, _)| commit.id == *id).ok_or_else(|| HistoryError::NotFound {
            name: id.to_string(),
            remedy: "add it with MemoryHistory::commit".into(),
        })
    }

    fn reachable(&self, from: &Revision) -> Result<BTreeSet<ObjectId>, HistoryError> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.id];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(&self.find(&id)?.0.parents);
            }
        }
        Ok(seen)
    }
}

impl History for MemoryHistory {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        let id = match self.names.get(name) {
            Some(id) => *id,
            None => {
                let known = |id: &ObjectId| self.find(id).is_ok();
                name.parse().ok().filter(known).ok_or_else(|| HistoryError::NotFound {
                    name: name.to_owned(),
                    remedy: format!("there are {}", self.names.keys().cloned().collect::<Vec<_>>().join(", ")),
                })?
            }
        };
        Ok(Revision::from_id(id).named(name))
    }

    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        let (of_base, of_head) = (self.reachable(base)?, self.reachable(head)?);
        let ahead = of_head.difference(&of_base).count() as u64;
        let behind = of_base.difference(&of_head).count() as u64;
        Ok(match (ahead, behind) {
            (0, 0) => Ancestry::Same,
            (ahead, 0) => Ancestry::Ahead(ahead),
            (0, behind) => Ancestry::Behind(behind),
            (ahead, behind) => Ancestry::Diverged { ahead, behind },
        })
    }

    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        let (of_base, of_head) = (self.reachable(base)?, self.reachable(head)?);
        let wanted = |commit: &&(Commit, Tree)| of_head.contains(&commit.0.id) && !of_base.contains(&commit.0.id);
        Ok(self.commits.iter().rev().filter(wanted).map(|(commit, _)| commit.clone()).collect())
    }

    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        let (old, new) = (&self.find(&base.id)?.1, &self.find(&head.id)?.1);
        let version = |bytes: &Vec<u8>| FileVersion { id: id_of(bytes), kind: FileKind::Regular };
        let paths: BTreeSet<&RepoPath> = old.keys().chain(new.keys()).collect();
        let changed = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
        let mut changes: Vec<FileChange> = changed
            .map(|path| FileChange::new(path.clone(), old.get(path).map(version), new.get(path).map(version)))
            .collect();
        join_moves(&mut changes);
        Ok(changes)
    }

    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        Ok(self.find(&at.id)?.1.get(path).cloned())
    }

    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        Ok(self.find(&at.id)?.1.keys().filter(|path| path.is_within(directory)).cloned().collect())
    }
}

/// Joins a deleted and an added file of the same bytes to one moved file, the first of each in order of path.
fn join_moves(changes: &mut Vec<FileChange>) {
    let mut place = 0;
    while place < changes.len() {
        let from = match (&changes[place].old, &changes[place].new) {
            (None, Some(new)) => {
                changes.iter().position(|gone| gone.is_deleted() && gone.old.map(|old| old.id) == Some(new.id))
            }
            _ => None,
        };
        match from {
            Some(from) => {
                changes[place].old = changes[from].old;
                changes[place].old_path = Some(changes[from].path.clone());
                changes.remove(from);
                place += usize::from(from > place);
            }
            None => place += 1,
        }
    }
}
