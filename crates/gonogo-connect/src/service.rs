//! What trackers on the web have in common: where they are, and what an answer means that is none.

use std::time::Duration;

use gonogo_issues::TrackerError;
use serde_json::Value;

use crate::address::{Address, AddressError};
use crate::credentials::Credentials;
use crate::http::{Answer, Client, NoAnswer};

/// How long one call may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// The most that is read of one answer: a hundred issues with long texts are well below it.
const LARGEST: u64 = 32 << 20;
/// How much of a server's own words is repeated.
const WORDS: usize = 200;

/// A service at an address, asked with some credentials.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// For people: `Jira at issues.example.org`.
    pub(crate) name: String,
    base: String,
    credentials: Credentials,
    client: Client,
}

impl Service {
    /// The service `what` at `url`.
    pub(crate) fn new(what: &str, url: &str, credentials: Credentials, limit: Duration) -> Result<Self, AddressError> {
        let Address { authority, base } = Address::of(url, &credentials)?;
        Ok(Self { name: format!("{what} at {authority}"), base, credentials, client: Client::new(limit, LARGEST) })
    }

    /// The address of a page for people.
    #[cfg(feature = "jira")]
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether it is asked as somebody.
    #[cfg(feature = "jira")]
    pub(crate) fn has_credentials(&self) -> bool {
        self.credentials.header().is_some()
    }

    /// Gets `path`, which begins with a slash, or a whole address of the same service.
    pub(crate) fn get(&self, path: &str, accept: &str) -> Result<Answer, TrackerError> {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        self.client.get(&url, &self.headers(accept)).map_err(|error| self.no_answer(&error))
    }

    /// Posts JSON to `path`.
    #[cfg(feature = "jira")]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Answer, TrackerError> {
        let mut headers = self.headers("application/json");
        headers.push(("content-type", "application/json"));
        let url = format!("{}{path}", self.base);
        self.client.post(&url, &headers, body.to_string().as_bytes()).map_err(|error| self.no_answer(&error))
    }

    /// Whether an address that an answer names is this service's own: credentials go nowhere else.
    #[cfg(feature = "github")]
    pub(crate) fn is_own(&self, url: &str) -> bool {
        let origin = |url: &str| {
            let (scheme, rest) = url.split_once("://")?;
            Some((scheme.to_ascii_lowercase(), rest.split(['/', '?', '#']).next()?.to_ascii_lowercase()))
        };
        origin(url).is_some() && origin(url) == origin(&self.base)
    }

    fn headers<'a>(&'a self, accept: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut headers = vec![("accept", accept)];
        headers.extend(self.credentials.header().map(|value| ("authorization", value)));
        headers
    }

    /// The JSON of a good answer; what any other answer means.
    pub(crate) fn json(&self, answer: &Answer) -> Result<Value, TrackerError> {
        if (200..300).contains(&answer.status) { self.parse(answer) } else { Err(self.failure(answer)) }
    }

    fn parse(&self, answer: &Answer) -> Result<Value, TrackerError> {
        if is_page(answer) {
            return Err(self.refused(
                "it answers with a web page where data was asked for, probably one to log in".into(),
                "check the address, and that the credentials are for the programming interface",
            ));
        }
        serde_json::from_slice(&answer.body).map_err(|error| self.unreadable(error.to_string()))
    }

    /// What an answer means that is neither good nor of one key alone.
    pub(crate) fn failure(&self, answer: &Answer) -> TrackerError {
        let said = said(answer);
        let with = |what: &str| if said.is_empty() { what.to_owned() } else { format!("{what}: {said}") };
        match answer.status {
            401 => self.refused(with("it does not know the credentials (401)"), "renew the token"),
            403 | 429 if is_limit(answer) => TrackerError::Transient {
                tracker: self.name.clone(),
                why: with(&format!("it limits how often it is asked ({})", answer.status)),
                retry_after: pause(answer),
            },
            407 | 403 => self.refused(
                with(&format!("it does not let this user do so ({})", answer.status)),
                "let the token's user read issues",
            ),
            300..=399 => self.refused(
                format!("it sends one elsewhere ({})", answer.status),
                "write the address that it wants to be asked at",
            ),
            404 | 410 => self.refused(
                with(&format!("there is no such interface at this address ({})", answer.status)),
                "check the address",
            ),
            408 | 425 | 500..600 => TrackerError::Transient {
                tracker: self.name.clone(),
                why: with(&format!("it failed ({})", answer.status)),
                retry_after: answer.retry_after(),
            },
            status => self.unreadable(with(&format!("status {status}"))),
        }
    }

    fn no_answer(&self, error: &NoAnswer) -> TrackerError {
        if error.may_pass() {
            TrackerError::Transient { tracker: self.name.clone(), why: error.to_string(), retry_after: None }
        } else {
            self.unreadable(error.to_string())
        }
    }

    /// It refuses.
    pub(crate) fn refused(&self, why: String, remedy: &str) -> TrackerError {
        TrackerError::Refused { tracker: self.name.clone(), why, remedy: remedy.to_owned() }
    }

    /// It answered what cannot be understood.
    pub(crate) fn unreadable(&self, why: String) -> TrackerError {
        TrackerError::Unreadable { tracker: self.name.clone(), why }
    }
}

