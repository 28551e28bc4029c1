//! A first decision: everything gonogo finds by itself between two revisions of the repository you stand in.
//!
//! `cargo run -p gonogo-examples --bin quickstart -- origin/production HEAD`
#![allow(clippy::print_stdout)] // it is a program

use std::sync::Arc;

use gonogo::prelude::*;
use gonogo::render::{TextOptions, text};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut names = std::env::args().skip(1);
    let base = names.next().unwrap_or_else(|| "HEAD~1".into());
    let head = names.next().unwrap_or_else(|| "HEAD".into());

    let history = Arc::new(GitHistory::discover(".")?);
    let deploy = Deploy::new("shop", "production", history.resolve(&base)?, history.resolve(&head)?);
    let report = Plan::standard().decide_blocking(history, deploy)?;

    println!("{}", text(&report, &TextOptions::default()));
    std::process::exit(report.decision.exit_code().into());
}
