//! `[risk]` in gonogo.toml: from ranks to actions.

use super::circumstances::CircumstancesPolicy;
use serde::{Deserialize, Serialize};

/// Thresholds are ranks in the repository's own history, from 0 to 1. Out of the box there are none: the computed risk is a
/// note, because how much risk is too much is for the team to say.
///
/// ```
/// let policy: gonogo_risk::RiskPolicy =
///     serde_json::from_str(r#"{"communicate": 0.8, "sign_off": 0.95, "hold": 0.99}"#).unwrap();
/// assert!(policy.validate().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RiskPolicy {
    /// From this rank of the deploy on, tell the people concerned (a note).
    pub communicate: Option<f64>,
    /// From this rank on, a person must sign off (a caution).
    pub sign_off: Option<f64>,
    /// From this rank on, hold (a caution, or a stop with `hold_is_stop`).
    pub hold: Option<f64>,
    /// Whether `hold` is a stop.
    pub hold_is_stop: bool,
    /// Whether the highest rank of a single commit counts as well, not only that of the deploy.
    pub single_commits: bool,
    /// Fewer earlier commits than these give no rank.
    pub minimum_history: usize,
    /// How many of the newest earlier commits ranks refer to.
    pub reference_commits: usize,
    /// Leave generated and vendored files out of the factors.
    pub authored_only: bool,
    /// From this rank of its riskiest commit on, an issue that was declared low is worth a second look.
    pub declared_low_limit: f64,
    /// From this probability of the deploy on, tell people. Only with a model calibrated on this history.
    pub communicate_probability: Option<f64>,
    /// The same for a sign-off.
    pub sign_off_probability: Option<f64>,
    /// The same for a hold.
    pub hold_probability: Option<f64>,
    /// What the team wants a word about, whatever a model says; none of it when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circumstances: Option<CircumstancesPolicy>,
}

impl Default for RiskPolicy {
    fn default() -> Self {
        Self {
            communicate: None,
            sign_off: None,
            hold: None,
            hold_is_stop: false,
            single_commits: false,
            minimum_history: 200,
            reference_commits: 2_000,
            authored_only: false,
            declared_low_limit: 0.95,
            communicate_probability: None,
            sign_off_probability: None,
            hold_probability: None,
            circumstances: None,
        }
    }
}

/// What is wrong with `[risk]`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A threshold is no rank.
    #[error("[risk] {name} = {value}: ranks and probabilities lie between 0 and 1")]
    Range {
        /// Name of the key.
        name: &'static str,
        /// What it is set to.
        value: f64,
    },
    /// A graver action begins before a lighter one.
    #[error("[risk] {graver} begins below {lighter}: order them communicate, sign_off, hold")]
    Order {
        /// The key that must not be lower.
        graver: &'static str,
        /// The key it is lower than.
        lighter: &'static str,
    },
    /// The team's day begins more than a day from Greenwich.
    #[error("[risk.circumstances] minutes_east must lie between -1439 and 1439")]
    Offset,
    /// A number of commits is zero.
    #[error("[risk] {0} must be at least 1")]
    Zero(&'static str),
}

impl RiskPolicy {
    /// Checks that thresholds are ranks in the order of their gravity.
    ///
    /// # Errors
    /// Names the first key that is wrong.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let ranks = [("communicate", self.communicate), ("sign_off", self.sign_off), ("hold", self.hold)];
        let probabilities = [
            ("communicate_probability", self.communicate_probability),
            ("sign_off_probability", self.sign_off_probability),
            ("hold_probability", self.hold_probability),
        ];
        let all = ranks.into_iter().chain(probabilities).chain([("declared_low_limit", Some(self.declared_low_limit))]);
        for (name, value) in all.filter_map(|(name, value)| Some((name, value?))) {
            if !(0.0..=1.0).contains(&value) {
                return Err(PolicyError::Range { name, value });
            }
        }
        for thresholds in [ranks, probabilities] {
            let set: Vec<(&'static str, f64)> =
                thresholds.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            for (lighter, graver) in set.iter().zip(set.iter().skip(1)) {
                if graver.1 < lighter.1 {
                    return Err(PolicyError::Order { graver: graver.0, lighter: lighter.0 });
                }
            }
        }
        if self.circumstances.as_ref().is_some_and(|told| told.minutes_east.abs() >= 1_440) {
            return Err(PolicyError::Offset);
        }
        match (self.minimum_history, self.reference_commits) {
            (0, _) => Err(PolicyError::Zero("minimum_history")),
            (_, 0) => Err(PolicyError::Zero("reference_commits")),
            _ => Ok(()),
        }
    }

    /// Whether any threshold is set: then a deploy without a rank cannot be passed over.
    pub fn has_thresholds(&self) -> bool {
        self.communicate.is_some() || self.sign_off.is_some() || self.hold.is_some()
    }

    /// Whether any threshold is a probability: then a model that was not calibrated on this history cannot answer.
    pub fn has_probabilities(&self) -> bool {
        self.communicate_probability.is_some() || self.sign_off_probability.is_some() || self.hold_probability.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_must_be_ranks_in_order() {
        assert_eq!(RiskPolicy::default().validate(), Ok(()));
        let nan = RiskPolicy { hold: Some(f64::NAN), ..RiskPolicy::default() };
        assert!(matches!(nan.validate(), Err(PolicyError::Range { name: "hold", .. })));
        let swapped = RiskPolicy { communicate: Some(0.9), hold: Some(0.8), ..RiskPolicy::default() };
        assert_eq!(swapped.validate(), Err(PolicyError::Order { graver: "hold", lighter: "communicate" }));
        let none = RiskPolicy { minimum_history: 0, ..RiskPolicy::default() };
        assert_eq!(none.validate(), Err(PolicyError::Zero("minimum_history")));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(serde_json::from_str::<RiskPolicy>(r#"{"holt": 0.9}"#).is_err());
    }
}
