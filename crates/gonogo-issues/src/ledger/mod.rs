//! Accounts for every commit of a range exactly once.

mod entry;
mod exempt;
mod likely;
mod merged;
mod reverts;

use std::collections::{BTreeMap, HashMap};

use gonogo_core::{Commit, ObjectId, RepoPath};

pub use entry::{Accounting, Class, Entry, IssueEntry, Likely, Link, Resemblance, RevertedOutside};
pub use exempt::Exemptions;

use crate::extract::Extractor;
use crate::reference::{Action, Kind, Place, Reference};
use reverts::Intent;

/// What counts as a commit's link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LinkRule {
    /// An issue, or a pull request, merge request or review.
    #[default]
    IssueOrChange,
    /// An issue only: a commit that names nothing but its pull request is unlinked.
    Issue,
}

/// The commits of `base..head`, each in exactly one class, and the issues they make up.
///
/// Built by [`LedgerBuilder`]; a pure function of what that is given. Takes time linear in the commits' messages, and for
/// merges time in the size of the branches they merge.
///
/// ```
/// use gonogo_core::{Commit, Signature};
/// use gonogo_issues::{Class, Extractor, LedgerBuilder};
/// let who = Signature { name: b"A".to_vec(), email: b"a@example.org".to_vec(), at: None };
/// let id = |n: u8| gonogo_core::ObjectId::from_bytes(&[n; 20]).unwrap();
/// let commits = [
///     Commit::new(id(2), vec![id(1)], who.clone(), who.clone(), "Tidy up"),
///     Commit::new(id(1), vec![id(0)], who.clone(), who, "KAFKA-7: Flush less"),
/// ];
/// let ledger = LedgerBuilder::new(&Extractor::automatic()).build(&commits);
/// assert_eq!(ledger.accounting().linked, 1);
/// assert_eq!(ledger.accounting().unlinked, 1);
/// assert_eq!(ledger.issues()[0].key, "KAFKA-7");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    entries: Vec<Entry>,
    issues: Vec<IssueEntry>,
    incomplete: bool,
}

/// Decides whether a commit concerns the service, and which files it touches.
type Touched<'a> = dyn Fn(&Commit) -> Option<Vec<RepoPath>> + 'a;

/// What a ledger is made from.
pub struct LedgerBuilder<'a> {
    extractor: &'a Extractor,
    exemptions: Exemptions,
    rule: LinkRule,
    net_reverts: bool,
    same: HashMap<ObjectId, ObjectId>,
    resolved: BTreeMap<String, Vec<Reference>>,
    touched: Option<&'a Touched<'a>>,
    paths: Vec<RepoPath>,
    base_only: &'a [Commit],
}

impl<'a> LedgerBuilder<'a> {
    /// A ledger of the references that this extractor finds.
    #[must_use]
    pub fn new(extractor: &'a Extractor) -> Self {
        Self {
            extractor,
            exemptions: Exemptions::default(),
            rule: LinkRule::default(),
            net_reverts: true,
            same: HashMap::new(),
            resolved: BTreeMap::new(),
            touched: None,
            paths: Vec::new(),
            base_only: &[],
        }
    }

    /// These commits need no issue.
    #[must_use]
    pub fn exemptions(mut self, exemptions: Exemptions) -> Self {
        self.exemptions = exemptions;
        self
    }

    /// What counts as a link.
    #[must_use]
    pub fn link(mut self, rule: LinkRule) -> Self {
        self.rule = rule;
        self
    }

    /// Whether a revert and what it reverts cancel each other (they do unless this says otherwise).
    #[must_use]
    pub fn net_reverts(mut self, net: bool) -> Self {
        self.net_reverts = net;
        self
    }

    /// Commits of the range whose patch production has already, each with the commit there: proved by patch identity, as
    /// `git cherry` does. Nothing less may be given, since these leave the list of what the deploy brings.
    #[must_use]
    pub fn same(mut self, same: impl IntoIterator<Item = (ObjectId, ObjectId)>) -> Self {
        self.same = same.into_iter().collect();
        self
    }

