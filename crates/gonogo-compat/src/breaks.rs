//! What breaks, one by one: where, which keyword, the value that shows it, and what to do.

use gonogo_core::Severity;

use crate::budget::Budget;
use crate::compare::{Options, Schema, Side, Verdict, contains};
use crate::json::Json;
use crate::language::Patterns;
#[cfg(feature = "openapi")]
use crate::openapi::{OpenApi, request_breaks, response_breaks};
use crate::schema::{Document, Evaluator, Failure, explain, governs};

/// No more breaks than this are looked for between two schemas.
pub(crate) const MAX_BREAKS: usize = 12;

/// One way in which a reader cannot read what a writer may write, or one thing that could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Break {
    /// The rule, one of [`RULES`](crate::RULES).
    pub rule: &'static str,
    /// What it is about: an operation and its part, or a schema.
    pub subject: String,
    /// JSON Pointer into the reader's document, or into the writer's where the reader has nothing there.
    pub pointer: String,
    /// Whether the pointer leads into the reader's document.
    pub in_reader: bool,
    /// JSON Pointer into the other document: what it says of the same part of the value, where that could be followed.
    pub counterpart: Option<String>,
    /// What is so, in one clause.
    pub message: String,
    /// A value that the writer may write and the reader rejects, where a schema is concerned.
    pub witness: Option<Json>,
    /// The part of the witness that is rejected, as JSON Pointer.
    pub place: String,
    /// What to do.
    pub remedy: String,
    /// How much it weighs where the two versions meet for certain.
    pub severity: Severity,
}

impl Break {
    /// Whether the break was shown; otherwise it could not be told.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.rule != UNPROVED
    }
}

impl std::fmt::Display for Break {
    /// What it is about, and what is so.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.subject, self.message)
    }
}

/// The rule of what could not be told.
pub(crate) const UNPROVED: &str = "compat/unproved";

/// All breaks between two schemas, each found with the earlier ones out of the way; the pointers say where the writer's and the
/// reader's schema stand.
pub(crate) fn schema_breaks(
    writer: Side<'_, '_>,
    reader: Side<'_, '_>,
    subject: &str,
    (writer_pointer, pointer): (&str, &str),
    options: &Options,
) -> Vec<Break> {
    let mut breaks = Vec::new();
    let mut muted = Vec::new();
    while breaks.len() < MAX_BREAKS {
        match contains(writer, reader, options) {
            Verdict::Compatible => break,
            Verdict::Unknown { why } => {
                breaks.push(unproved(subject, pointer, &why));
                break;
            }
            Verdict::Incompatible { witness } => {
                let (patterns, budget) = (Patterns::default(), Budget::new(options.steps));
                let evaluator = Evaluator { document: reader.document, patterns: &patterns, budget: &budget };
                // Below `not` a keyword that is passed over makes the reader reject more than it does.
                if reader.document.as_written(|| evaluator.valid(reader.at, &witness)) != Ok(false) {
                    breaks.push(unproved(
                        subject,
                        pointer,
                        "what is left once the other breaks are mended is not clear",
                    ));
                    break;
                }
                let failure = explain(&evaluator, reader.at, pointer, &witness);
                let Some(failure) = failure else {
                    breaks.push(unexplained(subject, pointer, witness));
                    break;
                };
                let again = !reader.document.mute(failure.node, &failure.keyword);
                muted.push((failure.node, failure.keyword.clone()));
                let node = reader.document.at_pointer(&failure.schema).map(|at| at.node);
                let counterpart = governs(writer.document, writer.at, writer_pointer, &failure.instance);
                breaks.push(Break { counterpart, ..explained(subject, &failure, node, witness) });
                if again {
                    break;
                }
            }
        }
    }
    reader.document.unmute(&muted);
    breaks
}

/// What could not be told.
pub(crate) fn unproved(subject: &str, pointer: &str, why: &str) -> Break {
    Break {
        rule: UNPROVED,
        subject: subject.to_owned(),
        pointer: pointer.to_owned(),
        in_reader: true,
        counterpart: None,
        message: format!("it could not be told whether everything is readable: {why}"),
        witness: None,
        place: String::new(),
        remedy: remedy(UNPROVED).to_owned(),
        severity: Severity::Caution,
    }
}

fn unexplained(subject: &str, pointer: &str, witness: Json) -> Break {
    Break {
        rule: "compat/choice-narrowed",
        subject: subject.to_owned(),
        pointer: pointer.to_owned(),
        in_reader: true,
        counterpart: None,
        message: "the schema no longer accepts the value as a whole".to_owned(),
        witness: Some(witness),
        place: String::new(),
        remedy: remedy("compat/choice-narrowed").to_owned(),
        severity: Severity::Stop,
    }
}

