//! GitHub, and GitHub Enterprise.

use std::time::Duration;

use gonogo_connect::{Credentials, GitHub};
use gonogo_issues::testing::tracker_conformance;
use gonogo_issues::{ChangeLookup, ChangeResolver, Field, Issue, IssueTracker, Lookup, TrackerError};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server, ok, reply};
use crate::{keys, wait};

fn issue(number: u64, more: &Value) -> Value {
    let mut all = json!({
        "number": number, "title": format!("About {number}"), "state": "closed", "state_reason": "completed",
        "labels": [{"name": "customer-visible"}, "old"], "body": "### Risk assessment\n\nlow\n\n### Notes\n\n_No response_\n",
        "html_url": format!("https://example.org/a/b/issues/{number}"), "repository_url": "https://api.example.org/repos/a/b",
        "assignees": [], "milestone": {"title": "1.2"}, "type": {"name": "Bug"},
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn gone() -> Reply {
    reply(404, &[], r#"{"message":"Not Found","documentation_url":"https://docs.example.org"}"#)
}

fn github(request: &Request) -> Reply {
    match request.path.as_str() {
        "/repos/a/b" => ok(&json!({"full_name": "a/b"})),
        "/repos/a/b/issues/1" => ok(&issue(1, &json!({}))),
        "/repos/a/b/issues/2" => ok(&issue(2, &json!({"pull_request": {"merged_at": "2026-01-01T00:00:00Z"}}))),
        "/repos/a/b/issues/3" => ok(&issue(3, &json!({"state": "open", "pull_request": {"merged_at": null}}))),
        "/repos/a/b/issues/4" => {
            reply(301, &[("location", "/repositories/77/issues/9")], r#"{"message":"Moved Permanently"}"#)
        }
        "/repositories/77/issues/9" => ok(&issue(9, &json!({"repository_url": "https://api.example.org/repos/c/d"}))),
        "/repos/a/b/issues/5" => reply(410, &[], r#"{"message":"This issue was deleted"}"#),
        "/repos/a/b/issues/6" => reply(410, &[], r#"{"message":"Issues are disabled for this repo"}"#),
        "/repos/a/b/pulls/2" => ok(&json!({"title": "SHOP-7 Search", "body": null, "head": {"ref": "feature/SHOP-8"}})),
        _ => gone(),
    }
}

fn client(server: &Server) -> GitHub {
    GitHub::at(&server.url, Some("a/b"), Credentials::bearer("secret"), Duration::from_secs(5)).unwrap()
}

fn fetch(server: &Server, list: &[&str]) -> Result<Vec<Lookup>, TrackerError> {
    let (client, keys) = (client(server), keys(list));
    wait(async move { client.fetch(&keys).await })
}

fn found(lookup: &Lookup) -> &Issue {
    match lookup {
        Lookup::Found(issue) => issue,
        other => panic!("{other:?}"),
    }
}

#[test]
fn issues_pull_requests_and_what_moved() {
    let server = Server::new(github);
    let answers = fetch(&server, &["#1", "gh-2", "a/b#3", "#4", "#5", "#404", "secret/place#1", "KAFKA-1"]).unwrap();

    let first = found(&answers[0]);
    assert_eq!((first.key.as_str(), first.title.as_str(), first.state.as_str()), ("#1", "About 1", "closed"));
    assert_eq!(first.issue_type.as_deref(), Some("Bug"));
    assert_eq!(first.labels.iter().map(String::as_str).collect::<Vec<_>>(), ["customer-visible", "old"]);
    assert_eq!(first.get("Risk assessment"), Some(&Field::Value("low".into())));
    assert_eq!(first.get("Notes"), Some(&Field::Empty));
    assert_eq!(first.get("Reviewer"), None, "no heading: nobody was asked");
    assert_eq!(first.get("Milestone"), Some(&Field::Value("1.2".into())));
    assert_eq!(first.get("Assignees"), Some(&Field::Empty));
    assert_eq!(first.changes, None);

    assert_eq!(found(&answers[1]).issue_type.as_deref(), Some("pull request"));
    assert_eq!(found(&answers[1]).changes, Some([("gh-2".to_owned(), true)].into()));
    assert_eq!(found(&answers[2]).changes, Some([("a/b#3".to_owned(), false)].into()));
    assert_eq!(found(&answers[3]).key, "c/d#9", "transferred");
    assert_eq!(answers[4], Lookup::NotFound, "deleted");
    assert_eq!(answers[5], Lookup::NotFound);
    assert!(matches!(&answers[6], Lookup::Failed { why } if why.contains("does not show the repository secret/place")));
    assert!(matches!(&answers[7], Lookup::Failed { why } if why.contains("no keys of that form")));

    // Behind a redirection on the same host the token is still shown: a private issue would not be found otherwise.
    assert!(server.asked().iter().all(|request| request.authorization.as_deref() == Some("Bearer secret")));
}

#[test]
fn switched_off_issues_are_no_answer() {
    let server = Server::new(github);
    let answers = fetch(&server, &["#6"]).unwrap();
    assert!(matches!(&answers[0], Lookup::Failed { why } if why.contains("Issues are disabled")), "{answers:?}");
}

#[test]
fn the_contract_of_a_tracker_is_kept() {
    let server = Server::new(github);
    let client = client(&server);
    wait(async move { tracker_conformance(&client, "#1", "#404").await }).unwrap();
    let repository = server.lines().iter().filter(|line| *line == "GET /repos/a/b").count();
    assert_eq!(repository, 1, "whether the repository can be seen is asked once");
}

#[test]
fn a_change_is_its_title_its_text_and_its_branch() {
    let server = Server::new(github);
    let client = client(&server);
    let answers = wait(async move { client.resolve(&keys(&["#2", "#1", "#404", "!3"])).await }).unwrap();
    let ChangeLookup::Found(text) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(
        (text.title.as_str(), text.body.as_str(), text.branch.as_str()),
        ("SHOP-7 Search", "", "feature/SHOP-8")
    );
    assert_eq!(answers[1], ChangeLookup::Issue { key: "#1".into() }, "a number in brackets may be an issue's");
    assert_eq!(answers[2], ChangeLookup::NotFound);
    assert!(matches!(answers[3], ChangeLookup::Failed { .. }));
}

#[test]
fn pull_requests_that_name_an_issue_are_read_page_by_page() {
    let event = |number: u64, body: &str, state: &str, merged: Value, place: &str| {
        json!({"event": "cross-referenced", "source": {"issue": {
            "number": number, "title": "Work", "body": body, "state": state, "pull_request": {"merged_at": merged},
            "repository_url": format!("https://api.example.org/repos/{place}")}}})
    };
    let page = json!([
        {"event": "labeled"},
        event(11, "Fixes #1", "closed", json!("2026-01-01T00:00:00Z"), "a/b"),
        event(12, "Fixes #1", "closed", json!(null), "a/b"),
        event(13, "Fixes #100", "open", json!(null), "a/b"),
        event(14, "Fixes a/b#1", "open", json!(null), "c/d"),
        {"event": "cross-referenced", "source": {"issue": {"number": 15, "body": "Fixes #1", "state": "open"}}},
    ]);
    let second = json!([event(16, "Part of #1", "open", json!(null), "a/b")]);
    let asked = |elsewhere: bool| {
        let (page, second) = (page.to_string(), second.clone());
        let server = Server::new(move |request| match request.path.as_str() {
            "/repos/a/b/issues/1" => ok(&issue(1, &json!({}))),
            "/repos/a/b/issues/1/timeline?per_page=100" => {
                let host = if elsewhere { "elsewhere.example.org" } else { &request.host };
                let link = format!("</repos/x>; rel=\"prev\", <http://{host}/page?page=2>; rel=\"next\"");
                reply(200, &[("link", &link)], &page)
            }
            "/page?page=2" => ok(&second),
            _ => gone(),
        });
        let (client, list) = (client(&server).changes(true), keys(&["#1"]));
        let answers = wait(async move { client.fetch(&list).await }).unwrap();
        found(&answers[0]).changes.clone()
    };
    assert_eq!(asked(false), Some([("#11".to_owned(), true), ("#16".to_owned(), false)].into()));
    assert_eq!(asked(true), None, "the token is shown to nobody else, and then not everything is known");
}
