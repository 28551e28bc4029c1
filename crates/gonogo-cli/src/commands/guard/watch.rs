//! `gonogo guard watch`: a rollout, live.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gonogo::connect::{Credentials, Prometheus};
use gonogo::guard::driver::{CommandControl, Driver, DriverSettings, Event, MetricSource, SourceError};
use gonogo::guard::{Guard, GuardConfig, GuardState, Window};
use gonogo::{Clock, SystemClock, Timestamp, async_trait};
use serde::{Deserialize, Serialize};

use super::screen;
use crate::args::Watch;
use crate::error::CliError;
use crate::output::{print, say, width};
use crate::wait::wait;

/// What is kept between runs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    start: Timestamp,
    deployed_at: Timestamp,
    guard: GuardState,
}

/// Watches until the planned end or the halt; the exit code is that of a deploy.
pub(super) fn run(asked: &Watch) -> Result<u8, CliError> {
    let mut config = super::section(&asked.config)?;
    let plan = config.prometheus.clone().ok_or_else(|| {
        let path = asked.config.display();
        CliError::sentence(format!(
            "{path} has no [guard.prometheus]: say where the metrics are, see docs/guide/guard.md"
        ))
    })?;
    let url = plan.url.clone().ok_or_else(|| {
        CliError::sentence(format!("{}: [guard.prometheus] has no `url`: name the server", asked.config.display()))
    })?;
    let sentence = |error: &dyn std::fmt::Display| CliError::sentence(error.to_string());
    let credentials = match &plan.token_env {
        None => Credentials::none(),
        Some(variable) => Credentials::from_environment(variable, None).map_err(|error| sentence(&error))?,
    };
    let source = Prometheus::new(&url, credentials, plan).map_err(|error| sentence(&error))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (guard, start) = begin(asked, &mut config, &*clock)?;
    let deployed_at = config.deployed_at.unwrap_or(start);
    let record = asked.record.as_deref().map(open).transpose()?;
    let shown = Shown {
        terminal: std::io::stdout().is_terminal(),
        state: asked.state.clone(),
        start,
        deployed_at,
        trouble: Mutex::new(None),
        unsaved: Mutex::new(None),
    };
    let shown = Arc::new(shown);
    let listener = Arc::clone(&shown);
    let settings = DriverSettings::default().ingestion_lag(Duration::from_secs(asked.ingestion_lag));
    let recorded = Recorded { source, record: record.map(Mutex::new) };
    let mut driver =
        Driver::new(guard, recorded, clock, start).settings(settings).listener(move |event| listener.hear(event));
    if let Some((program, arguments)) = asked.act.split_first() {
        driver = driver.control(CommandControl::new(program, arguments.iter().cloned()));
    }
    if shown.terminal {
        print("\x1b[2J")?;
    }
    let evidence = wait(async move { driver.run().await }).map_err(|error| CliError::sentence(error.to_string()))?;
    if let Some(error) = shown.unsaved.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    print(&format!("{}: {}\n", evidence.verdict, evidence.reason))?;
    Ok(super::code(evidence.verdict))
}

/// A guard that begins now, or where the state file says.
fn begin(asked: &Watch, config: &mut GuardConfig, clock: &dyn Clock) -> Result<(Guard, Timestamp), CliError> {
    let sentence = |error: &dyn std::fmt::Display| CliError::sentence(error.to_string());
    if let Some(path) = asked.state.as_deref().filter(|path| path.exists()) {
        let broken = |error: &dyn std::fmt::Display| {
            CliError::sentence(format!("{} cannot be resumed: {error}; remove it to begin anew", path.display()))
        };
        let saved: Saved = serde_json::from_slice(&CliError::read(path)?).map_err(|error| broken(&error))?;
        let named = asked.deployed_at.as_deref().map(time).transpose()?.or(config.deployed_at);
        if let Some(why) = of_another_rollout(&saved, named, config, clock.now()) {
            return Err(broken(&why));
        }
        config.deployed_at = Some(saved.deployed_at);
        let guard = Guard::resume(config.clone(), saved.guard).map_err(|error| broken(&error))?;
        return Ok((guard, saved.start));
    }
    let deployed_at = match (&asked.deployed_at, config.deployed_at) {
        (Some(text), _) => time(text)?,
        (None, Some(at)) => at,
        (None, None) => {
            let now = clock.now().ok_or_else(|| CliError::sentence("the machine's clock cannot be read"))?;
            Timestamp::from_unix_seconds(now.unix_seconds()).map_err(|error| sentence(&error))?
        }
    };
    config.deployed_at = Some(deployed_at);
    let start = deployed_at
        .checked_sub(Duration::from_secs(asked.history))
        .ok_or_else(|| CliError::sentence("the history begins before time can be written"))?;
    Ok((Guard::new(config.clone()).map_err(|error| sentence(&error))?, start))
}

