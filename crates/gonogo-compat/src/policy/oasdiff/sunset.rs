//! Deprecation, sunset dates and stability levels.

use crate::json::Json;

/// A date as written, and whether it has passed; dates are compared as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date(String);

impl Date {
    /// Whether the date lies before today; without a today it does not.
    pub(super) fn is_past(&self, today: Option<&str>) -> bool {
        today.is_some_and(|today| self.0.as_str() < today)
    }
}

/// The sunset date of a node, if it has one; `Err` if it is no date.
pub(super) fn date(node: &Json) -> Option<Result<Date, ()>> {
    let value = node.get("x-sunset")?;
    let Some(text) = value.as_str() else { return Some(Err(())) };
    let bytes = text.as_bytes();
    let date = bytes
        .iter()
        .take(10)
        .enumerate()
        .all(|(i, b)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() });
    let whole = bytes.len() == 10 || (bytes.len() > 10 && bytes.get(10) == Some(&b'T'));
    Some(if date && whole { Ok(Date(text.chars().take(10).collect())) } else { Err(()) })
}

/// How far an operation is committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stability {
    /// Draft or alpha: may change at any time.
    Early,
    /// Beta, stable, or not said.
    Settled,
    /// Said in a way that is not known.
    Invalid,
}

pub(super) fn stability(node: &Json) -> Stability {
    match node.get("x-stability-level") {
        None => Stability::Settled,
        Some(Json::String(level)) => match level.as_str() {
            "draft" | "alpha" => Stability::Early,
            "beta" | "stable" => Stability::Settled,
            _ => Stability::Invalid,
        },
        Some(_) => Stability::Invalid,
    }
}

pub(super) fn is_draft(node: &Json) -> bool {
    stability(node) == Stability::Early
}
