//! Line counts and renames, held against `git log --numstat`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gonogo_core::{ChangeHistory, History, HistoryError, LineChange};
use gonogo_git::GitHistory;
use proptest::prelude::*;

use crate::support::{Edit, Sandbox, Stream, at, ids};

/// One file of one commit: what was added, deleted, the old path if there is one, the path.
type Row = (String, String, Option<Vec<u8>>, Vec<u8>);

/// What git counts for every commit that a revision reaches.
fn counted_by_git(sandbox: &Sandbox, revision: &str) -> BTreeMap<String, Vec<Row>> {
    let arguments = [
        "log",
        "-z",
        "--numstat",
        "-M50%",
        "-l1000",
        "--diff-algorithm=myers",
        "--diff-merges=first-parent",
        "--format=%x01%H",
        revision,
    ];
    let output = sandbox.try_git_in(sandbox.path(), &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut commits = BTreeMap::new();
    for block in output.stdout.split(|&byte| byte == 1).skip(1) {
        let (id, rest) = block.split_at(40);
        let mut fields = rest.split(|&byte| byte == 0).map(|field| field.strip_prefix(b"\n").unwrap_or(field));
        let mut rows = Vec::new();
        while let Some(field) = fields.next() {
            let mut parts = field.splitn(3, |&byte| byte == b'\t');
            let (Some(added), Some(deleted), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let (old, path) = match path {
                [] => (Some(fields.next().unwrap().to_vec()), fields.next().unwrap().to_vec()),
                path => (None, path.to_vec()),
            };
            rows.push((text(added), text(deleted), old, path));
        }
        rows.sort_by(|one, two| one.3.cmp(&two.3));
        commits.insert(String::from_utf8(id.to_vec()).unwrap(), rows);
    }
    commits
}

fn row(change: &LineChange) -> Row {
    let count = |count: u64| if change.binary { "-".to_owned() } else { count.to_string() };
    let old = change.old_path.as_ref().map(|path| path.as_bytes().to_vec());
    (count(change.added), count(change.deleted), old, change.path.as_bytes().to_vec())
}

/// What we count for every commit that a revision reaches.
fn counted(history: &GitHistory, revision: &str) -> BTreeMap<String, Vec<Row>> {
    let mut commits = BTreeMap::new();
    let head = history.resolve(revision).unwrap();
    let mut all = Vec::new();
    history
        .ancestors(&head, &mut |commit| {
            all.push(commit.id);
            ControlFlow::Continue(())
        })
        .unwrap();
    for id in all {
        let changes = history.line_changes(&id).unwrap();
        commits.insert(id.to_string(), changes.iter().map(row).collect());
    }
    commits
}

#[test]
fn lines_of_every_kind_of_file_are_counted_as_git_counts_them() {
    let sandbox = Sandbox::new();
    let id = "1234567890123456789012345678901234567890";
    let other = "2234567890123456789012345678901234567890";
    let long = "a line that is the same in both\n".repeat(30);
    let edited = format!("{long}one more\n");
    let mut stream = Stream::default();
    let first = [
        Edit::Write("text", b"one\ntwo\nthree\n"),
        Edit::Write("unfinished", b"one\ntwo"),
        Edit::Write("binary", b"a\0b"),
        Edit::Write("empty", b""),
        Edit::Write("crlf", b"a\r\nb\r\n"),
        Edit::WriteAs("120000", "link", b"text"),
        Edit::WriteAs("100755", "tool", b"#!/bin/sh\n"),
        Edit::Submodule("module", id),
        Edit::Write("moved/exactly", b"the same bytes\n"),
        Edit::Write("moved/edited", long.as_bytes()),
        Edit::Write("becomes/directory", b"file\n"),
        Edit::Write("gone", b"1\n2\n3\n"),
        Edit::Write("late-nul", &[b"x\n".repeat(5_000), b"\0".to_vec()].concat()),
    ];
    stream.commit("main", None, None, &first);
    let second = [
        Edit::Write("text", b"one\n2\nthree\nfour\n"),
        Edit::Write("unfinished", b"one\ntwo\n"),
        Edit::Write("binary", b"a\0c"),
        Edit::Write("empty", b"no longer\n"),
        Edit::Write("crlf", b"a\nb\n"),
        Edit::WriteAs("120000", "link", b"tool"),
        Edit::Write("tool", b"#!/bin/sh\n"),
        Edit::Submodule("module", other),
        Edit::Delete("moved/exactly"),
        Edit::Write("here/exactly", b"the same bytes\n"),
        Edit::Delete("moved/edited"),
        Edit::Write("here/edited", edited.as_bytes()),
        Edit::Delete("becomes/directory"),
        Edit::Write("becomes/directory/file", b"inside\n"),
        Edit::Delete("gone"),
        Edit::Write("late-nul", b"x\n"),
    ];
    stream.commit("main", None, None, &second);
    stream.commit(
        "main",
        None,
        None,
        &[Edit::Delete("module"), Edit::WriteAs("120000", "text", b"crlf"), Edit::Delete("link")],
    );
    stream.commit("main", None, None, &[]);
    stream.import(&sandbox);
    let history = sandbox.history();
    assert_eq!(counted(&history, "main"), counted_by_git(&sandbox, "main"));

    let changes = history.line_changes(&history.resolve("main~2").unwrap().id).unwrap();
    let of = |path: &str| changes.iter().find(|change| change.path.to_string() == path).unwrap();
    let before = |path: &str| of(path).lines_before;
    assert_eq!((before("text"), before("unfinished"), before("crlf"), before("gone")), (3, 2, 2, 3));
    assert_eq!((before("binary"), before("module"), before("empty"), before("here/exactly")), (0, 0, 0, 1));
    assert_eq!((of("module").added, of("module").deleted), (1, 1));
    assert!(of("binary").binary && !of("late-nul").binary);
    assert_eq!(of("here/edited").old_path.as_ref().map(ToString::to_string).as_deref(), Some("moved/edited"));
    assert_eq!((of("here/edited").added, of("here/edited").lines_before), (1, 30));
    assert!(changes.windows(2).all(|pair| pair[0].path < pair[1].path), "sorted by path");
}

#[test]
fn a_merge_is_counted_against_its_first_parent_and_a_root_against_nothing() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit_file("a", "1\n2\n");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit_file("b", "3\n");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit_file("c", "4\n");
    let merge = sandbox.merge("side");
    let history = sandbox.history();
    let rows = |id: &str| -> Vec<_> {
        let changes = history.line_changes(&id.parse().unwrap()).unwrap();
        changes.iter().map(|change| (change.path.to_string(), change.added, change.deleted)).collect()
    };
    assert_eq!(rows(&root), [("a".to_owned(), 2, 0)]);
    assert_eq!(rows(&merge), [("b".to_owned(), 1, 0)]);
    assert_eq!(counted(&history, "main"), counted_by_git(&sandbox, "main"));
}

#[test]
fn ancestors_come_children_first_newest_first_and_may_be_stopped() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("main");
    let head = sandbox.merge("side");
    let history = sandbox.history();
    let mut seen = Vec::new();
    history
        .ancestors(&at(&head), &mut |commit| {
            assert!(commit.committed_at >= 1_700_000_000 && commit.authored_at == commit.committed_at);
            seen.push(commit.id);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, ids(&sandbox.git(&["rev-list", "--date-order", "HEAD"])));
    let mut count = 0;
    history
        .ancestors(&at(&head), &mut |_| {
            count += 1;
            if count == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn a_cut_clone_has_no_whole_history_and_no_first_change() {
    let sandbox = Sandbox::new();
    for number in 0..5 {
        sandbox.commit_file("file", number.to_string());
    }
    let shallow = sandbox.clone_to("shallow", &["--depth", "3"]);
    let history = GitHistory::open(&shallow).unwrap();
    let head = history.resolve("HEAD").unwrap();
    let edge = history.resolve("HEAD~2").unwrap();
    let walked = history.ancestors(&head, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(walked, Err(HistoryError::Incomplete { .. })), "{walked:?}");
    assert!(matches!(history.line_changes(&edge.id), Err(HistoryError::Incomplete { .. })));
    assert_eq!(history.line_changes(&head.id).unwrap().len(), 1);
}

/// A file of a few different lines, so that there is much to choose from.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec!["a\n", "b\n", "\n", "}\n", "longer line here\n", "c\r\n", "    indented\n"]);
    prop::collection::vec(line, 0..60).prop_map(|lines| lines.concat().into_bytes())
}

/// A commit's edits: which of six files becomes which of the texts, or goes.
fn any_edits() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    prop::collection::vec((0_usize..6, prop::option::weighted(0.7, 0_usize..8)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn counts_and_renames_equal_git_log_numstat(
        texts in prop::collection::vec(any_text(), 8),
        commits in prop::collection::vec(any_edits(), 1..25),
    ) {
        let sandbox = Sandbox::new();
        let paths = ["a/one", "a/two", "b/one", "b/two", "one", "c/d/three"];
        let mut stream = Stream::default();
        for edits in &commits {
            let edits: Vec<_> = edits
                .iter()
                .map(|&(path, text)| match text {
                    Some(text) => Edit::Write(paths[path], &texts[text]),
                    None => Edit::Delete(paths[path]),
                })
                .collect();
            stream.commit("main", None, None, &edits);
        }
        stream.import(&sandbox);
        prop_assert_eq!(counted(&sandbox.history(), "main"), counted_by_git(&sandbox, "main"));
    }
}

/// A small generator of numbers, so that large files are made the same way each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

#[test]
fn large_and_very_different_files_are_counted_as_git_counts_them() {
    // Thousands of differing lines drawn from few: past the cost at which git settles for less than the smallest difference.
    let sandbox = Sandbox::new();
    let mut numbers = Numbers(7);
    let mut stream = Stream::default();
    let mut text: Vec<String> = Vec::new();
    for round in 0..40 {
        let kinds = [3, 20, 200, 5_000][round % 4];
        for _ in 0..[50, 400, 1_500][round % 3] {
            let line = format!("line {}\n", numbers.next(kinds));
            let place = numbers.next(text.len() + 1);
            match numbers.next(3) {
                0 if place < text.len() => drop(text.remove(place)),
                1 if place < text.len() => text[place] = line,
                _ => text.insert(place, line),
            }
        }
        if round % 7 == 6 {
            let middle = numbers.next(text.len());
            text.rotate_left(middle);
        }
        stream.commit("main", None, None, &[Edit::Write("file", text.concat().as_bytes())]);
    }
    stream.import(&sandbox);
    assert_eq!(counted(&sandbox.history(), "main"), counted_by_git(&sandbox, "main"));
}

#[test]
fn many_moved_and_edited_files_are_joined_as_git_joins_them() {
    let sandbox = Sandbox::new();
    let mut numbers = Numbers(11);
    let mut stream = Stream::default();
    let texts: Vec<Vec<String>> = (0..40)
        .map(|_| {
            (0..30 + numbers.next(40))
                .map(|_| format!("{} common words {}\n", numbers.next(9), numbers.next(30)))
                .collect()
        })
        .collect();
    let names: Vec<String> = (0..40)
        .map(|number| {
            format!(
                "old/{}/{}",
                number % 4,
                ["mod.rs", "lib.rs", "x"][number % 3].to_owned() + &(number / 6).to_string()
            )
        })
        .collect();
    let edits: Vec<Vec<u8>> = texts.iter().map(|lines| lines.concat().into_bytes()).collect();
    let first: Vec<_> = names.iter().zip(&edits).map(|(name, text)| Edit::Write(name, text)).collect();
    stream.commit("main", None, None, &first);
    let moved: Vec<(String, Vec<u8>)> = names
        .iter()
        .zip(&texts)
        .map(|(name, lines)| {
            let mut lines = lines.clone();
            for _ in 0..numbers.next(25) {
                let place = numbers.next(lines.len());
                lines[place] = format!("other {}\n", numbers.next(50));
            }
            let name = name.replace("old/", "new/").replace(["/1/", "/2/"].as_slice()[numbers.next(2)], "/9/");
            (name, lines.concat().into_bytes())
        })
        .collect();
    let mut second: Vec<_> = names.iter().map(|name| Edit::Delete(name)).collect();
    second.extend(moved.iter().map(|(name, text)| Edit::Write(name, text)));
    stream.commit("main", None, None, &second);
    stream.import(&sandbox);
    let ours = counted(&sandbox.history(), "main");
    assert_eq!(ours, counted_by_git(&sandbox, "main"));
    let renamed = ours.values().flatten().filter(|row| row.2.is_some()).count();
    assert!(renamed >= 10, "{renamed} renames");
}
