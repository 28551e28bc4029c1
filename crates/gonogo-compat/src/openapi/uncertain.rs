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
        for (api, whose) in [(self.writer, "writer"), (self.reader, "reader")] {
            let mut lost = Vec::new();
            self.lost_references(api, &api.root, String::new(), &mut lost);
            for (pointer, reference) in lost.into_iter().take(MAX_LISTED) {
                let why = format!("`{reference}` in the {whose}'s document leads nowhere");
                found.push(Break { in_reader: whose == "reader", ..unproved("a reference", &pointer, &why) });
            }
        }
        // Callbacks and webhooks go the other way round; once is enough.
        if direction == Direction::Request {
            for (place, what) in [("/webhooks", "webhooks"), ("/components/callbacks", "callbacks")] {
                self.differs(place, what, &mut found);
            }
            self.servers(&mut found);
        }
        found
    }

    fn differs(&self, pointer: &str, what: &str, found: &mut Vec<Break>) {
        let nothing = Json::Null;
        let of = |api: &'w OpenApi| api.root.pointer(pointer);
        let (a, b) = (of(self.writer).unwrap_or(&nothing), of(self.reader).unwrap_or(&nothing));
        if !self.same(a, b) {
            found.push(unproved(what, pointer, &format!("{what} have changed, and are not compared")));
        }
    }

    /// Callbacks of one operation.
    pub(super) fn callbacks(
        &self,
        name: &str,
        pointer: &str,
        client: &'w Json,
        server: &'w Json,
        found: &mut Vec<Break>,
    ) {
        let nothing = Json::Null;
        let of = |node: &'w Json| node.get("callbacks");
        if !self.same(of(client).unwrap_or(&nothing), of(server).unwrap_or(&nothing)) {
            let why = "the callbacks have changed, and are not compared";
            found.push(unproved(&format!("{name} callbacks"), &below(pointer, "callbacks"), why));
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
