//! `gonogo guard`: the metrics of a rollout, live or recorded.

mod replay;
mod screen;
mod watch;

use std::path::Path;

use gonogo::Config;
use gonogo::guard::{self, GuardConfig, Verdict};

use crate::args::{Guard, GuardCommand};
use crate::batch::{self, Refused};
use crate::error::CliError;

pub(crate) fn run(asked: &Guard) -> Result<u8, CliError> {
    match (&asked.batch, &asked.command) {
        (Some(input), _) => batch::run(input, |line| {
            guard::batch::answer(line).map_err(|error| Refused { id: error.id.clone(), message: error.to_string() })
        }),
        (None, Some(GuardCommand::Replay(asked))) => replay::run(asked),
        (None, Some(GuardCommand::Watch(asked))) => watch::run(asked),
        (None, None) => Err(CliError::sentence(
            "say what to do: gonogo guard watch, gonogo guard replay FILE, or gonogo guard --batch FILE",
        )),
    }
}

/// The exit code is that of a deploy: 0 healthy, 1 halt, 2 inconclusive.
fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Healthy => 0,
        Verdict::Halt => 1,
        _ => 2,
    }
}

/// `[guard]` of a gonogo.toml.
fn section(path: &Path) -> Result<GuardConfig, CliError> {
    let config = Config::parse(&CliError::read(path)?, &path.display().to_string())?;
    config.guard.ok_or_else(|| {
        CliError::sentence(format!("{} has no [guard]: name at least one monitor in it", path.display()))
    })
}
