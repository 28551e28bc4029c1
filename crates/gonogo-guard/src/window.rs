//! Windows of samples, and reading them from JSON of any quality.

use std::collections::BTreeMap;

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::fault::FaultKind;
use crate::units::{Count, Level, Seconds};

/// Which part of the fleet a sample is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Arm {
    /// What runs the new version.
    Canary,
    /// What runs the old version at the same time.
    Control,
}

impl Arm {
    /// The arm's name in windows: `canary` or `control`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Control => "control",
        }
    }
}

/// What one metric of one arm did in one window. Counts are increases within the window, never running totals.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Sample {
    /// Requests, and how many of them failed.
    Rate {
        /// All requests.
        requests: Count,
        /// Those that failed.
        errors: Count,
    },
    /// Events over an exposure (requests, instance-seconds).
    Count {
        /// Events.
        count: Count,
        /// What they are counted over.
        exposure: Count,
    },
    /// A gauge's reading.
    Value(Level),
    /// A latency histogram.
    Buckets(Buckets),
    /// How often each exception occurred, by fingerprint.
    Exceptions(BTreeMap<String, Count>),
}

impl Sample {
    /// Requests and errors.
    ///
    /// # Errors
    /// A number that is none, or more errors than requests.
    pub fn rate(requests: f64, errors: f64) -> Result<Self, FaultKind> {
        let (requests, errors) = (Count::new(requests)?, Count::new(errors)?);
        if errors > requests {
            return Err(FaultKind::MoreErrorsThanRequests);
        }
        Ok(Self::Rate { requests, errors })
    }

    /// Events over an exposure.
    ///
    /// # Errors
    /// A number that is none.
    pub fn count(count: f64, exposure: f64) -> Result<Self, FaultKind> {
        Ok(Self::Count { count: Count::new(count)?, exposure: Count::new(exposure)? })
    }

    /// A gauge.
    ///
    /// # Errors
    /// A number that is none.
    pub fn value(value: f64) -> Result<Self, FaultKind> {
        Level::new(value).map(Self::Value)
    }

    /// The form's name, as in the fault for a form that changes.
    #[must_use]
    pub fn form(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "requests and errors",
            Self::Count { .. } => "count and exposure",
            Self::Value(_) => "value",
            Self::Buckets(_) => "buckets",
            Self::Exceptions(_) => "exceptions",
        }
    }
}

/// A histogram: how many observations were at or below each bound, within the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    bounds: Vec<f64>,
    cumulative: Vec<Count>,
    total: Count,
}

impl Buckets {
    /// Bounds with the number of observations at or below each, in any order; one bound must be infinite.
    ///
    /// # Errors
    /// No infinite bound, a bound that is NaN or met twice, counts that fall from one bound to the next.
    pub fn new(pairs: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, FaultKind> {
        let mut pairs: Vec<(f64, f64)> = pairs.into_iter().collect();
        if pairs.is_empty() {
            return Err(FaultKind::Empty);
        }
        if pairs.iter().any(|(bound, _)| bound.is_nan()) {
            return Err(FaultKind::WrongType);
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        if pairs.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(FaultKind::WrongType);
        }
        let Some((infinity, total)) = pairs.pop() else { return Err(FaultKind::Empty) };
        if infinity != f64::INFINITY {
            return Err(FaultKind::NoInfinityBucket);
        }
        let total = Count::new(total)?;
        let mut bounds = Vec::with_capacity(pairs.len());
        let mut cumulative = Vec::with_capacity(pairs.len());
        let mut last = 0.0;
        for (bound, count) in pairs {
            let count = Count::new(count)?;
            if count.get() < last {
                return Err(FaultKind::NotCumulative);
            }
            last = count.get();
            bounds.push(bound);
            cumulative.push(count);
        }
        if total.get() < last {
            return Err(FaultKind::NotCumulative);
        }
        Ok(Self { bounds, cumulative, total })
    }

    /// The finite bounds, rising.
    #[must_use]
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// All observations.
    #[must_use]
    pub fn total(&self) -> Count {
        self.total
    }

    /// How many observations were above the bound at `index` of [`bounds`](Self::bounds).
    #[must_use]
    pub fn above(&self, index: usize) -> Option<f64> {
        self.cumulative.get(index).map(|below| self.total.get() - below.get())
    }

    /// Index of the smallest bound at or above `latency`.
    #[must_use]
    pub fn bound_for(&self, latency: f64) -> Option<usize> {
        self.bounds.iter().position(|bound| *bound >= latency * (1.0 - 1e-9))
    }
}

/// What is known of one metric of one arm: a sample, or what was wrong with it.
pub type Reading = Result<Sample, FaultKind>;

/// One stretch of time and what each arm did in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Window {
    /// When it ended; it began `seconds` before.
    pub end: Timestamp,
    /// How long it is.
    pub seconds: Seconds,
    /// Readings by arm and metric. An arm that is not here did not report.
    pub arms: BTreeMap<Arm, BTreeMap<String, Reading>>,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(end: Timestamp, seconds: Seconds) -> Self {
        Self { end, seconds, arms: BTreeMap::new() }
    }

