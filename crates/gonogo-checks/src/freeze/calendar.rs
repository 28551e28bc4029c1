//! Freezes as spans on the time line.

use gonogo_core::{Severity, Timestamp};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Span, ToSpan};

use super::config::{FreezeConfig, FreezeConfigError, FreezeWindow};

/// How many freezes that touch are joined to one.
const JOINED: usize = 64;

/// The freezes of a [`FreezeConfig`], ready to be asked.
///
/// A window begins when the local clock first shows its beginning, and is over when the local clock last shows its end. Where
/// the clock is put forward over that moment, the moment of the change counts. The time zones are a copy of the IANA database
/// that comes with this crate.
///
/// ```
/// use gonogo_checks::freeze::{Calendar, FreezeConfig, FreezeWindow};
/// let weekend = FreezeWindow::new("weekend").weekly("Friday 12:00", "Monday 08:00");
/// let config = FreezeConfig { time_zone: "Europe/Berlin".into(), windows: vec![weekend] };
/// let calendar = Calendar::new(&config)?;
/// let morning = "2026-11-20T09:00:00+01:00".parse()?;
/// assert!(calendar.during("production", morning).is_empty());
/// let next = calendar.next("production", morning).expect("there is one every week");
/// assert_eq!(next.begins, "2026-11-20T12:00:00+01:00".parse()?);
/// assert_eq!(next.begins_locally(), "Friday 2026-11-20 12:00 CET");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Calendar {
    windows: Vec<Window>,
}

/// One occurrence of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freeze<'a> {
    /// The window's name.
    pub name: &'a str,
    /// What a deploy in it weighs.
    pub severity: Severity,
    /// Its first moment.
    pub begins: Timestamp,
    /// The first moment after it.
    pub ends: Timestamp,
    zone: &'a TimeZone,
}

impl Freeze<'_> {
    /// Its first moment, on the clocks of its time zone: `Friday 2026-11-20 12:00 CET`.
    #[must_use]
    pub fn begins_locally(&self) -> String {
        locally(self.begins, self.zone)
    }
}

fn locally(at: Timestamp, zone: &TimeZone) -> String {
    match instant(at) {
        Some(at) => at.to_zoned(zone.clone()).strftime("%A %Y-%m-%d %H:%M %Z").to_string(),
        None => at.to_string(),
    }
}

#[derive(Clone, Debug)]
struct Window {
    name: String,
    severity: Severity,
    environments: Vec<String>,
    zone: TimeZone,
    when: When,
}

#[derive(Clone, Debug)]
enum When {
    /// Begins on this day and time each week, and is over this many days later at that time.
    Weekly {
        day: Weekday,
        at: Time,
        days: i64,
        until: Time,
    },
    Days(Vec<Weekday>),
    Once {
        from: DateTime,
        to: DateTime,
    },
}

impl Calendar {
    /// Reads a configuration.
    ///
    /// # Errors
    /// A [`FreezeConfigError`] that names the field.
    pub fn new(config: &FreezeConfig) -> Result<Self, FreezeConfigError> {
        let common = zone("time_zone", &config.time_zone)?;
        let windows = config.windows.iter().enumerate();
        let windows = windows.map(|(place, window)| Window::new(&format!("windows[{place}]"), window, &common));
        Ok(Self { windows: windows.collect::<Result<_, _>>()? })
    }

    /// How many windows hold for an environment.
    #[must_use]
    pub fn windows_for(&self, environment: &str) -> usize {
        self.of(environment).count()
    }

