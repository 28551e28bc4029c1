//! Standard output, and whether it wants colour.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;

use crate::error::CliError;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    pub(crate) fn wanted(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                std::io::stdout().is_terminal() && !refused && !dumb
            }
        }
    }
}

/// The width text is wrapped to: the terminal's, as the shell exports it, within reason.
pub(crate) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    told.unwrap_or(100).clamp(60, 140)
}

/// Writes to standard output. A reader that closed the pipe has seen enough: that is no error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|source| CliError::Stream { stream: "output", source }),
    }
}

/// Writes a JSON value, indented, with a final newline.
pub(crate) fn print_json<T: serde::Serialize>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::sentence(error.to_string()))?;
    print(&(text + "\n"))
}

/// One line on standard error, for people.
pub(crate) fn say(text: &str) {
    // Nobody may be listening; that must not stop the command.
    let _ = writeln!(std::io::stderr(), "{text}");
}
