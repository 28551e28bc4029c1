//! Fits a work model on the runs of a file marked `calibrate` and prints how well it forecasts those marked `predict`.

use gonogo_migration::Dialect;
use gonogo_migration::duration::{TimedRun, calibrate, evaluate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: durations FILE.json")?;
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let runs = |split: &str| -> Vec<TimedRun> {
        let all = file["runs"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|r| r["split"] == split).filter_map(|r| serde_json::from_value(r).ok()).collect()
    };
    let model = calibrate(&runs("calibrate"), Dialect::Postgres, "timed runs")?;
    println!("{}", serde_json::to_string_pretty(&model)?);
    for split in ["calibrate", "predict"] {
        let trials = evaluate(&model, &runs(split), Dialect::Postgres);
        let mut factors: Vec<f64> = trials.iter().map(gonogo_migration::duration::Trial::factor).collect();
        factors.sort_by(f64::total_cmp);
        let covered = trials.iter().filter(|t| t.observed >= t.interval.0 && t.observed <= t.interval.1).count();
        println!(
            "{split}: n={} median factor {:.3} p90 {:.3} within the interval {covered}",
            factors.len(),
            factors[factors.len() / 2],
            factors[factors.len() * 9 / 10]
        );
        for t in &trials {
            println!(
                "  {:14} observed {:9.5} predicted {:9.5} factor {:.2}",
                t.operation,
                t.observed,
                t.predicted,
                t.factor()
            );
        }
    }
    Ok(())
}
