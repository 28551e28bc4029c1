//! A model of a team's own history, from its commits alone.

use gonogo_core::{ChangeHistory, Revision};

use super::recipe::{Recipe, TrainError, train};
use crate::evaluate::{EvaluateError, Evaluation, Tables, evaluate};
use crate::factor::Definitions;
use crate::history::{MeasureError, MeasureOptions, measure};
use crate::index::HistoryIndex;
use crate::labels::{Evidence, label_history, training_csv};
use crate::model::{Card, Model};
use crate::table::Table;

/// Fewer blamed commits than these teach nothing.
const MINIMUM_BLAMED: usize = 100;
/// Share of the usable commits a model is tried on: the newest.
const TEST_SHARE: f64 = 0.2;
/// Share of the known defects that had been found after the time that is left out.
const LATENCY_SHARE: f64 = 0.75;

/// Why a history gives no model of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnHistoryError {
    /// The history could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// Too few commits are blamed, so nothing can be learned.
    #[error(
        "{found} blamed commits, and a model wants {MINIMUM_BLAMED}: name what a repair mends with `Fixes: <commit>`, accept weaker evidence, or use the shipped model"
    )]
    TooFew {
        /// How many were found outside the newest months.
        found: usize,
    },
    /// No recipe has this name.
    #[error("no recipe is called `{0}`; there are full, author-free, foreign, portable and lines-added")]
    NoRecipe(String),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The evaluation failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// A model of one history, and how it did on the newest fifth when it knew only what was older.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OwnModel {
    /// Fitted to all usable commits.
    pub model: Model,
    /// A model fitted to what was known when the newest fifth began, scored on that fifth. Compare it with `shipped`.
    pub evaluation: Evaluation,
    /// The shipped model, scored on the same commits.
    pub shipped: Evaluation,
    /// Commits used, and how many of the newest were left out because their defects are not found yet.
    pub used: usize,
    /// See `used`.
    pub left_out: usize,
}

/// Measures and labels the history of `head`, tries a model on its newest part, and fits one to all of it.
///
/// `recipe` is a name that [`Recipe::named`] knows. Commits are labelled on evidence at least as strong as `weakest`. The newest commits are left out for as long as three quarters of
/// the known defects took to be found. The model says that it knows this history, so its score is read as a probability
/// here, and only here.
///
/// # Errors
/// See [`OwnHistoryError`].
pub fn train_on_history(
    history: &dyn ChangeHistory,
    head: &Revision,
    index: &mut HistoryIndex,
    weakest: Evidence,
    recipe: &str,
) -> Result<OwnModel, OwnHistoryError> {
    let fitted_by = Recipe::named(recipe).ok_or_else(|| OwnHistoryError::NoRecipe(recipe.to_owned()))?;
    let measured = measure(history, head, index, MeasureOptions::default())?;
    let labels = label_history(&measured, index);
    let newest = measured.iter().map(|commit| commit.authored_at).max().unwrap_or(0);
    let latency = labels.latency(weakest, LATENCY_SHARE).unwrap_or(0);
    let until = newest.saturating_sub(latency);
    let blamed = labels.blamed(weakest);
    let mut usable: Vec<_> = measured.iter().filter(|commit| commit.authored_at < until).cloned().collect();
    usable.sort_by_key(|commit| commit.authored_at);
    let found = usable.iter().filter(|commit| blamed.contains(&commit.commit)).count();
    if found < MINIMUM_BLAMED {
        return Err(OwnHistoryError::TooFew { found });
    }
    // The trial stands where the newest fifth begins and knows no more than was known there: labels of that day, and as much of
    // the then newest history left out as is left out of today's.
    let (older, newer) = usable.split_at((usable.len() as f64 * (1.0 - TEST_SHARE)) as usize);
    let begins = newer.first().map_or(until, |commit| commit.authored_at);
    let known = labels.blamed_before(weakest, begins);
    let definitions = Definitions::Gonogo1;
    let older = training_csv(older, &known, begins.saturating_sub(latency), &definitions);
    let newer = training_csv(newer, &blamed, i64::MAX, &definitions);
    let all = training_csv(&usable, &blamed, i64::MAX, &definitions);
    let tables =
        Tables { train: Some(older.as_bytes()), test: newer.as_bytes(), recipe: Some(recipe), ..Tables::default() };
    let evaluation = evaluate(tables)?;
    let shipped = evaluate(Tables { test: newer.as_bytes(), ..Tables::default() })?;

    let model = train(&Table::from_csv(all.as_bytes()).map_err(TrainError::from)?, &fitted_by)?;
    let scores = &evaluation.scores;
    let metrics = [
        ("newest fifth: AUC", scores.auc),
        ("newest fifth: AUC of lines added", evaluation.lines_added.auc),
        ("newest fifth: AUC of the shipped model", shipped.scores.auc),
        ("newest fifth: Brier", scores.brier),
        ("newest fifth: ECE", scores.ece),
    ];
    let made = model.card().clone();
    let card = Card {
        purpose: "how likely a change of this one history is to be blamed for a defect".to_owned(),
        data: format!(
            "{} commits up to {}, labelled by their messages ({weakest:?} or stronger)",
            usable.len(),
            head.id
        ),
        metrics: metrics.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        limits: vec![
            "not for judging people".to_owned(),
            "not for another repository".to_owned(),
            "not a share of outages: a label is a commit that a later one repairs".to_owned(),
        ],
        ..made
    };
    let model = model.with_card(card);
    let model = match measured.first() {
        Some(first) => model.trained_on(first.commit),
        None => model,
    };
    Ok(OwnModel { model, evaluation, shipped, used: usable.len(), left_out: measured.len() - usable.len() })
}
