//! The check over a deploy: what it says of contracts that changed.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gonogo_compat::{ContractsCheck, Rollout, Strategy};
use gonogo_core::testing::MemoryHistory;
use gonogo_core::{Check, CheckContext, Deploy, Finding, History, Outcome, Severity};

fn run(check: &ContractsCheck, old: &[(&str, &str)], new: &[(&str, &str)]) -> Outcome {
    let history =
        MemoryHistory::new().commit("production", &[], "old", old).commit("main", &["production"], "new", new);
    let deploy =
        Deploy::new("shop", "production", history.resolve("production").unwrap(), history.resolve("main").unwrap());
    let cx = CheckContext::standalone(Arc::new(deploy), Some(Arc::new(history)));
    let mut future = check.run(&cx);
    let waker = std::task::Waker::noop();
    match future.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
        std::task::Poll::Ready(outcome) => outcome.unwrap(),
        std::task::Poll::Pending => panic!("the check waits for nothing"),
    }
}

fn fact(outcome: &Outcome, name: &str) -> String {
    outcome.facts().unwrap().get(name).unwrap().text.clone().unwrap()
}

fn rules(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings.iter().map(|f| (f.rule.as_str(), f.weight())).collect()
}

fn api(order: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /orders:\n    post:\n      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n{order}\n      responses:\n        '201': {{description: made}}\n"
    )
}

const CLOSED: &str = "              type: object
              additionalProperties: false
              properties: {item: {type: string}}";
const WITH_PLAN: &str = "              type: object
              additionalProperties: false
              properties: {item: {type: string}, plan_id: {type: string}}";

#[test]
fn a_new_page_posts_what_an_old_server_rejects() {
    let rollout = ContractsCheck::new(Rollout::new(Strategy::Rolling));
    let outcome = run(&rollout, &[("api/openapi.yaml", &api(CLOSED))], &[("api/openapi.yaml", &api(WITH_PLAN))]);
    let findings = outcome.findings();
    assert_eq!(rules(findings), [("compat/content-closed", Severity::Stop)]);
    assert_eq!(
        findings[0].message,
        "for as long as old servers run beside new ones, a page from new servers posts to old ones: POST /orders request body: \
         the value may hold members that the reader does not allow (for example {\"plan_id\":\"a\"})"
    );
    assert_eq!(findings[0].location.as_ref().unwrap().to_string(), "api/openapi.yaml:12");
    assert!(fact(&outcome, "side-by-side").starts_with("no: for as long as old servers run"));
    assert!(fact(&outcome, "rollback").starts_with("no, once this was written or sent: after a rollback"));
}

#[test]
fn affinity_and_no_way_back_make_the_same_change_harmless() {
    let rollout = Rollout::new(Strategy::Rolling).session_affinity(true).rollback(false);
    let outcome = run(
        &ContractsCheck::new(rollout),
        &[("api/openapi.yaml", &api(CLOSED))],
        &[("api/openapi.yaml", &api(WITH_PLAN))],
    );
    assert_eq!(outcome.findings(), []);
    assert_eq!(fact(&outcome, "side-by-side"), "yes");
    assert_eq!(fact(&outcome, "rollback"), "not asked: the rollout has no way back");
}

#[test]
fn what_only_a_rollback_breaks_is_for_a_person_to_decide() {
    let rollout = ContractsCheck::new(Rollout::new(Strategy::BlueGreen));
    let outcome = run(&rollout, &[("api/openapi.yaml", &api(CLOSED))], &[("api/openapi.yaml", &api(WITH_PLAN))]);
    assert_eq!(rules(outcome.findings()), [("compat/content-closed", Severity::Caution)]);
    assert_eq!(fact(&outcome, "side-by-side"), "yes");
}

