//! PostgreSQL: reading its statements and modelling what they do.

mod alter;
pub(crate) mod block;
mod column;
mod column_type;
mod constraint;
mod create;
mod drop;
#[cfg(feature = "postgres")]
pub(crate) mod grammar;
mod implies;
mod maintain;
mod partition;
mod perform;
mod read;
mod read_alter;
mod read_other;
mod read_routine;
mod read_table;
mod retype;
mod rows;
mod types;
mod volatility;

pub(crate) use perform::perform;
pub(crate) use read::read;
pub(crate) use types::canonical_type;
