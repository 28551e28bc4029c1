//! Which format a contract's text is of, by its own signs.

use crate::json::Json;

/// Schemas inside schemas are looked into this deep.
const MAX_DEPTH: usize = 8;

/// The simple types of JSON Schema.
const SIMPLE: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Types that Avro has and JSON Schema has not.
const AVRO_ONLY: [&str; 5] = ["int", "long", "float", "double", "bytes"];

/// The format of a contract's text as [`batch::answer`](crate::batch::answer) names it: `openapi` (3.0 and 3.1), `json-schema` or
/// `avro`. `None` is a text that shows no sign of these, such as Swagger 2.0, AsyncAPI, or any other JSON: comparing it as a
/// schema would accept everything and prove nothing.
///
/// Signs of JSON Schema are keywords of its drafts 4 to 2020-12 with values of the shape that these ask for.
///
/// ```
/// use gonogo_compat::detect_format;
/// assert_eq!(detect_format(r#"{"type": "object", "required": ["id"]}"#), Some("json-schema"));
/// assert_eq!(detect_format(r#"{"type": "record", "name": "Order", "fields": []}"#), Some("avro"));
/// assert_eq!(detect_format(r#"{"swagger": "2.0", "definitions": {}}"#), None);
/// assert_eq!(detect_format(r#"{"foo": 1}"#), None);
/// ```
#[must_use]
pub fn detect_format(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('\u{feff}');
    if let Ok(json) = Json::parse(text) {
        return if of_another_standard(&json).is_some() {
            openapi(&json)
        } else if is_avro(&json, 0) {
            Some("avro")
        } else {
            is_schema(&json, 0).then_some("json-schema")
        };
    }
    written_as_yaml(text)
}

#[cfg(feature = "openapi")]
fn written_as_yaml(text: &str) -> Option<&'static str> {
    let json = crate::yaml::read(text).ok()?;
    if of_another_standard(&json).is_some() {
        return openapi(&json);
    }
    // A word by itself is a text in YAML, and no schema.
    (json.as_object().is_some() && is_schema(&json, 0)).then_some("json-schema")
}

#[cfg(not(feature = "openapi"))]
fn written_as_yaml(_: &str) -> Option<&'static str> {
    None
}

#[cfg(feature = "openapi")]
fn openapi(json: &Json) -> Option<&'static str> {
    crate::openapi::OpenApi::new(json.clone()).ok().map(|_| "openapi")
}

#[cfg(not(feature = "openapi"))]
fn openapi(_: &Json) -> Option<&'static str> {
    None
}

/// The document's kind, if it says that it is a whole description of an interface and so no schema.
pub(crate) fn of_another_standard(json: &Json) -> Option<&'static str> {
    [("openapi", "OpenAPI"), ("swagger", "Swagger"), ("asyncapi", "AsyncAPI")]
        .into_iter()
        .find(|(key, _)| matches!(json.get(key), Some(Json::String(_) | Json::Number(_))))
        .map(|(_, name)| name)
}

/// Whether a document that does not say so is plainly a schema of objects: a simple `type` beside `properties` that are schemas
/// themselves. Less would take other people's JSON for a contract.
pub(crate) fn is_plainly_schema(json: &Json) -> bool {
    let typed = json.get("type").is_some_and(|value| is_keyword("type", value, 0));
    let members = json.get("properties").and_then(Json::as_object);
    typed
        && of_another_standard(json).is_none()
        && members.is_some_and(|all| !all.is_empty() && all.iter().all(|(_, value)| is_schema(value, 1)))
}

fn is_avro(json: &Json, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match json {
        Json::String(name) => {
            AVRO_ONLY.contains(&name.as_str()) || matches!(name.as_str(), "null" | "boolean" | "string")
        }
        // A union; what it names must be one of its own types.
        Json::Array(branches) => {
            let plain = |b: &Json| is_avro(b, depth + 1);
            let defines = branches.iter().any(|b| b.get("name").is_some() && plain(b));
            !branches.is_empty() && branches.iter().all(|b| plain(b) || defines && b.as_str().is_some())
        }
        Json::Object(_) => {
            let has = |name: &str| json.get(name).is_some();
            let is_list = |name: &str| json.get(name).and_then(Json::as_array).is_some();
            match json.get("type") {
                Some(Json::String(kind)) => match kind.as_str() {
                    "record" | "error" => has("name") && is_list("fields"),
                    "enum" => has("name") && is_list("symbols"),
                    "fixed" => has("name") && has("size"),
                    "map" => has("values"),
                    "array" => match json.get("items") {
                        Some(Json::String(_)) => true,
                        Some(items) => is_avro(items, depth + 1),
                        None => false,
                    },
                    "string" => has("logicalType") || has("avro.java.string"),
                    kind => AVRO_ONLY.contains(&kind),
                },
                Some(inner @ Json::Object(_)) => is_avro(inner, depth + 1),
                _ => false,
            }
        }
        _ => false,
    }
}

