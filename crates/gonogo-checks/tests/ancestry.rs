//! What a deploy would take out of production.
#![allow(clippy::unwrap_used)] // also in what the tests share

use std::ops::ControlFlow;
use std::sync::Arc;

use gonogo_checks::{AncestryCheck, RULES};
use gonogo_core::testing::{FaultyHistory, HistoryFault, MemoryHistory, conformance};
use gonogo_core::{
    Ancestry, Certainty, ChangeHistory, Commit, CommitHeader, Decision, Deploy, Equivalent, FileChange, Finding, Gate,
    History, HistoryError, LineChange, ObjectId, Outcome, RepoPath, Report, Revision, Severity, Signature,
};

/// `old` is released; production has a hotfix, main a feature.
fn diverged() -> MemoryHistory {
    MemoryHistory::new()
        .commit("older", &[], "first", &[("shop/a.txt", "0")])
        .commit("old", &["older"], "second", &[("shop/a.txt", "1")])
        .commit("hotfix", &["old"], "Fix the tax", &[("shop/a.txt", "2")])
        .commit("main", &["old"], "Feature", &[("shop/a.txt", "1"), ("shop/b.txt", "1")])
}

fn deploy(history: &dyn History, base: &str, head: &str) -> Deploy {
    Deploy::new("shop", "production", history.resolve(base).unwrap(), history.resolve(head).unwrap())
}

fn decide(check: AncestryCheck, history: impl History + 'static, deploy: Deploy) -> Report {
    let gate = Gate::builder().check(check).history(Arc::new(history)).build().unwrap();
    gate.decide_blocking(Arc::new(deploy))
}

/// The decision, and the one finding if there is one.
fn asked(history: MemoryHistory, base: &str, head: &str) -> (Decision, Option<Finding>) {
    let deploy = deploy(&history, base, head);
    one(decide(AncestryCheck::new(), history, deploy))
}

fn one(report: Report) -> (Decision, Option<Finding>) {
    let findings = report.entries[0].findings();
    assert!(findings.len() <= 1, "{findings:?}");
    (report.decision, findings.first().cloned())
}

