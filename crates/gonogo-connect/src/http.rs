//! One request over HTTP, bounded in time and bytes; every status is an answer, and only no answer is an error.

use std::io::Read;
use std::time::Duration;

use ureq::config::RedirectAuthHeaders;
use ureq::tls::{RootCerts, TlsConfig};

/// A client for one service.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    largest: u64,
}

/// What a server answered, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    /// The whole body.
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer. All of these may pass if asked again, but for an address or a body that no retry mends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The address is not one, or nothing but HTTP and HTTPS is spoken here.
    #[error("`{url}` cannot be asked: {why}")]
    Address { url: String, why: String },
    /// Nobody answered within the limit.
    #[error("no answer within {} seconds", limit.as_secs_f64())]
    TimedOut { limit: Duration },
    /// The connection was refused, broke, or ended in the middle of the answer.
    #[error("{why}")]
    Broken { why: String },
    /// The body is larger than is read.
    #[error("the answer has more than {largest} bytes, which is the most that is read")]
    TooLarge { largest: u64 },
}

impl NoAnswer {
    /// Whether asking again may help.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Broken { .. })
    }
}

impl Answer {
    /// A header's text, when it is there once at least and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asked to be left alone: `Retry-After` in seconds. The form with a date is not read, since the two
    /// clocks may differ.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }
}

impl Client {
    /// A client whose calls take at most `limit` in all and read at most `largest` bytes. It trusts the certificates that the
    /// machine trusts, follows a few redirects, and never carries credentials to another host.
    pub(crate) fn new(limit: Duration, largest: u64) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(4)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { agent: config.into(), largest }
    }

    /// Gets `url`.
    pub(crate) fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, NoAnswer> {
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.read(url, request.call())
    }

    /// Posts `body` to `url`.
    pub(crate) fn post(&self, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, NoAnswer> {
        let mut request = self.agent.post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.read(url, request.send(body))
    }

    fn read(&self, url: &str, sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, NoAnswer> {
        let (parts, body) = sent.map_err(|error| self.no_answer(url, error))?.into_parts();
        let mut bytes = Vec::new();
        // One byte more than is wanted tells a body that is too large from one that just fits.
        let mut reader = body.into_reader().take(self.largest.saturating_add(1));
        reader.read_to_end(&mut bytes).map_err(|error| match error.downcast::<ureq::Error>() {
            Ok(error) => self.no_answer(url, error),
            Err(error) => NoAnswer::Broken { why: format!("the answer ended early: {error}") },
        })?;
        if bytes.len() as u64 > self.largest {
            return Err(NoAnswer::TooLarge { largest: self.largest });
        }
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
    }

    fn no_answer(&self, url: &str, error: ureq::Error) -> NoAnswer {
        match error {
            ureq::Error::Timeout(_) => {
                NoAnswer::TimedOut { limit: self.agent.config().timeouts().global.unwrap_or_default() }
            }
            ureq::Error::BadUri(why) => NoAnswer::Address { url: url.to_owned(), why },
            ureq::Error::Http(why) => NoAnswer::Address { url: url.to_owned(), why: why.to_string() },
            other => NoAnswer::Broken { why: other.to_string() },
        }
    }
}
