//! What clients and servers of two OpenAPI documents can say to each other.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used)]

use gonogo_compat::batch;
use serde_json::{Value, json};

/// Clients of `old` against servers of `new`.
fn ask(old: &str, new: &str) -> (String, Vec<String>) {
    let line = json!({"id": "q", "format": "openapi", "mode": "backward", "old": old, "new": new}).to_string();
    let answer = batch::answer(&line).unwrap();
    let rules = answer["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned());
    (answer["verdict"].as_str().unwrap().to_owned(), rules.collect())
}

fn api(operation: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /pets/{{id}}:\n    post:\n{operation}\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|l| format!("      {l}\n")).collect()
}

const OK: &str = "responses: {'200': {description: ok}}";

#[test]
fn a_document_is_compatible_with_itself_in_any_order() {
    let a = api(&indented(
        "parameters: [{name: id, in: path, required: true, schema: {type: string}}]\nresponses: {'200': {description: ok, content: {application/json: {schema: {type: object, required: [a], properties: {a: {type: integer}, b: {type: string}}}}}}}",
    ));
    let b = a.replace("{a: {type: integer}, b: {type: string}}", "{b: {type: string}, a: {type: integer}}");
    assert_eq!(ask(&a, &b), ("compatible".to_owned(), vec![]));
}

#[test]
fn two_names_of_one_path_are_not_taken_for_each_other() {
    let answers =
        |schema: &str| format!("{{responses: {{'200': {{description: ok, content: {{a/b: {{schema: {schema}}}}}}}}}}}");
    let (text, number) = (answers("{type: string}"), answers("{type: number}"));
    let paths = [format!("  /pets/{{id}}: {{get: {text}}}\n"), format!("  /pets/{{name}}: {{get: {number}}}\n")];
    let whole = |a: &str, b: &str| format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n{a}{b}");
    let (there, back) = (whole(&paths[0], &paths[1]), whole(&paths[1], &paths[0]));
    assert_eq!(ask(&there, &there), ("compatible".to_owned(), vec![]));
    assert_eq!(ask(&there, &back), ("compatible".to_owned(), vec![]));
}

#[test]
fn both_directions_are_told_and_so_is_what_could_not_be() {
    let ask = |format: &str, old: Value, new: Value| {
        let line = json!({"id": "q", "format": format, "mode": "full", "old": old, "new": new}).to_string();
        batch::answer(&line).unwrap()
    };
    let schema =
        |longest: u32, names: Value| json!({"properties": {"a": {"maxLength": longest}, "b": {"enum": names}}});
    let answer = ask("json-schema", schema(9, json!(["x"])), schema(8, json!(["x", "y"])));
    let sides: Vec<&str> = answer["findings"].as_array().unwrap().iter().map(|f| f["in"].as_str().unwrap()).collect();
    assert_eq!(sides, ["new", "old"], "{answer}");

    let side = |required: bool| {
        api(&indented(&format!(
            "parameters: [{{name: q, in: query, required: {required}, schema: {{type: string}}}}]\nresponses: {{'200': {{description: ok, content: {{application/json: {{schema: {{$ref: 'shared.yaml#/Item'}}}}}}}}}}"
        )))
    };
    let answer = ask("openapi", json!(side(false)), json!(side(true)));
    assert_eq!(answer["verdict"], "incompatible");
    assert!(answer["why"].as_str().is_some_and(|why| why.contains("shared.yaml")), "{answer}");
}

#[test]
fn renaming_a_path_parameter_changes_nothing() {
    let a = api(&indented(&format!(
        "parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n{OK}"
    )));
    assert_eq!(
        ask(&a, &a.replace("{id}", "{pet}").replace("name: id", "name: pet")),
        ("compatible".to_owned(), vec![])
    );
}

