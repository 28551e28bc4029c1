//! The evidence whose names mean something to a reader of the report: the table is in the crate's documentation. All other
//! evidence is shown by name where a finding is unfolded.

use std::collections::BTreeSet;

use gonogo_core::Finding;
use serde_json::Value;

use super::group::listed;
use crate::plain::Plain;

/// How long a value may be, in characters.
const VALUE: usize = 200;
/// How many characters of a witness a message must quote.
const QUOTED: usize = 30;
/// How many names of one kind are kept of one finding.
const NAMES: usize = 200;
/// How many names are shown.
const SHOWN: usize = 5;

/// What a finding reaches.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reach {
    pub(super) reads: BTreeSet<Plain>,
    pub(super) writes: BTreeSet<Plain>,
    pub(super) breaks: BTreeSet<Plain>,
    words: Option<Plain>,
}

impl Reach {
    pub(super) fn of(finding: &Finding) -> Self {
        let names = |name: &str| finding.evidence.get(name).map(names).unwrap_or_default();
        let mut breaks = names("breaks");
        if !names("still_named_at").is_empty() {
            breaks.insert(Plain::shortened(&finding.subject, VALUE));
        }
        let words = finding.evidence.get("blocks").map(value).filter(|words| !words.is_empty());
        Self { reads: names("blocks_reads"), writes: names("blocks_writes"), breaks, words }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
        self.breaks.extend(other.breaks);
        self.words = self.words.take().or(other.words);
    }

    pub(super) fn rank(&self) -> (usize, usize, usize) {
        (self.reads.len(), self.writes.len(), self.breaks.len())
    }

    /// `reads and writes on post; writes on comment; the running code on post.title`.
    ///
    /// What breaks is left out where it is all `told` anyhow.
    pub(super) fn in_words(&self, told: impl Fn(&Plain) -> bool) -> Option<Plain> {
        let only_writes: Vec<&Plain> = self.writes.difference(&self.reads).collect();
        let mut parts = Vec::new();
        if !self.reads.is_empty() {
            let reads: Vec<&Plain> = self.reads.iter().collect();
            parts.push(format!("reads and writes on {}", listed(&reads, SHOWN)));
        }
        if !only_writes.is_empty() {
            parts.push(format!("writes on {}", listed(&only_writes, SHOWN)));
        }
        if !self.breaks.iter().all(told) {
            let breaks: Vec<&Plain> = self.breaks.iter().collect();
            parts.push(format!("the running code, which uses {}", listed(&breaks, SHOWN)));
        }
        if let Some(words) = &self.words {
            parts.push(words.as_str().to_owned());
        }
        (!parts.is_empty()).then(|| Plain::of(&parts.join("; ")))
    }
}

fn names(value: &Value) -> BTreeSet<Plain> {
    match value {
        Value::String(name) if !name.is_empty() => BTreeSet::from([Plain::shortened(name, VALUE)]),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).take(NAMES).map(|name| Plain::shortened(name, VALUE)).collect()
        }
        _ => BTreeSet::new(),
    }
}

pub(super) fn witness(finding: &Finding) -> Option<Plain> {
    let witness = finding.evidence.get("witness").map(value).filter(|witness| !witness.is_empty())?;
    // A message that quotes its witness has shown it.
    let begins: String = witness.as_str().chars().take(QUOTED).collect();
    (!Plain::of(&finding.message).as_str().contains(&begins)).then_some(witness)
}

/// What is not told as [`Reach`].
pub(super) fn all(finding: &Finding) -> Vec<(Plain, Plain)> {
    let told = |name: &str| ["blocks_reads", "blocks_writes", "breaks", "blocks"].contains(&name);
    let rest = finding.evidence.iter().filter(|(name, _)| !told(name));
    rest.map(|(name, given)| (Plain::shortened(name, VALUE), value(given))).collect()
}

fn value(given: &Value) -> Plain {
    match given {
        Value::String(text) => Plain::shortened(text, VALUE),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let names: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Plain::shortened(&names.join(", "), VALUE)
        }
        other => Plain::shortened(&other.to_string(), VALUE),
    }
}
