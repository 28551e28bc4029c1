//! Waits for a future on this thread.

use std::sync::{Arc, Mutex, PoisonError};

use gonogo::{Executor, ParkingExecutor};

/// Runs a future to its end.
pub(crate) fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let run = async move {
        let output = future.await;
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
    };
    ParkingExecutor.block_on(Box::pin(run));
    let output = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    output.unwrap_or_else(|| unreachable!("block_on returns once the future is ready"))
}
