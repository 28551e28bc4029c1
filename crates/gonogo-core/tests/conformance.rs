//! The conformance suites accept what keeps the contract and refuse what breaks it.
#![allow(clippy::unwrap_used)] // also in what the tests share

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gonogo_core::testing::{Fault, FaultyHistory, HistoryFault, MemoryHistory, conformance, faulty, scripted};
use gonogo_core::{
    Ancestry, Check, CheckContext, Commit, Deploy, Facts, FileChange, Finding, History, HistoryError, Outcome,
    RepoPath, Revision, Severity, check_fn,
};

fn history() -> MemoryHistory {
    MemoryHistory::new()
        .commit("root", &[], "first", &[("a.txt", "1"), ("b/c.txt", "2")])
        .commit("base", &["root"], "hotfix", &[("a.txt", "hot"), ("b/c.txt", "2")])
        .commit("side", &["root"], "feature", &[("a.txt", "1"), ("b/d.txt", "2"), ("e.txt", "3")])
        .commit("head", &["side", "root"], "Merge", &[("a.txt", "1"), ("b/d.txt", "2"), ("e.txt", "4")])
}

fn deploy() -> Arc<Deploy> {
    let (history, revision) = (history(), |history: &MemoryHistory, name| history.resolve(name).unwrap());
    Arc::new(Deploy::new("shop", "production", revision(&history, "root"), revision(&history, "head")))
}

fn held(check: impl Check + 'static) -> Result<(), String> {
    conformance::check(Arc::new(check), deploy(), Arc::new(history())).map_err(|violation| violation.to_string())
}