#[test]
fn what_the_server_demands_must_be_sent() {
    let without = api(&indented(OK));
    let with = |parameter: &str| api(&indented(&format!("parameters: [{parameter}]\n{OK}")));
    let required = with("{name: q, in: query, required: true, schema: {type: string}}");
    assert_eq!(ask(&without, &required).1, ["compat/parameter-required"]);
    assert_eq!(
        ask(&required, &without).0,
        "unknown",
        "whether a server passes over what it does not name is not known"
    );
    let header = with("{name: Accept, in: header, schema: {type: string}}");
    assert_eq!(ask(&header, &without).0, "compatible", "headers of that name are no parameters");
    let optional = with("{name: q, in: query, schema: {type: string}}");
    assert_eq!(ask(&optional, &required).1, ["compat/parameter-required"]);
    let number = with("{name: q, in: query, schema: {type: integer}}");
    assert_eq!(ask(&number, &optional).0, "compatible", "on the wire a number is text");
    assert_eq!(ask(&optional, &number).1, ["compat/type-narrowed"]);
    let list = |explode: bool| {
        with(&format!("{{name: q, in: query, explode: {explode}, schema: {{type: array, items: {{type: string}}}}}}"))
    };
    assert_eq!(ask(&list(true), &list(false)).1, ["compat/parameter-form"]);
}

#[test]
fn members_that_are_only_read_are_not_demanded_in_requests() {
    let body = |required: &str| {
        api(&indented(&format!(
            "requestBody: {{content: {{application/json: {{schema: {{type: object, required: {required}, properties: {{id: {{type: string, readOnly: true}}, name: {{type: string}}}}}}}}}}}}\n{OK}"
        )))
    };
    assert_eq!(ask(&body("[name]"), &body("[name, id]")).0, "compatible");
    assert_eq!(ask(&body("[id]"), &body("[name]")).1, ["compat/more-required"]);
}

#[test]
fn answers_are_judged_the_other_way_round() {
    let answer = |schema: &str| {
        api(&indented(&format!(
            "responses: {{'200': {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}"
        )))
    };
    let (narrow, wide) = (answer("{enum: [a]}"), answer("{enum: [a, b]}"));
    assert_eq!(ask(&narrow, &wide).1, ["compat/value-removed"], "an old client does not know `b`");
    assert_eq!(ask(&wide, &narrow).0, "compatible");
}

#[test]
fn security_operations_and_servers_are_compared() {
    let open = api(&indented(OK));
    let closed = api(&indented(&format!("security: [{{key: []}}]\n{OK}")));
    assert_eq!(ask(&open, &closed).1, ["compat/security-narrowed"]);
    assert_eq!(ask(&closed, &open).0, "compatible");
    assert_eq!(ask(&open, &open.replace("post:", "put:")).1, ["compat/operation-removed"]);
}

#[test]
fn what_is_not_compared_is_unknown_when_it_changes() {
    let plain = api(&indented(OK));
    let lost = api(&indented(&format!("parameters: [{{$ref: '#/components/parameters/gone'}}]\n{OK}")));
    assert_eq!(ask(&lost, &plain).0, "unknown");
    let body = |media: &str| api(&indented(&format!("requestBody: {{content: {{application/json: {media}}}}}\n{OK}")));
    assert_eq!(ask(&body("{}"), &body("{schema: {type: object}}")).0, "unknown", "the client may send anything");
    assert_eq!(ask(&body("{schema: {type: object}}"), &body("{}")).0, "compatible");
    assert_eq!(ask(&body("{}"), &plain).0, "unknown", "the server names no body");
}

