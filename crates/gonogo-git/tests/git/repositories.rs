//! Kinds of repositories, and those that cannot be read or are cut.

use std::path::Path;

use gonogo_core::{Ancestry, History, HistoryError, RepoPath};
use gonogo_git::GitHistory;

use crate::support::{Sandbox, at};

fn assert_send_and_sync<T: Send + Sync>() {}

#[test]
fn a_history_may_be_shared_between_threads() {
    assert_send_and_sync::<GitHistory>();
    let sandbox = Sandbox::new();
    let root = at(&sandbox.commit("root"));
    let head = at(&sandbox.commit("head"));
    let history = sandbox.history();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(history.ancestry(&root, &head).unwrap(), Ancestry::Ahead(1)));
        }
    });
}

#[test]
fn bare_repositories_and_linked_work_trees_are_read() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    let head = sandbox.commit("head");
    let bare = sandbox.clone_to("bare.git", &["--bare"]);
    let history = GitHistory::open(&bare).unwrap();
    assert_eq!(history.ancestry(&at(&root), &at(&head)).unwrap(), Ancestry::Ahead(1));
    assert_eq!(history.work_tree().unwrap(), None);

    let linked = sandbox.beside("linked");
    sandbox.git(&["worktree", "add", "-q", "--detach", &linked.display().to_string(), &root]);
    let history = GitHistory::open(&linked).unwrap();
    assert_eq!(history.resolve("HEAD").unwrap(), at(&root));
    assert_eq!(history.resolve("main").unwrap(), at(&head));
    std::fs::create_dir(linked.join("below")).unwrap();
    let history = GitHistory::discover(linked.join("below")).unwrap();
    assert_eq!(history.resolve("HEAD").unwrap(), at(&root));
}

#[test]
fn a_directory_without_a_repository_is_refused_with_a_remedy() {
    let sandbox = Sandbox::bare_directory();
    for error in [GitHistory::open(sandbox.path()).unwrap_err(), GitHistory::discover(sandbox.path()).unwrap_err()] {
        assert!(error.to_string().contains("there is no git repository here or above"), "{error}");
    }
    let error = GitHistory::open(sandbox.beside("nowhere")).unwrap_err();
    assert!(error.to_string().contains("there is no such directory"), "{error}");
}

fn incomplete<T: std::fmt::Debug>(result: Result<T, HistoryError>) -> String {
    match result {
        Err(HistoryError::Incomplete { what, remedy }) => format!("{what}; {remedy}"),
        other => panic!("not incomplete: {other:?}"),
    }
}

#[test]
fn a_shallow_clone_that_cuts_the_range_is_incomplete() {
    let sandbox = Sandbox::new();
    let ids: Vec<_> = (0..8).map(|number| sandbox.commit_file("file", number.to_string())).collect();
    let shallow = sandbox.clone_to("shallow", &["--depth", "4"]);
    let history = GitHistory::open(&shallow).unwrap();
    let (head, inside, edge, outside) = (at(&ids[7]), at(&ids[5]), at(&ids[4]), at(&ids[2]));

    assert_eq!(history.commits(&inside, &head).unwrap().len(), 2);
    assert_eq!(history.commits(&edge, &head).unwrap().len(), 3);
    assert_eq!(history.ancestry(&edge, &head).unwrap(), Ancestry::Ahead(3));
    assert_eq!(history.ancestry(&head, &inside).unwrap(), Ancestry::Behind(2));
    assert_eq!(history.changed_files(&edge, &head).unwrap().len(), 1);

    for told in [
        incomplete(history.commits(&outside, &head)),
        incomplete(history.ancestry(&outside, &head)),
        incomplete(history.changed_files(&outside, &head)),
        incomplete(history.resolve("HEAD~4")),
        incomplete(history.read(&outside, &RepoPath::from("file"))),
    ] {
        assert!(told.contains("fetch-depth: 0") && told.contains("git fetch --unshallow"), "{told}");
    }
    let Err(HistoryError::NotFound { remedy, .. }) = history.resolve(&ids[2]) else { panic!("resolved") };
    assert!(remedy.contains("fetch-depth: 0"), "{remedy}");

    sandbox.git_in(&shallow, &["fetch", "-q", "--unshallow"]);
    assert_eq!(history.commits(&outside, &head).unwrap().len(), 5);
}

