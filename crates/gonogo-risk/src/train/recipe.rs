//! The recipe: inputs, two blocks of singles, squares and pairs, one penalised regression.

use super::fit::{FitError, logistic_regression};
use crate::factor::Definitions;
use crate::model::{Block, Calibrator, Card, Expression, Input, Model, RankTable, Standard, Term};
use crate::table::{Table, TableError};

const YEAR: f64 = 31_557_600.0;

/// How a model is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Name of the model.
    pub name: String,
    /// What it reads.
    pub inputs: Vec<Expression>,
    /// Whether a second block reads mid-ranks.
    pub ranks: bool,
    /// Whether squares and products of pairs join the single inputs.
    pub pairs: bool,
    /// C of the penalty |β|² / 2C.
    pub c: f64,
    /// Weights halve in this many years before the newest row; `None` for equal weights.
    pub half_life_years: Option<f64>,
    /// Knots of the tables of ranks.
    pub knots: usize,
    /// Definitions the model shall ask for; `None` for those of the table.
    pub definitions: Option<Definitions>,
}

impl Recipe {
    /// The recipe of that name: `full`, `author-free`, `foreign`, `portable` or `lines-added`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "full" => Some(Self::full()),
            "author-free" => Some(Self::author_free()),
            "foreign" => Some(Self::foreign()),
            "portable" => Some(Self::portable()),
            "lines-added" => Some(Self::lines_added()),
            _ => None,
        }
    }

    /// The full recipe: eighteen inputs, both blocks, C = 0.003, weights halving yearly.
    pub fn full() -> Self {
        let logs = ["la", "ld", "lt_total", "ns", "nd", "nf", "ndev", "age", "nuc", "exp", "rexp", "sexp"];
        let mut inputs: Vec<Expression> = logs.into_iter().map(Expression::log).collect();
        inputs.extend([
            Expression::plain("entropy"),
            Expression::plain("fix"),
            Expression::ratio("nuc", "nf"),
            Expression::ratio("lt_total", "nf"),
            Expression::LogChurn,
            Expression::AddedShare,
        ]);
        Self {
            name: "history".to_owned(),
            inputs,
            ranks: true,
            pairs: true,
            c: 0.003,
            half_life_years: Some(1.0),
            knots: 1_024,
            definitions: None,
        }
    }

    /// The full recipe without what tells authors apart: `exp`, `rexp`, `sexp`, `ndev`.
    pub fn author_free() -> Self {
        let mut recipe = Self::full();
        recipe.name = "author-free".to_owned();
        recipe
            .inputs
            .retain(|input| !input.factors().iter().any(|name| ["exp", "rexp", "sexp", "ndev"].contains(name)));
        recipe
    }

    /// For a history the table does not hold: no authors, a stronger penalty (C = 0.0005), weights halving in three years.
    ///
    /// Chosen on the last 15 % of the training rows of each project, with the others' older rows to learn from.
    pub fn foreign() -> Self {
        Self { name: "foreign".to_owned(), c: 0.0005, half_life_years: Some(3.0), ..Self::author_free() }
    }

    /// What the shipped default is made by: only factors that mean the same in every data set we know, all rows alike.
    ///
    /// Chosen as [`Recipe::foreign`] was. `lt` is left out because tables disagree on whether it is a sum.
    pub fn portable() -> Self {
        let mut recipe = Self::full();
        let kept = ["la", "ld", "ns", "nd", "nf", "entropy", "fix"];
        recipe.inputs.retain(|input| input.factors().iter().all(|name| kept.contains(name)));
        Self {
            name: "portable".to_owned(),
            c: 0.0005,
            half_life_years: None,
            knots: 64,
            definitions: Some(Definitions::Portable1),
            ..recipe
        }
    }

    /// The baseline: a logistic regression on the lines added, as they are. Its AUC is that of the count itself.
    ///
    /// Source: LApredict, Zeng et al., "Deep just-in-time defect prediction: how far are we?", ISSTA 2021.
    pub fn lines_added() -> Self {
        Self {
            name: "lines-added".to_owned(),
            inputs: vec![Expression::plain("la")],
            ranks: false,
            pairs: false,
            c: 1e6,
            half_life_years: None,
            knots: 2,
            definitions: Some(Definitions::Portable1),
        }
    }
}

/// Why a model could not be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The table lacks what training needs.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The regression failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// No input has two different values.
    #[error("no input varies over the table: nothing can be learned from it")]
    Constant,
}

