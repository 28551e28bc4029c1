//! Issues and pull requests of GitHub and GitHub Enterprise.

mod key;
mod sections;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gonogo_core::{async_trait, blocking};
use gonogo_issues::{
    ChangeLookup, ChangeResolver, ChangeText, Extractor, ExtractorOptions, Field, Issue, IssueTracker, Kind, Lookup,
    ReferenceStyle, TrackerError,
};
use serde_json::Value;

use crate::address::AddressError;
use crate::credentials::Credentials;
use crate::http::Answer;
use crate::service::{LIMIT, Service};
use key::{Key, is_repository};

/// The form of answers: <https://docs.github.com/rest/about-the-rest-api/api-versions>.
const ACCEPT: &str = "application/vnd.github+json";
/// Pages of an issue's timeline that are read, of 100 events each.
const PAGES: usize = 10;

/// The issues and pull requests of GitHub.
///
/// # What is told apart
/// - **Not found** is a number that a repository which this user can see does not have, or an issue that was deleted. Where the
///   repository itself cannot be seen, or has its issues switched off, the lookup failed.
/// - **A number that is a pull request** is one, with the type `pull request`; asked as a change, a number that is an issue is
///   [`ChangeLookup::Issue`].
/// - **A transferred issue** is answered under the key that it has now.
/// - **Fields** are what an issue form makes of them, a heading with text below it: `### Risk assessment`. `_No response_`, as
///   the form writes it, and blanks are [`Field::Empty`]; a heading that is not there is left out, for nobody was asked. The
///   fields `Milestone`, `Assignees` and `State reason` are GitHub's own.
/// - **Its changes** are pull requests of its repository that name it, asked for with [`changes`](Self::changes).
#[derive(Clone, Debug)]
pub struct GitHub {
    asked: Arc<Asked>,
}

#[derive(Debug)]
struct Asked {
    service: Service,
    repository: Option<String>,
    linked: bool,
    seen: Mutex<BTreeMap<String, bool>>,
}

impl GitHub {
    /// Where GitHub itself is asked.
    pub const PUBLIC: &str = "https://api.github.com";
    /// How long one call may take unless told otherwise.
    pub const LIMIT: Duration = LIMIT;

    /// GitHub itself; `repository` (`owner/name`) is the one that `#12` belongs to.
    ///
    /// # Errors
    /// When it is no repository.
    pub fn new(repository: Option<&str>, credentials: Credentials) -> Result<Self, AddressError> {
        Self::at(Self::PUBLIC, repository, credentials, LIMIT)
    }

    /// The GitHub whose interface is at `url`, such as `https://github.example.org/api/v3`, with a limit to how long one call
    /// may take.
    ///
    /// # Errors
    /// When it is no address or no repository, or credentials would not be safe on the way to it.
    pub fn at(
        url: &str,
        repository: Option<&str>,
        credentials: Credentials,
        limit: Duration,
    ) -> Result<Self, AddressError> {
        if let Some(name) = repository.filter(|name| !is_repository(name)) {
            return Err(AddressError::Repository { repository: name.to_owned() });
        }
        let service = Service::new("GitHub", url, credentials, limit)?;
        let repository = repository.map(str::to_owned);
        Ok(Self { asked: Arc::new(Asked { service, repository, linked: false, seen: Mutex::default() }) })
    }

    /// Asks which pull requests name each issue too, and whether they are merged; one more call an issue.
    #[must_use]
    pub fn changes(self, wanted: bool) -> Self {
        let asked = Asked {
            service: self.asked.service.clone(),
            repository: self.asked.repository.clone(),
            linked: wanted,
            seen: Mutex::default(),
        };
        Self { asked: Arc::new(asked) }
    }

    fn lost(&self) -> TrackerError {
        self.asked.service.unreadable("no thread could be started to ask".into())
    }
}

#[async_trait]
impl IssueTracker for GitHub {
    fn name(&self) -> &str {
        &self.asked.service.name
    }

    /// Each key is a call of its own, and a limit that is met halfway asks for the whole batch again.
    fn batch_size(&self) -> usize {
        10
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        let (asked, keys) = (Arc::clone(&self.asked), keys.to_vec());
        blocking("github", move || keys.iter().map(|key| asked.issue(key)).collect()).await.map_err(|_| self.lost())?
    }
}

