//! Answers the batch form from standard input: `batch compat --batch -`.

use std::io::{BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let mut failed = false;
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::from(3) };
        if line.trim().is_empty() {
            continue;
        }
        let answer = gonogo_compat::batch::answer(&line).unwrap_or_else(|error| {
            failed = true;
            serde_json::json!({"id": error.id, "error": error.message})
        });
        if writeln!(out, "{answer}").is_err() {
            return ExitCode::from(3);
        }
    }
    if failed { ExitCode::from(3) } else { ExitCode::SUCCESS }
}
