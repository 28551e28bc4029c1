//! `gonogo issues`: what a deploy contains, issue by issue.

use std::sync::Arc;

use gonogo::issues;
use gonogo::{ChangeHistory, CheckContext, History, Inputs, issues_check};

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
    let Asked { history, deploy, config, source } = range::resolve(&asked.range)?;
    let mut inputs = Inputs::default();
    if let Some(path) = &asked.tracker {
        inputs.tracker = Some((path.display().to_string(), CliError::read(path)?));
    }
    let check = issues_check(&config, &source, &inputs, &(history.clone() as Arc<dyn ChangeHistory>))?;
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
