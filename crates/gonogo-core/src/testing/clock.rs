//! A clock moved by hand.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::timestamp::Timestamp;

/// Stands still until [`ManualClock::advance`] is called, which wakes every sleeper whose time has come.
#[derive(Debug, Default)]
pub struct ManualClock {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    now: Option<Timestamp>,
    sleepers: BTreeMap<u64, (Duration, Waker)>,
    slept: u64,
}

impl ManualClock {
    /// A clock that shows this wall time; `None` for one that cannot be trusted.
    #[must_use]
    pub fn at(now: Option<Timestamp>) -> Self {
        Self { state: Mutex::new(State { now, ..State::default() }), changed: Condvar::new() }
    }

    /// Moves both times forward.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.elapsed = state.elapsed.saturating_add(by);
        state.now = state.now.and_then(|now| now.checked_add(by));
        let elapsed = state.elapsed;
        let due: Vec<Waker> =
            state.sleepers.values().filter(|(until, _)| *until <= elapsed).map(|(_, waker)| waker.clone()).collect();
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Sets the wall time alone, also backwards.
    pub fn set_now(&self, now: Option<Timestamp>) {
        self.lock().now = now;
    }

    /// Blocks until somebody sleeps on this clock whose time has not come.
    pub fn wait_for_sleeper(&self) {
        let mut state = self.lock();
        while !state.sleepers.values().any(|(until, _)| *until > state.elapsed) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn number(&self) -> u64 {
        let mut state = self.lock();
        state.slept += 1;
        state.slept
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Option<Timestamp> {
        self.lock().now
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.elapsed().saturating_add(duration);
        self.sleep_until(until).await;
    }

    async fn sleep_until(&self, until: Duration) {
        let sleeper = Sleeper { clock: self, number: self.number() };
        poll_fn(|context| {
            let mut state = sleeper.clock.lock();
            if state.elapsed >= until {
                return Poll::Ready(());
            }
            state.sleepers.insert(sleeper.number, (until, context.waker().clone()));
            sleeper.clock.changed.notify_all();
            Poll::Pending
        })
        .await;
    }
}

/// Is forgotten when its sleep is over or given up.
struct Sleeper<'a> {
    clock: &'a ManualClock,
    number: u64,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.number);
    }
}
