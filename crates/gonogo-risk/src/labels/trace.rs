//! SZZ over lines: which commits wrote what a repair took away.
//!
//! Source: Śliwerski, Zimmermann and Zeller, "When do changes induce fixes?" (MSR 2005), with the lines left out that Kim et al.,
//! "Automatic identification of bug-introducing changes" (ASE 2006) leave out: blank ones, comments, and changes of white space.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use gonogo_core::{HistoryError, ObjectId, RepoPath};

use super::comments::code_lines;
use super::reports::BugReports;
use crate::history::MeasuredCommit;
use crate::index::{HistoryIndex, Trace, TraceIndex};

/// A file as it was before a commit, and the lines (from 0) that the commit took away or replaced, changes of white space not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenLines {
    /// The commit before.
    pub at: ObjectId,
    /// Where the file lay before.
    pub path: RepoPath,
    /// The whole file as it was.
    pub text: Vec<u8>,
    /// Numbers of the lines.
    pub lines: Vec<u32>,
}

/// What tracing asks of a repository.
pub trait LineHistory {
    /// The lines that a commit took out of its only parent's files; nothing for roots and merges.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when an object is not there.
    fn taken_lines(&mut self, commit: &ObjectId) -> Result<Vec<TakenLines>, HistoryError>;

    /// For each of `lines` (from 0) of the file `path` as of the commit `at`, the commit that wrote it.
    ///
    /// `touches` may say that a commit did not change a path. `go_on` is asked at each step; after `false` the answer is `None`.
    ///
    /// # Errors
    /// [`HistoryError::Incomplete`] when the clone is cut before the lines are explained.
    fn origins(
        &mut self,
        at: &ObjectId,
        path: &RepoPath,
        lines: &[u32],
        touches: &dyn Fn(&ObjectId, &RepoPath) -> bool,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<ObjectId>>, HistoryError>;
}

/// How much is traced.
pub struct TraceOptions<'a> {
    /// A repair of more files than these is a sweep, and its lines blame nobody.
    pub most_files: usize,
    /// The same for lines of code taken away.
    pub most_lines: usize,
    /// Steps after which one repair is given up, so that no single one can hold up the others.
    pub most_steps: u64,
    /// Asked before each repair and every few thousand steps; after `false` what is done so far is the answer.
    pub go_on: &'a dyn Fn() -> bool,
    /// Told how many repairs are done, of how many.
    pub progress: &'a dyn Fn(u64, u64),
}

impl Default for TraceOptions<'_> {
    fn default() -> Self {
        Self { most_files: 20, most_lines: 200, most_steps: 2_000_000, go_on: &|| true, progress: &|_, _| {} }
    }
}

impl std::fmt::Debug for TraceOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceOptions")
            .field("most_files", &self.most_files)
            .field("most_lines", &self.most_lines)
            .finish_non_exhaustive()
    }
}

/// How far tracing came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceAccount {
    /// Repairs whose lines were traced, now or in an earlier run.
    pub traced: usize,
    /// Repairs that took away too much, or took too many steps: they are held without traces.
    pub sweeps: usize,
    /// Repairs left for the next run, because there was no more time.
    pub left: usize,
    /// Repairs that could not be read, with the first reason: an object that a partial clone left out.
    pub unreadable: usize,
    /// See `unreadable`.
    pub first_error: Option<String>,
}

/// Traces the repairs of a measured history that `traces` does not hold yet, newest first, and adds them to it.
///
/// A repair is a commit that mends a reported bug, or whose message has a word like `fix`; one whose message names the commit
/// it mends needs no tracing. Stops when there is no more time; call it again to go on where it stopped. `index` is the one the history was measured
/// with: it tells which commits touched a path, so that the others cost next to nothing.
pub fn trace_repairs(
    history: &[MeasuredCommit],
    index: &HistoryIndex,
    reports: &BugReports,
    lines: &mut dyn LineHistory,
    traces: &mut TraceIndex,
    options: &TraceOptions<'_>,
) -> TraceAccount {
    let touched = Touched::of(history, index);
    let repairs: Vec<&MeasuredCommit> = history
        .iter()
        .rev()
        .filter(|commit| commit.blames.is_empty() && (commit.factors.fix || reports.contains(&commit.commit)))
        .collect();
    let mut account = TraceAccount::default();
    for (place, repair) in repairs.iter().enumerate() {
        (options.progress)(place as u64, repairs.len() as u64);
        if traces.contains(&repair.commit) {
            account.traced += 1;
            continue;
        }
        if !(options.go_on)() {
            account.left += 1;
            continue;
        }
        match trace(&repair.commit, lines, &touched, options) {
            Ok(Traced::Found(found)) => {
                account.traced += 1;
                traces.insert(repair.commit, &found);
            }
            Ok(Traced::Sweep) => {
                account.sweeps += 1;
                traces.insert(repair.commit, &[]);
            }
            Ok(Traced::Stopped) => account.left += 1,
            Err(error) => {
                account.unreadable += 1;
                account.first_error.get_or_insert_with(|| error.to_string());
            }
        }
    }
    account
}

enum Traced {
    Found(Vec<Trace>),
    Sweep,
    Stopped,
}

fn trace(
    repair: &ObjectId,
    history: &mut dyn LineHistory,
    touched: &Touched,
    options: &TraceOptions<'_>,
) -> Result<Traced, HistoryError> {
    let mut taken = history.taken_lines(repair)?;
    for file in &mut taken {
        let code = code_lines(file.path.as_bytes(), &file.text);
        file.lines.retain(|&line| code.get(line as usize).copied().unwrap_or(true));
    }
    taken.retain(|file| !file.lines.is_empty());
    let lines: usize = taken.iter().map(|file| file.lines.len()).sum();
    if taken.len() > options.most_files || lines > options.most_lines {
        return Ok(Traced::Sweep);
    }
    let mut origins: BTreeMap<ObjectId, u32> = BTreeMap::new();
    let (mut steps, mut out_of_time) = (0u64, false);
    for file in &taken {
        let mut go_on = || {
            steps += 1;
            out_of_time |= steps.is_multiple_of(4_096) && !(options.go_on)();
            !out_of_time && steps <= options.most_steps
        };
        let touches = |commit: &ObjectId, path: &RepoPath| touched.contains(commit, path);
        match history.origins(&file.at, &file.path, &file.lines, &touches, &mut go_on)? {
            Some(found) => found.into_iter().for_each(|origin| *origins.entry(origin).or_insert(0) += 1),
            None if out_of_time => return Ok(Traced::Stopped),
            None => return Ok(Traced::Sweep),
        }
    }
    Ok(Traced::Found(origins.into_iter().map(|(origin, lines)| Trace { origin, lines }).collect()))
}

/// Which commits touched which paths, by a hash of both: eight bytes a touch. A collision costs a look, never a wrong answer.
struct Touched {
    known: HashSet<ObjectId>,
    pairs: HashSet<u64>,
    hasher: RandomState,
}

impl Touched {
    fn of(history: &[MeasuredCommit], index: &HistoryIndex) -> Self {
        let mut touched = Self { known: HashSet::new(), pairs: HashSet::new(), hasher: RandomState::new() };
        for commit in history {
            let Some(files) = index.get(&commit.commit) else { continue };
            touched.known.insert(commit.commit);
            for file in &files {
                touched.pairs.insert(touched.hasher.hash_one((commit.commit, file.path.as_bytes())));
            }
        }
        touched
    }

    fn contains(&self, commit: &ObjectId, path: &RepoPath) -> bool {
        !self.known.contains(commit) || self.pairs.contains(&self.hasher.hash_one((commit, path.as_bytes())))
    }
}
