//! A report as a person reads it, before any format.

mod accounting;
mod answers;
mod clearing;
mod evidence;
mod group;
mod rest;
mod sentence;
mod sort;

use gonogo_core::{Decision, Report};

pub(crate) use clearing::words as clearance_in_words;
pub(crate) use sort::group_of;

pub use answers::{Answer, AnswerWord};
pub use group::{Group, Member, Place};
pub use rest::{CheckLine, Shadow, Told};

use crate::plain::Plain;

/// What a release manager is told, in the order in which it is told; every renderer for people shows this and decides nothing.
///
/// Three questions come first: what stops it ([`stops`](Self::stops), [`holds`](Self::holds)), can both versions run side by
/// side and can we roll back ([`answers`](Self::answers)), what could not be checked ([`unchecked`](Self::unchecked)). Then one
/// line of [`accounting`](Self::accounting), then the rest.
///
/// ```
/// use gonogo_core::{judge, Deploy, Entry, Facts, ObjectId, Outcome, Policy, Revision};
/// use gonogo_render::Summary;
/// # let revision = Revision::from_id("a".repeat(40).parse::<ObjectId>()?);
/// let deploy = Deploy::new("shop", "production", revision.clone(), revision);
/// let said = Entry::completed("issues/ledger", Outcome::examined(vec![], Facts::new().count("commits", 118).count("issues", 12)));
/// let report = judge(&deploy, &Policy::new(), vec![said], None);
/// assert_eq!(Summary::of(&report).sentence.as_str(), "Go: 118 commits, 12 issues examined; nothing speaks against it.");
/// # Ok::<(), gonogo_core::ObjectIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The report's decision; NoGo for a report that does not verify.
    pub decision: Decision,
    /// The decision with its gravest grounds, as one sentence that begins with the decision's word.
    pub sentence: Plain,
    /// What goes where, from which revision to which.
    pub deploy: Plain,
    /// Who ships in spite of the NoGo, until when, why.
    pub overridden: Option<Plain>,
    /// What stops it, worst first: NoGo each by itself.
    pub stops: Vec<Group>,
    /// What holds it, and a person must decide.
    pub holds: Vec<Group>,
    /// Whether both versions can run side by side, and whether it can be rolled back, where a check says so.
    pub answers: Vec<Answer>,
    /// What could not be checked, worst first: checks that did not complete or could not tell, and unknowns that they found.
    pub unchecked: Vec<Group>,
    /// What was examined, in one line.
    pub accounting: Plain,
    /// What else was counted.
    pub counted: Option<Plain>,
    /// What checks told in words besides.
    pub told: Vec<Told>,
    /// What is worth knowing and weighs nothing, by rule, most frequent first.
    pub notes: Vec<Group>,
    /// What a waiver or an approval cleared.
    pub cleared: Vec<Group>,
    /// Checks that count for nothing, and what they would have said.
    pub shadows: Vec<Shadow>,
    /// Checks that have nothing to do with this deploy: which, and why.
    pub inapplicable: Vec<Told>,
    /// Waivers, approvals and overrides that did nothing, and why.
    pub lapsed: Vec<Plain>,
    /// Every check, and how its run ended.
    pub checks: Vec<CheckLine>,
    /// When it was decided, until when it is good, by which policy.
    pub standing: Plain,
    /// The same, with the beginning of the policy's digest only.
    pub standing_in_short: Plain,
}

impl Summary {
    /// Tells a report. O(n log n) for n findings.
    ///
    /// A report that does not [verify](Report::verify) was edited, or comes from another version: it is told as a NoGo that
    /// says so, whatever it claims.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let sorted = sort::Sorted::of(report);
        let counts = accounting::counts(report);
        let (decision, sentence) = match report.verify() {
            Ok(()) => (report.decision, sentence::of(report, &sorted, &counts)),
            Err(edited) => (Decision::NoGo, Plain::of(&format!("NoGo: {edited}; no decision in it can be trusted."))),
        };
        Self {
            decision,
            sentence,
            deploy: rest::deploy(report),
            overridden: clearing::overridden(report),
            answers: answers::of(report, !sorted.unchecked.is_empty()),
            accounting: accounting::line(report, &counts),
            counted: accounting::more(&counts),
            told: rest::told(report),
            notes: rest::notes(report),
            shadows: rest::shadows(report, sorted.shadows),
            inapplicable: rest::inapplicable(report),
            lapsed: clearing::lapsed(report),
            checks: rest::checks(report),
            standing: rest::standing(report, 64),
            standing_in_short: rest::standing(report, 12),
            stops: sorted.stops,
            holds: sorted.holds,
            unchecked: sorted.unchecked,
            cleared: sorted.cleared,
        }
    }
}
