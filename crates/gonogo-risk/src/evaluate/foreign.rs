//! Reading a table of unknown origin for a model of portable factors.

use std::collections::HashMap;

use crate::factor::{Definitions, FactorValue, Factors};
use crate::history::RepairShare;

/// How far from a whole number a count may come out when it is computed back from a rounded share.
const TOLERANCE: f64 = 0.02;
/// From this share of telling rows on, `lt` is believed to be a mean over files.
const PER_FILE: f64 = 0.05;

/// The share of repairs before each row of a table that has no such column, project by project.
#[derive(Debug, Default)]
pub(crate) struct RepairShares(HashMap<u32, RepairShare>);

impl RepairShares {
    /// Sets `fix_share` from the rows before, and counts this one; a row that does not say whether it repairs is not counted.
    pub(crate) fn read(&mut self, project: u32, factors: &mut Factors) {
        if factors.get("fix_share").is_some() {
            return;
        }
        let Some(fix) = factors.known("fix") else { return };
        let share = self.0.entry(project).or_default();
        factors.set("fix_share", FactorValue::Known(share.share()));
        share.feed(fix > 0.0);
    }
}

/// Reads rows in order, and stops believing that lines are counts once one of them has a fraction.
///
/// Some data sets ship `la` and `ld` divided by the lines of the touched files, `lt` by the number of files and entropy by its
/// maximum (Kamei et al., IEEE TSE 39(6), 2013, section 4.3). A count of lines has no fraction, so from the first row that has one,
/// such a row is computed back where that gives whole numbers, and its lines are missing where it does not. Decided from the
/// rows so far only: a later row never changes an earlier prediction.
#[derive(Debug, Default)]
pub(crate) struct PortableReader {
    relative_from: Option<usize>,
    /// An entropy above one bit was seen, so it is not divided by its maximum.
    entropy_in_bits: bool,
    /// Rows whose shares are whole counts of the mean but not of the sum, and rows that tell either.
    per_file: (u32, u32),
    rows: usize,
}

impl PortableReader {
    /// The factors as a portable model may read them.
    pub(crate) fn read(&mut self, mut factors: Factors) -> Factors {
        let (la, ld) = (factors.known("la"), factors.known("ld"));
        let fraction = [la, ld].into_iter().flatten().any(|value| value.fract() != 0.0);
        let unstated = !matches!(factors.definitions(), Definitions::Gonogo1 | Definitions::Gonogo1Authored);
        if fraction && unstated && self.relative_from.is_none() {
            self.relative_from = Some(self.rows);
        }
        self.rows += 1;
        let entropy = factors.known("entropy");
        self.entropy_in_bits |= entropy.is_some_and(|bits| bits > 1.0 + 1e-9);
        if self.relative_from.is_none() {
            return factors;
        }
        let (lines, files) = (factors.known("lt"), factors.known("nf"));
        let counts = lines.zip(files).filter(|(lines, _)| *lines > 0.0).and_then(|(lines, files)| {
            // `lt` is per file in some of these sets, and the sum in others. Where it is the sum, the sum times the files gives
            // whole numbers too, so only rows that are whole by the mean alone speak for the mean.
            let by = |total: f64| Some((whole(la? * total)?, whole(ld? * total)?));
            let (mean, sum) = (by(lines * files), by(lines));
            if files > 1.0 && (la.unwrap_or(0.0) > 0.0 || ld.unwrap_or(0.0) > 0.0) {
                self.per_file.0 += u32::from(mean.is_some() && sum.is_none());
                self.per_file.1 += u32::from(mean.is_some() || sum.is_some());
            }
            let is_mean = f64::from(self.per_file.0) > PER_FILE * f64::from(self.per_file.1);
            if is_mean { mean } else { sum }
        });
        // Nothing to divide by: where all files are new, the count stands as it is.
        let counts = counts.or_else(|| lines.filter(|lines| *lines == 0.0).and_then(|_| whole(la?).zip(whole(ld?))));
        for (name, value) in [("la", counts.map(|both| both.0)), ("ld", counts.map(|both| both.1))] {
            factors.set(
                name,
                match value {
                    Some(count) => FactorValue::Known(count),
                    None => FactorValue::Missing("lines are not whole numbers in this table".to_owned()),
                },
            );
        }
        if let (Some(share), Some(files), false) = (entropy, files, self.entropy_in_bits) {
            factors.set("entropy", FactorValue::of(share * files.max(1.0).log2()));
        }
        factors
    }

    /// The row (from 0) whose lines first had a fraction.
    pub(crate) fn relative_from(&self) -> Option<usize> {
        self.relative_from
    }
}

fn whole(value: f64) -> Option<f64> {
    ((value - value.round()).abs() <= TOLERANCE).then(|| value.round())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: [(&str, f64); 5]) -> Factors {
        let mut factors = Factors::new(Definitions::Unstated);
        for (name, value) in values {
            factors.set(name, FactorValue::Known(value));
        }
        factors
    }

    #[test]
    fn shares_are_computed_back_to_counts_from_the_first_fraction_on() {
        let mut reader = PortableReader::default();
        let plain = row([("la", 7.0), ("ld", 1.0), ("lt", 40.0), ("nf", 4.0), ("entropy", 0.9)]);
        assert_eq!(reader.read(plain.clone()), plain);
        // 30 and 10 of 400 lines in four files, spread at 0.8 of the maximum of two bits.
        let shares = reader.read(row([("la", 0.075), ("ld", 0.025), ("lt", 100.0), ("nf", 4.0), ("entropy", 0.8)]));
        let known = ["la", "ld", "entropy"].map(|name| shares.known(name));
        assert_eq!(known, [Some(30.0), Some(10.0), Some(1.6)]);
        let odd = reader.read(row([("la", 0.0777), ("ld", 0.3), ("lt", 17.0), ("nf", 1.0), ("entropy", 0.0)]));
        assert_eq!((odd.known("la"), odd.known("ld")), (None, None));
        assert_eq!(reader.relative_from(), Some(1));
    }
}
