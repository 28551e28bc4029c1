//! What a check says, and how its run ended.

use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::finding::Finding;

/// What a check that ran to its end says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Outcome {
    /// The evidence was read. No findings means nothing to say against the deploy.
    Examined {
        /// What was found.
        #[serde(default)]
        findings: Vec<Finding>,
        /// What was examined.
        #[serde(default)]
        facts: Facts,
    },
    /// The check has nothing to do with this deploy.
    NotApplicable {
        /// Why not.
        why: String,
    },
    /// The evidence could not be had or read: gives Hold.
    Undetermined {
        /// What stood in the way.
        why: String,
        /// What would make it possible to tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Option<String>,
    },
}

impl Outcome {
    /// The evidence was read; this was found, that was examined.
    #[must_use]
    pub fn examined(findings: Vec<Finding>, facts: Facts) -> Self {
        Self::Examined { findings, facts }
    }

    /// The check has nothing to do with this deploy, because `why`.
    #[must_use]
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Self::NotApplicable { why: why.into() }
    }

    /// The evidence could not be had or read because `why`; `remedy` would make it possible to tell.
    #[must_use]
    pub fn undetermined(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Undetermined { why: why.into(), remedy: Some(remedy.into()) }
    }

    /// The findings; none unless examined.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Examined { findings, .. } => findings,
            _ => &[],
        }
    }

    /// The facts, if examined.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Examined { facts, .. } => Some(facts),
            _ => None,
        }
    }
}

/// How the run of a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "conclusion", rename_all = "kebab-case", from = "Written")]
#[non_exhaustive]
pub enum Conclusion {
    /// It ran to its end and said this.
    Completed {
        /// What it said.
        result: Outcome,
    },
    /// It returned an error.
    Errored {
        /// The error with its causes.
        error: String,
    },
    /// It had not answered when its time was over; a later answer is thrown away.
    TimedOut {
        /// The time it was given, milliseconds.
        after_milliseconds: u64,
    },
    /// It panicked: before or during its run, in its `id()`, or while its state was dropped.
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// It is required and was not there.
    Missing,
}

impl Conclusion {
    /// What the check said, if it ran to its end.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Completed { result } => Some(result),
            _ => None,
        }
    }
}

/// [`Conclusion`] as it is read: serde lets unknown fields of a unit variant pass, and those of an empty one not.
#[derive(Deserialize)]
#[serde(tag = "conclusion", rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    Completed { result: Outcome },
    Errored { error: String },
    TimedOut { after_milliseconds: u64 },
    Panicked { message: String },
    Missing {},
}

impl From<Written> for Conclusion {
    fn from(written: Written) -> Self {
        match written {
            Written::Completed { result } => Self::Completed { result },
            Written::Errored { error } => Self::Errored { error },
            Written::TimedOut { after_milliseconds } => Self::TimedOut { after_milliseconds },
            Written::Panicked { message } => Self::Panicked { message },
            Written::Missing {} => Self::Missing,
        }
    }
}
