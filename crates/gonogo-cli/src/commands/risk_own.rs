//! `gonogo risk train` without a table: labels a repository's own history and learns from it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use gonogo::issues::Extractor;
use gonogo::risk::{
    self, BugReports, Evidence, HistoryIndex, IndexFile, LabelSources, Labels, MeasureOptions, MeasuredCommit,
    OwnHistory, OwnModel, TraceAccount, TraceIndex, TraceOptions,
};
use gonogo::{ChangeHistory, GitHistory, GitLines, History, Revision, Timestamp, bug_reports};

use super::risk::sentence;
use crate::args::Train;
use crate::cache;
use crate::error::CliError;
use crate::output::{print, say};

/// Traces are stored this often, so that a run that is killed loses little.
const STORE_EVERY: Duration = Duration::from_secs(20);

pub(super) fn train(asked: &Train) -> Result<u8, CliError> {
    let weakest: Evidence = asked.own.evidence.parse().map_err(sentence)?;
    let history = GitHistory::discover(&asked.own.repo)?;
    let head = history.resolve(&asked.own.head)?;
    let (measured, index) = measured(&history, &head)?;
    let reports = reports(asked, &history, &head)?;
    let mut traces = cache::risk_traces(&history).map(IndexFile::<TraceIndex>::open).transpose().map_err(sentence)?;
    let mut unsaved = TraceIndex::new();
    if weakest >= Evidence::BugReportLines {
        let account = match traces.as_mut() {
            Some(file) => trace(asked, &history, (&measured, &index), &reports, file)?,
            None => {
                let (mut lines, until) = (GitLines::new(&history), deadline(asked));
                let options = TraceOptions { go_on: &|| Instant::now() < until, ..TraceOptions::default() };
                risk::trace_repairs(&measured, &index, &reports, &mut lines, &mut unsaved, &options)
            }
        };
        tell(&account);
    }
    let held = traces.as_ref().map_or(&unsaved, |file| &file.index);
    let labels = risk::label_history(&measured, LabelSources::new(&index).traces(held).bug_reports(&reports));
    let own = OwnHistory { measured: &measured, labels: &labels, weakest };
    if let Some(path) = &asked.own.write_table {
        std::fs::write(path, own.to_csv()).map_err(|source| CliError::Write { path: path.clone(), source })?;
    }
    let found = risk::train_on_history(own, &asked.recipe).map_err(sentence)?;
    std::fs::write(&asked.out, found.model.to_json() + "\n")
        .map_err(|source| CliError::Write { path: asked.out.clone(), source })?;
    print(&summary(&labels, weakest, &found))?;
    Ok(0)
}

fn measured(history: &GitHistory, head: &Revision) -> Result<(Vec<MeasuredCommit>, HistoryIndex), CliError> {
    let mut file = cache::risk_index(history).map(IndexFile::<HistoryIndex>::open).transpose().map_err(sentence)?;
    let mut index = file.as_mut().map(|file| std::mem::take(&mut file.index)).unwrap_or_default();
    let measured = risk::measure(history, head, &mut index, MeasureOptions::default());
    if let Some(file) = file.as_mut() {
        file.index = index;
        file.save().map_err(sentence)?;
        index = std::mem::take(&mut file.index);
    }
    Ok((measured.map_err(sentence)?, index))
}

fn deadline(asked: &Train) -> Instant {
    let minutes = if asked.own.minutes.is_finite() { asked.own.minutes.clamp(0.0, 1e6) } else { 0.0 };
    Instant::now() + Duration::from_secs_f64(minutes * 60.0)
}

