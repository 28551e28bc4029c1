//! Numbers: a range, and multiples of some units and of none of others.

use super::Answer;
use super::search::Literal;
use crate::formula::Atom;
use crate::json::{BigIndex, Json, Number};

/// Multiples tried one by one before arithmetic takes over.
const TRIED: i64 = 10_000;

/// Units of more digits than this, together, are not combined.
const MOST_DIGITS: u64 = 8_000;

#[derive(Default)]
struct Wanted<'l> {
    /// The bound, and whether it is excluded.
    low: Option<(&'l Number, bool)>,
    high: Option<(&'l Number, bool)>,
    units: Vec<&'l Number>,
    not_units: Vec<&'l Number>,
}

impl<'l> Wanted<'l> {
    fn read(literals: &'l [Literal]) -> Self {
        let mut wanted = Self::default();
        for (atom, positive) in literals {
            match (atom.as_ref(), positive) {
                (Atom::AtLeast(n), true) => wanted.raise(n, false),
                (Atom::Above(n), true) => wanted.raise(n, true),
                (Atom::AtLeast(n), false) => wanted.lower(n, true),
                (Atom::Above(n), false) => wanted.lower(n, false),
                (Atom::MultipleOf(n), true) => wanted.units.push(n),
                (Atom::MultipleOf(n), false) => wanted.not_units.push(n),
                _ => {}
            }
        }
        wanted
    }

    fn raise(&mut self, to: &'l Number, excluded: bool) {
        if self.low.is_none_or(|(held, strict)| to > held || (to == held && excluded && !strict)) {
            self.low = Some((to, excluded));
        }
    }

    fn lower(&mut self, to: &'l Number, excluded: bool) {
        if self.high.is_none_or(|(held, strict)| to < held || (to == held && excluded && !strict)) {
            self.high = Some((to, excluded));
        }
    }

    fn range_is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some((low, a)), Some((high, b))) => low > high || (low == high && (a || b)),
            _ => false,
        }
    }

    fn fits(&self, number: &Number) -> bool {
        self.low.is_none_or(|(low, strict)| number > low || (!strict && number == low))
            && self.high.is_none_or(|(high, strict)| number < high || (!strict && number == high))
            && self.units.iter().all(|unit| number.is_multiple_of(unit))
            && !self.not_units.iter().any(|unit| number.is_multiple_of(unit))
    }
}

/// Whether the bounds alone leave nothing.
pub(super) fn is_plainly_empty(literals: &[Literal]) -> bool {
    Wanted::read(literals).range_is_empty()
}

pub(super) fn solve(literals: &[Literal]) -> Answer {
    let wanted = Wanted::read(literals);
    if wanted.range_is_empty() {
        return Answer::Empty;
    }
    let found = |number: Number| Answer::Value { value: Json::Number(number), certain: true };
    // Readable numbers first.
    let plain = [0_i64, 1, -1, 2, 3, 5, 7, 10, 11].into_iter().map(Number::from);
    let ends = wanted.low.into_iter().chain(wanted.high).map(|(n, _)| n.clone());
    if let Some(number) = ends.chain(plain).find(|n| wanted.fits(n)) {
        return found(number);
    }
    // Each unit at most multiplies the digits; numbers of any size would make arithmetic of any length.
    let digits: u64 = wanted.units.iter().chain(&wanted.not_units).map(|n| n.digits()).sum();
    if digits > MOST_DIGITS {
        return Answer::Unknown("units of many digits are combined".to_owned());
    }
    let Some(unit) = wanted.units.iter().map(|n| (*n).clone()).reduce(|a, b| a.lcm(&b)) else {
        if let (Some((low, _)), Some((high, _))) = (wanted.low, wanted.high)
            && low == high
        {
            return Answer::Empty;
        }
        return dense(&wanted).map_or_else(|| Answer::Unknown("no number was found between bounds".to_owned()), found);
    };
    let first = wanted.low.map(|(low, strict)| {
        let down = low.floor_div(&unit);
        let on = unit.times(&down) == *low;
        if on && !strict { down } else { down.offset(1) }
    });
    let last = wanted.high.map(|(high, strict)| {
        let down = high.floor_div(&unit);
        let on = unit.times(&down) == *high;
        if on && strict { down.offset(-1) } else { down }
    });
    if let (Some(first), Some(last)) = (&first, &last)
        && first > last
    {
        return Answer::Empty;
    }
    // The multiples of `unit` that are multiples of another unit as well are those whose index divides by this period.
    let periods: Vec<Number> = wanted
        .not_units
        .iter()
        .map(|other| Number::from(1_i64).max(unit.lcm(other).floor_div(&unit).to_number()))
        .collect();
    if periods.iter().any(|p| *p == Number::from(1_i64)) {
        return Answer::Empty;
    }
    let start = first.clone().or_else(|| last.clone()).unwrap_or_else(|| BigIndex::from(0));
    let step = if first.is_some() || last.is_none() { 1 } else { -1 };
    for i in 0..TRIED {
        let index = start.offset(i * step);
        if first.as_ref().is_some_and(|f| index < *f) || last.as_ref().is_some_and(|l| index > *l) {
            return Answer::Empty;
        }
        let number = unit.times(&index);
        if wanted.fits(&number) {
            return found(number);
        }
        if periods.is_empty() {
            break;
        }
    }
    // An index that is 1 modulo every period divides by none of them.
    let period = periods.into_iter().reduce(|a, b| a.lcm(&b)).unwrap_or_else(|| Number::from(1_i64));
    let far = match &last {
        Some(last) => last.one_modulo(&period),
        None => start.offset(TRIED).one_modulo(&period),
    };
    let number = unit.times(&far);
    if wanted.fits(&number) {
        return found(number);
    }
    Answer::Unknown("a range of multiples is too long to be searched".to_owned())
}

/// A number between bounds that differ, or beyond one, that is no multiple of some units: multiples are spaced, so some
/// halving leaves them.
fn dense(wanted: &Wanted<'_>) -> Option<Number> {
    let one = Number::from(1_i64);
    let (low, high) = match (wanted.low, wanted.high) {
        (Some((low, _)), Some((high, _))) => (low.clone(), high.clone()),
        (Some((low, _)), None) => (low.clone(), low.plus(&one)),
        (None, Some((high, _))) => (high.plus(&Number::from(-1_i64)), high.clone()),
        (None, None) => (Number::from(0_i64), one),
    };
    let mut top = high;
    for _ in 0..200 {
        let middle = low.midway(&top);
        if wanted.fits(&middle) {
            return Some(middle);
        }
        top = middle;
    }
    None
}