    /// The freezes under way at a time, gravest first, then the one that ends last.
    #[must_use]
    pub fn during(&self, environment: &str, now: Timestamp) -> Vec<Freeze<'_>> {
        let spans = self.of(environment).flat_map(|window| window.around(now));
        let mut under_way: Vec<_> = spans.filter(|span| span.begins <= now && now < span.ends).collect();
        under_way.sort_by(|a, b| (b.severity, b.ends, a.name).cmp(&(a.severity, a.ends, b.name)));
        under_way.dedup_by(|a, b| a.name == b.name);
        under_way
    }

    /// The next freeze that begins after a time.
    #[must_use]
    pub fn next(&self, environment: &str, now: Timestamp) -> Option<Freeze<'_>> {
        let spans = self.of(environment).flat_map(|window| window.around(now));
        spans.filter(|span| span.begins > now).min_by_key(|span| (span.begins, span.ends))
    }

    /// When the freezes under way at a time that are more than a note are over, with those that follow without a gap.
    #[must_use]
    pub fn ends(&self, environment: &str, now: Timestamp) -> Option<Timestamp> {
        let last = |at| {
            let weighty = self.during(environment, at).into_iter().filter(|span| span.severity > Severity::Note);
            weighty.map(|span| span.ends).max()
        };
        let mut end = last(now)?;
        for _ in 0..JOINED {
            match last(end) {
                Some(later) => end = later,
                None => break,
            }
        }
        Some(end)
    }

    /// A time on the clocks of the environment's first window: `Friday 2026-11-20 12:00 CET`.
    pub(crate) fn locally(&self, environment: &str, at: Timestamp) -> String {
        self.of(environment).next().map_or_else(|| at.to_string(), |window| locally(at, &window.zone))
    }

    fn of(&self, environment: &str) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| {
            window.environments.is_empty() || window.environments.iter().any(|name| name == environment)
        })
    }
}

impl Window {
    fn new(field: &str, given: &FreezeWindow, common: &TimeZone) -> Result<Self, FreezeConfigError> {
        if given.name.trim().is_empty() {
            return Err(FreezeConfigError::new(format!("{field}.name"), "is blank; say what people call this freeze"));
        }
        let zone = match &given.time_zone {
            Some(name) => zone(&format!("{field}.time_zone"), name)?,
            None => common.clone(),
        };
        let when = match (&given.weekly, given.days.as_slice(), &given.dates) {
            (Some(weekly), [], None) => {
                let (day, at) = day_and_time(&format!("{field}.weekly.from"), &weekly.from)?;
                let (last, until) = day_and_time(&format!("{field}.weekly.to"), &weekly.to)?;
                let days = i64::from(day.until(last));
                if days == 0 && at == until {
                    let problem =
                        format!("`{}` is where it begins; such a freeze lasts nothing or for ever", weekly.to);
                    return Err(FreezeConfigError::new(format!("{field}.weekly.to"), problem));
                }
                When::Weekly { day, at, days: if days == 0 && until < at { 7 } else { days }, until }
            }
            (None, [_, ..], None) => {
                let days = given.days.iter().enumerate();
                let days = days.map(|(place, name)| weekday(&format!("{field}.days[{place}]"), name));
                When::Days(days.collect::<Result<_, _>>()?)
            }
            (None, [], Some(dates)) => {
                let from = moment(&format!("{field}.dates.from"), &dates.from, false)?;
                let to = moment(&format!("{field}.dates.to"), &dates.to, true)?;
                if to <= from {
                    let problem = format!("`{}` is not after `{}`", dates.to, dates.from);
                    return Err(FreezeConfigError::new(format!("{field}.dates.to"), problem));
                }
                When::Once { from, to }
            }
            _ => return Err(FreezeConfigError::new(field, "give exactly one of weekly, days and dates")),
        };
        let (name, environments) = (given.name.clone(), given.environments.clone());
        Ok(Self { name, severity: given.severity, environments, zone, when })
    }

