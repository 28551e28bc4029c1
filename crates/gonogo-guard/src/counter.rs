//! Running totals, as processes expose them, turned into increases within a window.

use serde::{Deserialize, Serialize};

use crate::fault::FaultKind;
use crate::units::Count;

/// Follows one running total and gives its increases.
///
/// A total that goes down was reset: the increase of that window cannot be known (the part before the restart is lost), so the
/// window is a [`FaultKind::CounterReset`] and counting goes on from the new total.
///
/// ```
/// use gonogo_guard::{Counter, FaultKind};
/// let mut counter = Counter::new();
/// assert!(counter.increase(100.0).is_err(), "the first total has nothing before it");
/// assert_eq!(counter.increase(130.0).map(f64::from), Ok(30.0));
/// assert_eq!(counter.increase(5.0), Err(FaultKind::CounterReset));
/// assert_eq!(counter.increase(9.0).map(f64::from), Ok(4.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    last: Option<Count>,
}

impl Counter {
    /// A counter that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The increase since the last total.
    ///
    /// # Errors
    /// [`FaultKind::Empty`] for the first total, [`FaultKind::CounterReset`] for one that went down, and what [`Count::new`] says.
    pub fn increase(&mut self, total: f64) -> Result<Count, FaultKind> {
        let total = Count::new(total)?;
        let Some(last) = self.last.replace(total) else { return Err(FaultKind::Empty) };
        if total < last {
            return Err(FaultKind::CounterReset);
        }
        Count::new(total.get() - last.get())
    }
}
