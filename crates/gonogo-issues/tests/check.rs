//! The check, joined to a deploy.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::sync::Arc;
use std::time::Duration;

use gonogo_core::testing::MemoryHistory;
use gonogo_core::{
    Certainty, Check, CheckContext, Deploy, Executor, Finding, History, Outcome, ParkingExecutor, RepoPath, Severity,
};
use gonogo_issues::testing::{FakeResolver, FakeTracker, tracker_conformance};
use gonogo_issues::{
    ChangeText, Examined, Extractor, Field, FileTracker, HookVerdict, Issue, IssuesCheck, IssuesPolicy, Patience,
    TrackerError, commit_message_verdict, rules,
};

fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (send, receive) = std::sync::mpsc::channel();
    ParkingExecutor.block_on(Box::pin(async move { send.send(future.await).unwrap() }));
    receive.recv().unwrap()
}

fn history(messages: &[&str]) -> MemoryHistory {
    let mut history = MemoryHistory::new().commit("0", &[], "base", &[("shop/a", "0")]);
    for (at, message) in messages.iter().enumerate() {
        let path = if message.contains("blog") { "blog/b" } else { "shop/a" };
        let text = (at + 1).to_string();
        history = history.commit(&text, &[&at.to_string()], message, &[(path, &text), ("keep", "x")]);
    }
    history
}

fn context(messages: &[&str], paths: &[&str]) -> CheckContext {
    let history = history(messages);
    let (base, head) = (history.resolve("0").unwrap(), history.resolve(&messages.len().to_string()).unwrap());
    let deploy = Deploy::new("shop", "production", base, head).paths(paths.iter().map(|path| RepoPath::from(*path)));
    CheckContext::standalone(Arc::new(deploy), Some(Arc::new(history)))
}

fn policy(text: &str) -> IssuesPolicy {
    toml::from_str(text).unwrap()
}

fn examine(check: IssuesCheck, messages: &[&str]) -> Examined {
    let cx = context(messages, &[]);
    wait(async move { check.examine(&cx).await.unwrap() })
}

fn told(findings: &[Finding]) -> Vec<(&str, &str, Severity)> {
    findings.iter().map(|f| (f.rule.as_str(), f.subject.as_str(), f.weight())).collect()
}

fn text<'a>(examined: &'a Examined, fact: &str) -> &'a str {
    examined.facts.get(fact).unwrap().text.as_deref().unwrap()
}

#[test]
fn without_a_tracker_contents_are_listed_and_nothing_pretends_to_be_checked() {
    let examined =
        examine(IssuesCheck::new(IssuesPolicy::default()).unwrap(), &["KAFKA-1: a (#2)", "tidy", "Bump x (#3)"]);
    assert_eq!(told(&examined.findings), [(rules::UNLINKED_COMMIT, "commits", Severity::Note)]);
    assert_eq!(text(&examined, "issue states"), "not checked: no tracker is configured");
    assert_eq!(examined.facts.get("issues").unwrap().items, ["KAFKA-1"]);
    assert_eq!(examined.facts.get("changes").unwrap().items, ["#2", "#3"]);
    let count = |name| examined.facts.get(name).unwrap().count.unwrap();
    assert_eq!((count("commits"), count("linked"), count("unlinked")), (3, 2, 1));
}

#[test]
fn a_demand_that_only_a_tracker_can_answer_is_unknown_without_one() {
    let examined = examine(IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap(), &["KAFKA-1: a"]);
    assert_eq!(told(&examined.findings), [(rules::UNVERIFIED, "issues", Severity::Caution)]);
    assert_eq!(examined.findings[0].certainty, Certainty::Unknown);
}

#[test]
fn policy_raises_hygiene_and_then_each_commit_stands_alone() {
    let check = IssuesCheck::new(policy("[severity]\n'issues/unlinked-commit' = 'stop'")).unwrap();
    let examined = examine(check, &["tidy", "KAFKA-1: a", "tidy more"]);
    assert_eq!(examined.findings.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Stop, Severity::Stop]);
    assert_ne!(examined.findings[0].subject, examined.findings[1].subject);
}

