//! Formulas, each held once.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use crate::json::Number;
use crate::language::Automaton;

/// One formula.
pub(crate) type Id = u32;

/// A set of kinds of JSON values, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kinds(pub(crate) u8);

impl Kinds {
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOL: Self = Self(2);
    pub(crate) const NUMBER: Self = Self(4);
    pub(crate) const STRING: Self = Self(8);
    pub(crate) const ARRAY: Self = Self(16);
    pub(crate) const OBJECT: Self = Self(32);
    pub(crate) const ALL: Self = Self(63);
    /// Each kind alone, those with the smallest values first.
    pub(crate) const EACH: [Self; 6] = [Self::NULL, Self::BOOL, Self::NUMBER, Self::STRING, Self::ARRAY, Self::OBJECT];

    pub(crate) fn but(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    fn touches(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A basic set of values. Every atom but `Kind` holds values of one kind only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    Kind(Kinds),
    /// The value `true`.
    True,
    /// Numbers from this one up.
    AtLeast(Number),
    /// Numbers above this one.
    Above(Number),
    MultipleOf(Number),
    /// Strings of at least so many characters.
    Length(u64),
    /// Strings that the numbered pattern matches.
    Pattern(u32),
    /// These strings, sorted.
    Texts(Box<[String]>),
    /// Arrays of at least so many items.
    Items(u64),
    /// Arrays whose item at the index, if they have it, is in the set.
    Item(u32, Id),
    /// Arrays whose items from the index on are all in the set.
    Rest(u32, Id),
    /// Arrays of which at least `least` items are in the set.
    Count {
        of: Id,
        least: u64,
    },
    Unique,
    /// Objects of at least so many members.
    Members(u64),
    /// Objects with a member of this name.
    Has(Box<str>),
    /// Objects in which each member whose name is in the first set has a value in the second.
    Each(Id, Id),
    /// Something that is not understood, numbered by what it says; it decides only values of these kinds.
    Opaque(Kinds, u32),
}

impl Atom {
    pub(crate) fn kinds(&self) -> Kinds {
        match self {
            Self::Kind(kinds) | Self::Opaque(kinds, _) => *kinds,
            Self::True => Kinds::BOOL,
            Self::AtLeast(_) | Self::Above(_) | Self::MultipleOf(_) => Kinds::NUMBER,
            Self::Length(_) | Self::Pattern(_) | Self::Texts(_) => Kinds::STRING,
            Self::Items(_) | Self::Item(..) | Self::Rest(..) | Self::Count { .. } | Self::Unique => Kinds::ARRAY,
            Self::Members(_) | Self::Has(_) | Self::Each(..) => Kinds::OBJECT,
        }
    }
}

/// A formula's outermost part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Fixed(bool),
    And(Rc<[Id]>),
    Or(Rc<[Id]>),
    Atom(Rc<Atom>, bool),
    /// A recursive definition, or its complement.
    Named(u32, bool),
}

const UNKNOWN: Id = Id::MAX;

/// All formulas of one question.
#[derive(Default)]
pub(crate) struct Formulas {
    nodes: Vec<Node>,
    index: HashMap<Node, Id>,
    negations: Vec<Id>,
    /// Formulas whose negation was given a better shape than De Morgan's; they are not merged into others.
    whole: HashSet<Id>,
    projections: HashMap<(Id, Kinds), Id>,
    definitions: Vec<Option<Id>>,
    patterns: Vec<(String, Rc<Automaton>)>,
    pattern_index: HashMap<String, u32>,
    opaque: Vec<String>,
    /// Bytes held, about.
    weight: usize,
}

/// Formulas that hold more bytes than this are not followed any further.
const MAX_WEIGHT: usize = 192 << 20;

impl Formulas {
    pub(crate) const NEVER: Id = 0;
    pub(crate) const ALWAYS: Id = 1;

