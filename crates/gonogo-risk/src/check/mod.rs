//! Checks: the computed risk of a deploy, and the risk people declared beside it.

mod circumstances;
mod computed;
mod declared;
mod policy;
mod rules;

pub use circumstances::{
    Circumstances, CircumstancesCheck, CircumstancesPolicy, CircumstancesSource, Weekday, circumstance_findings,
};
pub use computed::RiskCheck;
pub use declared::{DeclaredLevel, DeclaredRisk, DeclaredRiskCheck, DeclaredRisks, declared_findings};
pub use policy::{PolicyError, RiskPolicy};
pub use rules::RULES;
