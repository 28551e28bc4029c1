//! What a team asks of the issues of a deploy.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::Severity;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger::{Exemptions, LinkRule};
use crate::source::{ChangeSource, TrackerSource};
use crate::style::{CustomPattern, ExtractorOptions, ReferenceStyle};

/// The table `[issues]` of `gonogo.toml`.
///
/// Everything is optional. Without a table the contents of a deploy are listed, nothing is asked of a tracker, and nothing
/// pretends to have been.
///
/// ```toml
/// [issues]
/// styles = ["jira", "github"]
/// projects = ["KAFKA"]
/// repository = "apache/kafka"
/// allowed_states = ["Ready for release", "Done"]
/// required_fields = ["Risk assessment", "Post-deploy checks", "Reviewer approval"]
///
/// [issues.exempt]
/// subjects = ["MINOR:"]
///
/// [issues.customer_visible]
/// labels = ["customer-visible"]
/// announced_fields = ["Release note"]
///
/// [issues.severity]
/// "issues/unlinked-commit" = "caution"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IssuesPolicy {
    /// The reference styles in use, the tracker of record first. Empty: found from the history.
    pub styles: Vec<ReferenceStyle>,
    /// The project prefixes that count.
    pub projects: Vec<String>,
    /// This repository, `owner/name`.
    pub repository: Option<String>,
    /// Hosts whose links count.
    pub hosts: Vec<String>,
    /// Project prefixes that are never keys.
    pub never: Vec<String>,
    /// Patterns of the repository's own.
    pub patterns: Vec<CustomPattern>,
    /// What counts as a commit's link.
    pub link: LinkRule,
    /// Commits that need no issue.
    pub exempt: Exemptions,
    /// States in which an issue may be deployed. Empty: any.
    pub allowed_states: Vec<String>,
    /// The same for issues of a type, in place of `allowed_states`.
    pub allowed_states_by_type: BTreeMap<String, Vec<String>>,
    /// Fields that must hold something.
    pub required_fields: Vec<String>,
    /// Fields that must hold one of these values: `"Reviewer approval" = ["Approved"]`.
    pub required_values: BTreeMap<String, Vec<String>>,
    /// Whether every change that the tracker knows of an issue must be merged.
    pub require_merged: bool,
    /// Which issues customers see, and how it shows that they were told.
    pub customer_visible: Option<CustomerVisible>,
    /// Who is asked about issues.
    pub tracker: Option<TrackerSource>,
    /// Who is asked what a pull request stands for; the tracker, where that knows.
    pub changes: Option<ChangeSource>,
    /// How old an answer may be that was not asked for now, seconds. Without a limit an old answer is a note.
    pub max_age_seconds: Option<u64>,
    /// Severities of rules, in place of their own.
    pub severity: BTreeMap<String, Severity>,
}

/// Which issues customers see, and how it shows that they were told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CustomerVisible {
    /// An issue with any of these labels is one.
    pub labels: Vec<String>,
    /// So is one with any of these values in any of these fields.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Any of these fields holding something shows that it was announced.
    pub announced_fields: Vec<String>,
    /// So does any of these labels.
    pub announced_labels: Vec<String>,
}

impl IssuesPolicy {
    /// The extractor's part of the policy.
    #[must_use]
    pub fn extractor_options(&self) -> ExtractorOptions {
        ExtractorOptions {
            styles: self.styles.clone(),
            projects: self.projects.clone(),
            repository: self.repository.clone(),
            hosts: self.hosts.clone(),
            never: self.never.clone(),
            patterns: self.patterns.clone(),
            ..ExtractorOptions::default()
        }
    }

    /// The fields that a tracker has to deliver, by the names that people see.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<String> {
        let visible = self.customer_visible.iter();
        let of_customers = visible.flat_map(|visible| visible.fields.keys().chain(&visible.announced_fields));
        self.required_fields.iter().chain(self.required_values.keys()).chain(of_customers).cloned().collect()
    }

    /// Whether anything is asked that only a tracker can answer.
    #[must_use]
    pub fn asks_tracker(&self) -> bool {
        !self.allowed_states.is_empty()
            || !self.allowed_states_by_type.is_empty()
            || !self.required_fields.is_empty()
            || !self.required_values.is_empty()
            || self.require_merged
            || self.customer_visible.is_some()
    }

    /// The severity of a rule: the policy's, else the rule's own.
    #[must_use]
    pub fn severity(&self, rule: &str) -> Severity {
        let own = || {
            crate::rules::RULES.iter().find(|known| known.id == rule).map_or(Severity::Caution, |known| known.severity)
        };
        self.severity.get(rule).copied().unwrap_or_else(own)
    }

    /// The states in which an issue of this type may be deployed; `None` when any will do.
    #[must_use]
    pub fn allowed_states(&self, issue_type: Option<&str>) -> Option<&[String]> {
        let by_type = issue_type
            .and_then(|wanted| self.allowed_states_by_type.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)));
        match by_type {
            Some((_, states)) => Some(states),
            None if self.allowed_states.is_empty() => None,
            None => Some(&self.allowed_states),
        }
    }
}

/// The texts that a field's value says: itself, or the names of what it lists (trackers write options as objects).
pub(crate) fn texts(value: &Value) -> Vec<String> {
    fn collect(value: &Value, depth: usize, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text.trim().to_owned()),
            Value::Bool(_) | Value::Number(_) => into.push(value.to_string()),
            Value::Array(list) if depth < 8 => list.iter().for_each(|item| collect(item, depth + 1, into)),
            Value::Object(fields) if depth < 8 => {
                for name in ["value", "name", "displayName"] {
                    if let Some(inner) = fields.get(name) {
                        collect(inner, depth + 1, into);
                        return;
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(value, 0, &mut found);
    found
}

/// Whether any text of a value is one of these, whatever the case.
pub(crate) fn says_any(value: &Value, wanted: &[String]) -> bool {
    texts(value).iter().any(|text| wanted.iter().any(|one| one.trim().eq_ignore_ascii_case(text)))
}
