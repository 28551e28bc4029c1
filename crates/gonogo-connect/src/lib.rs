//! The outside world: adapters that give gonogo's primitives what they ask for, one feature each.
//!
//! | feature | gives | to |
//! | --- | --- | --- |
//! | `jira` | issues of Jira Cloud and Data Center | `gonogo_issues::IssueTracker` |
//! | `github` | issues and pull requests | `gonogo_issues::IssueTracker`, `gonogo_issues::ChangeResolver` |
//! | `prometheus` | windows of metrics | `gonogo_guard::MetricSource` |
//! | `postgres`, `mysql` | catalogs, table statistics, calibration, traces | `gonogo_migration` |
//!
//! Nothing is on by default, so that nobody builds TLS or a database client by accident. No feature needs a runtime: what blocks
//! runs on a thread of its own, and every call has a limit of time and of bytes.

#[cfg(feature = "http")]
// Each feature asks for its part; with all of them nothing may lie unused.
#[cfg_attr(not(all(feature = "jira", feature = "github", feature = "prometheus")), allow(dead_code))]
mod http;

#[cfg(feature = "http")]
mod address;
#[cfg(feature = "http")]
mod credentials;
#[cfg(feature = "github")]
mod github;
#[cfg(feature = "jira")]
mod jira;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(any(feature = "jira", feature = "github"))]
mod service;

#[cfg(feature = "http")]
pub use address::AddressError;
#[cfg(feature = "http")]
pub use credentials::{Credentials, CredentialsError};
#[cfg(feature = "github")]
pub use github::GitHub;
#[cfg(feature = "jira")]
pub use jira::{Deployment, Jira};
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "mysql")]
pub use mysql::MysqlServer;
#[cfg(feature = "postgres")]
pub use postgres::PostgresServer;
#[cfg(feature = "prometheus")]
pub use prometheus::{Prometheus, PrometheusError};
