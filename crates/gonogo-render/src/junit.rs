//! For systems that read the XML of JUnit: every check is a suite, every reason that counts a failure.
//!
//! There is no standard of this format. Source: the schema that Jenkins' xUnit plugin publishes (`junit-10.xsd`) and the page
//! of `testmoapp/junitxml` on what its readers understand.

use std::collections::HashSet;

use gonogo_core::{Because, Conclusion, Decision, Mode, Outcome, Reason, Report};

use crate::plain::Plain;
use crate::summary::{Group, Summary, clearance_in_words, group_of};

/// The report as JUnit XML. There are as many `<failure>` elements as reasons that count, Holds among them; what was cleared,
/// what a shadow found and what does not apply is `<skipped>`; notes are not told.
#[must_use]
pub fn junit(report: &Report) -> String {
    let summary = Summary::of(report);
    let mut suites: Vec<Suite> = Vec::new();
    let mut seen: HashSet<(&str, bool)> = HashSet::new();
    for entry in &report.entries {
        // Twins of one id share their reasons.
        if !seen.insert((&entry.check, entry.mode == Mode::Shadow)) {
            continue;
        }
        let name = suite_name(&entry.check, entry.mode == Mode::Shadow);
        let of_entry = |reason: &&Reason| reason.check == entry.check && reason.shadow == (entry.mode == Mode::Shadow);
        let mut suite = Suite { name, cases: Vec::new(), took: entry.took_milliseconds };
        suite.cases.extend(report.reasons.iter().filter(of_entry).map(|reason| Case::of(report, reason)));
        if suite.cases.is_empty() {
            suite.cases.push(match &entry.ended {
                Conclusion::Completed { result: Outcome::NotApplicable { why } } => {
                    Case::skipped(&entry.check, &format!("does not apply: {}", Plain::of(why)))
                }
                _ => Case { name: Plain::of(&entry.check).to_string(), file: None, result: Ended::Passed },
            });
        }
        suites.push(suite);
    }
    let of_gate: Vec<&Reason> = report.reasons.iter().filter(|reason| reason.check.is_empty()).collect();
    let told = seen.contains(&("", false));
    if !of_gate.is_empty() && !told {
        let cases = of_gate.into_iter().map(|reason| Case::of(report, reason)).collect();
        suites.push(Suite { name: "the gate".to_owned(), cases, took: None });
    }
    if report.verify().is_err() {
        let case = Case {
            name: "verify".to_owned(),
            file: None,
            result: failure(Decision::NoGo, "Edited", summary.sentence.as_str(), ""),
        };
        suites.push(Suite { name: "the report".to_owned(), cases: vec![case], took: None });
    }
    write(&summary, &suites)
}

struct Suite {
    name: String,
    cases: Vec<Case>,
    took: Option<u64>,
}

struct Case {
    name: String,
    file: Option<(String, Option<u32>)>,
    result: Ended,
}

enum Ended {
    Passed,
    Failed { kind: String, message: String, text: String },
    Skipped { message: String },
}

fn suite_name(check: &str, shadow: bool) -> String {
    format!("{}{}", Plain::of(check), if shadow { " (shadow)" } else { "" })
}

fn failure(weight: Decision, kind: &str, message: &str, text: &str) -> Ended {
    let weight = match weight {
        Decision::NoGo => "Stop",
        _ => "Hold",
    };
    Ended::Failed { kind: format!("{weight}: {kind}"), message: message.to_owned(), text: text.to_owned() }
}

impl Case {
    fn skipped(name: &str, message: &str) -> Self {
        Self { name: Plain::of(name).to_string(), file: None, result: Ended::Skipped { message: message.to_owned() } }
    }

    fn of(report: &Report, reason: &Reason) -> Self {
        let group = group_of(report, reason);
        let name = match &group.rule {
            Some(rule) => format!("{rule}: {}", group.about),
            None => kind(reason.because).to_owned(),
        };
        let place = group.first_place();
        let name = place.map_or(name.clone(), |place| format!("{name} at {place}"));
        let file = place.map(|place| (place.path.to_string(), place.line));
        let result = match (reason.shadow, reason.cleared_by) {
            (true, _) => Ended::Skipped { message: format!("shadow, would be {}: {}", reason.weight, group.message) },
            (false, Some(clearance)) => Ended::Skipped {
                message: format!("{}; it said: {}", clearance_in_words(report, clearance), group.message),
            },
            (false, None) => {
                let kind = group.rule.as_ref().map_or_else(|| kind(reason.because), Plain::as_str);
                failure(reason.counts, kind, group.message.as_str(), &body(&group))
            }
        };
        Self { name, file, result }
    }
}

fn body(group: &Group) -> String {
    let mut lines: Vec<String> = Vec::new();
    if let Some(place) = group.first_place() {
        lines.push(format!("where: {place}"));
    }
    let labelled = [("blocks", &group.blocks), ("witness", &group.witness), ("remedy", &group.remedy)];
    lines.extend(labelled.into_iter().filter_map(|(label, text)| text.as_ref().map(|text| format!("{label}: {text}"))));
    lines.join("\n")
}

/// The reason's name where it is no finding.
pub(crate) fn kind(because: Because) -> &'static str {
    match because {
        Because::Finding { .. } => "finding",
        Because::Errored => "errored",
        Because::TimedOut => "timed-out",
        Because::Panicked => "panicked",
        Because::Missing => "missing",
        Because::DuplicateId => "duplicate-id",
        Because::Undetermined => "undetermined",
        Because::NotApplicable => "not-applicable",
        Because::Stale => "stale",
        Because::NothingExamined => "nothing-examined",
        _ => "unknown-reason",
    }
}

fn write(summary: &Summary, suites: &[Suite]) -> String {
    let count =
        |suite: &Suite, which: fn(&Ended) -> bool| suite.cases.iter().filter(|case| which(&case.result)).count();
    let failed: fn(&Ended) -> bool = |ended| matches!(ended, Ended::Failed { .. });
    let skipped: fn(&Ended) -> bool = |ended| matches!(ended, Ended::Skipped { .. });
    let all = |which: fn(&Ended) -> bool| suites.iter().map(|suite| count(suite, which)).sum::<usize>();

    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
        xml(summary.sentence.as_str()),
        all(|_| true),
        all(failed),
        all(skipped)
    ));
    for suite in suites {
        let took = suite.took.map_or(String::new(), |took| format!(" time=\"{}.{:03}\"", took / 1_000, took % 1_000));
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"{took}>\n",
            xml(&suite.name),
            suite.cases.len(),
            count(suite, failed),
            count(suite, skipped)
        ));
        for case in &suite.cases {
            write_case(&mut out, &suite.name, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn write_case(out: &mut String, suite: &str, case: &Case) {
    let place = case.file.as_ref().map_or(String::new(), |(file, line)| {
        let line = line.map_or(String::new(), |line| format!(" line=\"{line}\""));
        format!(" file=\"{}\"{line}", xml(file))
    });
    out.push_str(&format!("    <testcase classname=\"{}\" name=\"{}\"{place}", xml(suite), xml(&case.name)));
    match &case.result {
        Ended::Passed => out.push_str("/>\n"),
        Ended::Skipped { message } => {
            out.push_str(&format!(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml(message)));
        }
        Ended::Failed { kind, message, text } => out.push_str(&format!(
            ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            xml(kind),
            xml(message),
            xml(text)
        )),
    }
}

/// Text in XML or HTML, in an attribute or outside. It comes from [`Plain`]s, in which nothing is that XML cannot carry.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
