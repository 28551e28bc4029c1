//! Every fault, in every monitor's data, during the rollout and at its end: never healthy, never a crash.

#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

#[path = "support/streams.rs"]
mod streams;

use serde_json::{Value, json};
use streams::{HISTORY, Stream, answer, end, healthy};

/// A fault: what it does to the windows at an index.
type Fault = (&'static str, fn(&mut Vec<Value>, usize));

fn arms(window: &mut Value) -> impl Iterator<Item = &mut Value> {
    window["arms"].as_object_mut().into_iter().flat_map(|arms| arms.iter_mut().map(|(_, arm)| arm))
}

/// Puts a number in place of every number of every sample of an arm.
fn spoil(arm: &mut Value, number: &Value) {
    fn walk(value: &mut Value, number: &Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, number)),
            Value::Number(_) => *value = number.clone(),
            _ => {}
        }
    }
    walk(arm, number);
}

fn spoil_arm(windows: &mut [Value], at: usize, arm: &str, number: Value) {
    spoil(&mut windows[at]["arms"][arm], &number);
}

fn replace_samples(windows: &mut [Value], at: usize, arm: &str, sample: Value) {
    if let Some(samples) = windows[at]["arms"][arm].as_object_mut() {
        samples.values_mut().for_each(|old| *old = sample.clone());
    }
}

const FAULTS: &[Fault] = &[
    ("window missing", |windows, at| {
        windows.remove(at);
    }),
    ("window null", |windows, at| windows[at] = Value::Null),
    ("window text", |windows, at| windows[at] = json!("timeout")),
    ("window empty", |windows, at| windows[at] = json!({})),
    ("arms empty", |windows, at| windows[at]["arms"] = json!({})),
    ("arms null", |windows, at| windows[at]["arms"] = Value::Null),
    ("end missing", |windows, at| {
        windows[at].as_object_mut().map(|window| window.remove("end"));
    }),
    ("end unreadable", |windows, at| windows[at]["end"] = json!("yesterday")),
    ("canary only", |windows, at| {
        windows[at]["arms"].as_object_mut().map(|arms| arms.remove("control"));
    }),
    ("control only", |windows, at| {
        windows[at]["arms"].as_object_mut().map(|arms| arms.remove("canary"));
    }),
    ("canary empty", |windows, at| windows[at]["arms"]["canary"] = json!({})),
    ("canary null", |windows, at| windows[at]["arms"]["canary"] = Value::Null),
    ("control empty", |windows, at| windows[at]["arms"]["control"] = json!({})),
    ("metric missing in canary", |windows, at| {
        windows[at]["arms"]["canary"].as_object_mut().map(|samples| samples.remove("m"));
        windows[at]["arms"]["canary"]["other"] = json!({"value": 1});
    }),
    ("metric missing in control", |windows, at| {
        windows[at]["arms"]["control"].as_object_mut().map(|samples| samples.remove("m"));
        windows[at]["arms"]["control"]["other"] = json!({"value": 1});
    }),
    ("sample null", |windows, at| replace_samples(windows, at, "canary", Value::Null)),
    ("sample empty", |windows, at| replace_samples(windows, at, "canary", json!({}))),
    ("sample text", |windows, at| replace_samples(windows, at, "canary", json!("n/a"))),
    ("sample list", |windows, at| replace_samples(windows, at, "canary", json!([1, 2]))),
    ("sample number", |windows, at| replace_samples(windows, at, "canary", json!(3))),
    ("sample truth", |windows, at| replace_samples(windows, at, "canary", json!(true))),
    ("timed out", |windows, at| replace_samples(windows, at, "canary", json!({"error": "timeout"}))),
    ("server error", |windows, at| replace_samples(windows, at, "canary", json!({"status": 503}))),
    ("partial response", |windows, at| {
        replace_samples(windows, at, "canary", json!({"requests": 200, "errors": 1, "warnings": ["partial"]}))
    }),
    ("stale", |windows, at| {
        for arm in arms(&mut windows[at]) {
            if let Some(samples) = arm.as_object_mut() {
                samples.values_mut().for_each(|sample| sample["stale"] = json!(true));
            }
        }
    }),
    ("canary NaN", |windows, at| spoil_arm(windows, at, "canary", json!("NaN"))),
    ("control NaN", |windows, at| spoil_arm(windows, at, "control", json!("NaN"))),
    ("canary infinite", |windows, at| spoil_arm(windows, at, "canary", json!("Infinity"))),
    ("canary minus infinite", |windows, at| spoil_arm(windows, at, "canary", json!("-Infinity"))),
    ("canary negative", |windows, at| spoil_arm(windows, at, "canary", json!(-5))),
    ("control negative", |windows, at| spoil_arm(windows, at, "control", json!(-5))),
    ("counter reset", |windows, at| spoil_arm(windows, at, "canary", json!(-180.5))),
    ("canary absurdly large", |windows, at| spoil_arm(windows, at, "canary", json!(1e300))),
    ("canary very large", |windows, at| spoil_arm(windows, at, "canary", json!(1e13))),
    ("control very large", |windows, at| spoil_arm(windows, at, "control", json!(1e13))),
    ("canary text for numbers", |windows, at| spoil_arm(windows, at, "canary", json!("12"))),
    ("canary null for numbers", |windows, at| spoil_arm(windows, at, "canary", Value::Null)),
    ("wrong form", |windows, at| {
        let wrong = if windows[at]["arms"]["canary"]["m"].get("value").is_some() {
            json!({"requests": 10, "errors": 0})
        } else {
            json!({"value": 1})
        };
        windows[at]["arms"]["canary"]["m"] = wrong;
    }),
    ("zero requests", |windows, at| {
        let zero = match &windows[at]["arms"]["canary"]["m"] {
            sample if sample.get("requests").is_some() => json!({"requests": 0, "errors": 0}),
            sample if sample.get("count").is_some() => json!({"count": 0, "exposure": 0}),
            sample if sample.get("buckets").is_some() => {
                json!({"buckets": {"0.05": 0, "0.1": 0, "0.5": 0, "+Inf": 0}})
            }
            // A gauge has no requests and is absent instead.
            sample if sample.get("value").is_some() => Value::Null,
            sample => sample.clone(),
        };
        windows[at]["arms"]["canary"]["m"] = zero;
        if windows[at]["arms"]["canary"].get("requests").is_some() {
            windows[at]["arms"]["canary"]["requests"] = json!({"requests": 0, "errors": 0});
        }
    }),
    ("sent twice", |windows, at| {
        let again = windows[at].clone();
        windows.insert(at, again);
    }),
    ("sent twice with other content", |windows, at| {
        let mut again = windows[at].clone();
        spoil(&mut again["arms"]["canary"], &json!(7));
        windows.insert(at, again);
    }),
    ("out of order", |windows, at| windows.swap(at - 1, at)),
    ("old window again", |windows, at| {
        let old = windows[at - 3].clone();
        windows.insert(at, old);
    }),
    ("overlapping", |windows, at| {
        let shifted = windows[at]["end"].as_str().unwrap_or_default().replace(":00Z", ":30Z");
        let mut half = windows[at].clone();
        half["end"] = json!(shifted);
        windows.insert(at + 1, half);
    }),
    ("longer window", |windows, at| windows[at]["seconds"] = json!(120)),
    ("shorter window", |windows, at| windows[at]["seconds"] = json!(30)),
    ("length zero", |windows, at| windows[at]["seconds"] = json!(0)),
    ("length missing", |windows, at| {
        windows[at].as_object_mut().map(|window| window.remove("seconds"));
    }),
    ("unknown arm", |windows, at| windows[at]["arms"]["baseline"] = json!({})),
    ("stopped early", |windows, at| windows.truncate(at)),
];

