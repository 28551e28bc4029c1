//! The rules this crate's checks can apply.

use gonogo_core::{Rule, Severity};

/// Where the commits of a deploy rank in the repository's own history.
pub(super) const COMPUTED: &str = "risk/computed";
/// Somebody should have declared a risk and did not.
pub(super) const DECLARED_MISSING: &str = "risk/declared-missing";
/// Declared low, computed high.
pub(super) const DECLARED_LOW_COMPUTED_HIGH: &str = "risk/declared-low-computed-high";
/// Declared high.
pub(super) const DECLARED_HIGH: &str = "risk/declared-high";

/// Customers will see a change.
pub(super) const CUSTOMER_VISIBLE: &str = "risk/customer-visible";
/// The deploy runs a migration.
pub(super) const MIGRATION_PRESENT: &str = "risk/migration-present";
/// The deploy falls on a day after which few people are there.
pub(super) const QUIET_DAY: &str = "risk/quiet-day";
/// A story is larger than one that can be looked through.
pub(super) const OVERSIZED_STORY: &str = "risk/oversized-story";

/// All rules of this crate.
pub const RULES: &[Rule] = &[
    Rule::new(
        COMPUTED,
        "where the commits of this deploy rank in the repository's own history",
        Severity::Note,
        "look at the commits named first; split the deploy, or have them reviewed again",
    ),
    Rule::new(
        DECLARED_MISSING,
        "an issue of this deploy has no declared risk",
        Severity::Note,
        "fill in the risk field of the issue",
    ),
    Rule::new(
        DECLARED_LOW_COMPUTED_HIGH,
        "an issue was declared low risk and its commits rank among the riskiest of the history",
        Severity::Caution,
        "ask whoever declared it to look again, and to approve or to raise the declared risk",
    ),
    Rule::new(
        DECLARED_HIGH,
        "an issue of this deploy was declared high risk",
        Severity::Caution,
        "agree on who watches the rollout and how it is taken back, then approve",
    ),
    Rule::new(
        CUSTOMER_VISIBLE,
        "an issue of this deploy changes what customers see",
        Severity::Note,
        "tell support and whoever speaks to customers before the deploy",
    ),
    Rule::new(
        MIGRATION_PRESENT,
        "the deploy runs a migration",
        Severity::Note,
        "know how it is taken back before it starts",
    ),
    Rule::new(
        QUIET_DAY,
        "the deploy falls on a day after which few people are there",
        Severity::Note,
        "deploy on a day after which people are there, or name who watches",
    ),
    Rule::new(
        OVERSIZED_STORY,
        "an issue of this deploy changes more than can be looked through",
        Severity::Note,
        "ship it in parts, each of which can be taken back alone",
    ),
];
