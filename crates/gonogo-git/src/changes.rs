//! What one commit changed, line by line.

use git2::{ObjectType, Oid};
use gonogo_core::{HistoryError, LineChange, RepoPath};

use crate::commit::RawCommit;
use crate::exact::join;
use crate::files::tree_of;
use crate::lines::{LineDiff, count_lines, is_binary};
use crate::odb::{Bytes, Objects};
use crate::renames::renames;
use crate::trees::{Difference, Mode, Side, differences};

/// Files larger than this, in bytes, are binary to git whatever is in them: its default `core.bigFileThreshold`.
pub(crate) const HUGE: u64 = 512 << 20;

/// What the commit changed against its first parent, or against nothing, sorted by path.
pub(crate) fn line_changes(
    objects: &Objects<'_>,
    diff: &mut LineDiff,
    commit: Oid,
) -> Result<Vec<LineChange>, HistoryError> {
    let object = objects.read(commit, ObjectType::Commit)?;
    let raw = RawCommit::parse(commit, &object)?;
    if objects.is_cut(commit) && !raw.parents.is_empty() {
        return Err(objects.cut(commit, "what the commit changed"));
    }
    let before = raw.parents.first().map(|&parent| tree_of(objects, parent)).transpose()?;
    let found = differences(objects, before, Some(raw.tree))?;
    let pairs = renames(objects, &found)?;
    join(found, &pairs).iter().map(|difference| count(objects, diff, difference)).collect()
}

fn count(objects: &Objects<'_>, diff: &mut LineDiff, difference: &Difference) -> Result<LineChange, HistoryError> {
    let path = RepoPath::from(difference.path.as_slice());
    let old = difference.old.map(|side| content(objects, side)).transpose()?;
    let new = match (difference.old, difference.new) {
        (Some(old), Some(new)) if old.id == new.id => None,
        (_, new) => new.map(|side| content(objects, side)).transpose()?,
    };
    let binary = |content: &Option<Content<'_>>| content.as_ref().is_some_and(Content::is_binary);
    let change = if binary(&old) || binary(&new) {
        LineChange::binary(path)
    } else {
        let text = old.as_ref().map(Content::bytes).unwrap_or_default();
        let counts = match &new {
            Some(new) => diff.count(text, new.bytes()),
            None if difference.new.is_none() => diff.count(text, b""),
            None => Default::default(),
        };
        let lines = if difference.old.is_some_and(|old| old.mode == Mode::Submodule) { 0 } else { count_lines(text) };
        LineChange::new(path, counts.added as u64, counts.deleted as u64, lines as u64)
    };
    Ok(match &difference.old_path {
        Some(old_path) => change.renamed_from(old_path.as_slice()),
        None => change,
    })
}

/// What git compares for one side: a blob, or the line that stands for a submodule.
pub(crate) enum Content<'o> {
    Blob(Bytes<'o>),
    Submodule(String),
    /// A blob too large to be compared: git takes it for binary without a look.
    Huge,
}

impl Content<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Blob(object) => object,
            Self::Submodule(line) => line.as_bytes(),
            Self::Huge => &[],
        }
    }

    pub(crate) fn is_binary(&self) -> bool {
        matches!(self, Self::Huge) || is_binary(self.bytes())
    }
}

pub(crate) fn content<'o>(objects: &'o Objects<'_>, side: Side) -> Result<Content<'o>, HistoryError> {
    if side.mode == Mode::Submodule {
        return Ok(Content::Submodule(format!("Subproject commit {}\n", side.id)));
    }
    Ok(objects.read_blob(side.id, HUGE)?.map_or(Content::Huge, Content::Blob))
}
