//! From measured commits to the risk of a deploy.

use std::collections::HashSet;

use gonogo_core::ObjectId;

use super::report::{CommitRisk, DeployRisk, HistoryFacts, RiskReport};
use crate::factor::Definitions;
use crate::history::MeasuredCommit;
use crate::model::{InputValues, Model, ModelError, RankTable};

/// Version of [`RiskReport`].
const SCHEMA: u32 = 1;
/// Fewer runs than these give no rank of a deploy.
const MINIMUM_RUNS: usize = 100;

/// How a deploy is assessed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AssessOptions {
    /// Fewer earlier commits than these give no rank.
    pub minimum_history: usize,
    /// How many of the newest earlier commits ranks and the median change refer to.
    pub reference_commits: usize,
    /// By which rules the commits were measured.
    pub definitions: Definitions,
    /// The first commit of the whole history, in feeding order: which history this is.
    pub first_commit: Option<ObjectId>,
    /// Earlier commits that could not be read, for the account.
    pub unreadable: usize,
}

impl Default for AssessOptions {
    fn default() -> Self {
        Self {
            minimum_history: 200,
            reference_commits: 2_000,
            definitions: Definitions::Gonogo1,
            first_commit: None,
            unreadable: 0,
        }
    }
}

/// Assesses the commits of `range` against the other commits of `history`, which is in feeding order.
///
/// `merges` and `outside` are for the account only. The noisy-or treats commits as independent; runs are compared by
/// Σ -ln(1 - score), which orders as the noisy-or does and does not round to 1. O(n log n).
///
/// # Errors
/// [`ModelError::Definitions`] if the model reads factors of other definitions.
pub fn assess_deploy(
    history: &[MeasuredCommit],
    range: &HashSet<ObjectId>,
    (merges, outside): (usize, usize),
    model: &Model,
    options: &AssessOptions,
) -> Result<RiskReport, ModelError> {
    let inputs = |commit: &MeasuredCommit| model.inputs(&commit.named(options.definitions.clone()));
    let (ours, earlier): (Vec<_>, Vec<_>) = history.iter().partition(|commit| range.contains(&commit.commit));
    let reference: Vec<&MeasuredCommit> =
        earlier.get(earlier.len().saturating_sub(options.reference_commits)..).unwrap_or_default().to_vec();
    let reference_inputs = reference.iter().map(|commit| inputs(commit)).collect::<Result<Vec<InputValues>, _>>()?;
    let log_odds: Vec<f64> = reference_inputs.iter().map(|values| model.log_odds(values)).collect();
    let median = model.median_of(&reference_inputs);
    let enough = earlier.len() >= options.minimum_history.max(1);
    let ranks = enough.then(|| RankTable::of(&log_odds, usize::MAX));
    let no_rank = (!enough)
        .then(|| format!("{} earlier commits, and a rank wants {}", earlier.len(), options.minimum_history.max(1)));

    let mut commits = Vec::with_capacity(ours.len());
    let mut hazards = Vec::with_capacity(ours.len());
    for commit in &ours {
        let assessment = model.assess(&commit.named(options.definitions.clone()), &median)?;
        hazards.push(hazard(assessment.score));
        commits.push(CommitRisk {
            commit: commit.commit,
            subject: commit.subject.clone(),
            factors: commit.factors.clone(),
            fix: commit.factors.fix,
            rank: ranks.as_ref().map(|ranks| ranks.rank(assessment.log_odds)),
            score: assessment.score,
            log_odds: assessment.log_odds,
            base: assessment.base,
            share: 0.0,
            contributions: assessment.contributions,
            interactions: assessment.interactions,
        });
    }
    let total: f64 = hazards.iter().sum();
    for (commit, hazard) in commits.iter_mut().zip(&hazards) {
        commit.share = if total > 0.0 { hazard / total } else { 0.0 };
    }
    let added = |commit: &&MeasuredCommit| commit.factors.la as f64;
    let lines_added = ours.iter().fold(0u64, |sum, commit| sum.saturating_add(commit.factors.la));
    let reference_hazards: Vec<f64> = reference_inputs.iter().map(|values| hazard(model.score(values))).collect();
    let runs = reference.len().saturating_sub(ours.len().max(1) - 1);
    // Runs overlap: a few dozen lengths of history must be there before a share of them says something.
    let comparable = enough && runs >= MINIMUM_RUNS && ours.len() * 10 <= reference.len() && !ours.is_empty();
    let rank_of =
        |values: &[f64], own: f64| comparable.then(|| RankTable::of(&sums(values, ours.len()), usize::MAX).rank(own));
    let deploy = DeployRisk {
        commits: commits.len(),
        merges,
        outside,
        rank: rank_of(&reference_hazards, total),
        lines_added_rank: rank_of(&reference.iter().map(added).collect::<Vec<_>>(), lines_added as f64),
        runs: if comparable { runs } else { 0 },
        no_rank: (!comparable).then(|| {
            no_rank.clone().unwrap_or_else(|| {
                format!("{} commits at once, and only {} earlier ones to compare with", ours.len(), reference.len())
            })
        }),
        highest_commit_rank: commits.iter().filter_map(|commit| commit.rank).reduce(f64::max),
        noisy_or: -(-total).exp_m1(),
        lines_added,
    };
    commits.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    let calibrated = model.history().is_some() && model.history() == options.first_commit;
    Ok(RiskReport {
        schema: SCHEMA,
        model: model.id().to_owned(),
        definitions: options.definitions.clone(),
        calibrated,
        history: HistoryFacts {
            commits: earlier.len(),
            reference: reference.len(),
            unreadable: options.unreadable,
            no_rank,
        },
        deploy,
        commits,
    })
}

/// -ln(1 - p): adds up over commits where chances of staying clean multiply.
fn hazard(score: f64) -> f64 {
    -(-score.clamp(0.0, 1.0 - 1e-12)).ln_1p()
}

/// The sum of every run of `length` consecutive values.
fn sums(values: &[f64], length: usize) -> Vec<f64> {
    values.windows(length.max(1)).map(|run| run.iter().sum()).collect()
}
