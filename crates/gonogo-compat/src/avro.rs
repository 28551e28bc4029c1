//! Avro schemas: can a reader's schema resolve what a writer's schema wrote?
//!
//! The rules are those of the Avro specification 1.12, section "Schema Resolution". Names are compared without their namespace,
//! as the specification has it; recursive types are taken to resolve while they are being compared.

use std::collections::{HashMap, HashSet};

use crate::breaks::{Break, short, unproved};
use crate::json::{Json, escape_segment};

/// Types nested deeper than this are not followed.
const MAX_DEPTH: usize = 100;
/// No more breaks than this are listed.
const MAX_BREAKS: usize = 50;

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// A schema whose named types are known.
struct Side<'a> {
    root: &'a Json,
    /// Named types by full name, with the namespace that holds within them.
    names: HashMap<String, (&'a Json, String)>,
}

/// A type with the namespace in which its names are read.
#[derive(Clone)]
struct Type<'a> {
    node: &'a Json,
    namespace: String,
}

/// Everything that a reader cannot resolve of what a writer may write.
pub(crate) fn breaks(writer: &Json, reader: &Json) -> Vec<Break> {
    let sides = (Side::new(writer), Side::new(reader));
    let (Ok(write), Ok(read)) = sides else {
        return vec![unproved(
            "the schema",
            "",
            "a type is nested deeper than 100 levels, or has no name where it needs one",
        )];
    };
    let mut walk = Walk { write, read, open: HashSet::new(), found: Vec::new() };
    let top = |node| Type { node, namespace: String::new() };
    let (w, r) = (top(walk.write.root), top(walk.read.root));
    walk.resolve(w, r, "", 0);
    walk.found
}

impl<'a> Side<'a> {
    fn new(root: &'a Json) -> Result<Self, ()> {
        let mut side = Self { root, names: HashMap::new() };
        side.collect(root, "", 0)?;
        Ok(side)
    }

