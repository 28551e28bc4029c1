//! Scores of predictions against labels.
//!
//! Every function takes labels and scores of the same rows; order matters only where ties are broken by it.

use serde::{Deserialize, Serialize};

/// How well predictions agree with labels.
///
/// A figure that the data cannot give (an AUC of one class only) is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Chance that a buggy change scores above a clean one; equal scores count half. See [`auc`].
    pub auc: Option<f64>,
    /// Average precision. See [`pr_auc`].
    pub pr_auc: Option<f64>,
    /// Mean squared error of the probabilities. See [`brier`].
    pub brier: Option<f64>,
    /// Expected calibration error over ten equal-count bins. See [`ece`].
    pub ece: Option<f64>,
    /// Share of the buggy changes found in the first fifth of the effort. See [`recall_at_effort`].
    pub recall_at_20_effort: Option<f64>,
    /// Rows.
    pub n: usize,
    /// Buggy rows.
    pub positives: usize,
}

impl Scores {
    /// All scores of `predictions`; `efforts` are lines changed plus one.
    pub fn of(labels: &[bool], predictions: &[f64], efforts: &[f64]) -> Self {
        Self {
            auc: auc(labels, predictions),
            pr_auc: pr_auc(labels, predictions),
            brier: brier(labels, predictions),
            ece: ece(labels, predictions),
            recall_at_20_effort: recall_at_effort(labels, predictions, efforts, 0.2),
            n: labels.len(),
            positives: labels.iter().filter(|&&buggy| buggy).count(),
        }
    }
}

fn ascending(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| at(scores, a).total_cmp(&at(scores, b)));
    order
}

fn at(values: &[f64], index: usize) -> f64 {
    // Adding zero makes -0 and 0 one value, as the definitions compare them.
    values.get(index).copied().unwrap_or(f64::NAN) + 0.0
}

fn is_buggy(labels: &[bool], index: usize) -> bool {
    labels.get(index).copied().unwrap_or(false)
}

/// Groups of equal scores along `order`, each as (buggy, clean) counts.
fn groups(labels: &[bool], scores: &[f64], order: &[usize]) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    let mut previous = None;
    for &index in order {
        let score = at(scores, index);
        if previous != Some(score) {
            found.push((0.0, 0.0));
            previous = Some(score);
        }
        if let Some(group) = found.last_mut() {
            if is_buggy(labels, index) {
                group.0 += 1.0;
            } else {
                group.1 += 1.0;
            }
        }
    }
    found
}

/// Area under the ROC curve: the share of (buggy, clean) pairs in which the buggy one scores higher, ties counted half.
///
/// Source: Mann and Whitney (1947); Hanley and McNeil, Radiology 143 (1982). O(n log n). `None` without both classes.
pub fn auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let (mut below, mut wins, mut buggy) = (0.0, 0.0, 0.0);
    for (positive, negative) in groups(labels, scores, &ascending(scores)) {
        wins += positive * (below + negative / 2.0);
        below += negative;
        buggy += positive;
    }
    (buggy > 0.0 && below > 0.0).then(|| wins / (buggy * below))
}

/// Average precision: over distinct scores descending, the sum of recall gained times precision, without interpolation.
///
/// Equal scores enter together. O(n log n). `None` without a buggy row.
pub fn pr_auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let total = labels.iter().filter(|&&buggy| buggy).count() as f64;
    let (mut found, mut seen, mut sum) = (0.0, 0.0, 0.0);
    for (positive, negative) in groups(labels, scores, &ascending(scores)).into_iter().rev() {
        seen += positive + negative;
        found += positive;
        sum += positive / total * (found / seen);
    }
    (total > 0.0).then_some(sum)
}

/// Brier score: the mean of (clip(p, 0, 1) - y)². `None` without rows.
pub fn brier(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let sum: f64 = labels
        .iter()
        .zip(scores)
        .map(|(&buggy, score)| (score.clamp(0.0, 1.0) - f64::from(u8::from(buggy))).powi(2))
        .sum();
    (!labels.is_empty()).then(|| sum / labels.len() as f64)
}

/// Expected calibration error: rows by ascending score (ties by row) into ten bins of equal count, position i into bin
/// floor(10 i / n); the sum over bins of |observed - predicted|, over n. `None` without rows.
///
/// A perfectly calibrated model does not score 0; compare with [`ece_floor`].
pub fn ece(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let order = ascending(scores);
    ece_along(&order, |index| f64::from(u8::from(is_buggy(labels, index))), scores)
}

