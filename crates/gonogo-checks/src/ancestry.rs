//! Not a rollback: what production runs must be contained in what is deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use gonogo_core::{
    Ancestry, BoxError, ChangeHistory, Check, CheckContext, Commit, Deploy, Facts, Finding, History, HistoryError,
    ObjectId, Outcome, Revision, Severity,
};

use crate::rules::{DIVERGED, ROLLBACK};

/// How many commits are looked into; what is beyond counts as taken out of production.
const COMMITS_EXAMINED: usize = 1000;

/// How many commits a finding names.
const COMMITS_NAMED: usize = 50;

/// Asks whether head contains what production runs.
///
/// - The same commit, or one ahead of it: nothing to say.
/// - Behind it: a [`Severity::Stop`] of `checks/rollback`.
/// - Diverged: a [`Severity::Stop`] of `checks/diverged` that names the commits the deploy takes out of production.
///
/// A commit that head lacks takes nothing out of production, and is only a note, where
/// - it changes no file, or none of the service's ([`Deploy::paths`]);
/// - head has a commit with the same patch, as `git cherry` tells (with [`AncestryCheck::with_equivalence`]);
/// - it is a merge that leaves the files as one of its parents has them, so that it has no change of its own; or
/// - the files production runs are exactly those of a commit that head contains (a production branch that is only merged into).
///
/// A merge with files of its own is a [`Finding::unknown`] when nothing else is taken out: what resolving it changed cannot be told
/// from the commits alone.
#[derive(Default)]
pub struct AncestryCheck {
    equivalence: Option<Arc<dyn ChangeHistory>>,
}

impl AncestryCheck {
    /// A check that knows commits by their ids.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A check that also knows a cherry-picked commit by its patch.
    #[must_use]
    pub fn with_equivalence(history: Arc<dyn ChangeHistory>) -> Self {
        Self { equivalence: Some(history) }
    }

    fn examine(&self, history: &dyn History, deploy: &Deploy) -> Result<Outcome, HistoryError> {
        let ancestry = history.ancestry(&deploy.base, &deploy.head)?;
        let (relation, rule) = match ancestry {
            Ancestry::Same => ("head is what production runs", None),
            Ancestry::Ahead(_) => ("head contains what production runs", None),
            Ancestry::Behind(_) => ("head is older than what production runs", Some(ROLLBACK)),
            Ancestry::Diverged { .. } => ("head and production have diverged", Some(DIVERGED)),
        };
        let (ahead, behind) = match ancestry {
            Ancestry::Same => (0, 0),
            Ancestry::Ahead(ahead) => (ahead, 0),
            Ancestry::Behind(behind) => (0, behind),
            Ancestry::Diverged { ahead, behind } => (ahead, behind),
        };
        let facts = Facts::new()
            .text("ancestry", relation)
            .count("revisions compared", 2)
            .count("commits ahead", ahead)
            .count("commits behind", behind);
        let Some(rule) = rule else { return Ok(Outcome::examined(vec![], facts)) };
        let lacking = Lacking::read(history, self.equivalence.as_deref(), deploy)?;
        if lacking.commits.len() as u64 != behind {
            return Ok(Outcome::undetermined(
                format!("the history counts {behind} commits that head lacks, and lists {}", lacking.commits.len()),
                "report this to whoever made the history",
            ));
        }
        Ok(Outcome::examined(lacking.findings(rule, deploy), facts))
    }
}

#[async_trait]
impl Check for AncestryCheck {
    fn id(&self) -> &str {
        "checks/ancestry"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let remedy = "give the gate the whole history of both revisions (fetch-depth: 0)";
        let Some(history) = cx.history() else {
            return Ok(Outcome::undetermined("there is no history to compare the revisions in", remedy));
        };
        Ok(self.examine(history, cx.deploy()).unwrap_or_else(|error| {
            Outcome::undetermined(format!("whether head contains what production runs cannot be told: {error}"), remedy)
        }))
    }
}

/// What a commit of production that head lacks means for the deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    TakenOut,
    /// A merge whose own change cannot be told.
    UnclearMerge,
    SamePatch,
    NoChange,
    OtherService,
}

impl Meaning {
    const fn words(self) -> &'static str {
        match self {
            Self::TakenOut => "taken out",
            Self::UnclearMerge => "a merge with files of its own",
            Self::SamePatch => "head has the same patch",
            Self::NoChange => "changes no file by itself",
            Self::OtherService => "changes no file of this service",
        }
    }
}

/// The commits of production that head lacks.
struct Lacking {
    commits: Vec<(Commit, Meaning)>,
    /// The commit contained in head whose files production runs.
    contained: Option<ObjectId>,
}

impl Lacking {
    fn read(
        history: &dyn History,
        equivalence: Option<&dyn ChangeHistory>,
        deploy: &Deploy,
    ) -> Result<Self, HistoryError> {
        let commits = history.commits(&deploy.head, &deploy.base)?;
        let same_patch: BTreeSet<ObjectId> = match equivalence {
            Some(history) => {
                history.equivalent(&deploy.head, &deploy.base)?.into_iter().map(|pair| pair.commit).collect()
            }
            None => BTreeSet::new(),
        };
        let contained = contained(history, deploy, &commits)?;
        let mut told = Vec::with_capacity(commits.len());
        for (place, commit) in commits.into_iter().enumerate() {
            let meaning = if same_patch.contains(&commit.id) {
                Meaning::SamePatch
            } else if place >= COMMITS_EXAMINED {
                Meaning::TakenOut
            } else {
                meaning(history, deploy, &commit)?
            };
            told.push((commit, meaning));
        }
        Ok(Self { commits: told, contained })
    }

