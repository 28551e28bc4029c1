//! What every [`Check`] and every [`History`] must do, as functions that an implementer's test calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::check::{Check, CheckContext};
use crate::deploy::Deploy;
use crate::finding::Certainty;
use crate::gate::Gate;
use crate::history::{Ancestry, FileChange, History};
use crate::outcome::{Conclusion, Outcome};
use crate::path::RepoPath;
use crate::report::Mode;
use crate::revision::Revision;
use crate::testing::fault::{FaultyHistory, HistoryFault};
use crate::testing::witness::Witness;

/// Something that an implementation does against its contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(String);

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation(otherwise())) }
}

/// Holds a check against the contract of [`Check`], on one deploy whose history can be read:
///
/// - its id does not change and is of the form `area/question`;
/// - it says the same twice about the same deploy, and does not panic, with a history and without;
/// - what cannot be told says why, and findings name a rule of some area and say what is so;
/// - **where it reads the history, it says so when the history cannot be read**: unreadable, cut off or panicking, its answer is
///   an error, [`Outcome::Undetermined`] or holds a finding of [`Certainty::Unknown`];
/// - a run that is given up before its first poll leaves nothing behind that panics.
///
/// # Errors
/// The first [`Violation`].
pub fn check(check: Arc<dyn Check>, deploy: Arc<Deploy>, history: Arc<dyn History>) -> Result<(), Violation> {
    let id = check.id().to_owned();
    ensure(id == check.id(), || format!("the id of `{id}` changes"))?;
    let parts: Vec<&str> = id.split('/').collect();
    ensure(parts.len() == 2 && parts.iter().all(|part| !part.trim().is_empty()), || {
        format!("the id `{id}` is not of the form area/question")
    })?;
    let run = |history: Option<Arc<dyn History>>| {
        let builder = Gate::builder().add(Arc::clone(&check), Mode::Enforced, Some(Duration::from_secs(60)));
        let builder = match history {
            Some(history) => builder.history(history),
            None => builder,
        };
        let gate = builder.build().map_err(|error| Violation(error.to_string()))?;
        let entry = gate.decide_blocking(Arc::clone(&deploy)).entries.into_iter().next();
        entry.map(|entry| entry.ended).ok_or_else(|| Violation(format!("`{id}` is not in the report")))
    };
    let witness = Arc::new(Witness::new(Arc::clone(&history)));
    let (first, second) = (run(Some(Arc::clone(&history)))?, run(Some(Arc::clone(&witness) as Arc<dyn History>))?);
    ensure(first == second, || format!("`{id}` says {first:?} and then {second:?} about the same deploy"))?;
    for conclusion in [first, run(None)?] {
        ensure(!matches!(conclusion, Conclusion::Panicked { .. }), || format!("`{id}` panics: {conclusion:?}"))?;
        let Some(outcome) = conclusion.outcome() else { continue };
        if let Outcome::Undetermined { why, .. } | Outcome::NotApplicable { why } = outcome {
            ensure(!why.trim().is_empty(), || format!("`{id}` does not say why"))?;
        }
        for finding in outcome.findings() {
            ensure(finding.rule.contains('/') && !finding.message.trim().is_empty(), || {
                format!("`{id}` has a finding without an area/rule or without a message: {finding}")
            })?;
        }
    }
    for fault in [HistoryFault::Unreadable, HistoryFault::Truncated, HistoryFault::Panic] {
        let touched = if fault == HistoryFault::Truncated { witness.asked_for_range() } else { witness.asked() };
        if touched {
            let blind = run(Some(Arc::new(FaultyHistory::new(fault, Arc::clone(&history)))))?;
            ensure(says_so(&blind), || {
                format!("`{id}` reads the history, and with one that is {fault:?} it says {blind:?}")
            })?;
        }
    }
    let context = CheckContext::standalone(deploy, None);
    drop(check.run(&context));
    Ok(())
}

fn says_so(conclusion: &Conclusion) -> bool {
    match conclusion.outcome() {
        None | Some(Outcome::Undetermined { .. }) => true,
        Some(outcome) => outcome.findings().iter().any(|finding| finding.certainty == Certainty::Unknown),
    }
}

