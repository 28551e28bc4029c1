//! Ready-made small checks for a gate: is this a rollback, and may anything be deployed now?
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
//! | [`RULES`] | every rule these checks can find |

mod ancestry;
pub mod freeze;
pub mod rules;

pub use ancestry::AncestryCheck;
pub use freeze::FreezeCheck;
pub use rules::RULES;
