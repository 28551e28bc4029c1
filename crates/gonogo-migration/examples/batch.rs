//! Answers `migration --batch -`: one JSON object a line in, one a line out.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut failed = false;
    let stdout = io::stdout();
    let mut out = io::BufWriter::new(stdout.lock());
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::from(3) };
        if line.trim().is_empty() {
            continue;
        }
        let value = gonogo_migration::batch::answer(&line).unwrap_or_else(|e| {
            failed = true;
            serde_json::json!({"id": e.id, "error": e.message})
        });
        if writeln!(out, "{value}").is_err() {
            return ExitCode::from(3);
        }
    }
    if failed { ExitCode::from(3) } else { ExitCode::SUCCESS }
}
