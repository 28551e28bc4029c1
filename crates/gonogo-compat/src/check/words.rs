//! What the check says: findings, and the two answers.

use gonogo_core::{Facts, Finding, Location, RepoPath, Revision, Severity};
use serde_json::Value;

use super::judge::Broken;
use crate::breaks::short;
use crate::openapi::line_of;
use crate::rollout::{Channel, Phase, Requirement, Rollout, Version, describe};

/// The texts of a contract's two versions, for locations.
pub(super) struct Texts<'t> {
    pub(super) path: &'t RepoPath,
    pub(super) base_path: &'t RepoPath,
    pub(super) old: &'t str,
    pub(super) new: &'t str,
    pub(super) base: &'t Revision,
    /// Earlier releases: name, revision, and the text where there was one.
    pub(super) earlier: &'t [(String, Option<Revision>, Option<String>)],
}

impl Texts<'_> {
    /// `old`, `new`, or `earlier (v1.3.0)`.
    fn name(&self, version: Version) -> String {
        match version {
            Version::Earlier(place) => {
                let named = self.earlier.get(usize::from(place)).map_or("", |(name, ..)| name.as_str());
                format!("earlier ({named})")
            }
            version => version.name().to_owned(),
        }
    }
}

pub(super) fn finding(broken: &Broken, contract: &str, texts: &Texts<'_>) -> Finding {
    let (b, first) = (&broken.broken, broken.requirements.first());
    let scene = first.map_or(String::new(), |r| format!("{}: ", describe(broken.channel, *r)));
    let shown = b.witness.as_ref().map_or(String::new(), |w| format!(" (for example {})", short(w)));
    let message = format!("{scene}{}: {}{shown}", b.subject, b.message);
    let subject = format!("{contract} {}", b.subject);
    let mut finding = if b.is_proved() {
        Finding::new(b.rule, subject, broken.severity, message)
    } else {
        Finding::unknown(b.rule, subject, message)
    };
    finding = finding
        .evidence("writer", texts.name(broken.writer()))
        .evidence("reader", texts.name(broken.reader()))
        .evidence("phases", phases(&broken.requirements))
        .evidence("pointer", b.pointer.clone())
        .remedy(b.remedy.clone());
    if let Some(witness) = &b.witness {
        finding = finding.evidence("witness", witness.to_value());
        if !b.place.is_empty() {
            finding = finding.evidence("rejected", b.place.clone());
        }
    }
    if let Some(pointer) = &b.counterpart {
        let other = location(!b.in_reader, pointer, broken, texts);
        let line = other.line.map_or_else(String::new, |line| format!(":{line}"));
        let whose = if b.in_reader { broken.writer() } else { broken.reader() };
        finding = finding.evidence("counterpart", format!("{}{line} ({}) {pointer}", other.path, texts.name(whose)));
    }
    finding.at(location(b.in_reader, &b.pointer, broken, texts))
}

fn phases(requirements: &[Requirement]) -> Value {
    Value::Array(requirements.iter().map(|r| Value::String(r.phase.words().to_owned())).collect())
}

fn location(in_reader: bool, pointer: &str, broken: &Broken, texts: &Texts<'_>) -> Location {
    let version = if in_reader { broken.reader() } else { broken.writer() };
    let (path, text, revision) = match version {
        Version::Old => (texts.base_path, texts.old, Some(texts.base)),
        Version::New => (texts.path, texts.new, None),
        Version::Earlier(place) => {
            let release = texts.earlier.get(usize::from(place));
            let text = release.and_then(|(_, _, text)| text.as_deref()).unwrap_or("");
            (texts.base_path, text, release.and_then(|(_, revision, _)| revision.as_ref()))
        }
    };
    let line = line_of(text, pointer);
    let place = line.map_or_else(|| Location::file(path.clone()), |line| Location::line(path.clone(), line));
    match revision {
        Some(revision) => place.at(revision.id),
        None => place,
    }
}

/// The two answers, from everything that breaks in all contracts.
pub(super) struct Answers {
    pub(super) side_by_side: String,
    pub(super) rollback: String,
}

