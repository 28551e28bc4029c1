//! `gonogo issues`: what a deploy contains, issue by issue.

use std::sync::Arc;

use gonogo::issues::{self, FileTracker, IssuesCheck};
use gonogo::{CheckContext, History};

use crate::args::{Issues, ListFormat};
use crate::batch::{self, Refused};
use crate::error::CliError;
use crate::output::{print, print_json};
use crate::range::{self, Asked};
use crate::wait::wait;

pub(crate) fn run(asked: &Issues) -> Result<u8, CliError> {
    if let Some(input) = &asked.messages {
        return batch::run(input, |line| {
            issues::batch::answer(line).map_err(|error| Refused { id: error.id.clone(), message: error.to_string() })
        });
    }
    let Asked { history, deploy, config, .. } = range::resolve(&asked.range)?;
    let broken = |error: issues::ExtractorError| CliError::sentence(error.to_string());
    let mut check = IssuesCheck::new(config.issues).map_err(broken)?.equivalence(history.clone());
    if let Some(path) = &asked.tracker {
        let tracker = FileTracker::open(path).map_err(|error| CliError::sentence(error.to_string()))?;
        check = check.resolver(tracker.clone()).tracker(tracker);
    }
    let context = CheckContext::standalone(Arc::new(deploy), Some(history as Arc<dyn History>));
    let examined =
        wait(async move { check.examine(&context).await }).map_err(|error| CliError::sentence(error.to_string()))?;
    match asked.format {
        ListFormat::Text => print(&examined.contents.to_text())?,
        ListFormat::Markdown => print(&examined.contents.to_markdown())?,
        ListFormat::Json => print_json(&examined.contents)?,
    }
    Ok(0)
}
