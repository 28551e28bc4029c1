//! An instant in time, as it crosses gonogo's API.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant on the UTC time line, RFC 3339 in JSON, nanosecond precision.
///
/// ```
/// use gonogo_core::Timestamp;
/// let at: Timestamp = "2026-12-24T18:00:00+01:00".parse()?;
/// assert_eq!(at.to_string(), "2026-12-24T17:00:00Z");
/// assert_eq!(at.unix_seconds(), 1_798_131_600);
/// # Ok::<(), gonogo_core::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text or number that names no instant gonogo can represent (years -9999 to 9999).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no timestamp: write RFC 3339, such as 2026-12-24T17:00:00Z")]
pub struct TimestampError {
    given: String,
}

impl Timestamp {
    /// The instant `seconds` after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When the instant lies outside the years -9999 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, TimestampError> {
        jiff::Timestamp::from_second(seconds).map(Self).map_err(|_| TimestampError { given: seconds.to_string() })
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards zero.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// This instant moved forward, or `None` past the end of year 9999.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let signed = jiff::SignedDuration::try_from(duration).ok()?;
        self.0.checked_add(signed).ok().map(Self)
    }

    /// This instant moved back, or `None` before year -9999.
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let signed = jiff::SignedDuration::try_from(duration).ok()?;
        self.0.checked_sub(signed).ok().map(Self)
    }

    /// Time from `earlier` to `self`; `None` when `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        Duration::try_from(self.0.duration_since(earlier.0)).ok()
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = TimestampError;
    fn try_from(time: SystemTime) -> Result<Self, Self::Error> {
        jiff::Timestamp::try_from(time).map(Self).map_err(|_| TimestampError { given: format!("{time:?}") })
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0.into()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| TimestampError { given: text.chars().take(80).collect() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
