//! Recorded metrics: windows read from JSON, JSON lines or CSV, as pure parsers over bytes.

use std::collections::BTreeMap;

use gonogo_core::Timestamp;
use serde_json::Value;

use crate::config::{ConfigError, GuardConfig};
use crate::fault::FaultKind;
use crate::guard::{Guard, Observed};
use crate::json::parse_lenient;
use crate::units::{Count, Seconds};
use crate::window::{Arm, Buckets, Reading, Sample, Window};

/// A recording that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// Nothing in it.
    #[error("the recording is empty: record at least one window")]
    Empty,
    /// JSON that breaks off or is none.
    #[error(
        "line {line}, column {column} of the recording: {why}: was it cut short? record it again, or remove what follows the last whole window"
    )]
    Json {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the parser said.
        why: String,
    },
    /// JSON of another shape.
    #[error("the recording has no windows: write {{\"windows\": [..]}}, a list of windows, or one window a line")]
    NoWindows,
    /// The configuration inside the recording cannot be read.
    #[error("`config` of the recording cannot be read: {why}")]
    Config {
        /// What is wrong.
        why: String,
    },
    /// A CSV row that cannot be read.
    #[error("line {line} of the recording: {why}")]
    Row {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong and what to do.
        why: String,
    },
}

/// Windows as they were recorded, in order, with the configuration if the recording has one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// The guard's configuration, if recorded.
    pub config: Option<GuardConfig>,
    /// Windows, or what was wrong with them.
    pub windows: Vec<Result<Window, FaultKind>>,
}

impl Recording {
    /// These windows, with no configuration.
    #[must_use]
    pub fn new(windows: Vec<Result<Window, FaultKind>>) -> Self {
        Self { config: None, windows }
    }

    /// Reads a recording by its first bytes: JSON or JSON lines where it begins with a brace or bracket, otherwise CSV.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json) and [`from_csv`](Self::from_csv).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordingError> {
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Err(RecordingError::Empty),
            Some(b'{' | b'[') => Self::from_json(bytes),
            Some(_) => Self::from_csv(bytes, None),
        }
    }

    /// Reads `{"config"?, "windows": [..]}`, a list of windows, or one window a line; windows in the shape of the batch form.
    ///
    /// # Errors
    /// Where the bytes are no JSON (a recording that was cut short), and at which line.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecordingError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(RecordingError::Empty);
        }
        let whole = parse_lenient(bytes);
        let windows = |list: &[Value]| list.iter().map(Window::from_json).collect::<Vec<_>>();
        let recording = match whole {
            Ok(Value::Array(list)) => Self::new(windows(&list)),
            Ok(Value::Object(object)) => match object.get("windows") {
                Some(Value::Array(list)) => {
                    let config = object
                        .get("config")
                        .map(|config| serde_json::from_value(config.clone()))
                        .transpose()
                        .map_err(|error| RecordingError::Config { why: error.to_string() })?;
                    Self { config, windows: windows(list) }
                }
                Some(_) => return Err(RecordingError::NoWindows),
                None if object.contains_key("end") => Self::new(vec![Window::from_json(&Value::Object(object))]),
                None => return Err(RecordingError::NoWindows),
            },
            Ok(_) => return Err(RecordingError::NoWindows),
            Err(error) => Self::from_lines(bytes, &error)?,
        };
        if recording.windows.is_empty() { Err(RecordingError::Empty) } else { Ok(recording) }
    }

    fn from_lines(bytes: &[u8], whole: &serde_json::Error) -> Result<Self, RecordingError> {
        let at = |error: &serde_json::Error, line: usize| RecordingError::Json {
            line: line + error.line(),
            column: error.column(),
            why: error.to_string(),
        };
        let mut windows = Vec::new();
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_lenient(line) {
                Ok(value) if value.get("end").is_some() => windows.push(Window::from_json(&value)),
                // A document over several lines, rather than one window a line.
                _ if windows.is_empty() => return Err(at(whole, 0)),
                Ok(_) => windows.push(Err(FaultKind::UnreadableWindow)),
                Err(error) => return Err(at(&error, number)),
            }
        }
        Ok(Self::new(windows))
    }

    /// Reads CSV with a header. Columns: `end` (RFC 3339 or unix seconds), `arm`, `metric`; `seconds` unless given here; then
    /// `requests` and `errors`, `count` and `exposure`, `value`, `le` with `count` (a histogram, cumulative), or `exception` with
    /// `count`. Rows of one end are one window; an empty cell is an absent number.
    ///
    /// # Errors
    /// A missing column, a row with another number of cells, an unreadable time: with its line.
    pub fn from_csv(bytes: &[u8], seconds: Option<Seconds>) -> Result<Self, RecordingError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
            RecordingError::Row { line, why: "it is no UTF-8 text: write the recording as UTF-8".to_owned() }
        })?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, header) = lines.next().ok_or(RecordingError::Empty)?;
        let columns = Columns::read(header, seconds)?;
        let mut windows: Vec<Drafted> = Vec::new();
        for (number, line) in lines {
            columns.add(number + 1, line, &mut windows)?;
        }
        // A last line that was cut short still parses when the cut falls into its last number.
        if !text.ends_with('\n') && !windows.is_empty() {
            let line = text.lines().count();
            let why = "the last line does not end with a line break: was the recording cut short?".to_owned();
            return Err(RecordingError::Row { line, why });
        }
        if windows.is_empty() {
            return Err(RecordingError::Empty);
        }
        Ok(Self::new(windows.into_iter().map(|window| Ok(window.finish())).collect()))
    }

    /// Feeds all windows to a guard and gives what became of each.
    pub fn feed(&self, guard: &mut Guard) -> Vec<Observed> {
        self.windows
            .iter()
            .map(|window| match window {
                Ok(window) => guard.observe(window),
                Err(fault) => guard.observe_unreadable(*fault),
            })
            .collect()
    }

    /// A guard that has seen the whole recording, under `config` or else the recording's own.
    ///
    /// # Errors
    /// No configuration anywhere, or one that cannot be used.
    pub fn judge(&self, config: Option<&GuardConfig>) -> Result<Guard, ConfigError> {
        let config = config.or(self.config.as_ref()).ok_or(ConfigError::NoMonitors)?;
        let mut guard = Guard::new(config.clone())?;
        self.feed(&mut guard);
        Ok(guard)
    }
}