fn tracked(rule: &str, issue: Issue) -> Vec<(String, Certainty, String)> {
    let check = IssuesCheck::new(policy(rule)).unwrap().tracker(FakeTracker::new().issue(issue));
    let examined = examine(check, &["KAFKA-1: a"]);
    examined.findings.into_iter().map(|f| (f.rule, f.certainty, f.message)).collect()
}

#[test]
fn states_are_compared_without_case_and_by_type() {
    let issue = Issue::new("KAFKA-1", "Flush less", "done");
    assert_eq!(tracked("allowed_states = ['Done']", issue.clone()), []);
    let found = tracked("allowed_states = ['Done', 'Ready']", Issue::new("KAFKA-1", "Flush less", "Open"));
    assert_eq!(found[0].0, rules::WRONG_STATE);
    assert_eq!(found[0].2, "KAFKA-1 is `Open`, and only `Done` or `Ready` may be deployed");
    let mut bug = issue;
    bug.issue_type = Some("Bug".into());
    let found = tracked("allowed_states = ['Done']\n[allowed_states_by_type]\nbug = ['Verified']", bug);
    assert_eq!(found[0].2, "KAFKA-1 is `done`, and only `Verified` may be deployed");
}

#[test]
fn an_empty_field_is_missing_and_a_hidden_one_is_unknown() {
    let rule = "required_fields = ['Risk assessment']";
    let issue = || Issue::new("KAFKA-1", "Flush less", "Done");
    let field = |value: Field| tracked(rule, issue().field("Risk Assessment", value));
    assert_eq!(field(Field::Value("low".into())), []);
    let empty = field(Field::Empty);
    assert_eq!((empty[0].0.as_str(), empty[0].1), (rules::MISSING_FIELD, Certainty::Observed));
    assert_eq!(empty[0].2, "KAFKA-1 lacks what policy requires: Risk assessment is empty");
    assert_eq!(field(Field::Hidden)[0].1, Certainty::Unknown);
    assert_eq!(tracked(rule, issue())[0].1, Certainty::Unknown, "a field that was not delivered is not empty");
}

#[test]
fn required_values_are_found_in_what_trackers_write_as_options() {
    let rule = "[required_values]\n'Reviewer approval' = ['Approved']";
    let issue = |value: serde_json::Value| {
        Issue::new("KAFKA-1", "x", "Done").field("Reviewer approval", Field::from_value(value))
    };
    assert_eq!(tracked(rule, issue(serde_json::json!({"value": "approved", "id": "1"}))), []);
    assert_eq!(tracked(rule, issue(serde_json::json!([{"name": "Approved"}]))), []);
    assert_eq!(
        tracked(rule, issue(serde_json::json!("Pending")))[0].2,
        "KAFKA-1 lacks what policy requires: Reviewer approval is `Pending`, not `Approved`"
    );
}

#[test]
fn what_customers_see_must_be_announced() {
    let rule = "[customer_visible]\nlabels = ['customer']\nannounced_fields = ['Release note']\nannounced_labels = ['no-note']";
    let issue = || Issue::new("KAFKA-1", "x", "Done").label("customer");
    assert_eq!(tracked(rule, issue().field("Release note", Field::Empty))[0].0, rules::UNANNOUNCED);
    assert_eq!(tracked(rule, issue().field("Release note", Field::Value("text".into()))), []);
    assert_eq!(tracked(rule, issue().label("no-note")), []);
    assert_eq!(tracked(rule, issue())[0].1, Certainty::Unknown);
    assert_eq!(tracked(rule, Issue::new("KAFKA-1", "x", "Done")), []);
}

#[test]
fn an_issue_with_open_changes_is_not_merged() {
    let issue = Issue::new("KAFKA-1", "x", "Done").change("#2", true);
    assert_eq!(tracked("require_merged = true", issue.clone()), []);
    let found = tracked("require_merged = true", issue.change("#3", false));
    assert_eq!(found[0].2, "KAFKA-1 has changes that are not merged: #3");
}

