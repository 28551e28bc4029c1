//! A check in any language: a program that reads the deploy as JSON and answers an outcome as JSON. Here it is a shell script.
//!
//! `cargo run -p gonogo-examples --bin command_check`
#![allow(clippy::print_stdout)] // it is a program

use std::sync::Arc;

use gonogo::prelude::*;

const SCRIPT: &str = r#"
service=$(sed -n 's/.*"service":"\([^"]*\)".*/\1/p')
cat <<OUTCOME
{"outcome": "examined",
 "findings": [{"rule": "team/no-runbook", "subject": "$service", "severity": "caution",
               "message": "$service has no runbook", "remedy": "write one before it wakes somebody"}],
 "facts": {"list": [{"name": "runbooks", "count": 1}]}}
OUTCOME
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let check = command_check("team/runbook", "sh").args(["-c", SCRIPT]);
    let gate = Gate::builder().check(check).build()?;
    let revision = |digit: &str| digit.repeat(40).parse().map(Revision::from_id);
    let deploy = Deploy::new("shop", "production", revision("a")?, revision("b")?);
    println!("{}", gate.decide_blocking(Arc::new(deploy)).to_json()?);
    Ok(())
}
