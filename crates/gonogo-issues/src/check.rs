//! The check that joins the ledger to a deploy.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use gonogo_core::{
    BoxError, ChangeHistory, Check, CheckContext, Commit, Facts, Finding, History, Outcome, RepoPath, Revision,
};

use crate::contents::Contents;
use crate::detect::{Detection, detect};
use crate::extract::Extractor;
use crate::findings::{Asked, findings};
use crate::ledger::{Ledger, LedgerBuilder};
use crate::policy::IssuesPolicy;
use crate::reference::{Action, Kind, Place, Reference};
use crate::rules;
use crate::style::{ExtractorError, ExtractorOptions, ReferenceStyle};
use crate::tracker::{ChangeLookup, ChangeResolver, IssueTracker, Lookup, Patience, fetch_all, resolve_all};

/// Which issues a deploy contains, and whether each may go.
///
/// Without a tracker the contents are listed as facts, and the facts say that states were not checked. Where policy asks what
/// only a tracker can answer and none is given, or it does not answer, the finding is an unknown: never a silence.
///
/// Examines `base..head`. A range without commits (a rollback, or nothing to deploy) is not applicable.
pub struct IssuesCheck {
    policy: IssuesPolicy,
    extractor: Option<Extractor>,
    tracker: Option<Arc<dyn IssueTracker>>,
    resolver: Option<Arc<dyn ChangeResolver>>,
    history: Option<Arc<dyn ChangeHistory>>,
    patience: Patience,
}

/// What [`IssuesCheck::examine`] found out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Examined {
    /// Every commit accounted for.
    pub ledger: Ledger,
    /// The list for people and programs.
    pub contents: Contents,
    /// What there is to say.
    pub findings: Vec<Finding>,
    /// What was examined.
    pub facts: Facts,
}

impl IssuesCheck {
    /// The check under this policy.
    ///
    /// # Errors
    /// When a pattern of the policy cannot be used.
    pub fn new(policy: IssuesPolicy) -> Result<Self, ExtractorError> {
        let configured = !policy.styles.is_empty() || !policy.patterns.is_empty();
        let extractor = if configured { Some(Extractor::new(&policy.extractor_options())?) } else { None };
        Ok(Self { policy, extractor, tracker: None, resolver: None, history: None, patience: Patience::default() })
    }

    /// Asks this tracker about the issues.
    #[must_use]
    pub fn tracker(mut self, tracker: impl IssueTracker + 'static) -> Self {
        self.tracker = Some(Arc::new(tracker));
        self
    }

    /// Asks this host what changes stand for.
    #[must_use]
    pub fn resolver(mut self, resolver: impl ChangeResolver + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Finds commits whose patch production has already by this history.
    #[must_use]
    pub fn equivalence(mut self, history: Arc<dyn ChangeHistory>) -> Self {
        self.history = Some(history);
        self
    }

    /// How often and how long to ask again.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &IssuesPolicy {
        &self.policy
    }

    /// Reads the deploy and says what it contains: what the check reports, and what `gonogo issues` lists.
    ///
    /// # Errors
    /// When the history cannot tell.
    pub async fn examine(&self, cx: &CheckContext) -> Result<Examined, BoxError> {
        let commits = &cx.changes()?.commits;
        let (extractor, detection) = self.extractor(commits)?;
        let resolved = self.resolve(cx, &extractor, commits).await;
        let ledger = self.ledger(cx, &extractor, commits, resolved.references.clone())?;
        let asked = self.ask(cx, &ledger).await;
        let mut contents = Contents::of(&ledger).between(cx.deploy().base.to_string(), cx.deploy().head.to_string());
        contents = match &detection {
            Some(found) => contents.styles(found.to_string()),
            None => contents.styles(format!(
                "as configured: {}",
                self.policy.styles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            )),
        };
        contents.describe(|key| match asked.answers.get(key) {
            Some(Lookup::Found(issue)) => Some((issue.title.clone(), issue.state.clone())),
            _ => None,
        });
        for miss in detection.iter().flat_map(|found| &found.near_misses) {
            contents.near_misses.push(format!("{} (probably {})", miss.key, miss.meant));
        }
        let mut findings = findings(&self.policy, &ledger, &contents, &asked, cx.clock().now());
        if !resolved.failed.is_empty() {
            let count = resolved.failed.len();
            let why = resolved.failed.values().next().cloned().unwrap_or_default();
            // Without the text of its changes a commit may belong to an issue that is not listed.
            let finding = Finding::unknown(
                rules::UNVERIFIED,
                "changes",
                format!("what {count} changes stand for could not be had: {why}"),
            )
            .evidence("changes", resolved.failed.keys().cloned().collect::<Vec<_>>())
            .remedy("make the host of the changes answer, and decide again");
            findings.push(finding);
        }
        contents.mark(&findings);
        let facts = facts(&ledger, &contents, &asked, self.tracker.is_some());
        Ok(Examined { ledger, contents, findings, facts })
    }

