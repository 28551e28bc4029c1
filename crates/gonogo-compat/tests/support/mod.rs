//! Schemas and values made by chance, in every draft, and what must hold of a pair of them: used by the differential test and by the
//! fuzz target `compat_schemas`.
//!
//! Only what two implementations must agree on is made: nothing that circles at one value, no keyword with a malformed value, no
//! number that a 64 bit type rounds.
#![allow(dead_code, unreachable_pub)] // each user takes a part of it

use gonogo_compat::json::Json;
use gonogo_compat::{Draft, Options, Schema, Verdict, compare};
use serde_json::{Map, Value, json};

/// Where choices come from.
pub trait Chance {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64;
}

/// A small deterministic generator (xorshift64*).
pub struct Dice(pub u64);

impl Chance for Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// Choices as bytes spell them, and a generator once they have run out.
pub struct Bytes<'b> {
    bytes: std::slice::Iter<'b, u8>,
    then: Dice,
}

impl<'b> Bytes<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        let seed =
            bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
        Self { bytes: bytes.iter(), then: Dice(seed | 1) }
    }
}

impl Chance for Bytes<'_> {
    fn roll(&mut self, sides: u64) -> u64 {
        match self.bytes.next() {
            Some(byte) => u64::from(*byte) % sides,
            None => self.then.roll(sides),
        }
    }
}

pub const DRAFTS: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft201909, Draft::Draft202012];

/// The other implementation, told to take `format` as an annotation.
pub fn other(schema: &Value, draft: Draft) -> Option<jsonschema::Validator> {
    let options = jsonschema::options().should_validate_formats(false).with_draft(match draft {
        Draft::Draft4 => jsonschema::Draft::Draft4,
        Draft::Draft6 => jsonschema::Draft::Draft6,
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft201909 => jsonschema::Draft::Draft201909,
        _ => jsonschema::Draft::Draft202012,
    });
    options.build(schema).ok()
}

const NAMES: [&str; 7] = ["a", "b", "c", "ab", "x1", "", "🐲"];
const TEXTS: [&str; 14] = ["", "a", "b", "ab", "aab", "x1", "abc", "🐲", "a\n", " ", "\u{3}", "é", "A_1", "1"];
/// Without `.`: what it leaves out (ECMA-262 names four characters) differs between engines.
const PATTERNS: [&str; 32] = [
    "^a",
    "b$",
    "^[ab]*$",
    "^[^\\n]{2}$",
    "[0-9]",
    "^(a|ab)$",
    "^x?1*$",
    "^\\d+$",
    "\\w",
    "^\\W$",
    "\\s",
    "^\\S*$",
    "^\\cC$",
    "^a*?b$",
    "^$",
    "",
    "a|b",
    "^[^a]",
    "\\bab\\b",
    "^(?:a|b){1,2}$",
    "^\\u0061",
    "\\x61$",
    "^[\\w-]+$",
    "^[^\\n]$",
    "^[a-c1-3]+$",
    "(?:^a|b$)",
    "^🐲*$",
    "^\\p{L}+$",
    "^a+$",
    "^a{2,}",
    "^[\\d_]?$",
    "\\.",
];

/// A document of one draft being made.
pub struct Maker<'c, C: Chance> {
    pub chance: &'c mut C,
    pub draft: Draft,
    /// Whether what is being made stands in a resource of its own within the document.
    apart: bool,
    /// Whether `d2` is such a resource.
    resource: bool,
}

impl<'c, C: Chance> Maker<'c, C> {
    pub fn new(chance: &'c mut C, draft: Draft) -> Self {
        Self { chance, draft, apart: false, resource: false }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.chance.roll(sides)
    }

    fn pick<T: Clone>(&mut self, options: &[T]) -> T {
        let at = self.roll(options.len() as u64) as usize;
        options[at].clone()
    }

    fn name(&mut self) -> String {
        self.pick(&NAMES).to_owned()
    }

