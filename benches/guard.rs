//! The guard: windows a second through one monitor of each kind, many metrics over an hour, and the bytes of a monitor's state.
#![allow(clippy::print_stdout)] // the bytes of the states are said beside the times

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gonogo_core::Timestamp;
use gonogo_guard::{
    Arm, Buckets, Count, Guard, GuardConfig, MonitorConfig, MonitorKind, Reading, Sample, Seconds, Window,
};

/// Windows of an hour.
const HOUR: usize = 60;

/// A small generator; the benches need variety, not quality.
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: u32) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32 % n)
    }
}

fn at(minute: usize) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_225_600 + 60 * i64::try_from(minute).unwrap_or_default())
        .unwrap_or_else(|_| unreachable!())
}

type Source = fn(&mut Noise) -> Reading;

fn rate(noise: &mut Noise) -> Reading {
    Sample::rate(1000.0, 5.0 + noise.below(11))
}

fn value(noise: &mut Noise) -> Reading {
    Sample::value(400.0 + noise.below(40))
}

fn buckets(noise: &mut Noise) -> Reading {
    let fast = 480.0 + noise.below(40);
    Buckets::new([(0.05, fast), (0.1, fast + 300.0), (0.5, 990.0), (1.0, 998.0), (f64::INFINITY, 1000.0)])
        .map(Sample::Buckets)
}

fn exceptions(noise: &mut Noise) -> Reading {
    let counts: Result<BTreeMap<String, Count>, _> = ["Timeout", "Reset", "Refused"]
        .into_iter()
        .map(|name| Ok((name.to_owned(), Count::new(1.0 + noise.below(3))?)))
        .collect();
    counts.map(Sample::Exceptions)
}

/// Each kind with its data; those that look at the time before have an hour of it.
fn monitors() -> Vec<(&'static str, MonitorConfig, Source)> {
    let monitor = |kind| MonitorConfig::new(kind, "m");
    vec![
        ("against-control, rates", monitor(MonitorKind::AgainstControl), rate as Source),
        ("against-control, gauges", monitor(MonitorKind::AgainstControl), value),
        ("against-control, buckets", monitor(MonitorKind::AgainstControl), buckets),
        ("static-bound", monitor(MonitorKind::StaticBound).bound(0.02), rate),
        ("before-after", monitor(MonitorKind::BeforeAfter), rate),
        ("steady-growth", monitor(MonitorKind::SteadyGrowth).bound(5000.0), value),
        ("new-exceptions", monitor(MonitorKind::NewExceptions), exceptions),
        ("counting", monitor(MonitorKind::Counting).bound(0.5), rate),
        ("mann-whitney", monitor(MonitorKind::MannWhitney), rate),
    ]
}

fn windows(source: Source, count: usize) -> Vec<Window> {
    let mut noise = Noise(7);
    (1..=count)
        .map(|minute| {
            Window::new(at(minute), Seconds::minute()).with(Arm::Canary, "m", source(&mut noise)).with(
                Arm::Control,
                "m",
                source(&mut noise),
            )
        })
        .collect()
}

fn config(monitor: MonitorConfig) -> GuardConfig {
    let history = matches!(monitor.kind, MonitorKind::BeforeAfter | MonitorKind::NewExceptions);
    let config = GuardConfig::new(vec![monitor]);
    if history { config.deployed_at(at(HOUR)) } else { config }
}

fn guard(config: &GuardConfig) -> Guard {
    Guard::new(config.clone()).unwrap_or_else(|_| unreachable!("a configuration of this file"))
}

fn one_monitor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("an hour through one monitor");
    group.throughput(Throughput::Elements(2 * HOUR as u64));
    for (name, monitor, source) in monitors() {
        let (config, windows) = (config(monitor), windows(source, 2 * HOUR));
        // What the state comes to, said beside the time.
        let mut seen = guard(&config);
        let sizes: Vec<usize> = (0..50)
            .map(|round| {
                for (minute, window) in windows.iter().enumerate() {
                    let mut window = window.clone();
                    window.end = at(1 + minute + round * windows.len());
                    seen.observe(&window);
                }
                serde_json::to_string(seen.state()).map_or(0, |text| text.len())
            })
            .collect();
        println!("{name}: state {} bytes after 120 windows, {} after 6000", sizes[0], sizes[sizes.len() - 1]);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut guard = guard(&config);
                for window in &windows {
                    guard.observe(black_box(window));
                }
                guard.windows()
            });
        });
    }
    group.finish();
}

/// Ten thousand metrics, each with a guard of its own, over an hour; evidence asked for at the end.
fn many_metrics(criterion: &mut Criterion) {
    let (config, windows) = (config(MonitorConfig::new(MonitorKind::AgainstControl, "m")), windows(rate, HOUR));
    let mut group = criterion.benchmark_group("many metrics");
    group.sample_size(10).throughput(Throughput::Elements(10_000));
    group.bench_function("10000 metrics, 60 windows each", |bencher| {
        bencher.iter(|| {
            (0..10_000)
                .filter(|_| {
                    let mut guard = guard(&config);
                    windows.iter().for_each(|window| {
                        guard.observe(black_box(window));
                    });
                    guard.halt().is_some()
                })
                .count()
        });
    });
    group.finish();
}

criterion_group!(benches, one_monitor, many_metrics);
criterion_main!(benches);
