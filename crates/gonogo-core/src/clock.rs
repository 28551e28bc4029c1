//! Time as something that is given.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;

use crate::timestamp::Timestamp;

/// Tells the time and waits. Injected, so that nothing in gonogo reads a clock of its own.
///
/// # Contract
/// - [`now`](Clock::now) is `None` when the wall time cannot be trusted; then no waiver, approval or override lives.
/// - [`elapsed`](Clock::elapsed) never goes back.
/// - [`sleep`](Clock::sleep) ends once `elapsed` has grown by the duration, and costs nothing after it is dropped.
///
/// A gate whose clock panics gives every check that it cannot time up as late, and lets no waiver live.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall time, if it can be trusted.
    fn now(&self) -> Option<Timestamp>;
    /// Time since some fixed moment, monotonic.
    fn elapsed(&self) -> Duration;
    /// Waits.
    async fn sleep(&self, duration: Duration);
    /// Waits until [`elapsed`](Clock::elapsed) is at least `until`.
    async fn sleep_until(&self, until: Duration) {
        self.sleep(until.saturating_sub(self.elapsed())).await;
    }
}

/// The clock of the operating system. Needs no runtime: a sleep is a parked thread that ends early when dropped.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose `elapsed` begins at zero.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Option<Timestamp> {
        Timestamp::try_from(SystemTime::now()).ok()
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        Sleep { duration, shared: None }.await;
    }
}

struct Sleep {
    duration: Duration,
    shared: Option<Arc<SleepShared>>,
}

#[derive(Default)]
struct SleepShared {
    state: Mutex<SleepState>,
    changed: Condvar,
}

#[derive(Default)]
struct SleepState {
    over: bool,
    dropped: bool,
    waker: Option<Waker>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = match &self.shared {
            Some(shared) => Arc::clone(shared),
            None => {
                let shared = Arc::new(SleepShared::default());
                let (timer, duration) = (Arc::clone(&shared), self.duration);
                let started =
                    std::thread::Builder::new().name("gonogo-timer".into()).spawn(move || timer.wait(duration));
                if started.is_err() {
                    // No thread to be had: waiting here keeps the promise that a sleep ends, if less politely.
                    std::thread::sleep(duration);
                    return Poll::Ready(());
                }
                self.shared = Some(Arc::clone(&shared));
                shared
            }
        };
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.state.lock().unwrap_or_else(PoisonError::into_inner).dropped = true;
            shared.changed.notify_all();
        }
    }
}

impl SleepShared {
    fn wait(&self, duration: Duration) {
        let until = Instant::now().checked_add(duration);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.dropped {
            let left = match until {
                Some(until) => until.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.over = true;
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
        }
    }
}
