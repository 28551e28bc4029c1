//! The walk over two documents: requests from client to server, responses from server to client.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use gonogo_core::Severity;

use super::direction::{Direction, below, directed};
use super::document::{OpenApi, Operation};
use super::sameness::Sameness;
use super::shared::Shared;
use super::{assumed, parameters, responses, security};
use crate::breaks::{Break, schema_breaks, unproved};
use crate::compare::{Around, Options, Side};
use crate::json::Json;
use crate::language::Patterns;
use crate::rules::RULES;
use crate::schema::Document;

/// More pairs of schemas than this are not looked into as a whole in one document.
const MAX_WHOLE: u32 = 500;

/// Both sides of one direction.
pub(crate) struct Walk<'w> {
    pub(crate) writer: &'w OpenApi,
    pub(crate) reader: &'w OpenApi,
    pub(super) write: Document<'w>,
    pub(super) read: Document<'w>,
    pub(super) sameness: Sameness,
    /// References that are the same, or were proved readable together.
    readable: HashSet<String>,
    /// Schemas that may still be looked into as a whole.
    whole_left: Cell<u32>,
    pub(super) shared: Shared<'w>,
    pub(super) patterns: Patterns,
    pub(super) options: Options,
}

/// A node of one document and where it stands.
pub(crate) type Place<'a> = (&'a Json, String);

/// What breaks when clients of the writer's version call servers of the reader's version.
pub(crate) fn request_breaks(client: &OpenApi, server: &OpenApi, options: &Options) -> Vec<Break> {
    let mut breaks = outgoing(client, server, Direction::Request, options);
    breaks.extend(incoming(client, server, Direction::Response, options));
    breaks
}

/// What breaks when clients of the reader's version read answers of servers of the writer's version.
pub(crate) fn response_breaks(server: &OpenApi, client: &OpenApi, options: &Options) -> Vec<Break> {
    let mut breaks = outgoing(server, client, Direction::Response, options);
    breaks.extend(incoming(server, client, Direction::Request, options));
    breaks
}

/// A document as it reads in one direction.
fn seen(api: &OpenApi, direction: Direction, writes: bool) -> Cow<'_, OpenApi> {
    match directed(&api.root, direction, writes) {
        Some(root) => Cow::Owned(OpenApi { root, draft: api.draft }),
        None => Cow::Borrowed(api),
    }
}

/// Webhooks and callbacks, where the server calls and the client answers: requests go where responses of other operations go.
fn incoming(writer: &OpenApi, reader: &OpenApi, direction: Direction, options: &Options) -> Vec<Break> {
    let mut breaks = Vec::new();
    if writer.incoming().is_empty() && reader.incoming().is_empty() {
        return breaks;
    }
    let (written, readable) = (seen(writer, direction, true), seen(reader, direction, false));
    let walk = Walk::new(&written, &readable, options);
    let (called, handled) = (written.incoming(), readable.incoming());
    for operation in &called {
        match (handled.iter().find(|o| o.key == operation.key), direction) {
            (Some(other), Direction::Request) => walk.request(operation, other, &mut breaks),
            (Some(other), Direction::Response) => responses::compare(&walk, operation, other, &mut breaks),
            (None, Direction::Request) => {
                let message = "the server calls it and the client's contract does not name it";
                let added = stated("compat/webhook-added", &operation.name, &operation.pointer, message);
                breaks.push(Break { in_reader: false, ..added });
            }
            (None, Direction::Response) => {}
        }
    }
    breaks.extend(walk.shared_breaks());
    for awaited in handled.iter().filter(|o| direction == Direction::Request && !called.iter().any(|c| c.key == o.key))
    {
        let message = "the client waits for it and the server does not call it";
        breaks.push(stated("compat/webhook-removed", &awaited.name, &awaited.pointer, message));
    }
    breaks
}

