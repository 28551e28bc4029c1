//! Simulates rollouts and prints how often the guard halts healthy ones and how soon it halts bad ones.
//!
//! `cargo run --release -p gonogo-benches --bin guard_simulation -- [--rollouts N] [--seed S] [--only TEXT]`; seeded, so that the same
//! arguments print the same table.

use std::env;
use std::error::Error;
use std::f64::consts::TAU;
use std::io::{self, Write};

use gonogo_benches::random::Random;
use gonogo_core::Timestamp;
use gonogo_guard::numeric::{bisect, ln_beta_upper};
use gonogo_guard::{
    Arm, Buckets, Count, Guard, GuardConfig, MonitorConfig, MonitorKind, Observed, Reading, Sample, Seconds, Verdict,
    Window,
};

const WINDOWS: usize = 60;
/// Windows before the deploy, where a monitor looks at them.
const HISTORY: usize = 240;
const ALPHA: f64 = 0.05;

/// How errors come.
#[derive(Clone, Copy)]
enum Errors {
    /// Each request fails by itself.
    Independent,
    /// The rate of both arms doubles half way.
    SharedDoubling,
    /// The rate of both arms goes up and down.
    Sine,
    /// One window in ten of an arm has a tenth of its requests fail on top.
    Spikes,
    /// Now and then (one window in fifty) half of an arm's requests fail.
    Collapses,
    /// The variance of a window's errors is three times their mean (negative binomial).
    Clumps,
}

fn errors(random: &mut Random, how: Errors, window: usize, requests: f64, rate: f64) -> f64 {
    let rate = match how {
        Errors::SharedDoubling if window >= WINDOWS / 2 => 2.0 * rate,
        Errors::Sine => rate * (1.0 + 0.8 * (TAU * window as f64 / 20.0).sin()),
        _ => rate,
    };
    match how {
        Errors::Spikes => {
            let spike = if random.unit() < 0.1 { random.poisson(0.1 * requests) } else { 0.0 };
            (random.binomial(requests, rate) + spike).min(requests)
        }
        Errors::Collapses => {
            let rate = if random.unit() < 0.02 { 0.5 } else { rate };
            random.binomial(requests, rate)
        }
        Errors::Clumps => {
            let shape = rate * requests / 2.0;
            let level = random.gamma(shape) / shape;
            random.poisson(rate * requests * level).min(requests)
        }
        _ => random.binomial(requests, rate),
    }
}

/// Bursts that last: each arm has a bad spell one window in twenty, for four windows on average, in which five times as many fail.
fn spells(canary: f64, control: f64, factor: f64) -> Maker {
    Box::new(move |_| {
        let mut bad = [false; 2];
        Box::new(move |random, _| {
            let mut arm = |at: usize, requests: f64, rate: f64| {
                bad[at] = random.unit() < if bad[at] { 0.75 } else { 0.05 };
                random.binomial(requests, if bad[at] { 5.0 * rate } else { rate })
            };
            let (in_canary, in_control) = (arm(0, canary, 0.01 * factor), arm(1, control, 0.01));
            vec![
                (Arm::Canary, "m", Sample::rate(canary, in_canary)),
                (Arm::Control, "m", Sample::rate(control, in_control)),
            ]
        })
    })
}

/// One window in ten has a tenth of the requests of both arms fail.
fn shared_spikes(factor: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, _| {
            let base = if random.unit() < 0.1 { 0.1 } else { 0.01 };
            vec![
                (Arm::Canary, "m", Sample::rate(100.0, random.binomial(100.0, base * factor))),
                (Arm::Control, "m", Sample::rate(100.0, random.binomial(100.0, base))),
            ]
        })
    })
}

/// A rollout of 1, 5, 25 and 50 % of 4000 requests, traffic by the time of day, errors that double at the busiest hour.
fn steps(factor: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, window| {
            let day = (TAU * window as f64 / 60.0).sin();
            let requests = (4000.0 * (1.0 + 0.5 * day)).round();
            let canary = (requests * [0.01, 0.05, 0.25, 0.5][(window / 15).min(3)]).round();
            let rate = 0.01 * (1.0 + 0.5 * day);
            vec![
                (Arm::Canary, "m", Sample::rate(canary, random.binomial(canary, rate * factor))),
                (Arm::Control, "m", Sample::rate(requests - canary, random.binomial(requests - canary, rate))),
            ]
        })
    })
}

