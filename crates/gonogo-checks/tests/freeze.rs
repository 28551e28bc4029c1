//! When a freeze begins, when it is over, and what is wrong with a configuration.
#![allow(clippy::unwrap_used)] // also in what the tests share

use std::sync::Arc;
use std::time::Duration;

use gonogo_checks::freeze::{Calendar, FreezeCheck, FreezeConfig, FreezeWindow};
use gonogo_core::testing::{ManualClock, MemoryHistory, conformance, deploy};
use gonogo_core::{Because, Decision, Gate, Outcome, Report, Severity, Timestamp};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn config(zone: &str, windows: impl Into<Vec<FreezeWindow>>) -> FreezeConfig {
    FreezeConfig { time_zone: zone.into(), windows: windows.into() }
}

fn weekend() -> FreezeWindow {
    FreezeWindow::new("weekend").weekly("Friday 12:00", "Monday 08:00")
}

fn decide(config: &FreezeConfig, now: Option<Timestamp>) -> Report {
    let gate = Gate::builder().check(FreezeCheck::new(config).unwrap()).clock(Arc::new(ManualClock::at(now)));
    gate.build().unwrap().decide_blocking(deploy())
}

/// The local beginning and end of the window around `now`.
fn span(zone: &str, window: FreezeWindow, now: &str) -> Option<(Timestamp, Timestamp)> {
    let calendar = Calendar::new(&config(zone, [window])).unwrap();
    calendar.during("production", at(now)).first().map(|freeze| (freeze.begins, freeze.ends))
}

fn is_frozen(calendar: &Calendar, now: &str) -> bool {
    !calendar.during("production", at(now)).is_empty()
}

#[test]
fn a_weekly_freeze_begins_with_its_first_moment_and_is_over_at_its_end() {
    let calendar = Calendar::new(&config("Europe/Berlin", [weekend()])).unwrap();
    for (now, frozen) in [
        ("2026-11-20T11:59:59.999999999+01:00", false),
        ("2026-11-20T12:00:00+01:00", true),
        ("2026-11-22T03:00:00+01:00", true),
        ("2026-11-23T07:59:59.999999999+01:00", true),
        ("2026-11-23T08:00:00+01:00", false),
        // The same on summer time.
        ("2026-07-10T11:59:59+02:00", false),
        ("2026-07-10T12:00:00+02:00", true),
    ] {
        assert_eq!(is_frozen(&calendar, now), frozen, "{now}");
    }
}

#[test]
fn a_freeze_stops_or_holds_as_configured_and_says_until_when() {
    let frozen = decide(&config("Europe/Berlin", [weekend()]), Some(at("2026-11-21T10:00:00Z")));
    let finding = &frozen.entries[0].findings()[0];
    assert_eq!(frozen.decision, Decision::NoGo);
    assert_eq!(
        finding.to_string(),
        "stop checks/freeze weekend: production is frozen until Monday 2026-11-23 08:00 CET"
    );
    assert_eq!(finding.evidence["begins"], "2026-11-20T11:00:00Z");
    assert_eq!(finding.evidence["ends"], "2026-11-23T07:00:00Z");

    let caution = weekend().severity(Severity::Caution);
    assert_eq!(decide(&config("UTC", [caution]), Some(at("2026-11-21T10:00:00Z"))).decision, Decision::Hold);
}

#[test]
fn the_decision_is_good_until_the_next_freeze_begins() {
    let report = decide(&config("Europe/Berlin", [weekend()]), Some(at("2026-11-18T10:00:00Z")));
    assert_eq!((report.decision, report.valid_until), (Decision::Go, Some(at("2026-11-20T12:00:00+01:00"))));
    let next = report.entries[0].ended.outcome().unwrap().facts().unwrap().get("next freeze").unwrap();
    assert_eq!(next.text.as_deref(), Some("weekend, Friday 2026-11-20 12:00 CET"));
}

