//! The trait every check implements, and what a check is given.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;

use crate::changes::ChangeSet;
use crate::clock::Clock;
use crate::deploy::Deploy;
use crate::history::{History, HistoryError};
use crate::observer::{Observer, Progress};
use crate::outcome::Outcome;
use crate::timestamp::Timestamp;

/// Any error a check may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// One question about a deploy, answered with evidence.
///
/// # Contract
/// - `id` is unique in a gate, never changes, and names an area and a question: `migration/duration`.
/// - `run` says what it found, with what it examined. **What it cannot read it does not pass over**: it returns
///   [`Outcome::Undetermined`], a [`Finding::unknown`](crate::Finding::unknown), or an error. Never an empty list of findings.
/// - `run` may be dropped at any await (its time was over) and must leave nothing half done behind.
/// - A `run` that blocks its thread holds up [`Gate::decide`](crate::Gate::decide); use
///   [`Gate::decide_blocking`](crate::Gate::decide_blocking), or wrap it with [`blocking_check_fn`](crate::blocking_check_fn).
///
/// ```
/// use gonogo_core::{async_trait, BoxError, Check, CheckContext, Facts, Finding, Outcome, Severity};
///
/// struct NotTooMany { limit: usize }
///
/// #[async_trait]
/// impl Check for NotTooMany {
///     fn id(&self) -> &str { "team/not-too-many-commits" }
///     async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
///         let commits = cx.changes()?.commits.len();
///         let too_many = (commits > self.limit)
///             .then(|| Finding::new("team/too-many-commits", "commits", Severity::Caution, format!("{commits} commits at once")));
///         Ok(Outcome::examined(too_many.into_iter().collect(), Facts::new().count("commits", commits as u64)))
///     }
/// }
/// ```
#[async_trait]
pub trait Check: Send + Sync {
    /// The check's name in the report, such as `migration/duration`.
    fn id(&self) -> &str;
    /// Examines the deploy.
    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError>;
}

#[async_trait]
impl<T: Check + ?Sized> Check for Arc<T> {
    fn id(&self) -> &str {
        (**self).id()
    }
    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        (**self).run(cx).await
    }
}

#[async_trait]
impl<T: Check + ?Sized> Check for Box<T> {
    fn id(&self) -> &str {
        (**self).id()
    }
    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        (**self).run(cx).await
    }
}

/// What a check is given: the deploy, the history, the changes (computed once for all checks), the clock, its deadline.
///
/// Cheap to clone; a clone may outlive the run.
#[derive(Clone)]
pub struct CheckContext {
    run: Arc<Run>,
    check: Arc<str>,
    deadline: Option<Duration>,
}

/// What all checks of one run share.
pub(crate) struct Run {
    pub(crate) deploy: Arc<Deploy>,
    pub(crate) history: Option<Arc<dyn History>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<dyn Observer>,
    changes: OnceLock<Result<ChangeSet, ChangesError>>,
}

impl Run {
    pub(crate) fn new(
        deploy: Arc<Deploy>,
        history: Option<Arc<dyn History>>,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { deploy, history, clock, observer, changes: OnceLock::new() }
    }
}

/// Why the changes of a deploy are not known.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ChangesError {
    /// The gate was given no history.
    #[error("this gate has no history to read changes from; give it one with GateBuilder::history")]
    NoHistory,
    /// The history could not answer.
    #[error("the changes {base}..{head} cannot be read: {source}")]
    History {
        /// The revision in production.
        base: String,
        /// The revision wanted.
        head: String,
        /// What the history said.
        source: HistoryError,
    },
}

impl CheckContext {
    pub(crate) fn new(run: Arc<Run>, check: Arc<str>, deadline: Option<Duration>) -> Self {
        Self { run, check, deadline }
    }

    /// A context outside any gate, for trying a check by itself: system clock, no deadline, silent.
    #[must_use]
    pub fn standalone(deploy: Arc<Deploy>, history: Option<Arc<dyn History>>) -> Self {
        let clock = Arc::new(crate::clock::SystemClock::new());
        let run = Run::new(deploy, history, clock, Arc::new(crate::observer::Silent));
        Self::new(Arc::new(run), "standalone".into(), None)
    }

    /// The deploy in question.
    #[must_use]
    pub fn deploy(&self) -> &Arc<Deploy> {
        &self.run.deploy
    }

    /// The history, if the gate has one.
    #[must_use]
    pub fn history(&self) -> Option<&dyn History> {
        self.run.history.as_deref()
    }

    /// The history as something that can be moved to another thread, if the gate has one.
    #[must_use]
    pub fn shared_history(&self) -> Option<Arc<dyn History>> {
        self.run.history.clone()
    }

    /// The commits and files of the deploy, read once for all checks of a run. Blocks while they are read.
    ///
    /// # Errors
    /// When there is no history, or it cannot tell; then for every check of the run alike.
    pub fn changes(&self) -> Result<&ChangeSet, ChangesError> {
        let read = || {
            let history = self.run.history.as_deref().ok_or(ChangesError::NoHistory)?;
            let deploy = &self.run.deploy;
            ChangeSet::between(history, deploy).map_err(|source| ChangesError::History {
                base: deploy.base.to_string(),
                head: deploy.head.to_string(),
                source,
            })
        };
        self.run.changes.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.run.clock
    }

    /// The wall time, if the clock can be trusted.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.run.clock.now()
    }

    /// When the check's time is over, on the scale of [`Clock::elapsed`]; `None` without a limit.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// How much time is left; `None` without a limit.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(self.run.clock.elapsed()))
    }

    /// Where the check says how far it is.
    #[must_use]
    pub fn progress(&self) -> ProgressReporter<'_> {
        ProgressReporter { context: self }
    }
}

impl std::fmt::Debug for CheckContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckContext")
            .field("check", &self.check)
            .field("deploy", &self.run.deploy)
            .finish_non_exhaustive()
    }
}

/// Passes a check's progress on to the gate's [`Observer`].
#[derive(Debug, Clone, Copy)]
pub struct ProgressReporter<'a> {
    context: &'a CheckContext,
}

impl ProgressReporter<'_> {
    /// Says what is being done, and how many steps of how many are over.
    pub fn report(&self, message: impl Into<String>, done: u64, total: Option<u64>) {
        let progress = Progress::new(message, done, total);
        let observer = &self.context.run.observer;
        // An observer that panics must not take the check with it.
        let told = AssertUnwindSafe(|| observer.check_progressed(&self.context.check, &progress));
        let _ = std::panic::catch_unwind(told);
    }
}

/// Makes a closure a check.
///
/// ```
/// use std::sync::Arc;
/// use gonogo_core::{check_fn, CheckContext, Facts, Outcome};
/// let check = check_fn("team/has-commits", |cx: Arc<CheckContext>| async move {
///     let commits = cx.changes()?.commits.len() as u64;
///     Ok(Outcome::examined(vec![], Facts::new().count("commits", commits)))
/// });
/// # let _ = check;
/// ```
pub fn check_fn<F, R>(id: impl Into<String>, function: F) -> impl Check + 'static
where
    F: Fn(Arc<CheckContext>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, BoxError>> + Send + 'static,
{
    FunctionCheck { id: id.into(), function }
}

struct FunctionCheck<F> {
    id: String,
    function: F,
}

#[async_trait]
impl<F, R> Check for FunctionCheck<F>
where
    F: Fn(Arc<CheckContext>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, BoxError>> + Send + 'static,
{
    fn id(&self) -> &str {
        &self.id
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        (self.function)(Arc::new(cx.clone())).await
    }
}
