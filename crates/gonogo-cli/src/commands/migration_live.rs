//! `gonogo migration calibrate` and `gonogo migration trace`: a live server is asked.

use std::fmt::Write as _;
use std::time::Duration;

use gonogo::connect::{MysqlServer, PostgresServer};
use gonogo::migration::duration::{
    Experiment, Quality, TimedRun, Trial, calibrate as fit, evaluate, rows_only, time_on,
};
use gonogo::migration::trace::{Traced, trace as run_traced};
use gonogo::migration::{Effects, MigrationServer, Observed, ServerError};
use serde::Serialize;

use super::migration::text;
use crate::args::{Calibrate, ListFormat, Scratch, Trace};
use crate::error::CliError;
use crate::output::{print, print_json, say};

/// A connection to the server that the address names.
pub(crate) fn connect(url: &str, limit: Duration) -> Result<Box<dyn MigrationServer>, ServerError> {
    if url.starts_with("mysql://") || url.starts_with("mariadb://") {
        Ok(Box::new(MysqlServer::connect(url, limit)?))
    } else {
        Ok(Box::new(PostgresServer::connect(url, limit)?))
    }
}

fn scratch(asked: &Scratch) -> Result<Box<dyn MigrationServer>, CliError> {
    let mut server = connect(&asked.url, Duration::from_secs(asked.limit.max(1)))?;
    server.demand_scratch()?;
    Ok(server)
}

/// `gonogo migration calibrate`.
pub(crate) fn calibrate(asked: &Calibrate) -> Result<u8, CliError> {
    let mut server = scratch(&asked.scratch)?;
    let dialect = server.dialect();
    let mut told = |what: &str| {
        say(&format!("timing {what}"));
        true
    };
    let mut runs = time_on(server.as_mut(), &Experiment::up_to(asked.rows), &mut told)?;
    let origin =
        format!("{dialect} {}, {} timed runs on tables of up to {} rows", server.version(), runs.len(), asked.rows);
    let model = fit(&runs, dialect, &origin).map_err(|error| CliError::sentence(error.to_string()))?;
    let json = serde_json::to_string_pretty(&model)
        .map_err(|error| CliError::sentence(format!("the model cannot be written as JSON: {error}")))?;
    match &asked.output {
        Some(path) => {
            std::fs::write(path, json + "\n").map_err(|source| CliError::Write { path: path.clone(), source })?;
        }
        None => print(&(json + "\n"))?,
    }
    if asked.verify {
        let larger = [asked.rows * 5 / 2, asked.rows * 5, asked.rows * 10];
        let later = time_on(server.as_mut(), &Experiment::of(&larger, 1), &mut told)?;
        let report = verified(&evaluate(&model, &later, dialect), &rows_only(&runs, &later, dialect));
        match asked.output {
            Some(_) => print(&report)?,
            None => say(&report),
        }
        runs.extend(later);
    }
    if let Some(path) = &asked.runs {
        write_runs(path, &runs)?;
    }
    Ok(0)
}

fn write_runs(path: &std::path::Path, runs: &[TimedRun]) -> Result<(), CliError> {
    let json = serde_json::to_string(&serde_json::json!({ "runs": runs }))
        .map_err(|error| CliError::sentence(format!("the runs cannot be written as JSON: {error}")))?;
    std::fs::write(path, json + "\n").map_err(|source| CliError::Write { path: path.to_owned(), source })
}

/// Forecasts beside what was observed, and the three numbers that sum them up.
fn verified(trials: &[Trial], baseline: &[Trial]) -> String {
    let mut out = String::from("operation            observed    forecast    90% interval\n");
    for t in trials {
        let inside = if t.interval.0 <= t.observed && t.observed <= t.interval.1 { ' ' } else { '!' };
        let _ = writeln!(
            out,
            "{:<18} {:>9.3} s {:>9.3} s  {:>8.3} .. {:<8.3} {inside}",
            t.operation, t.observed, t.predicted, t.interval.0, t.interval.1
        );
    }
    for (name, trials) in [("forecast", trials), ("rows only", baseline)] {
        if let Some(q) = Quality::of(trials) {
            let covered = if name == "forecast" {
                format!(", {:.0} % within the interval", q.covered * 100.0)
            } else {
                String::new()
            };
            let _ = writeln!(
                out,
                "{name}: {} predictions, off by a factor of {:.2} at the median, {:.2} at the 90th percentile{covered}",
                q.trials, q.median_factor, q.ninth_factor
            );
        }
    }
    out
}

