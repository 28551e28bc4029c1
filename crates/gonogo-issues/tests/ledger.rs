//! Every commit of a range is in exactly one class, and reverts net by parity.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{Commit, ObjectId, RepoPath, Signature};
use gonogo_issues::{
    Class, Contents, Exemptions, Extractor, Ledger, LedgerBuilder, Link, LinkRule, Resemblance, detect,
};
use proptest::prelude::*;

fn id(n: usize) -> ObjectId {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&(n as u64 + 1).to_be_bytes());
    bytes[19] = 0xab;
    ObjectId::from_bytes(&bytes).unwrap()
}

fn who(name: &str) -> Signature {
    Signature { name: name.into(), email: format!("{name}@example.org").into_bytes(), at: None }
}

fn commit(n: usize, parents: &[usize], message: &str) -> Commit {
    Commit::new(id(n), parents.iter().map(|&p| id(p)).collect(), who("Ada"), who("Ada"), message)
}

/// Commits given parents first, as a history lists them: children first.
fn ledger(mut commits: Vec<Commit>) -> Ledger {
    commits.reverse();
    LedgerBuilder::new(&Extractor::automatic()).build(&commits)
}

fn class(ledger: &Ledger, n: usize) -> Class {
    ledger.entries().iter().find(|entry| entry.id == id(n)).unwrap().class.clone()
}

fn keys(ledger: &Ledger) -> Vec<&str> {
    ledger.issues().iter().filter(|issue| issue.is_brought()).map(|issue| issue.key.as_str()).collect()
}

fn reverts(n: usize) -> String {
    format!("Revert \"something\"\n\nThis reverts commit {}.", id(n))
}

#[test]
fn a_commit_is_linked_by_its_issue_its_change_or_its_merge() {
    let ledger = ledger(vec![
        commit(1, &[0], "KAFKA-1: one"),
        commit(2, &[1], "Two (#2)"),
        commit(3, &[1], "three, on a branch"),
        commit(4, &[2, 3], "Merge pull request #12 from ada/three"),
        commit(5, &[4], "five"),
        commit(6, &[4], "six, on another branch"),
        commit(7, &[5, 6], "Merge branch 'six'"),
    ]);
    assert_eq!(class(&ledger, 1), Class::Linked { via: Link::Issue });
    assert_eq!(class(&ledger, 2), Class::Linked { via: Link::Change });
    assert_eq!(class(&ledger, 3), Class::Linked { via: Link::Merge { merge: id(4) } });
    assert_eq!(class(&ledger, 4), Class::MergeOnly);
    assert_eq!(class(&ledger, 5), Class::Unlinked);
    assert_eq!(class(&ledger, 6), Class::Unlinked);
    assert_eq!(class(&ledger, 7), Class::MergeOnly);
    assert_eq!(ledger.accounting().linked_through_merge, 1);
    assert_eq!(ledger.changes(), ["#2", "#12"]);
}

#[test]
fn the_innermost_merge_that_names_something_links_its_commits() {
    let ledger = ledger(vec![
        commit(1, &[0], "start"),
        commit(2, &[1], "deep"),
        commit(3, &[1], "branch"),
        commit(4, &[3, 2], "Merge branch 'deep'"),
        commit(5, &[1, 4], "Merge pull request #9 from ada/branch\n\nKAFKA-9: all of it"),
    ]);
    assert_eq!(class(&ledger, 2), Class::Linked { via: Link::Merge { merge: id(5) } });
    assert_eq!(class(&ledger, 1), Class::Unlinked);
    assert_eq!(
        ledger.issues()[0].commits,
        [id(5), id(4), id(3), id(2)].map(|i| i).into_iter().filter(|i| *i != id(4)).collect::<Vec<_>>()
    );
}

