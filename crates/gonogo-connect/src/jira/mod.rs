//! Issues of Jira Cloud and Jira Data Center.

mod development;
mod fields;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gonogo_core::{async_trait, blocking};
use gonogo_issues::{Issue, IssueTracker, Lookup, TrackerError};
use serde_json::{Value, json};

use crate::address::AddressError;
use crate::credentials::Credentials;
use crate::http::Answer;
use crate::service::{LIMIT, Service};
use fields::Catalogue;

/// Which of the two Jiras it is: they have different interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deployment {
    /// Atlassian's own hosting, with `/rest/api/3`.
    Cloud,
    /// One's own, with `/rest/api/2`.
    DataCenter,
}

/// The issues of a Jira.
///
/// Issues are read in batches: from Cloud by
/// [bulk fetch](https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/), from Data Center by a search for
/// the keys. What a batch leaves out is asked for by itself, since it may have moved to another key, or not exist.
///
/// # What is told apart
/// - **Fields** are asked for by the name that people see; those not asked for are not in the answer. A field that the issue has
///   and that is blank is [`Empty`](gonogo_issues::Field::Empty). Jira leaves a field out of an issue when this user may not see
///   it, and also when the project does not have it; since the two look the same, both are
///   [`Hidden`](gonogo_issues::Field::Hidden). A name that Jira does not list for this user, or that several of an issue's fields
///   have with different values, is left out: nothing is known of it.
/// - **Not found** is what Jira says is not there. It says the same of an issue that this user may not see.
/// - **A login that failed** is refused, although Jira answers then as if to a stranger, with nothing found.
#[derive(Clone, Debug)]
pub struct Jira {
    asked: Arc<Asked>,
}

#[derive(Debug)]
struct Asked {
    service: Service,
    deployment: Deployment,
    wanted: Vec<String>,
    development: bool,
    catalogue: Mutex<Option<Arc<Catalogue>>>,
}

impl Jira {
    /// The Jira at `url`, such as `https://example.atlassian.net`.
    ///
    /// # Errors
    /// When it is no address, or credentials would not be safe on the way to it.
    pub fn new(deployment: Deployment, url: &str, credentials: Credentials) -> Result<Self, AddressError> {
        Self::with_limit(deployment, url, credentials, LIMIT)
    }

    /// The same, with a limit to how long one call may take.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_limit(
        deployment: Deployment,
        url: &str,
        credentials: Credentials,
        limit: Duration,
    ) -> Result<Self, AddressError> {
        let service = Service::new("Jira", url, credentials, limit)?;
        let asked = Asked { service, deployment, wanted: Vec::new(), development: false, catalogue: Mutex::new(None) };
        Ok(Self { asked: Arc::new(asked) })
    }

    /// Asks for these fields, by the names that people see or by their ids (`customfield_10041`).
    #[must_use]
    pub fn fields<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let wanted = names.into_iter().map(Into::into).collect();
        self.rebuilt(|asked| asked.wanted = wanted)
    }

    /// Asks for the pull requests of an issue too, which Jira keeps in its field `Development`: how many are open and how many
    /// are merged. Without that field, or while Jira says that its copy is old, nothing is known of them.
    #[must_use]
    pub fn changes(self, wanted: bool) -> Self {
        self.rebuilt(|asked| asked.development = wanted)
    }

    fn rebuilt(self, change: impl FnOnce(&mut Asked)) -> Self {
        let mut asked = Asked {
            service: self.asked.service.clone(),
            deployment: self.asked.deployment,
            wanted: self.asked.wanted.clone(),
            development: self.asked.development,
            catalogue: Mutex::new(None),
        };
        change(&mut asked);
        Self { asked: Arc::new(asked) }
    }
}

#[async_trait]
impl IssueTracker for Jira {
    fn name(&self) -> &str {
        &self.asked.service.name
    }

