//! Jira and GitHub, asked over HTTP: a server on this machine answers with real bytes, good ones and bad ones.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod github;
mod jira;
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gonogo_core::{Clock, Executor, ParkingExecutor, Timestamp, async_trait};

/// Waits for a future on this thread.
fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (send, receive) = std::sync::mpsc::channel();
    ParkingExecutor.block_on(Box::pin(async move { send.send(future.await).unwrap() }));
    receive.recv().unwrap()
}

fn keys(list: &[&str]) -> Vec<String> {
    list.iter().map(|key| (*key).to_owned()).collect()
}

/// A clock that writes down how long it was told to sleep, and does not.
#[derive(Clone, Default)]
struct Sleeps(Arc<Mutex<Vec<Duration>>>);

#[async_trait]
impl Clock for Sleeps {
    fn now(&self) -> Option<Timestamp> {
        None
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}
