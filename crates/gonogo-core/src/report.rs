//! The decision with everything it rests on.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decision::Decision;
use crate::deploy::Deploy;
use crate::finding::{Finding, Severity};
use crate::judge::judge;
use crate::outcome::{Conclusion, Outcome};
use crate::policy::{Lapse, Policy};
use crate::timestamp::Timestamp;

/// The version of the report's JSON that this crate writes and reads.
pub const REPORT_SCHEMA: &str = "gonogo.report/1";

/// A decision, its reasons, and all the evidence it was made from.
///
/// The JSON form is described in `docs/report.md`. Unknown enum values, and unknown fields of anything the decision depends
/// on, are errors when it is read: a report that this version cannot judge in full is not judged at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    schema: Schema,
    /// The decision.
    pub decision: Decision,
    /// What was asked.
    pub deploy: Deploy,
    /// When it was decided; `None` when no clock could be trusted.
    pub decided_at: Option<Timestamp>,
    /// From when on it is no longer good; `None` when nothing limits it, or no clock could be trusted.
    pub valid_until: Option<Timestamp>,
    /// [`Policy::digest`] of the policy.
    pub policy_digest: String,
    /// The policy it was judged by.
    pub policy: Policy,
    /// Which of the policy's overrides is used, when the decision is NoGo and a person ships in spite of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden_by: Option<usize>,
    /// What weighs more than a note, gravest first; what a waiver or approval cleared is among them and says so.
    pub reasons: Vec<Reason>,
    /// Waivers, approvals and overrides of the policy that did nothing, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Lapsed>,
    /// What each check said, by id.
    pub entries: Vec<Entry>,
}

/// One check of a report: how it counted, how its run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// The check's id.
    pub check: String,
    /// Whether it counts.
    #[serde(default)]
    pub mode: Mode,
    /// How its run ended, and what it said.
    pub ended: Conclusion,
    /// How long it ran, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_milliseconds: Option<u64>,
}

impl Entry {
    /// An enforced check that ended so.
    #[must_use]
    pub fn new(check: impl Into<String>, ended: Conclusion) -> Self {
        Self { check: check.into(), mode: Mode::Enforced, ended, took_milliseconds: None }
    }

    /// An enforced check that ran to its end and said this.
    #[must_use]
    pub fn completed(check: impl Into<String>, result: Outcome) -> Self {
        Self::new(check, Conclusion::Completed { result })
    }

    /// The same entry, as a shadow.
    #[must_use]
    pub fn shadow(self) -> Self {
        Self { mode: Mode::Shadow, ..self }
    }

    /// The findings; none unless the check examined.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.ended.outcome().map_or(&[], Outcome::findings)
    }
}

/// Whether a check counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // a check counts or it does not
pub enum Mode {
    /// It counts.
    #[default]
    Enforced,
    /// It runs and is reported, and counts for nothing.
    Shadow,
}

/// Something that weighs more than a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reason {
    /// Which check it comes from; empty when it is about the gate as a whole.
    pub check: String,
    /// What it is.
    pub because: Because,
    /// What it would make of the decision by itself.
    pub weight: Decision,
    /// What it makes of the decision after waivers, approvals and shadowing.
    pub counts: Decision,
    /// The waiver or approval that cleared it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_by: Option<Clearance>,
    /// It comes from a shadow check, and counts for nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

/// What a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", from = "WrittenBecause")]
#[non_exhaustive]
pub enum Because {
    /// A finding of the check.
    Finding {
        /// Its place among the check's findings, from 0.
        index: usize,
    },
    /// The check returned an error.
    Errored,
    /// The check did not answer in time.
    TimedOut,
    /// The check panicked.
    Panicked,
    /// The check is required and was not there.
    Missing,
    /// Several checks have this id, so that none can be trusted to be the one meant.
    DuplicateId,
    /// The check could not tell.
    Undetermined,
    /// The check is required and says that it does not apply.
    NotApplicable,
    /// The check's evidence is no longer good, or no clock can say that it is.
    Stale,
    /// No enforced check examined anything.
    NothingExamined,
}

/// [`Because`] as it is read: serde lets unknown fields of a unit variant pass, and those of an empty one not.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum WrittenBecause {
    Finding { index: usize },
    Errored {},
    TimedOut {},
    Panicked {},
    Missing {},
    DuplicateId {},
    Undetermined {},
    NotApplicable {},
    Stale {},
    NothingExamined {},
}

