//! For tools that read SARIF: code scanning, editors, viewers.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", errata 01, with the section in each comment
//! below. Only what is used is modelled.

use std::collections::BTreeMap;

use gonogo_core::{Because, Decision, Finding, Location, Mode, Reason, Report, Rule, Severity};
use serde::Serialize;
use serde_json::Value;

use crate::junit::kind;
use crate::plain::Plain;
use crate::summary::{Summary, clearance_in_words, group_of};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Finished>,
    properties: BTreeMap<&'static str, Value>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Descriptor>,
}

/// Section 3.49, reportingDescriptor.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_configuration: Option<Configuration>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

/// Section 3.27, result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finished {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<&'static str, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

/// Section 3.30, region. Columns are left out: gonogo counts them in bytes, SARIF in characters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
}

/// Section 3.35, suppression.
#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

/// Section 3.20, invocation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time_utc: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: Reference,
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
struct Reference {
    id: String,
}

/// The report as SARIF 2.1.0.
///
/// A finding is a result of its rule, anything else that weighs a result of the rule `gonogo/timed-out` and the like. A stop is
/// an `error`, a caution a `warning`. What was cleared, or comes from a shadow check, is suppressed and says why. The decision
/// is in the invocation and in the properties of the run.
#[must_use]
pub fn sarif(report: &Report) -> String {
    sarif_with_rules(report, &[])
}

/// As [`sarif`], with what is known about the rules: their summaries, remedies and severities out of the box.
#[must_use]
pub fn sarif_with_rules(report: &Report, known: &[Rule]) -> String {
    let summary = Summary::of(report);
    let mut rules = Rules { known, ids: Vec::new() };
    let mut results: Vec<Finished> =
        report.reasons.iter().map(|reason| of_reason(report, reason, &mut rules)).collect();
    for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Enforced) {
        let notes = entry.findings().iter().filter(|finding| report.weight(finding) == Severity::Note);
        results.extend(notes.map(|note| of_note(&entry.check, note, &mut rules)));
    }
    let incomplete = |reason: &&Reason| {
        use Because::{DuplicateId, Errored, Missing, Panicked, TimedOut};
        !reason.shadow && matches!(reason.because, Errored | TimedOut | Panicked | Missing | DuplicateId)
    };
    let notifications: Vec<Notification> =
        report.reasons.iter().filter(incomplete).map(|r| notification(report, r)).collect();
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            invocations: [Invocation {
                execution_successful: notifications.is_empty() && report.verify().is_ok(),
                exit_code: summary.decision.exit_code(),
                exit_code_description: summary.sentence.to_string(),
                end_time_utc: report.decided_at.map(|at| at.to_string()),
                tool_execution_notifications: notifications,
            }],
            results,
            properties: properties(report, &summary),
            tool: Tool {
                driver: Driver { name: "gonogo", version: env!("CARGO_PKG_VERSION"), rules: rules.descriptors() },
            },
        }],
    };
    // Maps with text keys, texts and numbers always have a JSON form.
    serde_json::to_string_pretty(&log).unwrap_or_default()
}

fn properties(report: &Report, summary: &Summary) -> BTreeMap<&'static str, Value> {
    let mut properties = BTreeMap::from([
        ("decision", Value::from(summary.decision.to_string())),
        ("deploy", Value::from(summary.deploy.to_string())),
        ("base", Value::from(report.deploy.base.id.to_string())),
        ("head", Value::from(report.deploy.head.id.to_string())),
        ("policyDigest", Value::from(report.policy_digest.clone())),
    ]);
    if let Some(overridden) = &summary.overridden {
        properties.insert("overridden", Value::from(overridden.to_string()));
    }
    properties
}

/// The rules that occur, in the order in which they occur.
struct Rules<'a> {
    known: &'a [Rule],
    ids: Vec<String>,
}

impl Rules<'_> {
    fn place(&mut self, id: &str) -> usize {
        self.ids.iter().position(|known| known == id).unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        })
    }

    fn descriptors(self) -> Vec<Descriptor> {
        let known = self.known;
        let descriptor = |id: String| {
            let rule = known.iter().find(|rule| rule.id == id);
            Descriptor {
                short_description: rule.map(|rule| Text { text: rule.summary.to_owned() }),
                help: rule.map(|rule| Text { text: rule.remedy.to_owned() }),
                default_configuration: rule.map(|rule| Configuration { level: level(rule.severity.into()) }),
                id,
            }
        };
        self.ids.into_iter().map(descriptor).collect()
    }
}