    /// The same window with one more reading.
    #[must_use]
    pub fn with(mut self, arm: Arm, metric: impl Into<String>, reading: Reading) -> Self {
        self.arms.entry(arm).or_default().insert(metric.into(), reading);
        self
    }

    /// Reads a window of the batch form: `{"end", "seconds", "arms": {"canary": {metric: sample}, "control"?: {..}}}`.
    ///
    /// A sample that cannot be read becomes a reading that says so; only the frame can fail.
    ///
    /// # Errors
    /// `end`, `seconds` or `arms` missing or unreadable, or an arm that is neither canary nor control.
    pub fn from_json(value: &Value) -> Result<Self, FaultKind> {
        let object = value.as_object().ok_or(FaultKind::UnreadableWindow)?;
        let end = object
            .get("end")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .ok_or(FaultKind::UnreadableWindow)?;
        let seconds =
            object.get("seconds").ok_or(FaultKind::UnreadableWindow).and_then(number).and_then(Seconds::new)?;
        let listed = object.get("arms").and_then(Value::as_object).ok_or(FaultKind::UnreadableWindow)?;
        let mut arms = BTreeMap::new();
        for (name, samples) in listed {
            let arm = match name.as_str() {
                "canary" => Arm::Canary,
                "control" => Arm::Control,
                _ => return Err(FaultKind::UnreadableWindow),
            };
            let samples = match samples {
                Value::Null => continue,
                Value::Object(samples) => samples,
                _ => return Err(FaultKind::UnreadableWindow),
            };
            arms.insert(arm, samples.iter().map(|(metric, sample)| (metric.clone(), read_sample(sample))).collect());
        }
        Ok(Self { end, seconds, arms })
    }
}

impl Window {
    /// The window in the batch form, as [`from_json`](Self::from_json) reads it. A reading that was a fault is written as an error,
    /// so that it is read back as one.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let arms: Map<String, Value> = self
            .arms
            .iter()
            .map(|(arm, samples)| {
                let samples: Map<String, Value> =
                    samples.iter().map(|(metric, reading)| (metric.clone(), write_reading(reading))).collect();
                (arm.name().to_owned(), Value::Object(samples))
            })
            .collect();
        json!({"end": self.end.to_string(), "seconds": self.seconds.get(), "arms": arms})
    }
}

fn write_reading(reading: &Reading) -> Value {
    match reading {
        Err(FaultKind::Stale) => json!({"stale": true}),
        Err(fault) => json!({"error": fault.describe()}),
        Ok(Sample::Rate { requests, errors }) => json!({"requests": requests.get(), "errors": errors.get()}),
        Ok(Sample::Count { count, exposure }) => json!({"count": count.get(), "exposure": exposure.get()}),
        Ok(Sample::Value(level)) => json!({"value": level.get()}),
        Ok(Sample::Buckets(buckets)) => {
            let finite = buckets.bounds.iter().zip(&buckets.cumulative);
            let mut written: Map<String, Value> =
                finite.map(|(bound, count)| (bound.to_string(), json!(count.get()))).collect();
            written.insert("+Inf".to_owned(), json!(buckets.total.get()));
            json!({"buckets": written})
        }
        Ok(Sample::Exceptions(counts)) => {
            let written: Map<String, Value> =
                counts.iter().map(|(name, count)| (name.clone(), json!(count.get()))).collect();
            json!({"exceptions": written})
        }
    }
}

/// A digest of a window's content, to tell a window that was sent twice from another one of the same time.
struct Digest(u64);

impl Digest {
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            self.word(chunk.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        }
    }

    fn reading(&mut self, reading: &Reading) {
        match reading {
            Err(fault) => self.text(fault.describe()),
            Ok(Sample::Rate { requests, errors }) => {
                self.word(requests.get().to_bits());
                self.word(errors.get().to_bits());
            }
            Ok(Sample::Count { count, exposure }) => {
                self.word(count.get().to_bits());
                self.word(exposure.get().to_bits());
            }
            Ok(Sample::Value(level)) => self.word(level.get().to_bits()),
            Ok(Sample::Buckets(buckets)) => {
                for (bound, count) in buckets.bounds.iter().zip(&buckets.cumulative) {
                    self.word(bound.to_bits());
                    self.word(count.get().to_bits());
                }
                self.word(buckets.total.get().to_bits());
            }
            Ok(Sample::Exceptions(counts)) => {
                for (name, count) in counts {
                    self.text(name);
                    self.word(count.get().to_bits());
                }
            }
        }
    }
}