const NAMES: [&str; 11] =
    ["end", "seconds", "arm", "metric", "requests", "errors", "count", "exposure", "value", "le", "exception"];

struct Columns {
    /// For each cell of a row the name of its column.
    order: Vec<&'static str>,
    seconds: Option<Seconds>,
}

impl Columns {
    fn read(header: &str, seconds: Option<Seconds>) -> Result<Self, RecordingError> {
        let wrong = |why: String| RecordingError::Row { line: 1, why };
        let mut order = Vec::new();
        for cell in cells(header) {
            let name = NAMES.into_iter().find(|name| *name == cell.trim().to_ascii_lowercase());
            let name =
                name.ok_or_else(|| wrong(format!("column `{}` is not known: use {}", cell.trim(), NAMES.join(", "))))?;
            if order.contains(&name) {
                return Err(wrong(format!("column `{name}` is there twice")));
            }
            order.push(name);
        }
        for name in ["end", "arm", "metric"] {
            if !order.contains(&name) {
                return Err(wrong(format!("column `{name}` is missing: the first line names the columns")));
            }
        }
        if seconds.is_none() && !order.contains(&"seconds") {
            return Err(wrong("column `seconds` is missing: give the length of the windows".to_owned()));
        }
        Ok(Self { order, seconds })
    }

