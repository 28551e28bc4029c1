//! Commits that need no issue.

use gonogo_core::Commit;
use serde::{Deserialize, Serialize};

/// Which commits need no issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Exemptions {
    /// Words in a message that say so, whatever the case.
    pub markers: Vec<String>,
    /// Beginnings of subjects that say so, such as `MINOR:`, whatever the case.
    pub subjects: Vec<String>,
    /// Authors: parts of their name or address.
    pub authors: Vec<String>,
    /// Whether bots (`name[bot]` and well-known ones) need none.
    pub bots: bool,
}

impl Default for Exemptions {
    fn default() -> Self {
        let markers = ["NO-ISSUE", "NOISSUE", "NO-JIRA", "NO-TICKET", "NO-BUG", "NO-TASK", "[no issue]", "No-Issue:"];
        Self { markers: markers.map(String::from).to_vec(), subjects: Vec::new(), authors: Vec::new(), bots: true }
    }
}

/// Names that bots commit under where the host does not add `[bot]`.
const BOTS: &[&str] = &[
    "dependabot",
    "renovate",
    "greenkeeper",
    "snyk-bot",
    "github-actions",
    "pre-commit-ci",
    "allcontributors",
    "semantic-release-bot",
    "mergify",
    "weblate",
];

impl Exemptions {
    /// Exemptions of these authors on top.
    #[must_use]
    pub fn author(mut self, part: impl Into<String>) -> Self {
        self.authors.push(part.into());
        self
    }

    /// Why a commit needs no issue; `None` when it needs one.
    #[must_use]
    pub fn why(&self, commit: &Commit) -> Option<String> {
        let author = commit.author.to_text().to_lowercase();
        let name = String::from_utf8_lossy(&commit.author.name).to_lowercase();
        if self.bots && (author.contains("[bot]") || BOTS.iter().any(|bot| name.starts_with(bot))) {
            return Some(format!("written by a bot, {}", String::from_utf8_lossy(&commit.author.name)));
        }
        if let Some(part) = self.authors.iter().find(|part| !part.is_empty() && author.contains(&part.to_lowercase())) {
            return Some(format!("its author matches `{part}`"));
        }
        self.why_message(&commit.message)
    }

    /// Why a message says that no issue is needed.
    pub(crate) fn why_message(&self, message: &[u8]) -> Option<String> {
        let found = self.markers.iter().find(|marker| !marker.is_empty() && contains(message, marker.as_bytes()));
        if let Some(marker) = found {
            return Some(format!("its message says `{marker}`"));
        }
        let subject = message.trim_ascii_start();
        let begins =
            |prefix: &str| subject.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()));
        let prefix = self.subjects.iter().find(|prefix| !prefix.is_empty() && begins(prefix))?;
        Some(format!("its subject begins with `{prefix}`"))
    }
}

/// Whether the words stand in the message as words, whatever the case.
fn contains(message: &[u8], words: &[u8]) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let (first, last) = (joins(words.first()), joins(words.last()));
    message.windows(words.len()).enumerate().any(|(at, window)| {
        window.eq_ignore_ascii_case(words)
            && !(first && at.checked_sub(1).is_some_and(|before| joins(message.get(before))))
            && !(last && joins(message.get(at + words.len())))
    })
}
