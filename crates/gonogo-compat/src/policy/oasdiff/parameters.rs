//! Parameters.

use super::schemas::Spot;
use super::sunset::{self, Stability};
use super::{Level, Walk, Way, is_true, list};
use crate::json::Json;

fn same(a: &Json, b: &Json) -> bool {
    a.get("in") == b.get("in") && a.get("name") == b.get("name")
}

/// Whether two parameters of a path are one that was renamed.
fn renamed(a: &Json, b: &Json, all_a: &[&Json], all_b: &[&Json]) -> bool {
    let in_path = |p: &Json| p.get("in").and_then(Json::as_str) == Some("path");
    let lonely = |own: &[&Json], other: &[&Json]| {
        own.iter().filter(|p| in_path(p) && !other.iter().any(|o| same(o, p))).count() == 1
    };
    in_path(a)
        && in_path(b)
        && !all_b.iter().any(|o| same(o, a))
        && !all_a.iter().any(|o| same(o, b))
        && lonely(all_a, all_b)
        && lonely(all_b, all_a)
}

fn label(parameter: &Json) -> String {
    let text = |name: &str| parameter.get(name).and_then(Json::as_str).unwrap_or("?").to_owned();
    format!("{} {}", text("in"), text("name"))
}

impl<'a> Walk<'a> {
    /// Parameters that a path gives all its operations.
    pub(super) fn path_parameters(&mut self, path: &str, old: &'a Json, new: &'a Json) {
        let before: Vec<&Json> = list(old.get("parameters")).iter().map(|p| self.before(p)).collect();
        let after: Vec<&Json> = list(new.get("parameters")).iter().map(|p| self.after(p)).collect();
        for parameter in after {
            if parameter.get("in").and_then(Json::as_str) == Some("path") || before.iter().any(|p| same(p, parameter)) {
                continue;
            }
            let (how, level) = if is_true(parameter, "required") {
                ("required", Level::Error)
            } else {
                ("optional", Level::Information)
            };
            let rule = format!("new-{how}-request-default-parameter-to-existing-path");
            self.add(rule, level, &format!("{path} {}", label(parameter)));
        }
    }

    pub(super) fn parameters(&mut self, name: &str, old: &'a Json, new: &'a Json, paths: (&'a Json, &'a Json)) {
        let own = |walk: &Self, node: &'a Json, is_old: bool| -> Vec<&'a Json> {
            list(node.get("parameters")).iter().map(|p| if is_old { walk.before(p) } else { walk.after(p) }).collect()
        };
        let (own_before, own_after) = (own(self, old, true), own(self, new, false));
        let with_path = |own: &[&'a Json], shared: Vec<&'a Json>| -> Vec<&'a Json> {
            let more: Vec<&Json> = shared.into_iter().filter(|p| !own.iter().any(|o| same(o, p))).collect();
            own.iter().copied().chain(more).collect()
        };
        let before = with_path(&own_before, own(self, paths.0, true));
        let after = with_path(&own_after, own(self, paths.1, false));
        for parameter in &after {
            let spot = format!("{name} {}", label(parameter));
            let other = before.iter().find(|p| same(p, parameter));
            match other.or_else(|| before.iter().find(|p| renamed(p, parameter, &before, &after))) {
                Some(other) => self.parameter(&spot, other, parameter),
                // What the path adds for all operations was named there.
                None if !own_after.iter().any(|p| same(p, parameter)) => {}
                None if is_true(parameter, "required") => {
                    self.add("new-required-request-parameter", Level::Error, &spot)
                }
                None => self.add("new-optional-request-parameter", Level::Information, &spot),
            }
        }
        if sunset::stability(old) == Stability::Early {
            return;
        }
        let kept = |p: &Json| after.iter().any(|o| same(o, p) || renamed(p, o, &before, &after));
        for parameter in before.iter().filter(|p| !kept(p)) {
            self.removed_parameter(&format!("{name} {}", label(parameter)), parameter);
        }
    }

    fn removed_parameter(&mut self, spot: &str, parameter: &'a Json) {
        if sunset::stability(parameter) == Stability::Early {
            return;
        }
        if !is_true(parameter, "deprecated") {
            return self.add("request-parameter-removed", Level::Warning, spot);
        }
        match sunset::date(parameter) {
            None => self.add("request-parameter-removed-with-deprecation", Level::Information, spot),
            Some(Err(())) => self.add("request-parameter-sunset-parse", Level::Error, spot),
            Some(Ok(date)) if date.is_past(self.today.as_deref()) => {}
            Some(Ok(_)) => self.add("request-parameter-removed-before-sunset", Level::Error, spot),
        }
    }

    fn parameter(&mut self, spot: &str, old: &'a Json, new: &'a Json) {
        match (is_true(old, "required"), is_true(new, "required")) {
            (false, true) => self.add("request-parameter-became-required", Level::Error, spot),
            (true, false) => self.add("request-parameter-became-optional", Level::Information, spot),
            _ => {}
        }
        let (was, is) = (is_true(old, "deprecated"), is_true(new, "deprecated"));
        let early = sunset::stability(old) == Stability::Early || sunset::stability(new) == Stability::Early;
        match (was, is, sunset::date(old), sunset::date(new)) {
            _ if early => {}
            (false, true, _, None) => self.add("request-parameter-deprecated", Level::Information, spot),
            (false, true, _, Some(Ok(_))) => {
                self.add("request-parameter-deprecated-with-sunset", Level::Information, spot)
            }
            (true, false, ..) => self.add("request-parameter-reactivated", Level::Information, spot),
            (true, true, Some(_), None) => self.add("request-parameter-sunset-deleted", Level::Error, spot),
            (_, true, _, Some(Err(()))) => self.add("request-parameter-sunset-parse", Level::Error, spot),
            _ => {}
        }
        if let (Some(a), Some(b)) = (old.get("schema"), new.get("schema")) {
            let header = new.get("in").and_then(Json::as_str) == Some("header");
            let spot = Spot {
                way: Way::Request,
                stem: "request-parameter".to_owned(),
                members: if header { "request-header-property" } else { "request-parameter-property" }.to_owned(),
                path: spot.to_owned(),
                text: true,
                settled: true,
                within: Vec::new(),
            };
            self.schema(&spot, a, b);
        }
    }
}
