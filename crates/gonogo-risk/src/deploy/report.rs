//! What is said of a deploy, as data.

use gonogo_core::ObjectId;
use serde::{Deserialize, Serialize};

use crate::factor::Definitions;
use crate::history::CommitFactors;
use crate::model::{Contribution, Interaction};

/// The risk of the commits of a deploy, ranked in the repository's own history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RiskReport {
    /// Version of this form of report.
    pub schema: u32,
    /// Name and hash of the model.
    pub model: String,
    /// By which rules the factors were measured.
    pub definitions: Definitions,
    /// Whether the model was calibrated on this very history, so that its scores may be read as probabilities.
    pub calibrated: bool,
    /// What the ranks refer to.
    pub history: HistoryFacts,
    /// All non-merge commits together.
    pub deploy: DeployRisk,
    /// Each non-merge commit, riskiest first.
    pub commits: Vec<CommitRisk>,
}

/// The history that ranks refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryFacts {
    /// Non-merge commits that production has already.
    pub commits: usize,
    /// How many of them, the newest, ranks and the median change refer to.
    pub reference: usize,
    /// Earlier commits that could not be read and are left out: their blobs are not in this clone.
    #[serde(default)]
    pub unreadable: usize,
    /// Why no rank is given, where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_rank: Option<String>,
}

/// What all commits of a deploy make together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeployRisk {
    /// Non-merge commits scored.
    pub commits: usize,
    /// Merges, which are not scored.
    pub merges: usize,
    /// Commits outside the service's paths, which are not scored.
    pub outside: usize,
    /// Share of runs of as many consecutive commits in this history that score lower, ties half. The size of the deploy is taken
    /// out: a run is compared with runs of its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<f64>,
    /// The same of the lines added alone: the baseline. Where it says as much, the model adds nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_added_rank: Option<f64>,
    /// How many runs `rank` refers to.
    pub runs: usize,
    /// Why `rank` is missing, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_rank: Option<String>,
    /// Highest rank of a single commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_commit_rank: Option<f64>,
    /// 1 - Π (1 - score): a probability only if `calibrated`.
    pub noisy_or: f64,
    /// Lines added by all commits.
    pub lines_added: u64,
}

/// One commit of a deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommitRisk {
    /// The commit.
    pub commit: ObjectId,
    /// First line of its message.
    pub subject: String,
    /// Its factors, by the definitions of the report; `null` is missing.
    pub factors: CommitFactors,
    /// Whether the message says that it repairs a defect.
    pub fix: bool,
    /// Share of the reference commits that score lower, ties half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<f64>,
    /// The model's score; a probability only if `calibrated`.
    pub score: f64,
    /// Log-odds before the calibrator: `base` plus all contributions.
    pub log_odds: f64,
    /// Log-odds of the median change of this history.
    pub base: f64,
    /// Its share of the deploy's risk, 0 to 1.
    pub share: f64,
    /// What raised and lowered it against the median change, largest first.
    pub contributions: Vec<Contribution>,
    /// The largest pairs.
    pub interactions: Vec<Interaction>,
}
