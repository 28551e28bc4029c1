//! What a document says in one direction: members that are only read or only written fall away in the other.

use crate::json::{Json, escape_segment};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The client; members that are `readOnly` are not sent.
    Request,
    /// The server; members that are `writeOnly` are not sent.
    Response,
}

/// The document as its writer or its reader sees it: members that do not go this way are never written and never required. `None` if
/// all members go both ways.
pub(crate) fn directed(root: &Json, direction: Direction, writes: bool) -> Option<Json> {
    let flag = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    mentions(root, flag).then(|| rewrite(root, root, flag, writes, ""))
}

fn mentions(node: &Json, flag: &str) -> bool {
    match node {
        Json::Array(items) => items.iter().any(|v| mentions(v, flag)),
        Json::Object(members) => {
            members.iter().any(|(n, v)| (n == flag && *v == Json::Bool(true)) || mentions(v, flag))
        }
        _ => false,
    }
}

fn rewrite(root: &Json, node: &Json, flag: &str, writes: bool, place: &str) -> Json {
    match node {
        Json::Array(items) => Json::Array(items.iter().map(|v| rewrite(root, v, flag, writes, "")).collect()),
        Json::Object(members) => {
            // `properties` of a schema, and not a member that happens to be called so.
            let own = if place == "properties" { None } else { node.get("properties").and_then(Json::as_object) };
            let hidden: Vec<&str> = own
                .unwrap_or_default()
                .iter()
                .filter(|(_, schema)| flagged(root, schema, flag))
                .map(|(name, _)| name.as_str())
                .collect();
            let changed = members.iter().map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("required", Json::Array(names)) if !hidden.is_empty() => Json::Array(
                        names.iter().filter(|n| n.as_str().is_none_or(|n| !hidden.contains(&n))).cloned().collect(),
                    ),
                    ("properties", Json::Object(inner)) if !hidden.is_empty() => Json::Object(
                        inner
                            .iter()
                            .map(|(n, schema)| {
                                let schema = if hidden.contains(&n.as_str()) {
                                    if writes { never() } else { Json::Object(Vec::new()) }
                                } else {
                                    rewrite(root, schema, flag, writes, "")
                                };
                                (n.clone(), schema)
                            })
                            .collect(),
                    ),
                    _ => rewrite(root, value, flag, writes, name),
                };
                (name.clone(), value)
            });
            Json::Object(changed.collect())
        }
        other => other.clone(),
    }
}

/// A schema of nothing that every draft knows.
fn never() -> Json {
    Json::Object(vec![("not".to_owned(), Json::Object(Vec::new()))])
}

fn flagged(root: &Json, schema: &Json, flag: &str) -> bool {
    if schema.get(flag) == Some(&Json::Bool(true)) {
        return true;
    }
    let target = schema.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).is_some_and(|s| s.get(flag) == Some(&Json::Bool(true)))
}

/// A pointer with one more segment.
pub(crate) fn below(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", escape_segment(segment))
}
