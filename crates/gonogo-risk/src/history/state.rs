//! The state machine: what all earlier commits left, and the factors of the next one.

use std::collections::{HashMap, HashSet};

use gonogo_core::LineChange;

use super::change::{CommitChange, CommitFactors};
use super::repairs::RepairShare;
use super::scope::is_generated_or_vendored;
use crate::factor::Definitions;

const DAY: f64 = 86_400.0;
/// A Julian year in seconds, the year by which experience ages.
const YEAR: i128 = 31_557_600;

/// What is remembered of one path: enough for `ndev`, `age` and `nuc`, and no more.
#[derive(Debug, Clone)]
struct PathState {
    /// Authors who touched it, ascending.
    authors: Vec<u32>,
    last_commit: u32,
    last_time: i64,
}

#[derive(Debug, Clone, Default)]
struct AuthorState {
    /// Times of the author's commits, ascending.
    times: Vec<i64>,
    /// For each subsystem, which of the author's commits (by number) touched it, ascending.
    subsystems: HashMap<Box<[u8]>, Vec<u32>>,
}

/// What every non-merge commit fed so far has left: who touched which path when, and what each author did.
///
/// Feed commits in [`crate::feeding_order`], merges skipped. [`HistoryState::advance`] reads all state first and then
/// updates it, so a commit's factors come from the commits strictly before it, on whatever branch they were. A rename moves
/// what is known of a path; a deletion keeps it, so that a path which comes back continues. Memory: one entry for each path
/// that ever existed and one number for each pair of author and commit.
#[derive(Debug, Clone, Default)]
pub struct HistoryState {
    paths: HashMap<Box<[u8]>, PathState>,
    author_numbers: HashMap<Box<[u8]>, u32>,
    authors: Vec<AuthorState>,
    commits: u32,
    authored_only: bool,
    repairs: RepairShare,
}

impl HistoryState {
    /// The state before any commit, for definitions `gonogo-1`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with generated and vendored files left out of every factor, for definitions `gonogo-1-authored`.
    pub fn authored_only() -> Self {
        Self { authored_only: true, ..Self::default() }
    }

    /// The definitions the factors of this state are measured by.
    pub fn definitions(&self) -> Definitions {
        if self.authored_only { Definitions::Gonogo1Authored } else { Definitions::Gonogo1 }
    }

    /// How many commits were fed.
    pub fn commits(&self) -> usize {
        self.commits as usize
    }

    /// Days from the last touch of `path` to `time`, if it was ever touched.
    pub fn days_since_touched(&self, path: &[u8], time: i64) -> Option<f64> {
        self.paths.get(path).map(|state| days(time, state.last_time))
    }

    /// The factors of `change` as if it came next, without feeding it.
    pub fn factors(&self, change: &CommitChange) -> CommitFactors {
        let mut measured = CommitFactors {
            la: 0,
            ld: 0,
            nf: 0,
            nd: 0,
            ns: 0,
            entropy: 0.0,
            lt: 0.0,
            ndev: 0,
            age: None,
            nuc: 0,
            exp: 0,
            rexp: 0.0,
            sexp: 0,
            fix: change.fix,
            fix_share: self.repairs.share(),
        };
        let mut directories = HashSet::new();
        let mut subsystems = HashSet::new();
        let mut lines = 0u64;
        let mut developers = HashSet::new();
        let mut last_commits = HashSet::new();
        let (mut ages, mut aged) = (0.0, 0u64);
        for file in self.in_scope(change) {
            measured.nf += 1;
            measured.la = measured.la.saturating_add(file.added);
            measured.ld = measured.ld.saturating_add(file.deleted);
            lines = lines.saturating_add(file.lines_before);
            directories.insert(file.path.directory());
            subsystems.insert(subsystem(file.path.as_bytes()));
            if let Some(path) = self.paths.get(before(file)) {
                developers.extend(path.authors.iter().copied());
                last_commits.insert(path.last_commit);
                ages += days(change.author_time, path.last_time);
                aged += 1;
            }
        }
        measured.nd = directories.len() as u64;
        measured.ns = subsystems.len() as u64;
        measured.ndev = developers.len() as u64;
        measured.nuc = last_commits.len() as u64;
        measured.entropy = self.entropy(change, measured.la.saturating_add(measured.ld));
        if measured.nf > 0 {
            measured.lt = lines as f64 / measured.nf as f64;
        }
        if aged > 0 {
            measured.age = Some(ages / aged as f64);
        }
        if let Some(author) = self.author(&change.author) {
            measured.exp = author.times.len() as u64;
            measured.rexp = recent_experience(&author.times, change.author_time);
            measured.sexp = subsystem_experience(author, &subsystems);
        }
        measured
    }

