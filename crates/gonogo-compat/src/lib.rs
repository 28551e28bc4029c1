//! compat
#![allow(dead_code)]
pub mod batch;
mod budget;
mod compare;
mod formula;
pub mod json;
mod language;
mod schema;
mod solve;
