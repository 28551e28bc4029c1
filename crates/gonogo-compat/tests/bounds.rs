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
fn a_circle_that_a_smaller_value_leads_to_is_a_circle() {
    // `c` is met below `x` first, where it is no circle, and then beside `a` itself, where it is one.
    let circle = r##"{"$ref": "#/$defs/a", "$defs": {"c": {"$ref": "#/$defs/a"},
        "a": {"properties": {"x": {"$ref": "#/$defs/c"}}, "allOf": [{"$ref": "#/$defs/c"}], "maximum": 5}}}"##;
    assert!(matches!(ask(circle, r#"{"maximum": 7}"#), Verdict::Unknown { .. }));
    let paradox = r##"{"$ref": "#/$defs/a", "$defs": {"c": {"$ref": "#/$defs/a"},
        "a": {"properties": {"x": {"$ref": "#/$defs/c"}}, "not": {"$ref": "#/$defs/c"}}}}"##;
    assert!(matches!(ask(paradox, "false"), Verdict::Unknown { .. }));
}

#[test]
fn long_lists_of_alternatives_end() {
    let list = |n: usize, item: &dyn Fn(usize) -> String| {
        format!(r#"{{"oneOf": [{}]}}"#, (0..n).map(item).collect::<Vec<_>>().join(","))
    };
    let codes = |n: usize| list(n, &|i| format!(r#"{{"const": "code{i}", "title": "t"}}"#));
    assert_eq!(ask(&codes(20_000), &codes(20_001)), Verdict::Compatible);
    assert!(matches!(ask(&codes(20_001), &codes(20_000)), Verdict::Incompatible { .. }));
    let shapes = |n: usize| list(n, &|i| format!(r#"{{"required": ["a{i}"], "minProperties": {}}}"#, i % 7));
    assert!(!matches!(ask(&shapes(3_000), &shapes(2_999)), Verdict::Compatible));
    let ranges = |n: usize| list(n, &|i| format!(r#"{{"minimum": {i}, "multipleOf": 0.{}}}"#, i + 1));
    assert!(!matches!(ask(&ranges(300), r#"{"type": "string"}"#), Verdict::Compatible));
}

#[test]
fn arithmetic_and_patterns_by_the_thousand_end() {
    let units: Vec<String> =
        (0..2_000).map(|i| format!(r#"{{"multipleOf": {}{i:04}7e-1900}}"#, "3".repeat(1_900))).collect();
    let all = format!(r#"{{"type": "number", "minimum": 1, "allOf": [{}]}}"#, units.join(","));
    assert!(!matches!(ask(&all, r#"{"maximum": 0}"#), Verdict::Compatible));
    let patterns: Vec<String> = (0..5_000).map(|i| format!(r#""^(a{{900}}){{20}}{i}$": {{"minimum": {i}}}"#)).collect();
    let all = format!(r#"{{"type": "object", "patternProperties": {{{}}}}}"#, patterns.join(","));
    assert!(matches!(ask(&all, r#"{"minProperties": 3}"#), Verdict::Unknown { .. } | Verdict::Incompatible { .. }));
    let names: Vec<String> = (0..20_000).map(|i| format!(r#""name{i}": {{"minimum": {i}}}"#)).collect();
    let wide = format!(r#"{{"properties": {{{}}}}}"#, names.join(","));
    assert!(!matches!(ask(&wide, r#"{"type": "object", "minProperties": 9000}"#), Verdict::Compatible));
    let closed = wide.replacen("{", r#"{"additionalProperties": false, "minProperties": 9000, "#, 1);
    assert!(!matches!(ask(&wide, &closed), Verdict::Compatible));
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
