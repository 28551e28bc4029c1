//! Where lines come from, held against `git blame -w`.

use gonogo_core::{HistoryError, ObjectId, RepoPath};
use gonogo_git::{Blame, GitHistory};
use proptest::prelude::*;

use crate::support::{Edit, Sandbox, Stream, ids};

fn everything(_: &ObjectId, _: &RepoPath) -> bool {
    true
}

/// What we say of every line of a file at HEAD.
fn origins(history: &GitHistory, at: &str, path: &str, lines: u32) -> Vec<ObjectId> {
    let lines: Vec<u32> = (0..lines).collect();
    let at = at.parse().unwrap();
    Blame::new(history).origins(&at, &RepoPath::from(path), &lines, &everything, &mut || true).unwrap().unwrap()
}

/// What git says: one id for each line.
fn by_git(sandbox: &Sandbox, at: &str, path: &str) -> Vec<ObjectId> {
    let said = sandbox.git(&["-c", "diff.indentHeuristic=false", "blame", "-w", "--line-porcelain", at, "--", path]);
    let id = |line: &str| line.split(' ').next().filter(|word| word.len() == 40)?.parse().ok();
    said.lines().filter(|line| !line.starts_with('\t')).filter_map(id).collect()
}

#[test]
fn lines_are_followed_through_edits_indentation_renames_and_merges() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit_file("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\n");
    let second = sandbox.commit_file("a.txt", "one\nTWO\nthree\nfour\nfive\nsix\n");
    sandbox.git(&["mv", "a.txt", "b.txt"]);
    sandbox.commit("renamed");
    sandbox.commit_file("b.txt", "one\n    TWO\nthree\n\tfour\nfive\nsix\n");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    let side = sandbox.commit_file("b.txt", "one\n    TWO\nthree\n\tfour\nfive\nSIX\n");
    sandbox.git(&["checkout", "-q", "main"]);
    let main = sandbox.commit_file("b.txt", "ONE\n    TWO\nthree\n\tfour\nfive\nsix\n");
    let head = sandbox.merge("side");
    let found = origins(&sandbox.history(), &head, "b.txt", 6);
    assert_eq!(found, ids(&[&main, &second, &root, &root, &root, &side].map(String::as_str).join("\n")));
    assert_eq!(found, by_git(&sandbox, &head, "b.txt"));
}

#[test]
fn deleted_lines_are_those_whose_text_changed() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit_file("a.txt", "keep\nindent\ngo\nchange\n");
    let edit = sandbox.commit_file("a.txt", "keep\n    indent\nCHANGE\nadded\n");
    let history = sandbox.history();
    let found = history.deleted_lines(&edit.parse().unwrap()).unwrap();
    let [file] = found.as_slice() else { panic!("one file: {found:?}") };
    assert_eq!((file.path.to_string().as_str(), file.lines.as_slice()), ("a.txt", &[2, 3][..]));
    assert_eq!(file.at.to_string(), root);
    assert_eq!(history.deleted_lines(&root.parse().unwrap()).unwrap(), []);
    sandbox.remove("a.txt");
    let gone = sandbox.commit("gone");
    assert_eq!(sandbox.history().deleted_lines(&gone.parse().unwrap()).unwrap()[0].lines, [0, 1, 2, 3]);
}

#[test]
fn a_search_may_be_stopped_and_a_cut_clone_is_no_answer() {
    let sandbox = Sandbox::new();
    let mut head = String::new();
    for number in 0..6 {
        head = sandbox.commit_file("file", format!("first\n{number}\n"));
    }
    let history = sandbox.history();
    let mut left = 2;
    let mut go_on = || {
        left -= 1;
        left > 0
    };
    let at = head.parse().unwrap();
    let stopped = Blame::new(&history).origins(&at, &RepoPath::from("file"), &[0], &everything, &mut go_on);
    assert_eq!(stopped.unwrap(), None);
    let cut = GitHistory::open(sandbox.clone_to("cut", &["--depth", "2"])).unwrap();
    let asked = Blame::new(&cut).origins(&at, &RepoPath::from("file"), &[0], &everything, &mut || true);
    assert!(matches!(asked, Err(HistoryError::Incomplete { .. })), "{asked:?}");
    let here = Blame::new(&cut).origins(&at, &RepoPath::from("file"), &[1], &everything, &mut || true);
    assert_eq!(here.unwrap(), Some(vec![at]));
}

/// Lines that are each unlike the others, so that a difference has only one reading.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::btree_set(0_u32..60, 1..30).prop_map(|lines| {
        lines
            .into_iter()
            .map(|line| format!("{}line {line}\n", " ".repeat(line as usize % 3)))
            .collect::<String>()
            .into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn origins_equal_git_blame_on_branches_and_renames(
        texts in prop::collection::vec(any_text(), 10),
        steps in prop::collection::vec((0_usize..10, 0_usize..2, any::<bool>(), any::<bool>()), 4..24),
    ) {
        let sandbox = Sandbox::new();
        let mut stream = Stream::default();
        let paths = ["here/file", "there/file"];
        // Two branches; each step writes the file on one of them, perhaps under its other name, and perhaps merges the other.
        let first = stream.commit("main", None, None, &[Edit::Write(paths[0], &texts[0])]);
        let (mut tips, mut at) = ([first, first], [0, 0]);
        for &(text, branch, moves, merges) in &steps {
            let name = ["main", "side"][branch];
            if moves {
                at[branch] = 1 - at[branch];
            }
            let merge = (merges && tips[1 - branch] != tips[branch]).then_some(tips[1 - branch]);
            let edits = [Edit::Delete(paths[1 - at[branch]]), Edit::Write(paths[at[branch]], &texts[text])];
            tips[branch] = stream.commit(name, Some(tips[branch]), merge, &edits);
        }
        stream.import(&sandbox);
        let history = sandbox.history();
        let head = sandbox.git(&["rev-parse", "main"]);
        let path = paths[at[0]];
        let expected = by_git(&sandbox, &head, path);
        prop_assert_eq!(origins(&history, &head, path, expected.len() as u32), expected);
    }
}
