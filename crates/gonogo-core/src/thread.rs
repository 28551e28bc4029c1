//! A future that is computed on a thread of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use crate::check::{BoxError, Check, CheckContext};
use crate::executor::Executor;
use crate::isolate::{Isolated, guarded};
use crate::outcome::{Conclusion, Outcome};

/// Where a thread leaves its one answer, and hears that nobody waits for it any more.
struct Mailbox<T>(Mutex<Slot<T>>);

struct Slot<T> {
    answer: Option<T>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    given_up: bool,
}

impl<T> Mailbox<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Slot { answer: None, reader: None, writer: None, given_up: false })))
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer stays.
    fn put(&self, answer: T) {
        let mut slot = self.lock();
        slot.answer.get_or_insert(answer);
        let reader = slot.reader.take();
        drop(slot);
        wake(reader);
    }

    /// Whether nobody waits any more; `waker` is woken when that becomes so.
    fn given_up(&self, waker: &Waker) -> bool {
        let mut slot = self.lock();
        slot.writer = Some(waker.clone());
        slot.given_up
    }
}

/// Wakers come from foreign executors; one that panics must not take a run with it.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        let _ = guarded(|| waker.wake());
    }
}

struct Answer<T>(Arc<Mailbox<T>>);

impl<T> Future for Answer<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock();
        match slot.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                slot.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.given_up = true;
        let writer = slot.writer.take();
        drop(slot);
        wake(writer);
    }
}

/// A check's run that puts its conclusion into a mailbox, and ends early once nobody waits for it: what an await holds (a
/// program, a connection) is let go when the check's time is over.
struct Delivery {
    isolated: Isolated,
    mailbox: Arc<Mailbox<Conclusion>>,
}

impl Future for Delivery {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.mailbox.given_up(context.waker()) {
            return Poll::Ready(());
        }
        match Pin::new(&mut self.isolated).poll(context) {
            Poll::Ready(conclusion) => {
                self.mailbox.put(conclusion);
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A thread that is called after a check. Names of threads hold no NUL.
fn thread_for(id: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(format!("gonogo {}", id.replace('\0', "")))
}

/// The threads of a run that have not ended yet.
#[derive(Default)]
pub(crate) struct Threads {
    running: Mutex<usize>,
    ended: Condvar,
}

impl Threads {
    /// Waits until all have ended, and no longer than `grace`: a check whose time was over still has to let go of what it
    /// holds (kill a program, say), and a process that ends right after the decision would not give it the time.
    pub(crate) fn wait(&self, grace: Duration) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether they ended or the grace did: the decision stands.
        drop(self.ended.wait_timeout_while(running, grace, |running| *running > 0));
    }

    fn begin(self: &Arc<Self>) -> Running {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Running(Arc::clone(self))
    }
}

/// Counts its thread out when dropped.
struct Running(Arc<Threads>);

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_all();
    }
}

/// Runs an isolated check on a new thread under the executor.
pub(crate) fn on_thread(
    id: &str,
    executor: &Arc<dyn Executor>,
    threads: &Arc<Threads>,
    isolated: Isolated,
) -> impl Future<Output = Conclusion> + use<> {
    let counted = threads.begin();
    let mailbox = Mailbox::new();
    let (executor, outside) = (Arc::clone(executor), Arc::clone(&mailbox));
    let delivery = Delivery { isolated, mailbox: Arc::clone(&mailbox) };
    let work = move || {
        let _counted = counted;
        let ran = guarded(|| executor.block_on(Box::pin(delivery)));
        // Does nothing when the check has answered.
        outside.put(match ran {
            Ok(()) => Conclusion::Errored { error: "the executor returned before the check had ended".into() },
            Err(message) => Conclusion::Panicked { message: format!("in the executor: {message}") },
        });
    };
    if let Err(error) = thread_for(id).spawn(work) {
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
        blocking(&self.id, move || function(cx)).await?
    }
}

/// Runs `work` on a thread of its own that is called after `name`, so that an adapter which blocks (a database client, an HTTP
/// call) can be awaited under any executor.
///
/// Dropping the future leaves the thread behind, which ends when `work` does: give `work` a limit of its own. A panic of
/// `work` goes on in whoever awaits.
///
/// ```
/// # let waited = futures_of_the_example();
/// # async fn futures_of_the_example() -> std::io::Result<()> {
/// let bytes = gonogo_core::blocking("read the log", || std::fs::read("deploy.log")).await??;
/// # Ok(()) }
/// # let _ = waited;
/// ```
///
/// # Errors
/// When no thread could be started.
pub async fn blocking<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<T> {
    let mailbox = Mailbox::new();
    let inside = Arc::clone(&mailbox);
    thread_for(name).spawn(move || inside.put(guarded(work)))?;
    match Answer(mailbox).await {
        Ok(value) => Ok(value),
        Err(message) => std::panic::resume_unwind(Box::new(message)),
    }
}
