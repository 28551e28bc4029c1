//! Responses by status: their bodies and headers.

use gonogo_core::Severity;

use super::direction::below;
use super::document::Operation;
use super::operations::{Place, Walk, stated};
use crate::breaks::Break;
use crate::json::Json;

pub(super) fn compare<'w>(walk: &Walk<'w>, server: &Operation<'w>, client: &Operation<'w>, breaks: &mut Vec<Break>) {
    let written = server.node.get("responses").and_then(Json::as_object).unwrap_or_default();
    let readable = client.node.get("responses").and_then(Json::as_object).unwrap_or_default();
    for (status, node) in written {
        let here = below(&below(&server.pointer, "responses"), status);
        let Some(sent) = walk.writer.follow(node, &here) else { continue };
        let subject = format!("{} response {status}", server.name);
        let Some((name, other)) = handler(status, readable) else {
            if !readable.is_empty() && status != "default" {
                let message = format!("the server answers {status} and the client's contract names no such answer");
                let added = stated("compat/status-added", &subject, &sent.1, &message);
                // Errors are read by their class; a new kind of success is not.
                let severity = if status.starts_with('2') { Severity::Caution } else { added.severity };
                breaks.push(Break { in_reader: false, severity, ..added });
            }
            continue;
        };
        let there = below(&below(&client.pointer, "responses"), name);
        let Some(expected) = walk.reader.follow(other, &there) else { continue };
        body(walk, &sent, &expected, &subject, breaks);
        headers(walk, &sent, &expected, &subject, breaks);
    }
}

/// The response by which a client reads a status: the status itself, its class, or the default.
fn handler<'a>(status: &str, readable: &'a [(String, Json)]) -> Option<(&'a str, &'a Json)> {
    let class = status.chars().next().map(|digit| format!("{digit}XX"));
    let named = |wanted: &str| readable.iter().find(|(n, _)| n.eq_ignore_ascii_case(wanted));
    let found = named(status).or_else(|| class.as_deref().and_then(named)).or_else(|| named("default"));
    found.map(|(name, node)| (name.as_str(), node))
}

fn body<'w>(walk: &Walk<'w>, sent: &Place<'w>, expected: &Place<'w>, subject: &str, breaks: &mut Vec<Break>) {
    let content = |place: &Place<'w>| place.0.get("content").and_then(Json::as_object).is_some_and(|c| !c.is_empty());
    if content(expected) && !content(sent) {
        let message = "the client reads a body and the server sends none";
        breaks.push(stated("compat/response-removed", subject, &below(&expected.1, "content"), message));
    } else {
        walk.content(sent, expected, &format!("{subject} body"), false, breaks);
    }
}

fn headers<'w>(walk: &Walk<'w>, sent: &Place<'w>, expected: &Place<'w>, subject: &str, breaks: &mut Vec<Break>) {
    let all = |place: &Place<'w>| place.0.get("headers").and_then(Json::as_object).unwrap_or_default();
    for (name, node) in all(expected) {
        let there = below(&below(&expected.1, "headers"), name);
        let Some(wanted) = walk.reader.follow(node, &there) else { continue };
        let given = all(sent)
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .and_then(|(n, node)| walk.writer.follow(node, &below(&below(&sent.1, "headers"), n)));
        let required = |place: &Place<'_>| place.0.get("required") == Some(&Json::Bool(true));
        let subject = format!("{subject} header `{name}`");
        if required(&wanted) && !given.as_ref().is_some_and(required) {
            let message = "the client relies on the header and the server may leave it out";
            breaks.push(stated("compat/response-removed", &subject, &wanted.1, message));
        }
        if let Some(given) = given
            && let (Some(a), Some(b)) = (given.0.get("schema"), wanted.0.get("schema"))
        {
            walk.schemas((a, below(&given.1, "schema")), (b, below(&wanted.1, "schema")), &subject, breaks);
        }
    }
}
