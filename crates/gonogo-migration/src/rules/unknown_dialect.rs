//! `migration/unknown-dialect`: the dialect of the migrations could not be told.

use gonogo_core::{Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/unknown-dialect",
    "nothing says which server the migrations are for",
    Severity::Caution,
    "say the dialect in the configuration",
);

/// Migrations whose dialect nothing tells, or which is not modelled.
pub(crate) fn finding(root: &str, why: String) -> Finding {
    let subject = if root.is_empty() { "migrations" } else { root };
    Finding::unknown(RULE.id, subject, why)
        .remedy("set the dialect of these migrations in the configuration: postgres, mysql or mariadb".to_owned())
}

/// What to do about migrations for a server that is not modelled.
pub(crate) const BY_HAND: &str = "review them by hand, or run them against a copy of production's database";

/// Migrations for a server that is not modelled.
pub(crate) fn other(root: &str, why: String) -> Finding {
    let subject = if root.is_empty() { "migrations" } else { root };
    Finding::unknown(RULE.id, subject, why).remedy(BY_HAND)
}
