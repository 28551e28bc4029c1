//! A model of a team's own history, from its commits alone.

use super::recipe::{Recipe, TrainError, train};
use crate::evaluate::{EvaluateError, Evaluation, Tables, evaluate};
use crate::factor::Definitions;
use crate::history::MeasuredCommit;
use crate::labels::{Evidence, Labels, training_csv};
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

/// A history that was measured and labelled, ready to learn from.
#[derive(Debug, Clone, Copy)]
pub struct OwnHistory<'a> {
    /// Its commits in feeding order, as [`crate::measure`] gives them.
    pub measured: &'a [MeasuredCommit],
    /// What is known of their defects.
    pub labels: &'a Labels,
    /// Evidence weaker than this is not believed.
    pub weakest: Evidence,
}

impl OwnHistory<'_> {
    /// The time from which commits are left out: the newest one's, less the time that three quarters of the known defects took to
    /// be found.
    pub fn until(&self) -> i64 {
        let newest = self.measured.iter().map(|commit| commit.authored_at).max().unwrap_or(0);
        newest.saturating_sub(self.latency())
    }

    fn latency(&self) -> i64 {
        self.labels.latency(self.weakest, LATENCY_SHARE).unwrap_or(0)
    }

    /// The usable commits in the order of time, labelled, as a table to train on.
    pub fn to_csv(&self) -> String {
        training_csv(&self.usable(), &self.labels.blamed(self.weakest), i64::MAX, &Definitions::Gonogo1)
    }

    fn usable(&self) -> Vec<MeasuredCommit> {
        let until = self.until();
        let mut usable: Vec<_> = self.measured.iter().filter(|commit| commit.authored_at < until).cloned().collect();
        usable.sort_by_key(|commit| commit.authored_at);
        usable
    }
}

/// Tries a model on the newest part of a labelled history, and fits one to all of it.
///
/// `recipe` is a name that [`Recipe::named`] knows. The newest commits are left out for as long as three quarters of the known
/// defects took to be found. The model says that it knows this history, so its score is read as a probability here, and only here.
///
/// # Errors
/// See [`OwnHistoryError`].
pub fn train_on_history(own: OwnHistory<'_>, recipe: &str) -> Result<OwnModel, OwnHistoryError> {
    let OwnHistory { measured, labels, weakest } = own;
    let fitted_by = Recipe::named(recipe).ok_or_else(|| OwnHistoryError::NoRecipe(recipe.to_owned()))?;
    let (latency, until) = (own.latency(), own.until());
    let blamed = labels.blamed(weakest);
    let usable = own.usable();
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
            "{} commits up to {}, labelled by {weakest} or stronger evidence",
            usable.len(),
            usable.last().map_or_else(String::new, |commit| commit.commit.to_string())
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
