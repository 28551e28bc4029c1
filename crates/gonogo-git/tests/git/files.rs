//! Changed files, listing and reading.

use std::collections::BTreeMap;

use gonogo_core::{FileKind, History, HistoryError, RepoPath};
use proptest::prelude::*;

use crate::support::{Sandbox, at};

fn paths(files: &[RepoPath]) -> Vec<String> {
    files.iter().map(RepoPath::to_string).collect()
}

#[test]
fn files_are_listed_sorted_below_a_directory() {
    let sandbox = Sandbox::new();
    for path in ["a/x", "a.b", "a/y/z", "a0", "b"] {
        sandbox.write(path, path);
    }
    let head = at(&sandbox.commit("files"));
    let history = sandbox.history();
    let list = |directory: &str| paths(&history.files(&head, &RepoPath::from(directory)).unwrap());
    assert_eq!(list(""), ["a.b", "a/x", "a/y/z", "a0", "b"]);
    assert_eq!(list("a"), ["a/x", "a/y/z"]);
    assert_eq!(list("a/"), ["a/x", "a/y/z"]);
    assert_eq!(list("a/y"), ["a/y/z"]);
    assert_eq!(list("b"), ["b"]);
    assert_eq!(list("none"), [""; 0]);
    assert_eq!(list("b/none"), [""; 0]);
}

#[test]
fn a_file_is_read_as_of_a_commit() {
    let sandbox = Sandbox::new();
    let old = at(&sandbox.commit_file("dir/file", "old\n"));
    let new = at(&sandbox.commit_file("dir/file", b"new\0\xff"));
    let history = sandbox.history();
    let read = |revision, path: &str| history.read(revision, &RepoPath::from(path)).unwrap();
    assert_eq!(read(&old, "dir/file").as_deref(), Some(&b"old\n"[..]));
    assert_eq!(read(&new, "dir/file").as_deref(), Some(&b"new\0\xff"[..]));
    assert_eq!(read(&new, "dir"), None);
    assert_eq!(read(&new, "dir/file/x"), None);
    assert_eq!(read(&new, ""), None);
    assert_eq!(read(&new, "nothing"), None);
}

#[test]
fn a_file_past_the_limit_is_refused() {
    let sandbox = Sandbox::new();
    let head = at(&sandbox.commit_file("big", "12345"));
    let history = sandbox.history().with_read_limit(4);
    let error = history.read(&head, &RepoPath::from("big")).unwrap_err();
    assert!(matches!(error, HistoryError::TooLarge { .. }));
    assert_eq!(error.to_string(), "big (5 bytes) is larger than the limit of 4 bytes");
    assert!(sandbox.history().with_read_limit(5).read(&head, &RepoPath::from("big")).unwrap().is_some());
}

#[test]
fn additions_deletions_modes_links_and_exact_renames_are_told_apart() {
    let sandbox = Sandbox::new();
    for path in ["edit", "gone", "mode", "moved/from", "become/dir"] {
        sandbox.write(path, path);
    }
    sandbox.write("was-dir/inner", "x");
    let base = at(&sandbox.commit("base"));
    sandbox.write("edit", "edited");
    sandbox.remove("gone");
    sandbox.git(&["update-index", "--chmod=+x", "mode"]);
    sandbox.remove("moved/from");
    sandbox.write("elsewhere/to", "moved/from");
    sandbox.remove("become/dir");
    sandbox.write("become/dir/inner", "new");
    sandbox.remove("was-dir/inner");
    std::fs::remove_dir(sandbox.path().join("was-dir")).unwrap();
    sandbox.write("was-dir", "now a file");
    sandbox.write("new", "new file");
    std::os::unix::fs::symlink("edit", sandbox.path().join("link")).unwrap();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["update-index", "--chmod=+x", "mode"]);
    sandbox.git(&["commit", "-q", "-m", "head"]);
    let head = at(&sandbox.git(&["rev-parse", "HEAD"]));
    let changes = sandbox.history().changed_files(&base, &head).unwrap();
    let told: BTreeMap<String, (bool, bool, Option<String>)> = changes
        .iter()
        .map(|change| {
            let from = change.old_path.as_ref().map(RepoPath::to_string);
            (change.path.to_string(), (change.is_added(), change.is_deleted(), from))
        })
        .collect();
    let expected: BTreeMap<String, (bool, bool, Option<String>)> = [
        ("become/dir", (false, true, None)),
        ("become/dir/inner", (true, false, None)),
        ("edit", (false, false, None)),
        ("elsewhere/to", (false, false, Some("moved/from".to_owned()))),
        ("gone", (false, true, None)),
        ("link", (true, false, None)),
        ("mode", (false, false, None)),
        ("new", (true, false, None)),
        ("was-dir", (true, false, None)),
        ("was-dir/inner", (false, true, None)),
    ]
    .map(|(path, told)| (path.to_owned(), told))
    .into();
    assert_eq!(told, expected);
    let of = |path: &str| changes.iter().find(|change| change.path == RepoPath::from(path)).unwrap();
    assert_eq!(of("link").new.unwrap().kind, FileKind::Symlink);
    assert_eq!((of("mode").old.unwrap().kind, of("mode").new.unwrap().kind), (FileKind::Regular, FileKind::Executable));
    assert!(of("mode").same_content());
    assert!(of("elsewhere/to").same_content());
    let link = sandbox.history().read(&head, &RepoPath::from("link")).unwrap();
    assert_eq!(link.as_deref(), Some(&b"edit"[..]));
}

