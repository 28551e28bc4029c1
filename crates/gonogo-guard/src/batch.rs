//! The batch form: one JSON object a line in, one out.
//!
//! In: `{"id", "config": `[`GuardConfig`]`, "windows": [{"end", "seconds", "arms": {"canary": {metric: sample}, "control"?: {..}}}]}`.
//! Out: `{"id", "verdict", "halted_at", "metric"?, "reason", "evidence"}`; `halted_at` counts the windows as sent.

use serde_json::{Map, Value, json};

use crate::config::GuardConfig;
use crate::guard::Guard;
use crate::json::parse_lenient;
use crate::window::Window;

/// A line that cannot be answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct BatchError {
    /// The line's id, if it could be read.
    pub id: Option<Value>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl BatchError {
    fn new(id: Option<&Value>, message: impl Into<String>) -> Self {
        Self { id: id.cloned(), message: message.into() }
    }
}

/// Answers one line of the batch form.
///
/// A window that cannot be read is a fault in the data, and the verdict says so; only a line that is no JSON, or a configuration
/// that cannot be used, is an error.
///
/// ```
/// let answer = gonogo_guard::batch::answer(
///     r#"{"id": 1, "config": {"monitors": [{"kind": "static-bound", "metric": "errors", "bound": 0.02}]}, "windows": []}"#)?;
/// assert_eq!(answer["verdict"], "inconclusive");
/// # Ok::<(), gonogo_guard::batch::BatchError>(())
/// ```
///
/// # Errors
/// The line is no JSON object, or has no `config` or `windows`, or the configuration is wrong.
pub fn answer(line: &str) -> Result<Value, BatchError> {
    let parsed = parse_lenient(line.as_bytes()).map_err(|error| {
        BatchError::new(None, format!("the line is no JSON: {error}: write one JSON object a line"))
    })?;
    let object = parsed
        .as_object()
        .ok_or_else(|| BatchError::new(None, "the line is no JSON object: write one JSON object a line"))?;
    let id = object.get("id");
    let config = object
        .get("config")
        .ok_or_else(|| BatchError::new(id, "`config` is missing: give the guard's configuration"))?;
    let config: GuardConfig = serde_json::from_value(config.clone())
        .map_err(|error| BatchError::new(id, format!("`config` cannot be read: {error}")))?;
    let windows = object
        .get("windows")
        .and_then(Value::as_array)
        .ok_or_else(|| BatchError::new(id, "`windows` is missing or no list: give the windows in order"))?;
    let mut guard =
        Guard::new(config).map_err(|error| BatchError::new(id, format!("`config` cannot be used: {error}")))?;
    feed(&mut guard, windows);
    let evidence = guard.evidence();
    let mut out = Map::new();
    if let Some(id) = id {
        out.insert("id".into(), id.clone());
    }
    out.insert("verdict".into(), json!(evidence.verdict));
    out.insert("halted_at".into(), json!(evidence.halt.as_ref().map(|halt| halt.window)));
    if let Some(halt) = &evidence.halt {
        out.insert("metric".into(), json!(halt.metric));
    }
    out.insert("reason".into(), json!(evidence.reason));
    let evidence =
        evidence.to_json().map_err(|error| BatchError::new(id, format!("the evidence cannot be written: {error}")))?;
    out.insert("evidence".into(), evidence);
    Ok(Value::Object(out))
}

/// Feeds windows as JSON, in the order given.
pub(crate) fn feed(guard: &mut Guard, windows: &[Value]) {
    for window in windows {
        match Window::from_json(window) {
            Ok(window) => guard.observe(&window),
            Err(fault) => guard.observe_unreadable(fault),
        };
    }
}
