//! From a formula over values of one kind to conjunctions of atoms: a search with propagation.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Answer, Solver, TOO_DEEP, TOO_MUCH, better, exhausted, numbers};
use crate::formula::{Atom, Formulas, Id, Kinds, Node};
use crate::json::Json;

/// With more choices than this, what is certain is looked at before one is made.
const EAGER_CHOICES: usize = 2;

/// An atom or its complement.
pub(super) type Literal = (Rc<Atom>, bool);

/// What holds on one branch of the search.
#[derive(Clone, Default)]
struct Branch {
    /// Every formula that was stated, parts and wholes.
    stated: BTreeSet<Id>,
    literals: Vec<Literal>,
    choices: Vec<Rc<[Id]>>,
}

impl Solver<'_> {
    pub(super) fn of_kind(&mut self, kind: Kinds, set: Id) -> Answer {
        self.branch(kind, Branch::default(), vec![set])
    }

    fn branch(&mut self, kind: Kinds, branch: Branch, news: Vec<Id>) -> Answer {
        let answer = self.deeper(|deeper| deeper.branch_here(kind, branch, news));
        answer.unwrap_or_else(|| Answer::Unknown(TOO_DEEP.to_owned()))
    }

    fn branch_here(&mut self, kind: Kinds, mut branch: Branch, news: Vec<Id>) -> Answer {
        if self.budget.spend(1 + (branch.stated.len() + branch.choices.len()) as u64 / 4).is_err() {
            return exhausted();
        }
        if self.formulas.are_too_many() {
            return Answer::Unknown(TOO_MUCH.to_owned());
        }
        if !self.state(kind, &mut branch, news) {
            return Answer::Empty;
        }
        if kind == Kinds::NUMBER && numbers::is_plainly_empty(&branch.literals) {
            return Answer::Empty;
        }
        // Many choices: if what is certain already contradicts itself no choice helps, and if a value of it happens to suit
        // the choices nothing need be chosen.
        let mut left: Vec<usize> = (0..branch.choices.len()).collect();
        if branch.choices.len() > EAGER_CHOICES {
            match self.conjunction(kind, &branch.literals) {
                Answer::Empty => return Answer::Empty,
                Answer::Value { value, certain: true } => {
                    left.retain(|&i| {
                        let options = branch.choices.get(i).map_or(&[][..], |o| o);
                        !options.iter().any(|&o| self.contains(o, &value, 0) == Some(true))
                    });
                    if left.is_empty() {
                        return Answer::Value { value, certain: true };
                    }
                }
                _ => {}
            }
        }
        let options_of = |i: &usize| branch.choices.get(*i).map_or(0, |options| options.len());
        let smallest = left.iter().min_by_key(|i| options_of(i)).copied();
        let Some(chosen) = smallest else { return self.conjunction(kind, &branch.literals) };
        let options = branch.choices.swap_remove(chosen);
        let mut best = Answer::Empty;
        for &option in options.iter() {
            best = better(best, self.branch(kind, branch.clone(), vec![option]));
            if matches!(best, Answer::Value { certain: true, .. }) {
                break;
            }
            if self.budget.left() == 0 {
                return better(best, exhausted());
            }
        }
        best
    }

    /// Adds formulas to a branch with all that follows at once; false if they contradict it.
    fn state(&mut self, kind: Kinds, branch: &mut Branch, mut news: Vec<Id>) -> bool {
        loop {
            while let Some(id) = news.pop() {
                if id == Formulas::NEVER {
                    return false;
                }
                if id == Formulas::ALWAYS || branch.stated.contains(&id) {
                    continue;
                }
                let opposite = self.formulas.not(id);
                if branch.stated.contains(&opposite) {
                    return false;
                }
                branch.stated.insert(id);
                match self.formulas.node(id) {
                    Node::Fixed(_) => {}
                    Node::And(parts) => news.extend(parts.iter()),
                    Node::Or(options) => branch.choices.push(options),
                    Node::Atom(atom, positive) => branch.literals.push((atom, positive)),
                    Node::Named(name, positive) => {
                        let Some(definition) = self.formulas.definition(name) else {
                            // A name without its definition is one that nothing constrains: treated as not understood.
                            branch.literals.push((Rc::new(Atom::Opaque(Kinds::ALL, u32::MAX)), true));
                            continue;
                        };
                        let projected = self.formulas.project(definition, kind);
                        news.push(if positive { projected } else { self.formulas.not(projected) });
                    }
                }
            }
            let choices = std::mem::take(&mut branch.choices);
            for options in choices {
                if options.iter().any(|o| branch.stated.contains(o)) {
                    continue;
                }
                let mut open = Vec::with_capacity(options.len());
                for &option in options.iter() {
                    let opposite = self.formulas.not(option);
                    if !branch.stated.contains(&opposite) {
                        open.push(option);
                    }
                }
                match open.as_slice() {
                    [] => return false,
                    [only] => news.push(*only),
                    _ if open.len() == options.len() => branch.choices.push(options),
                    _ => branch.choices.push(open.into()),
                }
            }
            if news.is_empty() {
                return true;
            }
        }
    }

    fn conjunction(&mut self, kind: Kinds, literals: &[Literal]) -> Answer {
        let opaque = literals.iter().find_map(|(atom, _)| match atom.as_ref() {
            Atom::Opaque(_, why) => Some(*why),
            _ => None,
        });
        let answer = match kind {
            Kinds::NULL => Answer::Value { value: Json::Null, certain: true },
            Kinds::BOOL => {
                let wanted =
                    literals.iter().find_map(|(a, positive)| matches!(a.as_ref(), Atom::True).then_some(*positive));
                Answer::Value { value: Json::Bool(wanted.unwrap_or(true)), certain: true }
            }
            Kinds::NUMBER => numbers::solve(literals),
            Kinds::STRING => self.text(literals),
            Kinds::ARRAY => self.array(literals),
            _ => self.object(literals),
        };
        match (opaque, answer) {
            (Some(_), Answer::Value { value, .. }) => Answer::Value { value, certain: false },
            (_, answer) => answer,
        }
    }
}
