//! The freeze check.

use async_trait::async_trait;
use gonogo_core::{BoxError, Check, CheckContext, Facts, Finding, Outcome, Timestamp};

use super::calendar::Calendar;
use super::config::{FreezeConfig, FreezeConfigError};
use crate::rules::FREEZE;

/// Asks whether now is a time at which nothing is to be deployed.
///
/// Its evidence is good until the next freeze begins, and so is the decision. Without a clock that can be trusted it cannot
/// tell.
#[derive(Clone, Debug)]
pub struct FreezeCheck {
    calendar: Calendar,
}

impl FreezeCheck {
    /// A check of these freezes.
    ///
    /// # Errors
    /// A [`FreezeConfigError`] that names the field.
    pub fn new(config: &FreezeConfig) -> Result<Self, FreezeConfigError> {
        Ok(Self { calendar: Calendar::new(config)? })
    }

    /// What there is to say about deploying to an environment at a time.
    #[must_use]
    pub fn at(&self, environment: &str, now: Timestamp) -> Outcome {
        let windows = self.calendar.windows_for(environment);
        if windows == 0 {
            return Outcome::not_applicable(format!("no freeze is configured for {environment}"));
        }
        let mut facts = Facts::new().count("freeze windows", windows as u64);
        if let Some(next) = self.calendar.next(environment, now) {
            facts =
                facts.text("next freeze", format!("{}, {}", next.name, next.begins_locally())).valid_until(next.begins);
        }
        let over = self.calendar.ends(environment, now).map(|end| self.calendar.locally(environment, end));
        let findings = self.calendar.during(environment, now).into_iter().map(|freeze| {
            let over = over.clone().unwrap_or_else(|| freeze.ends.to_string());
            Finding::new(FREEZE, freeze.name, freeze.severity, format!("{} is frozen until {over}", environment))
                .evidence("begins", freeze.begins.to_string())
                .evidence("ends", freeze.ends.to_string())
                .remedy(format!("deploy after {over}"))
        });
        Outcome::examined(findings.collect(), facts)
    }
}

#[async_trait]
impl Check for FreezeCheck {
    fn id(&self) -> &str {
        "checks/freeze"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        Ok(match cx.now() {
            Some(now) => self.at(&cx.deploy().environment, now),
            None => Outcome::undetermined(
                "no clock can be trusted, so that nobody can say whether this is a freeze",
                "run the gate on a machine whose clock is set",
            ),
        })
    }
}
