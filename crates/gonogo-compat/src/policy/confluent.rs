//! The rules of Confluent Schema Registry for JSON Schema, strict and lenient.
//!
//! The registry does not ask what values two schemas accept. It sorts each schema into a class by its keywords (string, object,
//! combination, ...), walks both trees side by side and names what differs; a set of names is allowed. Source: the registry's
//! documentation on JSON Schema compatibility, and its behaviour.

mod class;
mod items;
mod members;

use class::{Class, Criterion, Loader, Shape};

use super::Change;
use crate::json::{Json, Number};
use crate::schema::{Document, Draft};

/// Names of differences that are allowed; others break.
const ALLOWED: &[&str] = &[
    "ID_CHANGED",
    "DESCRIPTION_CHANGED",
    "TITLE_CHANGED",
    "DEFAULT_CHANGED",
    "SCHEMA_REMOVED",
    "TYPE_EXTENDED",
    "MAX_LENGTH_INCREASED",
    "MAX_LENGTH_REMOVED",
    "MIN_LENGTH_DECREASED",
    "MIN_LENGTH_REMOVED",
    "PATTERN_REMOVED",
    "MAXIMUM_INCREASED",
    "MAXIMUM_REMOVED",
    "MINIMUM_DECREASED",
    "MINIMUM_REMOVED",
    "EXCLUSIVE_MAXIMUM_INCREASED",
    "EXCLUSIVE_MAXIMUM_REMOVED",
    "EXCLUSIVE_MINIMUM_DECREASED",
    "EXCLUSIVE_MINIMUM_REMOVED",
    "MULTIPLE_OF_REDUCED",
    "MULTIPLE_OF_REMOVED",
    "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED",
    "REQUIRED_ATTRIBUTE_REMOVED",
    "DEPENDENCY_ARRAY_NARROWED",
    "DEPENDENCY_ARRAY_REMOVED",
    "DEPENDENCY_SCHEMA_REMOVED",
    "MAX_PROPERTIES_INCREASED",
    "MAX_PROPERTIES_REMOVED",
    "MIN_PROPERTIES_DECREASED",
    "MIN_PROPERTIES_REMOVED",
    "ADDITIONAL_PROPERTIES_ADDED",
    "ADDITIONAL_PROPERTIES_EXTENDED",
    "UNEVALUATED_PROPERTIES_ADDED",
    "UNEVALUATED_PROPERTIES_EXTENDED",
    "PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL",
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL",
    "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
    "PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL",
    "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "MAX_ITEMS_INCREASED",
    "MAX_ITEMS_REMOVED",
    "MIN_ITEMS_DECREASED",
    "MIN_ITEMS_REMOVED",
    "UNIQUE_ITEMS_REMOVED",
    "MAX_CONTAINS_INCREASED",
    "MAX_CONTAINS_REMOVED",
    "MIN_CONTAINS_DECREASED",
    "MIN_CONTAINS_REMOVED",
    "ADDITIONAL_ITEMS_ADDED",
    "ADDITIONAL_ITEMS_EXTENDED",
    "UNEVALUATED_ITEMS_ADDED",
    "UNEVALUATED_ITEMS_EXTENDED",
    "ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL",
    "ITEM_ADDED_TO_CLOSED_CONTENT_MODEL",
    "ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    "ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL",
    "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "ENUM_ARRAY_EXTENDED",
    "COMBINED_TYPE_EXTENDED",
    "PRODUCT_TYPE_NARROWED",
    "SUM_TYPE_EXTENDED",
    "NOT_TYPE_NARROWED",
];

/// Names that the lenient mode allows as well.
const ALLOWED_LENIENT: &[&str] = &[
    "ADDITIONAL_PROPERTIES_NARROWED",
    "ADDITIONAL_PROPERTIES_REMOVED",
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL",
    "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
];

/// References are not followed deeper than this.
const MAX_DEPTH: usize = 64;
/// No more differences than this are listed.
const MAX_DIFFERENCES: usize = 10_000;

