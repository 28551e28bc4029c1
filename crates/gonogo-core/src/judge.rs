//! From entries to a decision: the one place where a decision is made.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::decision::Decision;
use crate::deploy::Deploy;
use crate::finding::Severity;
use crate::outcome::{Conclusion, Outcome};
use crate::policy::{Lapse, Policy, Requirement};
use crate::report::{Because, Clearance, Entry, Lapsed, Mode, Reason, Report};
use crate::timestamp::Timestamp;

/// Judges what checks said about a deploy. Pure: the same arguments give the same report, byte for byte, whoever calls it.
///
/// The decision is the maximum over all enforced entries: errored, timed out, panicked, missing, and ids that occur twice give
/// NoGo; a finding gives NoGo as a stop and Hold as a caution; undetermined, stale evidence, and a required check that does not
/// apply give Hold; so does a gate in which nothing was examined. Live waivers lower the findings they name to notes, live
/// approvals clear the Holds they name. Order of the entries does not matter.
///
/// `now` is the time of the decision, `None` when no clock can be trusted; then no waiver, approval or override lives.
///
/// O(f (w + a)) for f findings, w waivers, a approvals.
///
/// ```
/// use gonogo_core::{judge, Decision, Deploy, Entry, Facts, ObjectId, Outcome, Policy, Revision};
/// # let revision = Revision::from_id("a".repeat(40).parse::<ObjectId>()?);
/// let deploy = Deploy::new("shop", "production", revision.clone(), revision);
/// let said = Entry::completed("team/tests", Outcome::examined(vec![], Facts::new().count("tests", 812)));
/// assert_eq!(judge(&deploy, &Policy::new(), vec![said.clone()], None).decision, Decision::Go);
/// assert_eq!(judge(&deploy, &Policy::new().require("team/scan"), vec![said], None).decision, Decision::NoGo);
/// # Ok::<(), gonogo_core::ObjectIdError>(())
/// ```
#[must_use]
pub fn judge(deploy: &Deploy, policy: &Policy, mut entries: Vec<Entry>, now: Option<Timestamp>) -> Report {
    add_missing(policy, &mut entries);
    entries.sort_by(|a, b| {
        // Twins of one id are ordered by their text, so that even then the order given does not matter.
        (&a.check, a.mode as u8).cmp(&(&b.check, b.mode as u8)).then_with(|| text(a).cmp(&text(b)))
    });

    let mut bench = Bench { deploy, policy, now, used: BTreeSet::new(), reasons: Vec::new(), ends: Vec::new() };
    for (place, entry) in entries.iter().enumerate() {
        let twin =
            |other: Option<&Entry>| other.is_some_and(|other| (&other.check, other.mode) == (&entry.check, entry.mode));
        let before = place.checked_sub(1).and_then(|place| entries.get(place));
        if twin(before) || twin(entries.get(place + 1)) {
            bench.uncleared(entry, Because::DuplicateId);
        }
        bench.hear(entry);
    }
    if !entries.iter().any(examined_something) {
        bench.reasons.push(Reason {
            check: String::new(),
            because: Because::NothingExamined,
            weight: Decision::Hold,
            counts: Decision::Hold,
            cleared_by: None,
            shadow: false,
        });
    }
    let Bench { mut used, mut reasons, mut ends, .. } = bench;
    reasons.sort_by(|a, b| {
        (b.counts, b.weight).cmp(&(a.counts, a.weight)).then_with(|| (&a.check, a.because).cmp(&(&b.check, b.because)))
    });
    let decision = reasons.iter().map(|reason| reason.counts).fold(Decision::Go, Decision::join);

    let live = |place: &usize| policy.overrides[*place].lapse(&deploy.head.id, now).is_none();
    let overridden_by = (decision == Decision::NoGo).then(|| (0..policy.overrides.len()).find(live)).flatten();
    if let Some(place) = overridden_by {
        used.insert(Clearance::Override(place));
        ends.push(policy.overrides[place].until);
    }
    let longest = policy.valid_for_seconds.and_then(|seconds| now?.checked_add(Duration::from_secs(seconds)));
    let valid_until = now.and(ends.into_iter().chain(longest).min());
    let lapsed = lapsed(deploy, policy, now, &used);
    Report::new(decision, deploy.clone(), now, valid_until, policy.clone(), overridden_by, reasons, lapsed, entries)
}

/// Required checks that nobody ran are entries of their own; a shadow does not stand in for a required check.
fn add_missing(policy: &Policy, entries: &mut Vec<Entry>) {
    for check in policy.requirements.keys() {
        let there = entries.iter().any(|entry| entry.check == *check && entry.mode == Mode::Enforced);
        if !there {
            entries.push(Entry::new(check.clone(), Conclusion::Missing));
        }
    }
}

