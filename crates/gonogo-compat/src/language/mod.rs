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

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Patterns that have been read once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    known: RefCell<HashMap<String, Result<Rc<Automaton>, &'static str>>>,
}

impl Patterns {
    /// The automaton of a pattern, or why it has none.
    pub(crate) fn get(&self, pattern: &str) -> Result<Rc<Automaton>, &'static str> {
        if let Some(known) = self.known.borrow().get(pattern) {
            return known.clone();
        }
        let built = Automaton::pattern(pattern).map(Rc::new);
        self.known.borrow_mut().insert(pattern.to_owned(), built.clone());
        built
    }
}
