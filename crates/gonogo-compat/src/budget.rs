//! Counted work: the same input always gets as far, on any machine.

use std::cell::Cell;

/// Steps that are left to answer one question.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<u64>,
}

/// The steps ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Budget {
    pub(crate) fn new(steps: u64) -> Self {
        Self { left: Cell::new(steps) }
    }

    pub(crate) fn spend(&self, steps: u64) -> Result<(), Exhausted> {
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.left.set(0);
                Err(Exhausted)
            }
        }
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }
}