fn level(weight: Decision) -> &'static str {
    match weight {
        Decision::Go => "note",
        Decision::Hold => "warning",
        Decision::NoGo => "error",
    }
}

fn of_reason(report: &Report, reason: &Reason, rules: &mut Rules<'_>) -> Finished {
    let mut result = match reason.finding(report) {
        Some(finding) => of_finding(&reason.check, finding, reason.weight, rules),
        None => {
            let group = group_of(report, reason);
            let id = format!("gonogo/{}", kind(reason.because));
            let text = format!("{} {}", group.about, group.message);
            Finished {
                rule_index: rules.place(&id),
                rule_id: id,
                level: level(reason.weight),
                message: Text { text: with_remedy(text.trim_start(), group.remedy.as_ref()) },
                locations: Vec::new(),
                suppressions: Vec::new(),
                properties: BTreeMap::from([("check", Value::from(Plain::of(&reason.check).to_string()))]),
            }
        }
    };
    let justification = match (reason.shadow, reason.cleared_by) {
        (true, _) => "a shadow check: it counts for nothing".to_owned(),
        (false, Some(clearance)) => clearance_in_words(report, clearance).to_string(),
        (false, None) => return result,
    };
    result.suppressions.push(Suppression { kind: "external", status: "accepted", justification });
    result
}

fn of_note(check: &str, finding: &Finding, rules: &mut Rules<'_>) -> Finished {
    of_finding(check, finding, Decision::Go, rules)
}

fn of_finding(check: &str, finding: &Finding, weight: Decision, rules: &mut Rules<'_>) -> Finished {
    let id = Plain::of(&finding.rule).to_string();
    let (subject, message) = (Plain::of(&finding.subject), Plain::of(&finding.message));
    let text = match message.as_str().starts_with(subject.as_str()) {
        true => message.to_string(),
        false => format!("{subject}: {message}"),
    };
    let mut properties = BTreeMap::from([
        ("check", Value::from(Plain::of(check).to_string())),
        ("subject", Value::from(subject.to_string())),
    ]);
    if finding.certainty == gonogo_core::Certainty::Unknown {
        properties.insert("certainty", Value::from("unknown"));
    }
    Finished {
        rule_index: rules.place(&id),
        rule_id: id,
        level: level(weight),
        message: Text { text: with_remedy(&text, finding.remedy.as_deref().map(Plain::of).as_ref()) },
        locations: finding.location.as_ref().map(place).into_iter().collect(),
        suppressions: Vec::new(),
        properties,
    }
}

fn with_remedy(text: &str, remedy: Option<&Plain>) -> String {
    unlinked(&match remedy {
        Some(remedy) => format!("{}. Remedy: {remedy}", text.trim_end_matches('.')),
        None => text.to_owned(),
    })
}

fn place(location: &Location) -> Place {
    let start = location.line.filter(|&line| line > 0);
    let region =
        start.map(|start_line| Region { start_line, end_line: location.end_line.filter(|&end| end > start_line) });
    Place {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(location.path.as_bytes()), uri_base_id: "%SRCROOT%" },
            region,
        },
    }
}

/// The relative reference of RFC 3986 that stands for a path: what is not unreserved is percent-encoded, byte by byte.
fn uri(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        let separates = byte == b'/' && !out.is_empty();
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || separates {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A plain text message may contain links, `[text](target)` (section 3.11.6): what looks like one is kept from being one.
fn unlinked(text: &str) -> String {
    match text.contains("](") {
        true => text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"),
        false => text.to_owned(),
    }
}

fn notification(report: &Report, reason: &Reason) -> Notification {
    let group = group_of(report, reason);
    Notification {
        descriptor: Reference { id: format!("gonogo/{}", kind(reason.because)) },
        level: "error",
        message: Text { text: unlinked(&format!("{} {}", group.about, group.message)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_reference() {
        assert_eq!(uri(b"db/migrate/001.sql"), "db/migrate/001.sql");
        assert_eq!(uri(b"a b/c%d\xff:e"), "a%20b/c%25d%FF%3Ae");
        assert_eq!(uri(b"/etc//x"), "%2Fetc//x");
        assert_eq!(uri(b"//host/x"), "%2F/host/x");
    }

    #[test]
    fn no_message_makes_a_link() {
        assert_eq!(unlinked("x](https://e) [y]"), "x\\](https://e) \\[y\\]");
        assert_eq!(unlinked("id int[] (array)"), "id int[] (array)");
    }
}
