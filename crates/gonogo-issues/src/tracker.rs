//! What is asked of an issue tracker, and of what hosts changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gonogo_core::Clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fetches issues by key.
///
/// # Contract
/// - [`fetch`](Self::fetch) answers **every key it was given, in order**; it never leaves one out. A key that does not exist
///   is [`Lookup::NotFound`]; one whose answer could not be had is [`Lookup::Failed`]. The two are never confused.
/// - An error means that nothing of the batch is known. [`TrackerError::Transient`] may be tried again.
/// - A field that the caller may not see is [`Field::Hidden`], never [`Field::Empty`]. A field that the tracker was not asked
///   for, or has under another name, is simply not in the map, which is not the same as empty either.
/// - What was cached says so in [`Issue::stale`].
///
/// `testing::conformance` (feature `testing`) checks an implementation against this contract.
#[async_trait]
pub trait IssueTracker: Send + Sync {
    /// The tracker's name for people: `Jira at issues.example.org`.
    fn name(&self) -> &str;

    /// How many keys one call takes at most.
    fn batch_size(&self) -> usize {
        50
    }

    /// Looks up these keys.
    async fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError>;
}

/// Finds what a change (a pull request, merge request or review) stands for.
///
/// # Contract
/// As [`IssueTracker`]: every key is answered, in order; not found is not failure.
#[async_trait]
pub trait ChangeResolver: Send + Sync {
    /// The host's name for people.
    fn name(&self) -> &str;

    /// How many keys one call takes at most.
    fn batch_size(&self) -> usize {
        50
    }

    /// Looks up the changes with these keys (`#12`, `!3`, `owner/repo#12`).
    async fn resolve(&self, keys: &[String]) -> Result<Vec<ChangeLookup>, TrackerError>;
}

macro_rules! forward {
    ($trait:ident, $method:ident, $answer:ty, $($pointer:ident),*) => {$(
        #[async_trait]
        impl<T: $trait + ?Sized> $trait for $pointer<T> {
            fn name(&self) -> &str {
                (**self).name()
            }
            fn batch_size(&self) -> usize {
                (**self).batch_size()
            }
            async fn $method(&self, keys: &[String]) -> Result<Vec<$answer>, TrackerError> {
                (**self).$method(keys).await
            }
        }
    )*};
}
forward!(IssueTracker, fetch, Lookup, Arc, Box);
forward!(ChangeResolver, resolve, ChangeLookup, Arc, Box);

/// What a tracker says about one key.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Lookup {
    /// The issue.
    Found(Box<Issue>),
    /// The tracker has no issue of that key.
    NotFound,
    /// The tracker could not say.
    Failed {
        /// Why not.
        why: String,
    },
}

/// What a host says about one change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChangeLookup {
    /// The change's own text.
    Found(ChangeText),
    /// The number is an issue's and no change's: hosts count both in one row.
    Issue {
        /// Its key.
        key: String,
    },
    /// There is no such change.
    NotFound,
    /// The host could not say.
    Failed {
        /// Why not.
        why: String,
    },
}

/// The text of a pull or merge request, in which references are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeText {
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// The branch it came from.
    pub branch: String,
}

/// The value of an issue's field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// It holds this.
    Value(Value),
    /// It is there and holds nothing.
    Empty,
    /// The caller may not see it.
    Hidden,
}

impl Field {
    /// The field of a JSON value: `null`, blank text, an empty list or object, and rich text without any text are empty.
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        if is_blank(&value, 0) { Self::Empty } else { Self::Value(value) }
    }
}

