//! What a team trusts: required checks, raised severities, and who may clear what, until when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::finding::{Finding, Severity};
use crate::revision::ObjectId;
use crate::timestamp::Timestamp;

/// Everything besides the evidence that a decision depends on.
///
/// Severities can be raised here and never lowered: lowering one finding is a [`Waiver`], with a name and an end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Checks that must be there, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requirements: BTreeMap<String, Requirement>,
    /// The least severity of a rule's findings, by rule id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub raise: BTreeMap<String, Severity>,
    /// Findings that somebody answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// Holds that somebody cleared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Deploys that somebody ships in spite of a NoGo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// For how many seconds a decision is good at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_seconds: Option<u64>,
}

/// How much a check must be there. A check that nothing is said about is optional: it counts when it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Requirement {
    /// Missing is NoGo, and 'not applicable' is Hold.
    Required,
    /// Missing is NoGo; 'not applicable' is fine.
    WhereApplicable,
}

/// Lowers the findings of one rule to a note, until a time; they stay visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule whose findings are lowered.
    pub rule: String,
    /// Only those about this subject; all, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Only when this commit is deployed; any, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<ObjectId>,
    /// Who answers for it. A blank name answers for nothing.
    pub who: String,
    /// Why. A blank reason is none.
    pub why: String,
    /// From this time on it is dead.
    pub until: Timestamp,
}

/// A person clears a Hold for one commit, until a time. Never touches a Stop, nor a check that did not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What is cleared.
    pub clears: ApprovalTarget,
    /// The commit whose deploy is approved.
    pub head: ObjectId,
    /// Who answers for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// From this time on it is dead.
    pub until: Timestamp,
}

/// What an approval clears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[allow(clippy::exhaustive_enums)] // a new kind of target changes what an approval means
pub enum ApprovalTarget {
    /// Whatever holds in the check of this id.
    Check(String),
    /// The cautions of a rule.
    Rule {
        /// The rule.
        id: String,
        /// Only those about this subject; all, where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
}

/// A person ships in spite of a NoGo: stands beside it in the report and changes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The commit that is shipped.
    pub head: ObjectId,
    /// Who answers for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// From this time on it is dead.
    pub until: Timestamp,
}

/// Why a waiver, approval or override does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Lapse {
    /// No trustworthy clock says that its time is not over.
    NoClock,
    /// Its time is over.
    Expired,
    /// It is bound to another commit.
    OtherHead,
    /// It does not say who or why.
    Anonymous,
    /// Nothing is there that it could clear.
    Unused,
}

fn lapse(
    head: Option<&ObjectId>,
    who: &str,
    why: &str,
    until: Timestamp,
    deployed: &ObjectId,
    now: Option<Timestamp>,
) -> Option<Lapse> {
    match now {
        None => return Some(Lapse::NoClock),
        Some(now) if now >= until => return Some(Lapse::Expired),
        Some(_) => {}
    }
    if head.is_some_and(|head| head != deployed) {
        return Some(Lapse::OtherHead);
    }
    (who.trim().is_empty() || why.trim().is_empty()).then_some(Lapse::Anonymous)
}

fn about(wanted: Option<&String>, finding: &Finding) -> bool {
    wanted.is_none_or(|subject| *subject == finding.subject)
}

impl Waiver {
    /// Why it is dead for this deploy, or `None` while it lives.
    #[must_use]
    pub fn lapse(&self, deployed: &ObjectId, now: Option<Timestamp>) -> Option<Lapse> {
        lapse(self.head.as_ref(), &self.who, &self.why, self.until, deployed, now)
    }

    /// Whether it names this finding.
    #[must_use]
    pub fn names(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && about(self.subject.as_ref(), finding)
    }
}

impl Approval {
    /// Why it is dead for this deploy, or `None` while it lives.
    #[must_use]
    pub fn lapse(&self, deployed: &ObjectId, now: Option<Timestamp>) -> Option<Lapse> {
        lapse(Some(&self.head), &self.who, &self.why, self.until, deployed, now)
    }

    /// Whether it names this finding of this check.
    #[must_use]
    pub fn names(&self, check: &str, finding: &Finding) -> bool {
        match &self.clears {
            ApprovalTarget::Check(id) => id == check,
            ApprovalTarget::Rule { id, subject } => *id == finding.rule && about(subject.as_ref(), finding),
        }
    }

    /// Whether it names this check as a whole.
    #[must_use]
    pub fn names_check(&self, check: &str) -> bool {
        matches!(&self.clears, ApprovalTarget::Check(id) if id == check)
    }
}

impl Override {
    /// Why it is dead for this deploy, or `None` while it lives.
    #[must_use]
    pub fn lapse(&self, deployed: &ObjectId, now: Option<Timestamp>) -> Option<Lapse> {
        lapse(Some(&self.head), &self.who, &self.why, self.until, deployed, now)
    }
}

impl Policy {
    /// A policy that requires nothing, raises nothing and lets nothing pass.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same policy; the check of this id must be there and must apply.
    #[must_use]
    pub fn require(self, check: impl Into<String>) -> Self {
        self.requirement(check, Requirement::Required)
    }

    /// The same policy; the check of this id must be there, and may say that it does not apply.
    #[must_use]
    pub fn require_where_applicable(self, check: impl Into<String>) -> Self {
        self.requirement(check, Requirement::WhereApplicable)
    }

    fn requirement(mut self, check: impl Into<String>, requirement: Requirement) -> Self {
        self.requirements.insert(check.into(), requirement);
        self
    }

    /// The same policy; findings of this rule weigh at least this much.
    #[must_use]
    pub fn raise(mut self, rule: impl Into<String>, severity: Severity) -> Self {
        self.raise.insert(rule.into(), severity);
        self
    }

    /// The same policy with one more waiver.
    #[must_use]
    pub fn waive(mut self, waiver: Waiver) -> Self {
        self.waivers.push(waiver);
        self
    }

    /// The same policy with one more approval.
    #[must_use]
    pub fn approve(mut self, approval: Approval) -> Self {
        self.approvals.push(approval);
        self
    }

    /// The same policy with one more override.
    #[must_use]
    pub fn override_with(mut self, over: Override) -> Self {
        self.overrides.push(over);
        self
    }

    /// The same policy; a decision is good for this many seconds at most.
    #[must_use]
    pub fn valid_for_seconds(self, seconds: u64) -> Self {
        Self { valid_for_seconds: Some(seconds), ..self }
    }

    /// What a finding weighs under this policy: its own weight, raised where the policy says so.
    #[must_use]
    pub fn weight(&self, finding: &Finding) -> Severity {
        self.raise.get(&finding.rule).map_or(finding.weight(), |&least| finding.weight().max(least))
    }

    /// The SHA-256 digest of the policy's JSON, `sha256:` and 64 hexadecimal digits: two reports with the same digest were
    /// judged by the same policy.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_json(self)
    }
}
