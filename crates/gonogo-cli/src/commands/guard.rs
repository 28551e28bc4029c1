//! `gonogo guard`: recorded metrics of a rollout.

use gonogo::guard::{self, Recording, Verdict};

use crate::args::{Guard, GuardCommand, ListFormat, Replay};
use crate::batch::{self, Refused};
use crate::error::CliError;
use crate::output::{print, print_json};

pub(crate) fn run(asked: &Guard) -> Result<u8, CliError> {
    match (&asked.batch, &asked.command) {
        (Some(input), _) => batch::run(input, |line| {
            guard::batch::answer(line).map_err(|error| Refused { id: error.id.clone(), message: error.to_string() })
        }),
        (None, Some(GuardCommand::Replay(asked))) => replay(asked),
        (None, None) => {
            Err(CliError::sentence("say what to do: gonogo guard replay FILE, or gonogo guard --batch FILE"))
        }
    }
}

/// Judges a recording. The exit code is that of a deploy: 0 healthy, 1 halt, 2 inconclusive.
fn replay(asked: &Replay) -> Result<u8, CliError> {
    let broken = |error: &dyn std::fmt::Display| CliError::sentence(format!("{}: {error}", asked.recording.display()));
    let recording = Recording::from_bytes(&CliError::read(&asked.recording)?).map_err(|error| broken(&error))?;
    let judged = recording.judge(None).map_err(|error| broken(&error))?;
    let evidence = judged.evidence();
    match asked.format {
        ListFormat::Json => print_json(&evidence)?,
        _ => {
            let mut text = format!("{}: {} ({} windows)\n", evidence.verdict, evidence.reason, recording.windows.len());
            for monitor in &evidence.monitors {
                text.push_str(&format!("- {} ({:?}): {}\n", monitor.metric, monitor.verdict, monitor.reason));
            }
            print(&text)?;
        }
    }
    Ok(match evidence.verdict {
        Verdict::Healthy => 0,
        Verdict::Halt => 1,
        _ => 2,
    })
}
