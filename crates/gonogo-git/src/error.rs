//! How failures of libgit2 become a [`HistoryError`] that says what to do.

use std::sync::Arc;

use git2::{ErrorClass, ErrorCode};
use gonogo_core::HistoryError;

/// A failure with nothing better to say than what libgit2 says.
pub(crate) fn unreadable(
    what: impl Into<String>,
    source: impl std::error::Error + Send + Sync + 'static,
) -> HistoryError {
    HistoryError::Unreadable { what: what.into(), source: Arc::new(source) }
}

/// An object or a file whose bytes break the format.
pub(crate) fn malformed(what: impl Into<String>, why: &str) -> HistoryError {
    HistoryError::Unreadable { what: what.into(), source: Arc::new(Malformed(why.to_owned())) }
}

/// Bytes that are not what their type promises.
#[derive(Debug, thiserror::Error)]
#[error("{0}; run `git fsck` to see what else is broken")]
struct Malformed(String);

/// A reason with a remedy, for repositories that do not open.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Reason(pub(crate) String);

/// Why a repository did not open, in words that say what to do.
pub(crate) fn not_opened(path: &std::path::Path, source: git2::Error) -> HistoryError {
    let shown = path.display();
    let message = source.message().to_ascii_lowercase();
    if message.contains("sha256") || message.contains("objectformat") || message.contains("object format") {
        return HistoryError::Unsupported {
            what: format!("the SHA-256 repository {shown}"),
            remedy: "gonogo reads SHA-1 repositories only: use a clone with `git init --object-format=sha1`".to_owned(),
        };
    }
    if message.contains("refstorage") || message.contains("reftable") {
        return HistoryError::Unsupported {
            what: format!("the reftable reference storage of {shown}"),
            remedy: "run `git refs migrate --ref-format=files` in it, or clone with `--ref-format=files`".to_owned(),
        };
    }
    if let Some(extension) = message.split("unsupported extension name ").nth(1) {
        let extension = extension.trim();
        let remedy = if extension == "extensions.partialclone" {
            "it is a partial clone: clone again without `--filter` and with full history (`fetch-depth: 0`)".to_owned()
        } else {
            format!("use a clone without the extension `{extension}`")
        };
        return HistoryError::Unsupported { what: format!("`{extension}` of the repository {shown}"), remedy };
    }
    if source.code() == ErrorCode::Owner {
        let why = format!(
            "it belongs to another user, and git refuses such repositories; if you trust it, run \
             `git config --global --add safe.directory {shown}`"
        );
        return unreadable(format!("the repository {shown}"), Reason(why));
    }
    if source.code() == ErrorCode::NotFound && source.class() == ErrorClass::Repository {
        let why = "there is no git repository here or above; name its directory, or run `git clone` first".to_owned();
        return unreadable(format!("the repository {shown}"), Reason(why));
    }
    if source.code() == ErrorCode::NotFound && source.class() == ErrorClass::Os {
        let why = "there is no such directory; name the directory of a git repository".to_owned();
        return unreadable(format!("the repository {shown}"), Reason(why));
    }
    unreadable(format!("the repository {shown}"), source)
}
