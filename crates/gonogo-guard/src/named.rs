//! Recordings of metrics whose names say everything: Graphite and StatsD.
//!
//! Read are Graphite's render formats `json` (`[{"target", "datapoints": [[value, time], ..]}]`) and `csv` (`target,time,value` a
//! line), <https://graphite.readthedocs.io/en/stable/render_api.html>. A point is of the interval that begins at its time, as Graphite
//! and StatsD write them; its value is what was counted in the interval, or a gauge's reading.

use std::collections::BTreeMap;

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::FaultKind;
use crate::json::parse_lenient;
use crate::recording::{Recording, RecordingError};
use crate::units::{Count, Seconds};
use crate::window::{Arm, Reading, Sample, Window};

/// Windows that one recording may come to; a file over years is cut up first.
const MOST_WINDOWS: i64 = 200_000;

/// Which names are which metric of which arm.
///
/// ```
/// use gonogo_guard::NameMap;
/// let names: NameMap = serde_json::from_str(
///     r#"{"seconds": 60, "names": [
///         {"pattern": "stats.shop.canary.*.requests", "arm": "canary", "metric": "errors", "field": "requests"},
///         {"pattern": "stats.shop.canary.*.errors", "arm": "canary", "metric": "errors", "field": "errors"}]}"#)?;
/// assert!(names.fits("stats.shop.canary.web1.errors"));
/// assert!(!names.fits("stats.shop.stable.web1.errors"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NameMap {
    /// The length of the windows to make.
    pub seconds: Seconds,
    /// The names, the first that fits winning. A name that none fits is passed over.
    pub names: Vec<NamedField>,
}

/// One kind of name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NamedField {
    /// The name; `*` stands for one part between dots, whatever it is.
    pub pattern: String,
    /// The arm.
    pub arm: Arm,
    /// The metric that monitors call it by.
    pub metric: String,
    /// What of the metric.
    pub field: Field,
}

/// What of a metric a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Field {
    /// All requests.
    Requests,
    /// Those that failed.
    Errors,
    /// Events.
    Count,
    /// What they are counted over.
    Exposure,
    /// A gauge: the mean of its points.
    Value,
    /// An exception's count; the part that the last `*` stands for is its fingerprint.
    Exception,
}

impl NamedField {
    /// What the last `*` stands for, where the name fits.
    fn fit<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (mut parts, mut last) = (name.split('.'), "");
        for wanted in self.pattern.split('.') {
            let part = parts.next()?;
            if wanted == "*" {
                last = part;
            } else if wanted != part {
                return None;
            }
        }
        parts.next().is_none().then_some(last)
    }
}

/// Sums and means of one reading's fields, or what was wrong.
#[derive(Default)]
struct Draft {
    fields: BTreeMap<(Field, String), (f64, f64)>,
    fault: Option<FaultKind>,
}

impl NameMap {
    /// Whether any pattern fits the name.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        self.names.iter().any(|field| field.fit(name).is_some())
    }

    /// Reads a recording in Graphite's `json` or `csv`. An interval without a value is a fault in its window, never zero; a metric that
    /// the map names and the file lacks is missing in every window. O(bytes x names).
    ///
    /// # Errors
    /// Bytes that are neither, with the line; no point that any name fits; windows over more than four months of minutes.
    pub fn read(&self, bytes: &[u8]) -> Result<Recording, RecordingError> {
        let mut drafts: BTreeMap<i64, BTreeMap<(Arm, &str), Draft>> = BTreeMap::new();
        let length = self.seconds.get();
        let mut add = |name: &str, at: f64, value: Option<f64>| {
            let found = self.names.iter().find_map(|field| field.fit(name).map(|part| (field, part)));
            let Some((field, part)) = found else { return };
            let number = (at / length).floor();
            if !number.is_finite() || number.abs() > 1e12 {
                return;
            }
            let draft = drafts.entry(number as i64).or_default().entry((field.arm, &field.metric)).or_default();
            match value {
                Some(value) => {
                    let fingerprint = if field.field == Field::Exception { part.to_owned() } else { String::new() };
                    let (sum, points) = draft.fields.entry((field.field, fingerprint)).or_default();
                    *sum += value;
                    *points += 1.0;
                }
                None => draft.fault = draft.fault.or(Some(FaultKind::Empty)),
            }
        };
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => return Err(RecordingError::Empty),
            Some(b'[') => each_json(bytes, &mut add)?,
            Some(_) => each_csv(bytes, &mut add)?,
        }
        let (Some(first), Some(last)) = (drafts.keys().next().copied(), drafts.keys().next_back().copied()) else {
            return Err(RecordingError::Empty);
        };
        if last - first >= MOST_WINDOWS {
            let why = format!("its times span more than {MOST_WINDOWS} windows: cut it to the rollout");
            return Err(RecordingError::Row { line: 1, why });
        }
        let windows = drafts.iter().map(|(number, metrics)| self.window(*number, metrics)).collect();
        Ok(Recording::new(windows))
    }

    fn window(&self, number: i64, drafts: &BTreeMap<(Arm, &str), Draft>) -> Result<Window, FaultKind> {
        let end = ((number + 1) as f64 * self.seconds.get()).round();
        let end = Timestamp::from_unix_seconds(end as i64).map_err(|_| FaultKind::UnreadableWindow)?;
        let mut window = Window::new(end, self.seconds);
        for field in &self.names {
            let reading =
                drafts.get(&(field.arm, field.metric.as_str())).map_or(Err(FaultKind::MetricMissing), Draft::finish);
            window = window.with(field.arm, field.metric.clone(), reading);
        }
        Ok(window)
    }
}

