//! For a job's log on GitHub Actions: workflow commands that become annotations.
//!
//! Source: "Workflow commands for GitHub Actions" in GitHub's documentation, and the escaping of `ActionCommand.cs` of the
//! runner (`%`, CR and LF in a message; also `:` and `,` in a property).

use gonogo_core::{Decision, Report};

use crate::summary::{Group, Summary};

/// GitHub shows ten annotations of a kind a step, and the rest in the log only.
const MOST: usize = 50;

/// The report as workflow commands, one a line: first the decision, then what stops it (`::error`), what could not be checked
/// and what a person must decide (`::error` or `::warning` by what they weigh). Every line is a command, so that no other can
/// begin one.
#[must_use]
pub fn github(report: &Report) -> String {
    let summary = Summary::of(report);
    let mut out = String::new();
    let word = summary.decision.to_string();
    command(&mut out, summary.decision, &[("title", &word)], summary.sentence.as_str());
    if let Some(overridden) = &summary.overridden {
        command(&mut out, Decision::Hold, &[("title", "Overridden")], overridden.as_str());
    }
    let groups: Vec<&Group> = [&summary.stops, &summary.unchecked, &summary.holds].into_iter().flatten().collect();
    for group in groups.iter().take(MOST) {
        annotation(&mut out, group);
    }
    if let Some(more) = groups.len().checked_sub(MOST).filter(|&more| more > 0) {
        command(&mut out, Decision::Go, &[], &format!("and {more} more: gonogo check --format json"));
    }
    out
}

fn annotation(out: &mut String, group: &Group) {
    let place = group.first_place();
    let (line, end_line) = match place {
        Some(place) => (place.line.map(|line| line.to_string()), place.end_line.map(|line| line.to_string())),
        None => (None, None),
    };
    let title = match &group.rule {
        Some(rule) => format!("{rule}: {}", group.about),
        None => group.about.to_string(),
    };
    let title = if title.is_empty() { "the gate".to_owned() } else { title };
    let mut properties: Vec<(&str, &str)> = Vec::new();
    if let Some(place) = place {
        properties.push(("file", place.path.as_str()));
    }
    properties.extend(line.as_deref().map(|line| ("line", line)));
    properties.extend(end_line.as_deref().map(|line| ("endLine", line)));
    properties.push(("title", &title));

    let mut lines = vec![match group.heading() {
        heading if heading.is_empty() => group.said().to_string(),
        heading if group.rule.is_none() => format!("{heading} {}", group.said()),
        heading => format!("{heading}: {}", group.said()),
    }];
    let labelled = [("blocks", &group.blocks), ("witness", &group.witness), ("remedy", &group.remedy)];
    lines.extend(labelled.into_iter().filter_map(|(label, text)| text.as_ref().map(|text| format!("{label}: {text}"))));
    match group.further_places() {
        0 => {}
        1 => lines.push("and 1 more place".to_owned()),
        more => lines.push(format!("and {more} more places")),
    }
    command(out, group.weight, &properties, &lines.join("\n"));
}

fn command(out: &mut String, weight: Decision, properties: &[(&str, &str)], message: &str) {
    out.push_str(match weight {
        Decision::NoGo => "::error",
        Decision::Hold => "::warning",
        Decision::Go => "::notice",
    });
    for (place, (name, value)) in properties.iter().enumerate() {
        out.push(if place == 0 { ' ' } else { ',' });
        out.push_str(name);
        out.push('=');
        // A property's value is trimmed by the runner, and one without a value is none.
        out.push_str(&escaped(value, true));
    }
    out.push_str("::");
    out.push_str(&escaped(message, false));
    out.push('\n');
}

fn escaped(text: &str, property: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if property => out.push_str("%3A"),
            ',' if property => out.push_str("%2C"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_property_or_a_line_is_escaped() {
        assert_eq!(escaped("a:b,c%d\r\ne", true), "a%3Ab%2Cc%25d%0D%0Ae");
        assert_eq!(escaped("a:b,c%d\r\ne", false), "a:b,c%25d%0D%0Ae");
    }
}
