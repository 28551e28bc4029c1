//! Arrays: items by index, rests, counts of items in a set, uniqueness.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::search::Literal;
use super::{Answer, Solver, TOO_DEEP, exhausted};
use crate::formula::{Atom, Formulas, Id};
use crate::json::Json;

/// Arrays longer than this are not built.
const MAX_LENGTH: u64 = 10_000;
/// The same where items are counted.
const MAX_COUNTED: u64 = 256;
/// The same where items must be told apart.
const MAX_DISTINCT: u64 = 64;

/// How many of the items from an index on are in a set.
#[derive(Debug, Clone)]
struct Counter {
    of: Id,
    from: u64,
    least: u64,
    most: Option<u64>,
}

#[derive(Default)]
struct Wanted {
    shortest: u64,
    longest: Option<u64>,
    at: BTreeMap<u64, Vec<Id>>,
    rests: Vec<(u64, Id)>,
    counters: Vec<Counter>,
    unique: Option<bool>,
}

/// What a search over lengths and counts has met.
#[derive(Default)]
struct Met {
    unknown: Option<String>,
    uncertain: Option<Json>,
}

impl Met {
    fn end(self) -> Answer {
        match (self.uncertain, self.unknown) {
            (Some(value), _) => Answer::Value { value, certain: false },
            (None, Some(why)) => Answer::Unknown(why),
            (None, None) => Answer::Empty,
        }
    }
}

