//! `gonogo guard replay`: a recorded rollout played again.

use gonogo::guard::replay::{Replay as Played, WhatIf, usual_what_ifs, what_if};
use gonogo::guard::svg::{monitor_svg, page};
use gonogo::guard::{NameMap, Recording};
use serde_json::json;

use crate::args::{ListFormat, Replay};
use crate::error::CliError;
use crate::output::{print, print_json};

/// Judges a recording; the exit code is that of a deploy.
pub(super) fn run(asked: &Replay) -> Result<u8, CliError> {
    let broken = |error: &dyn std::fmt::Display| CliError::sentence(format!("{}: {error}", asked.recording.display()));
    let bytes = CliError::read(&asked.recording)?;
    let recording = match &asked.names {
        None => Recording::from_bytes(&bytes),
        Some(path) => {
            let names: NameMap = serde_json::from_slice(&CliError::read(path)?)
                .map_err(|error| CliError::sentence(format!("{}: {error}", path.display())))?;
            names.read(&bytes)
        }
    };
    let recording = recording.map_err(|error| broken(&error))?;
    let config = asked.config.as_deref().map(super::section).transpose()?;
    let played = Played::of(&recording, config.as_ref()).map_err(|error| broken(&error))?;
    let compared = if asked.what_if {
        what_if(&recording, &usual_what_ifs(&played.config)).map_err(|error| broken(&error))?
    } else {
        Vec::new()
    };
    let write = |path: &std::path::Path, text: &str| {
        std::fs::write(path, text).map_err(|source| CliError::Write { path: path.to_owned(), source })
    };
    if let Some(path) = &asked.html {
        write(path, &page(&played, &compared))?;
    }
    if let Some(folder) = &asked.svg {
        std::fs::create_dir_all(folder).map_err(|source| CliError::Write { path: folder.clone(), source })?;
        for (position, monitor) in played.config.monitors.iter().enumerate() {
            let name = format!("{position}-{}-{}.svg", file_name(&monitor.metric), monitor.kind);
            write(&folder.join(name), &monitor_svg(&played, position).unwrap_or_default())?;
        }
    }
    match asked.format {
        ListFormat::Json if asked.what_if => {
            print_json(&json!({"evidence": played.evidence, "what_if": compared}))?;
        }
        ListFormat::Json => print_json(&played.evidence)?,
        _ => print(&text(&played, &compared, recording.windows.len()))?,
    }
    Ok(super::code(played.evidence.verdict))
}

/// A metric's name as part of a file's: letters, digits and `_`, the rest as dashes.
fn file_name(metric: &str) -> String {
    metric.chars().take(60).map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

fn text(played: &Played, compared: &[WhatIf], windows: usize) -> String {
    let evidence = &played.evidence;
    let mut text = format!("{}: {} ({windows} windows)\n", evidence.verdict, evidence.reason);
    for monitor in &evidence.monitors {
        text.push_str(&format!("- {} ({}): {}: {}\n", monitor.metric, monitor.kind, monitor.verdict, monitor.reason));
    }
    if !compared.is_empty() {
        text.push_str("\nWhat other settings would have done:\n");
        let wide = compared.iter().map(|what_if| what_if.change.chars().count()).max().unwrap_or_default();
        for what_if in compared {
            let at = what_if.halted_at.map_or_else(String::new, |at| format!(" at window {at}"));
            text.push_str(&format!("  {:wide$}  {}{at}\n", what_if.change, what_if.verdict));
        }
    }
    text
}
