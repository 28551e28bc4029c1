//! Evaluation of a model on a test table, beside the lines-added baseline.

use serde_json::{Value, json};

use super::deploys::{DeployScores, score_deploys};
use super::foreign::{PortableReader, RepairShares};
use crate::factor::Definitions;
use crate::model::{Model, ModelError};
use crate::scores::{Scores, ece_floor};
use crate::table::{Table, TableError};

/// No honest model of changes was seen to reach this AUC.
const ALARM: f64 = 0.85;

/// What is evaluated: CSV files and model files, as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tables<'a> {
    /// Rows to train on (needs feature `train`).
    pub train: Option<&'a [u8]>,
    /// Rows to score; all of them later than those trained on.
    pub test: &'a [u8],
    /// A model file to score with, in place of training and of the shipped default.
    pub model: Option<&'a [u8]>,
    /// Name of the recipe to train by (`Recipe::named`); without one it is chosen by the tables.
    pub recipe: Option<&'a str>,
}

/// Why nothing could be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The test table cannot be read.
    #[error("test table: {0}")]
    Test(#[source] TableError),
    /// The training table cannot be read.
    #[error("training table: {0}")]
    TrainTable(#[source] TableError),
    /// The model cannot be used.
    #[error("model: {0}")]
    Model(#[from] ModelError),
    /// Training failed.
    #[error("training: {0}")]
    Train(String),
    /// Both a model and a training table were given.
    #[error("give a training table or a model file, not both")]
    Both,
}

/// Scores of a model on a table, with what is needed to check them.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The model's scores.
    pub scores: Scores,
    /// The [`crate::ece`] that a perfectly calibrated model with these predictions would show.
    pub ece_floor: Option<f64>,
    /// Scores of lines added alone, fitted to the same rows.
    pub lines_added: Scores,
    /// Runs of up to 5 and up to 12 changes.
    pub deploys: Vec<DeployScores>,
    /// The model's prediction for every row, in the order of the table.
    pub predictions: Vec<f64>,
    /// The model that made them.
    pub model: Model,
    /// What a reader should know before believing the figures.
    pub warnings: Vec<String>,
}

impl Evaluation {
    /// The figures as one JSON object: `auc`, `pr_auc`, `brier`, `ece`, `recall_at_20_effort`, `n`, `positives` and more.
    pub fn to_json(&self) -> Value {
        let mut value = serde_json::to_value(&self.scores).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("ece_floor".to_owned(), json!(self.ece_floor));
            fields.insert("model".to_owned(), json!(self.model.id()));
            fields.insert("lines_added".to_owned(), json!(self.lines_added));
            fields.insert("deploys".to_owned(), json!(self.deploys));
            fields.insert("warnings".to_owned(), json!(self.warnings));
        }
        value
    }

    /// The predictions as CSV: header `row,score`, rows from 0 in the order of the test table.
    pub fn predictions_csv(&self) -> String {
        let mut text = String::from("row,score\n");
        for (row, score) in self.predictions.iter().enumerate() {
            text.push_str(&format!("{row},{score}\n"));
        }
        text
    }
}

/// Trains (or reads, or takes the shipped default) a model and scores it on a test table it has not seen.
///
/// Test labels are used for the scores and for nothing else; a prediction depends on its own row and, for a table of unknown
/// origin, on rows before it. With a training table the recipe is `Recipe::full`, or `Recipe::foreign` if
/// both tables name projects and share none. Inputs whose column the test table lacks are left out of training.
///
/// # Errors
/// See [`EvaluateError`].
pub fn evaluate(tables: Tables<'_>) -> Result<Evaluation, EvaluateError> {
    let test = Table::from_csv(tables.test).map_err(EvaluateError::Test)?;
    let labels = test.labels().map_err(EvaluateError::Test)?;
    let efforts = test.efforts().map_err(EvaluateError::Test)?;
    let mut warnings = Vec::new();
    let (model, baseline) = match (tables.train, tables.model) {
        (Some(_), Some(_)) => return Err(EvaluateError::Both),
        (Some(train), None) => trained(train, tables.recipe, &test, &mut warnings)?,
        (None, Some(model)) => (Model::from_json(model)?, Model::shipped_lines_added()?),
        (None, None) => (Model::shipped()?, Model::shipped_lines_added()?),
    };
    if test.repeated_commits() > 0 {
        warnings.push(format!("{} test rows repeat a commit of an earlier row", test.repeated_commits()));
    }
    if test.times().is_some_and(|times| !times.is_sorted_by(|a, b| a.zip(*b).is_none_or(|(a, b)| a <= b)))
        && test.project_names().len() < 2
    {
        warnings.push("test rows are not in the order of time".to_owned());
    }
    let predictions = predict(&model, &test, &mut warnings)?;
    let baseline = predict(&baseline, &test, &mut Vec::new())?;
    let added: Vec<f64> =
        test.column("la").unwrap_or_default().iter().map(|cell| cell.unwrap_or(0.0).max(0.0)).collect();
    let deploys = [5, 12].map(|longest| score_deploys(labels, &predictions, &added, test.projects(), longest)).to_vec();
    let scores = Scores::of(labels, &predictions, &efforts);
    if scores.auc.is_some_and(|auc| auc >= ALARM) && labels.len() >= 500 {
        warnings.push(format!(
            "an AUC of {ALARM} or more on real changes is an alarm: look for a column that knows the label"
        ));
    }
    Ok(Evaluation {
        scores,
        ece_floor: ece_floor(&predictions),
        lines_added: Scores::of(labels, &baseline, &efforts),
        deploys,
        predictions,
        model,
        warnings,
    })
}

