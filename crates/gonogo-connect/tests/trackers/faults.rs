//! What servers answer when they do not answer.

use std::time::Duration;

use gonogo_connect::{Credentials, Deployment, GitHub, Jira};
use gonogo_issues::{IssueTracker, Lookup, Patience, TrackerError, fetch_all};

use crate::server::{Reply, Server, reply};
use crate::{Sleeps, keys, wait};

/// Short enough for a test, long enough for a slow machine to connect.
const LIMIT: Duration = Duration::from_secs(3);

fn jira(server: &Server) -> Jira {
    Jira::with_limit(Deployment::Cloud, &server.url, Credentials::basic("bot", "hush"), LIMIT).unwrap()
}

fn github(server: &Server) -> GitHub {
    GitHub::at(&server.url, Some("a/b"), Credentials::bearer("hush"), LIMIT).unwrap()
}

/// What both say when each call is answered so. Neither ever finds anything, says that there is nothing, or shows the token.
fn both(answer: impl Fn() -> Reply + Send + Sync + Clone + 'static) -> [TrackerError; 2] {
    let (first, second) = (answer.clone(), answer);
    let (one, two) = (Server::new(move |_| first()), Server::new(move |_| second()));
    let (jira, github) = (jira(&one), github(&two));
    let shown = format!("{jira:?} {github:?}");
    let errors = [
        wait(async move { jira.fetch(&keys(&["SHOP-1"])).await }).unwrap_err(),
        wait(async move { github.fetch(&keys(&["#1"])).await }).unwrap_err(),
    ];
    assert!(!format!("{shown} {errors:?} {} {}", errors[0], errors[1]).contains("hush"));
    errors
}