fn is_schema(json: &Json, depth: usize) -> bool {
    match json {
        Json::Bool(_) => true,
        Json::Object(members) => {
            depth <= MAX_DEPTH && members.iter().any(|(name, value)| is_keyword(name, value, depth))
        }
        _ => false,
    }
}

/// Whether a member is a keyword of JSON Schema with a value of the shape that the keyword asks for.
fn is_keyword(name: &str, value: &Json, depth: usize) -> bool {
    let schema = |value: &Json| matches!(value, Json::Bool(_) | Json::Object(_));
    let number = matches!(value, Json::Number(_));
    match name {
        "$schema" | "$ref" | "$id" | "$dynamicRef" | "$recursiveRef" | "pattern" => value.as_str().is_some(),
        "type" => match value {
            Json::String(kind) => SIMPLE.contains(&kind.as_str()),
            Json::Array(kinds) => {
                !kinds.is_empty() && kinds.iter().all(|k| k.as_str().is_some_and(|k| SIMPLE.contains(&k)))
            }
            _ => false,
        },
        "const" => true,
        "enum" => value.as_array().is_some(),
        "required" => value.as_array().is_some_and(|names| names.iter().all(|n| n.as_str().is_some())),
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
            value.as_object().is_some_and(|members| members.iter().all(|(_, v)| schema(v)))
        }
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
            value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(schema))
        }
        // Any list of things may be called items: in a schema they are schemas.
        "items" => match value {
            Json::Array(all) => !all.is_empty() && all.iter().all(|one| is_schema(one, depth + 1)),
            one => schema(one),
        },
        "not"
        | "if"
        | "contains"
        | "propertyNames"
        | "additionalProperties"
        | "additionalItems"
        | "unevaluatedProperties"
        | "unevaluatedItems" => schema(value),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength"
        | "minItems" | "maxItems" | "minProperties" | "maxProperties" => number,
        "uniqueItems" => value.as_bool().is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_known_by_their_keywords() {
        for text in [
            "true",
            r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#,
            r#"{"type": ["string", "null"]}"#,
            r##"{"$ref": "#/$defs/a"}"##,
            r#"{"items": [{"type": "string"}]}"#,
            r#"{"enum": []}"#,
            r#"{"const": null}"#,
            "\u{feff}{\"properties\": {\"swagger\": {}}}",
        ] {
            assert_eq!(detect_format(text), Some("json-schema"), "{text}");
        }
    }

    #[test]
    fn other_json_is_no_contract() {
        for text in [
            r#"{"foo": 1}"#,
            "{}",
            "1",
            "[]",
            r#"["apples", "pears"]"#,
            "",
            "hello",
            "string",
            "{",
            r#"{"name": "app", "type": "module", "dependencies": {}}"#,
            r#"{"items": [{"id": 1}]}"#,
            r#"{"asyncapi": "2.6.0", "components": {}, "type": "object"}"#,
            r#"{"swagger": "2.0", "definitions": {}}"#,
            r#"{"openapi": "3.2.0", "paths": {}, "required": []}"#,
        ] {
            assert_eq!(detect_format(text), None, "{text}");
        }
    }

    #[test]
    fn avro_is_known_by_its_types() {
        for text in [
            r#"{"type": "record", "name": "Order", "fields": []}"#,
            r#"{"type": "enum", "name": "State", "symbols": ["open"]}"#,
            r#"{"type": "map", "values": "long"}"#,
            r#"{"type": "array", "items": "string"}"#,
            r#"["null", {"type": "long", "logicalType": "timestamp-millis"}]"#,
            r#""string""#,
            r#"{"type": "int"}"#,
        ] {
            assert_eq!(detect_format(text), Some("avro"), "{text}");
        }
        assert_eq!(detect_format(r#"{"type": "array", "items": {"type": "string"}}"#), Some("json-schema"));
        assert_eq!(detect_format(r#"{"type": "string"}"#), Some("json-schema"));
    }

    #[cfg(feature = "openapi")]
    #[test]
    fn openapi_is_known_by_its_version() {
        assert_eq!(detect_format("# ours\nopenapi: 3.0.3\npaths: {}\n"), Some("openapi"));
        assert_eq!(detect_format(r#"{"info": {}, "openapi": "3.1.0"}"#), Some("openapi"));
        assert_eq!(detect_format("openapi: 3.2.0\npaths: {}\n"), None);
        assert_eq!(detect_format("swagger: '2.0'\npaths: {}\n"), None);
        assert_eq!(detect_format("asyncapi: 3.0.0\n"), None);
        assert_eq!(detect_format("type: object\nproperties: {}\n"), Some("json-schema"));
    }
}
