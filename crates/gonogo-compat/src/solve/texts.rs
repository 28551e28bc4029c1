//! Strings: lengths, patterns and single texts, and the names of members, which are the same.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::search::Literal;
use super::{Answer, Solver};
use crate::formula::Atom;
use crate::json::Json;
use crate::language::{Automaton, Found, Query, find};

impl Solver<'_> {
    pub(super) fn text(&mut self, literals: &[Literal]) -> Answer {
        let mut within: Vec<Rc<Automaton>> = Vec::new();
        let mut outside: Vec<Rc<Automaton>> = Vec::new();
        let mut query = Query::default();
        let mut only: Option<BTreeSet<&str>> = None;
        for (atom, positive) in literals {
            match (atom.as_ref(), positive) {
                (Atom::Length(n), true) => query.shortest = query.shortest.max(*n),
                (Atom::Length(n), false) => {
                    let most = n.saturating_sub(1);
                    query.longest = Some(query.longest.map_or(most, |held| held.min(most)));
                }
                (Atom::Pattern(number), positive) => {
                    if let Some(automaton) = self.formulas.automaton(*number) {
                        if *positive { within.push(automaton) } else { outside.push(automaton) }
                    }
                }
                (Atom::Texts(texts), true) => {
                    let these = || texts.iter().map(String::as_str);
                    only = Some(match only {
                        Some(held) => these().filter(|t| held.contains(t)).collect(),
                        None => these().collect(),
                    });
                }
                (Atom::Texts(texts), false) => query.excluded.extend(texts.iter().map(String::as_str)),
                _ => {}
            }
        }
        query.within = within.iter().map(Rc::as_ref).collect();
        query.outside = outside.iter().map(Rc::as_ref).collect();
        query.only = only;
        match find(&query, self.budget) {
            Found::Text(text) => Answer::Value { value: Json::String(text), certain: true },
            Found::Nothing => Answer::Empty,
            Found::Unknown(why) => Answer::Unknown(why.to_owned()),
        }
    }
}
