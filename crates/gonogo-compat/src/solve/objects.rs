//! Objects: required and absent members, sets of names with their values, counts.
//!
//! Conditions over all members of some names are met name by name; what some member must satisfy is given to a member that is
//! there already or to a new one. New members whose names no condition tells apart are alike, so one name of each such class is
//! enough, and the classes are the signs of the name sets.

use std::collections::BTreeSet;

use super::search::Literal;
use super::{Answer, Solver, TOO_DEEP, exhausted};
use crate::formula::{Atom, Formulas, Id, Kinds, Node};
use crate::json::Json;

/// Objects with more members than this are not built.
const MAX_MEMBERS: u64 = 10_000;
/// Name sets that are not plain lists, beyond which there are too many classes of names.
const MAX_NAME_SETS: usize = 12;

#[derive(Default)]
struct Wanted {
    least: u64,
    most: Option<u64>,
    required: BTreeSet<Box<str>>,
    absent: BTreeSet<Box<str>>,
    /// Members with these names have these values.
    every: Vec<(Id, Id)>,
    /// Some member with such a name has such a value.
    some: Vec<(Id, Id)>,
}

/// A member to be: its name and the set of its value.
#[derive(Clone)]
struct Slot {
    name: String,
    value: Id,
}

#[derive(Default)]
struct Met {
    unknown: Option<String>,
    uncertain: Option<Json>,
}

impl Met {
    fn doubt(&mut self, why: &str) {
        self.unknown.get_or_insert_with(|| why.to_owned());
    }
}

const NAME_DOUBT: &str = "whether a name matches a pattern that is not understood";