fn counts_commits(id: &'static str) -> impl Check + 'static {
    check_fn(id, |cx: Arc<CheckContext>| async move {
        let commits = cx.changes()?.commits.len() as u64;
        Ok(Outcome::examined(vec![], Facts::new().count("commits", commits)))
    })
}

#[test]
fn a_check_that_keeps_its_contract_passes() {
    assert_eq!(held(counts_commits("test/commits")), Ok(()));
    assert_eq!(held(scripted("test/scripted", Outcome::undetermined("no answer", "ask again"))), Ok(()));
    let says_so = check_fn("test/says-so", |cx: Arc<CheckContext>| async move {
        Ok(match cx.changes() {
            Ok(changes) => Outcome::examined(vec![], Facts::new().count("files", changes.files.len() as u64)),
            Err(error) => {
                Outcome::examined(vec![Finding::unknown("test/unread", "files", error.to_string())], Facts::new())
            }
        })
    });
    assert_eq!(held(says_so), Ok(()));
}

#[test]
fn a_check_that_passes_over_what_it_cannot_read_is_refused() {
    let silent = check_fn("test/silent", |cx: Arc<CheckContext>| async move {
        let commits = cx.changes().map_or(0, |changes| changes.commits.len() as u64);
        Ok(Outcome::examined(vec![], Facts::new().count("commits", commits)))
    });
    let refused = held(silent).unwrap_err();
    assert!(refused.contains("reads the history, and with one that is Unreadable it says Completed"), "{refused}");

    let cut = check_fn("test/cut", |cx: Arc<CheckContext>| async move {
        let history = cx.history().ok_or("no history")?;
        let deploy = cx.deploy();
        history.read(&deploy.head, &RepoPath::from("a.txt"))?;
        let ancestry = history.ancestry(&deploy.base, &deploy.head);
        let ahead = u64::from(matches!(ancestry, Ok(Ancestry::Ahead(_))));
        Ok(Outcome::examined(vec![], Facts::new().count("ahead", ahead)))
    });
    let refused = held(cut).unwrap_err();
    assert!(refused.contains("with one that is Truncated"), "{refused}");
}

#[test]
fn a_check_that_breaks_its_contract_is_refused() {
    let refused = |check| held(check).unwrap_err();
    assert_eq!(held(counts_commits("commits")).unwrap_err(), "the id `commits` is not of the form area/question");
    assert_eq!(held(counts_commits("a/b/c")).unwrap_err(), "the id `a/b/c` is not of the form area/question");
    assert_eq!(refused(scripted("test/mute", Outcome::not_applicable(" "))), "`test/mute` does not say why");
    let nameless = Finding::new("nameless", "x", Severity::Note, "message");
    let said = refused(scripted("test/nameless", Outcome::examined(vec![nameless], Facts::new())));
    assert!(said.contains("without an area/rule"), "{said}");

    let panics = held(faulty(Fault::PanicAfterAwait, scripted("test/panics", Outcome::not_applicable("nothing"))));
    assert!(panics.unwrap_err().starts_with("`test/panics` panics"));

    let counter = AtomicU32::new(0);
    let fickle = check_fn("test/fickle", move |_| {
        let count = u64::from(counter.fetch_add(1, Ordering::SeqCst));
        async move { Ok(Outcome::examined(vec![], Facts::new().count("runs", count))) }
    });
    assert!(held(fickle).unwrap_err().contains("about the same deploy"));

    struct Renamed(AtomicU32);
    #[gonogo_core::async_trait]
    impl Check for Renamed {
        fn id(&self) -> &str {
            if self.0.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { "test/one" } else { "test/other" }
        }
        async fn run(&self, _: &CheckContext) -> Result<Outcome, gonogo_core::BoxError> {
            Ok(Outcome::not_applicable("nothing"))
        }
    }
    assert_eq!(held(Renamed(AtomicU32::new(0))).unwrap_err(), "the id of `test/one` changes");
}

fn held_history(broken: &dyn History, base: &str, head: &str) -> Result<(), String> {
    let good = history();
    let (base, head) = (good.resolve(base).unwrap(), good.resolve(head).unwrap());
    conformance::history(broken, &base, &head).map_err(|violation| violation.to_string())
}

#[test]
fn the_history_in_memory_keeps_the_contract() {
    for (base, head) in [("root", "head"), ("head", "root"), ("base", "head"), ("head", "base"), ("side", "base")] {
        assert_eq!(held_history(&history(), base, head), Ok(()), "{base}..{head}");
        assert_eq!(held_history(&Arc::new(history()) as &dyn History, base, head), Ok(()), "forwarded by Arc");
        assert_eq!(held_history(&Box::new(history()) as &dyn History, base, head), Ok(()), "forwarded by Box");
    }
}

#[test]
fn the_history_in_memory_says_how_revisions_stand() {
    let history = history();
    let revision = |name| history.resolve(name).unwrap();
    let ancestry = |base, head| history.ancestry(&revision(base), &revision(head)).unwrap();
    assert_eq!(ancestry("root", "root"), Ancestry::Same);
    assert_eq!(ancestry("root", "head"), Ancestry::Ahead(2));
    assert_eq!(ancestry("head", "root"), Ancestry::Behind(2));
    assert_eq!(ancestry("base", "head"), Ancestry::Diverged { ahead: 2, behind: 1 });
    let subjects: Vec<String> = history
        .commits(&revision("base"), &revision("head"))
        .unwrap()
        .iter()
        .map(gonogo_core::Commit::subject)
        .collect();
    assert_eq!(subjects, ["Merge", "feature"]);
    let changed = history.changed_files(&revision("root"), &revision("head")).unwrap();
    let told: Vec<_> = changed.iter().map(|c| (c.path.to_string(), c.is_added(), c.is_moved())).collect();
    assert_eq!(told, [("b/d.txt".to_owned(), false, true), ("e.txt".to_owned(), true, false)]);
    let files = history.files(&revision("head"), &RepoPath::from("b")).unwrap();
    assert_eq!(files, [RepoPath::from("b/d.txt")]);
    assert!(history.files(&revision("head"), &RepoPath::from("none")).unwrap().is_empty());
    let full = revision("head").id.to_string();
    assert_eq!(history.resolve(&full).unwrap().id, revision("head").id);
    assert!(matches!(history.resolve("nobody"), Err(HistoryError::NotFound { .. })));
}

/// A history with one answer bent.
struct Bent<F> {
    inner: MemoryHistory,
    bend: F,
}

/// What one answer becomes.
#[derive(Default)]
struct Bend {
    resolves_anything: bool,
    ancestry: Option<Ancestry>,
    reverse_commits: bool,
    drop_commit: bool,
    repeat_commit: bool,
    reverse_files: bool,
    drop_change: bool,
    drop_bytes: bool,
    bytes_everywhere: bool,
}

impl History for Bent<Bend> {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        let found = self.inner.resolve(name);
        if self.bend.resolves_anything { found.or_else(|_| self.inner.resolve("root")) } else { found }
    }
    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        let told = self.inner.ancestry(base, head)?;
        Ok(if base == head { told } else { self.bend.ancestry.unwrap_or(told) })
    }
    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        let mut commits = self.inner.commits(base, head)?;
        if self.bend.reverse_commits {
            commits.reverse();
        }
        if self.bend.drop_commit {
            commits.pop();
        }
        if self.bend.repeat_commit {
            commits.extend(commits.last().cloned());
        }
        Ok(commits)
    }
    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        let mut changes = self.inner.changed_files(base, head)?;
        if self.bend.reverse_files {
            changes.reverse();
        }
        if self.bend.drop_change {
            changes.pop();
        }
        Ok(changes)
    }
    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        let bytes = self.inner.read(at, path)?;
        Ok(match bytes {
            Some(_) if self.bend.drop_bytes => None,
            None if self.bend.bytes_everywhere => Some(vec![]),
            bytes => bytes,
        })
    }
    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        let mut files = self.inner.files(at, directory)?;
        if self.bend.reverse_files {
            files.reverse();
        }
        Ok(files)
    }
}

