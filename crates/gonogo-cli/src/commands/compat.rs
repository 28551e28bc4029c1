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
    let mut answer = compat::batch::answer(&line).map_err(|error| CliError::sentence(error.message))?;
    complete(&mut answer, &kind, &old_text, &new_text);
    let spans = Spans { old: (old, &old_text), new: (new, &new_text) };
    match asked.format {
        ListFormat::Json => print_json(&answer)?,
        format => print(&written(&answer, format, &spans))?,
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

/// Adds what was assumed of writers, and for schemas the part of a semantic version that must grow.
fn complete(answer: &mut Value, kind: &str, old: &str, new: &str) {
    let Some(members) = answer.as_object_mut() else { return };
    let content = match kind {
        "json-schema" => compat::Options::open().content,
        "openapi" => compat::Options::declared().content,
        _ => return,
    };
    members.insert("writers".to_owned(), format!("{}: {}", content.name(), content.words()).into());
    let schema = |text: &str| compat::Schema::parse(text, compat::Draft::default()).ok();
    if let ("json-schema", Some(old), Some(new)) = (kind, schema(old), schema(new)) {
        let bump = compat::Bump::of(&old, &new, &compat::Options::open());
        members.insert("bump".to_owned(), bump.name().into());
    }
}

/// The two files, for showing what each of them says.
struct Spans<'t> {
    old: (&'t Path, &'t str),
    new: (&'t Path, &'t str),
}

impl Spans<'_> {
    /// `new.json:7  "maxLength": 40`, or nothing where the pointer cannot be found.
    fn show(&self, whose: &str, pointer: &str) -> Option<String> {
        let (path, text) = if whose == "old" { self.old } else { self.new };
        let line = compat::openapi::line_of(text, pointer.strip_prefix('#').unwrap_or(pointer))?;
        let shown: String = text.lines().nth((line as usize).checked_sub(1)?)?.trim().chars().take(100).collect();
        Some(format!("{}:{line}  {shown}", path.display()))
    }
}

fn written(answer: &Value, format: ListFormat, spans: &Spans<'_>) -> String {
    let bullet = if format == ListFormat::Markdown { "- " } else { "  " };
    let word = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    let mut text = format!("{}: {}\n", word(&answer["verdict"]), word(&answer["id"]));
    if let Some(why) = answer.get("why") {
        let beside = if answer["verdict"] == "incompatible" { "also unknown: " } else { "" };
        text.push_str(&format!("{bullet}{beside}{}\n", word(why)));
    }
    for finding in answer["findings"].as_array().into_iter().flatten() {
        let (path, whose) = (word(&finding["path"]), word(&finding["in"]));
        text.push_str(&format!(
            "{bullet}{} at {path}: {}: {}\n",
            word(&finding["rule"]),
            word(&finding["subject"]),
            word(&finding["message"])
        ));
        let other = finding.get("counterpart").map(&word);
        let mut sides = vec![(whose.as_str(), Some(path.as_str()))];
        sides.push((if whose == "old" { "new" } else { "old" }, other.as_deref()));
        sides.sort_unstable_by_key(|(whose, _)| *whose == "new");
        for (whose, pointer) in sides {
            if let Some(shown) = pointer.and_then(|pointer| spans.show(whose, pointer)) {
                text.push_str(&format!("{bullet}  {whose}: {shown}\n"));
            }
        }
        if let Some(witness) = finding.get("witness") {
            text.push_str(&format!("{bullet}  for example {witness}\n"));
        }
        text.push_str(&format!("{bullet}  remedy: {}\n", word(&finding["remedy"])));
    }
    if let Some(writers) = answer.get("writers") {
        text.push_str(&format!("{bullet}writers are {}\n", word(writers)));
    }
    if let Some(bump) = answer.get("bump") {
        text.push_str(&format!("{bullet}semantic version: {}\n", word(bump)));
    }
    text
}