/// Every difference that the registry lists between two schemas, in its names; `breaking` are those that it does not allow.
#[must_use]
pub fn changes(old: &Json, new: &Json, draft: Draft, lenient: bool) -> Vec<Change> {
    let (before, after) = (Document::new(old, draft), Document::new(new, draft));
    let walk = Walk { old: Loader::new(&before), new: Loader::new(&after), lenient };
    let mut out = Differences { found: Vec::new(), path: "#/".to_owned(), depth: 0, seen: Vec::new() };
    walk.compare(&mut out, Some(walk.old.load(before.top())), Some(walk.new.load(after.top())));
    let all = out.found.into_iter();
    all.map(|(rule, path)| Change { breaking: !allowed(&rule, lenient), message: words(&rule), rule, path }).collect()
}

fn allowed(rule: &str, lenient: bool) -> bool {
    ALLOWED.contains(&rule) || (lenient && ALLOWED_LENIENT.contains(&rule))
}

fn words(rule: &str) -> String {
    rule.to_ascii_lowercase().replace('_', " ")
}

/// Differences found so far, and where the walk is.
struct Differences {
    found: Vec<(String, String)>,
    path: String,
    depth: usize,
    /// Old schemas that the walk is within.
    seen: Vec<usize>,
}

impl Differences {
    fn add(&mut self, rule: impl Into<String>) {
        self.found.push((rule.into(), self.path.clone()));
    }

    fn add_at(&mut self, name: &str, rule: impl Into<String>) {
        let path = below(&self.path, name);
        self.found.push((rule.into(), path));
    }

    fn within<R>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> R) -> R {
        let longer = below(&self.path, name);
        let outer = std::mem::replace(&mut self.path, longer);
        let result = then(self);
        self.path = outer;
        result
    }

    /// The differences of a trial.
    fn trial(&self) -> Self {
        Self { found: Vec::new(), path: self.path.clone(), depth: self.depth, seen: self.seen.clone() }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.ends_with('/') { format!("{path}{name}") } else { format!("{path}/{name}") }
}

/// Both versions, on one walk.
struct Walk<'w, 'a, 'b> {
    old: Loader<'w, 'a>,
    new: Loader<'w, 'b>,
    lenient: bool,
}