fn commits(finding: &Finding) -> Vec<String> {
    let listed = finding.evidence["commits"].as_array().unwrap().iter();
    listed.map(|text| text.as_str().unwrap().split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn the_same_commit_and_one_ahead_of_it_are_fine() {
    assert_eq!(asked(diverged(), "old", "old"), (Decision::Go, None));
    assert_eq!(asked(diverged(), "older", "main"), (Decision::Go, None));
}

#[test]
fn going_back_is_a_stop_that_names_what_is_lost() {
    let (decision, finding) = asked(diverged(), "main", "older");
    let finding = finding.unwrap();
    assert_eq!((decision, &*finding.rule, finding.severity), (Decision::NoGo, "checks/rollback", Severity::Stop));
    assert_eq!(commits(&finding), ["Feature (taken out)", "second (taken out)"]);
    assert!(finding.message.contains("goes back: the deploy takes 2 commits out of production"), "{finding}");
}

#[test]
fn a_hotfix_that_head_lacks_is_a_stop_that_names_it() {
    let (decision, finding) = asked(diverged(), "hotfix", "main");
    let finding = finding.unwrap();
    assert_eq!((decision, &*finding.rule, &*finding.subject), (Decision::NoGo, "checks/diverged", "shop"));
    assert_eq!(commits(&finding), ["Fix the tax (taken out)"]);
    assert!(finding.message.contains("takes 1 commit out of production, such as "), "{finding}");
    assert!(finding.message.ends_with(" Fix the tax"), "{finding}");
    assert!(finding.remedy.unwrap().starts_with("merge or cherry-pick"));
}

#[test]
fn histories_that_share_nothing_have_diverged() {
    let apart = MemoryHistory::new().commit("one", &[], "first", &[("a", "1")]).commit(
        "other",
        &[],
        "import",
        &[("a", "1"), ("b", "2")],
    );
    let (decision, finding) = asked(apart, "one", "other");
    assert_eq!((decision, commits(&finding.unwrap())), (Decision::NoGo, vec!["first (taken out)".to_owned()]));
}

#[test]
fn an_empty_commit_of_production_takes_nothing_out() {
    let history = diverged().commit("marker", &["old"], "Release 1.4", &[("shop/a.txt", "1")]).commit(
        "two-markers",
        &["marker"],
        "Release 1.5",
        &[("shop/a.txt", "1")],
    );
    let (decision, finding) = asked(history, "two-markers", "main");
    let finding = finding.unwrap();
    assert_eq!((decision, finding.severity), (Decision::Go, Severity::Note));
    assert!(finding.message.contains("nothing is taken out"), "{finding}");
    assert_eq!(
        commits(&finding),
        ["Release 1.5 (changes no file by itself)", "Release 1.4 (changes no file by itself)"]
    );
}

#[test]
fn a_production_branch_that_main_is_merged_into_takes_nothing_out() {
    let history = MemoryHistory::new()
        .commit("main-1", &[], "one", &[("a", "1")])
        .commit("main-2", &["main-1"], "two", &[("a", "2")])
        .commit("production-1", &["main-1"], "Start production", &[("a", "1")])
        .commit("production-2", &["production-1", "main-2"], "Merge main", &[("a", "2")])
        .commit("main-3", &["main-2"], "three", &[("a", "3")]);
    let (decision, finding) = asked(history, "production-2", "main-3");
    let finding = finding.unwrap();
    assert_eq!((decision, finding.severity), (Decision::Go, Severity::Note), "{finding}");
    assert!(finding.message.contains("the files production runs are those of"), "{finding}");
}

#[test]
fn a_hotfix_among_such_merges_is_still_found() {
    let history = MemoryHistory::new()
        .commit("main-1", &[], "one", &[("a", "1")])
        .commit("main-2", &["main-1"], "two", &[("a", "2")])
        .commit("fix", &["main-1"], "Hotfix", &[("a", "1"), ("fix", "1")])
        .commit("production", &["fix", "main-2"], "Merge main", &[("a", "2"), ("fix", "1")])
        .commit("main-3", &["main-2"], "three", &[("a", "3")]);
    let (decision, finding) = asked(history, "production", "main-3");
    assert_eq!((decision, commits(&finding.unwrap())), (Decision::NoGo, vec!["Hotfix (taken out)".to_owned()]));
}

#[test]
fn a_merge_with_files_of_its_own_is_for_a_person_to_look_at() {
    let history = MemoryHistory::new()
        .commit("main-1", &[], "one", &[("a", "1")])
        .commit("main-2", &["main-1"], "two", &[("a", "2")])
        .commit("side", &["main-1"], "side", &[("a", "1"), ("b", "1")])
        .commit("production", &["main-2", "side"], "Merge side", &[("a", "2"), ("b", "resolved by hand")])
        .commit("head", &["main-2", "side"], "Merge side again", &[("a", "2"), ("b", "1")]);
    let (decision, finding) = asked(history, "production", "head");
    let finding = finding.unwrap();
    assert_eq!((decision, finding.certainty), (Decision::Hold, Certainty::Unknown), "{finding}");
    assert_eq!(commits(&finding), ["Merge side (a merge with files of its own)"]);
}

#[test]
fn a_commit_of_another_service_takes_nothing_out_of_this_one() {
    let history = MemoryHistory::new()
        .commit("old", &[], "first", &[("shop/a", "1"), ("blog/a", "1")])
        .commit("production", &["old"], "Blog hotfix", &[("shop/a", "1"), ("blog/a", "2")])
        .commit("main", &["old"], "Feature", &[("shop/a", "2"), ("blog/a", "1")]);
    let of_service = |path: &str| {
        let deploy = deploy(&history, "production", "main").paths([RepoPath::from(path)]);
        one(decide(AncestryCheck::new(), history.clone(), deploy))
    };
    let (decision, finding) = of_service("shop");
    assert_eq!(
        (decision, commits(&finding.unwrap())[0].as_str()),
        (Decision::Go, "Blog hotfix (changes no file of this service)")
    );
    assert_eq!(of_service("blog").0, Decision::NoGo);
}

/// A history that says which commits have the same patch.
struct Cherries(MemoryHistory, Vec<Equivalent>);

impl History for Cherries {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        self.0.resolve(name)
    }
    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        self.0.ancestry(base, head)
    }
    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        self.0.commits(base, head)
    }
    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        self.0.changed_files(base, head)
    }
    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        self.0.read(at, path)
    }
    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        self.0.files(at, directory)
    }
}

impl ChangeHistory for Cherries {
    fn ancestors(&self, _: &Revision, _: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>) -> Result<(), HistoryError> {
        Ok(())
    }
    fn line_changes(&self, _: &ObjectId) -> Result<Vec<LineChange>, HistoryError> {
        Ok(vec![])
    }
    fn canonical_author(&self, _: &Revision, author: &Signature) -> Result<Signature, HistoryError> {
        Ok(author.clone())
    }
    /// Those of `base..head` alone, as the trait wants it.
    fn equivalent(&self, base: &Revision, head: &Revision) -> Result<Vec<Equivalent>, HistoryError> {
        let inside: Vec<ObjectId> = self.0.commits(base, head)?.iter().map(|commit| commit.id).collect();
        Ok(self.1.iter().filter(|pair| inside.contains(&pair.commit)).cloned().collect())
    }
}

