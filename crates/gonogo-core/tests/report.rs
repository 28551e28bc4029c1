//! The report as it is written: what `docs/report.md` shows, and what an edit does.
#![allow(clippy::unwrap_used)] // also in what the tests share

mod support;

use std::cell::Cell;
use std::collections::BTreeSet;

use gonogo_core::testing::object_id;
use gonogo_core::{
    Approval, ApprovalTarget, Conclusion, Decision, Deploy, Entry, Facts, Finding, Location, Mode, Outcome, Override,
    Policy, REPORT_SCHEMA, Report, Revision, Severity, Timestamp, Waiver, judge,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A report with everything in it that a report can hold.
fn example() -> Report {
    let head = object_id(0xbb);
    let deploy = Deploy::new(
        "shop",
        "production",
        Revision::from_id(object_id(0xaa)).named("origin/production"),
        Revision::from_id(head).named("main"),
    )
    .paths(["shop".into()])
    .requested_by("ada")
    .requested_at(time("2026-11-20T09:58:00Z"))
    .attribute("ticket", "OPS-17");
    let rewrites =
        Finding::new("migration/type-rewrite", "post", Severity::Stop, "rewrites post while nobody can write")
            .at(Location::line("shop/db/004.sql", 3).column(1).to_line(5).at(head))
            .evidence("rows", 12_000_000)
            .remedy("add a new column, copy in batches, swap the names");
    let unlinked = Finding::new("issues/unlinked-commit", "9b1d0e44c2", Severity::Caution, "no issue is named");
    let entries = vec![
        Entry::completed(
            "migration/effects",
            Outcome::examined(
                vec![rewrites, Finding::unknown("migration/unknown", "shop/db/005.sql", "cannot be parsed")],
                Facts::new().list("migrations", ["shop/db/004.sql", "shop/db/005.sql"]),
            ),
        ),
        Entry::completed(
            "issues/contents",
            Outcome::examined(
                vec![unlinked, Finding::new("issues/missing-field", "SHOP-1", Severity::Caution, "declares no risk")],
                Facts::new().count("commits", 118).text("style", "jira").valid_until(time("2026-11-21T00:00:00Z")),
            ),
        ),
        Entry::completed("guard/recording", Outcome::undetermined("no traffic", "send some to the canary")),
        Entry::completed("compat/contracts", Outcome::not_applicable("no contract changed")),
        Entry::new("team/licences", Conclusion::Errored { error: "no route to host".into() }),
        Entry::new("team/scan", Conclusion::TimedOut { after_milliseconds: 300_000 }),
        Entry::new("risk/computed", Conclusion::Panicked { message: "index out of bounds".into() }).shadow(),
    ];
    let until = time("2026-11-20T18:00:00Z");
    let waiver = |rule: &str, subject: Option<&str>| Waiver {
        rule: rule.into(),
        subject: subject.map(Into::into),
        head: None,
        who: "grace".into(),
        why: "the table is empty".into(),
        until,
    };
    let approval = |clears| Approval { clears, head, who: "grace".into(), why: "looked at it".into(), until };
    let policy = Policy::new()
        .require("team/builds")
        .require_where_applicable("compat/contracts")
        .raise("issues/missing-field", Severity::Stop)
        .waive(waiver("migration/type-rewrite", Some("post")))
        .waive(Waiver { head: Some(object_id(0xcc)), ..waiver("migration/unknown", None) })
        .approve(approval(ApprovalTarget::Check("guard/recording".into())))
        .approve(approval(ApprovalTarget::Rule { id: "issues/unlinked-commit".into(), subject: None }))
        .override_with(Override { head, who: "grace".into(), why: "the shop is down anyway".into(), until })
        .valid_for_seconds(3600);
    let mut report = judge(&deploy, &policy, entries, Some(time("2026-11-20T10:00:00Z")));
    for entry in &mut report.entries {
        entry.took_milliseconds = Some(1200);
    }
    report
}

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.md")).unwrap()
}

