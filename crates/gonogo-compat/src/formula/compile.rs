//! From schemas to formulas.

use std::collections::{HashMap, HashSet};

use super::{Atom, Formulas, Id, Kinds};
use crate::json::Json;
use crate::language::Patterns;
use crate::schema::{At, Document, Draft, address, count, numeric_bounds, positive, prefix_and_rest, strings};

/// More formulas than this are refused.
const MAX_FORMULAS: usize = 400_000;
const MAX_NESTING: usize = 200;
/// More schemas than this are not followed from one.
const MAX_SCHEMAS: usize = 50_000;

/// More alternatives of a `oneOf` than this are not held against each other.
const MAX_ALTERNATIVES: usize = 400;

/// What members a writer adds to those a schema speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Whatever the schema allows.
    Open,
    /// None: only members that the schema names.
    Declared,
}

/// What stands in for references that are not looked into.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "openapi"), allow(dead_code))]
pub(crate) enum References<'c> {
    /// These are sets of their own, the same in both documents.
    Same(&'c HashSet<String>),
    /// Each holds the one value that is known of it, and those of which none is known hold none: fewer values than there are.
    Typical(&'c HashMap<String, Json>),
    /// All accept anything: more values than they do.
    Anything,
}

/// A schema node, the resources it was reached through, whether it is closed as the schema of a value of its own, and what is
/// assumed within it.
type Key = (usize, usize, Vec<usize>, bool, Content, bool);

/// Turns the schemas of one document into formulas.
pub(crate) struct Compiler<'c, 'a> {
    pub(super) formulas: &'c mut Formulas,
    pub(super) document: &'c Document<'a>,
    patterns: &'c Patterns,
    content: Content,
    /// Tells what is opaque in one document from what is opaque in another.
    label: &'static str,
    memo: foldhash::HashMap<Key, Id>,
    /// Schemas being compiled: how many values deep they began, and their name if something referred to them.
    open: foldhash::HashMap<Key, (usize, Option<u32>)>,
    scope: Vec<usize>,
    values_deep: usize,
    nesting: usize,
    /// Whether members and items of the current value are described more than once, so that they are not closed.
    open_children: bool,
    /// Schemas that were compiled.
    visited: usize,
    /// References that are not looked into.
    shared: Option<References<'c>>,
}

impl<'c, 'a> Compiler<'c, 'a> {
    pub(crate) fn new(
        formulas: &'c mut Formulas,
        document: &'c Document<'a>,
        patterns: &'c Patterns,
        content: Content,
        label: &'static str,
    ) -> Self {
        Self {
            formulas,
            document,
            patterns,
            content,
            label,
            memo: foldhash::HashMap::default(),
            open: foldhash::HashMap::default(),
            scope: Vec::new(),
            values_deep: 0,
            nesting: 0,
            open_children: false,
            visited: 0,
            shared: None,
        }
    }

    /// Does not look into these references.
    #[cfg(feature = "openapi")]
    pub(crate) fn sharing(self, shared: References<'c>) -> Self {
        Self { shared: Some(shared), ..self }
    }

    /// The set of values that the schema at this place accepts.
    pub(crate) fn schema(&mut self, at: At<'a>) -> Id {
        if let Some(trouble) = self.document.trouble() {
            let why = trouble.to_owned();
            return self.unclear(Kinds::ALL, &why);
        }
        self.value(at)
    }

    /// Something this document says that is not understood.
    pub(super) fn unclear(&mut self, kinds: Kinds, why: &str) -> Id {
        let why = format!("{why} (in the {} contract)", self.label);
        self.formulas.opaque(kinds, &why)
    }

    /// A schema that governs a value of its own.
    pub(super) fn value(&mut self, at: At<'a>) -> Id {
        self.values_deep += 1;
        let formula = self.enter(at, true);
        self.values_deep -= 1;
        formula
    }

    /// A schema that governs the same value as the one around it.
    pub(super) fn in_place(&mut self, at: At<'a>) -> Id {
        self.enter(at, false)
    }

    fn enter(&mut self, at: At<'a>, own_value: bool) -> Id {
        match at.node {
            Json::Bool(true) => return Formulas::ALWAYS,
            Json::Bool(false) if self.document.is_muted(at.node, "") => return Formulas::ALWAYS,
            Json::Bool(false) => return Formulas::NEVER,
            Json::Object(members) if members.is_empty() => return Formulas::ALWAYS,
            Json::Object(_) => {}
            _ => return self.unclear(Kinds::ALL, "a schema is neither an object nor a boolean"),
        }
        let entered = self.document.uses_dynamic() && !self.scope.contains(&at.resource);
        if entered {
            self.scope.push(at.resource);
        }
        let scope = if self.document.uses_dynamic() { self.scope.clone() } else { Vec::new() };
        let closes = own_value && self.content == Content::Declared;
        let key = (address(at.node), at.resource, scope, closes, self.content, !closes && self.open_children);
        let formula = self.keyed(at, key, own_value);
        if entered {
            self.scope.pop();
        }
        formula
    }

    fn keyed(&mut self, at: At<'a>, key: Key, own_value: bool) -> Id {
        if let Some(&known) = self.memo.get(&key) {
            return known;
        }
        if let Some((began, name)) = self.open.get(&key).copied() {
            if began == self.values_deep {
                return self.unclear(Kinds::ALL, "a schema refers to itself for the same value");
            }
            let name = name.unwrap_or_else(|| self.formulas.reserve());
            self.open.insert(key, (began, Some(name)));
            return self.formulas.named(name);
        }
        self.visited += 1;
        let too_large = self.formulas.len() > MAX_FORMULAS || self.formulas.are_too_many();
        if self.nesting > MAX_NESTING || self.visited > MAX_SCHEMAS || too_large {
            return self.unclear(Kinds::ALL, "the schema is too large");
        }
        self.nesting += 1;
        self.open.insert(key.clone(), (self.values_deep, None));
        let outer = self.open_children;
        if own_value {
            self.open_children = self.content == Content::Declared && self.describes_twice(at);
        }
        let mut formula = self.keywords(at);
        self.open_children = outer;
        if own_value && self.content == Content::Declared {
            let declared = self.only_declared(at);
            formula = self.formulas.and([formula, declared]);
        }
        self.nesting -= 1;
        if let Some((_, Some(name))) = self.open.remove(&key) {
            self.formulas.define(name, formula);
        }
        self.memo.insert(key, formula);
        formula
    }

    fn keywords(&mut self, at: At<'a>) -> Id {
        let draft = self.document.draft(at);
        let Json::Object(members) = at.node else { return Formulas::NEVER };
        if !draft.ref_has_siblings()
            && let Some(Json::String(reference)) = at.node.get("$ref")
        {
            return self.reference("$ref", reference, at);
        }
        let mut parts = Vec::new();
        for (name, value) in
            members.iter().filter(|(name, _)| draft.knows(name) && !self.document.is_muted(at.node, name))
        {
            let part = match self.keyword(name, value, at, draft) {
                Ok(part) => part,
                Err(why) => self.unclear(Kinds::ALL, &why),
            };
            parts.push(part);
        }
        self.formulas.and(parts)
    }

    pub(super) fn target(&self, name: &str, reference: &str, at: At<'a>) -> Result<At<'a>, String> {
        match name {
            "$ref" => self.document.resolve(at, reference),
            "$dynamicRef" => self.document.resolve_dynamic(at, reference, &self.scope),
            _ => self.document.resolve_recursive(at, reference, &self.scope),
        }
    }

    fn reference(&mut self, name: &str, reference: &str, at: At<'a>) -> Id {
        match self.shared {
            Some(References::Same(known)) if name == "$ref" && known.contains(reference) => {
                return self.formulas.opaque(Kinds::ALL, reference);
            }
            Some(References::Typical(values)) if name == "$ref" => {
                return values.get(reference).map_or(Formulas::NEVER, |value| self.formulas.constant(value));
            }
            Some(References::Anything) if name == "$ref" => return Formulas::ALWAYS,
            _ => {}
        }
        match self.target(name, reference, at) {
            Ok(target) => self.in_place(target),
            Err(why) => self.unclear(Kinds::ALL, &why),
        }
    }

    fn child(&mut self, at: At<'a>, node: &'a Json) -> Id {
        let child = self.document.child(at, node);
        if self.open_children { self.opened(|open| open.value(child)) } else { self.value(child) }
    }

    /// Where accepting fewer values makes a schema accept more, or where several schemas describe one value, nothing is closed.
    pub(super) fn opened<R>(&mut self, then: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.content, Content::Open);
        let result = then(self);
        self.content = outer;
        result
    }

    fn beside(&mut self, at: At<'a>, node: &'a Json) -> Id {
        let child = self.document.child(at, node);
        self.in_place(child)
    }

    #[allow(clippy::too_many_lines)]
    fn keyword(&mut self, name: &str, value: &'a Json, at: At<'a>, draft: Draft) -> Result<Id, String> {
        let malformed = || format!("`{name}` has a value that the draft does not allow");
        Ok(match (name, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Json::String(reference)) => self.reference(name, reference, at),
            ("$ref" | "$dynamicRef" | "$recursiveRef", _) => return Err(malformed()),
            ("type", _) => self.types(value, at.node)?,
            ("enum", Json::Array(values)) => self.formulas.any_of_values(values),
            ("const", _) => self.formulas.constant(value),
            ("allOf" | "anyOf" | "oneOf", Json::Array(branches)) => {
                let branches: Vec<Id> = branches.iter().map(|b| self.beside(at, b)).collect();
                match name {
                    "allOf" => self.formulas.and(branches),
                    "anyOf" => self.formulas.or(branches),
                    _ => {
                        let Json::Array(parts) = value else { return Err(malformed()) };
                        let open = self.opened(|open| parts.iter().map(|b| open.beside(at, b)).collect::<Vec<Id>>());
                        self.exactly_one(&branches, &open)
                    }
                }
            }
            ("not", _) => {
                let inner = self.opened(|open| open.beside(at, value));
                self.formulas.not(inner)
            }
            ("if", _) => {
                let condition = self.opened(|open| open.beside(at, value));
                let otherwise = self.formulas.not(condition);
                let then = at.node.get("then").map_or(Formulas::ALWAYS, |s| self.beside(at, s));
                let other = at.node.get("else").map_or(Formulas::ALWAYS, |s| self.beside(at, s));
                let (first, second) = (self.formulas.or([otherwise, then]), self.formulas.or([condition, other]));
                self.formulas.and([first, second])
            }
            ("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum", _) => {
                let Some(bound) = numeric_bounds(at.node, name, draft)? else { return Ok(Formulas::ALWAYS) };
                // "At least" is "not below": the complement of what is above or at least.
                let atom =
                    if bound.lower == bound.exclusive { Atom::Above(bound.value) } else { Atom::AtLeast(bound.value) };
                let atom = self.formulas.atom(atom);
                let side = if bound.lower { atom } else { self.formulas.not(atom) };
                self.formulas.when(Kinds::NUMBER, side)
            }
            ("multipleOf", _) => {
                let atom = self.formulas.atom(Atom::MultipleOf(positive(name, value)?.clone()));
                self.formulas.when(Kinds::NUMBER, atom)
            }
            ("minLength", _) => self.at_least(Kinds::STRING, Atom::Length(count(name, value)?)),
            ("maxLength", _) => self.at_most(Kinds::STRING, count(name, value)?, Atom::Length),
            ("minItems", _) => self.at_least(Kinds::ARRAY, Atom::Items(count(name, value)?)),
            ("maxItems", _) => self.at_most(Kinds::ARRAY, count(name, value)?, Atom::Items),
            ("minProperties", _) => self.at_least(Kinds::OBJECT, Atom::Members(count(name, value)?)),
            ("maxProperties", _) => self.at_most(Kinds::OBJECT, count(name, value)?, Atom::Members),
            ("pattern", Json::String(pattern)) => {
                let matching = self.pattern(pattern);
                self.formulas.when(Kinds::STRING, matching)
            }
            ("items" | "prefixItems" | "additionalItems", _) => self.items(name, at, draft)?,
            ("contains", _) => self.contains(value, at, draft)?,
            ("uniqueItems", Json::Bool(true)) => self.at_least(Kinds::ARRAY, Atom::Unique),
            ("uniqueItems", Json::Bool(false)) => Formulas::ALWAYS,
            ("required", _) => {
                let has: Vec<Id> =
                    strings(name, value)?.into_iter().map(|n| self.formulas.atom(Atom::Has(n.into()))).collect();
                let all = self.formulas.and(has);
                self.formulas.when(Kinds::OBJECT, all)
            }
            ("properties", Json::Object(members)) => {
                let mut parts = Vec::new();
                for (member, schema) in members {
                    let names = self.formulas.atom(Atom::Texts(Box::new([member.clone()])));
                    let inner = self.child(at, schema);
                    parts.push(self.formulas.atom(Atom::Each(names, inner)));
                }
                self.on_objects(parts)
            }
            ("patternProperties", Json::Object(members)) => {
                let mut parts = Vec::new();
                for (pattern, schema) in members {
                    let names = self.pattern(pattern);
                    let inner = self.child(at, schema);
                    parts.push(self.formulas.atom(Atom::Each(names, inner)));
                }
                self.on_objects(parts)
            }
            ("additionalProperties", _) => {
                let declared = self.declared_names(at.node);
                let names = self.formulas.not(declared);
                let inner = self.child(at, value);
                let each = self.each(names, inner);
                self.on_objects(vec![each])
            }
            ("propertyNames", _) => {
                let allowed = self.opened(|open| open.child(at, value));
                let names = self.formulas.not(allowed);
                let each = self.each(names, Formulas::NEVER);
                self.on_objects(vec![each])
            }
            ("dependentSchemas" | "dependentRequired" | "dependencies", Json::Object(entries)) => {
                let mut parts = Vec::new();
                for (trigger, wanted) in entries {
                    let has = self.formulas.atom(Atom::Has(trigger.as_str().into()));
                    let without = self.formulas.not(has);
                    let then = match wanted {
                        Json::Array(_) if name != "dependentSchemas" => {
                            let all: Vec<Id> = strings(name, wanted)?
                                .into_iter()
                                .map(|n| self.formulas.atom(Atom::Has(n.into())))
                                .collect();
                            self.formulas.and(all)
                        }
                        schema => self.beside(at, schema),
                    };
                    parts.push(self.formulas.or([without, then]));
                }
                self.formulas.and(parts)
            }
            ("unevaluatedProperties", _) => self.unevaluated_properties(at, value)?,
            ("unevaluatedItems", _) => self.unevaluated_items(at, value)?,
            (
                "enum" | "allOf" | "anyOf" | "oneOf" | "pattern" | "uniqueItems" | "properties" | "patternProperties"
                | "dependentSchemas" | "dependentRequired" | "dependencies",
                _,
            ) => return Err(malformed()),
            _ => Formulas::ALWAYS,
        })
    }

    /// Members with these names, read as names, have these values.
    pub(super) fn each(&mut self, names: Id, values: Id) -> Id {
        let names = self.formulas.project(names, Kinds::STRING);
        self.formulas.atom(Atom::Each(names, values))
    }

    fn on_objects(&mut self, parts: Vec<Id>) -> Id {
        let all = self.formulas.and(parts);
        self.formulas.when(Kinds::OBJECT, all)
    }

    fn at_least(&mut self, kind: Kinds, atom: Atom) -> Id {
        let atom = self.formulas.atom(atom);
        self.formulas.when(kind, atom)
    }

    fn at_most(&mut self, kind: Kinds, most: u64, atom: impl Fn(u64) -> Atom) -> Id {
        let Some(more) = most.checked_add(1) else { return Formulas::ALWAYS };
        let more = self.formulas.atom(atom(more));
        let not_more = self.formulas.not(more);
        self.formulas.when(kind, not_more)
    }

    /// Strings the pattern matches; unclear if the pattern is.
    pub(super) fn pattern(&mut self, pattern: &str) -> Id {
        match self.patterns.get(pattern) {
            Ok(automaton) => self.formulas.pattern(pattern, &automaton),
            // Named by its text alone: the same pattern means the same in both contracts, whatever it means.
            Err(why) => {
                let why = crate::schema::unreadable(pattern, why).0;
                self.formulas.opaque(Kinds::STRING, &why)
            }
        }
    }

    /// Names that `properties` and `patternProperties` of this schema speak of.
    pub(super) fn declared_names(&mut self, schema: &Json) -> Id {
        let mut texts: Vec<String> = schema
            .get("properties")
            .and_then(Json::as_object)
            .unwrap_or_default()
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        texts.sort_unstable();
        let mut parts = vec![self.formulas.atom(Atom::Texts(texts.into()))];
        for (pattern, _) in schema.get("patternProperties").and_then(Json::as_object).unwrap_or_default() {
            parts.push(self.pattern(pattern));
        }
        self.formulas.or(parts)
    }

    /// One of the branches and, of the same branches without anything closed, no other.
    fn exactly_one(&mut self, branches: &[Id], open: &[Id]) -> Id {
        if self.formulas.are_distinct_texts(open) {
            return self.formulas.or(branches.iter().copied());
        }
        if branches.len() > MAX_ALTERNATIVES {
            return self.unclear(Kinds::ALL, "a `oneOf` has more than 400 alternatives that are not plain texts");
        }
        let mut pairs = open.iter().enumerate().flat_map(|(i, a)| open.iter().skip(i + 1).map(move |b| (*a, *b)));
        if pairs.all(|(a, b)| self.formulas.plainly_disjoint(a, b)) {
            return self.formulas.or(branches.iter().copied());
        }
        let negated: Vec<Id> = open.iter().map(|&b| self.formulas.not(b)).collect();
        let mut options = Vec::new();
        for (i, &branch) in branches.iter().enumerate() {
            let others = negated.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, &n)| n);
            let only: Vec<Id> = std::iter::once(branch).chain(others).collect();
            options.push(self.formulas.and(only));
        }
        let one = self.formulas.or(options);
        if branches == open {
            let mut two = vec![self.formulas.and(negated)];
            for (i, &branch) in open.iter().enumerate() {
                for &other in open.iter().skip(i + 1) {
                    two.push(self.formulas.and([branch, other]));
                }
            }
            let not_one = self.formulas.or(two);
            self.formulas.set_negation(one, not_one);
        }
        one
    }

    fn types(&mut self, value: &Json, schema: &Json) -> Result<Id, String> {
        let names: Vec<&str> = match value {
            Json::String(name) => vec![name],
            other => strings("type", other)?,
        };
        let mut parts = Vec::new();
        if schema.get("nullable").and_then(Json::as_bool) == Some(true) {
            parts.push(self.formulas.kind(Kinds::NULL));
        }
        for name in names {
            let kind = match name {
                "null" => Kinds::NULL,
                "boolean" => Kinds::BOOL,
                "number" => Kinds::NUMBER,
                "string" => Kinds::STRING,
                "array" => Kinds::ARRAY,
                "object" => Kinds::OBJECT,
                "integer" => {
                    parts.push(self.formulas.atom(Atom::MultipleOf(1_i64.into())));
                    continue;
                }
                other => return Err(format!("`type` names `{other}`, which is no type")),
            };
            parts.push(self.formulas.kind(kind));
        }
        Ok(self.formulas.or(parts))
    }

    fn items(&mut self, name: &str, at: At<'a>, draft: Draft) -> Result<Id, String> {
        let (prefix, rest) = prefix_and_rest(at.node, draft)?;
        let mut parts = Vec::new();
        let is_prefix = name == "prefixItems" || matches!(at.node.get(name), Some(Json::Array(_)));
        if is_prefix {
            for (i, schema) in prefix.iter().enumerate() {
                let inner = self.child(at, schema);
                parts.push(self.formulas.atom(Atom::Item(i as u32, inner)));
            }
        } else if let Some((_, schema)) = rest.filter(|(speaker, _)| *speaker == name) {
            let inner = self.child(at, schema);
            parts.push(self.formulas.atom(Atom::Rest(prefix.len() as u32, inner)));
        }
        let all = self.formulas.and(parts);
        Ok(self.formulas.when(Kinds::ARRAY, all))
    }

    fn contains(&mut self, value: &'a Json, at: At<'a>, draft: Draft) -> Result<Id, String> {
        let of = self.opened(|open| open.child(at, value));
        let bound = |name: &str| match at.node.get(name).filter(|_| draft.knows(name)) {
            Some(limit) => count(name, limit).map(Some),
            None => Ok(None),
        };
        let least = bound("minContains")?.unwrap_or(1);
        let mut parts = vec![self.formulas.atom(Atom::Count { of, least })];
        if let Some(more) = bound("maxContains")?.and_then(|most| most.checked_add(1)) {
            let more = self.formulas.atom(Atom::Count { of, least: more });
            parts.push(self.formulas.not(more));
        }
        let all = self.formulas.and(parts);
        Ok(self.formulas.when(Kinds::ARRAY, all))
    }
}
