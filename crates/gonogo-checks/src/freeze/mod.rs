//! Times at which nothing is to be deployed.

mod calendar;
mod check;
mod config;

pub use calendar::{Calendar, Freeze};
pub use check::FreezeCheck;
pub use config::{DateRange, FreezeConfig, FreezeConfigError, FreezeWindow, WeeklyRange};
