//! How a thread waits for a future.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// Runs one check's future to its end on the calling thread, for [`Gate::decide_blocking`](crate::Gate::decide_blocking).
///
/// Checks that need a reactor (tokio's timers and sockets, say) get one by a hook of three lines:
///
/// ```
/// use std::{future::Future, pin::Pin};
/// struct OnTokio(/* tokio::runtime::Handle */);
/// impl gonogo_core::Executor for OnTokio {
///     fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
///         // self.0.block_on(future)
///         # drop(future);
///     }
/// }
/// ```
pub trait Executor: Send + Sync {
    /// Returns once the future is ready. Called on a thread of its own for each check.
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>);
}

/// Parks the thread between polls. Knows no reactor.
#[derive(Debug, Clone, Copy, Default)]
pub struct ParkingExecutor;

impl Executor for ParkingExecutor {
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        block_on(future);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future on this thread until it is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}
