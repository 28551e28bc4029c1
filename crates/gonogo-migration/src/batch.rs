//! The batch form of the command line: one JSON object a line in, one out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::analysis::Analyzer;
use crate::dialect::{Dialect, ServerVersion};
use crate::rules::hazards;

/// A line that could not be answered.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct BatchError {
    /// The line's own id, when it could be read.
    pub id: Option<Value>,
    /// What was wrong.
    pub message: String,
}

#[derive(Deserialize)]
struct Request {
    id: Option<Value>,
    dialect: Option<String>,
    server_version: Option<Value>,
    setup: Option<String>,
    sql: Option<String>,
    timezone: Option<String>,
    /// The tool runs the whole text in one transaction.
    #[serde(default)]
    transaction: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    sql: &'a str,
    line: u32,
    #[serde(flatten)]
    effects: &'a crate::effects::Effects,
    hazards: Vec<&'static str>,
}

/// Answers one line: `{"id", "dialect", "server_version", "setup", "sql", "timezone"?}` gives `{"id", "statements": [..]}`.
///
/// # Errors
/// When the line is not such an object, or names a dialect that is not known.
pub fn answer(line: &str) -> Result<Value, BatchError> {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(e) => {
            let id = serde_json::from_str::<Value>(line).ok().and_then(|v| v.get("id").cloned());
            return Err(BatchError { id, message: format!("the line is not a migration request: {e}") });
        }
    };
    let fail = |message: String| BatchError { id: request.id.clone(), message };
    let Some(sql) = &request.sql else { return Err(fail("\"sql\" is missing".to_owned())) };
    let name = request.dialect.as_deref().unwrap_or("postgres");
    let Some(dialect) = Dialect::from_name(name) else {
        return Err(fail(format!("dialect {name:?} is not known: write postgres, mysql or mariadb")));
    };
    let version = match &request.server_version {
        None | Some(Value::Null) => dialect.default_version(),
        Some(Value::String(text)) => {
            ServerVersion::parse(text).ok_or_else(|| fail(format!("server_version {text:?} is not a version")))?
        }
        Some(Value::Number(n)) => {
            ServerVersion::parse(&n.to_string()).ok_or_else(|| fail("server_version is not a version".to_owned()))?
        }
        Some(_) => return Err(fail("server_version is neither a text nor a number".to_owned())),
    };
    let mut analyzer = Analyzer::with_version(dialect, version);
    analyzer.timezone(request.timezone.as_deref().unwrap_or("UTC"));
    if let Some(setup) = request.setup.as_deref().filter(|s| !s.trim().is_empty()) {
        let troubles = analyzer.replay(setup);
        analyzer.catalog_mut().set_complete(troubles.is_empty());
    }
    let found = if request.transaction { analyzer.analyze_in_transaction(sql) } else { analyzer.analyze(sql) };
    let mut rows = Vec::with_capacity(found.len());
    for analyzed in &found {
        let row = Row {
            sql: &analyzed.sql,
            line: analyzed.span.line,
            effects: &analyzed.effects,
            hazards: hazards(analyzed),
        };
        let mut value = serde_json::to_value(row).map_err(|e| fail(e.to_string()))?;
        if let Value::Object(map) = &mut value {
            let why: Vec<String> = analyzed.effects.unknown.clone();
            map.remove("unknown");
            if !why.is_empty() {
                map.insert("unknown".to_owned(), Value::String(why.join("; ")));
            }
        }
        rows.push(value);
    }
    let mut out = serde_json::Map::new();
    out.insert("id".to_owned(), request.id.unwrap_or(Value::Null));
    out.insert("statements".to_owned(), Value::Array(rows));
    Ok(Value::Object(out))
}
