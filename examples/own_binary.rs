//! A team's own `gonogo`: all its commands, with the team's check among the others.
//!
//! `cargo run -p gonogo-examples --bin own_binary -- check HEAD~1..HEAD`

use std::process::ExitCode;
use std::sync::Arc;

use gonogo::prelude::*;

fn main() -> ExitCode {
    let not_too_much = check_fn("team/not-too-much", |cx: Arc<CheckContext>| async move {
        let files = cx.changes()?.files.len();
        let finding = (files > 500).then(|| {
            Finding::new("team/too-much", "files", Severity::Caution, format!("{files} files change at once"))
                .remedy("ship it in parts")
        });
        Ok(Outcome::examined(finding.into_iter().collect(), Facts::new().count("files", files as u64)))
    });
    gonogo_cli::main_with(Plan::standard().check(not_too_much))
}
