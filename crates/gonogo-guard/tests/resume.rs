//! Stopping and going on, the size of what is saved, and the batch form against the guard itself.

#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

#[path = "support/streams.rs"]
mod streams;

use gonogo_guard::{Guard, GuardConfig, GuardState, ResumeError, Window};
use serde_json::Value;
use streams::{Noise, Stream, answer, healthy};

fn config(stream: &Stream) -> GuardConfig {
    serde_json::from_value(stream.config.clone()).unwrap()
}

fn feed(guard: &mut Guard, windows: &[Value]) {
    for window in windows {
        guard.observe(&Window::from_json(window).unwrap());
    }
}

fn evidence(guard: &Guard) -> String {
    guard.evidence().to_json().unwrap().to_string()
}

/// The same stream with the canary getting worse half way, so that there is a halt to resume across.
fn worse(mut stream: Stream) -> Stream {
    let half = stream.windows.len() / 2;
    let mut noise = Noise(5);
    for (index, window) in stream.windows.iter_mut().enumerate().skip(half) {
        let sample = &mut window["arms"]["canary"]["m"];
        if sample.get("errors").is_some() {
            sample["errors"] = (60 + (10.0 * noise.unit()) as u32).into();
        } else if sample.get("value").is_some() {
            sample["value"] = (500.0 + 3.0 * index as f64).into();
        } else if sample.get("count").is_some() {
            sample["count"] = 60.into();
        } else if sample.get("buckets").is_some() {
            sample["buckets"]["0.05"] = 10.into();
            sample["buckets"]["0.1"] = 20.into();
            sample["buckets"]["0.5"] = 100.into();
        } else if sample.get("exceptions").is_some() {
            sample["exceptions"]["NullPointer"] = 4.into();
        }
    }
    stream
}

#[test]
fn resuming_after_any_window_gives_the_same_evidence_to_the_last_byte() {
    for stream in healthy().into_iter().chain(healthy().into_iter().map(worse)) {
        let mut straight = Guard::new(config(&stream)).unwrap();
        let mut stopped = Guard::new(config(&stream)).unwrap();
        for window in &stream.windows {
            feed(&mut straight, std::slice::from_ref(window));
            let saved = serde_json::to_string(stopped.state()).unwrap();
            let state: GuardState = serde_json::from_str(&saved).unwrap();
            stopped = Guard::resume(config(&stream), state).unwrap();
            feed(&mut stopped, std::slice::from_ref(window));
            assert_eq!(evidence(&straight), evidence(&stopped), "{}", stream.name);
        }
        assert_eq!(straight, stopped, "{}", stream.name);
    }
}

#[test]
fn every_kind_sees_the_harm_that_its_stream_is_given() {
    for stream in healthy().into_iter().map(worse) {
        let answer = answer(&stream.config, &stream.windows);
        assert_eq!(answer["verdict"], "halt", "{}: {}", stream.name, answer["reason"]);
        assert_eq!(answer["metric"], "m");
    }
}

#[test]
fn a_halt_latches() {
    for stream in healthy() {
        let bad = worse(Stream { windows: stream.windows.clone(), config: stream.config.clone(), ..stream });
        let mut guard = Guard::new(config(&bad)).unwrap();
        feed(&mut guard, &bad.windows);
        let halted = evidence(&guard);
        for window in &stream.windows {
            guard.observe(&Window::from_json(window).unwrap());
        }
        guard.observe_unreadable(gonogo_guard::FaultKind::SourceFailed);
        assert_eq!(evidence(&guard), halted, "{}", bad.name);
    }
}

#[test]
fn the_batch_form_says_what_the_guard_says() {
    for stream in healthy().into_iter().chain(healthy().into_iter().map(worse)) {
        let mut guard = Guard::new(config(&stream)).unwrap();
        feed(&mut guard, &stream.windows);
        let answer = answer(&stream.config, &stream.windows);
        assert_eq!(answer["evidence"].to_string(), evidence(&guard), "{}", stream.name);
        let halted_at = guard.halt().map_or(Value::Null, |halt| halt.window.into());
        assert_eq!(answer["halted_at"], halted_at, "{}", stream.name);
    }
}

#[test]
fn the_state_of_a_monitor_stays_below_four_kilobytes() {
    for stream in healthy() {
        let mut stream = stream;
        // Longer numbers than real ones, and a plan that never ends.
        stream.config["planned_windows"] = 1_000_000.into();
        let mut guard = Guard::new(config(&stream)).unwrap();
        let start = Guard::new(config(&stream)).unwrap().state().clone();
        let empty = serde_json::to_string(&start).unwrap().len();
        let mut largest = 0;
        for round in 0..20 {
            for (index, window) in stream.windows.iter().enumerate() {
                let mut window = window.clone();
                window["end"] = streams::end(1 + index + round * stream.windows.len()).into();
                guard.observe(&Window::from_json(&window).unwrap());
                largest = largest.max(serde_json::to_string(guard.state()).unwrap().len());
            }
        }
        assert!(largest < 4096, "{}: {largest} bytes, {empty} at the start", stream.name);
    }
}

#[test]
fn a_state_is_resumed_only_under_its_own_version_and_configuration() {
    let streams = healthy();
    let guard = Guard::new(config(&streams[0])).unwrap();
    let other = Guard::resume(config(&streams[5]), guard.state().clone());
    assert_eq!(other.unwrap_err(), ResumeError::OtherConfig);
    let mut saved = serde_json::to_value(guard.state()).unwrap();
    saved["version"] = 99.into();
    let state: GuardState = serde_json::from_value(saved).unwrap();
    assert_eq!(Guard::resume(config(&streams[0]), state).unwrap_err(), ResumeError::Version { found: 99 });
}
