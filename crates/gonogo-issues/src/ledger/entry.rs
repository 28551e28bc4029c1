//! The rows of a ledger.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{Commit, ObjectId, RepoPath};
use serde::Serialize;

use super::merged::Merged;
use super::{brings, is_weak};
use crate::reference::{Action, Kind, Reference};

/// How a commit is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "via")]
#[non_exhaustive]
pub enum Link {
    /// Its message names an issue.
    Issue,
    /// Its message names its pull request, merge request or review.
    Change,
    /// It names nothing; the merge that brought it in does.
    Merge {
        /// The merge commit.
        merge: ObjectId,
    },
}

/// The one class of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "class")]
#[allow(clippy::exhaustive_enums)] // an eighth class would change what every sum means
pub enum Class {
    /// It belongs to an issue or change.
    Linked {
        /// By what.
        #[serde(flatten)]
        via: Link,
    },
    /// Nobody filed it.
    Unlinked,
    /// It needs no issue.
    Exempt {
        /// Why not.
        why: String,
    },
    /// It touches no path of the service.
    Outside,
    /// It joins branches and names no issue of its own.
    MergeOnly,
    /// Production has the same patch already.
    Equivalent {
        /// The commit in production with that patch.
        in_production: ObjectId,
    },
    /// It is taken back within the range, or takes back something of the range.
    Netted {
        /// The commits that cancel it, or that it cancels.
        with: Vec<ObjectId>,
    },
}

/// What a revert takes out of production: its target lies outside the range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevertedOutside {
    /// The id it names, as written (perhaps abbreviated), where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The subject it quotes, where it quotes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// A commit of production that is probably the same change with another patch: shown, and never taken off the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Likely {
    /// The commit in production.
    pub in_production: ObjectId,
    /// Why it is thought to be.
    pub because: Resemblance,
}

/// Why two commits are thought to be one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Resemblance {
    /// The one in production says `cherry picked from` this one.
    PickedFromThis,
    /// This one says `cherry picked from` the one in production.
    PickedFromThat,
    /// Both have one subject and one author.
    SubjectAndAuthor,
    /// Both have one subject, which names an issue.
    SubjectAndKey,
}

/// One commit in the ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The commit.
    pub id: ObjectId,
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// Its class.
    #[serde(flatten)]
    pub class: Class,
    /// What its message names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What it takes out of production.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reverts_outside: Vec<RevertedOutside>,
    /// It says that it takes back only a part.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial_revert: bool,
    /// The commit that its `cherry picked from` line names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_pick: Option<String>,
    /// A commit of production that is probably the same change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely_in_production: Option<Likely>,
    /// The files it touches, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RepoPath>,
}

/// How many commits there are of each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Accounting {
    /// Linked, in whatever way.
    pub linked: usize,
    /// Of the linked ones, those that only their merge links.
    pub linked_through_merge: usize,
    /// Nobody filed them.
    pub unlinked: usize,
    /// They need no issue.
    pub exempt: usize,
    /// Outside the service.
    pub outside: usize,
    /// Merges without an issue of their own.
    pub merge_only: usize,
    /// In production already, as another commit.
    pub equivalent: usize,
    /// Cancelled within the range.
    pub netted: usize,
}

impl Accounting {
    pub(crate) fn add(&mut self, class: &Class) {
        let counter = match class {
            Class::Linked { via } => {
                self.linked_through_merge += usize::from(matches!(via, Link::Merge { .. }));
                &mut self.linked
            }
            Class::Unlinked => &mut self.unlinked,
            Class::Exempt { .. } => &mut self.exempt,
            Class::Outside => &mut self.outside,
            Class::MergeOnly => &mut self.merge_only,
            Class::Equivalent { .. } => &mut self.equivalent,
            Class::Netted { .. } => &mut self.netted,
        };
        *counter += 1;
    }

    /// All commits: the sum of the classes.
    #[must_use]
    pub fn total(&self) -> usize {
        self.linked + self.unlinked + self.exempt + self.outside + self.merge_only + self.equivalent + self.netted
    }
}

