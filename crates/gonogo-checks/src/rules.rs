//! What the checks of this crate can find.

use gonogo_core::{Rule, Severity};

/// Production has commits that head lacks, and head none of its own: the deploy goes back.
pub const ROLLBACK: &str = "checks/rollback";
/// Production and head each have commits that the other lacks.
pub const DIVERGED: &str = "checks/diverged";
/// Now is a time at which nothing is to be deployed.
pub const FREEZE: &str = "checks/freeze";

/// Every rule of this crate.
pub const RULES: &[Rule] = &[
    Rule::new(
        ROLLBACK,
        "the deploy goes back to an older commit than the one in production",
        Severity::Stop,
        "deploy a commit that contains the one in production; where going back is meant, waive this rule for that head",
    ),
    Rule::new(
        DIVERGED,
        "the deploy takes commits out of production that the new version does not contain",
        Severity::Stop,
        "merge or cherry-pick what production has into the branch that is deployed",
    ),
    Rule::new(
        FREEZE,
        "nothing is to be deployed at this time",
        Severity::Stop,
        "wait until the freeze ends; what cannot wait needs a waiver with a name, a reason and an end",
    ),
];
