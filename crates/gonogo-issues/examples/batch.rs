//! Answers the batch form on standard input, one line each. Gives way to the command line.

use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let stdin = std::io::stdin();
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut failed = false;
    for line in stdin.lock().lines() {
        let line = line?;
        let answer = gonogo_issues::batch::answer(&line).unwrap_or_else(|error| {
            failed = true;
            serde_json::json!({ "id": error.id, "error": error.message })
        });
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    if failed {
        std::process::exit(3);
    }
    Ok(())
}
