//! Saved states: any bytes are refused or resumed, and what is resumed watches on without a panic.
#![no_main]

use std::sync::LazyLock;

use gonogo_core::Timestamp;
use gonogo_guard::{Arm, Guard, GuardConfig, GuardState, MonitorConfig, MonitorKind, Sample, Seconds, Window};
use libfuzzer_sys::fuzz_target;

static CONFIG: LazyLock<GuardConfig> = LazyLock::new(|| {
    GuardConfig::new(vec![
        MonitorConfig::new(MonitorKind::AgainstControl, "m"),
        MonitorConfig::new(MonitorKind::StaticBound, "m").bound(0.05),
        MonitorConfig::new(MonitorKind::SteadyGrowth, "m"),
        MonitorConfig::new(MonitorKind::Counting, "m").bound(0.1),
        MonitorConfig::new(MonitorKind::MannWhitney, "m"),
    ])
});

/// A state to mutate: what a guard has after twenty windows, with the configuration's own digest.
static SEED: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let mut guard = Guard::new(CONFIG.clone()).unwrap();
    (1..=20).for_each(|minute| drop(guard.observe(&window(minute))));
    serde_json::to_value(guard.state()).unwrap()
});

fn window(minute: i64) -> Window {
    Window::new(Timestamp::from_unix_seconds(60 * minute).unwrap(), Seconds::minute())
        .with(Arm::Canary, "m", Sample::rate(100.0, (minute % 7) as f64))
        .with(Arm::Control, "m", Sample::rate(100.0, (minute % 5) as f64))
}

fn go_on(state: GuardState) {
    if let Ok(mut guard) = Guard::resume(CONFIG.clone(), state) {
        (21..=100).for_each(|minute| drop(guard.observe(&window(minute))));
        let _ = guard.evidence().to_json();
        let saved = serde_json::to_string(guard.state());
        assert!(saved.is_ok());
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(state) = serde_json::from_slice::<GuardState>(data) {
        go_on(state);
    }
    // Numbers of a real state replaced, one after the other, by those of the bytes.
    let mut numbers = data.chunks_exact(9);
    let mut mutated = SEED.clone();
    while let Some(chunk) = numbers.next() {
        let (at, bytes) = chunk.split_first().unwrap();
        let value = f64::from_le_bytes(bytes.try_into().unwrap());
        let mut left = u32::from(*at);
        replace(&mut mutated["monitors"], &mut left, value);
    }
    if let Ok(state) = serde_json::from_value(mutated) {
        go_on(state);
    }
});

fn replace(value: &mut serde_json::Value, left: &mut u32, number: f64) -> bool {
    match value {
        serde_json::Value::Object(fields) => fields.values_mut().any(|value| replace(value, left, number)),
        serde_json::Value::Array(list) => list.iter_mut().any(|value| replace(value, left, number)),
        serde_json::Value::Number(_) if *left == 0 => {
            *value = serde_json::json!(if number.abs() < 1e6 && number.fract() == 0.0 { number as i64 as f64 } else { number });
            true
        }
        serde_json::Value::Number(_) => {
            *left -= 1;
            false
        }
        _ => false,
    }
}