#[test]
fn a_shallow_edge_inside_the_range_is_incomplete_on_either_side() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.git(&["checkout", "-q", "-b", "base"]);
    for number in 0..5 {
        sandbox.commit(&format!("base {number}"));
    }
    let base = sandbox.git(&["rev-parse", "base"]);
    sandbox.git(&["checkout", "-q", "main"]);
    for number in 0..5 {
        sandbox.commit(&format!("main {number}"));
    }
    let head = sandbox.git(&["rev-parse", "main"]);
    let shallow = sandbox.clone_to("shallow", &["--depth", "3", "--no-single-branch"]);
    let history = GitHistory::open(&shallow).unwrap();
    incomplete(history.commits(&at(&base), &at(&head)));
    incomplete(history.commits(&at(&head), &at(&base)));
    incomplete(history.ancestry(&at(&base), &at(&head)));
}

#[test]
fn commits_that_the_cut_side_may_have_are_not_listed_as_new() {
    // Production was fetched with depth 1, the old release with its whole history: whether production has it is unknown.
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    let old = sandbox.commit("old");
    sandbox.git(&["branch", "old"]);
    let production = sandbox.commit("production");
    let shallow = sandbox.clone_to("shallow", &["--depth", "1", "--branch", "main"]);
    sandbox.git_in(&shallow, &["fetch", "-q", "--depth", "1", "origin", "main"]);
    sandbox.git_in(&shallow, &["fetch", "-q", "--depth", "9", "origin", "old"]);
    // The cut stays at production although its parent is here now, as when two shallow fetches meet.
    std::fs::write(shallow.join(".git/shallow"), format!("{production}\n")).unwrap();
    let history = GitHistory::open(&shallow).unwrap();
    incomplete(history.commits(&at(&production), &at(&old)));
    incomplete(history.ancestry(&at(&production), &at(&old)));
}

#[test]
fn a_partial_clone_without_the_blob_is_incomplete_and_the_remedy_mends_it() {
    let sandbox = Sandbox::new();
    sandbox.commit_file("file", "old");
    let old = at(&sandbox.git(&["rev-parse", "HEAD"]));
    let head = at(&sandbox.commit_file("file", "new"));
    let partial = sandbox.clone_to("partial", &["--filter=blob:none"]);
    let history = match GitHistory::open(&partial) {
        Ok(history) => history,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(history.changed_files(&old, &head).unwrap().len(), 1);
    let told = incomplete(history.read(&old, &RepoPath::from("file")));
    assert!(told.contains("partial clone") && told.contains("git fetch --refetch --no-filter"), "{told}");
    sandbox.git_in(&partial, &["fetch", "-q", "--refetch", "--no-filter"]);
    let history = GitHistory::open(&partial).unwrap();
    assert_eq!(history.read(&old, &RepoPath::from("file")).unwrap().as_deref(), Some(&b"old"[..]));
}

#[test]
fn a_partial_clone_without_trees_is_incomplete() {
    let sandbox = Sandbox::new();
    let old = at(&sandbox.commit_file("file", "old"));
    let head = at(&sandbox.commit_file("file", "new"));
    let partial = sandbox.clone_to("treeless", &["--filter=tree:0", "--no-checkout"]);
    let history = GitHistory::open(&partial).unwrap();
    assert_eq!(history.commits(&old, &head).unwrap().len(), 1);
    incomplete(history.changed_files(&old, &head));
    incomplete(history.files(&head, &RepoPath::default()));
}

#[test]
fn a_missing_object_is_incomplete_and_never_a_shorter_list() {
    let sandbox = Sandbox::new();
    let root = at(&sandbox.commit_file("a/file", "x"));
    let middle = sandbox.commit("middle");
    let head = at(&sandbox.commit_file("b/file", "y"));
    let object = |id: &str| sandbox.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let tree = sandbox.git(&["rev-parse", "HEAD:b"]);
    std::fs::remove_file(object(&tree)).unwrap();
    std::fs::remove_file(object(&middle)).unwrap();
    let history = sandbox.history();
    assert!(incomplete(history.commits(&root, &head)).contains("git fsck"));
    incomplete(history.ancestry(&root, &head));
    incomplete(history.changed_files(&root, &head));
    incomplete(history.files(&head, &RepoPath::default()));
}

#[test]
fn replace_references_and_grafts_are_ignored() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    let middle = sandbox.commit("middle");
    let head = sandbox.commit("head");
    sandbox.git(&["replace", "--graft", &head, &root]);
    assert_eq!(sandbox.git(&["rev-list", "--count", &format!("{root}..{head}")]), "1");
    let history = sandbox.history();
    assert_eq!(history.ancestry(&at(&root), &at(&head)).unwrap(), Ancestry::Ahead(2));
    assert_eq!(history.commits(&at(&root), &at(&head)).unwrap()[1].id.to_string(), middle);
}

