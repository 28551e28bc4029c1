//! Every fault, at every place among healthy checks, under every way to run a gate: never a wrong decision.
//!
//! `cargo test -p gonogo-core --test faults -- --nocapture` prints the table.
#![allow(clippy::unwrap_used)] // also in what the tests share

#[path = "support/run.rs"]
mod run;

use std::sync::Arc;
use std::time::Duration;

use gonogo_core::testing::{
    Fault, FaultyHistory, HistoryFault, ManualClock, MemoryHistory, deploy, faulty, object_id, scripted,
};
use gonogo_core::{
    Approval, ApprovalTarget, BoxError, Check, CheckContext, Clock, Conclusion, Decision, Deploy, Entry, Facts,
    Finding, Gate, GateError, History, Lapse, Mode, Outcome, Policy, Report, Severity, Timestamp, Waiver, async_trait,
    blocking_check_fn, check_fn, command_check, judge,
};
use run::{LIMIT, OnTokio, Watcher, block_on, fine, manual_clock, noon};

const FAULTY: &str = "test/faulty";
const PLACES: [&str; 4] = ["first", "middle", "last", "only"];
const WAYS: [&str; 3] = ["decide", "decide_blocking", "executor hook"];

type MakeCheck = Box<dyn Fn(&Arc<ManualClock>) -> Arc<dyn Check>>;

/// One fault and what must come of it.
struct Row {
    fault: &'static str,
    check: MakeCheck,
    policy: Policy,
    history: Option<Arc<dyn History>>,
    clock: ClockKind,
    decision: Decision,
    /// How the faulty check must have ended.
    ended: fn(&Conclusion) -> bool,
    /// The check never answers: the test moves the clock past its limit.
    needs_limit: bool,
    /// It blocks its thread, which `decide` on one thread cannot survive (see [`Gate::decide`]).
    blocks: bool,
    /// It moves the clock itself, so that other checks may be late too.
    moves_clock: bool,
    /// What else must hold of the report.
    also: Box<dyn Fn(&Report) -> bool>,
}

#[derive(Clone, Copy, PartialEq)]
enum ClockKind {
    Good,
    None,
    Panics,
}

fn errored(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Errored { .. })
}

fn panicked(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Panicked { .. })
}

fn timed_out(conclusion: &Conclusion) -> bool {
    *conclusion == Conclusion::TimedOut { after_milliseconds: 60_000 }
}

fn completed(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Completed { .. })
}

fn row(fault: &'static str, decision: Decision, ended: fn(&Conclusion) -> bool, check: MakeCheck) -> Row {
    Row {
        fault,
        check,
        policy: Policy::new(),
        history: None,
        clock: ClockKind::Good,
        decision,
        ended,
        needs_limit: false,
        blocks: false,
        moves_clock: false,
        also: Box::new(|_| true),
    }
}

fn broken(fault: &'static str, kind: Fault, ended: fn(&Conclusion) -> bool) -> Row {
    let never_answers = matches!(kind, Fault::Hang | Fault::Spin | Fault::Block);
    let make = move |_: &Arc<ManualClock>| Arc::new(faulty(kind, scripted(FAULTY, fine()))) as Arc<dyn Check>;
    let row = row(fault, Decision::NoGo, ended, Box::new(make));
    Row { needs_limit: never_answers, blocks: kind == Fault::Block, ..row }
}

fn says(fault: &'static str, decision: Decision, outcome: Outcome) -> Row {
    let make = move |_: &Arc<ManualClock>| Arc::new(scripted(FAULTY, outcome.clone())) as Arc<dyn Check>;
    row(fault, decision, completed, Box::new(make))
}

fn fails(fault: &'static str, message: &'static str) -> Row {
    let make = move |_: &Arc<ManualClock>| {
        Arc::new(check_fn(FAULTY, move |_: Arc<CheckContext>| async move { Err(BoxError::from(message)) }))
            as Arc<dyn Check>
    };
    row(fault, Decision::NoGo, errored, Box::new(make))
}

#[cfg(unix)]
fn command(fault: &'static str, script: &'static str, ended: fn(&Conclusion) -> bool) -> Row {
    let make = move |_: &Arc<ManualClock>| {
        Arc::new(command_check(FAULTY, "/bin/sh").args(["-c", script]).output_limit(10_000)) as Arc<dyn Check>
    };
    row(fault, Decision::NoGo, ended, Box::new(make))
}

