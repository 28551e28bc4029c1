//! The laws of a decision, 2,000 generated cases each.
#![allow(clippy::unwrap_used)] // also in what the tests share

#[path = "support/oracle.rs"]
mod oracle;
mod support;

use std::cell::Cell;

use gonogo_core::testing::scripted;
use gonogo_core::{
    Because, Clearance, Conclusion, Decision, Entry, Facts, Finding, Gate, GateError, Lapse, Mode, Outcome, Policy,
    Reason, Report, Severity, judge,
};
use proptest::prelude::*;
use proptest::sample::Index;
use support::*;

/// What a reason says, without where the clearance stands in the policy.
fn essence(reason: &Reason) -> String {
    format!("{} {:?} {} {} {}", reason.check, reason.because, reason.weight, reason.counts, reason.shadow)
}

fn contains_all(all: &[Reason], some: impl Iterator<Item = Reason>) -> bool {
    let mut left: Vec<String> = all.iter().map(essence).collect();
    some.map(|reason| essence(&reason)).all(|wanted| match left.iter().position(|text| *text == wanted) {
        Some(place) => {
            left.remove(place);
            true
        }
        None => false,
    })
}

/// Law 1. Two things end by adding a check, and each is evidence that was asked for: a required check is no longer missing, and
/// a gate in which nothing was examined has examined something. Nothing else that was said goes away.
#[test]
fn adding_a_check_never_lowers_the_decision() {
    let (compared, raised) = (Cell::new(0), Cell::new(0));
    let cases = (case(), entry(), any::<Index>());
    runner()
        .run(&cases, |((policy, entries, now), more, place)| {
            let before = judge(&deploy(), &policy, entries.clone(), now);
            let mut with = entries.clone();
            with.insert(place.index(entries.len() + 1), more.clone());
            let after = judge(&deploy(), &policy, with, now);

            let supplies = |reason: &Reason| reason.because == Because::Missing && reason.check == more.check;
            let answers = |reason: &Reason| supplies(reason) || reason.because == Because::NothingExamined;
            let stay = before.reasons.iter().filter(|reason| !answers(reason)).cloned();
            prop_assert!(contains_all(&after.reasons, stay), "a reason went away: {before:#?} {after:#?}");
            if !before.reasons.iter().any(answers) {
                compared.set(compared.get() + 1);
                raised.set(raised.get() + u32::from(after.decision > before.decision));
                prop_assert!(after.decision >= before.decision);
            }
            if more.mode == Mode::Shadow {
                prop_assert_eq!(after.decision, before.decision, "a shadow counts for nothing");
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > 500 && raised.get() > 100, "{} compared, {} raised", compared.get(), raised.get());
}

/// Law 2.
#[test]
fn the_order_of_checks_changes_nothing_in_the_report() {
    let cases = case().prop_flat_map(|(policy, entries, now)| {
        (Just(policy), Just(entries.clone()), Just(entries).prop_shuffle(), Just(now))
    });
    runner()
        .run(&cases, |(policy, entries, shuffled, now)| {
            let (one, other) = (judge(&deploy(), &policy, entries, now), judge(&deploy(), &policy, shuffled, now));
            prop_assert_eq!(one.to_json().unwrap(), other.to_json().unwrap());
            Ok(())
        })
        .unwrap();
}

/// Law 3.
#[test]
fn go_is_exactly_what_the_third_law_says() {
    let seen = [Cell::new(0), Cell::new(0), Cell::new(0)];
    runner()
        .run(&case(), |(policy, entries, now)| {
            let oracle = oracle::Oracle { policy: &policy, entries: &entries, head: deployed(), now };
            let report = judge(&deploy(), &policy, entries.clone(), now);
            prop_assert_eq!(report.decision, oracle.decision(), "{:#?}", report);
            let count = &seen[report.decision as usize];
            count.set(count.get() + 1);
            Ok(())
        })
        .unwrap();
    let seen = seen.map(Cell::into_inner);
    assert!(seen.iter().all(|&count| count >= 200), "Go, Hold, NoGo were seen {seen:?} times");
}

/// Law 4.
#[test]
fn missing_late_failed_or_unreadable_evidence_never_gives_go() {
    let cases = (case(), check_id(), incomplete(), any::<Index>());
    runner()
        .run(&cases, |((policy, mut entries, now), check, ended, cut)| {
            entries.push(Entry::new(check, ended));
            let report = judge(&deploy(), &policy, entries, now);
            prop_assert_eq!(report.decision, Decision::NoGo);
            let json = report.to_json().unwrap();
            let cut = cut.index(json.len());
            prop_assert!(Report::from_json(&json.as_bytes()[..cut]).is_err(), "cut after {} bytes", cut);
            Ok(())
        })
        .unwrap();
}

/// Law 5, the first half; what an edit does is in `tests/report.rs`.
#[test]
fn a_report_survives_a_round_trip_and_verifies() {
    runner()
        .run(&case(), |(policy, entries, now)| {
            let report = judge(&deploy(), &policy, entries, now);
            let json = report.to_json().unwrap();
            let read = Report::from_json(json.as_bytes()).unwrap();
            prop_assert_eq!(&read, &report);
            prop_assert_eq!(read.to_json().unwrap(), json);
            prop_assert_eq!(read.verify(), Ok(()));
            for decision in [Decision::Go, Decision::Hold, Decision::NoGo] {
                let mut edited = report.clone();
                edited.decision = decision;
                prop_assert_eq!(edited.verify().is_ok(), decision == report.decision);
            }
            Ok(())
        })
        .unwrap();
}

/// A waiver or an approval.
#[derive(Clone, Debug)]
enum Clearing {
    Waiver(gonogo_core::Waiver),
    Approval(gonogo_core::Approval),
}

fn clearing() -> impl Strategy<Value = Clearing> {
    prop_oneof![waiver().prop_map(Clearing::Waiver), approval().prop_map(Clearing::Approval)]
}

impl Clearing {
    fn add_to(&self, policy: &Policy) -> (Policy, Clearance) {
        let policy = policy.clone();
        match self {
            Self::Waiver(waiver) => {
                let place = policy.waivers.len();
                (policy.waive(waiver.clone()), Clearance::Waiver(place))
            }
            Self::Approval(approval) => {
                let place = policy.approvals.len();
                (policy.approve(approval.clone()), Clearance::Approval(place))
            }
        }
    }

    fn lives(&self, now: Option<gonogo_core::Timestamp>) -> bool {
        let (until, who, why, head) = match self {
            Self::Waiver(one) => (one.until, &one.who, &one.why, one.head),
            Self::Approval(one) => (one.until, &one.who, &one.why, Some(one.head)),
        };
        let signed = !who.trim().is_empty() && !why.trim().is_empty();
        signed && now.is_some_and(|now| now < until) && head.is_none_or(|head| head == deployed())
    }

    fn names(&self, check: &str, finding: Option<&Finding>) -> bool {
        use gonogo_core::ApprovalTarget::{Check, Rule};
        let (rule, subject) = match self {
            Self::Approval(gonogo_core::Approval { clears: Check(id), .. }) => return id == check,
            Self::Approval(gonogo_core::Approval { clears: Rule { id, subject }, .. }) => (id, subject),
            Self::Waiver(one) => (&one.rule, &one.subject),
        };
        finding.is_some_and(|finding| finding.rule == *rule && subject.as_ref().is_none_or(|s| *s == finding.subject))
    }
}

/// Law 6.
#[test]
fn a_waiver_or_approval_clears_what_it_names_while_it_lives_and_nothing_else() {
    let (cleared, dead) = (Cell::new(0), Cell::new(0));
    let cases = (case(), clearing()).prop_filter("twins share an index", |((_, entries, _), _)| {
        let mut seen = std::collections::BTreeSet::new();
        entries.iter().all(|entry| seen.insert((&entry.check, entry.mode as u8)))
    });
    runner()
        .run(&cases, |((policy, entries, now), clearing)| {
            let (with, which) = clearing.add_to(&policy);
            let before = judge(&deploy(), &policy, entries.clone(), now);
            let after = judge(&deploy(), &with, entries, now);
            prop_assert!(after.decision <= before.decision, "adding one never raises");
            prop_assert_eq!(before.reasons.len(), after.reasons.len(), "what is cleared stays visible");

            let used = after.reasons.iter().any(|reason| reason.cleared_by == Some(which));
            let lapsed = after.lapsed.iter().find(|lapsed| lapsed.which == which);
            prop_assert_eq!(lapsed.is_none(), used, "it did something, or is listed as having done nothing");
            if !clearing.lives(now) {
                dead.set(dead.get() + 1);
                prop_assert_eq!(&after.reasons, &before.reasons);
                prop_assert_ne!(lapsed.unwrap().why, Lapse::Unused);
            }
            for reason in &before.reasons {
                let same = |other: &&Reason| {
                    (&other.check, other.because, other.shadow) == (&reason.check, reason.because, reason.shadow)
                };
                let now_so = after.reasons.iter().find(same).unwrap();
                prop_assert_eq!(now_so.weight, reason.weight, "nothing weighs otherwise because it is cleared");
                if now_so == reason {
                    continue;
                }
                cleared.set(cleared.get() + 1);
                prop_assert_eq!(now_so.cleared_by, Some(which));
                prop_assert!(clearing.names(&reason.check, reason.finding(&before)), "it clears what it names");
                match clearing {
                    Clearing::Waiver(_) => {
                        let is_finding = matches!(reason.because, Because::Finding { .. });
                        prop_assert!(is_finding, "a waiver lowers findings and nothing else");
                    }
                    Clearing::Approval(_) => prop_assert_eq!(reason.weight, Decision::Hold, "never a Stop"),
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(cleared.get() > 60 && dead.get() > 300, "{} cleared, {} dead", cleared.get(), dead.get());
}

/// Law 6: how long it lives, to the nanosecond.
#[test]
fn a_waiver_is_dead_at_its_end_and_alive_just_before_it() {
    let stop = Finding::new("rule/one", "post", Severity::Stop, "rewrites post");
    let entry = Entry::completed("team/a", Outcome::examined(vec![stop], Facts::new().count("things", 1)));
    let until = at(10);
    let policy = Policy::new().waive(gonogo_core::Waiver {
        rule: "rule/one".into(),
        subject: None,
        head: None,
        who: "ada".into(),
        why: "the table is empty".into(),
        until,
    });
    let decide = |now| judge(&deploy(), &policy, vec![entry.clone()], now).decision;
    assert_eq!(decide(until.checked_sub(std::time::Duration::from_nanos(1))), Decision::Go);
    assert_eq!(decide(Some(until)), Decision::NoGo);
    assert_eq!(decide(None), Decision::NoGo);
}

/// Law 7.
#[test]
fn an_empty_gate_is_refused_and_an_absent_required_check_is_nogo() {
    assert_eq!(Gate::builder().build().unwrap_err(), GateError::Empty);
    runner()
        .run(&(case(), any::<bool>()), |((policy, entries, now), simply)| {
            let absent = "team/absent";
            let policy = if simply { policy.require(absent) } else { policy.require_where_applicable(absent) };
            let shadow = Entry::completed(absent, Outcome::examined(vec![], Facts::new().count("things", 1))).shadow();
            for entries in [entries.clone(), [entries, vec![shadow]].concat()] {
                let report = judge(&deploy(), &policy, entries, now);
                prop_assert_eq!(report.decision, Decision::NoGo);
                let missing = report.entries.iter().find(|e| e.check == absent && e.mode == Mode::Enforced).unwrap();
                prop_assert_eq!(&missing.ended, &Conclusion::Missing);
            }
            Ok(())
        })
        .unwrap();
}

/// Law 8.
#[test]
fn the_same_evidence_policy_and_time_give_the_same_bytes() {
    runner()
        .run(&case(), |(policy, entries, now)| {
            let json = judge(&deploy(), &policy, entries.clone(), now).to_json().unwrap();
            let elsewhere = std::thread::spawn({
                let (policy, entries) = (policy.clone(), entries.clone());
                move || judge(&deploy(), &policy, entries, now).to_json().unwrap()
            });
            prop_assert_eq!(&elsewhere.join().unwrap(), &json);
            // And from what was written down.
            let read = Report::from_json(json.as_bytes()).unwrap();
            let again = judge(&read.deploy, &read.policy, read.entries.clone(), read.decided_at);
            prop_assert_eq!(&again.to_json().unwrap(), &json);
            prop_assert_eq!(&again.policy_digest, &policy.digest());
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_decision_ends_when_the_first_thing_it_rests_on_ends() {
    runner()
        .run(&case(), |(policy, entries, now)| {
            let report = judge(&deploy(), &policy, entries, now);
            prop_assert!(now.is_some() || report.valid_until.is_none());
            let Some(end) = report.valid_until.filter(|_| report.decision == Decision::Go) else { return Ok(()) };
            // Judged again at any later time before its end it is still Go; the end is never later than policy allows.
            let now = now.unwrap();
            prop_assert!(now <= end);
            let moment = std::time::Duration::from_nanos(1);
            if let Some(last) = end.checked_sub(moment).filter(|last| *last >= now) {
                let then = judge(&report.deploy, &report.policy, report.entries.clone(), Some(last));
                prop_assert_eq!(then.decision, Decision::Go);
            }
            let longest = report.policy.valid_for_seconds.map(std::time::Duration::from_secs);
            prop_assert!(longest.is_none_or(|longest| end <= now.checked_add(longest).unwrap()));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_gate_refuses_two_checks_of_one_id_and_blank_ids() {
    let outcome = || Outcome::examined(vec![], Facts::new().count("things", 1));
    let twins = Gate::builder().check(scripted("team/a", outcome())).shadow(scripted("team/a", outcome())).build();
    assert_eq!(twins.unwrap_err(), GateError::DuplicateId { id: "team/a".into() });
    assert_eq!(Gate::builder().check(scripted(" ", outcome())).build().unwrap_err(), GateError::BlankId);
}
