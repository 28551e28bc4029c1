//! The values of keywords, read the same way by the evaluator and by the compiler.

use super::Draft;
use crate::json::{Json, Number};

/// One side of a range of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) lower: bool,
    pub(crate) exclusive: bool,
    pub(crate) value: Number,
}

fn malformed(keyword: &str) -> String {
    format!("`{keyword}` has a value that the draft does not allow")
}

/// The bounds that one keyword of a schema states.
pub(crate) fn numeric_bounds(schema: &Json, keyword: &str, draft: Draft) -> Result<Option<Bound>, String> {
    let Some(value) = schema.get(keyword) else { return Ok(None) };
    let lower = keyword.ends_with("inimum");
    let exclusive = keyword.starts_with("exclusive");
    if draft <= Draft::OpenApi30 {
        if exclusive {
            return if matches!(value, Json::Bool(_)) { Ok(None) } else { Err(malformed(keyword)) };
        }
        let beside = if lower { "exclusiveMinimum" } else { "exclusiveMaximum" };
        let strict = schema.get(beside).and_then(Json::as_bool).unwrap_or(false);
        return match value {
            Json::Number(n) => Ok(Some(Bound { lower, exclusive: strict, value: n.clone() })),
            _ => Err(malformed(keyword)),
        };
    }
    match value {
        Json::Number(n) => Ok(Some(Bound { lower, exclusive, value: n.clone() })),
        _ => Err(malformed(keyword)),
    }
}

/// A count such as `minLength` has; a count too large for 64 bits is the largest.
pub(crate) fn count(keyword: &str, value: &Json) -> Result<u64, String> {
    match value {
        Json::Number(n) if n.is_integer() && (n.is_positive() || n.is_zero()) => Ok(n.to_count().unwrap_or(u64::MAX)),
        _ => Err(malformed(keyword)),
    }
}

/// A number above zero, as `multipleOf` has.
pub(crate) fn positive<'a>(keyword: &str, value: &'a Json) -> Result<&'a Number, String> {
    match value {
        Json::Number(n) if n.is_positive() => Ok(n),
        _ => Err(malformed(keyword)),
    }
}

/// A list of strings, as `required` has.
pub(crate) fn strings<'a>(keyword: &str, value: &'a Json) -> Result<Vec<&'a str>, String> {
    match value {
        Json::Array(items) => items.iter().map(|i| i.as_str().ok_or_else(|| malformed(keyword))).collect(),
        _ => Err(malformed(keyword)),
    }
}

/// The schemas of the first items; the keyword and schema of the rest.
pub(crate) type Items<'a> = (&'a [Json], Option<(&'static str, &'a Json)>);

/// The schemas of the first items and the schema of the rest, whichever keywords the draft has for them.
pub(crate) fn prefix_and_rest(schema: &Json, draft: Draft) -> Result<Items<'_>, String> {
    if draft >= Draft::Draft202012 {
        let prefix = match schema.get("prefixItems") {
            Some(Json::Array(items)) => items.as_slice(),
            Some(_) => return Err(malformed("prefixItems")),
            None => &[],
        };
        return match schema.get("items") {
            Some(Json::Array(_)) => Err(malformed("items")),
            rest => Ok((prefix, rest.map(|r| ("items", r)))),
        };
    }
    match schema.get("items") {
        Some(Json::Array(items)) => Ok((items, schema.get("additionalItems").map(|r| ("additionalItems", r)))),
        rest => Ok((&[], rest.map(|r| ("items", r)))),
    }
}
