//! The ready-made checks wired together, to which a team adds its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gonogo_core::{ChangeHistory, Check, Deploy, Gate, GateBuilder, GateError, History, Mode, Report, command_check};

use crate::config::{Config, ConfigError, ConfigSource};
use crate::inputs::Inputs;
use crate::source_check::PolicySourceCheck;
use crate::standard;

/// The checks of a gate: those that gonogo finds by itself, and those that a team adds.
///
/// ```no_run
/// use std::sync::Arc;
/// use gonogo::prelude::*;
///
/// let history = Arc::new(GitHistory::discover(".")?);
/// let deploy = Deploy::new("shop", "production", history.resolve("origin/production")?, history.resolve("HEAD")?);
/// let report = Plan::standard().decide_blocking(history, deploy)?;
/// println!("{}", report.decision);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Plan {
    standard: bool,
    own: Vec<(Arc<dyn Check>, Mode, Option<Duration>)>,
    without: BTreeSet<String>,
    inputs: Inputs,
}

/// Why a plan cannot become a gate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The checks do not make a gate.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Something the plan was given cannot be used.
    #[error("{0}")]
    Input(String),
    /// The configuration names a rule that is not there.
    #[error(
        "{place} of gonogo.toml names the rule `{rule}`, which does not exist; `gonogo explain` lists the rules of `{area}/`"
    )]
    UnknownRule {
        /// Where.
        place: &'static str,
        /// The rule.
        rule: String,
        /// The part before the slash.
        area: String,
    },
    /// The configuration names a check that is not there.
    #[error("gonogo.toml says `{list} = [\"{check}\"]`, and no ready-made check has that id; there are {known}")]
    UnknownCheck {
        /// `shadow` or `skip`.
        list: &'static str,
        /// The id.
        check: String,
        /// The ids there are.
        known: String,
    },
}

impl Plan {
    /// The ready-made checks, each of which finds by itself what it can: ancestry, issues, migrations, contracts, risk, and
    /// freeze windows and recorded metrics where they are configured or given.
    #[must_use]
    pub fn standard() -> Self {
        Self { standard: true, ..Self::default() }
    }

    /// No checks but those that are added.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a check that counts.
    #[must_use]
    pub fn check(self, check: impl Check + 'static) -> Self {
        self.add(Arc::new(check), Mode::Enforced, None)
    }

    /// Adds a check that is run and reported, and counts for nothing.
    #[must_use]
    pub fn shadow(self, check: impl Check + 'static) -> Self {
        self.add(Arc::new(check), Mode::Shadow, None)
    }

    /// Adds a check in the mode given, with a time limit of its own.
    #[must_use]
    pub fn add(mut self, check: Arc<dyn Check>, mode: Mode, limit: Option<Duration>) -> Self {
        self.own.push((check, mode, limit));
        self
    }

    /// Leaves out the ready-made check of this id.
    #[must_use]
    pub fn without(mut self, check: impl Into<String>) -> Self {
        self.without.insert(check.into());
        self
    }

    /// Gives the ready-made checks what cannot be found in the repository; replaces what was given before.
    #[must_use]
    pub fn inputs(self, inputs: Inputs) -> Self {
        Self { inputs, ..self }
    }

    /// What was given with [`Plan::inputs`].
    #[must_use]
    pub fn given(&self) -> &Inputs {
        &self.inputs
    }

    /// The gate of this plan under a configuration; more can be set on it before it is built.
    ///
    /// # Errors
    /// [`PlanError`] when an input or the configuration cannot be used.
    pub fn gate(
        &self,
        config: &Config,
        source: ConfigSource,
        history: Arc<dyn ChangeHistory>,
    ) -> Result<GateBuilder, PlanError> {
        let mut ready = Vec::new();
        if self.standard {
            ready = standard::checks(config, &source, &self.inputs, &history)?;
            ready.push(Arc::new(PolicySourceCheck::new(source, config)));
        }
        known_rules(config)?;
        let known: BTreeSet<String> = ready.iter().map(|check| check.id().to_owned()).collect();
        for (list, ids) in [("shadow", &config.shadow), ("skip", &config.skip)] {
            let optional = |id: &str| standard::OPTIONAL.contains(&id);
            if let Some(check) = ids.iter().find(|id| !known.contains(*id) && !optional(id)) {
                let known = known.iter().cloned().collect::<Vec<_>>().join(", ");
                return Err(PlanError::UnknownCheck { list, check: check.clone(), known });
            }
        }

        let mut builder = Gate::builder().policy(config.policy.clone()).history(history as Arc<dyn History>);
        if let Some(seconds) = config.limit_seconds {
            builder = builder.limit(Duration::from_secs(seconds));
        }
        for check in ready {
            let id = check.id();
            if self.without.contains(id) || config.skip.iter().any(|skipped| skipped == id) {
                continue;
            }
            let shadow = config.shadow.iter().any(|shadowed| shadowed == id);
            builder = builder.add(check, if shadow { Mode::Shadow } else { Mode::Enforced }, None);
        }
        for command in &config.command {
            let check = command_check(&command.id, &command.program).args(&command.arguments);
            builder = builder.add(Arc::new(check), command.mode, command.limit_seconds.map(Duration::from_secs));
        }
        for (check, mode, limit) in &self.own {
            builder = builder.add(Arc::clone(check), *mode, *limit);
        }
        Ok(builder)
    }

    /// Decides about a deploy: reads `gonogo.toml` as production has it, builds the gate, runs it with a thread a check.
    ///
    /// # Errors
    /// [`PlanError`] when the plan or the configuration makes no gate. What goes wrong in a check is in the report.
    pub fn decide_blocking(&self, history: Arc<dyn ChangeHistory>, deploy: Deploy) -> Result<Report, PlanError> {
        let (config, source) = Config::load(&*history, &deploy.base, &deploy.head, None)?;
        let gate = self.gate(&config, source, history)?.build()?;
        Ok(gate.decide_blocking(Arc::new(deploy)))
    }
}

/// A misspelt rule would raise or waive nothing, silently. Rules of areas that are not gonogo's own are the team's to know.
fn known_rules(config: &Config) -> Result<(), PlanError> {
    let raised = config.policy.raise.keys().map(|rule| ("[policy.raise]", rule));
    let waived = config.policy.waivers.iter().map(|waiver| ("[[policy.waivers]]", &waiver.rule));
    let inline = config.migration.inline_waivers.iter().map(|rule| ("[migration] inline_waivers", rule));
    for (place, rule) in raised.chain(waived).chain(inline) {
        let Some((area, _)) = rule.split_once('/') else { continue };
        let ours = standard::rules().any(|known| known.id.split('/').next() == Some(area));
        if ours && !standard::rules().any(|known| known.id == rule) {
            return Err(PlanError::UnknownRule { place, rule: rule.clone(), area: area.to_owned() });
        }
    }
    Ok(())
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let own: Vec<&str> = self.own.iter().map(|(check, ..)| check.id()).collect();
        f.debug_struct("Plan").field("standard", &self.standard).field("own", &own).finish_non_exhaustive()
    }
}
