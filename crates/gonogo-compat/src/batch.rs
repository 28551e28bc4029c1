//! One line of the batch form: a question as JSON in, the verdict as JSON out.

use serde_json::{Value, json};
use thiserror::Error;

use crate::compare::{Options, Side, Verdict, contains};
use crate::json::Json;
use crate::schema::{Document, Draft};

/// Why a line could not be answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("{message}")]
pub struct BatchError {
    /// The identifier of the question, where the line had one.
    pub id: Option<String>,
    /// What is wrong with the line.
    pub message: String,
}

/// Answers one line: `{"id", "format", "old", "new", "mode", "draft"?, "policy"?}` gives `{"id", "verdict", "why"?,
/// "findings"}`.
///
/// # Errors
/// A line that is no such JSON object, or asks for a format or policy that is not supported.
pub fn answer(line: &str) -> Result<Value, BatchError> {
    let question = Json::parse(line).map_err(|e| BatchError { id: None, message: e.to_string() })?;
    let text = |name: &str| question.get(name).and_then(Json::as_str);
    let id = text("id").map(str::to_owned);
    let fail = |message: String| BatchError { id: id.clone(), message };
    let field = |name: &str| question.get(name).ok_or_else(|| fail(format!("`{name}` is missing")));
    let (old, new) = (field("old")?, field("new")?);
    let olds: Vec<&Json> = match old {
        Json::Array(versions) => versions.iter().collect(),
        one => vec![one],
    };
    let mode = text("mode").unwrap_or("backward");
    let mut pairs = Vec::new();
    if matches!(mode, "backward" | "full") {
        pairs.extend(olds.iter().map(|old| (*old, new)));
    }
    if matches!(mode, "forward" | "full") {
        pairs.extend(olds.iter().map(|old| (new, *old)));
    }
    if pairs.is_empty() {
        return Err(fail(format!("`mode` is `{mode}`, not backward, forward or full")));
    }
    let verdict = match (text("format").unwrap_or("json-schema"), text("policy")) {
        ("json-schema", None) => {
            let draft = match text("draft") {
                Some(name) => Draft::from_name(name).ok_or_else(|| fail(format!("`draft` is `{name}`, which is unknown")))?,
                None => Draft::default(),
            };
            schemas(&pairs, draft)
        }
        (format, policy) => {
            return Err(fail(format!("format `{format}` with policy `{}` is not supported", policy.unwrap_or("none"))));
        }
    };
    Ok(match verdict {
        Verdict::Compatible => json!({"id": id, "verdict": "compatible", "findings": []}),
        Verdict::Unknown { why } => json!({"id": id, "verdict": "unknown", "why": why, "findings": []}),
        Verdict::Incompatible { witness } => json!({"id": id, "verdict": "incompatible", "findings": [
            {"rule": "compat/reader-rejects", "path": "", "message": "", "witness": witness.to_value()}]}),
    })
}

fn schemas(pairs: &[(&Json, &Json)], draft: Draft) -> Verdict {
    let mut doubt = None;
    for (writer, reader) in pairs {
        let (writer, reader) = (Document::new(writer, draft), Document::new(reader, draft));
        let writer = Side { document: &writer, at: writer.top() };
        let reader = Side { document: &reader, at: reader.top() };
        match contains(writer, reader, &Options::open()) {
            Verdict::Compatible => {}
            broken @ Verdict::Incompatible { .. } => return broken,
            unknown => doubt = Some(unknown),
        }
    }
    doubt.unwrap_or(Verdict::Compatible)
}