fn refuses(errors: &[TrackerError], words: &str) {
    for error in errors {
        assert!(matches!(error, TrackerError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

fn may_pass(errors: &[TrackerError], words: &str, wanted: Option<u64>) {
    for error in errors {
        let TrackerError::Transient { retry_after, .. } = error else { panic!("{error:?}") };
        assert_eq!(*retry_after, wanted.map(Duration::from_secs));
        assert!(error.to_string().contains(words), "{error}");
    }
}

fn unreadable(errors: &[TrackerError], words: &str) {
    for error in errors {
        assert!(matches!(error, TrackerError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn refusals_say_what_to_do_and_are_not_tried_again() {
    refuses(&both(|| reply(401, &[], r#"{"message":"Bad credentials"}"#)), "Bad credentials; renew the token");
    refuses(&both(|| reply(403, &[], r#"{"message":"Resource not accessible"}"#)), "let the token's user read issues");
    let page = "<!doctype html><title>Log in</title>";
    refuses(&both(move || reply(200, &[("content-type", "text/html; charset=utf-8")], page)), "probably one to log in");
    refuses(&both(move || reply(200, &[("content-type", "text/plain")], page)), "probably one to log in");
}

#[test]
fn a_redirection_to_a_page_to_log_in_is_refused() {
    let server = Server::new(|request| match request.path.as_str() {
        "/login" => reply(200, &[("content-type", "text/html")], "<title>Log in</title>"),
        _ => reply(302, &[("location", "/login")], ""),
    });
    let (jira, github) = (jira(&server), github(&server));
    let errors = [
        wait(async move { jira.fetch(&keys(&["SHOP-1"])).await }).unwrap_err(),
        wait(async move { github.fetch(&keys(&["#1"])).await }).unwrap_err(),
    ];
    refuses(&errors, "probably one to log in");
}

#[test]
fn a_404_that_no_tracker_wrote_is_not_a_missing_issue() {
    let server = Server::new(|_| reply(404, &[("content-type", "text/html")], "<h1>nginx</h1>"));
    let (jira, github) = (jira(&server), github(&server));
    refuses(&[wait(async move { jira.fetch(&keys(&["SHOP-1"])).await }).unwrap_err()], "check the address");
    let answers = wait(async move { github.fetch(&keys(&["#1"])).await }).unwrap();
    assert!(matches!(&answers[0], Lookup::Failed { why } if why.contains("does not show the repository")));
}

#[test]
fn limits_and_outages_may_pass() {
    may_pass(&both(|| reply(429, &[("retry-after", "7")], "{}")), "limits how often", Some(7));
    may_pass(&both(|| reply(403, &[("retry-after", "8")], "{}")), "limits how often", Some(8));
    let exhausted =
        [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784111787"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
    may_pass(&both(move || reply(403, &exhausted, "{}")), "limits how often", Some(11));
    let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    may_pass(&both(move || reply(403, &[], secondary)), "secondary rate limit", None);
    may_pass(&both(|| reply(503, &[("retry-after", "2")], "")), "it failed (503)", Some(2));
    may_pass(&both(|| reply(502, &[], "<h1>bad gateway</h1>")), "it failed (502)", None);
}

#[test]
fn broken_answers_are_never_half_read() {
    let body = |bytes: &'static [u8], open| move || Reply { bytes: bytes.to_vec(), open };
    may_pass(
        &both(body(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"issues\": [", false)),
        "did not answer",
        None,
    );
    may_pass(&both(body(b"", false)), "did not answer", None);
    may_pass(&both(body(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", true)), "no answer within 3 seconds", None);
    may_pass(&both(body(b"\x16\x03\x01 no http at all\r\n\r\n", false)), "did not answer", None);
    unreadable(&both(|| reply(200, &[], "{\"issues\": [")), "cannot be read");
    unreadable(&both(|| reply(200, &[], "\u{0}\u{1}")), "cannot be read");
    unreadable(&both(|| reply(418, &[], "{}")), "status 418");
    let deep = "[".repeat(100_000);
    unreadable(&both(move || reply(200, &[], &deep)), "cannot be read");
}

#[test]
fn json_of_another_form_is_no_answer() {
    for body in ["null", "7", "[]", "{}", r#"{"issues": 7}"#] {
        let server = Server::new(move |_| reply(200, &[], body));
        let jira = jira(&server);
        let error = wait(async move { jira.fetch(&keys(&["SHOP-1"])).await }).unwrap_err();
        assert!(matches!(error, TrackerError::Unreadable { .. }), "{error}");
        let server = Server::new(move |_| reply(200, &[], body));
        let github = github(&server);
        let answers = wait(async move { github.fetch(&keys(&["#1"])).await }).unwrap();
        assert!(matches!(answers[0], Lookup::Failed { .. }), "{answers:?}");
    }
}

#[test]
fn nobody_at_the_address_may_pass() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Jira::new(Deployment::Cloud, &format!("http://127.0.0.1:{port}"), Credentials::none()).unwrap();
    let error = wait(async move { client.fetch(&keys(&["SHOP-1"])).await }).unwrap_err();
    assert!(matches!(error, TrackerError::Transient { .. }), "{error}");
}

#[test]
fn a_limit_is_waited_for_as_long_as_it_asks_and_then_the_answer_is_had() {
    let server = Server::new({
        let calls = std::sync::atomic::AtomicUsize::new(0);
        move |_| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => reply(429, &[("retry-after", "9")], "{}"),
            1 => reply(500, &[], "{}"),
            _ => reply(200, &[], r#"{"issues": [{"key": "SHOP-1", "fields": {"status": {"name": "Done"}}}]}"#),
        }
    });
    let (jira, clock) = (jira(&server), Sleeps::default());
    let slept = clock.clone();
    let answers = wait(async move { fetch_all(&jira, &keys(&["SHOP-1"]), &Patience::default(), &clock).await });
    assert!(matches!(&answers["SHOP-1"], Lookup::Found(issue) if issue.state == "Done"));
    assert_eq!(*slept.0.lock().unwrap(), [Duration::from_secs(9), Duration::from_secs(1)]);
}

#[test]
fn a_tracker_that_never_answers_has_failed_and_says_why() {
    let server = Server::new(|_| reply(429, &[("retry-after", "3600")], "{}"));
    let (jira, clock) = (jira(&server), Sleeps::default());
    let slept = clock.clone();
    let answers = wait(async move { fetch_all(&jira, &keys(&["SHOP-1"]), &Patience::default(), &clock).await });
    assert!(matches!(&answers["SHOP-1"], Lookup::Failed { why } if why.contains("limits how often")));
    assert!(slept.0.lock().unwrap().is_empty(), "an hour is longer than patience");
}
