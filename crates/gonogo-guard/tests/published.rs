//! Published numbers and rules of other tools, reproduced.
//!
//! Reads the rows of `$GONOGO_CASES/guard`, one test a file; without the variable the tests say so and pass. Every row of a file is
//! walked, and all that fail are reported together.

#[path = "published/argo.rs"]
mod argo;
#[path = "published/confseq.rs"]
mod confseq;
#[path = "published/kayenta.rs"]
mod kayenta;
#[path = "published/keptn.rs"]
mod keptn;
#[path = "published/rows.rs"]
mod rows;
