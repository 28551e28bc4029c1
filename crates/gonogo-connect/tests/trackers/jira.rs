//! Jira Cloud and Jira Data Center.

use gonogo_connect::{Credentials, Deployment, Jira};
use gonogo_issues::testing::tracker_conformance;
use gonogo_issues::{Field, Issue, IssueTracker, Lookup, TrackerError};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server, ok, reply};
use crate::{keys, wait};

fn issue(key: &str, fields: &Value) -> Value {
    let mut all = json!({
        "summary": format!("About {key}"), "status": {"name": "Done"}, "issuetype": {"name": "Story"},
        "labels": ["customer-visible"],
    });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"id": "10001", "key": key, "fields": all})
}

fn paragraph(text: &str) -> Value {
    json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]})
}

fn list_of_fields() -> Value {
    json!([
        {"id": "customfield_1", "name": "Risk assessment", "custom": true},
        {"id": "customfield_2", "name": "Post-deploy checks", "custom": true},
        {"id": "customfield_3", "name": "Reviewer approval", "custom": true},
        {"id": "customfield_9", "name": "Development",
         "schema": {"custom": "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"}},
    ])
}

fn not_found() -> Reply {
    reply(
        404,
        &[],
        r#"{"errorMessages":["Issue does not exist or you do not have permission to see it."],"errors":{}}"#,
    )
}

/// SHOP-1 and SHOP-2 are there, OLD-7 is SHOP-3 now, everything else is not.
fn cloud(request: &Request) -> Reply {
    let empty = json!({"type": "doc", "version": 1, "content": [
        {"type": "table", "content": [{"type": "tableRow", "content": [{"type": "tableCell", "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": " \u{a0}\u{200b}"}, {"type": "hardBreak"}]}]}]}]},
        {"type": "rule"}]});
    let first = issue("SHOP-1", &json!({"customfield_1": paragraph("low"), "customfield_2": empty}));
    let second =
        issue("SHOP-2", &json!({"customfield_1": null, "customfield_2": " ", "customfield_3": {"value": "Yes"}}));
    let third = issue("SHOP-3", &json!({"customfield_1": paragraph("moved")}));
    match (request.method.as_str(), request.path.split('?').next().unwrap()) {
        ("GET", "/rest/api/3/field") => ok(&list_of_fields()),
        ("POST", "/rest/api/3/issue/bulkfetch") => {
            let asked: Value = serde_json::from_str(&request.body).unwrap();
            let wants = |key: &str| asked["issueIdsOrKeys"].as_array().unwrap().iter().any(|one| one == key);
            let mut issues = Vec::new();
            // In the order of their ids, and a moved one under its new key.
            for (key, issue) in [("SHOP-2", &second), ("SHOP-1", &first), ("OLD-7", &third)] {
                issues.extend(wants(key).then_some(issue.clone()));
            }
            ok(&json!({"issues": issues, "issueErrors": []}))
        }
        ("GET", "/rest/api/3/issue/OLD-7") => ok(&third),
        ("GET", "/rest/api/3/issue/SHOP-1") => ok(&first),
        _ => not_found(),
    }
}

fn jira(server: &Server, deployment: Deployment) -> Jira {
    Jira::new(deployment, &server.url, Credentials::basic("bot@example.org", "secret")).unwrap()
}