/// Traces in rounds, and stores what was found after each.
fn trace(
    asked: &Train,
    history: &GitHistory,
    (measured, index): (&[MeasuredCommit], &HistoryIndex),
    reports: &BugReports,
    file: &mut IndexFile<TraceIndex>,
) -> Result<TraceAccount, CliError> {
    let until = deadline(asked);
    let mut lines = GitLines::new(history);
    loop {
        let round = (Instant::now() + STORE_EVERY).min(until);
        let options = TraceOptions { go_on: &|| Instant::now() < round, ..TraceOptions::default() };
        let account = risk::trace_repairs(measured, index, reports, &mut lines, &mut file.index, &options);
        file.save().map_err(sentence)?;
        if account.left == 0 || Instant::now() >= until {
            return Ok(account);
        }
        say(&format!("{} repairs traced, {} to go", account.traced, account.left));
    }
}

fn tell(account: &TraceAccount) {
    let mut said = format!("{} repairs traced to the lines they took away", account.traced);
    if account.sweeps > 0 {
        said += &format!("; {} took away too much to blame anybody", account.sweeps);
    }
    if account.left > 0 {
        said += &format!("; {} left for lack of time: run again to go on, or give more --minutes", account.left);
    }
    if let Some(error) = &account.first_error {
        said += &format!("; {} could not be read: {error}", account.unreadable);
    }
    say(&said);
}

/// The commits that name an issue of the list of bugs.
fn reports(asked: &Train, history: &GitHistory, head: &Revision) -> Result<BugReports, CliError> {
    let Some(path) = &asked.own.bugs else { return Ok(BugReports::new()) };
    let mut bugs: BTreeMap<String, Option<i64>> = BTreeMap::new();
    for (number, line) in String::from_utf8_lossy(&CliError::read(path)?).lines().enumerate() {
        let (key, time) = line.split_once(',').map_or((line, None), |(key, time)| (key, Some(time.trim())));
        if key.trim().is_empty() || key.trim_start().starts_with("//") {
            continue;
        }
        let reported_at =
            time.filter(|time| !time.is_empty()).map(str::parse::<Timestamp>).transpose().map_err(|error| {
                CliError::sentence(format!(
                    "{}, line {}: the time of the report cannot be read: {error}; write KEY,2024-03-01T12:00:00Z",
                    path.display(),
                    number + 1
                ))
            })?;
        bugs.insert(key.trim().to_owned(), reported_at.map(|time| time.unix_seconds()));
    }
    let mut messages = Vec::new();
    history.ancestors(head, &mut |commit| {
        messages.push((commit.id, commit.message.clone()));
        ControlFlow::Continue(())
    })?;
    let messages = messages.iter().map(|(id, message)| (*id, message.as_slice()));
    Ok(bug_reports(messages, &bugs, &Extractor::automatic()))
}

fn summary(labels: &Labels, weakest: Evidence, found: &OwnModel) -> String {
    let mut text = String::from("labels\n");
    for evidence in Evidence::ALL {
        let count = labels.blames.iter().filter(|blame| blame.evidence == evidence).count();
        let believed = if evidence <= weakest { "" } else { "  (not believed)" };
        text += &format!("  {:<18} {count:>7} blames{believed}\n", evidence.to_string());
    }
    let days =
        |share: f64| labels.latency(weakest, share).map_or("-".to_owned(), |seconds| (seconds / 86_400).to_string());
    text += &format!(
        "found after {} / {} / {} days (quartiles); {} commits used, the newest {} left out\n",
        days(0.25),
        days(0.5),
        days(0.75),
        found.used,
        found.left_out
    );
    text += "trial: fitted to what was known when the newest fifth began, scored on that fifth\n";
    let figure = |value: Option<f64>| value.map_or("     -".to_owned(), |value| format!("{value:.4}"));
    for (name, scores) in [
        ("own", &found.evaluation.scores),
        ("shipped", &found.shipped.scores),
        ("lines added, fitted here", &found.evaluation.lines_added),
    ] {
        text += &format!(
            "  {name:<26} AUC {}  PR-AUC {}  Brier {}  ECE {}\n",
            figure(scores.auc),
            figure(scores.pr_auc),
            figure(scores.brier),
            figure(scores.ece)
        );
    }
    text + &format!("{}\n", found.model.id())
}
