//! `gonogo.toml`: what cannot be found by itself.

use std::collections::BTreeMap;
use std::path::Path;

use gonogo_compat::{Channel, Rollout};
use gonogo_core::{History, HistoryError, Mode, Policy, RepoPath, Revision, Severity};
use serde::Deserialize;

/// The name of the file, at the top of the repository.
pub const CONFIG_FILE: &str = "gonogo.toml";

/// Everything a team may set. Every key is optional; one that is not known is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The service that is deployed; the repository's directory name otherwise.
    #[serde(default)]
    pub service: Option<String>,
    /// Where to; `production` otherwise.
    #[serde(default)]
    pub environment: Option<String>,
    /// What runs in production, as git names it: `origin/production`.
    #[serde(default)]
    pub base: Option<String>,
    /// The paths of the repository that belong to the service; all of it otherwise.
    #[serde(default)]
    pub paths: Vec<RepoPath>,
    /// How long each check may run, seconds.
    #[serde(default)]
    pub limit_seconds: Option<u64>,
    /// Ready-made checks that run as shadows: reported, and counting for nothing.
    #[serde(default)]
    pub shadow: Vec<String>,
    /// Ready-made checks that do not run at all.
    #[serde(default)]
    pub skip: Vec<String>,
    /// Required checks, raised severities, waivers, approvals, overrides.
    #[serde(default)]
    pub policy: Policy,
    /// What is asked of issues.
    #[serde(default)]
    pub issues: gonogo_issues::IssuesPolicy,
    /// What is known of the database.
    #[serde(default)]
    pub migration: MigrationConfig,
    /// How versions are brought into production, and what travels where.
    #[serde(default)]
    pub compat: CompatConfig,
    /// How recorded metrics are judged; what the recording itself says otherwise.
    #[serde(default)]
    pub guard: Option<gonogo_guard::GuardConfig>,
    /// What is asked of risk.
    #[serde(default)]
    pub risk: gonogo_risk::RiskPolicy,
    /// When nothing may be deployed.
    #[serde(default)]
    pub freeze: Option<gonogo_checks::freeze::FreezeConfig>,
    /// Programs that are checks.
    #[serde(default)]
    pub command: Vec<CommandConfig>,
}

/// A program that is a check: see [`command_check`](gonogo_core::command_check).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CommandConfig {
    /// Its id in the report.
    pub id: String,
    /// The program.
    pub program: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Whether it counts.
    #[serde(default)]
    pub mode: Mode,
    /// How long it may run, seconds.
    #[serde(default)]
    pub limit_seconds: Option<u64>,
}

/// What the migrations do not say about the database they run on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationConfig {
    /// `postgres`, `mysql` or `mariadb`; guessed from the files otherwise.
    #[serde(default)]
    pub dialect: Option<String>,
    /// The server's version: `"15"`, `"8.4"`.
    #[serde(default)]
    pub server_version: Option<String>,
    /// The TimeZone of the session that migrates.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Seconds that readers or writers may wait before it is a stop; 10 otherwise.
    #[serde(default)]
    pub stop_seconds: Option<f64>,
    /// Seconds that they may wait before it is a caution; 1 otherwise.
    #[serde(default)]
    pub caution_seconds: Option<f64>,
    /// Seconds that a migration may take in all before it has to run apart from the deploy; 1,800 otherwise.
    #[serde(default)]
    pub too_long_seconds: Option<f64>,
    /// What work on a table of unknown size weighs while somebody waits; a caution otherwise.
    #[serde(default)]
    pub unknown_size: Option<Severity>,
    /// The rules that a migration file may waive by a comment `-- gonogo:allow`; none otherwise. Never taken from HEAD's file.
    #[serde(default)]
    pub inline_waivers: Vec<String>,
}

/// What cannot be seen in a contract: how it is rolled out, and over which channel its values travel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CompatConfig {
    /// How a version is brought into production; a rolling deploy that can be rolled back is assumed otherwise.
    #[serde(default)]
    pub rollout: Option<Rollout>,
    /// Over which channel the schemas below a path travel.
    #[serde(default)]
    pub channels: BTreeMap<String, Channel>,
}

/// Where the configuration of a run came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigSource {
    /// A file somebody named.
    Explicit(String),
    /// The file of BASE: what production trusts.
    Base(Revision),
    /// The file of HEAD, as BASE has none yet.
    Head(Revision),
    /// There is none: everything out of the box.
    None,
}

impl std::fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Explicit(path) => write!(f, "{path}, as asked"),
            Self::Base(revision) => write!(f, "{CONFIG_FILE} of base {revision}"),
            Self::Head(revision) => write!(f, "{CONFIG_FILE} of head {revision}, as base has none yet"),
            Self::None => write!(f, "none: out of the box"),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It is no TOML, or says something that gonogo does not know.
    #[error("{origin} cannot be used: {message}")]
    Invalid {
        /// Which file, of which revision.
        origin: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// It could not be read.
    #[error("{origin} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        origin: String,
        /// Why.
        source: std::io::Error,
    },
    /// The history could not give it.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl Config {
    /// Reads a configuration; `origin` names it in errors.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with line and column.
    pub fn parse(text: &[u8], origin: &str) -> Result<Self, ConfigError> {
        parse_toml(text, origin)
    }

    /// The configuration for a deploy: the file named, else BASE's, else HEAD's, else none.
    ///
    /// What HEAD would change in it takes effect once HEAD is what production trusts; a deploy cannot loosen its own gate.
    ///
    /// # Errors
    /// When the file that counts cannot be read or used.
    pub fn load(
        history: &dyn History,
        base: &Revision,
        head: &Revision,
        explicit: Option<&Path>,
    ) -> Result<(Self, ConfigSource), ConfigError> {
        if let Some(path) = explicit {
            let origin = path.display().to_string();
            let text =
                std::fs::read(path).map_err(|source| ConfigError::Unreadable { origin: origin.clone(), source })?;
            return Ok((Self::parse(&text, &origin)?, ConfigSource::Explicit(origin)));
        }
        let file = RepoPath::from(CONFIG_FILE);
        for (source, revision) in [(ConfigSource::Base(base.clone()), base), (ConfigSource::Head(head.clone()), head)] {
            if let Some(text) = history.read(revision, &file)? {
                let origin = format!("{CONFIG_FILE} of {revision}");
                // Whoever mends a file that is already in production has no other way past it.
                let hint = |error| match error {
                    ConfigError::Invalid { origin, message } => ConfigError::Invalid {
                        origin,
                        message: format!("{message}\n(to judge a deploy that mends it: --config FILE)"),
                    },
                    other => other,
                };
                return Ok((Self::parse(&text, &origin).map_err(hint)?, source));
            }
        }
        Ok((Self::default(), ConfigSource::None))
    }
}

/// Reads TOML; `origin` names the text in errors.
pub(crate) fn parse_toml<T: serde::de::DeserializeOwned>(text: &[u8], origin: &str) -> Result<T, ConfigError> {
    let invalid = |message: String| ConfigError::Invalid { origin: origin.to_owned(), message };
    let text = std::str::from_utf8(text)
        .map_err(|error| invalid(format!("it is not UTF-8 at byte {}", error.valid_up_to())))?;
    // The error of `toml` shows the line with a mark under the place.
    toml::from_str(text).map_err(|error| invalid(error.to_string().trim_end().to_owned()))
}
