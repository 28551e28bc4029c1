//! A staged rollout that its guard drives: 1, 5, 25, 50 and 100 % of the traffic, a step on after every ten windows without harm, and
//! back to nothing at a halt. The fleet is made up, and its new version starts to fail when it gets a quarter of the traffic.
//!
//! `cargo run -p gonogo-examples --bin rollout_guard` (or `rollout_guard healthy`, where nothing goes wrong)
#![allow(clippy::print_stdout)] // it is a program

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gonogo::guard::driver::{Driver, DriverSettings, MetricSource, SourceError, control_fn};
use gonogo::guard::{Arm, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};
use gonogo::{Clock, Timestamp, async_trait};

const STEPS: [f64; 5] = [0.01, 0.05, 0.25, 0.50, 1.0];
const WINDOWS_A_STEP: u64 = 10;
const REQUESTS: f64 = 20_000.0;

/// The fleet: how much of the traffic the new version has, and whether it degrades.
struct Fleet {
    share: Mutex<f64>,
    degrades: bool,
    noise: Mutex<u64>,
}

impl Fleet {
    fn share(&self) -> f64 {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, share: f64) {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
    }

    /// About this many, give or take a fifth.
    fn about(&self, mean: f64) -> f64 {
        let mut noise = self.noise.lock().unwrap_or_else(PoisonError::into_inner);
        *noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (*noise >> 11) as f64 / (1_u64 << 53) as f64;
        (mean * (0.8 + 0.4 * unit)).round()
    }
}

#[async_trait]
impl MetricSource for Fleet {
    async fn window(&self, _start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        let share = self.share();
        let rate = if self.degrades && share >= 0.25 { 0.02 } else { 0.005 };
        let (canary, control) = ((REQUESTS * share).round(), (REQUESTS * (1.0 - share).max(0.01)).round());
        Ok(Window::new(end, Seconds::minute())
            .with(Arm::Canary, "errors", Sample::rate(canary, self.about(canary * rate)))
            .with(Arm::Control, "errors", Sample::rate(control, self.about(control * 0.005))))
    }
}

/// A clock whose sleeps are over at once, so that fifty minutes pass in no time.
struct FastClock(Mutex<Timestamp>, Timestamp);

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Option<Timestamp> {
        Some(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn elapsed(&self) -> Duration {
        self.now().and_then(|now| now.since(self.1)).unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(duration).unwrap_or(*now);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let degrades = std::env::args().nth(1).as_deref() != Some("healthy");
    let fleet = Arc::new(Fleet { share: Mutex::new(STEPS[0]), degrades, noise: Mutex::new(7) });
    let planned = WINDOWS_A_STEP * STEPS.len() as u64;
    let config = GuardConfig::new(vec![
        MonitorConfig::new(MonitorKind::AgainstControl, "errors"),
        MonitorConfig::new(MonitorKind::StaticBound, "errors").bound(0.01),
    ])
    .planned_windows(planned);
    let start: Timestamp = "2026-03-01T12:00:00Z".parse()?;
    let clock = Arc::new(FastClock(Mutex::new(start), start));
    let acted = Arc::clone(&fleet);
    let control = control_fn(move |verdict, evidence| {
        match verdict {
            Verdict::Healthy => println!("done: {}", evidence.reason),
            Verdict::Halt => {
                acted.give(0.0);
                println!("rolled back: {}", evidence.reason);
            }
            _ => println!("a person must look: {}", evidence.reason),
        }
        async { Ok(()) }
    });
    let mut driver = Driver::new(Guard::new(config)?, Arc::clone(&fleet), clock, start)
        .settings(DriverSettings::default())
        .control(control);

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let verdict = runtime.block_on(async {
        while driver.tick().await?.is_some() {
            let windows = driver.guard().windows();
            let step = usize::try_from(windows / WINDOWS_A_STEP)?;
            let next = STEPS.get(step).copied().unwrap_or(1.0);
            if driver.guard().halt().is_none() && windows % WINDOWS_A_STEP == 0 && fleet.share() < next {
                fleet.give(next);
                println!("window {windows}: {:.0} % of the traffic", 100.0 * next);
            }
        }
        // Nothing is left to watch: `run` concludes, through the control.
        Ok::<_, Box<dyn Error>>(driver.run().await?.verdict)
    })?;
    assert_eq!(verdict == Verdict::Halt, degrades);
    assert_eq!(fleet.share() == 0.0, degrades);
    Ok(())
}
