//! A gate without any runtime: a thread per check, with tokio's reactor for a check that needs one.
//!
//! `cargo run -p gonogo-examples --bin embed_blocking`
#![allow(clippy::print_stdout)] // it is a program

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use gonogo::prelude::*;

/// Lets checks find tokio's timers and sockets although they run on plain threads.
struct OnTokio(tokio::runtime::Handle);

impl Executor for OnTokio {
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.block_on(future);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let needs_tokio = check_fn("team/needs-a-reactor", |_cx: Arc<CheckContext>| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(Outcome::examined(vec![], Facts::new().count("answers", 1)))
    });
    let blocks = blocking_check_fn("team/blocks", |_cx: Arc<CheckContext>| {
        std::thread::sleep(Duration::from_millis(20));
        Ok(Outcome::examined(vec![], Facts::new().count("rows", 12)))
    });
    let gate = Gate::builder()
        .check(needs_tokio)
        .check(blocks)
        .executor(Arc::new(OnTokio(runtime.handle().clone())))
        .limit(Duration::from_secs(5))
        .build()?;
    let revision = |digit: &str| digit.repeat(40).parse().map(Revision::from_id);
    let deploy = Deploy::new("shop", "production", revision("a")?, revision("b")?);

    let report = gate.decide_blocking(Arc::new(deploy));
    assert_eq!(report.decision, Decision::Go);
    println!("{}", report.to_json()?);
    Ok(())
}
