//! Declared risk meets computed risk in rules, never in an average.

use std::sync::Arc;

use gonogo_core::{BoxError, Check, CheckContext, Facts, Finding, ObjectId, Outcome, Severity, async_trait};
use serde::{Deserialize, Serialize};

use super::computed::RiskCheck;
use super::policy::RiskPolicy;
use super::rules::{DECLARED_HIGH, DECLARED_LOW_COMPUTED_HIGH, DECLARED_MISSING};
use crate::deploy::RiskReport;

/// How risky a person said a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeclaredLevel {
    /// Low.
    Low,
    /// Neither low nor high.
    Medium,
    /// High.
    High,
}

/// What was declared of one issue, and the commits of the deploy that belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredRisk {
    /// The key.
    pub subject: String,
    /// What was declared; `None` where the field is empty.
    pub level: Option<DeclaredLevel>,
    /// Its commits.
    #[serde(default)]
    pub commits: Vec<ObjectId>,
}

/// Where declared risks come from: a tracker's field, a trailer, a form.
///
/// # Contract
/// Every issue of the deploy appears once, those without a declared risk with `level: None`. What cannot be fetched is an
/// error, never a shorter list.
pub trait DeclaredRisks: Send + Sync {
    /// What was declared of the issues of this deploy. May block.
    ///
    /// # Errors
    /// If an issue or its field cannot be read.
    fn declared(&self, cx: &CheckContext) -> Result<Vec<DeclaredRisk>, BoxError>;
}

/// The findings on declared risks, given the computed report if there is one.
pub fn declared_findings(declared: &[DeclaredRisk], report: Option<&RiskReport>, policy: &RiskPolicy) -> Vec<Finding> {
    declared.iter().filter_map(|one| finding(one, report, policy)).collect()
}

fn finding(one: &DeclaredRisk, report: Option<&RiskReport>, policy: &RiskPolicy) -> Option<Finding> {
    match one.level {
        None => Some(
            Finding::new(DECLARED_MISSING, &one.subject, Severity::Note, "no risk was declared")
                .remedy("fill in the risk field of the issue"),
        ),
        Some(DeclaredLevel::High) => Some(
            Finding::new(DECLARED_HIGH, &one.subject, Severity::Caution, "declared high risk")
                .remedy("agree on who watches the rollout and how it is taken back, then approve"),
        ),
        Some(DeclaredLevel::Medium) => None,
        Some(DeclaredLevel::Low) => {
            let riskiest = report?
                .commits
                .iter()
                .filter(|commit| one.commits.contains(&commit.commit))
                .filter(|commit| commit.rank.is_some_and(|rank| rank >= policy.declared_low_limit))
                .max_by(|a, b| a.log_odds.total_cmp(&b.log_odds))?;
            let rank = riskiest.rank?;
            Some(
                Finding::new(
                    DECLARED_LOW_COMPUTED_HIGH,
                    &one.subject,
                    Severity::Caution,
                    format!(
                        "declared low risk, but commit {} ranks above {:.0} % of the changes of this history",
                        riskiest.commit.short(),
                        (rank * 100.0).floor()
                    ),
                )
                .evidence("commit", riskiest.commit.to_string())
                .evidence("rank", rank)
                .remedy("ask whoever declared it to look again, and to approve or to raise the declared risk"),
            )
        }
    }
}

/// Holds declared risks against each other and against the computed ranks: check `risk/declared`.
pub struct DeclaredRiskCheck {
    source: Arc<dyn DeclaredRisks>,
    computed: RiskCheck,
    policy: RiskPolicy,
}

impl std::fmt::Debug for DeclaredRiskCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeclaredRiskCheck").field("computed", &self.computed).finish_non_exhaustive()
    }
}

impl DeclaredRiskCheck {
    /// Compares what `source` says was declared with what `computed` finds.
    pub fn new(source: Arc<dyn DeclaredRisks>, computed: RiskCheck, policy: RiskPolicy) -> Self {
        Self { source, computed, policy }
    }
}

#[async_trait]
impl Check for DeclaredRiskCheck {
    fn id(&self) -> &str {
        "risk/declared"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let declared = match self.source.declared(cx) {
            Ok(declared) => declared,
            Err(error) => {
                return Ok(Outcome::undetermined(
                    format!("the declared risks cannot be read: {error}"),
                    "make the tracker reachable, or take the check out of the gate",
                ));
            }
        };
        if declared.is_empty() {
            return Ok(Outcome::not_applicable("no issue of this deploy could declare a risk"));
        }
        // Only a low declaration needs the computed rank; without one a history that cannot be read does not matter.
        let needed = declared.iter().any(|one| one.level == Some(DeclaredLevel::Low));
        let report = match needed.then(|| self.computed.assess(cx)).transpose() {
            Ok(report) => report.map(|(report, _)| report),
            Err(error) => {
                return Ok(Outcome::undetermined(
                    format!("issues were declared low risk, and the computed risk is not known: {error}"),
                    "fetch the whole history (fetch-depth: 0)",
                ));
            }
        };
        let facts = Facts::new().count("declared-risks", declared.len() as u64);
        Ok(Outcome::examined(declared_findings(&declared, report.as_ref(), &self.policy), facts))
    }
}
