//! Which keyword rejects a value, and where.

use super::annotations::Marks;
use super::evaluate::Evaluator;
use super::{At, Document, address};
use crate::json::{Json, escape_segment, pointer_segments};

/// The innermost keyword that rejects a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The keyword; empty where the schema is `false`.
    pub(crate) keyword: String,
    /// JSON Pointer of the schema that holds the keyword.
    pub(crate) schema: String,
    /// JSON Pointer into the value.
    pub(crate) instance: String,
    /// Identity of the schema node.
    pub(crate) node: usize,
}

/// Follows a rejection down to the keyword that makes it; `None` if the value is not rejected, or it cannot be told.
pub(crate) fn explain<'a>(evaluator: &Evaluator<'_, 'a>, at: At<'a>, path: &str, instance: &Json) -> Option<Failure> {
    descend(evaluator, at, path.to_owned(), instance, String::new(), 0)
}

fn descend<'a>(
    evaluator: &Evaluator<'_, 'a>,
    at: At<'a>,
    schema: String,
    instance: &Json,
    place: String,
    depth: usize,
) -> Option<Failure> {
    let here = |keyword: &str| {
        Some(Failure {
            keyword: keyword.to_owned(),
            schema: schema.clone(),
            instance: place.clone(),
            node: address(at.node),
        })
    };
    let Json::Object(members) = at.node else { return here("") };
    let draft = evaluator.document.draft(at);
    let only_ref = !draft.ref_has_siblings() && at.node.get("$ref").is_some_and(|r| r.as_str().is_some());
    for (name, value) in members.iter().filter(|(n, _)| draft.knows(n) && (!only_ref || n == "$ref")) {
        if evaluator.document.is_muted(at.node, name) {
            continue;
        }
        if name.starts_with("unevaluated") {
            continue;
        }
        let mut marks = Marks::new(0, false);
        if evaluator.keyword(name, value, at, instance, &mut vec![at.resource], &mut marks, 1) != Ok(false) {
            continue;
        }
        if depth > 200 {
            return here(name);
        }
        let into = |node: &'a Json, segment: &str, item: &Json, step: Option<&str>| {
            let child = evaluator.document.child(at, node);
            if evaluator.valid(child, item) != Ok(false) {
                return None;
            }
            let place = step.map_or_else(|| place.clone(), |s| format!("{place}/{}", escape_segment(s)));
            descend(evaluator, child, format!("{schema}/{segment}"), item, place, depth + 1)
        };
        let deeper = match (name.as_str(), value, instance) {
            ("$ref", Json::String(reference), _) => evaluator.document.resolve(at, reference).ok().and_then(|target| {
                let path = reference.strip_prefix('#').filter(|f| f.is_empty() || f.starts_with('/'));
                let path = path.map_or_else(|| reference.clone(), str::to_owned);
                (evaluator.valid(target, instance) == Ok(false))
                    .then(|| descend(evaluator, target, path, instance, place.clone(), depth + 1))
                    .flatten()
            }),
            ("properties", schemas, Json::Object(members)) => members.iter().find_map(|(n, member)| {
                into(schemas.get(n)?, &format!("properties/{}", escape_segment(n)), member, Some(n))
            }),
            ("additionalProperties", Json::Object(_), Json::Object(members)) => members
                .iter()
                .filter(|(n, _)| at.node.get("properties").is_none_or(|p| p.get(n).is_none()))
                .find_map(|(n, member)| into(value, "additionalProperties", member, Some(n))),
            ("patternProperties", Json::Object(patterns), Json::Object(members)) => {
                patterns.iter().find_map(|(pattern, schema)| {
                    let automaton = evaluator.patterns.get(pattern).ok()?;
                    members.iter().filter(|(n, _)| automaton.matches(n)).find_map(|(n, member)| {
                        into(schema, &format!("patternProperties/{}", escape_segment(pattern)), member, Some(n))
                    })
                })
            }
            ("items", Json::Object(_), Json::Array(items)) => {
                let skipped = at.node.get("prefixItems").and_then(Json::as_array).map_or(0, <[Json]>::len);
                items
                    .iter()
                    .enumerate()
                    .skip(skipped)
                    .find_map(|(i, item)| into(value, "items", item, Some(&i.to_string())))
            }
            ("items" | "prefixItems", Json::Array(schemas), Json::Array(items)) => schemas
                .iter()
                .zip(items)
                .enumerate()
                .find_map(|(i, (schema, item))| into(schema, &format!("{name}/{i}"), item, Some(&i.to_string()))),
            ("allOf", Json::Array(branches), _) => {
                branches.iter().enumerate().find_map(|(i, branch)| into(branch, &format!("allOf/{i}"), instance, None))
            }
            _ => None,
        };
        return deeper.or_else(|| here(name));
    }
    if evaluator.valid(at, instance) != Ok(false) {
        return None;
    }
    let late = members.iter().find(|(n, _)| n.starts_with("unevaluated"));
    here(late.map_or("", |(n, _)| n))
}

