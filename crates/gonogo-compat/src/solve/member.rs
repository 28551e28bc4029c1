//! Whether a value is in a set: a found value often settles choices that need not be searched then.

use super::Solver;
use crate::formula::{Atom, Formulas, Id, Kinds, Node};
use crate::json::Json;

/// Values and formulas are followed no deeper than this.
const MAX_DEPTH: usize = 150;

impl Solver<'_> {
    /// Whether the value is in the set; `None` if it cannot be told, or not cheaply.
    pub(crate) fn contains(&self, set: Id, value: &Json, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH || self.budget.spend(1).is_err() {
            return None;
        }
        match self.formulas.node(set) {
            Node::Fixed(answer) => Some(answer),
            Node::And(parts) => settle(false, parts.iter().map(|&p| self.contains(p, value, depth + 1))),
            Node::Or(parts) => settle(true, parts.iter().map(|&p| self.contains(p, value, depth + 1))),
            Node::Atom(atom, positive) => self.atom_contains(&atom, value, depth).map(|holds| holds == positive),
            Node::Named(name, positive) => {
                let definition = self.formulas.definition(name)?;
                self.contains(definition, value, depth + 1).map(|holds| holds == positive)
            }
        }
    }

    fn atom_contains(&self, atom: &Atom, value: &Json, depth: usize) -> Option<bool> {
        let kind = kind_of(value);
        if atom.kinds().0 & kind.0 == 0 {
            return Some(false);
        }
        Some(match (atom, value) {
            (Atom::Opaque(..), _) => return None,
            (Atom::Kind(_), _) => true,
            (Atom::True, Json::Bool(b)) => *b,
            (Atom::AtLeast(low), Json::Number(n)) => n >= low,
            (Atom::Above(low), Json::Number(n)) => n > low,
            (Atom::MultipleOf(unit), Json::Number(n)) => n.is_multiple_of(unit),
            (_, Json::String(text)) => return self.text_is_in(atom, text),
            (Atom::Items(least), Json::Array(items)) => items.len() as u64 >= *least,
            (Atom::Unique, Json::Array(items)) => {
                items.iter().enumerate().all(|(i, a)| !items.iter().skip(i + 1).any(|b| a == b))
            }
            (Atom::Item(i, set), Json::Array(items)) => match items.get(*i as usize) {
                Some(item) => return self.contains(*set, item, depth + 1),
                None => true,
            },
            (Atom::Rest(from, set), Json::Array(items)) => {
                let rest = items.iter().skip(*from as usize);
                return settle(false, rest.map(|item| self.contains(*set, item, depth + 1)));
            }
            (Atom::Count { of, least }, Json::Array(items)) => {
                let mut count = 0;
                for item in items {
                    count += u64::from(self.contains(*of, item, depth + 1)?);
                }
                count >= *least
            }
            (Atom::Members(least), Json::Object(members)) => members.len() as u64 >= *least,
            (Atom::Has(name), Json::Object(members)) => members.iter().any(|(n, _)| **n == **name),
            (Atom::Each(names, values), Json::Object(members)) => {
                return settle(
                    false,
                    members.iter().map(|(name, member)| match self.contains_name(*names, name, depth + 1) {
                        Some(false) => Some(true),
                        Some(true) => self.contains(*values, member, depth + 1),
                        None => None,
                    }),
                );
            }
            _ => false,
        })
    }

    /// Whether a name is in a set of names.
    pub(crate) fn contains_name(&self, names: Id, name: &str, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.formulas.node(names) {
            Node::Fixed(answer) => Some(answer),
            Node::And(parts) => settle(false, parts.iter().map(|&p| self.contains_name(p, name, depth + 1))),
            Node::Or(parts) => settle(true, parts.iter().map(|&p| self.contains_name(p, name, depth + 1))),
            Node::Atom(atom, positive) => self.text_is_in(&atom, name).map(|holds| holds == positive),
            Node::Named(definition, positive) => {
                let definition = self.formulas.definition(definition)?;
                self.contains_name(definition, name, depth + 1).map(|holds| holds == positive)
            }
        }
    }

    fn text_is_in(&self, atom: &Atom, text: &str) -> Option<bool> {
        let formulas: &Formulas = self.formulas;
        Some(match atom {
            Atom::Kind(kinds) => kinds.0 & Kinds::STRING.0 != 0,
            Atom::Length(least) => text.chars().count() as u64 >= *least,
            Atom::Pattern(number) => formulas.automaton(*number)?.matches(text),
            Atom::Texts(texts) => texts.binary_search_by(|t| t.as_str().cmp(text)).is_ok(),
            Atom::Opaque(..) => return None,
            _ => false,
        })
    }
}

/// `Some(settling)` as soon as one answer is that, `None` if one cannot be told, and the opposite otherwise.
fn settle(settling: bool, answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(!settling);
    for answer in answers {
        match answer {
            Some(answer) if answer == settling => return Some(settling),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

fn kind_of(value: &Json) -> Kinds {
    match value {
        Json::Null => Kinds::NULL,
        Json::Bool(_) => Kinds::BOOL,
        Json::Number(_) => Kinds::NUMBER,
        Json::String(_) => Kinds::STRING,
        Json::Array(_) => Kinds::ARRAY,
        Json::Object(_) => Kinds::OBJECT,
    }
}
