//! Tags, branches and the work tree: what the command line falls back on when nobody names a range.

use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{ObjectType, Oid, StatusOptions};
use gonogo_core::{HistoryError, Revision};

use crate::error::unreadable;
use crate::graph::{Queued, links};
use crate::odb::{Objects, object_id, oid};
use crate::open::{GitHistory, Handle};
use crate::resolve::{Peeled, peel};

/// A tag of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Its name, without `refs/tags/`.
    pub(crate) name: String,
    pub(crate) commit: Oid,
    /// When it was made, seconds since 1970: the tagger's date, or the commit's for a tag without an object of its own.
    pub(crate) made_at: i64,
    annotated: bool,
}

impl GitHistory {
    /// The newest tag that is an ancestor of `head` and not `head` itself: what was released before it. `None` without one.
    ///
    /// Going back from `head`, newest commit first, it is the first commit that has a tag; of several tags there the annotated ones
    /// come first, then the greatest name, numbers in it compared as numbers.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when a shallow clone ends before a tag is met: there might have been one.
    pub fn newest_tag_before(&self, head: &Revision) -> Result<Option<Revision>, HistoryError> {
        let head = oid(&head.id)?;
        self.with(|handle| {
            let objects = handle.objects()?;
            let mut tags: HashMap<Oid, Vec<Tag>> = HashMap::new();
            for tag in tags_of(handle, &objects, |_| true)? {
                tags.entry(tag.commit).or_default().push(tag);
            }
            let mut seen = HashSet::from([head]);
            let mut queue = BinaryHeap::from([Queued { committed_at: 0, id: head }]);
            while let Some(Queued { id, .. }) = queue.pop() {
                let best = tags.get(&id).filter(|_| id != head).and_then(|tags| {
                    tags.iter().max_by(|one, two| {
                        one.annotated.cmp(&two.annotated).then_with(|| compare_names(&one.name, &two.name))
                    })
                });
                if let Some(tag) = best {
                    return Ok(Some(Revision::from_id(object_id(id)).named(&tag.name)));
                }
                let here = links(&objects, id)?;
                if objects.is_cut(id) && !here.parents.is_empty() {
                    return Err(objects.cut(id, "the search for the newest tag"));
                }
                for parent in here.parents {
                    if seen.insert(parent) {
                        let committed_at = links(&objects, parent)?.committed_at;
                        queue.push(Queued { committed_at, id: parent });
                    }
                }
            }
            Ok(None)
        })
    }

    /// The branch that `HEAD` stands on, without `refs/heads/`, also when it has no commit yet; `None` when `HEAD` is detached.
    ///
    /// # Errors
    /// [`HistoryError::Unreadable`] when `HEAD` cannot be read.
    pub fn current_branch(&self) -> Result<Option<String>, HistoryError> {
        self.with(|handle| {
            let head = handle.repository.find_reference("HEAD").map_err(|error| unreadable("HEAD", error))?;
            let target = head.symbolic_target().ok().flatten();
            Ok(target.and_then(|target| target.strip_prefix("refs/heads/")).map(str::to_owned))
        })
    }

    /// Whether tracked files of the work tree or the index differ from `HEAD`: what is deployed from a commit leaves them out.
    /// False in a bare repository. Looks at every tracked file's date and size.
    ///
    /// # Errors
    /// [`HistoryError::Unreadable`] when the index or the work tree cannot be read.
    pub fn has_uncommitted_changes(&self) -> Result<bool, HistoryError> {
        self.with(|handle| {
            if handle.repository.is_bare() {
                return Ok(false);
            }
            let mut options = StatusOptions::new();
            options.include_untracked(false).include_ignored(false).exclude_submodules(true);
            let changed =
                handle.repository.statuses(Some(&mut options)).map_err(|error| unreadable("the work tree", error))?;
            Ok(!changed.is_empty())
        })
    }

    /// The newest tag whose name matches `pattern` (`*` and `?` match anything, as in `git tag --list`), by when it was made.
    pub(crate) fn newest_tag_matching(&self, pattern: &str) -> Result<Vec<Tag>, HistoryError> {
        self.with(|handle| {
            let objects = handle.objects()?;
            let tags = tags_of(handle, &objects, |name| matches(pattern.as_bytes(), name.as_bytes()))?;
            let newest = tags.iter().map(|tag| tag.made_at).max();
            Ok(tags.into_iter().filter(|tag| Some(tag.made_at) == newest).collect())
        })
    }
}

