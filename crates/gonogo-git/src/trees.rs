//! What differs between two trees, by a walk over both that skips equal subtrees.
//!
//! Trees are read as raw bytes: `mode SP name NUL id`, entries sorted by name with directories as if they ended in `/`
//! (gitformat: `git help gitformat-pack`, tree objects). libgit2's own diff of trees costs several times as much.

use std::cmp::Ordering;

use git2::{ObjectType, Oid};
use gonogo_core::{FileChange, FileKind, FileVersion, HistoryError, RepoPath};

use crate::error::malformed;
use crate::odb::{Objects, object_id};

/// How many files one tree may list: a tree of a few objects can name billions ("git bomb").
const FILE_LIMIT: usize = 20_000_000;

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) mode: Mode,
    pub(crate) name: &'a [u8],
    pub(crate) id: Oid,
}

/// The kinds of entries git knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mode {
    Regular,
    Executable,
    Symlink,
    Submodule,
    Tree,
}

impl Mode {
    /// Old repositories hold modes such as 100664: git reads them as 100644.
    fn of(bits: u32) -> Self {
        match bits & 0o170_000 {
            0o040_000 => Self::Tree,
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            _ if bits & 0o100 != 0 => Self::Executable,
            _ => Self::Regular,
        }
    }

    pub(crate) fn kind(self) -> FileKind {
        match self {
            Self::Executable => FileKind::Executable,
            Self::Symlink => FileKind::Symlink,
            Self::Submodule => FileKind::Submodule,
            Self::Regular | Self::Tree => FileKind::Regular,
        }
    }

    /// A regular file, executable or not.
    pub(crate) fn is_regular(self) -> bool {
        matches!(self, Self::Regular | Self::Executable)
    }
}

/// The entries of a tree's raw bytes.
pub(crate) struct Entries<'a> {
    tree: Oid,
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    pub(crate) fn new(tree: Oid, bytes: &'a [u8]) -> Self {
        Self { tree, rest: bytes }
    }

    /// The next entry; `None` at the end.
    pub(crate) fn advance(&mut self) -> Result<Option<Entry<'a>>, HistoryError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        match split_entry(self.rest) {
            Some((entry, rest)) => {
                self.rest = rest;
                Ok(Some(entry))
            }
            None => Err(malformed(format!("tree {}", self.tree), "it is cut off in the middle of an entry")),
        }
    }
}

fn split_entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let mut mode = 0_u32;
    let mut at = 0;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'0'..=b'7' if at <= 7 => mode = mode << 3 | u32::from(byte - b'0'),
            b' ' if at > 1 => break,
            _ => return None,
        }
    }
    let rest = bytes.get(at..)?;
    let end = memchr::memchr(0, rest)?;
    let name = rest.get(..end)?;
    let id = rest.get(end + 1..end + 21)?;
    let entry = Entry { mode: Mode::of(mode), name, id: Oid::from_bytes(id).ok()? };
    Some((entry, rest.get(end + 21..)?))
}

/// One side of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) id: Oid,
    pub(crate) mode: Mode,
}

impl Side {
    pub(crate) fn version(self) -> FileVersion {
        FileVersion { id: object_id(self.id), kind: self.mode.kind() }
    }
}

/// One path that differs between two trees; `old_path` is set by those who find renames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) path: Vec<u8>,
    pub(crate) old_path: Option<Vec<u8>>,
    pub(crate) old: Option<Side>,
    pub(crate) new: Option<Side>,
}

impl Difference {
    pub(crate) fn into_file_change(self) -> FileChange {
        let change =
            FileChange::new(RepoPath::from(self.path), self.old.map(Side::version), self.new.map(Side::version));
        match self.old_path {
            Some(old_path) => change.moved_from(old_path),
            None => change,
        }
    }
}

/// A pair of subtrees still to be compared, or what was found in between: kept in order on one stack.
enum Pending {
    Trees { path: Vec<u8>, old: Option<Oid>, new: Option<Oid> },
    Found(Difference),
}

