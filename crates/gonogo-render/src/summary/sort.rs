//! Which section of the report each reason belongs to.

use std::collections::BTreeMap;

use gonogo_core::{Because, Certainty, Conclusion, Decision, Entry, Mode, Outcome, Reason, Report};

use super::clearing;
use super::group::{Group, gather};

/// The reasons of a report, by section.
pub(super) struct Sorted {
    pub(super) stops: Vec<Group>,
    pub(super) holds: Vec<Group>,
    pub(super) unchecked: Vec<Group>,
    pub(super) cleared: Vec<Group>,
    /// By check.
    pub(super) shadows: BTreeMap<String, Vec<Group>>,
}

impl Sorted {
    pub(super) fn of(report: &Report) -> Self {
        let [mut stops, mut holds, mut unchecked, mut cleared] = [const { Vec::new() }; 4];
        let mut shadows: BTreeMap<String, Vec<Group>> = BTreeMap::new();
        for reason in &report.reasons {
            let (mut group, is_unknown) = group(report, reason);
            if let Some(clearance) = reason.cleared_by {
                group.cleared_by = Some(clearing::words(report, clearance));
            }
            let section = match (reason.shadow, reason.cleared_by, reason.counts) {
                (true, _, _) => shadows.entry(reason.check.clone()).or_default(),
                (false, Some(_), _) => &mut cleared,
                (false, None, _) if is_unknown => &mut unchecked,
                (false, None, Decision::NoGo) => &mut stops,
                (false, None, _) => &mut holds,
            };
            section.push(group);
        }
        for waived in clearing::in_files(report) {
            let mut group = Group::of_finding(&waived.entry.check, waived.weight, waived.finding);
            group.cleared_by = Some(waived.words);
            cleared.push(group);
        }
        Self {
            stops: gather(stops),
            holds: gather(holds),
            unchecked: gather(unchecked),
            cleared: gather(cleared),
            shadows: shadows.into_iter().map(|(check, groups)| (check, gather(groups))).collect(),
        }
    }
}

/// A reason by itself.
pub(crate) fn group_of(report: &Report, reason: &Reason) -> Group {
    let (mut group, _) = group(report, reason);
    group.tell_blocks();
    group
}

/// A reason by itself, and whether it says that something could not be told.
fn group(report: &Report, reason: &Reason) -> (Group, bool) {
    let check = reason.check.as_str();
    let of_check = |message: &str, remedy: &str| (Group::of_check(check, reason.weight, message, remedy), true);
    match reason.because {
        Because::Finding { .. } => match reason.finding(report) {
            Some(finding) => {
                (Group::of_finding(check, reason.weight, finding), finding.certainty == Certainty::Unknown)
            }
            None => of_check(
                "found something that the report cannot point at, because several checks have this id",
                "give every check an id of its own",
            ),
        },
        Because::DuplicateId => of_check(
            "is there more than once, so that none of them can be trusted to be the one meant",
            "give every check an id of its own",
        ),
        Because::NothingExamined => of_check(
            "no check examined anything",
            "check the range and the paths of the deploy, or add checks that apply to it",
        ),
        Because::NotApplicable => {
            let why = match entry(report, reason).map(|entry| &entry.ended) {
                Some(Conclusion::Completed { result: Outcome::NotApplicable { why } }) => why.as_str(),
                _ => "it does not say why",
            };
            let message = format!("is required, and says that it does not apply: {why}");
            let remedy = "approve it, or require it only where it applies";
            (Group::of_check(check, reason.weight, &message, remedy), false)
        }
        Because::Stale => of_check(
            "rests on evidence that is no longer good, or no clock can say that it still is",
            "gather the evidence again, with a clock that can be trusted",
        ),
        Because::Missing => of_check(
            "did not complete: it is required and was not there",
            "add the check to the gate, or take it out of the policy's requirements",
        ),
        Because::Undetermined => match entry(report, reason).map(|entry| &entry.ended) {
            Some(Conclusion::Completed { result: Outcome::Undetermined { why, remedy } }) => {
                of_check(&format!("could not tell: {why}"), remedy.as_deref().unwrap_or_default())
            }
            _ => of_check("could not tell", ""),
        },
        Because::Errored | Because::TimedOut | Because::Panicked => {
            let (message, remedy) = incomplete(entry(report, reason));
            of_check(&message, remedy)
        }
        // Whatever a later version adds is nothing that this one can call checked.
        _ => {
            of_check("has a reason that this version does not know", "render the report with the version that made it")
        }
    }
}

fn entry<'a>(report: &'a Report, reason: &Reason) -> Option<&'a Entry> {
    let mode = if reason.shadow { Mode::Shadow } else { Mode::Enforced };
    let ended_so = |entry: &&Entry| {
        matches!(
            (&entry.ended, reason.because),
            (Conclusion::Errored { .. }, Because::Errored)
                | (Conclusion::TimedOut { .. }, Because::TimedOut)
                | (Conclusion::Panicked { .. }, Because::Panicked)
                | (Conclusion::Completed { result: Outcome::Undetermined { .. } }, Because::Undetermined)
                | (Conclusion::Completed { result: Outcome::NotApplicable { .. } }, Because::NotApplicable)
        )
    };
    report.entries.iter().filter(|entry| entry.check == reason.check && entry.mode == mode).find(ended_so)
}

fn incomplete(entry: Option<&Entry>) -> (String, &'static str) {
    match entry.map(|entry| &entry.ended) {
        Some(Conclusion::Errored { error }) => {
            (format!("did not complete: {error}"), "mend what failed and run it again")
        }
        Some(Conclusion::TimedOut { after_milliseconds }) => (
            format!("did not complete: it had not answered after {}", duration(*after_milliseconds)),
            "find out what it waits for, or give it more time",
        ),
        Some(Conclusion::Panicked { message }) => (
            format!("did not complete: it panicked: {message}"),
            "report it to whoever wrote the check; nothing it found is known",
        ),
        _ => ("did not complete".to_owned(), "run it again"),
    }
}

/// `350 ms`, `30 s`, `1.5 s`, `5 min`, `5 min 30 s`.
pub(super) fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 if milliseconds.is_multiple_of(1_000) => format!("{} s", milliseconds / 1_000),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => match (milliseconds / 60_000, milliseconds / 1_000 % 60) {
            (minutes, 0) => format!("{minutes} min"),
            (minutes, seconds) => format!("{minutes} min {seconds} s"),
        },
    }
}
