//! Can old and new run side by side, and can we roll back: contract compatibility with proofs and witnesses.
//!
//! One question: may a reader of one version read everything that a writer of another version can write? The answer is
//! [`Verdict::Compatible`] only if that is proved, [`Verdict::Incompatible`] only with a value that was checked on both sides,
//! and otherwise [`Verdict::Unknown`] with what stood in the way.
//!
//! ```
//! use gonogo_compat::{compare, Draft, Options, Schema, Verdict};
//!
//! let old = Schema::parse(r#"{"properties": {"size": {"type": "integer", "minimum": 0}}}"#, Draft::Draft202012)?;
//! let new = Schema::parse(r#"{"properties": {"size": {"type": "number", "minimum": 0}}}"#, Draft::Draft202012)?;
//!
//! // A new reader reads all that an old writer writes.
//! assert_eq!(compare(&old, &new, &Options::open()), Verdict::Compatible);
//! // After a rollback, an old reader meets what a new writer wrote.
//! let Verdict::Incompatible { witness } = compare(&new, &old, &Options::open()) else { unreachable!() };
//! assert_eq!(witness.to_string(), r#"{"size":0.5}"#);
//! # Ok::<(), gonogo_compat::json::JsonError>(())
//! ```
//!
//! # The map
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Schema`], [`compare`], [`Options`], [`Verdict`] | the question for JSON Schema, drafts 4 to 2020-12 |
//! | `openapi`, `openapi_breaks` | the same for OpenAPI 3.0 and 3.1: operations, parameters, bodies, responses, callbacks, webhooks (feature `openapi`, on by default) |
//! | [`avro_breaks`] | the same for Avro schemas, by the rules of schema resolution |
//! | [`Rollout`], [`Channel`], [`Phase`], [`Requirement`] | which pairs of versions meet during a deploy |
//! | `ContractsCheck` | the check over the contracts that a deploy changes (feature `openapi`) |
//! | [`policy`] | rule sets of other tools, apart from the question above |
//! | [`batch`], [`detect_format`] | questions as lines of JSON; which format a text is of |
//! | [`json`] | JSON values with exact numbers |
//!
//! # How it is proved
//!
//! A schema becomes a formula over sets of values: kinds, ranges of exact decimal numbers, regular languages of strings, items
//! by index, members by name. Containment is the emptiness of "what the writer may write and the reader rejects". Emptiness is
//! decided by building a value or showing that none can be built; recursive schemas are followed until a question comes up
//! again inside itself. Work is counted, never timed: the same input gives the same verdict everywhere.

mod avro;
pub mod batch;
mod breaks;
mod budget;
mod bump;
#[cfg(feature = "openapi")]
mod check;
mod compare;
mod detect;
mod formula;
pub mod json;
mod language;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod policy;
mod rollout;
mod rules;
mod schema;
mod solve;
#[cfg(feature = "openapi")]
mod yaml;

#[cfg(feature = "openapi")]
pub use breaks::openapi_breaks;
pub use breaks::{Break, avro_breaks, breaks};
pub use bump::Bump;
#[cfg(feature = "openapi")]
pub use check::ContractsCheck;
pub use compare::{Content, DEFAULT_STEPS, Options, Schema, Verdict, compare};
pub use detect::detect_format;
pub use rollout::{Channel, Phase, Requirement, Rollout, Strategy, Version, describe};
pub use rules::RULES;
pub use schema::Draft;