impl Window {
    /// A digest of what the arms did; equal content gives equal digests.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = Digest(0xcbf2_9ce4_8422_2325);
        for (arm, samples) in &self.arms {
            digest.text(arm.name());
            for (metric, reading) in samples {
                digest.text(metric);
                digest.reading(reading);
            }
        }
        digest.0
    }
}

/// A number as JSON writers spell it, the unspeakable ones as text.
fn number(value: &Value) -> Result<f64, FaultKind> {
    match value {
        Value::Number(number) => number.as_f64().ok_or(FaultKind::TooLarge),
        Value::String(text) => match text.as_str() {
            "NaN" | "nan" | "NAN" => Ok(f64::NAN),
            "Infinity" | "+Infinity" | "Inf" | "+Inf" | "inf" | "+inf" => Ok(f64::INFINITY),
            "-Infinity" | "-Inf" | "-inf" => Ok(f64::NEG_INFINITY),
            _ => Err(FaultKind::WrongType),
        },
        Value::Null => Err(FaultKind::Empty),
        _ => Err(FaultKind::WrongType),
    }
}

fn field(sample: &Map<String, Value>, name: &str) -> Result<f64, FaultKind> {
    sample.get(name).ok_or(FaultKind::WrongType).and_then(number)
}

/// Reads one sample; what is not exactly a known form is not read as one.
fn read_sample(value: &Value) -> Reading {
    let sample = match value {
        Value::Object(sample) if sample.is_empty() => return Err(FaultKind::Empty),
        Value::Object(sample) => sample,
        Value::Null => return Err(FaultKind::Empty),
        _ => return Err(FaultKind::WrongType),
    };
    if sample.get("stale").is_some_and(|stale| *stale != Value::Bool(false)) {
        return Err(FaultKind::Stale);
    }
    if sample.contains_key("error") || sample.contains_key("status") || sample.contains_key("warnings") {
        return Err(FaultKind::SourceFailed);
    }
    let only = |names: &[&str]| {
        let known = |key: &String| names.contains(&key.as_str()) || matches!(key.as_str(), "unit" | "query" | "stale");
        if sample.keys().all(known) { Ok(()) } else { Err(FaultKind::WrongType) }
    };
    if sample.contains_key("requests") {
        only(&["requests", "errors"])?;
        Sample::rate(field(sample, "requests")?, field(sample, "errors")?)
    } else if sample.contains_key("count") {
        only(&["count", "exposure"])?;
        Sample::count(field(sample, "count")?, field(sample, "exposure")?)
    } else if sample.contains_key("value") {
        only(&["value"])?;
        Sample::value(field(sample, "value")?)
    } else if let Some(buckets) = sample.get("buckets") {
        only(&["buckets"])?;
        read_buckets(buckets)
    } else if let Some(exceptions) = sample.get("exceptions") {
        only(&["exceptions"])?;
        let counts = exceptions.as_object().ok_or(FaultKind::WrongType)?;
        let read = |(name, count): (&String, &Value)| Ok((name.clone(), Count::new(number(count)?)?));
        counts.iter().map(read).collect::<Result<_, _>>().map(Sample::Exceptions)
    } else {
        Err(FaultKind::WrongType)
    }
}

fn read_buckets(value: &Value) -> Reading {
    let buckets = value.as_object().ok_or(FaultKind::WrongType)?;
    let mut pairs = Vec::with_capacity(buckets.len());
    for (bound, count) in buckets {
        let bound = match bound.as_str() {
            "+Inf" | "Inf" | "inf" | "+inf" | "Infinity" => f64::INFINITY,
            text => text.parse().map_err(|_| FaultKind::WrongType)?,
        };
        pairs.push((bound, number(count)?));
    }
    Buckets::new(pairs).map(Sample::Buckets)
}

/// Seconds from `earlier` to `later`, negative when they are the other way round.
pub(crate) fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    match (later.since(earlier), earlier.since(later)) {
        (Some(forward), _) => forward.as_secs_f64(),
        (None, Some(back)) => -back.as_secs_f64(),
        (None, None) => f64::NAN,
    }
}
