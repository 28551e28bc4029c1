//! Is this instance valid under this schema? The referee of every verdict.
//!
//! The answer has three values: what depends on something that is not understood (a pattern with look-ahead, a reference out
//! of the document) is an [`Obstacle`], unless the rest of the schema settles it.

use std::collections::{HashMap, HashSet};

use super::annotations::{Marks, Seen};
use super::keywords::{count, numeric_bounds, positive, strings};
use super::{At, Document, Draft};
use crate::budget::{Budget, Exhausted};
use crate::json::Json;
use crate::language::Patterns;

/// Deeper than any pair of documents within the nesting limit needs.
const MAX_CALLS: usize = 250;

/// By its text 2019-09 does not let `contains` look at items; validators that were asked all do.
pub(crate) const DISPUTED_CONTAINS: &str =
    "whether `unevaluatedItems` of 2019-09 sees what `contains` matched, which the draft denies and validators do not";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle(pub(crate) String);

impl From<Exhausted> for Obstacle {
    fn from(_: Exhausted) -> Self {
        Self("the budget of steps ran out while a value was checked".to_owned())
    }
}

impl From<String> for Obstacle {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Checks instances against the schemas of one document.
pub(crate) struct Evaluator<'e, 'a> {
    pub(crate) document: &'e Document<'a>,
    pub(crate) patterns: &'e Patterns,
    pub(crate) budget: &'e Budget,
}

/// Collects answers where one `false` settles all.
#[derive(Default)]
struct All(Option<Obstacle>);

impl All {
    /// `Err` on the first `false`.
    fn add(&mut self, answer: Result<bool, Obstacle>) -> Result<(), ()> {
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err(()),
            Err(obstacle) => {
                self.0.get_or_insert(obstacle);
                Ok(())
            }
        }
    }

    fn end(self) -> Result<bool, Obstacle> {
        self.0.map_or(Ok(true), Err)
    }
}

macro_rules! every {
    ($answers:expr) => {{
        let mut all = All::default();
        for answer in $answers {
            if all.add(answer).is_err() {
                return Ok(false);
            }
        }
        all.end()
    }};
}