/// Whether a value says nothing.
fn is_blank(value: &Value, depth: usize) -> bool {
    if depth > MOST_NESTED {
        return false;
    }
    match value {
        Value::Null => true,
        Value::String(text) => is_blank_text(text),
        Value::Array(list) => list.iter().all(|item| is_blank(item, depth + 1)),
        Value::Object(fields) if fields.get("type").and_then(Value::as_str) == Some("doc") => is_blank_node(value, 0),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// How deep a value is looked into; what is deeper counts as something.
const MOST_NESTED: usize = 64;

/// Blanks, and characters that show nothing.
fn is_blank_text(text: &str) -> bool {
    let invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || c.is_control() || invisible(c))
}

/// Whether a node of rich text (the [Atlassian Document Format](https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/))
/// says nothing: paragraphs, tables and lists without any text in them do, and so do rules and placeholders; a picture, a mention, a
/// date or a link is something.
fn is_blank_node(node: &Value, depth: usize) -> bool {
    if depth > MOST_NESTED {
        return false;
    }
    let content = node.get("content").and_then(Value::as_array);
    match node.get("type").and_then(Value::as_str) {
        Some("text") => node.get("text").and_then(Value::as_str).is_none_or(is_blank_text),
        Some("hardBreak" | "rule" | "placeholder") => true,
        // Containers are blank with what they hold; a leaf of any other kind shows something.
        Some(
            "doc" | "paragraph" | "heading" | "blockquote" | "codeBlock" | "panel" | "bulletList" | "orderedList"
            | "listItem" | "taskList" | "taskItem" | "decisionList" | "decisionItem" | "table" | "tableRow"
            | "tableCell" | "tableHeader" | "expand" | "nestedExpand" | "layoutSection" | "layoutColumn"
            | "mediaSingle" | "mediaGroup" | "caption",
        ) => content.is_none_or(|inner| inner.iter().all(|node| is_blank_node(node, depth + 1))),
        _ => false,
    }
}

/// An issue as its tracker has it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Issue {
    /// Its key. A tracker that moved it answers with the new one.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its state, as the tracker names it.
    pub state: String,
    /// Its type, as the tracker names it (bug, story), where there are types.
    pub issue_type: Option<String>,
    /// Where people read it.
    pub url: Option<String>,
    /// Its labels.
    pub labels: BTreeSet<String>,
    /// Its fields by the name that people see.
    pub fields: BTreeMap<String, Field>,
    /// Its changes, with whether each is merged; `None` where the tracker does not know them, which is not the same as none.
    pub changes: Option<BTreeMap<String, bool>>,
    /// From when the answer is, where it comes from a cache.
    pub stale: Option<String>,
}

impl Issue {
    /// An issue with a key, a title and a state.
    #[must_use]
    pub fn new(key: impl Into<String>, title: impl Into<String>, state: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            title: title.into(),
            state: state.into(),
            issue_type: None,
            url: None,
            labels: BTreeSet::new(),
            fields: BTreeMap::new(),
            changes: None,
            stale: None,
        }
    }

    /// The same issue with one more field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: Field) -> Self {
        self.fields.insert(name.into(), value);
        self
    }

    /// The same issue with one more label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.insert(label.into());
        self
    }

    /// The same issue with one more change, and whether it is merged.
    #[must_use]
    pub fn change(mut self, key: impl Into<String>, merged: bool) -> Self {
        self.changes.get_or_insert_default().insert(key.into(), merged);
        self
    }

    /// The field of that name, whatever the case; `None` when the tracker said nothing of it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields
            .get(name)
            .or_else(|| self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| field))
    }
}

/// Why a tracker could not answer at all.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// It may answer if asked again: a limit, an outage, a broken connection.
    #[error("{tracker} did not answer: {why}")]
    Transient {
        /// The tracker.
        tracker: String,
        /// What happened.
        why: String,
        /// When it asked to be tried again.
        retry_after: Option<Duration>,
    },
    /// It refuses: credentials are missing, wrong or not allowed.
    #[error("{tracker} refuses: {why}; {remedy}")]
    Refused {
        /// The tracker.
        tracker: String,
        /// What it said.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// It answered what cannot be understood.
    #[error("the answer of {tracker} cannot be read: {why}")]
    Unreadable {
        /// The tracker.
        tracker: String,
        /// What is wrong with it.
        why: String,
    },
}