/// One statement, predicted and observed.
#[derive(Serialize)]
struct Row<'a> {
    line: u32,
    sql: &'a str,
    predicted: &'a Effects,
    observed: Option<&'a Observed>,
    differences: &'a [gonogo::migration::trace::Difference],
}

/// `gonogo migration trace`: 0 when all was as predicted, 2 when something differs.
pub(crate) fn trace(asked: &Trace) -> Result<u8, CliError> {
    let mut server = scratch(&asked.scratch)?;
    let mut differs = false;
    let mut files = Vec::new();
    for path in &asked.files {
        let traced = run_traced(server.as_mut(), &text(path)?)?;
        let failed = traced.iter().any(|t| t.observed.as_ref().is_some_and(|o| o.fails.is_some()));
        differs |= failed || traced.iter().any(|t| !t.differences.is_empty());
        files.push((path.display().to_string(), traced));
        if failed {
            break; // a migration that fails ends the deploy
        }
    }
    match asked.format {
        ListFormat::Json => {
            let all: Vec<_> = files
                .iter()
                .map(|(file, traced)| {
                    let rows: Vec<Row<'_>> = traced.iter().map(row).collect();
                    serde_json::json!({ "file": file, "statements": rows })
                })
                .collect();
            print_json(&all)?;
        }
        ListFormat::Text | ListFormat::Markdown => {
            let mut out = String::new();
            for (file, traced) in &files {
                for one in traced {
                    show(&mut out, file, one);
                }
            }
            print(&out)?;
        }
    }
    Ok(if differs { 2 } else { 0 })
}

fn row(traced: &Traced) -> Row<'_> {
    Row {
        line: traced.analyzed.span.line,
        sql: &traced.analyzed.sql,
        predicted: &traced.analyzed.effects,
        observed: traced.observed.as_ref(),
        differences: &traced.differences,
    }
}

fn show(out: &mut String, file: &str, traced: &Traced) {
    let Some(seen) = &traced.observed else { return };
    let said = &traced.analyzed.effects;
    let first = traced.analyzed.sql.lines().next().unwrap_or("");
    let _ = writeln!(out, "{file}:{}  {first}", traced.analyzed.span.line);
    if let Some(error) = &seen.fails {
        let _ = writeln!(out, "  failed: {error}");
        return;
    }
    let list = |set: &std::collections::BTreeSet<String>| {
        if set.is_empty() { "-".to_owned() } else { set.iter().cloned().collect::<Vec<_>>().join(", ") }
    };
    let locks = |map: &std::collections::BTreeMap<String, gonogo::migration::LockMode>| {
        let text: Vec<String> = map.iter().map(|(relation, mode)| format!("{relation} {mode}")).collect();
        if text.is_empty() { "-".to_owned() } else { text.join(", ") }
    };
    let mut line = |name: &str, predicted: String, observed: String| {
        if predicted == "-" && observed == "-" {
            return;
        }
        if predicted == observed {
            let _ = writeln!(out, "  {name:<14} {observed}");
        } else {
            let _ = writeln!(out, "  {name:<14} predicted {predicted}");
            let _ = writeln!(out, "  {:<14} observed  {observed}", "");
        }
    };
    match seen.algorithm {
        Some(algorithm) => {
            line("algorithm", said.algorithm.map_or("-", |a| a.as_str()).to_owned(), algorithm.as_str().to_owned());
        }
        None => {
            line(if seen.in_passing { "locks (some)" } else { "locks" }, locks(&said.locks), locks(&seen.locks));
            line("scans", list(&said.scans), list(&seen.scans));
        }
    }
    line("blocks reads", list(&said.blocks_reads), list(&seen.blocks_reads));
    line("blocks writes", list(&said.blocks_writes), list(&seen.blocks_writes));
    line("rewrites", list(&said.rewrites), list(&seen.rewrites));
    let _ = writeln!(out, "  {:<14} {:.3} s", "took", seen.seconds);
    for why in &said.unknown {
        let _ = writeln!(out, "  {:<14} {why}", "unknown");
    }
    let _ = match traced.differences.len() {
        0 => writeln!(out, "  as predicted"),
        1 => writeln!(out, "  1 difference"),
        n => writeln!(out, "  {n} differences"),
    };
}
