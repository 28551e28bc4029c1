//! Rule sets of other tools, for teams that rely on them. They never change the semantic verdict.

pub mod confluent;
#[cfg(feature = "openapi")]
pub mod oasdiff;

/// A change that a policy has a name for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The name, as the tool prints it.
    pub rule: String,
    /// Where, as the tool writes it.
    pub path: String,
    /// What changed.
    pub message: String,
    /// Whether the policy forbids it.
    pub breaking: bool,
}
