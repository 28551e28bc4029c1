//! `gonogo migration`: what migrations lock, rewrite and scan.

use std::path::Path;
use std::time::Duration;

use gonogo::migration::duration::{TableStats, WorkModel, forecast};
use gonogo::migration::table::{StatementRow, to_text};
use gonogo::migration::{self, Analyzer, Dialect, PhasePlan, ServerVersion, trace};
use serde::Serialize;

use super::migration_live as live;
use crate::args::{ListFormat, Migration, MigrationLive};
use crate::batch::{self, Refused};
use crate::error::CliError;
use crate::output::{print, print_json};

/// The statements of one file.
#[derive(Serialize)]
struct FileRows {
    file: String,
    statements: Vec<StatementRow>,
    #[serde(skip)]
    source: String,
}

pub(crate) fn run(asked: &Migration) -> Result<u8, CliError> {
    match &asked.live {
        Some(MigrationLive::Calibrate(asked)) => return live::calibrate(asked),
        Some(MigrationLive::Trace(asked)) => return live::trace(asked),
        None => {}
    }
    if let Some(input) = &asked.batch {
        return batch::run(input, |line| {
            migration::batch::answer(line).map_err(|error| Refused { id: error.id.clone(), message: error.to_string() })
        });
    }
    let files = analyze(asked)?;
    match asked.format {
        ListFormat::Text => {
            let each = files.iter().map(|file| to_text(&file.file, &file.source, &file.statements));
            print(&each.collect::<Vec<_>>().join("\n"))?;
        }
        ListFormat::Markdown => print(&markdown(&files))?,
        ListFormat::Json => print_json(&files)?,
    }
    // Whether it is grave takes sizes, the code in production and a policy, which `gonogo check` has: here a person decides.
    let mut rows = files.iter().flat_map(|file| &file.statements);
    let quiet = rows.all(|row| matches!(row.verdict(), "ok" | "note"));
    Ok(if quiet { 0 } else { 2 })
}

fn analyze(asked: &Migration) -> Result<Vec<FileRows>, CliError> {
    let (mut analyzer, mut sizes) = match &asked.url {
        Some(url) => {
            let mut server = live::connect(url, Duration::from_secs(60))?;
            (trace::live(server.as_mut())?, server.sizes()?)
        }
        None => (told(asked)?, TableStats::default()),
    };
    if let Some(path) = &asked.tables {
        sizes = TableStats::from_json(&text(path)?)
            .map_err(|error| CliError::sentence(format!("{}: {error}", path.display())))?;
    }
    let model = match &asked.model {
        Some(path) => WorkModel::from_json(&text(path)?)
            .map_err(|error| CliError::sentence(format!("{}: {error}", path.display())))?,
        None => WorkModel::default(),
    };
    let dialect = analyzer.dialect();
    let mut files = Vec::new();
    for path in &asked.files {
        let source = text(path)?;
        let found = analyzer.analyze(&source);
        let forecasts = forecast(&found, dialect, &sizes, &model, false);
        let phases = PhasePlan::of(&found).placements;
        let rows = found.iter().enumerate().map(|(place, statement)| {
            StatementRow::new(statement, forecasts.get(place), phases.get(place).map(|placed| placed.phase))
        });
        let statements = rows.collect();
        files.push(FileRows { file: path.display().to_string(), statements, source });
    }
    Ok(files)
}

/// An analyzer of what the options tell about the server and its schema.
fn told(asked: &Migration) -> Result<Analyzer, CliError> {
    let dialect = Dialect::from_name(&asked.dialect).ok_or_else(|| {
        CliError::sentence(format!("--dialect {} is not known; write postgres, mysql or mariadb", asked.dialect))
    })?;
    let version = match &asked.server_version {
        Some(text) => ServerVersion::parse(text)
            .ok_or_else(|| CliError::sentence(format!("--server-version {text} is no version; write 15 or 8.4")))?,
        None => dialect.default_version(),
    };
    let mut analyzer = Analyzer::with_version(dialect, version);
    if let Some(path) = &asked.schema {
        let complete = analyzer.replay(&text(path)?).is_empty();
        analyzer.catalog_mut().set_complete(complete);
    }
    Ok(analyzer)
}

pub(super) fn text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(CliError::read(path)?).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        CliError::sentence(format!("{} is not UTF-8 at byte {place}; save it as UTF-8", path.display()))
    })
}

fn markdown(files: &[FileRows]) -> String {
    let mut text = String::from("| statement | what it does to others | rules |\n| --- | --- | --- |\n");
    let cell = |value: &str| value.replace('|', "\\|").replace('\n', " ");
    for file in files {
        for row in &file.statements {
            text.push_str(&format!(
                "| {}:{} | {} | {} |\n",
                cell(&file.file),
                row.line,
                cell(&row.summary()),
                row.hazards.join(", ")
            ));
        }
    }
    text
}