#[test]
fn a_tracker_that_knows_no_changes_does_not_say_that_all_are_merged() {
    let mut issue = Issue::new("KAFKA-1", "x", "Done");
    let found = tracked("require_merged = true", issue.clone());
    assert_eq!((found[0].0.as_str(), found[0].1), (rules::NOT_MERGED, Certainty::Unknown));
    issue.changes = Some([].into());
    assert_eq!(tracked("require_merged = true", issue), [], "it knows that there are none");
}

#[test]
fn not_found_is_not_failure() {
    let check = |tracker| IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap().tracker(tracker);
    let unknown = examine(check(FakeTracker::new()), &["KAFKA-1: a"]);
    assert_eq!(told(&unknown.findings), [(rules::UNKNOWN_KEY, "KAFKA-1", Severity::Caution)]);
    let failed = examine(check(FakeTracker::new().failing("KAFKA-1", "the server is down")), &["KAFKA-1: a"]);
    assert_eq!(told(&failed.findings), [(rules::UNVERIFIED, "KAFKA-1", Severity::Caution)]);
    assert_eq!(failed.findings[0].certainty, Certainty::Unknown);
    assert_eq!(text(&failed, "issue states"), "asked the fake tracker: 0 of 1 issues found");
}

fn transient(retry_after: Option<Duration>) -> TrackerError {
    TrackerError::Transient { tracker: "it".into(), why: "429".into(), retry_after }
}

#[test]
fn a_batch_is_tried_again_with_patience_and_one_bad_batch_hides_no_other() {
    let mut patience = Patience::default();
    patience.pause = Duration::ZERO;
    let done = |key: &str| Issue::new(key, "x", "Done");
    let tracker = FakeTracker::new().batches_of(1).issue(done("KAFKA-1")).issue(done("KAFKA-2")).error(transient(None));
    let check = IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap().patience(patience);
    assert_eq!(examine(check.tracker(tracker), &["KAFKA-1: a", "KAFKA-2: b"]).findings, []);
    let refused = TrackerError::Refused { tracker: "it".into(), why: "401".into(), remedy: "log in".into() };
    let tracker = FakeTracker::new().batches_of(1).issue(done("KAFKA-1")).issue(done("KAFKA-2")).error(refused);
    let check = IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap().patience(patience);
    let examined = examine(check.tracker(tracker), &["KAFKA-1: a", "KAFKA-2: b"]);
    assert_eq!(told(&examined.findings), [(rules::UNVERIFIED, "KAFKA-1", Severity::Caution)]);
}

#[test]
fn patience_doubles_obeys_the_tracker_and_ends() {
    let patience = Patience::default();
    let pauses: Vec<_> = (1..5).map(|n| patience.pause_after(n, &transient(None)).map(|p| p.as_millis())).collect();
    assert_eq!(pauses, [Some(500), Some(1000), Some(2000), None]);
    assert_eq!(patience.pause_after(1, &transient(Some(Duration::from_secs(7)))), Some(Duration::from_secs(7)));
    assert_eq!(patience.pause_after(1, &transient(Some(Duration::from_secs(7000)))), None);
    let refused = TrackerError::Refused { tracker: "it".into(), why: "401".into(), remedy: "log in".into() };
    assert_eq!(patience.pause_after(1, &refused), None);
}

#[test]
fn a_change_stands_for_the_issue_its_text_names() {
    let change =
        ChangeText { title: "Flush less".into(), body: "Fixes KAFKA-7".into(), branch: "ada/kafka-7-flush".into() };
    let check = || IssuesCheck::new(policy("styles = ['jira', 'github']\nlink = 'issue'")).unwrap();
    let examined = examine(check().resolver(FakeResolver::new().change("#12", change)), &["Flush less (#12)"]);
    assert_eq!(examined.contents.issues[0].key, "KAFKA-7");
    assert_eq!(examined.contents.accounting.linked, 1);
    let failed =
        examine(check().resolver(FakeResolver::new().failing("#12", "the host is down")), &["Flush less (#12)"]);
    assert_eq!(failed.findings.iter().filter(|f| f.certainty == Certainty::Unknown).count(), 1);
}

