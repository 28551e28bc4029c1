//! Languages of strings: ECMA-262 patterns as automata, and the search for a string in a combination of them.
//!
//! Automata run over code points, are determinised only as far as a search gets, and never backtrack; so a length bound means
//! what JSON Schema means by it, and no pattern can take more than time linear in the text.

mod automaton;
mod classes;
mod ecma;
mod search;

pub(crate) use automaton::Automaton;
pub(crate) use search::{Found, Query, find};

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// All patterns of a question together have no more states than this.
const MAX_STATES: usize = 1_000_000;

/// Patterns that have been read once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    known: RefCell<HashMap<String, Result<Rc<Automaton>, &'static str>>>,
    states: Cell<usize>,
}

impl Patterns {
    /// The automaton of a pattern, or why it has none.
    pub(crate) fn get(&self, pattern: &str) -> Result<Rc<Automaton>, &'static str> {
        if let Some(known) = self.known.borrow().get(pattern) {
            return known.clone();
        }
        let built = if self.states.get() > MAX_STATES {
            Err("too many patterns before it in the same contracts")
        } else {
            Automaton::pattern(pattern).map(Rc::new)
        };
        if let Ok(automaton) = &built {
            self.states.set(self.states.get() + automaton.size());
        }
        self.known.borrow_mut().insert(pattern.to_owned(), built.clone());
        built
    }
}
