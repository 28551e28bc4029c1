//! Which commit each line of a file comes from, and which lines a commit took away.
//!
//! White space never tells two lines apart here (as with `git blame -w`), so that a commit which only indents is not the origin
//! of what it indented. A file is followed over the renames that `git diff -M50%` finds, where its path is not there before.

use std::collections::{BinaryHeap, HashMap};

use git2::{ObjectType, Oid};
use gonogo_core::{HistoryError, ObjectId, RepoPath};

use crate::commit::{Links, RawCommit};
use crate::exact::join;
use crate::files::{Found, find, tree_of};
use crate::graph::Queued;
use crate::lines::{LineDiff, is_binary};
use crate::odb::{Objects, object_id, oid};
use crate::open::GitHistory;
use crate::patch::placed;
use crate::renames::renames;
use crate::trees::{Side, differences};

/// Larger files, in bytes, are taken for data: their lines come from nowhere in particular.
const MOST_BYTES: u64 = 2 << 20;
/// Answers remembered for (tree, path); forgotten all at once beyond this.
const MOST_REMEMBERED: usize = 1 << 20;

/// A file as it was before a commit, and the lines that the commit took out of it or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedLines {
    /// The commit before.
    pub at: ObjectId,
    /// Where the file lay before the commit.
    pub path: RepoPath,
    /// The whole file as it was then.
    pub text: Vec<u8>,
    /// Numbers of the lines, from 0, ascending. A line that only changed its white space is not among them.
    pub lines: Vec<u32>,
}

impl GitHistory {
    /// The lines that a commit took out of its only parent's files, file by file; nothing for roots and merges.
    ///
    /// Binary files and files of more than 2 MiB are left out.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when an object is not there.
    pub fn deleted_lines(&self, commit: &ObjectId) -> Result<Vec<DeletedLines>, HistoryError> {
        let commit = oid(commit)?;
        self.with(|handle| {
            let objects = handle.objects()?;
            let diff = &mut handle.lines.borrow_mut();
            let links = links(&objects, commit)?;
            let [parent] = links.parents.as_slice() else { return Ok(Vec::new()) };
            let (before, after) = (tree_of(&objects, *parent)?, tree_of(&objects, commit)?);
            let found = differences(&objects, Some(before), Some(after))?;
            let pairs = renames(&objects, &found)?;
            let mut deleted = Vec::new();
            for difference in join(found, &pairs) {
                let Some(old) = difference.old.filter(|old| old.mode.is_regular()) else { continue };
                if difference.new.is_some_and(|new| new.id == old.id) {
                    continue;
                }
                let Some(text) = text(&objects, old)? else { continue };
                let new = match difference.new.filter(|new| new.mode.is_regular()) {
                    Some(new) => match self::text(&objects, new)? {
                        Some(new) => new,
                        None => continue,
                    },
                    None => Vec::new(),
                };
                let marks = placed(diff, &without_space(&text), &without_space(&new));
                let lines: Vec<u32> =
                    (0..).zip(&marks.old.changed).filter(|(_, changed)| **changed).map(|(line, _)| line).collect();
                if !lines.is_empty() {
                    let path = RepoPath::from(difference.old_path.unwrap_or(difference.path));
                    deleted.push(DeletedLines { at: object_id(*parent), path, text, lines });
                }
            }
            Ok(deleted)
        })
    }
}

/// A file of a commit.
type Place = (RepoPath, Side);

/// Finds where lines come from, remembering between questions what it read of the commit graph.
///
/// ```
/// # use gonogo_core::{History, RepoPath};
/// # use gonogo_git::{Blame, GitHistory};
/// # fn show(history: &GitHistory) -> Result<(), gonogo_core::HistoryError> {
/// let head = history.resolve("HEAD")?.id;
/// let origins = Blame::new(history).origins(&head, &RepoPath::from("src/lib.rs"), &[0, 1], &|_, _| true, &mut || true)?;
/// # let _ = origins; Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Blame<'h> {
    history: &'h GitHistory,
    commits: HashMap<Oid, (Links, Oid)>,
    sides: HashMap<(Oid, RepoPath), Option<Side>>,
}

/// A file at a commit, and the lines of the question that are still to be explained there: (line here, place in the question).
struct Open {
    side: Side,
    lines: Vec<(u32, usize)>,
}

