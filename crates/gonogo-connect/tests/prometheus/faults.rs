//! A server that answers badly: never a reading that is not there, never a panic, never longer than the limit.

use std::time::Duration;

use gonogo_connect::{Credentials, Prometheus, PrometheusError};
use gonogo_core::Timestamp;
use gonogo_guard::driver::{MetricSource, SourceError};
use gonogo_guard::{Arm, FaultKind, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Verdict, Window};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server, ok, reply};
use crate::{plan, wait};

const END: i64 = 1_767_225_660;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

fn window(server: &Server) -> Result<Window, SourceError> {
    let source = Prometheus::new(&server.url, Credentials::none(), plan()).unwrap().limit(Duration::from_millis(400));
    wait(source.window(at(END - 60), at(END)))
}

/// What a healthy server says to each of the plan's queries.
fn good(request: &Request) -> Value {
    let body = &request.body;
    let matrix = |series: Value| json!({"status": "success", "data": {"resultType": "matrix", "result": series}});
    let points = |from: &str, to: &str| json!([[END - 61, from], [END - 1, to]]);
    if body.contains("sum%28") {
        return json!({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [END, "12"]}]}});
    }
    if body.contains("code%3D") {
        matrix(json!([{"metric": {"code": "500"}, "values": points("1", "3")}]))
    } else if body.contains("requests_total") {
        matrix(json!([{"metric": {}, "values": points("100", "200")}]))
    } else if body.contains("latency") {
        matrix(json!([
            {"metric": {"le": "0.1"}, "values": points("0", "90")},
            {"metric": {"le": "+Inf"}, "values": points("0", "100")},
        ]))
    } else if body.contains("memory") {
        matrix(
            json!([{"metric": {"pod": "a"}, "values": [[END - 1, "5"]]}, {"metric": {"pod": "b"}, "values": [[END - 1, "7"]]}]),
        )
    } else {
        matrix(json!([{"metric": {"type": "Timeout"}, "values": points("4", "6")}]))
    }
}

/// Every metric of the window, with what it says of the canary.
fn readings(window: &Window) -> Vec<(&str, Result<&str, FaultKind>)> {
    window.arms[&Arm::Canary]
        .iter()
        .map(|(name, reading)| (name.as_str(), reading.as_ref().map(Sample::form).map_err(|fault| *fault)))
        .collect()
}

#[test]
fn a_window_is_what_the_server_counted_in_it() {
    let server = Server::new(|request| ok(&good(request)));
    let found = window(&server).unwrap();
    assert_eq!((found.end, found.seconds.get()), (at(END), 60.0));
    let canary = &found.arms[&Arm::Canary];
    assert_eq!(canary["errors"], Sample::rate(100.0, 2.0));
    assert_eq!(canary["memory"], Sample::value(6.0));
    assert_eq!(canary["load"], Sample::value(12.0));
    let Ok(Sample::Buckets(buckets)) = &canary["latency"] else { panic!("no buckets") };
    assert_eq!((buckets.total().get(), buckets.above(0)), (100.0, Some(10.0)));
    let Ok(Sample::Exceptions(exceptions)) = &canary["exceptions"] else { panic!("no exceptions") };
    assert_eq!(exceptions["Timeout"].get(), 2.0);
    assert_eq!(found.arms[&Arm::Canary].len(), found.arms[&Arm::Control].len());
    // Asked for at the window's end, by the server's time.
    assert!(server.asked().iter().all(|request| request.path == "/api/v1/query"));
    assert!(server.asked().iter().all(|request| request.body.contains("time=2026-01-01T00%3A01%3A00Z")));
}