fn reads_history(fault: &'static str, kind: HistoryFault, ended: fn(&Conclusion) -> bool) -> Row {
    let make = |_: &Arc<ManualClock>| {
        Arc::new(check_fn(FAULTY, |cx: Arc<CheckContext>| async move {
            let commits = cx.changes()?.commits.len() as u64;
            Ok(Outcome::examined(vec![], Facts::new().count("commits", commits)))
        })) as Arc<dyn Check>
    };
    let history = MemoryHistory::new().commit("base", &[], "first", &[]).commit("head", &["base"], "second", &[]);
    let history: Arc<dyn History> = Arc::new(FaultyHistory::new(kind, history));
    Row { history: Some(history), ..row(fault, Decision::NoGo, ended, Box::new(make)) }
}

fn stop() -> Outcome {
    let finding = Finding::new("test/rule", "post", Severity::Stop, "rewrites post");
    Outcome::examined(vec![finding], Facts::new().count("things", 1))
}

fn good_waiver() -> Waiver {
    Waiver {
        rule: "test/rule".into(),
        subject: Some("post".into()),
        head: Some(deploy().head.id),
        who: "ada".into(),
        why: "the table is empty".into(),
        until: noon().checked_add(Duration::from_secs(3600)).unwrap(),
    }
}

/// A stop with a waiver that does nothing, for this reason.
fn waived(fault: &'static str, waiver: Waiver, why: Lapse) -> Row {
    let also = move |report: &Report| report.lapsed.iter().map(|lapsed| lapsed.why).eq([why]);
    Row { policy: Policy::new().waive(waiver), also: Box::new(also), ..says(fault, Decision::NoGo, stop()) }
}

fn many(severity: Severity) -> Outcome {
    let note = |n: usize| Finding::new("test/many", format!("thing {n}"), Severity::Note, "is there");
    let mut findings: Vec<Finding> = (0..10_000).map(note).collect();
    findings.push(Finding::new("test/one", "the last", severity, "matters"));
    Outcome::examined(findings, Facts::new().count("things", 10_001))
}