impl<'a, 'b> Walk<'_, 'a, 'b> {
    fn passes(&self, trial: &Differences) -> bool {
        trial.found.iter().all(|(rule, _)| allowed(rule, self.lenient))
    }

    /// Tries a comparison; takes its differences over if all are allowed.
    fn try_pair(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) -> bool {
        let mut trial = out.trial();
        self.compare(&mut trial, Some(old.clone()), Some(new.clone()));
        let passes = self.passes(&trial);
        if passes {
            out.found.extend(trial.found);
        }
        passes
    }

    fn compare(&self, out: &mut Differences, old: Option<Shape<'a>>, new: Option<Shape<'b>>) {
        let (old, new) = match (old, new) {
            (None, None) => return,
            (None, Some(_)) => return out.add("SCHEMA_ADDED"),
            (Some(_), None) => return out.add("SCHEMA_REMOVED"),
            (Some(old), Some(new)) => (old, new),
        };
        if out.depth > MAX_DEPTH || out.found.len() > MAX_DIFFERENCES {
            return;
        }
        out.depth += 1;
        self.compare_shapes(out, &old, &new);
        out.depth -= 1;
    }

    fn compare_shapes(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        match (&old.class, &new.class) {
            (Class::Combined(..), Class::Combined(..)) => {}
            (_, Class::Combined(criterion, parts)) => {
                if let [only] = parts.as_slice() {
                    if self.try_pair(out, old, only) {
                        return;
                    }
                } else if *criterion != Criterion::All && parts.iter().any(|part| self.try_pair(out, old, part)) {
                    return out.add("SUM_TYPE_EXTENDED");
                }
            }
            (Class::Combined(criterion, parts), _) => {
                if let [only] = parts.as_slice() {
                    if self.try_pair(out, only, new) {
                        return;
                    }
                } else if *criterion == Criterion::All && parts.iter().any(|part| self.try_pair(out, part, new)) {
                    return out.add("PRODUCT_TYPE_NARROWED");
                }
            }
            _ => {}
        }
        if std::mem::discriminant(&old.class) != std::mem::discriminant(&new.class) {
            if !matches!(old.class, Class::Never) && !matches!(new.class, Class::Empty) {
                out.add("TYPE_CHANGED");
            }
            return;
        }
        let identity = old.identity();
        if out.seen.contains(&identity) {
            return;
        }
        out.seen.push(identity);
        self.compare_same_class(out, old, new);
        out.seen.pop();
    }

    fn compare_same_class(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        if !old.synthetic && !new.synthetic {
            for (names, rule) in [
                (["$id", "id"].as_slice(), "ID_CHANGED"),
                (&["title"], "TITLE_CHANGED"),
                (&["description"], "DESCRIPTION_CHANGED"),
                (&["default"], "DEFAULT_CHANGED"),
            ] {
                let of = |node: &Json| names.iter().find_map(|n| node.get(n).cloned());
                if of(old.node) != of(new.node) {
                    out.add(rule);
                }
            }
        }
        match (&old.class, &new.class) {
            (Class::Text, Class::Text) => {
                for (keyword, stem) in [("maxLength", "MAX_LENGTH"), ("minLength", "MIN_LENGTH")] {
                    bound(out, old.node, new.node, keyword, stem);
                }
                match (old.node.get("pattern"), new.node.get("pattern")) {
                    (None, Some(_)) => out.add_at("pattern", "PATTERN_ADDED"),
                    (Some(_), None) => out.add_at("pattern", "PATTERN_REMOVED"),
                    (a, b) if a != b => out.add_at("pattern", "PATTERN_CHANGED"),
                    _ => {}
                }
            }
            (Class::Number { whole: a }, Class::Number { whole: b }) => numbers(out, old.node, new.node, *a, *b),
            (Class::Values(a, keyword), Class::Values(b, _)) => {
                let within = |x: &[&Json], y: &[&Json]| x.iter().all(|v| y.contains(v));
                match (within(a, b), within(b, a)) {
                    (true, true) => {}
                    (true, false) => out.add_at(keyword, "ENUM_ARRAY_EXTENDED"),
                    (false, true) => out.add_at(keyword, "ENUM_ARRAY_NARROWED"),
                    (false, false) => out.add_at(keyword, "ENUM_ARRAY_CHANGED"),
                }
            }
            (Class::Combined(a, olds), Class::Combined(b, news)) => self.combined(out, (*a, olds), (*b, news)),
            (Class::Not(a), Class::Not(b)) => out.within("not", |out| {
                // What was excluded must include what is excluded now: the question with the sides exchanged.
                let back = Walk { old: self.new.clone(), new: self.old.clone(), lenient: self.lenient };
                let mut trial = out.trial();
                back.compare(&mut trial, Some(back.old.load(*b)), Some(back.new.load(*a)));
                out.add(if self.passes(&trial) { "NOT_TYPE_NARROWED" } else { "NOT_TYPE_EXTENDED" });
            }),
            (Class::Members, Class::Members) => self.members(out, old, new),
            (Class::Items, Class::Items) => self.items(out, old, new),
            _ => {}
        }
    }

    fn combined(&self, out: &mut Differences, old: (Criterion, &Vec<Shape<'a>>), new: (Criterion, &Vec<Shape<'b>>)) {
        let ((before, olds), (after, news)) = (old, new);
        if before != after {
            let extended = match after {
                Criterion::Any => true,
                Criterion::One => olds.len() == 1,
                Criterion::All => olds.len() == 1 && news.len() == 1,
            };
            out.add(if extended { "COMBINED_TYPE_EXTENDED" } else { "COMBINED_TYPE_CHANGED" });
            if !extended {
                return;
            }
        }
        let (olds, news) = (distinct(olds), distinct(news));
        let product = after == Criterion::All;
        match olds.len().cmp(&news.len()) {
            std::cmp::Ordering::Less => out.add(if product { "PRODUCT_TYPE_EXTENDED" } else { "SUM_TYPE_EXTENDED" }),
            std::cmp::Ordering::Greater => {
                out.add(if before == Criterion::All { "PRODUCT_TYPE_NARROWED" } else { "SUM_TYPE_NARROWED" })
            }
            std::cmp::Ordering::Equal => {}
        }
        // Which old part can be read as which new one, with the differences that this makes.
        let mut edges: Vec<Vec<Option<Differences>>> = Vec::new();
        for (i, old) in olds.iter().enumerate() {
            let row = out.within(&format!("{}/{i}", before.keyword()), |out| {
                let fit = |new: &&Shape<'b>| {
                    let mut trial = out.trial();
                    self.compare(&mut trial, Some((*old).clone()), Some((*new).clone()));
                    self.passes(&trial).then_some(trial)
                };
                news.iter().map(fit).collect()
            });
            edges.push(row);
        }
        let mut taken: Vec<Option<usize>> = vec![None; news.len()];
        for i in 0..olds.len() {
            matched(i, &edges, &mut taken, &mut vec![false; news.len()]);
        }
        let pairs = taken.iter().enumerate().filter_map(|(j, i)| Some(((*i)?, j)));
        let mut count = 0;
        for (i, j) in pairs {
            count += 1;
            if let Some(Some(trial)) = edges.get(i).and_then(|row| row.get(j)) {
                out.found.extend(trial.found.iter().cloned());
            }
        }
        if count < olds.len().min(news.len()) {
            out.add("COMBINED_TYPE_SUBSCHEMAS_CHANGED");
        }
    }
}

