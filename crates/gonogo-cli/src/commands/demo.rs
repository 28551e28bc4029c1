//! `gonogo demo`: the whole pipeline on a sample deploy.

use gonogo::Plan;

use crate::args::{Check, Demo, Range, ReportFormat};
use crate::commands::check;
use crate::error::CliError;
use crate::output::print;
use crate::sample;

/// Makes the sample, runs `check` over it, and shows the report. The demonstration having worked, the exit code is 0; what
/// `check` would have exited with is said.
pub(crate) fn run(asked: &Demo, plan: Plan, colour: bool) -> Result<u8, CliError> {
    let temporary;
    let (directory, kept) = match &asked.keep {
        Some(directory) => (directory.clone(), true),
        None => {
            temporary = tempfile::tempdir().map_err(|source| CliError::Write { path: std::env::temp_dir(), source })?;
            (temporary.path().to_owned(), false)
        }
    };
    let sample = sample::make(&directory)?;
    let asked_of_check = Check {
        range: Range { range: Some("production..main".into()), repo: sample.repository, config: None },
        format: asked.format,
        unfold: false,
        metrics: Some(sample.metrics),
        tracker: Some(sample.tracker),
        tables: Some(sample.tables),
        clearances: None,
        requested_by: Some("ada".into()),
    };
    let report = check::decide(&asked_of_check, plan)?;
    let mut text = check::written(&report, asked.format, false, colour)?;
    if asked.format == ReportFormat::Text {
        let code = report.decision.exit_code();
        text.push_str(
            "\nThis was a sample deploy: the repository of a small shop, made for this run and judged as any other.\n",
        );
        text.push_str(&match kept {
            true => format!(
                "It is in {0}/shop. Try there:\n  gonogo check production..main --metrics ../metrics.json --tables ../tables.json --tracker ../issues.json   (exits with {code})\n",
                directory.display()
            ),
            false => format!(
                "`gonogo check` would have exited with {code}. Keep the sample with `gonogo demo --keep DIR`, or judge your own:\n  \
                 gonogo check origin/production..HEAD\n"
            ),
        });
    }
    print(&text)?;
    Ok(0)
}
