//! `migration/edited-shipped`: a migration that has already shipped is changed.

use gonogo_core::{Finding, Location, Rule, Severity};

use crate::layout::Tool;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/edited-shipped",
    "a migration that production has already run is edited",
    Severity::Note,
    "leave it as it was and write a new migration",
);

/// A migration of production that reads otherwise now.
pub(crate) fn finding(path: &str, tool: Tool, gone: bool) -> Finding {
    let checksums = tool.verifies_checksums();
    let severity = if checksums { Severity::Caution } else { Severity::Note };
    let what = if gone { "is deleted" } else { "is edited" };
    let consequence = if checksums {
        format!("{} compares checksums and refuses to run", tool.as_str())
    } else {
        "what it says now will not be run where the old one ran".to_owned()
    };
    Finding::new(
        RULE.id,
        path,
        severity,
        format!("this migration has shipped with production and {what} now; {consequence}"),
    )
    .at(Location::file(path))
    .remedy("put the file back as production has it, and make the change in a new migration".to_owned())
}