/// The annotated example of the page, without its annotations.
fn documented() -> String {
    let page = page();
    let block = page.split_once("```jsonc\n").unwrap().1.split_once("\n```").unwrap().0;
    block.lines().map(|line| line.split("  // ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_documented_example_is_a_report_that_verifies_and_nothing_in_it_is_ignored() {
    let report = Report::from_json(documented().as_bytes()).unwrap();
    assert_eq!(report.verify(), Ok(()));
    let written: Value = serde_json::from_str(&documented()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), written);
    assert_eq!(report, example(), "the page shows everything that a report can hold");
    assert_eq!(report.to_json().unwrap(), example().to_json().unwrap());
}

#[test]
fn the_page_names_every_field_and_every_word_of_a_report() {
    let page = page();
    let mut names = BTreeSet::new();
    collect_names(&serde_json::to_value(example()).unwrap(), &mut names);
    names.extend(
        ["errored", "timed-out", "panicked", "missing", "duplicate-id", "undetermined", "not-applicable", "stale"]
            .map(String::from),
    );
    names.extend(["nothing-examined", "finding", "examined", "completed", "enforced", "shadow"].map(String::from));
    names.extend(["no-clock", "expired", "other-head", "anonymous", "unused", "required"].map(String::from));
    names.extend(["where-applicable", "observed", "unknown", "go", "hold", "nogo", "note"].map(String::from));
    names.extend(["caution", "stop", REPORT_SCHEMA].map(String::from));
    let unnamed: Vec<&String> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

/// The keys of all objects, but for those that are names of a team's own.
fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                names.insert(name.clone());
                if !["requirements", "raise", "evidence", "attributes"].contains(&&**name) {
                    collect_names(value, names);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// Paths (JSON pointers) of all values of a document.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| paths(value, &format!("{here}/{}", name.replace('/', "~1")), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| paths(item, &format!("{here}/{place}"), found));
        }
        _ => {}
    }
}

fn paths_of(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    paths(document, "", &mut found);
    found
}

const WORDS: [&str; 24] = [
    "go",
    "hold",
    "nogo",
    "note",
    "caution",
    "stop",
    "completed",
    "errored",
    "timed-out",
    "panicked",
    "missing",
    "examined",
    "undetermined",
    "not-applicable",
    "enforced",
    "shadow",
    "observed",
    "unknown",
    "team/a",
    "team/b",
    "rule/one",
    "rule/two",
    "2027-01-15T08:00:05Z",
    "2030-01-01T00:00:00Z",
];

/// The document with the value at `path` changed to another one of its kind, or taken away.
fn edited(document: &Value, path: &str, choice: usize) -> Value {
    let mut edited = document.clone();
    if choice.is_multiple_of(4) {
        let (parent, name) = path.rsplit_once('/').unwrap_or_default();
        match edited.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.remove(&name.replace("~1", "/"));
                return edited;
            }
            Some(Value::Array(items)) => {
                let _ = name.parse().map(|place: usize| items.remove(place));
                return edited;
            }
            _ => {}
        }
    }
    let Some(value) = edited.pointer_mut(path) else { return edited };
    *value = match value {
        Value::Null => json!("2030-01-01T00:00:00Z"),
        Value::Bool(yes) => json!(!*yes),
        Value::Number(number) => number.as_u64().map_or(json!(0.5), |number| json!(number + 1 + choice as u64 % 3)),
        Value::String(_) => json!(WORDS[choice % WORDS.len()]),
        Value::Array(items) => items.iter().chain(items.last()).cloned().collect(),
        Value::Object(_) => json!({}),
    };
    edited
}

/// What follows from the rest, and the policy, which its digest guards: no edit of these alone is accepted.
const GUARDED: [&str; 8] =
    ["/schema", "/decision", "/valid_until", "/policy_digest", "/policy", "/overridden_by", "/reasons", "/lapsed"];

fn read_and_verify(document: &Value) -> Option<Report> {
    Report::from_json(document.to_string().as_bytes()).ok().filter(|report| report.verify().is_ok())
}

