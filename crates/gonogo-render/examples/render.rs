//! Renders a report that was kept as JSON: `render [text|unfold|markdown|html|sarif|junit|github] < report.json`.
#![allow(clippy::print_stdout)] // this is what a program is for

use std::io::Read;

use gonogo_core::Report;
use gonogo_render::{TextOptions, github, html, junit, markdown, sarif, text};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut json = Vec::new();
    std::io::stdin().read_to_end(&mut json)?;
    let report = Report::from_json(&json)?;
    let shown = match std::env::args().nth(1).as_deref() {
        None | Some("text") => text(&report, &TextOptions::new()),
        Some("unfold") => text(&report, &TextOptions::new().unfold(true)),
        Some("markdown") => markdown(&report),
        Some("html") => html(&report),
        Some("sarif") => sarif(&report),
        Some("junit") => junit(&report),
        Some("github") => github(&report),
        Some(other) => return Err(format!("`{other}` is no format").into()),
    };
    print!("{shown}");
    Ok(())
}
