//! Where teams write down what runs in production: a branch, a tag, a file.

use std::path::PathBuf;
use std::sync::Arc;

use gonogo_core::{BoxError, ProductionRevision, async_trait};

use crate::error::Reason;
use crate::open::GitHistory;

/// The longest file that is read for a revision, in bytes.
const FILE_LIMIT: u64 = 4096;

/// Says that a branch, or any other fixed name, stands for what runs: `origin/production`, `origin/{environment}`.
#[derive(Clone, Debug)]
pub struct NamedRevision {
    template: String,
}

impl NamedRevision {
    /// What runs is named by `template`, in which `{environment}` stands for the environment.
    #[must_use]
    pub fn new(template: impl Into<String>) -> Self {
        Self { template: template.into() }
    }
}

#[async_trait]
impl ProductionRevision for NamedRevision {
    async fn revision_name(&self, environment: &str) -> Result<String, BoxError> {
        let name = filled(&self.template, environment)?;
        if name.is_empty() {
            return Err(failed(
                "the name of the production branch is empty: name a branch, a tag or a commit".to_owned(),
            ));
        }
        Ok(name)
    }
}

/// Says that the newest tag of a pattern stands for what runs: `deploy/{environment}/*`.
///
/// Newest is by when the tag was made: the tagger's date of an annotated tag, the commit's date of any other, as
/// `git for-each-ref --sort=-creatordate` has it. After a rollback only annotated tags tell the truth.
#[derive(Clone, Debug)]
pub struct NewestTag {
    history: Arc<GitHistory>,
    pattern: String,
}

impl NewestTag {
    /// What runs is tagged with a name that matches `pattern`, in which `*` and `?` match anything and `{environment}` stands for the
    /// environment.
    #[must_use]
    pub fn new(history: Arc<GitHistory>, pattern: impl Into<String>) -> Self {
        Self { history, pattern: pattern.into() }
    }
}

#[async_trait]
impl ProductionRevision for NewestTag {
    async fn revision_name(&self, environment: &str) -> Result<String, BoxError> {
        let pattern = filled(&self.pattern, environment)?;
        let newest = self.history.newest_tag_matching(&pattern)?;
        match &newest[..] {
            [] => Err(failed(format!("no tag matches `{pattern}`: run `git fetch --tags`, or mend the pattern"))),
            [first, rest @ ..] if rest.iter().all(|tag| tag.commit == first.commit) => {
                Ok(format!("refs/tags/{}", first.name))
            }
            several => {
                let names: Vec<_> = several.iter().map(|tag| format!("`{}`", tag.name)).collect();
                let names = names.join(" and ");
                Err(failed(format!(
                    "{names} were made in the same second and are different commits: name the revision"
                )))
            }
        }
    }
}

/// Says that a file holds the name of what runs, alone on its only line: `/srv/{environment}/REVISION`.
#[derive(Clone, Debug)]
pub struct RevisionFile {
    path: String,
}

impl RevisionFile {
    /// What runs is named in the file at `path`, in which `{environment}` stands for the environment.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl ProductionRevision for RevisionFile {
    async fn revision_name(&self, environment: &str) -> Result<String, BoxError> {
        let path = PathBuf::from(filled(&self.path, environment)?);
        let shown = path.display();
        let unread =
            |error: std::io::Error| failed(format!("{shown} cannot be read ({error}): it should hold a revision"));
        let size = std::fs::metadata(&path).map_err(unread)?.len();
        if size > FILE_LIMIT {
            return Err(failed(format!("{shown} has {size} bytes: it should hold one revision and nothing else")));
        }
        let text = std::fs::read_to_string(&path).map_err(unread)?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        match (lines.next(), lines.next()) {
            (Some(name), None) => Ok(name.to_owned()),
            (None, _) => Err(failed(format!("{shown} is empty: it should hold a revision"))),
            (Some(_), Some(_)) => Err(failed(format!("{shown} has several lines: it should hold one revision"))),
        }
    }
}

/// The template with the environment in its place; an environment that could name something else is refused.
fn filled(template: &str, environment: &str) -> Result<String, BoxError> {
    if !template.contains("{environment}") {
        return Ok(template.to_owned());
    }
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    if environment.is_empty() || !environment.chars().all(plain) {
        let why =
            format!("the environment `{environment}` cannot be part of `{template}`: use letters, digits, `-` and `_`");
        return Err(failed(why));
    }
    Ok(template.replace("{environment}", environment))
}

fn failed(why: String) -> BoxError {
    Box::new(Reason(why))
}