#[test]
fn only_issues_count_where_policy_says_so() {
    let commits = [commit(1, &[0], "Two (#2)")];
    let build = |rule| LedgerBuilder::new(&Extractor::automatic()).link(rule).build(&commits).accounting();
    assert_eq!(build(LinkRule::IssueOrChange).linked, 1);
    assert_eq!(build(LinkRule::Issue).unlinked, 1);
}

#[test]
fn a_revert_and_its_target_cancel_and_the_revert_of_a_revert_restores() {
    let first = vec![commit(1, &[0], "KAFKA-1: one"), commit(2, &[1], &reverts(1))];
    let once = ledger(first.clone());
    assert_eq!(class(&once, 1), Class::Netted { with: vec![id(2)] });
    assert_eq!(class(&once, 2), Class::Netted { with: vec![id(1)] });
    assert_eq!(keys(&once), [""; 0]);
    assert_eq!(Contents::of(&once).netted_issues, ["KAFKA-1"]);
    let mut second = first;
    second.push(commit(3, &[2], &reverts(2)));
    let twice = ledger(second);
    assert_eq!(class(&twice, 1), Class::Linked { via: Link::Issue });
    assert_eq!(class(&twice, 2), Class::Netted { with: vec![id(3)] });
    assert_eq!(keys(&twice), ["KAFKA-1"]);
}

#[test]
fn a_revert_is_found_by_its_subject_too() {
    let ledger = ledger(vec![
        commit(1, &[0], "KAFKA-1: one (#5)"),
        commit(2, &[1], "Revert \"KAFKA-1: one (#5)\" (#6)"),
        commit(3, &[2], "Reapply \"KAFKA-1: one (#5)\" (#7)"),
        commit(4, &[3], "KAFKA-2: two (#8)"),
        commit(5, &[4], "Revert \"KAFKA-2: two\""),
    ]);
    assert_eq!(class(&ledger, 1), Class::Linked { via: Link::Issue });
    assert_eq!(keys(&ledger), ["KAFKA-1"], "a reapplied commit stays; a quoted title may lack the merge button's mark");
    assert_eq!(class(&ledger, 2), Class::Netted { with: vec![id(3)] });
    assert_eq!(class(&ledger, 4), Class::Netted { with: vec![id(5)] });
}

#[test]
fn a_revert_of_what_production_has_removes_it_from_there() {
    let ledger = ledger(vec![commit(
        1,
        &[0],
        "Revert \"KAFKA-1: one\"\n\nThis reverts commit 0123456789012345678901234567890123456789.",
    )]);
    let issue = &ledger.issues()[0];
    assert_eq!((issue.key.as_str(), issue.is_brought(), issue.removed_by.len()), ("KAFKA-1", false, 1));
    assert_eq!(
        ledger.entries()[0].reverts_outside[0].commit.as_deref(),
        Some("0123456789012345678901234567890123456789")
    );
    assert!(Contents::of(&ledger).to_text().contains("(removed from production)"));
}

#[test]
fn a_partly_reverted_issue_stays_and_says_so() {
    let ledger =
        ledger(vec![commit(1, &[0], "KAFKA-1: a"), commit(2, &[1], "KAFKA-1: b"), commit(3, &[2], &reverts(1))]);
    let issue = &ledger.issues()[0];
    assert!(issue.is_partly_reverted());
    assert_eq!((issue.commits.clone(), issue.netted.clone()), (vec![id(2)], vec![id(1)]));
}

#[test]
fn a_partial_revert_cancels_nothing() {
    let ledger = ledger(vec![
        commit(1, &[0], "KAFKA-1: a"),
        commit(2, &[1], &format!("Partially revert a\n\nThis partially reverts commit {}.", id(1))),
    ]);
    assert_eq!(class(&ledger, 1), Class::Linked { via: Link::Issue });
    assert!(ledger.entries()[0].partial_revert);
}

