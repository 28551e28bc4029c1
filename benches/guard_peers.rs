//! How often the decision rules of other rollout tools, as this crate implements them, halt healthy and bad rollouts, beside the guard.
//!
//! `cargo run --release -p gonogo-benches --bin guard_peers -- [ROLLOUTS]`. Sixty windows; errors of 100 requests in each arm, at 1 %
//! where nothing is wrong. Settings are those of the tools' own introductory examples, scaled to this error rate: what a
//! team would write, not what suits the rule best.

use std::error::Error;
use std::io::{self, Write};

use gonogo_benches::random::Random;
use gonogo_core::Timestamp;
use gonogo_guard::profile::kayenta::{Classification, Direction, MannWhitneyJudge};
use gonogo_guard::{Arm, Guard, GuardConfig, MonitorConfig, MonitorKind, Sample, Seconds, Window};

const WINDOWS: usize = 60;
const REQUESTS: f64 = 100.0;
const BASE: f64 = 0.01;

/// Errors of canary and control, window by window.
type Rollout = Vec<[f64; 2]>;
/// A rule: by which window, counted from 1, it halts.
type Rule = fn(&Rollout) -> Option<usize>;

fn rate(errors: f64) -> f64 {
    errors / REQUESTS
}

/// Argo Rollouts: `successCondition: result[0] <= 0.02`, `failureLimit: 3`; the analysis fails on the fourth failed measurement.
fn argo(rollout: &Rollout) -> Option<usize> {
    let mut failed = 0;
    rollout
        .iter()
        .position(|[canary, _]| {
            failed += usize::from(rate(*canary) > 0.02);
            failed > 3
        })
        .map(|at| at + 1)
}

/// Flagger: `request-success-rate` of at least 99 %, rolled back after `threshold: 5` failed checks.
fn flagger(rollout: &Rollout) -> Option<usize> {
    let mut failed = 0;
    rollout
        .iter()
        .position(|[canary, _]| {
            failed += usize::from(rate(*canary) > 0.01);
            failed >= 5
        })
        .map(|at| at + 1)
}

fn judge() -> MannWhitneyJudge {
    MannWhitneyJudge { direction: Direction::Increase, ..MannWhitneyJudge::default() }
}

/// Kayenta: its Mann-Whitney judge at 95 % over all points so far, asked again after every window from the tenth on; `High` fails.
fn kayenta(rollout: &Rollout) -> Option<usize> {
    let judge = judge();
    let of = |arm: usize, to: usize| {
        rollout.iter().take(to).filter_map(|pair| pair.get(arm)).map(|errors| rate(*errors)).collect::<Vec<_>>()
    };
    (10..=rollout.len()).find(|to| judge.classify(&of(0, *to), &of(1, *to)).classification == Classification::High)
}

/// The same judge asked once, at the end.
fn kayenta_once(rollout: &Rollout) -> Option<usize> {
    let judge = judge();
    let of =
        |arm: usize| rollout.iter().filter_map(|pair| pair.get(arm)).map(|errors| rate(*errors)).collect::<Vec<_>>();
    (judge.classify(&of(0), &of(1)).classification == Classification::High).then_some(rollout.len())
}

/// Keptn: one evaluation at the end, `pass: <=+10%` against the run before.
fn keptn(rollout: &Rollout) -> Option<usize> {
    let total = |arm: usize| rollout.iter().filter_map(|pair| pair.get(arm)).sum::<f64>();
    (total(0) > 1.1 * total(1)).then_some(rollout.len())
}

/// One point above twice the rate.
fn one_point(rollout: &Rollout) -> Option<usize> {
    rollout.iter().position(|[canary, _]| rate(*canary) > 0.02).map(|at| at + 1)
}

fn guard(rollout: &Rollout) -> Option<usize> {
    let config = GuardConfig::new(vec![MonitorConfig::new(MonitorKind::AgainstControl, "m")]);
    let mut guard = Guard::new(config).ok()?;
    for (minute, [canary, control]) in rollout.iter().enumerate() {
        let end = Timestamp::from_unix_seconds(60 * i64::try_from(minute + 1).ok()?).ok()?;
        let window = Window::new(end, Seconds::minute()).with(Arm::Canary, "m", Sample::rate(REQUESTS, *canary)).with(
            Arm::Control,
            "m",
            Sample::rate(REQUESTS, *control),
        );
        guard.observe(&window);
    }
    guard.halt().and_then(|halt| usize::try_from(halt.window + 1).ok())
}

fn rollout(random: &mut Random, factor: f64, shared: bool) -> Rollout {
    (0..WINDOWS)
        .map(|window| {
            let base = if shared && window >= WINDOWS / 2 { 2.0 * BASE } else { BASE };
            [random.binomial(REQUESTS, base * factor), random.binomial(REQUESTS, base)]
        })
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let rollouts: u64 = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    let rules: [(&str, Rule); 7] = [
        ("one point over 2 %", one_point),
        ("Argo Rollouts, failureLimit 3 at 2 %", argo),
        ("Flagger, threshold 5 at 99 %", flagger),
        ("Kayenta's judge, at every window", kayenta),
        ("Kayenta's judge, once at the end", kayenta_once),
        ("Keptn, <=+10 % once at the end", keptn),
        ("gonogo against-control", guard),
    ];
    let mut out = io::stdout().lock();
    writeln!(out, "{rollouts} rollouts each\n")?;
    writeln!(out, "| rule | healthy, halted | both arms double, halted | 2x, halted | median window of those |")?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    for (name, rule) in rules {
        let halts = |factor: f64, shared: bool| {
            let mut at: Vec<usize> = (0..rollouts)
                .filter_map(|seed| rule(&rollout(&mut Random::new(seed ^ 0x5eed_0000), factor, shared)))
                .collect();
            at.sort_unstable();
            at
        };
        let share = |at: &[usize]| 100.0 * at.len() as f64 / rollouts as f64;
        let (healthy, doubled, bad) = (halts(1.0, false), halts(1.0, true), halts(2.0, false));
        let median = bad.get(bad.len() / 2).map_or_else(|| "-".to_owned(), usize::to_string);
        writeln!(
            out,
            "| {name} | {:.1} % | {:.1} % | {:.1} % | {median} |",
            share(&healthy),
            share(&doubled),
            share(&bad)
        )?;
        out.flush()?;
    }
    Ok(())
}
