//! A JSON parser that keeps numbers exact and cannot be made to recurse without bound.

use std::collections::HashSet;

use thiserror::Error;

use super::{Json, Number};

/// The deepest nesting of arrays and objects that is read; the same limit `serde_json` has.
pub const MAX_DEPTH: usize = 128;

/// Objects with more members than this find repeated names through a hash set.
const SMALL_OBJECT: usize = 16;

/// Why a text could not be read as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("{what} at line {line}, column {column}")]
pub struct JsonError {
    /// What was met, or what was missing.
    pub what: &'static str,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

pub(super) fn parse(text: &str) -> Result<Json, JsonError> {
    let mut parser = Parser { bytes: text.as_bytes(), text, at: 0 };
    let outcome = parser.value(0).and_then(|value| {
        parser.space();
        if parser.at == parser.bytes.len() { Ok(value) } else { Err("something follows the JSON value") }
    });
    outcome.map_err(|what| {
        let mut at = parser.at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = text.get(..at).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        JsonError {
            what,
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
        }
    })
}

struct Parser<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, &'static str> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(value)
        } else {
            Err("an unknown word")
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.space();
        match self.peek() {
            None => Err("the text ends where a value was due"),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[' | b'{') if depth >= MAX_DEPTH => Err("the value nests deeper than 128 levels"),
            Some(b'[') => self.array(depth),
            Some(b'{') => self.object(depth),
            Some(_) => Err("a character that starts no value"),
        }
    }

    fn number(&mut self) -> Result<Json, &'static str> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        Number::parse(text).map(Json::Number).ok_or("a number that is malformed, or has more than 2,000 digits")
    }

    fn array(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(b']') {
                return Ok(Json::Array(items));
            }
            if !self.eat(b',') {
                return Err("a comma or the end of the array was due");
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err("the name of a member was due");
            }
            let name = self.string()?;
            self.space();
            if !self.eat(b':') {
                return Err("a colon was due");
            }
            let value = self.value(depth + 1)?;
            if members.len() == SMALL_OBJECT {
                names.extend(members.iter().map(|(n, _)| n.clone()));
            }
            let repeated = if members.len() < SMALL_OBJECT {
                members.iter().any(|(n, _)| *n == name)
            } else {
                !names.insert(name.clone())
            };
            let earlier = if repeated { members.iter_mut().find(|(n, _)| *n == name) } else { None };
            match earlier {
                Some(member) => member.1 = value,
                None => members.push((name, value)),
            }
            self.space();
            if self.eat(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.eat(b',') {
                return Err("a comma or the end of the object was due");
            }
        }
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while matches!(self.peek(), Some(b) if b != b'"' && b != b'\\' && b >= b' ') {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err("a control character within a string"),
                None => return Err("the text ends within a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    if !(self.eat(b'\\') && self.eat(b'u')) {
                        return Err("half a surrogate pair");
                    }
                    let second = self.hex()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err("half a surrogate pair");
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or("half a surrogate pair")?
            }
            _ => return Err("an unknown escape within a string"),
        })
    }

    fn hex(&mut self) -> Result<u32, &'static str> {
        let digits = self.text.get(self.at..self.at + 4).ok_or("an unfinished escape within a string")?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("an unfinished escape within a string");
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| "an unfinished escape within a string")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_writing_and_reading() {
        let text = r#"{"a":[1.50,-2e3,"x\"\u00e9\n\ud83d\ude00",null,true,{}],"b":0.1}"#;
        let value = Json::parse(text).unwrap();
        assert_eq!(value.to_string(), "{\"a\":[1.5,-2000,\"x\\\"é\\n😀\",null,true,{}],\"b\":0.1}");
        assert_eq!(Json::parse(&value.to_string()).unwrap(), value);
    }

    #[test]
    fn the_last_of_equal_names_wins() {
        assert_eq!(Json::parse(r#"{"a":1,"a":2}"#).unwrap().to_string(), r#"{"a":2}"#);
        let many: String = (0..40).map(|i| format!("\"k{}\":{i},", i % 20)).collect();
        let read = Json::parse(&format!("{{{}}}", many.trim_end_matches(','))).unwrap();
        assert_eq!(read.as_object().unwrap().len(), 20);
        assert_eq!(read.get("k3"), Some(&Json::Number(Number::from(23_i64))));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Json::parse(&deep(MAX_DEPTH)).is_ok());
        assert!(Json::parse(&deep(MAX_DEPTH + 1)).is_err());
        assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn errors_name_their_place() {
        let error = Json::parse("{\n  \"a\": tru\n}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
    }

    #[test]
    fn objects_are_equal_in_any_order() {
        let a = Json::parse(r#"{"x":1,"y":[2]}"#).unwrap();
        let b = Json::parse(r#"{"y":[2.0],"x":1e0}"#).unwrap();
        assert_eq!(a, b);
        assert_ne!(a, Json::parse(r#"{"y":[2],"z":1}"#).unwrap());
    }
}
