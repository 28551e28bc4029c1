//! Sets that plainly have nothing in common: another kind, another discriminator, another range.

use std::collections::HashSet;

use super::{Atom, Formulas, Id, Kinds, Node};

/// What an object formula says of one member that must be there.
const MAX_DEPTH: usize = 4;

impl Formulas {
    /// Whether two sets are disjoint for a reason that can be seen without a search; `false` says nothing.
    pub(crate) fn plainly_disjoint(&mut self, a: Id, b: Id) -> bool {
        self.disjoint(a, b, 0)
    }

    /// Whether each set lists texts, and no text twice: linear where looking at each pair is not.
    pub(crate) fn are_distinct_texts(&self, sets: &[Id]) -> bool {
        let mut seen = HashSet::new();
        sets.iter().all(|&set| match self.node(set) {
            Node::Atom(atom, true) => match atom.as_ref() {
                Atom::Texts(texts) => texts.iter().all(|text| seen.insert(text.clone())),
                _ => false,
            },
            _ => false,
        })
    }

    fn disjoint(&mut self, a: Id, b: Id, depth: usize) -> bool {
        depth < MAX_DEPTH
            && Kinds::EACH.into_iter().all(|kind| {
                let (a, b) = (self.project(a, kind), self.project(b, kind));
                self.and([a, b]) == Self::NEVER || self.disjoint_in(kind, a, b, depth)
            })
    }

    fn disjoint_in(&mut self, kind: Kinds, a: Id, b: Id, depth: usize) -> bool {
        let (a, b) = (self.parts(a), self.parts(b));
        match kind {
            Kinds::STRING => a.iter().any(|&x| b.iter().any(|&y| self.other_texts(x, y))),
            Kinds::NUMBER => a.iter().any(|&x| b.iter().any(|&y| self.apart(x, y) || self.apart(y, x))),
            Kinds::OBJECT => {
                let members = |s: &Self, list: &[Id]| -> Vec<(String, Id)> {
                    let named = list.iter().filter_map(|&id| s.member_of(id));
                    named.filter(|(name, _)| list.iter().any(|&id| s.requires(id, name))).collect()
                };
                let (a, b) = (members(self, &a), members(self, &b));
                a.iter().any(|(name, x)| b.iter().any(|(other, y)| name == other && self.disjoint(*x, *y, depth + 1)))
            }
            _ => false,
        }
    }

    fn parts(&self, id: Id) -> Vec<Id> {
        match self.node(id) {
            Node::And(parts) => parts.to_vec(),
            _ => vec![id],
        }
    }

    fn other_texts(&self, a: Id, b: Id) -> bool {
        match (self.node(a), self.node(b)) {
            (Node::Atom(a, true), Node::Atom(b, true)) => match (a.as_ref(), b.as_ref()) {
                (Atom::Texts(a), Atom::Texts(b)) => a.iter().all(|t| b.binary_search(t).is_err()),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether `above` lies wholly above `below`.
    fn apart(&self, above: Id, below: Id) -> bool {
        match (self.node(above), self.node(below)) {
            (Node::Atom(a, true), Node::Atom(b, false)) => match (a.as_ref(), b.as_ref()) {
                (Atom::AtLeast(low), Atom::Above(high)) => low > high,
                (Atom::AtLeast(low) | Atom::Above(low), Atom::AtLeast(high)) => low >= high,
                (Atom::Above(low), Atom::Above(high)) => low >= high,
                _ => false,
            },
            _ => false,
        }
    }

    /// The name and set of a condition on one member.
    fn member_of(&self, id: Id) -> Option<(String, Id)> {
        let Node::Atom(atom, true) = self.node(id) else { return None };
        let Atom::Each(names, values) = atom.as_ref() else { return None };
        let Node::Atom(names, true) = self.node(*names) else { return None };
        match names.as_ref() {
            Atom::Texts(texts) => match texts.as_ref() {
                [only] => Some((only.clone(), *values)),
                _ => None,
            },
            _ => None,
        }
    }

    fn requires(&self, id: Id, name: &str) -> bool {
        matches!(self.node(id), Node::Atom(atom, true) if matches!(atom.as_ref(), Atom::Has(n) if n.as_ref() == name))
    }
}
