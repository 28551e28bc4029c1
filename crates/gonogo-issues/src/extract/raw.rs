//! What the scanner hands to the judge.

use super::fields::Field;
use crate::reference::{Action, Place};
use crate::style::ReferenceStyle;

/// What a token is by its form alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// A key that names issues only.
    Issue,
    /// A key that names changes only (`!1`, `D1`, `/pull/1`).
    Change,
    /// `#1`: the dialect and its surroundings decide.
    Hash,
    /// Certainly the commit's own change (merge subjects, `Change-Id`).
    OwnChange,
    /// A match of a configured pattern: as configured.
    Fixed(crate::reference::Kind, Action),
}

/// Whose the named thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This repository's or an allowed project's.
    Ours,
    /// Another repository's or project's, perhaps by a slip of the pen.
    Other(Option<String>),
    /// This project's, written as another tracker's would be: `Fixes #1` for `KAFKA-1`.
    Slip(String),
    /// It names a repository, and which one is ours was not said.
    Unknown,
}

/// What is known of the line a token stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// A quoted line (`> ...`).
    pub(crate) quoted: bool,
    /// A list item.
    pub(crate) item: bool,
    pub(crate) field: Option<Field>,
    pub(crate) header: Header,
}

/// What the last line that ended with a colon announced, for the list below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    Nothing,
    /// `Fixes:`
    Verb(Action),
    /// `Successful merges:`: other changes.
    Merges,
    /// `Original change's description:`
    Original,
}

#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) key: String,
    pub(crate) nature: Nature,
    pub(crate) style: ReferenceStyle,
    pub(crate) owner: Owner,
    /// The key's bytes.
    pub(crate) span: [usize; 2],
    /// Where the token begins and ends, with the word or link around the key.
    pub(crate) token: [usize; 2],
    pub(crate) place: Place,
    pub(crate) line: Line,
}
