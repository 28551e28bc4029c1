//! What an extractor finds.

use serde::{Deserialize, Serialize};

use crate::style::ReferenceStyle;

/// What a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// What the commit works on, in the tracker of record.
    Issue,
    /// The commit's pull request, merge request or review.
    Change,
    /// Something named in passing: an earlier change, another project's key, a quoted line.
    Mention,
}

/// What the message says that the commit does to the thing it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// It finishes it: `Fixes #1`, `Closes-Bug: #1`.
    Closes,
    /// It names it, and says no more: `refs #1`, `KAFKA-1: ...`.
    Refs,
    /// It does a part of it: `Part of #1`, `Partial-Bug: #1`.
    PartOf,
    /// It says that this is the same as another: `Duplicate of #1`.
    Duplicates,
    /// It takes it back: `Revert "KAFKA-1: ..."`.
    Reverts,
}

/// Where in the message a reference stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Place {
    /// The first line.
    Subject,
    /// Any later line that is no trailer.
    Body,
    /// The trailer block, as `git interpret-trailers --parse --no-divider` delimits it.
    Trailer,
    /// The name of a merged branch: weaker evidence, for branches are named before the work is done.
    Branch,
}

/// One reference of a message to an issue or a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// The key as its tracker writes it: `KAFKA-1`, `#12`, `owner/repo#3`, `bug:311563`, `lp:1788415`.
    pub key: String,
    /// What it names.
    pub kind: Kind,
    /// What the commit does to it.
    pub action: Action,
    /// The style it is written in.
    pub style: ReferenceStyle,
    /// Bytes of the message that hold the key, from (inclusive) and to (exclusive). Always inside the message.
    pub span: [usize; 2],
    /// Where it stands.
    pub found_in: Place,
    /// The configured project that this key's project is probably a slip of the pen for (`KAKFA-1` for `KAFKA`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_miss_of: Option<String>,
}

impl Reference {
    /// The project of a key that has one: `KAFKA` of `KAFKA-1`.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        let (project, number) = self.key.rsplit_once('-')?;
        let named = project.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        (named && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(project)
    }
}