    /// The configured extractor, else one for the styles that the commits are written in.
    fn extractor(&self, commits: &[Commit]) -> Result<(Extractor, Option<Detection>), BoxError> {
        if let Some(extractor) = &self.extractor {
            return Ok((extractor.clone(), None));
        }
        let found = detect(commits.iter().map(|commit| commit.message.as_slice()));
        // With little to go by, each message speaks for itself.
        let clear = found.dominant().is_some_and(|best| best.messages >= 20);
        let options = ExtractorOptions {
            styles: if clear { found.styles() } else { Vec::new() },
            ..self.policy.extractor_options()
        };
        Ok((Extractor::new(&options)?, Some(found)))
    }

    fn ledger(
        &self,
        cx: &CheckContext,
        extractor: &Extractor,
        commits: &[Commit],
        resolved: BTreeMap<String, Vec<Reference>>,
    ) -> Result<Ledger, BoxError> {
        let deploy = cx.deploy();
        let mut builder = LedgerBuilder::new(extractor)
            .exemptions(self.policy.exempt.clone())
            .link(self.policy.link)
            .resolved(resolved)
            .paths(deploy.paths.iter().cloned());
        let base_only;
        if let Some(history) = &self.history {
            builder = builder.same(
                history
                    .equivalent(&deploy.base, &deploy.head)?
                    .into_iter()
                    .map(|same| (same.commit, same.in_production)),
            );
            base_only = history.commits(&deploy.head, &deploy.base)?;
            builder = builder.base_only(&base_only);
        }
        let Some(history) = cx.history().filter(|_| !deploy.paths.is_empty()) else {
            return Ok(builder.build(commits));
        };
        let touched = touched_files(history, commits)?;
        let look = |commit: &Commit| touched.get(&commit.id).cloned();
        Ok(builder.touched(&look).build(commits))
    }

    async fn resolve(&self, cx: &CheckContext, extractor: &Extractor, commits: &[Commit]) -> Resolved {
        let mut resolved = Resolved::default();
        let Some(resolver) = &self.resolver else { return resolved };
        let mut keys: Vec<String> = Vec::new();
        for commit in commits {
            let found = extractor.extract(&commit.message);
            // What names its issue itself needs no second look.
            if !found.iter().any(|r| r.kind == Kind::Issue) {
                keys.extend(
                    found.into_iter().filter(|r| r.kind == Kind::Change && !r.key.starts_with('I')).map(|r| r.key),
                );
            }
        }
        keys.sort();
        keys.dedup();
        cx.progress().report("asking what changes stand for", 0, Some(keys.len() as u64));
        for (key, answer) in resolve_all(resolver.as_ref(), &keys, &self.patience, cx.clock()).await {
            match answer {
                ChangeLookup::Found(text) => {
                    let mut found = extractor.extract(format!("{}\n\n{}", text.title, text.body).as_bytes());
                    found.extend(
                        extractor.extract(format!("Merge branch '{}'", text.branch.replace('\'', "")).as_bytes()),
                    );
                    found.retain(|reference| reference.kind == Kind::Issue);
                    resolved.references.insert(key, found);
                }
                ChangeLookup::Issue { key: issue } => {
                    let written = as_issue(&key, &issue);
                    resolved.references.insert(key, vec![written]);
                }
                ChangeLookup::NotFound => {}
                ChangeLookup::Failed { why } => {
                    resolved.failed.insert(key, why);
                }
            }
        }
        resolved
    }

