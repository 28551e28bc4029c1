//! Laws that hold for any windows.

#![allow(clippy::unwrap_used)] // a test says what must not fail by failing

use gonogo_core::Timestamp;
use gonogo_guard::{Arm, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Verdict, Window};
use proptest::prelude::*;

const WINDOWS: u64 = 12;

fn window(minute: usize, metrics: &[(&str, [f64; 4])]) -> Window {
    let end = Timestamp::from_unix_seconds(1_767_225_600 + 60 * (minute as i64 + 1)).unwrap();
    let mut window = Window::new(end, Seconds::minute());
    for (metric, [canary, of_canary, control, of_control]) in metrics {
        window = window.with(Arm::Canary, *metric, Sample::rate(*of_canary, *canary)).with(
            Arm::Control,
            *metric,
            Sample::rate(*of_control, *control),
        );
    }
    window
}

/// Errors and requests of both arms; now and then nonsense.
fn cell() -> impl Strategy<Value = [f64; 4]> {
    (0_u32..40, 20_u32..400, 0_u32..20, 20_u32..400, 0_u32..40).prop_map(|(a, n, b, m, odd)| {
        let canary = if odd == 0 { f64::NAN } else { f64::from(a.min(n)) };
        [canary, f64::from(n), f64::from(b.min(m)), f64::from(m)]
    })
}

fn series() -> impl Strategy<Value = Vec<[f64; 4]>> {
    prop::collection::vec(cell(), 0..20)
}

fn monitor(kind: MonitorKind, metric: &str) -> MonitorConfig {
    match kind {
        MonitorKind::StaticBound | MonitorKind::Counting | MonitorKind::BurnRate => {
            MonitorConfig::new(kind, metric).bound(0.05)
        }
        _ => MonitorConfig::new(kind, metric),
    }
}

fn kind() -> impl Strategy<Value = MonitorKind> {
    prop::sample::select(vec![
        MonitorKind::AgainstControl,
        MonitorKind::StaticBound,
        MonitorKind::Counting,
        MonitorKind::BurnRate,
        MonitorKind::MannWhitney,
        MonitorKind::SteadyGrowth,
    ])
}

fn judge(monitors: Vec<MonitorConfig>, windows: &[Window]) -> Guard {
    let mut guard = Guard::new(GuardConfig::new(monitors).planned_windows(WINDOWS)).unwrap();
    for window in windows {
        guard.observe(window);
    }
    guard
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// With its own share of alpha kept, one more monitor never makes a halted rollout healthy.
    #[test]
    fn one_more_metric_never_turns_a_halt_into_healthy(a in series(), b in series(), ka in kind(), kb in kind()) {
        let windows: Vec<Window> =
            a.iter().zip(&b).enumerate().map(|(minute, (a, b))| window(minute, &[("a", *a), ("b", *b)])).collect();
        let alone = judge(vec![monitor(ka, "a")], &windows).verdict();
        let mut both = GuardConfig::new(vec![monitor(ka, "a"), monitor(kb, "b")]).planned_windows(WINDOWS);
        for alpha in [0.05, 0.1] {
            both.alpha = alpha;
            let mut guard = Guard::new(both.clone()).unwrap();
            windows.iter().for_each(|window| { guard.observe(window); });
            if alone == Verdict::Halt {
                prop_assert_ne!(guard.verdict(), Verdict::Healthy);
            }
        }
    }

    /// The order of the monitors changes nothing but the order of their reports.
    #[test]
    fn the_order_of_monitors_changes_nothing(a in series(), b in series(), ka in kind(), kb in kind()) {
        let windows: Vec<Window> =
            a.iter().zip(&b).enumerate().map(|(minute, (a, b))| window(minute, &[("a", *a), ("b", *b)])).collect();
        let one = judge(vec![monitor(ka, "a"), monitor(kb, "b")], &windows);
        let other = judge(vec![monitor(kb, "b"), monitor(ka, "a")], &windows);
        prop_assert_eq!(one.verdict(), other.verdict());
        prop_assert_eq!(one.halt().map(|halt| halt.window), other.halt().map(|halt| halt.window));
        let reversed: Vec<_> = other.evidence().monitors.into_iter().rev().collect();
        prop_assert_eq!(one.evidence().monitors, reversed);
    }

    /// The unit of a gauge is a matter of taste.
    #[test]
    fn the_unit_of_a_gauge_does_not_matter(
        readings in prop::collection::vec((1.0_f64..1000.0, 1.0_f64..1000.0), 0..30),
        power in -3_i32..4,
        kind in prop::sample::select(vec![MonitorKind::AgainstControl, MonitorKind::SteadyGrowth, MonitorKind::Counting, MonitorKind::StaticBound]),
    ) {
        let unit = 2.0_f64.powi(10 * power);
        let judged = |unit: f64| {
            let config = MonitorConfig::new(kind, "m").bound(900.0 * unit);
            let mut guard = Guard::new(GuardConfig::new(vec![config]).planned_windows(20)).unwrap();
            for (minute, (canary, control)) in readings.iter().enumerate() {
                let end = Timestamp::from_unix_seconds(60 * (minute as i64 + 1)).unwrap();
                guard.observe(
                    &Window::new(end, Seconds::minute())
                        .with(Arm::Canary, "m", Sample::value(canary * unit))
                        .with(Arm::Control, "m", Sample::value(control * unit)),
                );
            }
            (guard.verdict(), guard.halt().map(|halt| halt.window))
        };
        prop_assert_eq!(judged(1.0), judged(unit));
    }

    /// A fault anywhere keeps a rollout from being healthy.
    #[test]
    fn a_fault_is_never_healthy(a in prop::collection::vec(cell(), 12..20), kind in kind()) {
        let faulty = a.iter().any(|cell| cell[0].is_nan());
        let windows: Vec<Window> = a.iter().enumerate().map(|(minute, a)| window(minute, &[("a", *a)])).collect();
        let guard = judge(vec![monitor(kind, "a")], &windows);
        if faulty {
            prop_assert_ne!(guard.verdict(), Verdict::Healthy);
        }
    }

    /// Any bytes are answered or refused, never with a panic, and what is answered is a verdict.
    #[test]
    fn any_line_is_answered_or_refused(line in "\\PC{0,200}") {
        if let Ok(answer) = gonogo_guard::batch::answer(&line) {
            prop_assert!(answer["verdict"].is_string());
        }
    }
}