impl TrackerError {
    /// A tracker that refuses, for what reason, and what to do.
    #[must_use]
    pub fn refused(tracker: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused { tracker: tracker.into(), why: why.into(), remedy: remedy.into() }
    }
}

/// How often and how long to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// Tries in all, at least one.
    pub tries: u32,
    /// The pause after the first failure; doubled after each further one.
    pub pause: Duration,
    /// The longest pause. A tracker that asks for a longer one has failed.
    pub longest: Duration,
}

impl Default for Patience {
    /// Four tries, half a second doubling, no pause above 30 seconds.
    fn default() -> Self {
        Self { tries: 4, pause: Duration::from_millis(500), longest: Duration::from_secs(30) }
    }
}

impl Patience {
    /// One try.
    #[must_use]
    pub fn none() -> Self {
        Self { tries: 1, ..Self::default() }
    }

    /// The pause after failure number `failures` (from 1); `None` when patience is over.
    #[must_use]
    pub fn pause_after(&self, failures: u32, error: &TrackerError) -> Option<Duration> {
        let TrackerError::Transient { retry_after, .. } = error else { return None };
        if failures >= self.tries {
            return None;
        }
        let doubled = self.pause.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(self.longest);
        match retry_after {
            Some(wanted) if *wanted > self.longest => None,
            Some(wanted) => Some(doubled.max(*wanted)),
            None => Some(doubled),
        }
    }
}

/// Looks up any number of keys in batches, with patience. Keys of a batch that failed for good are [`Lookup::Failed`], so that
/// one bad batch hides no other.
pub async fn fetch_all(
    tracker: &dyn IssueTracker,
    keys: &[String],
    patience: &Patience,
    clock: &dyn Clock,
) -> BTreeMap<String, Lookup> {
    let mut answers = BTreeMap::new();
    for batch in keys.chunks(tracker.batch_size().max(1)) {
        let ask = || tracker.fetch(batch);
        match patiently(tracker.name(), batch.len(), patience, clock, ask).await {
            Ok(list) => answers.extend(batch.iter().cloned().zip(list)),
            Err(why) => answers.extend(batch.iter().map(|key| (key.clone(), Lookup::Failed { why: why.clone() }))),
        }
    }
    answers
}

/// The same for changes.
pub async fn resolve_all(
    resolver: &dyn ChangeResolver,
    keys: &[String],
    patience: &Patience,
    clock: &dyn Clock,
) -> BTreeMap<String, ChangeLookup> {
    let mut answers = BTreeMap::new();
    for batch in keys.chunks(resolver.batch_size().max(1)) {
        let ask = || resolver.resolve(batch);
        match patiently(resolver.name(), batch.len(), patience, clock, ask).await {
            Ok(list) => answers.extend(batch.iter().cloned().zip(list)),
            Err(why) => {
                answers.extend(batch.iter().map(|key| (key.clone(), ChangeLookup::Failed { why: why.clone() })))
            }
        }
    }
    answers
}

/// Asks until there is an answer to each of `wanted` keys, or patience is over.
async fn patiently<T, F: Future<Output = Result<Vec<T>, TrackerError>>>(
    name: &str,
    wanted: usize,
    patience: &Patience,
    clock: &dyn Clock,
    mut ask: impl FnMut() -> F,
) -> Result<Vec<T>, String> {
    let mut failures = 0;
    loop {
        match ask().await {
            Ok(list) if list.len() == wanted => return Ok(list),
            Ok(list) => return Err(format!("{name} answered {} of {wanted} keys", list.len())),
            Err(error) => {
                failures += 1;
                match patience.pause_after(failures, &error) {
                    Some(pause) => clock.sleep(pause).await,
                    None => return Err(error.to_string()),
                }
            }
        }
    }
}
