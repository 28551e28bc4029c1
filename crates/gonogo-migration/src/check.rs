//! The check that joins all of this to a deploy: `migration/effects`.

use std::collections::BTreeSet;

use gonogo_core::{BoxError, Check, CheckContext, Outcome, async_trait};

use crate::dialect::{Dialect, ServerVersion};
use crate::duration::{TableStats, WorkModel};
use crate::examine::examine;
use crate::rules::Limits;

/// What the check is told beforehand.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The dialect; guessed from the files when not said.
    pub dialect: Option<Dialect>,
    /// The server's version; the dialect's default when not said.
    pub version: Option<ServerVersion>,
    /// The TimeZone of the session that migrates.
    pub timezone: Option<String>,
    /// The sizes of production's tables.
    pub stats: TableStats,
    /// What work costs.
    pub model: WorkModel,
    /// When waiting is grave.
    pub limits: Limits,
    /// Whether production's code is searched for names that go away; it is, unless this says not to.
    pub skip_code_search: bool,
    /// The rules that a migration file may waive by a comment `-- gonogo:allow`; none, unless the policy of production says so.
    pub inline_waivers: BTreeSet<String>,
}

/// What the migrations of a deploy lock, rewrite, break, and how long they take.
///
/// It looks at the migrations that the deploy adds, on the schema that the earlier ones make. A layout whose migrations are code is
/// [`Outcome::Undetermined`] with the way to get its SQL; it is never "no migrations".
#[derive(Debug, Clone, Default)]
pub struct MigrationsCheck {
    settings: Settings,
}

impl MigrationsCheck {
    /// A check that guesses the dialect and knows no sizes.
    pub fn new() -> Self {
        Self::default()
    }

    /// A check with these settings.
    pub fn with_settings(settings: Settings) -> Self {
        Self { settings }
    }

    /// The same check for a dialect that is known.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.settings.dialect = Some(dialect);
        self
    }

    /// The same check for a server of this version.
    #[must_use]
    pub fn version(mut self, version: ServerVersion) -> Self {
        self.settings.version = Some(version);
        self
    }

    /// The same check with the sizes of production's tables.
    #[must_use]
    pub fn stats(mut self, stats: TableStats) -> Self {
        self.settings.stats = stats;
        self
    }

    /// The same check with a model of what work costs on production's server.
    #[must_use]
    pub fn model(mut self, model: WorkModel) -> Self {
        self.settings.model = model;
        self
    }

    /// The same check with other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// The same check; migration files may waive findings of these rules by a comment `-- gonogo:allow`.
    #[must_use]
    pub fn inline_waivers<R: Into<String>>(mut self, rules: impl IntoIterator<Item = R>) -> Self {
        self.settings.inline_waivers = rules.into_iter().map(Into::into).collect();
        self
    }
}

#[async_trait]
impl Check for MigrationsCheck {
    fn id(&self) -> &str {
        "migration/effects"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let changes = cx.changes()?;
        let Some(history) = cx.history() else {
            return Ok(Outcome::undetermined("there is no history to read migrations from", "give the gate a history"));
        };
        Ok(examine(history, cx.deploy(), changes, &self.settings, cx.now())?)
    }
}
