//! What the checks of this crate can find.

use gonogo_core::{Rule, Severity};

/// Production has commits that head lacks, and head none of its own: the deploy goes back.
pub const ROLLBACK: &str = "checks/rollback";
/// Production and head each have commits that the other lacks.
pub const DIVERGED: &str = "checks/diverged";
/// Now is a time at which nothing is to be deployed.
pub const FREEZE: &str = "checks/freeze";

/// A build of head failed.
pub const BUILD_FAILED: &str = "checks/build-failed";
/// A build of head that must be there is not, or is not over.
pub const BUILD_MISSING: &str = "checks/build-missing";
/// What is deployed holds a known vulnerability.
pub const VULNERABILITY: &str = "checks/vulnerability";
/// The scan is of another commit, or of a time that cannot be.
pub const SCAN_UNUSABLE: &str = "checks/scan-unusable";
/// Somebody who must sign off has not.
pub const SIGN_OFF_MISSING: &str = "checks/sign-off-missing";
/// A dependency is pinned to a commit that its main branch does not contain.
pub const PIN_OFF_MAIN: &str = "checks/pin-off-main";

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
    Rule::new(
        BUILD_FAILED,
        "a build of the deployed commit failed",
        Severity::Stop,
        "mend the build, or deploy a commit whose builds passed",
    ),
    Rule::new(
        BUILD_MISSING,
        "a build that must have passed is not there for the deployed commit, or is not over",
        Severity::Caution,
        "wait for the build, or start it for this commit",
    ),
    Rule::new(
        VULNERABILITY,
        "what is deployed holds a known vulnerability",
        Severity::Stop,
        "take the version in which it is fixed, or waive it with the reason why it cannot be reached",
    ),
    Rule::new(
        SCAN_UNUSABLE,
        "the scan says nothing about the deployed commit",
        Severity::Caution,
        "scan the commit that is deployed",
    ),
    Rule::new(
        SIGN_OFF_MISSING,
        "somebody who must sign off has not",
        Severity::Caution,
        "ask for the sign-off of this commit, from somebody else than who asks for the deploy",
    ),
    Rule::new(
        PIN_OFF_MAIN,
        "a dependency is pinned to a commit that its main branch does not contain",
        Severity::Caution,
        "merge the dependency's change into its main branch, and pin the commit there",
    ),
];
