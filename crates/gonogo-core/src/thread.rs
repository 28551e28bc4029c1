//! A future that is computed on a thread of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;

use crate::check::{BoxError, Check, CheckContext};
use crate::executor::Executor;
use crate::isolate::{Isolated, guarded};
use crate::outcome::{Conclusion, Outcome};

/// Where a thread leaves its one answer.
struct Mailbox<T>(Mutex<(Option<T>, Option<Waker>)>);

impl<T> Mailbox<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((None, None))))
    }

    fn lock(&self) -> MutexGuard<'_, (Option<T>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer stays.
    fn put(&self, answer: T) {
        let mut slot = self.lock();
        slot.0.get_or_insert(answer);
        let waker = slot.1.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct Answer<T>(Arc<Mailbox<T>>);

impl<T> Future for Answer<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock();
        match slot.0.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                slot.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Runs an isolated check on a new thread under the executor.
pub(crate) fn on_thread(
    id: &str,
    executor: &Arc<dyn Executor>,
    isolated: Isolated,
) -> impl Future<Output = Conclusion> + use<> {
    let mailbox = Mailbox::new();
    let (executor, inside, outside) = (Arc::clone(executor), Arc::clone(&mailbox), Arc::clone(&mailbox));
    let work = move || {
        let filled = Box::pin(async move { inside.put(isolated.await) });
        let ran = guarded(|| executor.block_on(filled));
        // Does nothing when the check has answered.
        outside.put(match ran {
            Ok(()) => Conclusion::Errored { error: "the executor returned before the check had ended".into() },
            Err(message) => Conclusion::Panicked { message: format!("in the executor: {message}") },
        });
    };
    if let Err(error) = std::thread::Builder::new().name(format!("gonogo {id}")).spawn(work) {
        mailbox.put(Conclusion::Errored { error: format!("no thread could be started: {error}") });
    }
    Answer(mailbox)
}

/// Makes a closure that blocks a check: it runs on a thread of its own, so that no other check waits for it.
///
/// When its time is over the thread is left behind and what it answers is thrown away.
///
/// ```
/// use std::sync::Arc;
/// use gonogo_core::{blocking_check_fn, CheckContext, Facts, Outcome};
/// let check = blocking_check_fn("team/changelog", |cx: Arc<CheckContext>| {
///     let entries = std::fs::read_to_string("CHANGELOG.md")?.lines().count();
///     Ok(Outcome::examined(vec![], Facts::new().count("lines", entries as u64)))
/// });
/// # let _ = check;
/// ```
pub fn blocking_check_fn<F>(id: impl Into<String>, function: F) -> impl Check + 'static
where
    F: Fn(Arc<CheckContext>) -> Result<Outcome, BoxError> + Send + Sync + 'static,
{
    BlockingCheck { id: id.into(), function: Arc::new(function) }
}

struct BlockingCheck<F> {
    id: String,
    function: Arc<F>,
}

#[async_trait]
impl<F> Check for BlockingCheck<F>
where
    F: Fn(Arc<CheckContext>) -> Result<Outcome, BoxError> + Send + Sync + 'static,
{
    fn id(&self) -> &str {
        &self.id
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let (function, cx) = (Arc::clone(&self.function), Arc::new(cx.clone()));
        spawn_blocking(&self.id, move || function(cx)).await
    }
}

/// Runs `work` on a new thread; a panic there goes on here.
pub(crate) async fn spawn_blocking(
    name: &str,
    work: impl FnOnce() -> Result<Outcome, BoxError> + Send + 'static,
) -> Result<Outcome, BoxError> {
    let mailbox = Mailbox::new();
    let inside = Arc::clone(&mailbox);
    std::thread::Builder::new().name(format!("gonogo {name}")).spawn(move || inside.put(guarded(work)))?;
    match Answer(mailbox).await {
        Ok(result) => result,
        Err(message) => std::panic::resume_unwind(Box::new(message)),
    }
}
