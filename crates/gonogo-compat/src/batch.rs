//! One line of the batch form: a question as JSON in, the verdict as JSON out.

use serde_json::{Value, json};
use thiserror::Error;

use crate::breaks::{Break, schema_breaks};
use crate::compare::{Options, Side, Verdict, contains};
use crate::detect::of_another_standard;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::OpenApiError;
use crate::policy::{self, Change};
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

/// What a line asks.
struct Question<'q> {
    id: Option<&'q str>,
    draft: Draft,
    /// (writer, reader), and whether the reader is the new version.
    pairs: Vec<(&'q Json, &'q Json, bool)>,
}

/// Answers one line: `{"id", "format", "old", "new", "mode", "draft"?, "policy"?}` gives `{"id", "verdict", "why"?,
/// "findings"}`.
///
/// # Errors
/// A line that is no such JSON object, or asks for a format or policy that is not supported.
pub fn answer(line: &str) -> Result<Value, BatchError> {
    let line = Json::parse(line).map_err(|e| BatchError { id: None, message: e.to_string() })?;
    let text = |name: &str| line.get(name).and_then(Json::as_str);
    let question = read(&line)?;
    let fail = |message: String| BatchError { id: question.id.map(str::to_owned), message };
    let format = text("format").unwrap_or("json-schema");
    if let ("json-schema", Some(name)) = (format, another_standard(&question)) {
        let why = format!("a document of {name} is no JSON Schema, and is not compared as one");
        return Ok(decided(question.id, Some(why)));
    }
    match (format, text("policy")) {
        ("json-schema", None) => Ok(schemas(&question)),
        ("avro", None) => Ok(avro(&question)),
        // What cannot be compared is unknown, and no mistake of the caller.
        (format @ ("protobuf" | "graphql" | "sql"), None) => {
            Ok(decided(question.id, Some(format!("contracts of the format {format} are not compared"))))
        }
        ("json-schema", Some(name @ ("confluent" | "confluent:lenient"))) => {
            let lenient = name == "confluent:lenient";
            Ok(changes(&question, |old, new| policy::confluent::changes(old, new, question.draft, lenient)))
        }
        #[cfg(feature = "openapi")]
        ("openapi", policy @ (None | Some("oasdiff"))) => match openapi(&question, policy) {
            Err(error @ OpenApiError::Version { .. }) => Ok(decided(question.id, Some(error.to_string()))),
            answer => answer.map_err(|error| fail(error.to_string())),
        },
        (format, policy) => {
            Err(fail(format!("format `{format}` with policy `{}` is not supported", policy.unwrap_or("none"))))
        }
    }
}

fn read(line: &Json) -> Result<Question<'_>, BatchError> {
    let text = |name: &str| line.get(name).and_then(Json::as_str);
    let id = text("id");
    let fail = |message: String| BatchError { id: id.map(str::to_owned), message };
    let field = |name: &str| line.get(name).ok_or_else(|| fail(format!("`{name}` is missing")));
    let (old, new) = (field("old")?, field("new")?);
    let olds: Vec<&Json> = match old {
        Json::Array(versions) => versions.iter().collect(),
        one => vec![one],
    };
    let mode = text("mode").unwrap_or("backward");
    let mut pairs = Vec::new();
    if matches!(mode, "backward" | "full") {
        pairs.extend(olds.iter().map(|old| (*old, new, true)));
    }
    if matches!(mode, "forward" | "full") {
        pairs.extend(olds.iter().map(|old| (new, *old, false)));
    }
    if pairs.is_empty() {
        return Err(fail(format!("`mode` is `{mode}`, not backward, forward or full, or `old` is an empty list")));
    }
    let draft = match text("draft") {
        Some(name) => Draft::from_name(name).ok_or_else(|| fail(format!("`draft` is `{name}`, which is unknown")))?,
        None => Draft::default(),
    };
    Ok(Question { id, draft, pairs })
}

