//! Where issues and changes are asked for, as data: `gonogo-connect` makes clients of it.

use serde::{Deserialize, Serialize};

/// The table `[issues.tracker]` of `gonogo.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrackerSource {
    /// A Jira.
    Jira(JiraSource),
    /// A GitHub.
    GitHub(GitHubSource),
}

/// The table `[issues.changes]` of `gonogo.toml`: who hosts pull requests, where that is not the tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeSource {
    /// A GitHub.
    GitHub(GitHubSource),
}

/// Where a Jira is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct JiraSource {
    /// Its address: `https://example.atlassian.net`.
    pub url: String,
    /// `cloud` or `data-center`; by the address when left out: `*.atlassian.net` and `api.atlassian.com` are Cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<JiraDeployment>,
    /// The user that an API token belongs to. Without one the token stands alone, as Data Center's personal access tokens do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The environment variable that holds the token. None: asked as a stranger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
}

/// Which of the two Jiras it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(clippy::exhaustive_enums)] // there are two
pub enum JiraDeployment {
    /// Atlassian's own hosting.
    Cloud,
    /// One's own.
    DataCenter,
}

impl JiraSource {
    /// Which of the two it is: as said, else by its address.
    #[must_use]
    pub fn deployment(&self) -> JiraDeployment {
        self.deployment.unwrap_or_else(|| {
            let host = self.url.split_once("://").map_or("", |(_, rest)| rest.split(['/', ':']).next().unwrap_or(""));
            let host = host.to_ascii_lowercase();
            let cloud = host.ends_with(".atlassian.net") || host == "api.atlassian.com";
            if cloud { JiraDeployment::Cloud } else { JiraDeployment::DataCenter }
        })
    }
}

/// Where a GitHub is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GitHubSource {
    /// The address of its interface: `https://github.example.org/api/v3`; GitHub's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The repository that `#12` belongs to, `owner/name`; that of the policy when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The environment variable that holds the token. None: asked as a stranger, which GitHub allows 60 times an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
}
