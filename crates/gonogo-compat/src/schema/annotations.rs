//! Which members and items of one instance a successful schema has looked at, for `unevaluated*`.

/// Whether a member or an item was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    #[default]
    No,
    /// Validators answer differently.
    Disputed,
    Yes,
}

/// Marks of one instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    seen: Vec<Seen>,
    /// Nobody will ask.
    idle: bool,
}

impl Marks {
    pub(super) fn new(length: usize, wanted: bool) -> Self {
        Self { seen: if wanted { vec![Seen::No; length] } else { Vec::new() }, idle: !wanted }
    }

    /// Unmarked marks for the same instance.
    pub(super) fn fresh(&self) -> Self {
        Self { seen: vec![Seen::No; self.seen.len()], idle: self.idle }
    }

    pub(super) fn wanted(&self) -> bool {
        !self.idle
    }

    pub(super) fn mark(&mut self, index: usize) {
        self.mark_as(index, Seen::Yes);
    }

    pub(super) fn mark_as(&mut self, index: usize, as_what: Seen) {
        if let Some(seen) = self.seen.get_mut(index) {
            *seen = (*seen).max(as_what);
        }
    }

    pub(super) fn of(&self, index: usize) -> Seen {
        self.seen.get(index).copied().unwrap_or_default()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine = (*mine).max(*theirs);
        }
    }
}
