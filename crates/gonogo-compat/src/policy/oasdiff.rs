//! The rule names of oasdiff, for teams that rely on them.
//!
//! oasdiff walks two documents side by side and names what differs by a grammar: where (`request-body`, `request-property`,
//! `response-property`, `request-parameter`, ...), what (`max-length`, `type`, `enum-value`, ...) and how (`increased`,
//! `removed`, ...). A level (error, warning, information) goes with each name; errors break. Source: oasdiff's list of checks
//! (docs/BREAKING-CHANGES.md of that project). Rules that are not in reach of this grammar are not stated.

mod bounds;
mod combinations;
mod members;
mod operations;
mod parameters;
mod schemas;
mod sunset;

use super::Change;
use crate::json::Json;

/// Which way values travel: what narrows a request breaks, and what widens a response does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Response,
}

/// What a change weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Information,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }

    /// The level of a change that lets fewer values through.
    fn narrower(self) -> Level {
        if self == Self::Request { Level::Error } else { Level::Information }
    }

    /// The level of a change that lets more values through.
    fn wider(self) -> Level {
        if self == Self::Response { Level::Error } else { Level::Information }
    }
}

/// The walk over two documents.
struct Walk<'a> {
    old: &'a Json,
    new: &'a Json,
    today: Option<String>,
    found: Vec<Change>,
}

/// No more changes than this are listed.
const MAX_CHANGES: usize = 20_000;

/// Every change between two OpenAPI documents that has a name; `breaking` are those of level error.
///
/// `today`, written `2026-01-31`, tells which dates of sunset have passed; without it none has, so that removing what is
/// deprecated stays an error.
#[must_use]
pub fn changes(old: &Json, new: &Json, today: Option<&str>) -> Vec<Change> {
    let mut walk = Walk { old, new, today: today.map(str::to_owned), found: Vec::new() };
    walk.document();
    walk.found
}

impl<'a> Walk<'a> {
    fn add(&mut self, rule: impl Into<String>, level: Level, path: &str) {
        if self.found.len() < MAX_CHANGES {
            let rule = rule.into();
            let message = format!("{path}: {}", rule.replace('-', " "));
            self.found.push(Change { rule, path: path.to_owned(), message, breaking: level == Level::Error });
        }
    }

    /// A node of the old document with its reference followed.
    fn before(&self, node: &'a Json) -> &'a Json {
        follow(self.old, node)
    }

    /// A node of the new document with its reference followed.
    fn after(&self, node: &'a Json) -> &'a Json {
        follow(self.new, node)
    }
}

fn follow<'a>(root: &'a Json, node: &'a Json) -> &'a Json {
    let mut node = node;
    for _ in 0..32 {
        let Some(Json::String(reference)) = node.get("$ref") else { return node };
        let target = reference.strip_prefix('#').and_then(|p| root.pointer(&crate::schema::decode_fragment(p)));
        let Some(target) = target else { return node };
        node = target;
    }
    node
}

fn members(node: Option<&Json>) -> &[(String, Json)] {
    node.and_then(Json::as_object).unwrap_or_default()
}

fn list(node: Option<&Json>) -> &[Json] {
    node.and_then(Json::as_array).unwrap_or_default()
}

fn is_true(node: &Json, name: &str) -> bool {
    node.get(name) == Some(&Json::Bool(true))
}

fn names(node: Option<&Json>) -> Vec<&str> {
    list(node).iter().filter_map(Json::as_str).collect()
}
