//! Objects, as the registry compares them.

use std::collections::BTreeSet;

use super::class::{Class, Loader, Shape};
use super::{Differences, Walk, bound};
use crate::json::Json;
use crate::language::Automaton;

/// What an object does with members it does not name.
enum Rest<'a> {
    Open,
    Closed,
    Schema(&'a Json),
}

/// The keyword that rules the rest, and what it says.
fn rest<'a>(node: &'a Json, keyword: &str) -> Option<Rest<'a>> {
    Some(match node.get(keyword)? {
        Json::Bool(true) => Rest::Open,
        Json::Bool(false) => Rest::Closed,
        schema => Rest::Schema(schema),
    })
}

/// `additionalProperties`, or `unevaluatedProperties` where that is missing.
fn model(node: &Json) -> Rest<'_> {
    rest(node, "additionalProperties").or_else(|| rest(node, "unevaluatedProperties")).unwrap_or(Rest::Open)
}

fn patterns(node: &Json) -> &[(String, Json)] {
    node.get("patternProperties").and_then(Json::as_object).unwrap_or_default()
}

fn is_open(node: &Json) -> bool {
    patterns(node).is_empty() && matches!(model(node), Rest::Open)
}

/// The schema that a name which is not named falls under.
fn covering<'a>(loader: &Loader<'_, 'a>, shape: &Shape<'a>, name: &str) -> Option<Shape<'a>> {
    let node: &'a Json = shape.node;
    for (pattern, schema) in patterns(node) {
        if Automaton::pattern(pattern).is_ok_and(|a| a.matches(name)) {
            return Some(loader.child(shape.at, schema));
        }
    }
    match model(node) {
        Rest::Schema(schema) => Some(loader.child(shape.at, schema)),
        _ => None,
    }
}

fn named(node: &Json) -> &[(String, Json)] {
    node.get("properties").and_then(Json::as_object).unwrap_or_default()
}

fn requires(node: &Json, name: &str) -> bool {
    node.get("required").and_then(Json::as_array).unwrap_or_default().iter().any(|n| n.as_str() == Some(name))
}

fn has_default(node: &Json, name: &str) -> bool {
    node.get("properties").and_then(|p| p.get(name)).is_some_and(|s| s.get("default").is_some())
}

