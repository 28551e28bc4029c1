//! A check of a team's own, beside those of the plan, as a shadow first.
//!
//! `cargo run -p gonogo-examples --bin custom_check -- HEAD~1 HEAD`
#![allow(clippy::print_stdout)] // it is a program

use std::sync::Arc;

use gonogo::prelude::*;

/// Whoever changes the deploy scripts tells the platform team.
struct DeployScripts;

#[async_trait]
impl Check for DeployScripts {
    fn id(&self) -> &str {
        "team/deploy-scripts"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let files = &cx.changes()?.files;
        let touched = files.iter().filter(|file| file.path.is_within(&RepoPath::from("deploy")));
        let findings = touched.map(|file| {
            Finding::new(
                "team/deploy-script-changed",
                file.path.to_string(),
                Severity::Caution,
                "a deploy script changes",
            )
            .at(Location::file(file.path.clone()))
            .remedy("ask the platform team to approve it")
        });
        Ok(Outcome::examined(findings.collect(), Facts::new().count("files", files.len() as u64)))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut names = std::env::args().skip(1);
    let history = Arc::new(GitHistory::discover(".")?);
    let base = history.resolve(&names.next().unwrap_or_else(|| "HEAD~1".into()))?;
    let head = history.resolve(&names.next().unwrap_or_else(|| "HEAD".into()))?;

    // Once it has been right for a while, `check` instead of `shadow` makes it count.
    let plan = Plan::standard().shadow(DeployScripts);
    let report = plan.decide_blocking(history, Deploy::new("shop", "production", base, head))?;
    println!("{}: {:?}", report.decision, report.entry("team/deploy-scripts").map(|entry| &entry.ended));
    Ok(())
}
