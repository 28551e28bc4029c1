//! `migration/unrecognised-sql`: files of SQL change the schema, and nothing says whether they are migrations.

use gonogo_core::{Finding, Location, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "migration/unrecognised-sql",
    "a changed file of SQL holds schema changes and is of no layout of migrations that is known",
    Severity::Note,
    "give the file to `gonogo migration FILE`, or keep migrations in a layout that is known",
);

/// One finding about all such files; `None` when there is none.
pub(crate) fn finding(paths: &[String]) -> Option<Finding> {
    let first = paths.first()?;
    let why = match paths.len() {
        1 => "this file changes the schema, and is of no layout of migrations that is known, so it was not examined"
            .to_owned(),
        n => format!(
            "{n} files change the schema, and are of no layout of migrations that is known, so they were not examined: {}{}",
            paths.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "),
            if n > 5 { format!(" and {} more", n - 5) } else { String::new() }
        ),
    };
    Some(
        Finding::new(RULE.id, first.as_str(), Severity::Note, why)
            .at(Location::file(first.as_str()))
            .evidence("paths", paths.to_vec())
            .remedy("if production runs them, look at each with `gonogo migration FILE`, or move them to a directory called migrations"),
    )
}
