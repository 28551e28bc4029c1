//! The rules of this crate.

use gonogo_core::{Rule, Severity};

/// A commit that nothing links.
pub const UNLINKED_COMMIT: &str = "issues/unlinked-commit";
/// An issue in a state in which it may not be deployed.
pub const WRONG_STATE: &str = "issues/wrong-state";
/// An issue that lacks what policy asks for.
pub const MISSING_FIELD: &str = "issues/missing-field";
/// An issue with changes that are not merged.
pub const NOT_MERGED: &str = "issues/not-merged";
/// A change that customers will see and were not told of.
pub const UNANNOUNCED: &str = "issues/customer-visible-unannounced";
/// A key that is one slip from a real one.
pub const NEAR_MISS: &str = "issues/near-miss-key";
/// An issue that the deploy takes out of production, or brings in part.
pub const REVERTED: &str = "issues/reverted";
/// A key that the tracker does not know.
pub const UNKNOWN_KEY: &str = "issues/unknown-key";
/// Something that policy asks and nothing could answer.
pub const UNVERIFIED: &str = "issues/unverified";

/// Every rule that this crate's checks can apply.
pub const RULES: &[Rule] = &[
    Rule::new(
        UNLINKED_COMMIT,
        "a commit that names no issue or change, and that no merge links",
        Severity::Note,
        "name the issue in the message, or say why none is needed (`NO-ISSUE`)",
    ),
    Rule::new(
        WRONG_STATE,
        "an issue in a state in which policy does not let it be deployed",
        Severity::Caution,
        "move the issue on, or leave its commits out",
    ),
    Rule::new(
        MISSING_FIELD,
        "an issue that lacks what policy requires of it",
        Severity::Caution,
        "fill in the field in the tracker",
    ),
    Rule::new(
        NOT_MERGED,
        "an issue with changes that are not merged yet: the deploy brings only a part of it",
        Severity::Caution,
        "merge them, or make sure that the part stands alone",
    ),
    Rule::new(
        UNANNOUNCED,
        "an issue that customers will see and that was not announced",
        Severity::Caution,
        "write the announcement, or record that none is needed",
    ),
    Rule::new(
        NEAR_MISS,
        "a key whose project is one slip from a real one",
        Severity::Note,
        "correct the key where it can be, or note the issue it was meant for",
    ),
    Rule::new(
        REVERTED,
        "an issue that the deploy takes out of production, or brings only in part",
        Severity::Note,
        "make sure that it is meant to go",
    ),
    Rule::new(
        UNKNOWN_KEY,
        "a key that the tracker has no issue for",
        Severity::Caution,
        "correct the key, or add the word to `never` if it is none",
    ),
    Rule::new(
        UNVERIFIED,
        "something that policy asks of issues and that could not be answered",
        Severity::Caution,
        "make the tracker answer, and decide again",
    ),
];
