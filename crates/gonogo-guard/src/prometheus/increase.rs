//! The increase of counters over a window, from their raw readings.

use super::answer::Series;
use crate::fault::FaultKind;
use crate::units::Count;

/// A window in unix seconds: readings after `start` up to `end` belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// Where it starts, excluded.
    pub start: f64,
    /// Where it ends, included.
    pub end: f64,
}

impl Span {
    /// From `start` to `end`.
    #[must_use]
    pub fn new(start: f64, end: f64) -> Self {
        Self { start, end }
    }
}

/// How much one counter rose within a window.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Increase {
    /// By how much.
    pub by: Count,
    /// How often it went down: its process restarted, and what it counted between its last reading and the restart is lost.
    pub resets: u32,
    /// When it was last read, in unix seconds.
    pub last_read: f64,
}

/// The increase of one series: its last reading in the window less its last reading before it. `None` where it was not read in the
/// window or where there is nothing but readings after it.
///
/// A series without a reading before the window came into being in it and counts from zero: the answer must reach back far enough
/// before `span.start` that a counter that was there has been read. After a reset what was counted since the restart is added. O(points).
///
/// # Errors
/// A reading that is no count, or readings whose times do not rise.
pub fn increase(series: &Series, span: Span) -> Result<Option<Increase>, FaultKind> {
    let mut last: Option<f64> = None;
    let mut last_time = f64::NEG_INFINITY;
    let mut found: Option<(f64, u32)> = None;
    for (at, value) in &series.points {
        if !at.is_finite() || *at <= last_time {
            return Err(FaultKind::OutOfOrder);
        }
        if *at > span.end {
            break;
        }
        let value = Count::new(*value)?.get();
        last_time = *at;
        if *at > span.start {
            let (sum, resets) = found.unwrap_or((0.0, 0));
            let before = last.unwrap_or(0.0);
            found = Some(if value < before {
                (sum + value, resets.saturating_add(1))
            } else {
                (sum + value - before, resets)
            });
        }
        last = Some(value);
    }
    let Some((by, resets)) = found else { return Ok(None) };
    Ok(Some(Increase { by: Count::new(by)?, resets, last_read: last_time }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(f64, f64)]) -> Series {
        Series { labels: Vec::new(), points: points.to_vec() }
    }

    fn by(points: &[(f64, f64)], start: f64, end: f64) -> Option<(f64, u32)> {
        increase(&series(points), Span::new(start, end)).unwrap().map(|found| (found.by.get(), found.resets))
    }

    const READINGS: [(f64, f64); 5] = [(50.0, 7.0), (65.0, 8.0), (80.0, 8.0), (95.0, 11.0), (110.0, 12.0)];

    #[test]
    fn increases_of_neighbouring_windows_add_up_and_nothing_is_extrapolated() {
        assert_eq!(by(&READINGS, 60.0, 90.0), Some((1.0, 0)));
        assert_eq!(by(&READINGS, 90.0, 120.0), Some((4.0, 0)));
        assert_eq!(by(&READINGS, 60.0, 120.0), Some((5.0, 0)));
    }

    #[test]
    fn a_reading_on_the_edge_belongs_to_the_window_that_ends_there() {
        assert_eq!(by(&READINGS, 65.0, 95.0), Some((3.0, 0)));
        assert_eq!(by(&READINGS, 95.0, 110.0), Some((1.0, 0)));
    }

    #[test]
    fn a_counter_that_came_into_being_counts_from_zero_and_one_that_restarted_goes_on() {
        assert_eq!(by(&[(70.0, 3.0), (80.0, 4.0)], 60.0, 90.0), Some((4.0, 0)));
        assert_eq!(by(&[(50.0, 100.0), (70.0, 130.0), (80.0, 5.0)], 60.0, 90.0), Some((35.0, 1)));
    }

    #[test]
    fn what_was_not_read_in_the_window_has_no_increase() {
        assert_eq!(by(&[(50.0, 3.0)], 60.0, 90.0), None);
        assert_eq!(by(&[(95.0, 3.0)], 60.0, 90.0), None);
        assert_eq!(by(&[], 60.0, 90.0), None);
    }

    #[test]
    fn readings_that_are_no_counts_are_faults() {
        for (value, fault) in [
            (f64::NAN, FaultKind::NotANumber),
            (f64::INFINITY, FaultKind::Infinite),
            (-1.0, FaultKind::Negative),
            (1e300, FaultKind::TooLarge),
        ] {
            assert_eq!(increase(&series(&[(70.0, value)]), Span::new(60.0, 90.0)), Err(fault));
        }
        let twice = series(&[(70.0, 1.0), (70.0, 2.0)]);
        assert_eq!(increase(&twice, Span::new(60.0, 90.0)), Err(FaultKind::OutOfOrder));
    }
}