    pub(crate) fn new() -> Self {
        let mut formulas = Self::default();
        formulas.intern(Node::Fixed(false));
        formulas.intern(Node::Fixed(true));
        formulas.negations = vec![Self::ALWAYS, Self::NEVER];
        formulas
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the formulas hold more than memory should be spent on: the question is given up then.
    pub(crate) fn are_too_many(&self) -> bool {
        self.weight > MAX_WEIGHT
    }

    fn intern(&mut self, node: Node) -> Id {
        if let Some(&known) = self.index.get(&node) {
            return known;
        }
        self.weight += 100 + weight(&node);
        let id = self.nodes.len() as Id;
        self.nodes.push(node.clone());
        self.negations.push(UNKNOWN);
        self.index.insert(node, id);
        id
    }

    pub(crate) fn node(&self, id: Id) -> Node {
        self.nodes.get(id as usize).cloned().unwrap_or(Node::Fixed(false))
    }

    pub(crate) fn atom(&mut self, atom: Atom) -> Id {
        let always_within = match &atom {
            Atom::Kind(Kinds(0)) => return Self::NEVER,
            Atom::Kind(Kinds::ALL) => return Self::ALWAYS,
            Atom::Texts(texts) if texts.is_empty() => return Self::NEVER,
            Atom::Length(0)
            | Atom::Items(0)
            | Atom::Members(0)
            | Atom::Item(_, Self::ALWAYS)
            | Atom::Rest(_, Self::ALWAYS)
            | Atom::Each(_, Self::ALWAYS)
            | Atom::Each(Self::NEVER, _)
            | Atom::Count { least: 0, .. } => true,
            Atom::Count { of: Self::NEVER, .. } => return Self::NEVER,
            // "At least one" is "not all are not".
            Atom::Count { of, least: 1 } => {
                let rest = self.not(*of);
                let none = self.atom(Atom::Rest(0, rest));
                let array = self.kind(Kinds::ARRAY);
                let some = self.not(none);
                return self.and([array, some]);
            }
            _ => false,
        };
        if always_within {
            return self.atom(Atom::Kind(atom.kinds()));
        }
        self.intern(Node::Atom(Rc::new(atom), true))
    }

    pub(crate) fn kind(&mut self, kinds: Kinds) -> Id {
        self.atom(Atom::Kind(kinds))
    }

    /// What a keyword for one kind of value says: values of other kinds pass.
    pub(crate) fn when(&mut self, kinds: Kinds, formula: Id) -> Id {
        let others = self.kind(kinds.but());
        self.or([others, formula])
    }

    pub(crate) fn pattern(&mut self, text: &str, automaton: &Rc<Automaton>) -> Id {
        let number = match self.pattern_index.get(text) {
            Some(&known) => known,
            None => {
                let number = self.patterns.len() as u32;
                self.patterns.push((text.to_owned(), Rc::clone(automaton)));
                self.pattern_index.insert(text.to_owned(), number);
                number
            }
        };
        self.atom(Atom::Pattern(number))
    }

    pub(crate) fn automaton(&self, number: u32) -> Option<Rc<Automaton>> {
        self.patterns.get(number as usize).map(|(_, a)| Rc::clone(a))
    }

    pub(crate) fn opaque(&mut self, kinds: Kinds, why: &str) -> Id {
        let number = self.opaque.iter().position(|w| w == why).unwrap_or_else(|| {
            self.opaque.push(why.to_owned());
            self.opaque.len() - 1
        });
        self.atom(Atom::Opaque(kinds, number as u32))
    }

    pub(crate) fn why_opaque(&self, number: u32) -> &str {
        self.opaque.get(number as usize).map_or("", String::as_str)
    }

    /// A definition to be given later, for recursion.
    pub(crate) fn reserve(&mut self) -> u32 {
        self.definitions.push(None);
        (self.definitions.len() - 1) as u32
    }

    pub(crate) fn define(&mut self, name: u32, formula: Id) {
        if let Some(slot) = self.definitions.get_mut(name as usize) {
            *slot = Some(formula);
        }
    }

    pub(crate) fn named(&mut self, name: u32) -> Id {
        self.intern(Node::Named(name, true))
    }

    pub(crate) fn definition(&self, name: u32) -> Option<Id> {
        self.definitions.get(name as usize).copied().flatten()
    }

    pub(crate) fn and(&mut self, parts: impl IntoIterator<Item = Id>) -> Id {
        self.combine(parts.into_iter().collect(), true)
    }

    pub(crate) fn or(&mut self, parts: impl IntoIterator<Item = Id>) -> Id {
        self.combine(parts.into_iter().collect(), false)
    }

    fn combine(&mut self, parts: Vec<Id>, and: bool) -> Id {
        let (neutral, absorbing) = if and { (Self::ALWAYS, Self::NEVER) } else { (Self::NEVER, Self::ALWAYS) };
        let mut flat: Vec<Id> = Vec::with_capacity(parts.len());
        let mut kinds: Option<Kinds> = None;
        let mut open = parts;
        open.reverse();
        while let Some(part) = open.pop() {
            if part == neutral {
                continue;
            }
            if part == absorbing {
                return absorbing;
            }
            match self.nodes.get(part as usize) {
                Some(Node::And(inner)) if and && !self.whole.contains(&part) => open.extend(inner.iter().rev()),
                Some(Node::Or(inner)) if !and && !self.whole.contains(&part) => open.extend(inner.iter().rev()),
                Some(Node::Atom(atom, true)) => match atom.as_ref() {
                    Atom::Kind(k) => {
                        kinds = Some(kinds.map_or(*k, |held| Kinds(if and { held.0 & k.0 } else { held.0 | k.0 })));
                    }
                    _ => flat.push(part),
                },
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        let opposite = flat.iter().any(|&part| {
            let negation = self.negations.get(part as usize).copied().unwrap_or(UNKNOWN);
            negation != UNKNOWN && flat.binary_search(&negation).is_ok()
        });
        if opposite {
            return absorbing;
        }
        if let Some(kinds) = kinds {
            let kind = self.kind(kinds);
            if kind == absorbing {
                return absorbing;
            }
            if kind != neutral {
                let place = flat.binary_search(&kind).unwrap_or_else(|place| place);
                flat.insert(place, kind);
            }
        }
        match flat.as_slice() {
            [] => neutral,
            [only] => *only,
            _ => self.intern(if and { Node::And(flat.into()) } else { Node::Or(flat.into()) }),
        }
    }

    pub(crate) fn not(&mut self, id: Id) -> Id {
        if let Some(&known) = self.negations.get(id as usize)
            && known != UNKNOWN
        {
            return known;
        }
        let negation = match self.node(id) {
            Node::Fixed(value) => {
                if value {
                    Self::NEVER
                } else {
                    Self::ALWAYS
                }
            }
            Node::And(parts) => {
                let negated: Vec<Id> = parts.iter().map(|&p| self.not(p)).collect();
                self.or(negated)
            }
            Node::Or(parts) => {
                let negated: Vec<Id> = parts.iter().map(|&p| self.not(p)).collect();
                self.and(negated)
            }
            Node::Atom(atom, positive) => match atom.as_ref() {
                Atom::Kind(kinds) => self.kind(kinds.but()),
                _ => self.intern(Node::Atom(atom, !positive)),
            },
            Node::Named(name, positive) => self.intern(Node::Named(name, !positive)),
        };
        self.pair(id, negation);
        negation
    }

    fn pair(&mut self, a: Id, b: Id) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(slot) = self.negations.get_mut(from as usize)
                && *slot == UNKNOWN
            {
                *slot = to;
            }
        }
    }

    /// States the negation of a formula in a shape of its own.
    pub(crate) fn set_negation(&mut self, formula: Id, negation: Id) {
        let free = |id: Id, s: &Self| id > Self::ALWAYS && s.negations.get(id as usize) == Some(&UNKNOWN);
        if free(formula, self) && free(negation, self) {
            self.pair(formula, negation);
            self.whole.insert(formula);
            self.whole.insert(negation);
        }
    }

    /// The formula as it reads for values of one kind.
    pub(crate) fn project(&mut self, id: Id, kind: Kinds) -> Id {
        if let Some(&known) = self.projections.get(&(id, kind)) {
            return known;
        }
        let projected = match self.node(id) {
            Node::Fixed(_) | Node::Named(..) => id,
            Node::And(parts) => {
                let parts: Vec<Id> = parts.iter().map(|&p| self.project(p, kind)).collect();
                self.and(parts)
            }
            Node::Or(parts) => {
                let parts: Vec<Id> = parts.iter().map(|&p| self.project(p, kind)).collect();
                self.or(parts)
            }
            Node::Atom(atom, positive) => match atom.as_ref() {
                Atom::Kind(kinds) => {
                    if kinds.touches(kind) {
                        Self::ALWAYS
                    } else {
                        Self::NEVER
                    }
                }
                other if other.kinds().touches(kind) => id,
                _ => {
                    if positive {
                        Self::NEVER
                    } else {
                        Self::ALWAYS
                    }
                }
            },
        };
        self.projections.insert((id, kind), projected);
        projected
    }
}

fn weight(node: &Node) -> usize {
    match node {
        Node::And(parts) | Node::Or(parts) => parts.len() * 4,
        Node::Atom(atom, _) => match atom.as_ref() {
            Atom::Texts(texts) => texts.iter().map(|t| t.len() + 24).sum(),
            _ => 40,
        },
        Node::Fixed(_) | Node::Named(..) => 0,
    }
}

impl Formulas {
    /// Whether some definition leads back to itself for the same value: then it says nothing that could be proved.
    pub(crate) fn have_a_circle(&self) -> bool {
        // Nodes on the path from a definition, and nodes that are settled.
        let (mut on_path, mut settled) = (HashSet::default(), HashSet::default());
        for root in self.definitions.iter().flatten() {
            let mut open = vec![(*root, false)];
            while let Some((id, done)) = open.pop() {
                if done {
                    on_path.remove(&id);
                    settled.insert(id);
                    continue;
                }
                if settled.contains(&id) {
                    continue;
                }
                if !on_path.insert(id) {
                    return true;
                }
                open.push((id, true));
                match self.nodes.get(id as usize) {
                    Some(Node::And(parts) | Node::Or(parts)) => open.extend(parts.iter().map(|p| (*p, false))),
                    Some(Node::Named(name, _)) => open.extend(self.definition(*name).map(|d| (d, false))),
                    _ => {}
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_are_one_formula() {
        let mut f = Formulas::new();
        let a = f.atom(Atom::Length(3));
        let b = f.atom(Atom::Items(2));
        assert_eq!(f.and([a, b]), f.and([b, a, a]));
        let both = f.and([a, b]);
        let neither = f.not(both);
        assert_eq!(f.not(neither), both);
    }

    #[test]
    fn opposites_cancel() {
        let mut f = Formulas::new();
        let a = f.atom(Atom::Unique);
        let not_a = f.not(a);
        assert_eq!(f.and([a, not_a]), Formulas::NEVER);
        assert_eq!(f.or([a, not_a]), Formulas::ALWAYS);
        let text = f.kind(Kinds::STRING);
        let array = f.kind(Kinds::ARRAY);
        assert_eq!(f.and([text, array]), Formulas::NEVER);
    }

    #[test]
    fn a_projection_forgets_other_kinds() {
        let mut f = Formulas::new();
        let long = f.atom(Atom::Length(3));
        let keyword = f.when(Kinds::STRING, long);
        assert_eq!(f.project(keyword, Kinds::ARRAY), Formulas::ALWAYS);
        assert_eq!(f.project(keyword, Kinds::STRING), long);
        let other = f.not(keyword);
        assert_eq!(f.project(other, Kinds::NULL), Formulas::NEVER);
    }
}
