//! Runs one check so that whatever it does ends in a [`Conclusion`].

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::check::{BoxError, Check, CheckContext};
use crate::outcome::{Conclusion, Outcome};

type Running = Pin<Box<dyn Future<Output = Result<Outcome, BoxError>> + Send>>;

/// A check's run, as a future that never panics: not in `run`, not at an await, not when its state is dropped.
///
/// A panic while another panic unwinds the check's own stack aborts the process, as everywhere in Rust; that is no Go either.
pub(crate) struct Isolated {
    running: Option<Running>,
}

impl Isolated {
    pub(crate) fn new(check: Arc<dyn Check>, context: CheckContext) -> Self {
        // The call to `run` itself happens at the first poll, inside the guard below.
        Self { running: Some(Box::pin(async move { check.run(&context).await })) }
    }

    fn discard(&mut self) -> Result<(), String> {
        let running = self.running.take();
        guarded(|| drop(running))
    }
}

impl Future for Isolated {
    type Output = Conclusion;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Conclusion> {
        let Some(running) = self.running.as_mut() else {
            return Poll::Ready(Conclusion::Errored { error: "polled after its end".into() });
        };
        let result = match guarded(|| running.as_mut().poll(context)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => result,
            Err(message) => {
                let _ = self.discard();
                return Poll::Ready(Conclusion::Panicked { message });
            }
        };
        let concluded = guarded(|| conclude(result));
        Poll::Ready(match self.discard().and(concluded) {
            Ok(conclusion) => conclusion,
            Err(message) => Conclusion::Panicked { message },
        })
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        // The run was given up; that its state then panics changes nothing.
        let _ = self.discard();
    }
}

fn conclude(result: Result<Outcome, BoxError>) -> Conclusion {
    match result {
        Ok(result) => Conclusion::Completed { result },
        Err(error) => Conclusion::Errored { error: with_causes(&*error) },
    }
}

/// How many causes of an error are told: an error may name itself as its cause.
const CAUSES_TOLD: usize = 32;

/// An error and its causes in one line, leaving out causes whose text the line already ends with.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    for _ in 0..CAUSES_TOLD {
        let Some(error) = cause else { break };
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

/// Calls `f`; a panic becomes its message.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = message_of(&*payload);
        // A payload may panic when dropped, and so may the payload of that panic: the last one is kept for good.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        message
    })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