impl<'a> Evaluator<'_, 'a> {
    /// Whether the instance is valid under the schema at this place.
    pub(crate) fn valid(&self, at: At<'a>, instance: &Json) -> Result<bool, Obstacle> {
        if let Some(trouble) = self.document.trouble() {
            return Err(Obstacle(trouble.to_owned()));
        }
        self.apart(at, instance, &mut Vec::new(), 0)
    }

    /// A schema applied to an instance of its own: its marks interest nobody outside.
    fn apart(&self, at: At<'a>, instance: &Json, scope: &mut Vec<usize>, depth: usize) -> Result<bool, Obstacle> {
        let length = match instance {
            Json::Array(items) => items.len(),
            Json::Object(members) => members.len(),
            _ => 0,
        };
        let mut marks = Marks::new(length, self.document.uses_unevaluated() && length > 0);
        self.check(at, instance, scope, &mut marks, depth)
    }

    fn child(
        &self,
        at: At<'a>,
        node: &'a Json,
        instance: &Json,
        scope: &mut Vec<usize>,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        self.apart(self.document.child(at, node), instance, scope, depth)
    }

    /// A schema applied to the same instance; its marks count if it succeeds.
    fn in_place(
        &self,
        at: At<'a>,
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let mut own = marks.fresh();
        let answer = self.check(at, instance, scope, &mut own, depth)?;
        if answer {
            marks.merge(&own);
        }
        Ok(answer)
    }

    fn check(
        &self,
        at: At<'a>,
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        self.budget.spend(1)?;
        if depth > MAX_CALLS {
            return Err(Obstacle("references lead in a circle, or nest deeper than 250 steps".to_owned()));
        }
        let members = match at.node {
            Json::Bool(answer) => return Ok(*answer || self.document.is_muted(at.node, "")),
            Json::Object(members) => members,
            _ => return Err(Obstacle("a schema that is neither an object nor a boolean".to_owned())),
        };
        let entered = scope.last() != Some(&at.resource);
        if entered {
            scope.push(at.resource);
        }
        let answer = self.members(at, members, instance, scope, marks, depth + 1);
        if entered {
            scope.pop();
        }
        answer
    }

    fn members(
        &self,
        at: At<'a>,
        members: &'a [(String, Json)],
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let draft = self.document.draft(at);
        if !draft.ref_has_siblings()
            && let Some(reference) = at.node.get("$ref").filter(|r| r.as_str().is_some())
        {
            return self.keyword("$ref", reference, at, instance, scope, marks, depth);
        }
        let mut all = All::default();
        let (late, early): (Vec<_>, Vec<_>) = members.iter().partition(|(name, _)| name.starts_with("unevaluated"));
        for (name, value) in early.into_iter().filter(|(name, _)| self.applies(draft, at, name)) {
            if all.add(self.keyword(name, value, at, instance, scope, marks, depth)).is_err() {
                return Ok(false);
            }
        }
        if all.0.is_none() {
            for (name, value) in late.into_iter().filter(|(name, _)| self.applies(draft, at, name)) {
                if all.add(self.unevaluated(name, value, at, instance, scope, marks, depth)).is_err() {
                    return Ok(false);
                }
            }
        }
        all.end()
    }

    fn applies(&self, draft: Draft, at: At<'a>, name: &str) -> bool {
        draft.knows(name) && !self.document.is_muted(at.node, name)
    }

    #[allow(clippy::too_many_arguments)]
    fn unevaluated(
        &self,
        name: &str,
        value: &'a Json,
        at: At<'a>,
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let mut all = All::default();
        match (name, instance) {
            ("unevaluatedProperties", Json::Object(members)) => {
                for (i, (_, member)) in members.iter().enumerate() {
                    if marks.of(i) != Seen::Yes {
                        if all.add(self.child(at, value, member, scope, depth)).is_err() {
                            return Ok(false);
                        }
                        marks.mark(i);
                    }
                }
            }
            ("unevaluatedItems", Json::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    let seen = marks.of(i);
                    if seen != Seen::Yes {
                        let fits = match self.child(at, value, item, scope, depth) {
                            Ok(false) if seen == Seen::Disputed => Err(Obstacle(DISPUTED_CONTAINS.to_owned())),
                            fits => fits,
                        };
                        if all.add(fits).is_err() {
                            return Ok(false);
                        }
                        marks.mark(i);
                    }
                }
            }
            _ => {}
        }
        all.end()
    }

    /// One keyword alone.
    #[allow(clippy::too_many_arguments, clippy::too_many_lines)]
    pub(super) fn keyword(
        &self,
        name: &str,
        value: &'a Json,
        at: At<'a>,
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let draft = self.document.draft(at);
        match name {
            "$ref" => match value.as_str() {
                Some(reference) => {
                    let target = self.document.resolve(at, reference)?;
                    self.in_place(target, instance, scope, marks, depth)
                }
                None => Err(malformed(name)),
            },
            "$dynamicRef" => {
                let target =
                    self.document.resolve_dynamic(at, value.as_str().ok_or_else(|| malformed(name))?, scope)?;
                self.in_place(target, instance, scope, marks, depth)
            }
            "$recursiveRef" => {
                let target =
                    self.document.resolve_recursive(at, value.as_str().ok_or_else(|| malformed(name))?, scope)?;
                self.in_place(target, instance, scope, marks, depth)
            }
            "type" => types(value, at.node, instance),
            "enum" => match value {
                Json::Array(options) => Ok(options.iter().any(|o| o == instance)),
                _ => Err(malformed(name)),
            },
            "const" => Ok(value == instance),
            "allOf" | "anyOf" | "oneOf" => {
                let Json::Array(branches) = value else { return Err(malformed(name)) };
                self.combination(name, branches, at, instance, scope, marks, depth)
            }
            "not" => Ok(!self.apart(self.document.child(at, value), instance, scope, depth)?),
            "if" => {
                let holds = self.in_place(self.document.child(at, value), instance, scope, marks, depth)?;
                match at.node.get(if holds { "then" } else { "else" }) {
                    Some(next) => self.in_place(self.document.child(at, next), instance, scope, marks, depth),
                    None => Ok(true),
                }
            }
            "dependentSchemas" | "dependentRequired" | "dependencies" => {
                let Json::Object(entries) = value else { return Err(malformed(name)) };
                every!(entries.iter().filter(|(trigger, _)| instance.get(trigger).is_some()).map(|(_, wanted)| {
                    match wanted {
                        Json::Array(_) if name != "dependentSchemas" => {
                            Ok(strings(name, wanted)?.iter().all(|n| instance.get(n).is_some()))
                        }
                        schema => self.in_place(self.document.child(at, schema), instance, scope, marks, depth),
                    }
                }))
            }
            _ => match instance {
                Json::Number(number) => match name {
                    "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
                        let Some(bound) = numeric_bounds(at.node, name, draft)? else { return Ok(true) };
                        let order = if bound.lower { number.cmp(&bound.value) } else { bound.value.cmp(number) };
                        Ok(if bound.exclusive { order.is_gt() } else { order.is_ge() })
                    }
                    "multipleOf" => Ok(number.is_multiple_of(positive(name, value)?)),
                    _ => Ok(true),
                },
                Json::String(text) => match name {
                    "minLength" => Ok(text.chars().count() as u64 >= count(name, value)?),
                    "maxLength" => Ok(text.chars().count() as u64 <= count(name, value)?),
                    "pattern" => self.matches(value.as_str().ok_or_else(|| malformed(name))?, text),
                    _ => Ok(true),
                },
                Json::Array(items) => self.array_keyword(name, value, at, items, scope, marks, depth),
                Json::Object(members) => self.object_keyword(name, value, at, members, scope, marks, depth),
                _ => Ok(true),
            },
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn combination(
        &self,
        name: &str,
        branches: &'a [Json],
        at: At<'a>,
        instance: &Json,
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        if name == "allOf" {
            return every!(branches.iter().map(|b| self.in_place(
                self.document.child(at, b),
                instance,
                scope,
                marks,
                depth
            )));
        }
        let (mut valid, mut obstacle) = (0, None);
        for branch in branches {
            match self.in_place(self.document.child(at, branch), instance, scope, marks, depth) {
                Ok(true) => valid += 1,
                Ok(false) => {}
                Err(why) => obstacle = Some(why),
            }
            if name == "anyOf" && valid > 0 && !marks.wanted() {
                return Ok(true);
            }
            if name == "oneOf" && valid > 1 {
                return Ok(false);
            }
        }
        match obstacle {
            Some(why) => Err(why),
            None => Ok(valid > 0),
        }
    }

    fn matches(&self, pattern: &str, text: &str) -> Result<bool, Obstacle> {
        self.budget.spend(text.len() as u64)?;
        match self.patterns.get(pattern) {
            Ok(automaton) => Ok(automaton.matches(text)),
            Err(why) => Err(unreadable(pattern, why)),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn array_keyword(
        &self,
        name: &str,
        value: &'a Json,
        at: At<'a>,
        items: &[Json],
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let draft = self.document.draft(at);
        let from = match (name, value) {
            ("prefixItems", Json::Array(prefix)) => Err(prefix),
            ("items", Json::Array(prefix)) if draft <= Draft::Draft201909 => Err(prefix),
            ("prefixItems", _) | ("items", Json::Array(_)) => return Err(malformed(name)),
            ("items", _) if draft >= Draft::Draft202012 => {
                Ok(at.node.get("prefixItems").and_then(Json::as_array).map_or(0, <[Json]>::len))
            }
            ("items", _) => Ok(0),
            ("additionalItems", _) => match at.node.get("items") {
                Some(Json::Array(prefix)) => Ok(prefix.len()),
                _ => return Ok(true),
            },
            ("minItems", _) => return Ok(items.len() as u64 >= count(name, value)?),
            ("maxItems", _) => return Ok(items.len() as u64 <= count(name, value)?),
            ("uniqueItems", Json::Bool(true)) => {
                self.budget.spend(items.len() as u64 * items.len() as u64 / 2)?;
                return Ok(items.iter().enumerate().all(|(i, a)| !items.iter().skip(i + 1).any(|b| a == b)));
            }
            ("uniqueItems", Json::Bool(false)) => return Ok(true),
            ("uniqueItems", _) => return Err(malformed(name)),
            ("contains", _) => return self.contains(value, at, items, scope, marks, depth),
            _ => return Ok(true),
        };
        match from {
            Err(prefix) => every!(prefix.iter().zip(items).enumerate().map(|(i, (schema, item))| {
                marks.mark(i);
                self.child(at, schema, item, scope, depth)
            })),
            Ok(from) => every!(items.iter().enumerate().skip(from).map(|(i, item)| {
                marks.mark(i);
                self.child(at, value, item, scope, depth)
            })),
        }
    }

    fn contains(
        &self,
        value: &'a Json,
        at: At<'a>,
        items: &[Json],
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        let draft = self.document.draft(at);
        let bound = |name: &str| match at.node.get(name).filter(|_| draft.knows(name)) {
            Some(limit) => count(name, limit).map(Some),
            None => Ok(None),
        };
        let (least, most) = (bound("minContains")?.unwrap_or(1), bound("maxContains")?);
        let mut found = 0_u64;
        for (i, item) in items.iter().enumerate() {
            if self.child(at, value, item, scope, depth)? {
                found += 1;
                marks.mark_as(i, if draft >= Draft::Draft202012 { Seen::Yes } else { Seen::Disputed });
            }
        }
        Ok(found >= least && most.is_none_or(|most| found <= most))
    }

    #[allow(clippy::too_many_arguments)]
    fn object_keyword(
        &self,
        name: &str,
        value: &'a Json,
        at: At<'a>,
        members: &[(String, Json)],
        scope: &mut Vec<usize>,
        marks: &mut Marks,
        depth: usize,
    ) -> Result<bool, Obstacle> {
        match name {
            "required" if matches!(value, Json::Bool(_)) && self.document.draft(at) <= Draft::Draft4 => {
                Err(malformed(name))
            }
            "required" => {
                let wanted = strings(name, value)?;
                if wanted.len() > MANY && members.len() > MANY {
                    let there: HashSet<&str> = members.iter().map(|(m, _)| m.as_str()).collect();
                    return Ok(wanted.iter().all(|n| there.contains(n)));
                }
                Ok(wanted.iter().all(|n| members.iter().any(|(m, _)| m == n)))
            }
            "minProperties" => Ok(members.len() as u64 >= count(name, value)?),
            "maxProperties" => Ok(members.len() as u64 <= count(name, value)?),
            "properties" => {
                if value.as_object().is_none() {
                    return Err(malformed(name));
                }
                let find = Lookup::new(value, members.len());
                every!(members.iter().enumerate().filter_map(|(i, (n, member))| {
                    let schema = find.get(n)?;
                    marks.mark(i);
                    Some(self.child(at, schema, member, scope, depth))
                }))
            }
            "patternProperties" => {
                let Json::Object(patterns) = value else { return Err(malformed(name)) };
                let mut all = All::default();
                for (pattern, schema) in patterns {
                    for (i, (n, member)) in members.iter().enumerate() {
                        let answer = match self.matches(pattern, n) {
                            Ok(true) => {
                                marks.mark(i);
                                self.child(at, schema, member, scope, depth)
                            }
                            Ok(false) => Ok(true),
                            Err(why) => Err(why),
                        };
                        if all.add(answer).is_err() {
                            return Ok(false);
                        }
                    }
                }
                all.end()
            }
            "additionalProperties" => {
                let mut all = All::default();
                let declared = at.node.get("properties").map(|p| Lookup::new(p, members.len()));
                for (i, (n, member)) in members.iter().enumerate() {
                    if declared.as_ref().is_some_and(|names| names.get(n).is_some()) {
                        continue;
                    }
                    match self.is_declared(at, n) {
                        Ok(true) => {}
                        Ok(false) => {
                            marks.mark(i);
                            if all.add(self.child(at, value, member, scope, depth)).is_err() {
                                return Ok(false);
                            }
                        }
                        Err(why) => {
                            let _ = all.add(Err(why));
                        }
                    }
                }
                all.end()
            }
            "propertyNames" => {
                every!(members.iter().map(|(n, _)| self.child(at, value, &Json::String(n.clone()), scope, depth)))
            }
            _ => Ok(true),
        }
    }

    /// Whether `patternProperties` of the same schema speak of this name.
    fn is_declared(&self, at: At<'a>, name: &str) -> Result<bool, Obstacle> {
        let mut obstacle = None;
        for (pattern, _) in at.node.get("patternProperties").and_then(Json::as_object).unwrap_or_default() {
            match self.matches(pattern, name) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(why) => obstacle = Some(why),
            }
        }
        obstacle.map_or(Ok(false), Err)
    }
}

/// With more names than this on both sides they are hashed.
const MANY: usize = 16;

/// The members of an object by name.
enum Lookup<'a> {
    Few(&'a Json),
    Many(HashMap<&'a str, &'a Json>),
}

impl<'a> Lookup<'a> {
    /// For looking up that many names.
    fn new(object: &'a Json, times: usize) -> Self {
        match object.as_object() {
            Some(members) if members.len() > MANY && times > MANY => {
                Self::Many(members.iter().map(|(n, v)| (n.as_str(), v)).collect())
            }
            _ => Self::Few(object),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        match self {
            Self::Few(object) => object.get(name),
            Self::Many(members) => members.get(name).copied(),
        }
    }
}

/// Why a pattern cannot be used.
pub(crate) fn unreadable(pattern: &str, why: &str) -> Obstacle {
    Obstacle(format!("the pattern `{pattern}` has {why}, which is outside regular languages or of no agreed meaning"))
}

fn malformed(keyword: &str) -> Obstacle {
    Obstacle(format!("`{keyword}` has a value that the draft does not allow"))
}

fn types(value: &Json, schema: &Json, instance: &Json) -> Result<bool, Obstacle> {
    if matches!(instance, Json::Null) && schema.get("nullable").and_then(Json::as_bool) == Some(true) {
        return Ok(true);
    }
    let one = |name: &Json| {
        let Some(name) = name.as_str() else { return Err(malformed("type")) };
        Ok(match name {
            "null" => matches!(instance, Json::Null),
            "boolean" => matches!(instance, Json::Bool(_)),
            "number" => matches!(instance, Json::Number(_)),
            "integer" => matches!(instance, Json::Number(n) if n.is_integer()),
            "string" => matches!(instance, Json::String(_)),
            "array" => matches!(instance, Json::Array(_)),
            "object" => matches!(instance, Json::Object(_)),
            _ => return Err(Obstacle(format!("`type` names `{name}`, which is no type"))),
        })
    };
    match value {
        Json::Array(names) => names.iter().try_fold(false, |any, name| Ok(one(name)? || any)),
        name => one(name),
    }
}