/// Law 5, the second half: "any edit of a decision fails it".
#[test]
fn an_edit_is_refused_or_touches_nothing_that_was_decided() {
    let (refused, accepted) = (Cell::new(0), Cell::new(0));
    support::runner()
        .run(&(support::case(), any::<Index>(), 0_usize..240), |((policy, entries, now), place, choice)| {
            let report = judge(&support::deploy(), &policy, entries, now);
            let document = serde_json::to_value(&report).unwrap();
            let paths = paths_of(&document);
            let path = place.get(&paths);
            let edit = edited(&document, path, choice);
            let Some(read) = read_and_verify(&edit) else {
                refused.set(refused.get() + 1);
                return Ok(());
            };
            if serde_json::to_value(&read).unwrap() == document {
                return Ok(()); // it says the same, as when `"findings": []` is taken away
            }
            accepted.set(accepted.get() + 1);
            prop_assert!(!GUARDED.iter().any(|guarded| path.starts_with(guarded)), "{} was changed", path);
            prop_assert_eq!(read.decision, report.decision);
            prop_assert_eq!(&read.reasons, &report.reasons);
            prop_assert_eq!(&read.policy, &report.policy);
            Ok(())
        })
        .unwrap();
    assert!(refused.get() > 1000 && accepted.get() > 50, "{} refused, {} accepted", refused.get(), accepted.get());
}

#[test]
fn what_was_decided_cannot_be_changed_alone_anywhere_in_a_full_report() {
    let document = serde_json::to_value(example()).unwrap();
    let mut accepted = BTreeSet::new();
    for path in paths_of(&document) {
        for choice in 0..WORDS.len() {
            let edit = edited(&document, &path, choice);
            if edit != document
                && read_and_verify(&edit).is_some_and(|report| serde_json::to_value(report).unwrap() != document)
            {
                accepted.insert(path.clone());
            }
        }
    }
    let guarded: Vec<_> =
        accepted.iter().filter(|path| GUARDED.iter().any(|guarded| path.starts_with(guarded))).collect();
    assert_eq!(guarded, Vec::<&String>::new());
    // What a stop weighs, what it is waived by, and how a run ended, are refused wherever they stand.
    for (place, entry) in document["entries"].as_array().unwrap().iter().enumerate() {
        let findings = entry.pointer("/ended/result/findings").and_then(Value::as_array).map_or(0, Vec::len);
        for finding in 0..findings {
            for field in ["rule", "severity"] {
                let path = format!("/entries/{place}/ended/result/findings/{finding}/{field}");
                let raised = field == "severity"
                    && document.pointer(&path.replace("severity", "rule")) == Some(&json!("issues/missing-field"));
                let unknown = document.pointer(&path.replace(field, "certainty")).is_some();
                // A severity below what policy raises it to, or an unknown's, weighs the same; nor does its rule matter then.
                assert!(!accepted.contains(&path) || raised || unknown, "{path}");
            }
        }
        for field in ["check", "mode", "ended/conclusion", "ended/result/outcome"] {
            assert!(!accepted.contains(&format!("/entries/{place}/{field}")), "{field} of {place}");
        }
    }
}

#[test]
fn a_consistent_edit_verifies_because_verify_is_no_signature() {
    // A stop taken out together with all that followed from it: the report is in itself right, and about other evidence.
    let stop = Finding::new("rule/one", "post", Severity::Stop, "rewrites post");
    let with = Entry::completed("team/a", Outcome::examined(vec![stop], Facts::new().count("things", 1)));
    let without = Entry::completed("team/a", Outcome::examined(vec![], Facts::new().count("things", 1)));
    let report = judge(&support::deploy(), &Policy::new(), vec![with], None);
    let forged = judge(&support::deploy(), &Policy::new(), vec![without], None);
    assert_eq!((report.decision, forged.decision), (Decision::NoGo, Decision::Go));
    assert_eq!(forged.verify(), Ok(()));
    // Half of that edit does not.
    let mut half = report.clone();
    half.entries = forged.entries.clone();
    assert_eq!(
        half.verify().unwrap_err().to_string(),
        "the report's decision does not follow from its entries and policy: it was edited, or written by another version"
    );
}