    pub fn number(&mut self) -> Value {
        let plain = [
            json!(0),
            json!(1),
            json!(-1),
            json!(2),
            json!(3),
            json!(4),
            json!(6),
            json!(1.5),
            json!(0.5),
            json!(10),
            json!(-2.5),
            json!(0.25),
            json!(12),
            json!(1_000_000),
            json!(100),
            json!(-0.0),
            json!(1.0),
            json!(2.0),
        ];
        // What draft 4 holds of 1.0 as an integer depends on the implementation.
        let until = if self.draft == Draft::Draft4 { plain.len() - 3 } else { plain.len() };
        self.pick(&plain[..until])
    }

    pub fn value(&mut self, depth: u64) -> Value {
        match self.roll(if depth == 0 { 9 } else { 15 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(false),
            3..=5 => self.number(),
            6..=8 => json!(self.pick(&TEXTS)),
            9..=11 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect::<Vec<_>>().into(),
            _ => Value::Object((0..self.roll(4)).map(|_| (self.name(), self.value(depth - 1))).collect()),
        }
    }

    fn boolean(&mut self, answer: bool) -> Value {
        match (self.draft > Draft::Draft4, answer) {
            (true, answer) => json!(answer),
            (false, true) => json!({}),
            (false, false) => json!({"not": {}}),
        }
    }

    /// A schema of a smaller value: it may refer to anything, as nothing can circle there.
    fn child(&mut self, depth: u64) -> Value {
        match self.roll(9) {
            0 => self.reference("d0"),
            1 => self.reference("d1"),
            2 => self.reference("d2"),
            3 => match (self.roll(3), self.draft) {
                (0, Draft::Draft201909) => json!({"$recursiveRef": "#"}),
                (0, Draft::Draft202012) => json!({"$dynamicRef": "#node"}),
                _ => json!({"$ref": "#"}),
            },
            _ => self.schema(depth),
        }
    }

    /// A reference to a definition, by pointer or by anchor, at times with siblings.
    fn reference(&mut self, name: &str) -> Value {
        let by_pointer = format!("#/{}/{name}", self.definitions());
        let to = if self.roll(3) == 0 { format!("#{name}") } else { by_pointer };
        let to = match (self.apart, name) {
            (false, "d2") if self.resource => self.pick(&["apart", "#/DEFS/d2"]).replace("DEFS", self.definitions()),
            (false, _) => to,
            (true, "d2") => "#".to_owned(),
            (true, _) => format!("document{to}"),
        };
        let mut out = Map::new();
        if self.roll(4) == 0 {
            self.keyword(&mut out, 0);
        }
        out.insert("$ref".into(), json!(to));
        Value::Object(out)
    }

    fn definitions(&self) -> &'static str {
        if self.draft >= Draft::Draft201909 { "$defs" } else { "definitions" }
    }

    pub fn schema(&mut self, depth: u64) -> Value {
        match self.roll(12) {
            0 => return self.boolean(true),
            1 if depth < 3 => return self.boolean(false),
            _ => {}
        }
        let mut out = Map::new();
        for _ in 0..=self.roll(3) {
            self.keyword(&mut out, depth);
        }
        Value::Object(out)
    }

