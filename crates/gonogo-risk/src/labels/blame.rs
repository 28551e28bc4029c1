//! From messages and touched files to blamed commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gonogo_core::ObjectId;
use serde::{Deserialize, Serialize};

use crate::history::MeasuredCommit;
use crate::index::HistoryIndex;

/// Shorter abbreviations of commit ids are not believed: they name a word or another commit too easily.
const SHORTEST_ABBREVIATION: usize = 7;
/// A repair of more files than these blames nobody by its files: it is a sweep, not a repair.
const MOST_FILES: usize = 5;

/// Why a commit is blamed, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// A later message names it: `Fixes: 0123456789ab ("subject")`.
    Fixes,
    /// A later message takes it back: `This reverts commit 0123...`.
    Reverted,
    /// It touched a file last before a commit whose message has a word like `fix`. Weak: most such commits are innocent.
    SameFiles,
}

/// A commit that a message names as broken: an id, perhaps abbreviated, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameReference {
    /// The id as written.
    pub id: String,
    /// On what evidence.
    pub evidence: Evidence,
}

/// One commit blamed by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The blamed commit.
    pub commit: ObjectId,
    /// The commit that repairs it or takes it back.
    pub by: ObjectId,
    /// On what evidence.
    pub evidence: Evidence,
    /// When that was, author time, seconds since 1970: the label was not known before.
    pub known_at: i64,
    /// Seconds from the one to the other, at least 0.
    pub latency: i64,
}

/// The commits a message names as broken: `Fixes:` trailers and git's own sentence in reverts. O(length).
///
/// Source: Linux kernel, Documentation/process/submitting-patches.rst, "Fixes:"; the message that `git revert` writes.
///
/// ```
/// use gonogo_risk::{Evidence, blame_references};
/// let found = blame_references("net: stop the leak\n\nFixes: 1da177e4c3f4 (\"Linux-2.6.12-rc2\")\n");
/// assert_eq!((found[0].id.as_str(), found[0].evidence), ("1da177e4c3f4", Evidence::Fixes));
/// assert!(blame_references("Fixes: #12").is_empty());
/// ```
pub fn blame_references(message: &str) -> Vec<BlameReference> {
    let mut found = Vec::new();
    for line in message.lines() {
        let line = line.trim();
        let after = |prefix: &str| {
            line.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).and(line.get(prefix.len()..))
        };
        let (rest, evidence) = match (after("fixes:"), after("this reverts commit ")) {
            (Some(rest), _) => (rest, Evidence::Fixes),
            (None, Some(rest)) => (rest, Evidence::Reverted),
            (None, None) => continue,
        };
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("commit ").unwrap_or(rest);
        let id: String = rest.chars().take_while(char::is_ascii_hexdigit).take(64).collect();
        let ends = !rest.get(id.len()..).is_some_and(|tail| tail.starts_with(|next: char| next.is_alphanumeric()));
        if id.len() >= SHORTEST_ABBREVIATION && ends {
            found.push(BlameReference { id: id.to_ascii_lowercase(), evidence });
        }
    }
    found
}

/// Which commits of a history were blamed, and how late.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Labels {
    /// Every blame, in the order of the blaming commits.
    pub blames: Vec<Blame>,
    /// References that name no commit of this history, or several.
    pub unresolved: usize,
}

impl Labels {
    /// The commits blamed on evidence at least as strong as `weakest`.
    pub fn blamed(&self, weakest: Evidence) -> BTreeSet<ObjectId> {
        self.blames.iter().filter(|blame| blame.evidence <= weakest).map(|blame| blame.commit).collect()
    }

    /// The same, as it was known at a time (seconds since 1970): what an honest trial of an older model may learn from.
    pub fn blamed_before(&self, weakest: Evidence, time: i64) -> BTreeSet<ObjectId> {
        let known = self.blames.iter().filter(|blame| blame.evidence <= weakest && blame.known_at < time);
        known.map(|blame| blame.commit).collect()
    }

    /// The time in seconds after which `share` of the blames had come, on evidence at least as strong as `weakest`.
    ///
    /// Leave this much of the newest history out of training: its commits look safe because nobody has found out yet.
    pub fn latency(&self, weakest: Evidence, share: f64) -> Option<i64> {
        let mut known: Vec<i64> =
            self.blames.iter().filter(|blame| blame.evidence <= weakest).map(|blame| blame.latency).collect();
        known.sort_unstable();
        let place = (known.len() as f64 * share.clamp(0.0, 1.0)).ceil() as usize;
        known.get(place.saturating_sub(1)).copied()
    }
}

/// Labels a measured history, in feeding order. `index` is the one it was measured with; it tells which files a repair touched.
///
/// A blame counts only if the blamed commit comes first. O(touched files).
pub fn label_history(history: &[MeasuredCommit], index: &HistoryIndex) -> Labels {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut labels = Labels::default();
    for (place, commit) in history.iter().enumerate() {
        let mut blame = |of: usize, evidence: Evidence| {
            if let Some(blamed) = history.get(of) {
                let latency = commit.authored_at.saturating_sub(blamed.authored_at).max(0);
                labels.blames.push(Blame {
                    commit: blamed.commit,
                    by: commit.commit,
                    evidence,
                    known_at: commit.authored_at,
                    latency,
                });
            }
        };
        let mut unresolved = 0;
        for reference in &commit.blames {
            let mut matches = seen.range(reference.id.clone()..).take_while(|(id, _)| id.starts_with(&reference.id));
            match (matches.next(), matches.next()) {
                (Some((_, &of)), None) => blame(of, reference.evidence),
                _ => unresolved += 1,
            }
        }
        let files = index.get(&commit.commit).unwrap_or_default();
        if commit.factors.fix && commit.blames.is_empty() && files.len() <= MOST_FILES {
            let before = |file: &gonogo_core::LineChange| {
                last.get(file.old_path.as_ref().unwrap_or(&file.path).as_bytes()).copied()
            };
            let touched: BTreeSet<usize> = files.iter().filter(|file| file.deleted > 0).filter_map(before).collect();
            touched.into_iter().for_each(|of| blame(of, Evidence::SameFiles));
        }
        labels.unresolved += unresolved;
        for file in &files {
            if let Some(old) = &file.old_path {
                last.remove(old.as_bytes());
            }
        }
        for file in &files {
            last.insert(file.path.as_bytes().to_vec(), place);
        }
        seen.insert(commit.commit.to_string(), place);
    }
    labels
}
