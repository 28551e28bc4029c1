//! What a model reads: quantities made from factors.

use serde::{Deserialize, Serialize};

use crate::factor::Factors;

/// How an input is made from factors. A factor that is missing makes the input missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Expression {
    /// The factor itself.
    Plain {
        /// Name of the factor.
        factor: String,
    },
    /// ln(1 + x), negative values taken as 0.
    Log {
        /// Name of the factor.
        factor: String,
    },
    /// ln(x) of a share, which is taken to lie between 0.02 and 1.
    LogShare {
        /// Name of the factor.
        factor: String,
    },
    /// ln(1 + x / max(1, y)).
    LogRatio {
        /// Name of the factor above the line.
        factor: String,
        /// Name of the factor below it.
        per: String,
    },
    /// ln(1 + (added + deleted) / (lines before + 1)): how much of the touched code changes.
    LogChurn,
    /// added / (added + deleted + 1).
    AddedShare,
}

impl Expression {
    /// The value for these factors.
    pub fn value(&self, factors: &Factors) -> Option<f64> {
        let known = |name: &str| factors.known(name);
        let log = |value: f64| value.max(0.0).ln_1p();
        let value = match self {
            Self::Plain { factor } => known(factor)?,
            Self::Log { factor } => log(known(factor)?),
            Self::LogShare { factor } => known(factor)?.clamp(0.02, 1.0).ln(),
            Self::LogRatio { factor, per } => log(known(factor)? / known(per)?.max(1.0)),
            Self::LogChurn => {
                log((known("la")?.max(0.0) + known("ld")?.max(0.0)) / (known("lt_total")?.max(0.0) + 1.0))
            }
            Self::AddedShare => {
                let (added, deleted) = (known("la")?.max(0.0), known("ld")?.max(0.0));
                added / (added + deleted + 1.0)
            }
        };
        value.is_finite().then_some(value)
    }

    /// The factor's value that gives this value of the input, where it is made of one factor.
    pub fn factor_of(&self, value: f64) -> Option<f64> {
        match self {
            Self::Plain { .. } => Some(value),
            // Counts come back as the whole numbers they were.
            Self::Log { .. } => Some((value.exp_m1() * 1e6).round() / 1e6),
            Self::LogShare { .. } => Some(value.exp()),
            _ => None,
        }
    }

    /// Names of the factors it reads.
    pub fn factors(&self) -> Vec<&str> {
        match self {
            Self::Plain { factor } | Self::Log { factor } | Self::LogShare { factor } => vec![factor],
            Self::LogRatio { factor, per } => vec![factor, per],
            Self::LogChurn => vec!["la", "ld", "lt_total"],
            Self::AddedShare => vec!["la", "ld"],
        }
    }

    /// Names the factor in a model's inputs: ln(1 + `factor`).
    pub fn log(factor: impl Into<String>) -> Self {
        Self::Log { factor: factor.into() }
    }

    /// The factor itself.
    pub fn plain(factor: impl Into<String>) -> Self {
        Self::Plain { factor: factor.into() }
    }

    /// ln of the share `factor`.
    pub fn log_share(factor: impl Into<String>) -> Self {
        Self::LogShare { factor: factor.into() }
    }

    /// ln(1 + `factor` / max(1, `per`)).
    pub fn ratio(factor: impl Into<String>, per: impl Into<String>) -> Self {
        Self::LogRatio { factor: factor.into(), per: per.into() }
    }

    /// A short name for people: `la`, `nuc/nf`, `churn`.
    pub fn name(&self) -> String {
        match self {
            Self::Plain { factor } | Self::Log { factor } | Self::LogShare { factor } => factor.clone(),
            Self::LogRatio { factor, per } => format!("{factor}/{per}"),
            Self::LogChurn => "churn".to_owned(),
            Self::AddedShare => "added-share".to_owned(),
        }
    }

    /// What it measures, in words.
    pub fn description(&self) -> String {
        match self {
            Self::Plain { factor } | Self::Log { factor } | Self::LogShare { factor } => describe(factor).to_owned(),
            Self::LogRatio { factor, per } if factor == "nuc" && per == "nf" => {
                "distinct last changes per file".to_owned()
            }
            Self::LogRatio { factor, per } if factor == "lt_total" && per == "nf" => "lines per file before".to_owned(),
            Self::LogRatio { factor, per } => format!("{} per {}", describe(factor), describe(per)),
            Self::LogChurn => "share of the touched code that changes".to_owned(),
            Self::AddedShare => "added among changed lines".to_owned(),
        }
    }
}

/// A factor's name in words; the name itself where it is a team's own.
fn describe(factor: &str) -> &str {
    match factor {
        "la" => "lines added",
        "ld" => "lines deleted",
        "lt_total" | "lt" => "lines in touched files before",
        "ns" => "subsystems touched",
        "nd" => "directories touched",
        "nf" => "files touched",
        "entropy" => "spread over files",
        "ndev" => "people who touched these files",
        "age" => "days since last touched",
        "nuc" => "distinct last changes",
        "exp" => "author's earlier changes",
        "rexp" => "author's recent changes",
        "sexp" => "author's changes in these subsystems",
        "fix" => "repairs a defect",
        "fix_share" => "share of repairs so far",
        other => other,
    }
}