/// A heavy-tailed gauge (Student's t with two degrees of freedom) on top of a daily cycle that both arms follow.
fn heavy(shift: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, window| {
            let day = 40.0 * (TAU * window as f64 / 240.0).sin();
            let mut arm = |shift: f64| {
                let tail = random.normal() / (0.5 * (random.normal().powi(2) + random.normal().powi(2))).sqrt();
                Sample::value((200.0 + day + shift + 10.0 * tail).max(0.0))
            };
            vec![(Arm::Canary, "m", arm(shift)), (Arm::Control, "m", arm(0.0))]
        })
    })
}

/// A gauge that follows the day, alone or beside a control that follows it too; a quarter of a day long.
fn daily(slope: f64, noise: f64, control: bool) -> Maker {
    Box::new(move |random| {
        let start = TAU * random.unit();
        Box::new(move |random, window| {
            let day = 60.0 * (start + TAU * window as f64 / 240.0).sin();
            let mut arms =
                vec![(Arm::Canary, "m", Sample::value(400.0 + day + slope * window as f64 + noise * random.normal()))];
            if control {
                arms.push((Arm::Control, "m", Sample::value(400.0 + day + noise * random.normal())));
            }
            arms
        })
    })
}

type Arms = Vec<(Arm, &'static str, Reading)>;
type Rollout = Box<dyn FnMut(&mut Random, usize) -> Arms>;
type Maker = Box<dyn Fn(&mut Random) -> Rollout>;

struct Scenario {
    name: &'static str,
    /// Whether the rollout is healthy, so that a halt is false.
    healthy: bool,
    /// For bad rollouts: the least share to halt, and by which window half must be.
    wanted: Option<(f64, usize)>,
    config: GuardConfig,
    history: usize,
    make: Maker,
}

fn rates(how: Errors, canary: f64, control: f64, rate: f64, factor: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, window| {
            let in_canary = errors(random, how, window, canary, rate * factor);
            let in_control = errors(random, how, window, control, rate);
            vec![
                (Arm::Canary, "m", Sample::rate(canary, in_canary)),
                (Arm::Control, "m", Sample::rate(control, in_control)),
            ]
        })
    })
}

/// The canary's part of 1000 requests goes from a tenth to half in three steps, and the rate of both doubles half way.
fn growing_share(factor: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, window| {
            let canary = [100.0, 250.0, 500.0][(window / 20).min(2)];
            let in_canary = errors(random, Errors::SharedDoubling, window, canary, 0.01 * factor);
            let in_control = errors(random, Errors::SharedDoubling, window, 1000.0 - canary, 0.01);
            vec![
                (Arm::Canary, "m", Sample::rate(canary, in_canary)),
                (Arm::Control, "m", Sample::rate(1000.0 - canary, in_control)),
            ]
        })
    })
}

/// The canary's rate goes up half way.
fn late(factor: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, window| {
            let rate = if window < WINDOWS / 2 { 0.01 } else { 0.01 * factor };
            vec![
                (Arm::Canary, "m", Sample::rate(1000.0, random.binomial(1000.0, rate))),
                (Arm::Control, "m", Sample::rate(1000.0, random.binomial(1000.0, 0.01))),
            ]
        })
    })
}

fn latencies(factor: f64) -> Maker {
    const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let arm = |random: &mut Random, factor: f64| {
        let mut counts = [0.0; BOUNDS.len()];
        for _ in 0..100 {
            let latency = factor * (-2.0 + 0.7 * random.normal()).exp();
            for (count, bound) in counts.iter_mut().zip(BOUNDS) {
                *count += f64::from(u8::from(latency <= bound));
            }
        }
        Buckets::new(BOUNDS.into_iter().zip(counts).chain([(f64::INFINITY, 100.0)])).map(Sample::Buckets)
    };
    Box::new(move |_| {
        Box::new(move |random, _| vec![(Arm::Canary, "m", arm(random, factor)), (Arm::Control, "m", arm(random, 1.0))])
    })
}

/// A gauge around 400 with standard deviation 10 and correlation 0.6 from window to window, and a slope.
fn gauge(slope: f64) -> Maker {
    Box::new(move |random| {
        let mut noise = 10.0 * random.normal();
        Box::new(move |random, window| {
            noise = 0.6 * noise + 8.0 * random.normal();
            vec![(Arm::Canary, "m", Sample::value(400.0 + slope * window as f64 + noise))]
        })
    })
}

fn gauges(shift: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, _| {
            vec![
                (Arm::Canary, "m", Sample::value(50.0 + shift + 5.0 * random.normal())),
                (Arm::Control, "m", Sample::value(50.0 + 5.0 * random.normal())),
            ]
        })
    })
}

