//! Waits for all checks of a run, and for their deadlines.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::Clock;
use crate::gate::milliseconds;
use crate::isolate::guarded;
use crate::outcome::Conclusion;

/// A check under way, wherever it runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Conclusion> + Send>>;

type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One check that was started.
pub(crate) struct Task<K> {
    key: K,
    limit: Duration,
    deadline: Duration,
    running: Option<Running>,
    ended: Option<(Conclusion, Duration)>,
}

impl<K> Task<K> {
    pub(crate) fn new(key: K, limit: Duration, deadline: Duration, running: Running) -> Self {
        Self { key, limit, deadline, running: Some(running), ended: None }
    }

    /// Polls the check, then looks at the time: an answer that comes after the deadline, or at no known time, is no answer.
    fn poll(&mut self, context: &mut Context<'_>, clock: &dyn Clock) -> bool {
        let Some(running) = self.running.as_mut() else { return false };
        let polled = running.as_mut().poll(context);
        let now = elapsed(clock);
        let conclusion = match polled {
            Poll::Ready(conclusion) if now.is_some_and(|now| now <= self.deadline) => conclusion,
            Poll::Pending if now.is_some_and(|now| now < self.deadline) => return false,
            Poll::Ready(_) | Poll::Pending => Conclusion::TimedOut { after_milliseconds: milliseconds(self.limit) },
        };
        self.running = None;
        self.ended = Some((conclusion, now.unwrap_or(self.deadline)));
        true
    }
}

/// The clock's elapsed time; `None` when it panics.
pub(crate) fn elapsed(clock: &dyn Clock) -> Option<Duration> {
    guarded(|| clock.elapsed()).ok()
}

/// Waits until each task has answered or its time is over. O(tasks) a wake.
pub(crate) async fn collect<K>(
    mut tasks: Vec<Task<K>>,
    clock: &dyn Clock,
    concluded: impl Fn(&K, &Conclusion),
) -> Vec<(K, Conclusion, Duration)> {
    let mut timer: Option<(Duration, Sleep<'_>)> = None;
    poll_fn(|context| {
        loop {
            for task in &mut tasks {
                if task.poll(context, clock)
                    && let Some((conclusion, _)) = &task.ended
                {
                    concluded(&task.key, conclusion);
                }
            }
            let pending = tasks.iter().filter(|task| task.running.is_some());
            let Some(next) = pending.map(|task| task.deadline).min() else { return Poll::Ready(()) };
            // A sleep that panics is over, as is one that ends too early: then the time itself decides.
            let slept = guarded(|| {
                let sleep = match &mut timer {
                    Some((until, sleep)) if *until == next => sleep,
                    _ => &mut timer.insert((next, clock.sleep_until(next))).1,
                };
                sleep.as_mut().poll(context)
            });
            let slept = slept.unwrap_or(Poll::Ready(()));
            if slept.is_pending() {
                return Poll::Pending;
            }
            timer = None;
            if elapsed(clock).is_some_and(|now| now < next) {
                // Let others on this thread have their turn, and look again.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    })
    .await;
    tasks.into_iter().filter_map(|task| task.ended.map(|(conclusion, at)| (task.key, conclusion, at))).collect()
}