fn cells(stream: &Stream) -> Vec<(String, String)> {
    let mut healthy = Vec::new();
    let after = stream.config.get("deployed_at").map_or(0, |_| HISTORY);
    let last = stream.windows.len() - 1;
    for (name, fault) in FAULTS {
        for (place, at) in [("during", after + 30), ("at the end", last)] {
            let mut windows = stream.windows.clone();
            fault(&mut windows, at);
            let answer = answer(&stream.config, &windows);
            if answer["verdict"] == "healthy" {
                healthy.push((format!("{}: {name} {place}", stream.name), answer["reason"].to_string()));
            }
        }
        // The fault from there on to the end.
        let mut windows = stream.windows.clone();
        for at in (after + 40..=last).rev() {
            if at < windows.len() {
                fault(&mut windows, at);
            }
        }
        if answer(&stream.config, &windows)["verdict"] == "healthy" {
            healthy.push((format!("{}: {name} from window 40 on", stream.name), String::new()));
        }
    }
    healthy
}

#[test]
fn the_streams_are_healthy_without_faults() {
    for stream in healthy() {
        let answer = answer(&stream.config, &stream.windows);
        assert_eq!(answer["verdict"], "healthy", "{}: {}", stream.name, answer["reason"]);
    }
}

#[test]
fn no_fault_in_any_monitor_is_ever_healthy() {
    let wrong: Vec<(String, String)> = healthy().iter().flat_map(cells).collect();
    assert!(wrong.is_empty(), "{} cells healthy:\n{wrong:#?}", wrong.len());
}

#[test]
fn nothing_at_all_is_not_healthy() {
    for stream in healthy() {
        assert_eq!(answer(&stream.config, &[])["verdict"], "inconclusive", "{}", stream.name);
        assert_eq!(answer(&stream.config, &vec![Value::Null; 200])["verdict"], "inconclusive", "{}", stream.name);
    }
}

#[test]
fn a_bare_not_a_number_spoils_its_sample_and_not_the_line() {
    let stream = &healthy()[0];
    let line = json!({"id": 3, "config": stream.config, "windows": stream.windows}).to_string();
    let line = line.replacen("\"errors\":2", "\"errors\":NaN", 1);
    assert!(line.contains("NaN"));
    let answer = gonogo_guard::batch::answer(&line).unwrap();
    assert_eq!((&answer["id"], &answer["verdict"]), (&json!(3), &json!("inconclusive")));
    assert!(answer["reason"].as_str().unwrap().contains("not a number"), "{}", answer["reason"]);
}

#[test]
fn the_end_of_a_run_never_upgrades_a_verdict() {
    for stream in healthy() {
        let after = stream.config.get("deployed_at").map_or(0, |_| HISTORY);
        for until in [after + 1, after + 20, stream.windows.len() - 1] {
            let cut = answer(&stream.config, &stream.windows[..until]);
            assert_eq!(cut["verdict"], "inconclusive", "{} cut at {until}", stream.name);
        }
    }
}

#[test]
fn windows_before_the_deploy_are_history_and_their_absence_is_said() {
    let stream = healthy().into_iter().find(|stream| stream.name == "before-after, rate").unwrap();
    let without = answer(&stream.config, &stream.windows[HISTORY..]);
    assert_eq!(without["verdict"], "inconclusive");
    assert!(without["reason"].as_str().unwrap().contains("history"), "{}", without["reason"]);
    assert_eq!(stream.windows[HISTORY - 1]["end"], json!(end(HISTORY)));
}