    async fn ask(&self, cx: &CheckContext, ledger: &Ledger) -> Asked {
        let keys: Vec<String> =
            ledger.issues().iter().filter(|issue| issue.is_brought()).map(|issue| issue.key.clone()).collect();
        let Some(tracker) = &self.tracker else { return Asked::nobody(keys) };
        cx.progress().report(format!("asking {}", tracker.name()), 0, Some(keys.len() as u64));
        let answers = fetch_all(tracker.as_ref(), &keys, &self.patience, cx.clock()).await;
        Asked { keys, answers, tracker: Some(tracker.name().to_owned()) }
    }
}

/// What `(#12)` is where 12 is an issue's number.
fn as_issue(written: &str, issue: &str) -> Reference {
    let style = if written.starts_with('!') { ReferenceStyle::GitLab } else { ReferenceStyle::GitHub };
    // Span and place are those of the change, which the ledger fills in.
    Reference {
        key: issue.to_owned(),
        kind: Kind::Issue,
        action: Action::Refs,
        style,
        span: [0, 0],
        found_in: Place::Subject,
        near_miss_of: None,
    }
}

#[derive(Default)]
struct Resolved {
    references: BTreeMap<String, Vec<Reference>>,
    failed: BTreeMap<String, String>,
}

/// The files that each commit touches against its first parent.
fn touched_files(
    history: &dyn History,
    commits: &[Commit],
) -> Result<BTreeMap<gonogo_core::ObjectId, Vec<RepoPath>>, BoxError> {
    let mut touched = BTreeMap::new();
    for commit in commits.iter().filter(|commit| !commit.is_merge()) {
        let head = Revision::from_id(commit.id);
        // A commit without a parent brings its whole tree.
        let files = match commit.parents.first() {
            Some(parent) => {
                let changed = history.changed_files(&Revision::from_id(*parent), &head)?;
                changed.into_iter().flat_map(|file| file.old_path.into_iter().chain([file.path])).collect()
            }
            None => history.files(&head, &RepoPath::default())?,
        };
        touched.insert(commit.id, files);
    }
    Ok(touched)
}

fn facts(ledger: &Ledger, contents: &Contents, asked: &Asked, has_tracker: bool) -> Facts {
    let sum = ledger.accounting();
    let mut facts = Facts::new().count("commits", sum.total() as u64);
    let classes = [
        ("linked", sum.linked),
        ("linked through a merge", sum.linked_through_merge),
        ("unlinked", sum.unlinked),
        ("exempt", sum.exempt),
        ("outside this service", sum.outside),
        ("merges only", sum.merge_only),
        ("in production already", sum.equivalent),
        ("netted by a revert", sum.netted),
    ];
    for (name, count) in classes {
        facts = facts.count(name, count as u64);
    }
    facts =
        facts.list("issues", contents.issues.iter().map(|issue| issue.key.clone())).list("changes", ledger.changes());
    if let Some(styles) = &contents.styles {
        facts = facts.text("reference styles", styles.clone());
    }
    let found = asked.answers.values().filter(|answer| matches!(answer, Lookup::Found(_))).count();
    let states = match (has_tracker, &asked.tracker) {
        (true, Some(name)) => format!("asked {name}: {found} of {} issues found", asked.keys.len()),
        _ => "not checked: no tracker is configured".to_owned(),
    };
    facts.text("issue states", states)
}

#[async_trait]
impl Check for IssuesCheck {
    fn id(&self) -> &str {
        "issues/contents"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        if cx.changes()?.commits.is_empty() {
            return Ok(Outcome::not_applicable("there is no commit between base and head"));
        }
        let examined = self.examine(cx).await?;
        Ok(Outcome::examined(examined.findings, examined.facts))
    }
}

impl std::fmt::Debug for IssuesCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuesCheck")
            .field("policy", &self.policy)
            .field("tracker", &self.tracker.as_ref().map(|t| t.name().to_owned()))
            .finish_non_exhaustive()
    }
}
