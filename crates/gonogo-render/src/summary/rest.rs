//! What is folded.

use std::collections::BTreeMap;

use gonogo_core::{Conclusion, Decision, Mode, Outcome, Report, Severity};

use super::clearing;
use super::group::Group;
use super::sort::duration;
use crate::plain::Plain;

const TEXT: usize = 300;
const NAME: usize = 120;

/// Something that a check told in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told {
    /// What it is called: the name of a fact, or of a check.
    pub name: Plain,
    /// What is told.
    pub text: Plain,
}

/// A check that counts for nothing, and what it would have said.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shadow {
    /// The check.
    pub check: Plain,
    /// The decision it would have led to.
    pub would_say: Decision,
    /// Why.
    pub groups: Vec<Group>,
}

/// One check, and how its run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckLine {
    /// The check.
    pub check: Plain,
    /// Whether it counts for nothing.
    pub shadow: bool,
    /// How its run ended: `3 findings`, `did not complete: timed out`.
    pub ended: Plain,
    /// How long it ran.
    pub took: Option<Plain>,
}

pub(super) fn deploy(report: &Report) -> Plain {
    let deploy = &report.deploy;
    let name = |text: &str| Plain::shortened(text, NAME).to_string();
    let revision = |revision: &gonogo_core::Revision| match &revision.name {
        Some(given) if *given != revision.id.to_string() => format!("{} ({})", name(given), revision.id.short()),
        _ => revision.id.short(),
    };
    let asked = deploy.requested_by.as_ref().map_or(String::new(), |who| format!(", asked for by {}", name(who)));
    Plain::of(&format!(
        "Deploying {} to {}: {} → {}{asked}",
        name(&deploy.service),
        name(&deploy.environment),
        revision(&deploy.base),
        revision(&deploy.head)
    ))
}

pub(super) fn told(report: &Report) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Enforced) {
        let facts = entry.ended.outcome().and_then(Outcome::facts);
        for fact in facts.into_iter().flat_map(|facts| facts.iter()) {
            let Some(text) = &fact.text else { continue };
            if matches!(fact.name.as_str(), "side-by-side" | "rollback") {
                continue;
            }
            let one = Told {
                name: Plain::shortened(&fact.name.replace(['-', '_'], " "), NAME),
                text: Plain::shortened(text, TEXT),
            };
            if !told.contains(&one) {
                told.push(one);
            }
        }
    }
    told
}

pub(super) fn notes(report: &Report) -> Vec<Group> {
    let mut by_rule: BTreeMap<&str, Group> = BTreeMap::new();
    for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Enforced) {
        let notes = entry.findings().iter().filter(|finding| report.weight(finding) == Severity::Note);
        for finding in notes.filter(|finding| !clearing::is_in_file(report, entry, finding)) {
            let group = Group::of_finding(&entry.check, Decision::Go, finding);
            match by_rule.entry(&finding.rule) {
                std::collections::btree_map::Entry::Vacant(new) => {
                    new.insert(group);
                }
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    known.get_mut().members.extend(group.members)
                }
            }
        }
    }
    let mut notes: Vec<Group> = by_rule.into_values().collect();
    notes.iter_mut().for_each(Group::rename);
    notes.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    notes
}

pub(super) fn shadows(report: &Report, mut reasons: BTreeMap<String, Vec<Group>>) -> Vec<Shadow> {
    let mut shadows: Vec<Shadow> = Vec::new();
    for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Shadow) {
        let groups = reasons.remove(&entry.check).unwrap_or_default();
        let check = Plain::shortened(&entry.check, NAME);
        if shadows.iter().any(|known| known.check == check) {
            continue;
        }
        let would_say = groups.iter().filter(|group| group.cleared_by.is_none()).map(|group| group.weight).max();
        shadows.push(Shadow { check, would_say: would_say.unwrap_or(Decision::Go), groups });
    }
    shadows
}

pub(super) fn inapplicable(report: &Report) -> Vec<Told> {
    let one = |entry: &gonogo_core::Entry| match entry.ended.outcome() {
        Some(Outcome::NotApplicable { why }) if entry.mode == Mode::Enforced => {
            Some(Told { name: Plain::shortened(&entry.check, NAME), text: Plain::shortened(why, TEXT) })
        }
        _ => None,
    };
    report.entries.iter().filter_map(one).collect()
}

pub(super) fn checks(report: &Report) -> Vec<CheckLine> {
    let line = |entry: &gonogo_core::Entry| CheckLine {
        check: Plain::shortened(&entry.check, NAME),
        shadow: entry.mode == Mode::Shadow,
        ended: Plain::of(&match &entry.ended {
            Conclusion::Completed { result: Outcome::Examined { findings, .. } } => match findings.len() {
                0 => "found nothing".to_owned(),
                1 => "1 finding".to_owned(),
                several => format!("{several} findings"),
            },
            Conclusion::Completed { result: Outcome::NotApplicable { .. } } => "does not apply".to_owned(),
            Conclusion::Completed { result: Outcome::Undetermined { .. } } => "could not tell".to_owned(),
            Conclusion::Errored { .. } => "did not complete: error".to_owned(),
            Conclusion::TimedOut { .. } => "did not complete: timed out".to_owned(),
            Conclusion::Panicked { .. } => "did not complete: panicked".to_owned(),
            Conclusion::Missing => "did not complete: missing".to_owned(),
            _ => "ended in a way that this version does not know".to_owned(),
        }),
        took: entry.took_milliseconds.map(|took| Plain::of(&duration(took))),
    };
    report.entries.iter().map(line).collect()
}

/// When it was decided and how long it is good, with so many digits of the policy's digest.
pub(super) fn standing(report: &Report, digits: usize) -> Plain {
    let decided = match report.decided_at {
        Some(at) => format!("Decided {}", moment(at)),
        None => "Decided with no clock that could be trusted".to_owned(),
    };
    let good = match report.valid_until {
        Some(until) => format!(", good until {}", moment(until)),
        None => String::new(),
    };
    let shown: String = report.policy_digest.chars().take("sha256:".len() + digits).collect();
    Plain::of(&format!("{decided}{good}; policy {shown}."))
}

/// An instant for people: the second in which it lies.
pub(super) fn moment(at: gonogo_core::Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}
