//! YAML as the JSON value that it denotes (YAML 1.2, core schema), with anchors and aliases bounded.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use thiserror::Error;

use crate::json::{Json, JsonError, MAX_DEPTH, Number};

/// Aliases may not make a document hold more values than this.
const MAX_VALUES: usize = 2_000_000;

/// Why a text could not be read as YAML or JSON.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("{what} at line {line}, column {column}")]
pub struct ReadError {
    /// What was met.
    pub what: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl From<JsonError> for ReadError {
    fn from(error: JsonError) -> Self {
        Self { what: error.what.to_owned(), line: error.line, column: error.column }
    }
}

/// Reads a document that is JSON or YAML: what begins with a brace is tried as JSON first.
///
/// # Errors
/// Text that is neither, nests deeper than 128 levels, holds more than two million values after its aliases are followed, or
/// several documents, or a mapping with a key that is no scalar.
pub(crate) fn read(text: &str) -> Result<Json, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with(['{', '[']) {
        let as_json = Json::parse(text);
        return as_json.or_else(|error| parse(text).map_err(|_| error.into()));
    }
    parse(text)
}

/// A collection that is not finished.
enum Open {
    Sequence(Vec<Json>, usize),
    Mapping(Vec<(String, Json)>, Option<String>, usize),
}

fn parse(text: &str) -> Result<Json, ReadError> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, (Json, usize)> = HashMap::new();
    let (mut root, mut values) = (None, 0_usize);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| ReadError {
            what: error.info().to_owned(),
            line: error.marker().line(),
            column: error.marker().col() + 1,
        })?;
        let fail =
            |what: &str| ReadError { what: what.to_owned(), line: span.start.line(), column: span.start.col() + 1 };
        let (value, anchor) = match event {
            Event::StreamEnd => break,
            Event::DocumentStart(_) if root.is_some() => return Err(fail("a second document in one file")),
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if open.len() >= MAX_DEPTH => {
                let _ = anchor;
                return Err(fail("the value nests deeper than 128 levels"));
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open::Sequence(Vec::new(), anchor));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open::Mapping(Vec::new(), None, anchor));
                continue;
            }
            Event::SequenceEnd => match open.pop() {
                Some(Open::Sequence(items, anchor)) => (Json::Array(items), anchor),
                _ => return Err(fail("the end of a sequence that did not begin")),
            },
            Event::MappingEnd => match open.pop() {
                Some(Open::Mapping(members, None, anchor)) => (Json::Object(distinct(members)), anchor),
                _ => return Err(fail("the end of a mapping that did not begin")),
            },
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_deref()), anchor),
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some((value, size)) => {
                    values = values.saturating_add(*size);
                    let depth = depth(value);
                    if open.len() + depth > MAX_DEPTH {
                        return Err(fail("the value nests deeper than 128 levels"));
                    }
                    if values > MAX_VALUES {
                        return Err(fail("aliases make the document larger than two million values"));
                    }
                    (value.clone(), 0)
                }
                None => return Err(fail("an alias of itself or of nothing")),
            },
            _ => continue,
        };
        values += 1;
        if values > MAX_VALUES {
            return Err(fail("the document has more than two million values"));
        }
        if anchor > 0 {
            let size = value.size(MAX_VALUES);
            values = values.saturating_add(size);
            anchors.insert(anchor, (value.clone(), size));
        }
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::Sequence(items, _)) => items.push(value),
            Some(Open::Mapping(members, key, _)) => match key.take() {
                Some(name) => members.push((name, value)),
                None => {
                    let name = match value {
                        Json::String(name) => name,
                        Json::Array(_) | Json::Object(_) => return Err(fail("a mapping whose key is not a scalar")),
                        other => other.to_string(),
                    };
                    *key = Some(name);
                }
            },
        }
    }
    Ok(root.unwrap_or(Json::Null))
}

fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.iter().map(|(_, v)| depth(v)).max().unwrap_or(0),
        _ => 0,
    }
}

/// Members with distinct names, the last of equal ones kept, and merge keys (`<<`) followed.
fn distinct(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<(String, Json)> = Vec::with_capacity(members.len());
    let mut merged: Vec<(String, Json)> = Vec::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("<<", Json::Object(more)) => merged.extend(more),
            ("<<", Json::Array(list)) => {
                merged.extend(
                    list.into_iter().filter_map(|v| if let Json::Object(m) = v { Some(m) } else { None }).flatten(),
                );
            }
            (_, value) => match at.get(&name).and_then(|&i| out.get_mut(i)) {
                Some(held) => held.1 = value,
                None => {
                    at.insert(name.clone(), out.len());
                    out.push((name, value));
                }
            },
        }
    }
    for (name, value) in merged {
        if !at.contains_key(&name) {
            at.insert(name.clone(), out.len());
            out.push((name, value));
        }
    }
    out
}

/// A scalar under the core schema (YAML 1.2.2, section 10.3.2).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Json {
    let is_text = tag.is_some_and(|t| t.is_yaml_core_schema() && t.suffix == "str") || style != ScalarStyle::Plain;
    if is_text {
        return Json::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    let may_be_number = text.starts_with(['-', '+', '.']) || text.starts_with(|c: char| c.is_ascii_digit());
    let number = if may_be_number { number(text) } else { None };
    number.map_or_else(|| Json::String(text.to_owned()), Json::Number)
}

fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (body, exponent) = rest.find(['e', 'E']).map_or((rest, ""), |at| rest.split_at(at));
    let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    Number::parse(&format!("{sign}{whole}.{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(yaml: &str) -> String {
        read(yaml).unwrap().to_string()
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        assert_eq!(
            text("a: 1\nb: '1'\nc: yes\nd: true\ne:\nf: 1.50\ng: 0x1f\nh: 2021-01-01"),
            r#"{"a":1,"b":"1","c":"yes","d":true,"e":null,"f":1.5,"g":31,"h":"2021-01-01"}"#
        );
        assert_eq!(
            text("responses:\n  200: {description: OK}\n  '404': {}"),
            r#"{"responses":{"200":{"description":"OK"},"404":{}}}"#
        );
    }

    #[test]
    fn anchors_are_followed_and_merged() {
        assert_eq!(
            text("base: &b {x: 1}\nuse: *b\nmore:\n  <<: *b\n  y: 2"),
            r#"{"base":{"x":1},"use":{"x":1},"more":{"y":2,"x":1}}"#
        );
    }

    #[test]
    fn aliases_cannot_make_a_document_explode() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..20 {
            let list = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{list}]\n"));
        }
        assert!(read(&bomb).unwrap_err().what.contains("two million"));
        assert!(read("&a [*a]").is_err());
    }

    #[test]
    fn errors_name_their_place() {
        let error = read("a: [1,\nb: }").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("a: 1\n---\nb: 2").is_err());
    }

    #[test]
    fn json_is_read_as_json() {
        assert_eq!(text("{\"a\": \"\\u00e9\", \"b\": 1e2}"), "{\"a\":\"é\",\"b\":100}");
    }
}
