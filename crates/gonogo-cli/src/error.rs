//! Why a command could not be carried out.

use std::path::PathBuf;

/// The command could not be carried out: exit code 3, one sentence on standard error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file could not be read.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("{path} cannot be written: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Standard input or output failed.
    #[error("standard {stream} failed: {source}")]
    Stream {
        /// `input` or `output`.
        stream: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The repository could not answer.
    #[error(transparent)]
    History(#[from] gonogo::HistoryError),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] gonogo::ConfigError),
    /// The plan cannot become a gate.
    #[error(transparent)]
    Plan(#[from] gonogo::PlanError),
    /// A database server did not do what it was asked.
    #[error(transparent)]
    Server(#[from] gonogo::migration::ServerError),
    /// Anything else, in one sentence that says what to do.
    #[error("{0}")]
    Sentence(String),
}

impl CliError {
    /// An error that is one sentence.
    pub(crate) fn sentence(text: impl Into<String>) -> Self {
        Self::Sentence(text.into())
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// [`CliError::Read`].
    pub(crate) fn read(path: &std::path::Path) -> Result<Vec<u8>, Self> {
        std::fs::read(path).map_err(|source| Self::Read { path: path.to_owned(), source })
    }

    /// The process exit code: 3, whatever went wrong.
    #[must_use]
    pub(crate) fn exit_code(&self) -> u8 {
        3
    }

    /// The error and its causes in one line.
    #[must_use]
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let next = error.to_string();
            if !text.contains(&next) {
                text.push_str(": ");
                text.push_str(&next);
            }
            cause = error.source();
        }
        text
    }
}
