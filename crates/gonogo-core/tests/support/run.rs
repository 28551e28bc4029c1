//! Deploys, clocks and watchers for tests that run a gate.
#![allow(dead_code, clippy::unwrap_used)] // part of tests; each file uses its own part of it

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use gonogo_core::testing::ManualClock;
use gonogo_core::{Conclusion, Executor, Facts, Observer, Outcome, Timestamp};

pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn manual_clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Some(noon())))
}

pub(crate) fn fine() -> Outcome {
    Outcome::examined(vec![], Facts::new().count("things", 3))
}

/// Waits for a future on this thread: the least executor there is.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

/// Checks run on a tokio runtime.
pub(crate) struct OnTokio(pub(crate) tokio::runtime::Handle);

impl Executor for OnTokio {
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.block_on(future);
    }
}

/// Remembers how each check ended, and lets a test wait until one has.
#[derive(Default)]
pub(crate) struct Watcher {
    ended: Mutex<BTreeMap<String, Conclusion>>,
    changed: Condvar,
}

impl Watcher {
    /// Blocks until all these have ended.
    pub(crate) fn wait_for(&self, checks: &[&str]) {
        let mut ended = self.ended.lock().unwrap();
        while !checks.iter().all(|check| ended.contains_key(*check)) {
            ended = self.changed.wait(ended).unwrap();
        }
    }
}

impl Observer for Watcher {
    fn check_concluded(&self, check: &str, conclusion: &Conclusion) {
        self.ended.lock().unwrap().insert(check.to_owned(), conclusion.clone());
        self.changed.notify_all();
    }
}
