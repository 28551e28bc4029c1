//! `gonogo compat`: does a new contract read what the old one wrote?

use std::path::Path;

use gonogo::compat;
use serde_json::Value;

use crate::args::{Compat, ListFormat};
use crate::batch::{self, Refused};
use crate::error::CliError;
use crate::output::{print, print_json};

pub(crate) fn run(asked: &Compat) -> Result<u8, CliError> {
    let answer = |line: &str| {
        compat::batch::answer(line)
            .map_err(|error| Refused { id: error.id.clone().map(Value::from), message: error.message.clone() })
    };
    if let Some(input) = &asked.batch {
        return batch::run(input, answer);
    }
    let (Some(old), Some(new)) = (&asked.old, &asked.new) else {
        return Err(CliError::sentence("name two contracts, OLD and NEW"));
    };
    let text = |path: &Path| {
        let bytes = CliError::read(path)?;
        String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            CliError::sentence(format!("{} is not UTF-8 at byte {place}", path.display()))
        })
    };
    let (old_text, new_text) = (text(old)?, text(new)?);
    let kind = match &asked.kind {
        Some(kind) => kind.clone(),
        None => kind_of(old, &old_text, new, &new_text)?,
    };
    // JSON travels as it is written, so that no number loses a digit on the way; the other formats travel as text.
    let value = |path: &Path, text: &str| match kind.as_str() {
        "json-schema" | "avro" => match serde_json::from_str::<Value>(text) {
            // A list is several versions; a schema that is itself a list stands in a list of one.
            Ok(Value::Array(_)) => Ok(format!("[{text}]")),
            Ok(_) => Ok(text.to_owned()),
            Err(error) => Err(CliError::sentence(format!("{} is no JSON: {error}", path.display()))),
        },
        _ => Ok(Value::from(text).to_string()),
    };
    let line = format!(
        r#"{{"id":{},"format":{},"mode":{},"old":{},"new":{}}}"#,
        Value::from(format!("{} -> {}", old.display(), new.display())),
        Value::from(kind.as_str()),
        Value::from(asked.mode.as_str()),
        value(old, &old_text)?,
        value(new, &new_text)?,
    );
    let answer = compat::batch::answer(&line).map_err(|error| CliError::sentence(error.message))?;
    match asked.format {
        ListFormat::Json => print_json(&answer)?,
        format => print(&written(&answer, format))?,
    }
    Ok(match answer["verdict"].as_str() {
        Some("compatible") => 0,
        Some("incompatible") => 1,
        _ => 2,
    })
}

/// The format that both texts say they are. Two contracts of different formats, or one of a format that is not compared, are
/// no question that could be answered.
fn kind_of(old: &Path, old_text: &str, new: &Path, new_text: &str) -> Result<String, CliError> {
    let kind = |path: &Path, text: &str| {
        compat::detect_format(text).ok_or_else(|| {
            CliError::sentence(format!(
                "{} is no contract that can be compared here (OpenAPI 3.0 or 3.1, JSON Schema, Avro); name it with --contract \
                 if it is one",
                path.display()
            ))
        })
    };
    let (was, is) = (kind(old, old_text)?, kind(new, new_text)?);
    if was == is {
        return Ok(is.to_owned());
    }
    Err(CliError::sentence(format!(
        "{} is {was} and {} is {is}; compare two of one format",
        old.display(),
        new.display()
    )))
}

fn written(answer: &Value, format: ListFormat) -> String {
    let bullet = if format == ListFormat::Markdown { "- " } else { "  " };
    let word = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    let mut text = format!("{}: {}\n", word(&answer["verdict"]), word(&answer["id"]));
    if let Some(why) = answer.get("why") {
        text.push_str(&format!("{bullet}{}\n", word(why)));
    }
    for finding in answer["findings"].as_array().into_iter().flatten() {
        let path = word(&finding["path"]);
        text.push_str(&format!("{bullet}{} at {}: {}\n", word(&finding["rule"]), path, word(&finding["message"])));
        if let Some(witness) = finding.get("witness") {
            text.push_str(&format!("{bullet}  for example {witness}\n"));
        }
    }
    text
}