#[test]
fn stored_data_that_a_new_reader_rejects_stops_the_deploy() {
    let schema = |body: &str| format!("{{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", {body}}}");
    let old =
        schema(r#""type": "object", "properties": {"id": {"type": "integer"}, "state": {"enum": ["open", "done"]}}"#);
    let new = schema(
        r#""type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "state": {"enum": ["open"]}}"#,
    );
    let outcome = run(&ContractsCheck::default(), &[("schemas/order.json", &old)], &[("schemas/order.json", &new)]);
    let mut found = rules(outcome.findings());
    found.sort_unstable();
    assert_eq!(found, [("compat/more-required", Severity::Stop), ("compat/value-removed", Severity::Stop)]);
    assert_eq!(fact(&outcome, "rollback"), "yes");
}

#[test]
fn an_optional_member_is_no_news() {
    let old = r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#;
    let new = r#"{"type": "object", "required": ["id"], "properties": {"note": {"type": "string"}, "id": {"type": "integer"}}}"#;
    let outcome = run(&ContractsCheck::default(), &[("a.schema.json", old)], &[("a.schema.json", new)]);
    assert_eq!(outcome.findings(), []);
    assert_eq!((fact(&outcome, "side-by-side"), fact(&outcome, "rollback")), ("yes".to_owned(), "yes".to_owned()));
}

#[test]
fn a_part_of_a_contract_is_compared_through_the_contract() {
    let root = "openapi: 3.1.0\npaths:\n  /pets:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: {$ref: 'schemas/pet.yaml#/Pet'}\n";
    let old = "Pet: {type: object, required: [id], properties: {id: {type: integer}}}";
    let new = "Pet: {type: object, properties: {id: {type: integer}}}";
    let outcome = run(
        &ContractsCheck::new(Rollout::new(Strategy::Rolling)),
        &[("api/openapi.yaml", root), ("api/schemas/pet.yaml", old)],
        &[("api/openapi.yaml", root), ("api/schemas/pet.yaml", new)],
    );
    assert_eq!(rules(outcome.findings()), [("compat/more-required", Severity::Stop)]);
    assert!(fact(&outcome, "side-by-side").contains("a page from old servers reads answers of new ones"));
}

#[test]
fn nothing_that_is_recognised_is_passed_over_in_silence() {
    let outcome = run(
        &ContractsCheck::default(),
        &[("a.proto", "syntax"), ("b.json", "{\"openapi\": \"3.0.0\"}")],
        &[("a.proto", "syntax2"), ("b.json", "{\"openapi\": \"3.0.0\", ]")],
    );
    let mut found = rules(outcome.findings());
    found.sort_unstable();
    assert_eq!(found, [("compat/format-not-compared", Severity::Caution), ("compat/unreadable", Severity::Caution)]);
    assert!(fact(&outcome, "side-by-side").starts_with("unknown: "));
    assert!(fact(&outcome, "rollback").starts_with("unknown: "));
}

#[test]
fn a_removed_contract_is_a_note() {
    let outcome = run(&ContractsCheck::default(), &[("a.schema.json", "{}"), ("b", "1")], &[("b", "2")]);
    assert_eq!(rules(outcome.findings()), [("compat/contract-removed", Severity::Note)]);
}

#[test]
fn a_deploy_without_contracts_is_not_applicable() {
    let outcome = run(&ContractsCheck::default(), &[("a.rs", "1")], &[("a.rs", "2")]);
    assert!(matches!(outcome, Outcome::NotApplicable { .. }));
}

#[test]
fn an_avro_schema_is_compared_as_a_message() {
    let record = |fields: &str| format!(r#"{{"type": "record", "name": "Order", "fields": [{fields}]}}"#);
    let (old, new) = (record(r#"{"name": "id", "type": "int"}"#), record(r#"{"name": "id", "type": "long"}"#));
    let outcome = run(&ContractsCheck::default(), &[("a/order.avsc", &old)], &[("a/order.avsc", &new)]);
    assert_eq!(rules(outcome.findings()), [("compat/type-narrowed", Severity::Stop)]);
    let side_by_side = fact(&outcome, "side-by-side");
    assert!(side_by_side.contains("old servers consume messages that new servers published"), "{side_by_side}");
}
