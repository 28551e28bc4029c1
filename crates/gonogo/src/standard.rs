//! The ready-made checks of a plan, and what each is given.

use std::sync::Arc;

use gonogo_checks::{AncestryCheck, FreezeCheck};
use gonogo_compat::{ContractsCheck, Rollout};
use gonogo_core::{ChangeHistory, Check, Rule, Severity};
use gonogo_guard::MetricsCheck;
use gonogo_migration::duration::TableStats;
use gonogo_migration::{Dialect, MigrationsCheck, ServerVersion, Settings};
use gonogo_risk::{CircumstancesCheck, RiskCheck};

use crate::circumstances::FromChanges;
use crate::config::{Config, ConfigSource};
use crate::inputs::Inputs;
use crate::plan::PlanError;
use crate::source_check;
use crate::trackers::issues_check;

/// Ready-made checks that are there only when they are configured or given something.
pub(crate) const OPTIONAL: [&str; 3] = ["checks/freeze", "guard/recording", "risk/circumstances"];

/// Every rule that the ready-made checks can apply, by crate.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        gonogo_checks::RULES,
        gonogo_issues::RULES,
        gonogo_migration::RULES,
        gonogo_compat::RULES,
        gonogo_guard::RULES,
        gonogo_risk::RULES,
        source_check::RULES,
    ]
    .into_iter()
    .flatten()
}

fn unusable(error: impl std::fmt::Display) -> PlanError {
    PlanError::Input(error.to_string())
}

/// The checks for this configuration, with these inputs.
pub(crate) fn checks(
    config: &Config,
    source: &ConfigSource,
    inputs: &Inputs,
    history: &Arc<dyn ChangeHistory>,
) -> Result<Vec<Arc<dyn Check>>, PlanError> {
    let mut checks: Vec<Arc<dyn Check>> = vec![
        Arc::new(AncestryCheck::with_equivalence(Arc::clone(history))),
        Arc::new(issues_check(config, source, inputs, history)?),
        migrations(config, source, inputs)?,
        contracts(config),
        risk(config, inputs, history)?,
    ];
    if let Some(told) = &config.risk.circumstances {
        let extractor = gonogo_issues::Extractor::new(&config.issues.extractor_options()).map_err(unusable)?;
        let source = Arc::new(FromChanges { extractor });
        checks.push(Arc::new(CircumstancesCheck::new(source, Arc::clone(history), told.clone())));
    }
    if let Some(freeze) = &config.freeze {
        checks.push(Arc::new(FreezeCheck::new(freeze).map_err(unusable)?));
    }
    if let Some((name, bytes)) = &inputs.metrics {
        let bytes = bytes.clone();
        checks.push(Arc::new(MetricsCheck::new(name, config.guard.clone(), move || Ok(bytes.clone()))));
    }
    Ok(checks)
}

fn risk(config: &Config, inputs: &Inputs, history: &Arc<dyn ChangeHistory>) -> Result<Arc<dyn Check>, PlanError> {
    let mut check = RiskCheck::new(Arc::clone(history)).map_err(unusable)?;
    if let Some(path) = &inputs.risk_index {
        check = check.index_file(path);
    }
    Ok(Arc::new(check.policy(config.risk.clone()).map_err(unusable)?))
}

fn contracts(config: &Config) -> Arc<dyn Check> {
    let rollout = match config.compat.rollout.clone() {
        Some(mut rollout) => {
            rollout.declared = true;
            rollout
        }
        None => Rollout::default(),
    };
    let channels = config.compat.channels.iter();
    Arc::new(channels.fold(ContractsCheck::new(rollout), |check, (below, channel)| check.channel(below, *channel)))
}

fn migrations(config: &Config, source: &ConfigSource, inputs: &Inputs) -> Result<Arc<dyn Check>, PlanError> {
    let told = &config.migration;
    let mut settings = Settings::default();
    if let Some(name) = &told.dialect {
        let known = Dialect::from_name(name);
        settings.dialect = Some(known.ok_or_else(|| {
            unusable(format!("[migration] dialect = {name:?} is not known; write postgres, mysql or mariadb"))
        })?);
    }
    if let Some(version) = &told.server_version {
        let known = ServerVersion::parse(version);
        settings.version = Some(known.ok_or_else(|| {
            unusable(format!("[migration] server_version = {version:?} is no version; write \"15\" or \"8.4\""))
        })?);
    }
    settings.timezone.clone_from(&told.time_zone);
    let limits = &mut settings.limits;
    let seconds = |name: &str, given: Option<f64>, otherwise: f64| match given {
        Some(seconds) if !(seconds.is_finite() && seconds >= 0.0) => {
            Err(unusable(format!("[migration] {name} = {seconds} is no number of seconds")))
        }
        given => Ok(given.unwrap_or(otherwise)),
    };
    limits.stop_seconds = seconds("stop_seconds", told.stop_seconds, limits.stop_seconds)?;
    limits.caution_seconds = seconds("caution_seconds", told.caution_seconds, limits.caution_seconds)?;
    limits.too_long_seconds = seconds("too_long_seconds", told.too_long_seconds, limits.too_long_seconds)?;
    limits.unknown_size = told.unknown_size.unwrap_or(limits.unknown_size);
    let raised = |rule: &&String| config.policy.raise.get(*rule).is_some_and(|least| *least > Severity::Note);
    if let Some(rule) = told.inline_waivers.iter().find(raised) {
        return Err(unusable(format!(
            "[migration] inline_waivers lets files waive {rule}, and [policy.raise] does not let it be a note; leave it out of one"
        )));
    }
    // Where production has no policy yet, the file is HEAD's own, and a deploy cannot allow itself to waive.
    if !matches!(source, ConfigSource::Head(_)) {
        settings.inline_waivers = told.inline_waivers.iter().cloned().collect();
    }
    if let Some((name, bytes)) = &inputs.tables {
        let text = std::str::from_utf8(bytes).map_err(|error| unusable(format!("{name}: {error}")))?;
        settings.stats = TableStats::from_json(text).map_err(|error| unusable(format!("{name}: {error}")))?;
    }
    Ok(Arc::new(MigrationsCheck::with_settings(settings)))
}