    fn batch_size(&self) -> usize {
        50
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        let (asked, keys) = (Arc::clone(&self.asked), keys.to_vec());
        let lost = self.asked.service.unreadable("no thread could be started to ask".into());
        blocking("jira", move || asked.fetch(&keys)).await.map_err(|_| lost)?
    }
}

/// A key as Jira has them: it goes into addresses and queries, and comes from messages that anybody may write.
fn canonical(key: &str) -> Option<String> {
    let (project, number) = key.rsplit_once('-')?;
    let begins = project.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    let named = begins && project.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let numbered = (1..=18).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (named && numbered && project.len() <= 100).then(|| key.to_ascii_uppercase())
}

impl Asked {
    fn fetch(&self, keys: &[String]) -> Result<Vec<Lookup>, TrackerError> {
        let mut wanted: Vec<String> = keys.iter().filter_map(|key| canonical(key)).collect();
        wanted.sort();
        wanted.dedup();
        let mut answers = BTreeMap::new();
        if !wanted.is_empty() {
            let catalogue = self.catalogue()?;
            for issue in self.batch(&wanted, &catalogue)? {
                if let Some((key, lookup)) = self.read(&issue, &catalogue) {
                    answers.insert(key, lookup);
                }
            }
            for key in &wanted {
                if !answers.contains_key(key) {
                    let lookup = self.one(key, &catalogue)?;
                    answers.insert(key.clone(), lookup);
                }
            }
        }
        let answer = |key: &String| match canonical(key) {
            Some(key) => answers.get(&key).cloned().unwrap_or(Lookup::NotFound),
            None => Lookup::Failed { why: format!("{} has no keys of that form", self.service.name) },
        };
        Ok(keys.iter().map(answer).collect())
    }

    fn path(&self, rest: &str) -> String {
        match self.deployment {
            Deployment::Cloud => format!("/rest/api/3{rest}"),
            Deployment::DataCenter => format!("/rest/api/2{rest}"),
        }
    }

