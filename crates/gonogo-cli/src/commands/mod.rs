//! A file a command.

pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod guard;
pub(crate) mod hook;
pub(crate) mod issues;
pub(crate) mod migration;
mod migration_live;
pub(crate) mod risk;
mod risk_own;
