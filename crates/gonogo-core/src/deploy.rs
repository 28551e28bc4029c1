//! What is about to be deployed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::path::RepoPath;
use crate::revision::Revision;
use crate::timestamp::Timestamp;

/// One intended deploy: the revision in production, the revision wanted, and who asks.
///
/// ```
/// use gonogo_core::{Deploy, ObjectId, Revision};
/// # fn revision(digit: char) -> Revision { Revision::from_id(String::from(digit).repeat(40).parse::<ObjectId>().unwrap()) }
/// let deploy = Deploy::new("shop", "production", revision('a'), revision('b')).requested_by("ada");
/// assert_eq!(deploy.service, "shop");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deploy {
    /// The service that is deployed.
    pub service: String,
    /// Where to: `production`, `staging`.
    pub environment: String,
    /// What runs there now.
    pub base: Revision,
    /// What shall run there.
    pub head: Revision,
    /// The paths of the repository that belong to this service; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<RepoPath>,
    /// Who asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<Timestamp>,
    /// Anything a team's own checks want to know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Deploy {
    /// A deploy of the whole repository, asked for by nobody in particular.
    #[must_use]
    pub fn new(service: impl Into<String>, environment: impl Into<String>, base: Revision, head: Revision) -> Self {
        Self {
            service: service.into(),
            environment: environment.into(),
            base,
            head,
            paths: Vec::new(),
            requested_by: None,
            requested_at: None,
            attributes: BTreeMap::new(),
        }
    }

    /// The same deploy, limited to these paths of the repository.
    #[must_use]
    pub fn paths(self, paths: impl IntoIterator<Item = RepoPath>) -> Self {
        Self { paths: paths.into_iter().collect(), ..self }
    }

    /// The same deploy, asked for by `who`.
    #[must_use]
    pub fn requested_by(self, who: impl Into<String>) -> Self {
        Self { requested_by: Some(who.into()), ..self }
    }

    /// The same deploy, asked for at `when`.
    #[must_use]
    pub fn requested_at(self, when: Timestamp) -> Self {
        Self { requested_at: Some(when), ..self }
    }

    /// The same deploy, with one more attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Whether a path of the repository belongs to this service.
    #[must_use]
    pub fn covers(&self, path: &RepoPath) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|directory| path.is_within(directory))
    }
}
