//! The monitors: each a sequential test whose chance of ever halting a healthy rollout is at most its share of alpha.

mod against_control;
mod before_after;
mod bets;
mod blocks;
mod burn_rate;
mod clumps;
mod counting;
mod level;
mod mann_whitney;
mod new_exceptions;
mod outage;
mod paired;
mod power;
mod ratio;
mod reading;
mod state;
mod static_bound;
mod steady_growth;

pub use level::LevelTest;
pub use ratio::RatioTest;
pub(crate) use reading::level_of;
pub(crate) use state::{Look, MonitorState, Settings, Standing};
