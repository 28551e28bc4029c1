//! Waivers, approvals and overrides that are given for one run.

use gonogo_core::{Approval, Override, Policy, Waiver};
use serde::Deserialize;

use crate::config::ConfigError;

/// What people cleared for this deploy, kept outside the repository: an approval names the commit it clears, so it cannot be
/// in the policy of a revision that is older.
///
/// ```
/// use gonogo::Clearances;
/// let given = Clearances::parse(br#"
/// [[approvals]]
/// clears = { check = "issues/contents" }
/// head = "1eb7644349c0000000000000000000000000000a"
/// who = "ada"
/// why = "the issue is a duplicate"
/// until = "2026-12-31T00:00:00Z"
/// "#, "clearances.toml")?;
/// assert_eq!(given.approvals.len(), 1);
/// # Ok::<(), gonogo::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Clearances {
    /// Findings that somebody answers for.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// Holds that somebody cleared.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// Deploys that somebody ships in spite of a NoGo.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

impl Clearances {
    /// Reads them from TOML; `origin` names the text in errors.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with line and column.
    pub fn parse(text: &[u8], origin: &str) -> Result<Self, ConfigError> {
        crate::config::parse_toml(text, origin)
    }

    /// Adds them to those that the policy has.
    pub fn add_to(self, policy: &mut Policy) {
        policy.waivers.extend(self.waivers);
        policy.approvals.extend(self.approvals);
        policy.overrides.extend(self.overrides);
    }
}
