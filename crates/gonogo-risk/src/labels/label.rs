//! From messages, traced lines and touched files to blamed commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gonogo_core::ObjectId;
use serde::{Deserialize, Serialize};

use crate::history::MeasuredCommit;
use crate::index::{HistoryIndex, TraceIndex};
use crate::labels::BugReports;

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
    /// It wrote code that a commit linked to a bug report took away (SZZ over lines).
    BugReportLines,
    /// It wrote code that a commit took away whose message has a word like `fix`. Weak: the word also names other repairs.
    RepairLines,
    /// It touched a file last before a commit whose message has a word like `fix`. Weak: most such commits are innocent.
    SameFiles,
}

impl Evidence {
    /// All kinds, strongest first.
    pub const ALL: [Self; 5] = [Self::Fixes, Self::Reverted, Self::BugReportLines, Self::RepairLines, Self::SameFiles];
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fixes => "fixes",
            Self::Reverted => "reverted",
            Self::BugReportLines => "bug-report-lines",
            Self::RepairLines => "repair-lines",
            Self::SameFiles => "same-files",
        })
    }
}

impl std::str::FromStr for Evidence {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|evidence| evidence.to_string() == name);
        known.ok_or_else(|| {
            format!("no evidence is called `{name}`; there are {}", Self::ALL.map(|one| one.to_string()).join(", "))
        })
    }
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

/// What labels are made from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LabelSources<'a> {
    /// The index the history was measured with: which files a repair touched.
    pub index: &'a HistoryIndex,
    /// Where the lines that repairs took away came from ([`crate::trace_repairs`]), if that is known.
    pub traces: Option<&'a TraceIndex>,
    /// Which commits repair a reported bug, if that is known.
    pub bug_reports: Option<&'a BugReports>,
}

impl<'a> LabelSources<'a> {
    /// Messages and touched files alone.
    pub fn new(index: &'a HistoryIndex) -> Self {
        Self { index, traces: None, bug_reports: None }
    }

    /// With traced lines.
    #[must_use]
    pub fn traces(self, traces: &'a TraceIndex) -> Self {
        Self { traces: Some(traces), ..self }
    }

    /// With the commits that repair reported bugs.
    #[must_use]
    pub fn bug_reports(self, bug_reports: &'a BugReports) -> Self {
        Self { bug_reports: Some(bug_reports), ..self }
    }
}

/// Labels a measured history, in feeding order.
///
/// A blame counts only if the blamed commit comes first, and a bug report blames no commit made after it. A message that names
/// what it repairs is believed, and its lines blame nobody else. O(touched files).
pub fn label_history(history: &[MeasuredCommit], sources: LabelSources<'_>) -> Labels {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut labels = Labels::default();
    let places: HashMap<ObjectId, usize> =
        history.iter().enumerate().map(|(place, commit)| (commit.commit, place)).collect();
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
        let report = sources.bug_reports.and_then(|reports| reports.of(&commit.commit));
        let traced = sources.traces.filter(|_| commit.blames.is_empty()).and_then(|traces| traces.get(&commit.commit));
        for trace in traced.iter().flatten() {
            let Some(&of) = places.get(&trace.origin).filter(|of| **of < place) else { continue };
            let written = history.get(of).map_or(i64::MAX, |origin| origin.authored_at);
            match report {
                Some(reported_at) if reported_at.is_none_or(|at| written <= at) => blame(of, Evidence::BugReportLines),
                Some(_) => {}
                None if commit.factors.fix => blame(of, Evidence::RepairLines),
                None => {}
            }
        }
        let files = sources.index.get(&commit.commit).unwrap_or_default();
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
