//! `gonogo hook`: as git calls it.

use gonogo::issues::{Extractor, HookVerdict, commit_message_verdict};
use gonogo::{CONFIG_FILE, Config, GitHistory, History, RepoPath};

use crate::args::{Hook, HookCommand};
use crate::error::CliError;
use crate::output::say;

pub(crate) fn run(asked: &Hook) -> Result<u8, CliError> {
    let HookCommand::CommitMsg { file, repo } = &asked.command;
    let message = CliError::read(file)?;
    let policy = configuration(repo)?.issues;
    let configured = !policy.styles.is_empty() || !policy.patterns.is_empty();
    let extractor = match configured {
        true => Extractor::new(&policy.extractor_options()).map_err(|error| CliError::sentence(error.to_string()))?,
        false => Extractor::automatic(),
    };
    match commit_message_verdict(&message, &policy, &extractor) {
        HookVerdict::Refused { why } => {
            say(&format!("gonogo: {why}"));
            Ok(1)
        }
        _ => Ok(0),
    }
}

/// The configuration of HEAD: a message is written under the rules that its author sees. An unborn HEAD has none.
fn configuration(repo: &std::path::Path) -> Result<Config, CliError> {
    let history = GitHistory::discover(repo)?;
    let Ok(head) = history.resolve("HEAD") else { return Ok(Config::default()) };
    match history.read(&head, &RepoPath::from(CONFIG_FILE))? {
        Some(text) => Ok(Config::parse(&text, &format!("{CONFIG_FILE} of {head}"))?),
        None => Ok(Config::default()),
    }
}
