//! Every verdict against another implementation: the crate `jsonschema` and sampled values.
#![allow(clippy::unwrap_used)]
//!
//! `GONOGO_COMPAT_PAIRS` sets how many pairs of schemas are made (5,000 unless set).

use gonogo_compat::json::Json;
use gonogo_compat::{Draft, Options, Schema, Verdict, compare};
use serde_json::{Value, json};

/// A small deterministic generator (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    fn pick<'t, T>(&mut self, options: &'t [T]) -> &'t T {
        &options[self.roll(options.len() as u64) as usize]
    }

    fn value(&mut self, depth: u64) -> Value {
        match self.roll(if depth == 0 { 9 } else { 14 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(false),
            3..=5 => self
                .pick(&[json!(0), json!(1), json!(-1), json!(2), json!(3), json!(6), json!(1.5), json!(0.5), json!(10)])
                .clone(),
            6..=8 => self
                .pick(&[json!(""), json!("a"), json!("b"), json!("ab"), json!("aab"), json!("x1"), json!("abc")])
                .clone(),
            9..=10 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect::<Vec<_>>().into(),
            _ => Value::Object(
                (0..self.roll(4))
                    .map(|_| ((*self.pick(&["a", "b", "c", "ab", "x1"])).to_owned(), self.value(depth - 1)))
                    .collect(),
            ),
        }
    }

    /// A schema of a smaller value: it may refer to a definition, as nothing can circle there.
    fn child(&mut self, depth: u64) -> Value {
        match self.roll(6) {
            0 => json!({"$ref": "#/$defs/d0"}),
            1 => json!({"$ref": "#/$defs/d1"}),
            _ => self.schema(depth),
        }
    }

    fn schema(&mut self, depth: u64) -> Value {
        match self.roll(12) {
            0 => return json!(true),
            1 if depth < 3 => return json!(false),
            _ => {}
        }
        let mut out = serde_json::Map::new();
        for _ in 0..=self.roll(3) {
            self.keyword(&mut out, depth);
        }
        Value::Object(out)
    }

    /// The schema with a keyword more or less.
    fn changed(&mut self, schema: &Value, depth: u64) -> Value {
        let mut copy = schema.clone();
        if let Value::Object(members) = &mut copy {
            if self.roll(2) == 0 {
                let name = members.keys().next().cloned();
                name.map(|n| members.remove(&n));
            } else {
                self.keyword(members, depth);
            }
        }
        copy
    }

    fn name(&mut self) -> String {
        (*self.pick(&["a", "b", "c", "ab", "x1"])).to_owned()
    }

    fn pattern(&mut self) -> String {
        (*self.pick(&["^a", "b$", "^[ab]*$", "^.{2}$", "[0-9]", "^(a|ab)$", "^x?1*$"])).to_owned()
    }

    fn keyword(&mut self, out: &mut serde_json::Map<String, Value>, depth: u64) {
        let types = ["null", "boolean", "number", "integer", "string", "array", "object"];
        let sub = depth.saturating_sub(1);
        let leaf = depth == 0;
        let (name, value) = match self.roll(if leaf { 15 } else { 34 }) {
            0..=1 => ("type", json!(self.pick(&types))),
            2 => ("type", json!([self.pick(&types[..3]), self.pick(&types[4..])])),
            3 => ("const", self.value(sub)),
            4 => ("enum", (0..=self.roll(3)).map(|_| self.value(sub)).collect::<Vec<_>>().into()),
            5 => ("minimum", json!(self.roll(5))),
            6 => ("maximum", json!(self.roll(5))),
            7 => ("exclusiveMinimum", json!(self.roll(4))),
            8 => ("exclusiveMaximum", json!(self.roll(6))),
            9 => ("multipleOf", self.pick(&[json!(1), json!(2), json!(3), json!(0.5), json!(1.5)]).clone()),
            10 => ("minLength", json!(self.roll(4))),
            11 => ("maxLength", json!(self.roll(4))),
            12 => ("pattern", json!(self.pattern())),
            13 => ("minItems", json!(self.roll(3))),
            14 => ("required", json!([self.name()])),
            15 => ("maxItems", json!(self.roll(4))),
            16 => ("uniqueItems", json!(true)),
            17 => ("prefixItems", (0..=self.roll(2)).map(|_| self.child(sub)).collect::<Vec<_>>().into()),
            18 => ("items", self.child(sub)),
            19 => {
                if self.roll(2) == 0 {
                    out.insert("minContains".into(), json!(self.roll(3)));
                }
                if self.roll(2) == 0 {
                    out.insert("maxContains".into(), json!(self.roll(3)));
                }
                ("contains", self.child(sub))
            }
            20 => ("minProperties", json!(self.roll(3))),
            21 => ("maxProperties", json!(self.roll(3))),
            22..=23 => {
                let members = (0..=self.roll(2)).map(|_| (self.name(), self.child(sub))).collect();
                ("properties", Value::Object(members))
            }
            24 => ("patternProperties", Value::Object([(self.pattern(), self.child(sub))].into_iter().collect())),
            25 => ("additionalProperties", self.child(sub)),
            26 => ("propertyNames", self.schema(0)),
            27 => ("dependentRequired", json!({self.name(): [self.name()]})),
            28 => ("dependentSchemas", json!({self.name(): self.schema(sub)})),
            29 => ("allOf", json!([self.schema(sub), self.schema(sub)])),
            30 => ("anyOf", json!([self.schema(sub), self.schema(sub)])),
            31 => ("oneOf", json!([self.schema(sub), self.schema(sub)])),
            32 => {
                out.insert("then".into(), self.schema(sub));
                out.insert("else".into(), self.schema(sub));
                ("if", self.schema(sub))
            }
            _ => match self.roll(3) {
                0 => ("not", self.schema(sub)),
                1 => ("unevaluatedProperties", self.schema(sub)),
                _ => ("unevaluatedItems", self.schema(sub)),
            },
        };
        out.insert(name.to_owned(), value);
    }
}

