//! What a check found.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::path::RepoPath;
use crate::revision::ObjectId;

/// How much a finding weighs in the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // a fourth level would change what every policy means
pub enum Severity {
    /// Worth knowing; the decision does not change.
    Note,
    /// A person must decide: gives Hold.
    Caution,
    /// Will hurt users in production: gives NoGo.
    Stop,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Caution => "caution",
            Self::Stop => "stop",
        })
    }
}

/// Whether a finding states what is there, or that something could not be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Certainty {
    /// The evidence was read and shows this.
    #[default]
    Observed,
    /// Something could not be read, parsed or decided. Weighs at least [`Severity::Caution`], whatever the check says.
    Unknown,
}

/// Where in a repository a finding points.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Location {
    /// The file.
    pub path: RepoPath,
    /// First line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// First column, counted from 1 in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Last line, where it is another than the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// The commit whose version of the file is meant; without one the head of the deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<ObjectId>,
}

impl Location {
    /// A whole file.
    #[must_use]
    pub fn file(path: impl Into<RepoPath>) -> Self {
        Self { path: path.into(), line: None, column: None, end_line: None, revision: None }
    }

    /// One line of a file, counted from 1.
    #[must_use]
    pub fn line(path: impl Into<RepoPath>, line: u32) -> Self {
        Self { line: Some(line), ..Self::file(path) }
    }

    /// The same place, beginning in this column.
    #[must_use]
    pub fn column(self, column: u32) -> Self {
        Self { column: Some(column), ..self }
    }

    /// The same place, reaching to this line.
    #[must_use]
    pub fn to_line(self, end_line: u32) -> Self {
        Self { end_line: Some(end_line), ..self }
    }

    /// The same place, in this commit's version of the file.
    #[must_use]
    pub fn at(self, revision: ObjectId) -> Self {
        Self { revision: Some(revision), ..self }
    }
}

/// `path`, `path:line` or `path:line:column`.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// One thing a check found: which rule, about what, how grave, and what to do.
///
/// ```
/// use gonogo_core::{Finding, Location, Severity};
/// let finding = Finding::new("migration/type-rewrite", "post", Severity::Stop, "rewrites post while nobody can write to it")
///     .at(Location::line("db/004.sql", 3))
///     .evidence("rows", 12_000_000)
///     .remedy("add a new column, copy in batches, swap the names");
/// assert_eq!(finding.to_string(), "stop migration/type-rewrite post at db/004.sql:3: rewrites post while nobody can write to it");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Finding {
    /// Which rule spoke: `area/kebab-case`, explained by `gonogo explain`.
    pub rule: String,
    /// The thing it is about: a table, a contract operation, an issue key, a metric. Findings group by it.
    pub subject: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Whether it was seen, or could not be told.
    #[serde(default, skip_serializing_if = "is_observed")]
    pub certainty: Certainty,
    /// One sentence for a person: what is so, without the remedy.
    pub message: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What shows it, by name: counts, versions, witnesses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, Value>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

fn is_observed(certainty: &Certainty) -> bool {
    *certainty == Certainty::Observed
}

impl Finding {
    /// A finding that was seen.
    #[must_use]
    pub fn new(
        rule: impl Into<String>,
        subject: impl Into<String>,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule: rule.into(),
            subject: subject.into(),
            severity,
            certainty: Certainty::Observed,
            message: message.into(),
            location: None,
            evidence: BTreeMap::new(),
            remedy: None,
        }
    }

    /// Something that could not be told, and why: a [`Severity::Caution`] of [`Certainty::Unknown`].
    #[must_use]
    pub fn unknown(rule: impl Into<String>, subject: impl Into<String>, why: impl Into<String>) -> Self {
        Self { certainty: Certainty::Unknown, ..Self::new(rule, subject, Severity::Caution, why) }
    }

    /// The same finding, at this place.
    #[must_use]
    pub fn at(self, location: Location) -> Self {
        Self { location: Some(location), ..self }
    }

    /// The same finding, with one more piece of evidence.
    #[must_use]
    pub fn evidence(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.into(), value.into());
        self
    }

    /// The same finding, with what to do about it.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// What the finding weighs before policy: its severity, and never less than a caution when it is an unknown.
    #[must_use]
    pub fn weight(&self) -> Severity {
        match self.certainty {
            Certainty::Observed => self.severity,
            Certainty::Unknown => self.severity.max(Severity::Caution),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.weight(), self.rule, self.subject)?;
        if let Some(location) = &self.location {
            write!(f, " at {location}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A rule that checks can apply, as listed by a crate's `RULES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// `area/kebab-case`.
    pub id: &'static str,
    /// One line: what it says.
    pub summary: &'static str,
    /// Its severity out of the box, where the evidence does not say otherwise.
    pub severity: Severity,
    /// What to do in general.
    pub remedy: &'static str,
}

impl Rule {
    /// A rule with its summary, its severity out of the box and its remedy.
    #[must_use]
    pub const fn new(id: &'static str, summary: &'static str, severity: Severity, remedy: &'static str) -> Self {
        Self { id, summary, severity, remedy }
    }
}