fn outgoing(writer: &OpenApi, reader: &OpenApi, direction: Direction, options: &Options) -> Vec<Break> {
    let (written, readable) = (seen(writer, direction, true), seen(reader, direction, false));
    let walk = Walk::new(&written, &readable, options);
    let mut breaks = walk.uncertain(direction);
    let (write_operations, read_operations) = (written.operations(), readable.operations());
    let of_reader: HashMap<_, &Operation<'_>> = read_operations.iter().map(|o| (o.key.clone(), o)).collect();
    for operation in &write_operations {
        match (of_reader.get(&operation.key), direction) {
            (Some(other), Direction::Request) => walk.request(operation, other, &mut breaks),
            (Some(other), Direction::Response) => responses::compare(&walk, operation, other, &mut breaks),
            (None, Direction::Request) => {
                let message = format!("the server does not have the operation{}", announced(operation.node));
                let removed = stated("compat/operation-removed", &operation.name, &operation.pointer, &message);
                breaks.push(Break { in_reader: false, ..removed });
            }
            // A client that does not know an operation does not call it.
            (None, Direction::Response) => {}
        }
    }
    breaks.extend(walk.shared_breaks());
    breaks
}

/// What a contract says about an operation going away, which tells clients and stops none.
fn announced(operation: &Json) -> String {
    let sunset = operation.get("x-sunset").map(|date| date.as_str().map_or_else(|| date.to_string(), str::to_owned));
    match (operation.get("deprecated") == Some(&Json::Bool(true)), sunset) {
        (true, Some(date)) => format!(" (it was deprecated, with the sunset {date})"),
        (true, None) => " (it was deprecated)".to_owned(),
        _ => String::new(),
    }
}

impl<'w> Walk<'w> {
    fn new(writer: &'w OpenApi, reader: &'w OpenApi, options: &Options) -> Self {
        let mut walk = Self {
            writer,
            reader,
            write: Document::holding_schemas(&writer.root, writer.draft),
            read: Document::holding_schemas(&reader.root, reader.draft),
            sameness: Sameness::new(&writer.root, &reader.root),
            readable: HashSet::new(),
            whole_left: Cell::new(MAX_WHOLE),
            shared: Shared::default(),
            patterns: Patterns::default(),
            options: *options,
        };
        walk.readable = walk.settled();
        walk
    }

