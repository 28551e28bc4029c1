//! A clock moved by hand.

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
    sleepers: Vec<(Duration, Waker)>,
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
        state.elapsed += by;
        state.now = state.now.and_then(|now| now.checked_add(by));
        let elapsed = state.elapsed;
        let (due, waiting) = state.sleepers.drain(..).partition(|(until, _)| *until <= elapsed);
        state.sleepers = waiting;
        drop(state);
        let due: Vec<(Duration, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Sets the wall time alone, also backwards.
    pub fn set_now(&self, now: Option<Timestamp>) {
        self.lock().now = now;
    }

    /// Blocks until somebody sleeps on this clock.
    pub fn wait_for_sleeper(&self) {
        let mut state = self.lock();
        while state.sleepers.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
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
        poll_fn(|context| {
            let mut state = self.lock();
            if state.elapsed >= until {
                return Poll::Ready(());
            }
            state.sleepers.push((until, context.waker().clone()));
            self.changed.notify_all();
            Poll::Pending
        })
        .await;
    }
}
