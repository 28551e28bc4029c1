//! The recipe: inputs, two blocks of singles, squares and pairs, one penalised regression.

use super::fit::{FitError, logistic_regression};
use crate::evaluate::RepairShares;
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
    /// What it reads besides, as it is: neither ranked nor squared nor paired. For what tells histories apart, of which there are few.
    pub alone: Vec<Expression>,
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
            alone: Vec::new(),
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

    /// What the shipped default is made by: sizes and repairs, which mean the same in every data set we know.
    ///
    /// Chosen by leaving each project out in turn and scoring it by a model of the others' older rows. `ns` and `nd` are left out
    /// because tables disagree on what they count, and the six projects do without them; `lt` because it is a sum here and a mean
    /// there. The share of repairs so far stands for the base rate that a history without labels does not tell.
    pub fn portable() -> Self {
        let kept = ["la", "ld", "nf", "entropy", "fix"];
        let mut recipe = Self::full();
        recipe.inputs.retain(|input| input.factors().iter().all(|name| kept.contains(name)));
        Self {
            name: "portable".to_owned(),
            alone: vec![Expression::log_share("fix_share")],
            c: 0.0005,
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
            alone: Vec::new(),
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
    let expressions: Vec<&Expression> = recipe.inputs.iter().chain(&recipe.alone).collect();
    let values = input_values(table, &expressions);
    let mut inputs = Vec::with_capacity(expressions.len());
    let mut logs = Vec::new();
    let mut ranks = Vec::new();
    for (expression, column) in expressions.iter().zip(&values) {
        let known: Vec<f64> = column.iter().filter_map(|value| *value).collect();
        let median = median(&known);
        let filled: Vec<f64> = column.iter().map(|value| value.unwrap_or(median)).collect();
        let table = RankTable::of(&filled, if recipe.ranks { recipe.knots } else { 2 });
        let ranked: Vec<f64> = filled.iter().map(|&value| table.rank(value)).collect();
        let (log, rank) = (standard(&filled), standard(&ranked));
        logs.push(filled.iter().map(|&value| log.apply(value)).collect::<Vec<f64>>());
        ranks.push(ranked.iter().map(|&value| rank.apply(value)).collect::<Vec<f64>>());
        inputs.push(Input { expression: (*expression).clone(), median, log, rank, ranks: table });
    }

    let mut terms = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let blocks = [(Block::Log, &logs), (Block::Rank, &ranks)];
    for (block, views) in blocks.into_iter().take(if recipe.ranks { 2 } else { 1 }) {
        for (index, view) in views.iter().enumerate() {
            let paired = recipe.inputs.len();
            if index >= paired && block == Block::Rank {
                continue;
            }
            let mut others: Vec<(Option<usize>, Option<&Vec<f64>>)> = vec![(None, None)];
            if recipe.pairs && index < paired {
                let second = views.iter().enumerate().take(paired).skip(index);
                others.extend(second.map(|(other, view)| (Some(other), Some(view))));
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
fn input_values(table: &Table, expressions: &[&Expression]) -> Vec<Vec<Option<f64>>> {
    let mut values = vec![Vec::with_capacity(table.len()); expressions.len()];
    let mut shares = RepairShares::default();
    for row in 0..table.len() {
        let mut factors = table.factors(row);
        shares.read(table.projects().get(row).copied().unwrap_or(0), &mut factors);
        for (column, input) in values.iter_mut().zip(expressions) {
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

/// Weights 2^(-(T - t) / half-life), T each project's newest time, scaled to mean 1.
fn recency(table: &Table, half_life_years: Option<f64>) -> Option<Vec<f64>> {
    let (half_life, times) = (half_life_years?, table.times()?);
    let project = |row: usize| table.projects().get(row).copied().unwrap_or(0) as usize;
    let mut newest = vec![f64::NEG_INFINITY; table.project_names().len().max(1)];
    for (row, time) in times.iter().enumerate() {
        if let (Some(newest), Some(time)) = (newest.get_mut(project(row)), time) {
            *newest = newest.max(*time);
        }
    }
    let age = |(row, time): (usize, &Option<f64>)| {
        let newest = newest.get(project(row)).copied().filter(|newest| newest.is_finite())?;
        Some((newest - (*time)?) / (half_life * YEAR))
    };
    let mut weights: Vec<f64> = times.iter().enumerate().map(|row| (-age(row).unwrap_or(0.0)).exp2()).collect();
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
            recipe.inputs.len() + recipe.alone.len(),
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