/// Twenty kinds of noise in both arms by their traffic, and maybe one that only the canary has.
fn exceptions(new: f64) -> Maker {
    Box::new(move |_| {
        Box::new(move |random, _| {
            let mut arm = |share: f64, new: f64| {
                let mut counts = std::collections::BTreeMap::new();
                for kind in 0..20_u32 {
                    let count = random.poisson(share * 0.2);
                    counts.extend(
                        Count::new(count).ok().filter(|_| count > 0.0).map(|count| (format!("noise-{kind}"), count)),
                    );
                }
                let count = random.poisson(new);
                counts.extend(Count::new(count).ok().filter(|_| count > 0.0).map(|count| ("new".to_owned(), count)));
                Ok(Sample::Exceptions(counts))
            };
            let (canary, control) = (arm(0.2, new), arm(1.8, 0.0));
            vec![
                (Arm::Canary, "m", canary),
                (Arm::Control, "m", control),
                (Arm::Canary, "requests", Sample::rate(100.0, 0.0)),
                (Arm::Control, "requests", Sample::rate(900.0, 0.0)),
            ]
        })
    })
}

fn scenarios() -> Result<Vec<Scenario>, Box<dyn Error>> {
    let monitor = |kind| MonitorConfig::new(kind, "m");
    let alone = |monitor| GuardConfig::new(vec![monitor]).alpha(ALPHA).planned_windows(WINDOWS as u64);
    let control = || alone(monitor(MonitorKind::AgainstControl));
    let healthy = |name, config, make| Scenario { name, healthy: true, wanted: None, config, history: 0, make };
    let bad = |name, config, share, median, make| Scenario {
        name,
        healthy: false,
        wanted: Some((share, median)),
        config,
        history: 0,
        make,
    };
    let growth = || alone(monitor(MonitorKind::SteadyGrowth).bound(500.0));
    let fingerprints = || alone(monitor(MonitorKind::NewExceptions).requests_from("requests"));
    let before = || -> Result<GuardConfig, Box<dyn Error>> {
        Ok(alone(monitor(MonitorKind::BeforeAfter)).deployed_at(minute(HISTORY)?))
    };
    let several = || {
        let latency = monitor(MonitorKind::StaticBound).bound(0.03);
        GuardConfig::new(vec![monitor(MonitorKind::AgainstControl), latency, monitor(MonitorKind::MannWhitney)])
            .alpha(ALPHA)
            .planned_windows(WINDOWS as u64)
    };
    let mut list = vec![
        healthy("same rate, 1 % of 100 requests", control(), rates(Errors::Independent, 100.0, 100.0, 0.01, 1.0)),
        healthy("rate of both doubles half way", control(), rates(Errors::SharedDoubling, 100.0, 100.0, 0.01, 1.0)),
        healthy("rate of both follows a sine", control(), rates(Errors::Sine, 100.0, 100.0, 0.01, 1.0)),
        healthy("10 requests a window", control(), rates(Errors::Independent, 10.0, 10.0, 0.01, 1.0)),
        healthy("arms of 100 and 900 requests", control(), rates(Errors::Independent, 100.0, 900.0, 0.01, 1.0)),
        healthy("rate of both doubles, 100 and 900", control(), rates(Errors::SharedDoubling, 100.0, 900.0, 0.01, 1.0)),
        healthy("bursts: spikes of a tenth", control(), rates(Errors::Spikes, 100.0, 100.0, 0.01, 1.0)),
        healthy("bursts: variance 3 times mean", control(), rates(Errors::Clumps, 100.0, 100.0, 0.01, 1.0)),
        healthy("bursts: spikes, 1000 requests", control(), rates(Errors::Spikes, 1000.0, 1000.0, 0.01, 1.0)),
        healthy("bursts: variance 3 times mean, 1000", control(), rates(Errors::Clumps, 1000.0, 1000.0, 0.01, 1.0)),
        healthy("bursts: spikes, 100 and 900", control(), rates(Errors::Spikes, 100.0, 900.0, 0.01, 1.0)),
        healthy(
            "bursts: variance 3 times mean, 100 and 900",
            control(),
            rates(Errors::Clumps, 100.0, 900.0, 0.01, 1.0),
        ),
        healthy("bursts: spikes, 10 requests", control(), rates(Errors::Spikes, 10.0, 10.0, 0.01, 1.0)),
        healthy("bursts: collapses", control(), rates(Errors::Collapses, 100.0, 100.0, 0.01, 1.0)),
        healthy("bursts: collapses, 100 and 900", control(), rates(Errors::Collapses, 100.0, 900.0, 0.01, 1.0)),
        healthy("bursts that both arms share", control(), shared_spikes(1.0)),
        healthy("bursts that last", control(), spells(100.0, 100.0, 1.0)),
        healthy("bursts that last, 100 and 900", control(), spells(100.0, 900.0, 1.0)),
        healthy("bursts that last, 1000 requests", control(), spells(1000.0, 1000.0, 1.0)),
        healthy("traffic in steps of 1, 5, 25, 50 %", control(), steps(1.0)),
        healthy("heavy-tailed gauge that follows the day", control(), heavy(0.0)),
        healthy("growth: the day's, beside a control", growth(), daily(0.0, 10.0, true)),
        healthy(
            "rate right at a static bound",
            alone(monitor(MonitorKind::StaticBound).bound(0.01)),
            rates(Errors::Independent, 100.0, 100.0, 0.01, 1.0),
        ),
        healthy(
            "spikes right at a static bound",
            alone(monitor(MonitorKind::StaticBound).bound(0.02)),
            rates(Errors::Spikes, 100.0, 100.0, 0.01, 1.0),
        ),
        healthy("same latency", control(), latencies(1.0)),
        healthy("gauge that does not grow", growth(), gauge(0.0)),
        healthy("same gauge in both arms", control(), gauges(0.0)),
        healthy("noise of 20 exceptions", fingerprints(), exceptions(0.0)),
        healthy(
            "judged by Mann and Whitney",
            alone(monitor(MonitorKind::MannWhitney)),
            rates(Errors::Independent, 100.0, 100.0, 0.01, 1.0),
        ),
        Scenario {
            history: HISTORY,
            ..healthy("same rate before and after", before()?, rates(Errors::Independent, 100.0, 100.0, 0.01, 1.0))
        },
        healthy("three monitors together", several(), rates(Errors::Independent, 100.0, 100.0, 0.01, 1.0)),
        bad("2x, 1 % of 100 requests", control(), 0.97, 22, rates(Errors::Independent, 100.0, 100.0, 0.01, 2.0)),
        bad("2x, control of 900 requests", control(), 0.97, 10, rates(Errors::Independent, 100.0, 900.0, 0.01, 2.0)),
        bad("2x, canary from a tenth to half", control(), 0.97, WINDOWS, growing_share(2.0)),
        bad("2x from window 30 on, 1000 requests", control(), 0.97, WINDOWS, late(2.0)),
        bad("3x under spikes, 100 and 900", control(), 0.97, WINDOWS, rates(Errors::Spikes, 100.0, 900.0, 0.01, 3.0)),
        bad("3x under spikes, 100 requests", control(), 0.97, WINDOWS, rates(Errors::Spikes, 100.0, 100.0, 0.01, 3.0)),
        bad(
            "3x under spikes, 1000 requests",
            control(),
            0.97,
            WINDOWS,
            rates(Errors::Spikes, 1000.0, 1000.0, 0.01, 3.0),
        ),
        bad(
            "3x at variance 3 times mean, 1000",
            control(),
            0.97,
            WINDOWS,
            rates(Errors::Clumps, 1000.0, 1000.0, 0.01, 3.0),
        ),
        bad("3x under collapses", control(), 0.97, WINDOWS, rates(Errors::Collapses, 100.0, 100.0, 0.01, 3.0)),
        bad("3x under shared bursts", control(), 0.97, WINDOWS, shared_spikes(3.0)),
        bad("3x under bursts that last", control(), 0.97, WINDOWS, spells(100.0, 100.0, 3.0)),
        bad("2x, traffic in steps of 1, 5, 25, 50 %", control(), 0.97, WINDOWS, steps(2.0)),
        bad("heavy-tailed gauge, one scale up", control(), 0.90, WINDOWS, heavy(10.0)),
        bad("leak under the day, beside a control", growth(), 0.90, WINDOWS, daily(2.0, 10.0, true)),
        bad("all requests fail", control(), 0.97, 3, rates(Errors::Independent, 100.0, 100.0, 0.01, 100.0)),
        bad(
            "twice a static bound",
            alone(monitor(MonitorKind::StaticBound).bound(0.01)),
            0.97,
            WINDOWS,
            rates(Errors::Independent, 100.0, 100.0, 0.01, 2.0),
        ),
        bad("latency 1.2x", control(), 0.90, WINDOWS, latencies(1.2)),
        bad("leak of 1 a window", growth(), 0.97, 40, gauge(1.0)),
        bad("gauge one deviation up", control(), 0.90, WINDOWS, gauges(5.0)),
        bad("a new exception, 0.2 a window", fingerprints(), 0.97, WINDOWS, exceptions(0.2)),
        bad(
            "3x, judged by Mann and Whitney",
            alone(monitor(MonitorKind::MannWhitney)),
            0.90,
            WINDOWS,
            rates(Errors::Independent, 100.0, 100.0, 0.01, 3.0),
        ),
    ];
    let after = Box::new(|_: &mut Random| -> Rollout {
        Box::new(|random, window| {
            let rate = if window < HISTORY { 0.01 } else { 0.02 };
            vec![(Arm::Canary, "m", Sample::rate(100.0, random.binomial(100.0, rate)))]
        })
    });
    list.push(Scenario { history: HISTORY, ..bad("2x after the deploy, no control", before()?, 0.90, WINDOWS, after) });
    Ok(list)
}

