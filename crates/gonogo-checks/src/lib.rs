//! Ready-made small checks for a gate: is this a rollback, may anything be deployed now, did the builds pass, who signed off?
//!
//! ```
//! use std::sync::Arc;
//! use gonogo_checks::freeze::{FreezeCheck, FreezeConfig, FreezeWindow};
//! use gonogo_checks::AncestryCheck;
//! use gonogo_core::testing::{ManualClock, MemoryHistory};
//! use gonogo_core::{Decision, Deploy, Gate, History};
//!
//! let history = MemoryHistory::new()
//!     .commit("released", &[], "first", &[("a.txt", "1")])
//!     .commit("production", &["released"], "hotfix", &[("a.txt", "2")])
//!     .commit("main", &["released"], "feature", &[("a.txt", "1"), ("b.txt", "1")]);
//! let deploy = Deploy::new("shop", "production", history.resolve("production")?, history.resolve("main")?);
//!
//! let weekend = FreezeWindow::new("weekend").weekly("Friday 12:00", "Monday 08:00");
//! let freezes = FreezeConfig { time_zone: "Europe/Berlin".into(), windows: vec![weekend] };
//! let gate = Gate::builder()
//!     .check(AncestryCheck::new())
//!     .check(FreezeCheck::new(&freezes)?)
//!     .clock(Arc::new(ManualClock::at(Some("2026-11-19T10:00:00Z".parse()?))))
//!     .history(Arc::new(history))
//!     .build()?;
//! let report = gate.decide_blocking(Arc::new(deploy));
//! assert_eq!(report.decision, Decision::NoGo);
//! let finding = &report.entry("checks/ancestry").unwrap().findings()[0];
//! assert!(finding.message.contains("takes 1 commit out of production"));
//! assert_eq!(report.valid_until, Some("2026-11-20T12:00:00+01:00".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`AncestryCheck`] | `checks/ancestry`: head must contain what production runs |
//! | [`freeze`] | `checks/freeze`: weekly and dated windows in a time zone |
//! | [`BuildsCheck`] | `checks/builds`: the builds of head passed |
//! | [`ScansCheck`] | `checks/scans`: a scan of head found no grave vulnerability, and is fresh |
//! | [`SignOffCheck`] | `checks/sign-offs`: whoever must sign off has, and not for a deploy of their own |
//! | [`PinsCheck`] | `checks/pins`: pinned dependencies come from their main branch |
//! | [`RULES`] | every rule these checks can find |

mod ancestry;
mod builds;
mod document;
pub mod freeze;
mod pins;
pub mod rules;
mod scans;
mod sign_offs;

pub use ancestry::AncestryCheck;
pub use builds::BuildsCheck;
pub use freeze::FreezeCheck;
pub use pins::{Pin, PinsCheck};
pub use rules::RULES;
pub use scans::ScansCheck;
pub use sign_offs::SignOffCheck;
