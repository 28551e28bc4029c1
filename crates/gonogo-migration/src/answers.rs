//! Can the code in production live with the new schema: before the rollout is over, and again after a rollback?

use gonogo_core::{Certainty, Facts, Finding, Severity};

/// Rules that speak of what running code would miss, or can no longer write.
const BREAKING: [&str; 8] = [
    "migration/drop-column",
    "migration/drop-default",
    "migration/drop-table",
    "migration/may-break-code",
    "migration/narrow-type",
    "migration/rename-column",
    "migration/rename-table",
    "migration/required-column",
];

/// Rows that go away cannot be had back.
const TRUNCATE: &str = "migration/truncate";

/// Rules of which even a Note leaves the question open.
const OPEN: [&str; 3] = ["migration/edited-shipped", "migration/may-break-code", "migration/unrecognised-sql"];

/// Adds the answers `side-by-side` and `rollback`, as far as the schema is concerned.
///
/// Both ask the same of a migration that runs before the new code: production's code on the new schema, while servers are
/// replaced, or after they were put back. A migration is not undone by a rollback of the code.
pub(crate) fn add(facts: Facts, findings: &[Finding]) -> Facts {
    let grave = |finding: &&Finding| {
        let rule = finding.rule.as_str();
        OPEN.contains(&rule) || rule == TRUNCATE || (BREAKING.contains(&rule) && finding.severity > Severity::Note)
    };
    let worst = findings.iter().filter(grave).max_by_key(|finding| finding.severity);
    let unknown = findings.iter().filter(|finding| finding.certainty == Certainty::Unknown).count();
    let (word, why) = match worst {
        Some(breaks) if breaks.severity == Severity::Stop => {
            ("no", format!("production's code breaks on {}: {}", breaks.subject, breaks.message))
        }
        Some(edited) if edited.rule == "migration/edited-shipped" || edited.rule == "migration/unrecognised-sql" => {
            ("unknown", format!("{}: {}", edited.subject, edited.message))
        }
        Some(breaks) => ("unknown", format!("production's code may break on {}: {}", breaks.subject, breaks.message)),
        None if unknown > 0 => (
            "unknown",
            match unknown {
                1 => "what 1 migration or statement does could not be told".to_owned(),
                n => format!("what {n} migrations or statements do could not be told"),
            },
        ),
        None => ("yes", "the migrations take nothing from production's code".to_owned()),
    };
    let emptied = findings.iter().find(|finding| finding.rule == TRUNCATE);
    let rollback = match (word, emptied) {
        (_, Some(emptied)) => format!("no: {}", emptied.message),
        ("no", None) => format!("no: a rollback does not undo the migration, and {why}"),
        (word, None) => format!("{word}: {why}"),
    };
    facts.text("side-by-side", format!("{word}: {why}")).text("rollback", rollback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(findings: &[Finding]) -> (String, String) {
        let facts = add(Facts::new(), findings);
        let text = |name: &str| facts.get(name).and_then(|fact| fact.text.clone()).unwrap();
        (text("side-by-side"), text("rollback"))
    }

    #[test]
    fn a_dropped_column_that_is_named_can_not_be_rolled_back() {
        let dropped = Finding::new("migration/drop-column", "t.a", Severity::Stop, "drops column a");
        let (beside, back) = answers(&[dropped]);
        assert_eq!(beside, "no: production's code breaks on t.a: drops column a");
        assert_eq!(
            back,
            "no: a rollback does not undo the migration, and production's code breaks on t.a: drops column a"
        );
    }

    #[test]
    fn what_was_not_read_is_no_yes() {
        let unknown = Finding::unknown("migration/unknown", "m.py", "it is code");
        assert!(answers(&[unknown]).1.starts_with("unknown: "));
        let perhaps = Finding::new("migration/rename-table", "t", Severity::Caution, "renames t");
        assert!(answers(&[perhaps]).0.starts_with("unknown: "));
    }

    #[test]
    fn blocking_work_is_another_question() {
        let blocks = Finding::new("migration/index-blocks", "t", Severity::Stop, "blocks writers");
        let unused = Finding::new("migration/drop-column", "t.a", Severity::Note, "drops a column nobody names");
        assert!(answers(&[blocks, unused]).1.starts_with("yes: "));
    }

    #[test]
    fn rows_that_are_gone_stay_gone() {
        let emptied = Finding::new(TRUNCATE, "t", Severity::Caution, "empties t");
        let (beside, back) = answers(&[emptied]);
        assert_eq!(beside, "unknown: production's code may break on t: empties t");
        assert_eq!(back, "no: empties t");
    }

    #[test]
    fn even_a_note_leaves_the_question_open() {
        let check = Finding::new("migration/may-break-code", "t", Severity::Note, "a new check of t");
        assert!(answers(&[check]).0.starts_with("unknown: "));
        let edited = Finding::new("migration/edited-shipped", "a.sql", Severity::Note, "is edited");
        assert_eq!(answers(&[edited]).1, "unknown: a.sql: is edited");
    }

    #[test]
    fn the_rules_exist() {
        for rule in BREAKING.into_iter().chain(OPEN).chain([TRUNCATE]) {
            assert!(crate::RULES.iter().any(|known| known.id == rule), "{rule}");
        }
    }
}
