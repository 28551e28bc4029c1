//! Healthy streams of windows for every kind of monitor, in the batch form.

use serde_json::{Map, Value, json};

/// A small seeded generator; the tests need variety, not quality.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hits(&mut self, trials: u32, share: f64) -> u32 {
        (0..trials).filter(|_| self.unit() < share).count() as u32
    }
}

pub(crate) const WINDOWS: usize = 60;
pub(crate) const HISTORY: usize = 60;
pub(crate) const REQUESTS: u32 = 200;

/// A monitor's settings, with a stream that it finds healthy.
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    pub(crate) config: Value,
    pub(crate) windows: Vec<Value>,
}

pub(crate) fn end(minute: usize) -> String {
    gonogo_core::Timestamp::from_unix_seconds(1_767_225_600 + 60 * minute as i64)
        .map(|at| at.to_string())
        .unwrap_or_default()
}

fn windows(from: usize, to: usize, mut arm: impl FnMut(usize, &str) -> Value) -> Vec<Value> {
    (from..to)
        .map(|minute| {
            let arms = json!({"canary": arm(minute, "canary"), "control": arm(minute, "control")});
            json!({"end": end(minute + 1), "seconds": 60, "arms": arms})
        })
        .collect()
}

fn config(monitor: Value) -> Value {
    json!({"alpha": 0.05, "window_seconds": 60, "planned_windows": WINDOWS, "monitors": [monitor]})
}

fn histogram(noise: &mut Noise) -> Value {
    let (fast, middle) = (noise.hits(REQUESTS, 0.5), noise.hits(REQUESTS / 2, 0.4));
    let slow = REQUESTS - 3 - noise.hits(4, 0.5);
    let middle = (fast + middle).min(slow);
    json!({"buckets": {"0.05": fast, "0.1": middle, "0.5": slow, "+Inf": REQUESTS}})
}

/// One stream for each kind of monitor and form of sample.
pub(crate) fn healthy() -> Vec<Stream> {
    let mut noise = Noise(20_260_301);
    let mut rate = |_: usize, _: &str| json!({"m": {"requests": REQUESTS, "errors": noise.hits(REQUESTS, 0.01)}});
    let rates = windows(0, WINDOWS, &mut rate);
    let long = windows(0, HISTORY + WINDOWS, &mut rate);
    let mut noise = Noise(7);
    let counts = windows(0, WINDOWS, |_, _| json!({"m": {"count": noise.hits(50, 0.1), "exposure": 600}}));
    let mut noise = Noise(11);
    let gauges = windows(0, WINDOWS, |_, _| json!({"m": {"value": 400.0 + 20.0 * (noise.unit() - noise.unit())}}));
    let mut noise = Noise(13);
    let latencies = windows(0, WINDOWS, |_, _| json!({"m": histogram(&mut noise)}));
    let mut noise = Noise(17);
    let exceptions = windows(0, HISTORY + WINDOWS, |_, _| {
        json!({
            "m": {"exceptions": {"Timeout": 1 + noise.hits(3, 0.5), "Reset": noise.hits(2, 0.5)}},
            "requests": {"requests": REQUESTS, "errors": 0},
        })
    });
    let stream =
        |name, monitor, windows: &Vec<Value>| Stream { name, config: config(monitor), windows: windows.clone() };
    let after = |mut stream: Stream| {
        stream.config["deployed_at"] = json!(end(HISTORY));
        stream
    };
    vec![
        stream("against-control, rate", json!({"kind": "against-control", "metric": "m"}), &rates),
        stream("against-control, count", json!({"kind": "against-control", "metric": "m"}), &counts),
        stream("against-control, value", json!({"kind": "against-control", "metric": "m"}), &gauges),
        stream("against-control, buckets", json!({"kind": "against-control", "metric": "m"}), &latencies),
        stream("against-control, over", json!({"kind": "against-control", "metric": "m", "over": 0.1}), &latencies),
        stream("static-bound, rate", json!({"kind": "static-bound", "metric": "m", "bound": 0.03}), &rates),
        stream("static-bound, count", json!({"kind": "static-bound", "metric": "m", "bound": 0.02}), &counts),
        stream("static-bound, value", json!({"kind": "static-bound", "metric": "m", "bound": 450}), &gauges),
        stream(
            "static-bound, buckets",
            json!({"kind": "static-bound", "metric": "m", "bound": 0.1, "over": 0.5}),
            &latencies,
        ),
        after(stream("before-after, rate", json!({"kind": "before-after", "metric": "m"}), &long)),
        stream("steady-growth, value", json!({"kind": "steady-growth", "metric": "m", "bound": 500}), &gauges),
        after(stream(
            "new-exceptions",
            json!({"kind": "new-exceptions", "metric": "m", "requests_from": "requests"}),
            &exceptions,
        )),
        stream("burn-rate", json!({"kind": "burn-rate", "metric": "m", "bound": 0.0112}), &rates),
        stream("counting, rate", json!({"kind": "counting", "metric": "m", "bound": 0.2}), &rates),
        stream("counting, value", json!({"kind": "counting", "metric": "m", "bound": 450, "consecutive": 3}), &gauges),
        stream("mann-whitney, rate", json!({"kind": "mann-whitney", "metric": "m"}), &rates),
        stream("mann-whitney, value", json!({"kind": "mann-whitney", "metric": "m"}), &gauges),
    ]
}

/// The answer of the batch form for these windows.
#[allow(dead_code)] // not every test that shares this file asks in the batch form
pub(crate) fn answer(config: &Value, windows: &[Value]) -> Map<String, Value> {
    let line = json!({"id": "x", "config": config, "windows": windows}).to_string();
    match gonogo_guard::batch::answer(&line) {
        Ok(Value::Object(answer)) => answer,
        other => panic!("{other:?}"),
    }
}
