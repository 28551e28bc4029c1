//! Limits, late answers, cancelling, and who watches: ordered by a clock moved by hand.
#![allow(clippy::unwrap_used)] // also in what the tests share

#[path = "support/run.rs"]
mod run;

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use gonogo_core::testing::{Fault, ManualClock, deploy, faulty, scripted};
use gonogo_core::{
    Check, CheckContext, Clock, Conclusion, Decision, Gate, Mode, Observer, Progress, Report, SystemClock, Timestamp,
    async_trait, blocking_check_fn, check_fn,
};
use run::{LIMIT, Watcher, block_on, fine, manual_clock, noon};

const SECOND: Duration = Duration::from_secs(1);

fn timed_out(limit: Duration) -> Conclusion {
    Conclusion::TimedOut { after_milliseconds: limit.as_millis() as u64 }
}

/// Says on a channel that it began, and that what it lives in was dropped.
struct Farewell(mpsc::Sender<&'static str>);

impl Farewell {
    fn new(to: mpsc::Sender<&'static str>) -> Self {
        let _ = to.send("began");
        Self(to)
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

fn never_ends(id: &str, farewell: mpsc::Sender<&'static str>) -> impl Check + 'static {
    check_fn(id, move |_| {
        let farewell = Farewell::new(farewell.clone());
        async move {
            pending::<()>().await;
            drop(farewell);
            Ok(fine())
        }
    })
}

#[test]
fn each_check_has_its_own_limit_and_the_earliest_ends_first() {
    let (clock, watcher) = (manual_clock(), Arc::new(Watcher::default()));
    let gate = Gate::builder()
        .limit(30 * SECOND)
        .clock(clock.clone())
        .observer(watcher.clone())
        .check(faulty(Fault::Hang, scripted("test/thirty", fine())))
        .check_within(10 * SECOND, faulty(Fault::Hang, scripted("test/ten", fine())))
        .check_within(20 * SECOND, faulty(Fault::Block, scripted("test/twenty", fine())))
        .check(scripted("test/fine", fine()))
        .build()
        .unwrap();
    let report = std::thread::scope(|scope| {
        let decided = scope.spawn(|| gate.decide_blocking(deploy()));
        watcher.wait_for(&["test/fine"]);
        for id in ["test/ten", "test/twenty", "test/thirty"] {
            clock.wait_for_sleeper();
            clock.advance(10 * SECOND);
            watcher.wait_for(&[id]);
        }
        decided.join().unwrap()
    });
    let told: Vec<_> = report.entries.iter().map(|e| (&*e.check, e.ended.clone(), e.took_milliseconds)).collect();
    assert_eq!(
        told[1..],
        [
            ("test/ten", timed_out(10 * SECOND), Some(10_000)),
            ("test/thirty", timed_out(30 * SECOND), Some(30_000)),
            ("test/twenty", timed_out(20 * SECOND), Some(20_000)),
        ]
    );
    assert_eq!((told[0].0, told[0].2, report.decision), ("test/fine", Some(0), Decision::NoGo));
    assert_eq!(report.decided_at, noon().checked_add(30 * SECOND));
}

#[test]
fn an_answer_at_the_deadline_counts_and_one_after_it_does_not() {
    for (late_by, in_time) in [(Duration::ZERO, true), (Duration::from_nanos(1), false)] {
        let clock = manual_clock();
        let slow = check_fn("test/slow", {
            let clock = clock.clone();
            move |_| {
                clock.advance(LIMIT + late_by);
                async { Ok(fine()) }
            }
        });
        let gate = Gate::builder().limit(LIMIT).clock(clock).check(slow).build().unwrap();
        let report = block_on(gate.decide(deploy()));
        assert_eq!(report.decision, if in_time { Decision::Go } else { Decision::NoGo });
        assert_eq!(report.entries[0].ended == timed_out(LIMIT), !in_time);
    }
}

#[test]
fn what_a_blocking_check_answers_after_its_limit_is_thrown_away() {
    let (clock, watcher) = (manual_clock(), Arc::new(Watcher::default()));
    let (let_go, held) = mpsc::channel::<()>();
    let (answer, answered) = mpsc::channel::<()>();
    let (start, started) = mpsc::channel::<()>();
    let (held, answer, start) = (Mutex::new(held), Mutex::new(answer), Mutex::new(start));
    let late = blocking_check_fn("test/late", move |_| {
        start.lock().unwrap().send(()).unwrap();
        let _ = held.lock().unwrap().recv();
        answer.lock().unwrap().send(()).unwrap();
        Ok(fine())
    });
    let gate = Gate::builder().limit(LIMIT).clock(clock.clone()).observer(watcher).check(late).build().unwrap();
    let decide = || {
        std::thread::scope(|scope| {
            let decided = scope.spawn(|| gate.decide_blocking(deploy()));
            started.recv().unwrap();
            clock.wait_for_sleeper();
            clock.advance(LIMIT);
            decided.join().unwrap()
        })
    };
    let report = decide();
    let_go.send(()).unwrap();
    answered.recv().unwrap();
    assert_eq!(report.entries[0].ended, timed_out(LIMIT));
    // Nor does it answer for the next run.
    assert_eq!(decide().entries[0].ended, timed_out(LIMIT));
}

#[test]
fn a_check_that_awaits_is_dropped_when_its_time_is_over() {
    for blocking in [false, true] {
        let clock = manual_clock();
        let (farewell, gone) = mpsc::channel();
        let gate =
            Gate::builder().limit(LIMIT).clock(clock.clone()).check(never_ends("test/hang", farewell)).build().unwrap();
        std::thread::scope(|scope| {
            let decided = scope.spawn(|| match blocking {
                true => gate.decide_blocking(deploy()),
                false => block_on(gate.decide(deploy())),
            });
            assert_eq!(gone.recv().unwrap(), "began");
            clock.wait_for_sleeper();
            clock.advance(LIMIT);
            assert_eq!(decided.join().unwrap().decision, Decision::NoGo);
        });
        assert_eq!(gone.recv().unwrap(), "dropped");
    }
}

#[test]
fn dropping_decide_cancels_the_checks() {
    let (farewell, gone) = mpsc::channel();
    let clock = manual_clock();
    let gate = Gate::builder().clock(clock.clone()).check(never_ends("test/hang", farewell)).build().unwrap();
    let mut run = Box::pin(gate.decide(deploy()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!(gone.try_recv(), Ok("began"));
    assert!(gone.try_recv().is_err());
    drop(run);
    assert_eq!(gone.try_recv(), Ok("dropped"));
}

#[test]
fn a_limit_of_nothing_lets_only_what_is_ready_at_once_answer() {
    let gate = Gate::builder()
        .limit(Duration::ZERO)
        .clock(manual_clock())
        .check(scripted("test/ready", fine()))
        .shadow(faulty(Fault::Spin, scripted("test/spin", fine())))
        .build()
        .unwrap();
    let report = block_on(gate.decide(deploy()));
    assert_eq!(report.entry("test/spin").unwrap().ended, timed_out(Duration::ZERO));
    assert_eq!(report.decision, Decision::Go);
}

#[test]
fn a_limit_beyond_all_time_is_no_limit() {
    let gate = Gate::builder()
        .limit(Duration::MAX)
        .clock(manual_clock())
        .check(scripted("test/ready", fine()))
        .check(blocking_check_fn("test/blocking", |cx: Arc<CheckContext>| {
            assert_eq!((cx.deadline(), cx.remaining()), (Some(Duration::MAX), Some(Duration::MAX)));
            Ok(fine())
        }))
        .build()
        .unwrap();
    assert_eq!(gate.decide_blocking(deploy()).decision, Decision::Go);
}

/// A clock against its contract: its sleep is over at once.
struct Hasty(Arc<ManualClock>);

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Option<Timestamp> {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, _: Duration) {}
}

#[test]
fn a_clock_whose_sleep_ends_too_early_ends_no_check_and_lets_others_run() {
    let clock = manual_clock();
    let counted = Arc::new(AtomicU32::new(0));
    let steps = check_fn("test/steps", {
        let counted = counted.clone();
        move |cx: Arc<CheckContext>| {
            let counted = counted.clone();
            async move {
                for _ in 0..10 {
                    counted.fetch_add(1, Ordering::SeqCst);
                    cx.clock().sleep(SECOND).await;
                }
                Ok(fine())
            }
        }
    });
    let gate = Gate::builder()
        .limit(LIMIT)
        .clock(Arc::new(Hasty(clock.clone())))
        .check(steps)
        .check(faulty(Fault::Hang, scripted("test/hang", fine())))
        .build()
        .unwrap();
    let mut run = pin!(gate.decide(deploy()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending(), "the run yields although its timer does not wait");
    assert_eq!(counted.load(Ordering::SeqCst), 10);
    clock.advance(LIMIT);
    let Poll::Ready(report) = run.as_mut().poll(&mut context) else { panic!("the limit is over") };
    assert_eq!(report.entry("test/hang").unwrap().ended, timed_out(LIMIT));
    assert!(report.entry("test/steps").unwrap().ended.outcome().is_some());
}

/// A clock that cannot even tell how much time went by.
struct Broken;

#[async_trait]
impl Clock for Broken {
    fn now(&self) -> Option<Timestamp> {
        std::panic::panic_any("no wall time")
    }
    fn elapsed(&self) -> Duration {
        std::panic::panic_any("no time at all")
    }
    async fn sleep(&self, _: Duration) {
        std::panic::panic_any("no sleep")
    }
}

#[test]
fn a_clock_that_panics_makes_every_check_late_and_never_go() {
    let gate =
        Gate::builder().limit(LIMIT).clock(Arc::new(Broken)).check(scripted("test/fine", fine())).build().unwrap();
    for report in [block_on(gate.decide(deploy())), gate.decide_blocking(deploy())] {
        assert_eq!((report.decision, report.decided_at), (Decision::NoGo, None));
        assert_eq!(report.entries[0].ended, timed_out(LIMIT));
    }
}

#[test]
fn the_order_of_checks_changes_nothing_in_the_report_also_when_ids_panic() {
    let nameless = || Arc::new(faulty(Fault::PanicInId, scripted("test/nameless", fine()))) as Arc<dyn Check>;
    let named = |id: &str| Arc::new(scripted(id, fine())) as Arc<dyn Check>;
    let decide = |checks: [Arc<dyn Check>; 4]| {
        let builder = Gate::builder().clock(manual_clock());
        let gate = checks.into_iter().fold(builder, |builder, check| builder.add(check, Mode::Enforced, None));
        block_on(gate.build().unwrap().decide(deploy())).to_json().unwrap()
    };
    let one = decide([named("test/a"), nameless(), named("test/b"), nameless()]);
    let other = decide([nameless(), nameless(), named("test/b"), named("test/a")]);
    assert_eq!(one, other);
    assert!(one.contains("unnamed/1") && one.contains("unnamed/2"));
}

#[test]
fn an_id_that_no_thread_may_be_called_by_does_no_harm() {
    let gate = Gate::builder()
        .check(scripted("test/a\0b", fine()))
        .check(blocking_check_fn("test/c\0d", |_| Ok(fine())))
        .build()
        .unwrap();
    assert_eq!(gate.decide_blocking(deploy()).decision, Decision::Go);
}

/// Panics in every method, after noting that it was called.
#[derive(Default)]
struct Startled(Mutex<Vec<&'static str>>);

impl Startled {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(what);
        std::panic::panic_any("the observer panics")
    }
}

impl Observer for Startled {
    fn run_started(&self, _: &[&str]) {
        self.note("run started");
    }
    fn check_started(&self, _: &str) {
        self.note("check started");
    }
    fn check_progressed(&self, check: &str, progress: &Progress) {
        assert_eq!((check, &*progress.message, progress.done, progress.total), ("test/fine", "reading", 1, Some(2)));
        self.note("check progressed");
    }
    fn check_concluded(&self, _: &str, _: &Conclusion) {
        self.note("check concluded");
    }
    fn decided(&self, _: &Report) {
        self.note("decided");
    }
}

#[test]
fn an_observer_that_panics_hears_everything_and_changes_nothing() {
    let observer = Arc::new(Startled::default());
    let check = check_fn("test/fine", |cx: Arc<CheckContext>| async move {
        cx.progress().report("reading", 1, Some(2));
        Ok(fine())
    });
    let gate = Gate::builder().observer(observer.clone()).check(check).build().unwrap();
    let heard = ["run started", "check started", "check progressed", "check concluded", "decided"];
    assert_eq!(block_on(gate.decide(deploy())).decision, Decision::Go);
    assert_eq!(gate.decide_blocking(deploy()).decision, Decision::Go);
    let told = observer.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    assert_eq!(told, [heard, heard].concat());
}

/// An error that names itself as its cause.
#[derive(Debug)]
struct Circular;

impl std::fmt::Display for Circular {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("round and round")
    }
}

impl std::error::Error for Circular {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self)
    }
}

#[test]
fn an_error_that_is_its_own_cause_is_told_once() {
    let gate = Gate::builder().check(check_fn("test/circular", |_| async { Err(Circular.into()) })).build().unwrap();
    let report = block_on(gate.decide(deploy()));
    assert_eq!(report.entries[0].ended, Conclusion::Errored { error: "round and round".into() });
}

#[test]
fn the_changes_are_read_once_for_all_checks_of_a_run() {
    use gonogo_core::testing::MemoryHistory;
    use gonogo_core::{ChangesError, Facts, History, Outcome};
    let reads_changes = |id: &'static str| {
        check_fn(id, |cx: Arc<CheckContext>| async move {
            let changes = std::ptr::from_ref(cx.changes()?) as usize;
            Ok(Outcome::examined(vec![], Facts::new().count("address", changes as u64)))
        })
    };
    let history = MemoryHistory::new().commit("base", &[], "first", &[]).commit("head", &["base"], "second", &[]);
    let revision = |name| history.resolve(name).unwrap();
    let deploy = Arc::new(gonogo_core::Deploy::new("shop", "production", revision("base"), revision("head")));
    let gate = Gate::builder().check(reads_changes("test/a")).check(reads_changes("test/b"));
    let report = gate.history(Arc::new(history)).build().unwrap().decide_blocking(deploy.clone());
    let facts: Vec<_> = report.entries.iter().map(|entry| entry.ended.outcome().unwrap().facts().unwrap()).collect();
    assert_eq!(facts[0], facts[1]);

    let blind = Gate::builder().check(reads_changes("test/a")).build().unwrap().decide_blocking(deploy);
    assert_eq!(blind.entries[0].ended, Conclusion::Errored { error: ChangesError::NoHistory.to_string() });
}

#[test]
fn the_system_clock_sleeps_at_least_as_long_as_it_says_also_for_ever() {
    let clock = SystemClock::new();
    let before = clock.elapsed();
    block_on(clock.sleep(Duration::from_millis(2)));
    assert!(clock.elapsed() >= before + Duration::from_millis(2));
    assert!(clock.now().is_some());
    let mut sleep = clock.sleep(Duration::MAX);
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(sleep);
}

/// A run that answers, and panics when it is dropped afterwards.
struct PanicsAfterwards;

impl Future for PanicsAfterwards {
    type Output = Result<gonogo_core::Outcome, gonogo_core::BoxError>;
    fn poll(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(fine()))
    }
}

impl Drop for PanicsAfterwards {
    fn drop(&mut self) {
        std::panic::panic_any("dropped")
    }
}

#[test]
fn a_run_that_panics_when_dropped_after_its_answer_has_panicked() {
    struct Afterwards;
    impl Check for Afterwards {
        fn id(&self) -> &str {
            "test/afterwards"
        }
        fn run<'a, 'b, 'c>(
            &'a self,
            _: &'b CheckContext,
        ) -> std::pin::Pin<Box<dyn Future<Output = <PanicsAfterwards as Future>::Output> + Send + 'c>>
        where
            'a: 'c,
            'b: 'c,
        {
            Box::pin(PanicsAfterwards)
        }
    }
    let gate = Gate::builder().check(Afterwards).build().unwrap();
    for report in [block_on(gate.decide(deploy())), gate.decide_blocking(deploy())] {
        assert_eq!(report.entries[0].ended, Conclusion::Panicked { message: "dropped".into() });
        assert_eq!(report.decision, Decision::NoGo);
    }
}