#[test]
fn a_commit_that_reverts_another_beside_its_own_work_stays() {
    let ledger = ledger(vec![
        commit(1, &[0], "KAFKA-1: a"),
        commit(2, &[1], &format!("KAFKA-2: a better way\n\nThis reverts commit {}.", id(1))),
    ]);
    assert_eq!(class(&ledger, 1), Class::Netted { with: vec![id(2)] });
    assert_eq!(class(&ledger, 2), Class::Linked { via: Link::Issue });
}

#[test]
fn the_revert_of_a_merge_cancels_what_it_brought() {
    let ledger = ledger(vec![
        commit(1, &[0], "start"),
        commit(2, &[1], "KAFKA-1: a"),
        commit(3, &[2], "KAFKA-2: b"),
        commit(4, &[1, 3], "Merge pull request #9 from ada/b"),
        commit(
            5,
            &[4],
            &format!(
                "Revert \"Merge pull request #9 from ada/b\"\n\nThis reverts commit {}, reversing\nchanges made to {}.",
                id(4),
                id(1)
            ),
        ),
    ]);
    assert_eq!(ledger.accounting().netted, 4);
    assert_eq!(class(&ledger, 1), Class::Unlinked, "what the revert goes back to is no target");
}

#[test]
fn several_ids_are_all_taken_back() {
    let message = format!("Revert two changes\n\nThis reverts commits {} and\n{}.", id(1), &id(2).to_string()[..20]);
    let ledger = ledger(vec![commit(1, &[0], "KAFKA-1: a"), commit(2, &[1], "KAFKA-2: b"), commit(3, &[2], &message)]);
    assert_eq!(ledger.accounting().netted, 3);
}

#[test]
fn only_a_proved_patch_leaves_the_list() {
    let commits =
        [commit(2, &[1], "KAFKA-2: b\n\n(cherry picked from commit 0123456789abcdef)"), commit(1, &[0], "KAFKA-1: a")];
    let production = [commit(8, &[], "KAFKA-2: b")];
    let ledger =
        LedgerBuilder::new(&Extractor::automatic()).same([(id(1), id(9))]).base_only(&production).build(&commits);
    assert_eq!(class(&ledger, 1), Class::Equivalent { in_production: id(9) });
    assert_eq!(class(&ledger, 2), Class::Linked { via: Link::Issue });
    assert_eq!(ledger.entries()[0].declared_pick.as_deref(), Some("0123456789abcdef"));
    assert_eq!(ledger.entries()[0].likely_in_production.as_ref().unwrap().in_production, id(8));
    assert_eq!(keys(&ledger), ["KAFKA-2"]);
}

#[test]
fn what_is_only_said_to_be_in_production_is_shown_and_stays() {
    let pick = |n: usize| format!("Backport\n\n(cherry picked from commit {})", id(n));
    let short = &id(7).to_string()[..39];
    let commits = [
        commit(5, &[4], "Nothing alike"),
        commit(4, &[3], "KAFKA-4: title (#12)"),
        commit(3, &[2], "same title (#3)"),
        commit(2, &[1], &format!("Picked\n\n(cherry picked from commit {short})")),
        commit(1, &[0], "Picked elsewhere"),
    ];
    let by = |name: &str, n: usize, message: &str| Commit::new(id(n), vec![], who(name), who(name), message);
    let production = [
        by("Ada", 9, "same title (#77)"),
        by("Bob", 8, &pick(1)),
        by("Bob", 7, "other"),
        by("Bob", 6, "KAFKA-4: title"),
        by("Bob", 10, "Nothing alike"),
    ];
    let ledger = LedgerBuilder::new(&Extractor::automatic()).base_only(&production).build(&commits);
    let told: Vec<_> =
        ledger.entries().iter().map(|e| e.likely_in_production.clone().map(|l| (l.in_production, l.because))).collect();
    assert_eq!(
        told,
        [
            None,
            Some((id(6), Resemblance::SubjectAndKey)),
            Some((id(9), Resemblance::SubjectAndAuthor)),
            Some((id(7), Resemblance::PickedFromThat)),
            Some((id(8), Resemblance::PickedFromThis)),
        ]
    );
    assert_eq!(ledger.accounting().equivalent, 0);
    let text = Contents::of(&ledger).to_text();
    assert!(text.contains("in production was picked from it, and has another patch"), "{text}");
}

