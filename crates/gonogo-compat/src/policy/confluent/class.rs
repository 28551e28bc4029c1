//! The class that the registry gives a schema by its keywords.

use crate::json::Json;
use crate::schema::{At, Document, Draft, address};

/// How the parts of a combination go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    All,
    Any,
    One,
}

impl Criterion {
    pub(super) fn keyword(self) -> &'static str {
        match self {
            Self::All => "allOf",
            Self::Any => "anyOf",
            Self::One => "oneOf",
        }
    }
}

/// A class of schemas.
#[derive(Debug, Clone)]
pub(super) enum Class<'a> {
    /// Anything goes.
    Empty,
    /// Nothing goes.
    Never,
    Null,
    Boolean,
    Number {
        whole: bool,
    },
    Text,
    Members,
    Items,
    /// `enum` or `const`, with the keyword.
    Values(Vec<&'a Json>, &'static str),
    Not(At<'a>),
    /// `if`, `then`, `else`: not looked into.
    Conditional,
    Combined(Criterion, Vec<Shape<'a>>),
}

/// A schema, or a part of one, with its class.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    pub(super) class: Class<'a>,
    pub(super) node: &'a Json,
    pub(super) at: At<'a>,
    /// A part that has no schema of its own in the text.
    pub(super) synthetic: bool,
}

impl Shape<'_> {
    /// Tells schemas apart while the walk is within them.
    pub(super) fn identity(&self) -> usize {
        let class = match &self.class {
            Class::Combined(..) => 1,
            Class::Text => 2,
            Class::Number { .. } => 3,
            Class::Members => 4,
            Class::Items => 5,
            Class::Values(..) => 6,
            Class::Not(_) => 7,
            _ => 8,
        };
        address(self.node).wrapping_mul(16).wrapping_add(class)
    }

    pub(super) fn same_text(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.class) == std::mem::discriminant(&other.class)
            && self.node == other.node
            && (!matches!(self.class, Class::Combined(..)) || self.synthetic == other.synthetic)
    }
}

/// Loads the shapes of one document.
#[derive(Clone)]
pub(super) struct Loader<'w, 'a> {
    document: &'w Document<'a>,
}

const TEXT: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
const NUMBER: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const ITEMS: [&str; 10] = [
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];
const MEMBERS: [&str; 11] = [
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
];

impl<'w, 'a> Loader<'w, 'a> {
    pub(super) fn new(document: &'w Document<'a>) -> Self {
        Self { document }
    }

    pub(super) fn draft(&self, at: At<'a>) -> Draft {
        self.document.draft(at)
    }

    pub(super) fn child(&self, at: At<'a>, node: &'a Json) -> Shape<'a> {
        self.load(self.document.child(at, node))
    }

    pub(super) fn load(&self, at: At<'a>) -> Shape<'a> {
        let mut at = at;
        for _ in 0..32 {
            let Some(Json::String(reference)) = at.node.get("$ref") else { break };
            match self.document.resolve(at, reference) {
                Ok(target) => at = target,
                Err(_) => break,
            }
        }
        self.classify(at, 0)
    }

    fn classify(&self, at: At<'a>, depth: usize) -> Shape<'a> {
        let node = at.node;
        let shape = |class| Shape { class, node, at, synthetic: false };
        if depth > 24 {
            return shape(Class::Empty);
        }
        match node {
            Json::Bool(false) => return shape(Class::Never),
            Json::Object(_) => {}
            _ => return shape(Class::Empty),
        }
        let mut parts = Vec::new();
        if let Some(Json::Array(values)) = node.get("enum") {
            parts.push(Class::Values(values.iter().collect(), "enum"));
        } else if let Some(value) = node.get("const").filter(|_| self.draft(at).knows("const")) {
            parts.push(Class::Values(vec![value], "const"));
        }
        for (keyword, criterion) in [("allOf", Criterion::All), ("anyOf", Criterion::Any), ("oneOf", Criterion::One)] {
            if let Some(Json::Array(branches)) = node.get(keyword) {
                let load = |b: &'a Json| {
                    let child = self.document.child(at, b);
                    if b.get("$ref").is_some() {
                        self.load_at_depth(child, depth + 1)
                    } else {
                        self.classify(child, depth + 1)
                    }
                };
                parts.push(Class::Combined(criterion, branches.iter().map(load).collect()));
            }
        }
        if let Some(inner) = node.get("not") {
            parts.push(Class::Not(self.document.child(at, inner)));
        }
        if node.get("if").is_some() {
            parts.push(Class::Conditional);
        }
        match node.get("type") {
            Some(Json::String(name)) => parts.extend(class_of(name)),
            Some(Json::Array(names)) => {
                let classes = names.iter().filter_map(Json::as_str).filter_map(class_of);
                let shapes: Vec<Shape<'a>> = classes.map(|class| Shape { class, node, at, synthetic: true }).collect();
                parts.push(Class::Combined(Criterion::Any, shapes));
            }
            _ => {
                let any = |keywords: &[&str]| keywords.iter().any(|k| node.get(k).is_some());
                parts.extend(any(&TEXT).then_some(Class::Text));
                parts.extend(any(&NUMBER).then_some(Class::Number { whole: false }));
                parts.extend(any(&ITEMS).then_some(Class::Items));
                parts.extend(any(&MEMBERS).then_some(Class::Members));
            }
        }
        match parts.len() {
            0 => shape(Class::Empty),
            1 => parts.into_iter().next().map_or_else(|| shape(Class::Empty), shape),
            _ => {
                let shapes = parts.into_iter().map(|class| Shape { class, node, at, synthetic: true }).collect();
                shape(Class::Combined(Criterion::All, shapes))
            }
        }
    }

    fn load_at_depth(&self, at: At<'a>, depth: usize) -> Shape<'a> {
        match at.node.get("$ref").and_then(Json::as_str).map(|r| self.document.resolve(at, r)) {
            Some(Ok(target)) => self.classify(target, depth),
            _ => self.classify(at, depth),
        }
    }
}

fn class_of(name: &str) -> Option<Class<'static>> {
    Some(match name {
        "null" => Class::Null,
        "boolean" => Class::Boolean,
        "string" => Class::Text,
        "number" => Class::Number { whole: false },
        "integer" => Class::Number { whole: true },
        "object" => Class::Members,
        "array" => Class::Items,
        _ => return None,
    })
}