pub(super) fn answers(
    broken: &[(String, Broken)],
    unknown: &[String],
    only_new: &[String],
    rollout: &Rollout,
) -> Answers {
    let say = |forward: bool| {
        let mut hurting: Vec<&(String, Broken)> = broken.iter().filter(|(_, b)| b.hurts(forward)).collect();
        hurting.sort_by_key(|(_, b)| (std::cmp::Reverse(b.broken.is_proved()), std::cmp::Reverse(b.severity)));
        match hurting.first() {
            Some((contract, b)) if b.broken.is_proved() => {
                let scene = b.requirements.iter().find(|r| r.phase.is_forward() == forward);
                let scene = scene.map_or(String::new(), |r| describe(b.channel, *r));
                let shown = b.broken.witness.as_ref().map_or(String::new(), |w| format!(": {}", short(w)));
                Err(format!("{scene}; {contract} {}: {}{shown}", b.broken.subject, b.broken.message))
            }
            Some((contract, b)) => Ok(Some(format!("{contract} {}: {}", b.broken.subject, b.broken.message))),
            None => Ok(unknown.first().cloned().or_else(|| only_on_new_servers(broken, only_new, rollout, forward))),
        }
    };
    let side_by_side = match say(true) {
        Ok(None) => "yes".to_owned(),
        Ok(Some(why)) => format!("unknown: {why}"),
        Err(what) => format!("no: {what}"),
    };
    let rollback = if !rollout.phases().contains(&Phase::RolledBack) {
        "not asked: the rollout has no way back".to_owned()
    } else {
        match say(false) {
            Ok(None) => "yes".to_owned(),
            Ok(Some(why)) => format!("unknown: {why}"),
            Err(what) => format!("no, once this was written or sent: {what}"),
        }
    };
    Answers { side_by_side, rollback }
}

/// Operations that old servers lack, where a page of a new server may call an old one: whether it does is not in the contract.
fn only_on_new_servers(
    broken: &[(String, Broken)],
    only_new: &[String],
    rollout: &Rollout,
    forward: bool,
) -> Option<String> {
    let meets = |r: &Requirement| r.phase.is_forward() == forward && r.writer == Version::New;
    if !rollout.requirements(Channel::Request).iter().any(meets) {
        return None;
    }
    let added = broken.iter().filter(|(_, b)| b.broken.rule == "compat/operation-added");
    let mut names: Vec<String> = added.map(|(_, b)| b.broken.subject.clone()).collect();
    names.extend_from_slice(only_new);
    let (verb, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
    (!names.is_empty()).then(|| {
        format!(
            "{} {verb} only on new servers ({}); a page from a new server may call {them} on an old one",
            counted(names.len(), "operation"),
            some_of(&names)
        )
    })
}

/// `1 operation`, `2 operations`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The first names of a list.
pub(super) fn some_of(names: &[String]) -> String {
    let shown = names.get(..3).map_or_else(|| names.join(", "), |first| first.join(", "));
    if names.len() > 3 { format!("{shown}, ...") } else { shown }
}

/// How the rollout is understood, for the facts.
pub(super) fn rollout_facts(facts: Facts, rollout: &Rollout) -> Facts {
    let strategy =
        serde_json::to_value(rollout.strategy).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let mut words = vec![strategy];
    let mut say = |holds: bool, yes: &str, no: &str| words.push(if holds { yes } else { no }.to_owned());
    say(rollout.session_affinity, "sessions stay on servers of their version", "no session affinity");
    say(rollout.lingering_clients, "open pages outlive the deploy", "no open pages outlive the deploy");
    say(rollout.declared, "declared", "assumed");
    if !rollout.earlier_releases.is_empty() {
        words.push(format!("clients and data of {} are still there", rollout.earlier_releases.join(", ")));
    }
    let facts = facts.text("rollout", words.join(", "));
    if rollout.mitigations.is_empty() {
        facts
    } else {
        facts.list("mitigations declared and not taken into account", rollout.mitigations.clone())
    }
}

/// A severity that a contract which cannot be compared has.
pub(super) fn not_compared(contract: &str, path: &RepoPath, what: &str, remedy: &str) -> Finding {
    Finding::unknown("compat/format-not-compared", contract, what).at(Location::file(path.clone())).remedy(remedy)
}

pub(super) fn unreadable(contract: &str, location: Location, what: &str) -> Finding {
    Finding::unknown("compat/unreadable", contract, what)
        .at(location)
        .remedy("correct the file at the place that is named")
}

/// A removed contract: `lost` says what clients may have called of it.
pub(super) fn removed(contract: &str, path: &RepoPath, base: &Revision, lost: Option<&str>) -> Finding {
    let severity = if lost.is_some() { Severity::Caution } else { Severity::Note };
    let what = lost.unwrap_or("the contract was removed");
    Finding::new(
        "compat/contract-removed",
        contract,
        severity,
        format!("{what}; nothing in the change says who still reads or writes by it"),
    )
    .at(Location::file(path.clone()).at(base.id))
    .remedy("make sure that nothing still reads or writes by it")
}

/// The channel that a schema's path suggests.
pub(super) fn channel_of(path: &str) -> Channel {
    let path = path.to_ascii_lowercase();
    let messages = ["event", "message", "topic", "kafka", "queue", ".avsc"];
    if messages.iter().any(|word| path.contains(word)) { Channel::Message } else { Channel::StoredData }
}