    /// What changes stand for, as a [`ChangeResolver`](crate::ChangeResolver) tells: the references of a pull request's own
    /// text, by the change's key.
    #[must_use]
    pub fn resolved(mut self, resolved: BTreeMap<String, Vec<Reference>>) -> Self {
        self.resolved = resolved;
        self
    }

    /// The files a commit touches; `None` where that is not known, and the commit then belongs to the service.
    #[must_use]
    pub fn touched(mut self, touched: &'a Touched<'a>) -> Self {
        self.touched = Some(touched);
        self
    }

    /// The directories of the service; none means the whole repository. Needs [`touched`](Self::touched).
    #[must_use]
    pub fn paths(mut self, paths: impl IntoIterator<Item = RepoPath>) -> Self {
        self.paths = paths.into_iter().collect();
        self
    }

    /// Commits that production has and head lacks (`head..base`): a commit of the range that was picked from one of them or to
    /// one of them, or has its subject with its author or issue, is [`Likely`] in production, which is shown and changes nothing.
    #[must_use]
    pub fn base_only(mut self, commits: &'a [Commit]) -> Self {
        self.base_only = commits;
        self
    }

    /// The ledger of these commits, children before parents as [`History::commits`](gonogo_core::History::commits) lists them.
    #[must_use]
    pub fn build(self, commits: &[Commit]) -> Ledger {
        let index: HashMap<ObjectId, usize> = commits.iter().enumerate().map(|(at, commit)| (commit.id, at)).collect();
        let references: Vec<Vec<Reference>> = commits.iter().map(|commit| self.references(commit)).collect();
        let files: Vec<Option<Vec<RepoPath>>> = match self.touched {
            Some(touched) => {
                commits.iter().map(|commit| if commit.is_merge() { None } else { touched(commit) }).collect()
            }
            None => vec![None; commits.len()],
        };
        let merges = merged::Merged::read(commits, &index);
        let intents: Vec<Intent> = commits.iter().map(|commit| reverts::intent(&commit.message)).collect();
        let same = |at: usize| commits.get(at).and_then(|commit| self.same.get(&commit.id));
        let netting = reverts::net(commits, &index, &intents, &merges, self.net_reverts, &|at| same(at).is_some());
        let likely = likely::likely(commits, &references, self.base_only);

        let mut entries = Vec::with_capacity(commits.len());
        for (at, commit) in commits.iter().enumerate() {
            let own = references.get(at).map_or(&[][..], Vec::as_slice);
            let outside = files.get(at).and_then(Option::as_ref).is_some_and(|files| {
                !self.paths.is_empty() && !files.iter().any(|file| self.paths.iter().any(|path| file.is_within(path)))
            });
            let class = match () {
                () if outside => Class::Outside,
                () if same(at).is_some() => Class::Equivalent { in_production: same(at).copied().unwrap_or(commit.id) },
                () if !netting.with(at).is_empty() => Class::Netted {
                    with: netting.with(at).iter().filter_map(|at| commits.get(*at)).map(|c| c.id).collect(),
                },
                () => self.class(commit, at, own, &references, commits, &merges),
            };
            entries.push(Entry {
                id: commit.id,
                subject: commit.subject(),
                author: commit.author.to_text(),
                class,
                references: own.to_vec(),
                reverts_outside: netting.outside(at).to_vec(),
                partial_revert: intents.get(at).is_some_and(|intent| intent.partial),
                declared_pick: likely::picks(&commit.message).pop(),
                likely_in_production: likely.get(&at).cloned(),
                files: files.get(at).and_then(Option::as_ref).map_or_else(Vec::new, Clone::clone),
            });
        }
        let issues = entry::issues(&entries, &references, &merges, commits);
        Ledger { entries, issues, incomplete: merges.is_cut() }
    }

