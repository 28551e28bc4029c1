//! Tags, branches, files: what runs in production, and what a range begins with when nobody says.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use gonogo_core::{BoxError, History, HistoryError, ProductionRevision};
use gonogo_git::{GitHistory, NamedRevision, NewestTag, RevisionFile};

use crate::support::{Sandbox, at};

/// The adapters never wait, so one poll is all they need.
fn name(source: &dyn ProductionRevision, environment: &str) -> Result<String, BoxError> {
    let mut future = pin!(source.revision_name(environment));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("an adapter waited"),
    }
}

fn why(source: &dyn ProductionRevision, environment: &str) -> String {
    name(source, environment).unwrap_err().to_string()
}

#[test]
fn the_newest_tag_before_a_commit_is_the_nearest_one_and_never_its_own() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    let history = sandbox.history();
    let before = |id: &str| history.newest_tag_before(&at(id)).unwrap().map(|tag| tag.name.unwrap());
    assert_eq!(before(&root), None);
    sandbox.git(&["tag", "v1.9"]);
    let second = sandbox.commit("second");
    assert_eq!(before(&second).as_deref(), Some("v1.9"));
    sandbox.git(&["tag", "v1.10"]);
    sandbox.git(&["tag", "latest"]);
    let third = sandbox.commit("third");
    assert_eq!(before(&second).as_deref(), Some("v1.9"));
    assert_eq!(before(&third).as_deref(), Some("v1.10"));
    sandbox.git(&["tag", "-a", "-m", "release", "a-release", &second]);
    assert_eq!(before(&third).as_deref(), Some("a-release"));
    let tag = history.newest_tag_before(&at(&third)).unwrap().unwrap();
    assert_eq!(tag, history.resolve("a-release").unwrap());

    sandbox.git(&["checkout", "-q", "-b", "side", &root]);
    sandbox.tick(1_000);
    let side = sandbox.commit("side");
    sandbox.git(&["tag", "side-tag"]);
    sandbox.git(&["checkout", "-q", "main"]);
    assert_eq!(before(&third).as_deref(), Some("a-release"), "a tag of another branch is no ancestor");
    assert_eq!(before(&side).as_deref(), Some("v1.9"));
}

#[test]
fn the_search_for_a_tag_does_not_go_past_the_edge_of_a_shallow_clone() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.git(&["tag", "v1"]);
    for number in 0..4 {
        sandbox.commit(&number.to_string());
    }
    let shallow = sandbox.clone_to("shallow", &["--depth", "2"]);
    let history = GitHistory::open(&shallow).unwrap();
    let error = history.newest_tag_before(&history.resolve("HEAD").unwrap()).unwrap_err();
    assert!(matches!(error, HistoryError::Incomplete { .. }), "{error}");
}

#[test]
fn the_current_branch_is_told_also_before_its_first_commit() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.history().current_branch().unwrap().as_deref(), Some("main"));
    sandbox.commit("one");
    sandbox.git(&["checkout", "-q", "-b", "feature/x"]);
    assert_eq!(sandbox.history().current_branch().unwrap().as_deref(), Some("feature/x"));
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_eq!(sandbox.history().current_branch().unwrap(), None);
}

#[test]
fn uncommitted_changes_are_those_of_tracked_files() {
    let sandbox = Sandbox::new();
    sandbox.commit_file("file", "one");
    let changed = || sandbox.history().has_uncommitted_changes().unwrap();
    assert!(!changed());
    sandbox.write("untracked", "x");
    assert!(!changed());
    sandbox.write("file", "another length");
    assert!(changed());
    sandbox.git(&["checkout", "-q", "file"]);
    sandbox.git(&["add", "untracked"]);
    assert!(changed());
    let bare = sandbox.clone_to("bare.git", &["--bare"]);
    assert!(!GitHistory::open(bare).unwrap().has_uncommitted_changes().unwrap());
}

#[test]
fn a_name_may_depend_on_the_environment() {
    assert_eq!(name(&NamedRevision::new("origin/production"), "any/thing").unwrap(), "origin/production");
    assert_eq!(name(&NamedRevision::new("deployed/{environment}"), "eu-1").unwrap(), "deployed/eu-1");
    for environment in ["", "../x", "a b", "x~1", "*"] {
        assert!(why(&NamedRevision::new("deployed/{environment}"), environment).contains("cannot be part of"));
    }
    assert!(why(&NamedRevision::new(""), "x").contains("is empty"));
}

#[test]
fn the_newest_tag_of_a_pattern_is_the_one_made_last() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.tick(60);
    sandbox.git(&["tag", "-a", "-m", "d", "deploy/prod/1"]);
    sandbox.commit("two");
    sandbox.tick(60);
    sandbox.git(&["tag", "-a", "-m", "d", "deploy/prod/2"]);
    sandbox.git(&["tag", "deploy/test/9"]);
    let tag = NewestTag::new(Arc::new(sandbox.history()), "deploy/{environment}/*");
    assert_eq!(name(&tag, "prod").unwrap(), "refs/tags/deploy/prod/2");
    assert_eq!(name(&tag, "test").unwrap(), "refs/tags/deploy/test/9");
    // A rollback: an older commit is tagged again, later.
    sandbox.tick(60);
    sandbox.git(&["tag", "-a", "-m", "d", "deploy/prod/3", "HEAD~1"]);
    assert_eq!(name(&tag, "prod").unwrap(), "refs/tags/deploy/prod/3");
    assert_eq!(
        sandbox.history().resolve("refs/tags/deploy/prod/3").unwrap(),
        sandbox.history().resolve("HEAD~1").unwrap()
    );
    assert!(why(&tag, "none").contains("no tag matches `deploy/none/*`"));
    sandbox.git(&["tag", "-a", "-m", "d", "deploy/prod/4"]);
    assert!(why(&tag, "prod").contains("were made in the same second"), "{}", why(&tag, "prod"));
}

#[test]
fn a_file_holds_one_revision_or_is_an_error() {
    let sandbox = Sandbox::bare_directory();
    let file = RevisionFile::new(sandbox.path().join("{environment}").display().to_string());
    assert!(why(&file, "prod").contains("cannot be read"));
    sandbox.write("prod", "");
    assert!(why(&file, "prod").contains("is empty"));
    sandbox.write("prod", "\n v1.2.3 \n\n");
    assert_eq!(name(&file, "prod").unwrap(), "v1.2.3");
    sandbox.write("prod", "v1\nv2\n");
    assert!(why(&file, "prod").contains("several lines"));
    sandbox.write("prod", "x".repeat(5_000));
    assert!(why(&file, "prod").contains("nothing else"));
    sandbox.write("prod", b"\xff");
    assert!(why(&file, "prod").contains("cannot be read"));
}
