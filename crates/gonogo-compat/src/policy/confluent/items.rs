//! Arrays, as the registry compares them.

use super::class::{Class, Loader, Shape};
use super::{Differences, Walk, bound};
use crate::json::Json;
use crate::schema::prefix_and_rest;

/// What an array does with items behind the listed ones.
enum Rest<'a> {
    Open,
    Closed,
    Schema(&'a Json),
}

fn rule(value: &Json) -> Rest<'_> {
    match value {
        Json::Bool(true) => Rest::Open,
        Json::Bool(false) => Rest::Closed,
        schema => Rest::Schema(schema),
    }
}

/// The parts of an array's schema.
struct Parts<'a> {
    /// Items listed one by one.
    listed: &'a [Json],
    /// The schema of all items, where none are listed.
    all: Option<&'a Json>,
    /// The schema of those behind the listed ones.
    additional: Option<&'a Json>,
    unevaluated: Option<&'a Json>,
}

impl<'a> Parts<'a> {
    fn of(loader: &Loader<'_, 'a>, shape: &Shape<'a>) -> Self {
        let node: &'a Json = shape.node;
        let (listed, rest) = prefix_and_rest(node, loader.draft(shape.at)).unwrap_or((&[], None));
        let is_list = node.get("prefixItems").is_some() || matches!(node.get("items"), Some(Json::Array(_)));
        // The registry reads `additionalItems` without a list as well.
        let stray = node.get("additionalItems").filter(|_| !is_list);
        let unevaluated = node.get("unevaluatedItems");
        match rest {
            Some((_, schema)) if is_list => Self { listed, all: None, additional: Some(schema), unevaluated },
            Some((_, schema)) => Self { listed, all: Some(schema), additional: stray, unevaluated },
            None => Self { listed, all: None, additional: stray, unevaluated },
        }
    }

    fn model(&self) -> Rest<'a> {
        self.additional.or(self.unevaluated).map_or(Rest::Open, rule)
    }
}

impl<'a, 'b> Walk<'_, 'a, 'b> {
    pub(super) fn items(&self, out: &mut Differences, old: &Shape<'a>, new: &Shape<'b>) {
        let (before, after) = (Parts::of(&self.old, old), Parts::of(&self.new, new));
        out.within("items", |out| {
            let all = (before.all.map(|s| self.old.child(old.at, s)), after.all.map(|s| self.new.child(new.at, s)));
            self.compare(out, all.0, all.1);
        });
        for i in 0..before.listed.len().max(after.listed.len()) {
            let pair = (before.listed.get(i), after.listed.get(i));
            out.within(&format!("items/{i}"), |out| match pair {
                (Some(a), Some(b)) => {
                    self.compare(out, Some(self.old.child(old.at, a)), Some(self.new.child(new.at, b)))
                }
                (Some(a), None) => self.item_removed(out, self.old.child(old.at, a), &after, new),
                (None, Some(b)) => self.item_added(out, &before, old, self.new.child(new.at, b)),
                (None, None) => {}
            });
        }
        for (keyword, stem, a, b) in [
            ("additionalItems", "ADDITIONAL_ITEMS", before.additional, after.additional),
            ("unevaluatedItems", "UNEVALUATED_ITEMS", before.unevaluated, after.unevaluated),
        ] {
            if a.is_none() && b.is_none() {
                continue;
            }
            out.within(keyword, |out| match (a.map_or(Rest::Open, rule), b.map_or(Rest::Open, rule)) {
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
        for (keyword, stem) in [
            ("maxItems", "MAX_ITEMS"),
            ("minItems", "MIN_ITEMS"),
            ("maxContains", "MAX_CONTAINS"),
            ("minContains", "MIN_CONTAINS"),
        ] {
            bound(out, old.node, new.node, keyword, stem);
        }
        let unique = |node: &Json| node.get("uniqueItems") == Some(&Json::Bool(true));
        match (unique(old.node), unique(new.node)) {
            (true, false) => out.add_at("uniqueItems", "UNIQUE_ITEMS_REMOVED"),
            (false, true) => out.add_at("uniqueItems", "UNIQUE_ITEMS_ADDED"),
            _ => {}
        }
    }

    fn item_removed(&self, out: &mut Differences, before: Shape<'a>, after: &Parts<'b>, new: &Shape<'b>) {
        match after.model() {
            Rest::Open => out.add("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL"),
            Rest::Schema(cover) => {
                let covered = self.take(out, before, self.new.child(new.at, cover));
                let how = if covered { "IS" } else { "NOT" };
                out.add(format!("ITEM_REMOVED_{how}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"));
            }
            Rest::Closed if matches!(before.class, Class::Never) => {
                out.add("ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL");
            }
            Rest::Closed => out.add("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"),
        }
    }

    fn item_added(&self, out: &mut Differences, before: &Parts<'a>, old: &Shape<'a>, after: Shape<'b>) {
        match before.model() {
            Rest::Open if matches!(after.class, Class::Empty) => {
                out.add("ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL");
            }
            Rest::Open => out.add("ITEM_ADDED_TO_OPEN_CONTENT_MODEL"),
            Rest::Schema(cover) => {
                let covered = self.take(out, self.old.child(old.at, cover), after);
                let how = if covered { "IS" } else { "NOT" };
                out.add(format!("ITEM_ADDED_{how}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"));
            }
            Rest::Closed => out.add("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL"),
        }
    }
}
