//! How a team writes its freezes down, and what is wrong with it.

use gonogo_core::Severity;
use serde::{Deserialize, Serialize};

/// The freezes of a team.
///
/// ```toml
/// time_zone = "Europe/Berlin"
///
/// [[windows]]
/// name = "weekend"
/// weekly = { from = "Friday 12:00", to = "Monday 08:00" }
///
/// [[windows]]
/// name = "Christmas"
/// dates = { from = "2026-12-19", to = "2027-01-03" }
///
/// [[windows]]
/// name = "payday"
/// dates = { from = "2026-11-30T06:00", to = "2026-11-30T20:00" }
/// severity = "caution"
/// environments = ["production"]
///
/// [[windows]]
/// name = "no changes on Fridays"
/// days = ["Friday"]
/// severity = "caution"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeConfig {
    /// The IANA time zone in which the windows are written: `Europe/Berlin`, `UTC`.
    pub time_zone: String,
    /// The windows.
    #[serde(default)]
    pub windows: Vec<FreezeWindow>,
}

/// One freeze: when, how grave, where. Exactly one of `weekly`, `days` and `dates` says when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeWindow {
    /// What people call it.
    pub name: String,
    /// Every week from a day and time to a day and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<WeeklyRange>,
    /// On these days of the week, from midnight to midnight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// Once, from a date to a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateRange>,
    /// What a deploy in it weighs; a stop unless it says otherwise.
    #[serde(default = "stop")]
    pub severity: Severity,
    /// The environments it holds for; all, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// The time zone of this window, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

fn stop() -> Severity {
    Severity::Stop
}

impl FreezeWindow {
    /// A window of this name that says nothing yet about when: a stop, in every environment.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            weekly: None,
            days: Vec::new(),
            dates: None,
            severity: Severity::Stop,
            environments: Vec::new(),
            time_zone: None,
        }
    }

    /// The same window, every week from a day and time to a day and time: `Friday 12:00`.
    #[must_use]
    pub fn weekly(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { weekly: Some(WeeklyRange { from: from.into(), to: to.into() }), ..self }
    }

    /// The same window, on these days of the week.
    #[must_use]
    pub fn days<D: Into<String>>(self, days: impl IntoIterator<Item = D>) -> Self {
        Self { days: days.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same window, from a date (and time) to a date (and time).
    #[must_use]
    pub fn dates(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { dates: Some(DateRange { from: from.into(), to: to.into() }), ..self }
    }

    /// The same window, with another severity.
    #[must_use]
    pub fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same window, for these environments only.
    #[must_use]
    pub fn environments<E: Into<String>>(self, environments: impl IntoIterator<Item = E>) -> Self {
        Self { environments: environments.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same window, in another time zone.
    #[must_use]
    pub fn time_zone(self, name: impl Into<String>) -> Self {
        Self { time_zone: Some(name.into()), ..self }
    }
}

/// Every week, from a day and time up to a day and time: `Friday 12:00` to `Monday 08:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyRange {
    /// When it begins: a weekday and a time.
    pub from: String,
    /// When it is over: a weekday and a time.
    pub to: String,
}

/// Once. A date alone means the whole day, also as the last one; a date with a time means that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// When it begins: `2026-12-19` or `2026-12-19T18:00`.
    pub from: String,
    /// Its last day, `2027-01-03`, or the moment it is over, `2027-01-04T08:00`.
    pub to: String,
}

/// What is wrong with a freeze configuration, and in which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FreezeConfigError {
    field: String,
    problem: String,
}

impl FreezeConfigError {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// The field, such as `windows[1].weekly.from`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}
