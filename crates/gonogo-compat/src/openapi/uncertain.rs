//! What the walk does not look into: a change there is told, and never taken for harmless.

use super::direction::{Direction, below};
use super::document::OpenApi;
use super::operations::Walk;
use super::sameness::target;
use crate::breaks::{Break, unproved};
use crate::json::Json;

/// No more references that lead nowhere are listed.
const MAX_LISTED: usize = 3;

impl<'w> Walk<'w> {
    /// Changes that are not compared, and parts that cannot be followed.
    pub(super) fn uncertain(&self, direction: Direction) -> Vec<Break> {
        let mut found = Vec::new();
        let sides = [(self.writer, "writer"), (self.reader, "reader")];
        for (api, whose) in sides.into_iter().filter(|_| self.sameness.has_lost()) {
            let mut lost = Vec::new();
            self.lost_references(api, &api.root, String::new(), &mut lost);
            for (pointer, reference) in lost.into_iter().take(MAX_LISTED) {
                let why = format!("`{reference}` in the {whose}'s document leads nowhere");
                found.push(Break { in_reader: whose == "reader", ..unproved("a reference", &pointer, &why) });
            }
        }
        self.discriminators(&mut found);
        if direction == Direction::Request {
            self.servers(&mut found);
        }
        found
    }

    /// A discriminator names the schema by a member's value, which no schema keyword says: where it changes, whether a reader finds
    /// the same schema is not proved by comparing schemas.
    fn discriminators(&self, found: &mut Vec<Break>) {
        if !names_discriminator(&self.writer.root) {
            return;
        }
        let (mut written, mut readable) = (Vec::new(), Vec::new());
        collect_discriminators(&self.writer.root, String::new(), &mut written);
        collect_discriminators(&self.reader.root, String::new(), &mut readable);
        for (pointer, sent) in &written {
            let Some((_, expected)) = readable.iter().find(|(there, _)| there == pointer) else { continue };
            let names = |node: &'w Json| node.get("mapping").and_then(Json::as_object).unwrap_or_default();
            let unknown = names(sent)
                .iter()
                .find(|(value, schema)| names(expected).iter().all(|(n, s)| n != value || s != schema));
            let why = if sent.get("propertyName") != expected.get("propertyName") {
                "the discriminator has another member"
            } else if let (Some((value, _)), false) = (unknown, names(expected).is_empty()) {
                found.push(unproved(
                    "a discriminator",
                    pointer,
                    &format!("the reader's discriminator does not map `{value}` to the same schema"),
                ));
                continue;
            } else if names(sent).is_empty() != names(expected).is_empty() {
                "the discriminator has a mapping on one side only"
            } else {
                continue;
            };
            found.push(unproved("a discriminator", pointer, why));
        }
    }

    fn servers(&self, found: &mut Vec<Break>) {
        fn urls(api: &OpenApi) -> Vec<&str> {
            let servers = api.root.get("servers").and_then(Json::as_array).unwrap_or_default();
            servers.iter().filter_map(|s| s.get("url").and_then(Json::as_str)).collect()
        }
        let (called, served) = (urls(self.writer), urls(self.reader));
        if let Some(url) = called.iter().find(|url| !served.is_empty() && !served.contains(url)) {
            let why = format!("a client may call `{url}`, which the server's document does not name");
            found.push(unproved("servers", "/servers", &why));
        }
    }

    fn lost_references(&self, api: &OpenApi, node: &Json, pointer: String, lost: &mut Vec<(String, String)>) {
        if lost.len() >= MAX_LISTED {
            return;
        }
        match node {
            Json::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.lost_references(api, item, below(&pointer, &i.to_string()), lost);
                }
            }
            Json::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        // Payloads may hold anything.
                        ("example" | "examples" | "enum" | "const", _) => {}
                        ("$ref", Json::String(reference)) => {
                            // Anchors and identifiers are the schema walk's to follow.
                            let local = reference.strip_prefix('#').is_some_and(|p| p.is_empty() || p.starts_with('/'));
                            if local && self.is_lost(reference) && target(&api.root, reference).is_none() {
                                lost.push((pointer.clone(), reference.clone()));
                            }
                        }
                        _ => self.lost_references(api, value, below(&pointer, name), lost),
                    }
                }
            }
            _ => {}
        }
    }
}

fn names_discriminator(node: &Json) -> bool {
    match node {
        Json::Array(items) => items.iter().any(names_discriminator),
        Json::Object(members) => members.iter().any(|(n, value)| n == "discriminator" || names_discriminator(value)),
        _ => false,
    }
}

/// Every discriminator of a document, by where it stands.
fn collect_discriminators<'a>(node: &'a Json, pointer: String, into: &mut Vec<(String, &'a Json)>) {
    match node {
        Json::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                collect_discriminators(item, below(&pointer, &i.to_string()), into);
            }
        }
        Json::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "example" | "examples" | "enum" | "const" | "default" => {}
                    "discriminator" if value.get("propertyName").is_some_and(|n| n.as_str().is_some()) => {
                        into.push((below(&pointer, name), value));
                    }
                    _ => collect_discriminators(value, below(&pointer, name), into),
                }
            }
        }
        _ => {}
    }
}