fn own(value: &Value) -> Json {
    Json::from(value)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn verdicts_agree_with_another_validator_on_sampled_values() {
    let pairs = setting("GONOGO_COMPAT_PAIRS", 5_000);
    let mut dice = Dice(setting("GONOGO_COMPAT_SEED", 0x1234_5678_9abc_def1) | 1);
    let (mut compatible, mut incompatible, mut unknown, mut sampled) = (0, 0, 0, 0_u64);
    for _ in 0..pairs {
        let depth = 1 + dice.roll(3);
        let body = dice.schema(depth);
        let definitions = json!({"d0": dice.schema(depth), "d1": dice.schema(depth)});
        // A reader that has nothing to do with the writer is rarely compatible: half of them are made from it.
        let other = match dice.roll(4) {
            0 | 1 => dice.schema(depth),
            2 => json!({"anyOf": [body.clone(), dice.schema(depth)]}),
            _ => dice.changed(&body, depth),
        };
        let other_definitions = if dice.roll(2) == 0 {
            definitions.clone()
        } else {
            json!({"d0": dice.changed(&definitions["d0"], depth), "d1": definitions["d1"]})
        };
        let document = |body: &Value, definitions: &Value| json!({"$defs": definitions, "allOf": [body]});
        let (writer, reader) = (document(&body, &definitions), document(&other, &other_definitions));
        let (Ok(write), Ok(read)) =
            (jsonschema::draft202012::options().build(&writer), jsonschema::draft202012::options().build(&reader))
        else {
            continue;
        };
        let (w, r) = (Schema::new(own(&writer), Draft::Draft202012), Schema::new(own(&reader), Draft::Draft202012));
        let verdict = compare(&w, &r, &Options::open());
        match &verdict {
            Verdict::Incompatible { witness } => {
                incompatible += 1;
                let value = witness.to_value();
                assert!(write.is_valid(&value) && !read.is_valid(&value), "{writer}\n{reader}\nwitness {value}");
            }
            Verdict::Compatible => compatible += 1,
            Verdict::Unknown { why } => {
                assert!(!why.contains("defect"), "{writer}\n{reader}\n{why}");
                unknown += 1;
            }
        }
        // A writer of declared members writes less, so it breaks no reader that reads all.
        let declared = compare(&w, &r, &Options::declared());
        match &declared {
            Verdict::Incompatible { witness } => {
                let value = witness.to_value();
                assert!(write.is_valid(&value) && !read.is_valid(&value), "{writer}\n{reader}\nwitness {value}");
            }
            Verdict::Unknown { why } => assert!(!why.contains("defect"), "{writer}\n{reader}\n{why}"),
            Verdict::Compatible => {}
        }
        for _ in 0..20 {
            let value = dice.value(3);
            let (valid, ours) = (write.is_valid(&value), w.accepts(&own(&value)));
            assert_eq!(ours, Some(valid), "{writer}\nvalue {value}");
            sampled += 1;
            if verdict == Verdict::Compatible && valid {
                assert!(read.is_valid(&value), "called compatible:\n{writer}\n{reader}\nvalue {value}");
            }
        }
    }
    println!("{compatible} compatible, {incompatible} incompatible, {unknown} unknown, {sampled} values");
    assert!(compatible > pairs / 20 && incompatible > pairs / 20);
    assert!(unknown < pairs / 50, "{unknown} unknown of {pairs}");
}