impl Solver<'_> {
    pub(super) fn object(&mut self, literals: &[Literal]) -> Answer {
        let wanted = self.read_object(literals);
        let mut met = Met::default();
        let found = self.required_slots(&wanted, &mut met).and_then(|slots| self.place(&wanted, slots, 0, &mut met));
        if let Some(value) = found {
            return Answer::Value { value, certain: true };
        }
        if self.budget.left() == 0 {
            return exhausted();
        }
        match (met.uncertain, met.unknown) {
            (Some(value), _) => Answer::Value { value, certain: false },
            (None, Some(why)) => Answer::Unknown(why),
            (None, None) => Answer::Empty,
        }
    }

    fn read_object(&mut self, literals: &[Literal]) -> Wanted {
        let mut wanted = Wanted::default();
        for (atom, positive) in literals {
            match (atom.as_ref(), *positive) {
                (Atom::Members(n), true) => wanted.least = wanted.least.max(*n),
                (Atom::Members(n), false) => {
                    let most = n.saturating_sub(1);
                    wanted.most = Some(wanted.most.map_or(most, |held| held.min(most)));
                }
                (Atom::Has(name), true) => {
                    wanted.required.insert(name.clone());
                }
                (Atom::Has(name), false) => {
                    wanted.absent.insert(name.clone());
                }
                (Atom::Each(names, values), true) => wanted.every.push((*names, *values)),
                (Atom::Each(names, values), false) => {
                    let not = self.formulas.not(*values);
                    wanted.some.push((*names, not));
                }
                _ => {}
            }
        }
        wanted
    }

    /// The set of the value that a member of this name would have.
    fn value_of(&mut self, wanted: &Wanted, name: &str, met: &mut Met) -> Id {
        let mut parts = Vec::new();
        for (names, values) in &wanted.every {
            match self.contains_name(*names, name, 0) {
                Some(true) => parts.push(*values),
                Some(false) => {}
                None => met.doubt(NAME_DOUBT),
            }
        }
        self.formulas.and(parts)
    }

    /// Whether the set has a value; doubts are noted, and count as no.
    fn lives(&mut self, set: Id, met: &mut Met) -> bool {
        match self.sample(set) {
            Answer::Value { .. } => true,
            Answer::Empty => false,
            Answer::Unknown(why) => {
                met.doubt(&why);
                false
            }
        }
    }

    fn required_slots(&mut self, wanted: &Wanted, met: &mut Met) -> Option<Vec<Slot>> {
        if wanted.required.iter().any(|name| wanted.absent.contains(name)) {
            return None;
        }
        if wanted.most.is_some_and(|most| most < wanted.least.max(wanted.required.len() as u64)) {
            return None;
        }
        let mut slots = Vec::new();
        for name in &wanted.required {
            let value = self.value_of(wanted, name, met);
            if !self.lives(value, met) {
                return None;
            }
            slots.push(Slot { name: name.to_string(), value });
        }
        Some(slots)
    }

    /// Gives the conditions on some member, from the one numbered `next` on, to members.
    fn place(&mut self, wanted: &Wanted, slots: Vec<Slot>, next: usize, met: &mut Met) -> Option<Json> {
        let found = self.deeper(|deeper| deeper.place_here(wanted, slots, next, met));
        found.unwrap_or_else(|| {
            met.doubt(TOO_DEEP);
            None
        })
    }

    fn place_here(&mut self, wanted: &Wanted, slots: Vec<Slot>, next: usize, met: &mut Met) -> Option<Json> {
        if self.budget.spend(1).is_err() {
            return None;
        }
        let Some(&(names, condition)) = wanted.some.get(next) else { return self.complete(wanted, slots, met) };
        // A member that is there already.
        for (i, slot) in slots.iter().enumerate() {
            match self.contains_name(names, &slot.name, 0) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    met.doubt(NAME_DOUBT);
                    continue;
                }
            }
            let both = self.formulas.and([slot.value, condition]);
            if self.lives(both, met) {
                let mut more = slots.clone();
                if let Some(slot) = more.get_mut(i) {
                    slot.value = both;
                }
                if let Some(found) = self.place(wanted, more, next + 1, met) {
                    return Some(found);
                }
            }
        }
        if wanted.most.is_some_and(|most| slots.len() as u64 >= most) {
            return None;
        }
        // A new one.
        let mut tried = BTreeSet::new();
        for name in self.plain_names(wanted, names) {
            if wanted.absent.contains(name.as_str())
                || slots.iter().any(|s| s.name == name)
                || !tried.insert(name.clone())
            {
                continue;
            }
            match self.contains_name(names, &name, 0) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    met.doubt(NAME_DOUBT);
                    continue;
                }
            }
            let value = self.value_of(wanted, &name, met);
            let both = self.formulas.and([value, condition]);
            if self.lives(both, met) {
                let mut more = slots.clone();
                more.push(Slot { name, value: both });
                if let Some(found) = self.place(wanted, more, next + 1, met) {
                    return Some(found);
                }
            }
        }
        self.place_new(wanted, &slots, next, met)
    }

    /// Gives a condition to a new member whose name no list names.
    fn place_new(&mut self, wanted: &Wanted, slots: &[Slot], next: usize, met: &mut Met) -> Option<Json> {
        let &(names, condition) = wanted.some.get(next)?;
        let sets = self.name_sets(wanted, met)?;
        // Names are limited (by a count, or because a set of names is small), so what later conditions need tells them apart.
        let later = wanted.some.iter().skip(next + 1).map(|(n, _)| *n);
        let others: BTreeSet<Id> = later.filter(|n| !self.is_list(*n) && !sets.iter().any(|(s, _)| s == n)).collect();
        let others: Vec<Id> = others.into_iter().collect();
        if sets.len() + others.len() > MAX_NAME_SETS {
            met.doubt("too many sets of names at once");
            return None;
        }
        for signs in 0_u32..1 << (sets.len() + others.len()) {
            if self.budget.spend(1).is_err() {
                return None;
            }
            let (name_goal, values) = self.class(wanted, slots, &sets, &others, signs);
            let name_goal = self.formulas.and([name_goal, names]);
            if name_goal == Formulas::NEVER {
                continue;
            }
            let value = self.formulas.and([values, condition]);
            if !self.lives(value, met) {
                continue;
            }
            let Some(name) = self.fresh_name(name_goal, met) else { continue };
            let mut more = slots.to_vec();
            more.push(Slot { name, value });
            if let Some(found) = self.place(wanted, more, next + 1, met) {
                return Some(found);
            }
        }
        None
    }

    /// Names with these signs towards the sets, named by no list and by no member, and the set of their values.
    fn class(&mut self, wanted: &Wanted, slots: &[Slot], sets: &[(Id, Id)], others: &[Id], signs: u32) -> (Id, Id) {
        let mut listed: Vec<String> = slots.iter().map(|s| s.name.clone()).collect();
        listed.extend(wanted.absent.iter().map(|n| n.to_string()));
        for (names, _) in wanted.every.iter().chain(&wanted.some) {
            self.listed(*names, &mut listed);
        }
        listed.sort_unstable();
        listed.dedup();
        // Long lists are dear to hold; running out shows at the next step.
        let _ = self.budget.spend(listed.len() as u64 / 16);
        let listed = self.formulas.atom(Atom::Texts(listed.into()));
        let mut goal = vec![self.formulas.not(listed)];
        let mut values = Vec::new();
        let all = sets.iter().map(|(names, v)| (*names, Some(*v))).chain(others.iter().map(|n| (*n, None)));
        for (bit, (names, value)) in all.enumerate() {
            if signs >> bit & 1 == 1 {
                goal.push(names);
                values.extend(value);
            } else {
                goal.push(self.formulas.not(names));
            }
        }
        (self.formulas.and(goal), self.formulas.and(values))
    }

    /// The conditions on every member whose names are not a plain list.
    fn name_sets(&mut self, wanted: &Wanted, met: &mut Met) -> Option<Vec<(Id, Id)>> {
        let mut sets: Vec<(Id, Id)> = Vec::new();
        for &(names, values) in &wanted.every {
            if self.is_list(names) {
                continue;
            }
            match sets.iter_mut().find(|(known, _)| *known == names) {
                Some((_, held)) => *held = self.formulas.and([*held, values]),
                None => sets.push((names, values)),
            }
        }
        if sets.len() > MAX_NAME_SETS {
            met.doubt("too many sets of names at once");
            return None;
        }
        Some(sets)
    }

    fn is_list(&self, names: Id) -> bool {
        matches!(self.formulas.node(names), Node::Atom(atom, true) if matches!(*atom, Atom::Texts(_)))
    }

    /// A text in a set of names.
    fn fresh_name(&mut self, goal: Id, met: &mut Met) -> Option<String> {
        let text = self.formulas.kind(Kinds::STRING);
        let goal = self.formulas.and([goal, text]);
        match self.sample(goal) {
            Answer::Value { value: Json::String(name), certain } => {
                if !certain {
                    met.doubt(NAME_DOUBT);
                }
                Some(name)
            }
            Answer::Unknown(why) => {
                met.doubt(&why);
                None
            }
            _ => None,
        }
    }

    /// Every name that a condition lists.
    fn plain_names(&mut self, wanted: &Wanted, first: Id) -> Vec<String> {
        let mut names = Vec::new();
        self.listed(first, &mut names);
        for (set, _) in wanted.every.iter().chain(&wanted.some) {
            self.listed(*set, &mut names);
        }
        names
    }

    /// Adds the names that a set lists, anywhere within.
    fn listed(&self, names: Id, into: &mut Vec<String>) {
        let mut open = vec![names];
        let mut steps = 0;
        while let Some(id) = open.pop() {
            steps += 1;
            if steps > 10_000 {
                return;
            }
            match self.formulas.node(id) {
                Node::And(parts) | Node::Or(parts) => open.extend(parts.iter()),
                Node::Atom(atom, _) => {
                    if let Atom::Texts(texts) = atom.as_ref() {
                        into.extend(texts.iter().cloned());
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds members up to the least count, and chooses all values.
    fn complete(&mut self, wanted: &Wanted, mut slots: Vec<Slot>, met: &mut Met) -> Option<Json> {
        if wanted.most.is_some_and(|most| slots.len() as u64 > most) {
            return None;
        }
        if wanted.least > MAX_MEMBERS {
            met.doubt("an object of more than 10,000 members would be needed");
            return None;
        }
        if (slots.len() as u64) < wanted.least {
            self.pad(wanted, &mut slots, met)?;
        }
        let mut certain = true;
        let mut members = Vec::with_capacity(slots.len());
        for slot in slots {
            match self.sample(slot.value) {
                Answer::Value { value, certain: sure } => {
                    certain &= sure;
                    members.push((slot.name, value));
                }
                Answer::Empty => return None,
                Answer::Unknown(why) => {
                    met.doubt(&why);
                    return None;
                }
            }
        }
        if certain && met.unknown.as_deref() != Some(NAME_DOUBT) {
            return Some(Json::Object(members));
        }
        met.uncertain.get_or_insert(Json::Object(members));
        None
    }

    fn pad(&mut self, wanted: &Wanted, slots: &mut Vec<Slot>, met: &mut Met) -> Option<()> {
        for name in self.plain_names(wanted, Formulas::ALWAYS) {
            if slots.len() as u64 >= wanted.least {
                return Some(());
            }
            if wanted.absent.contains(name.as_str()) || slots.iter().any(|s| s.name == name) {
                continue;
            }
            let value = self.value_of(wanted, &name, met);
            if self.lives(value, met) {
                slots.push(Slot { name, value });
            }
        }
        let sets = self.name_sets(wanted, met)?;
        for signs in 0_u32..1 << sets.len() {
            while (slots.len() as u64) < wanted.least {
                if self.budget.spend(1).is_err() {
                    return None;
                }
                let (goal, value) = self.class(wanted, slots, &sets, &[], signs);
                if !self.lives(value, met) {
                    break;
                }
                let Some(name) = self.fresh_name(goal, met) else { break };
                slots.push(Slot { name, value });
            }
        }
        (slots.len() as u64 >= wanted.least).then_some(())
    }
}
