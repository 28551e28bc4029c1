//! The JSON value.

use std::fmt;

use serde_json::Value;

use super::{JsonError, Number, parse};

/// A JSON value with exact numbers; the members of an object keep the order of the document and have distinct names.
#[derive(Clone, Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as written.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: names are distinct, the last of equal names in the text won.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one JSON text, in time and memory linear in its length.
    ///
    /// # Errors
    /// Text that is not JSON, that nests deeper than [`MAX_DEPTH`](super::MAX_DEPTH), or that holds a number of more than
    /// 2,000 digits or a string with half a surrogate pair.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        parse::parse(text)
    }

    /// The value with this name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value at a JSON Pointer (RFC 6901), if there is one.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        let mut here = self;
        for segment in pointer_segments(pointer)? {
            here = here.step(&segment)?;
        }
        Some(here)
    }

    pub(crate) fn step(&self, segment: &str) -> Option<&Self> {
        match self {
            Self::Object(_) => self.get(segment),
            Self::Array(items) if segment == "0" || !segment.starts_with(['0', '+']) => {
                items.get(segment.parse::<usize>().ok()?)
            }
            _ => None,
        }
    }

    /// The same value as `serde_json` holds it; a number that a 64 bit type cannot hold is rounded.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => serde_json::from_str(&number.to_string()).unwrap_or(Value::Null),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(members) => Value::Object(members.iter().map(|(n, v)| (n.clone(), v.to_value())).collect()),
        }
    }

    /// Counts the values within, this one included, up to `limit`.
    #[cfg(feature = "openapi")]
    pub(crate) fn size(&self, limit: usize) -> usize {
        match self {
            Self::Array(items) => items.iter().fold(1, |n, v| if n >= limit { n } else { n + v.size(limit) }),
            Self::Object(members) => members.iter().fold(1, |n, (_, v)| if n >= limit { n } else { n + v.size(limit) }),
            _ => 1,
        }
    }
}

/// The unescaped segments of a JSON Pointer; `None` if it is not one.
pub(crate) fn pointer_segments(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split('/').map(|s| s.replace("~1", "/").replace("~0", "~")).collect())
}

/// One segment of a JSON Pointer, escaped.
pub(crate) fn escape_segment(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

impl PartialEq for Json {
    /// JSON Schema's equality: numbers by value, objects without regard to order.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => {
                // Names are distinct on both sides, so equal counts and one inclusion make equality.
                a.len() == b.len()
                    && a.iter().zip(b).all(|((name, value), (same, other_value))| {
                        if name == same { value == other_value } else { other.get(name) == Some(value) }
                    })
            }
            _ => false,
        }
    }
}

impl Eq for Json {}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Number::parse(&number.to_string()).map_or(Self::Null, Self::Number),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(members.iter().map(|(n, v)| (n.clone(), Self::from(v))).collect()),
        }
    }
}

impl fmt::Display for Json {
    /// Compact JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write_string(f, text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write_string(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c < ' ' => write!(f, "\\u{:04x}", c as u32)?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
