//! Is a formula empty? If not, a value in it.
//!
//! A set is non-empty exactly if it has a finite value, and a smallest value holds no other value of the same set. So where a
//! question comes up again inside itself, no smallest value goes through it, and that path is closed; what was concluded with
//! the help of a question that is still open is not remembered.

mod arrays;
mod member;
mod numbers;
mod objects;
mod search;
mod texts;

use foldhash::HashMap;

use crate::budget::Budget;
use crate::formula::{Formulas, Id, Kinds};
use crate::json::Json;

/// Questions nest no deeper than this.
const MAX_NESTING: usize = 100;
/// Calls of the search nest no deeper than this.
const MAX_CALLS: usize = 400;

/// What is known of a set.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A value in it; not certain if something that is not understood was passed over to find it.
    Value { value: Json, certain: bool },
    /// There is none.
    Empty,
    /// It cannot be told.
    Unknown(String),
}

/// Answers questions over one collection of formulas.
pub(crate) struct Solver<'s> {
    pub(crate) formulas: &'s mut Formulas,
    pub(crate) budget: &'s Budget,
    memo: HashMap<Id, Answer>,
    open: HashMap<Id, usize>,
    /// The outermost open question that the current one has leaned on.
    leaned: usize,
    /// Calls that are under way, so that the stack is bounded whatever is asked.
    depth: usize,
}

impl<'s> Solver<'s> {
    pub(crate) fn new(formulas: &'s mut Formulas, budget: &'s Budget) -> Self {
        Self { formulas, budget, memo: HashMap::default(), open: HashMap::default(), leaned: usize::MAX, depth: 0 }
    }

    /// Finds a value of the set, or proves that there is none.
    pub(crate) fn sample(&mut self, set: Id) -> Answer {
        match set {
            Formulas::NEVER => return Answer::Empty,
            Formulas::ALWAYS => return Answer::Value { value: Json::Null, certain: true },
            _ => {}
        }
        if let Some(known) = self.memo.get(&set) {
            return known.clone();
        }
        if let Some(&place) = self.open.get(&set) {
            self.leaned = self.leaned.min(place);
            return Answer::Empty;
        }
        if self.formulas.are_too_many() {
            return Answer::Unknown(TOO_MUCH.to_owned());
        }
        if self.open.len() >= MAX_NESTING {
            return Answer::Unknown("values nested deeper than 100 levels would be needed".to_owned());
        }
        let place = self.open.len();
        let outer = std::mem::replace(&mut self.leaned, usize::MAX);
        self.open.insert(set, place);
        let answer = self.by_kind(set);
        self.open.remove(&set);
        let own = self.leaned;
        // What leaned on this question itself is settled by its answer; what leaned further out stays open.
        let settled = own >= place || matches!(answer, Answer::Value { .. });
        self.leaned = if own < place { outer.min(own) } else { outer };
        if settled && self.budget.left() > 0 {
            self.memo.insert(set, answer.clone());
        }
        answer
    }

    fn by_kind(&mut self, set: Id) -> Answer {
        let mut best = Answer::Empty;
        for kind in Kinds::EACH {
            let projected = self.formulas.project(set, kind);
            if projected == Formulas::NEVER {
                continue;
            }
            best = better(best, self.of_kind(kind, projected));
            if matches!(best, Answer::Value { certain: true, .. }) {
                break;
            }
        }
        best
    }

    /// Runs a step of the search one call deeper; `None` if that is too deep.
    fn deeper<R>(&mut self, step: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= MAX_CALLS {
            return None;
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        Some(result)
    }

    /// Up to `wanted` distinct values of a set, and whether there may be more than were found.
    pub(crate) fn samples(&mut self, set: Id, wanted: usize) -> (Vec<Json>, bool, bool) {
        let (mut values, mut certain, mut left) = (Vec::new(), true, set);
        while values.len() < wanted {
            match self.sample(left) {
                Answer::Value { value, certain: sure } => {
                    certain &= sure;
                    let one = self.formulas.constant(&value);
                    let others = self.formulas.not(one);
                    left = self.formulas.and([left, others]);
                    values.push(value);
                }
                Answer::Empty => return (values, false, certain),
                Answer::Unknown(_) => return (values, true, certain),
            }
        }
        (values, true, certain)
    }
}

/// The more telling of two answers about the halves of a union.
pub(crate) fn better(a: Answer, b: Answer) -> Answer {
    match (&a, &b) {
        (Answer::Value { certain: true, .. }, _) => a,
        (_, Answer::Value { certain: true, .. }) => b,
        (Answer::Value { .. }, _) => a,
        (_, Answer::Value { .. }) => b,
        (Answer::Unknown(_), _) => a,
        _ => b,
    }
}

/// Why a search that became too deep has no answer.
pub(crate) const TOO_DEEP: &str = "the search nests deeper than 400 steps";

/// Why a question that takes too much memory has no answer.
pub(crate) const TOO_MUCH: &str = "the contracts are too large to be held against each other";

/// The answer when the steps ran out.
pub(crate) fn exhausted() -> Answer {
    Answer::Unknown("the budget of steps ran out".to_owned())
}
