//! Paths, operations, bodies and responses.

use std::collections::BTreeMap;

use super::schemas::Spot;
use super::sunset::{self, Stability};
use super::{Level, Walk, Way, is_true, list, members, names};
use crate::json::Json;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

impl<'a> Walk<'a> {
    pub(super) fn document(&mut self) {
        self.paths();
        self.webhooks();
        self.security(self.old.get("security"), self.new.get("security"), "api-global-security", "security");
        let schemes = |root: &'a Json| members(root.pointer("/components/securitySchemes"));
        self.named(
            schemes(self.old),
            schemes(self.new),
            "api-security-component",
            Level::Information,
            "securitySchemes",
        );
        for (name, _) in members(self.old.pointer("/components/schemas")) {
            if !members(self.new.pointer("/components/schemas")).iter().any(|(n, _)| n == name) {
                self.add("api-schema-removed", Level::Information, name);
            }
        }
    }

    fn named(&mut self, old: &'a [(String, Json)], new: &'a [(String, Json)], stem: &str, removed: Level, place: &str) {
        for (name, _) in new.iter().filter(|(n, _)| !old.iter().any(|(o, _)| o == n)) {
            self.add(format!("{stem}-added"), Level::Information, &format!("{place}/{name}"));
        }
        for (name, _) in old.iter().filter(|(n, _)| !new.iter().any(|(o, _)| o == n)) {
            self.add(format!("{stem}-removed"), removed, &format!("{place}/{name}"));
        }
    }

    fn webhooks(&mut self) {
        let (old, new) = (members(self.old.get("webhooks")), members(self.new.get("webhooks")));
        self.named(old, new, "webhook", Level::Error, "webhooks");
    }

