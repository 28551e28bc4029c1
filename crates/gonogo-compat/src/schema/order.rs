//! Documents that say the same in another order.

use crate::json::Json;

/// Whether two schema documents differ in nothing but the order of members and of lists whose order says nothing; `false` says nothing.
pub(crate) fn same_in_any_order(a: &Json, b: &Json) -> bool {
    // A pointer through a list counts its places.
    !points_through_a_list(a) && !points_through_a_list(b) && ordered(a) == ordered(b)
}

fn points_through_a_list(node: &Json) -> bool {
    match node {
        Json::Array(items) => items.iter().any(points_through_a_list),
        Json::Object(members) => members.iter().any(|(name, value)| match value {
            Json::String(reference) => name.ends_with("ef") && reference.contains("Of"),
            value => points_through_a_list(value),
        }),
        _ => false,
    }
}

/// A schema with its members by name and its sets in one order.
fn ordered(schema: &Json) -> Json {
    let Json::Object(members) = schema else { return schema.clone() };
    let mut members: Vec<(String, Json)> =
        members.iter().map(|(name, value)| (name.clone(), keyword(name, value))).collect();
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Json::Object(members)
}

fn keyword(name: &str, value: &Json) -> Json {
    match (name, value) {
        ("required" | "type" | "enum", Json::Array(items)) => sorted(items.iter().map(plain).collect()),
        ("allOf" | "anyOf" | "oneOf", Json::Array(branches)) => sorted(branches.iter().map(ordered).collect()),
        ("const" | "default" | "example" | "examples" | "enum", value) => plain(value),
        (
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies"
            | "dependentRequired",
            Json::Object(inner),
        ) => {
            let inner = inner.iter().map(|(name, value)| match value {
                Json::Array(names) => (name.clone(), sorted(names.iter().map(plain).collect())),
                schema => (name.clone(), ordered(schema)),
            });
            let mut inner: Vec<(String, Json)> = inner.collect();
            inner.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(inner)
        }
        (_, Json::Array(items)) => Json::Array(items.iter().map(ordered).collect()),
        (_, other) => ordered(other),
    }
}

/// A value that is no schema: members by name, lists as they are.
fn plain(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(plain).collect()),
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members.iter().map(|(n, v)| (n.clone(), plain(v))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        other => other.clone(),
    }
}

fn sorted(mut items: Vec<Json>) -> Json {
    items.sort_by_cached_key(ToString::to_string);
    Json::Array(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        same_in_any_order(&Json::parse(a).unwrap(), &Json::parse(b).unwrap())
    }

    #[test]
    fn only_lists_whose_order_says_nothing_may_be_in_another() {
        assert!(same(
            r#"{"type": ["null", "string"], "enum": [1, "a"]}"#,
            r#"{"enum": ["a", 1.0], "type": ["string", "null"]}"#
        ));
        assert!(same(
            r#"{"allOf": [{"minimum": 1}, {"required": ["a", "b"]}]}"#,
            r#"{"allOf": [{"required": ["b", "a"]}, {"minimum": 1}]}"#
        ));
        assert!(!same(r#"{"prefixItems": [{"minimum": 1}, true]}"#, r#"{"prefixItems": [true, {"minimum": 1}]}"#));
        assert!(!same(r#"{"const": {"required": [1, 2]}}"#, r#"{"const": {"required": [2, 1]}}"#));
        assert!(!same(r#"{"enum": [[1, 2]]}"#, r#"{"enum": [[2, 1]]}"#));
        let refers = |list: &str| format!(r##"{{"allOf": [{list}], "not": {{"$ref": "#/allOf/0"}}}}"##);
        assert!(!same(&refers("true, false"), &refers("false, true")));
    }
}
