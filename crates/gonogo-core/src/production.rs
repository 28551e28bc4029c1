//! What runs in an environment now.

use async_trait::async_trait;

use crate::check::BoxError;

/// Tells which revision runs in an environment: a branch, a tag pattern, a file, a command, an HTTP answer.
///
/// # Contract
/// An error, or an answer that names nothing, never stands for "nothing is deployed": it is an error.
#[async_trait]
pub trait ProductionRevision: Send + Sync {
    /// The name of the revision that runs in `environment`, to be resolved by a [`History`](crate::History).
    async fn revision_name(&self, environment: &str) -> Result<String, BoxError>;
}
