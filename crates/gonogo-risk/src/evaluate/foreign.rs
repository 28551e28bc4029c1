//! Reading a table of unknown origin for a model of portable factors.

use crate::factor::{Definitions, FactorValue, Factors};

/// Reads rows in order, and stops believing that lines are counts once one of them has a fraction.
///
/// Some data sets ship `la` and `ld` divided by the size of the files. A count of lines has no fraction, so from the first
/// row that has one, both are missing. Decided from the rows so far only: a later row never changes an earlier prediction.
#[derive(Debug, Default)]
pub(crate) struct PortableReader {
    relative_from: Option<usize>,
    rows: usize,
}

impl PortableReader {
    /// The factors as a portable model may read them.
    pub(crate) fn read(&mut self, mut factors: Factors) -> Factors {
        let fraction = ["la", "ld"].iter().any(|name| factors.known(name).is_some_and(|value| value.fract() != 0.0));
        if fraction && self.relative_from.is_none() && *factors.definitions() != Definitions::Gonogo1 {
            self.relative_from = Some(self.rows);
        }
        self.rows += 1;
        if self.relative_from.is_some() {
            for name in ["la", "ld"] {
                factors.set(name, FactorValue::Missing("lines are not whole numbers in this table".to_owned()));
            }
        }
        factors
    }

    /// The row (from 0) whose lines first had a fraction.
    pub(crate) fn relative_from(&self) -> Option<usize> {
        self.relative_from
    }
}