#[test]
fn a_revert_of_what_production_has_already_as_another_commit_is_no_netting() {
    let commits = [commit(2, &[1], &reverts(1)), commit(1, &[0], "KAFKA-1: a")];
    let ledger = LedgerBuilder::new(&Extractor::automatic()).same([(id(1), id(9))]).build(&commits);
    assert_eq!(class(&ledger, 1), Class::Equivalent { in_production: id(9) });
    assert_eq!(ledger.entries()[0].reverts_outside.len(), 1);
}

#[test]
fn bots_markers_and_configured_commits_are_exempt_with_the_reason() {
    let exempt = |author: &str, message: &str| {
        let commit = Commit::new(id(1), vec![id(0)], who(author), who(author), message);
        let mut exemptions = Exemptions::default().author("release@");
        exemptions.subjects.push("MINOR:".into());
        match &LedgerBuilder::new(&Extractor::automatic()).exemptions(exemptions).build(&[commit]).entries()[0].class {
            Class::Exempt { why } => Some(why.clone()),
            _ => None,
        }
    };
    assert_eq!(exempt("dependabot[bot]", "Bump x from 1 to 2").as_deref(), Some("written by a bot, dependabot[bot]"));
    assert_eq!(exempt("release", "Bump version").as_deref(), Some("its author matches `release@`"));
    assert_eq!(exempt("Ada", "Tidy\n\nno-issue").as_deref(), Some("its message says `NO-ISSUE`"));
    assert_eq!(exempt("Ada", "minor: tidy").as_deref(), Some("its subject begins with `MINOR:`"));
    assert_eq!(exempt("Ada", "KANO-ISSUES tidy"), None);
    assert_eq!(exempt("Ada", "Tidy"), None);
}

#[test]
fn commits_that_touch_no_path_of_the_service_are_outside() {
    let commits = [commit(2, &[1], "KAFKA-2: b"), commit(1, &[0], "KAFKA-1: a")];
    let touched =
        |commit: &Commit| Some(vec![RepoPath::from(if commit.id == id(1) { "shop/a.rs" } else { "blog/b.rs" })]);
    let ledger =
        LedgerBuilder::new(&Extractor::automatic()).touched(&touched).paths([RepoPath::from("shop")]).build(&commits);
    assert_eq!(class(&ledger, 2), Class::Outside);
    assert_eq!(keys(&ledger), ["KAFKA-1"]);
    assert_eq!(ledger.issues()[0].files.len(), 1);
}

#[test]
fn keys_are_listed_by_number() {
    let ledger = ledger((1..12).map(|n| commit(n, &[n - 1], &format!("KAFKA-{n}: x"))).collect());
    assert_eq!(keys(&ledger)[1..3], ["KAFKA-2", "KAFKA-3"]);
    assert_eq!(*keys(&ledger).last().unwrap(), "KAFKA-11");
}

#[test]
fn a_rare_project_beside_a_frequent_one_is_a_near_miss() {
    let mut messages: Vec<String> = (1..60).map(|n| format!("KAFKA-{n}: x (#{n})")).collect();
    messages.push("KAKFA-99: y".into());
    messages.push("FLINK-7: z".into());
    let found = detect(messages.iter().map(|m| m.as_bytes()));
    assert_eq!(found.dominant().unwrap().messages, 61);
    assert_eq!(
        found.near_misses.iter().map(|n| (n.key.as_str(), n.meant.as_str(), n.others)).collect::<Vec<_>>(),
        [("KAKFA-99", "KAFKA", 59)]
    );
}

