//! `gonogo guard replay` and `gonogo guard watch`, the latter against a server that answers like Prometheus.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;

use support::gonogo;

const GUARD: &str = r#"
[guard]
window_seconds = 60
planned_windows = 10

[[guard.monitors]]
kind = "against-control"
metric = "errors"
minimum_requests = 1000.0

[guard.prometheus]
url = "URL"

[guard.prometheus.arms]
canary = 'version="v2"'
control = 'version="v1"'

[guard.prometheus.metrics.errors]
requests = 'requests_total{$arm}'
errors = 'requests_total{code="500",$arm}'
"#;

const DEPLOYED: &str = "2026-01-01T00:00:00Z";

/// A server on which the canary's requests fail at `rate`, the control's at one in a hundred; every fourth answer fails where
/// `flaky`. Counters stand at what an even stream of 1000 requests a minute since 2026 gives.
fn prometheus(rate: f64, flaky: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, mut stream) in listener.incoming().flatten().enumerate() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap().replace("%3A", ":").replace("%22", "\"").replace("%3D", "=");
            let time = body.split("time=").nth(1).unwrap().split('&').next().unwrap();
            let end: gonogo::Timestamp = time.parse().unwrap();
            let share = match (body.contains("500"), body.contains("v2")) {
                (false, _) => 1.0,
                (true, true) => rate,
                (true, false) => 0.01,
            };
            let start: gonogo::Timestamp = DEPLOYED.parse().unwrap();
            let points: Vec<String> = (0..=2)
                .rev()
                .map(|minutes| {
                    let at = end.unix_seconds() - 60 * minutes;
                    let counted = ((at - start.unix_seconds() + 6000) as f64 / 60.0 * 1000.0 * share).round();
                    format!("[{at},\"{counted}\"]")
                })
                .collect();
            let said = format!(
                r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{}]}}]}}}}"#,
                points.join(",")
            );
            let status = if flaky && number % 4 == 3 { "503 Busy" } else { "200 OK" };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{said}",
                said.len()
            );
        }
    });
    url
}

fn configured(directory: &Path, url: &str) {
    std::fs::write(directory.join("gonogo.toml"), GUARD.replace("URL", url)).unwrap();
}

#[test]
fn a_healthy_rollout_is_watched_to_its_end_and_a_bad_one_is_acted_on() {
    let directory = tempfile::tempdir().unwrap();
    configured(directory.path(), &prometheus(0.01, false));
    let healthy = gonogo(directory.path(), &["guard", "watch", "--deployed-at", DEPLOYED]);
    assert_eq!(healthy.code, 0, "{}{}", healthy.out, healthy.err);
    assert_eq!(healthy.out.lines().count(), 11, "{}", healthy.out);

    configured(directory.path(), &prometheus(0.05, false));
    let act = ["guard", "watch", "--deployed-at", DEPLOYED, "--", "sh", "-c", "cat > evidence.json; echo $0 > verdict"];
    let bad = gonogo(directory.path(), &act);
    assert_eq!(bad.code, 1, "{}{}", bad.out, bad.err);
    assert_eq!(std::fs::read_to_string(directory.path().join("verdict")).unwrap(), "halt\n");
    let evidence = std::fs::read_to_string(directory.path().join("evidence.json")).unwrap();
    assert!(evidence.contains("\"halt\""));
}

#[test]
fn a_server_that_fails_now_and_then_is_never_healthy() {
    let directory = tempfile::tempdir().unwrap();
    configured(directory.path(), &prometheus(0.01, true));
    let run = gonogo(directory.path(), &["guard", "watch", "--deployed-at", DEPLOYED]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("the source failed"), "{}", run.out);
}

#[test]
fn what_was_recorded_live_is_replayed_to_the_same_verdict_with_its_pictures() {
    let directory = tempfile::tempdir().unwrap();
    configured(directory.path(), &prometheus(0.05, false));
    let watch = ["guard", "watch", "--deployed-at", DEPLOYED, "--record", "rollout.jsonl", "--state", "state.json"];
    let live = gonogo(directory.path(), &watch);
    assert_eq!(live.code, 1, "{}{}", live.out, live.err);
    let replay = [
        "guard",
        "replay",
        "rollout.jsonl",
        "--config",
        "gonogo.toml",
        "--what-if",
        "--html",
        "page.html",
        "--svg",
        "pictures",
    ];
    let again = gonogo(directory.path(), &replay);
    assert_eq!(again.code, 1, "{}{}", again.out, again.err);
    assert!(again.out.starts_with(live.out.lines().last().unwrap()), "{}{}", live.out, again.out);
    assert!(again.out.contains("as configured") && again.out.contains("alpha 0.01"));
    let page = std::fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("What other settings would have done"));
    assert!(directory.path().join("pictures/0-errors-against-control.svg").exists());
    // The rollout is over: resumed, it says so at once and fetches nothing.
    let resumed = gonogo(directory.path(), &watch);
    assert_eq!(resumed.code, 1, "{}{}", resumed.out, resumed.err);
    assert_eq!(resumed.out.lines().count(), 1, "{}", resumed.out);
    // What it came to says nothing about the next rollout, named or not.
    for next in [&["--deployed-at", "2026-02-01T00:00:00Z"][..], &[]] {
        let next = gonogo(directory.path(), &[&["guard", "watch", "--state", "state.json"], next].concat());
        assert_eq!((next.code, next.out.as_str()), (3, ""), "{}", next.err);
        assert!(next.err.contains("the rollout deployed at 2026-01-01T00:00:00Z"), "{}", next.err);
    }
}

#[test]
fn what_cannot_be_watched_is_said_in_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let run = gonogo(directory.path(), &["guard", "watch"]);
    assert_eq!((run.code, run.err.lines().count()), (3, 1), "{}", run.err);
    std::fs::write(
        directory.path().join("gonogo.toml"),
        "[guard]\n[[guard.monitors]]\nkind = \"mann-whitney\"\nmetric = \"m\"\n",
    )
    .unwrap();
    let run = gonogo(directory.path(), &["guard", "watch"]);
    assert!(run.code == 3 && run.err.contains("[guard.prometheus]"), "{}", run.err);
    configured(directory.path(), "http://127.0.0.1:1");
    std::fs::write(directory.path().join("state.json"), "{}").unwrap();
    let run = gonogo(directory.path(), &["guard", "watch", "--state", "state.json"]);
    assert!(run.code == 3 && run.err.contains("state.json cannot be resumed"), "{}", run.err);
}