#[test]
fn webhooks_and_callbacks_go_the_other_way_round() {
    let plain = api(&indented(OK)).replace("3.0.3", "3.1.0");
    let hook = |schema: &str, answer: &str| {
        format!(
            "{plain}webhooks:\n  made:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}\n      responses: {{'200': {{description: ok, content: {{application/json: {{schema: {answer}}}}}}}}}\n"
        )
    };
    let (narrow, wide) = (hook("{enum: [a]}", "{enum: [x]}"), hook("{enum: [a, b]}", "{enum: [x, y]}"));
    // New servers send `b` to old clients; old clients answer `x`, which new servers read.
    assert_eq!(ask(&narrow, &wide).1, ["compat/value-removed"]);
    // New servers send only `a`; old clients answer `y`, which new servers do not read.
    assert_eq!(ask(&wide, &narrow).1, ["compat/value-removed"]);
    assert_eq!(ask(&wide, &hook("{enum: [a]}", "{enum: [x, y]}")).0, "compatible");
    assert_eq!(ask(&narrow, &plain).1, ["compat/webhook-removed"]);
    assert_eq!(ask(&plain, &narrow).0, "compatible", "a client does not subscribe to what it does not know");

    let callback = |schema: &str| {
        api(&indented(&format!(
            "callbacks: {{done: {{'{{$url}}': {{post: {{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, {OK}}}}}}}}}\n{OK}"
        )))
    };
    assert_eq!(ask(&callback("{enum: [a]}"), &callback("{enum: [a, b]}")).1, ["compat/value-removed"]);
    assert_eq!(ask(&callback("{enum: [a, b]}"), &callback("{enum: [a]}")).0, "compatible");
    assert_eq!(ask(&callback("{enum: [a]}"), &api(&indented(OK))).1, ["compat/webhook-removed"]);
}

#[test]
fn credentials_are_compared_by_what_their_name_stands_for() {
    let keyed = |scheme: &str| {
        let operation = api(&indented(&format!("security: [{{key: []}}]\n{OK}")));
        format!("{operation}components: {{securitySchemes: {{key: {scheme}}}}}\n")
    };
    let header = keyed("{type: apiKey, in: header, name: X-Key}");
    assert_eq!(ask(&header, &keyed("{type: apiKey, in: header, name: X-Token}")).1, ["compat/security-narrowed"]);
    assert_eq!(ask(&header, &keyed("{type: apiKey, in: header, name: X-Key, description: d}")).0, "compatible");
    let flow = |url: &str| {
        keyed(&format!("{{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{url}', scopes: {{}}}}}}}}"))
    };
    assert_eq!(ask(&flow("https://a"), &flow("https://b")).0, "unknown");
}

#[test]
fn a_discriminator_that_changes_is_unknown() {
    let pets = |mapping: &str| {
        format!(
            "{}components:\n  schemas:\n    Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}], discriminator: {{propertyName: kind, mapping: {mapping}}}}}\n    Cat: {{type: object}}\n",
            api(&indented(
                "responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}"
            ))
        )
    };
    let cat = pets("{cat: '#/components/schemas/Cat'}");
    assert_eq!(ask(&cat, &cat).0, "compatible");
    assert_eq!(ask(&cat, &pets("{feline: '#/components/schemas/Cat'}")).0, "unknown");
}

#[test]
fn a_dialect_is_followed_or_refused() {
    let with = |dialect: &str| {
        json!({"id": "q", "format": "openapi", "mode": "backward", "new": "openapi: 3.1.0",
            "old": format!("openapi: 3.1.0\njsonSchemaDialect: {dialect}")})
    };
    let verdict = |dialect: &str| batch::answer(&with(dialect).to_string()).unwrap()["verdict"].clone();
    assert_eq!(verdict("https://spec.openapis.org/oas/3.1/dialect/base"), "compatible");
    assert_eq!(verdict("https://json-schema.org/draft/2019-09/schema"), "compatible");
    assert_eq!(verdict("https://example.test/mine"), "unknown");
}

#[test]
fn an_operation_that_was_deprecated_is_still_called() {
    let old = api(&indented(&format!("deprecated: true\nx-sunset: '2026-01-01'\n{OK}")));
    let line = json!({"id": "q", "format": "openapi", "mode": "backward", "old": old, "new": "openapi: 3.0.3"});
    let answer = batch::answer(&line.to_string()).unwrap();
    assert_eq!(answer["verdict"], "incompatible");
    assert!(answer["findings"][0]["message"].as_str().unwrap().contains("with the sunset 2026-01-01"));
}

