//! `gonogo check`: the decision about a deploy.

use std::path::Path;
use std::sync::Arc;

use gonogo::render::{TextOptions, github, html, junit, markdown, sarif_with_rules, text};
use gonogo::{CONFIG_FILE, Clearances, ConfigSource, Plan, Report};

use crate::args::{Check, ReportFormat};
use crate::cache;
use crate::error::CliError;
use crate::output::{print, say, width};
use crate::progress::Spinner;
use crate::range::{self, Asked};

pub(crate) fn run(asked: &Check, plan: Plan, colour: bool) -> Result<u8, CliError> {
    let report = decide(asked, plan)?;
    print(&written(&report, asked.format, asked.unfold, colour)?)?;
    Ok(report.decision.exit_code())
}

/// Runs the plan over the deploy that the arguments name.
pub(crate) fn decide(asked: &Check, plan: Plan) -> Result<Report, CliError> {
    let Asked { history, mut deploy, mut config, source } = range::resolve(&asked.range)?;
    if source == ConfigSource::None {
        warn_of_uncommitted(&history);
    }
    if let Some(who) = &asked.requested_by {
        deploy = deploy.requested_by(who);
    }
    if let Some(path) = &asked.clearances {
        let given = Clearances::parse(&CliError::read(path)?, &path.display().to_string())?;
        given.add_to(&mut config.policy);
    }
    let mut inputs = plan.given().clone();
    let read = |path: &Path| Ok::<_, CliError>((path.display().to_string(), CliError::read(path)?));
    if let Some(path) = &asked.metrics {
        inputs.metrics = Some(read(path)?);
    }
    if let Some(path) = &asked.tracker {
        inputs.tracker = Some(read(path)?);
    }
    if let Some(path) = &asked.tables {
        inputs.tables = Some(read(path)?);
    }
    if inputs.risk_index.is_none() {
        inputs.risk_index = cache::risk_index(&history);
    }
    let gate = plan
        .inputs(inputs)
        .gate(&config, source, history)?
        .observer(Arc::new(Spinner::new()))
        .build()
        .map_err(gonogo::PlanError::from)?;
    Ok(gate.decide_blocking(Arc::new(deploy)))
}

/// A configuration that is only in the working tree does not count, which surprises whoever has just written it.
fn warn_of_uncommitted(history: &gonogo::GitHistory) {
    let there = history.work_tree().ok().flatten().map(|directory| directory.join(CONFIG_FILE));
    if there.is_some_and(|path| path.exists()) {
        say(&format!(
            "{CONFIG_FILE} is in the working tree and in neither base nor head, so it does not count; \
             commit it, or pass --config {CONFIG_FILE}"
        ));
    }
}

/// The report in the format asked for.
pub(crate) fn written(report: &Report, format: ReportFormat, unfold: bool, colour: bool) -> Result<String, CliError> {
    let mut text = match format {
        ReportFormat::Text => text(report, &TextOptions::default().colour(colour).width(width()).unfold(unfold)),
        ReportFormat::Json => report.to_json().map_err(|error| CliError::sentence(error.to_string()))?,
        ReportFormat::Markdown => markdown(report),
        ReportFormat::Html => html(report),
        ReportFormat::Sarif => sarif_with_rules(report, &gonogo::rules().copied().collect::<Vec<_>>()),
        ReportFormat::Junit => junit(report),
        ReportFormat::Github => github(report),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