/// Every path at which the two trees differ, sorted by path; `None` stands for the empty tree.
pub(crate) fn differences(
    objects: &Objects<'_>,
    old: Option<Oid>,
    new: Option<Oid>,
) -> Result<Vec<Difference>, HistoryError> {
    let mut found = Vec::new();
    if old == new {
        return Ok(found);
    }
    let mut stack = vec![Pending::Trees { path: Vec::new(), old, new }];
    while let Some(pending) = stack.pop() {
        match pending {
            Pending::Found(difference) => {
                if found.len() >= FILE_LIMIT {
                    return Err(HistoryError::TooLarge {
                        what: "the list of changed files".to_owned(),
                        limit: format!("{FILE_LIMIT} files"),
                    });
                }
                found.push(difference);
            }
            Pending::Trees { path, old, new } => {
                let from = stack.len();
                compare(objects, &path, old, new, &mut stack)?;
                // What was pushed in order must be popped in order.
                if let Some(pushed) = stack.get_mut(from..) {
                    pushed.reverse();
                }
            }
        }
    }
    // A directory sorts as if it ended in `/`, so whole paths come in order, but for a file that became a directory.
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn compare(
    objects: &Objects<'_>,
    path: &[u8],
    old: Option<Oid>,
    new: Option<Oid>,
    out: &mut Vec<Pending>,
) -> Result<(), HistoryError> {
    let old_tree = old.map(|id| objects.read(id, ObjectType::Tree)).transpose()?;
    let new_tree = new.map(|id| objects.read(id, ObjectType::Tree)).transpose()?;
    let old_bytes = old_tree.as_ref().map_or(&[][..], |tree| &tree[..]);
    let new_bytes = new_tree.as_ref().map_or(&[][..], |tree| &tree[..]);
    let mut olds = Entries::new(old.unwrap_or(Oid::ZERO_SHA1), old_bytes);
    let mut news = Entries::new(new.unwrap_or(Oid::ZERO_SHA1), new_bytes);
    let (mut left, mut right) = (olds.advance()?, news.advance()?);
    loop {
        match (left, right) {
            (None, None) => return Ok(()),
            (Some(one), Some(two)) => match order(&one, &two) {
                Ordering::Less => {
                    push(path, Some(one), None, out);
                    left = olds.advance()?;
                }
                Ordering::Greater => {
                    push(path, None, Some(two), out);
                    right = news.advance()?;
                }
                Ordering::Equal => {
                    if one.id != two.id || one.mode != two.mode {
                        push(path, Some(one), Some(two), out);
                    }
                    left = olds.advance()?;
                    right = news.advance()?;
                }
            },
            (Some(one), None) => {
                push(path, Some(one), None, out);
                left = olds.advance()?;
            }
            (None, Some(two)) => {
                push(path, None, Some(two), out);
                right = news.advance()?;
            }
        }
    }
}

/// Git's order of tree entries: by name, a directory as if its name ended in `/`.
fn order(one: &Entry<'_>, two: &Entry<'_>) -> Ordering {
    let common = one.name.len().min(two.name.len());
    let (head_one, tail_one) = one.name.split_at(common);
    let (head_two, tail_two) = two.name.split_at(common);
    let end = |tail: &[u8], mode| tail.first().copied().unwrap_or(if mode == Mode::Tree { b'/' } else { 0 });
    head_one.cmp(head_two).then_with(|| end(tail_one, one.mode).cmp(&end(tail_two, two.mode)))
}

/// Entries of one place that differ: files are found, directories are compared later.
fn push(path: &[u8], old: Option<Entry<'_>>, new: Option<Entry<'_>>, out: &mut Vec<Pending>) {
    let Some(name) = old.or(new).map(|entry| entry.name) else { return };
    let mut full = Vec::with_capacity(path.len() + 1 + name.len());
    if !path.is_empty() {
        full.extend_from_slice(path);
        full.push(b'/');
    }
    full.extend_from_slice(name);
    let tree = |entry: Option<Entry<'_>>| entry.filter(|entry| entry.mode == Mode::Tree).map(|entry| entry.id);
    let file = |entry: Option<Entry<'_>>| {
        entry.filter(|entry| entry.mode != Mode::Tree).map(|entry| Side { id: entry.id, mode: entry.mode })
    };
    let (old_file, new_file) = (file(old), file(new));
    if old_file.is_some() || new_file.is_some() {
        out.push(Pending::Found(Difference { path: full.clone(), old_path: None, old: old_file, new: new_file }));
    }
    let (old_tree, new_tree) = (tree(old), tree(new));
    if old_tree.is_some() || new_tree.is_some() {
        out.push(Pending::Trees { path: full, old: old_tree, new: new_tree });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: &str, name: &str) -> Vec<u8> {
        [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[7; 20]].concat()
    }

    #[test]
    fn old_modes_are_read_as_git_reads_them() {
        for (bits, mode) in [
            (0o100_644, Mode::Regular),
            (0o100_664, Mode::Regular),
            (0o100_755, Mode::Executable),
            (0o100_775, Mode::Executable),
            (0o120_000, Mode::Symlink),
            (0o160_000, Mode::Submodule),
            (0o040_000, Mode::Tree),
        ] {
            assert_eq!(Mode::of(bits), mode, "{bits:o}");
        }
    }

    #[test]
    fn entries_are_read_one_after_the_other() {
        let bytes = [entry("100644", "a"), entry("40000", "b")].concat();
        let mut entries = Entries::new(Oid::ZERO_SHA1, &bytes);
        let first = entries.advance().unwrap().unwrap();
        assert_eq!((first.name, first.mode), (&b"a"[..], Mode::Regular));
        assert_eq!(entries.advance().unwrap().unwrap().mode, Mode::Tree);
        assert_eq!(entries.advance().unwrap(), None);
    }

    #[test]
    fn a_tree_cut_off_anywhere_is_malformed_and_never_shorter() {
        let whole = entry("100644", "name");
        for length in 1..whole.len() {
            assert!(Entries::new(Oid::ZERO_SHA1, &whole[..length]).advance().is_err(), "cut at {length}");
        }
        assert!(Entries::new(Oid::ZERO_SHA1, b"100944 a\0").advance().is_err());
        assert!(Entries::new(Oid::ZERO_SHA1, b" a\0aaaaaaaaaaaaaaaaaaaa").advance().is_err());
    }

    #[test]
    fn a_directory_sorts_as_if_it_ended_in_a_slash() {
        let bytes = [entry("100644", "a"), entry("40000", "a"), entry("100644", "a.b"), entry("100644", "a0")].concat();
        let mut entries = Entries::new(Oid::ZERO_SHA1, &bytes);
        let mut all = Vec::new();
        while let Some(entry) = entries.advance().unwrap() {
            all.push(entry);
        }
        let [file, directory, dotted, zero] = all[..] else { panic!("four entries") };
        assert_eq!(order(&file, &directory), Ordering::Less);
        assert_eq!(order(&directory, &dotted), Ordering::Greater);
        assert_eq!(order(&directory, &zero), Ordering::Less);
        assert_eq!(order(&file, &file), Ordering::Equal);
    }
}
