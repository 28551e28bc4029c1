//! Which changed files are contracts, and of which format.

use gonogo_core::{FileChange, FileKind, FileVersion, History, HistoryError, RepoPath, Revision};

use crate::detect;
use crate::json::Json;

/// The format of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenAPI 3, of any version.
    OpenApi,
    JsonSchema,
    Avro,
    /// Recognised by its name, and not compared.
    Other(&'static str),
}

/// Contracts of larger size are not read.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// One side of a changed file.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) path: String,
    pub(super) text: String,
}

/// Why one side of a file cannot be used.
#[derive(Debug, Clone)]
pub(super) struct Unusable(pub(super) String);

/// Reads one side of a file as text.
pub(super) fn read(
    history: &dyn History,
    at: &Revision,
    path: &RepoPath,
) -> Result<Option<Result<Blob, Unusable>>, HistoryError> {
    let Some(bytes) = history.read(at, path)? else { return Ok(None) };
    if bytes.len() > MAX_BYTES {
        return Ok(Some(Err(Unusable("it is larger than 16 MB".to_owned()))));
    }
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => Ok(Blob { path: path.to_string(), text }),
        Err(_) => Err(Unusable("it is not UTF-8".to_owned())),
    }))
}

/// Whether a change is of a plain file with other bytes.
pub(super) fn is_edited_file(change: &FileChange) -> bool {
    let plain = |kind: FileKind| matches!(kind, FileKind::Regular | FileKind::Executable);
    let sides = [&change.old, &change.new];
    !change.same_content() && sides.iter().all(|side| side.as_ref().is_none_or(|version| plain(version.kind)))
}

/// Whether head no longer has at all what may have been a contract: deleted, moved to a name or folder of something else, or
/// replaced by a link.
pub(super) fn is_gone(change: &FileChange) -> bool {
    let plain = |version: &FileVersion| matches!(version.kind, FileKind::Regular | FileKind::Executable);
    let (before, now) = (change.base_path().to_string(), change.path.to_string());
    change.old.as_ref().is_some_and(plain)
        && may_be_contract(&before)
        && !is_fixture(&before)
        && !(change.new.as_ref().is_some_and(plain) && may_be_contract(&now) && !is_fixture(&now))
}

fn extension(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension)
}

impl Format {
    /// The name by which people know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OpenApi => "OpenAPI",
            Self::JsonSchema => "JSON Schema",
            Self::Avro => "Avro",
            Self::Other(name) => name,
        }
    }
}

/// Whether a file can be a contract by its name.
pub(super) fn may_be_contract(path: &str) -> bool {
    matches!(extension(path), "json" | "yaml" | "yml" | "proto" | "avsc" | "graphql" | "graphqls" | "gql")
}

/// Whether a file belongs to tests or to other people's code.
pub(super) fn is_fixture(path: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["test", "tests", "testdata", "__tests__", "fixtures", "__fixtures__", "node_modules", "vendor", "third_party"];
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| FOLDERS.contains(&folder.to_ascii_lowercase().as_str()))
}

/// The format of a file by its name and its first signs; `None` if it is no contract.
pub(super) fn format_of(path: &str, text: &str) -> Option<Format> {
    match extension(path) {
        "proto" => return Some(Format::Other("Protocol Buffers")),
        "avsc" => return Some(Format::Avro),
        "graphql" | "graphqls" | "gql" => return is_graphql_schema(text).then_some(Format::Other("GraphQL")),
        "json" | "yaml" | "yml" => {}
        _ => return None,
    }
    let named_schema =
        path.ends_with(".schema.json") || path.ends_with(".schema.yaml") || path.ends_with(".schema.yml");
    if has_top_level(text, "openapi") {
        Some(Format::OpenApi)
    } else if has_top_level(text, "swagger") {
        Some(Format::Other("Swagger 2.0"))
    } else if has_top_level(text, "asyncapi") {
        Some(Format::Other("AsyncAPI"))
    } else if named_schema
        || (has_top_level(text, "$schema") && text.contains("json-schema.org/draft"))
        || is_plainly_schema(text)
    {
        Some(Format::JsonSchema)
    } else {
        None
    }
}