    fn request(&self, client: &Operation<'w>, server: &Operation<'w>, breaks: &mut Vec<Break>) {
        security::compare(self, client, server, breaks);
        parameters::compare(self, client, server, breaks);
        let body = |api: &'w OpenApi, operation: &Operation<'w>| -> Option<Place<'w>> {
            api.follow(operation.node.get("requestBody")?, &below(&operation.pointer, "requestBody"))
        };
        let subject = format!("{} request body", client.name);
        let (sent, expected) = (body(self.writer, client), body(self.reader, server));
        let required = |place: &Place<'_>| place.0.get("required") == Some(&Json::Bool(true));
        let Some(expected) = expected else {
            if let Some(sent) = sent {
                let message = "a client may send a body and the server's contract names none";
                let removed = stated("compat/parameter-removed", &subject, &sent.1, message);
                breaks.push(Break { in_reader: false, ..removed });
            }
            return;
        };
        if required(&expected) && !sent.as_ref().is_some_and(required) {
            let message = "the server requires a body that a client may leave out";
            breaks.push(stated("compat/parameter-required", &subject, &expected.1, message));
        }
        if let Some(sent) = sent {
            self.content(&sent, &expected, &subject, true, breaks);
        }
    }

    /// Compares bodies by media type. All types that are written must be readable, or one of them, if the reader chooses.
    pub(crate) fn content(
        &self,
        sent: &Place<'w>,
        expected: &Place<'w>,
        subject: &str,
        all: bool,
        breaks: &mut Vec<Break>,
    ) {
        let types = |place: &Place<'w>| place.0.get("content").and_then(Json::as_object).unwrap_or_default();
        let (written, readable) = (types(sent), types(expected));
        let mut met = false;
        for (name, media) in written {
            let place = below(&below(&sent.1, "content"), name);
            let found = readable
                .iter()
                .find(|(n, _)| plain(n) == plain(name))
                .or_else(|| readable.iter().find(|(n, _)| covers(n, name)));
            match found {
                Some((n, other)) => {
                    met = true;
                    let there = below(&below(&expected.1, "content"), n);
                    let subject = if written.len() > 1 { format!("{subject} ({name})") } else { subject.to_owned() };
                    match (media.get("schema"), other.get("schema")) {
                        (Some(a), Some(b)) => {
                            self.schemas((a, below(&place, "schema")), (b, below(&there, "schema")), &subject, breaks);
                        }
                        (None, Some(_)) => {
                            let why = "the writer's contract has no schema for it, and the reader's has one";
                            breaks.push(unproved(&subject, &below(&there, "schema"), why));
                        }
                        (_, None) => {}
                    }
                }
                None if all => {
                    let message = format!("`{name}` is written and the reader does not name it");
                    breaks.push(Break {
                        in_reader: false,
                        ..stated("compat/media-type-removed", subject, &place, &message)
                    });
                }
                None => {}
            }
        }
        if !all && !met && !readable.is_empty() && !written.is_empty() {
            let names: Vec<&str> = readable.iter().map(|(n, _)| n.as_str()).collect();
            let message = format!("none of `{}` is written any more", names.join("`, `"));
            breaks.push(stated("compat/media-type-removed", subject, &below(&expected.1, "content"), &message));
        }
    }

    /// References of both documents that can be taken as readable.
    fn settled(&self) -> HashSet<String> {
        if self.writer.draft != self.reader.draft {
            return HashSet::new();
        }
        assumed::settle(&self.sameness, &self.writer.root, &self.reader.root, |reference, assumed| {
            self.definition_holds(reference, assumed)
        })
    }

    pub(super) fn is_lost(&self, reference: &str) -> bool {
        self.sameness.is_lost(reference)
    }

    /// Compares two schemas of the two documents.
    pub(crate) fn schemas(&self, sent: Place<'w>, expected: Place<'w>, subject: &str, breaks: &mut Vec<Break>) {
        if self.writer.draft == self.reader.draft && self.sameness.same(sent.0, expected.0) {
            return;
        }
        self.shared.compares(subject, expected.0);
        let (Some(writer), Some(reader)) = (self.write.at_pointer(&sent.1), self.read.at_pointer(&expected.1)) else {
            breaks.push(unproved(subject, &expected.1, "the schema could not be found again"));
            return;
        };
        let writer = Side { document: &self.write, at: writer };
        let reader = Side { document: &self.read, at: reader };
        // What is the same on both sides need not be looked into, if the rest proves enough.
        let fit = assumed::fits(sent.0, &self.sameness, true) && assumed::fits(expected.0, &self.sameness, true);
        let known = if fit { &self.readable } else { self.sameness.references() };
        if self.writer.draft == self.reader.draft && self.plainly_readable(sent.0, expected.0, known) {
            return;
        }
        let around = Around { patterns: &self.patterns, options: &self.options };
        if self.writer.draft == self.reader.draft && around.proved(writer, reader, known) {
            return;
        }
        let left = self.whole_left.get();
        if left == 0 {
            breaks.push(unproved(
                subject,
                &expected.1,
                "too many schemas of the document differ to look into all of them",
            ));
            return;
        }
        self.whole_left.set(left - 1);
        breaks.extend(schema_breaks(writer, reader, subject, (&sent.1, &expected.1), &self.options));
    }
}

/// A media type without its parameters.
fn plain(name: &str) -> String {
    name.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn covers(range: &str, name: &str) -> bool {
    let (range, name) = (plain(range), plain(name));
    range == "*/*" || range.strip_suffix("/*").is_some_and(|kind| name.starts_with(&format!("{kind}/")))
}

/// A break without a witness: the contracts say so themselves.
pub(crate) fn stated(rule: &'static str, subject: &str, pointer: &str, message: &str) -> Break {
    let known = RULES.iter().find(|r| r.id == rule);
    let remedy = known.map_or("", |r| r.remedy);
    Break {
        rule,
        subject: subject.to_owned(),
        pointer: pointer.to_owned(),
        in_reader: true,
        counterpart: None,
        message: message.to_owned(),
        witness: None,
        place: String::new(),
        remedy: remedy.to_owned(),
        severity: known.map_or(Severity::Stop, |r| r.severity),
    }
}
