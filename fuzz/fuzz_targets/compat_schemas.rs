//! Two schemas made from the bytes, and sampled instances: every verdict against the crate `jsonschema`.
#![no_main]

#[path = "../../crates/gonogo-compat/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use support::{Bytes, Tally, one_pair};

fuzz_target!(|bytes: &[u8]| {
    one_pair(&mut Bytes::new(bytes), 24, &mut Tally::default());
});
