//! Where a service is: an address that may be asked with the credentials that there are.

use crate::credentials::Credentials;

/// An address that is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no address of a service.
    #[error("`{url}` is no address; write it as https://host or https://host/path")]
    Malformed {
        /// As given.
        url: String,
    },
    /// It has a user or password in it, which would end up in logs.
    #[error(
        "the address of `{host}` has credentials in it; take them out, and name an environment variable in `token_env`"
    )]
    HasCredentials {
        /// The host.
        host: String,
    },
    /// Credentials would cross the network in the clear.
    #[error("`{url}` is plain HTTP, and credentials would cross the network in the clear; write https://")]
    InTheClear {
        /// As given.
        url: String,
    },
    /// It is no `owner/name`.
    #[error("`{repository}` is no repository; write it as owner/name")]
    Repository {
        /// As given.
        repository: String,
    },
}

/// The address of a service.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// Host and port.
    pub(crate) authority: String,
    /// The whole of it, without a slash at its end.
    pub(crate) base: String,
}

impl Address {
    /// Reads `url`; refuses what has credentials in it and what would carry them in the clear.
    pub(crate) fn of(url: &str, credentials: &Credentials) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed { url: url.to_owned() };
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(malformed)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(AddressError::HasCredentials { host: host.to_owned() });
        }
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'\\'));
        if authority.is_empty() || !plain(rest) || !matches!(scheme, "http" | "https") {
            return Err(malformed());
        }
        if scheme == "http" && credentials.header().is_some() && !is_this_machine(authority) {
            return Err(AddressError::InTheClear { url: url.to_owned() });
        }
        Ok(Self { authority: authority.to_owned(), base: url.trim().trim_end_matches('/').to_owned() })
    }
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => authority.split(':').next().unwrap_or(""),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
