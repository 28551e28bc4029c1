//! What can be wrong with the data, named; none of it reads as healthy.

use std::collections::BTreeMap;
use std::fmt;

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One way in which data can be missing or unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Windows are missing between this one and the one before.
    Gap,
    /// The window ends when the last one ended, with the same content.
    Duplicate,
    /// The window ends when the last one ended, with other content.
    Conflict,
    /// The window ends before the last one.
    OutOfOrder,
    /// The window begins before the last one ended.
    Overlap,
    /// The window is not as long as configured.
    WrongLength,
    /// The window cannot be read at all.
    UnreadableWindow,
    /// The canary or the control reported before and does not now, or the other way round.
    ArmMissing,
    /// The metric is not among the arm's samples.
    MetricMissing,
    /// The sample has no content.
    Empty,
    /// The sample is of a form that is not known, or not of the form it had before.
    WrongType,
    /// A number is NaN.
    NotANumber,
    /// A number is infinite.
    Infinite,
    /// A number is below zero that cannot be; a counter that was reset shows as this.
    Negative,
    /// A number is absurdly large.
    TooLarge,
    /// More errors than requests.
    MoreErrorsThanRequests,
    /// No request, so the sample says nothing.
    NoRequests,
    /// No exposure, so the count says nothing.
    NoExposure,
    /// Bucket counts that are not cumulative over their bounds.
    NotCumulative,
    /// No `+Inf` bucket, so the number of observations is not known.
    NoInfinityBucket,
    /// The bucket bounds are not those of the windows before.
    BucketsChanged,
    /// No bucket bound is at or above the latency that is asked about.
    NoBucketForBound,
    /// The source says that the reading is stale.
    Stale,
    /// The source gave an error instead of a reading: timed out, 5xx, partial.
    SourceFailed,
    /// More distinct things than the monitor keeps.
    Overflow,
    /// A counter went down: its process restarted.
    CounterReset,
}

impl FaultKind {
    /// What it is, in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Gap => "windows are missing",
            Self::Duplicate => "a window was sent twice",
            Self::Conflict => "a window was sent twice with different content",
            Self::OutOfOrder => "a window came out of order",
            Self::Overlap => "a window overlaps the one before",
            Self::WrongLength => "a window is not as long as configured",
            Self::UnreadableWindow => "a window cannot be read",
            Self::ArmMissing => "an arm is missing",
            Self::MetricMissing => "the metric is missing",
            Self::Empty => "the sample is empty",
            Self::WrongType => "the sample is of another form than expected",
            Self::NotANumber => "the reading is not a number",
            Self::Infinite => "the reading is infinite",
            Self::Negative => "the reading is negative",
            Self::TooLarge => "the reading is absurdly large",
            Self::MoreErrorsThanRequests => "there are more errors than requests",
            Self::NoRequests => "there was no request",
            Self::NoExposure => "there was no exposure",
            Self::NotCumulative => "the buckets are not cumulative",
            Self::NoInfinityBucket => "the +Inf bucket is missing",
            Self::BucketsChanged => "the bucket bounds changed",
            Self::NoBucketForBound => "no bucket bound is at or above the latency asked about",
            Self::Stale => "the reading is stale",
            Self::SourceFailed => "the source failed",
            Self::Overflow => "more distinct things than can be kept",
            Self::CounterReset => "a counter was reset",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

impl std::error::Error for FaultKind {}

/// A fault and how often it was met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRecord {
    /// What was wrong.
    pub fault: FaultKind,
    /// Where: `canary`, `control`, a metric, or both as `canary/errors`; empty for the window itself.
    pub place: String,
    /// How many windows had it.
    pub windows: u64,
    /// Index of the first such window, counted from 0 as fed.
    pub first: u64,
    /// Index of the last such window.
    pub last: u64,
    /// When the first such window ended, if that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_end: Option<Timestamp>,
}

impl fmt::Display for FaultRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        if !self.place.is_empty() {
            write!(f, " ({})", self.place)?;
        }
        if self.windows == 1 {
            write!(f, ", window {}", self.first)
        } else {
            write!(f, ", {} windows from {} to {}", self.windows, self.first, self.last)
        }
    }
}

/// All faults met so far, in bounded memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<FaultRecord>", into = "Vec<FaultRecord>")]
pub(crate) struct FaultLedger {
    records: BTreeMap<(FaultKind, String), FaultRecord>,
}

/// Distinct faults kept; those beyond are counted in the last record of their kind.
const KEPT: usize = 64;

impl FaultLedger {
    pub(crate) fn add(&mut self, fault: FaultKind, place: &str, index: u64, end: Option<Timestamp>) {
        let place = if self.records.len() >= KEPT && !self.records.contains_key(&(fault, place.to_owned())) {
            "other"
        } else {
            place
        };
        let record = self.records.entry((fault, place.to_owned())).or_insert_with(|| FaultRecord {
            fault,
            place: place.to_owned(),
            windows: 0,
            first: index,
            last: index,
            first_end: end,
        });
        record.windows = record.windows.saturating_add(1);
        record.last = index;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn total(&self) -> u64 {
        self.records.values().map(|record| record.windows).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &FaultRecord> {
        self.records.values()
    }
}

impl From<Vec<FaultRecord>> for FaultLedger {
    fn from(records: Vec<FaultRecord>) -> Self {
        Self { records: records.into_iter().map(|record| ((record.fault, record.place.clone()), record)).collect() }
    }
}

impl From<FaultLedger> for Vec<FaultRecord> {
    fn from(ledger: FaultLedger) -> Self {
        ledger.records.into_values().collect()
    }
}