impl From<WrittenBecause> for Because {
    fn from(written: WrittenBecause) -> Self {
        match written {
            WrittenBecause::Finding { index } => Self::Finding { index },
            WrittenBecause::Errored {} => Self::Errored,
            WrittenBecause::TimedOut {} => Self::TimedOut,
            WrittenBecause::Panicked {} => Self::Panicked,
            WrittenBecause::Missing {} => Self::Missing,
            WrittenBecause::DuplicateId {} => Self::DuplicateId,
            WrittenBecause::Undetermined {} => Self::Undetermined,
            WrittenBecause::NotApplicable {} => Self::NotApplicable,
            WrittenBecause::Stale {} => Self::Stale,
            WrittenBecause::NothingExamined {} => Self::NothingExamined,
        }
    }
}

/// Which waiver or approval of the policy cleared something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Clearance {
    /// The waiver at this place of [`Policy::waivers`], from 0.
    Waiver(usize),
    /// The approval at this place of [`Policy::approvals`], from 0.
    Approval(usize),
    /// The override at this place of [`Policy::overrides`], from 0.
    Override(usize),
}

/// A waiver, approval or override that did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Lapsed {
    /// Which.
    pub which: Clearance,
    /// Why.
    pub why: Lapse,
}

impl Lapsed {
    pub(crate) fn new(which: Clearance, why: Lapse) -> Self {
        Self { which, why }
    }
}

impl Reason {
    /// The finding it points at, in this report.
    #[must_use]
    pub fn finding<'a>(&self, report: &'a Report) -> Option<&'a Finding> {
        let Because::Finding { index } = self.because else { return None };
        let mode = if self.shadow { Mode::Shadow } else { Mode::Enforced };
        let entry = report.entries.iter().find(|entry| entry.check == self.check && entry.mode == mode)?;
        entry.findings().get(index)
    }
}

/// A report that does not follow from its own entries and policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the report's {part} does not follow from its entries and policy: it was edited, or written by another version"
)]
pub struct VerifyError {
    part: &'static str,
}

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no {REPORT_SCHEMA} report: {source}")]
pub struct ReadReportError {
    source: serde_json::Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Schema;

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REPORT_SCHEMA)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = String::deserialize(deserializer)?;
        if given == REPORT_SCHEMA {
            return Ok(Self);
        }
        Err(serde::de::Error::custom(format!("it says `{given}`, and this version reads `{REPORT_SCHEMA}`")))
    }
}

impl Report {
    #[allow(clippy::too_many_arguments)] // called in one place, by the judge
    pub(crate) fn new(
        decision: Decision,
        deploy: Deploy,
        decided_at: Option<Timestamp>,
        valid_until: Option<Timestamp>,
        policy: Policy,
        overridden_by: Option<usize>,
        reasons: Vec<Reason>,
        lapsed: Vec<Lapsed>,
        entries: Vec<Entry>,
    ) -> Self {
        let policy_digest = policy.digest();
        Self {
            schema: Schema,
            decision,
            deploy,
            decided_at,
            valid_until,
            policy_digest,
            policy,
            overridden_by,
            reasons,
            lapsed,
            entries,
        }
    }

    /// Judges the report's own entries again and compares.
    ///
    /// # Errors
    /// When anything that was judged differs: the decision, its reasons, the digest, the times.
    pub fn verify(&self) -> Result<(), VerifyError> {
        let again = judge(&self.deploy, &self.policy, self.entries.clone(), self.decided_at);
        let parts = [
            ("decision", self.decision == again.decision),
            ("policy digest", self.policy_digest == again.policy_digest),
            ("list of reasons", self.reasons == again.reasons),
            ("end of validity", self.valid_until == again.valid_until),
            ("override", self.overridden_by == again.overridden_by),
            ("list of lapsed clearances", self.lapsed == again.lapsed),
            ("list of entries", self.entries == again.entries),
        ];
        match parts.into_iter().find(|(_, same)| !same) {
            Some((part, _)) => Err(VerifyError { part }),
            None => Ok(()),
        }
    }

    /// The report as JSON, indented.
    ///
    /// # Errors
    /// None that a report made by this crate can cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Reads a report. It may still have been edited: see [`Report::verify`].
    ///
    /// # Errors
    /// When it is no JSON, of another schema, cut off, or has something that this version cannot judge.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadReportError> {
        serde_json::from_slice(bytes).map_err(|source| ReadReportError { source })
    }

    /// The entry of this check.
    #[must_use]
    pub fn entry(&self, check: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.check == check)
    }

    /// The severity that a finding has under the report's policy.
    #[must_use]
    pub fn weight(&self, finding: &Finding) -> Severity {
        self.policy.weight(finding)
    }
}