fn distinct<'s, 'a>(parts: &'s [Shape<'a>]) -> Vec<&'s Shape<'a>> {
    let mut kept: Vec<&Shape<'a>> = Vec::new();
    for part in parts {
        if !kept.iter().any(|k| k.same_text(part)) {
            kept.push(part);
        }
    }
    kept
}

/// Kuhn's algorithm for a largest matching.
fn matched(i: usize, edges: &[Vec<Option<Differences>>], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for j in 0..taken.len() {
        let fits = edges.get(i).and_then(|row| row.get(j)).is_some_and(Option::is_some);
        if !fits || tried.get(j).copied().unwrap_or(true) {
            continue;
        }
        if let Some(flag) = tried.get_mut(j) {
            *flag = true;
        }
        let holder = taken.get(j).copied().flatten();
        if holder.is_none_or(|holder| matched(holder, edges, taken, tried)) {
            if let Some(slot) = taken.get_mut(j) {
                *slot = Some(i);
            }
            return true;
        }
    }
    false
}

/// A keyword that is a number: added, removed, increased or decreased.
fn bound(out: &mut Differences, old: &Json, new: &Json, keyword: &str, stem: &str) {
    let of = |node: &Json| match node.get(keyword) {
        Some(Json::Number(n)) => Some(n.clone()),
        _ => None,
    };
    let what = match (of(old), of(new)) {
        (None, Some(_)) => "ADDED",
        (Some(_), None) => "REMOVED",
        (Some(a), Some(b)) if a < b => "INCREASED",
        (Some(a), Some(b)) if a > b => "DECREASED",
        _ => return,
    };
    out.add_at(keyword, format!("{stem}_{what}"));
}

fn numbers(out: &mut Differences, old: &Json, new: &Json, was_whole: bool, is_whole: bool) {
    for (keyword, stem) in [
        ("maximum", "MAXIMUM"),
        ("minimum", "MINIMUM"),
        ("exclusiveMaximum", "EXCLUSIVE_MAXIMUM"),
        ("exclusiveMinimum", "EXCLUSIVE_MINIMUM"),
    ] {
        bound(out, old, new, keyword, stem);
    }
    let unit = |node: &Json| match node.get("multipleOf") {
        Some(Json::Number(n)) => Some(n.clone()),
        _ => None,
    };
    let multiple = |a: &Number, b: &Number| a.is_multiple_of(b);
    match (unit(old), unit(new)) {
        (None, Some(_)) => out.add_at("multipleOf", "MULTIPLE_OF_ADDED"),
        (Some(_), None) => out.add_at("multipleOf", "MULTIPLE_OF_REMOVED"),
        (Some(a), Some(b)) if a == b => {}
        (Some(a), Some(b)) if multiple(&b, &a) => out.add_at("multipleOf", "MULTIPLE_OF_EXPANDED"),
        (Some(a), Some(b)) if multiple(&a, &b) => out.add_at("multipleOf", "MULTIPLE_OF_REDUCED"),
        (Some(_), Some(_)) => out.add_at("multipleOf", "MULTIPLE_OF_CHANGED"),
        (None, None) => {}
    }
    match (was_whole, is_whole) {
        (true, false) => out.add("TYPE_EXTENDED"),
        (false, true) => out.add("TYPE_NARROWED"),
        _ => {}
    }
}
