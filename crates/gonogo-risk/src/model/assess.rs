//! What a model says of one change, with contributions that add up to it.

use serde::{Deserialize, Serialize};

use super::file::{Block, Model, ModelError};
use crate::factor::Factors;

/// The values of a model's inputs for one change or for the median change; missing ones are filled by the training median.
#[derive(Debug, Clone, PartialEq)]
pub struct InputValues {
    values: Vec<f64>,
    missing: Vec<bool>,
}

/// How much one input raised or lowered the log-odds, relative to the reference change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The input's short name: `la`, `nuc/nf`.
    pub input: String,
    /// What it measures, in words.
    pub description: String,
    /// The factor's own value, where the input is made of one known factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The factor's value in the reference change, where the input is made of one factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<f64>,
    /// Whether the value was missing and the training median stood in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// Log-odds: single and square terms whole, each pair by half.
    pub log_odds: f64,
}

/// How much of the log-odds two inputs make together, relative to the reference change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Short names of the two inputs.
    pub inputs: [String; 2],
    /// Log-odds of the pair; half of it is in the contribution of either.
    pub log_odds: f64,
}

/// What a model says of one change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Which model: name and hash.
    pub model: String,
    /// Log-odds of the label: `base` plus all contributions.
    pub log_odds: f64,
    /// Log-odds of the reference change.
    pub base: f64,
    /// The model's probability. On a history it was not calibrated on this is an ordering, not a chance: show the rank.
    pub score: f64,
    /// One for each input, largest effect first. They add up to `log_odds` - `base` within 1e-9.
    pub contributions: Vec<Contribution>,
    /// The three largest pairs.
    pub interactions: Vec<Interaction>,
}

impl Model {
    /// The inputs of a change.
    ///
    /// # Errors
    /// [`ModelError::Definitions`] if the factors were measured by rules the model was not trained on.
    pub fn inputs(&self, factors: &Factors) -> Result<InputValues, ModelError> {
        if !self.definitions.accepts(factors.definitions()) {
            return Err(ModelError::Definitions {
                model: self.definitions.as_str().to_owned(),
                factors: factors.definitions().as_str().to_owned(),
            });
        }
        let found: Vec<Option<f64>> = self.inputs.iter().map(|input| input.expression.value(factors)).collect();
        Ok(InputValues {
            missing: found.iter().map(Option::is_none).collect(),
            values: found.iter().zip(&self.inputs).map(|(value, input)| value.unwrap_or(input.median)).collect(),
        })
    }

    /// The training median of every input: the reference until a team's own is known.
    pub fn training_median(&self) -> InputValues {
        InputValues {
            values: self.inputs.iter().map(|input| input.median).collect(),
            missing: vec![false; self.inputs.len()],
        }
    }

    /// The median of every input over `changes`, the reference for contributions; the training median without changes.
    pub fn median_of(&self, changes: &[InputValues]) -> InputValues {
        let mut reference = self.training_median();
        for (index, slot) in reference.values.iter_mut().enumerate() {
            let mut known: Vec<f64> = changes
                .iter()
                .filter(|change| change.missing.get(index) == Some(&false))
                .filter_map(|change| change.values.get(index).copied())
                .collect();
            known.sort_by(f64::total_cmp);
            if let Some(&median) = known.get(known.len() / 2) {
                *slot = median;
            }
        }
        reference
    }

    /// The log-odds of a change.
    pub fn log_odds(&self, inputs: &InputValues) -> f64 {
        self.intercept + self.term_values(inputs).iter().sum::<f64>()
    }

    /// The model's probability for a change, after the calibrator.
    pub fn score(&self, inputs: &InputValues) -> f64 {
        self.calibrator.probability(self.log_odds(inputs))
    }

    /// What the model says of a change, with contributions relative to `reference`.
    ///
    /// # Errors
    /// [`ModelError::Definitions`] if the factors were measured by rules the model was not trained on.
    pub fn assess(&self, factors: &Factors, reference: &InputValues) -> Result<Assessment, ModelError> {
        let inputs = self.inputs(factors)?;
        let (ours, theirs) = (self.term_values(&inputs), self.term_values(reference));
        let mut shares = vec![0.0; self.inputs.len()];
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        for ((term, our), their) in self.terms.iter().zip(&ours).zip(&theirs) {
            let effect = our - their;
            let mut credit = |input: usize, part: f64| {
                if let Some(share) = shares.get_mut(input) {
                    *share += part;
                }
            };
            match term.times.filter(|&other| other != term.input) {
                None => credit(term.input, effect),
                Some(other) => {
                    credit(term.input, effect / 2.0);
                    credit(other, effect / 2.0);
                    match pairs.iter_mut().find(|pair| (pair.0, pair.1) == (term.input, other)) {
                        Some(pair) => pair.2 += effect,
                        None => pairs.push((term.input, other, effect)),
                    }
                }
            }
        }
        let base = self.intercept + theirs.iter().sum::<f64>();
        let log_odds = base + shares.iter().sum::<f64>();
        let name = |index: usize| self.inputs.get(index).map(|input| input.expression.name()).unwrap_or_default();
        let mut contributions: Vec<Contribution> = self
            .inputs
            .iter()
            .zip(&shares)
            .zip(&inputs.missing)
            .zip(&reference.values)
            .map(|(((input, &log_odds), &missing), &usual)| Contribution {
                input: input.expression.name(),
                description: input.expression.description(),
                value: match input.expression.factors().as_slice() {
                    [one] => factors.known(one),
                    _ => None,
                },
                usual: input.expression.factor_of(usual),
                missing,
                log_odds,
            })
            .collect();
        contributions.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()));
        pairs.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
        let interactions = pairs
            .iter()
            .take(3)
            .map(|&(a, b, log_odds)| Interaction { inputs: [name(a), name(b)], log_odds })
            .collect();
        let score = self.calibrator.probability(log_odds);
        Ok(Assessment { model: self.id.clone(), log_odds, base, score, contributions, interactions })
    }

    /// The value of every term, in order.
    fn term_values(&self, inputs: &InputValues) -> Vec<f64> {
        let logs: Vec<f64> =
            self.inputs.iter().zip(&inputs.values).map(|(input, &value)| input.log.apply(value)).collect();
        let ranks: Vec<f64> = self
            .inputs
            .iter()
            .zip(&inputs.values)
            .map(|(input, &value)| input.rank.apply(input.ranks.rank(value)))
            .collect();
        self.terms
            .iter()
            .map(|term| {
                let view = match term.block {
                    Block::Log => &logs,
                    Block::Rank => &ranks,
                };
                let at = |index: usize| view.get(index).copied().unwrap_or(0.0);
                let product = at(term.input) * term.times.map_or(1.0, at);
                term.weight * (product - term.mean) / term.deviation
            })
            .collect()
    }
}
