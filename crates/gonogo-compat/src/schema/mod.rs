//! JSON Schema documents: drafts, identifiers, references, and the evaluator of an instance against a schema.

mod annotations;
mod document;
mod draft;
mod evaluate;
mod explain;
mod keywords;
mod order;
mod uri;

pub(crate) use document::{At, Document, address};
pub use draft::Draft;
pub(crate) use evaluate::{DISPUTED_CONTAINS, Evaluator, unreadable};
pub(crate) use explain::{Failure, explain, governs};
pub(crate) use keywords::{count, numeric_bounds, positive, prefix_and_rest, strings};
pub(crate) use order::same_in_any_order;
#[cfg(feature = "openapi")]
pub(crate) use uri::decode as decode_fragment;