impl Draft {
    fn finish(&self) -> Reading {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let of = |field: Field| self.fields.get(&(field, String::new())).copied();
        let has = |field: Field| self.fields.keys().any(|(other, _)| *other == field);
        let sum = |field: Field| of(field).map(|(sum, _)| sum).ok_or(FaultKind::MetricMissing);
        if has(Field::Exception) {
            let exceptions = self.fields.iter().filter(|((field, _), _)| *field == Field::Exception);
            let counts = exceptions.map(|((_, name), (sum, _))| Ok((name.clone(), Count::new(*sum)?)));
            return counts.collect::<Result<_, _>>().map(Sample::Exceptions);
        }
        if has(Field::Requests) || has(Field::Errors) {
            return Sample::rate(sum(Field::Requests)?, sum(Field::Errors)?);
        }
        if has(Field::Count) || has(Field::Exposure) {
            return Sample::count(sum(Field::Count)?, sum(Field::Exposure)?);
        }
        match of(Field::Value) {
            Some((sum, points)) => Sample::value(sum / points),
            None => Err(FaultKind::MetricMissing),
        }
    }
}

fn each_json(bytes: &[u8], add: &mut impl FnMut(&str, f64, Option<f64>)) -> Result<(), RecordingError> {
    let wrong = |why: &str| RecordingError::Row { line: 1, why: why.to_owned() };
    let parsed = parse_lenient(bytes).map_err(|error| RecordingError::Json {
        line: error.line(),
        column: error.column(),
        why: error.to_string(),
    })?;
    for series in parsed.as_array().ok_or_else(|| wrong("it is no list of series"))? {
        let name = series.get("target").and_then(Value::as_str).ok_or_else(|| wrong("a series without `target`"))?;
        let points = series.get("datapoints").and_then(Value::as_array);
        for point in points.ok_or_else(|| wrong("a series without `datapoints`"))? {
            let (Some(value), Some(at)) = (point.get(0), point.get(1).and_then(Value::as_f64)) else {
                return Err(wrong("a point that is no pair of value and time"));
            };
            add(name, at, value.as_f64());
        }
    }
    Ok(())
}

fn each_csv(bytes: &[u8], add: &mut impl FnMut(&str, f64, Option<f64>)) -> Result<(), RecordingError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| RecordingError::Row { line: 1, why: "it is no UTF-8 text".to_owned() })?;
    let mut number = 0;
    for line in text.lines() {
        number += 1;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: String| RecordingError::Row { line: number, why };
        let (rest, value) = line.rsplit_once(',').ok_or_else(|| wrong("write target,time,value".to_owned()))?;
        let (name, at) = rest.rsplit_once(',').ok_or_else(|| wrong("write target,time,value".to_owned()))?;
        let at = time(at.trim()).ok_or_else(|| wrong(format!("`{}` is no time", at.trim())))?;
        let value = value.trim();
        let value = if value.is_empty() || value == "None" {
            None
        } else {
            Some(value.parse().map_err(|_| wrong(format!("`{value}` is no number")))?)
        };
        add(name.trim().trim_matches('"'), at, value);
    }
    // A last line that was cut short still parses when the cut falls into its number.
    if !text.ends_with('\n') {
        return Err(RecordingError::Row {
            line: number,
            why: "the last line does not end with a line break: was the recording cut short?".to_owned(),
        });
    }
    Ok(())
}