#[test]
fn a_freeze_that_begins_while_the_gate_runs_is_no_go() {
    // The check asks just before noon; when all others have answered it is noon.
    let clock = Arc::new(ManualClock::at(Some(at("2026-11-20T11:59:59Z"))));
    let slow = gonogo_core::check_fn("test/slow", {
        let clock = clock.clone();
        move |_| {
            clock.advance(Duration::from_secs(1));
            async { Ok(Outcome::not_applicable("it only takes its time")) }
        }
    });
    let check = FreezeCheck::new(&config("UTC", [weekend()])).unwrap();
    let gate = Gate::builder().check(check).check(slow).clock(clock).build().unwrap();
    let mut run = Box::pin(gate.decide(deploy()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(report) = run.as_mut().poll(&mut context) else { panic!("nothing waits") };
    assert_eq!(report.decision, Decision::Hold);
    assert!(report.reasons.iter().any(|reason| reason.because == Because::Stale), "{:?}", report.reasons);
}

#[test]
fn without_a_clock_nobody_can_say() {
    let report = decide(&config("UTC", [weekend()]), None);
    assert!(matches!(report.entries[0].ended.outcome(), Some(Outcome::Undetermined { remedy: Some(_), .. })));
    assert_eq!(report.decision, Decision::Hold);
}

#[test]
fn days_last_from_midnight_to_midnight_and_days_that_touch_are_told_as_one() {
    let windows = config("America/New_York", [FreezeWindow::new("no weekends").days(["Saturday", "sun"])]);
    let calendar = Calendar::new(&windows).unwrap();
    for (now, frozen) in [
        ("2026-11-20T23:59:59-05:00", false),
        ("2026-11-21T00:00:00-05:00", true),
        ("2026-11-22T23:59:59-05:00", true),
        ("2026-11-23T00:00:00-05:00", false),
    ] {
        assert_eq!(is_frozen(&calendar, now), frozen, "{now}");
    }
    let ends = calendar.ends("production", at("2026-11-21T10:00:00-05:00"));
    assert_eq!(ends, Some(at("2026-11-23T00:00:00-05:00")));
    assert_eq!(calendar.ends("production", at("2026-11-20T10:00:00-05:00")), None);
}

#[test]
fn dates_are_whole_days_and_dates_with_times_are_moments() {
    let christmas = || FreezeWindow::new("Christmas").dates("2026-12-19", "2027-01-03");
    let berlin = span("Europe/Berlin", christmas(), "2026-12-24T18:00:00Z");
    assert_eq!(berlin, Some((at("2026-12-19T00:00:00+01:00"), at("2027-01-04T00:00:00+01:00"))));
    let payday = || FreezeWindow::new("payday").dates("2026-11-30T06:00", "2026-11-30T20:00");
    let tokyo = span("UTC", payday().time_zone("Asia/Tokyo"), "2026-11-30T00:00:00Z");
    assert_eq!(tokyo, Some((at("2026-11-30T06:00:00+09:00"), at("2026-11-30T20:00:00+09:00"))));
    assert_eq!(span("UTC", payday(), "2026-11-30T20:00:00Z"), None);

    let calendar = Calendar::new(&config("Europe/Berlin", [christmas(), weekend()])).unwrap();
    let next = |now| calendar.next("production", at(now)).map(|freeze| freeze.name.to_owned());
    assert_eq!(next("2026-12-18T13:00:00+01:00").as_deref(), Some("Christmas"), "although a weekend is under way");
    assert_eq!(next("2026-12-24T18:00:00+01:00").as_deref(), Some("weekend"));
    let once = Calendar::new(&config("Europe/Berlin", [christmas()])).unwrap();
    assert_eq!(once.next("production", at("2027-02-01T00:00:00Z")), None);
}

#[test]
fn where_the_clock_is_put_forward_over_a_moment_the_change_itself_counts() {
    // Berlin, 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC. No clock shows 02:30.
    let change = at("2026-03-29T01:00:00Z");
    let begins = FreezeWindow::new("night").weekly("Sunday 02:30", "Sunday 06:00");
    assert_eq!(span("Europe/Berlin", begins, "2026-03-29T03:00:00Z").unwrap().0, change);
    let ends = FreezeWindow::new("night").weekly("Saturday 22:00", "Sunday 02:30");
    assert_eq!(span("Europe/Berlin", ends, "2026-03-28T23:00:00Z").unwrap().1, change);
}

#[test]
fn where_the_clock_shows_a_moment_twice_a_freeze_begins_with_the_first_and_ends_with_the_last() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC. 02:30 is shown at 00:30 and at 01:30 UTC.
    let begins = FreezeWindow::new("night").weekly("Sunday 02:30", "Sunday 06:00");
    assert_eq!(span("Europe/Berlin", begins, "2026-10-25T01:10:00Z").unwrap().0, at("2026-10-25T00:30:00Z"));
    let ends = FreezeWindow::new("night").weekly("Saturday 22:00", "Sunday 02:30");
    assert_eq!(span("Europe/Berlin", ends, "2026-10-25T01:10:00Z").unwrap().1, at("2026-10-25T01:30:00Z"));
}

#[test]
fn a_day_without_midnight_begins_when_its_clock_does() {
    // Beirut, 2026-03-29: midnight becomes 01:00, at 22:00 UTC the day before.
    let sundays = FreezeWindow::new("no changes on Sundays").days(["Sunday"]);
    let (begins, ends) = span("Asia/Beirut", sundays, "2026-03-29T10:00:00Z").unwrap();
    assert_eq!((begins, ends), (at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")));
}

#[test]
fn a_freeze_of_one_environment_is_none_of_another() {
    let staging = weekend().environments(["staging"]);
    let report = decide(&config("UTC", [staging.clone()]), Some(at("2026-11-21T10:00:00Z")));
    let why = "no freeze is configured for production".to_owned();
    assert_eq!(report.entries[0].ended.outcome(), Some(&Outcome::NotApplicable { why }));
    let both = config("UTC", [staging, weekend().environments(["qa", "production"])]);
    assert_eq!(decide(&both, Some(at("2026-11-21T10:00:00Z"))).decision, Decision::NoGo);
}

#[test]
fn the_gravest_freeze_comes_first() {
    let notice = FreezeWindow::new("notice").days(["Saturday"]).severity(Severity::Note);
    let calendar = Calendar::new(&config("UTC", [notice, weekend()])).unwrap();
    let during = calendar.during("production", at("2026-11-21T10:00:00Z"));
    assert_eq!(during.iter().map(|freeze| freeze.name).collect::<Vec<_>>(), ["weekend", "notice"]);
}

#[test]
fn an_error_names_the_field_and_says_what_to_write() {
    let error = |windows: &[FreezeWindow]| Calendar::new(&config("UTC", windows)).unwrap_err().to_string();
    let window = || FreezeWindow::new("x");
    assert_eq!(
        Calendar::new(&config("Berlin", [])).unwrap_err().to_string(),
        "time_zone: `Berlin` is no IANA time zone; write one such as Europe/Berlin or UTC"
    );
    assert_eq!(
        error(&[weekend(), window().weekly("Fryday 12:00", "Monday 08:00")]),
        "windows[1].weekly.from: `Fryday` is no day of the week; write one such as `Friday`"
    );
    for broken in ["Monday", "Monday 8", "Monday 24:00", "Monday 08:00:00.5", "", "Monday 08:60", "Monday\u{a0}é8:00"]
    {
        assert_eq!(
            error(&[window().weekly("Friday 12:00", broken)]),
            format!("windows[0].weekly.to: `{broken}` is no weekday and time; write one such as `Friday 12:00`")
        );
    }
    assert_eq!(
        error(&[window().weekly("Friday 12:00", "fri 12:00")]),
        "windows[0].weekly.to: `fri 12:00` is where it begins; such a freeze lasts nothing or for ever"
    );
    assert_eq!(
        error(&[window().days(["Friday", "Someday"])]),
        "windows[0].days[1]: `Someday` is no day of the week; write one such as `Friday`"
    );
    for broken in ["2026-02-30", "tomorrow", "2026-12-19T18:00Z", "2026-12-19T18:00+01:00", "", "ééééé", "2026-12-1é"]
    {
        assert_eq!(
            error(&[window().dates(broken, "2027-01-03")]),
            format!("windows[0].dates.from: `{broken}` is no date; write one such as 2026-12-19 or 2026-12-19T18:00")
        );
    }
    assert_eq!(
        error(&[window().dates("2026-12-19", "2026-12-18")]),
        "windows[0].dates.to: `2026-12-18` is not after `2026-12-19`"
    );
    assert_eq!(error(&[window()]), "windows[0]: give exactly one of weekly, days and dates");
    assert_eq!(error(&[weekend().days(["Friday"])]), "windows[0]: give exactly one of weekly, days and dates");
    assert_eq!(
        error(&[FreezeWindow::new(" ").days(["Friday"])]),
        "windows[0].name: is blank; say what people call this freeze"
    );
    assert_eq!(
        error(&[weekend().time_zone("Mars/Base")]),
        "windows[0].time_zone: `Mars/Base` is no IANA time zone; write one such as Europe/Berlin or UTC"
    );
}

#[test]
fn a_configuration_is_read_from_what_a_team_writes() {
    let written = r#"{"time_zone": "Europe/Berlin", "windows": [
        {"name": "weekend", "weekly": {"from": "Friday 12:00", "to": "Monday 08:00"}},
        {"name": "Fridays", "days": ["Friday"], "severity": "caution", "environments": ["production"]}]}"#;
    let read: FreezeConfig = serde_json::from_str(written).unwrap();
    let fridays =
        FreezeWindow::new("Fridays").days(["Friday"]).severity(Severity::Caution).environments(["production"]);
    assert_eq!(read, config("Europe/Berlin", [weekend(), fridays]));
    assert_eq!(serde_json::from_str::<FreezeConfig>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    for broken in [
        r#"{"windows": []}"#,
        r#"{"time_zone": "UTC", "window": []}"#,
        r#"{"time_zone": "UTC", "windows": [{"name": "x", "severity": "fatal"}]}"#,
        r#"{"time_zone": "UTC", "windows": [{"name": "x", "weekley": {"from": "Friday 12:00", "to": "Monday 08:00"}}]}"#,
    ] {
        assert!(serde_json::from_str::<FreezeConfig>(broken).is_err(), "{broken}");
    }
}

#[test]
fn the_check_keeps_the_contract_of_checks() {
    let always = FreezeWindow::new("a century").dates("2000-01-01", "2100-01-01").severity(Severity::Caution);
    let history = MemoryHistory::new().commit("base", &[], "first", &[]);
    for windows in [vec![], vec![always]] {
        let check = FreezeCheck::new(&config("UTC", windows)).unwrap();
        conformance::check(Arc::new(check), deploy(), Arc::new(history.clone())).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the zone and the time: inside a freeze the local clock shows what the window says, and the next one begins later.
    #[test]
    fn a_freeze_is_what_the_local_clock_says(
        second in 946_684_800_i64..4_102_444_800,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    ) {
        let calendar = Calendar::new(&config(zone, [weekend()])).unwrap();
        let now = Timestamp::from_unix_seconds(second).unwrap();
        let local = jiff::Timestamp::from_second(second).unwrap().in_tz(zone).unwrap();
        let into_week = i64::from(local.weekday().to_monday_zero_offset()) * 1440
            + i64::from(local.hour()) * 60 + i64::from(local.minute());
        // Noon on Friday and eight on Monday are never skipped or repeated in these zones.
        let frozen = !(480..4 * 1440 + 720).contains(&into_week);
        prop_assert_eq!(!calendar.during("production", now).is_empty(), frozen);
        let next = calendar.next("production", now).unwrap();
        prop_assert!(next.begins > now && next.begins.since(now).unwrap() <= Duration::from_secs(8 * 86_400));
        prop_assert!(calendar.during("production", next.begins).contains(&next));
    }

    #[test]
    fn no_configuration_panics(zone in "(UTC|Europe/Berlin|.{0,8})", from in ".{0,20}", to in ".{0,20}", day in ".{0,8}") {
        for window in [
            FreezeWindow::new("x").weekly(&*from, &*to),
            FreezeWindow::new("x").dates(&*from, &*to),
            FreezeWindow::new("x").days([&*day]),
        ] {
            if let Ok(calendar) = Calendar::new(&config(&zone, [window])) {
                let _ = calendar.next("production", at("9999-12-30T22:00:00Z"));
                let _ = calendar.during("production", at("-009999-01-02T01:59:59Z"));
            }
        }
    }
}
