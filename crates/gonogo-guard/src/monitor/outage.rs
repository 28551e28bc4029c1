//! An outage: most of the canary's requests fail, window after window.
//!
//! Tempering asks whether clumps of errors could have fallen to the canary by chance, and for that needs several windows even where
//! everything fails. A burst by which half of all requests fail for two windows running is no burst that one waits out.

use serde::{Deserialize, Serialize};

use super::reading::Events;

/// The share of failed requests that makes an outage.
const FAILED: f64 = 0.5;
/// The share above which the control has it too.
const SHARED: f64 = 0.1;
const IN_A_ROW: u32 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outage {
    in_row: u32,
}

impl Outage {
    /// One window; `elsewhere` is the share that fails, or may fail, without the new version.
    pub(crate) fn observe(&mut self, canary: Events, elsewhere: f64) {
        self.in_row = if canary.rate() >= FAILED && elsewhere <= SHARED { self.in_row.saturating_add(1) } else { 0 };
    }

    pub(crate) fn lasts(self) -> bool {
        self.in_row >= IN_A_ROW
    }
}
