//! The Prometheus source: against answers of every bad kind, and against a real server that scrapes what the test says.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test says what must not fail by failing, and that it was skipped

mod faults;
mod live;
#[path = "../trackers/server.rs"]
#[allow(dead_code)] // the trackers' tests use more of it
mod server;

use gonogo_guard::prometheus::PrometheusPlan;

/// Errors, latencies, memory and exceptions of two versions.
fn plan() -> PrometheusPlan {
    serde_json::from_value(serde_json::json!({
        "arms": {"canary": "version=\"v2\"", "control": "version=\"v1\""},
        "fresh_seconds": 3,
        "lookback_seconds": 30,
        "metrics": {
            "errors": {"requests": "requests_total{$arm}", "errors": "requests_total{code=\"500\",$arm}"},
            "latency": {"buckets": "latency_seconds_bucket{$arm}"},
            "memory": {"value": "memory_bytes{$arm}"},
            "exceptions": {"exceptions": "exceptions_total{$arm}", "by": "type", "alive": "requests_total{$arm}"},
            "load": {"expression": "sum(memory_bytes{$arm})"}
        }
    }))
    .unwrap()
}

/// Polls a future to its end; what it waits for is on threads of its own.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}
