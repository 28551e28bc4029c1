//! The check: which changed contracts can old and new versions use side by side, and after a rollback?

mod contracts;
mod discover;
mod judge;
mod words;

pub use contracts::ContractsCheck;