impl Solver<'_> {
    pub(super) fn array(&mut self, literals: &[Literal]) -> Answer {
        let wanted = self.read_array(literals);
        let mut met = Met::default();
        let Some((base, longest)) = self.positions(&wanted, &mut met) else { return met.end() };
        let shortest = wanted.shortest;
        if longest.is_some_and(|longest| longest < shortest) {
            return met.end();
        }
        let needed: u64 = wanted.counters.iter().map(|c| c.least).fold(0, u64::saturating_add);
        let counted = !wanted.counters.is_empty() || wanted.unique.is_some();
        let repeats = u64::from(wanted.unique == Some(false)) * 2;
        // Items behind the last index that matters are alike: more of them than counts ask for never help.
        let enough = if counted && wanted.unique != Some(true) || needed > 0 {
            shortest.max(base.len() as u64 - 1).saturating_add(needed).saturating_add(repeats)
        } else {
            shortest
        };
        let last = longest.map_or(enough, |longest| longest.min(enough));
        let limit = match (counted, wanted.unique) {
            (_, Some(_)) => MAX_DISTINCT,
            (true, _) => MAX_COUNTED,
            _ => MAX_LENGTH,
        };
        if shortest > limit {
            return Answer::Unknown("an array of too many items would be needed".to_owned());
        }
        for length in shortest..=last {
            if length > limit {
                met.unknown.get_or_insert_with(|| "an array of too many items would be needed".to_owned());
                break;
            }
            let mut goals = Vec::new();
            if let Some(value) = self.fill(&wanted, &base, length, &mut goals, &mut met) {
                return Answer::Value { value, certain: true };
            }
            if self.budget.left() == 0 {
                return exhausted();
            }
        }
        met.end()
    }

    fn read_array(&mut self, literals: &[Literal]) -> Wanted {
        let mut wanted = Wanted::default();
        for (atom, positive) in literals {
            match (atom.as_ref(), *positive) {
                (Atom::Items(n), true) => wanted.shortest = wanted.shortest.max(*n),
                (Atom::Items(n), false) => {
                    let most = n.saturating_sub(1);
                    wanted.longest = Some(wanted.longest.map_or(most, |held| held.min(most)));
                }
                (Atom::Item(i, set), true) => wanted.at.entry(u64::from(*i)).or_default().push(*set),
                (Atom::Item(i, set), false) => {
                    let not = self.formulas.not(*set);
                    wanted.at.entry(u64::from(*i)).or_default().push(not);
                    wanted.shortest = wanted.shortest.max(u64::from(*i) + 1);
                }
                (Atom::Rest(from, set), true) => wanted.rests.push((u64::from(*from), *set)),
                (Atom::Rest(from, set), false) => {
                    let of = self.formulas.not(*set);
                    wanted.counters.push(Counter { of, from: u64::from(*from), least: 1, most: None });
                }
                (Atom::Count { of, least }, positive) => {
                    let (least, most) = if positive { (*least, None) } else { (0, Some(least.saturating_sub(1))) };
                    wanted.counters.push(Counter { of: *of, from: 0, least, most });
                }
                (Atom::Unique, positive) => wanted.unique = Some(positive),
                _ => {}
            }
        }
        let mut merged: Vec<Counter> = Vec::new();
        for counter in wanted.counters.drain(..) {
            match merged.iter_mut().find(|c| c.of == counter.of && c.from == counter.from) {
                Some(held) => {
                    held.least = held.least.max(counter.least);
                    held.most = match (held.most, counter.most) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                None => merged.push(counter),
            }
        }
        wanted.counters = merged;
        wanted
    }

    /// The set of each item up to the last index that matters and of one behind it, and the longest possible length; `None`
    /// if a counter asks for more than it allows.
    fn positions(&mut self, wanted: &Wanted, met: &mut Met) -> Option<(Vec<Id>, Option<u64>)> {
        if wanted.counters.iter().any(|c| c.most.is_some_and(|most| c.least > most)) {
            return None;
        }
        let matters = wanted
            .at
            .keys()
            .map(|i| i + 1)
            .chain(wanted.rests.iter().map(|(from, _)| *from))
            .chain(wanted.counters.iter().map(|c| c.from))
            .max()
            .unwrap_or(0);
        let mut longest = wanted.longest;
        let mut base = Vec::new();
        for i in 0..=matters {
            if i > MAX_LENGTH {
                met.unknown = Some("an array of too many items would be needed".to_owned());
                return None;
            }
            let here = wanted.at.get(&i).into_iter().flatten().copied();
            let rests = wanted.rests.iter().filter(|(from, _)| *from <= i).map(|(_, set)| *set);
            let parts: Vec<Id> = here.chain(rests).collect();
            let set = self.formulas.and(parts);
            base.push(set);
            if longest.is_none_or(|longest| i < longest) && matches!(self.sample(set), Answer::Empty) {
                longest = Some(i);
            }
        }
        Some((base, longest))
    }

    /// Decides item by item which counters it counts for; a value once the length is reached and the counts are right.
    fn fill(&mut self, wanted: &Wanted, base: &[Id], length: u64, goals: &mut Vec<Id>, met: &mut Met) -> Option<Json> {
        let counts = vec![0; wanted.counters.len()];
        if wanted.counters.is_empty() {
            goals.extend((0..length).map(|i| at_or_last(base, i)));
            return self.build(wanted, goals, met);
        }
        self.fill_from(wanted, base, length, goals, &counts, met)
    }

    fn fill_from(
        &mut self,
        wanted: &Wanted,
        base: &[Id],
        length: u64,
        goals: &mut Vec<Id>,
        counts: &[u64],
        met: &mut Met,
    ) -> Option<Json> {
        let found = self.deeper(|deeper| deeper.fill_here(wanted, base, length, goals, counts, met));
        found.unwrap_or_else(|| {
            met.unknown.get_or_insert_with(|| TOO_DEEP.to_owned());
            None
        })
    }

    fn fill_here(
        &mut self,
        wanted: &Wanted,
        base: &[Id],
        length: u64,
        goals: &mut Vec<Id>,
        counts: &[u64],
        met: &mut Met,
    ) -> Option<Json> {
        if self.budget.spend(1).is_err() {
            return None;
        }
        let at = goals.len() as u64;
        let left = length - at;
        if wanted.counters.iter().zip(counts).any(|(c, n)| c.least.saturating_sub(*n) > left) {
            return None;
        }
        if left == 0 {
            return self.build(wanted, goals, met);
        }
        let here: Vec<usize> =
            (0..wanted.counters.len()).filter(|&i| wanted.counters.get(i).is_some_and(|c| c.from <= at)).collect();
        if here.len() > 6 {
            met.unknown.get_or_insert_with(|| "more than six counts of items at once".to_owned());
            return None;
        }
        // The fullest choices come first, as they meet what is asked for soonest.
        for chosen in (0_u32..1 << here.len()).rev() {
            let mut parts = vec![at_or_last(base, at)];
            let mut after = counts.to_vec();
            let mut allowed = true;
            for (bit, &i) in here.iter().enumerate() {
                let (Some(counter), Some(count)) = (wanted.counters.get(i), after.get_mut(i)) else { continue };
                if chosen >> bit & 1 == 1 {
                    parts.push(counter.of);
                    *count += 1;
                    allowed &= counter.most.is_none_or(|most| *count <= most)
                        && (*count <= counter.least || counter.most.is_some());
                } else if counter.most.is_some() {
                    parts.push(self.formulas.not(counter.of));
                }
            }
            if !allowed {
                continue;
            }
            let goal = self.formulas.and(parts);
            match self.sample(goal) {
                Answer::Empty => continue,
                Answer::Unknown(why) => {
                    met.unknown.get_or_insert(why);
                    continue;
                }
                Answer::Value { .. } => {}
            }
            goals.push(goal);
            let found = self.fill_from(wanted, base, length, goals, &after, met);
            goals.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Chooses values for items whose sets are known.
    fn build(&mut self, wanted: &Wanted, goals: &[Id], met: &mut Met) -> Option<Json> {
        let built = match wanted.unique {
            Some(true) => self.distinct(goals, met),
            Some(false) => self.repeating(goals, met),
            None => self.each_item(goals, met),
        };
        let (items, certain) = built?;
        if certain {
            return Some(Json::Array(items));
        }
        met.uncertain.get_or_insert(Json::Array(items));
        None
    }

    fn each_item(&mut self, goals: &[Id], met: &mut Met) -> Option<(Vec<Json>, bool)> {
        let mut certain = true;
        let mut items = Vec::with_capacity(goals.len());
        for &goal in goals {
            match self.sample(goal) {
                Answer::Value { value, certain: sure } => {
                    certain &= sure;
                    items.push(value);
                }
                Answer::Empty => return None,
                Answer::Unknown(why) => {
                    met.unknown.get_or_insert(why);
                    return None;
                }
            }
        }
        Some((items, certain))
    }

    /// Two of the items are equal.
    fn repeating(&mut self, goals: &[Id], met: &mut Met) -> Option<(Vec<Json>, bool)> {
        for (i, &a) in goals.iter().enumerate() {
            for (j, &b) in goals.iter().enumerate().skip(i + 1) {
                if self.budget.spend(1).is_err() {
                    return None;
                }
                let both = self.formulas.and([a, b]);
                let mut same = goals.to_vec();
                for place in [i, j] {
                    if let Some(goal) = same.get_mut(place) {
                        *goal = both;
                    }
                }
                if let Some(found) = self.each_item(&same, met) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Distinct values for all items: each set gives as many values as there are items, and a matching assigns them.
    fn distinct(&mut self, goals: &[Id], met: &mut Met) -> Option<(Vec<Json>, bool)> {
        let mut certain = true;
        let mut lists: BTreeMap<Id, Vec<Json>> = BTreeMap::new();
        for &goal in goals {
            let Entry::Vacant(list) = lists.entry(goal) else { continue };
            let (values, more, sure) = self.samples(goal, goals.len());
            if more && values.len() < goals.len() {
                met.unknown.get_or_insert_with(|| "not enough distinct items were found".to_owned());
            }
            certain &= sure;
            list.insert(values);
        }
        let mut pool: Vec<&Json> = Vec::new();
        for value in lists.values().flatten() {
            if !pool.contains(&value) {
                pool.push(value);
            }
        }
        let choices: Vec<Vec<usize>> = goals
            .iter()
            .map(|goal| {
                let values = lists.get(goal).map_or(&[][..], Vec::as_slice);
                values.iter().filter_map(|v| pool.iter().position(|p| *p == v)).collect()
            })
            .collect();
        let mut taken: Vec<Option<usize>> = vec![None; pool.len()];
        for item in 0..goals.len() {
            let mut tried = vec![false; pool.len()];
            if !assign(item, &choices, &mut taken, &mut tried) {
                return None;
            }
        }
        let mut items = vec![Json::Null; goals.len()];
        for (value, item) in pool.iter().zip(&taken) {
            if let Some(slot) = item.and_then(|i| items.get_mut(i)) {
                *slot = (*value).clone();
            }
        }
        Some((items, certain))
    }
}

fn at_or_last(base: &[Id], i: u64) -> Id {
    usize::try_from(i).ok().and_then(|i| base.get(i)).or(base.last()).copied().unwrap_or(Formulas::ALWAYS)
}

/// Finds the item a value, moving others aside (Kuhn's algorithm).
fn assign(item: usize, choices: &[Vec<usize>], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for &value in choices.get(item).into_iter().flatten() {
        if tried.get(value).copied().unwrap_or(true) {
            continue;
        }
        if let Some(flag) = tried.get_mut(value) {
            *flag = true;
        }
        let holder = taken.get(value).copied().flatten();
        if holder.is_none_or(|holder| assign(holder, choices, taken, tried)) {
            if let Some(slot) = taken.get_mut(value) {
                *slot = Some(item);
            }
            return true;
        }
    }
    false
}