#[test]
fn reverts_and_slips_are_told() {
    let messages =
        ["Revert \"KAFKA-9: old\"\n\nThis reverts commit 0123456789012345678901234567890123456789.", "KAFAK-3: slip"];
    let check = IssuesCheck::new(policy("styles = ['jira']\nprojects = ['KAFKA']")).unwrap();
    let examined = examine(check, &messages);
    let rules: Vec<_> = examined.findings.iter().map(|f| (f.rule.as_str(), f.subject.as_str())).collect();
    assert_eq!(
        rules,
        [(rules::REVERTED, "KAFKA-9"), (rules::NEAR_MISS, "KAFAK-3"), (rules::UNLINKED_COMMIT, "commits")]
    );
    assert_eq!(examined.findings[0].message, "the deploy removes KAFKA-9 from production");
}

#[test]
fn a_deploy_of_a_part_leaves_other_commits_outside() {
    let cx = context(&["KAFKA-1: shop", "KAFKA-2: blog"], &["shop"]);
    let check = IssuesCheck::new(IssuesPolicy::default()).unwrap();
    let examined = wait(async move { check.examine(&cx).await.unwrap() });
    // The commit to the blog takes `shop/a` away from its tree, and so touches the service too.
    assert_eq!(examined.contents.accounting.total(), 2);
    let cx = context(&["KAFKA-1: shop", "KAFKA-2: shop"], &["elsewhere"]);
    let check = IssuesCheck::new(IssuesPolicy::default()).unwrap();
    let examined = wait(async move { check.examine(&cx).await.unwrap() });
    assert_eq!(examined.contents.accounting.outside, 2);
}

#[test]
fn nothing_to_deploy_is_not_applicable() {
    let cx = context(&[], &[]);
    let check = IssuesCheck::new(IssuesPolicy::default()).unwrap();
    assert_eq!(check.id(), "issues/contents");
    let outcome = wait(async move { check.run(&cx).await.unwrap() });
    assert!(matches!(outcome, Outcome::NotApplicable { .. }));
}

#[test]
fn the_check_keeps_the_contract_of_checks() {
    let messages = ["KAFKA-1: a (#2)", "tidy"];
    let history = Arc::new(history(&messages));
    let (base, head) = (history.resolve("0").unwrap(), history.resolve("2").unwrap());
    let deploy = Arc::new(Deploy::new("shop", "production", base, head));
    let check = IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap();
    gonogo_core::testing::conformance::check(Arc::new(check), deploy, history).unwrap();
}

const DOCUMENT: &[u8] = br##"{"issues": [{"key": "KAFKA-1", "state": "Done", "fields": {"Risk": "low", "Note": " ", "Doc":
    {"type": "doc", "content": [{"type": "paragraph", "content": []}]}}, "hidden": ["Secret"]}], "changes": {"#2": {"title": "x"}}}"##;

#[test]
fn a_document_is_a_tracker() {
    let tracker = FileTracker::from_bytes("issues.json", DOCUMENT).unwrap();
    let kept = tracker.clone();
    wait(async move { tracker_conformance(&kept, "KAFKA-1", "KAFKA-2").await }).unwrap();
    let policy = policy("required_fields = ['Risk', 'Note', 'Doc', 'Secret', 'Other']");
    let examined = examine(IssuesCheck::new(policy).unwrap().tracker(tracker), &["KAFKA-1: a"]);
    let messages: Vec<_> = examined.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "KAFKA-1 lacks what policy requires: Note is empty; Doc is empty",
            "it cannot be told whether KAFKA-1 has what policy requires: Secret is not shown to the tracker's user; Other was not delivered"
        ]
    );
    for broken in ["", "{}", "[{\"key\": 1}]", "{\"issues\": [{\"key\": \"K-1\", \"state\": \"x\", \"unknown\": 1}]}"] {
        assert!(FileTracker::from_bytes("x", broken.as_bytes()).is_err(), "{broken}");
    }
    let twice = br#"[{"key": "K-1", "state": "x"}, {"key": "k-1", "state": "y"}]"#;
    assert!(FileTracker::from_bytes("x", twice).unwrap_err().to_string().contains("two issues of the key"));
    assert!(
        FileTracker::open("no/such/file.json")
            .unwrap_err()
            .to_string()
            .starts_with("the issues in `no/such/file.json`")
    );
}

