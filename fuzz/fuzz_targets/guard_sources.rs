//! Bytes that metric sources send: recordings (JSON, lines, CSV), lines of the batch form, answers of Prometheus. Nothing panics,
//! nothing unreadable becomes a number, the same bytes give the same verdict, and no recording of faults is healthy.
#![no_main]

use std::sync::LazyLock;

use gonogo_core::Timestamp;
use gonogo_guard::prometheus::{PrometheusPlan, parse, single_value};
use gonogo_guard::{GuardConfig, MonitorConfig, MonitorKind, NameMap, Recording, Verdict, batch};
use libfuzzer_sys::fuzz_target;

static CONFIG: LazyLock<GuardConfig> = LazyLock::new(|| {
    GuardConfig::new(vec![
        MonitorConfig::new(MonitorKind::AgainstControl, "errors"),
        MonitorConfig::new(MonitorKind::StaticBound, "errors").bound(0.05),
        MonitorConfig::new(MonitorKind::SteadyGrowth, "memory"),
        MonitorConfig::new(MonitorKind::NewExceptions, "exceptions"),
        MonitorConfig::new(MonitorKind::Counting, "latency").over(0.5).bound(0.1),
        MonitorConfig::new(MonitorKind::MannWhitney, "errors"),
    ])
    .planned_windows(2)
});

static NAMES: LazyLock<NameMap> = LazyLock::new(|| {
    serde_json::from_str(
        r#"{"seconds": 60, "names": [{"pattern": "a.*", "arm": "canary", "metric": "errors", "field": "requests"},
            {"pattern": "b", "arm": "canary", "metric": "errors", "field": "errors"},
            {"pattern": "c", "arm": "control", "metric": "memory", "field": "value"},
            {"pattern": "d.*", "arm": "canary", "metric": "exceptions", "field": "exception"}]}"#,
    )
    .unwrap()
});

static PLAN: LazyLock<PrometheusPlan> = LazyLock::new(|| {
    serde_json::from_str(
        r#"{"arms": {"canary": "v=\"2\""}, "metrics": {
            "errors": {"requests": "r{$arm}", "errors": "e{$arm}"}, "count": {"count": "c{$arm}", "exposure": "x{$arm}"},
            "memory": {"value": "m{$arm}"}, "load": {"expression": "sum(m{$arm})"}, "latency": {"buckets": "b{$arm}"},
            "exceptions": {"exceptions": "t{$arm}", "by": "type", "alive": "r{$arm}"}}}"#,
    )
    .unwrap()
});

fuzz_target!(|data: &[u8]| {
    if let Ok(recording) = Recording::from_bytes(data) {
        let guard = recording.judge(Some(&CONFIG)).unwrap();
        let evidence = guard.evidence().to_json().unwrap().to_string();
        assert_eq!(evidence, recording.judge(Some(&CONFIG)).unwrap().evidence().to_json().unwrap().to_string());
        if recording.windows.iter().any(Result::is_err) {
            assert_ne!(guard.verdict(), Verdict::Healthy);
        }
        for window in recording.windows.iter().flatten() {
            // What is written is read back, faults as faults.
            let again = gonogo_guard::Window::from_json(&window.to_json()).unwrap();
            assert_eq!(again.arms.len(), window.arms.len());
        }
        let _ = recording.judge(None);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        for line in text.lines().take(8) {
            if let Ok(answer) = batch::answer(line) {
                assert!(answer["verdict"].is_string());
            }
        }
    }
    if let Ok(recording) = NAMES.read(data) {
        assert!(!recording.windows.is_empty());
    }
    let _ = parse(data);
    if let Ok(value) = single_value(data) {
        assert!(!value.is_nan());
    }
    let (start, end) = (Timestamp::from_unix_seconds(60).unwrap(), Timestamp::from_unix_seconds(120).unwrap());
    let answers: Vec<_> =
        PLAN.questions(start, end).into_iter().map(|question| (question, Ok(data.to_vec()))).collect();
    let window = PLAN.window(start, end, &answers);
    assert_eq!(window.arms.values().map(|arm| arm.len()).sum::<usize>(), PLAN.metrics.len());
});
