//! Equivalent patches, held against `git cherry`.

use std::collections::BTreeSet;

use gonogo_core::{ChangeHistory, HistoryError};
use gonogo_git::GitHistory;
use proptest::prelude::*;

use crate::support::{Edit, Sandbox, Stream, at};

fn marked_by_git(sandbox: &Sandbox, base: &str, head: &str) -> BTreeSet<String> {
    let marks = sandbox.git(&["cherry", base, head]);
    marks.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect()
}

fn marked(sandbox: &Sandbox, base: &str, head: &str) -> BTreeSet<String> {
    let of = |name: &str| at(&sandbox.git(&["rev-parse", name]));
    let found = sandbox.history().equivalent(&of(base), &of(head)).unwrap();
    let count = found.len();
    let marks: BTreeSet<_> = found.into_iter().map(|same| same.commit.to_string()).collect();
    assert_eq!(marks.len(), count);
    marks
}

#[test]
fn a_picked_commit_is_marked_with_the_one_it_equals_and_a_changed_one_is_not() {
    let sandbox = Sandbox::new();
    let lines: String = (0..40).map(|line| format!("line {line}\n")).collect();
    sandbox.commit_file("file", &lines);
    sandbox.git(&["branch", "release"]);
    let fix = sandbox.commit_file("file", lines.replace("line 30\n", "fixed 30\n"));
    let other = sandbox.commit_file("file", lines.replace("line 30\n", "fixed 30\n").replace("line 5\n", "five\n"));
    sandbox.git(&["checkout", "-q", "release"]);
    sandbox.commit_file("file", format!("a new first line\n{lines}"));
    sandbox.tick(60);
    sandbox.git(&["cherry-pick", "--allow-empty", &fix]);
    let picked = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.commit_file(
        "file",
        format!("a new first line\n{lines}").replace("line 30\n", "fixed 30\n").replace("line 5\n", "5\n"),
    );

    let release = at(&sandbox.git(&["rev-parse", "release"]));
    let main = at(&other);
    let found = sandbox.history().equivalent(&release, &main).unwrap();
    let pairs: Vec<_> = found.iter().map(|same| (same.commit.to_string(), same.in_production.to_string())).collect();
    assert_eq!(pairs, [(fix, picked)]);
    assert_eq!(marked(&sandbox, "release", "main"), marked_by_git(&sandbox, "release", "main"));
    assert_eq!(marked(&sandbox, "main", "release"), marked_by_git(&sandbox, "main", "release"));
}

#[test]
fn merges_binaries_modes_links_and_empty_commits_are_marked_as_git_marks_them() {
    let sandbox = Sandbox::new();
    let mut stream = Stream::default();
    let id = "1234567890123456789012345678901234567890";
    let edits = [
        vec![Edit::Write("binary", b"\0one")],
        vec![Edit::Write("binary", b"\0two")],
        vec![Edit::WriteAs("100755", "tool", b"x\n")],
        vec![Edit::Write("tool", b"x\n")],
        vec![Edit::WriteAs("120000", "tool", b"x\n")],
        vec![Edit::Submodule("module", id)],
        vec![],
        vec![Edit::Delete("shared")],
        vec![Edit::Write("with space", b"1\n")],
        vec![Edit::Write("unfinished", b"1\n2")],
        vec![Edit::Write("unfinished", b"1\n2\n")],
    ];
    let root = stream.commit("root", None, None, &[Edit::Write("shared", b"s\n"), Edit::Write("binary", b"\0zero")]);
    for (branch, own) in [("one", "own one"), ("two", "own two")] {
        let mut tip = stream.commit(branch, Some(root), None, &[Edit::Write(own, b"own\n")]);
        for edit in &edits {
            tip = stream.commit(branch, Some(tip), None, edit);
        }
        let side = stream.commit(&format!("{branch}-side"), Some(tip), None, &[Edit::Write("side", b"side\n")]);
        stream.commit(branch, Some(tip), Some(side), &[Edit::Write("side", b"side\n")]);
    }
    stream.import(&sandbox);
    let marks = marked(&sandbox, "one", "two");
    assert_eq!(marks, marked_by_git(&sandbox, "one", "two"));
    assert_eq!(marks.len(), edits.len() + 1);
    assert_eq!(marked(&sandbox, "two", "one-side"), marked_by_git(&sandbox, "two", "one-side"));
}

