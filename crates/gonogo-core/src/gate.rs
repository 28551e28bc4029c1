//! The gate: checks, policy, limit and clock, put together to one decision.

use std::sync::Arc;
use std::time::Duration;

use crate::check::{Check, CheckContext, Run};
use crate::clock::{Clock, SystemClock};
use crate::deploy::Deploy;
use crate::executor::{Executor, ParkingExecutor, block_on};
use crate::history::History;
use crate::isolate::{Isolated, guarded};
use crate::judge::judge;
use crate::observer::{Observer, Silent};
use crate::outcome::Conclusion;
use crate::policy::Policy;
use crate::report::{Entry, Mode, Report};
use crate::run::{Task, collect, elapsed};
use crate::thread::{Threads, on_thread};
use crate::timestamp::Timestamp;

/// How long a check may run when the gate is not told otherwise.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(300);

/// How long [`Gate::decide_blocking`] waits at most, beyond the limit, for checks to let go of what they hold.
const GRACE: Duration = Duration::from_millis(20);

/// Runs checks over a deploy and decides.
///
/// ```
/// use std::sync::Arc;
/// use gonogo_core::{check_fn, CheckContext, Decision, Deploy, Facts, Gate, ObjectId, Outcome, Revision};
///
/// let gate = Gate::builder()
///     .check(check_fn("team/tests", |_: Arc<CheckContext>| async {
///         Ok(Outcome::examined(vec![], Facts::new().count("tests", 812)))
///     }))
///     .build()?;
/// let revision = |digit: &str| Revision::from_id(digit.repeat(40).parse::<ObjectId>().unwrap());
/// let deploy = Deploy::new("shop", "production", revision("a"), revision("b"));
/// assert_eq!(gate.decide_blocking(Arc::new(deploy)).decision, Decision::Go);
/// # Ok::<(), gonogo_core::GateError>(())
/// ```
pub struct Gate {
    checks: Vec<Registered>,
    policy: Policy,
    limit: Duration,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    history: Option<Arc<dyn History>>,
    executor: Arc<dyn Executor>,
}

struct Registered {
    id: Arc<str>,
    check: Arc<dyn Check>,
    mode: Mode,
    limit: Option<Duration>,
    /// What the check's `id()` panicked with; then it is not run.
    broken: Option<String>,
}

/// Puts a [`Gate`] together.
#[derive(Default)]
pub struct GateBuilder {
    checks: Vec<(Arc<dyn Check>, Mode, Option<Duration>)>,
    policy: Policy,
    limit: Option<Duration>,
    clock: Option<Arc<dyn Clock>>,
    observer: Option<Arc<dyn Observer>>,
    history: Option<Arc<dyn History>>,
    executor: Option<Arc<dyn Executor>>,
}

/// Why a gate cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// A gate without checks would say something about nothing.
    #[error("a gate without checks decides nothing; add at least one with GateBuilder::check")]
    Empty,
    /// Two checks have the same id.
    #[error("two checks have the id `{id}`; ids must be unique in a gate")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// A check has no name.
    #[error("a check has a blank id; name it `area/question`")]
    BlankId,
}

impl GateBuilder {
    /// Adds a check that counts.
    #[must_use]
    pub fn check(self, check: impl Check + 'static) -> Self {
        self.add(Arc::new(check), Mode::Enforced, None)
    }

    /// Adds a check that counts and has a time limit of its own.
    #[must_use]
    pub fn check_within(self, limit: Duration, check: impl Check + 'static) -> Self {
        self.add(Arc::new(check), Mode::Enforced, Some(limit))
    }

    /// Adds a check that runs and is reported, and counts for nothing: try a new check so before it can stop anybody.
    #[must_use]
    pub fn shadow(self, check: impl Check + 'static) -> Self {
        self.add(Arc::new(check), Mode::Shadow, None)
    }

    /// Adds a check in the mode given.
    #[must_use]
    pub fn add(mut self, check: Arc<dyn Check>, mode: Mode, limit: Option<Duration>) -> Self {
        self.checks.push((check, mode, limit));
        self
    }

    /// Sets the policy; it replaces the one set before.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Sets how long each check may run; [`DEFAULT_LIMIT`] otherwise.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Sets the clock; [`SystemClock`] otherwise.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Sets who is told how the run goes.
    #[must_use]
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Sets the history that checks read.
    #[must_use]
    pub fn history(self, history: Arc<dyn History>) -> Self {
        Self { history: Some(history), ..self }
    }

    /// Sets how [`Gate::decide_blocking`] waits for a check; [`ParkingExecutor`] otherwise.
    #[must_use]
    pub fn executor(self, executor: Arc<dyn Executor>) -> Self {
        Self { executor: Some(executor), ..self }
    }

