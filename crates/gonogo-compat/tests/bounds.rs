//! Inputs made to explode end within the budget, as an answer or as unknown.
#![allow(clippy::unwrap_used)]

use gonogo_compat::json::Json;
use gonogo_compat::{Draft, Options, Schema, Verdict, batch, compare};

fn schema(text: &str) -> Schema {
    Schema::parse(text, Draft::Draft202012).unwrap()
}

fn ask(writer: &str, reader: &str) -> Verdict {
    compare(&schema(writer), &schema(reader), &Options::open().steps(200_000))
}

#[test]
fn an_exponential_choice_ends() {
    let choice = |n: usize| {
        let parts: Vec<String> = (0..n)
            .map(|i| {
                format!(
                    r#"{{"oneOf": [{{"required": ["a{i}"]}}, {{"required": ["b{i}"]}}, {{"minProperties": {i}}}]}}"#
                )
            })
            .collect();
        format!(r#"{{"type": "object", "allOf": [{}]}}"#, parts.join(","))
    };
    let verdict = ask(&choice(40), &choice(39));
    assert!(!matches!(verdict, Verdict::Incompatible { .. }), "more conditions accept less: {verdict:?}");
    assert!(matches!(
        ask(&choice(30), r#"{"maxProperties": 1}"#),
        Verdict::Unknown { .. } | Verdict::Incompatible { .. }
    ));
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = format!("{}true{}", r#"{"not":"#.repeat(10_000), "}".repeat(10_000));
    assert!(Json::parse(&deep).is_err());
    let line = format!(r#"{{"id": "x", "format": "json-schema", "mode": "backward", "old": {deep}, "new": true}}"#);
    assert!(batch::answer(&line).unwrap_err().message.contains("128 levels"));
    let nested = format!("{}true{}", r#"{"items":"#.repeat(120), "}".repeat(120));
    let bounded = nested.replacen("true", "{\"minimum\": 1}", 1);
    assert!(!matches!(ask(&nested, &bounded), Verdict::Compatible));
}

#[test]
fn circles_of_references_end() {
    let circle = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}"##;
    assert!(matches!(ask(circle, "false"), Verdict::Unknown { .. }));
    assert!(matches!(ask("true", circle), Verdict::Unknown { .. }));
    let paradox = r##"{"not": {"$ref": "#"}}"##;
    assert!(matches!(ask(paradox, "false"), Verdict::Unknown { .. }));
}

#[test]
fn recursive_contracts_are_compared_by_induction() {
    let tree = |value: &str| {
        format!(
            r##"{{"$ref": "#/$defs/node", "$defs": {{"node": {{"type": "object", "required": ["v"], "properties":
            {{"v": {value}, "next": {{"anyOf": [{{"type": "null"}}, {{"$ref": "#/$defs/node"}}]}}}}}}}}}}"##
        )
    };
    assert_eq!(ask(&tree(r#"{"type": "integer"}"#), &tree(r#"{"type": "number"}"#)), Verdict::Compatible);
    assert!(matches!(
        ask(&tree(r#"{"type": "number"}"#), &tree(r#"{"type": "integer"}"#)),
        Verdict::Incompatible { .. }
    ));
    // No finite value satisfies it.
    let endless = r##"{"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}}"##;
    assert_eq!(ask(endless, "false"), Verdict::Compatible);
}

#[test]
fn patterns_made_to_explode_end() {
    assert!(!matches!(ask(r#"{"pattern": "^(a+)+$"}"#, r#"{"pattern": "^(a|aa)+$"}"#), Verdict::Unknown { .. }));
    let hard = ask(r#"{"type": "string", "pattern": "^[ab]*a[ab]{200}$"}"#, r#"{"pattern": "^[ab]*a[ab]{200}$|^x"}"#);
    assert!(!matches!(hard, Verdict::Incompatible { .. }));
    assert!(matches!(
        ask(r#"{"type": "string", "pattern": "((a{900}){900}){900}"}"#, "false"),
        Verdict::Unknown { .. }
    ));
    assert!(matches!(ask(r#"{"pattern": "^(?=a)b"}"#, r#"{"type": "string"}"#), Verdict::Incompatible { .. }));
    assert_eq!(ask(r#"{"pattern": "^(?=a)b"}"#, r#"{"pattern": "^(?=a)b"}"#), Verdict::Compatible);
    assert!(matches!(ask(r#"{"type": "string"}"#, r#"{"pattern": "^(?=a)b"}"#), Verdict::Unknown { .. }));
}

#[test]
fn large_numbers_are_exact_or_refused() {
    assert_eq!(ask(r#"{"const": 9007199254740993}"#, r#"{"maximum": 9007199254740993}"#), Verdict::Compatible);
    assert!(matches!(
        ask(r#"{"const": 9007199254740993}"#, r#"{"maximum": 9007199254740992}"#),
        Verdict::Incompatible { .. }
    ));
    assert!(Json::parse("1e999999999").is_err());
    assert!(Json::parse(&"9".repeat(100_000)).is_err());
    assert!(matches!(ask(r#"{"type": "array", "minItems": 1e18}"#, "false"), Verdict::Unknown { .. }));
    assert!(matches!(ask(r#"{"type": "object", "minProperties": 1e18}"#, "false"), Verdict::Unknown { .. }));
    assert!(matches!(ask(r#"{"type": "string", "minLength": 1e18}"#, "false"), Verdict::Unknown { .. }));
}

#[test]
fn a_document_of_ten_megabytes_ends() {
    let member = |i: usize, most: usize| {
        format!(r#""member{i}": {{"type": "string", "maxLength": {most}, "description": "{}"}}"#, "x".repeat(900))
    };
    let whole = |most: usize| {
        let members: Vec<String> = (0..10_000).map(|i| member(i, if i == 7_777 { most } else { 10 })).collect();
        format!(r#"{{"type": "object", "properties": {{{}}}}}"#, members.join(","))
    };
    let (old, new) = (whole(10), whole(9));
    assert!(old.len() > 9_000_000);
    let verdict = compare(&schema(&old), &schema(&new), &Options::open());
    assert!(!matches!(verdict, Verdict::Compatible), "{verdict:?}");
}