/// A page for people: what gateways and single sign-on answer, with status 200.
fn is_page(answer: &Answer) -> bool {
    let typed = answer.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    typed || answer.body.trim_ascii_start().first() == Some(&b'<')
}

/// GitHub says with 403 what others say with 429: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
fn is_limit(answer: &Answer) -> bool {
    answer.status == 429
        || answer.header("retry-after").is_some()
        || answer.header("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0")
        || said(answer).to_ascii_lowercase().contains("secondary rate limit")
}

/// How long to leave it alone: as `Retry-After` says, else until `X-RateLimit-Reset` by the server's own clock.
fn pause(answer: &Answer) -> Option<Duration> {
    answer.retry_after().or_else(|| {
        let reset: u64 = answer.header("x-ratelimit-reset")?.trim().parse().ok()?;
        let now = date(answer.header("date")?)?;
        Some(Duration::from_secs(reset.saturating_sub(now).saturating_add(1)))
    })
}

/// Seconds since 1970 of an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name == month)? + 1;
    let stamp = format!("{year}-{month:02}-{day:0>2}T{time}Z");
    let seconds = stamp.parse::<gonogo_core::Timestamp>().ok()?;
    let since = std::time::SystemTime::from(seconds).duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// A server's own words, in one short line without anything that a terminal obeys.
fn said(answer: &Answer) -> String {
    let parsed: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let text = parsed.as_ref().and_then(|value| {
        let first = |list: &Value| Some(list.as_array()?.first()?.as_str()?.to_owned());
        value
            .get("message")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| value.get("errorMessages").and_then(first))
            .or_else(|| Some(value.get("errors")?.as_object()?.values().next()?.as_str()?.to_owned()))
    });
    let text = text.unwrap_or_default();
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_date_is_seconds() {
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37"), None);
        assert_eq!(date("today"), None);
    }

    #[test]
    fn credentials_stay_out_of_the_clear_and_out_of_addresses() {
        let new = |url: &str, credentials| Service::new("Jira", url, credentials, LIMIT).map(|service| service.name);
        let token = || Credentials::bearer("secret");
        assert_eq!(new("https://example.org/jira/", token()), Ok("Jira at example.org".into()));
        assert_eq!(new("http://127.0.0.1:8080", token()), Ok("Jira at 127.0.0.1:8080".into()));
        assert_eq!(new("http://[::1]:8080", token()), Ok("Jira at [::1]:8080".into()));
        assert_eq!(new("http://example.org", Credentials::none()), Ok("Jira at example.org".into()));
        let refused = |url: &str| new(url, token()).unwrap_err().to_string();
        assert!(refused("http://example.org").contains("in the clear"));
        assert!(refused("http://localhost.example.org").contains("in the clear"));
        assert!(refused("https://ada:secret@example.org").starts_with("the address of `example.org` has credentials"));
        for malformed in
            ["example.org", "ftp://example.org", "https://", "https://a b", "https://a/?x=1", "https://a\r\nb"]
        {
            assert!(refused(malformed).contains("is no address"), "{malformed}");
        }
        assert!(
            !format!("{:?}", Service::new("Jira", "https://example.org", Credentials::basic("ada", "secret"), LIMIT))
                .contains("secret")
        );
    }
}