/// Where a schema speaks of the part of a value at a JSON Pointer: the pointer of the schema that governs it, `from` being where the
/// schema itself stands; `None` if no keyword that can be followed does.
pub(crate) fn governs(document: &Document<'_>, at: At<'_>, from: &str, place: &str) -> Option<String> {
    let segments = pointer_segments(place)?;
    let mut steps = 0;
    follow(document, at, from.to_owned(), &segments, &mut steps)
}

fn follow(document: &Document<'_>, at: At<'_>, here: String, left: &[String], steps: &mut u32) -> Option<String> {
    *steps += 1;
    if *steps > 2_000 {
        return None;
    }
    let into = |node: &Json, segment: &str, left: &[String], steps: &mut u32| {
        // The lifetime of the node is that of the document; the pointer leads to it again.
        let pointer = format!("{here}/{segment}");
        let child = document.at_pointer(&pointer).filter(|child| std::ptr::eq(child.node, node))?;
        follow(document, child, pointer, left, steps)
    };
    if let Some(reference) = at.node.get("$ref").and_then(Json::as_str)
        && let Some(pointer) = reference.strip_prefix('#').filter(|p| p.is_empty() || p.starts_with('/'))
        && let Ok(target) = document.resolve(at, reference)
        && let Some(found) = follow(document, target, super::uri::decode(pointer), left, steps)
    {
        return Some(found);
    }
    let Some((next, rest)) = left.split_first() else { return Some(here) };
    let member = at.node.get("properties").and_then(|p| p.get(next));
    let index = next.parse::<usize>().ok();
    let listed = |name: &str| Some((index?, at.node.get(name)?.as_array()?.get(index?)?));
    let found = member
        .and_then(|m| into(m, &format!("properties/{}", escape_segment(next)), rest, steps))
        .or_else(|| listed("prefixItems").and_then(|(i, s)| into(s, &format!("prefixItems/{i}"), rest, steps)))
        .or_else(|| listed("items").and_then(|(i, s)| into(s, &format!("items/{i}"), rest, steps)))
        .or_else(|| {
            let items = at.node.get("items").filter(|s| s.as_object().is_some() && index.is_some())?;
            into(items, "items", rest, steps)
        });
    let branches = |name: &'static str, steps: &mut u32| {
        let list = at.node.get(name).and_then(Json::as_array).unwrap_or_default();
        list.iter().enumerate().find_map(|(i, branch)| into(branch, &format!("{name}/{i}"), left, steps))
    };
    found.or_else(|| ["allOf", "anyOf", "oneOf"].into_iter().find_map(|name| branches(name, steps))).or_else(|| {
        let rest_of = at.node.get("additionalProperties").filter(|s| s.as_object().is_some() && index.is_none())?;
        into(rest_of, "additionalProperties", rest, steps)
    })
}
