//! What makes the noise, where, and what comes and goes: reported, and no reason to halt.

#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

use std::collections::BTreeMap;

use gonogo_core::Timestamp;
use gonogo_guard::{Arm, Count, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};

fn counts(listed: &[(&str, f64)]) -> Sample {
    Sample::Exceptions(
        listed
            .iter()
            .map(|(name, count)| ((*name).to_owned(), Count::new(*count).unwrap()))
            .collect::<BTreeMap<_, _>>(),
    )
}

fn watched(of: impl Fn(i64) -> (Sample, Sample)) -> Guard {
    let config = GuardConfig::new(vec![MonitorConfig::new(MonitorKind::NewExceptions, "alerts")]).planned_windows(30);
    let mut guard = Guard::new(config).unwrap();
    for minute in 1..=30 {
        let (canary, control) = of(minute);
        guard.observe(
            &Window::new(Timestamp::from_unix_seconds(60 * minute).unwrap(), Seconds::minute())
                .with(Arm::Canary, "alerts", Ok(canary))
                .with(Arm::Control, "alerts", Ok(control)),
        );
    }
    guard
}

#[test]
fn an_alert_that_flaps_in_both_arms_is_reported_and_not_echoed() {
    let guard = watched(|minute| {
        let on = f64::from(u8::from(minute % 2 == 0));
        (counts(&[("HighLatency", on)]), counts(&[("HighLatency", on)]))
    });
    let evidence = guard.evidence();
    assert_eq!(evidence.verdict, Verdict::Healthy, "{}", evidence.reason);
    assert!(evidence.monitors[0].reason.contains("flapping: HighLatency"), "{}", evidence.monitors[0].reason);
    assert!(evidence.monitors[0].figures["noise"][0]["flips"].as_u64().unwrap() >= 28);
}

#[test]
fn the_noise_is_ranked_by_what_and_where() {
    let guard = watched(|_| {
        let noise = [("Timeout @ host-1", 2.0), ("Timeout @ host-2", 30.0), ("Reset @ host-1", 7.0)];
        (counts(&noise), counts(&noise))
    });
    let evidence = guard.evidence();
    let noise = &evidence.monitors[0].figures["noise"];
    let ranked: Vec<(&str, &str)> =
        (0..3).map(|at| (noise[at]["exception"].as_str().unwrap(), noise[at]["instance"].as_str().unwrap())).collect();
    assert_eq!(ranked, [("Timeout", "host-2"), ("Reset", "host-1"), ("Timeout", "host-1")]);
}

#[test]
fn an_exception_known_at_one_instance_is_not_new_at_another_and_a_new_one_counts_over_all() {
    let moved = watched(|minute| {
        let of = if minute % 2 == 0 { "Timeout @ host-1" } else { "Timeout @ host-9" };
        (counts(&[(of, 3.0)]), counts(&[("Timeout @ host-2", 3.0)]))
    });
    assert_eq!(moved.verdict(), Verdict::Healthy, "{}", moved.evidence().reason);
    let new = watched(|minute| {
        let of = if minute % 2 == 0 { "NullPointer @ host-1" } else { "NullPointer @ host-9" };
        (counts(&[(of, 1.0)]), counts(&[("Timeout @ host-2", 3.0)]))
    });
    assert_eq!(new.verdict(), Verdict::Halt);
}