fn time(text: &str) -> Result<Timestamp, CliError> {
    text.parse().map_err(|_| CliError::sentence(format!("`{text}` is no time: write it as 2026-03-01T12:00:00Z")))
}

/// Why a saved state is not of the rollout that is watched now: what an earlier one came to says nothing about this one.
fn of_another_rollout(
    saved: &Saved,
    named: Option<Timestamp>,
    config: &GuardConfig,
    now: Option<Timestamp>,
) -> Option<String> {
    let at = saved.deployed_at;
    if let Some(named) = named {
        return (named != at).then(|| format!("it is of the rollout deployed at {at}, not of the one at {named}"));
    }
    // Without a name it is the same rollout only while that one can still be under way.
    let windows = config.planned_windows.saturating_add(config.soak_windows) as f64;
    let length = Duration::try_from_secs_f64(windows * config.window_seconds.unwrap_or(60.0)).unwrap_or(Duration::MAX);
    let over = at.checked_add(length).is_none_or(|end| now.is_none_or(|now| now > end));
    over.then(|| {
        format!("the rollout deployed at {at} that it tells of is over (--deployed-at {at} shows its verdict again)")
    })
}

fn open(path: &Path) -> Result<std::fs::File, CliError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| CliError::Write { path: path.to_owned(), source })
}

/// A source whose windows are also written to a file, one a line.
struct Recorded {
    source: Prometheus,
    record: Option<Mutex<std::fs::File>>,
}

#[async_trait]
impl MetricSource for Recorded {
    async fn window(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        let window = self.source.window(start, end).await?;
        if let Some(record) = &self.record {
            let line = format!("{}\n", window.to_json());
            // A recording that cannot be written is no reason to stop watching; it is said.
            if let Err(error) = record.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()) {
                say(&format!("gonogo: the recording cannot be written: {error}"));
            }
        }
        Ok(window)
    }
}

/// Shows and saves what happens.
struct Shown {
    terminal: bool,
    state: Option<PathBuf>,
    start: Timestamp,
    deployed_at: Timestamp,
    trouble: Mutex<Option<String>>,
    /// Why the state could not be saved, which the end must tell.
    unsaved: Mutex<Option<CliError>>,
}

impl Shown {
    fn hear(&self, event: &Event<'_>) {
        match event {
            Event::FetchFailed { end, why } => {
                *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("window to {end}: {why}"));
                if !self.terminal {
                    say(&format!("gonogo: the window that ended at {end} could not be had: {why}"));
                }
            }
            Event::Window { observed, guard } => {
                if let Err(error) = self.save(guard) {
                    *self.unsaved.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
                let evidence = guard.evidence();
                let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let text = if self.terminal {
                    screen::screen(&evidence, trouble.as_deref(), width())
                } else {
                    screen::line(&evidence, &observed.to_string())
                };
                // Nobody may be looking; the rollout is watched all the same.
                let _ = print(&text);
            }
            _ => {}
        }
    }

    /// Writes the state beside its place and moves it there, so that a crash leaves a whole one.
    fn save(&self, guard: &Guard) -> Result<(), CliError> {
        let Some(path) = &self.state else { return Ok(()) };
        let state = Saved { start: self.start, deployed_at: self.deployed_at, guard: guard.state().clone() };
        let text = serde_json::to_vec(&state).map_err(|error| CliError::sentence(error.to_string()))?;
        let beside = path.with_extension("new");
        std::fs::write(&beside, text)
            .and_then(|()| std::fs::rename(&beside, path))
            .map_err(|source| CliError::Write { path: path.clone(), source })
    }
}
