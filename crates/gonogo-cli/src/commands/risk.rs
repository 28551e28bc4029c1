//! `gonogo risk`: how risky the commits of a deploy are.

use gonogo::risk::{self, Card, Model, Recipe, Tables, TrainOptions};

use super::risk_own;
use crate::args::{Card as CardArguments, Evaluate, Risk, RiskCommand, RiskFormat, Train};
use crate::cache;
use crate::error::CliError;
use crate::output::{print, print_json};
use crate::range::{self, Asked};

pub(crate) fn run(asked: &Risk) -> Result<u8, CliError> {
    match &asked.command {
        None => assess(asked),
        Some(RiskCommand::Evaluate(asked)) => evaluate(asked),
        Some(RiskCommand::Card(asked)) => card(asked),
        Some(RiskCommand::Train(asked)) => train(asked),
    }
}

pub(super) fn sentence(error: impl std::fmt::Display) -> CliError {
    CliError::sentence(error.to_string())
}

fn assess(asked: &Risk) -> Result<u8, CliError> {
    let Asked { history, deploy, config, .. } = range::resolve(&asked.range)?;
    // The model and the index are the check's own; its thresholds have no part in a list.
    config.risk.validate().map_err(sentence)?;
    let model = match &asked.model {
        Some(path) => Model::from_json(&CliError::read(path)?).map_err(sentence)?,
        None => Model::shipped().map_err(sentence)?,
    };
    let index = cache::risk_index(&history);
    let report = risk::assess_range(&*history, (&deploy.base, &deploy.head), &model, index.as_deref(), None)
        .map_err(sentence)?;
    match asked.format {
        RiskFormat::Text => print(&report.to_string())?,
        RiskFormat::Markdown => print(&report.to_markdown())?,
        RiskFormat::Html => print(&report.to_html())?,
        RiskFormat::Json => print_json(&report)?,
    }
    Ok(0)
}

fn evaluate(asked: &Evaluate) -> Result<u8, CliError> {
    let read = |path: &Option<std::path::PathBuf>| path.as_deref().map(CliError::read).transpose();
    let (train, model, test) = (read(&asked.train)?, read(&asked.model)?, CliError::read(&asked.test)?);
    let tables =
        Tables { train: train.as_deref(), test: &test, model: model.as_deref(), recipe: asked.recipe.as_deref() };
    let evaluation = risk::evaluate(tables).map_err(sentence)?;
    if let Some(path) = &asked.predictions {
        std::fs::write(path, evaluation.predictions_csv())
            .map_err(|source| CliError::Write { path: path.clone(), source })?;
    }
    print(&format!("{}\n", evaluation.to_json()))?;
    Ok(0)
}

fn card(asked: &CardArguments) -> Result<u8, CliError> {
    let model = match &asked.model {
        Some(path) => Model::from_json(&CliError::read(path)?).map_err(sentence)?,
        None => Model::shipped().map_err(sentence)?,
    };
    print_json(model.card())?;
    Ok(0)
}

fn train(asked: &Train) -> Result<u8, CliError> {
    let Some(table) = &asked.table else { return risk_own::train(asked) };
    let recipe = Recipe::named(&asked.recipe).ok_or_else(|| {
        CliError::sentence(format!("no recipe is called `{}`; see `gonogo risk train --help`", asked.recipe))
    })?;
    let mut options = TrainOptions::new(recipe);
    options.first_share = asked.first_share;
    options.card = Card {
        purpose: "orders the changes of one history by how likely they are to be blamed for a defect".into(),
        data: asked.data.clone().unwrap_or_else(|| table.display().to_string()),
        licence: asked.licence.clone().unwrap_or_default(),
        command: format!("gonogo risk train --recipe {} --first-share {}", asked.recipe, asked.first_share),
        limits: LIMITS.map(str::to_owned).to_vec(),
        ..Card::default()
    };
    let model = risk::train_model(&CliError::read(table)?, &options).map_err(sentence)?;
    std::fs::write(&asked.out, model.to_json() + "\n")
        .map_err(|source| CliError::Write { path: asked.out.clone(), source })?;
    print(&format!("{}\n", model.id()))?;
    Ok(0)
}

/// What every card says a model must not be used for.
const LIMITS: [&str; 3] = [
    "not for judging people: it reads changes, and its labels favour large ones",
    "not a probability on a history it was not calibrated on: read the rank",
    "not a share of outages: its labels are changes later blamed for a fix, not incidents",
];
