//! Model files: data, with a version, a hash and a card, refused when foreign or broken.

use std::collections::BTreeMap;

use gonogo_core::ObjectId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calibrate::Calibrator;
use super::input::Expression;
use super::ranks::RankTable;
use crate::factor::Definitions;

/// What a model file calls itself.
const FORMAT: &str = "gonogo-risk-model";
/// The version of the format that this crate writes and reads.
pub const MODEL_FORMAT_VERSION: u32 = 1;
/// Most bytes a model file may have.
pub const MAX_MODEL_BYTES: usize = 8 << 20;
const MAX_INPUTS: usize = 64;
const MAX_TERMS: usize = 8_192;

/// Why a model file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file is larger than any model.
    #[error("the model file has {0} bytes, more than the {MAX_MODEL_BYTES} a model may have")]
    TooLarge(usize),
    /// The file is not JSON, or lacks a field, or has one too many.
    #[error("not a model file: {0}; make one with `gonogo risk train`")]
    Unreadable(String),
    /// The file says that it is something else.
    #[error("the file says it is a `{0}`, not a `gonogo-risk-model`")]
    Foreign(String),
    /// The file has a version this crate does not know.
    #[error(
        "the model file has format version {0}; this gonogo reads version {MODEL_FORMAT_VERSION}: train the model again"
    )]
    Version(u32),
    /// The content does not match the hash.
    #[error(
        "the model file was changed after it was made: it says hash {said}, its content has {found}; train the model again"
    )]
    Hash {
        /// What the file says.
        said: String,
        /// What its content gives.
        found: String,
    },
    /// A number is not finite, an index points nowhere, a deviation is not positive.
    #[error("the model is broken: {0}; train the model again")]
    Broken(String),
    /// The model was trained on factors measured by other rules.
    #[error(
        "the model reads factors by the definitions `{model}`, these were measured by `{factors}`: train on the same definitions"
    )]
    Definitions {
        /// What the model was trained on.
        model: String,
        /// What it was given.
        factors: String,
    },
}

/// What a reader must know of a model before relying on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What the model is for.
    pub purpose: String,
    /// What it was trained on.
    pub data: String,
    /// Licence of that data.
    pub licence: String,
    /// First and last commit time of the training rows, RFC 3339 dates, where known.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// Training rows.
    pub rows: usize,
    /// Buggy ones among them.
    pub positives: usize,
    /// The recipe: inputs, penalty, weights.
    pub recipe: String,
    /// The command that made the file.
    pub command: String,
    /// Figures measured on data that the model has not seen, by name.
    pub metrics: BTreeMap<String, f64>,
    /// What it must not be used for.
    pub limits: Vec<String>,
}

/// Mean and deviation of the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standard {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl Standard {
    /// In deviations from the mean, cut at a thousand: no training row of up to a million lies there, and sums over squares of
    /// far larger numbers would lose the digits that contributions must add up to.
    pub(crate) fn apply(self, value: f64) -> f64 {
        ((value - self.mean) / self.deviation).clamp(-1e3, 1e3)
    }
}

/// Which view of the inputs a term reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Block {
    /// The input's value, standardised.
    Log,
    /// Its mid-rank among the training rows, standardised.
    Rank,
}

/// One input: how it is made, what stands in for a missing one, how both blocks standardise it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) expression: Expression,
    /// The training median, which stands in where the input is missing.
    pub(crate) median: f64,
    pub(crate) log: Standard,
    pub(crate) rank: Standard,
    pub(crate) ranks: RankTable,
}

/// One column of the regression: an input, its square, or a product of two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Term {
    pub(crate) block: Block,
    pub(crate) input: usize,
    /// The other factor of a product; the same input for a square.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<usize>,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    pub(crate) weight: f64,
}