/// Whether a text is a schema without saying so.
fn is_plainly_schema(text: &str) -> bool {
    if !(has_top_level(text, "type") && has_top_level(text, "properties")) {
        return false;
    }
    let json = Json::parse(text.trim_start_matches('\u{feff}')).ok();
    #[cfg(feature = "openapi")]
    let json = json.or_else(|| crate::yaml::read(text).ok());
    json.is_some_and(|json| detect::is_plainly_schema(&json))
}

/// Queries live in files of the same extension as schemas.
fn is_graphql_schema(text: &str) -> bool {
    text.lines().any(|line| {
        let word = line.split_whitespace().next().unwrap_or("");
        matches!(word, "type" | "schema" | "interface" | "input" | "enum" | "union" | "scalar" | "directive" | "extend")
    })
}

/// Whether a name stands at the top level of a JSON or YAML text, as far as can be seen without reading it all.
fn has_top_level(text: &str, name: &str) -> bool {
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    if trimmed.starts_with('{') {
        let quoted = format!("\"{name}\"");
        if !trimmed.contains(&quoted) {
            return false;
        }
        return match Json::parse(trimmed) {
            Ok(json) => json.get(name).is_some(),
            // Broken text that names it near its beginning is a broken contract, and must not be passed over.
            Err(_) => trimmed.chars().take(2_000).collect::<String>().contains(&quoted),
        };
    }
    text.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}');
        [name.to_owned(), format!("\"{name}\""), format!("'{name}'")]
            .iter()
            .any(|key| line.strip_prefix(key.as_str()).is_some_and(|rest| rest.trim_start().starts_with(':')))
    })
}

/// Paths at which the root of a document that a file is a part of may lie: the usual names in the file's folder and above.
pub(super) fn possible_roots(path: &str) -> Vec<String> {
    let mut roots = Vec::new();
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        for name in ["openapi.yaml", "openapi.yml", "openapi.json"] {
            roots.push(format!("{above}/{name}"));
        }
        folder = above;
    }
    roots.extend(["openapi.yaml", "openapi.yml", "openapi.json"].map(str::to_owned));
    roots.retain(|root| root != path);
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_are_known_by_their_signs() {
        assert_eq!(format_of("api/a.yaml", "# c\nopenapi: 3.0.1\n"), Some(Format::OpenApi));
        assert_eq!(format_of("a.json", "{\"info\": {}, \"openapi\": \"3.1.0\"}"), Some(Format::OpenApi));
        assert_eq!(format_of("a.json", "{\"x\": {\"openapi\": 1}}"), None);
        assert_eq!(
            format_of("a.json", r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#),
            Some(Format::JsonSchema)
        );
        assert_eq!(format_of("a.schema.json", "{}"), Some(Format::JsonSchema));
        let unsaid = r#"{"description": "A user.", "type": "object", "properties": {"age": {"type": "integer"}}}"#;
        assert_eq!(format_of("schemas/user.json", unsaid), Some(Format::JsonSchema));
        assert_eq!(format_of("app.json", r#"{"type": "object", "properties": {"colour": "red"}}"#), None);
        assert_eq!(format_of("app.json", r#"{"type": "module", "properties": {"a": {"type": "string"}}}"#), None);
        assert_eq!(format_of("package.json", "{\"name\": \"x\"}"), None);
        assert_eq!(format_of("a.proto", "x"), Some(Format::Other("Protocol Buffers")));
        assert_eq!(format_of("q.graphql", "query { a }"), None);
        assert_eq!(format_of("broken.json", "{\"openapi\": \"3.0.0\", "), Some(Format::OpenApi));
    }

    #[test]
    fn fixtures_are_known_by_their_folder() {
        assert!(is_fixture("a/tests/api.yaml"));
        assert!(!is_fixture("contest/api.yaml"));
        assert!(!is_fixture("tests.yaml"));
    }
}