/// One issue of the range.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IssueEntry {
    /// Its key.
    pub key: String,
    /// The commits that bring it, in the order given.
    pub commits: Vec<ObjectId>,
    /// Their authors, without repetition.
    pub authors: Vec<String>,
    /// The files they touch, where files were asked for.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub files: BTreeSet<RepoPath>,
    /// What the messages say is done to it.
    pub actions: BTreeSet<Action>,
    /// Its pull requests, merge requests and reviews.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub changes: BTreeSet<String>,
    /// Commits of it that were taken back within the range, with the commits that did so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub netted: Vec<ObjectId>,
    /// Commits of it that production has already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equivalent: Vec<ObjectId>,
    /// Commits that take it out of production: what they revert lies outside the range.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed_by: Vec<ObjectId>,
    /// Only branch names tell of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_in_branch_names: bool,
}

impl IssueEntry {
    /// Whether the deploy brings any of it.
    #[must_use]
    pub fn is_brought(&self) -> bool {
        !self.commits.is_empty()
    }

    /// Whether some of its commits stay and others were taken back.
    #[must_use]
    pub fn is_partly_reverted(&self) -> bool {
        let taken_back = !self.netted.is_empty() || !self.removed_by.is_empty();
        taken_back && self.is_brought()
    }
}

/// The issues of all entries.
pub(crate) fn issues(
    entries: &[Entry],
    references: &[Vec<Reference>],
    merges: &Merged,
    commits: &[Commit],
) -> Vec<IssueEntry> {
    let mut found: BTreeMap<String, IssueEntry> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if entry.class == Class::Outside {
            continue;
        }
        let own = references.get(at).map_or(&[][..], Vec::as_slice);
        // A commit that only its merge links belongs to the merge's issues.
        let through = match entry.class {
            Class::Linked { via: Link::Merge { merge } } => merges
                .through(at)
                .find(|m| commits.get(*m).is_some_and(|c| c.id == merge))
                .and_then(|m| references.get(m))
                .map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        for reference in own.iter().chain(through).filter(|reference| reference.kind == Kind::Issue) {
            let issue = found.entry(reference.key.clone()).or_insert_with(|| IssueEntry {
                key: reference.key.clone(),
                commits: Vec::new(),
                authors: Vec::new(),
                files: BTreeSet::new(),
                actions: BTreeSet::new(),
                changes: BTreeSet::new(),
                netted: Vec::new(),
                equivalent: Vec::new(),
                removed_by: Vec::new(),
                only_in_branch_names: true,
            });
            issue.only_in_branch_names &= is_weak(reference);
            issue.actions.insert(reference.action);
            let list = match entry.class {
                Class::Netted { .. } => &mut issue.netted,
                Class::Equivalent { .. } => &mut issue.equivalent,
                _ if !brings(reference) && !entry.reverts_outside.is_empty() => &mut issue.removed_by,
                _ => &mut issue.commits,
            };
            if list.last() != Some(&entry.id) {
                list.push(entry.id);
            }
            if matches!(entry.class, Class::Netted { .. } | Class::Equivalent { .. }) {
                continue;
            }
            if !issue.authors.contains(&entry.author) {
                issue.authors.push(entry.author.clone());
            }
            issue.files.extend(entry.files.iter().cloned());
            let changes = own.iter().chain(through).filter(|r| r.kind == Kind::Change && !super::is_change_id(&r.key));
            issue.changes.extend(changes.map(|change| change.key.clone()));
        }
    }
    let mut issues: Vec<IssueEntry> = found.into_values().collect();
    issues.sort_by(|a, b| key_order(&a.key, &b.key));
    issues
}

/// `KAFKA-9` before `KAFKA-10`.
pub(crate) fn key_order(a: &str, b: &str) -> Ordering {
    let split = |key: &str| -> (String, u64) {
        let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (head, number) = key.split_at(key.len() - digits);
        (head.to_owned(), number.parse().unwrap_or(u64::MAX))
    };
    split(a).cmp(&split(b)).then_with(|| a.cmp(b))
}