#[test]
fn a_cut_clone_is_incomplete() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.git(&["branch", "base"]);
    for number in 0..4 {
        sandbox.commit_file("file", number.to_string());
    }
    sandbox.git(&["checkout", "-q", "base"]);
    for number in 0..4 {
        sandbox.commit_file("other", number.to_string());
    }
    let (base, head) = (sandbox.git(&["rev-parse", "base"]), sandbox.git(&["rev-parse", "main"]));
    let shallow = sandbox.clone_to("shallow", &["--depth", "2", "--no-single-branch"]);
    let history = GitHistory::open(&shallow).unwrap();
    assert!(matches!(history.equivalent(&at(&base), &at(&head)), Err(HistoryError::Incomplete { .. })));
}

/// An edit of a text of lines, which may be applied to texts that differ elsewhere.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, Vec<u8>),
    Delete(usize, usize),
    Reindent(usize),
}

fn any_change() -> impl Strategy<Value = Change> {
    let block = prop::collection::vec(prop::sample::select(b"ab}\x20".to_vec()), 1..5);
    prop_oneof![
        3 => (0_usize..24, block).prop_map(|(place, block)| Change::Insert(place, block)),
        2 => (0_usize..24, 1_usize..4).prop_map(|(place, count)| Change::Delete(place, count)),
        1 => (0_usize..24).prop_map(Change::Reindent),
    ]
}

fn apply(text: &[Vec<u8>], change: &Change) -> Vec<Vec<u8>> {
    let mut text = text.to_vec();
    match change {
        Change::Insert(place, block) => {
            let place = (*place).min(text.len());
            text.splice(place..place, block.iter().map(|&byte| vec![byte, b'\n']));
        }
        Change::Delete(place, count) => {
            let from = (*place).min(text.len());
            text.drain(from..(from + count).min(text.len()));
        }
        Change::Reindent(place) => {
            if let Some(line) = text.get_mut(*place) {
                line.insert(0, b'\t');
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn marks_equal_git_cherry(
        start in prop::collection::vec(prop::sample::select(b"abc}\x20".to_vec()), 0..24),
        changes in prop::collection::vec((any_change(), 0_u8..3, any::<bool>()), 1..20),
    ) {
        let sandbox = Sandbox::new();
        let mut stream = Stream::default();
        let start: Vec<Vec<u8>> = start.into_iter().map(|byte| vec![byte, b'\n']).collect();
        let root = stream.commit("root", None, None, &[Edit::Write("f0", &start.concat()), Edit::Write("f1", &start.concat())]);
        for (branch, bit) in [("one", 1_u8), ("two", 2)] {
            let mut texts = [start.clone(), start.clone()];
            let mut tip = stream.commit(branch, Some(root), None, &[Edit::Write(branch, b"own\n")]);
            for (change, only, second) in &changes {
                // Most changes go to both branches, some to one: from there on the branches differ.
                if *only == bit {
                    continue;
                }
                let file = usize::from(*second);
                texts[file] = apply(&texts[file], change);
                let text = texts[file].concat();
                tip = stream.commit(branch, Some(tip), None, &[Edit::Write(["f0", "f1"][file], &text)]);
            }
        }
        stream.import(&sandbox);
        prop_assert_eq!(marked(&sandbox, "one", "two"), marked_by_git(&sandbox, "one", "two"));
        prop_assert_eq!(marked(&sandbox, "two", "one"), marked_by_git(&sandbox, "two", "one"));
    }
}
