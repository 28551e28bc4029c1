//! `gonogo compat`: does a new contract read what the old one wrote?

use gonogo::compat;
use serde_json::{Value, json};

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
    let text = |path: &std::path::Path| {
        let bytes = CliError::read(path)?;
        String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            CliError::sentence(format!("{} is not UTF-8 at byte {place}", path.display()))
        })
    };
    let (old_text, new_text) = (text(old)?, text(new)?);
    let kind = asked.kind.clone().unwrap_or_else(|| kind_of(&new_text).to_owned());
    // A JSON Schema travels as JSON, the other formats as text.
    let value = |path: &std::path::Path, text: &str| match kind.as_str() {
        "json-schema" => serde_json::from_str::<Value>(text)
            .map_err(|error| CliError::sentence(format!("{} is no JSON: {error}", path.display()))),
        _ => Ok(Value::from(text)),
    };
    let line = json!({
        "id": format!("{} -> {}", old.display(), new.display()),
        "format": kind,
        "old": value(old, &old_text)?,
        "new": value(new, &new_text)?,
        "mode": asked.mode,
    });
    let answer = compat::batch::answer(&line.to_string()).map_err(|error| CliError::sentence(error.message))?;
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

/// OpenAPI says so in its first key; everything else here is JSON Schema.
fn kind_of(text: &str) -> &'static str {
    let openapi = text.lines().any(|line| line.trim_start().trim_start_matches(['"', '{', ' ']).starts_with("openapi"));
    if openapi { "openapi" } else { "json-schema" }
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
