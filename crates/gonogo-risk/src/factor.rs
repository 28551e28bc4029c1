//! Factors: what is measured of one change, each either known or missing for a stated reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One measured quantity of a change: a finite number, or the reason why there is none.
///
/// Missing is never zero: a change to new files has no `age`, and that is not an age of no days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorValue {
    /// The value, always finite.
    Known(f64),
    /// Why the value cannot be given.
    Missing(String),
}

impl FactorValue {
    /// The value of a number that was computed: missing when it is not finite.
    pub fn of(value: f64) -> Self {
        if value.is_finite() {
            Self::Known(value)
        } else {
            Self::Missing("the value is not a finite number".to_owned())
        }
    }

    /// The number, if there is one.
    pub fn known(&self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Missing(_) => None,
        }
    }
}

/// The rules by which the factors of a set were measured.
///
/// Data sets use the same short names for different things (`exp` counts commits here, file touches there), so a model
/// carries the definitions it was trained on and refuses factors measured by others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum Definitions {
    /// The definitions of this crate ([`crate::HistoryState`]), version `gonogo-1`.
    Gonogo1,
    /// `gonogo-1` with generated and vendored files left out ([`crate::is_generated_or_vendored`]).
    Gonogo1Authored,
    /// The subset that means the same in every data set we know: `la ld nf entropy fix fix_share`.
    Portable1,
    /// Those of a table that does not say; fits only models trained on the same table.
    Unstated,
    /// Named by a table's `definitions` column, and known only by that name.
    Named(String),
}

impl Definitions {
    /// The name as model files and tables spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Gonogo1 => "gonogo-1",
            Self::Gonogo1Authored => "gonogo-1-authored",
            Self::Portable1 => "portable-1",
            Self::Unstated => "unstated",
            Self::Named(name) => name,
        }
    }

    /// Whether a model trained on `self` may read factors measured by `other`.
    pub fn accepts(&self, other: &Self) -> bool {
        self == other || *self == Self::Portable1
    }
}

impl From<String> for Definitions {
    fn from(name: String) -> Self {
        match name.as_str() {
            "gonogo-1" => Self::Gonogo1,
            "gonogo-1-authored" => Self::Gonogo1Authored,
            "portable-1" => Self::Portable1,
            "unstated" => Self::Unstated,
            _ => Self::Named(name),
        }
    }
}

impl From<Definitions> for String {
    fn from(definitions: Definitions) -> Self {
        definitions.as_str().to_owned()
    }
}

/// The factors of one change, by name, with the definitions they were measured by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    definitions: Definitions,
    values: BTreeMap<String, FactorValue>,
}

impl Factors {
    /// No factors yet, measured by `definitions`.
    pub fn new(definitions: Definitions) -> Self {
        Self { definitions, values: BTreeMap::new() }
    }

    /// The definitions the values were measured by.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Sets one factor; a number that is not finite becomes missing.
    pub fn set(&mut self, name: impl Into<String>, value: FactorValue) {
        let value = match value {
            FactorValue::Known(number) => FactorValue::of(number),
            missing @ FactorValue::Missing(_) => missing,
        };
        self.values.insert(name.into(), value);
    }

    /// The factor of that name; one that was never set is `None`, which readers treat as missing.
    pub fn get(&self, name: &str) -> Option<&FactorValue> {
        self.values.get(name)
    }

    /// The number of that name, where it is known.
    pub fn known(&self, name: &str) -> Option<f64> {
        self.values.get(name).and_then(FactorValue::known)
    }

    /// All factors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FactorValue)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Those a model asks for that are missing, with the reasons.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, value)| match value {
            FactorValue::Known(_) => None,
            FactorValue::Missing(why) => Some((name.as_str(), why.as_str())),
        })
    }
}

/// What a [`RiskFactor`] may look at: one change and the state of the history strictly before it.
#[derive(Debug, Clone, Copy)]
pub struct ChangeContext<'a> {
    /// The change itself.
    pub change: &'a crate::CommitChange,
    /// What all earlier changes left.
    pub before: &'a crate::HistoryState,
    /// The factors of this crate's own definitions.
    pub base: &'a crate::CommitFactors,
}

/// A quantity that can be measured of a change, so that a team may add its own to those of this crate.
///
/// `evaluate` must be a pure function of the context: the same change in the same history has the same factors on every
/// machine. It must not look at anything later than the change.
pub trait RiskFactor: Send + Sync {
    /// The name, unique in a set: short, lower case.
    fn name(&self) -> &str;

    /// The value for this change, or why there is none.
    fn evaluate(&self, context: &ChangeContext<'_>) -> FactorValue;
}
