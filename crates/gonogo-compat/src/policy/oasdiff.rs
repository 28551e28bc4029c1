//! The rules of oasdiff.

use super::Change;
use crate::json::Json;

/// Every change that oasdiff has a rule for, as far as it is covered here.
#[must_use]
pub fn changes(_old: &Json, _new: &Json) -> Vec<Change> {
    Vec::new()
}
