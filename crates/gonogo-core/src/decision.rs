//! The answer of a gate.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::Severity;

/// May the deploy ship? A join-semilattice under `max`: `Go` < `Hold` < `NoGo`, and the gate takes the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // callers must handle all three, and there will be no fourth
pub enum Decision {
    /// The evidence is complete and speaks for it.
    Go,
    /// A person must act or decide.
    Hold,
    /// It may not ship.
    NoGo,
}

impl Decision {
    /// The greater of the two.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }

    /// The process exit code that stands for it: 0 Go, 1 NoGo, 2 Hold.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::NoGo => 1,
            Self::Hold => 2,
        }
    }
}

impl From<Severity> for Decision {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Go,
            Severity::Caution => Self::Hold,
            Severity::Stop => Self::NoGo,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Go => "Go",
            Self::Hold => "Hold",
            Self::NoGo => "NoGo",
        })
    }
}
