//! The checks say where a deploy ranks, do as the policy says, and never take a missing history for a low risk.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gonogo_core::testing::conformance;
use gonogo_core::{Check, CheckContext, Deploy, Finding, History, LineChange, Outcome, RepoPath, Severity};
use gonogo_risk::testing::{FixedDeclaredRisks, LinearHistory, factor_conformance};
use gonogo_risk::{
    DeclaredLevel, DeclaredRisk, DeclaredRiskCheck, Model, RULES, RiskCheck, RiskPolicy, TestFilesTouched, assess_range,
};

fn run(check: &dyn Check, cx: &CheckContext) -> Outcome {
    let mut future = check.run(cx);
    let mut task = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut task) {
        std::task::Poll::Ready(outcome) => outcome.unwrap(),
        std::task::Poll::Pending => panic!("the check waits for something"),
    }
}

/// 400 commits of one line to 40 lines, in turn, then a large repair of many files (401) and a typo (402).
fn story() -> LinearHistory {
    let mut history = LinearHistory::new();
    for number in 0..400u64 {
        let path = format!("part{}/file{}.rs", number % 3, number % 7);
        history = history.commit("Ada", "work", vec![LineChange::new(path, number % 40 + 1, number % 5, 100)]);
    }
    let sweep = (0..30).map(|file| LineChange::new(format!("part{}/file{file}.rs", file % 5), 50, 20, 400)).collect();
    history.commit("Bo", "Fix the importer", sweep).commit("Ada", "a typo", vec![LineChange::new("README", 1, 1, 10)])
}

fn context(history: &Arc<LinearHistory>, base: u64, head: u64) -> CheckContext {
    let deploy = Deploy::new("shop", "production", LinearHistory::revision(base), LinearHistory::revision(head));
    CheckContext::standalone(Arc::new(deploy), Some(Arc::clone(history) as Arc<dyn History>))
}

fn check(history: &Arc<LinearHistory>, policy: RiskPolicy) -> RiskCheck {
    RiskCheck::new(history.clone()).unwrap().policy(policy).unwrap()
}

fn policy(text: &str) -> RiskPolicy {
    serde_json::from_str(text).unwrap()
}

fn only_finding(outcome: &Outcome) -> &Finding {
    assert_eq!(outcome.findings().len(), 1, "{outcome:?}");
    &outcome.findings()[0]
}

#[test]
fn out_of_the_box_the_riskiest_deploy_is_a_note_with_its_rank() {
    let history = Arc::new(story());
    let outcome = run(&check(&history, RiskPolicy::default()), &context(&history, 400, 401));
    let finding = only_finding(&outcome);
    assert_eq!((finding.rule.as_str(), finding.severity), ("risk/computed", Severity::Note));
    assert_eq!(finding.evidence["rank"], 1.0);
    assert_eq!(finding.evidence["commits"], 1);
    assert_eq!(finding.evidence["riskiest"][0]["subject"], "Fix the importer");
    assert!(finding.remedy.is_none() && !finding.evidence.contains_key("probability"));
    assert!(outcome.facts().unwrap().examined_something());
}

