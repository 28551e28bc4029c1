//! How much of a history may be missing before nothing can be said.

use std::collections::HashSet;

use gonogo_core::{ChangeHistory, HistoryError, ObjectId, Revision};

use crate::history::{MeasureError, MeasureOptions, Measured, measure, measure_readable};
use crate::index::HistoryIndex;
use crate::model::Model;

/// Ranks are still told when at most this share of the commits cannot be read. What a clone leaves out is large, so more of it would make
/// a large deploy look rarer than it is.
const MOST_UNREADABLE: f64 = 0.02;

/// Measures what `model` needs of the history: all of it where the model looks back, and otherwise what this clone has, unless a
/// commit of `range` or too many others cannot be read.
pub(crate) fn measure_for(
    model: &Model,
    history: &dyn ChangeHistory,
    head: &Revision,
    range: &HashSet<ObjectId>,
    index: &mut HistoryIndex,
    options: MeasureOptions<'_>,
) -> Result<Measured, MeasureError> {
    if model.looks_back() {
        return Ok(Measured { commits: measure(history, head, index, options)?, ..Measured::default() });
    }
    let measured = measure_readable(history, head, index, options)?;
    if let Some((_, error)) = measured.unreadable.iter().find(|(commit, _)| range.contains(commit)) {
        return Err(error.clone().into());
    }
    let (gone, all) = (measured.unreadable.len(), measured.unreadable.len() + measured.commits.len());
    match measured.unreadable.first() {
        Some((_, HistoryError::Incomplete { what, remedy })) if gone as f64 > MOST_UNREADABLE * all as f64 => {
            let what = format!("{gone} of {all} commits cannot be read: {what}");
            Err(HistoryError::Incomplete { what, remedy: remedy.clone() }.into())
        }
        _ => Ok(measured),
    }
}
