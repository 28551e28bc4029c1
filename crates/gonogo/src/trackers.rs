//! Who is asked about issues: clients made of what the configuration names.

use std::sync::Arc;

use gonogo_core::{ChangeHistory, async_trait};
use gonogo_issues::{
    ChangeLookup, ChangeResolver, ChangeSource, FileTracker, GitHubSource, IssueTracker, IssuesCheck, IssuesPolicy,
    JiraSource, Lookup, TrackerError, TrackerSource,
};

use crate::config::{CONFIG_FILE, Config, ConfigSource};
use crate::inputs::Inputs;
use crate::plan::PlanError;

/// The issues check of a configuration: with the tracker and the host of changes that it names, or with the issues that were
/// given, which win.
///
/// Where the configuration is only HEAD's, nobody is asked: a change that nobody has approved yet would otherwise choose where the
/// run's credentials are sent. What policy demands is then unverified, and the report says why.
///
/// # Errors
/// [`PlanError`] when the configuration cannot be used: an address that is none, a variable that is not set, a tracker that this
/// build cannot ask.
pub fn issues_check(
    config: &Config,
    source: &ConfigSource,
    inputs: &Inputs,
    history: &Arc<dyn ChangeHistory>,
) -> Result<IssuesCheck, PlanError> {
    let policy = &config.issues;
    let mut check = IssuesCheck::new(policy.clone()).map_err(unusable)?.equivalence(Arc::clone(history));
    if let Some((name, bytes)) = &inputs.tracker {
        let tracker = FileTracker::from_bytes(name, bytes).map_err(unusable)?;
        return Ok(check.resolver(tracker.clone()).tracker(tracker));
    }
    if matches!(source, ConfigSource::Head(_)) {
        if policy.tracker.is_some() {
            check = check.tracker(NotAsked("the tracker"));
        }
        if policy.changes.is_some() || matches!(policy.tracker, Some(TrackerSource::GitHub(_))) {
            check = check.resolver(NotAsked("the host of changes"));
        }
        return Ok(check);
    }
    match (&policy.tracker, &policy.changes) {
        (Some(TrackerSource::Jira(jira)), _) => check = with_jira(check, policy, jira)?,
        (Some(TrackerSource::GitHub(github)), changes) => {
            check = with_github(check, policy, github, true, changes.is_none())?;
        }
        _ => {}
    }
    if let Some(ChangeSource::GitHub(github)) = &policy.changes {
        check = with_github(check, policy, github, false, true)?;
    }
    Ok(check)
}

fn unusable(error: impl std::fmt::Display) -> PlanError {
    PlanError::Input(error.to_string())
}

#[cfg(any(feature = "jira", feature = "github"))]
fn credentials(variable: Option<&str>, user: Option<&str>) -> Result<gonogo_connect::Credentials, PlanError> {
    match variable {
        Some(variable) => gonogo_connect::Credentials::from_environment(variable, user).map_err(unusable),
        None => Ok(gonogo_connect::Credentials::none()),
    }
}

#[cfg(feature = "jira")]
fn with_jira(check: IssuesCheck, policy: &IssuesPolicy, jira: &JiraSource) -> Result<IssuesCheck, PlanError> {
    use gonogo_connect::{Deployment, Jira};
    use gonogo_issues::JiraDeployment;

    let deployment = match jira.deployment() {
        JiraDeployment::Cloud => Deployment::Cloud,
        JiraDeployment::DataCenter => Deployment::DataCenter,
    };
    let credentials = credentials(jira.token_env.as_deref(), jira.user.as_deref())?;
    let client = Jira::new(deployment, &jira.url, credentials).map_err(unusable)?;
    Ok(check.tracker(client.fields(policy.fields()).changes(policy.require_merged)))
}

#[cfg(not(feature = "jira"))]
fn with_jira(_: IssuesCheck, _: &IssuesPolicy, _: &JiraSource) -> Result<IssuesCheck, PlanError> {
    Err(unusable("[issues.tracker] kind = \"jira\" needs gonogo built with its feature `jira`"))
}

#[cfg(feature = "github")]
fn with_github(
    check: IssuesCheck,
    policy: &IssuesPolicy,
    github: &GitHubSource,
    tracker: bool,
    resolver: bool,
) -> Result<IssuesCheck, PlanError> {
    let repository = github.repository.as_deref().or(policy.repository.as_deref());
    let credentials = credentials(github.token_env.as_deref(), None)?;
    let url = github.url.as_deref().unwrap_or(gonogo_connect::GitHub::PUBLIC);
    let client = gonogo_connect::GitHub::at(url, repository, credentials, gonogo_connect::GitHub::LIMIT)
        .map_err(unusable)?
        .changes(policy.require_merged);
    let check = if resolver { check.resolver(client.clone()) } else { check };
    Ok(if tracker { check.tracker(client) } else { check })
}

#[cfg(not(feature = "github"))]
fn with_github(_: IssuesCheck, _: &IssuesPolicy, _: &GitHubSource, _: bool, _: bool) -> Result<IssuesCheck, PlanError> {
    Err(unusable(
        "kind = \"github\" in [issues.tracker] or [issues.changes] needs gonogo built with its feature `github`",
    ))
}

/// Somebody who would be asked if production had approved of the configuration that names them.
struct NotAsked(&'static str);

impl NotAsked {
    fn refused(&self) -> TrackerError {
        TrackerError::refused(
            self.0,
            format!("only head's {CONFIG_FILE} names it, and nobody has approved of where it sends credentials"),
            format!(
                "read the file, and give it with --config {CONFIG_FILE}; from the next deploy on it is production's"
            ),
        )
    }
}

#[async_trait]
impl IssueTracker for NotAsked {
    fn name(&self) -> &str {
        self.0
    }
    async fn fetch(&self, _: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        Err(self.refused())
    }
}

#[async_trait]
impl ChangeResolver for NotAsked {
    fn name(&self) -> &str {
        self.0
    }
    async fn resolve(&self, _: &[String]) -> Result<Vec<ChangeLookup>, TrackerError> {
        Err(self.refused())
    }
}
