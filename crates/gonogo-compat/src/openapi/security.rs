//! Credentials: every way in which a client may identify itself must be enough for the server.

use super::direction::below;
use super::document::{OpenApi, Operation};
use super::operations::{Walk, stated};
use crate::breaks::{Break, unproved};
use crate::json::Json;

/// One way: schemes with their scopes; none means without credentials.
type Way<'a> = Vec<(&'a str, Vec<&'a str>)>;

fn ways<'a>(api: &'a OpenApi, operation: &Operation<'a>) -> Vec<Way<'a>> {
    let stated = operation.node.get("security").or_else(|| api.root.get("security")).and_then(Json::as_array);
    let list = stated.unwrap_or_default();
    if list.is_empty() {
        return vec![Vec::new()];
    }
    let read = |way: &'a Json| {
        let schemes = way.as_object().unwrap_or_default().iter();
        schemes
            .map(|(name, scopes)| {
                let scopes = scopes.as_array().unwrap_or_default().iter().filter_map(Json::as_str).collect();
                (name.as_str(), scopes)
            })
            .collect()
    };
    list.iter().map(read).collect()
}

fn satisfies(given: &Way<'_>, wanted: &Way<'_>) -> bool {
    wanted.iter().all(|(scheme, scopes)| {
        given.iter().any(|(name, held)| name == scheme && scopes.iter().all(|scope| held.contains(scope)))
    })
}

pub(super) fn compare<'w>(walk: &Walk<'w>, client: &Operation<'w>, server: &Operation<'w>, breaks: &mut Vec<Break>) {
    let (given, wanted) = (ways(walk.writer, client), ways(walk.reader, server));
    definitions(walk, &client.name, &given, &wanted, breaks);
    let Some(refused) = given.iter().find(|way| !wanted.iter().any(|other| satisfies(way, other))) else { return };
    let name = |way: &Way<'_>| match way.as_slice() {
        [] => "no credentials".to_owned(),
        schemes => schemes
            .iter()
            .map(
                |(name, scopes)| {
                    if scopes.is_empty() { format!("`{name}`") } else { format!("`{name}` ({})", scopes.join(", ")) }
                },
            )
            .collect::<Vec<_>>()
            .join(" with "),
    };
    let asked: Vec<String> = wanted.iter().map(name).collect();
    let message = format!("a client may come with {} and the server asks for {}", name(refused), asked.join(" or "));
    let pointer =
        if server.node.get("security").is_some() { below(&server.pointer, "security") } else { "/security".to_owned() };
    breaks.push(stated("compat/security-narrowed", &client.name, &pointer, &message));
}

/// A scheme of one name may ask for another thing in the other version.
fn definitions(walk: &Walk<'_>, subject: &str, given: &[Way<'_>], wanted: &[Way<'_>], breaks: &mut Vec<Break>) {
    let mut names: Vec<&str> = given.iter().flatten().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| wanted.iter().flatten().any(|(other, _)| other == name)) {
        let pointer = below("/components/securitySchemes", name);
        let of = |api: &'_ OpenApi| {
            let node = api.root.pointer(&pointer)?;
            api.follow(node, &pointer).map(|(node, _)| node.clone())
        };
        let (Some(sent), Some(asked)) = (of(walk.writer), of(walk.reader)) else { continue };
        let differs = |keyword: &str| sent.get(keyword) != asked.get(keyword);
        if let Some(keyword) = ["type", "in", "name", "scheme"].into_iter().find(|k| differs(k)) {
            let value = |node: &Json| node.get(keyword).map_or_else(|| "none".to_owned(), crate::breaks::short);
            let message =
                format!("`{name}` is sent with the {keyword} {} and asked for with {}", value(&sent), value(&asked));
            breaks.push(stated("compat/security-narrowed", subject, &below(&pointer, keyword), &message));
        } else if let Some(keyword) = ["flows", "openIdConnectUrl", "bearerFormat"].into_iter().find(|k| differs(k)) {
            let why = format!("the {keyword} of the credentials `{name}` have changed");
            breaks.push(unproved(subject, &below(&pointer, keyword), &why));
        }
    }
}
