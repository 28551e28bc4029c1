//! Credentials: every way in which a client may identify itself must be enough for the server.

use super::direction::below;
use super::document::{OpenApi, Operation};
use super::operations::{Walk, stated};
use crate::breaks::Break;
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
