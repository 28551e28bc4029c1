//! The intermediate form: sets of JSON values as boolean formulas over a few kinds of atoms.
//!
//! A schema becomes a formula, a containment question becomes "is `writer and not reader` empty", and equal formulas are one
//! node, so that much of a question about two similar contracts is settled by comparing numbers.

mod compile;
mod constant;
mod disjoint;
mod interner;
mod overlap;
mod unevaluated;

pub use compile::Content;
pub(crate) use compile::{Compiler, References};
pub(crate) use interner::{Atom, Formulas, Id, Kinds, Node};