fn minute(number: usize) -> Result<Timestamp, Box<dyn Error>> {
    Ok(Timestamp::from_unix_seconds(1_767_225_600 + 60 * i64::try_from(number)?)?)
}

struct Tally {
    halted: Vec<usize>,
    healthy: usize,
    rollouts: usize,
}

fn run(scenario: &Scenario, rollouts: usize, seed: u64, ends: &[Timestamp]) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally { halted: Vec::new(), healthy: 0, rollouts };
    let name_seed = scenario.name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    for rollout in 0..rollouts {
        let mut random = Random::new(name_seed ^ (rollout as u64).wrapping_mul(0xd134_2543_de82_ef95));
        let mut make = (scenario.make)(&mut random);
        let mut guard = Guard::new(scenario.config.clone())?;
        for (number, end) in ends.iter().enumerate().take(WINDOWS + scenario.history) {
            let mut window = Window::new(*end, Seconds::minute());
            for (arm, metric, reading) in make(&mut random, number) {
                window = window.with(arm, metric, reading);
            }
            if guard.observe(&window) == Observed::Halted {
                tally.halted.push(number + 1 - scenario.history);
                break;
            }
        }
        tally.healthy += usize::from(guard.verdict() == Verdict::Healthy);
    }
    tally.halted.sort_unstable();
    Ok(tally)
}

