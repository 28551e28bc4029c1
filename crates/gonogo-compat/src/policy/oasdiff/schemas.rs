//! Schemas, side by side.

use super::{Level, Walk, Way, members};
use crate::json::Json;
use crate::schema::address;

/// Deeper schemas are not compared.
const MAX_DEPTH: usize = 24;

impl Way {
    /// The level of a change that lets more through where the tool is mild.
    pub(super) fn wider_softly(self) -> Level {
        Level::Information
    }
}

/// Where a schema stands, and how its rules are called.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) way: Way,
    /// What rules about the schema itself begin with: `request-body`.
    pub(super) stem: String,
    /// What rules about its members begin with: `request-property`.
    pub(super) members: String,
    /// For people.
    pub(super) path: String,
    /// Values are written as text.
    pub(super) text: bool,
    /// Whether deprecations count: not for what is still in draft.
    pub(super) settled: bool,
    /// Pairs of schemas on the way here.
    pub(super) within: Vec<(usize, usize)>,
}

impl Spot {
    pub(super) fn body(way: Way, path: &str, settled: bool) -> Self {
        let name = way.name();
        Self {
            way,
            stem: format!("{name}-body"),
            members: format!("{name}-property"),
            path: path.to_owned(),
            text: false,
            settled,
            within: Vec::new(),
        }
    }

    pub(super) fn member(&self, name: &str) -> Self {
        Self { stem: self.members.clone(), path: format!("{}/{name}", self.path), ..self.clone() }
    }

    /// A part of the same schema.
    pub(super) fn inside(&self, name: &str) -> Self {
        Self { path: format!("{}{name}", self.path), ..self.clone() }
    }
}

impl<'a> Walk<'a> {
    pub(super) fn schema(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let (old, new) = (self.before(old), self.after(new));
        let pair = (address(old), address(new));
        if spot.within.len() >= MAX_DEPTH || spot.within.contains(&pair) {
            return;
        }
        let mut spot = spot.clone();
        spot.within.push(pair);
        self.types(&spot, old, new);
        self.values(&spot, old, new);
        self.bounds(&spot, old, new);
        self.pattern(&spot, old, new);
        self.defaults(&spot, old, new);
        self.presence(&spot, old, new);
        self.combinations(&spot, old, new);
        self.members(&spot, old, new);
        for keyword in ["items", "additionalProperties", "not", "contains", "unevaluatedItems", "unevaluatedProperties"]
        {
            if let (Some(a @ Json::Object(_)), Some(b @ Json::Object(_))) = (old.get(keyword), new.get(keyword)) {
                // The items of a list parameter are values of the parameter.
                let of_parameter = keyword == "items" && spot.stem == "request-parameter";
                let place = if of_parameter { spot.inside("/items") } else { spot.member(keyword) };
                self.schema(&place, a, b);
            }
        }
    }

    fn defaults(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let stem = format!("{}-default-value", spot.stem);
        let parameter = spot.stem == "request-parameter";
        let level = if parameter { Level::Error } else { Level::Information };
        match (old.get("default"), new.get("default")) {
            (None, Some(_)) => self.add(format!("{stem}-added"), level, &spot.path),
            (Some(_), None) => self.add(format!("{stem}-removed"), level, &spot.path),
            (Some(a), Some(b)) if a != b => self.add(format!("{stem}-changed"), level, &spot.path),
            _ => {}
        }
    }

    /// Keywords whose being there narrows what is allowed.
    fn presence(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        for (keyword, name) in [
            ("contains", "contains"),
            ("unevaluatedItems", "unevaluated-items"),
            ("unevaluatedProperties", "unevaluated-properties"),
        ] {
            match (old.get(keyword), new.get(keyword)) {
                (None, Some(_)) => self.add(format!("{}-{name}-added", spot.stem), spot.way.narrower(), &spot.path),
                (Some(_), None) => self.add(format!("{}-{name}-removed", spot.stem), spot.way.wider(), &spot.path),
                _ => {}
            }
        }
        let stem = format!("{}-dependent-required", spot.stem);
        let (before, after) = (members(old.get("dependentRequired")), members(new.get("dependentRequired")));
        for (name, wanted) in after {
            match before.iter().find(|(n, _)| n == name) {
                None => self.add(format!("{stem}-added"), spot.way.narrower(), &spot.path),
                Some((_, held)) if held != wanted => self.add(format!("{stem}-changed"), Level::Error, &spot.path),
                Some(_) => {}
            }
        }
        for _ in before.iter().filter(|(n, _)| !after.iter().any(|(o, _)| o == n)) {
            self.add(format!("{stem}-removed"), spot.way.wider(), &spot.path);
        }
    }
}