#[async_trait]
impl ChangeResolver for GitHub {
    fn name(&self) -> &str {
        &self.asked.service.name
    }

    fn batch_size(&self) -> usize {
        10
    }

    async fn resolve(&self, keys: &[String]) -> Result<Vec<ChangeLookup>, TrackerError> {
        let (asked, keys) = (Arc::clone(&self.asked), keys.to_vec());
        blocking("github", move || keys.iter().map(|key| asked.change(key)).collect()).await.map_err(|_| self.lost())?
    }
}

/// What asking for one thing came to.
enum Got {
    There(Value),
    Gone,
    Failed(String),
}

impl Asked {
    fn get(&self, path: &str) -> Result<Answer, TrackerError> {
        self.service.get(path, ACCEPT)
    }

    /// One thing of a repository. What concerns the service as a whole is an error, so that it may be tried again.
    fn one(&self, repository: &str, path: &str) -> Result<Got, TrackerError> {
        let answer = self.get(&format!("/repos/{repository}{path}"))?;
        Ok(match answer.status {
            404 if self.is_seen(repository)? => Got::Gone,
            404 => Got::Failed(format!("{} does not show the repository {repository} to this user", self.service.name)),
            // Deleted, or issues are switched off: only the words tell, so only clear ones count.
            410 if String::from_utf8_lossy(&answer.body).to_lowercase().contains("deleted") => Got::Gone,
            410 => Got::Failed(format!("{repository} has no issues any more: {}", self.service.failure(&answer))),
            451 => Got::Failed(format!("{repository} is not available for legal reasons")),
            _ => Got::There(self.service.json(&answer)?),
        })
    }