#[test]
fn an_old_document_is_a_note_and_past_the_policy_s_limit_no_evidence() {
    let freshness = |rule: &str, when: &str| {
        let text = format!(r#"{{"issues": [{{"key": "KAFKA-1", "state": "Done"}}], "written_at": "{when}"}}"#);
        let tracker = FileTracker::from_bytes("x", text.as_bytes()).unwrap();
        let examined = examine(IssuesCheck::new(policy(rule)).unwrap().tracker(tracker), &["KAFKA-1: a"]);
        examined.findings.into_iter().map(|f| (f.weight(), f.certainty, f.message)).collect::<Vec<_>>()
    };
    let old = "2001-01-01T00:00:00Z";
    let note = "1 issue was not asked for now but read as of 2001-01-01T00:00:00Z";
    assert_eq!(freshness("", old), [(Severity::Note, Certainty::Observed, note.into())]);
    let limit = "max_age_seconds = 3600";
    for when in [old, "yesterday", "2999-01-01T00:00:00Z"] {
        let told = freshness(limit, when);
        assert_eq!((told.len(), told[0].0, told[0].1), (1, Severity::Caution, Certainty::Unknown), "{when}");
    }
    assert_eq!(freshness("max_age_seconds = 9000000000", old)[0].0, Severity::Note);
}

#[test]
fn a_number_in_brackets_may_be_an_issue_s() {
    let check = IssuesCheck::new(policy("styles = ['github']\nlink = 'issue'")).unwrap();
    let examined = examine(check.resolver(FakeResolver::new().issue("#12")), &["Flush less (#12)"]);
    assert_eq!(examined.contents.issues[0].key, "#12");
    assert_eq!(examined.contents.accounting.linked, 1);
}

#[test]
fn the_list_marks_what_a_person_should_look_at() {
    let tracker =
        FakeTracker::new().issue(Issue::new("KAFKA-1", "Flush less", "Open")).failing("KAFKA-2", "it is down");
    let check = IssuesCheck::new(policy("allowed_states = ['Done']\nrequired_fields = ['Risk']")).unwrap();
    let contents = examine(check.tracker(tracker), &["KAFKA-1: a", "KAFKA-2: b"]).contents;
    let wrong = "KAFKA-1 is `Open`, and only `Done` may be deployed";
    assert_eq!(contents.issues[0].attention[0], wrong);
    assert_eq!(contents.issues[0].attention.len(), 2);
    assert_eq!(contents.issues[1].attention, ["1 issue could not be looked up: it is down"]);
    assert!(contents.to_text().contains(&format!("         ! {wrong}\n")), "{}", contents.to_text());
    assert!(contents.to_markdown().contains("<br>**KAFKA-1 is \\`Open\\`"), "{}", contents.to_markdown());
    let nobody = IssuesCheck::new(policy("allowed_states = ['Done']")).unwrap();
    let contents = examine(nobody, &["KAFKA-1: a"]).contents;
    assert!(contents.to_text().contains("To look at:\n  ! policy asks about states"), "{}", contents.to_text());
}

#[test]
fn rich_text_without_text_is_empty() {
    let rich = |inner: serde_json::Value| {
        Field::from_value(serde_json::json!({"type": "doc", "version": 1, "content": inner})) == Field::Empty
    };
    let text = |text: &str| serde_json::json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
    let inside = |kinds: &[&str], leaf: serde_json::Value| {
        kinds.iter().rev().fold(leaf, |inner, kind| serde_json::json!({"type": kind, "content": [inner]}))
    };
    assert!(rich(serde_json::json!([])));
    assert!(rich(serde_json::json!([text(" \u{a0}\u{200b}\u{feff}"), {"type": "rule"}])));
    assert!(rich(serde_json::json!([inside(&["table", "tableRow", "tableCell"], text(""))])));
    assert!(rich(serde_json::json!([inside(
        &["panel", "paragraph"],
        serde_json::json!({"type": "placeholder", "attrs": {"text": "Fill in"}})
    )])));
    assert!(!rich(serde_json::json!([inside(&["table", "tableRow", "tableCell"], text("low"))])));
    for leaf in ["mention", "emoji", "media", "inlineCard", "date", "status", "a-kind-of-tomorrow"] {
        assert!(!rich(serde_json::json!([inside(&["paragraph"], serde_json::json!({"type": leaf}))])), "{leaf}");
    }
    assert!(!rich(serde_json::json!([inside(&["panel"; 200], text("deep"))])));
    assert_eq!(Field::from_value("\u{200b} \n".into()), Field::Empty);
}

#[test]
fn the_fake_tracker_keeps_the_contract() {
    wait(async { tracker_conformance(&FakeTracker::new().issue(Issue::new("K-1", "x", "Done")), "K-1", "K-2").await })
        .unwrap();
    let broken = wait(async { tracker_conformance(&FakeTracker::new(), "K-1", "K-2").await });
    assert!(broken.is_err());
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    for rule in rules::RULES {
        let page = std::fs::read_to_string(folder.join(format!("{}.md", rule.id.replace('/', "-")))).unwrap();
        assert!(page.starts_with(&format!("# {}\n", rule.id)), "{}", rule.id);
    }
    let pages = std::fs::read_dir(folder).unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut own: Vec<_> =
        pages.filter_map(|name| Some(name.strip_prefix("issues-")?.strip_suffix(".md")?.to_owned())).collect();
    own.sort();
    let mut ids: Vec<_> = rules::RULES.iter().map(|rule| rule.id.trim_start_matches("issues/").to_owned()).collect();
    ids.sort();
    assert_eq!(own, ids);
}

#[test]
fn the_policy_of_the_guide_can_be_copied() {
    let guide = include_str!("../../../docs/guide/issues.md");
    let block = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let whole: toml::Table = toml::from_str(block).unwrap();
    let policy: IssuesPolicy = whole["issues"].clone().try_into().unwrap();
    assert_eq!(policy.projects, ["SHOP", "PAY"]);
    assert!(policy.asks_tracker());
    assert!(toml::from_str::<IssuesPolicy>("alowed_states = []").is_err(), "a misspelled key is no silence");
    let back: IssuesPolicy = toml::from_str(&toml::to_string(&policy).unwrap()).unwrap();
    assert_eq!(back, policy);
}

fn hook(message: &str, rule: &str) -> Result<String, String> {
    let policy = policy(rule);
    let extractor = Extractor::new(&policy.extractor_options()).unwrap();
    match commit_message_verdict(message.as_bytes(), &policy, &extractor) {
        HookVerdict::Accepted { because } => Ok(because),
        HookVerdict::Refused { why } => Err(why),
        _ => unreachable!(),
    }
}

#[test]
fn the_hook_says_in_a_sentence_what_is_missing() {
    let rule = "styles = ['jira']\nprojects = ['KAFKA']\nlink = 'issue'";
    assert_eq!(hook("KAFKA-1: x\n# comment", rule), Ok("it names KAFKA-1".into()));
    assert_eq!(
        hook("Tidy\n\nFLINK-2 did it\n# KAFKA-1 in a comment\n# --- >8 ---\nKAFKA-2", rule),
        Err("the message names no issue (FLINK-2 is only mentioned in passing): begin the first line with its key such as KAFKA-123, or write NO-ISSUE where none is needed".into())
    );
    assert_eq!(
        hook("KAKFA-1: x", rule),
        Err("the message names KAKFA-1, which is no key of this repository; was a key of KAFKA meant?".into())
    );
    assert!(hook("Tidy (#3)", rule).is_err());
    assert_eq!(hook("Tidy (#3)", ""), Ok("it names #3".into()));
    for fine in ["fixup! Tidy", "Merge branch 'x'", "\n# only comments\n", "Tidy NO-ISSUE"] {
        assert!(hook(fine, rule).is_ok(), "{fine}");
    }
}