    fn add(&self, number: usize, line: &str, windows: &mut Vec<Drafted>) -> Result<(), RecordingError> {
        let wrong = |why: String| RecordingError::Row { line: number, why };
        let found = cells(line);
        if found.len() != self.order.len() {
            return Err(wrong(format!(
                "{} cells where the header names {}: was the line cut short?",
                found.len(),
                self.order.len()
            )));
        }
        let row: BTreeMap<&str, &str> = self
            .order
            .iter()
            .copied()
            .zip(found.iter().map(|cell| cell.trim()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        let text = |name: &str| row.get(name).copied().unwrap_or_default();
        let end = time(text("end"))
            .ok_or_else(|| wrong(format!("`{}` is no time: write RFC 3339 or unix seconds", text("end"))))?;
        let arm = match text("arm") {
            "canary" => Arm::Canary,
            "control" => Arm::Control,
            other => return Err(wrong(format!("`{other}` is no arm: write canary or control"))),
        };
        let seconds = match row.get("seconds") {
            None => self.seconds,
            Some(cell) => cell.parse().ok().and_then(|value| Seconds::new(value).ok()),
        };
        let seconds = seconds.ok_or_else(|| wrong(format!("`{}` is no length in seconds", text("seconds"))))?;
        if windows.last().is_none_or(|window| window.end != end) {
            windows.push(Drafted { end, seconds, samples: BTreeMap::new() });
        }
        if let Some(window) = windows.last_mut() {
            let draft = window.samples.entry((arm, text("metric").to_owned())).or_default();
            draft.add(&row);
        }
        Ok(())
    }
}

/// A window whose rows are still being read.
struct Drafted {
    end: Timestamp,
    seconds: Seconds,
    samples: BTreeMap<(Arm, String), Draft>,
}

impl Drafted {
    fn finish(self) -> Window {
        let mut window = Window::new(self.end, self.seconds);
        for ((arm, metric), draft) in self.samples {
            window = window.with(arm, metric, draft.finish());
        }
        window
    }
}

#[derive(Default)]
struct Draft {
    plain: Option<Reading>,
    buckets: Vec<(f64, f64)>,
    exceptions: BTreeMap<String, Count>,
    fault: Option<FaultKind>,
}

impl Draft {
    fn add(&mut self, row: &BTreeMap<&str, &str>) {
        if let Err(fault) = self.try_add(row) {
            self.fault = self.fault.or(Some(fault));
        }
    }

    fn try_add(&mut self, row: &BTreeMap<&str, &str>) -> Result<(), FaultKind> {
        let number = |name: &str| -> Result<f64, FaultKind> {
            row.get(name).ok_or(FaultKind::Empty)?.parse().map_err(|_| FaultKind::WrongType)
        };
        if row.contains_key("le") {
            self.buckets.push((number("le")?, number("count")?));
            return Ok(());
        }
        if let Some(exception) = row.get("exception") {
            let count = Count::new(number("count")?)?;
            return match self.exceptions.insert((*exception).to_owned(), count) {
                None => Ok(()),
                Some(_) => Err(FaultKind::Duplicate),
            };
        }
        let reading = if row.contains_key("requests") || row.contains_key("errors") {
            Sample::rate(number("requests")?, number("errors")?)
        } else if row.contains_key("count") || row.contains_key("exposure") {
            Sample::count(number("count")?, number("exposure")?)
        } else {
            Sample::value(number("value")?)
        };
        match self.plain.replace(reading) {
            None => Ok(()),
            Some(_) => Err(FaultKind::Duplicate),
        }
    }

    fn finish(self) -> Reading {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match (self.plain, self.buckets.is_empty(), self.exceptions.is_empty()) {
            (Some(reading), true, true) => reading,
            (None, false, true) => Buckets::new(self.buckets).map(Sample::Buckets),
            (None, true, false) => Ok(Sample::Exceptions(self.exceptions)),
            _ => Err(FaultKind::WrongType),
        }
    }
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| text.parse().ok().and_then(|seconds| Timestamp::from_unix_seconds(seconds).ok()))
}

/// The cells of one line; a cell in double quotes may hold commas, and two quotes in it are one (RFC 4180, without line breaks).
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let cell = cells.len() - 1;
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cells.get_mut(cell).into_iter().for_each(|cell| cell.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            '\r' if characters.peek().is_none() => {}
            _ => cells.get_mut(cell).into_iter().for_each(|cell| cell.push(c)),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "end,seconds,arm,metric,requests,errors\n\
        2026-03-01T12:01:00Z,60,canary,errors,100,1\n\
        2026-03-01T12:01:00Z,60,control,errors,900,9\n\
        2026-03-01T12:02:00Z,60,canary,errors,100,0\n\
        2026-03-01T12:02:00Z,60,control,errors,900,\n";

    #[test]
    fn csv_rows_of_one_end_are_one_window_and_an_empty_cell_is_no_zero() {
        let recording = Recording::from_bytes(CSV.as_bytes()).unwrap();
        assert_eq!(recording.windows.len(), 2);
        let second = recording.windows[1].as_ref().unwrap();
        assert_eq!(second.arms[&Arm::Canary]["errors"], Sample::rate(100.0, 0.0));
        assert_eq!(second.arms[&Arm::Control]["errors"], Err(FaultKind::Empty));
    }

    #[test]
    fn a_recording_that_was_cut_short_is_an_error_with_its_line() {
        for cut in 1..CSV.len() {
            let got = Recording::from_csv(&CSV.as_bytes()[..cut], None);
            let whole_lines = CSV[..cut].ends_with('\n');
            assert_eq!(got.is_err(), !whole_lines || cut < 60, "{cut}: {got:?}");
        }
        let json = r#"{"windows": [{"end": "2026-03-01T12:01:00Z", "seconds": 60, "arms": {}}]}"#;
        for cut in 0..json.len() {
            assert!(Recording::from_bytes(&json.as_bytes()[..cut]).is_err(), "{cut}");
        }
        let lines = "{\"end\": \"2026-03-01T12:01:00Z\", \"seconds\": 60, \"arms\": {}}\n{\"end\": \"2026-03";
        let error = Recording::from_bytes(lines.as_bytes()).unwrap_err();
        assert!(matches!(error, RecordingError::Json { line: 2, .. }), "{error}");
    }

    #[test]
    fn histograms_and_exceptions_have_their_columns() {
        let csv = "end,seconds,arm,metric,le,count,exception\n\
            1767225660,60,canary,latency,0.1,90,\n1767225660,60,canary,latency,+Inf,100,\n\
            1767225660,60,canary,thrown,,3,\"Timeout, upstream\"\n";
        let recording = Recording::from_csv(csv.as_bytes(), None).unwrap();
        let window = recording.windows[0].as_ref().unwrap();
        let buckets = Buckets::new([(0.1, 90.0), (f64::INFINITY, 100.0)]).map(Sample::Buckets);
        assert_eq!(window.arms[&Arm::Canary]["latency"], buckets);
        let counts = BTreeMap::from([("Timeout, upstream".to_owned(), Count::new(3.0).unwrap())]);
        assert_eq!(window.arms[&Arm::Canary]["thrown"], Ok(Sample::Exceptions(counts)));
    }
}
