//! Members of objects: added, removed, required, deprecated.

use super::schemas::Spot;
use super::sunset;
use super::{Level, Walk, Way, is_true, members, names};
use crate::json::Json;

impl<'a> Walk<'a> {
    pub(super) fn members(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let (before, after) = (members(old.get("properties")), members(new.get("properties")));
        let (was_required, is_required) = (names(old.get("required")), names(new.get("required")));
        let request = spot.way == Way::Request;
        for (name, node) in after {
            let schema = self.after(node);
            let required = is_required.contains(&name.as_str());
            let place = spot.member(name);
            let Some((_, other)) = before.iter().find(|(n, _)| n == name) else {
                self.added(&place, schema, required);
                continue;
            };
            let previous = self.before(other);
            // What does not go this way is neither missed nor demanded.
            let hidden = is_true(schema, if request { "readOnly" } else { "writeOnly" });
            let was = was_required.contains(&name.as_str());
            let kind = if required { "required" } else { "optional" };
            for (flag, words) in [("readOnly", "read-only"), ("writeOnly", "write-only")] {
                let matters = (flag == "readOnly") == request;
                match (is_true(previous, flag), is_true(schema, flag)) {
                    (true, false) if matters => {
                        let level = if required { Level::Warning } else { Level::Information };
                        self.add(format!("{}-{kind}-property-became-not-{words}", spot.way.name()), level, &place.path);
                    }
                    (false, true) if matters => {
                        self.add(
                            format!("{}-{kind}-property-became-{words}", spot.way.name()),
                            Level::Information,
                            &place.path,
                        );
                    }
                    _ => {}
                }
            }
            if !hidden {
                let with_default = if schema.get("default").is_some() { "-with-default" } else { "" };
                match (was, required, request) {
                    (false, true, true) => {
                        let level = if with_default.is_empty() { Level::Error } else { Level::Information };
                        self.add(format!("{}-became-required{with_default}", place.stem), level, &place.path);
                    }
                    (false, true, false) => {
                        self.add(format!("{}-became-required", place.stem), Level::Information, &place.path)
                    }
                    (true, false, true) => {
                        self.add(format!("{}-became-optional", place.stem), Level::Information, &place.path)
                    }
                    (true, false, false) => {
                        self.add(format!("{}-became-optional", place.stem), Level::Error, &place.path)
                    }
                    _ => {}
                }
            }
            self.deprecated(&place, previous, schema);
            self.schema(&place, other, node);
        }
        for (name, node) in before.iter().filter(|(n, _)| !after.iter().any(|(o, _)| o == n)) {
            let schema = self.before(node);
            let place = spot.member(name);
            if request {
                if !is_true(schema, "readOnly") {
                    self.add("request-property-removed", Level::Warning, &place.path);
                }
            } else if was_required.contains(&name.as_str()) {
                let words = if is_true(schema, "writeOnly") { "write-only-" } else { "" };
                let level = if words.is_empty() { Level::Error } else { Level::Information };
                self.add(format!("response-required-{words}property-removed"), level, &place.path);
            } else {
                let words = if is_true(schema, "writeOnly") { "write-only-" } else { "" };
                let level = if words.is_empty() { Level::Warning } else { Level::Information };
                self.add(format!("response-optional-{words}property-removed"), level, &place.path);
            }
        }
    }

    fn added(&mut self, place: &Spot, schema: &'a Json, required: bool) {
        match (place.way, required) {
            (Way::Request, _) if is_true(schema, "readOnly") => {}
            (Way::Request, true) if schema.get("default").is_some() => {
                self.add("new-required-request-property-with-default", Level::Error, &place.path);
            }
            (Way::Request, true) => self.add("new-required-request-property", Level::Error, &place.path),
            (Way::Request, false) => self.add("new-optional-request-property", Level::Information, &place.path),
            (Way::Response, _) => {
                let words = if is_true(schema, "writeOnly") { "write-only-" } else { "" };
                let how = if required { "required" } else { "optional" };
                self.add(format!("response-{how}-{words}property-added"), Level::Information, &place.path);
            }
        }
    }

    fn deprecated(&mut self, place: &Spot, old: &'a Json, new: &'a Json) {
        if !place.settled {
            return;
        }
        let stem = &place.stem;
        match (is_true(old, "deprecated"), is_true(new, "deprecated"), sunset::date(new)) {
            (false, true, None) => self.add(format!("{stem}-deprecated"), Level::Information, &place.path),
            (false, true, Some(Ok(_))) => {
                self.add(format!("{stem}-deprecated-with-sunset"), Level::Information, &place.path)
            }
            (false, true, Some(Err(()))) => {
                self.add(format!("{stem}-deprecated-sunset-invalid"), Level::Error, &place.path);
            }
            (true, false, _) => self.add(format!("{stem}-reactivated"), Level::Information, &place.path),
            _ => {}
        }
    }
}
