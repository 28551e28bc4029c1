//! References that differ and are yet readable, proved together.
//!
//! In a large document schemas refer to each other in circles, so that one change makes hundreds of schemas different. They are
//! proved at once, by induction on the size of values: all of them are assumed to be readable where they govern a smaller value
//! (a member, an item), each definition is proved under that assumption, and where that fails the assumption is taken back, also
//! for those that rest on it. What remains holds for every finite value.

use std::collections::HashSet;

use super::sameness::{Sameness, target};
use crate::json::Json;

/// Keywords that hold no schema.
const PLAIN: [&str; 30] = [
    "type",
    "format",
    "description",
    "title",
    "required",
    "nullable",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "enum",
    "const",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "xml",
    "externalDocs",
    "discriminator",
];

/// Whether all references that are not the same on both sides stand where they govern a smaller value, and where accepting more
/// values makes the schema accept more.
pub(super) fn fits(schema: &Json, sameness: &Sameness, smaller: bool) -> bool {
    let Json::Object(members) = schema else { return true };
    members.iter().all(|(name, value)| match (name.as_str(), value) {
        ("$ref", Json::String(reference)) => smaller || sameness.references().contains(reference),
        ("properties" | "patternProperties", Json::Object(inner)) => inner.iter().all(|(_, s)| fits(s, sameness, true)),
        ("additionalProperties" | "items", inner @ Json::Object(_)) => fits(inner, sameness, true),
        ("prefixItems", Json::Array(inner)) => inner.iter().all(|s| fits(s, sameness, true)),
        ("anyOf", Json::Array(inner)) if smaller && stands_alone(members) && at_most_one_compound(inner) => {
            inner.iter().all(|s| fits(s, sameness, true))
        }
        ("allOf" | "anyOf", Json::Array(inner)) => inner.iter().all(|s| fits(s, sameness, false)),
        (name, _) if PLAIN.contains(&name) || name.starts_with("x-") => true,
        (_, inner) => sameness.same(inner, inner),
    })
}

/// Whether a choice has nothing beside it that describes members or items.
fn stands_alone(members: &[(String, Json)]) -> bool {
    members.iter().all(|(name, _)| name == "anyOf" || PLAIN.contains(&name.as_str()) || name.starts_with("x-"))
}

/// Whether an object or array can only come from one branch of a choice, so that this branch alone says what it may hold.
fn at_most_one_compound(branches: &[Json]) -> bool {
    let scalar = |schema: &Json| {
        schema.get("$ref").is_none()
            && schema
                .get("type")
                .and_then(Json::as_str)
                .is_some_and(|t| matches!(t, "string" | "number" | "integer" | "boolean" | "null"))
    };
    branches.iter().filter(|branch| !scalar(branch)).count() <= 1
}

/// The largest set of references whose definitions hold under the assumption of each other; `holds` proves one of them, given
/// the references that may be taken as readable.
pub(super) fn settle(
    sameness: &Sameness,
    writer: &Json,
    reader: &Json,
    mut holds: impl FnMut(&str, &HashSet<String>) -> bool,
) -> HashSet<String> {
    let mut assumed = sameness.references().clone();
    let mut open: Vec<String> = Vec::new();
    for reference in sameness.different() {
        let sides = (target(writer, reference), target(reader, reference));
        if let (Some(a), Some(b)) = sides
            && fits(a, sameness, false)
            && fits(b, sameness, false)
        {
            assumed.insert(reference.to_owned());
            open.push(reference.to_owned());
        }
    }
    open.sort_unstable();
    while let Some(reference) = open.pop() {
        if assumed.contains(&reference) && !holds(&reference, &assumed) {
            assumed.remove(&reference);
            open.extend(
                sameness.users(&reference).filter(|user| !sameness.references().contains(*user)).map(str::to_owned),
            );
        }
    }
    assumed
}
