//! A gate inside a service that runs on tokio: `decide` is an ordinary future.
//!
//! `cargo run -p gonogo-examples --bin embed_in_tokio`
#![allow(clippy::print_stdout)] // it is a program

use std::sync::Arc;
use std::time::Duration;

use gonogo::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scan = check_fn("team/scan", |_cx: Arc<CheckContext>| async {
        // An HTTP client of tokio's would be awaited here just so.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(Outcome::examined(vec![], Facts::new().count("images scanned", 3)))
    });
    let never = check_fn("team/never-answers", |_cx: Arc<CheckContext>| async {
        std::future::pending::<()>().await;
        Ok(Outcome::not_applicable("never said"))
    });
    let gate = Gate::builder().check(scan).check(never).limit(Duration::from_millis(200)).build()?;
    let revision = |digit: &str| digit.repeat(40).parse().map(Revision::from_id);
    let deploy = Deploy::new("shop", "production", revision("a")?, revision("b")?);

    let report = gate.decide(Arc::new(deploy)).await;
    // A check that does not answer is never a Go.
    assert_eq!(report.decision, Decision::NoGo);
    println!("{}", report.to_json()?);
    Ok(())
}
