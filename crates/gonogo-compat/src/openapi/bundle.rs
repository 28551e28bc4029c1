//! Documents in several files: references to other files below the same root, brought into one document.

use std::collections::{BTreeMap, VecDeque};

use thiserror::Error;

use crate::json::{Json, escape_segment};
use crate::yaml::{self, ReadError};

/// No more files than this belong to one document.
const MAX_FILES: usize = 500;
/// Where the other files stand in the bundle.
const SHELF: &str = "x-bundled-files";

/// Why a document could not be put together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A reference leads above the root, or is an address elsewhere.
    #[error("`{reference}` in {file} leads out of the repository; copy what it names into the repository")]
    Outside {
        /// The reference.
        reference: String,
        /// The file it stands in.
        file: String,
    },
    /// A file is not there.
    #[error("`{file}`, which {from} refers to, is not there")]
    Missing {
        /// The file.
        file: String,
        /// The file that refers to it.
        from: String,
    },
    /// A file is neither JSON nor YAML.
    #[error("{file} cannot be read: {source}; correct it there")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: ReadError,
    },
    /// There are more files than are followed.
    #[error("the document refers to more than 500 files")]
    TooMany,
    /// The caller could not read a file.
    #[error("{file} cannot be read: {message}")]
    Load {
        /// The file.
        file: String,
        /// What the caller said.
        message: String,
    },
}

/// Reads a document and all files it refers to, and makes every reference one within the result.
///
/// `load` gives the text of a file by its path below the root, or `None` if there is none; paths never lead above the root.
///
/// # Errors
/// A file that is missing or cannot be read, or a reference that leads out of the root.
pub fn bundle(file: &str, load: &mut dyn FnMut(&str) -> Result<Option<String>, String>) -> Result<Json, BundleError> {
    let mut files: BTreeMap<String, Json> = BTreeMap::new();
    let mut open = VecDeque::from([(file.to_owned(), file.to_owned())]);
    while let Some((path, from)) = open.pop_front() {
        if files.contains_key(&path) {
            continue;
        }
        if files.len() >= MAX_FILES {
            return Err(BundleError::TooMany);
        }
        let text = load(&path).map_err(|message| BundleError::Load { file: path.clone(), message })?;
        let text = text.ok_or_else(|| BundleError::Missing { file: path.clone(), from })?;
        let mut json = yaml::read(&text).map_err(|source| BundleError::Read { file: path.clone(), source })?;
        let mut wanted = Vec::new();
        redirect(&mut json, &path, file, &mut wanted)?;
        open.extend(wanted.into_iter().map(|other| (other, path.clone())));
        files.insert(path, json);
    }
    let mut root = files.remove(file).unwrap_or(Json::Null);
    if let Json::Object(members) = &mut root
        && !files.is_empty()
    {
        members.push((SHELF.to_owned(), Json::Object(files.into_iter().collect())));
    }
    Ok(root)
}

/// Rewrites the references of one file.
fn redirect(node: &mut Json, path: &str, root: &str, wanted: &mut Vec<String>) -> Result<(), BundleError> {
    match node {
        Json::Array(items) => items.iter_mut().try_for_each(|item| redirect(item, path, root, wanted)),
        Json::Object(members) => {
            for (name, value) in members {
                if name == "$ref"
                    && let Json::String(reference) = value
                {
                    *reference = target(reference, path, root, wanted)?;
                } else {
                    redirect(value, path, root, wanted)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn target(reference: &str, path: &str, root: &str, wanted: &mut Vec<String>) -> Result<String, BundleError> {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let outside = || BundleError::Outside { reference: reference.to_owned(), file: path.to_owned() };
    let file = if file.is_empty() { path.to_owned() } else { resolve(path, file).ok_or_else(outside)? };
    if file == root {
        return Ok(format!("#{fragment}"));
    }
    let rewritten = format!("#/{SHELF}/{}{fragment}", escape_segment(&file));
    wanted.push(file);
    Ok(rewritten)
}

/// A path relative to a file, below the root; `None` if it leads out.
fn resolve(from: &str, reference: &str) -> Option<String> {
    if reference.contains(':') || reference.contains('\\') || reference.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &'static [(&'static str, &'static str)]) -> impl FnMut(&str) -> Result<Option<String>, String> {
        move |path| Ok(files.iter().find(|(p, _)| *p == path).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn files_are_brought_into_one_document() {
        let files: &'static [_] = &[
            ("api/openapi.yaml", "a: {$ref: 'schemas/pet.yaml#/Pet'}\nb: {$ref: '#/a'}"),
            ("api/schemas/pet.yaml", "Pet: {$ref: '#/Dog'}\nDog: {$ref: '../openapi.yaml#/b'}"),
        ];
        let json = bundle("api/openapi.yaml", &mut load(files)).unwrap();
        assert_eq!(
            json.to_string(),
            r##"{"a":{"$ref":"#/x-bundled-files/api~1schemas~1pet.yaml/Pet"},"b":{"$ref":"#/a"},"x-bundled-files":{"api/schemas/pet.yaml":{"Pet":{"$ref":"#/x-bundled-files/api~1schemas~1pet.yaml/Dog"},"Dog":{"$ref":"#/b"}}}}"##
        );
    }

    #[test]
    fn nothing_outside_the_root_is_read() {
        for reference in ["../../etc/passwd", "/etc/passwd", "https://example.com/a.yaml", "..\\x"] {
            let text = format!("a: {{$ref: '{reference}'}}");
            let mut load = |path: &str| Ok((path == "api/openapi.yaml").then(|| text.clone()));
            assert!(matches!(bundle("api/openapi.yaml", &mut load), Err(BundleError::Outside { .. })), "{reference}");
        }
    }
}
