//! Bounds, patterns, types and listed values.

use super::schemas::Spot;
use super::{Level, Walk, Way, is_true};
use crate::json::{Json, Number};

/// Keyword, name of the rule, and whether a larger value lets fewer values through.
const BOUNDS: [(&str, &str, bool); 12] = [
    ("maximum", "max", false),
    ("minimum", "min", true),
    ("exclusiveMaximum", "exclusive-max", false),
    ("exclusiveMinimum", "exclusive-min", true),
    ("maxLength", "max-length", false),
    ("minLength", "min-length", true),
    ("maxItems", "max-items", false),
    ("minItems", "min-items", true),
    ("maxProperties", "max-properties", false),
    ("minProperties", "min-properties", true),
    ("maxContains", "max-contains", false),
    ("minContains", "min-contains", true),
];

fn number(node: &Json, keyword: &str) -> Option<Number> {
    match node.get(keyword) {
        Some(Json::Number(n)) => Some(n.clone()),
        _ => None,
    }
}

/// The types a schema names, without `null`, and whether it allows `null`.
fn types(node: &Json) -> (Vec<&str>, bool) {
    let named: Vec<&str> = match node.get("type") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let nullable = is_true(node, "nullable") || named.contains(&"null");
    (named.into_iter().filter(|n| *n != "null").collect(), nullable)
}

impl<'a> Walk<'a> {
    pub(super) fn bounds(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        for (keyword, name, lower) in BOUNDS {
            let contains = keyword.ends_with("Contains");
            if contains && (old.get("contains").is_none() || new.get("contains").is_none()) {
                continue;
            }
            let (stem, way) = (&spot.stem, spot.way);
            match (number(old, keyword), number(new, keyword)) {
                (Some(a), Some(b)) if a != b => {
                    let grew = b > a;
                    let level = if grew == lower { way.narrower() } else { way.wider() };
                    self.add(
                        format!("{stem}-{name}-{}", if grew { "increased" } else { "decreased" }),
                        level,
                        &spot.path,
                    );
                }
                (None, Some(_)) if way == Way::Request => {
                    self.add(format!("{stem}-{name}-set"), Level::Warning, &spot.path)
                }
                (Some(_), None) if way == Way::Response => {
                    self.add(format!("{stem}-{name}-unset"), Level::Error, &spot.path)
                }
                _ => {}
            }
        }
    }

    pub(super) fn pattern(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        fn text(node: &Json) -> Option<&str> {
            node.get("pattern").and_then(Json::as_str).filter(|p| !p.is_empty())
        }
        let stem = &spot.stem;
        match (text(old), text(new)) {
            (None, Some(_)) => self.add(format!("{stem}-pattern-added"), spot.way.narrower(), &spot.path),
            (Some(_), None) => self.add(format!("{stem}-pattern-removed"), spot.way.wider_softly(), &spot.path),
            (Some(a), Some(b)) if a != b => {
                let any = matches!(b, ".*" | "^.*$");
                if any {
                    self.add(format!("{stem}-pattern-generalized"), Level::Information, &spot.path);
                } else {
                    let level = if spot.way == Way::Request { Level::Warning } else { Level::Information };
                    self.add(format!("{stem}-pattern-changed"), level, &spot.path);
                }
            }
            _ => {}
        }
    }

    pub(super) fn types(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let ((before, was_null), (after, is_null)) = (types(old), types(new));
        let (stem, way) = (&spot.stem, spot.way);
        match (was_null, is_null) {
            (false, true) => self.add(format!("{stem}-became-nullable"), way.wider(), &spot.path),
            (true, false) => self.add(format!("{stem}-became-not-nullable"), way.narrower(), &spot.path),
            _ => {}
        }
        let format = |node: &'a Json| node.get("format").and_then(Json::as_str);
        if before == after && format(old) == format(new) {
            return;
        }
        let wider = covers(&after, &before, spot.text);
        let narrower = covers(&before, &after, spot.text);
        let same_types = before == after;
        if same_types {
            // A format is a type of its own where it names a width.
            let widths = ["int32", "int64", "float", "double"];
            let known = |f: Option<&str>| f.is_none_or(|f| widths.contains(&f));
            if !known(format(old)) && !known(format(new)) {
                self.add(format!("{stem}-type-changed"), Level::Error, &spot.path);
            }
            return;
        }
        let xml = spot.text && !stem.contains("parameter") && !stem.contains("header");
        let structured = |names: &[&str]| names.iter().any(|n| matches!(*n, "object" | "array"));
        if xml && (structured(&before) != structured(&after)) {
            self.add(format!("{stem}-type-compatible"), Level::Information, &spot.path);
        } else if wider {
            self.add(format!("{stem}-type-generalized"), way.wider(), &spot.path);
        } else if narrower {
            self.add(format!("{stem}-type-specialized"), way.narrower(), &spot.path);
        } else if !before.is_empty() || !after.is_empty() {
            self.add(format!("{stem}-type-changed"), Level::Error, &spot.path);
        }
    }

    pub(super) fn values(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let (stem, way) = (&spot.stem, spot.way);
        let (before, after) = (old.get("enum").and_then(Json::as_array), new.get("enum").and_then(Json::as_array));
        match (before, after) {
            (None, Some(_)) => self.add(format!("{stem}-became-enum"), way.narrower(), &spot.path),
            (Some(_), None) => self.add(format!("{stem}-became-not-enum"), way.wider(), &spot.path),
            (Some(a), Some(b)) => {
                for _ in b.iter().filter(|v| !a.contains(v)) {
                    let level = if way == Way::Response { Level::Warning } else { Level::Information };
                    self.add(format!("{stem}-enum-value-added"), level, &spot.path);
                }
                for _ in a.iter().filter(|v| !b.contains(v)) {
                    self.add(format!("{stem}-enum-value-removed"), way.narrower(), &spot.path);
                }
            }
            (None, None) => {}
        }
        let extensible = |node: &'a Json| node.get("x-extensible-enum").and_then(Json::as_array);
        if let (Some(a), Some(b)) = (extensible(old), extensible(new))
            && way == Way::Request
        {
            for _ in a.iter().filter(|v| !b.contains(v)) {
                self.add(format!("{stem}-x-extensible-enum-value-removed"), Level::Error, &spot.path);
            }
        }
    }
}

/// Whether every value of the types in `small` is one of a type in `large`; on the wire everything is text.
fn covers(large: &[&str], small: &[&str], text: bool) -> bool {
    let one = |s: &&str| {
        large.iter().any(|l| {
            l == s
                || (*l == "number" && *s == "integer")
                || (text && *l == "string" && !matches!(*s, "object" | "array"))
        })
    };
    large.is_empty() || (!small.is_empty() && small.iter().all(one))
}