fn rows() -> Vec<Row> {
    let expired = noon();
    let mut rows = vec![
        says("(nothing is wrong)", Decision::Go, fine()),
        broken("error", Fault::Error, errored),
        broken("error that cannot be printed", Fault::UnprintableError, panicked),
        broken("panic when called", Fault::PanicInRun, panicked),
        broken("panic before the first await", Fault::PanicBeforeAwait, panicked),
        broken("panic after the first await", Fault::PanicAfterAwait, panicked),
        broken("panic with a payload that panics", Fault::PanicWithHostilePayload, panicked),
        broken("panic in Drop, after the answer", Fault::PanicInDrop, panicked),
        broken("panic in id()", Fault::PanicInId, panicked),
        broken("hang", Fault::Hang, timed_out),
        broken("spin", Fault::Spin, timed_out),
        broken("block", Fault::Block, timed_out),
        Row {
            needs_limit: true,
            ..row(
                "slow: answers well after its limit",
                Decision::NoGo,
                timed_out,
                Box::new(|_| {
                    Arc::new(check_fn(FAULTY, |cx: Arc<CheckContext>| async move {
                        cx.clock().sleep(LIMIT * 2).await;
                        Ok(fine())
                    }))
                }),
            )
        },
        Row {
            moves_clock: true,
            ..row(
                "late: answers just after its limit",
                Decision::NoGo,
                timed_out,
                Box::new(|clock| {
                    let clock = Arc::clone(clock);
                    Arc::new(check_fn(FAULTY, move |_: Arc<CheckContext>| {
                        clock.advance(LIMIT + Duration::from_nanos(1));
                        async { Ok(fine()) }
                    }))
                }),
            )
        },
        row(
            "panic on a thread of the check's own",
            Decision::NoGo,
            panicked,
            Box::new(|_| Arc::new(blocking_check_fn(FAULTY, |_| std::panic::panic_any("on its thread")))),
        ),
        Row {
            policy: Policy::new().require("test/absent"),
            also: Box::new(|report| {
                report.entry("test/absent").is_some_and(|entry| entry.ended == Conclusion::Missing)
            }),
            ..says("missing: a required check is not there", Decision::NoGo, fine())
        },
        Row {
            policy: Policy::new().require(FAULTY),
            ..says("required, and does not apply", Decision::Hold, Outcome::not_applicable("no migrations"))
        },
        says("cannot tell", Decision::Hold, Outcome::undetermined("no statistics", "give the table sizes")),
        says(
            "could not tell, and calls it a note",
            Decision::Hold,
            Outcome::examined(
                vec![{
                    let mut unknown = Finding::unknown("test/unknown", "post", "cannot parse it");
                    unknown.severity = Severity::Note;
                    unknown
                }],
                Facts::new().count("things", 1),
            ),
        ),
        says(
            "evidence whose time is over",
            Decision::Hold,
            Outcome::examined(vec![], Facts::new().count("scans", 1).valid_until(noon())),
        ),
        Row {
            clock: ClockKind::None,
            ..says(
                "evidence with an end, and no clock",
                Decision::Hold,
                Outcome::examined(vec![], Facts::new().count("scans", 1).valid_until(good_waiver().until)),
            )
        },
        says("10,000 findings, the last one a stop", Decision::NoGo, many(Severity::Stop)),
        says("10,000 findings, the last one a caution", Decision::Hold, many(Severity::Caution)),
        waived("waiver expired", Waiver { until: expired, ..good_waiver() }, Lapse::Expired),
        waived("waiver of another rule", Waiver { rule: "test/other".into(), ..good_waiver() }, Lapse::Unused),
        waived("waiver of another subject", Waiver { subject: Some("tag".into()), ..good_waiver() }, Lapse::Unused),
        waived(
            "waiver for another revision",
            Waiver { head: Some(object_id(0xcc)), ..good_waiver() },
            Lapse::OtherHead,
        ),
        waived("waiver by nobody", Waiver { who: " ".into(), ..good_waiver() }, Lapse::Anonymous),
        waived("waiver without a reason", Waiver { why: String::new(), ..good_waiver() }, Lapse::Anonymous),
        Row { clock: ClockKind::None, ..waived("waiver, and no trustworthy clock", good_waiver(), Lapse::NoClock) },
        Row { clock: ClockKind::Panics, ..waived("waiver, and a clock that panics", good_waiver(), Lapse::NoClock) },
        Row {
            policy: Policy::new().waive(good_waiver()),
            also: Box::new(|report| {
                report.decided_at.is_none() && report.lapsed.iter().all(|l| l.why == Lapse::NoClock)
            }),
            ..row(
                "waiver, and a clock that goes backwards",
                Decision::NoGo,
                completed,
                Box::new(|clock| {
                    let clock = Arc::clone(clock);
                    Arc::new(check_fn(FAULTY, move |_: Arc<CheckContext>| {
                        clock.set_now(noon().checked_sub(Duration::from_secs(1)));
                        async { Ok(stop()) }
                    }))
                }),
            )
        },
        Row {
            policy: Policy::new().waive(Waiver {
                rule: "test/rule".into(),
                subject: None,
                head: None,
                ..good_waiver()
            }),
            ..broken("waiver of everything, and an error", Fault::Error, errored)
        },
        Row {
            policy: Policy::new().approve(approval(ApprovalTarget::Check(FAULTY.into()))),
            also: Box::new(|report| report.lapsed.len() == 1),
            ..says("approval of a stop, by its check", Decision::NoGo, stop())
        },
        Row {
            policy: Policy::new()
                .approve(approval(ApprovalTarget::Rule { id: "test/rule".into(), subject: Some("post".into()) })),
            also: Box::new(|report| report.lapsed.len() == 1),
            ..says("approval of a stop, by its rule", Decision::NoGo, stop())
        },
        Row {
            policy: Policy::new().approve(approval(ApprovalTarget::Check(FAULTY.into()))),
            ..broken("approval of a check that failed", Fault::PanicAfterAwait, panicked)
        },
        Row {
            policy: Policy::new().override_with(gonogo_core::Override {
                head: deploy().head.id,
                who: "ada".into(),
                why: "the site is down anyway".into(),
                until: good_waiver().until,
            }),
            also: Box::new(|report| report.overridden_by == Some(0)),
            ..says("override of a stop", Decision::NoGo, stop())
        },
        fails("source answers 404", "GET /builds/7: 404 Not Found"),
        fails("source answers 500", "GET /builds/7: 500 Internal Server Error"),
        says(
            "source's answer is cut off",
            Decision::Hold,
            Outcome::undetermined("the answer ends in the middle of a string", "ask again"),
        ),
        reads_history("history unreadable", HistoryFault::Unreadable, errored),
        reads_history("history cut off (shallow clone)", HistoryFault::Truncated, errored),
        reads_history("history panics", HistoryFault::Panic, panicked),
        row(
            "command not found",
            Decision::NoGo,
            errored,
            Box::new(|_| Arc::new(command_check(FAULTY, "/no/such/program"))),
        ),
    ];
    #[cfg(unix)]
    rows.extend([
        command("command fails, after a good answer", r#"echo '{"outcome":"examined"}'; exit 7"#, errored),
        command("command kills itself", "kill -KILL $$", errored),
        command("command writes garbage", "echo all fine", errored),
        command("command writes nothing", "true", errored),
        command("command's answer is cut off", r#"printf '{"outcome":"examined","findings":['"#, errored),
        command("command answers twice", r#"echo '{"outcome":"examined"}{"outcome":"examined"}'"#, errored),
        command("command writes too much", "while :; do echo 0123456789012345678901234567890123456789; done", errored),
        Row { needs_limit: true, ..command("command never ends", "while :; do :; done & wait", timed_out) },
    ]);
    rows
}

fn approval(clears: ApprovalTarget) -> Approval {
    let Waiver { who, why, until, .. } = good_waiver();
    Approval { clears, head: deploy().head.id, who, why, until }
}

struct PanickingClock(Arc<ManualClock>);

#[async_trait]
impl Clock for PanickingClock {
    fn now(&self) -> Option<Timestamp> {
        std::panic::panic_any("no time")
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

/// A good clock to begin with: the waiver whose uselessness is shown below would clear the stop.
#[test]
fn the_waiver_of_the_table_works_when_nothing_is_wrong_with_it() {
    let entry = Entry::completed(FAULTY, stop());
    let report = judge(&deploy(), &Policy::new().waive(good_waiver()), vec![entry], Some(noon()));
    assert_eq!((report.decision, report.lapsed.len()), (Decision::Go, 0));
}

fn deploy_of(row: &Row) -> Arc<Deploy> {
    match &row.history {
        None => deploy(),
        // Their ids, as the faulty history would not say them.
        Some(_) => {
            let history =
                MemoryHistory::new().commit("base", &[], "first", &[]).commit("head", &["base"], "second", &[]);
            let revision = |name| history.resolve(name).unwrap();
            Arc::new(Deploy::new("shop", "production", revision("base"), revision("head")))
        }
    }
}

fn cell(row: &Row, place: &str, way: &str, tokio: &tokio::runtime::Handle) -> Result<String, String> {
    if row.blocks && way == "decide" {
        return Ok("n/a".into());
    }
    let (clock, watcher) = (manual_clock(), Arc::new(Watcher::default()));
    let (before, after): (&[&str], &[&str]) = match place {
        "first" => (&[], &["test/x", "test/y"]),
        "middle" => (&["test/x"], &["test/y"]),
        "last" => (&["test/x", "test/y"], &[]),
        _ => (&[], &[]),
    };
    let given: Arc<dyn Clock> = match row.clock {
        ClockKind::Good => clock.clone(),
        ClockKind::None => {
            clock.set_now(None);
            clock.clone()
        }
        ClockKind::Panics => Arc::new(PanickingClock(clock.clone())),
    };
    let mut gate = Gate::builder().limit(LIMIT).clock(given).observer(watcher.clone()).policy(row.policy.clone());
    for id in before {
        gate = gate.check(scripted(*id, fine()));
    }
    gate = gate.add((row.check)(&clock), Mode::Enforced, None);
    for id in after {
        gate = gate.check(scripted(*id, fine()));
    }
    if let Some(history) = &row.history {
        gate = gate.history(history.clone());
    }
    if way == "executor hook" {
        gate = gate.executor(Arc::new(OnTokio(tokio.clone())));
    }
    let gate = gate.build().map_err(|error| error.to_string())?;
    let others: Vec<&str> = [before, after].concat();
    let report = std::thread::scope(|scope| {
        let (gate, deploy) = (&gate, deploy_of(row));
        let decided = scope.spawn(move || match way {
            "decide" => block_on(gate.decide(deploy)),
            _ => gate.decide_blocking(deploy),
        });
        if row.needs_limit {
            watcher.wait_for(&others);
            clock.wait_for_sleeper();
            clock.advance(LIMIT);
        }
        decided.join()
    });
    let report = report.map_err(|_| "the gate panicked".to_owned())?;

    let id = report.entries.iter().map(|e| &*e.check).find(|id| [FAULTY, "unnamed/1"].contains(id));
    let entry = id.and_then(|id| report.entry(id)).ok_or("the faulty check is not in the report")?;
    let others_fine = row.moves_clock || others.iter().all(|id| report.entry(id).is_some_and(|e| completed(&e.ended)));
    let read = Report::from_json(report.to_json().map_err(|e| e.to_string())?.as_bytes()).map_err(|e| e.to_string())?;
    let facts = [
        ("decision", report.decision == row.decision),
        ("conclusion", (row.ended)(&entry.ended)),
        ("others", others_fine),
        ("verify", report.verify().is_ok()),
        ("written report", read == report && read.verify().is_ok()),
        ("more", (row.also)(&report)),
    ];
    match facts.iter().find(|(_, holds)| !holds) {
        None => Ok(report.decision.to_string()),
        Some((what, _)) => Err(format!("{what}: {:?} {:?}", report.decision, entry.ended)),
    }
}

#[test]
fn no_fault_anywhere_gives_a_wrong_decision() {
    std::panic::set_hook(Box::new(|_| {})); // dozens of panics on purpose
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let (mut cells, mut wrong) = (0, Vec::new());
    let rows = rows();
    println!("{:44}{}", "", WAYS.map(|way| format!("{way:28}")).concat());
    println!("{:44}{}", "fault", WAYS.map(|_| PLACES.map(|place| format!("{place:7}")).concat()).concat());
    for row in &rows {
        let mut line = format!("{:44}", row.fault);
        for way in WAYS {
            for place in PLACES {
                let shown = match cell(row, place, way, runtime.handle()) {
                    Ok(decision) => decision,
                    Err(how) => {
                        wrong.push(format!("{}, {place}, {way}: {how}", row.fault));
                        "WRONG".into()
                    }
                };
                cells += u32::from(shown != "n/a");
                line.push_str(&format!("{shown:7}"));
            }
        }
        println!("{line}");
    }
    for (fault, refused) in refusals() {
        println!("{fault:44}{}", if refused { "refused" } else { "WRONG" });
        cells += 1;
        if !refused {
            wrong.push(fault.to_owned());
        }
    }
    println!("{} faults, {cells} cells, {} wrong", rows.len() - 1 + refusals().len(), wrong.len());
    println!("n/a: a check that blocks its thread blocks `decide`, which has only that one; use `decide_blocking`.");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rows.len() > 24);
}

/// Faults that no decision is made of.
fn refusals() -> Vec<(&'static str, bool)> {
    let twin = || scripted("test/twin", fine());
    let good =
        judge(&deploy(), &Policy::new(), vec![Entry::completed(FAULTY, fine())], Some(noon())).to_json().unwrap();
    let unreadable = |json: &str| Report::from_json(json.as_bytes()).is_err();
    vec![
        ("empty gate", Gate::builder().build().err() == Some(GateError::Empty)),
        (
            "duplicate id",
            Gate::builder().check(twin()).check(twin()).build().err()
                == Some(GateError::DuplicateId { id: "test/twin".into() }),
        ),
        ("duplicate id, one of them a shadow", Gate::builder().check(twin()).shadow(twin()).build().is_err()),
        ("report cut off", unreadable(&good[..good.len() / 2])),
        ("report of another version", unreadable(&good.replace("gonogo.report/1", "gonogo.report/2"))),
        ("report with an unknown severity of decision", unreadable(&good.replace(r#""go""#, r#""probably""#))),
        ("report that says something twice", unreadable(&good.replacen('{', r#"{"decision":"go","#, 1))),
        ("no report at all", unreadable("") && unreadable("null") && unreadable("[]")),
    ]
}