#[test]
fn a_history_that_bends_an_answer_is_refused() {
    let refused = |bend| held_history(&Bent { inner: history(), bend }, "root", "head").unwrap_err();
    assert!(refused(Bend { resolves_anything: true, ..Bend::default() }).ends_with("resolves"));
    let same = refused(Bend { ancestry: Some(Ancestry::Same), ..Bend::default() });
    assert_eq!(same, "ancestry says Same, the commits say Ahead(2)");
    assert!(refused(Bend { reverse_commits: true, ..Bend::default() }).contains("comes before it"));
    assert_eq!(
        refused(Bend { drop_commit: true, ..Bend::default() }),
        "ancestry says Ahead(2), the commits say Ahead(1)"
    );
    let twice = Bend { repeat_commit: true, ancestry: Some(Ancestry::Ahead(3)), ..Bend::default() };
    assert!(refused(twice).ends_with("is listed twice"));
    assert_eq!(refused(Bend { reverse_files: true, ..Bend::default() }), "changed files are not sorted");
    assert!(refused(Bend { drop_bytes: true, ..Bend::default() }).contains("otherwise than its bytes do"));
    assert!(refused(Bend { bytes_everywhere: true, ..Bend::default() }).contains("otherwise than its bytes do"));
    let broken = FaultyHistory::new(HistoryFault::Truncated, history());
    assert!(held_history(&broken, "root", "head").unwrap_err().contains("fetch-depth: 0"));
    assert!(held_history(&Bent { inner: history(), bend: Bend::default() }, "root", "head").is_ok());
    let left_out = refused(Bend { drop_change: true, ..Bend::default() });
    assert_eq!(left_out, "e.txt is in one tree only and is not said to change");
    let left_out = Bent { inner: history(), bend: Bend { drop_change: true, ..Bend::default() } };
    assert_eq!(held_history(&left_out, "root", "base").unwrap_err(), "a.txt differs and is not said to change");
}