    fn collect(&mut self, node: &'a Json, namespace: &str, depth: usize) -> Result<(), ()> {
        if depth > MAX_DEPTH {
            return Err(());
        }
        match node {
            Json::Array(branches) => branches.iter().try_for_each(|b| self.collect(b, namespace, depth + 1)),
            Json::Object(_) => {
                let kind = node.get("type").ok_or(())?;
                let mut inner = namespace.to_owned();
                if let Some("record" | "error" | "enum" | "fixed") = kind.as_str() {
                    let name = node.get("name").and_then(Json::as_str).ok_or(())?;
                    let stated = node.get("namespace").and_then(Json::as_str);
                    let full = full_name(name, stated.unwrap_or(namespace));
                    inner = full.rsplit_once('.').map_or(String::new(), |(space, _)| space.to_owned());
                    self.names.insert(full, (node, inner.clone()));
                }
                for field in node.get("fields").and_then(Json::as_array).unwrap_or_default() {
                    self.collect(field.get("type").ok_or(())?, &inner, depth + 1)?;
                }
                for part in ["items", "values"].into_iter().filter_map(|k| node.get(k)) {
                    self.collect(part, &inner, depth + 1)?;
                }
                if matches!(kind, Json::Object(_) | Json::Array(_)) {
                    self.collect(kind, &inner, depth + 1)
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }

    /// The type itself: names and wrappers followed.
    fn plain(&self, mut t: Type<'a>) -> Option<Type<'a>> {
        for _ in 0..MAX_DEPTH {
            match t.node {
                Json::String(name) if PRIMITIVES.contains(&name.as_str()) => return Some(t),
                Json::String(name) => {
                    let full = full_name(name, &t.namespace);
                    let (node, namespace) = self.names.get(&full).or_else(|| self.names.get(name.as_str()))?;
                    t = Type { node, namespace: namespace.clone() };
                }
                Json::Array(_) => return Some(t),
                Json::Object(_) => match t.node.get("type")? {
                    Json::String(kind)
                        if matches!(kind.as_str(), "array" | "map") || PRIMITIVES.contains(&kind.as_str()) =>
                    {
                        return Some(t);
                    }
                    Json::String(kind) if matches!(kind.as_str(), "record" | "error" | "enum" | "fixed") => {
                        let stated = t.node.get("namespace").and_then(Json::as_str).unwrap_or(&t.namespace);
                        let full = full_name(t.node.get("name")?.as_str()?, stated);
                        let namespace = full.rsplit_once('.').map_or(String::new(), |(space, _)| space.to_owned());
                        return Some(Type { node: t.node, namespace });
                    }
                    inner => t = Type { node: inner, namespace: t.namespace },
                },
                _ => return None,
            }
        }
        None
    }
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn last(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

/// `int`, `record`, `array`, ...; nothing for a union.
fn kind(node: &Json) -> Option<&str> {
    node.as_str().or_else(|| node.get("type")?.as_str())
}

fn strings<'a>(node: &'a Json, name: &str) -> Vec<&'a str> {
    node.get(name).and_then(Json::as_array).unwrap_or_default().iter().filter_map(Json::as_str).collect()
}

struct Walk<'a> {
    write: Side<'a>,
    read: Side<'a>,
    /// Pairs of named types that are being compared.
    open: HashSet<(usize, usize)>,
    found: Vec<Break>,
}

impl<'a> Walk<'a> {
    fn add(&mut self, rule: &'static str, place: &str, message: String) {
        if self.found.len() < MAX_BREAKS {
            let known = crate::rules::RULES.iter().find(|r| r.id == rule);
            self.found.push(Break {
                rule,
                subject: "the schema".to_owned(),
                pointer: place.to_owned(),
                in_reader: true,
                counterpart: None,
                message,
                witness: None,
                place: String::new(),
                remedy: known.map_or(String::new(), |r| r.remedy.to_owned()),
                severity: known.map_or(gonogo_core::Severity::Stop, |r| r.severity),
            });
        }
    }

    fn doubt(&mut self, place: &str, why: &str) {
        self.found.push(unproved("the schema", place, why));
    }

    fn resolve(&mut self, writer: Type<'a>, reader: Type<'a>, place: &str, depth: usize) {
        if depth > MAX_DEPTH || self.found.len() >= MAX_BREAKS {
            return self.doubt(place, "types are nested deeper than 100 levels, or too much differs");
        }
        let (Some(writer), Some(reader)) = (self.write.plain(writer), self.read.plain(reader)) else {
            return self.doubt(place, "a name is not defined in the schema");
        };
        if let Json::Array(branches) = writer.node {
            for branch in branches {
                let branch = Type { node: branch, namespace: writer.namespace.clone() };
                self.resolve(branch, reader.clone(), place, depth + 1);
            }
            return;
        }
        if let Json::Array(branches) = reader.node {
            let fits = branches.iter().any(|branch| {
                let branch = Type { node: branch, namespace: reader.namespace.clone() };
                self.tried(writer.clone(), branch, place, depth)
            });
            if !fits {
                let message =
                    format!("the writer may write `{}`, for which the reader's union has no branch", name(writer.node));
                self.add("compat/choice-narrowed", place, message);
            }
            return;
        }
        self.pair(&writer, &reader, place, depth);
    }

    /// Whether a branch resolves, without leaving a trace if it does not.
    fn tried(&mut self, writer: Type<'a>, reader: Type<'a>, place: &str, depth: usize) -> bool {
        let held = std::mem::take(&mut self.found);
        self.resolve(writer, reader, place, depth + 1);
        let fits = self.found.is_empty();
        self.found = held;
        fits
    }

    fn pair(&mut self, writer: &Type<'a>, reader: &Type<'a>, place: &str, depth: usize) {
        let (w, r) = (writer.node, reader.node);
        let (Some(from), Some(to)) = (kind(w), kind(r)) else { return self.doubt(place, "a type without a name") };
        let logical = |node: &Json| ["logicalType", "precision", "scale"].map(|k| node.get(k).cloned());
        if logical(w) != logical(r) {
            self.doubt(place, "the logical types differ, and what their values mean is for the application to say");
        }
        match (from, to) {
            ("record" | "error", "record" | "error") if self.same_name(writer, reader) => {
                if self.open.insert((crate::schema::address(w), crate::schema::address(r))) {
                    self.fields(writer, reader, place, depth);
                    self.open.remove(&(crate::schema::address(w), crate::schema::address(r)));
                }
            }
            ("enum", "enum") if self.same_name(writer, reader) => {
                let known = strings(r, "symbols");
                let missing: Vec<&str> = strings(w, "symbols").into_iter().filter(|s| !known.contains(s)).collect();
                if !missing.is_empty() && r.get("default").is_none() {
                    let message = format!(
                        "`{}` may be written and the reader's enum has neither it nor a default",
                        missing.join("`, `")
                    );
                    self.add("compat/value-removed", &format!("{place}/symbols"), message);
                }
            }
            ("fixed", "fixed") if self.same_name(writer, reader) && w.get("size") == r.get("size") => {}
            ("array", "array") => self.inner(writer, reader, "items", place, depth),
            ("map", "map") => self.inner(writer, reader, "values", place, depth),
            _ if promotes(from, to) => {}
            _ => {
                let message = format!("the writer writes `{}` and the reader reads `{}`", name(w), name(r));
                self.add("compat/type-narrowed", place, message);
            }
        }
    }

    fn inner(&mut self, writer: &Type<'a>, reader: &Type<'a>, part: &str, place: &str, depth: usize) {
        let (Some(w), Some(r)) = (writer.node.get(part), reader.node.get(part)) else {
            return self.doubt(place, "an array or a map without the type of its parts");
        };
        let of = |node, t: &Type<'a>| Type { node, namespace: t.namespace.clone() };
        self.resolve(of(w, writer), of(r, reader), &format!("{place}/{part}"), depth + 1);
    }

    fn same_name(&self, writer: &Type<'a>, reader: &Type<'a>) -> bool {
        let own = writer.node.get("name").and_then(Json::as_str).map(last);
        let known = reader.node.get("name").and_then(Json::as_str).map(last);
        own == known || strings(reader.node, "aliases").into_iter().any(|alias| own == Some(last(alias)))
    }

    fn fields(&mut self, writer: &Type<'a>, reader: &Type<'a>, place: &str, depth: usize) {
        let written = writer.node.get("fields").and_then(Json::as_array).unwrap_or_default();
        for (i, field) in reader.node.get("fields").and_then(Json::as_array).unwrap_or_default().iter().enumerate() {
            let here = format!("{place}/fields/{i}");
            let called = field.get("name").and_then(Json::as_str).unwrap_or("");
            let aliases = strings(field, "aliases");
            let find = |name: &str| written.iter().find(|f| f.get("name").and_then(Json::as_str) == Some(name));
            match find(called).or_else(|| aliases.iter().find_map(|a| find(a))) {
                Some(source) => match (source.get("type"), field.get("type")) {
                    (Some(w), Some(r)) => {
                        let w = Type { node: w, namespace: writer.namespace.clone() };
                        let r = Type { node: r, namespace: reader.namespace.clone() };
                        self.resolve(w, r, &format!("{here}/type"), depth + 1);
                    }
                    _ => self.doubt(&here, "a field without a type"),
                },
                None if field.get("default").is_some() => {}
                None => {
                    let message = format!(
                        "the field `{}` of the reader has no default and is not written",
                        escape_segment(called)
                    );
                    self.add("compat/more-required", &here, message);
                }
            }
        }
    }
}

/// The promotions of the specification.
fn promotes(from: &str, to: &str) -> bool {
    PRIMITIVES.contains(&from)
        && (from == to
            || matches!(
                (from, to),
                ("int", "long" | "float" | "double")
                    | ("long", "float" | "double")
                    | ("float", "double")
                    | ("string", "bytes")
                    | ("bytes", "string")
            ))
}

fn name(node: &Json) -> String {
    match node.get("name").and_then(Json::as_str) {
        Some(name) => format!("{} {name}", kind(node).unwrap_or("type")),
        None => kind(node).map_or_else(|| short(node), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(writer: &str, reader: &str) -> Vec<&'static str> {
        breaks(&Json::parse(writer).unwrap(), &Json::parse(reader).unwrap()).iter().map(|b| b.rule).collect()
    }

    #[test]
    fn resolution_follows_the_specification() {
        assert_eq!(rules(r#""int""#, r#""double""#), [] as [&str; 0]);
        assert_eq!(rules(r#""double""#, r#""int""#), ["compat/type-narrowed"]);
        assert_eq!(rules(r#"["null", "int"]"#, r#"["null", "string"]"#), ["compat/choice-narrowed"]);
        let record = |fields: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#);
        let (a, b) = (r#"{"name": "a", "type": "int"}"#, r#"{"name": "b", "type": "int"}"#);
        assert_eq!(rules(&record(a), &record(&format!("{a}, {b}"))), ["compat/more-required"]);
        assert_eq!(rules(&record(&format!("{a}, {b}")), &record(a)), [] as [&str; 0]);
        let with_default = r#"{"name": "b", "type": "int", "default": 0}"#;
        assert_eq!(rules(&record(a), &record(&format!("{a}, {with_default}"))), [] as [&str; 0]);
    }

    #[test]
    fn recursive_types_end_and_unknown_names_are_told() {
        let list = |value: &str| {
            format!(
                r#"{{"type": "record", "name": "n.L", "fields": [{{"name": "v", "type": "{value}"}}, {{"name": "next", "type": ["null", "L"]}}]}}"#
            )
        };
        assert_eq!(rules(&list("int"), &list("long")), [] as [&str; 0]);
        assert_eq!(rules(&list("long"), &list("int")), ["compat/type-narrowed"]);
        assert_eq!(rules(r#""gone""#, r#""int""#), ["compat/unproved"]);
    }
}
