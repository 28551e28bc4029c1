//! Parameters of paths, queries, headers and cookies.

use super::direction::below;
use super::document::{OpenApi, Operation};
use super::operations::{Place, Walk, stated};
use crate::breaks::{Break, unproved};
use crate::json::Json;

/// A parameter, with its own values for what it leaves to the defaults.
struct Parameter<'a> {
    location: String,
    /// The name; for a path parameter its number, as the path is written with another name and is the same.
    key: String,
    name: String,
    required: bool,
    style: String,
    explode: bool,
    schema: Option<Place<'a>>,
    media: Option<String>,
    pointer: String,
}

fn all<'a>(api: &'a OpenApi, operation: &Operation<'a>, breaks: &mut Vec<Break>) -> Vec<Parameter<'a>> {
    let own = operation.node.get("parameters").map(|p| (p, below(&operation.pointer, "parameters")));
    let mut found: Vec<Parameter<'a>> = Vec::new();
    // What the operation says overrides what the path says.
    for (list, pointer) in own.into_iter().chain(operation.shared.clone()) {
        for (i, node) in list.as_array().unwrap_or_default().iter().enumerate() {
            let here = below(&pointer, &i.to_string());
            let Some(parameter) = api.follow(node, &here).and_then(|place| read(&place, operation)) else {
                breaks.push(unproved(&operation.name, &here, "a parameter has no name or no place"));
                continue;
            };
            if !found.iter().any(|p| p.location == parameter.location && p.key == parameter.key) {
                found.push(parameter);
            }
        }
    }
    found
}

fn read<'a>(place: &Place<'a>, operation: &Operation<'a>) -> Option<Parameter<'a>> {
    let (node, pointer) = place;
    let node: &'a Json = node;
    let name = node.get("name")?.as_str()?.to_owned();
    let location = node.get("in")?.as_str()?.to_owned();
    let key = match location.as_str() {
        "path" => operation.path_names.iter().position(|n| *n == name).map_or_else(|| name.clone(), |i| i.to_string()),
        "header" => name.to_ascii_lowercase(),
        _ => name.clone(),
    };
    let style = node.get("style").and_then(Json::as_str).map_or_else(
        || if matches!(location.as_str(), "query" | "cookie") { "form".to_owned() } else { "simple".to_owned() },
        str::to_owned,
    );
    let explode = node.get("explode").and_then(Json::as_bool).unwrap_or(style == "form");
    let content = node.get("content").and_then(Json::as_object).and_then(<[_]>::first);
    let schema = match (node.get("schema"), content) {
        (Some(schema), _) => Some((schema, below(pointer, "schema"))),
        (None, Some((media, inner))) => {
            inner.get("schema").map(|s| (s, below(&below(&below(pointer, "content"), media), "schema")))
        }
        (None, None) => None,
    };
    Some(Parameter {
        required: location == "path" || node.get("required") == Some(&Json::Bool(true)),
        media: content.filter(|_| node.get("schema").is_none()).map(|(m, _)| m.clone()),
        location,
        key,
        name,
        style,
        explode,
        schema,
        pointer: pointer.clone(),
    })
}

pub(super) fn compare<'w>(walk: &Walk<'w>, client: &Operation<'w>, server: &Operation<'w>, breaks: &mut Vec<Break>) {
    let (sent, expected) = (all(walk.writer, client, breaks), all(walk.reader, server, breaks));
    // Headers of these names are no parameters (OpenAPI 3.1, Parameter Object, `name`).
    let is_parameter = |p: &&Parameter<'_>| {
        p.location != "header" || !["accept", "content-type", "authorization"].contains(&p.key.as_str())
    };
    for given in sent.iter().filter(is_parameter) {
        if !expected.iter().any(|p| p.location == given.location && p.key == given.key) {
            let subject = format!("{} {} parameter `{}`", client.name, given.location, given.name);
            let message = "a client may send it and the server's contract does not name it";
            let removed = stated("compat/parameter-removed", &subject, &given.pointer, message);
            breaks.push(Break { in_reader: false, ..removed });
        }
    }
    for wanted in &expected {
        let subject = format!("{} {} parameter `{}`", client.name, wanted.location, wanted.name);
        let Some(given) = sent.iter().find(|p| p.location == wanted.location && p.key == wanted.key) else {
            if wanted.required {
                let message = "the server requires the parameter and the client does not know it";
                breaks.push(stated("compat/parameter-required", &subject, &wanted.pointer, message));
            }
            continue;
        };
        if wanted.required && !given.required {
            let message = "the server requires the parameter and the client may leave it out";
            breaks.push(stated("compat/parameter-required", &subject, &wanted.pointer, message));
        }
        let differs = given.media != wanted.media
            || (given.media.is_none()
                && (given.style != wanted.style || (given.explode != wanted.explode && is_compound(walk, given))));
        if differs {
            let form = |p: &Parameter<'_>| match &p.media {
                Some(media) => media.clone(),
                None => format!("style {}{}", p.style, if p.explode { ", exploded" } else { "" }),
            };
            let message =
                format!("the client writes it as {} and the server reads it as {}", form(given), form(wanted));
            breaks.push(stated("compat/parameter-form", &subject, &wanted.pointer, &message));
        }
        if let (Some(a), Some(b)) = (&given.schema, &wanted.schema)
            && !(given.media.is_none() && is_any_text(walk, b) && is_scalar(walk, a))
        {
            walk.schemas(a.clone(), b.clone(), &subject, breaks);
        }
        if let (None, Some((_, pointer))) = (&given.schema, &wanted.schema) {
            let why = "the client's contract has no schema for it, and the server's has one";
            breaks.push(unproved(&subject, pointer, why));
        }
    }
}

fn types(api: &OpenApi, schema: &Place<'_>) -> Option<Vec<String>> {
    let node = api.follow(schema.0, &schema.1)?.0;
    match node.get("type")? {
        Json::String(name) => Some(vec![name.clone()]),
        Json::Array(names) => names.iter().map(|n| n.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Whether the way in which lists and objects are written can show.
fn is_compound(walk: &Walk<'_>, parameter: &Parameter<'_>) -> bool {
    let Some(schema) = &parameter.schema else { return false };
    types(walk.writer, schema).is_none_or(|names| names.iter().any(|n| n == "array" || n == "object"))
}

/// Whether all values are written as one piece of text.
fn is_scalar(walk: &Walk<'_>, schema: &Place<'_>) -> bool {
    types(walk.writer, schema)
        .is_some_and(|names| names.iter().all(|n| matches!(n.as_str(), "string" | "number" | "integer" | "boolean")))
}

/// Whether the reader takes any text: on the wire a number is text as well.
fn is_any_text(walk: &Walk<'_>, schema: &Place<'_>) -> bool {
    const ANNOTATIONS: [&str; 9] =
        ["type", "description", "title", "example", "examples", "default", "deprecated", "format", "externalDocs"];
    let Some((node, _)) = walk.reader.follow(schema.0, &schema.1) else { return false };
    node.get("type").and_then(Json::as_str) == Some("string")
        && node
            .as_object()
            .unwrap_or_default()
            .iter()
            .all(|(n, _)| ANNOTATIONS.contains(&n.as_str()) || n.starts_with("x-"))
}
