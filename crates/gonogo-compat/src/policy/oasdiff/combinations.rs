//! `allOf`, `anyOf`, `oneOf`, discriminators.

use super::schemas::Spot;
use super::{Level, Walk, Way, list, members};
use crate::json::Json;

/// Keywords that say nothing about values.
const ANNOTATIONS: [&str; 8] =
    ["description", "title", "example", "examples", "deprecated", "externalDocs", "default", "$comment"];

fn is_annotation(schema: &Json) -> bool {
    schema.as_object().is_some_and(|m| m.iter().all(|(n, _)| ANNOTATIONS.contains(&n.as_str()) || n.starts_with("x-")))
}

/// The same part: the same reference, the same title, or the same text.
fn same_part(a: &Json, b: &Json) -> bool {
    match (a.get("$ref"), b.get("$ref")) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a == b || (a.get("title").is_some() && a.get("title") == b.get("title")),
        _ => false,
    }
}

impl<'a> Walk<'a> {
    pub(super) fn combinations(&mut self, spot: &Spot, old: &'a Json, new: &'a Json) {
        let (stem, way) = (spot.stem.clone(), spot.way);
        for (keyword, name) in [("allOf", "all-of"), ("anyOf", "any-of"), ("oneOf", "one-of")] {
            let (before, after) = (list(old.get(keyword)), list(new.get(keyword)));
            let wrapped = before.is_empty() && !after.is_empty() && keyword != "allOf";
            if wrapped && new.get("type").is_none() && (old.get("type").is_some() || old.get("properties").is_some()) {
                self.add(format!("{stem}-wrapped-in-{name}"), way.narrower(), &spot.path);
                continue;
            }
            let mut added: Vec<&Json> = after.iter().filter(|b| !before.iter().any(|a| same_part(a, b))).collect();
            let mut removed: Vec<&Json> = before.iter().filter(|a| !after.iter().any(|b| same_part(a, b))).collect();
            let mut pairs: Vec<(&Json, &Json)> =
                before.iter().filter_map(|a| Some((a, after.iter().find(|b| same_part(a, b))?))).collect();
            // One part without a name that changed is the same part, changed.
            let nameless = |list: &[&Json]| list.iter().filter(|s| s.get("$ref").is_none()).count();
            if nameless(&added) == 1 && nameless(&removed) == 1 {
                let take = |list: &mut Vec<&'a Json>| {
                    let at = list.iter().position(|s| s.get("$ref").is_none())?;
                    Some(list.remove(at))
                };
                if let (Some(a), Some(b)) = (take(&mut removed), take(&mut added)) {
                    pairs.push((a, b));
                }
            }
            for part in added {
                let annotation = keyword == "allOf" && is_annotation(part);
                let rule = format!("{stem}-{name}-added{}", if annotation { "-annotation-only" } else { "" });
                let level = match (keyword, annotation) {
                    ("allOf", true) => Level::Information,
                    ("allOf", false) => way.narrower(),
                    _ => way.wider(),
                };
                self.add(rule, level, &spot.path);
            }
            for part in removed {
                let annotation = keyword == "allOf" && is_annotation(part);
                let rule = format!("{stem}-{name}-removed{}", if annotation { "-annotation-only" } else { "" });
                let level = match (keyword, way) {
                    ("allOf", Way::Request) => Level::Warning,
                    ("allOf", Way::Response) => Level::Information,
                    _ => way.narrower(),
                };
                self.add(rule, if annotation { Level::Information } else { level }, &spot.path);
            }
            for (a, b) in pairs {
                self.schema(&spot.inside(&format!("/{keyword}")), a, b);
            }
        }
        self.discriminator(spot, old.get("discriminator"), new.get("discriminator"));
    }

    fn discriminator(&mut self, spot: &Spot, old: Option<&'a Json>, new: Option<&'a Json>) {
        let stem = format!("{}-discriminator", spot.stem);
        let (a, b) = match (old, new) {
            (None, Some(_)) => return self.add(format!("{stem}-added"), Level::Information, &spot.path),
            (Some(_), None) => return self.add(format!("{stem}-removed"), Level::Information, &spot.path),
            (Some(a), Some(b)) => (a, b),
            (None, None) => return,
        };
        if a.get("propertyName") != b.get("propertyName") {
            self.add(format!("{stem}-property-name-changed"), Level::Information, &spot.path);
        }
        let (before, after) = (members(a.get("mapping")), members(b.get("mapping")));
        for (name, _) in after.iter().filter(|(n, _)| !before.iter().any(|(o, _)| o == n)) {
            self.add(format!("{stem}-mapping-added"), Level::Information, &format!("{} {name}", spot.path));
        }
        for (name, target) in before {
            match after.iter().find(|(n, _)| n == name) {
                None => {
                    self.add(format!("{stem}-mapping-deleted"), Level::Information, &format!("{} {name}", spot.path))
                }
                Some((_, other)) if other != target => {
                    self.add(format!("{stem}-mapping-changed"), Level::Information, &format!("{} {name}", spot.path));
                }
                Some(_) => {}
            }
        }
    }
}
