//! Containment of schemas, pair by pair, and large OpenAPI documents against their successors.
//!
//! The pairs are those of the folder named by `GONOGO_CASES` (`compat/containment_*.jsonl` without the optional ones); without it a few
//! pairs that stand here. The printed median is over the pairs, each timed alone.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_compat::openapi::OpenApi;
use gonogo_compat::{Draft, Options, Schema, compare, openapi_breaks};
use serde_json::Value;

fn pairs() -> Vec<(Schema, Schema)> {
    let Ok(folder) = std::env::var("GONOGO_CASES") else {
        println!("GONOGO_CASES is not set: four pairs that stand in the bench are timed");
        let schema = |text| Schema::parse(text, Draft::Draft202012).unwrap();
        return [
            (r#"{"type": "integer", "minimum": 3}"#, r#"{"type": "number"}"#),
            (r#"{"enum": ["a", "b", 1]}"#, r#"{"enum": ["a", 1]}"#),
            (r#"{"pattern": "^[ab]{3}$"}"#, r#"{"minLength": 3}"#),
            (r#"{"properties": {"a": {"type": "string"}}}"#, r#"{"required": ["a"]}"#),
        ]
        .map(|(a, b)| (schema(a), schema(b)))
        .into();
    };
    let mut all = Vec::new();
    for draft in ["draft4", "draft6", "draft7", "2019-09", "2020-12"] {
        let text = std::fs::read_to_string(format!("{folder}/compat/containment_{draft}.jsonl")).unwrap();
        let of = |value: &Value| Schema::parse(&value.to_string(), Draft::from_name(draft).unwrap()).unwrap();
        for line in text.split('\n').filter(|l| !l.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            all.push((of(&case["old"]), of(&case["new"])));
        }
    }
    all
}

fn containment(c: &mut Criterion) {
    let pairs = pairs();
    let options = Options::open();
    let mut times: Vec<Duration> = pairs
        .iter()
        .map(|(writer, reader)| {
            let best = (0..3).map(|_| {
                let began = Instant::now();
                black_box(compare(writer, reader, &options));
                began.elapsed()
            });
            best.min().unwrap()
        })
        .collect();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!(
        "{} pairs: median {:?}, p90 {:?}, p99 {:?}, longest {:?}",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    let mut group = c.benchmark_group("compat");
    group.throughput(criterion::Throughput::Elements(pairs.len() as u64));
    group.sample_size(10);
    group.bench_function("containment", |b| {
        b.iter(|| pairs.iter().for_each(|(w, r)| drop(black_box(compare(w, r, &options)))));
    });
    group.finish();
}

/// A document of about one megabyte: 400 resources with five operations each, whose schemas refer to each other in circles.
/// `change` rewrites the schema of one resource.
fn document(change: impl Fn(usize, &mut Value)) -> String {
    let mut paths = serde_json::Map::new();
    let mut schemas = serde_json::Map::new();
    let resources = 400;
    for i in 0..resources {
        let name = format!("Resource{i}");
        let to = |n: usize| serde_json::json!({"$ref": format!("#/components/schemas/Resource{n}")});
        let mut schema = serde_json::json!({
            "type": "object",
            "description": format!("A resource number {i} with a description that says what it is for, at some length."),
            "required": ["id", "name"],
            "properties": {
                "id": {"type": "integer", "minimum": 1, "description": "The identifier, given out by the server."},
                "name": {"type": "string", "maxLength": 80 + i, "description": "What people call it."},
                "state": {"type": "string", "enum": ["draft", "active", "archived"]},
                "created": {"type": "string", "format": "date-time"},
                "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,30}$"}, "maxItems": 20},
                "owner": to((i * 7 + 3) % resources),
                "parts": {"type": "array", "items": to((i + 1) % resources)},
                "settings": {"type": "object", "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "boolean"}, {"type": "number"}]}}
            }
        });
        change(i, &mut schema);
        schemas.insert(name.clone(), schema);
        let content = serde_json::json!({"application/json": {"schema": to(i)}});
        let id = serde_json::json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        let page = serde_json::json!({"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 1000}});
        let answer = serde_json::json!({"200": {"description": "The resource.", "content": content}, "404": {"description": "No such resource."}});
        paths.insert(
            format!("/resources{i}"),
            serde_json::json!({
                "get": {"parameters": [page], "responses": {"200": {"description": "A list.", "content": {"application/json": {"schema": {"type": "array", "items": to(i)}}}}}},
                "post": {"requestBody": {"required": true, "content": content}, "responses": answer}
            }),
        );
        paths.insert(
            format!("/resources{i}/{{id}}"),
            serde_json::json!({
                "parameters": [id],
                "get": {"responses": answer},
                "put": {"requestBody": {"required": true, "content": content}, "responses": answer},
                "delete": {"responses": {"204": {"description": "Gone."}}}
            }),
        );
    }
    serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": {"schemas": schemas}}).to_string()
}

fn openapi(c: &mut Criterion) {
    let old = document(|_, _| {});
    // One resource more careful, one with a new optional member, one without a value.
    let next = document(|i, schema| match i {
        17 => schema["properties"]["name"]["maxLength"] = 500.into(),
        90 => schema["properties"]["colour"] = serde_json::json!({"type": "string"}),
        200 => schema["properties"]["state"]["enum"] = serde_json::json!(["draft", "active"]),
        _ => {}
    });
    // Every resource breaks in several ways.
    let bad = document(|i, schema| {
        schema["required"] = serde_json::json!(["id", "name", "state"]);
        schema["properties"]["id"]["type"] = if i % 2 == 0 { "string" } else { "integer" }.into();
        schema["properties"]["name"]["maxLength"] = 40.into();
        schema["properties"]["state"]["enum"] = serde_json::json!(["active", "gone"]);
    });
    println!("{} bytes", old.len());
    let mut group = c.benchmark_group("compat");
    group.sample_size(10);
    for (name, new) in [("openapi 1 MB, ordinary successor", &next), ("openapi 1 MB, bad successor", &bad)] {
        let both = (OpenApi::parse(&old).unwrap(), OpenApi::parse(new).unwrap());
        println!("{name}: {} breaks", openapi_breaks(&both.0, &both.1, &Options::declared()).len());
        group.bench_function(name, |b| {
            b.iter(|| {
                let (old, new) = (OpenApi::parse(&old).unwrap(), OpenApi::parse(new).unwrap());
                black_box(openapi_breaks(&old, &new, &Options::declared()).len())
            });
        });
    }
    group.finish();
}

criterion_group!(compat, containment, openapi);
criterion_main!(compat);