/// Unix seconds, RFC 3339, or Graphite's `2026-03-01 12:00:00` in UTC.
fn time(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let at: Timestamp = text.parse().or_else(|_| format!("{}Z", text.replacen(' ', "T", 1)).parse()).ok()?;
    Some(at.unix_seconds() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> NameMap {
        serde_json::from_str(
            r#"{"seconds": 60, "names": [
                {"pattern": "shop.v2.*.requests", "arm": "canary", "metric": "errors", "field": "requests"},
                {"pattern": "shop.v2.*.errors", "arm": "canary", "metric": "errors", "field": "errors"},
                {"pattern": "shop.v2.exceptions.*.count", "arm": "canary", "metric": "exceptions", "field": "exception"},
                {"pattern": "shop.v2.memory", "arm": "canary", "metric": "memory", "field": "value"}]}"#,
        )
        .unwrap()
    }

    fn reading(recording: &Recording, window: usize, metric: &str) -> Reading {
        recording.windows[window].as_ref().unwrap().arms[&Arm::Canary][metric].clone()
    }

    #[test]
    fn names_of_hosts_and_intervals_add_up_to_windows() {
        let json = br#"[{"target": "shop.v2.web1.requests", "datapoints": [[10, 60], [12, 90], [9, 120]]},
            {"target": "shop.v2.web2.requests", "datapoints": [[20, 60], [1, 120]]},
            {"target": "shop.v2.web1.errors", "datapoints": [[1, 60], [null, 120]]},
            {"target": "shop.v2.exceptions.Timeout.count", "datapoints": [[3, 60], [0, 120]]},
            {"target": "shop.v2.memory", "datapoints": [[100, 60], [200, 90], [300, 120]]},
            {"target": "somebody.else", "datapoints": [[1, 5]]}]"#;
        let recording = names().read(json).unwrap();
        assert_eq!(recording.windows.len(), 2);
        assert_eq!(recording.windows[0].as_ref().unwrap().end, Timestamp::from_unix_seconds(120).unwrap());
        assert_eq!(reading(&recording, 0, "errors"), Sample::rate(42.0, 1.0));
        assert_eq!(reading(&recording, 0, "memory"), Sample::value(150.0));
        let Ok(Sample::Exceptions(exceptions)) = reading(&recording, 0, "exceptions") else { panic!("no exceptions") };
        assert_eq!(exceptions["Timeout"].get(), 3.0);
        assert_eq!(reading(&recording, 1, "errors"), Err(FaultKind::Empty), "null is not zero");
    }

    #[test]
    fn what_the_map_names_and_the_file_lacks_is_missing() {
        let csv = b"shop.v2.web1.requests,1970-01-01 00:01:00,10\nshop.v2.memory,90,7\nshop.v2.memory,150,8\n";
        let recording = names().read(csv).unwrap();
        assert_eq!(reading(&recording, 0, "errors"), Err(FaultKind::MetricMissing));
        assert_eq!(reading(&recording, 1, "errors"), Err(FaultKind::MetricMissing));
        assert_eq!(reading(&recording, 1, "memory"), Sample::value(8.0));
    }

    #[test]
    fn files_that_are_none_are_refused_with_their_line() {
        assert_eq!(names().read(b"  "), Err(RecordingError::Empty));
        assert_eq!(names().read(b"somebody.else,60,1\n"), Err(RecordingError::Empty));
        for bytes in [
            &b"a,b"[..],
            b"shop.v2.memory,60,1\nshop.v2.memory,soon,1\n",
            b"shop.v2.memory,60,1",
            b"[{}]",
            b"[1",
            b"\xff",
        ] {
            assert!(names().read(bytes).is_err(), "{bytes:?}");
        }
        assert!(names().read(b"shop.v2.memory,0,1\nshop.v2.memory,1e11,1\n").is_err());
    }
}
