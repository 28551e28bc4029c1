//! What a service is shown to let one in: read from the environment, never written anywhere.

use base64::Engine as _;

/// What is shown to a service. Its `Debug` form tells the kind and hides the rest.
#[derive(Clone, Default)]
pub struct Credentials(Shown);

#[derive(Clone, Default)]
enum Shown {
    #[default]
    Nothing,
    /// The value of the `Authorization` header.
    Header { kind: &'static str, value: String },
}

/// Why there are no credentials where some are wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The variable is not set, or blank.
    #[error("the environment variable `{variable}` is not set; put the token into it, or take `token_env` out")]
    Missing {
        /// The variable.
        variable: String,
    },
    /// What is in it is no token.
    #[error("what is in the environment variable `{variable}` is no token: it has blanks, line breaks or is not text")]
    Malformed {
        /// The variable.
        variable: String,
    },
}

impl Credentials {
    /// None: what everybody may see.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A token as such: personal access tokens of GitHub and of Jira Data Center.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self(Shown::Header { kind: "bearer", value: format!("Bearer {}", token.trim()) })
    }

    /// A user with a token or password: API tokens of Jira Cloud, where the user is an address.
    #[must_use]
    pub fn basic(user: &str, token: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", user.trim(), token.trim()));
        Self(Shown::Header { kind: "basic", value: format!("Basic {pair}") })
    }

    /// The token of an environment variable; with a user as [`basic`](Self::basic), else as [`bearer`](Self::bearer).
    ///
    /// # Errors
    /// When the variable is not set or holds no token. The error never shows what is in it.
    pub fn from_environment(variable: &str, user: Option<&str>) -> Result<Self, CredentialsError> {
        let missing = || CredentialsError::Missing { variable: variable.to_owned() };
        let malformed = || CredentialsError::Malformed { variable: variable.to_owned() };
        let token = std::env::var_os(variable).ok_or_else(missing)?.into_string().map_err(|_| malformed())?;
        let token = token.trim();
        if token.is_empty() {
            return Err(missing());
        }
        // Anything else would end the header, or be none that a service gave out.
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed());
        }
        Ok(match user {
            Some(user) => Self::basic(user, token),
            None => Self::bearer(token),
        })
    }

    /// The value of the `Authorization` header.
    pub(crate) fn header(&self) -> Option<&str> {
        match &self.0 {
            Shown::Nothing => None,
            Shown::Header { value, .. } => Some(value),
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            Shown::Nothing => "Credentials(none)",
            Shown::Header { kind: "basic", .. } => "Credentials(basic, hidden)",
            Shown::Header { .. } => "Credentials(bearer, hidden)",
        })
    }
}
