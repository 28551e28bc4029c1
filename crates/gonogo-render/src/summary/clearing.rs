//! Who answers for what, until when, and why.

use gonogo_core::{ApprovalTarget, Clearance, Decision, Entry, Finding, Lapse, Mode, Report, Severity};

use super::rest::moment;
use crate::plain::Plain;

const NAME: usize = 80;
const WHY: usize = 300;

/// `waived by ada until 2026-12-01T00:00:00Z: the table is empty`.
pub(crate) fn words(report: &Report, clearance: Clearance) -> Plain {
    let policy = &report.policy;
    let found = match clearance {
        Clearance::Waiver(place) => policy.waivers.get(place).map(|w| ("waived", &w.who, &w.why, w.until)),
        Clearance::Approval(place) => policy.approvals.get(place).map(|a| ("approved", &a.who, &a.why, a.until)),
        Clearance::Override(place) => policy.overrides.get(place).map(|o| ("overridden", &o.who, &o.why, o.until)),
        _ => None,
    };
    match found {
        Some((verb, who, why, until)) => Plain::of(&format!(
            "{verb} by {} until {}: {}",
            Plain::shortened(who, NAME),
            moment(until),
            Plain::shortened(why, WHY)
        )),
        None => Plain::of("cleared by something that the policy does not have"),
    }
}

/// Who cleared it, by name.
pub(super) fn who(report: &Report, clearance: Clearance) -> Option<Plain> {
    let policy = &report.policy;
    let who = match clearance {
        Clearance::Waiver(place) => &policy.waivers.get(place)?.who,
        Clearance::Approval(place) => &policy.approvals.get(place)?.who,
        _ => return None,
    };
    Some(Plain::shortened(who, NAME))
}

/// A finding that a check lowered to a note, because the file that it is about waives it and production's policy lets files do so.
pub(super) struct InFile<'a> {
    pub(super) entry: &'a Entry,
    pub(super) finding: &'a Finding,
    /// What it would weigh.
    pub(super) weight: Decision,
    pub(super) who: Plain,
    pub(super) words: Plain,
}

/// Every such finding of a check that counts: its evidence `waived` says who answers for it.
pub(super) fn in_files(report: &Report) -> impl Iterator<Item = InFile<'_>> {
    let counting = report.entries.iter().filter(|entry| entry.mode == Mode::Enforced);
    counting.flat_map(move |entry| entry.findings().iter().filter_map(move |finding| in_file(report, entry, finding)))
}

/// Whether it is one of these.
pub(super) fn is_in_file(report: &Report, entry: &Entry, finding: &Finding) -> bool {
    in_file(report, entry, finding).is_some()
}

fn in_file<'a>(report: &Report, entry: &'a Entry, finding: &'a Finding) -> Option<InFile<'a>> {
    // One that weighs something is told among the reasons, whatever its evidence claims.
    if report.weight(finding) != Severity::Note {
        return None;
    }
    let waived = finding.evidence.get("waived")?;
    let text = |name: &str| waived.get(name).and_then(serde_json::Value::as_str);
    let weight = match text("severity")? {
        "stop" => Decision::NoGo,
        _ => Decision::Hold,
    };
    let (who, why) = (Plain::shortened(text("who")?, NAME), Plain::shortened(text("why")?, WHY));
    let until = Plain::shortened(text("until")?, NAME);
    let words = Plain::of(&format!("waived in the file by {who} until {until}: {why}"));
    Some(InFile { entry, finding, weight, who, words })
}

pub(super) fn overridden(report: &Report) -> Option<Plain> {
    let over = report.policy.overrides.get(report.overridden_by?)?;
    if report.decision != Decision::NoGo {
        return None;
    }
    let (who, why) = (Plain::shortened(&over.who, NAME), Plain::shortened(&over.why, WHY));
    let why = why.as_str().trim_end_matches('.');
    Some(Plain::of(&format!("Overridden by {who} until {}: {why}. The decision stays NoGo.", moment(over.until))))
}

pub(super) fn lapsed(report: &Report) -> Vec<Plain> {
    let policy = &report.policy;
    let about = |subject: Option<&String>| {
        subject.map_or(String::new(), |subject| format!(" about {}", Plain::shortened(subject, NAME)))
    };
    let one = |clearance: Clearance| match clearance {
        Clearance::Waiver(place) => policy.waivers.get(place).map(|waiver| {
            let rule = Plain::shortened(&waiver.rule, NAME);
            format!("waiver of {rule}{} by {}", about(waiver.subject.as_ref()), Plain::shortened(&waiver.who, NAME))
        }),
        Clearance::Approval(place) => policy.approvals.get(place).map(|approval| {
            let who = Plain::shortened(&approval.who, NAME);
            match &approval.clears {
                ApprovalTarget::Check(id) => format!("approval of check {} by {who}", Plain::shortened(id, NAME)),
                ApprovalTarget::Rule { id, subject } => {
                    format!("approval of {}{} by {who}", Plain::shortened(id, NAME), about(subject.as_ref()))
                }
            }
        }),
        Clearance::Override(place) => {
            policy.overrides.get(place).map(|over| format!("override by {}", Plain::shortened(&over.who, NAME)))
        }
        _ => None,
    };
    let until = |clearance: Clearance| match clearance {
        Clearance::Waiver(place) => policy.waivers.get(place).map(|waiver| waiver.until),
        Clearance::Approval(place) => policy.approvals.get(place).map(|approval| approval.until),
        Clearance::Override(place) => policy.overrides.get(place).map(|over| over.until),
        _ => None,
    };
    let why = |which: Clearance, lapse: Lapse| match lapse {
        Lapse::NoClock => "no clock can say that its time is not over".to_owned(),
        Lapse::Expired => {
            until(which).map_or_else(|| "expired".to_owned(), |until| format!("expired {}", moment(until)))
        }
        Lapse::OtherHead => "it is bound to another commit".to_owned(),
        Lapse::Anonymous => "it does not say who, or why".to_owned(),
        Lapse::Unused => "there was nothing that it could clear".to_owned(),
        _ => "for a reason that this version does not know".to_owned(),
    };
    let line = |lapsed: &gonogo_core::Lapsed| {
        let one = one(lapsed.which).unwrap_or_else(|| "something that the policy does not have".to_owned());
        Plain::of(&format!("{one}: {}", why(lapsed.which, lapsed.why)))
    };
    report.lapsed.iter().map(line).collect()
}