fn text(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

fn examined_something(entry: &Entry) -> bool {
    entry.mode == Mode::Enforced
        && entry.ended.outcome().and_then(Outcome::facts).is_some_and(crate::facts::Facts::examined_something)
}

struct Bench<'a> {
    deploy: &'a Deploy,
    policy: &'a Policy,
    now: Option<Timestamp>,
    used: BTreeSet<Clearance>,
    reasons: Vec<Reason>,
    ends: Vec<Timestamp>,
}

impl Bench<'_> {
    fn hear(&mut self, entry: &Entry) {
        match &entry.ended {
            Conclusion::Completed { result } => self.weigh(entry, result),
            Conclusion::Errored { .. } => self.uncleared(entry, Because::Errored),
            Conclusion::TimedOut { .. } => self.uncleared(entry, Because::TimedOut),
            Conclusion::Panicked { .. } => self.uncleared(entry, Because::Panicked),
            Conclusion::Missing => self.uncleared(entry, Because::Missing),
        }
    }

    fn weigh(&mut self, entry: &Entry, outcome: &Outcome) {
        match outcome {
            Outcome::Undetermined { .. } => self.held(entry, Because::Undetermined),
            Outcome::NotApplicable { .. } => {
                if self.policy.requirements.get(&entry.check) == Some(&Requirement::Required) {
                    self.held(entry, Because::NotApplicable);
                }
            }
            Outcome::Examined { findings, facts } => {
                if let Some(end) = facts.ends_at() {
                    if self.now.is_some_and(|now| now < end) {
                        if entry.mode == Mode::Enforced {
                            self.ends.push(end);
                        }
                    } else {
                        self.held(entry, Because::Stale);
                    }
                }
                for (index, finding) in findings.iter().enumerate() {
                    let weight = self.policy.weight(finding);
                    if weight == Severity::Note {
                        continue;
                    }
                    let cleared_by = self.clearance(entry, finding, weight);
                    self.push(entry, Because::Finding { index }, weight.into(), cleared_by);
                }
            }
        }
    }

    /// The first live waiver that names the finding, else, for a caution, the first live approval.
    fn clearance(&mut self, entry: &Entry, finding: &crate::finding::Finding, weight: Severity) -> Option<Clearance> {
        let (policy, head, now) = (self.policy, &self.deploy.head.id, self.now);
        for (place, waiver) in policy.waivers.iter().enumerate() {
            if waiver.names(finding) && waiver.lapse(head, now).is_none() {
                self.use_up(entry, Clearance::Waiver(place), waiver.until);
                return Some(Clearance::Waiver(place));
            }
        }
        if weight != Severity::Caution {
            return None;
        }
        self.approval(entry, |approval| approval.names(&entry.check, finding))
    }

    fn approval(&mut self, entry: &Entry, names: impl Fn(&crate::policy::Approval) -> bool) -> Option<Clearance> {
        let (head, now) = (&self.deploy.head.id, self.now);
        let live = |approval: &crate::policy::Approval| names(approval) && approval.lapse(head, now).is_none();
        let place = self.policy.approvals.iter().position(live)?;
        let until = self.policy.approvals[place].until;
        self.use_up(entry, Clearance::Approval(place), until);
        Some(Clearance::Approval(place))
    }

    /// What clears something of a shadow check does not make the decision end earlier.
    fn use_up(&mut self, entry: &Entry, clearance: Clearance, until: Timestamp) {
        self.used.insert(clearance);
        if entry.mode == Mode::Enforced {
            self.ends.push(until);
        }
    }

    /// A Hold that an approval of the whole check clears.
    fn held(&mut self, entry: &Entry, because: Because) {
        let cleared_by = self.approval(entry, |approval| approval.names_check(&entry.check));
        self.push(entry, because, Decision::Hold, cleared_by);
    }

    /// A NoGo that nothing clears.
    fn uncleared(&mut self, entry: &Entry, because: Because) {
        self.push(entry, because, Decision::NoGo, None);
    }

    fn push(&mut self, entry: &Entry, because: Because, weight: Decision, cleared_by: Option<Clearance>) {
        let shadow = entry.mode == Mode::Shadow;
        let counts = if shadow || cleared_by.is_some() { Decision::Go } else { weight };
        self.reasons.push(Reason { check: entry.check.clone(), because, weight, counts, cleared_by, shadow });
    }
}

fn lapsed(deploy: &Deploy, policy: &Policy, now: Option<Timestamp>, used: &BTreeSet<Clearance>) -> Vec<Lapsed> {
    let head = &deploy.head.id;
    let waivers = policy.waivers.iter().enumerate().map(|(i, w)| (Clearance::Waiver(i), w.lapse(head, now)));
    let approvals = policy.approvals.iter().enumerate().map(|(i, a)| (Clearance::Approval(i), a.lapse(head, now)));
    let overrides = policy.overrides.iter().enumerate().map(|(i, o)| (Clearance::Override(i), o.lapse(head, now)));
    waivers
        .chain(approvals)
        .chain(overrides)
        .filter(|(which, _)| !used.contains(which))
        .map(|(which, lapse)| Lapsed::new(which, lapse.unwrap_or(Lapse::Unused)))
        .collect()
}