/// Clopper and Pearson's upper 95 per cent bound for a share.
fn upper_bound(hits: usize, trials: usize) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    // P(Bin(n, p) <= k) = 1 - I_p(k + 1, n - k)
    bisect(|p| ln_beta_upper(hits as f64 + 1.0, (trials - hits) as f64, p) - 0.05_f64.ln(), 0.0, 1.0, 1e-9)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut rollouts, mut seed, mut only) = (1000, 1, String::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--rollouts" => rollouts = value.parse()?,
            "--seed" => seed = value.parse()?,
            "--only" => only = value,
            _ => return Err(format!("unknown argument {argument}: --rollouts N, --seed S, --only TEXT").into()),
        }
    }
    let ends = (1..=HISTORY + WINDOWS).map(minute).collect::<Result<Vec<_>, _>>()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{rollouts} rollouts a scenario, {WINDOWS} looks, alpha {ALPHA}, seed {seed}\n")?;
    writeln!(
        out,
        "| scenario | halted | 95 % upper bound | median window | halted by the wanted one | healthy | as wanted |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
    let mut failed = 0;
    for scenario in scenarios()?.iter().filter(|scenario| scenario.name.contains(&only)) {
        let tally = run(scenario, rollouts, seed, &ends)?;
        let share = tally.halted.len() as f64 / rollouts as f64;
        let median = tally.halted.get((rollouts - 1) / 2).copied();
        let bound = upper_bound(tally.halted.len(), rollouts);
        let fine = match scenario.wanted {
            None => bound <= ALPHA,
            Some((least, by)) => share >= least && median.is_some_and(|median| median <= by),
        };
        failed += usize::from(!fine);
        writeln!(
            out,
            "| {}{} | {:.2} % | {} | {} | {} | {:.1} % | {} |",
            scenario.name,
            if scenario.healthy { "" } else { " (bad)" },
            100.0 * share,
            if scenario.healthy { format!("{:.2} %", 100.0 * bound) } else { "-".to_owned() },
            median.map_or_else(|| "-".to_owned(), |median| median.to_string()),
            scenario.wanted.map_or_else(
                || "-".to_owned(),
                |(_, by)| {
                    let soon = tally.halted.iter().filter(|window| **window <= by).count();
                    format!("{:.1} % by {by}", 100.0 * soon as f64 / rollouts as f64)
                }
            ),
            100.0 * tally.healthy as f64 / tally.rollouts as f64,
            if fine { "yes" } else { "NO" }
        )?;
        out.flush()?;
    }
    writeln!(out, "\n{failed} scenarios not as wanted")?;
    Ok(())
}