    /// Whether this user sees the repository, so that 404 means what it says; asked once.
    fn is_seen(&self, repository: &str) -> Result<bool, TrackerError> {
        let name = repository.to_ascii_lowercase();
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(*seen);
        }
        let answer = self.get(&format!("/repos/{repository}"))?;
        let seen = match answer.status {
            404 => false,
            _ => self.service.json(&answer)?.get("full_name").is_some(),
        };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(name, seen);
        Ok(seen)
    }

    fn parse(&self, key: &str) -> Result<Key, String> {
        Key::parse(key, self.repository.as_deref())
            .map_err(|why| format!("{} cannot be asked for {key}: {why}", self.service.name))
    }

    fn issue(&self, asked: &str) -> Result<Lookup, TrackerError> {
        let key = match self.parse(asked) {
            Ok(key) => key,
            Err(why) => return Ok(Lookup::Failed { why }),
        };
        match self.one(&key.repository, &format!("/issues/{}", key.number))? {
            Got::There(value) => self.read(asked, &key, &value),
            Got::Gone => Ok(Lookup::NotFound),
            Got::Failed(why) => Ok(Lookup::Failed { why }),
        }
    }

    fn read(&self, asked: &str, key: &Key, value: &Value) -> Result<Lookup, TrackerError> {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (Some(number), Some(state)) = (value.get("number").and_then(Value::as_u64), text("/state")) else {
            return Ok(Lookup::Failed {
                why: format!("the answer of {} has no number or no state", self.service.name),
            });
        };
        // Behind a redirection is the issue where it is now.
        let repository =
            text("/repository_url").and_then(|url| key::repository_of(&url)).unwrap_or_else(|| key.repository.clone());
        let stayed = number == key.number && repository.eq_ignore_ascii_case(&key.repository);
        let now = if stayed { asked.to_owned() } else { format!("{repository}#{number}") };
        let mut issue = Issue::new(now.clone(), text("/title").unwrap_or_default(), state);
        issue.url = text("/html_url").filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        let name = |label: &Value| label.as_str().or_else(|| label.get("name")?.as_str()).map(str::to_owned);
        issue.labels = value.get("labels").and_then(Value::as_array).into_iter().flatten().filter_map(name).collect();
        issue.issue_type = text("/type/name");
        issue.fields = sections::fields(&text("/body").unwrap_or_default());
        for (name, pointer) in [("Milestone", "/milestone/title"), ("State reason", "/state_reason")] {
            issue.fields.insert(name.into(), text(pointer).map_or(Field::Empty, |text| Field::from_value(text.into())));
        }
        let people = value.get("assignees").and_then(Value::as_array).into_iter().flatten();
        let people: Vec<Value> = people.filter_map(|person| person.get("login").cloned()).collect();
        issue.fields.insert("Assignees".into(), Field::from_value(people.into()));
        if let Some(pull) = value.get("pull_request") {
            issue.issue_type = Some("pull request".into());
            let merged = pull.get("merged_at").map(|at| !at.is_null());
            issue.changes = merged.map(|merged| BTreeMap::from([(now, merged)]));
        } else if self.linked {
            issue.changes = self.changes_of(&Key { repository, number })?;
        }
        Ok(Lookup::Found(Box::new(issue)))
    }

    /// The pull requests of the issue's own repository that name it; those closed without being merged were given up. `None`
    /// when not all of its timeline can be read.
    fn changes_of(&self, key: &Key) -> Result<Option<BTreeMap<String, bool>>, TrackerError> {
        let mut options = ExtractorOptions::default();
        options.styles = vec![ReferenceStyle::GitHub];
        options.repository = Some(key.repository.clone());
        let Ok(extractor) = Extractor::new(&options) else { return Ok(None) };
        let own: BTreeSet<String> = [format!("#{}", key.number), format!("{}#{}", key.repository, key.number)].into();
        let mut found = BTreeMap::new();
        let mut next = Some(format!("/repos/{}/issues/{}/timeline?per_page=100", key.repository, key.number));
        for _ in 0..PAGES {
            let Some(path) = next else { return Ok(Some(found)) };
            let answer = self.get(&path)?;
            let page = self.service.json(&answer)?;
            let Some(events) = page.as_array() else { return Ok(None) };
            for source in events.iter().filter_map(|event| event.pointer("/source/issue")) {
                let text = |name: &str| source.get(name).and_then(Value::as_str).unwrap_or("");
                let Some(pull) = source.get("pull_request").filter(|pull| !pull.is_null()) else { continue };
                let place = key::repository_of(text("repository_url"));
                if place.is_some_and(|place| !place.eq_ignore_ascii_case(&key.repository)) {
                    continue;
                }
                let merged = pull.get("merged_at").is_some_and(|at| !at.is_null());
                let message = format!("{}\n\n{}", text("title"), text("body"));
                let names = extractor.extract(message.as_bytes());
                let is_its = names.iter().any(|r| r.kind == Kind::Issue && own.contains(&r.key));
                if let Some(number) = source.get("number").and_then(Value::as_u64)
                    && is_its
                    && (merged || text("state") == "open")
                {
                    found.insert(format!("#{number}"), merged);
                }
            }
            next = next_page(&answer);
            // The token is shown to nobody else, and then not everything is known.
            if next.as_ref().is_some_and(|url| !self.service.is_own(url)) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn change(&self, asked: &str) -> Result<ChangeLookup, TrackerError> {
        let key = match self.parse(asked) {
            Ok(key) => key,
            Err(why) => return Ok(ChangeLookup::Failed { why }),
        };
        match self.one(&key.repository, &format!("/pulls/{}", key.number))? {
            Got::There(pull) => {
                let text = |pointer: &str| pull.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
                Ok(match (text("/title"), text("/head/ref")) {
                    (Some(title), Some(branch)) => {
                        ChangeLookup::Found(ChangeText { title, body: text("/body").unwrap_or_default(), branch })
                    }
                    _ => {
                        ChangeLookup::Failed { why: format!("the answer of {} is no pull request", self.service.name) }
                    }
                })
            }
            Got::Failed(why) => Ok(ChangeLookup::Failed { why }),
            // `(#12)` may be an issue's number.
            Got::Gone => Ok(match self.issue(asked)? {
                Lookup::Found(issue) => ChangeLookup::Issue { key: issue.key },
                Lookup::Failed { why } => ChangeLookup::Failed { why },
                _ => ChangeLookup::NotFound,
            }),
        }
    }
}

/// The address of the page behind this one: `Link: <https://...>; rel="next"` (RFC 8288).
fn next_page(answer: &Answer) -> Option<String> {
    answer.header("link")?.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| target.to_owned())
    })
}
