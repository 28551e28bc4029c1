//! The driver: every window once, faults in their place, the same verdict after a restart, and the action at the end.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use gonogo_core::Timestamp;
use gonogo_guard::driver::{Driver, DriverSettings, Event, RecordedSource, SourceError, control_fn};
use gonogo_guard::testing::{RecordingControl, ScriptedSource, SkippingClock, metric_source};
use gonogo_guard::{Arm, FaultKind, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};

const START: i64 = 1_767_225_600;
const LIMIT: Duration = Duration::from_millis(20_001);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(START + 60 * minute).unwrap()
}

fn window(minute: i64, canary_errors: f64) -> Window {
    Window::new(at(minute), Seconds::minute()).with(Arm::Canary, "errors", Sample::rate(1000.0, canary_errors)).with(
        Arm::Control,
        "errors",
        Sample::rate(1000.0, 10.0),
    )
}

fn guard(planned: u64) -> Guard {
    Guard::new(
        GuardConfig::new(vec![MonitorConfig::new(MonitorKind::AgainstControl, "errors")]).planned_windows(planned),
    )
    .unwrap()
}

fn settings() -> DriverSettings {
    DriverSettings::default().fetch_limit(LIMIT)
}

fn clock() -> Arc<SkippingClock> {
    Arc::new(SkippingClock::new(at(0), LIMIT))
}

/// Polls until ready; the fakes never wait for anything but their clock, which does not wait.
fn block<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future waits for something");
}

#[test]
fn a_healthy_rollout_is_watched_to_its_planned_end_and_goes_on() {
    let source = Arc::new((1..=40).fold(ScriptedSource::new(), |source, minute| source.with(window(minute, 10.0))));
    let control = Arc::new(RecordingControl::new());
    let mut driver =
        Driver::new(guard(30), Arc::clone(&source), clock(), at(0)).settings(settings()).control(Arc::clone(&control));
    let evidence = block(driver.run()).unwrap();
    assert_eq!(evidence.verdict, Verdict::Healthy, "{}", evidence.reason);
    assert_eq!(control.told(), [Verdict::Healthy]);
    assert_eq!(source.asked(), (1..=30).map(at).collect::<Vec<_>>());
}

#[test]
fn harm_halts_at_once_and_is_acted_on_once() {
    let source = (1..=30).fold(ScriptedSource::new(), |source, minute| source.with(window(minute, 900.0)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let control = control_fn(move |verdict, evidence| {
        heard.lock().unwrap().push((verdict, evidence.windows));
        async { Ok(()) }
    });
    let mut driver = Driver::new(guard(30), source, clock(), at(0)).settings(settings()).control(control);
    assert_eq!(block(driver.run()).unwrap().verdict, Verdict::Halt);
    assert_eq!(*told.lock().unwrap(), [(Verdict::Halt, 2)]);
}

#[test]
fn a_dry_run_acts_on_nothing() {
    let source = (1..=30).fold(ScriptedSource::new(), |source, minute| source.with(window(minute, 900.0)));
    let mut config = guard(30).config().clone();
    config.dry_run = true;
    let control = Arc::new(RecordingControl::new());
    let mut driver = Driver::new(Guard::new(config).unwrap(), source, clock(), at(0))
        .settings(settings())
        .control(Arc::clone(&control));
    assert_eq!(block(driver.run()).unwrap().verdict, Verdict::Halt);
    assert_eq!(control.told(), []);
}

#[test]
fn a_failed_fetch_keeps_its_place_and_the_rollout_from_being_healthy() {
    let source = (1..=30)
        .filter(|minute| *minute != 12)
        .fold(ScriptedSource::new(), |source, minute| source.with(window(minute, 10.0)));
    let source = Arc::new(source.failing(at(12), "503 Service Unavailable"));
    let failures = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&failures);
    let mut driver =
        Driver::new(guard(30), Arc::clone(&source), clock(), at(0)).settings(settings()).listener(move |event| {
            if let Event::FetchFailed { end, why } = event {
                heard.lock().unwrap().push((*end, why.clone()));
            }
        });
    let evidence = block(driver.run()).unwrap();
    assert_eq!(evidence.verdict, Verdict::Inconclusive);
    assert!(evidence.faults.iter().any(|record| record.fault == FaultKind::SourceFailed && record.first == 11));
    assert!(!evidence.faults.iter().any(|record| record.fault == FaultKind::Gap));
    assert_eq!(source.asked().len(), 30);
    assert_eq!(failures.lock().unwrap().len(), 1);
}

#[test]
fn a_source_that_never_answers_is_given_up_at_the_limit() {
    struct Silent;
    #[gonogo_core::async_trait]
    impl gonogo_guard::driver::MetricSource for Silent {
        async fn window(&self, _: Timestamp, _: Timestamp) -> Result<Window, SourceError> {
            std::future::pending().await
        }
    }
    // Here every sleep ends at once, so the limit is over before the source answers.
    let clock = Arc::new(SkippingClock::new(at(0), Duration::MAX));
    let mut driver = Driver::new(guard(5), Silent, clock, at(0)).settings(settings());
    let evidence = block(driver.run()).unwrap();
    assert_eq!(evidence.verdict, Verdict::Inconclusive);
    assert_eq!(evidence.faults.iter().map(|record| record.windows).max(), Some(5));
}

#[test]
fn stopped_after_any_tick_and_resumed_the_verdict_and_the_windows_are_the_same() {
    let windows: Vec<Window> = (1..=30).map(|minute| window(minute, if minute > 20 { 25.0 } else { 10.0 })).collect();
    let straight =
        block(Driver::new(guard(30), RecordedSource::new(windows.clone()), clock(), at(0)).settings(settings()).run())
            .unwrap();
    for stop in 1..30 {
        let mut first =
            Driver::new(guard(30), RecordedSource::new(windows.clone()), clock(), at(0)).settings(settings());
        for _ in 0..stop {
            block(first.tick()).unwrap();
        }
        let saved = serde_json::to_string(first.guard().state()).unwrap();
        let resumed = Guard::resume(first.guard().config().clone(), serde_json::from_str(&saved).unwrap()).unwrap();
        let late = Arc::new(SkippingClock::new(at(100), LIMIT));
        let mut second = Driver::new(resumed, RecordedSource::new(windows.clone()), late, at(0)).settings(settings());
        assert_eq!(block(second.run()).unwrap(), straight, "stopped after {stop}");
    }
}

#[test]
fn sources_that_keep_their_contract_pass_the_conformance_test() {
    let honest = RecordedSource::new([window(1, 10.0)]);
    assert_eq!(block(metric_source(&honest, at(0), Seconds::minute())), Ok(()));
    assert_eq!(block(metric_source(&honest, at(7), Seconds::minute())), Ok(()));
    let mut wrong = window(1, 10.0);
    wrong.seconds = Seconds::new(30.0).unwrap();
    assert!(block(metric_source(&RecordedSource::new([wrong]), at(0), Seconds::minute())).is_err());
}
