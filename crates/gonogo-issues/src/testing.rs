//! Fakes of the traits, and the contract that implementations of them must keep.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::tracker::{ChangeLookup, ChangeResolver, ChangeText, Issue, IssueTracker, Lookup, TrackerError};

/// A tracker that answers from memory, after the errors it was told to make.
#[derive(Debug, Default)]
pub struct FakeTracker {
    issues: BTreeMap<String, Lookup>,
    errors: Mutex<VecDeque<TrackerError>>,
    asked: Mutex<Vec<Vec<String>>>,
    batch: Option<usize>,
}

impl FakeTracker {
    /// A tracker that knows no issue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It knows this issue.
    #[must_use]
    pub fn issue(mut self, issue: Issue) -> Self {
        self.issues.insert(issue.key.clone(), Lookup::Found(Box::new(issue)));
        self
    }

    /// It cannot answer for this key.
    #[must_use]
    pub fn failing(mut self, key: impl Into<String>, why: impl Into<String>) -> Self {
        self.issues.insert(key.into(), Lookup::Failed { why: why.into() });
        self
    }

    /// Its next call fails so.
    #[must_use]
    pub fn error(self, error: TrackerError) -> Self {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).push_back(error);
        self
    }

    /// It takes so many keys in a call.
    #[must_use]
    pub fn batches_of(mut self, keys: usize) -> Self {
        self.batch = Some(keys);
        self
    }

    /// The keys of every call so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Vec<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl IssueTracker for FakeTracker {
    fn name(&self) -> &str {
        "the fake tracker"
    }

    fn batch_size(&self) -> usize {
        self.batch.unwrap_or(50)
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(keys.to_vec());
        if let Some(error) = self.errors.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            return Err(error);
        }
        Ok(keys.iter().map(|key| self.issues.get(key).cloned().unwrap_or(Lookup::NotFound)).collect())
    }
}

/// A host of changes that answers from memory.
#[derive(Debug, Default)]
pub struct FakeResolver {
    changes: BTreeMap<String, ChangeLookup>,
}

impl FakeResolver {
    /// A host that knows no change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It knows this change.
    #[must_use]
    pub fn change(mut self, key: impl Into<String>, text: ChangeText) -> Self {
        self.changes.insert(key.into(), ChangeLookup::Found(text));
        self
    }

    /// It knows this number as an issue's.
    #[must_use]
    pub fn issue(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.changes.insert(key.clone(), ChangeLookup::Issue { key });
        self
    }

    /// It cannot answer for this key.
    #[must_use]
    pub fn failing(mut self, key: impl Into<String>, why: impl Into<String>) -> Self {
        self.changes.insert(key.into(), ChangeLookup::Failed { why: why.into() });
        self
    }
}

#[async_trait]
impl ChangeResolver for FakeResolver {
    fn name(&self) -> &str {
        "the fake host"
    }

    async fn resolve(&self, keys: &[String]) -> Result<Vec<ChangeLookup>, TrackerError> {
        Ok(keys.iter().map(|key| self.changes.get(key).cloned().unwrap_or(ChangeLookup::NotFound)).collect())
    }
}

/// Checks the contract of [`IssueTracker`] on an implementation, given a key it knows and one it does not know.
///
/// # Errors
/// With the first part of the contract that is not kept, in words.
pub async fn tracker_conformance(tracker: &dyn IssueTracker, known: &str, unknown: &str) -> Result<(), String> {
    let ask = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    if tracker.batch_size() == 0 {
        return Err("batch_size is 0: no key could ever be asked for".into());
    }
    if tracker.name().trim().is_empty() {
        return Err("the name is blank: a report could not say who was asked".into());
    }
    let none = tracker.fetch(&[]).await.map_err(|error| format!("an empty batch fails: {error}"))?;
    if !none.is_empty() {
        return Err(format!("an empty batch has {} answers", none.len()));
    }
    for order in [[known, unknown], [unknown, known]] {
        let answers = tracker.fetch(&ask(&order)).await.map_err(|error| format!("a batch fails: {error}"))?;
        if answers.len() != 2 {
            return Err(format!("{} answers to 2 keys: every key is answered, in order", answers.len()));
        }
        for (key, answer) in order.iter().zip(&answers) {
            match answer {
                Lookup::Found(issue) if *key == known && issue.state.trim().is_empty() => {
                    return Err(format!("{known} has a blank state"));
                }
                Lookup::Found(_) if *key == known => {}
                Lookup::NotFound if *key == unknown => {}
                other => return Err(format!("the answer for {key} is {other:?}")),
            }
        }
    }
    let twice = tracker
        .fetch(&ask(&[known, known]))
        .await
        .map_err(|error| format!("a batch with one key twice fails: {error}"))?;
    if twice.len() != 2 || twice.first() != twice.get(1) {
        return Err("a key that is asked for twice has two answers, both the same".into());
    }
    Ok(())
}
