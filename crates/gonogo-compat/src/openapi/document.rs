//! An OpenAPI document and its operations.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::json::{Json, escape_segment};
use crate::schema::Draft;
use crate::yaml::{self, ReadError};

/// Why a document is not one of OpenAPI 3.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenApiError {
    /// The text is neither JSON nor YAML.
    #[error("the document cannot be read: {0}; correct it there")]
    Read(#[from] ReadError),
    /// The document is of another version, or of another kind.
    #[error("`openapi` is {found}; documents of OpenAPI 3.0 and 3.1 are compared")]
    Version {
        /// What the document says.
        found: String,
    },
    /// A part of the document has a shape that OpenAPI does not know.
    #[error("{pointer} is no {expected}; correct it there")]
    Shape {
        /// JSON Pointer of the part.
        pointer: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// An OpenAPI document.
#[derive(Debug, Clone)]
pub struct OpenApi {
    pub(crate) root: Json,
    pub(crate) draft: Draft,
}

/// The methods an operation may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    /// The path with its parameters numbered, so that renaming one does not make another path.
    pub(crate) key: (String, &'static str),
    /// `POST /pets`.
    pub(crate) name: String,
    pub(crate) pointer: String,
    pub(crate) node: &'a Json,
    /// Parameters that the path has for all its operations.
    pub(crate) shared: Option<(&'a Json, String)>,
    /// Names of the path's parameters in order.
    pub(crate) path_names: Vec<String>,
}

impl OpenApi {
    /// Reads a document from JSON or YAML.
    ///
    /// # Errors
    /// Text that is neither, or no document of OpenAPI 3.0 or 3.1.
    pub fn parse(text: &str) -> Result<Self, OpenApiError> {
        Self::new(yaml::read(text)?)
    }

    /// A document that was read already.
    ///
    /// # Errors
    /// What is no document of OpenAPI 3.0 or 3.1.
    pub fn new(root: Json) -> Result<Self, OpenApiError> {
        let version = match root.get("openapi") {
            Some(Json::String(version)) => version.clone(),
            Some(other) => other.to_string(),
            None => match root.get("swagger") {
                Some(other) => format!("missing, and `swagger` is {other}"),
                None => "missing".to_owned(),
            },
        };
        let is = |known: &str| version.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let draft = if is("3.0") {
            Draft::OpenApi30
        } else if is("3.1") {
            dialect(&root)?
        } else {
            return Err(OpenApiError::Version { found: version });
        };
        if let Some(paths) = root.get("paths")
            && !matches!(paths, Json::Object(_) | Json::Null)
        {
            return Err(OpenApiError::Shape { pointer: "/paths".to_owned(), expected: "mapping of paths" });
        }
        Ok(Self { root, draft })
    }

    /// The document.
    #[must_use]
    pub fn root(&self) -> &Json {
        &self.root
    }

    /// Follows a `$ref` within the document; the node and its pointer, or `None` if it leads nowhere or in a circle.
    pub(crate) fn follow<'a>(&'a self, node: &'a Json, pointer: &str) -> Option<(&'a Json, String)> {
        let (mut node, mut pointer) = (node, pointer.to_owned());
        for _ in 0..32 {
            let Some(Json::String(reference)) = node.get("$ref") else { return Some((node, pointer)) };
            let target = reference.strip_prefix('#')?;
            let target = crate::schema::decode_fragment(target);
            node = self.root.pointer(&target)?;
            pointer = target;
        }
        None
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut all = Vec::new();
        for (path, item) in self.root.get("paths").and_then(Json::as_object).unwrap_or_default() {
            self.operations_of(path, "", item, &format!("/paths/{}", escape_segment(path)), &mut all);
        }
        tell_apart(&mut all);
        all
    }

    /// What the server calls at its clients: webhooks, and the callbacks of its operations.
    pub(crate) fn incoming(&self) -> Vec<Operation<'_>> {
        let mut all = Vec::new();
        for (name, item) in self.root.get("webhooks").and_then(Json::as_object).unwrap_or_default() {
            self.operations_of(name, "webhook ", item, &format!("/webhooks/{}", escape_segment(name)), &mut all);
        }
        for operation in self.operations() {
            for (name, callback) in operation.node.get("callbacks").and_then(Json::as_object).unwrap_or_default() {
                let here = format!("{}/callbacks/{}", operation.pointer, escape_segment(name));
                let Some((callback, pointer)) = self.follow(callback, &here) else { continue };
                let what = format!("{} {} callback {name} ", operation.key.1, operation.key.0);
                for (expression, item) in callback.as_object().unwrap_or_default() {
                    let pointer = format!("{pointer}/{}", escape_segment(expression));
                    self.operations_of(expression, &what, item, &pointer, &mut all);
                }
            }
        }
        all
    }

    /// The operations of one path.
    fn operations_of<'a>(
        &'a self,
        path: &str,
        what: &str,
        item: &'a Json,
        pointer: &str,
        all: &mut Vec<Operation<'a>>,
    ) {
        let Some((item, pointer)) = self.follow(item, pointer) else { return };
        let (key, path_names) = numbered(path);
        for method in METHODS {
            let Some(node) = item.get(method) else { continue };
            all.push(Operation {
                key: (format!("{what}{key}"), method),
                name: format!("{what}{} {path}", method.to_uppercase()),
                pointer: format!("{pointer}/{method}"),
                node,
                shared: item.get("parameters").map(|p| (p, format!("{pointer}/parameters"))),
                path_names: path_names.clone(),
            });
        }
    }
}

/// Paths that differ in the names of their parameters alone are one path, and a document that has both is wrong (OpenAPI 3.1.1, 4.8.8):
/// then each goes by its whole name, so that none is taken for the other.
fn tell_apart(all: &mut [Operation<'_>]) {
    let mut times: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    for operation in all.iter() {
        *times.entry(operation.key.clone()).or_default() += 1;
    }
    for operation in all.iter_mut().filter(|o| times.get(&o.key).is_some_and(|times| *times > 1)) {
        let whole = operation.name.split_once(' ').map_or("", |(_, path)| path);
        operation.key.0 = whole.to_owned();
    }
}

/// The draft that the schemas of a document of OpenAPI 3.1 follow.
fn dialect(root: &Json) -> Result<Draft, OpenApiError> {
    match root.get("jsonSchemaDialect") {
        None => Ok(Draft::Draft202012),
        Some(Json::String(name)) if name.starts_with("https://spec.openapis.org/oas/3.1/dialect/") => {
            Ok(Draft::Draft202012)
        }
        Some(other) => other
            .as_str()
            .and_then(Draft::from_metaschema)
            .ok_or_else(|| OpenApiError::Version { found: format!("of the dialect {other}") }),
    }
}

/// `/pets/{id}/toys` as `/pets/{0}/toys`, with the names in order.
fn numbered(path: &str) -> (String, Vec<String>) {
    let (mut out, mut names, mut rest) = (String::new(), Vec::new(), path);
    while let Some(open) = rest.find('{') {
        let Some(length) = rest.get(open..).and_then(|r| r.find('}')) else { break };
        out.push_str(rest.get(..open).unwrap_or(""));
        out.push_str(&format!("{{{}}}", names.len()));
        names.push(rest.get(open + 1..open + length).unwrap_or("").to_owned());
        rest = rest.get(open + length + 1..).unwrap_or("");
    }
    out.push_str(rest);
    (out, names)
}
