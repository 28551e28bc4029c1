//! Checks: the computed risk of a deploy, and the risk people declared beside it.

mod computed;
mod declared;
mod policy;
mod rules;

pub use computed::RiskCheck;
pub use declared::{DeclaredLevel, DeclaredRisk, DeclaredRiskCheck, DeclaredRisks, declared_findings};
pub use policy::{PolicyError, RiskPolicy};
pub use rules::RULES;
