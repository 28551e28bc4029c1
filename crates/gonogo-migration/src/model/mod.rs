//! A small model of DDL of our own: what a statement asks for, whichever dialect and whichever parser it was read with.

pub mod alter;
pub mod expression;
pub mod name;
pub mod query;
pub mod statement;
pub mod table;