/// Holds a history against the contract of [`History`] on one pair of its revisions, where `base` and `head` differ: names
/// that are not there do not resolve; ancestry, commits both ways and their order fit together; changed files, the files of both
/// trees and their bytes do too, in both directions.
///
/// # Errors
/// The first [`Violation`].
pub fn history(history: &dyn History, base: &Revision, head: &Revision) -> Result<(), Violation> {
    let fails = |what: &str, error: crate::HistoryError| Violation(format!("{what}: {error}"));
    let missing = "gonogo-conformance/no-such-revision";
    ensure(history.resolve(missing).is_err(), || format!("`{missing}` resolves"))?;
    for revision in [base, head] {
        let found = history.resolve(&revision.id.to_string()).map_err(|error| fails("resolving a full id", error))?;
        ensure(found == *revision, || format!("{revision} resolves to {found}"))?;
        let same = history.ancestry(revision, revision).map_err(|error| fails("ancestry", error))?;
        ensure(same == Ancestry::Same, || format!("{revision} stands to itself as {same:?}"))?;
        let none = history.commits(revision, revision).map_err(|error| fails("commits", error))?;
        ensure(none.is_empty(), || format!("{revision}..{revision} holds {} commits", none.len()))?;
    }
    let ahead = history.commits(base, head).map_err(|error| fails("commits", error))?;
    let behind = history.commits(head, base).map_err(|error| fails("commits", error))?;
    let counted = match (ahead.len() as u64, behind.len() as u64) {
        (0, 0) => Ancestry::Same,
        (ahead, 0) => Ancestry::Ahead(ahead),
        (0, behind) => Ancestry::Behind(behind),
        (ahead, behind) => Ancestry::Diverged { ahead, behind },
    };
    let told = history.ancestry(base, head).map_err(|error| fails("ancestry", error))?;
    ensure(told == counted, || format!("ancestry says {told:?}, the commits say {counted:?}"))?;
    for (place, commit) in ahead.iter().enumerate() {
        let parent_first = ahead.iter().take(place).any(|earlier| commit.parents.contains(&earlier.id));
        ensure(!parent_first, || format!("a parent of {} comes before it", commit.id))?;
        let twice = ahead.iter().take(place).any(|earlier| earlier.id == commit.id);
        ensure(!twice, || format!("{} is listed twice", commit.id))?;
    }
    changed(history, base, head)?;
    let everything = history.files(head, &RepoPath::default()).map_err(|error| fails("files", error))?;
    ensure(everything.is_sorted(), || "files are not sorted".into())?;
    let nowhere = RepoPath::from("gonogo-conformance/no/such/file");
    let nothing = history.read(head, &nowhere).map_err(|error| fails("reading a file that is not there", error))?;
    ensure(nothing.is_none(), || format!("{nowhere} has bytes"))?;
    match everything.first() {
        Some(path) => {
            let bytes = history.read(head, path).map_err(|error| fails("read", error))?;
            ensure(bytes.is_some(), || format!("{path} is listed and has no bytes"))
        }
        None => Ok(()),
    }
}

fn changed(history: &dyn History, base: &Revision, head: &Revision) -> Result<(), Violation> {
    let fails = |error: crate::HistoryError| Violation(format!("changed_files: {error}"));
    let there = history.changed_files(base, head).map_err(fails)?;
    let back = history.changed_files(head, base).map_err(fails)?;
    ensure(there.is_sorted_by_key(|change| change.path.clone()), || "changed files are not sorted".into())?;
    ensure(there.len() == back.len(), || {
        format!("{} files change from base to head and {} from head to base", there.len(), back.len())
    })?;
    for change in &there {
        let at_base = history.read(base, change.base_path()).map_err(fails)?;
        let at_head = history.read(head, &change.path).map_err(fails)?;
        let is_file =
            |version: &Option<crate::FileVersion>| version.is_some_and(|v| v.kind != crate::FileKind::Submodule);
        ensure(at_base.is_some() == is_file(&change.old) && at_head.is_some() == is_file(&change.new), || {
            format!("{} is said to change otherwise than its bytes do", change.path)
        })?;
    }
    unlisted(history, base, head, &there)
}

/// How many files that are on both sides are read to see whether they differ.
const FILES_COMPARED: usize = 1000;

/// What differs between the two trees and is not said to.
fn unlisted(history: &dyn History, base: &Revision, head: &Revision, listed: &[FileChange]) -> Result<(), Violation> {
    let fails = |error: crate::HistoryError| Violation(format!("comparing the trees: {error}"));
    let listed: BTreeSet<&RepoPath> = listed.iter().flat_map(|change| [&change.path, change.base_path()]).collect();
    let files = |revision| {
        Ok::<BTreeSet<RepoPath>, Violation>(
            history.files(revision, &RepoPath::default()).map_err(fails)?.into_iter().collect(),
        )
    };
    let (old, new) = (files(base)?, files(head)?);
    for path in old.symmetric_difference(&new) {
        ensure(listed.contains(path), || format!("{path} is in one tree only and is not said to change"))?;
    }
    for path in old.intersection(&new).filter(|path| !listed.contains(path)).take(FILES_COMPARED) {
        let same = history.read(base, path).map_err(fails)? == history.read(head, path).map_err(fails)?;
        ensure(same, || format!("{path} differs and is not said to change"))?;
    }
    Ok(())
}
