//! Pinned dependencies come from their main branch.

use std::sync::Arc;

use async_trait::async_trait;
use gonogo_core::{Ancestry, BoxError, Check, CheckContext, Facts, Finding, History, HistoryError, Outcome, Severity};

use crate::rules::PIN_OFF_MAIN;

/// A dependency that is pinned to a commit of its own repository.
pub struct Pin {
    /// What the dependency is called.
    pub name: String,
    /// The commit it is pinned to, as its history resolves it.
    pub pinned: String,
    /// Its main branch, as its history resolves it: `origin/main`.
    pub main: String,
    /// The history of the dependency.
    pub history: Arc<dyn History>,
}

/// Asks whether each pinned dependency is pinned to a commit that its main branch contains.
///
/// A pin to anything else is a [`Severity::Caution`]: such a commit was perhaps never reviewed, and may vanish with its branch.
/// A pin whose history cannot tell is a [`Finding::unknown`].
pub struct PinsCheck {
    pins: Vec<Pin>,
}

impl PinsCheck {
    /// A check of these pins.
    #[must_use]
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Self {
        Self { pins: pins.into_iter().collect() }
    }
}

/// How many commits of the pin its main branch lacks.
fn off_main(pin: &Pin) -> Result<u64, HistoryError> {
    let (main, pinned) = (pin.history.resolve(&pin.main)?, pin.history.resolve(&pin.pinned)?);
    Ok(match pin.history.ancestry(&main, &pinned)? {
        Ancestry::Same | Ancestry::Behind(_) => 0,
        Ancestry::Ahead(ahead) | Ancestry::Diverged { ahead, .. } => ahead,
    })
}

fn about(pin: &Pin) -> Option<Finding> {
    match off_main(pin) {
        Ok(0) => None,
        Ok(commits) => {
            let plural = if commits == 1 { "" } else { "s" };
            let message = format!(
                "{} is pinned to {}, which has {commits} commit{plural} that its {} lacks",
                pin.name, pin.pinned, pin.main
            );
            let remedy = format!("merge the change into {} of {}, and pin the commit there", pin.main, pin.name);
            Some(Finding::new(PIN_OFF_MAIN, &*pin.name, Severity::Caution, message).remedy(remedy))
        }
        Err(error) => {
            let why = format!("whether {} of {} contains {} cannot be told: {error}", pin.main, pin.name, pin.pinned);
            Some(Finding::unknown(PIN_OFF_MAIN, &*pin.name, why))
        }
    }
}

#[async_trait]
impl Check for PinsCheck {
    fn id(&self) -> &str {
        "checks/pins"
    }

    async fn run(&self, _: &CheckContext) -> Result<Outcome, BoxError> {
        if self.pins.is_empty() {
            return Ok(Outcome::not_applicable("nothing is pinned"));
        }
        let findings = self.pins.iter().filter_map(about).collect();
        let facts = Facts::new().list("pins", self.pins.iter().map(|pin| format!("{} {}", pin.name, pin.pinned)));
        Ok(Outcome::examined(findings, facts))
    }
}