impl<'h> Blame<'h> {
    /// Asks this history.
    #[must_use]
    pub fn new(history: &'h GitHistory) -> Self {
        Self { history, commits: HashMap::new(), sides: HashMap::new() }
    }

    /// The commits that last wrote these lines (from 0) of the file `path` as of `at`, in the order of `lines`.
    ///
    /// `touches` may say that a commit which is no merge did not change a path, which saves a look at its tree; `|_, _| true` when
    /// that is not known. `go_on` is asked once for each commit that is looked at; after `false` the answer is `None`. A line of
    /// a binary file, of one larger than 2 MiB or of one that is not there comes from `at` itself. O(ancestors) at worst.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the clone cuts the history before the lines are explained.
    pub fn origins(
        &mut self,
        at: &ObjectId,
        path: &RepoPath,
        lines: &[u32],
        touches: &dyn Fn(&ObjectId, &RepoPath) -> bool,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<ObjectId>>, HistoryError> {
        let history = self.history;
        let start = oid(at)?;
        history.with(|handle| {
            let objects = handle.objects()?;
            let diff = &mut handle.lines.borrow_mut();
            let mut origins = vec![*at; lines.len()];
            let Some(side) = self.side(&objects, start, path)? else { return Ok(Some(origins)) };
            let mut open: HashMap<(Oid, RepoPath), Open> = HashMap::new();
            let mut queue = BinaryHeap::new();
            let wanted = lines.iter().copied().zip(0..).collect();
            self.open(&objects, &mut open, &mut queue, (start, path.clone()), Open { side, lines: wanted })?;
            while let Some(Queued { id, .. }) = queue.pop() {
                if !go_on() {
                    return Ok(None);
                }
                let here: Vec<RepoPath> = open.keys().filter(|key| key.0 == id).map(|key| key.1.clone()).collect();
                for path in here {
                    let Some(Open { side, mut lines }) = open.remove(&(id, path.clone())) else { continue };
                    let parents = self.links(&objects, id)?.parents;
                    if objects.is_cut(id) && !parents.is_empty() {
                        return Err(objects.cut(id, "where lines come from"));
                    }
                    let untouched = parents.len() == 1 && !touches(&object_id(id), &path);
                    for (parent, from) in self.before(&objects, id, &parents, &path, side, untouched)? {
                        if lines.is_empty() {
                            break;
                        }
                        let (passed, kept) = pass(&objects, diff, (from.1, side), lines)?;
                        lines = kept;
                        if !passed.is_empty() {
                            let file = Open { side: from.1, lines: passed };
                            self.open(&objects, &mut open, &mut queue, (parent, from.0), file)?;
                        }
                    }
                    for (_, place) in lines {
                        if let Some(origin) = origins.get_mut(place) {
                            *origin = object_id(id);
                        }
                    }
                }
            }
            Ok(Some(origins))
        })
    }

    /// Adds a file to those still to be explained; lines that come to one file on two ways are explained together.
    fn open(
        &mut self,
        objects: &Objects<'_>,
        open: &mut HashMap<(Oid, RepoPath), Open>,
        queue: &mut BinaryHeap<Queued>,
        at: (Oid, RepoPath),
        file: Open,
    ) -> Result<(), HistoryError> {
        let commit = at.0;
        match open.get_mut(&at) {
            Some(known) => known.lines.extend(file.lines),
            None => {
                open.insert(at, file);
                queue.push(Queued { committed_at: self.links(objects, commit)?.committed_at, id: commit });
            }
        }
        Ok(())
    }

    /// Where the file lay in each parent that has it. One parent that has the very same bytes explains all of it.
    fn before(
        &mut self,
        objects: &Objects<'_>,
        commit: Oid,
        parents: &[Oid],
        path: &RepoPath,
        side: Side,
        untouched: bool,
    ) -> Result<Vec<(Oid, Place)>, HistoryError> {
        if let (true, [only]) = (untouched, parents) {
            return Ok(vec![(*only, (path.clone(), side))]);
        }
        let mut found = Vec::with_capacity(parents.len());
        for &parent in parents {
            match self.side(objects, parent, path)? {
                Some(same) if same.id == side.id => return Ok(vec![(parent, (path.clone(), same))]),
                Some(other) => found.push((parent, (path.clone(), other))),
                None => {
                    let (before, after) = (self.tree(objects, parent)?, self.tree(objects, commit)?);
                    let changed = differences(objects, Some(before), Some(after))?;
                    let pairs = renames(objects, &changed)?;
                    let here = join(changed, &pairs).into_iter().find(|one| one.path.as_slice() == path.as_bytes());
                    if let Some((old_path, old)) = here.and_then(|one| Some((one.old_path?, one.old?))) {
                        found.push((parent, (RepoPath::from(old_path), old)));
                    }
                }
            }
        }
        Ok(found)
    }

    fn side(&mut self, objects: &Objects<'_>, commit: Oid, path: &RepoPath) -> Result<Option<Side>, HistoryError> {
        let key = (self.tree(objects, commit)?, path.clone());
        if let Some(known) = self.sides.get(&key) {
            return Ok(*known);
        }
        let found = match find(objects, key.0, path.as_bytes())? {
            Some(Found::File(side)) if side.mode.is_regular() => Some(side),
            _ => None,
        };
        if self.sides.len() >= MOST_REMEMBERED {
            self.sides.clear();
        }
        self.sides.insert(key, found);
        Ok(found)
    }

    fn tree(&mut self, objects: &Objects<'_>, commit: Oid) -> Result<Oid, HistoryError> {
        self.commit(objects, commit).map(|(_, tree)| *tree)
    }

    fn links(&mut self, objects: &Objects<'_>, commit: Oid) -> Result<Links, HistoryError> {
        self.commit(objects, commit).map(|(links, _)| links.clone())
    }

    fn commit(&mut self, objects: &Objects<'_>, commit: Oid) -> Result<&(Links, Oid), HistoryError> {
        match self.commits.entry(commit) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(free) => {
                let object = objects.read(commit, ObjectType::Commit)?;
                let raw = RawCommit::parse(commit, &object)?;
                Ok(free.insert((raw.links(), raw.tree)))
            }
        }
    }
}

