//! The check that ranks a deploy in the repository's own history.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use gonogo_core::{
    BoxError, ChangeHistory, Check, CheckContext, Facts, Finding, HistoryError, ObjectId, Outcome, RepoPath, Severity,
    async_trait,
};
use serde_json::json;

use super::policy::{PolicyError, RiskPolicy};
use super::rules::COMPUTED;
use crate::deploy::{AssessOptions, RiskReport, assess_deploy, measure_for};
use crate::factor::Definitions;
use crate::history::{MeasureError, MeasureOptions, Measured};
use crate::index::{HistoryIndex, IndexFile};
use crate::model::{Model, ModelError};

/// Ranks the commits of a deploy in the repository's own history: check `risk/computed`.
///
/// Without thresholds in the policy it says what it found in facts and one note. A history that is missing or cut short is
/// [`Outcome::Undetermined`], never a low risk. The first run over a long history reads all of it; give it an index file so
/// that later runs read the new commits only. Blocks while it reads.
pub struct RiskCheck {
    history: Arc<dyn ChangeHistory>,
    model: Model,
    policy: RiskPolicy,
    index: Option<PathBuf>,
}

impl std::fmt::Debug for RiskCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RiskCheck")
            .field("model", &self.model.id())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Why the commits of a deploy could not be assessed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssessError {
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("{0}")]
    Changes(#[from] gonogo_core::ChangesError),
}

impl AssessError {
    /// What would make it possible to tell.
    fn remedy(&self) -> String {
        match self {
            Self::Measure(MeasureError::History(HistoryError::Incomplete { remedy, .. })) => remedy.clone(),
            Self::Measure(MeasureError::Order(_)) => "fetch the whole history (fetch-depth: 0)".to_owned(),
            Self::Model(_) => "train the model again, or leave it out to use the shipped one".to_owned(),
            _ => "make the repository readable here, with its whole history".to_owned(),
        }
    }
}

impl RiskCheck {
    /// Ranks with the shipped model, no index file and the default policy.
    ///
    /// # Errors
    /// None in a build whose tests passed.
    pub fn new(history: Arc<dyn ChangeHistory>) -> Result<Self, ModelError> {
        Ok(Self { history, model: Model::shipped()?, policy: RiskPolicy::default(), index: None })
    }

    /// Ranks with this model, such as one trained on the team's own history.
    #[must_use]
    pub fn model(self, model: Model) -> Self {
        Self { model, ..self }
    }

    /// Acts on ranks as the policy says.
    ///
    /// # Errors
    /// If the policy contradicts itself.
    pub fn policy(self, policy: RiskPolicy) -> Result<Self, PolicyError> {
        policy.validate()?;
        Ok(Self { policy, ..self })
    }

    /// Keeps what commits changed in this file. It belongs under the user's cache folder, never inside the repository.
    #[must_use]
    pub fn index_file(self, path: impl Into<PathBuf>) -> Self {
        Self { index: Some(path.into()), ..self }
    }

