//! One commit as the state machine reads it, and the factors it gives back.

use gonogo_core::{LineChange, ObjectId};
use serde::{Deserialize, Serialize};

use crate::factor::{Definitions, FactorValue, Factors};

/// One non-merge commit as [`crate::HistoryState`] reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitChange {
    /// The commit's id.
    pub commit: ObjectId,
    /// The author's name after the mailmap, bytes compared as they are.
    pub author: Vec<u8>,
    /// Author time, in seconds since 1970-01-01 UTC.
    pub author_time: i64,
    /// Whether the message says that the commit repairs a defect ([`crate::is_fix`]).
    pub fix: bool,
    /// The files it touches, against its only parent (a root commit: against nothing), as
    /// [`gonogo_core::ChangeHistory::line_changes`] gives them.
    pub files: Vec<LineChange>,
}

/// The factors of one commit by the definitions `gonogo-1`, from the state strictly before it.
///
/// Source: Kamei et al., "A large-scale empirical study of just-in-time quality assurance", IEEE TSE 39(6), 2013, whose
/// fourteen measures these are, with every ambiguity of that paper decided in the docs of the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommitFactors {
    /// Lines added, summed over files.
    pub la: u64,
    /// Lines deleted, summed over files.
    pub ld: u64,
    /// Files touched.
    pub nf: u64,
    /// Distinct directories (all but the last component) of the new paths.
    pub nd: u64,
    /// Distinct subsystems (first component, or "" at the top) of the new paths.
    pub ns: u64,
    /// Bits: -Σ q log2 q over files with changed lines, q the file's share of them; not normalised; 0 if nothing changed.
    pub entropy: f64,
    /// Lines per file before the change, the mean over files; 0 without files.
    pub lt: f64,
    /// Distinct authors who touched these files before.
    pub ndev: u64,
    /// Days since the last touch, the mean over those files that were touched before; `None` if none was.
    pub age: Option<f64>,
    /// Distinct commits that touched these files last.
    pub nuc: u64,
    /// Commits of this author before this one.
    pub exp: u64,
    /// Those commits, each weighted 1 / (1 + whole years since).
    pub rexp: f64,
    /// Those commits that share a subsystem with this one.
    pub sexp: u64,
    /// Whether the message says that it repairs a defect. Not part of `gonogo-1`'s numbers from trees.
    #[serde(skip)]
    pub fix: bool,
    /// Share of the changes before this one that repair a defect, newer ones weighing more (half after 2,000 changes). Not part
    /// of `gonogo-1`'s numbers from trees.
    #[serde(skip)]
    pub fix_share: f64,
}

impl CommitFactors {
    /// The factors by name, for a model to read. `lt_total` is the sum over files that other data sets call `lt`.
    pub fn to_factors(&self, definitions: Definitions) -> Factors {
        let mut factors = Factors::new(definitions);
        let counts = [
            ("la", self.la),
            ("ld", self.ld),
            ("nf", self.nf),
            ("nd", self.nd),
            ("ns", self.ns),
            ("ndev", self.ndev),
            ("nuc", self.nuc),
            ("exp", self.exp),
            ("sexp", self.sexp),
            ("fix", u64::from(self.fix)),
        ];
        for (name, count) in counts {
            factors.set(name, FactorValue::Known(count as f64));
        }
        factors.set("fix_share", FactorValue::of(self.fix_share));
        factors.set("entropy", FactorValue::of(self.entropy));
        factors.set("lt", FactorValue::of(self.lt));
        factors.set("lt_total", FactorValue::of(self.lt * self.nf as f64));
        factors.set("rexp", FactorValue::of(self.rexp));
        factors.set(
            "age",
            match self.age {
                Some(days) => FactorValue::of(days),
                None => FactorValue::Missing("no touched file existed before".to_owned()),
            },
        );
        factors
    }
}