/// Fits a model to a table.
///
/// All scaling uses these rows only. A missing value is replaced by the median; a column absent throughout is constant and
/// gets no weight. Rows without a time weigh as much as the newest.
///
/// # Errors
/// See [`TrainError`].
pub fn train(table: &Table, recipe: &Recipe) -> Result<Model, TrainError> {
    let labels = table.labels()?;
    if !(labels.contains(&true) && labels.contains(&false)) {
        return Err(FitError::OneClass.into());
    }
    let rows = table.len();
    let values = input_values(table, recipe);
    let mut inputs = Vec::with_capacity(recipe.inputs.len());
    let mut logs = Vec::new();
    let mut ranks = Vec::new();
    for (expression, column) in recipe.inputs.iter().zip(&values) {
        let known: Vec<f64> = column.iter().filter_map(|value| *value).collect();
        let median = median(&known);
        let filled: Vec<f64> = column.iter().map(|value| value.unwrap_or(median)).collect();
        let table = RankTable::of(&filled, if recipe.ranks { recipe.knots } else { 2 });
        let ranked: Vec<f64> = filled.iter().map(|&value| table.rank(value)).collect();
        let (log, rank) = (standard(&filled), standard(&ranked));
        logs.push(filled.iter().map(|&value| log.apply(value)).collect::<Vec<f64>>());
        ranks.push(ranked.iter().map(|&value| rank.apply(value)).collect::<Vec<f64>>());
        inputs.push(Input { expression: expression.clone(), median, log, rank, ranks: table });
    }

    let mut terms = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let blocks = [(Block::Log, &logs), (Block::Rank, &ranks)];
    for (block, views) in blocks.into_iter().take(if recipe.ranks { 2 } else { 1 }) {
        for (index, view) in views.iter().enumerate() {
            let mut others: Vec<(Option<usize>, Option<&Vec<f64>>)> = vec![(None, None)];
            if recipe.pairs {
                others.extend(views.iter().enumerate().skip(index).map(|(other, view)| (Some(other), Some(view))));
            }
            for (times, other) in others {
                let mut column: Vec<f64> = match other {
                    None => view.clone(),
                    Some(other) => view.iter().zip(other).map(|(a, b)| a * b).collect(),
                };
                let scale = standard(&column);
                column.iter_mut().for_each(|value| *value = (*value - scale.mean) / scale.deviation);
                if column.iter().any(|value| *value != 0.0) {
                    let Standard { mean, deviation } = scale;
                    terms.push(Term { block, input: index, times, mean, deviation, weight: 0.0 });
                    columns.push(column);
                }
            }
        }
    }
    if terms.is_empty() {
        return Err(TrainError::Constant);
    }
    let width = columns.len();
    let mut matrix = vec![0.0; rows * width];
    for (place, column) in columns.into_iter().enumerate() {
        for (line, value) in matrix.chunks_exact_mut(width).zip(column) {
            if let Some(slot) = line.get_mut(place) {
                *slot = value;
            }
        }
    }
    let weights = recency(table, recipe.half_life_years);
    let fit = logistic_regression(&matrix, width, labels, weights.as_deref(), 1.0 / recipe.c)?;
    for (term, weight) in terms.iter_mut().zip(fit.weights) {
        term.weight = weight;
    }
    let model = Model {
        name: recipe.name.clone(),
        definitions: recipe.definitions.clone().unwrap_or_else(|| table.definitions().clone()),
        card: card(table, recipe, labels),
        history: None,
        intercept: fit.intercept,
        calibrator: Calibrator::None,
        inputs,
        terms,
        id: String::new(),
    };
    Ok(model.rounded().identified())
}

/// The columns of inputs, row for row.
fn input_values(table: &Table, recipe: &Recipe) -> Vec<Vec<Option<f64>>> {
    let mut values = vec![Vec::with_capacity(table.len()); recipe.inputs.len()];
    for row in 0..table.len() {
        let factors = table.factors(row);
        for (column, input) in values.iter_mut().zip(&recipe.inputs) {
            column.push(input.value(&factors));
        }
    }
    values
}

fn median(known: &[f64]) -> f64 {
    let mut sorted = known.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => at(odd / 2),
        even => (at(even / 2 - 1) + at(even / 2)) / 2.0,
    }
}

/// Mean and (population) deviation; deviation 1 for a constant column, which then is 0 throughout.
fn standard(column: &[f64]) -> Standard {
    let n = column.len().max(1) as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    let deviation = variance.sqrt();
    // A constant column must come out as exactly 0, and not as the rounding of its mean.
    let first = column.first().copied().unwrap_or(0.0);
    if column.iter().all(|value| *value == first) {
        return Standard { mean: first, deviation: 1.0 };
    }
    if deviation > 0.0 && deviation.is_finite() {
        Standard { mean, deviation }
    } else {
        Standard { mean, deviation: 1.0 }
    }
}

/// Weights 2^(-(T - t) / half-life), scaled to mean 1.
fn recency(table: &Table, half_life_years: Option<f64>) -> Option<Vec<f64>> {
    let (half_life, times) = (half_life_years?, table.times()?);
    let newest = times.iter().filter_map(|time| *time).fold(f64::NEG_INFINITY, f64::max);
    if !newest.is_finite() {
        return None;
    }
    let mut weights: Vec<f64> =
        times.iter().map(|time| (-(newest - time.unwrap_or(newest)) / (half_life * YEAR)).exp2()).collect();
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    weights.iter_mut().for_each(|weight| *weight /= mean);
    Some(weights)
}

fn card(table: &Table, recipe: &Recipe, labels: &[bool]) -> Card {
    Card {
        rows: table.len(),
        positives: labels.iter().filter(|&&buggy| buggy).count(),
        recipe: format!(
            "logistic regression, {} inputs{}{}, C = {}{}",
            recipe.inputs.len(),
            if recipe.ranks { ", values and ranks" } else { "" },
            if recipe.pairs { ", squares and pairs" } else { "" },
            recipe.c,
            match recipe.half_life_years {
                Some(years) => format!(", weights halving every {years} years"),
                None => String::new(),
            }
        ),
        ..Card::default()
    }
}