    /// Builds the gate.
    ///
    /// A check whose `id()` panics is in the gate, is not run, and makes the decision NoGo.
    ///
    /// # Errors
    /// [`GateError`] when there is no check, an id is blank, or two are the same.
    pub fn build(self) -> Result<Gate, GateError> {
        let named: Vec<_> = self.checks.into_iter().map(|check| (guarded(|| check.0.id().to_owned()), check)).collect();
        // Checks without a name are numbered by what they say, not by where they stand: order changes nothing in a report.
        let mut panics: Vec<Option<String>> =
            named.iter().filter_map(|(id, _)| id.as_ref().err().cloned().map(Some)).collect();
        panics.sort_unstable();
        let mut checks: Vec<Registered> = Vec::with_capacity(named.len());
        for (id, (check, mode, limit)) in named {
            let (id, broken) = match id {
                Ok(id) => (id, None),
                Err(message) => {
                    let number = panics.iter().position(|other| other.as_ref() == Some(&message)).unwrap_or_default();
                    panics.get_mut(number).map(Option::take);
                    (format!("unnamed/{}", number + 1), Some(format!("in id(): {message}")))
                }
            };
            if id.trim().is_empty() {
                return Err(GateError::BlankId);
            }
            if checks.iter().any(|other| *other.id == *id) {
                return Err(GateError::DuplicateId { id });
            }
            checks.push(Registered { id: id.into(), check, mode, limit, broken });
        }
        if checks.is_empty() {
            return Err(GateError::Empty);
        }
        Ok(Gate {
            checks,
            policy: self.policy,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
            observer: self.observer.unwrap_or_else(|| Arc::new(Silent)),
            history: self.history,
            executor: self.executor.unwrap_or_else(|| Arc::new(ParkingExecutor)),
        })
    }
}

impl Gate {
    /// Begins a gate.
    #[must_use]
    pub fn builder() -> GateBuilder {
        GateBuilder::default()
    }

    /// The ids of the checks, in the order they were added.
    pub fn check_ids(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().map(|registered| &*registered.id)
    }

    /// Runs all checks at once on the caller's task and decides. Works under any async runtime, and needs none.
    ///
    /// A check that has not answered when its limit is over is dropped at its next await and is [`Conclusion::TimedOut`]. A
    /// check that blocks its thread holds up all others, and whatever comes late because of that is late: where checks may
    /// block, use [`Gate::decide_blocking`]. Dropping the future cancels the run.
    pub async fn decide(&self, deploy: Arc<Deploy>) -> Report {
        self.run(deploy, |_, isolated| Box::pin(isolated)).await
    }

    /// Runs each check on a thread of its own and decides; returns soon after the limit even when a check blocks for ever.
    ///
    /// The thread of such a check is left behind, with the check, the deploy and the history it holds; what it answers later
    /// is thrown away. A check that only awaits is dropped there as soon as its time is over.
    pub fn decide_blocking(&self, deploy: Arc<Deploy>) -> Report {
        let threads = Arc::new(Threads::default());
        let start = |id: &str, isolated| Box::pin(on_thread(id, &self.executor, &threads, isolated)) as _;
        let report = block_on(self.run(deploy, start));
        threads.wait(GRACE);
        report
    }

    async fn run(&self, deploy: Arc<Deploy>, mut start: impl FnMut(&str, Isolated) -> crate::run::Running) -> Report {
        let told_first = self.now();
        let run = Arc::new(Run::new(
            Arc::clone(&deploy),
            self.history.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.observer),
        ));
        let ids: Vec<&str> = self.check_ids().collect();
        self.tell(|observer| observer.run_started(&ids));

        let mut tasks = Vec::with_capacity(self.checks.len());
        let mut entries = Vec::with_capacity(self.checks.len());
        let began = elapsed(&*self.clock).unwrap_or(Duration::MAX);
        for registered in &self.checks {
            if let Some(message) = &registered.broken {
                let mut entry = Entry::new(&*registered.id, Conclusion::Panicked { message: message.clone() });
                entry.mode = registered.mode;
                entries.push(entry);
                continue;
            }
            let limit = registered.limit.unwrap_or(self.limit);
            let deadline = began.saturating_add(limit);
            let context = CheckContext::new(Arc::clone(&run), Arc::clone(&registered.id), Some(deadline));
            self.tell(|observer| observer.check_started(&registered.id));
            let running = start(&registered.id, Isolated::new(Arc::clone(&registered.check), context));
            tasks.push(Task::new(registered, limit, deadline, running));
        }
        let concluded = |registered: &&Registered, conclusion: &Conclusion| {
            self.tell(|observer| observer.check_concluded(&registered.id, conclusion));
        };
        for (registered, conclusion, ended) in collect(tasks, &*self.clock, concluded).await {
            let mut entry = Entry::new(&*registered.id, conclusion);
            entry.mode = registered.mode;
            entry.took_milliseconds = Some(milliseconds(ended.saturating_sub(began)));
            entries.push(entry);
        }
        // A wall clock that went back while we looked cannot say whether anything has expired.
        let now = self.now().filter(|now| told_first.is_some_and(|first| first <= *now));
        let report = judge(&deploy, &self.policy, entries, now);
        self.tell(|observer| observer.decided(&report));
        report
    }

    /// The wall time; a clock that panics cannot be trusted either.
    fn now(&self) -> Option<Timestamp> {
        guarded(|| self.clock.now()).ok().flatten()
    }

    fn tell(&self, what: impl FnOnce(&dyn Observer)) {
        // Whoever watches must not be able to break the decision.
        let _ = guarded(|| what(&*self.observer));
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let checks: Vec<&str> = self.check_ids().collect();
        f.debug_struct("Gate").field("checks", &checks).field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GateBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GateBuilder").field("checks", &self.checks.len()).finish_non_exhaustive()
    }
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
