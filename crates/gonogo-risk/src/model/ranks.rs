//! Mid-ranks of a value among those of a training set.

use serde::{Deserialize, Serialize};

/// Most knots a table of ranks keeps.
pub(crate) const MAX_KNOTS: usize = 4_096;

/// The mid-rank (#below + #below-or-equal) / 2n of a value among n training values, as a table of knots.
///
/// With more distinct values than knots, ranks between knots are interpolated, which is exact at the knots and
/// monotone between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankTable {
    /// Values, strictly ascending.
    values: Vec<f64>,
    /// The mid-rank at each, ascending within 0..1.
    ranks: Vec<f64>,
}

impl RankTable {
    /// The ranks of `sample`, with at most `knots` knots; values that are not finite are left out.
    pub fn of(sample: &[f64], knots: usize) -> Self {
        let mut sorted: Vec<f64> = sample.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len().max(1) as f64;
        let (mut values, mut ranks): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut below = 0usize;
        for group in sorted.chunk_by(|a, b| a == b) {
            if let Some(&value) = group.first() {
                values.push(value);
                ranks.push((2 * below + group.len()) as f64 / (2.0 * n));
            }
            below += group.len();
        }
        let knots = knots.clamp(2, MAX_KNOTS);
        if values.len() > knots {
            // Knots at even steps of rank; the first and the last value always stay.
            let mut kept: Vec<usize> = (0..knots)
                .map(|knot| {
                    let wanted = knot as f64 / (knots - 1) as f64;
                    ranks.partition_point(|&rank| rank < wanted).min(values.len() - 1)
                })
                .collect();
            kept.dedup();
            if let Some(first) = kept.first_mut() {
                *first = 0;
            }
            values = kept.iter().filter_map(|&place| values.get(place).copied()).collect();
            ranks = kept.iter().filter_map(|&place| ranks.get(place).copied()).collect();
        }
        Self { values, ranks }
    }

    /// The rank of `value`, in 0..=1; one half in an empty table.
    pub fn rank(&self, value: f64) -> f64 {
        // A model file keeps twelve digits, so a value may miss its own knot by the last bits.
        let near = |known: f64| (known - value).abs() <= 1e-10 * known.abs().max(1.0);
        let above = self.values.partition_point(|&known| known < value);
        let at = |place: usize| self.values.get(place).copied().zip(self.ranks.get(place).copied());
        match (above.checked_sub(1).and_then(at), at(above)) {
            (_, Some((known, rank))) | (Some((known, rank)), _) if near(known) => rank,
            (Some((low, low_rank)), Some((high, high_rank))) => {
                low_rank + (high_rank - low_rank) * (value - low) / (high - low)
            }
            (None, Some(_)) => 0.0,
            (Some(_), None) => 1.0,
            (None, None) => 0.5,
        }
    }

    /// Whether the table is one that `of` could have made.
    pub(crate) fn is_sound(&self) -> bool {
        self.values.len() == self.ranks.len()
            && self.values.len() <= MAX_KNOTS
            && self.values.iter().all(|value| value.is_finite())
            && self.ranks.iter().all(|rank| (0.0..=1.0).contains(rank))
            && self.values.is_sorted_by(|a, b| a < b)
            && self.ranks.is_sorted()
    }

    #[cfg(any(test, feature = "train"))]
    pub(crate) fn round(&mut self, rounded: impl Fn(f64) -> f64) {
        for number in self.values.iter_mut().chain(&mut self.ranks) {
            *number = rounded(*number);
        }
        // Rounding may join two neighbours.
        let mut kept: Vec<(f64, f64)> = Vec::with_capacity(self.values.len());
        for (&value, &rank) in self.values.iter().zip(&self.ranks) {
            if kept.last().is_none_or(|&(before, _)| before < value) {
                kept.push((value, rank));
            }
        }
        (self.values, self.ranks) = kept.into_iter().unzip();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mid_ranks_count_those_below_and_half_of_those_equal() {
        let table = RankTable::of(&[1.0, 2.0, 2.0, 4.0], 100);
        assert_eq!(
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|value| table.rank(value)),
            [0.0, 0.125, 0.5, 0.6875, 0.875, 1.0]
        );
        assert_eq!(RankTable::of(&[], 10).rank(3.0), 0.5);
    }

    #[test]
    fn a_rounded_table_gives_the_ranks_it_gave_before() {
        let sample: Vec<f64> = [1.0, 1.0, 1.0, 2.0, 7.0, 7.0].map(f64::ln_1p).to_vec();
        let exact = RankTable::of(&sample, 100);
        let mut rounded = exact.clone();
        rounded.round(|value| format!("{value:.11e}").parse().unwrap());
        for value in sample {
            assert!((exact.rank(value) - rounded.rank(value)).abs() < 1e-11, "{value}");
        }
    }

    #[test]
    fn fewer_knots_keep_ranks_within_a_step() {
        let sample: Vec<f64> = (0..10_000).map(f64::from).collect();
        let (fine, coarse) = (RankTable::of(&sample, MAX_KNOTS), RankTable::of(&sample, 64));
        assert!(coarse.is_sound() && coarse.values.len() <= 64);
        for value in [0.0, 17.5, 5_000.0, 9_999.0] {
            assert!((fine.rank(value) - coarse.rank(value)).abs() < 1e-3, "{value}");
        }
    }
}
