//! One line of `gonogo issues --messages -`: a message in, its references out.

use serde_json::{Map, Value, json};

use crate::extract::Extractor;
use crate::style::{ExtractorError, ExtractorOptions, ReferenceStyle};

/// Why a line has no answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct BatchError {
    /// The line's `id`, where one could be read.
    pub id: Option<Value>,
    /// What is wrong with it.
    pub message: String,
}

/// Answers one line: `{"id", "message", "styles"?, "projects"?, "repo"?, "options"?}` gives `{"id", "references": [...]}`.
///
/// `options` may hold `actions`, `issue_prefixes`, `hosts`, `issue_url_segments`, `never` and `patterns` as
/// [`ExtractorOptions`] has them. A style that is not known is left out, and named in `unknown_styles` of the answer.
///
/// # Errors
/// When the line is no such object.
///
/// ```
/// let answer = gonogo_issues::batch::answer(r##"{"id": 1, "message": "Fix #3 (#4)", "styles": ["github"]}"##)?;
/// assert_eq!(answer["references"][0]["key"], "#3");
/// assert_eq!(answer["references"][1]["kind"], "change");
/// # Ok::<(), gonogo_issues::batch::BatchError>(())
/// ```
pub fn answer(line: &str) -> Result<Value, BatchError> {
    let given: Value = serde_json::from_str(line)
        .map_err(|error| BatchError { id: None, message: format!("the line is not JSON: {error}") })?;
    let id = given.get("id").cloned();
    let fail = |message: String| BatchError { id: id.clone(), message };
    let Value::Object(fields) = &given else { return Err(fail("the line is not a JSON object".into())) };
    let message = match fields.get("message") {
        Some(Value::String(message)) => message,
        Some(_) => return Err(fail("`message` is not a string".into())),
        None => return Err(fail("`message` is missing".into())),
    };
    let mut unknown = Vec::new();
    let options = options(fields, &mut unknown).map_err(fail)?;
    let extractor = Extractor::new(&options).map_err(|error| fail(error.to_string()))?;
    let references =
        serde_json::to_value(extractor.extract(message.as_bytes())).map_err(|error| fail(error.to_string()))?;
    let mut answer = json!({ "id": id, "references": references });
    if let (Value::Object(answer), false) = (&mut answer, unknown.is_empty()) {
        answer.insert("unknown_styles".into(), unknown.into());
    }
    Ok(answer)
}

fn options(fields: &Map<String, Value>, unknown: &mut Vec<Value>) -> Result<ExtractorOptions, String> {
    let mut given = match fields.get("options") {
        Some(Value::Object(options)) => options.clone(),
        None | Some(Value::Null) => Map::new(),
        Some(_) => return Err("`options` is not an object".into()),
    };
    // What other tools call options and no extractor has is left out, so that their cases can be sent as they are.
    given.retain(|name, _| {
        ["actions", "issue_prefixes", "hosts", "issue_url_segments", "never", "patterns"].contains(&name.as_str())
    });
    let mut options: ExtractorOptions =
        serde_json::from_value(Value::Object(given)).map_err(|error| format!("`options`: {error}"))?;
    for style in strings(fields, "styles")? {
        match style.parse::<ReferenceStyle>() {
            Ok(style) => options.styles.push(style),
            Err(ExtractorError::UnknownStyle { given }) => unknown.push(given.into()),
            Err(error) => return Err(error.to_string()),
        }
    }
    options.projects = strings(fields, "projects")?;
    options.repository = match fields.get("repo") {
        Some(Value::String(name)) => Some(name.clone()),
        None | Some(Value::Null) => None,
        Some(_) => return Err("`repo` is not a string".into()),
    };
    Ok(options)
}

fn strings(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` holds what is not a string")))
            .collect(),
        Some(_) => Err(format!("`{name}` is not a list")),
    }
}
