//! Answers the batch form on standard input: `guard --batch -`. Ends in 3 when a line could not be answered.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut failed = false;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = gonogo_guard::batch::answer(&line).unwrap_or_else(|error| {
            failed = true;
            serde_json::json!({"id": error.id, "error": error.message})
        });
        writeln!(out, "{answer}")?;
    }
    Ok(if failed { ExitCode::from(3) } else { ExitCode::SUCCESS })
}
