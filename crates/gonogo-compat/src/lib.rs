//! compat
#![allow(dead_code)]
pub mod batch;
mod breaks;
mod budget;
mod check;
mod compare;
mod formula;
pub mod json;
mod language;
pub mod openapi;
mod rollout;
mod rules;
mod schema;
mod solve;
mod yaml;

pub use breaks::Break;
pub use check::ContractsCheck;
pub use compare::{Content, DEFAULT_STEPS, Options, Schema, Verdict, compare};
pub use rollout::{Channel, Phase, Requirement, Rollout, Strategy, Version, describe};
pub use rules::RULES;
pub use schema::Draft;
