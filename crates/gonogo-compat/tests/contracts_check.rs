//! The check over a deploy: what it says of contracts that changed.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gonogo_compat::{ContractsCheck, Rollout, Strategy};
use gonogo_core::testing::MemoryHistory;
use gonogo_core::{Check, CheckContext, Deploy, Finding, History, Outcome, Severity};

fn run(check: &ContractsCheck, old: &[(&str, &str)], new: &[(&str, &str)]) -> Outcome {
    run_after(check, &[], old, new)
}

/// The same, where `v1` was released before what runs in production.
fn run_after(check: &ContractsCheck, v1: &[(&str, &str)], old: &[(&str, &str)], new: &[(&str, &str)]) -> Outcome {
    let history = MemoryHistory::new()
        .commit("v1", &[], "earlier", v1)
        .commit("production", &["v1"], "old", old)
        .commit("main", &["production"], "new", new);
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
fn clients_of_an_earlier_release_are_asked_for_as_well() {
    let body = |states: &str| {
        api(&format!("              type: object\n              properties: {{state: {{enum: {states}}}}}"))
    };
    let (first, old, new) = (body("[draft, open]"), body("[open]"), body("[open, done]"));
    fn files(text: &str) -> [(&str, &str); 1] {
        [("api/openapi.yaml", text)]
    }
    let rollout = Rollout::new(Strategy::BlueGreen).rollback(false);
    let run = |rollout: Rollout| run_after(&ContractsCheck::new(rollout), &files(&first), &files(&old), &files(&new));
    assert_eq!(run(rollout.clone()).findings(), [], "the old version sends nothing that the new one rejects");

    let outcome = run(rollout.clone().earlier_releases(["v1"]));
    assert_eq!(rules(outcome.findings()), [("compat/value-removed", Severity::Stop)]);
    let finding = &outcome.findings()[0];
    assert!(
        finding.message.starts_with("once only new servers run, a page from earlier servers posts to new ones"),
        "{}",
        finding.message
    );
    assert_eq!(finding.evidence.get("writer").unwrap(), "earlier (v1)");
    assert_eq!(
        finding.evidence.get("counterpart").unwrap(),
        "api/openapi.yaml:12 (earlier (v1)) /paths/~1orders/post/requestBody/content/application~1json/schema/properties/state"
    );
    assert!(fact(&outcome, "rollout").contains("clients and data of v1 are still there"));

    let unknown = run(rollout.clone().earlier_releases(["v1", "v0"]));
    assert!(unknown.findings().iter().any(|f| f.rule == "compat/unreadable" && f.message.contains("the release v0")));
    assert_eq!(
        run(rollout.lingering_clients(false).earlier_releases(["v1"])).findings(),
        [],
        "no page outlives the deploy"
    );
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

const LOST: &str = "unknown: api/openapi.yaml: the OpenAPI document was removed, with 1 operation (POST /orders); a client that still \
                    uses it may break";

#[test]
fn a_removed_openapi_document_leaves_its_clients_without_an_answer() {
    let base = [("api/openapi.yaml", api(CLOSED))];
    let base: Vec<(&str, &str)> = base.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let moves = ["api/openapi.txt", "tests/openapi.yaml", "api/openapi.yaml.bak"];
    let heads = moves.iter().map(|path| vec![(*path, base[0].1)]).chain([vec![("b", "2")], vec![]]);
    for head in heads {
        let outcome = run(&ContractsCheck::default(), &base, &head);
        assert_eq!(rules(outcome.findings()), [("compat/contract-removed", Severity::Caution)], "{head:?}");
        assert_eq!(outcome.findings()[0].subject, "api/openapi.yaml");
        assert_eq!((fact(&outcome, "side-by-side"), fact(&outcome, "rollback")), (LOST.to_owned(), LOST.to_owned()));
    }
    let elsewhere = run(&ContractsCheck::default(), &base, &[("docs/shop.yaml", base[0].1)]);
    assert!(matches!(elsewhere, Outcome::NotApplicable { .. }), "it was only moved");
    let empty = run(&ContractsCheck::default(), &[("a.yaml", "openapi: 3.0.0\npaths: {}\n")], &[]);
    assert_eq!(rules(empty.findings()), [("compat/contract-removed", Severity::Note)]);
    for lost in ["openapi: 3.0.0\npaths: [\n", "openapi: 3.2.0\npaths: {}\n", "swagger: '2.0'\n"] {
        let outcome = run(&ContractsCheck::default(), &[("a.yaml", lost)], &[]);
        assert_eq!(rules(outcome.findings()), [("compat/contract-removed", Severity::Caution)], "{lost}");
        assert!(fact(&outcome, "rollback").starts_with("unknown: a.yaml: the "), "{lost}");
    }
}

#[test]
fn a_lost_part_of_a_contract_leaves_it_unreadable() {
    let root = "openapi: 3.1.0\npaths:\n  /pets:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: {$ref: 'pet.yaml#/Pet'}\n";
    let outcome = run(
        &ContractsCheck::default(),
        &[("api/openapi.yaml", root), ("api/pet.yaml", "Pet: {type: object}")],
        &[("api/openapi.yaml", root)],
    );
    assert_eq!(rules(outcome.findings()), [("compat/unreadable", Severity::Caution)]);
    assert!(fact(&outcome, "side-by-side").starts_with("unknown: api/openapi.yaml: "));
}

#[test]
fn a_contract_of_another_format_is_not_compared() {
    let schema = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema"}"#;
    let outcome =
        run(&ContractsCheck::default(), &[("a.json", r#"{"openapi": "3.0.0", "paths": {}}"#)], &[("a.json", schema)]);
    assert_eq!(rules(outcome.findings()), [("compat/format-not-compared", Severity::Caution)]);
    let why = "unknown: a.json: it is of OpenAPI at base and of JSON Schema at head";
    assert_eq!((fact(&outcome, "side-by-side"), fact(&outcome, "rollback")), (why.to_owned(), why.to_owned()));
}

#[test]
fn a_version_of_openapi_that_is_not_known_is_not_compared() {
    let document = |title: &str| format!("openapi: 3.2.0\ninfo: {{title: {title}, version: '1'}}\npaths: {{}}\n");
    let outcome = run(&ContractsCheck::default(), &[("a.yaml", &document("t"))], &[("a.yaml", &document("u"))]);
    assert_eq!(rules(outcome.findings()), [("compat/format-not-compared", Severity::Caution)]);
    assert_eq!(
        fact(&outcome, "side-by-side"),
        "unknown: a.yaml: `openapi` is 3.2.0; documents of OpenAPI 3.0 and 3.1 are compared"
    );
}

#[test]
fn whether_a_new_page_calls_a_new_operation_on_an_old_server_is_not_known() {
    let (old, with) = (api(CLOSED), |paths: &[&str]| {
        let more: String = paths
            .iter()
            .map(|p| format!("  {p}:\n    get:\n      responses:\n        '200': {{description: ok}}\n"))
            .collect();
        api(CLOSED) + &more
    });
    let ask = |rollout: Rollout, new: &str| {
        let outcome = run(&ContractsCheck::new(rollout), &[("api/openapi.yaml", &old)], &[("api/openapi.yaml", new)]);
        let found: Vec<(String, Severity)> =
            rules(outcome.findings()).into_iter().map(|(r, s)| (r.to_owned(), s)).collect();
        (found, fact(&outcome, "side-by-side"), fact(&outcome, "rollback"))
    };
    let one =
        "unknown: 1 operation is only on new servers (GET /x); a page from a new server may call it on an old one";
    let note = vec![("compat/operation-added".to_owned(), Severity::Note)];
    let rolling = Rollout::new(Strategy::Rolling);
    assert_eq!(ask(rolling.clone(), &with(&["/x"])), (note.clone(), one.to_owned(), one.to_owned()));
    assert_eq!(ask(rolling.clone().session_affinity(true), &with(&["/x"])), (note.clone(), "yes".into(), one.into()));
    assert_eq!(ask(rolling.clone().lingering_clients(false), &with(&["/x"])), (note, one.to_owned(), "yes".to_owned()));
    let apart = Rollout::new(Strategy::BlueGreen).lingering_clients(false);
    assert_eq!(ask(apart, &with(&["/x"])), (vec![], "yes".to_owned(), "yes".to_owned()));
    let many = ask(rolling, &with(&["/x", "/y", "/z", "/w"])).1;
    assert_eq!(
        many,
        "unknown: 4 operations are only on new servers (GET /x, GET /y, GET /z, ...); a page from a new server may call them on \
         an old one"
    );
}

#[test]
fn a_new_document_is_a_list_of_operations_that_old_servers_may_lack() {
    let outcome = run(&ContractsCheck::default(), &[("b", "1")], &[("b", "1"), ("api.yaml", &api(CLOSED))]);
    assert_eq!(outcome.findings(), []);
    let why = "unknown: 1 operation is only on new servers (POST /orders); a page from a new server may call it on an old one";
    assert_eq!((fact(&outcome, "side-by-side"), fact(&outcome, "rollback")), (why.to_owned(), why.to_owned()));
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
