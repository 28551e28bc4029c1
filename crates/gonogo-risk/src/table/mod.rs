//! Tables of changes: factors and labels of many commits, read from CSV.

mod csv;
mod read;

pub use csv::{CsvError, MAX_FIELDS};
pub use read::{Table, TableError};