pub(crate) fn predict(model: &Model, table: &Table, warnings: &mut Vec<String>) -> Result<Vec<f64>, ModelError> {
    // The lines-added baseline reads the column as it is: it is a baseline for that column.
    let portable = *model.definitions() == Definitions::Portable1 && model.name() != "lines-added";
    let (mut reader, mut shares) = (PortableReader::default(), RepairShares::default());
    let scores = (0..table.len())
        .map(|row| {
            let mut factors = table.factors(row);
            shares.read(table.projects().get(row).copied().unwrap_or(0), &mut factors);
            let factors = if portable { reader.read(factors) } else { factors };
            Ok(model.score(&model.inputs(&factors)?))
        })
        .collect::<Result<_, _>>()?;
    if let Some(row) = reader.relative_from() {
        warnings.push(format!(
            "lines are not whole numbers from row {row} on: `la`, `ld` and `entropy` seem to be divided by size; they were \
             computed back where that gives whole numbers, and left out elsewhere"
        ));
    }
    Ok(scores)
}

#[cfg(feature = "train")]
fn trained(
    train: &[u8],
    recipe: Option<&str>,
    test: &Table,
    warnings: &mut Vec<String>,
) -> Result<(Model, Model), EvaluateError> {
    use crate::train::{Recipe, train as fit};
    let table = Table::from_csv(train).map_err(EvaluateError::TrainTable)?;
    let named = |table: &Table| !table.project_names().is_empty();
    let shared = table.project_names().iter().any(|name| test.project_names().contains(name));
    let foreign = named(&table) && named(test) && !shared;
    let mut recipe = match recipe {
        Some(name) => {
            Recipe::named(name).ok_or_else(|| EvaluateError::Train(format!("no recipe is called `{name}`")))?
        }
        None if foreign => Recipe::foreign(),
        None => Recipe::full(),
    };
    let column = |name: &str| test.column(if name == "lt_total" { "lt" } else { name }).is_some();
    let before = recipe.inputs.len();
    recipe.inputs.retain(|input| input.factors().iter().all(|name| column(name)));
    if recipe.inputs.len() < before {
        warnings
            .push(format!("{} inputs were left out: the test table lacks their columns", before - recipe.inputs.len()));
    }
    let newest = |table: &Table, pick: fn(f64, f64) -> f64| {
        table.times().and_then(|times| times.iter().filter_map(|time| *time).reduce(pick))
    };
    if let (Some(trained_to), Some(tested_from)) = (newest(&table, f64::max), newest(test, f64::min))
        && trained_to > tested_from
    {
        warnings.push(
            "some training rows are newer than the oldest test row: the figures know a part of the future".to_owned(),
        );
    }
    if table.repeated_commits() > 0 {
        warnings.push(format!("{} training rows repeat a commit of an earlier row", table.repeated_commits()));
    }
    let failed = |error: crate::train::TrainError| EvaluateError::Train(error.to_string());
    Ok((fit(&table, &recipe).map_err(failed)?, fit(&table, &Recipe::lines_added()).map_err(failed)?))
}

#[cfg(not(feature = "train"))]
fn trained(_: &[u8], _: Option<&str>, _: &Table, _: &mut Vec<String>) -> Result<(Model, Model), EvaluateError> {
    Err(EvaluateError::Train("this build cannot train; build gonogo-risk with the feature `train`".to_owned()))
}
