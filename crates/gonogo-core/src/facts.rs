//! What a check examined, counted and named.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// What a check examined: named counts, texts and lists, in the order given.
///
/// A check that examined nothing shows it here: no count above zero. At least one enforced check must have examined
/// something before a gate says Go.
///
/// ```
/// use gonogo_core::Facts;
/// let facts = Facts::new().list("migrations", ["004_posts.sql", "005_tags.sql"]).count("commits", 118);
/// assert_eq!(facts.get("migrations").and_then(|fact| fact.count), Some(2));
/// assert!(facts.examined_something());
/// assert!(!Facts::new().count("commits", 0).examined_something());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The facts, in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<Fact>,
    /// From when on this evidence is no longer good (a freeze begins, a scan grows stale).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
}

/// One fact: a name with a count, a text, or the things counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fact {
    /// What is counted or told: `commits`, `migrations`, `side-by-side`.
    pub name: String,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The things counted, for the folded part of a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl Facts {
    /// No facts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more fact: so many of `name`.
    #[must_use]
    pub fn count(self, name: impl Into<String>, count: u64) -> Self {
        self.push(Fact { name: name.into(), count: Some(count), text: None, items: Vec::new() })
    }

    /// One more fact: `name` is `text`.
    #[must_use]
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.push(Fact { name: name.into(), count: None, text: Some(text.into()), items: Vec::new() })
    }

    /// One more fact: these things of the kind `name`, counted and named.
    #[must_use]
    pub fn list<T: Into<String>>(self, name: impl Into<String>, items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        self.push(Fact { name: name.into(), count: Some(items.len() as u64), text: None, items })
    }

    /// The evidence is good only before this time; of several times the earliest counts.
    #[must_use]
    pub fn valid_until(mut self, until: Timestamp) -> Self {
        self.valid_until = Some(self.valid_until.map_or(until, |earlier| earlier.min(until)));
        self
    }

    /// From when on the evidence is no longer good, if anything says so.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The first fact of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.list.iter().find(|fact| fact.name == name)
    }

    /// All facts in the order given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Fact> {
        self.list.iter()
    }

    /// Whether any count is above zero.
    #[must_use]
    pub fn examined_something(&self) -> bool {
        self.list.iter().any(|fact| fact.count.is_some_and(|count| count > 0))
    }

    fn push(mut self, fact: Fact) -> Self {
        self.list.push(fact);
        self
    }
}