#[test]
fn unknown_fields_are_ignored_only_where_they_cannot_touch_the_decision() {
    let document = serde_json::to_value(example()).unwrap();
    let mut ignored = Vec::new();
    for path in paths_of(&document).iter().filter(|path| document.pointer(path).is_some_and(Value::is_object)) {
        let mut edit = document.clone();
        edit.pointer_mut(path).unwrap()["surprise"] = json!(1);
        if Report::from_json(edit.to_string().as_bytes()).is_ok() {
            ignored.push(path.clone());
        }
    }
    ignored.retain(|path| !path.ends_with("/evidence")); // anything may stand there
    let location = "/entries/3/ended/result/findings/0/location";
    assert_eq!(ignored, ["", "/deploy", "/deploy/base", "/deploy/head", location]);
}

#[test]
fn unknown_words_are_errors_wherever_they_stand() {
    let document = serde_json::to_value(example()).unwrap();
    let mut seen = 0;
    for path in paths_of(&document) {
        let last = path.rsplit('/').next().unwrap();
        let word = ["schema", "decision", "weight", "counts", "severity", "certainty", "mode", "conclusion"]
            .contains(&last)
            || ["outcome", "kind", "until", "decided_at", "valid_until", "requested_at", "id"].contains(&last)
            || path.starts_with("/lapsed") && last == "why"
            || path.starts_with("/policy/raise/")
            || path.starts_with("/policy/requirements/");
        // The id of a rule may be any text; that of a commit may not.
        if !word || path.contains("clears") || !document.pointer(&path).is_some_and(Value::is_string) {
            continue;
        }
        let mut edit = document.clone();
        *edit.pointer_mut(&path).unwrap() = json!("surprise");
        assert!(Report::from_json(edit.to_string().as_bytes()).is_err(), "{path}");
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn what_is_left_out_is_read_as_the_stricter_thing() {
    let entry: Entry = serde_json::from_value(json!({"check": "a/b", "ended": {"conclusion": "missing"}})).unwrap();
    assert_eq!(entry.mode, Mode::Enforced);
    let outcome: Outcome = serde_json::from_value(json!({"outcome": "examined"})).unwrap();
    assert!(!outcome.facts().unwrap().examined_something());
    let without = |field: &str| {
        let mut document = serde_json::to_value(example()).unwrap();
        document.as_object_mut().unwrap().remove(field).unwrap();
        Report::from_json(document.to_string().as_bytes()).is_ok_and(|report| report.verify().is_ok())
    };
    for field in ["schema", "decision", "deploy", "policy_digest", "policy", "reasons", "entries", "lapsed"] {
        assert!(!without(field), "{field}");
    }
    for field in ["decided_at", "valid_until", "overridden_by"] {
        assert!(!without(field), "{field}");
    }
}

#[test]
fn a_field_that_is_there_twice_is_an_error() {
    let json = example().to_json().unwrap();
    for (once, twice) in [
        (r#""decision": "nogo","#, r#""decision": "nogo", "decision": "go","#),
        (r#""conclusion": "errored","#, r#""conclusion": "errored", "conclusion": "completed","#),
        (r#""severity": "stop","#, r#""severity": "stop", "severity": "note","#),
        (r#""who": "grace","#, r#""who": "grace", "who": "ada","#),
    ] {
        assert!(json.contains(once), "{once}");
        assert!(Report::from_json(json.replacen(once, twice, 1).as_bytes()).is_err(), "{once}");
    }
}

#[test]
fn an_error_says_what_is_wrong_and_where() {
    let error = |json: &str| Report::from_json(json.as_bytes()).unwrap_err().to_string();
    assert_eq!(error("{"), "this is no gonogo.report/1 report: EOF while parsing an object at line 1 column 1");
    assert_eq!(
        error(r#"{"schema": "gonogo.report/2"}"#),
        "this is no gonogo.report/1 report: it says `gonogo.report/2`, and this version reads `gonogo.report/1` at line 1 column 29"
    );
}
