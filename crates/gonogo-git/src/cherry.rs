//! Commits whose patch the other side has too, exactly as `git cherry` marks them.
//!
//! Two commits are the same when git's patch ids are (git-patch-id(1)): the same paths are changed, created or deleted, and the
//! changed lines with three around them are the same but for white space; binary files must go from the same bytes to the same bytes. Commits
//! that turn the same blobs into the same blobs are the same without looking at a line; a patch is only written for commits that
//! change the same paths otherwise.

use std::collections::HashMap;

use git2::{ObjectType, Oid};
use gonogo_core::{Equivalent, HistoryError};

use crate::changes::{Content, content};
use crate::commit::RawCommit;
use crate::files::tree_of;
use crate::graph::Between;
use crate::lines::LineDiff;
use crate::odb::{Objects, object_id};
use crate::patch::{write_patch, write_without_space};
use crate::trees::{Difference, Mode, Side, differences};

/// The commits of `base..head` whose patch a commit of `head..base` has.
pub(crate) fn equivalent(
    objects: &Objects<'_>,
    diff: &mut LineDiff,
    base: Oid,
    head: Oid,
) -> Result<Vec<Equivalent>, HistoryError> {
    let between = Between::paint(objects, base, head, true)?;
    between.check_whole(objects, true)?;
    let (theirs, ours) = (between.base_only(), between.head_only());
    let mut found = Vec::new();
    if theirs.is_empty() || ours.is_empty() {
        return Ok(found);
    }
    let mut in_production: HashMap<Vec<Touched>, Vec<Patch>> = HashMap::new();
    for id in theirs {
        if let Some((touched, patch)) = patch_of(objects, id)? {
            in_production.entry(touched).or_default().push(patch);
        }
    }
    let mut texts = Texts { objects, diff, digests: HashMap::new() };
    for id in ours {
        let Some((touched, patch)) = patch_of(objects, id)? else { continue };
        let Some(candidates) = in_production.get(&touched) else { continue };
        if let Some(same) = texts.same_patch(&patch, candidates)? {
            found.push(Equivalent { commit: object_id(id), in_production: object_id(same) });
        }
    }
    Ok(found)
}

/// How a patch touches a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum How {
    Changed,
    Created(Mode),
    Deleted(Mode),
}

/// A path without its white space, as git hashes it, and how it is touched.
type Touched = (Vec<u8>, How);

/// What lies at a path before and after.
type Sides = (Option<Side>, Option<Side>);

/// A commit's patch before any line is looked at: both sides of each path, in the order of the touched paths.
#[derive(Debug)]
struct Patch {
    commit: Oid,
    files: Vec<Sides>,
}

/// The commit's patch; `None` for a merge.
fn patch_of(objects: &Objects<'_>, id: Oid) -> Result<Option<(Vec<Touched>, Patch)>, HistoryError> {
    let object = objects.read(id, ObjectType::Commit)?;
    let raw = RawCommit::parse(id, &object)?;
    if raw.parents.len() > 1 {
        return Ok(None);
    }
    let before = raw.parents.first().map(|&parent| tree_of(objects, parent)).transpose()?;
    let found = differences(objects, before, Some(raw.tree))?;
    let mut files: Vec<(Touched, Sides)> = found.iter().map(touched).collect();
    files.sort_by(|one, two| one.0.cmp(&two.0));
    let (touched, files) = files.into_iter().unzip();
    Ok(Some((touched, Patch { commit: id, files })))
}

fn touched(difference: &Difference) -> (Touched, Sides) {
    let mut path = Vec::with_capacity(difference.path.len());
    write_without_space(&difference.path, &mut path);
    let how = match (difference.old, difference.new) {
        (None, Some(new)) => How::Created(new.mode),
        (Some(old), None) => How::Deleted(old.mode),
        _ => How::Changed,
    };
    ((path, how), (difference.old, difference.new))
}

/// Writes patches and remembers what they hash to.
struct Texts<'a> {
    objects: &'a Objects<'a>,
    diff: &'a mut LineDiff,
    digests: HashMap<(Option<Oid>, Option<Oid>), Oid>,
}

impl Texts<'_> {
    /// One of the candidates, which touch the same paths in the same ways, with the same patch.
    fn same_patch(&mut self, patch: &Patch, candidates: &[Patch]) -> Result<Option<Oid>, HistoryError> {
        let blobs = |patch: &Patch| patch.files.iter().map(ids).collect::<Vec<_>>();
        let mine = blobs(patch);
        if let Some(same) = candidates.iter().find(|candidate| blobs(candidate) == mine) {
            return Ok(Some(same.commit));
        }
        'candidates: for candidate in candidates {
            for (mine, theirs) in patch.files.iter().zip(&candidate.files) {
                if ids(mine) != ids(theirs) && self.digest(*mine)? != self.digest(*theirs)? {
                    continue 'candidates;
                }
            }
            return Ok(Some(candidate.commit));
        }
        Ok(None)
    }

    /// What the change of one file hashes to.
    fn digest(&mut self, (old, new): Sides) -> Result<Oid, HistoryError> {
        let key = ids(&(old, new));
        if let Some(&digest) = self.digests.get(&key) {
            return Ok(digest);
        }
        let old_content = old.map(|side| content(self.objects, side)).transpose()?;
        let new_content = new.map(|side| content(self.objects, side)).transpose()?;
        let old_bytes = old_content.as_ref().map(Content::bytes).unwrap_or_default();
        let new_bytes = new_content.as_ref().map(Content::bytes).unwrap_or_default();
        let mut text = Vec::new();
        if [&old_content, &new_content].into_iter().flatten().any(Content::is_binary) {
            text.push(b'b');
            for id in [key.0, key.1] {
                text.extend_from_slice(id.unwrap_or(Oid::ZERO_SHA1).as_bytes());
            }
        } else {
            text.push(b't');
            write_patch(self.diff, old_bytes, new_bytes, &mut text);
        }
        let digest = Oid::hash_object(ObjectType::Blob, &text)
            .map_err(|error| crate::error::unreadable("the hash of a patch", error))?;
        self.digests.insert(key, digest);
        Ok(digest)
    }
}

fn ids((old, new): &Sides) -> (Option<Oid>, Option<Oid>) {
    (old.map(|side| side.id), new.map(|side| side.id))
}
