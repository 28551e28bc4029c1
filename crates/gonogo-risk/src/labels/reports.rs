//! Which commits repair a bug that somebody reported.

use std::collections::HashMap;

use gonogo_core::ObjectId;

/// Commits that repair reported bugs, each with the time of the report where that is known.
///
/// Who knows the tracker fills it in: the commits whose messages name an issue of the type bug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BugReports {
    repairs: HashMap<ObjectId, Option<i64>>,
}

impl BugReports {
    /// No report is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that `repair` mends a bug that was reported at a time (seconds since 1970). Of several the latest counts.
    pub fn insert(&mut self, repair: ObjectId, reported_at: Option<i64>) {
        let known = self.repairs.entry(repair).or_insert(reported_at);
        *known = known.zip(reported_at).map(|(one, two)| one.max(two));
    }

    /// How many commits repair a reported bug.
    pub fn len(&self) -> usize {
        self.repairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.repairs.is_empty()
    }

    /// Whether this commit repairs a reported bug.
    pub fn contains(&self, commit: &ObjectId) -> bool {
        self.repairs.contains_key(commit)
    }

    /// When the bug that this commit repairs was reported: `None` if it repairs none, `Some(None)` if the time is not known.
    pub(super) fn of(&self, commit: &ObjectId) -> Option<Option<i64>> {
        self.repairs.get(commit).copied()
    }
}