#[test]
fn a_server_that_answers_nothing_usable_has_no_window_or_a_faulty_one() {
    type Bad = (&'static str, fn(&Request) -> Reply);
    let bad: [Bad; 12] = [
        ("500", |_| reply(500, &[], "oops")),
        ("502 page", |_| reply(502, &[("content-type", "text/html")], "<html>bad gateway</html>")),
        ("503 with JSON", |_| reply(503, &[], r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#)),
        ("422", |_| reply(422, &[], r#"{"status":"error","errorType":"execution","error":"too many samples"}"#)),
        ("empty body", |_| reply(200, &[], "")),
        ("a page", |_| reply(200, &[("content-type", "text/html")], "<html>please log in</html>")),
        ("another JSON", |_| reply(200, &[], "[1, 2, 3]")),
        ("success without data", |_| reply(200, &[], r#"{"status":"success"}"#)),
        ("wrong type", |_| reply(200, &[], r#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#)),
        ("values that are numbers", |_| {
            reply(
                200,
                &[],
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1767225659,3]]}]}}"#,
            )
        }),
        ("cut short", |request| {
            let text = good(request).to_string();
            let mut said = reply(200, &[], &text);
            said.bytes.truncate(said.bytes.len() - 20);
            said
        }),
        ("asleep", |_| Reply { bytes: b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec(), open: true }),
    ];
    for (name, answer) in bad {
        match window(&Server::new(answer)) {
            Err(error) => assert_eq!(error.fault, FaultKind::SourceFailed, "{name}"),
            Ok(window) => {
                for (metric, reading) in readings(&window) {
                    assert!(reading.is_err(), "{name}: {metric} is {reading:?}");
                }
            }
        }
    }
}

#[test]
fn one_query_that_fails_spoils_its_metric_and_no_other() {
    type Bad = (&'static str, fn(&Request) -> Reply, FaultKind);
    let bad: [Bad; 6] = [
        ("5xx", |_| reply(503, &[], "busy"), FaultKind::SourceFailed),
        (
            "warnings",
            |request| {
                let mut said = good(request);
                said["warnings"] = json!(["receiver 3 did not answer"]);
                ok(&said)
            },
            FaultKind::SourceFailed,
        ),
        (
            "no series",
            |_| ok(&json!({"status": "success", "data": {"resultType": "matrix", "result": []}})),
            FaultKind::MetricMissing,
        ),
        (
            "NaN",
            |_| {
                ok(
                    &json!({"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"le": "+Inf"}, "values": [[END - 1, "NaN"]]}]}}),
                )
            },
            FaultKind::NotANumber,
        ),
        (
            "stale",
            |_| {
                ok(&json!({"status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": {"le": "+Inf"}, "values": [[END - 70, "1"], [END - 40, "2"]]}]}}))
            },
            FaultKind::Stale,
        ),
        (
            "restarted",
            |_| {
                ok(&json!({"status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": {"le": "+Inf"}, "values": [[END - 70, "100"], [END - 30, "120"], [END - 1, "3"]]}]}}))
            },
            FaultKind::CounterReset,
        ),
    ];
    for (name, answer, wanted) in bad {
        let server = Server::new(
            move |request| {
                if request.body.contains("latency") { answer(request) } else { ok(&good(request)) }
            },
        );
        for (metric, reading) in readings(&window(&server).unwrap()) {
            if metric == "latency" {
                assert_eq!(reading, Err(wanted), "{name}");
            } else {
                assert!(reading.is_ok(), "{name}: {metric} is {reading:?}");
            }
        }
    }
}

#[test]
fn a_failed_window_holds_a_rollout_back() {
    let server =
        Server::new(|request| if request.body.contains("latency") { reply(500, &[], "") } else { ok(&good(request)) });
    let config = GuardConfig::new(vec![MonitorConfig::new(MonitorKind::AgainstControl, "latency")]).planned_windows(1);
    let mut guard = Guard::new(config).unwrap();
    guard.observe(&window(&server).unwrap());
    assert_eq!(guard.verdict(), Verdict::Inconclusive);
    assert_eq!(guard.faults().map(|record| record.fault).next(), Some(FaultKind::SourceFailed));
}

#[test]
fn nobody_there_is_an_error_with_the_address() {
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let source = Prometheus::new(&url, Credentials::none(), plan()).unwrap();
    let error = wait(source.window(at(END - 60), at(END))).unwrap_err().to_string();
    assert!(error.contains("Prometheus at 127.0.0.1"), "{error}");
}

#[test]
fn addresses_and_plans_that_must_not_be_asked_are_refused() {
    let secret = Credentials::bearer("secret");
    let refused = |url: &str| Prometheus::new(url, secret.clone(), plan()).unwrap_err();
    assert!(matches!(refused("http://prometheus.example.org"), PrometheusError::Address(_)));
    assert!(matches!(refused("https://me:me@prometheus.example.org"), PrometheusError::Address(_)));
    let mut empty = plan();
    empty.metrics.clear();
    let found = Prometheus::new("http://127.0.0.1:9090", Credentials::none(), empty);
    assert!(matches!(found, Err(PrometheusError::Plan(_))));
}