fn found(lookup: &Lookup) -> &Issue {
    match lookup {
        Lookup::Found(issue) => issue,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cloud_answers_in_batches_by_the_names_that_people_see() {
    let server = Server::new(cloud);
    let jira = jira(&server, Deployment::Cloud).fields([
        "Risk assessment",
        "post-deploy checks",
        "Reviewer approval",
        "No such",
    ]);
    let answers =
        wait(async move { jira.fetch(&keys(&["SHOP-1", "SHOP-404", "shop-2", "OLD-7", "#12"])).await }).unwrap();

    let first = found(&answers[0]);
    assert_eq!((first.key.as_str(), first.title.as_str(), first.state.as_str()), ("SHOP-1", "About SHOP-1", "Done"));
    assert_eq!(first.issue_type.as_deref(), Some("Story"));
    assert_eq!(first.url.as_deref(), Some(format!("{}/browse/SHOP-1", server.url).as_str()));
    assert!(first.labels.contains("customer-visible"));
    assert_eq!(first.get("Risk assessment"), Some(&Field::Value(paragraph("low"))));
    assert_eq!(first.get("Post-deploy checks"), Some(&Field::Empty), "a table without any text says nothing");
    assert_eq!(first.get("Reviewer approval"), Some(&Field::Hidden), "left out is not empty");
    assert_eq!(first.get("No such"), None, "a name that Jira does not list: nothing is known");
    assert_eq!(first.changes, None);

    assert_eq!(answers[1], Lookup::NotFound);
    let second = found(&answers[2]);
    assert_eq!(second.get("Risk assessment"), Some(&Field::Empty));
    assert_eq!(second.get("Post-deploy checks"), Some(&Field::Empty));
    assert_eq!(second.get("Reviewer approval"), Some(&Field::Value(json!({"value": "Yes"}))));
    assert_eq!(found(&answers[3]).key, "SHOP-3", "moved");
    assert!(matches!(&answers[4], Lookup::Failed { why } if why.contains("no keys of that form")));

    assert_eq!(
        server.lines(),
        [
            "GET /rest/api/3/field",
            "POST /rest/api/3/issue/bulkfetch",
            "GET /rest/api/3/issue/OLD-7?fields=customfield_1,customfield_2,customfield_3,issuetype,labels,status,summary",
            "GET /rest/api/3/issue/SHOP-404?fields=customfield_1,customfield_2,customfield_3,issuetype,labels,status,summary",
        ]
    );
    // base64 of bot@example.org:secret
    assert!(
        server.asked().iter().all(|r| r.authorization.as_deref() == Some("Basic Ym90QGV4YW1wbGUub3JnOnNlY3JldA=="))
    );
}

#[test]
fn the_contract_of_a_tracker_is_kept() {
    let server = Server::new(cloud);
    let cloud = jira(&server, Deployment::Cloud);
    wait(async move { tracker_conformance(&cloud, "SHOP-1", "SHOP-404").await }).unwrap();
    assert!(server.lines().iter().all(|line| !line.contains("/field")), "no names, no list of fields");

    let server = Server::new(data_center);
    let own = jira(&server, Deployment::DataCenter);
    wait(async move { tracker_conformance(&own, "SHOP-1", "SHOP-404").await }).unwrap();
}

/// A page has two issues at most. A query with an unknown key is refused, whatever it was told.
fn data_center(request: &Request) -> Reply {
    match (request.method.as_str(), request.path.split('?').next().unwrap()) {
        ("GET", "/rest/api/2/field") => ok(&list_of_fields()),
        ("POST", "/rest/api/2/search") => {
            let asked: Value = serde_json::from_str(&request.body).unwrap();
            let query = asked["jql"].as_str().unwrap();
            assert_eq!(asked["validateQuery"], json!(false));
            if query.contains("SHOP-404") {
                let why = "An issue with key 'SHOP-404' does not exist for field 'issuekey'.";
                return reply(400, &[], &json!({"errorMessages": [why], "errors": {}}).to_string());
            }
            let listed = query.strip_prefix("issuekey in (").unwrap().strip_suffix(')').unwrap();
            let all: Vec<Value> = listed.split(',').map(|key| issue(key, &json!({}))).collect();
            let from = usize::try_from(asked["startAt"].as_u64().unwrap()).unwrap();
            let page: Vec<Value> = all.iter().skip(from).take(2).cloned().collect();
            ok(&json!({"startAt": from, "maxResults": 2, "total": all.len(), "issues": page}))
        }
        ("GET", path) if path.starts_with("/rest/api/2/issue/SHOP-") && !path.ends_with("SHOP-404") => {
            ok(&issue(path.rsplit('/').next().unwrap(), &json!({})))
        }
        _ => not_found(),
    }
}

#[test]
fn data_center_is_searched_page_by_page() {
    let server = Server::new(data_center);
    let jira = jira(&server, Deployment::DataCenter);
    let answers =
        wait(async move { jira.fetch(&keys(&["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5"])).await }).unwrap();
    let told: Vec<&str> = answers.iter().map(|answer| found(answer).key.as_str()).collect();
    assert_eq!(told, ["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5"]);
    assert_eq!(server.lines(), vec!["POST /rest/api/2/search"; 3]);
}

#[test]
fn a_query_that_is_refused_for_one_key_answers_the_others() {
    let server = Server::new(data_center);
    let jira = jira(&server, Deployment::DataCenter);
    let answers = wait(async move { jira.fetch(&keys(&["SHOP-1", "SHOP-404", "SHOP-2"])).await }).unwrap();
    assert_eq!(found(&answers[0]).key, "SHOP-1");
    assert_eq!(answers[1], Lookup::NotFound);
    assert_eq!(found(&answers[2]).key, "SHOP-2");
}

#[test]
fn a_login_that_failed_is_refused_although_nothing_is_found() {
    for (name, value) in [("x-seraph-loginreason", "AUTHENTICATED_FAILED"), ("x-ausername", "anonymous")] {
        let server = Server::new(move |request| match request.method.as_str() {
            "POST" => reply(200, &[(name, value)], r#"{"issues": [], "total": 0}"#),
            _ => not_found(),
        });
        let jira = jira(&server, Deployment::DataCenter);
        let error = wait(async move { jira.fetch(&keys(&["SHOP-1"])).await }).unwrap_err();
        assert!(matches!(error, TrackerError::Refused { .. }), "{error}");
        assert_eq!(server.lines().len(), 1);
    }
}

#[test]
fn an_issue_without_a_state_failed_and_hides_no_other() {
    let server = Server::new(|_| {
        let mut broken = issue("SHOP-1", &json!({}));
        broken["fields"]["status"] = json!(null);
        ok(&json!({"issues": [broken, issue("SHOP-2", &json!({})), 7, {"fields": {}}]}))
    });
    let jira = jira(&server, Deployment::Cloud);
    let answers = wait(async move { jira.fetch(&keys(&["SHOP-1", "SHOP-2"])).await }).unwrap();
    assert!(matches!(&answers[0], Lookup::Failed { why } if why.contains("has no status")));
    assert_eq!(found(&answers[1]).key, "SHOP-2");
}

#[test]
fn pull_requests_are_counted_from_the_development_field() {
    let server = Server::new(|request| match request.path.as_str() {
        "/rest/api/3/field" => ok(&list_of_fields()),
        _ => ok(&json!({"issues": [
            issue("SHOP-1", &json!({"customfield_9": "{pullrequest={state=OPEN}, json={\"cachedValue\":{\"summary\":{\"pullrequest\":{\"overall\":{\"count\":1,\"state\":\"OPEN\",\"stateCount\":1}}}},\"isStale\":false}}"})),
            issue("SHOP-2", &json!({"customfield_9": "{}"})),
            issue("SHOP-3", &json!({})),
        ]})),
    });
    let jira = jira(&server, Deployment::Cloud).changes(true);
    let answers = wait(async move { jira.fetch(&keys(&["SHOP-1", "SHOP-2", "SHOP-3"])).await }).unwrap();
    assert_eq!(found(&answers[0]).changes, Some([("1 open pull request".to_owned(), false)].into()));
    assert_eq!(found(&answers[1]).changes, Some([].into()), "none is not the same as unknown");
    assert_eq!(found(&answers[2]).changes, None);
}

#[test]
fn keys_are_shown_to_nobody_as_anything_but_keys() {
    let server = Server::new(|_| ok(&json!({"issues": []})));
    let jira = jira(&server, Deployment::DataCenter);
    let hostile =
        ["A-1) or project = SECRET", "../../admin-1", "A-1?x=1", "A-1\r\nX: y", "É-1", "A-１", "-1", "A-", "A-1 "];
    let answers = wait(async move { jira.fetch(&keys(&hostile)).await }).unwrap();
    assert!(answers.iter().all(|answer| matches!(answer, Lookup::Failed { .. })));
    assert!(server.lines().is_empty());
}