fn ece_along(order: &[usize], label: impl Fn(usize) -> f64, scores: &[f64]) -> Option<f64> {
    let n = order.len();
    let mut bins = [(0.0, 0.0); 10];
    for (position, &index) in order.iter().enumerate() {
        if let Some(bin) = bins.get_mut(10 * position / n.max(1)) {
            bin.0 += label(index);
            bin.1 += at(scores, index);
        }
    }
    (n > 0).then(|| bins.iter().map(|(seen, said)| (seen - said).abs()).sum::<f64>() / n as f64)
}

/// What [`ece`] a perfectly calibrated model with these predictions would show: the mean over 40 sets of labels drawn from
/// the predictions themselves. Deterministic. `None` without rows.
pub fn ece_floor(scores: &[f64]) -> Option<f64> {
    let clipped: Vec<f64> = scores.iter().map(|score| score.clamp(0.0, 1.0)).collect();
    let order = ascending(&clipped);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut sum = 0.0;
    for _ in 0..40 {
        let drawn: Vec<f64> = clipped
            .iter()
            .map(|&chance| {
                // Marsaglia's xorshift64*: enough for an average, and the same on every machine.
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                let uniform = (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64;
                f64::from(u8::from(uniform < chance))
            })
            .collect();
        sum += ece_along(&order, |index| at(&drawn, index), &clipped)?;
    }
    Some(sum / 40.0)
}

/// Rows by score per effort, descending (ties by row): the longest prefix whose effort stays within `fraction` of all, and
/// the share of the buggy rows in it. `None` without a buggy row.
///
/// This ordering favours tiny changes by construction. It is a convention of research, not a policy for review.
pub fn recall_at_effort(labels: &[bool], scores: &[f64], efforts: &[f64], fraction: f64) -> Option<f64> {
    let density: Vec<f64> = scores.iter().zip(efforts).map(|(score, effort)| -score / effort).collect();
    let budget = fraction * efforts.iter().sum::<f64>();
    let (mut spent, mut found) = (0.0, 0.0);
    for index in ascending(&density) {
        spent += at(efforts, index);
        if spent > budget {
            break;
        }
        found += f64::from(u8::from(is_buggy(labels, index)));
    }
    let total = labels.iter().filter(|&&buggy| buggy).count();
    (total > 0).then(|| found / total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 5] = [true, false, true, false, false];
    const SCORES: [f64; 5] = [0.9, 0.9, 0.4, 0.2, 0.6];

    #[test]
    fn auc_counts_pairs_and_ties_half() {
        // Pairs won: .9 over .2 and .6 and half of .9; .4 over .2: 3.5 of 6.
        assert_eq!(auc(&LABELS, &SCORES), Some(3.5 / 6.0));
        assert_eq!(auc(&[true, true], &[0.1, 0.2]), None);
    }

    #[test]
    fn average_precision_lets_equal_scores_enter_together() {
        // Precision 1/2 at the first half of recall, 2/4 at the second.
        assert_eq!(pr_auc(&LABELS, &SCORES), Some(0.5));
        assert_eq!(pr_auc(&[false], &[0.5]), None);
    }

    #[test]
    fn brier_clips_and_averages() {
        assert_eq!(brier(&[true, false], &[1.5, 0.5]), Some(0.125));
        assert_eq!(brier(&[], &[]), None);
    }

    #[test]
    fn calibration_error_sums_over_equal_count_bins() {
        let labels = [true; 10];
        assert_eq!(ece(&labels, &[0.75; 10]), Some(0.25));
        let half: Vec<bool> = (0..20).map(|row| row % 2 == 0).collect();
        assert_eq!(ece(&half, &[0.5; 20]), Some(0.0));
        let floor = ece_floor(&[0.5; 1000]).unwrap();
        assert!((0.02..0.06).contains(&floor), "{floor}");
    }

    #[test]
    fn recall_at_effort_stops_at_the_first_row_beyond_the_budget() {
        let efforts = [10.0, 1.0, 1.0, 1.0, 7.0];
        // Densities .09 .9 .4 .2 .086; budget 4 of 20 admits the three of effort 1.
        assert_eq!(recall_at_effort(&LABELS, &SCORES, &efforts, 0.2), Some(0.5));
    }
}
