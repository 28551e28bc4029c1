//! Windows of metrics, asked of a Prometheus server over its HTTP API.

use std::time::Duration;

use gonogo_core::{Timestamp, async_trait, blocking};
use gonogo_guard::FaultKind;
use gonogo_guard::Window;
use gonogo_guard::driver::{MetricSource, SourceError};
use gonogo_guard::prometheus::{PlanError, PrometheusPlan, Question};

use crate::address::{Address, AddressError};
use crate::credentials::Credentials;
use crate::http::{Client, NoAnswer};

/// How long one query may take unless told.
const LIMIT: Duration = Duration::from_secs(10);
/// The most that is read of one answer: raw readings of a thousand series over ten minutes are well below it.
const LARGEST: u64 = 32 << 20;
/// How much of the server's own words is repeated.
const WORDS: usize = 200;

/// A server that cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrometheusError {
    /// Its address cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// A Prometheus server, or anything that speaks its query API (Thanos, Mimir, VictoriaMetrics), with the series to ask for.
///
/// Each window is evaluated at its own end, by the server's timestamps. A query that fails, is late, is refused or comes with
/// warnings makes its metric a fault in the window; where no query at all was answered the window has failed.
#[derive(Clone, Debug)]
pub struct Prometheus {
    name: String,
    url: String,
    credentials: Credentials,
    limit: Duration,
    client: Client,
    plan: PrometheusPlan,
}

impl Prometheus {
    /// The server at `url` (`https://prometheus.example.org`, with a path where there is one), asked for the metrics of `plan`.
    ///
    /// # Errors
    /// An address that would be asked in the clear with credentials or is none, or a plan that cannot be asked.
    pub fn new(url: &str, credentials: Credentials, plan: PrometheusPlan) -> Result<Self, PrometheusError> {
        let Address { authority, base } = Address::of(url, &credentials)?;
        plan.check()?;
        let client = Client::new(LIMIT, LARGEST);
        let url = format!("{base}/api/v1/query");
        Ok(Self { name: format!("Prometheus at {authority}"), url, credentials, limit: LIMIT, client, plan })
    }

    /// The same, with this limit for each query. Default ten seconds.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, client: Client::new(limit, LARGEST), ..self }
    }

    /// Asks one question; what the server said, or why it said nothing usable.
    fn ask(&self, question: &Question, end: Timestamp) -> Result<Vec<u8>, String> {
        let limit = format!("{}ms", self.limit.as_millis().max(1));
        let body = form(&[
            ("query", &question.query),
            ("time", &end.to_string()),
            // The server gives up when we do.
            ("timeout", &limit),
        ]);
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        if let Some(value) = self.credentials.header() {
            headers.push(("authorization", value));
        }
        let answer =
            self.client.post(&self.url, &headers, body.as_bytes()).map_err(|error: NoAnswer| error.to_string())?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let words: String = String::from_utf8_lossy(&answer.body).chars().take(WORDS).collect();
        Err(format!("HTTP {}: {}", answer.status, words.trim()))
    }

    fn window_blocking(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        let questions = self.plan.questions(start, end);
        let mut failures = Vec::new();
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions {
            let answer = self.ask(&question, end).map_err(|why| {
                failures.push(format!("{} of {}: {why}", question.metric, question.arm.name()));
                FaultKind::SourceFailed
            });
            answers.push((question, answer));
        }
        if failures.len() == answers.len() {
            let why = failures.into_iter().next().unwrap_or_default();
            return Err(SourceError::new(format!("{} answered no query: {why}", self.name)));
        }
        Ok(self.plan.window(start, end, &answers))
    }
}

#[async_trait]
impl MetricSource for Prometheus {
    async fn window(&self, start: Timestamp, end: Timestamp) -> Result<Window, SourceError> {
        let source = self.clone();
        blocking("prometheus", move || source.window_blocking(start, end)).await.map_err(SourceError::new)?
    }
}

/// A form as browsers post it (WHATWG URL standard, application/x-www-form-urlencoded).
fn form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
                _ => {
                    out.push('%');
                    for digit in [byte >> 4, byte & 15] {
                        out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
                    }
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_cross_the_network_unharmed() {
        assert_eq!(
            form(&[("query", "a{b=~\"5..\"}[60s] + 1&x"), ("time", "2026-01-01T00:00:00Z")]),
            "query=a%7Bb%3D~%225..%22%7D%5B60s%5D%20%2B%201%26x&time=2026-01-01T00%3A00%3A00Z".replace('~', "%7E")
        );
    }
}