    /// A whole document: a body and definitions, of which `d2` may be a resource of its own, and the later may refer to the earlier
    /// in place.
    pub fn document(&mut self, depth: u64) -> Value {
        let mut definitions = Map::new();
        self.resource = self.roll(3) == 0;
        let resource = self.resource;
        for (i, name) in ["d0", "d1", "d2"].into_iter().enumerate() {
            self.apart = resource && name == "d2";
            let mut body = self.schema(depth);
            if i > 0 && self.roll(3) == 0 {
                let earlier = ["d0", "d1"][self.roll(i as u64) as usize];
                body = json!({"allOf": [body, self.reference(earlier)]});
            }
            if let Value::Object(members) = &mut body {
                self.identify(members, name);
            } else {
                body = json!({"allOf": [body]});
                body.as_object_mut().map(|members| self.identify(members, name)).unwrap_or_default();
            }
            if let Some(members) = body.as_object_mut().filter(|_| self.apart) {
                let id = if self.draft == Draft::Draft4 { "id" } else { "$id" };
                members.insert(id.into(), json!("apart"));
                match self.draft {
                    Draft::Draft201909 => members.insert("$recursiveAnchor".into(), json!(true)),
                    Draft::Draft202012 => members.insert("$dynamicAnchor".into(), json!("node")),
                    _ => None,
                };
            }
            definitions.insert(name.to_owned(), body);
        }
        self.apart = false;
        let body = self.schema(depth);
        let mut out = Map::new();
        if resource {
            let id = if self.draft == Draft::Draft4 { "id" } else { "$id" };
            out.insert(id.into(), json!("http://contracts.test/document"));
        }
        out.insert(self.definitions().to_owned(), Value::Object(definitions));
        if self.draft == Draft::Draft201909 && self.roll(2) == 0 {
            out.insert("$recursiveAnchor".into(), json!(true));
        }
        if self.draft == Draft::Draft202012 {
            out.insert("$dynamicAnchor".into(), json!("node"));
        }
        let mut branches = vec![body];
        if self.roll(3) == 0 {
            branches.push(self.reference("d2"));
        }
        out.insert("allOf".into(), branches.into());
        if self.roll(3) == 0 {
            self.keyword(&mut out, depth);
        }
        if self.roll(4) == 0 && self.draft >= Draft::Draft201909 {
            let rest = self.boolean(false);
            out.insert(self.pick(&["unevaluatedProperties", "unevaluatedItems"]).to_owned(), rest);
        }
        Value::Object(out)
    }

    fn identify(&mut self, members: &mut Map<String, Value>, name: &str) {
        match self.draft {
            Draft::Draft4 => members.insert("id".into(), json!(format!("#{name}"))),
            Draft::Draft6 | Draft::Draft7 => members.insert("$id".into(), json!(format!("#{name}"))),
            _ => members.insert("$anchor".into(), json!(name)),
        };
    }

    /// The document with a keyword more or less somewhere, or with its parts in another order.
    pub fn changed(&mut self, document: &Value, depth: u64) -> Value {
        let mut copy = document.clone();
        for _ in 0..=self.roll(2) {
            self.change(&mut copy, depth);
        }
        copy
    }

    fn change(&mut self, at: &mut Value, depth: u64) {
        match at {
            Value::Object(members) if !members.is_empty() => {
                let names: Vec<String> =
                    members.keys().filter(|k| !k.starts_with('$') && *k != "definitions").cloned().collect();
                if names.is_empty() || self.roll(4) == 0 {
                    return if self.roll(2) == 0 && !members.contains_key("$ref") {
                        self.keyword(members, depth);
                    } else if let Some(name) = names.first() {
                        members.remove(name);
                    };
                }
                let name = self.pick(&names);
                let inner = members.get_mut(&name);
                match (name.as_str(), inner) {
                    ("allOf" | "anyOf" | "oneOf" | "prefixItems", Some(Value::Array(parts))) => {
                        let i = self.roll(parts.len() as u64) as usize;
                        self.change(&mut parts[i], depth);
                    }
                    (
                        "not"
                        | "if"
                        | "then"
                        | "else"
                        | "items"
                        | "contains"
                        | "additionalProperties"
                        | "additionalItems",
                        Some(schema @ Value::Object(_)),
                    ) => self.change(schema, depth),
                    ("properties" | "patternProperties", Some(Value::Object(parts))) if !parts.is_empty() => {
                        let names: Vec<String> = parts.keys().cloned().collect();
                        let name = self.pick(&names);
                        if let Some(schema) = parts.get_mut(&name) {
                            self.change(schema, depth);
                        }
                    }
                    ("enum", Some(Value::Array(values))) => values.push(json!("ab")),
                    ("required", Some(Value::Array(values))) if values.len() > 1 => {
                        values.pop();
                    }
                    (_, Some(Value::Number(n))) => {
                        if let Some(n) = n.as_u64().filter(|n| *n < 50) {
                            let up = self.roll(2);
                            members.insert(name, json!((n + up).max(1) - (1 - up).min(n)));
                        }
                    }
                    _ => {
                        if depth > 0 {
                            members.remove(&name);
                        }
                    }
                }
            }
            _ => {
                let made = self.schema(depth.min(1));
                if !at.is_object() || made.is_object() {
                    *at = made;
                }
            }
        }
    }