#[test]
fn a_hotfix_that_was_cherry_picked_is_not_taken_out() {
    let history = diverged().commit("picked", &["main"], "Fix the tax", &[("shop/a.txt", "2"), ("shop/b.txt", "1")]);
    let id = |name| history.resolve(name).unwrap().id;
    let pair = Equivalent { commit: id("hotfix"), in_production: id("picked") };
    let cherries = Arc::new(Cherries(history.clone(), vec![pair]));
    let deploy = deploy(&history, "hotfix", "picked");
    let knows = one(decide(AncestryCheck::with_equivalence(cherries), history.clone(), deploy.clone()));
    assert_eq!(
        (knows.0, commits(&knows.1.unwrap())),
        (Decision::Go, vec!["Fix the tax (head has the same patch)".to_owned()])
    );
    assert_eq!(one(decide(AncestryCheck::new(), history, deploy)).0, Decision::NoGo, "without it, ids alone count");
}

#[test]
fn a_history_that_cannot_tell_is_undetermined_with_a_remedy() {
    let (history, fault) = (diverged(), HistoryFault::Truncated);
    let deploy = deploy(&history, "hotfix", "main");
    let report = decide(AncestryCheck::new(), FaultyHistory::new(fault, history), deploy.clone());
    let Some(Outcome::Undetermined { why, remedy }) = report.entries[0].ended.outcome() else { panic!("{report:?}") };
    assert!(why.ends_with("the history ends before the range does; fetch all of it (fetch-depth: 0)"), "{why}");
    assert!(remedy.as_ref().unwrap().contains("fetch-depth: 0"));
    assert_eq!(report.decision, Decision::Hold);

    let gate = Gate::builder().check(AncestryCheck::new()).build().unwrap();
    assert_eq!(gate.decide_blocking(Arc::new(deploy)).decision, Decision::Hold);
}

#[test]
fn a_history_that_counts_and_lists_differently_is_not_believed() {
    struct Forgetful(MemoryHistory);
    impl History for Forgetful {
        fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
            self.0.resolve(name)
        }
        fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
            self.0.ancestry(base, head)
        }
        fn commits(&self, _: &Revision, _: &Revision) -> Result<Vec<Commit>, HistoryError> {
            Ok(vec![])
        }
        fn changed_files(&self, _: &Revision, _: &Revision) -> Result<Vec<FileChange>, HistoryError> {
            Ok(vec![])
        }
        fn read(&self, _: &Revision, _: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
            Ok(None)
        }
        fn files(&self, _: &Revision, _: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
            Ok(vec![])
        }
    }
    let deploy = deploy(&diverged(), "hotfix", "main");
    assert_eq!(decide(AncestryCheck::new(), Forgetful(diverged()), deploy).decision, Decision::Hold);
}

#[test]
fn many_lost_commits_are_counted_all_and_named_in_part() {
    let history = (0..60).fold(MemoryHistory::new().commit("c", &[], "first", &[("a", "x")]), |history, n| {
        let parent = if n == 0 { "c".to_owned() } else { format!("c{}", n - 1) };
        history.commit(&format!("c{n}"), &[&parent], &format!("change {n}"), &[("a", &n.to_string())])
    });
    let (decision, finding) = asked(history, "c59", "c");
    let finding = finding.unwrap();
    assert_eq!((decision, finding.evidence["number of commits"].as_u64()), (Decision::NoGo, Some(60)));
    assert_eq!(commits(&finding).len(), 50);
}

#[test]
fn the_check_keeps_the_contract_of_checks() {
    for (base, head) in [("old", "main"), ("hotfix", "main"), ("main", "old"), ("old", "old")] {
        let (history, deploy) = (diverged(), deploy(&diverged(), base, head));
        conformance::check(Arc::new(AncestryCheck::new()), Arc::new(deploy), Arc::new(history)).unwrap();
    }
}

#[test]
fn every_rule_has_a_page_and_pages_have_rules() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules");
    let mut wanted: Vec<String> = RULES.iter().map(|rule| rule.id.replace('/', "-") + ".md").collect();
    wanted.sort();
    let listed = std::fs::read_dir(pages).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<String> = listed.filter(|name| name.starts_with("checks-")).collect();
    there.sort();
    assert_eq!(there, wanted);
    for rule in RULES {
        let page = std::fs::read_to_string(format!("{pages}/{}.md", rule.id.replace('/', "-"))).unwrap();
        assert!(page.starts_with(&format!("# {}\n", rule.id)), "{page}");
    }
}
