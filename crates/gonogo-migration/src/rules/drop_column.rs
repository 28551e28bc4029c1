//! `migration/drop-column`: a column goes away that code in production may still name.

use gonogo_core::{Finding, Rule, Severity};

use super::input::{RuleInput, Uses};
use crate::effects::Change;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/drop-column",
    "a column is dropped; code that is running may still name it",
    Severity::Caution,
    "stop using it first, ship that, and drop it with a later deploy",
);

pub(super) fn speak(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for change in &input.analyzed.effects.changes {
        let Change::DropColumn { table, column } = change else { continue };
        let uses = (input.uses)(change);
        let message = format!("drops column {column}{}", still_named(&uses));
        out.push(
            with_uses(Finding::new(RULE.id, format!("{table}.{column}"), severity(&uses), message), &uses)
                .evidence("statement", input.analyzed.sql.as_str())
                .remedy(format!("ship code that no longer names {column}, then ALTER TABLE {table} DROP COLUMN {column} with a later deploy")),
        );
    }
    out
}

/// What the evidence adds to a message.
pub(super) fn still_named(uses: &Uses) -> String {
    match uses.places.first() {
        Some(first) if uses.lines > 1 => {
            let more = uses.lines - 1;
            let lines = if more == 1 { "line" } else { "lines" };
            format!(", which production's code still names at {first} and {more} more {lines}")
        }
        Some(first) => format!(", which production's code still names at {first}"),
        None if uses.searched && uses.complete => ", which no code of this repository in production names".to_owned(),
        None if uses.searched => ", which the part of production's code that was searched does not name".to_owned(),
        None => String::new(),
    }
}

/// Code that names what goes away will fail; without it, a person decides.
pub(super) fn severity(uses: &Uses) -> Severity {
    if uses.lines > 0 { Severity::Stop } else { Severity::Caution }
}

/// The places as evidence.
pub(super) fn with_uses(finding: Finding, uses: &Uses) -> Finding {
    if uses.places.is_empty() {
        finding
    } else {
        finding.evidence("still_named_at", uses.places.clone()).evidence("still_named_lines", uses.lines)
    }
}
