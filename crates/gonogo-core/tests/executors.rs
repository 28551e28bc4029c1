//! The gate needs no runtime, and works under any.
#![allow(clippy::unwrap_used)] // also in what the tests share

#[path = "support/run.rs"]
mod run;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use gonogo_core::testing::{Fault, deploy, faulty, scripted};
use gonogo_core::{
    Check, CheckContext, Conclusion, Decision, Executor, Gate, ParkingExecutor, blocking_check_fn, check_fn,
};
use run::{LIMIT, OnTokio, block_on, fine, manual_clock};

/// Waits on tokio's own timer: panics where there is none.
fn needs_tokio() -> impl Check + 'static {
    check_fn("test/needs-tokio", |_: Arc<CheckContext>| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let answer = tokio::spawn(async { fine() }).await?;
        Ok(answer)
    })
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn a_check_finds_the_reactor_of_the_runtime_that_awaits_decide() {
    let gate = Arc::new(Gate::builder().check(needs_tokio()).build().unwrap());
    for runtime in [multi_thread(), current_thread()] {
        assert_eq!(runtime.block_on(gate.decide(deploy())).decision, Decision::Go);
        // The run can be moved to another thread of the runtime.
        let gate = Arc::clone(&gate);
        let spawned = runtime.spawn(async move { gate.decide(deploy()).await.decision });
        assert_eq!(runtime.block_on(spawned).unwrap(), Decision::Go);
    }
}

#[test]
fn a_check_finds_the_reactor_of_the_executor_hook() {
    let runtime = multi_thread();
    let gate = Gate::builder().check(needs_tokio()).executor(Arc::new(OnTokio(runtime.handle().clone())));
    assert_eq!(gate.build().unwrap().decide_blocking(deploy()).decision, Decision::Go);
}

#[test]
fn without_a_reactor_such_a_check_panics_and_that_is_nogo() {
    let gate = Gate::builder().check(needs_tokio()).executor(Arc::new(ParkingExecutor)).build().unwrap();
    let report = gate.decide_blocking(deploy());
    assert!(matches!(report.entries[0].ended, Conclusion::Panicked { .. }), "{:?}", report.entries[0].ended);
    assert_eq!(report.decision, Decision::NoGo);
}

#[test]
fn decide_blocking_works_on_a_thread_of_a_runtime() {
    let gate = Gate::builder().check(blocking_check_fn("test/blocking", |_| Ok(fine()))).build().unwrap();
    assert_eq!(current_thread().block_on(async { gate.decide_blocking(deploy()) }).decision, Decision::Go);
}

#[test]
fn a_check_that_blocks_a_thread_of_its_own_does_not_hold_up_decide() {
    let clock = manual_clock();
    let gate = Gate::builder()
        .limit(LIMIT)
        .clock(clock.clone())
        .check(blocking_check_fn("test/blocks", |_| {
            loop {
                std::thread::park();
            }
        }))
        .check(scripted("test/fine", fine()))
        .build()
        .unwrap();
    let report = std::thread::scope(|scope| {
        let decided = scope.spawn(|| block_on(gate.decide(deploy())));
        clock.wait_for_sleeper();
        clock.advance(LIMIT);
        decided.join().unwrap()
    });
    assert_eq!(report.entry("test/blocks").unwrap().ended, Conclusion::TimedOut { after_milliseconds: 60_000 });
    assert!(report.entry("test/fine").unwrap().ended.outcome().is_some());
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Does<F>(F);

impl<F: Fn(Work) + Send + Sync> Executor for Does<F> {
    fn block_on(&self, future: Work) {
        (self.0)(future);
    }
}

fn under(executor: impl Executor + 'static) -> Conclusion {
    let gate = Gate::builder().check(scripted("test/fine", fine())).executor(Arc::new(executor)).build().unwrap();
    let report = gate.decide_blocking(deploy());
    assert!(report.decision == Decision::NoGo || report.entries[0].ended.outcome().is_some());
    report.entries.into_iter().next().unwrap().ended
}

#[test]
fn an_executor_that_does_not_do_its_work_gives_no_go() {
    let dropped = under(Does(drop::<Work>));
    assert_eq!(dropped, Conclusion::Errored { error: "the executor returned before the check had ended".into() });
    let panicked = under(Does(|_| std::panic::panic_any("no runtime")));
    assert_eq!(panicked, Conclusion::Panicked { message: "in the executor: no runtime".into() });
    let after = under(Does(|work| {
        ParkingExecutor.block_on(work);
        std::panic::panic_any("afterwards")
    }));
    assert!(after.outcome().is_some(), "the check had answered: {after:?}");
}

#[test]
fn a_hundred_hanging_checks_end_together() {
    let clock = manual_clock();
    let hanging = |n: u32| faulty(Fault::Hang, scripted(format!("test/hangs-{n}"), fine()));
    let builder = Gate::builder().limit(LIMIT).clock(clock.clone());
    let gate = (0..100).fold(builder, |builder, n| builder.check(hanging(n))).build().unwrap();
    let report = std::thread::scope(|scope| {
        let decided = scope.spawn(|| gate.decide_blocking(deploy()));
        clock.wait_for_sleeper();
        clock.advance(LIMIT);
        decided.join().unwrap()
    });
    assert_eq!(report.entries.len(), 100);
    assert!(report.entries.iter().all(|entry| entry.took_milliseconds == Some(60_000)));
}
