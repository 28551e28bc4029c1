//! The batch forms: a line in, a line out, in order; what cannot be handled says so and the exit code is 3.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use serde_json::Value;
use support::gonogo_with;

fn lines(arguments: &[&str], input: &str) -> (i32, Vec<Value>) {
    let directory = tempfile::tempdir().unwrap();
    let run = gonogo_with(directory.path(), arguments, input);
    (run.code, run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn issues_answer_in_order() {
    let (code, answers) = lines(
        &["issues", "--messages", "-"],
        "{\"id\": \"a\", \"message\": \"KAFKA-1: fix\", \"styles\": [\"jira\"]}\n\n{\"id\": \"b\", \"message\": \"nothing\"}\n",
    );
    assert_eq!(code, 0);
    assert_eq!(answers[0]["references"][0]["key"], "KAFKA-1");
    assert_eq!(answers[0]["references"][0]["span"], serde_json::json!([0, 7]));
    assert_eq!((&answers[1]["id"], &answers[1]["references"]), (&"b".into(), &serde_json::json!([])));
}

#[test]
fn a_line_that_cannot_be_handled_is_answered_and_gives_3() {
    for arguments in [
        &["issues", "--messages", "-"][..],
        &["compat", "--batch", "-"],
        &["migration", "--batch", "-"],
        &["guard", "--batch", "-"],
    ] {
        let (code, answers) = lines(arguments, "{\"id\": \"x\"}\nnot json\n");
        assert_eq!(code, 3, "{arguments:?}");
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0]["id"], "x", "{arguments:?}: {answers:?}");
        assert!(answers.iter().all(|answer| answer["error"].is_string()), "{arguments:?}: {answers:?}");
    }
}

#[test]
fn compat_gives_a_witness() {
    let (code, answers) = lines(
        &["compat", "--batch", "-"],
        "{\"id\": 1, \"format\": \"json-schema\", \"draft\": \"2020-12\", \"mode\": \"backward\", \"old\": {\"type\": [\"integer\", \"null\"]}, \"new\": {\"type\": \"integer\"}}\n",
    );
    assert_eq!((code, &answers[0]["verdict"]), (0, &"incompatible".into()));
    assert_eq!(answers[0]["findings"][0]["witness"], Value::Null);
    assert!(answers[0]["findings"][0].get("witness").is_some());
}

#[test]
fn migration_names_locks_as_pg_locks_does() {
    let (code, answers) = lines(
        &["migration", "--batch", "-"],
        "{\"id\": 1, \"dialect\": \"postgres\", \"server_version\": \"15\", \"setup\": \"create table t (a int);\", \"sql\": \"alter table t alter column a type bigint;\"}\n",
    );
    assert_eq!(code, 0);
    let statement = &answers[0]["statements"][0];
    assert_eq!(statement["locks"]["t"], "AccessExclusiveLock");
    assert_eq!(statement["rewrites"], serde_json::json!(["t"]));
    assert!(!statement["hazards"].as_array().unwrap().is_empty());
}

#[test]
fn guard_without_data_is_never_healthy() {
    let (code, answers) = lines(
        &["guard", "--batch", "-"],
        "{\"id\": 1, \"config\": {\"alpha\": 0.05, \"window_seconds\": 60, \"planned_windows\": 5, \"monitors\": [{\"kind\": \"static-bound\", \"metric\": \"errors\", \"bound\": 0.05}]}, \"windows\": []}\n",
    );
    assert_eq!((code, &answers[0]["verdict"]), (0, &"inconclusive".into()));
}