impl<'a, 'b> Walk<'_, 'a, 'b> {
    pub(super) fn members(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        out.within("required", |out| {
            for (name, _) in named(old.node).iter().filter(|(n, _)| named(new.node).iter().any(|(m, _)| m == n)) {
                match (requires(old.node, name), requires(new.node, name)) {
                    (true, false) => out.add_at(name, "REQUIRED_ATTRIBUTE_REMOVED"),
                    (false, true) if has_default(new.node, name) => {
                        out.add_at(name, "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED")
                    }
                    (false, true) => out.add_at(name, "REQUIRED_ATTRIBUTE_ADDED"),
                    _ => {}
                }
            }
        });
        out.within("properties", |out| {
            let names: BTreeSet<&str> =
                named(old.node).iter().chain(named(new.node)).map(|(n, _)| n.as_str()).collect();
            for name in names {
                out.within(name, |out| self.member(out, old, new, name));
            }
        });
        out.within("dependencies", |out| self.dependencies(out, old, new));
        self.additional(out, old, new);
        for (keyword, stem) in [("maxProperties", "MAX_PROPERTIES"), ("minProperties", "MIN_PROPERTIES")] {
            bound(out, old.node, new.node, keyword, stem);
        }
    }

    fn member(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>, name: &str) {
        let find = |node: &'_ Json| named(node).iter().any(|(n, _)| n == name);
        let before = if find(old.node) { member_of(&self.old, old, name) } else { None };
        let after = if find(new.node) { member_of(&self.new, new, name) } else { None };
        match (before, after) {
            (Some(before), Some(after)) => self.compare(out, Some(before), Some(after)),
            (Some(before), None) => self.removed(out, before, new, name),
            (None, Some(after)) => self.added(out, old, after, new, name),
            (None, None) => {}
        }
    }

    fn removed(&self, out: &mut Differences, before: Shape<'a>, new: &Shape<'b>, name: &str) {
        if is_open(new.node) {
            return out.add("PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL");
        }
        match covering(&self.new, new, name) {
            Some(cover) => {
                let covered = self.take(out, before, cover);
                out.add(format!(
                    "PROPERTY_REMOVED_{}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
                    if covered { "IS" } else { "NOT" }
                ));
            }
            None if matches!(before.class, Class::Never) => {
                out.add("PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL")
            }
            None => out.add("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"),
        }
    }

    fn added(&self, out: &mut Differences, old: &Shape<'a>, after: Shape<'b>, new: &Shape<'b>, name: &str) {
        let how = match (requires(new.node, name), has_default(new.node, name)) {
            (true, true) => "REQUIRED_PROPERTY_WITH_DEFAULT",
            (true, false) => "REQUIRED_PROPERTY",
            (false, _) => "OPTIONAL_PROPERTY",
        };
        if is_open(old.node) {
            return if matches!(after.class, Class::Empty) {
                out.add("PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL");
            } else {
                out.add(format!("{how}_ADDED_TO_OPEN_CONTENT_MODEL"));
            };
        }
        if let Some(cover) = covering(&self.old, old, name) {
            let covered = self.take(out, cover, after);
            out.add(format!(
                "PROPERTY_ADDED_{}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
                if covered { "IS" } else { "NOT" }
            ));
        }
        out.add(format!("{how}_ADDED_TO_UNOPEN_CONTENT_MODEL"));
    }

    /// Compares, takes all differences over, and says whether all are allowed.
    pub(super) fn take(&self, out: &mut Differences, old: Shape<'a>, new: Shape<'b>) -> bool {
        let mut trial = out.trial();
        self.compare(&mut trial, Some(old), Some(new));
        let passes = self.passes(&trial);
        out.found.extend(trial.found);
        passes
    }

    fn additional(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        for (keyword, stem) in
            [("additionalProperties", "ADDITIONAL_PROPERTIES"), ("unevaluatedProperties", "UNEVALUATED_PROPERTIES")]
        {
            if old.node.get(keyword).is_none() && new.node.get(keyword).is_none() {
                continue;
            }
            let (before, after) =
                (rest(old.node, keyword).unwrap_or(Rest::Open), rest(new.node, keyword).unwrap_or(Rest::Open));
            out.within(keyword, |out| match (before, after) {
                (Rest::Open, Rest::Open) | (Rest::Closed, Rest::Closed) => {}
                (Rest::Closed, _) => out.add(format!("{stem}_ADDED")),
                (_, Rest::Closed) => out.add(format!("{stem}_REMOVED")),
                (Rest::Open, Rest::Schema(_)) => out.add(format!("{stem}_NARROWED")),
                (Rest::Schema(_), Rest::Open) => out.add(format!("{stem}_EXTENDED")),
                (Rest::Schema(a), Rest::Schema(b)) => {
                    self.compare(out, Some(self.old.child(old.at, a)), Some(self.new.child(new.at, b)));
                }
            });
        }
    }

    fn dependencies(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        let names: BTreeSet<&str> =
            dependencies(old.node).chain(dependencies(new.node)).map(|(name, _)| name.as_str()).collect();
        for name in names {
            let before = dependencies(old.node).find(|(n, _)| n == name).map(|(_, v)| v);
            let after = dependencies(new.node).find(|(n, _)| n == name).map(|(_, v)| v);
            let names_of = |list: &Json| -> Option<BTreeSet<String>> {
                Some(list.as_array()?.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect())
            };
            let kind = |v: &Json| if v.as_array().is_some() { "ARRAY" } else { "SCHEMA" };
            out.within(name, |out| match (before, after) {
                (Some(a), Some(b)) => match (names_of(a), names_of(b)) {
                    (Some(a), Some(b)) if a == b => {}
                    (Some(a), Some(b)) if b.is_superset(&a) => out.add("DEPENDENCY_ARRAY_EXTENDED"),
                    (Some(a), Some(b)) if a.is_superset(&b) => out.add("DEPENDENCY_ARRAY_NARROWED"),
                    (Some(_), Some(_)) => out.add("DEPENDENCY_ARRAY_CHANGED"),
                    (None, None) => self.compare(out, Some(self.old.child(old.at, a)), Some(self.new.child(new.at, b))),
                    _ => {
                        out.add(format!("DEPENDENCY_{}_REMOVED", kind(a)));
                        out.add(format!("DEPENDENCY_{}_ADDED", kind(b)));
                    }
                },
                (Some(a), None) => out.add(format!("DEPENDENCY_{}_REMOVED", kind(a))),
                (None, Some(b)) => out.add(format!("DEPENDENCY_{}_ADDED", kind(b))),
                (None, None) => {}
            });
        }
    }
}

fn dependencies(node: &Json) -> impl Iterator<Item = &(String, Json)> {
    ["dependencies", "dependentRequired", "dependentSchemas"]
        .into_iter()
        .flat_map(|keyword| node.get(keyword).and_then(Json::as_object).unwrap_or_default())
}

fn member_of<'a>(loader: &Loader<'_, 'a>, shape: &Shape<'a>, name: &str) -> Option<Shape<'a>> {
    let node: &'a Json = shape.node;
    Some(loader.child(shape.at, node.get("properties")?.get(name)?))
}
