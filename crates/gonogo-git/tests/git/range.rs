//! Ranges and ancestry.

use std::collections::BTreeSet;

use gonogo_core::{Ancestry, History};
use proptest::prelude::*;

use crate::support::{Sandbox, at, ids, listed};

#[test]
fn ancestry_counts_both_sides() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    let one = sandbox.commit("one");
    let two = sandbox.commit("two");
    sandbox.git(&["checkout", "-q", "-b", "side", &root]);
    let side = sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "--orphan", "other"]);
    let other = sandbox.commit("other");
    let history = sandbox.history();
    let ancestry = |base: &str, head: &str| history.ancestry(&at(base), &at(head)).unwrap();
    assert_eq!(ancestry(&two, &two), Ancestry::Same);
    assert_eq!(ancestry(&root, &two), Ancestry::Ahead(2));
    assert_eq!(ancestry(&two, &one), Ancestry::Behind(1));
    assert_eq!(ancestry(&two, &side), Ancestry::Diverged { ahead: 1, behind: 2 });
    assert_eq!(ancestry(&two, &other), Ancestry::Diverged { ahead: 1, behind: 3 });
}

#[test]
fn an_empty_range_has_no_commits() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    let one = sandbox.commit("one");
    let history = sandbox.history();
    assert_eq!(listed(&history, &one, &one), []);
    assert_eq!(listed(&history, &one, &root), []);
}

#[test]
fn a_range_has_merges_and_their_messages_byte_for_byte() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit("root");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    std::fs::write(sandbox.beside("message"), b"caf\xe9\n\nbody \xff\n").unwrap();
    let message = sandbox.beside("message").display().to_string();
    sandbox.tick(60);
    sandbox.git(&["-c", "i18n.commitEncoding=latin1", "commit", "-q", "--allow-empty", "-F", &message]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("one");
    let merge = sandbox.merge("side");
    let commits = sandbox.history().commits(&at(&root), &at(&merge)).unwrap();
    assert_eq!(commits.len(), 3);
    assert_eq!(commits[0].id.to_string(), merge);
    assert!(commits[0].is_merge());
    assert_eq!(commits[0].subject(), "Merge side");
    assert_eq!(commits[1].subject(), "one");
    assert_eq!(commits[2].message, b"caf\xe9\n\nbody \xff\n");
    assert_eq!(commits[2].author.to_text(), "Ada <ada@example.org>");
    assert_eq!(commits[2].committer.to_text(), "Carl <carl@example.org>");
    assert_eq!(commits[2].author.at.map(|at| at.unix_seconds()), Some(1_700_000_120));
}

#[test]
fn dates_that_lie_do_not_change_a_range() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    // The shared commit claims to be from the far past, the commits before it from the future.
    sandbox.tick(1_000_000);
    let mut before = Vec::new();
    for number in 0..20 {
        before.push(sandbox.commit(&format!("before {number}")));
    }
    sandbox.tick(-2_000_000);
    sandbox.commit("shared");
    sandbox.git(&["branch", "base"]);
    sandbox.tick(3_000_000);
    let head = sandbox.commit("head");
    sandbox.git(&["checkout", "-q", "base"]);
    sandbox.tick(-9_000_000);
    let base = sandbox.commit("base");
    let history = sandbox.history();
    assert_eq!(listed(&history, &base, &head), ids(&head));
    assert_eq!(history.ancestry(&at(&base), &at(&head)).unwrap(), Ancestry::Diverged { ahead: 1, behind: 1 });
}

/// A history written through `git fast-import`: each commit names up to three earlier ones and a date that may lie.
fn any_graph() -> impl Strategy<Value = Vec<(Vec<usize>, i64)>> {
    prop::collection::vec((prop::collection::vec(0_usize..40, 0..3), -5_000_i64..5_000), 2..40)
}

fn import(sandbox: &Sandbox, graph: &[(Vec<usize>, i64)]) -> Vec<String> {
    use std::io::Write;
    let mut stream = String::new();
    for (index, (parents, skew)) in graph.iter().enumerate() {
        let date = 1_700_000_000 + index as i64 * 100 + skew;
        stream += &format!("commit refs/heads/c{index}\nmark :{}\ncommitter C <c@d> {date} +0000\n", index + 1);
        stream += "data 2\nm\n";
        let parents: BTreeSet<_> = parents.iter().map(|parent| parent % index.max(1)).collect();
        for (nth, parent) in parents.iter().filter(|_| index > 0).enumerate() {
            stream += &format!("{} :{}\n", if nth == 0 { "from" } else { "merge" }, parent + 1);
        }
        stream += &format!("M 644 inline f{}\ndata {}\n{index}\n\n", index % 5, index.to_string().len() + 1);
    }
    let mut child = sandbox
        .command(sandbox.path(), &["fast-import", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{stream}");
    let all = sandbox.git(&["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"]);
    let mut ids = vec![String::new(); graph.len()];
    for line in all.lines() {
        let (name, id) = line.split_once(' ').unwrap();
        ids[name[1..].parse::<usize>().unwrap()] = id.to_owned();
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ranges_and_ancestry_equal_git_rev_list(graph in any_graph()) {
        let sandbox = Sandbox::new();
        let all = import(&sandbox, &graph);
        let history = sandbox.history();
        for step in 0..12_usize {
            let base = &all[(step * 7) % all.len()];
            let head = &all[all.len() - 1 - (step * 5) % all.len()];
            let range = |range: String| -> BTreeSet<_> {
                // The whole graph is read, so that git's own guess about dates plays no part.
                let of = |tip: &str| ids(&sandbox.git(&["rev-list", tip])).into_iter().collect::<BTreeSet<_>>();
                let (from, to) = range.split_once("..").unwrap();
                of(to).difference(&of(from)).copied().collect()
            };
            let ahead = range(format!("{base}..{head}"));
            let behind = range(format!("{head}..{base}"));
            let commits = history.commits(&at(base), &at(head)).unwrap();
            let listed: BTreeSet<_> = commits.iter().map(|commit| commit.id).collect();
            prop_assert_eq!(listed.len(), commits.len());
            prop_assert_eq!(&listed, &ahead);
            let mut seen = BTreeSet::new();
            for commit in &commits {
                prop_assert!(commit.parents.iter().all(|parent| !seen.contains(parent)), "children come before parents");
                seen.insert(commit.id);
            }
            let expected = match (ahead.len() as u64, behind.len() as u64) {
                (0, 0) => Ancestry::Same,
                (ahead, 0) => Ancestry::Ahead(ahead),
                (0, behind) => Ancestry::Behind(behind),
                (ahead, behind) => Ancestry::Diverged { ahead, behind },
            };
            prop_assert_eq!(history.ancestry(&at(base), &at(head)).unwrap(), expected);
        }
    }
}
