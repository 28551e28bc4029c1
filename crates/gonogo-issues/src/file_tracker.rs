//! A tracker that is a JSON document: an export, or what a nightly job writes.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use crate::tracker::{ChangeLookup, ChangeResolver, ChangeText, Field, Issue, IssueTracker, Lookup, TrackerError};

/// Issues, and perhaps changes, from a JSON document.
///
/// ```json
/// { "issues": [ { "key": "KAFKA-1", "title": "Flush less", "state": "Done", "type": "Bug", "labels": ["customer-visible"],
///                 "fields": { "Risk assessment": "low", "Release note": null }, "hidden": ["Post-deploy checks"],
///                 "changes": { "#12": true } } ],
///   "changes": { "#12": { "title": "KAFKA-1: Flush less", "body": "", "branch": "flush-less" } },
///   "written_at": "2026-11-22T06:00:00Z" }
/// ```
///
/// A list of issues alone is a document too. `null` and blank text are empty fields; names in `hidden` are fields that the
/// export may not see.
#[derive(Clone, Debug)]
pub struct FileTracker {
    name: String,
    issues: BTreeMap<String, Issue>,
    changes: BTreeMap<String, ChangeText>,
}

/// Why a document is no tracker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileTrackerError {
    /// It cannot be read.
    #[error("the issues in `{path}` cannot be read: {source}; check the path and its permissions")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not of the form.
    #[error("`{name}` is no list of issues: {why}; it wants {{\"issues\": [{{\"key\", \"state\", ...}}]}}")]
    Malformed {
        /// What was read.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Two issues have one key.
    #[error("`{name}` has two issues of the key `{key}`; remove one, since they may say different things")]
    Duplicate {
        /// What was read.
        name: String,
        /// The key.
        key: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Whole(Whole),
    Issues(Vec<IssueRecord>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    issues: Vec<IssueRecord>,
    #[serde(default)]
    changes: BTreeMap<String, ChangeText>,
    #[serde(default)]
    written_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueRecord {
    key: String,
    state: String,
    #[serde(default)]
    title: String,
    #[serde(default, rename = "type")]
    issue_type: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    labels: BTreeSet<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    #[serde(default)]
    hidden: Vec<String>,
    #[serde(default)]
    changes: Option<BTreeMap<String, bool>>,
}

impl FileTracker {
    /// The tracker of a document; `name` says where it came from.
    ///
    /// # Errors
    /// When it is no such document, or a key comes twice.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self, FileTrackerError> {
        let name = name.into();
        let broken =
            |error: serde_json::Error| FileTrackerError::Malformed { name: name.clone(), why: error.to_string() };
        // The form is told by its first character, so that the reason of a failure is the form's own.
        let list = bytes.trim_ascii_start().first() == Some(&b'[');
        let document = if list {
            Document::Issues(serde_json::from_slice(bytes).map_err(broken)?)
        } else {
            Document::Whole(serde_json::from_slice(bytes).map_err(broken)?)
        };
        let (records, changes, written_at) = match document {
            Document::Whole(whole) => (whole.issues, whole.changes, whole.written_at),
            Document::Issues(records) => (records, BTreeMap::new(), None),
        };
        let mut issues = BTreeMap::new();
        for record in records {
            let mut issue = Issue::new(record.key.clone(), record.title, record.state);
            issue.issue_type = record.issue_type;
            issue.url = record.url;
            issue.labels = record.labels;
            issue.changes = record.changes;
            issue.fields = record.fields.into_iter().map(|(field, value)| (field, Field::from_value(value))).collect();
            issue.fields.extend(record.hidden.into_iter().map(|field| (field, Field::Hidden)));
            issue.stale.clone_from(&written_at);
            if issues.insert(record.key.to_ascii_lowercase(), issue).is_some() {
                return Err(FileTrackerError::Duplicate { name, key: record.key });
            }
        }
        Ok(Self { name, issues, changes })
    }

    /// The tracker of a file.
    ///
    /// # Errors
    /// When it cannot be read, or as [`from_bytes`](Self::from_bytes).
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self, FileTrackerError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|source| FileTrackerError::Unreadable { path: name.clone(), source })?;
        Self::from_bytes(name, &bytes)
    }
}

#[async_trait]
impl IssueTracker for FileTracker {
    fn name(&self) -> &str {
        &self.name
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        let look = |key: &String| match self.issues.get(&key.to_ascii_lowercase()) {
            Some(issue) => Lookup::Found(Box::new(issue.clone())),
            None => Lookup::NotFound,
        };
        Ok(keys.iter().map(look).collect())
    }
}

#[async_trait]
impl ChangeResolver for FileTracker {
    fn name(&self) -> &str {
        &self.name
    }

    async fn resolve(&self, keys: &[String]) -> Result<Vec<ChangeLookup>, TrackerError> {
        let look = |key: &String| self.changes.get(key).cloned().map_or(ChangeLookup::NotFound, ChangeLookup::Found);
        Ok(keys.iter().map(look).collect())
    }
}
