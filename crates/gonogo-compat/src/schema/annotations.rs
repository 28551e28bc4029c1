//! Which members and items of one instance a successful schema has looked at, for `unevaluated*`.

/// Marks of one instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    seen: Vec<bool>,
    /// Nobody will ask.
    idle: bool,
}

impl Marks {
    pub(super) fn new(length: usize, wanted: bool) -> Self {
        Self { seen: if wanted { vec![false; length] } else { Vec::new() }, idle: !wanted }
    }

    /// Unmarked marks for the same instance.
    pub(super) fn fresh(&self) -> Self {
        Self { seen: vec![false; self.seen.len()], idle: self.idle }
    }

    pub(super) fn wanted(&self) -> bool {
        !self.idle
    }

    pub(super) fn mark(&mut self, index: usize) {
        if let Some(flag) = self.seen.get_mut(index) {
            *flag = true;
        }
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.seen.get(index).copied().unwrap_or(false)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine |= theirs;
        }
    }
}