/// A logistic regression over transformed inputs, as data.
///
/// Obtain one from [`Model::from_json`] or by training. Every value was checked when it was read: all
/// numbers are finite and all indices point at inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) definitions: Definitions,
    pub(crate) card: Card,
    /// The first commit of the history the model was trained on, where it was a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<ObjectId>,
    pub(crate) intercept: f64,
    pub(crate) calibrator: Calibrator,
    pub(crate) inputs: Vec<Input>,
    pub(crate) terms: Vec<Term>,
    /// Name and the first twelve digits of the hash; made when the model is.
    #[serde(skip)]
    pub(crate) id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format: String,
    version: u32,
    hash: String,
    model: Value,
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// Anything but an untouched, sound model of this format version; see [`ModelError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(ModelError::TooLarge(bytes.len()));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| ModelError::Unreadable(error.to_string()))?;
        // Say "foreign" or "another version" before complaining about fields this version does not know.
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(ModelError::Foreign(other.chars().take(60).collect())),
            None => return Err(ModelError::Unreadable("there is no `format`".to_owned())),
        }
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(MODEL_FORMAT_VERSION) => {}
            Some(version) => return Err(ModelError::Version(u32::try_from(version).unwrap_or(u32::MAX))),
            None => return Err(ModelError::Unreadable("there is no `version`".to_owned())),
        }
        let envelope: Envelope =
            serde_json::from_value(value).map_err(|error| ModelError::Unreadable(error.to_string()))?;
        let found = hash(&envelope.model);
        if found != envelope.hash {
            return Err(ModelError::Hash { said: envelope.hash.chars().take(64).collect(), found });
        }
        let model: Self =
            serde_json::from_value(envelope.model).map_err(|error| ModelError::Unreadable(error.to_string()))?;
        model.check()?;
        Ok(model.identified())
    }

    /// The default: trained on factors that mean the same everywhere, for histories without labels of their own.
    ///
    /// Its scores order changes; its probabilities are those of the projects it was trained on. See its [`Card`].
    ///
    /// # Errors
    /// None in a build whose tests passed: the file is part of this crate.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::from_json(include_bytes!("../../models/portable.json"))
    }

    /// The baseline to show beside any other: lines added alone, trained on the same rows as [`Model::shipped`].
    ///
    /// # Errors
    /// None in a build whose tests passed: the file is part of this crate.
    pub fn shipped_lines_added() -> Result<Self, ModelError> {
        Self::from_json(include_bytes!("../../models/lines-added.json"))
    }

    /// The model file, to be read again by [`Model::from_json`]. One line of JSON.
    pub fn to_json(&self) -> String {
        let model = serde_json::to_value(self).unwrap_or_default();
        let envelope = Envelope { format: FORMAT.to_owned(), version: MODEL_FORMAT_VERSION, hash: hash(&model), model };
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    /// Which model this is: its name and the first twelve digits of its hash.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn identified(mut self) -> Self {
        let digits: String = hash(&serde_json::to_value(&self).unwrap_or_default()).chars().take(12).collect();
        self.id = format!("{}@{digits}", self.name);
        self
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The definitions of the factors it reads.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Whether it reads what earlier commits touched, and so wants every one of them to be readable.
    pub fn looks_back(&self) -> bool {
        const OWN: [&str; 9] = ["la", "ld", "lt", "lt_total", "nf", "nd", "ns", "entropy", "fix"];
        let own = |name: &&str| OWN.contains(name) || *name == "fix_share";
        !self.inputs.iter().all(|input| input.expression.factors().iter().all(own))
    }

    /// What a reader must know before relying on it.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Replaces the card, as a training command does once it has measured the model.
    #[must_use]
    pub fn with_card(self, card: Card) -> Self {
        Self { card, ..self }.identified()
    }

    /// The first commit (in feeding order) of the one history the model was trained on. Only there is its score a probability.
    pub fn history(&self) -> Option<ObjectId> {
        self.history
    }

    /// Says that the model was trained on the history that begins with this commit.
    #[must_use]
    pub fn trained_on(self, first_commit: ObjectId) -> Self {
        Self { history: Some(first_commit), ..self }.identified()
    }

    /// Replaces the calibrator; see [`Calibrator`] for when that helps.
    #[must_use]
    pub fn with_calibrator(self, calibrator: Calibrator) -> Self {
        Self { calibrator, ..self }.identified()
    }

    fn check(&self) -> Result<(), ModelError> {
        let broken = |what: &str| Err(ModelError::Broken(what.to_owned()));
        if self.inputs.len() > MAX_INPUTS || self.terms.len() > MAX_TERMS {
            return broken("too many inputs or terms");
        }
        if !self.intercept.is_finite() {
            return broken("the intercept is not a finite number");
        }
        if !self.calibrator.is_sound() {
            return broken("the calibrator is not monotone or not finite");
        }
        let sound = |standard: Standard| {
            standard.mean.is_finite() && standard.deviation.is_finite() && standard.deviation > 0.0
        };
        for input in &self.inputs {
            if !input.median.is_finite() || !sound(input.log) || !sound(input.rank) || !input.ranks.is_sound() {
                return Err(ModelError::Broken(format!(
                    "input `{}` has a number that is not finite or a deviation that is not positive",
                    input.expression.name()
                )));
            }
        }
        for (number, term) in self.terms.iter().enumerate() {
            if !term.weight.is_finite() || !sound(Standard { mean: term.mean, deviation: term.deviation }) {
                return Err(ModelError::Broken(format!("term {number} has a number that is not finite")));
            }
            if term.input >= self.inputs.len() || term.times.is_some_and(|other| other >= self.inputs.len()) {
                return Err(ModelError::Broken(format!("term {number} reads an input that is not there")));
            }
        }
        Ok(())
    }

    /// Rounds every number to twelve significant digits, so that a file read back is the model that was written.
    #[cfg(feature = "train")]
    pub(crate) fn rounded(mut self) -> Self {
        let round = |value: f64| format!("{value:.11e}").parse().unwrap_or(value);
        self.intercept = round(self.intercept);
        for input in &mut self.inputs {
            input.median = round(input.median);
            for standard in [&mut input.log, &mut input.rank] {
                standard.mean = round(standard.mean);
                standard.deviation = round(standard.deviation);
            }
            input.ranks.round(round);
        }
        for term in &mut self.terms {
            term.mean = round(term.mean);
            term.deviation = round(term.deviation);
            term.weight = round(term.weight);
        }
        self
    }
}

/// SHA-256 of a canonical text of the model: keys in order, numbers to twelve significant digits, so that neither white
/// space nor another reader's last bit changes it.
fn hash(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    hmac_sha256::Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Depth is bounded: `value` came out of serde_json, which refuses more than 128 levels.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push('n'),
        Value::Bool(bool) => text.push(if *bool { 't' } else { 'f' }),
        Value::Number(number) => match number.as_f64() {
            Some(number) => text.push_str(&format!("{:.11e};", number + 0.0)),
            None => text.push('?'),
        },
        Value::String(string) => text.push_str(&format!("{}:{string}", string.len())),
        Value::Array(values) => {
            text.push('[');
            values.iter().for_each(|value| canonical(value, text));
            text.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (name, value) in sorted {
                text.push_str(&format!("{}:{name}=", name.len()));
                canonical(value, text);
            }
            text.push('}');
        }
    }
}
