//! Factors of a whole history, read through [`ChangeHistory`].

use std::collections::HashMap;
use std::ops::ControlFlow;

use gonogo_core::{ChangeHistory, CommitHeader, HistoryError, ObjectId, Revision, Signature};

use super::change::{CommitChange, CommitFactors};
use super::fix::is_fix;
use super::order::{CommitNode, OrderError, feeding_order};
use super::state::HistoryState;
use crate::factor::{ChangeContext, FactorValue, Factors, RiskFactor};
use crate::index::HistoryIndex;
use crate::labels::{BlameReference, blame_references};

/// Why a history could not be measured.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// The history could not answer.
    #[error("the history cannot be read: {0}")]
    History(#[from] HistoryError),
    /// The commits have no order.
    #[error(transparent)]
    Order(#[from] OrderError),
}

/// One non-merge commit and its factors.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredCommit {
    /// The commit.
    pub commit: ObjectId,
    /// The first line of its message.
    pub subject: String,
    /// Author time, seconds since 1970.
    pub authored_at: i64,
    /// Its factors, from the state strictly before it.
    pub factors: CommitFactors,
    /// Commits its message names as broken.
    pub blames: Vec<BlameReference>,
    /// The team's own factors, by name.
    pub extra: Vec<(String, FactorValue)>,
}

impl MeasuredCommit {
    /// The factors by name, measured by `definitions`, with the team's own among them.
    pub fn named(&self, definitions: crate::Definitions) -> Factors {
        let mut factors = self.factors.to_factors(definitions);
        for (name, value) in &self.extra {
            factors.set(name.clone(), value.clone());
        }
        factors
    }
}

/// How to measure.
#[derive(Default, Clone, Copy)]
#[non_exhaustive]
pub struct MeasureOptions<'a> {
    /// Leave generated and vendored files out (definitions `gonogo-1-authored`).
    pub authored_only: bool,
    /// Further factors to measure of every commit.
    pub extra: &'a [&'a dyn RiskFactor],
    /// Told how many commits are done, of how many.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

impl std::fmt::Debug for MeasureOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeasureOptions").field("authored_only", &self.authored_only).finish_non_exhaustive()
    }
}

struct Pending {
    id: ObjectId,
    author: usize,
    authored_at: i64,
    fix: bool,
    subject: String,
    blames: Vec<BlameReference>,
}

/// A measured history, some of whose commits could not be read.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Measured {
    /// The commits that could be read, in feeding order.
    pub commits: Vec<MeasuredCommit>,
    /// Those whose blobs are not in this clone, each with the reason: no factor of theirs is known.
    pub unreadable: Vec<(ObjectId, HistoryError)>,
}

/// Measures as [`measure`] does, and goes on where a commit's blobs are not in this clone.
///
/// What such a commit touched is not known, so the factors of later commits that look back (`age`, `ndev`, `nuc`, `sexp`) are not to be
/// trusted where there is one; those of the commit itself (`la`, `ld`, `nf`, `entropy`, ...) and `fix_share` are. See
/// [`crate::Model::looks_back`].
///
/// # Errors
/// A history whose commits are cut short is an error, never a shorter answer.
pub fn measure_readable(
    history: &dyn ChangeHistory,
    head: &Revision,
    index: &mut HistoryIndex,
    options: MeasureOptions<'_>,
) -> Result<Measured, MeasureError> {
    let mut unreadable = Vec::new();
    let commits = measured(history, head, index, options, &mut |commit, error| {
        let gone = matches!(error, HistoryError::Incomplete { .. });
        if gone {
            unreadable.push((commit, error));
            return Ok(());
        }
        Err(error)
    })?;
    Ok(Measured { commits, unreadable })
}

/// Measures every non-merge ancestor of `head`, itself included, in feeding order.
///
/// Commits the index holds cost no difference of trees; the others are added to it. Memory: the index, and about 200 bytes a
/// commit.
///
/// # Errors
/// A history that is cut short is an error, never a shorter answer.
pub fn measure(
    history: &dyn ChangeHistory,
    head: &Revision,
    index: &mut HistoryIndex,
    options: MeasureOptions<'_>,
) -> Result<Vec<MeasuredCommit>, MeasureError> {
    measured(history, head, index, options, &mut |_, error| Err(error))
}

/// `unread` decides what becomes of a commit that cannot be read: left out, or the end.
fn measured(
    history: &dyn ChangeHistory,
    head: &Revision,
    index: &mut HistoryIndex,
    options: MeasureOptions<'_>,
    unread: &mut dyn FnMut(ObjectId, HistoryError) -> Result<(), HistoryError>,
) -> Result<Vec<MeasuredCommit>, MeasureError> {
    let mut nodes = Vec::new();
    let mut pending: Vec<Option<Pending>> = Vec::new();
    let mut signatures: Vec<Signature> = Vec::new();
    let mut authors: HashMap<(Vec<u8>, Vec<u8>), usize> = HashMap::new();
    history.ancestors(head, &mut |header: &CommitHeader| {
        let merge = header.parents.len() > 1;
        nodes.push(CommitNode { id: header.id, parents: header.parents.clone(), committer_time: header.committed_at });
        pending.push((!merge).then(|| {
            let key = (header.author.name.clone(), header.author.email.clone());
            let author = *authors.entry(key).or_insert_with(|| {
                signatures.push(header.author.clone());
                signatures.len() - 1
            });
            let message = String::from_utf8_lossy(&header.message);
            let subject = message.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
            Pending {
                id: header.id,
                author,
                authored_at: header.authored_at,
                fix: is_fix(&message),
                subject: subject.chars().take(120).collect(),
                blames: blame_references(&message),
            }
        }));
        ControlFlow::Continue(())
    })?;
    let names = signatures
        .iter()
        .map(|signature| Ok(history.canonical_author(head, signature)?.name))
        .collect::<Result<Vec<Vec<u8>>, HistoryError>>()?;

    let order = feeding_order(&nodes)?;
    drop(nodes);
    let total = pending.iter().flatten().count() as u64;
    let mut state = if options.authored_only { HistoryState::authored_only() } else { HistoryState::new() };
    let mut measured = Vec::with_capacity(total as usize);
    for place in order {
        let Some(commit) = pending.get_mut(place).and_then(Option::take) else { continue };
        let files = match index.get(&commit.id) {
            Some(files) => files,
            None => match history.line_changes(&commit.id) {
                Ok(files) => {
                    index.insert(commit.id, &files);
                    files
                }
                Err(error) => {
                    unread(commit.id, error)?;
                    state.feed(&change_of(&commit, &names, Vec::new()));
                    continue;
                }
            },
        };
        let change = change_of(&commit, &names, files);
        let factors = state.factors(&change);
        let context = ChangeContext { change: &change, before: &state, base: &factors };
        let extra = options.extra.iter().map(|own| (own.name().to_owned(), own.evaluate(&context))).collect();
        state.feed(&change);
        measured.push(MeasuredCommit {
            commit: commit.id,
            subject: commit.subject,
            authored_at: commit.authored_at,
            factors,
            blames: commit.blames,
            extra,
        });
        if let Some(progress) = options.progress
            && measured.len().is_multiple_of(256)
        {
            progress(measured.len() as u64, total);
        }
    }
    Ok(measured)
}

fn change_of(commit: &Pending, names: &[Vec<u8>], files: Vec<gonogo_core::LineChange>) -> CommitChange {
    CommitChange {
        commit: commit.id,
        author: names.get(commit.author).cloned().unwrap_or_default(),
        author_time: commit.authored_at,
        fix: commit.fix,
        files,
    }
}