/// Every tag of a commit whose name is wanted. Tags of trees and blobs are passed over.
fn tags_of(handle: &Handle, objects: &Objects<'_>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Tag>, HistoryError> {
    let broken = |error| unreadable("the tags", error);
    let mut tags = Vec::new();
    for reference in handle.repository.references_glob("refs/tags/*").map_err(broken)? {
        let reference = reference.map_err(broken)?;
        let Some(name) = reference.name().ok().and_then(|name| name.strip_prefix("refs/tags/")) else { continue };
        let Some(target) = reference.target().filter(|_| wanted(name)) else { continue };
        let Peeled::Commit(commit) = peel(objects, target)? else { continue };
        let annotated = commit != target;
        let made_at = match annotated.then(|| tagged_at(objects, target)).transpose()?.flatten() {
            Some(tagged_at) => tagged_at,
            None => links(objects, commit)?.committed_at,
        };
        tags.push(Tag { name: name.to_owned(), commit, made_at, annotated });
    }
    Ok(tags)
}

/// The tagger's date; very old tags have none.
fn tagged_at(objects: &Objects<'_>, tag: Oid) -> Result<Option<i64>, HistoryError> {
    let object = objects.read(tag, ObjectType::Tag)?;
    let header = object.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty());
    let tagger = header.into_iter().find_map(|line| line.strip_prefix(b"tagger "));
    Ok(tagger.and_then(crate::commit::written_seconds))
}

/// Compares names as people number releases: runs of digits as numbers, the rest byte by byte.
pub(crate) fn compare_names(one: &str, two: &str) -> std::cmp::Ordering {
    let (mut one, mut two) = (one.as_bytes(), two.as_bytes());
    loop {
        let (digits_one, digits_two) = (digits(one), digits(two));
        if digits_one > 0 && digits_two > 0 {
            let (number_one, rest_one) = one.split_at(digits_one);
            let (number_two, rest_two) = two.split_at(digits_two);
            let value = |number: &[u8]| {
                let start = number.iter().position(|&byte| byte != b'0').unwrap_or(number.len());
                number.get(start..).unwrap_or_default().to_vec()
            };
            let (value_one, value_two) = (value(number_one), value(number_two));
            let order = value_one.len().cmp(&value_two.len()).then_with(|| value_one.cmp(&value_two));
            if order.is_ne() {
                return order;
            }
            (one, two) = (rest_one, rest_two);
            continue;
        }
        match (one.split_first(), two.split_first()) {
            (Some((a, rest_one)), Some((b, rest_two))) if a == b => (one, two) = (rest_one, rest_two),
            (a, b) => return a.map(|(byte, _)| byte).cmp(&b.map(|(byte, _)| byte)),
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether a name matches a pattern in which `*` stands for any bytes and `?` for one. Takes time in their product at most.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                last_star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || name.get(at_name) == Some(wanted) => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => match last_star {
                Some((star, from)) => {
                    last_star = Some((star, from + 1));
                    at_pattern = star + 1;
                    at_name = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(at_pattern..).unwrap_or_default().iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn releases_are_ordered_by_number() {
        for (one, two) in [("v1.9", "v1.10"), ("v1", "v1.1"), ("a2b", "a10"), ("", "0"), ("v1.0", "v2"), ("9", "10")] {
            assert_eq!(compare_names(one, two), Ordering::Less, "{one} {two}");
            assert_eq!(compare_names(two, one), Ordering::Greater, "{one} {two}");
        }
        assert_eq!(compare_names("v01", "v1"), Ordering::Equal);
    }

    #[test]
    fn patterns_match_as_in_git_tag_list() {
        for (pattern, name, matched) in [
            ("v*", "v1.0", true),
            ("v*", "w1.0", false),
            ("*", "", true),
            ("deploy/*/prod", "deploy/2026/11/prod", true),
            ("v?.?", "v1.0", true),
            ("v?.?", "v1.10", false),
            ("*a*b*c", "xaybzc", true),
            ("*a*b*c", "xaybz", false),
            ("", "a", false),
            ("a", "a", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), matched, "{pattern} {name}");
        }
        assert!(!matches(&b"*a".repeat(500), &b"a".repeat(499)), "and soon");
    }
}