    fn schemas(&mut self, most: u64, depth: u64) -> Value {
        (0..=self.roll(most)).map(|_| self.schema(depth)).collect::<Vec<_>>().into()
    }

    fn keyword(&mut self, out: &mut Map<String, Value>, depth: u64) {
        let types = ["null", "boolean", "number", "integer", "string", "array", "object"];
        let sub = depth.saturating_sub(1);
        let draft = self.draft;
        let (name, value) = match self.roll(if depth == 0 { 17 } else { 42 }) {
            0..=1 => ("type", json!(self.pick(&types))),
            2 => ("type", json!([self.pick(&types[..3]), self.pick(&types[3..6]), "object"])),
            3 if draft >= Draft::Draft6 => ("const", self.value(sub)),
            4 | 3 => ("enum", (0..=self.roll(4)).map(|_| self.value(sub)).collect::<Vec<_>>().into()),
            5 => ("minimum", self.number()),
            6 => ("maximum", self.number()),
            7 if draft >= Draft::Draft6 => ("exclusiveMinimum", self.number()),
            8 if draft >= Draft::Draft6 => ("exclusiveMaximum", self.number()),
            7 => {
                out.insert("minimum".into(), self.number());
                ("exclusiveMinimum", json!(self.roll(2) == 0))
            }
            8 => {
                out.insert("maximum".into(), self.number());
                ("exclusiveMaximum", json!(self.roll(2) == 0))
            }
            9 => (
                "multipleOf",
                self.pick(&[json!(1), json!(2), json!(3), json!(0.5), json!(1.5), json!(0.25), json!(7)]),
            ),
            10 => ("minLength", json!(self.roll(4))),
            11 => ("maxLength", json!(self.roll(4))),
            12 => ("pattern", json!(self.pick(&PATTERNS))),
            13 => ("minItems", json!(self.roll(3))),
            14 => ("required", json!([self.name()])),
            15 => ("format", json!(self.pick(&["email", "date", "uuid"]))),
            16 => ("required", json!(["a", self.pick(&["b", "c"])])),
            17 => ("maxItems", json!(self.roll(4))),
            18 => ("uniqueItems", json!(self.roll(4) > 0)),
            19 if draft >= Draft::Draft202012 => {
                ("prefixItems", (0..=self.roll(2)).map(|_| self.child(sub)).collect::<Vec<_>>().into())
            }
            19 => {
                if self.roll(2) == 0 {
                    out.insert("additionalItems".into(), self.child(sub));
                }
                ("items", (0..=self.roll(2)).map(|_| self.child(sub)).collect::<Vec<_>>().into())
            }
            20..=21 => ("items", self.child(sub)),
            22..=23 if draft >= Draft::Draft6 => {
                if draft >= Draft::Draft201909 {
                    if self.roll(2) == 0 {
                        out.insert("minContains".into(), json!(self.roll(3)));
                    }
                    if self.roll(2) == 0 {
                        out.insert("maxContains".into(), json!(self.roll(3)));
                    }
                }
                ("contains", self.child(sub))
            }
            24 => ("minProperties", json!(self.roll(3))),
            25 => ("maxProperties", json!(self.roll(3))),
            26..=28 => {
                ("properties", Value::Object((0..=self.roll(2)).map(|_| (self.name(), self.child(sub))).collect()))
            }
            29 => {
                let parts = (0..=self.roll(2)).map(|_| (self.pick(&PATTERNS).to_owned(), self.child(sub))).collect();
                ("patternProperties", Value::Object(parts))
            }
            30 => ("additionalProperties", self.child(sub)),
            31 if draft >= Draft::Draft6 => ("propertyNames", self.schema(0)),
            32 if draft >= Draft::Draft201909 => ("dependentRequired", json!({self.name(): [self.name()]})),
            33 if draft >= Draft::Draft201909 => ("dependentSchemas", json!({self.name(): self.schema(sub)})),
            32 => ("dependencies", json!({self.name(): [self.name()]})),
            33 => ("dependencies", json!({self.name(): self.schema(sub)})),
            34 => ("allOf", self.schemas(1, sub)),
            35 => ("anyOf", self.schemas(2, sub)),
            36 => ("oneOf", self.schemas(2, sub)),
            37 if draft >= Draft::Draft7 => {
                for branch in ["then", "else"] {
                    if self.roll(3) > 0 {
                        out.insert(branch.into(), self.schema(sub));
                    }
                }
                ("if", self.schema(sub))
            }
            38 if draft >= Draft::Draft201909 => ("unevaluatedProperties", self.schema(sub)),
            39 if draft >= Draft::Draft201909 => ("unevaluatedItems", self.schema(sub)),
            40 => ("anyOf", json!([self.schema(sub), {"not": self.schema(sub)}])),
            _ => ("not", self.schema(sub)),
        };
        out.insert(name.to_owned(), value);
    }