fn unsupported(sandbox: &Sandbox, arguments: &[&str], path: &Path) -> Option<String> {
    let output = sandbox.try_git_in(&sandbox.beside(""), arguments);
    if !output.status.success() {
        println!("SKIPPED: this git cannot {arguments:?}");
        return None;
    }
    match GitHistory::open(path) {
        Err(error @ HistoryError::Unsupported { .. }) => Some(error.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sha256_repositories_are_refused_clearly() {
    let sandbox = Sandbox::bare_directory();
    let path = sandbox.beside("sha256");
    let arguments = ["init", "-q", "--object-format=sha256", "sha256"];
    if let Some(told) = unsupported(&sandbox, &arguments, &path) {
        assert!(told.starts_with("the SHA-256 repository"), "{told}");
        assert!(told.contains("is not supported; gonogo reads SHA-1 repositories only"), "{told}");
    }
}

#[test]
fn reftable_repositories_are_refused_clearly() {
    let sandbox = Sandbox::bare_directory();
    let path = sandbox.beside("reftable");
    let arguments = ["init", "-q", "--ref-format=reftable", "reftable"];
    if let Some(told) = unsupported(&sandbox, &arguments, &path) {
        assert!(told.starts_with("the reftable reference storage"), "{told}");
        assert!(told.contains("git refs migrate --ref-format=files"), "{told}");
        if sandbox.try_git_in(&path, &["refs", "migrate", "--ref-format=files"]).status.success() {
            assert_eq!(GitHistory::open(&path).unwrap().current_branch().unwrap().as_deref(), Some("master"));
        }
    }
}

#[test]
fn an_id_of_another_kind_of_repository_is_not_found() {
    let sandbox = Sandbox::new();
    let head = at(&sandbox.commit("one"));
    let foreign = at(&"ab".repeat(32));
    let error = sandbox.history().ancestry(&foreign, &head).unwrap_err();
    assert!(matches!(error, HistoryError::NotFound { .. }), "{error}");
}

#[test]
fn the_contract_of_a_history_holds() {
    let sandbox = Sandbox::new();
    for path in ["a/one", "a/two", "b", "c.sql"] {
        sandbox.write(path, path);
    }
    sandbox.commit("root");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit_file("b", "side");
    sandbox.git(&["checkout", "-q", "main"]);
    let base = at(&sandbox.commit_file("a/one", "edited"));
    sandbox.remove("a/two");
    sandbox.write("moved/two", "a/two");
    sandbox.commit("move");
    let head = at(&sandbox.merge("side"));
    let history = sandbox.history();
    gonogo_core::testing::conformance::history(&history, &base, &head).unwrap();
    gonogo_core::testing::conformance::history(&history, &at(&sandbox.git(&["rev-parse", "side"])), &base).unwrap();
}

#[test]
fn a_repository_of_another_user_is_refused_as_git_refuses_it() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    for path in [sandbox.path().to_path_buf(), sandbox.path().join(".git")] {
        if std::os::unix::fs::chown(path, Some(12_345), None).is_err() {
            println!("SKIPPED: only root can give a repository to another user");
            return;
        }
    }
    match GitHistory::open(sandbox.path()) {
        Ok(_) => println!("SKIPPED: this user's git configuration trusts every repository (safe.directory)"),
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains("belongs to another user") && told.contains("safe.directory"), "{told}");
        }
    }
}
