//! Checks that do what they are told, and checks and histories that fail on purpose.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;

use crate::check::{BoxError, Check, CheckContext};
use crate::history::{Ancestry, Commit, FileChange, History, HistoryError};
use crate::outcome::Outcome;
use crate::path::RepoPath;
use crate::revision::Revision;

/// A check that says what it was told to say.
pub fn scripted(id: impl Into<String>, outcome: Outcome) -> impl Check + 'static {
    let id = id.into();
    crate::check_fn(id, move |_| {
        let outcome = outcome.clone();
        async move { Ok(outcome) }
    })
}

/// What goes wrong in a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It returns an error.
    Error,
    /// It returns an error whose text cannot be had: formatting it panics.
    UnprintableError,
    /// It panics when called, before there is a future.
    PanicInRun,
    /// It panics before its first await.
    PanicBeforeAwait,
    /// It panics after its first await.
    PanicAfterAwait,
    /// It panics with a payload that is no text and panics itself when dropped.
    PanicWithHostilePayload,
    /// It answers, and the state of its run panics when dropped.
    PanicInDrop,
    /// Its `id()` panics.
    PanicInId,
    /// It never answers and never wakes.
    Hang,
    /// It never answers and wakes all the time.
    Spin,
    /// It blocks its thread for ever.
    Block,
}

/// A check with a fault around another check; made by [`faulty`].
pub struct FaultyCheck<C> {
    inner: C,
    fault: Fault,
}

/// Wraps a check in a fault.
pub fn faulty<C: Check>(fault: Fault, inner: C) -> FaultyCheck<C> {
    FaultyCheck { inner, fault }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::panic_any("dropped on purpose");
        }
    }
}

#[derive(Debug)]
struct Unprintable;

impl std::fmt::Display for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::panic::panic_any("formatted on purpose")
    }
}

impl std::error::Error for Unprintable {}

async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<C: Check> FaultyCheck<C> {
    async fn fail(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        match self.fault {
            Fault::Error => return Err("failed on purpose".into()),
            Fault::UnprintableError => return Err(Box::new(Unprintable)),
            Fault::PanicBeforeAwait => std::panic::panic_any("before the first await, on purpose"),
            Fault::PanicAfterAwait => {
                pause().await;
                std::panic::panic_any(String::from("after the first await, on purpose"))
            }
            Fault::PanicWithHostilePayload => std::panic::panic_any(PanicsWhenDropped),
            Fault::PanicInDrop => {
                let _kept = PanicsWhenDropped;
                return self.inner.run(cx).await;
            }
            Fault::Hang => pending::<()>().await,
            Fault::Spin => loop {
                pause().await;
            },
            Fault::Block => loop {
                std::thread::park();
            },
            Fault::PanicInId | Fault::PanicInRun => {}
        }
        self.inner.run(cx).await
    }
}

// Written out, as async-trait would put the panic of `PanicInRun` into the future.
impl<C: Check> Check for FaultyCheck<C> {
    fn id(&self) -> &str {
        if self.fault == Fault::PanicInId {
            std::panic::panic_any("in id(), on purpose");
        }
        self.inner.id()
    }

    fn run<'life0, 'life1, 'async_trait>(
        &'life0 self,
        cx: &'life1 CheckContext,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Outcome, BoxError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        if self.fault == Fault::PanicInRun {
            std::panic::panic_any("in run(), on purpose");
        }
        Box::pin(self.fail(cx))
    }
}

/// What goes wrong in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryFault {
    /// Every answer is an error.
    Unreadable,
    /// Ranges are cut, as in a shallow clone.
    Truncated,
    /// Every call panics.
    Panic,
}

/// A history with a fault around another history.
pub struct FaultyHistory<H> {
    inner: H,
    fault: HistoryFault,
}

impl<H: History> FaultyHistory<H> {
    /// Wraps a history in a fault.
    pub fn new(fault: HistoryFault, inner: H) -> Self {
        Self { inner, fault }
    }

    fn fail(&self, cut: bool) -> Result<(), HistoryError> {
        match self.fault {
            HistoryFault::Panic => std::panic::panic_any("the history panics on purpose"),
            HistoryFault::Unreadable => Err(HistoryError::Unreadable {
                what: "the history".into(),
                source: Arc::new(std::io::Error::other("failed on purpose")),
            }),
            HistoryFault::Truncated if cut => Err(HistoryError::Incomplete {
                what: "the history ends before the range does".into(),
                remedy: "fetch all of it (fetch-depth: 0)".into(),
            }),
            HistoryFault::Truncated => Ok(()),
        }
    }
}

impl<H: History> History for FaultyHistory<H> {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        self.fail(false)?;
        self.inner.resolve(name)
    }
    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        self.fail(true)?;
        self.inner.ancestry(base, head)
    }
    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        self.fail(true)?;
        self.inner.commits(base, head)
    }
    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        self.fail(false)?;
        self.inner.changed_files(base, head)
    }
    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        self.fail(false)?;
        self.inner.read(at, path)
    }
    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        self.fail(false)?;
        self.inner.files(at, directory)
    }
}

#[async_trait]
impl<H: History> Check for FaultyHistory<H> {
    fn id(&self) -> &str {
        "testing/reads-the-history"
    }

    /// Reads the deploy's range through the faulty history, and reports what it says.
    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let commits = self.commits(&cx.deploy().base, &cx.deploy().head)?;
        Ok(Outcome::examined(vec![], crate::Facts::new().count("commits", commits.len() as u64)))
    }
}
