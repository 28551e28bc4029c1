//! What a rule is given.

use gonogo_core::Severity;

use crate::analysis::Analyzed;
use crate::dialect::Dialect;
use crate::duration::{Forecast, TableStats};
use crate::effects::Change;

/// From when on waiting is grave, and what an unknown size counts as.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Seconds that readers or writers may wait (p90) before it is a Stop.
    pub stop_seconds: f64,
    /// Seconds that they may wait (p90) before it is a Caution.
    pub caution_seconds: f64,
    /// What work on a table of unknown size weighs while somebody waits.
    pub unknown_size: Severity,
    /// Seconds a migration may take in all (p90) before it has to run apart from the deploy.
    pub too_long_seconds: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stop_seconds: 10.0, caution_seconds: 1.0, unknown_size: Severity::Caution, too_long_seconds: 1800.0 }
    }
}

/// Where code in production still names something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// `path:line`, the first few.
    pub places: Vec<String>,
    /// How many lines name it in all.
    pub lines: usize,
    /// Whether all of the code was looked at.
    pub complete: bool,
    /// Whether any code was looked at.
    pub searched: bool,
}

/// One statement with everything a rule may ask about it.
pub struct RuleInput<'a> {
    /// The statement and its effects.
    pub analyzed: &'a Analyzed,
    /// The dialect.
    pub dialect: Dialect,
    /// How long it takes, when that was asked.
    pub forecast: Option<&'a Forecast>,
    /// The sizes of the tables.
    pub stats: &'a TableStats,
    /// The limits.
    pub limits: &'a Limits,
    /// Where production's code names what a change takes away.
    pub uses: &'a dyn Fn(&Change) -> Uses,
}

impl RuleInput<'_> {
    /// How grave the waiting is.
    pub(super) fn waiting(&self) -> Severity {
        match self.forecast.and_then(|f| f.blocking) {
            Some(blocking) if blocking.p90 >= self.limits.stop_seconds => Severity::Stop,
            Some(blocking) if blocking.p90 >= self.limits.caution_seconds => Severity::Caution,
            Some(_) => Severity::Note,
            None => self.limits.unknown_size,
        }
    }
}
