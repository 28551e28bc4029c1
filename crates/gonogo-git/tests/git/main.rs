//! What `GitHistory` answers, held against the git program on repositories made here.

// A test says what is wrong by failing; helpers are part of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod blame;
mod cherry;
mod files;
mod line_changes;
mod mailmap;
mod production;
mod range;
mod repositories;
mod resolve;
mod support;