#[test]
fn thresholds_turn_ranks_into_actions() {
    let history = Arc::new(story());
    let severity = |base, head, text: &str| {
        let outcome = run(&check(&history, policy(text)), &context(&history, base, head));
        only_finding(&outcome).severity
    };
    let all = r#"{"communicate": 0.5, "sign_off": 0.9, "hold": 0.99}"#;
    assert_eq!(severity(400, 401, all), Severity::Caution);
    assert_eq!(severity(400, 401, r#"{"hold": 0.99, "hold_is_stop": true}"#), Severity::Stop);
    assert_eq!(severity(400, 401, r#"{"communicate": 0.5}"#), Severity::Note);
    // A typo ranks low.
    assert_eq!(severity(401, 402, all), Severity::Note);
    // Together they make a run of two that is hardly ever exceeded.
    assert_eq!(severity(400, 402, all), Severity::Caution);
}

#[test]
fn a_cut_or_missing_history_is_undetermined() {
    let cut = Arc::new(story().cut());
    let outcome = run(&check(&cut, RiskPolicy::default()), &context(&cut, 400, 401));
    let Outcome::Undetermined { why, remedy } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("shallow") && remedy.unwrap().contains("fetch-depth"), "{why}");

    let history = Arc::new(story());
    let outcome = run(&check(&history, RiskPolicy::default()), &context(&history, 400, 9_999));
    assert!(matches!(outcome, Outcome::Undetermined { .. }), "{outcome:?}");
}

#[test]
fn a_short_history_has_no_rank_and_thresholds_then_hold() {
    let short = Arc::new(LinearHistory::new().commit("Ada", "first", vec![]).commit(
        "Ada",
        "second",
        vec![LineChange::new("a", 1, 0, 0)],
    ));
    let outcome = run(&check(&short, RiskPolicy::default()), &context(&short, 1, 2));
    let finding = only_finding(&outcome);
    assert_eq!(finding.severity, Severity::Note);
    assert!(
        finding.message.contains("no rank") && finding.message.contains("1 earlier commits"),
        "{}",
        finding.message
    );
    let outcome = run(&check(&short, policy(r#"{"hold": 0.9}"#)), &context(&short, 1, 2));
    assert!(matches!(outcome, Outcome::Undetermined { .. }), "{outcome:?}");
}

#[test]
fn a_rollback_and_commits_of_another_service_are_not_applicable() {
    let history = Arc::new(story());
    let outcome = run(&check(&history, RiskPolicy::default()), &context(&history, 401, 400));
    assert!(matches!(outcome, Outcome::NotApplicable { .. }), "{outcome:?}");

    let deploy = Deploy::new("docs", "production", LinearHistory::revision(400), LinearHistory::revision(401))
        .paths([RepoPath::from("elsewhere")]);
    let cx = CheckContext::standalone(Arc::new(deploy), Some(Arc::clone(&history) as Arc<dyn History>));
    let Outcome::NotApplicable { why } = run(&check(&history, RiskPolicy::default()), &cx) else { panic!() };
    assert_eq!(why, "no commit to score: 0 merges, 1 outside the service");
}

#[test]
fn an_index_file_changes_nothing_but_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let history = Arc::new(story());
    let cx = context(&history, 400, 402);
    let without = run(&check(&history, RiskPolicy::default()), &cx);
    for _ in 0..2 {
        let check = check(&history, RiskPolicy::default()).index_file(folder.path().join("risk.index"));
        assert_eq!(run(&check, &cx), without);
    }
    // A folder where the file should be: said as a fact, and no reason to stop.
    let outcome = run(&check(&history, RiskPolicy::default()).index_file(folder.path()), &cx);
    assert_eq!(outcome.findings(), without.findings());
    assert!(outcome.facts().unwrap().get("index").is_some());
}

#[test]
fn the_checks_conform() {
    let history = Arc::new(story());
    let deploy = Arc::clone(context(&history, 400, 402).deploy());
    let computed = Arc::new(check(&history, RiskPolicy::default()));
    conformance::check(computed, deploy, history).unwrap();
    let changes = vec![];
    factor_conformance(&TestFilesTouched, &changes).unwrap();
}

fn declared(level: Option<DeclaredLevel>, commit: u64) -> DeclaredRisk {
    DeclaredRisk { subject: format!("SHOP-{commit}"), level, commits: vec![LinearHistory::id(commit)] }
}

fn declared_outcome(history: &Arc<LinearHistory>, declared: Result<Vec<DeclaredRisk>, String>) -> Outcome {
    let computed = check(history, RiskPolicy::default());
    let check = DeclaredRiskCheck::new(Arc::new(FixedDeclaredRisks(declared)), computed, RiskPolicy::default());
    run(&check, &context(history, 400, 402))
}

#[test]
fn declared_risks_are_held_against_computed_ranks() {
    let history = Arc::new(story());
    let said = declared_outcome(
        &history,
        Ok(vec![
            declared(Some(DeclaredLevel::Low), 401),
            declared(Some(DeclaredLevel::Low), 402),
            declared(Some(DeclaredLevel::Medium), 401),
            declared(Some(DeclaredLevel::High), 402),
            declared(None, 402),
        ]),
    );
    let found: Vec<_> = said.findings().iter().map(|f| (f.rule.as_str(), f.subject.as_str(), f.severity)).collect();
    assert_eq!(
        found,
        [
            ("risk/declared-low-computed-high", "SHOP-401", Severity::Caution),
            ("risk/declared-high", "SHOP-402", Severity::Caution),
            ("risk/declared-missing", "SHOP-402", Severity::Note),
        ]
    );
    assert!(matches!(declared_outcome(&history, Ok(vec![])), Outcome::NotApplicable { .. }));
    assert!(matches!(declared_outcome(&history, Err("down".to_owned())), Outcome::Undetermined { .. }));

    let cut = Arc::new(story().cut());
    let low = declared_outcome(&cut, Ok(vec![declared(Some(DeclaredLevel::Low), 401)]));
    assert!(matches!(low, Outcome::Undetermined { .. }), "{low:?}");
    let high = declared_outcome(&cut, Ok(vec![declared(Some(DeclaredLevel::High), 401)]));
    assert_eq!(only_finding(&high).rule, "risk/declared-high");
}

#[test]
fn every_rule_has_a_page_and_every_finding_a_rule() {
    let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    for rule in RULES {
        let name = format!("{}.md", rule.id.replace('/', "-"));
        let page = std::fs::read_to_string(pages.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(rule.id), "{name} does not name its rule");
    }
}

#[test]
fn the_report_has_one_bar_a_factor_and_whole_numbers_in_json() {
    let history = story();
    let range = (&LinearHistory::revision(400), &LinearHistory::revision(402));
    let report = assess_range(&history, range, &Model::shipped().unwrap(), None, None).unwrap();
    let text = report.to_string();
    assert!(text.starts_with("These 2 commits rank above "), "{text}");
    let bar = text.lines().find(|line| line.contains("files touched")).unwrap();
    assert!(bar.contains("30 (usual 1)  raises +++"), "{text}");
    let markdown = report.to_markdown();
    assert!(markdown.contains("| files touched | 30 (usual 1) | ▲ raises █"), "{markdown}");
    let html = report.to_html();
    assert!(html.contains("<th>files touched</th><td>30 (usual 1)</td>") && !html.contains("<script"), "{html}");
    assert!(text.contains("A rank, not a probability"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    let factors = &json["commits"][0]["factors"];
    assert_eq!(factors["la"].to_string(), "1500");
    assert_eq!(factors["nf"].to_string(), "30");
    assert_eq!(json["commits"][1]["factors"]["age"], serde_json::Value::Null);
    assert_eq!(json["calibrated"], false);
    let shares: f64 = report.commits.iter().map(|commit| commit.share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    let again: gonogo_risk::RiskReport = serde_json::from_value(json).unwrap();
    assert_eq!(again.commits.len(), 2);
}

#[test]
fn a_model_of_this_very_history_says_a_probability() {
    let history = story();
    let range = (&LinearHistory::revision(400), &LinearHistory::revision(402));
    let own = Model::shipped().unwrap().trained_on(LinearHistory::id(1));
    assert!(assess_range(&history, range, &own, None, None).unwrap().calibrated);
    let other = Model::shipped().unwrap().trained_on(LinearHistory::id(2));
    assert!(!assess_range(&history, range, &other, None, None).unwrap().calibrated);
}

/// What one deploy contains, as a tracker and a migration tool would say.
struct Told(Result<gonogo_risk::Circumstances, String>);

impl gonogo_risk::CircumstancesSource for Told {
    fn circumstances(&self, _: &CheckContext) -> Result<gonogo_risk::Circumstances, gonogo_core::BoxError> {
        self.0.clone().map_err(Into::into)
    }
}

#[test]
fn circumstances_speak_by_rules_and_are_silent_without_cause() {
    use gonogo_risk::{Circumstances, CircumstancesPolicy, Weekday, circumstance_findings};
    let policy = CircumstancesPolicy::default();
    let friday = "2024-03-01T12:00:00Z".parse().unwrap();
    let mut told = Circumstances::default();
    told.migrations = vec!["db/V1__a.sql".to_owned(), "db/V2__b.sql".to_owned()];
    told.customer_visible = vec!["SHOP-1".to_owned()];
    let sizes = [("SHOP-1".to_owned(), (999, 49)), ("SHOP-2".to_owned(), (1_000, 1)), ("SHOP-3".to_owned(), (1, 50))];
    let findings = circumstance_findings(&told, &sizes.into(), Some(friday), &policy);
    let said: Vec<(&str, &str)> = findings.iter().map(|one| (one.rule.as_str(), one.subject.as_str())).collect();
    assert_eq!(
        said,
        [
            ("risk/customer-visible", "SHOP-1"),
            ("risk/migration-present", "deploy"),
            ("risk/quiet-day", "deploy"),
            ("risk/oversized-story", "SHOP-2"),
            ("risk/oversized-story", "SHOP-3"),
        ]
    );
    let thursday = "2024-02-29T23:30:00Z".parse().unwrap();
    let small = [("SHOP-1".to_owned(), (999, 49))].into();
    assert_eq!(circumstance_findings(&Circumstances::default(), &small, Some(thursday), &policy), []);
    assert_eq!([0, 60].map(|east| Weekday::at(thursday, east)), [Weekday::Thursday, Weekday::Friday]);
    assert_eq!(Weekday::at("1970-01-01T00:00:00Z".parse().unwrap(), -1), Weekday::Wednesday);
}

#[test]
fn unknown_circumstances_and_an_unknown_day_are_no_answer() {
    use gonogo_risk::{Circumstances, CircumstancesCheck, CircumstancesPolicy};
    let history = Arc::new(LinearHistory::new().commit("Ada", "one", vec![]).commit("Ada", "two", vec![]));
    let check = |told| {
        let check = CircumstancesCheck::new(Arc::new(Told(told)), history.clone(), CircumstancesPolicy::default());
        run(&check, &context(&history, 1, 2))
    };
    assert!(matches!(check(Err("the tracker is down".to_owned())), Outcome::Undetermined { .. }));
    let mut unreadable = Circumstances::default();
    unreadable.stories.insert("SHOP-1".to_owned(), vec![LinearHistory::id(9)]);
    assert!(matches!(check(Ok(unreadable)), Outcome::Undetermined { .. }));
}

#[test]
fn probabilities_in_the_policy_want_a_calibrated_model() {
    let history = Arc::new(story());
    let policy = policy(r#"{"sign_off_probability": 0.2}"#);
    assert!(matches!(
        run(&check(&history, policy.clone()), &context(&history, 400, 401)),
        Outcome::Undetermined { .. }
    ));
    let own = Model::shipped().unwrap().trained_on(LinearHistory::id(1));
    let outcome = run(&check(&history, policy).model(own), &context(&history, 400, 401));
    assert_eq!(only_finding(&outcome).severity, Severity::Caution);
    assert!(serde_json::from_str::<RiskPolicy>(r#"{"hold_probability": 1.5}"#).unwrap().validate().is_err());
}

#[test]
fn a_few_blobs_that_are_missing_are_said_and_more_are_no_answer() {
    let one = Arc::new(story().lacking(17));
    let outcome = run(&check(&one, RiskPolicy::default()), &context(&one, 400, 401));
    let Outcome::Examined { facts, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(serde_json::to_string(facts).unwrap().contains("unreadable-commits"), "{facts:?}");
    // A commit of the deploy itself, or more than one in fifty of the history: undetermined.
    let own = Arc::new(story().lacking(401));
    assert!(matches!(run(&check(&own, RiskPolicy::default()), &context(&own, 400, 401)), Outcome::Undetermined { .. }));
    let many = Arc::new((1..=9).fold(story(), LinearHistory::lacking));
    assert!(matches!(
        run(&check(&many, RiskPolicy::default()), &context(&many, 400, 401)),
        Outcome::Undetermined { .. }
    ));
}
