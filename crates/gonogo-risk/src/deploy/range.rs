//! The risk of base..head in one call.

use std::collections::HashSet;
use std::path::Path;

use gonogo_core::{ChangeHistory, ObjectId, Revision};

use super::assess::{AssessOptions, assess_deploy};
use super::readable::measure_for;
use super::report::RiskReport;
use crate::history::{MeasureError, MeasureOptions, Measured};
use crate::index::{HistoryIndex, IndexFile, IndexFileError};
use crate::model::{Model, ModelError};

/// Why the risk of a range is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The history could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The index file could not be read or written.
    #[error(transparent)]
    Index(#[from] IndexFileError),
}

/// Measures the history of `head` and assesses the commits that `base` lacks.
///
/// `index`, a file under the user's cache folder, makes the next call cost the new commits only.
///
/// # Errors
/// A history that is cut short is an error, never a shorter answer.
pub fn assess_range(
    history: &dyn ChangeHistory,
    (base, head): (&Revision, &Revision),
    model: &Model,
    index: Option<&Path>,
    progress: Option<&dyn Fn(u64, u64)>,
) -> Result<RiskReport, RangeError> {
    let commits = history.commits(base, head).map_err(MeasureError::from)?;
    let merges = commits.iter().filter(|commit| commit.is_merge()).count();
    let range: HashSet<ObjectId> = commits.iter().filter(|commit| !commit.is_merge()).map(|commit| commit.id).collect();
    let mut file = index.map(IndexFile::open).transpose()?;
    let mut unsaved = HistoryIndex::new();
    let known = file.as_mut().map_or(&mut unsaved, |file| &mut file.index);
    let how = MeasureOptions { progress, ..MeasureOptions::default() };
    let measured = measure_for(model, history, head, &range, known, how);
    if let Some(file) = file.as_mut() {
        match &measured {
            Ok(measured) => file.save_reachable(measured.commits.iter().map(|commit| commit.commit))?,
            // What was read before an error is worth keeping.
            Err(_) => file.save()?,
        }
    }
    let Measured { commits: measured, unreadable } = measured?;
    let options = AssessOptions {
        first_commit: measured.first().map(|first| first.commit),
        unreadable: unreadable.len(),
        ..AssessOptions::default()
    };
    Ok(assess_deploy(&measured, &range, (merges, 0), model, &options)?)
}