    fn findings(&self, rule: &str, deploy: &Deploy) -> Vec<Finding> {
        let going = if rule == ROLLBACK { "goes back" } else { "does not contain all that production runs" };
        let head = &deploy.head;
        let of = |wanted: &[Meaning]| -> Vec<&(Commit, Meaning)> {
            self.commits.iter().filter(|(_, meaning)| wanted.contains(meaning)).collect()
        };
        let (taken, unclear) = (of(&[Meaning::TakenOut]), of(&[Meaning::UnclearMerge]));
        let finding = if let Some(contained) = self.contained {
            let message = format!(
                "{head} {going}, but the files production runs are those of {}, which it contains: nothing is taken out",
                contained.short()
            );
            with_commits(Finding::new(rule, &*deploy.service, Severity::Note, message), &of(ALL))
        } else if !taken.is_empty() {
            let message = format!(
                "{head} {going}: the deploy takes {} out of production, such as {}",
                counted(taken.len()),
                named(&taken).into_iter().take(3).collect::<Vec<_>>().join("; ")
            );
            let remedy = if rule == ROLLBACK {
                format!(
                    "deploy a commit that contains {}; if going back is meant, waive {rule} for this head",
                    deploy.base
                )
            } else {
                format!("merge or cherry-pick what production has into {head}, or waive {rule} for this head")
            };
            with_commits(Finding::new(rule, &*deploy.service, Severity::Stop, message).remedy(remedy), &taken)
        } else if !unclear.is_empty() {
            let message = format!(
                "{head} {going}: of {} it lacks only merges whose own changes cannot be told, such as {}",
                deploy.base,
                named(&unclear).into_iter().take(3).collect::<Vec<_>>().join("; ")
            );
            let remedy = format!("look at `git diff {}...{}`", head.id.short(), deploy.base.id.short());
            with_commits(Finding::unknown(rule, &*deploy.service, message).remedy(remedy), &unclear)
        } else {
            let message = format!(
                "{head} {going}, but nothing is taken out: {} it lacks are there otherwise",
                counted(self.commits.len())
            );
            with_commits(Finding::new(rule, &*deploy.service, Severity::Note, message), &of(ALL))
        };
        vec![finding]
    }
}

const ALL: &[Meaning] =
    &[Meaning::TakenOut, Meaning::UnclearMerge, Meaning::SamePatch, Meaning::NoChange, Meaning::OtherService];

fn counted(commits: usize) -> String {
    if commits == 1 { "1 commit".into() } else { format!("{commits} commits") }
}

fn named(commits: &[&(Commit, Meaning)]) -> Vec<String> {
    commits.iter().map(|(commit, _)| format!("{} {}", commit.id.short(), commit.subject())).collect()
}

fn with_commits(finding: Finding, commits: &[&(Commit, Meaning)]) -> Finding {
    let listed: Vec<String> = commits
        .iter()
        .take(COMMITS_NAMED)
        .map(|(commit, meaning)| format!("{} {} ({})", commit.id.short(), commit.subject(), meaning.words()))
        .collect();
    finding.evidence("commits", listed).evidence("number of commits", commits.len())
}

/// What a commit changed against one of its parents, of the service: nothing, only elsewhere, or something.
fn meaning(history: &dyn History, deploy: &Deploy, commit: &Commit) -> Result<Meaning, HistoryError> {
    let this = Revision::from_id(commit.id);
    let mut least = Meaning::TakenOut;
    for parent in &commit.parents {
        let changed = history.changed_files(&Revision::from_id(*parent), &this)?;
        if changed.is_empty() {
            return Ok(Meaning::NoChange);
        }
        if !changed.iter().any(|file| deploy.covers(&file.path) || deploy.covers(file.base_path())) {
            least = Meaning::OtherService;
        }
    }
    if commit.parents.is_empty() {
        // A root commit brings all its files.
        let files = history.files(&this, &gonogo_core::RepoPath::default())?;
        return Ok(match (files.is_empty(), files.iter().any(|path| deploy.covers(path))) {
            (true, _) => Meaning::NoChange,
            (false, false) => Meaning::OtherService,
            (false, true) => Meaning::TakenOut,
        });
    }
    Ok(if commit.is_merge() && least == Meaning::TakenOut { Meaning::UnclearMerge } else { least })
}

/// Follows production's files back, from commit to parent as long as they stay the same, to a commit that head contains.
fn contained(history: &dyn History, deploy: &Deploy, lacking: &[Commit]) -> Result<Option<ObjectId>, HistoryError> {
    let by_id: BTreeMap<ObjectId, &Commit> = lacking.iter().map(|commit| (commit.id, commit)).collect();
    let mut open = vec![deploy.base.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(commit) = by_id.get(&id) else { return Ok(Some(id)) };
        if !seen.insert(id) || seen.len() > COMMITS_EXAMINED {
            continue;
        }
        for parent in &commit.parents {
            if history.changed_files(&Revision::from_id(*parent), &Revision::from_id(id))?.is_empty() {
                open.push(*parent);
            }
        }
    }
    Ok(None)
}