    /// Which fields there are, asked once. A failure is not kept.
    fn catalogue(&self) -> Result<Arc<Catalogue>, TrackerError> {
        let kept = || self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().as_ref() {
            return Ok(Arc::clone(known));
        }
        let catalogue = if self.wanted.is_empty() && !self.development {
            Catalogue::default()
        } else {
            let answer = self.known(self.service.get(&self.path("/field"), "application/json")?)?;
            Catalogue::read(&self.service.json(&answer)?, &self.wanted, self.development)
                .ok_or_else(|| self.service.unreadable("the list of its fields is none".into()))?
        };
        let catalogue = Arc::new(catalogue);
        *kept() = Some(Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// The answer, if it was given to whom it was meant for: Jira treats one whose login failed as a stranger, to whom no issue
    /// exists, and tells only in a header.
    fn known(&self, answer: Answer) -> Result<Answer, TrackerError> {
        let says = |name: &str, words: &[&str]| {
            answer.header(name).is_some_and(|value| words.iter().any(|word| value.to_ascii_lowercase().contains(word)))
        };
        let stranger = says("x-seraph-loginreason", &["authenticated_failed", "authentication_denied"])
            || self.service.has_credentials() && says("x-ausername", &["anonymous"]);
        if stranger && answer.status != 429 && answer.status < 500 {
            let why = "it does not know the credentials, and answers as if to a stranger".to_owned();
            return Err(self.service.refused(why, "renew the token; for Jira Cloud give `user` too"));
        }
        Ok(answer)
    }

    fn batch(&self, keys: &[String], catalogue: &Catalogue) -> Result<Vec<Value>, TrackerError> {
        match self.deployment {
            Deployment::Cloud => self.bulk(keys, catalogue),
            Deployment::DataCenter => self.search(keys, catalogue),
        }
    }

    /// At most 100 keys, without pages; issues come by their id, and keys that lead nowhere are left out.
    fn bulk(&self, keys: &[String], catalogue: &Catalogue) -> Result<Vec<Value>, TrackerError> {
        let body = json!({ "issueIdsOrKeys": keys, "fields": catalogue.asked() });
        let answer = self.known(self.service.post(&self.path("/issue/bulkfetch"), &body)?)?;
        // With no key right it may say so with a status; each is then asked for by itself.
        if answer.status == 400 {
            return Ok(Vec::new());
        }
        self.issues(self.service.json(&answer)?)
    }

    /// Pages of a search. Where a key is wrong, Data Center refuses the whole query unless told not to, and some versions do so
    /// all the same: each key is then asked for by itself.
    fn search(&self, keys: &[String], catalogue: &Catalogue) -> Result<Vec<Value>, TrackerError> {
        let mut found = Vec::new();
        // Each page has at least one issue, and each issue comes once.
        for _ in 0..=keys.len() {
            let body = json!({
                "jql": format!("issuekey in ({})", keys.join(",")),
                "validateQuery": false,
                "fields": catalogue.asked(),
                "startAt": found.len(),
                "maxResults": keys.len(),
            });
            let answer = self.known(self.service.post(&self.path("/search"), &body)?)?;
            if answer.status == 400 {
                return Ok(found);
            }
            let page = self.service.json(&answer)?;
            let total = page.get("total").and_then(Value::as_u64).unwrap_or(0);
            let issues = self.issues(page)?;
            let ended = issues.is_empty();
            found.extend(issues);
            if ended || found.len() as u64 >= total {
                break;
            }
        }
        Ok(found)
    }

    fn issues(&self, mut page: Value) -> Result<Vec<Value>, TrackerError> {
        match page.get_mut("issues").map(Value::take) {
            Some(Value::Array(issues)) => Ok(issues),
            _ => Err(self.service.unreadable("it has no list of issues".into())),
        }
    }

    /// One key by itself. What concerns this key alone is its answer; what concerns the service is an error.
    fn one(&self, key: &str, catalogue: &Catalogue) -> Result<Lookup, TrackerError> {
        let path = self.path(&format!("/issue/{key}?fields={}", catalogue.asked().join(",")));
        let answer = self.known(self.service.get(&path, "application/json")?)?;
        // A gateway's 404 has no JSON in it: there is no Jira at this address.
        if answer.status == 404 && serde_json::from_slice::<Value>(&answer.body).is_ok_and(|said| said.is_object()) {
            return Ok(Lookup::NotFound);
        }
        let failed = |error: &TrackerError| Lookup::Failed { why: error.to_string() };
        match self.service.json(&answer) {
            Ok(issue) => Ok(match self.read(&issue, catalogue) {
                Some((_, lookup)) => lookup,
                None => Lookup::Failed { why: format!("the answer of {} for {key} has no key", self.service.name) },
            }),
            Err(error) if matches!(answer.status, 403 | 500) => match error {
                TrackerError::Transient { retry_after: Some(_), .. } => Err(error),
                error => Ok(failed(&error)),
            },
            Err(error) => Err(error),
        }
    }

    /// An issue as Jira writes it, with its key; `None` for what has no key.
    fn read(&self, issue: &Value, catalogue: &Catalogue) -> Option<(String, Lookup)> {
        let key = issue.get("key")?.as_str()?;
        let text = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let asked = canonical(key)?;
        // Without a state nobody can tell whether it may go.
        let Some(state) = text("/fields/status/name").filter(|state| !state.trim().is_empty()) else {
            return Some((asked, Lookup::Failed { why: format!("the answer of {} has no status", self.service.name) }));
        };
        let mut found = Issue::new(key, text("/fields/summary").unwrap_or_default(), state);
        found.issue_type = text("/fields/issuetype/name");
        found.url = Some(self.service.page(&format!("/browse/{key}")));
        let labels = issue.pointer("/fields/labels").and_then(Value::as_array);
        found.labels = labels.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        found.fields = catalogue.fields(issue.get("fields").unwrap_or(&Value::Null));
        if self.development {
            found.changes =
                catalogue.development().and_then(|id| issue.get("fields")?.get(id)).and_then(development::changes);
        }
        Some((asked, Lookup::Found(Box::new(found))))
    }
}
