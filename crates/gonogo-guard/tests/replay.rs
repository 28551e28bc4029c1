//! A recorded incident played again, its picture, what other settings would have done, and the gate's check on it.

#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

#[path = "support/streams.rs"]
mod streams;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use gonogo_core::{Check, CheckContext, Deploy, ObjectId, Outcome, Revision, Severity};
use gonogo_guard::replay::{Replay, usual_what_ifs, what_if};
use gonogo_guard::svg::monitor_svg;
use gonogo_guard::{GuardConfig, MetricsCheck, RULES, Recording, Verdict};
use serde_json::json;
use streams::{Stream, healthy};

/// The first stream, with errors tenfold from window 30 on.
fn incident() -> Stream {
    let mut stream = healthy().into_iter().find(|stream| stream.name == "static-bound, rate").unwrap();
    for window in stream.windows.iter_mut().skip(30) {
        window["arms"]["canary"]["m"]["errors"] = 40.into();
    }
    stream
}

fn bytes(stream: &Stream) -> Vec<u8> {
    json!({"config": stream.config, "windows": stream.windows}).to_string().into_bytes()
}

#[test]
fn a_replay_shows_when_and_why_it_halted() {
    let stream = incident();
    let replay = Replay::of(&Recording::from_bytes(&bytes(&stream)).unwrap(), None).unwrap();
    assert_eq!(replay.evidence.verdict, Verdict::Halt);
    let at = replay.halted_at().unwrap();
    assert!((30..45).contains(&at), "{at}");
    assert_eq!(replay.steps.len(), 60);
    assert_eq!(replay.steps[at].observed, "halted");
    assert_eq!(replay.steps[at - 1].verdict, Verdict::Inconclusive);
    assert_eq!(replay.steps[40].points[0].canary, Some(0.2));
    let evidence = |step: usize| replay.steps[step].points[0].log_evalue.unwrap();
    assert!(evidence(at) > evidence(29));
}

#[test]
fn the_picture_is_well_formed_and_shows_the_halt() {
    let mut stream = incident();
    stream.config["monitors"][0]["query"] = json!("rate(errors{code=~\"5..\"}[1m]) <b>");
    let replay = Replay::of(&Recording::from_bytes(&bytes(&stream)).unwrap(), None).unwrap();
    let picture = monitor_svg(&replay, 0).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"));
    assert!(picture.contains("halt, window"));
    assert!(picture.contains("bound 0.03"));
    assert!(!picture.contains("<b>") && !picture.contains("NaN") && !picture.contains("inf"));
    // Every element that is opened is closed.
    for element in ["svg", "text", "title", "rect", "path", "line"] {
        let opened =
            picture.matches(&format!("<{element} ")).count() + picture.matches(&format!("<{element}>")).count();
        let closed = picture.matches(&format!("</{element}>")).count();
        let empty =
            picture.split('<').filter(|tag| tag.starts_with(&format!("{element} ")) && tag.contains("/>")).count();
        assert_eq!(opened, closed + empty, "{element}");
    }
    assert!(monitor_svg(&replay, 1).is_none());
}

#[test]
fn other_settings_are_compared_on_the_same_recording() {
    let stream = incident();
    let recording = Recording::from_bytes(&bytes(&stream)).unwrap();
    let config: GuardConfig = serde_json::from_value(stream.config.clone()).unwrap();
    let compared = what_if(&recording, &usual_what_ifs(&config)).unwrap();
    let find = |change: &str| compared.iter().find(|what_if| what_if.change.contains(change)).unwrap();
    assert_eq!(find("as configured").verdict, Verdict::Halt);
    assert!(find("alpha 0.01").halted_at >= find("as configured").halted_at);
    assert_eq!(find("3 of 5").halted_at, Some(32));
    assert!(find("half more bound").halted_at >= find("as configured").halted_at);
}

fn run(check: &MetricsCheck) -> Outcome {
    let revision = |byte: u8| Revision::from_id(ObjectId::from_bytes(&[byte; 20]).unwrap());
    let deploy = Arc::new(Deploy::new("shop", "production", revision(1), revision(2)));
    let context = CheckContext::standalone(deploy, None);
    let mut future = pin!(check.run(&context));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.unwrap(),
        Poll::Pending => panic!("the check waits for something"),
    }
}

fn check(stream: &Stream, cut: usize) -> Outcome {
    let bytes = bytes(stream);
    let kept = bytes[..bytes.len() - cut].to_vec();
    run(&MetricsCheck::new("canary.json", None, move || Ok(kept.clone())))
}

#[test]
fn a_halt_is_a_stop_a_healthy_run_examined_and_anything_else_undetermined() {
    let Outcome::Examined { findings, facts } = check(&incident(), 0) else { panic!("not examined") };
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].severity, findings[0].subject.as_str()), (Severity::Stop, "m"));
    assert!(RULES.iter().any(|rule| rule.id == findings[0].rule));
    assert!(facts.examined_something());

    let well = healthy().remove(0);
    let Outcome::Examined { findings, facts } = check(&well, 0) else { panic!("not examined") };
    assert!(findings.is_empty() && facts.examined_something());

    let mut short = healthy().remove(0);
    short.windows.truncate(20);
    let Outcome::Undetermined { why, remedy } = check(&short, 0) else { panic!("not undetermined") };
    assert!(why.contains("20 of 60 windows") && remedy.is_some(), "{why}");

    let Outcome::Undetermined { why, remedy } = check(&well, 100) else { panic!("not undetermined") };
    assert!(why.contains("line 1") && remedy.is_some(), "{why}");

    let gone = run(&MetricsCheck::file("/nowhere/canary.json", None));
    assert!(matches!(gone, Outcome::Undetermined { .. }));
}

#[test]
fn harm_seen_by_a_monitor_that_is_not_critical_is_a_caution() {
    let mut stream = incident();
    stream.config["monitors"][0]["critical"] = json!(false);
    let Outcome::Examined { findings, .. } = check(&stream, 0) else { panic!("not examined") };
    assert_eq!((findings[0].severity, findings[0].rule.as_str()), (Severity::Caution, "guard/advisory-harm"));
}