    fn references(&self, commit: &Commit) -> Vec<Reference> {
        let mut found = self.extractor.extract(&commit.message);
        let resolved: Vec<Reference> = found
            .iter()
            .filter(|reference| reference.kind == Kind::Change)
            .flat_map(|change| {
                self.resolved.get(&change.key).into_iter().flatten().map(|inner| Reference {
                    span: change.span,
                    found_in: change.found_in,
                    ..inner.clone()
                })
            })
            .filter(|inner| inner.kind == Kind::Issue)
            .collect();
        found.extend(resolved);
        found
    }

    fn class(
        &self,
        commit: &Commit,
        at: usize,
        own: &[Reference],
        all: &[Vec<Reference>],
        commits: &[Commit],
        merges: &merged::Merged,
    ) -> Class {
        if has_issue(own) {
            return Class::Linked { via: Link::Issue };
        }
        if commit.is_merge() {
            return Class::MergeOnly;
        }
        let by_change = self.rule == LinkRule::IssueOrChange;
        if by_change && has_change(own) {
            return Class::Linked { via: Link::Change };
        }
        let through = merges.through(at).find(|merge| {
            let theirs = all.get(*merge).map_or(&[][..], Vec::as_slice);
            has_issue(theirs) || by_change && has_change(theirs)
        });
        if let Some(merge) = through.and_then(|merge| commits.get(merge)) {
            return Class::Linked { via: Link::Merge { merge: merge.id } };
        }
        match self.exemptions.why(commit) {
            Some(why) => Class::Exempt { why },
            None => Class::Unlinked,
        }
    }
}

/// An issue of its own; what it only takes back is none.
fn has_issue(references: &[Reference]) -> bool {
    references.iter().any(|reference| reference.kind == Kind::Issue)
}

/// A pull request, merge request or review. A `Change-Id` names the commit itself and links it to nothing.
fn has_change(references: &[Reference]) -> bool {
    references.iter().any(|reference| reference.kind == Kind::Change && !is_change_id(&reference.key))
}

fn is_change_id(key: &str) -> bool {
    key.strip_prefix('I').is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

impl Ledger {
    /// Every commit with its class, in the order given.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The issues that the range brings, takes away or touches, sorted by key with numbers in their order.
    #[must_use]
    pub fn issues(&self) -> &[IssueEntry] {
        &self.issues
    }

    /// How many commits there are of each class; they sum to all of them.
    #[must_use]
    pub fn accounting(&self) -> Accounting {
        let mut sum = Accounting::default();
        for entry in &self.entries {
            sum.add(&entry.class);
        }
        sum
    }

    /// Merges were too entangled to follow all of them within the limit of steps: some commits that a merge links may be
    /// listed as unlinked.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// The keys of the changes (pull requests, merge requests, reviews) of the range, without `Change-Id`s.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .entries
            .iter()
            .flat_map(|entry| &entry.references)
            .filter(|reference| reference.kind == Kind::Change && !is_change_id(&reference.key))
            .map(|reference| reference.key.clone())
            .collect();
        keys.sort_by(|a, b| entry::key_order(a, b));
        keys.dedup();
        keys
    }

    /// References whose key is one slip from a configured project, with the commits they stand in.
    pub fn near_misses(&self) -> impl Iterator<Item = (&Entry, &Reference)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.references.iter().filter(|r| r.near_miss_of.is_some()).map(move |r| (entry, r)))
    }
}

/// Whether an issue's reference counts as bringing something, rather than taking it back.
pub(crate) fn brings(reference: &Reference) -> bool {
    reference.kind == Kind::Issue && reference.action != Action::Reverts
}

/// Whether it stands where names are given before the work is done.
pub(crate) fn is_weak(reference: &Reference) -> bool {
    reference.found_in == Place::Branch
}
