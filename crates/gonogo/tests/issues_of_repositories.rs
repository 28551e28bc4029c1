//! The ledger of generated repositories: its classes sum to `git rev-list --count`, and what production has already is what
//! `git cherry` marks, for every pair of branches.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use gonogo::issues::{Class, Examined, IssuesCheck, IssuesPolicy};
use gonogo::{ChangeHistory, CheckContext, Deploy, Executor, GitHistory, History, ParkingExecutor};
use proptest::prelude::*;

const BRANCHES: usize = 3;

/// What happens on a branch.
#[derive(Clone, Debug)]
enum Step {
    /// A commit that writes a file.
    Write { branch: usize, file: usize, text: u8, key: u8 },
    /// The newest commit of another branch again, with the same change where it applies.
    Pick { branch: usize, from: usize },
    /// A merge of another branch.
    Merge { branch: usize, from: usize },
    /// A commit that says it takes back the branch's newest commit, and does.
    Revert { branch: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let branch = 0..BRANCHES;
    prop_oneof![
        4 => (branch.clone(), 0..4usize, any::<u8>(), any::<u8>()).prop_map(|(branch, file, text, key)| Step::Write { branch, file, text, key }),
        3 => (branch.clone(), branch.clone()).prop_map(|(branch, from)| Step::Pick { branch, from }),
        2 => (branch.clone(), branch.clone()).prop_map(|(branch, from)| Step::Merge { branch, from }),
        2 => branch.prop_map(|branch| Step::Revert { branch }),
    ]
}

type Tree = BTreeMap<usize, String>;

/// A commit as it was made: its mark, what it changed, and its message.
#[derive(Clone)]
struct Made {
    mark: usize,
    tree: Tree,
    before: Tree,
    message: String,
}

/// A stream for `git fast-import`.
struct Stream {
    text: String,
    marks: usize,
}

impl Stream {
    fn commit(&mut self, branch: usize, parents: &[usize], tree: &Tree, message: &str) -> usize {
        self.marks += 1;
        let mark = self.marks;
        let who = format!("Ada <ada@example.org> {} +0000", 1_767_225_600 + 60 * mark);
        write!(self.text, "commit refs/heads/b{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n").unwrap();
        write!(self.text, "data {}\n{message}\n", message.len()).unwrap();
        for (at, parent) in parents.iter().enumerate() {
            writeln!(self.text, "{} :{parent}", if at == 0 { "from" } else { "merge" }).unwrap();
        }
        self.text.push_str("deleteall\n");
        for (file, text) in tree {
            write!(self.text, "M 100644 inline f{file}\ndata {}\n{text}\n", text.len()).unwrap();
        }
        self.text.push('\n');
        mark
    }
}

fn made(steps: &[Step], directory: &Path) {
    git(directory, &["init", "-q", "--bare", "."]);
    let mut stream = Stream { text: String::new(), marks: 0 };
    let empty = Tree::new();
    let root = stream.commit(0, &[], &empty, "SHOP-1: Begin");
    let mut tips: Vec<Made> = (0..BRANCHES)
        .map(|_| Made { mark: root, tree: empty.clone(), before: empty.clone(), message: String::new() })
        .collect();
    for (branch, tip) in tips.iter_mut().enumerate() {
        let message = format!("SHOP-{}: Begin b{branch}", branch + 2);
        tip.mark = stream.commit(branch, &[root], &empty, &message);
    }
    for step in steps {
        let (branch, parents, tree, message) = match *step {
            Step::Write { branch, file, text, key } => {
                let mut tree = tips[branch].tree.clone();
                tree.insert(file, format!("{text}\n"));
                let message = match key % 4 {
                    0 => format!("Tidy f{file}"),
                    1 => format!("Write f{file} (#{key})"),
                    2 => format!("NO-ISSUE: write f{file}"),
                    _ => format!("SHOP-{key}: Write f{file}"),
                };
                (branch, vec![tips[branch].mark], tree, message)
            }
            Step::Pick { branch, from } => {
                let (mut tree, source) = (tips[branch].tree.clone(), tips[from].clone());
                for file in source.tree.keys().chain(source.before.keys()) {
                    if source.tree.get(file) != source.before.get(file) {
                        match source.tree.get(file) {
                            Some(text) => drop(tree.insert(*file, text.clone())),
                            None => drop(tree.remove(file)),
                        }
                    }
                }
                (branch, vec![tips[branch].mark], tree, source.message)
            }
            Step::Merge { branch, from } if tips[branch].mark != tips[from].mark => {
                let mut tree = tips[from].tree.clone();
                tree.extend(tips[branch].tree.clone());
                (branch, vec![tips[branch].mark, tips[from].mark], tree, format!("Merge branch 'b{from}'"))
            }
            Step::Merge { .. } => continue,
            Step::Revert { branch } => {
                let subject = tips[branch].message.lines().next().unwrap_or("").to_owned();
                (branch, vec![tips[branch].mark], tips[branch].before.clone(), format!("Revert \"{subject}\""))
            }
        };
        let mark = stream.commit(branch, &parents, &tree, &message);
        tips[branch] = Made { mark, before: tips[branch].tree.clone(), tree, message };
    }
    let mut child = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let done = Command::new("git").arg("-C").arg(directory).args(arguments).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn examined(history: &Arc<GitHistory>, base: &str, head: &str) -> Examined {
    let check = IssuesCheck::new(IssuesPolicy::default()).unwrap();
    let check = check.equivalence(Arc::clone(history) as Arc<dyn ChangeHistory>);
    let deploy = Deploy::new("shop", "production", history.resolve(base).unwrap(), history.resolve(head).unwrap());
    let context = CheckContext::standalone(Arc::new(deploy), Some(Arc::clone(history) as Arc<dyn History>));
    let (send, receive) = std::sync::mpsc::channel();
    let run = async move { send.send(check.examine(&context).await.unwrap()).unwrap() };
    ParkingExecutor.block_on(Box::pin(run));
    receive.recv().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_commit_is_accounted_for_and_only_what_git_cherry_marks_is_in_production(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let directory = tempfile::tempdir().unwrap();
        made(&steps, directory.path());
        let history = Arc::new(GitHistory::open(directory.path()).unwrap());
        for base in 0..BRANCHES {
            for head in 0..BRANCHES {
                let (base, head) = (format!("b{base}"), format!("b{head}"));
                let ledger = examined(&history, &base, &head).ledger;
                let count = git(directory.path(), &["rev-list", "--count", &format!("{base}..{head}")]);
                prop_assert_eq!(ledger.accounting().total().to_string(), count);
                let marks = git(directory.path(), &["cherry", &base, &head]);
                let marked: BTreeSet<&str> = marks.lines().filter_map(|line| line.strip_prefix("- ")).collect();
                let same: Vec<String> = ledger
                    .entries()
                    .iter()
                    .filter(|entry| matches!(entry.class, Class::Equivalent { .. }))
                    .map(|entry| entry.id.to_string())
                    .collect();
                prop_assert_eq!(same.iter().map(String::as_str).collect::<BTreeSet<_>>(), marked);
                prop_assert_eq!(&examined(&history, &base, &head).ledger, &ledger);
            }
        }
    }
}
