//! The builds of the deployed commit passed.

use async_trait::async_trait;
use gonogo_core::{BoxError, Check, CheckContext, Deploy, Facts, Finding, ObjectId, Outcome, Severity};
use serde::Deserialize;

use crate::document::{self, Source};
use crate::rules::{BUILD_FAILED, BUILD_MISSING};

/// Asks whether the builds of head passed, as a JSON document says:
///
/// ```json
/// {"builds": [{"name": "linux", "head": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "status": "passed",
///              "url": "https://ci.example.org/7"}]}
/// ```
///
/// `status` is `passed`, `failed`, `running` or `cancelled`; any other word makes the document unreadable. Builds of other
/// commits say nothing. A required build that failed is a [`Severity::Stop`], one that is not there, not over or told about twice
/// is a [`Finding::unknown`]. A failed build that is not required is a note.
///
/// ```
/// use gonogo_checks::BuildsCheck;
/// let check = BuildsCheck::new(["linux", "macos"], || Ok(std::fs::read("builds.json")?));
/// # let _ = check;
/// ```
pub struct BuildsCheck {
    required: Vec<String>,
    source: Source,
}

#[derive(Deserialize)]
struct Builds {
    builds: Vec<Build>,
}

#[derive(Deserialize)]
struct Build {
    name: String,
    head: ObjectId,
    status: Status,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Passed,
    Failed,
    Running,
    Cancelled,
}

impl BuildsCheck {
    /// A check that these builds passed; that every build of head did and there is one, when none is named. `source` gives the
    /// document; an error of it is an error of the check.
    pub fn new<N: Into<String>>(
        required: impl IntoIterator<Item = N>,
        source: impl Fn() -> Result<Vec<u8>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { required: required.into_iter().map(Into::into).collect(), source: Box::new(source) }
    }

    fn judge(&self, deploy: &Deploy, all: &[Build]) -> Outcome {
        let of_head: Vec<&Build> = all.iter().filter(|build| build.head == deploy.head.id).collect();
        let mut names: Vec<&str> = of_head.iter().map(|build| &*build.name).collect();
        names.sort_unstable();
        names.dedup();
        let facts = Facts::new().list("builds", names.iter().copied());
        let mut findings = Vec::new();
        if self.required.is_empty() && of_head.is_empty() {
            let why = format!("no build of {} is told about", deploy.head);
            findings.push(Finding::unknown(BUILD_MISSING, "builds", why).remedy("build this commit"));
        }
        let required = |name: &str| self.required.is_empty() || self.required.iter().any(|wanted| wanted == name);
        let mut asked: Vec<&str> = self.required.iter().map(|name| &**name).chain(names).collect();
        asked.sort_unstable();
        asked.dedup();
        for name in asked {
            let told: Vec<&Build> = of_head.iter().copied().filter(|build| build.name == name).collect();
            findings.extend(self.about(name, required(name), &told, deploy));
        }
        Outcome::examined(findings, facts)
    }

    fn about(&self, name: &str, required: bool, told: &[&Build], deploy: &Deploy) -> Option<Finding> {
        let unclear = |why: String| required.then(|| Finding::unknown(BUILD_MISSING, name, why));
        let head = &deploy.head;
        let build = match told {
            [] => return unclear(format!("no build `{name}` of {head} is told about")),
            [build] => build,
            several => return unclear(format!("build `{name}` of {head} is told about {} times", several.len())),
        };
        let finding = match build.status {
            Status::Passed => None,
            Status::Running => unclear(format!("build `{name}` of {head} is not over")),
            Status::Cancelled => unclear(format!("build `{name}` of {head} was cancelled")),
            Status::Failed => {
                let severity = if required { Severity::Stop } else { Severity::Note };
                Some(Finding::new(BUILD_FAILED, name, severity, format!("build `{name}` of {head} failed")))
            }
        };
        match &build.url {
            Some(url) => finding.map(|finding| finding.evidence("url", url.as_str())),
            None => finding,
        }
    }
}

#[async_trait]
impl Check for BuildsCheck {
    fn id(&self) -> &str {
        "checks/builds"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let read = document::read::<Builds>(&self.source, "list of builds")?;
        Ok(read.map_or_else(|outcome| outcome, |told| self.judge(cx.deploy(), &told.builds)))
    }
}