/// Forty definitions in a ring, each of which needs the next two to be told apart from the last.
fn ring(name: impl Fn(usize) -> String) -> String {
    let mut text = String::from("openapi: 3.1.0\npaths:\n");
    for i in 0..40 {
        text.push_str(&format!(
            "  /r{i}:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/R{i}'}}}}}}}}\n      {OK}\n"
        ));
    }
    text.push_str(
        "components:\n  schemas:\n    Leaf: {type: object, required: [code], properties: {code: {type: string}}}\n",
    );
    for i in 0..40 {
        let next = (i + 1) % 40;
        text.push_str(&format!(
            "    R{i}: {{type: object, required: [leaf], properties: {{leaf: {{$ref: '#/components/schemas/Leaf'}}, next: {{$ref: '#/components/schemas/R{next}'}}, name: {}}}}}\n",
            name(i)
        ));
    }
    text
}

#[test]
fn a_break_in_a_shared_schema_is_told_once_with_who_uses_it() {
    let plain = ring(|_| "{type: string}".to_owned());
    let narrowed = ring(|i| if i == 7 { "{type: string, maxLength: 3}" } else { "{type: string}" }.to_owned());
    let line = json!({"id": "q", "format": "openapi", "mode": "backward", "old": plain, "new": narrowed}).to_string();
    let answer = batch::answer(&line).unwrap();
    let findings = answer["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["rule"], "compat/range-narrowed");
    assert_eq!(findings[0]["path"], "#/components/schemas/R7/properties/name/maxLength");
    assert_eq!(findings[0]["witness"], json!({"leaf": {"code": "a"}, "name": "aaaa"}));
    assert!(findings[0]["message"].as_str().unwrap().ends_with("; POST /r0 request body and 39 other places use it"));
    assert_eq!(ask(&narrowed, &plain), ("compatible".to_owned(), vec![]));

    // Every one breaks: every one is told once.
    let all = ring(|_| "{type: integer}".to_owned());
    assert_eq!(ask(&plain, &all).1, vec!["compat/type-narrowed"; 40]);
    // What no request leads to is not told of requests.
    let unused = plain
        .replace("components:", "x: y\ncomponents:")
        .replace("'#/components/schemas/R0'}}}", "'#/components/schemas/Leaf'}}}");
    assert_eq!(ask(&unused, &unused.replace("{type: string}}}\n    R0", "{type: integer}}}\n    R0")).1.len(), 1);
}

#[test]
fn a_witness_is_shown_with_its_place() {
    let body = |most: u32| {
        api(&indented(&format!(
            "requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, properties: {{name: {{type: string, maxLength: {most}}}}}}}}}}}}}\n{OK}"
        )))
    };
    let line = json!({"id": "q", "format": "openapi", "mode": "backward", "old": body(3), "new": body(2)}).to_string();
    let answer = batch::answer(&line).unwrap();
    let finding: &Value = &answer["findings"][0];
    assert_eq!(finding["witness"], json!({"name": "aaa"}));
    assert_eq!(
        finding["path"],
        "#/paths/~1pets~1{id}/post/requestBody/content/application~1json/schema/properties/name/maxLength"
    );
    assert_eq!(finding["subject"], "POST /pets/{id} request body");
}

#[test]
fn what_a_writer_must_send_is_sent_though_nothing_describes_it() {
    let schema = |text: &str| gonogo_compat::Schema::parse(text, gonogo_compat::Draft::Draft202012).unwrap();
    let declared = gonogo_compat::Options::declared();
    for writer in [
        r#"{"type": "object", "properties": {"a": {}}, "required": ["b"]}"#,
        r#"{"type": "object", "properties": {"a": {}}, "minProperties": 2}"#,
        r#"{"type": "object", "properties": {"a": {}}, "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}"#,
        r#"{"type": "object", "required": ["a"], "properties": {"a": {}}, "dependentRequired": {"a": ["b"]}}"#,
        r#"{"properties": {"a": {}}, "enum": [{"b": 1}]}"#,
        r#"{"type": "object", "properties": {"a": {}}, "not": {"not": {"required": ["b"]}}}"#,
    ] {
        let verdict = gonogo_compat::compare(&schema(writer), &schema(r#"{"maxProperties": 0}"#), &declared);
        assert!(matches!(verdict, gonogo_compat::Verdict::Incompatible { .. }), "{writer}: {verdict:?}");
        let verdict = gonogo_compat::compare(&schema(writer), &schema("false"), &declared);
        assert!(matches!(verdict, gonogo_compat::Verdict::Incompatible { .. }), "{writer}: {verdict:?}");
    }
}

#[test]
fn circles_of_schemas_are_proved_together() {
    let doc = |pet: &str, owner: &str| {
        format!(
            "openapi: 3.0.3\npaths:\n  /p:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}\n      {OK}\n\
             components:\n  schemas:\n    Pet: {{type: object, properties: {{owner: {{$ref: '#/components/schemas/Owner'}}, n: {pet}}}}}\n    \
             Owner: {{type: object, properties: {{pets: {{type: array, items: {{$ref: '#/components/schemas/Pet'}}}}, m: {owner}}}}}\n"
        )
    };
    let (narrow, wide) = ("{type: integer}", "{type: number}");
    assert_eq!(ask(&doc(narrow, narrow), &doc(wide, wide)), ("compatible".to_owned(), vec![]));
    assert_eq!(ask(&doc(narrow, wide), &doc(wide, narrow)).1, ["compat/type-narrowed"]);
}

#[test]
fn a_wider_part_of_a_choice_of_exactly_one_is_not_taken_for_harmless() {
    let doc = |a: &str| {
        format!(
            "openapi: 3.0.3\npaths:\n  /p:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{x: {{oneOf: [{{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]}}}}}}}}}}}}\n      {OK}\n\
             components:\n  schemas:\n    A: {a}\n    B: {{type: number}}\n"
        )
    };
    assert_eq!(
        ask(&doc("{type: string}"), &doc("{type: [string]}".replace("[string]", "string").as_str())).0,
        "compatible"
    );
    assert_eq!(ask(&doc("{type: string}"), &doc("{nullable: true, type: string}")).0, "compatible");
    assert_eq!(ask(&doc("{type: string}"), &doc("{enum: [a, 1]}")).0, "incompatible");
    assert_eq!(ask(&doc("{type: string}"), &doc("{}")).0, "incompatible", "a number is then both");
}

#[test]
fn a_part_that_applies_beside_others_is_not_proved_as_if_it_stood_alone() {
    let doc = |base: &str| {
        format!(
            "openapi: 3.0.3\npaths:\n  /p:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {{allOf: [{{$ref: '#/components/schemas/Base'}}], properties: {{extra: {{type: string}}}}}}}}}}}}\n      {OK}\n\
             components:\n  schemas:\n    Base: {base}\n"
        )
    };
    let old = doc("{type: object, properties: {a: {type: integer}}}");
    let new = doc("{type: object, properties: {a: {type: integer}, extra: {type: integer}}}");
    assert_eq!(ask(&old, &new).0, "incompatible");
}

#[test]
fn a_member_that_two_parts_describe_is_sent_with_the_members_of_both() {
    let schema = |text: &str| gonogo_compat::Schema::parse(text, gonogo_compat::Draft::Draft202012).unwrap();
    let part = |name: &str| {
        format!(
            r#"{{"type": "object", "required": ["p"], "properties": {{"p": {{"type": "object", "properties": {{"{name}": {{}}}}}}}}}}"#
        )
    };
    let writer = schema(&format!(r#"{{"allOf": [{}, {}]}}"#, part("x"), part("y")));
    let reader = schema(r#"{"properties": {"p": {"maxProperties": 1}}}"#);
    let verdict = gonogo_compat::compare(&writer, &reader, &gonogo_compat::Options::declared());
    assert!(matches!(verdict, gonogo_compat::Verdict::Incompatible { .. }), "{verdict:?}");
}

#[test]
fn what_is_no_document_of_a_known_version_is_unknown_and_never_compatible() {
    let later = "openapi: 3.2.0\npaths: {}\n";
    assert_eq!(ask(later, later), ("unknown".to_owned(), vec![]));
    let swagger = json!({"swagger": "2.0", "definitions": {}});
    let line = json!({"id": "q", "format": "json-schema", "old": swagger, "new": swagger}).to_string();
    let answer = batch::answer(&line).unwrap();
    assert_eq!(answer["verdict"], "unknown");
    assert_eq!(answer["why"], "a document of Swagger is no JSON Schema, and is not compared as one");
}