/// As a schema such a document would accept everything, and so be compatible with everything.
fn another_standard(question: &Question<'_>) -> Option<&'static str> {
    question.pairs.iter().find_map(|(writer, reader, _)| of_another_standard(writer).or(of_another_standard(reader)))
}

fn schemas(question: &Question<'_>) -> Value {
    let (mut doubt, mut broken) = (None, Vec::new());
    let mut breaks = false;
    for (writer, reader, reader_is_new) in &question.pairs {
        let (write, read) = (Document::new(writer, question.draft), Document::new(reader, question.draft));
        let writer = Side { document: &write, at: write.top() };
        let reader = Side { document: &read, at: read.top() };
        let options = Options::open();
        match contains(writer, reader, &options) {
            Verdict::Compatible => {}
            Verdict::Unknown { why } => doubt = Some(why),
            Verdict::Incompatible { .. } => {
                let found = schema_breaks(writer, reader, "the schema", ("", ""), &options);
                broken.extend(found.iter().map(|b| finding(b, *reader_is_new)));
                breaks = true;
            }
        }
    }
    if breaks { incompatible(question.id, broken.into_iter(), doubt) } else { decided(question.id, doubt) }
}

fn avro(question: &Question<'_>) -> Value {
    let found: Vec<(Break, bool)> = question
        .pairs
        .iter()
        .flat_map(|(writer, reader, new)| crate::avro::breaks(writer, reader).into_iter().map(|b| (b, *new)))
        .collect();
    if found.iter().any(|(b, _)| b.is_proved()) {
        let proved = found.iter().filter(|(b, _)| b.is_proved()).map(|(b, new)| finding(b, *new));
        let doubt = found.iter().find(|(b, _)| !b.is_proved()).map(|(b, _)| b.message.clone());
        return incompatible(question.id, proved, doubt);
    }
    decided(question.id, found.into_iter().next().map(|(b, _)| b.message))
}

fn decided(id: Option<&str>, doubt: Option<String>) -> Value {
    match doubt {
        Some(why) => json!({"id": id, "verdict": "unknown", "why": why, "findings": []}),
        None => json!({"id": id, "verdict": "compatible", "findings": []}),
    }
}

/// `doubt` is what could not be told beside what breaks.
fn incompatible(id: Option<&str>, findings: impl Iterator<Item = Value>, doubt: Option<String>) -> Value {
    let findings: Vec<Value> = findings.collect();
    match doubt {
        Some(why) => json!({"id": id, "verdict": "incompatible", "why": why, "findings": findings}),
        None => json!({"id": id, "verdict": "incompatible", "findings": findings}),
    }
}

/// `in` says whose path it is, `old` or `new`; `counterpart` is what the other document says of the same part of the value.
fn finding(broken: &Break, reader_is_new: bool) -> Value {
    let mut finding = json!({
        "rule": broken.rule,
        "path": format!("#{}", broken.pointer),
        "in": if broken.in_reader == reader_is_new { "new" } else { "old" },
        "subject": broken.subject,
        "message": broken.message,
        "remedy": broken.remedy,
    });
    if let Some(members) = finding.as_object_mut() {
        let shown = broken.witness.as_ref().map(|witness| ("witness", witness.to_value()));
        let other = broken.counterpart.as_ref().map(|pointer| ("counterpart", Value::from(format!("#{pointer}"))));
        members.extend(shown.into_iter().chain(other).map(|(name, value)| (name.to_owned(), value)));
    }
    finding
}

/// The answer of a policy: every change it lists, and whether one of them is one it forbids.
fn changes(question: &Question<'_>, list: impl Fn(&Json, &Json) -> Vec<Change>) -> Value {
    let all: Vec<Change> = question.pairs.iter().flat_map(|(writer, reader, _)| list(writer, reader)).collect();
    let verdict = if all.iter().any(|change| change.breaking) { "incompatible" } else { "compatible" };
    let findings: Vec<Value> = all
        .iter()
        .map(|c| json!({"rule": c.rule, "path": c.path, "message": c.message, "breaking": c.breaking}))
        .collect();
    json!({"id": question.id, "verdict": verdict, "findings": findings})
}

#[cfg(feature = "openapi")]
fn openapi(question: &Question<'_>, policy: Option<&str>) -> Result<Value, OpenApiError> {
    use std::time::SystemTime;

    use gonogo_core::{Severity, Timestamp};

    use crate::openapi::{OpenApi, request_breaks, response_breaks};

    let parse = |side: &Json| match side {
        Json::String(text) => OpenApi::parse(text),
        json => OpenApi::new(json.clone()),
    };
    if policy.is_some() {
        let today =
            Timestamp::try_from(SystemTime::now()).map(|now| now.to_string().chars().take(10).collect::<String>()).ok();
        let mut parsed = Vec::new();
        for (old, new, _) in &question.pairs {
            parsed.push((parse(old)?, parse(new)?));
        }
        let all: Vec<Change> = parsed
            .iter()
            .flat_map(|(old, new)| policy::oasdiff::changes(old.root(), new.root(), today.as_deref()))
            .collect();
        let verdict = if all.iter().any(|c| c.breaking) { "incompatible" } else { "compatible" };
        let findings: Vec<Value> = all
            .iter()
            .map(|c| json!({"rule": c.rule, "path": c.path, "message": c.message, "breaking": c.breaking}))
            .collect();
        return Ok(json!({"id": question.id, "verdict": verdict, "findings": findings}));
    }
    let options = Options::declared();
    let mut found = Vec::new();
    for (first, second, second_is_new) in &question.pairs {
        // Clients of the first version against servers of the second.
        let (client, server) = (parse(first)?, parse(second)?);
        let requests = request_breaks(&client, &server, &options).into_iter();
        found.extend(requests.map(|b| (b, *second_is_new)));
        let answers = response_breaks(&server, &client, &options).into_iter();
        found.extend(answers.map(|b| (b, !*second_is_new)));
    }
    // Whether a server passes over what it does not name is not in its contract.
    let told = |b: &Break| b.is_proved() && b.rule != "compat/parameter-removed";
    let hurts = |b: &Break| b.severity > Severity::Note && told(b);
    if found.iter().any(|(b, _)| hurts(b)) {
        let doubt = found.iter().find(|(b, _)| !told(b)).map(|(b, _)| b.to_string());
        let hurting = found.iter().filter(|(b, _)| hurts(b)).map(|(b, new)| finding(b, *new));
        return Ok(incompatible(question.id, hurting, doubt));
    }
    let doubt = found.into_iter().map(|(b, _)| b).find(|b| !told(b));
    Ok(decided(question.id, doubt.map(|b| b.to_string())))
}