/// Lines that a parent may explain, and those that it does not: (line, place in the question).
type Passed = (Vec<(u32, usize)>, Vec<(u32, usize)>);

/// Hands the lines that the parent's file has too to that file, under their numbers there.
fn pass(
    objects: &Objects<'_>,
    diff: &mut LineDiff,
    (old, new): (Side, Side),
    lines: Vec<(u32, usize)>,
) -> Result<Passed, HistoryError> {
    if old.id == new.id {
        return Ok((lines, Vec::new()));
    }
    let (Some(old), Some(new)) = (text(objects, old)?, text(objects, new)?) else { return Ok((Vec::new(), lines)) };
    let marks = placed(diff, &without_space(&old), &without_space(&new));
    // The unchanged lines of both sides are the same lines in the same order.
    let unchanged =
        |changed: &[bool]| (0_u32..).zip(changed.to_vec()).filter(|(_, changed)| !changed).map(|(at, _)| at);
    let mut before: Vec<Option<u32>> = vec![None; marks.new.changed.len()];
    for (old_line, new_line) in unchanged(&marks.old.changed).zip(unchanged(&marks.new.changed)) {
        if let Some(slot) = before.get_mut(new_line as usize) {
            *slot = Some(old_line);
        }
    }
    let (mut passed, mut kept) = (Vec::new(), Vec::new());
    for (line, place) in lines {
        match before.get(line as usize).copied().flatten() {
            Some(old_line) => passed.push((old_line, place)),
            None => kept.push((line, place)),
        }
    }
    Ok((passed, kept))
}

fn links(objects: &Objects<'_>, commit: Oid) -> Result<Links, HistoryError> {
    let object = objects.read(commit, ObjectType::Commit)?;
    let links = RawCommit::parse(commit, &object)?.links();
    if objects.is_cut(commit) && !links.parents.is_empty() {
        return Err(objects.cut(commit, "what the commit took away"));
    }
    Ok(links)
}

/// A text file's bytes; `None` for data.
fn text(objects: &Objects<'_>, side: Side) -> Result<Option<Vec<u8>>, HistoryError> {
    let bytes = objects.read_blob(side.id, MOST_BYTES)?;
    Ok(bytes.filter(|bytes| !is_binary(bytes)).map(|bytes| bytes.to_vec()))
}

/// The same lines without white space; the last one always ends.
fn without_space(text: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)).collect();
    if text.last().is_some_and(|&last| last != b'\n') {
        plain.push(b'\n');
    }
    plain
}
