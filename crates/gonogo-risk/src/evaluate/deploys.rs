//! Scores of whole deploys: runs of consecutive changes, of which at least one may be buggy.

use serde::{Deserialize, Serialize};

use crate::scores::{auc, brier};

/// How well four ways to score a run of changes find the runs that hold a buggy one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployScores {
    /// Runs of 1 up to this many consecutive changes of one project, all of them.
    pub longest: usize,
    /// How many runs.
    pub runs: usize,
    /// Runs with a buggy change.
    pub positives: usize,
    /// 1 - Π (1 - p): the chance of any, were the changes independent.
    pub noisy_or: RunScores,
    /// The riskiest change alone.
    pub max: RunScores,
    /// AUC of the sum of lines added.
    pub lines_added_auc: Option<f64>,
    /// AUC of the number of changes alone: the baseline that a longer run is riskier.
    pub count_auc: Option<f64>,
}

/// AUC and Brier score of one way to score runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunScores {
    /// See [`crate::auc`].
    pub auc: Option<f64>,
    /// See [`crate::brier`].
    pub brier: Option<f64>,
}

/// Scores every run of 1 to `longest` consecutive rows of one project. O(n × longest × log).
pub fn score_deploys(
    labels: &[bool],
    predictions: &[f64],
    lines_added: &[f64],
    projects: &[u32],
    longest: usize,
) -> DeployScores {
    let (mut targets, mut any, mut most) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lines, mut counts) = (Vec::new(), Vec::new());
    for start in 0..labels.len() {
        let (mut buggy, mut none, mut max, mut sum) = (false, 1.0, 0.0f64, 0.0);
        for row in start..labels.len().min(start.saturating_add(longest)) {
            if projects.get(row) != projects.get(start) {
                break;
            }
            let chance = predictions.get(row).copied().unwrap_or(0.0).clamp(0.0, 1.0);
            buggy |= labels.get(row).copied().unwrap_or(false);
            none *= 1.0 - chance;
            max = max.max(chance);
            sum += lines_added.get(row).copied().unwrap_or(0.0);
            targets.push(buggy);
            any.push(1.0 - none);
            most.push(max);
            lines.push(sum);
            counts.push((row - start + 1) as f64);
        }
    }
    let both = |scores: &[f64]| RunScores { auc: auc(&targets, scores), brier: brier(&targets, scores) };
    DeployScores {
        longest,
        runs: targets.len(),
        positives: targets.iter().filter(|&&buggy| buggy).count(),
        noisy_or: both(&any),
        max: both(&most),
        lines_added_auc: auc(&targets, &lines),
        count_auc: auc(&targets, &counts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_stay_within_a_project_and_count_any_buggy_change() {
        let scores = score_deploys(&[true, false, false], &[0.5, 0.5, 0.1], &[9.0, 1.0, 1.0], &[0, 0, 1], 2);
        // Runs: {0}, {0, 1}, {1}, {2}; buggy are the first two.
        assert_eq!((scores.runs, scores.positives), (4, 2));
        assert_eq!(scores.noisy_or.auc, Some(3.5 / 4.0));
        assert_eq!(scores.noisy_or.brier, Some((0.25 + 0.0625 + 0.25 + 0.01) / 4.0));
        assert_eq!(scores.lines_added_auc, Some(1.0));
        assert_eq!(scores.count_auc, Some(0.75));
    }
}