pub(crate) fn explained(subject: &str, failure: &Failure, node: Option<&Json>, witness: Json) -> Break {
    let rejected = witness.pointer(&failure.instance).unwrap_or(&witness);
    let rule = rule_of(&failure.keyword);
    let stated = node.and_then(|n| n.get(&failure.keyword)).map(short).unwrap_or_default();
    let what = if failure.instance.is_empty() { "the value".to_owned() } else { format!("`{}`", failure.instance) };
    let message = match (failure.keyword.as_str(), rejected) {
        ("required", Json::Object(members)) => {
            let names = node.and_then(|n| n.get("required")).and_then(Json::as_array).unwrap_or_default();
            let missing: Vec<String> = names
                .iter()
                .filter_map(Json::as_str)
                .filter(|n| !members.iter().any(|(m, _)| m == n))
                .map(|n| format!("`{n}`"))
                .collect();
            format!("{} of {what} is required by the reader and may be missing", missing.join(", "))
        }
        ("", _) => format!("{what} may be there and the reader allows nothing there"),
        ("additionalProperties" | "unevaluatedProperties", Json::Object(_)) => {
            format!("{what} may hold members that the reader does not allow")
        }
        (keyword, value) => format!("{what} may be {}, which the reader's `{keyword}` {stated} rejects", short(value)),
    };
    Break {
        rule,
        subject: subject.to_owned(),
        pointer: if failure.keyword.is_empty() {
            failure.schema.clone()
        } else {
            format!("{}/{}", failure.schema, failure.keyword)
        },
        in_reader: true,
        counterpart: None,
        message,
        witness: Some(witness),
        place: failure.instance.clone(),
        remedy: remedy(rule).to_owned(),
        severity: Severity::Stop,
    }
}

/// Compact JSON, cut to a readable length.
pub(crate) fn short(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= 80 {
        return text;
    }
    let cut: String = text.chars().take(77).collect();
    format!("{cut}...")
}

fn rule_of(keyword: &str) -> &'static str {
    match keyword {
        "required" | "dependentRequired" | "dependentSchemas" | "dependencies" | "minProperties" => {
            "compat/more-required"
        }
        "type" => "compat/type-narrowed",
        "enum" | "const" => "compat/value-removed",
        ""
        | "additionalProperties"
        | "unevaluatedProperties"
        | "propertyNames"
        | "additionalItems"
        | "unevaluatedItems"
        | "items"
        | "prefixItems" => "compat/content-closed",
        "anyOf" | "oneOf" | "allOf" | "not" | "if" | "$ref" | "$dynamicRef" | "$recursiveRef" => {
            "compat/choice-narrowed"
        }
        _ => "compat/range-narrowed",
    }
}

fn remedy(rule: &str) -> &'static str {
    crate::rules::RULES.iter().find(|r| r.id == rule).map_or("widen the reader first", |r| r.remedy)
}

/// Everything that a reader cannot read of what a writer may write; empty if and only if all is readable.
///
/// ```
/// use gonogo_compat::{breaks, Draft, Options, Schema};
/// let old = Schema::parse(r#"{"properties": {"n": {"maximum": 9}, "s": {"enum": ["a", "b"]}}}"#, Draft::Draft202012)?;
/// let new = Schema::parse(r#"{"properties": {"n": {"maximum": 5}, "s": {"enum": ["a"]}}}"#, Draft::Draft202012)?;
/// let found = breaks(&old, &new, &Options::open());
/// let rules: Vec<&str> = found.iter().map(|b| b.rule).collect();
/// assert_eq!(rules, ["compat/range-narrowed", "compat/value-removed"]);
/// # Ok::<(), gonogo_compat::json::JsonError>(())
/// ```
#[must_use]
pub fn breaks(writer: &Schema, reader: &Schema, options: &Options) -> Vec<Break> {
    let (write, read) = (Document::new(writer.root(), writer.draft()), Document::new(reader.root(), reader.draft()));
    let (writer, reader) = (Side { document: &write, at: write.top() }, Side { document: &read, at: read.top() });
    schema_breaks(writer, reader, "the schema", ("", ""), options)
}

/// Everything that breaks when clients made from `client` call servers made from `server`: requests that the server does not read,
/// and answers that the client does not.
///
/// ```
/// use gonogo_compat::{Options, openapi::OpenApi, openapi_breaks};
/// let api = |paths: &str| OpenApi::parse(&format!("openapi: 3.1.0\npaths: {paths}"));
/// let (old, new) = (api("{/pets: {get: {}}, /toys: {get: {}}}")?, api("{/pets: {get: {}}}")?);
/// let found = openapi_breaks(&old, &new, &Options::declared());
/// assert_eq!(found[0].to_string(), "GET /toys: the server does not have the operation");
/// # Ok::<(), gonogo_compat::openapi::OpenApiError>(())
/// ```
#[cfg(feature = "openapi")]
#[must_use]
pub fn openapi_breaks(client: &OpenApi, server: &OpenApi, options: &Options) -> Vec<Break> {
    let mut found = request_breaks(client, server, options);
    found.extend(response_breaks(server, client, options));
    found
}

/// Everything that a reader's Avro schema cannot resolve of what a writer's schema wrote, by the specification of Avro 1.12.
#[must_use]
pub fn avro_breaks(writer: &Json, reader: &Json) -> Vec<Break> {
    crate::avro::breaks(writer, reader)
}