#[test]
fn a_submodule_is_a_change_and_no_file() {
    let sandbox = Sandbox::new();
    let inner = sandbox.commit_file("file", "x");
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{inner},sub")]);
    sandbox.git(&["commit", "-q", "-m", "submodule"]);
    let head = at(&sandbox.git(&["rev-parse", "HEAD"]));
    let history = sandbox.history();
    let changes = history.changed_files(&at(&inner), &head).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].new.unwrap().kind, FileKind::Submodule);
    assert_eq!(changes[0].new.unwrap().id.to_string(), inner);
    assert_eq!(paths(&history.files(&head, &RepoPath::from("")).unwrap()), ["file"]);
    assert_eq!(paths(&history.files(&head, &RepoPath::from("sub")).unwrap()), [""; 0]);
    assert_eq!(history.read(&head, &RepoPath::from("sub")).unwrap(), None);
}

#[test]
fn paths_that_are_not_utf8_keep_their_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let base = at(&sandbox.commit("base"));
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\n");
    std::fs::write(sandbox.path().join(name), "text").unwrap();
    let head = at(&sandbox.commit("head"));
    let history = sandbox.history();
    let path = RepoPath::from(&b"caf\xe9\n"[..]);
    assert_eq!(history.changed_files(&base, &head).unwrap()[0].path, path);
    assert_eq!(history.files(&head, &RepoPath::default()).unwrap(), std::slice::from_ref(&path));
    assert_eq!(history.read(&head, &path).unwrap().as_deref(), Some(&b"text"[..]));
}

/// Two trees as maps from path to one of a few contents and modes, so that renames happen.
fn any_tree() -> impl Strategy<Value = BTreeMap<String, (u8, bool)>> {
    let path = prop::collection::vec(prop::sample::select(vec!["a", "b", "a.b", "a0", "Z", "long name"]), 1..4)
        .prop_map(|parts| parts.join("/"));
    prop::collection::btree_map(path, (0_u8..6, any::<bool>()), 0..14).prop_map(|tree| {
        // A path below a file cannot be.
        let files: Vec<String> = tree.keys().cloned().collect();
        tree.into_iter().filter(|(path, _)| !files.iter().any(|file| path.starts_with(&format!("{file}/")))).collect()
    })
}

fn commit_tree(sandbox: &Sandbox, tree: &BTreeMap<String, (u8, bool)>) -> String {
    use std::io::Write;
    sandbox.git(&["read-tree", "--empty"]);
    let mut lines = String::new();
    for (path, (content, executable)) in tree {
        let text = if *content == 0 { String::new() } else { format!("content {content}\n") };
        let blob = sandbox.beside("blob");
        std::fs::write(&blob, text).unwrap();
        let id = sandbox.git(&["hash-object", "-w", &blob.display().to_string()]);
        lines += &format!("{} {id}\t{path}\n", if *executable { "100755" } else { "100644" });
    }
    let mut child = sandbox
        .command(sandbox.path(), &["update-index", "--index-info"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "tree"]);
    sandbox.git(&["rev-parse", "HEAD"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn changed_files_equal_git_diff_raw_with_exact_renames(one in any_tree(), two in any_tree()) {
        let sandbox = Sandbox::new();
        let (base, head) = (commit_tree(&sandbox, &one), commit_tree(&sandbox, &two));
        let raw = sandbox.git(&["diff-tree", "-r", "--raw", "--no-abbrev", "-M100%", "-l0", &base, &head]);
        let mut expected: Vec<_> = raw
            .lines()
            .map(|line| {
                let (head, paths) = line.split_once('\t').unwrap();
                let fields: Vec<_> = head.trim_start_matches(':').split(' ').collect();
                let paths: Vec<_> = paths.split('\t').map(str::to_owned).collect();
                let path = paths.last().unwrap().clone();
                let old_path = (paths.len() == 2).then(|| paths[0].clone());
                (path, old_path, fields[0].to_owned(), fields[1].to_owned(), fields[2].to_owned(), fields[3].to_owned())
            })
            .collect();
        expected.sort();
        let mode = |version: Option<gonogo_core::FileVersion>| match version.map(|version| version.kind) {
            None => "000000",
            Some(FileKind::Executable) => "100755",
            Some(_) => "100644",
        };
        let id = |version: Option<gonogo_core::FileVersion>| {
            version.map_or_else(|| "0".repeat(40), |version| version.id.to_string())
        };
        let found: Vec<_> = sandbox
            .history()
            .changed_files(&at(&base), &at(&head))
            .unwrap()
            .into_iter()
            .map(|change| {
                let old_path = change.old_path.as_ref().map(RepoPath::to_string);
                let (old, new) = (change.old, change.new);
                (change.path.to_string(), old_path, mode(old).to_owned(), mode(new).to_owned(), id(old), id(new))
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
