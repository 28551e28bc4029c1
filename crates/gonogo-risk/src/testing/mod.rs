//! For tests of this crate's traits: declared risks held in memory, and what any implementation must do.
//!
//! Behind the feature `testing`.

mod history;

pub use history::LinearHistory;

use gonogo_core::{BoxError, CheckContext};

use crate::check::{DeclaredRisk, DeclaredRisks};
use crate::factor::{ChangeContext, FactorValue, RiskFactor};
use crate::history::{CommitChange, HistoryState};

/// Declared risks held in memory, or an error in their place.
#[derive(Debug, Clone)]
pub struct FixedDeclaredRisks(pub Result<Vec<DeclaredRisk>, String>);

impl DeclaredRisks for FixedDeclaredRisks {
    fn declared(&self, _: &CheckContext) -> Result<Vec<DeclaredRisk>, BoxError> {
        self.0.clone().map_err(Into::into)
    }
}

/// Holds a factor against the contract of [`RiskFactor`] on a history of changes, oldest first: its name is short, lower case and
/// stable; the same change in the same history has the same value; a known value is finite; a missing one says why.
///
/// # Errors
/// The first breach, in words.
pub fn factor_conformance(factor: &dyn RiskFactor, history: &[CommitChange]) -> Result<(), String> {
    let name = factor.name().to_owned();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        return Err(format!("`{name}` is no name: lower case letters, digits, `_` and `-`, at most 40"));
    }
    let mut state = HistoryState::new();
    for change in history {
        let base = state.factors(change);
        let context = ChangeContext { change, before: &state, base: &base };
        let (first, second) = (factor.evaluate(&context), factor.evaluate(&context));
        // Compared as text: NaN must not hide a difference, and is refused below.
        if format!("{first:?}") != format!("{second:?}") || factor.name() != name {
            return Err(format!("`{name}` says {first:?} and then {second:?} of commit {}", change.commit));
        }
        match first {
            FactorValue::Known(value) if !value.is_finite() => {
                return Err(format!("`{name}` is {value} for commit {}: say Missing and why", change.commit));
            }
            FactorValue::Missing(why) if why.trim().is_empty() => {
                return Err(format!("`{name}` is missing for commit {} without a reason", change.commit));
            }
            _ => {}
        }
        state.feed(change);
    }
    Ok(())
}