    /// A value that follows the schema where that is easy, and chance elsewhere; whether it is valid is not known.
    pub fn value_for(&mut self, schema: &Value, root: &Value, depth: u64) -> Value {
        if depth == 0 || self.roll(8) == 0 {
            return self.value(1);
        }
        let Value::Object(keywords) = schema else { return self.value(depth.min(2)) };
        if let Some(value) = keywords.get("const") {
            return value.clone();
        }
        if let Some(Value::Array(values)) = keywords.get("enum").filter(|v| v.as_array().is_some_and(|v| !v.is_empty()))
        {
            return self.pick(values);
        }
        let target = keywords.get("$ref").and_then(Value::as_str).map(|r| self.target(root, r));
        if let Some(target) = target {
            return self.value_for(&target, root, depth - 1);
        }
        for name in ["anyOf", "oneOf", "allOf"] {
            if let Some(Value::Array(branches)) = keywords.get(name)
                && !branches.is_empty()
                && self.roll(4) > 0
            {
                let branch = self.pick(branches);
                return self.value_for(&branch, root, depth - 1);
            }
        }
        let kind = match keywords.get("type") {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Array(names)) if !names.is_empty() => self.pick(names).as_str().unwrap_or_default().to_owned(),
            _ if ["properties", "required", "patternProperties", "minProperties", "additionalProperties"]
                .iter()
                .any(|k| keywords.contains_key(*k)) =>
            {
                "object".to_owned()
            }
            _ if ["items", "prefixItems", "contains", "minItems", "uniqueItems"]
                .iter()
                .any(|k| keywords.contains_key(*k)) =>
            {
                "array".to_owned()
            }
            _ => return self.value(depth.min(2)),
        };
        match kind.as_str() {
            "object" => {
                let mut members = Map::new();
                for name in
                    keywords.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
                {
                    members.insert(name.to_owned(), self.value(depth.min(1)));
                }
                for (name, inner) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    if members.contains_key(name) || self.roll(2) == 0 {
                        members.insert(name.clone(), self.value_for(inner, root, depth - 1));
                    }
                }
                if self.roll(2) == 0 {
                    let rest = keywords.get("additionalProperties").cloned().unwrap_or(json!(true));
                    members.insert(self.name(), self.value_for(&rest, root, depth - 1));
                }
                Value::Object(members)
            }
            "array" => {
                let mut items = Vec::new();
                let empty = Vec::new();
                let prefix =
                    keywords.get("prefixItems").or(keywords.get("items")).and_then(Value::as_array).unwrap_or(&empty);
                let rest = keywords.get("items").filter(|r| !r.is_array()).or(keywords.get("contains")).cloned();
                for i in 0..self.roll(4) as usize {
                    let inner = prefix.get(i).cloned().or(rest.clone()).unwrap_or(json!(true));
                    items.push(self.value_for(&inner, root, depth - 1));
                }
                items.into()
            }
            "number" => self.number(),
            "integer" => self.pick(&[json!(0), json!(1), json!(2), json!(3), json!(6), json!(-1), json!(12)]),
            "string" => json!(self.pick(&TEXTS)),
            "null" => Value::Null,
            _ => json!(self.roll(2) == 0),
        }
    }

    fn target(&self, root: &Value, reference: &str) -> Value {
        let name = reference.rsplit(['/', '#']).next().unwrap_or_default();
        let name = if name == "apart" { "d2" } else { name };
        if name.is_empty() {
            root.clone()
        } else {
            root.get(self.definitions()).and_then(|d| d.get(name)).cloned().unwrap_or(json!(true))
        }
    }
}