    /// Assesses the commits of a deploy, with a line about the index file where it could not be used.
    pub(super) fn assess(&self, cx: &CheckContext) -> Result<(RiskReport, Option<String>), AssessError> {
        let changes = cx.changes()?;
        let (mut file, mut trouble) = match &self.index {
            None => (None, None),
            Some(path) => match IndexFile::open(path) {
                Ok(file) => (Some(file), None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        let mut unsaved = HistoryIndex::new();
        let index = file.as_mut().map_or(&mut unsaved, |file| &mut file.index);
        let told = |done: u64, total: u64| cx.progress().report("commits measured", done, Some(total));
        let options = MeasureOptions {
            authored_only: self.policy.authored_only,
            progress: Some(&told),
            ..MeasureOptions::default()
        };
        let merges = changes.commits.iter().filter(|commit| commit.is_merge()).count();
        let all: HashSet<ObjectId> =
            changes.commits.iter().filter(|commit| !commit.is_merge()).map(|commit| commit.id).collect();
        let measured = measure_for(&self.model, &*self.history, &cx.deploy().head, &all, index, options);
        // Of a repository that holds several services only the commits of this one count, in the deploy and in the history.
        let covered = |commit: &ObjectId| {
            let covers = |path: &RepoPath| cx.deploy().covers(path);
            cx.deploy().paths.is_empty()
                || index.get(commit).is_none_or(|files| {
                    files.iter().any(|file| covers(&file.path) || file.old_path.as_ref().is_some_and(&covers))
                })
        };
        let range: HashSet<ObjectId> = all.iter().filter(|commit| covered(commit)).copied().collect();
        let mut reachable: Vec<ObjectId> = index.commits().collect();
        let measured = measured.map(|Measured { mut commits, unreadable }| {
            let first = commits.first().map(|commit| commit.commit);
            reachable = commits.iter().map(|commit| commit.commit).collect();
            commits.retain(|commit| covered(&commit.commit));
            (commits, first, unreadable.len())
        });
        if let Some(file) = file.as_mut()
            && let Err(error) = file.save_reachable(reachable)
        {
            trouble = Some(error.to_string());
        }
        let (history, first_commit, unreadable) = measured?;
        let options = AssessOptions {
            minimum_history: self.policy.minimum_history,
            reference_commits: self.policy.reference_commits,
            definitions: if self.policy.authored_only { Definitions::Gonogo1Authored } else { Definitions::Gonogo1 },
            first_commit,
            unreadable,
        };
        let outside = all.len() - range.len();
        Ok((assess_deploy(&history, &range, (merges, outside), &self.model, &options)?, trouble))
    }

    /// The one finding: where the deploy ranks, and what the policy makes of it.
    fn finding(&self, report: &RiskReport) -> Finding {
        let deploy = &report.deploy;
        let single = deploy.highest_commit_rank.filter(|_| self.policy.single_commits);
        let rank = deploy.rank.into_iter().chain(single).reduce(f64::max);
        let probability = Some(deploy.noisy_or).filter(|_| report.calibrated);
        let above = |value: Option<f64>, threshold: Option<f64>| {
            value.zip(threshold).is_some_and(|(value, threshold)| value >= threshold)
        };
        let reached =
            |of_rank: Option<f64>, of_chance: Option<f64>| above(rank, of_rank) || above(probability, of_chance);
        let (severity, action) = if reached(self.policy.hold, self.policy.hold_probability) {
            (if self.policy.hold_is_stop { Severity::Stop } else { Severity::Caution }, Some("hold"))
        } else if reached(self.policy.sign_off, self.policy.sign_off_probability) {
            (Severity::Caution, Some("sign off"))
        } else if reached(self.policy.communicate, self.policy.communicate_probability) {
            (Severity::Note, Some("communicate"))
        } else {
            (Severity::Note, None)
        };
        let percent = |rank: f64| format!("{:.0} %", (rank * 100.0).floor());
        let said = match (deploy.rank, &deploy.no_rank) {
            (Some(rank), _) => format!(
                "{} commits rank above {} of the runs of {} commits in this history (by lines added alone {})",
                deploy.commits,
                percent(rank),
                deploy.commits,
                deploy.lines_added_rank.map_or("none".to_owned(), percent)
            ),
            (None, why) => {
                format!("{} commits have no rank: {}", deploy.commits, why.as_deref().unwrap_or("too little history"))
            }
        };
        let message = match action {
            Some(action) => format!("{said}: policy says {action}"),
            None => said,
        };
        let top: Vec<_> = report
            .commits
            .iter()
            .take(3)
            .map(|commit| {
                json!({"commit": commit.commit, "subject": commit.subject, "rank": commit.rank, "share": commit.share,
                       "raised_by": commit.contributions.iter().filter(|part| part.log_odds > 0.0).take(3)
                           .map(|part| part.description.as_str()).collect::<Vec<_>>()})
            })
            .collect();
        let finding = Finding::new(COMPUTED, "deploy", severity, message)
            .evidence("model", report.model.as_str())
            .evidence("rank", json!(deploy.rank))
            .evidence("lines_added_rank", json!(deploy.lines_added_rank))
            .evidence("commits", json!(deploy.commits))
            .evidence("lines_added", json!(deploy.lines_added))
            .evidence("riskiest", json!(top));
        let finding = if report.calibrated { finding.evidence("probability", json!(deploy.noisy_or)) } else { finding };
        match action {
            Some(_) => finding.remedy("look at the commits named first; split the deploy, or have them reviewed again"),
            None => finding,
        }
    }
}

#[async_trait]
impl Check for RiskCheck {
    fn id(&self) -> &str {
        COMPUTED
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let (report, trouble) = match self.assess(cx) {
            Ok(assessed) => assessed,
            Err(error) => return Ok(Outcome::undetermined(error.to_string(), error.remedy())),
        };
        let deploy = &report.deploy;
        if deploy.commits == 0 {
            return Ok(Outcome::not_applicable(format!(
                "no commit to score: {} merges, {} outside the service",
                deploy.merges, deploy.outside
            )));
        }
        if let Some(why) = deploy.no_rank.as_deref().filter(|_| self.policy.has_thresholds()) {
            return Ok(Outcome::undetermined(
                format!("the policy sets thresholds, and the deploy has no rank: {why}"),
                "deploy fewer commits at once, lower minimum_history, or take the thresholds out of [risk]",
            ));
        }
        if self.policy.has_probabilities() && !report.calibrated {
            return Ok(Outcome::undetermined(
                format!("the policy sets probabilities, and model {} was not calibrated on this history", report.model),
                "train a model on this history (gonogo risk train) and name it, or set ranks in place of probabilities",
            ));
        }
        let mut facts = Facts::new()
            .count("commits", deploy.commits as u64)
            .count("earlier-commits", report.history.commits as u64)
            .text("model", &report.model);
        if report.history.unreadable > 0 {
            facts = facts.count("unreadable-commits", report.history.unreadable as u64);
        }
        if let Some(trouble) = trouble {
            facts = facts.text("index", trouble);
        }
        Ok(Outcome::examined(vec![self.finding(&report)], facts))
    }
}