    /// The occurrences of a week before and after a time, or the only one.
    fn around(&self, now: Timestamp) -> Vec<Freeze<'_>> {
        let local: Vec<(DateTime, DateTime)> = match &self.when {
            When::Once { from, to } => vec![(*from, *to)],
            When::Weekly { day, at, days, until } => self
                .dates_around(now)
                .filter(|date| date.weekday() == *day)
                .filter_map(|date| Some((date.to_datetime(*at), later(date, *days)?.to_datetime(*until))))
                .collect(),
            When::Days(days) => self
                .dates_around(now)
                .filter(|date| days.contains(&date.weekday()))
                .filter_map(|date| Some((midnight(date), midnight(later(date, 1)?))))
                .collect(),
        };
        local
            .into_iter()
            .filter_map(|(from, to)| {
                let (begins, ends) = (self.moment(from, Side::First)?, self.moment(to, Side::Last)?);
                Some(Freeze { name: &self.name, severity: self.severity, begins, ends, zone: &self.zone })
            })
            .collect()
    }

    fn dates_around(&self, now: Timestamp) -> impl Iterator<Item = Date> {
        let today = instant(now).map(|now| self.zone.to_datetime(now).date());
        (-8..=8).filter_map(move |days| later(today?, days))
    }

    /// The moment the local clock first, or last, shows `local`; when it never does, the moment it is put forward over it.
    fn moment(&self, local: DateTime, side: Side) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let at = match (ambiguous.offset(), side) {
            (AmbiguousOffset::Gap { .. }, _) => self.zone.following(ambiguous.earlier().ok()?).next()?.timestamp(),
            (_, Side::First) => ambiguous.earlier().ok()?,
            (_, Side::Last) => ambiguous.later().ok()?,
        };
        Timestamp::try_from(std::time::SystemTime::from(at)).ok()
    }
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Last,
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::try_from(std::time::SystemTime::from(at)).ok()
}

fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

fn later(date: Date, days: i64) -> Option<Date> {
    let span: Span = 0.days().try_days(days).ok()?;
    date.checked_add(span).ok()
}

fn zone(field: &str, name: &str) -> Result<TimeZone, FreezeConfigError> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        FreezeConfigError::new(field, format!("`{name}` is no IANA time zone; write one such as Europe/Berlin or UTC"))
    })
}

fn day_and_time(field: &str, text: &str) -> Result<(Weekday, Time), FreezeConfigError> {
    let broken =
        || FreezeConfigError::new(field, format!("`{text}` is no weekday and time; write one such as `Friday 12:00`"));
    let (day, time) = text.trim().split_once(char::is_whitespace).ok_or_else(broken)?;
    let time = time.trim();
    // Hours and minutes, as people write them; not what else a time may be written as.
    let plain =
        time.len() == 5 && time.bytes().enumerate().all(|(i, b)| if i == 2 { b == b':' } else { b.is_ascii_digit() });
    let time = time.parse().ok().filter(|_| plain).ok_or_else(broken)?;
    Ok((weekday(field, day)?, time))
}

fn weekday(field: &str, text: &str) -> Result<Weekday, FreezeConfigError> {
    let day = match text.trim().to_ascii_lowercase().as_str() {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => {
            let problem = format!("`{text}` is no day of the week; write one such as `Friday`");
            return Err(FreezeConfigError::new(field, problem));
        }
    };
    Ok(day)
}

/// A date with a time; a date alone is its first moment or, as an end, the first moment after it.
fn moment(field: &str, text: &str, end: bool) -> Result<DateTime, FreezeConfigError> {
    let broken = || {
        FreezeConfigError::new(field, format!("`{text}` is no date; write one such as 2026-12-19 or 2026-12-19T18:00"))
    };
    if text.len() == "2026-12-19".len() {
        let date: Date = text.parse().map_err(|_| broken())?;
        return Ok(midnight(if end { later(date, 1).ok_or_else(broken)? } else { date }));
    }
    // A time zone written here would be ignored: the window's own counts.
    let local = text.len() <= "2026-12-19T18:00:00".len() && text.is_char_boundary(10);
    let local = local && !text.chars().skip(10).any(|c| matches!(c, 'Z' | 'z' | '+' | '-' | '['));
    if !local {
        return Err(broken());
    }
    text.parse().map_err(|_| broken())
}