    /// Feeds `change`, and returns its factors from the state before it.
    pub fn advance(&mut self, change: &CommitChange) -> CommitFactors {
        let measured = self.factors(change);
        self.feed(change);
        measured
    }

    /// Feeds `change` without measuring it.
    pub fn feed(&mut self, change: &CommitChange) {
        let author = self.author_number(&change.author);
        let commit = self.commits;
        self.commits = self.commits.saturating_add(1);
        self.repairs.feed(change.fix);

        // All sources are taken out before any destination is set, so that two files may change places.
        let moved: Vec<Option<PathState>> = change
            .files
            .iter()
            .map(|file| file.old_path.as_ref().and_then(|old| self.paths.remove(old.as_bytes())))
            .collect();
        for (file, state) in change.files.iter().zip(moved) {
            if file.old_path.is_some() {
                match state {
                    Some(state) => self.paths.insert(file.path.as_bytes().into(), state),
                    None => self.paths.remove(file.path.as_bytes()),
                };
            }
        }
        for file in &change.files {
            let state = self.paths.entry(file.path.as_bytes().into()).or_insert_with(|| PathState {
                authors: Vec::new(),
                last_commit: commit,
                last_time: change.author_time,
            });
            if let Err(place) = state.authors.binary_search(&author) {
                state.authors.insert(place, author);
            }
            state.last_commit = commit;
            state.last_time = change.author_time;
        }

        let touched: HashSet<Box<[u8]>> =
            self.in_scope(change).map(|file| subsystem(file.path.as_bytes()).into()).collect();
        if let Some(author) = self.authors.get_mut(author as usize) {
            let number = author.times.len() as u32;
            let place = author.times.partition_point(|&time| time <= change.author_time);
            author.times.insert(place, change.author_time);
            for name in touched {
                author.subsystems.entry(name).or_default().push(number);
            }
        }
    }

    fn in_scope<'a>(&self, change: &'a CommitChange) -> impl Iterator<Item = &'a LineChange> + use<'a> {
        let authored_only = self.authored_only;
        change.files.iter().filter(move |file| !authored_only || !is_generated_or_vendored(file.path.as_bytes()))
    }

    fn entropy(&self, change: &CommitChange, total: u64) -> f64 {
        if total == 0 {
            return 0.0;
        }
        let mut bits = 0.0;
        for file in self.in_scope(change) {
            let changed = file.added.saturating_add(file.deleted);
            if changed > 0 {
                let share = changed as f64 / total as f64;
                bits -= share * share.log2();
            }
        }
        // A single file gives -1 * log2(1) = -0.
        bits + 0.0
    }

    fn author(&self, name: &[u8]) -> Option<&AuthorState> {
        self.author_numbers.get(name).and_then(|&number| self.authors.get(number as usize))
    }

    fn author_number(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.author_numbers.get(name) {
            return number;
        }
        let number = self.authors.len() as u32;
        self.author_numbers.insert(name.into(), number);
        self.authors.push(AuthorState::default());
        number
    }
}

fn days(now: i64, then: i64) -> f64 {
    now.saturating_sub(then).max(0) as f64 / DAY
}

/// The first component, or nothing for a file at the top.
fn subsystem(path: &[u8]) -> &[u8] {
    match path.iter().position(|&byte| byte == b'/') {
        Some(slash) => path.get(..slash).unwrap_or_default(),
        None => b"",
    }
}

/// The path whose state a touched file continues.
fn before(file: &LineChange) -> &[u8] {
    file.old_path.as_ref().unwrap_or(&file.path).as_bytes()
}

/// Σ 1 / (1 + whole years since); times are ascending, so each year that occurs is one binary search.
fn recent_experience(times: &[i64], now: i64) -> f64 {
    // Git stores any 64-bit time, and differences of two need one bit more.
    let now = i128::from(now);
    let mut sum = 0.0;
    let mut rest = times;
    while let Some(&last) = rest.last() {
        let years = (now - i128::from(last)).max(0) / YEAR;
        let limit = now - YEAR * (years + 1);
        let older = rest.partition_point(|&time| i128::from(time) <= limit);
        sum += (rest.len() - older) as f64 / (1.0 + years as f64);
        rest = rest.get(..older).unwrap_or_default();
    }
    sum
}

fn subsystem_experience(author: &AuthorState, subsystems: &HashSet<&[u8]>) -> u64 {
    let mut lists = subsystems.iter().filter_map(|name| author.subsystems.get(*name));
    let (Some(first), rest) = (lists.next(), lists) else { return 0 };
    let rest: Vec<_> = rest.collect();
    if rest.is_empty() {
        return first.len() as u64;
    }
    let mut distinct: HashSet<u32> = first.iter().copied().collect();
    for list in rest {
        distinct.extend(list.iter().copied());
    }
    distinct.len() as u64
}