/// What came of one pair.
#[derive(Default)]
pub struct Tally {
    pub compatible: u64,
    pub incompatible: u64,
    pub unknown: u64,
    pub values: u64,
    /// Values that the writer accepted, of pairs called compatible.
    pub telling: u64,
    pub reasons: std::collections::BTreeMap<String, u64>,
}

/// Makes a pair of contracts, asks for the verdict, and holds it against the other implementation: a witness must be one, and no
/// sampled value may contradict a proof. Panics with the pair where something is wrong.
pub fn one_pair(chance: &mut impl Chance, samples: u64, tally: &mut Tally) {
    let draft = DRAFTS[chance.roll(DRAFTS.len() as u64) as usize];
    let mut maker = Maker::new(chance, draft);
    let depth = 1 + maker.roll(3);
    let writer = maker.document(depth);
    // A reader that has nothing to do with the writer is rarely compatible: most are made from it.
    let reader = match maker.roll(6) {
        0 => maker.document(depth),
        1 => {
            let mut wider = writer.clone();
            let parts = wider["allOf"].take();
            wider["allOf"] = json!([{"anyOf": [{"allOf": parts}, maker.schema(depth)]}]);
            wider
        }
        _ => maker.changed(&writer, depth),
    };
    let (writer, reader) = if maker.roll(2) == 0 { (writer, reader) } else { (reader, writer) };
    let (Some(write), Some(read)) = (other(&writer, draft), other(&reader, draft)) else { return };
    let (w, r) = (Schema::new(Json::from(&writer), draft), Schema::new(Json::from(&reader), draft));
    let verdict = compare(&w, &r, &Options::open());
    let shown = || format!("{draft:?}\nwriter {writer}\nreader {reader}");
    for verdict in [&verdict, &compare(&w, &r, &Options::declared())] {
        match verdict {
            Verdict::Incompatible { witness } => {
                let value = witness.to_value();
                assert!(write.is_valid(&value), "{}\nthe writer never sends the witness {value}", shown());
                assert!(!read.is_valid(&value), "{}\nthe reader reads the witness {value}", shown());
            }
            Verdict::Unknown { why } => assert!(!why.contains("defect"), "{}\n{why}", shown()),
            Verdict::Compatible => {}
        }
    }
    match &verdict {
        Verdict::Compatible => tally.compatible += 1,
        Verdict::Incompatible { .. } => tally.incompatible += 1,
        Verdict::Unknown { why } => {
            tally.unknown += 1;
            *tally.reasons.entry(why.clone()).or_default() += 1;
        }
    }
    let wanted = if verdict == Verdict::Compatible { samples } else { samples / 4 + 1 };
    for i in 0..wanted {
        let value = match i % 4 {
            0 => maker.value(3),
            3 => maker.value_for(&reader, &reader, 5),
            _ => maker.value_for(&writer, &writer, 5),
        };
        let valid = write.is_valid(&value);
        tally.values += 1;
        let ours = w.accepts(&Json::from(&value));
        // What validators of 2019-09 make of `contains` beside `unevaluatedItems` is not what the draft says: left open.
        let open = ours.is_none() && draft == Draft::Draft201909;
        assert!(open || ours == Some(valid), "{draft:?} {ours:?}\nschema {writer}\nvalue {value}");
        if verdict == Verdict::Compatible && valid {
            tally.telling += 1;
            assert!(read.is_valid(&value), "called compatible: {}\nvalue {value}", shown());
        }
    }
}