    fn paths(&mut self) {
        let index = |root: &'a Json| -> BTreeMap<String, (&'a str, &'a Json)> {
            members(root.get("paths")).iter().map(|(path, item)| (shape(path), (path.as_str(), item))).collect()
        };
        let (old, new) = (index(self.old), index(self.new));
        for (key, (path, item)) in &old {
            let item = self.before(item);
            match new.get(key) {
                Some((_, other)) => {
                    let other = self.after(other);
                    self.path(path, item, other);
                }
                None => {
                    for method in METHODS {
                        if let Some(operation) = item.get(method) {
                            self.removed_operation(operation, &format!("{} {path}", method.to_uppercase()), "api-path");
                        }
                    }
                }
            }
        }
        for (path, item) in new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, found)| found) {
            let item = self.after(item);
            for method in METHODS.into_iter().filter(|m| item.get(m).is_some()) {
                self.add("endpoint-added", Level::Information, &format!("{} {path}", method.to_uppercase()));
            }
        }
    }

    fn path(&mut self, path: &str, old: &'a Json, new: &'a Json) {
        let mut compared = Vec::new();
        for method in METHODS {
            let name = format!("{} {path}", method.to_uppercase());
            match (old.get(method), new.get(method)) {
                (Some(a), Some(b)) => compared.push((name, a, b)),
                (Some(a), None) => self.removed_operation(a, &name, "api"),
                (None, Some(_)) => self.add("endpoint-added", Level::Information, &name),
                (None, None) => {}
            }
        }
        for (name, a, b) in compared {
            self.path_parameters(&name, old, new);
            self.operation(&name, a, b, (old, new));
        }
    }

    fn removed_operation(&mut self, operation: &'a Json, name: &str, stem: &str) {
        match sunset::stability(operation) {
            Stability::Early => return,
            Stability::Invalid => return self.add("api-invalid-stability-level", Level::Error, name),
            Stability::Settled => {}
        }
        if !is_true(operation, "deprecated") {
            return self.add(format!("{stem}-removed-without-deprecation"), Level::Error, name);
        }
        match sunset::date(operation) {
            None => self.add(format!("{stem}-removed-with-deprecation"), Level::Information, name),
            Some(Err(())) => self.add("api-path-sunset-parse", Level::Error, name),
            Some(Ok(date)) if date.is_past(self.today.as_deref()) => {}
            Some(Ok(_)) => self.add(format!("{stem}-removed-before-sunset"), Level::Error, name),
        }
    }

    fn operation(&mut self, name: &str, old: &'a Json, new: &'a Json, paths: (&'a Json, &'a Json)) {
        let settled = match (sunset::stability(old), sunset::stability(new)) {
            (Stability::Invalid, _) | (_, Stability::Invalid) => {
                return self.add("api-invalid-stability-level", Level::Error, name);
            }
            (before, after) => {
                if before == Stability::Settled && after == Stability::Early {
                    self.add("api-stability-decreased", Level::Error, name);
                }
                before == Stability::Settled && after == Stability::Settled
            }
        };
        if !settled && sunset::is_draft(old) {
            return;
        }
        if settled {
            self.deprecation(name, old, new);
        }
        self.security(old.get("security"), new.get("security"), "api-security", name);
        self.labels(name, old, new);
        self.parameters(name, old, new, paths);
        self.request_body(name, old, new, settled);
        self.responses(name, old, new, settled);
    }

    fn deprecation(&mut self, name: &str, old: &'a Json, new: &'a Json) {
        let (was, is) = (is_true(old, "deprecated"), is_true(new, "deprecated"));
        let (before, after) = (sunset::date(old), sunset::date(new));
        match (was, is) {
            (true, false) => self.add("endpoint-reactivated", Level::Information, name),
            (false, true) => match after {
                None => self.add("endpoint-deprecated", Level::Information, name),
                Some(Ok(_)) => self.add("endpoint-deprecated-with-sunset", Level::Information, name),
                Some(Err(())) => self.add("api-deprecated-sunset-parse", Level::Error, name),
            },
            (true, true) => match (before, after) {
                (Some(_), None) => self.add("sunset-deleted", Level::Error, name),
                (_, Some(Err(()))) | (Some(Err(())), _) => self.add("api-path-sunset-parse", Level::Error, name),
                (Some(Ok(a)), Some(Ok(b))) if b < a => {
                    self.add("api-sunset-date-changed-too-small", Level::Error, name)
                }
                _ => {}
            },
            (false, false) => {}
        }
    }

    fn labels(&mut self, name: &str, old: &'a Json, new: &'a Json) {
        match (old.get("operationId"), new.get("operationId")) {
            (Some(_), None) => self.add("api-operation-id-removed", Level::Information, name),
            (None, Some(_)) => self.add("api-operation-id-added", Level::Information, name),
            _ => {}
        }
        let (before, after) = (names(old.get("tags")), names(new.get("tags")));
        for _ in before.iter().filter(|t| !after.contains(t)) {
            self.add("api-tag-removed", Level::Information, name);
        }
        for _ in after.iter().filter(|t| !before.contains(t)) {
            self.add("api-tag-added", Level::Information, name);
        }
    }

    fn security(&mut self, old: Option<&'a Json>, new: Option<&'a Json>, stem: &str, name: &str) {
        let ways = |node: Option<&'a Json>| -> Vec<(Vec<&'a str>, &'a Json)> {
            list(node).iter().map(|way| (members(Some(way)).iter().map(|(n, _)| n.as_str()).collect(), way)).collect()
        };
        let (before, after) = (ways(old), ways(new));
        for (key, way) in &before {
            let Some((_, other)) = after.iter().find(|(k, _)| k == key) else {
                self.add(format!("{stem}-removed"), Level::Information, name);
                continue;
            };
            for (scheme, scopes) in members(Some(way)) {
                let (a, b) = (names(Some(scopes)), names(other.get(scheme)));
                for _ in a.iter().filter(|s| !b.contains(s)) {
                    self.add(format!("{stem}-scope-removed"), Level::Information, name);
                }
                for _ in b.iter().filter(|s| !a.contains(s)) {
                    self.add(format!("{stem}-scope-added"), Level::Information, name);
                }
            }
        }
        for _ in after.iter().filter(|(k, _)| !before.iter().any(|(o, _)| o == k)) {
            self.add(format!("{stem}-added"), Level::Information, name);
        }
    }

    fn request_body(&mut self, name: &str, old: &'a Json, new: &'a Json, settled: bool) {
        let before = old.get("requestBody").map(|b| self.before(b));
        let after = new.get("requestBody").map(|b| self.after(b));
        match (before, after) {
            (None, Some(body)) if is_true(body, "required") => {
                self.add("request-body-added-required", Level::Error, name)
            }
            (None, Some(_)) => self.add("request-body-added-optional", Level::Information, name),
            (Some(_), None) => self.add("request-body-removed", Level::Error, name),
            (Some(a), Some(b)) => {
                match (is_true(a, "required"), is_true(b, "required")) {
                    (false, true) => self.add("request-body-became-required", Level::Error, name),
                    (true, false) => self.add("request-body-became-optional", Level::Information, name),
                    _ => {}
                }
                let stem = ("request-body-media-type", Level::Error);
                self.content(a, b, &Spot::body(Way::Request, name, settled), stem);
            }
            (None, None) => {}
        }
    }

    fn content(&mut self, old: &'a Json, new: &'a Json, spot: &Spot, (stem, removed): (&str, Level)) {
        let (before, after) = (members(old.get("content")), members(new.get("content")));
        self.named(before, after, stem, removed, &spot.path);
        for (media, a) in before {
            let Some((_, b)) = after.iter().find(|(n, _)| n == media) else { continue };
            if let (Some(a), Some(b)) = (a.get("schema"), b.get("schema")) {
                let text = !media.contains("json");
                self.schema(&Spot { text, ..spot.clone() }, a, b);
            }
        }
    }

    fn responses(&mut self, name: &str, old: &'a Json, new: &'a Json, settled: bool) {
        let (before, after) = (members(old.get("responses")), members(new.get("responses")));
        let kind = |status: &str| if status.starts_with('2') { "success" } else { "non-success" };
        for (status, _) in after.iter().filter(|(s, _)| !before.iter().any(|(o, _)| o == s)) {
            self.add(format!("response-{}-status-added", kind(status)), Level::Information, name);
        }
        for (status, node) in before {
            let Some((_, other)) = after.iter().find(|(s, _)| s == status) else {
                let level = if kind(status) == "success" { Level::Error } else { Level::Information };
                self.add(format!("response-{}-status-removed", kind(status)), level, name);
                continue;
            };
            let (a, b) = (self.before(node), self.after(other));
            let spot = Spot::body(Way::Response, &format!("{name} {status}"), settled);
            self.content(a, b, &spot, ("response-media-type", Level::Error));
            self.response_headers(a, b, &spot.path);
        }
    }

    fn response_headers(&mut self, old: &'a Json, new: &'a Json, path: &str) {
        for (header, node) in members(old.get("headers")) {
            let required = is_true(self.before(node), "required");
            let kept = members(new.get("headers")).iter().find(|(n, _)| n.eq_ignore_ascii_case(header));
            match kept {
                None if required => self.add("required-response-header-removed", Level::Error, path),
                None => self.add("optional-response-header-removed", Level::Warning, path),
                Some((_, other)) if required && !is_true(self.after(other), "required") => {
                    self.add("response-header-became-optional", Level::Error, path);
                }
                Some(_) => {}
            }
        }
    }
}