/// A random history: each commit has one or two earlier parents and a message of one of some kinds.
fn history() -> impl Strategy<Value = Vec<Commit>> {
    let message = prop_oneof![
        3 => (1usize..6).prop_map(|n| format!("KAFKA-{n}: work")),
        2 => (1usize..50).prop_map(|n| format!("Something (#{n})")),
        2 => Just("tidy".to_owned()),
        1 => Just("NO-ISSUE tidy".to_owned()),
        3 => (0usize..40).prop_map(|n| format!("REVERT {n}")),
        1 => (1usize..50).prop_map(|n| format!("Merge pull request #{n} from ada/topic-x")),
    ];
    prop::collection::vec((message, any::<(u16, u16, bool)>()), 1..40).prop_map(|list| {
        let mut commits = Vec::new();
        for (at, (message, (first, second, merge))) in list.into_iter().enumerate() {
            let n = at + 1;
            let one = n - 1 - usize::from(first) % n.min(3);
            let two = usize::from(second) % n;
            let parents = if merge && two != one { vec![one, two] } else { vec![one] };
            let message = match message.strip_prefix("REVERT ").and_then(|n| n.parse::<usize>().ok()) {
                Some(target) => reverts(target % n),
                None => message,
            };
            commits.push(commit(n, &parents, &message));
        }
        commits
    })
}

/// Each issue with the commits whose messages name it.
fn named(ledger: &Ledger) -> BTreeMap<String, BTreeSet<ObjectId>> {
    ledger.issues().iter().map(|issue| (issue.key.clone(), issue.commits.iter().copied().collect())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_classes_sum_to_all_commits(commits in history()) {
        let count = commits.len();
        let ledger = ledger(commits);
        prop_assert_eq!(ledger.accounting().total(), count);
        prop_assert_eq!(ledger.entries().len(), count);
    }

    #[test]
    fn netting_is_mutual(commits in history()) {
        let ledger = ledger(commits);
        for entry in ledger.entries() {
            if let Class::Netted { with } = &entry.class {
                prop_assert!(!with.is_empty());
                for other in with {
                    let other = ledger.entries().iter().find(|e| e.id == *other).unwrap();
                    let mutual = matches!(&other.class, Class::Netted { with } if with.contains(&entry.id));
                    prop_assert!(mutual, "{} with {}", entry.id, other.id);
                }
            }
        }
    }

    #[test]
    fn building_again_changes_nothing(commits in history()) {
        prop_assert_eq!(ledger(commits.clone()), ledger(commits));
    }

    /// A commit with a chain of reverts on top of it survives an even chain and not an odd one.
    #[test]
    fn reverts_net_by_parity(length in 0usize..30) {
        let mut commits = vec![commit(1, &[0], "KAFKA-1: a")];
        commits.extend((0..length).map(|n| commit(n + 2, &[n + 1], &reverts(n + 1))));
        let ledger = ledger(commits);
        let stays = length % 2 == 0;
        prop_assert_eq!(keys(&ledger), if stays { vec!["KAFKA-1"] } else { vec![] });
        prop_assert_eq!(ledger.accounting().netted, length + usize::from(!stays));
    }

    /// Before netting, and on a line, what a range brings is what its two parts bring.
    #[test]
    fn a_linear_range_is_the_sum_of_its_parts(messages in prop::collection::vec(0usize..8, 1..30), cut in any::<prop::sample::Index>()) {
        let commits: Vec<Commit> = messages.iter().enumerate().map(|(at, n)| commit(at + 1, &[at], &format!("KAFKA-{n}: see (#{n})"))).collect();
        let build = |part: &[Commit]| {
            let young_first: Vec<Commit> = part.iter().rev().cloned().collect();
            named(&LedgerBuilder::new(&Extractor::automatic()).net_reverts(false).build(&young_first))
        };
        let at = cut.index(commits.len() + 1);
        let mut sum = build(&commits[..at]);
        for (key, ids) in build(&commits[at..]) {
            sum.entry(key).or_default().extend(ids);
        }
        prop_assert_eq!(build(&commits), sum);
    }
}
