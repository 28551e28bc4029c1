//! `migration/waiver-refused`: a waiver in a migration file waives nothing.

use gonogo_core::{Finding, Location, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/waiver-refused",
    "a waiver in a migration file waives nothing",
    Severity::Note,
    "mend the comment, or take it away; what it was to waive weighs what it weighs",
);

/// A waiver at a line of a file that is refused, because `why`. A note: it loosens nothing, and what it was to waive counts.
pub(crate) fn finding(path: &str, line: u32, why: &str, remedy: &str) -> Finding {
    let message = format!("this waiver is refused: {why}");
    Finding::new(RULE.id, format!("{path}:{line}"), Severity::Note, message)
        .at(Location::line(path, line))
        .remedy(remedy)
}
