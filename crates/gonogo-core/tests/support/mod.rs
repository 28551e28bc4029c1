//! Policies, entries and times out of small sets, so that waivers meet the findings they name.
#![allow(dead_code, clippy::unwrap_used)] // part of tests; each file uses its own part of it

use gonogo_core::testing::object_id;
use gonogo_core::{
    Approval, ApprovalTarget, Conclusion, Deploy, Entry, Facts, Finding, ObjectId, Outcome, Override, Policy, Revision,
    Severity, Timestamp, Waiver,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub(crate) const CASES: u32 = 2_000;

/// The same cases on every run and every machine.
pub(crate) fn runner() -> TestRunner {
    let config = Config { cases: CASES, failure_persistence: None, max_global_rejects: 100_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + second).unwrap()
}

pub(crate) fn deployed() -> ObjectId {
    object_id(0xbb)
}

pub(crate) fn deploy() -> Deploy {
    Deploy::new("shop", "production", Revision::from_id(object_id(0xaa)), Revision::from_id(deployed()))
}

pub(crate) fn check_id() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["team/a", "team/b", "team/c", "team/d"]).prop_map(String::from)
}

pub(crate) fn rule() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["rule/one", "rule/two", "rule/three"]).prop_map(String::from)
}

pub(crate) fn subject() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["post", "tag"]).prop_map(String::from)
}

pub(crate) fn head() -> impl Strategy<Value = ObjectId> {
    prop_oneof![3 => Just(deployed()), 1 => Just(object_id(0xcc))]
}

/// A time around `now`, or no clock.
pub(crate) fn now() -> impl Strategy<Value = Option<Timestamp>> {
    option::weighted(0.85, (0_i64..20).prop_map(at))
}

pub(crate) fn until() -> impl Strategy<Value = Timestamp> {
    (0_i64..60).prop_map(at)
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["ada", "ada", "ada", "ada", "ada", "ada", " "]).prop_map(String::from)
}

pub(crate) fn severity() -> impl Strategy<Value = Severity> {
    prop_oneof![5 => Just(Severity::Note), 3 => Just(Severity::Caution), 1 => Just(Severity::Stop)]
}

pub(crate) fn finding() -> impl Strategy<Value = Finding> {
    let number = prop_oneof![any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite()).boxed(), Just(0.1).boxed()];
    (rule(), subject(), severity(), prop::bool::weighted(0.1), number).prop_map(
        |(rule, subject, severity, unknown, number)| {
            let mut finding = match unknown {
                true => Finding::unknown(rule, subject, "cannot tell"),
                false => Finding::new(rule, subject, severity, "so it is"),
            };
            finding.severity = severity;
            finding.evidence("number", number)
        },
    )
}

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    (0_u64..3, option::weighted(0.1, until())).prop_map(|(count, end)| {
        let facts = Facts::new().count("things", count);
        end.map_or(facts.clone(), |end| facts.valid_until(end))
    })
}

pub(crate) fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        8 => (vec(finding(), 0..3), facts()).prop_map(|(findings, facts)| Outcome::examined(findings, facts)),
        1 => Just(Outcome::not_applicable("nothing of it changed")),
        1 => Just(Outcome::undetermined("no answer", "ask again")),
    ]
}

/// A conclusion that is no answer.
pub(crate) fn incomplete() -> impl Strategy<Value = Conclusion> {
    prop_oneof![
        Just(Conclusion::Errored { error: "no route to host".into() }),
        Just(Conclusion::TimedOut { after_milliseconds: 1000 }),
        Just(Conclusion::Panicked { message: "index out of bounds".into() }),
        Just(Conclusion::Missing),
    ]
}

pub(crate) fn conclusion() -> impl Strategy<Value = Conclusion> {
    prop_oneof![
        15 => outcome().prop_map(|result| Conclusion::Completed { result }),
        1 => incomplete(),
    ]
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (check_id(), conclusion(), prop::bool::weighted(0.2), option::of(0_u64..5000)).prop_map(
        |(check, ended, shadow, took)| {
            let mut entry = Entry::new(check, ended);
            entry.took_milliseconds = took;
            if shadow { entry.shadow() } else { entry }
        },
    )
}

/// Mostly of different ids, as a gate has them; sometimes with twins.
pub(crate) fn entries() -> impl Strategy<Value = Vec<Entry>> {
    (vec(entry(), 0..5), prop::bool::weighted(0.15)).prop_map(|(mut entries, twins)| {
        if !twins {
            let mut seen = std::collections::BTreeSet::new();
            entries.retain(|entry| seen.insert(entry.check.clone()));
        }
        entries
    })
}

pub(crate) fn waiver() -> impl Strategy<Value = Waiver> {
    (rule(), option::of(subject()), option::of(head()), name(), name(), until())
        .prop_map(|(rule, subject, head, who, why, until)| Waiver { rule, subject, head, who, why, until })
}

pub(crate) fn approval() -> impl Strategy<Value = Approval> {
    let target = prop_oneof![
        check_id().prop_map(ApprovalTarget::Check),
        (rule(), option::of(subject())).prop_map(|(id, subject)| ApprovalTarget::Rule { id, subject }),
    ];
    (target, head(), name(), name(), until()).prop_map(|(clears, head, who, why, until)| Approval {
        clears,
        head,
        who,
        why,
        until,
    })
}

pub(crate) fn over() -> impl Strategy<Value = Override> {
    (head(), name(), name(), until()).prop_map(|(head, who, why, until)| Override { head, who, why, until })
}

pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let required = vec((check_id(), any::<bool>()), 0..2);
    let raised = prop::collection::btree_map(rule(), severity(), 0..2);
    let cleared = (vec(waiver(), 0..3), vec(approval(), 0..4), vec(over(), 0..2));
    (required, raised, cleared, option::of(0_u64..100)).prop_map(|(required, raised, cleared, seconds)| {
        let mut policy = Policy::new();
        for (check, simply) in required {
            policy = if simply { policy.require(check) } else { policy.require_where_applicable(check) };
        }
        policy.raise = raised;
        (policy.waivers, policy.approvals, policy.overrides) = cleared;
        policy.valid_for_seconds = seconds;
        policy
    })
}

pub(crate) fn case() -> impl Strategy<Value = (Policy, Vec<Entry>, Option<Timestamp>)> {
    (policy(), entries(), now())
}
