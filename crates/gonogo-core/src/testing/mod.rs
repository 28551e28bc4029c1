//! For tests of gates, checks and histories: scripted checks, a clock moved by hand, a history in memory, faults, and the
//! conformance suites that any [`Check`](crate::Check) or [`History`](crate::History) can be held against.
//!
//! Behind the feature `testing`.

mod clock;
pub mod conformance;
mod fault;
mod history;
mod witness;

pub use clock::ManualClock;
pub use fault::{Fault, FaultyCheck, FaultyHistory, HistoryFault, faulty, scripted};
pub use history::MemoryHistory;

use std::sync::Arc;

use crate::deploy::Deploy;
use crate::revision::{ObjectId, Revision};

/// An object id made of one byte, for tests that need some id.
#[must_use]
pub fn object_id(byte: u8) -> ObjectId {
    ObjectId::from_bytes(&[byte; 20]).unwrap_or_else(|_| unreachable!("20 bytes are an id"))
}

/// A deploy of service `shop` to `production`, from commit `aa..` to commit `bb..`.
#[must_use]
pub fn deploy() -> Arc<Deploy> {
    let (base, head) = (Revision::from_id(object_id(0xaa)), Revision::from_id(object_id(0xbb)));
    Arc::new(Deploy::new("shop", "production", base, head))
}
