//! How references are written, and what an extractor is told about a repository.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::reference::{Action, Kind};

/// A tracker's way of writing references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ReferenceStyle {
    /// `KAFKA-1`, `/browse/KAFKA-1`.
    Jira,
    /// `#1`, `gh-1`, `owner/repo#1`; `(#1)` at the end of a subject is a pull request.
    GitHub,
    /// `#1`, `group/project#1`, `!1`; its closing pattern governs lists.
    GitLab,
    /// `#1` and `pull request #1` of Bitbucket.
    Bitbucket,
    /// `Bug 1`, `show_bug.cgi?id=1`, `BUG: 1`, `tdf#1`, `PR c++/1`.
    Bugzilla,
    /// `Bug: project:1` and `BUG=1` footers, `Change-Id`, `Reviewed-on`.
    Gerrit,
    /// `T1` for tasks, `D1` for revisions.
    Phabricator,
    /// `Closes-Bug: #1`, `LP: #1`, `blueprint name`.
    Launchpad,
    /// `VIM-1`.
    YouTrack,
    /// `#1`, `refs #1`.
    Redmine,
    /// `AB#1`, `Merged PR 1`.
    Azure,
    /// `sc-1`, `[ch1]`.
    Shortcut,
    /// `PLG-1`.
    Linear,
    /// A pattern of the repository's own.
    Custom,
}

impl ReferenceStyle {
    /// Every style.
    pub const ALL: &[Self] = &[
        Self::Jira,
        Self::GitHub,
        Self::GitLab,
        Self::Bitbucket,
        Self::Bugzilla,
        Self::Gerrit,
        Self::Phabricator,
        Self::Launchpad,
        Self::YouTrack,
        Self::Redmine,
        Self::Azure,
        Self::Shortcut,
        Self::Linear,
        Self::Custom,
    ];

    /// Its name in configuration and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::Bugzilla => "bugzilla",
            Self::Gerrit => "gerrit",
            Self::Phabricator => "phabricator",
            Self::Launchpad => "launchpad",
            Self::YouTrack => "youtrack",
            Self::Redmine => "redmine",
            Self::Azure => "azure",
            Self::Shortcut => "shortcut",
            Self::Linear => "linear",
            Self::Custom => "custom",
        }
    }

    /// Keys of this style are a project and a number.
    pub(crate) fn is_project_keyed(self) -> bool {
        matches!(self, Self::Jira | Self::YouTrack | Self::Linear)
    }
}

impl fmt::Display for ReferenceStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReferenceStyle {
    type Err = ExtractorError;

    fn from_str(text: &str) -> Result<Self, ExtractorError> {
        let found = Self::ALL.iter().find(|style| style.name().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| ExtractorError::UnknownStyle { given: text.chars().take(80).collect() })
    }
}

/// A pattern for references that no built-in style knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomPattern {
    /// A regular expression (the syntax of the `regex` crate, over bytes). A group named `key` is the key; without one the
    /// whole match is. Matching takes linear time.
    pub pattern: String,
    /// What it names.
    #[serde(default = "issue")]
    pub kind: Kind,
    /// What it does where no verb stands before it.
    #[serde(default = "refs")]
    pub action: Action,
    /// Written before the key that was matched: `OPS-` makes `OPS-17` of `17`.
    #[serde(default)]
    pub prefix: String,
}

fn issue() -> Kind {
    Kind::Issue
}

fn refs() -> Action {
    Action::Refs
}

/// What an extractor is told about a repository. Everything is optional; without styles it goes by each message alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ExtractorOptions {
    /// The styles in use; the first is the tracker of record. Where that is Jira, `(#1)` is a pull request.
    pub styles: Vec<ReferenceStyle>,
    /// The project prefixes of keys that count; for Gerrit footers the names before the colon. Empty: any that is no
    /// well-known abbreviation.
    pub projects: Vec<String>,
    /// The repository as `owner/name`: `#3` and `owner/name#3` are the same there, other repositories' are mentions.
    pub repository: Option<String>,
    /// Hosts (or their URLs) whose links count. Empty: any host whose links have a tracker's unmistakable shape.
    pub hosts: Vec<String>,
    /// Path segments that lead to an issue's number in a link, such as `bugs`, in place of `issues`.
    pub issue_url_segments: Vec<String>,
    /// What may stand before an issue's number, in place of `#` and `gh-`.
    pub issue_prefixes: Vec<String>,
    /// Verbs of each action (`closes = ["fix", "fixes"]`), in place of the usual ones.
    pub actions: BTreeMap<String, Vec<String>>,
    /// Project prefixes that are never keys, on top of the built-in list.
    pub never: Vec<String>,
    /// Patterns of the repository's own.
    pub patterns: Vec<CustomPattern>,
}

impl ExtractorOptions {
    /// These styles, the first the tracker of record.
    #[must_use]
    pub fn styles(mut self, styles: impl IntoIterator<Item = ReferenceStyle>) -> Self {
        self.styles = styles.into_iter().collect();
        self
    }

    /// Only these project prefixes.
    #[must_use]
    pub fn projects<T: Into<String>>(mut self, projects: impl IntoIterator<Item = T>) -> Self {
        self.projects = projects.into_iter().map(Into::into).collect();
        self
    }

    /// Messages of this repository, `owner/name`.
    #[must_use]
    pub fn repository(mut self, repository: impl Into<String>) -> Self {
        self.repository = Some(repository.into());
        self
    }

    /// Also this pattern.
    #[must_use]
    pub fn pattern(mut self, pattern: CustomPattern) -> Self {
        self.patterns.push(pattern);
        self
    }
}

/// Why an extractor cannot be made of its options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractorError {
    /// No style has this name.
    #[error(
        "`{given}` is no reference style; known are jira, github, gitlab, bitbucket, bugzilla, gerrit, phabricator, launchpad, youtrack, redmine, azure, shortcut, linear and custom"
    )]
    UnknownStyle {
        /// What was given.
        given: String,
    },
    /// An action's name is none.
    #[error("`{given}` is no action; known are closes, refs, part-of, duplicates and reverts")]
    UnknownAction {
        /// What was given.
        given: String,
    },
    /// A pattern cannot be compiled.
    #[error("the pattern `{pattern}` of a custom reference cannot be used: {why}; correct it in `patterns`")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
}
