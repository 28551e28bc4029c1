//! Which lines of two texts differ, by the algorithm that `git diff --diff-algorithm=myers` uses, so that the counts agree.
//!
//! E. Myers, "An O(ND) Difference Algorithm and Its Variations" (Algorithmica 1, 1986), in linear space, with the shortcuts
//! of LibXDiff that decide what git counts: lines without a counterpart are left out first, lines with very many counterparts too
//! when they lie among such; and past a certain cost the search for the middle settles for a good split instead of the best.
//! Every loop is bounded by these costs, so that hostile texts take time in `O((N + M) sqrt(N + M))`.

/// A run of equal lines this long is a good sign that a split lies well.
const SNAKE: isize = 20;
/// Below this cost the search for the best split is never cut short.
const COST_FLOOR: isize = 256;
/// A path must have come this many times further than it cost.
const PACE: isize = 4;
/// A line with this many counterparts is common, however large the file.
const COMMON_CEILING: usize = 1024;
/// How far around a common line its neighbours are looked at.
const WINDOW: usize = 100;
/// Lines without a counterpart around a common line must be more than this many times less one as many as the common ones.
const CROWD: usize = 4;
/// No path has come here.
const NOWHERE: isize = -1;
/// A backward path starts beyond every line.
const BEYOND: isize = isize::MAX / 4;

/// What a line's counterparts in the other file say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counterparts {
    None,
    Some,
    Many,
}

impl Counterparts {
    /// Of a line that occurs `count` times in the other file, in a file that has `lines` lines.
    pub(crate) fn of(count: usize, lines: usize) -> Self {
        match count {
            0 => Self::None,
            _ if count >= rough_root(lines).min(COMMON_CEILING) => Self::Many,
            _ => Self::Some,
        }
    }
}

/// A power of two near the square root, by halving the digits.
pub(crate) fn rough_root(number: usize) -> usize {
    let digits = usize::BITS - number.leading_zeros();
    1 << digits.div_ceil(2)
}

/// Buffers that serve one difference after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    forward: Vec<isize>,
    backward: Vec<isize>,
    kept: [Kept; 2],
}

/// The lines of a file that take part in the search.
#[derive(Debug, Default)]
struct Kept {
    classes: Vec<u32>,
    /// Where each of them lies in the file.
    lines: Vec<u32>,
}

/// Marks in `changed` the lines of the two files that differ.
///
/// `classes` are the lines without the common beginning and end, equal numbers for equal lines; `counterparts` says what each
/// line has in the other file.
pub(crate) fn mark_changed(
    scratch: &mut Scratch,
    classes: [&[u32]; 2],
    counterparts: [&[Counterparts]; 2],
    changed: [&mut [bool]; 2],
) {
    let Scratch { forward, backward, kept: [one, two] } = scratch;
    let [changed_one, changed_two] = changed;
    keep(one, classes[0], counterparts[0], changed_one);
    keep(two, classes[1], counterparts[1], changed_two);
    let diagonals = one.classes.len() + two.classes.len() + 3;
    let limit = (rough_root(diagonals) as isize).max(COST_FLOOR);
    let origin = two.classes.len() as isize + 1;
    for vector in [&mut *forward, &mut *backward] {
        vector.clear();
        vector.resize(diagonals + 2, 0);
    }
    let mut search = Search {
        one: &one.classes,
        two: &two.classes,
        forward: Diagonals { values: forward, origin },
        backward: Diagonals { values: backward, origin },
        limit,
    };
    let whole = Area { one: (0, one.classes.len() as isize), two: (0, two.classes.len() as isize), best: false };
    let mut stack = vec![whole];
    while let Some(area) = stack.pop() {
        let area = search.shrink(area);
        let (from_one, to_one) = area.one;
        let (from_two, to_two) = area.two;
        if from_one == to_one {
            mark(two, from_two, to_two, changed_two);
        } else if from_two == to_two {
            mark(one, from_one, to_one, changed_one);
        } else {
            let split = search.split(&area);
            stack.push(Area { one: (from_one, split.one), two: (from_two, split.two), best: split.best_before });
            stack.push(Area { one: (split.one, to_one), two: (split.two, to_two), best: split.best_after });
        }
    }
}

/// Leaves out lines without a counterpart, and common ones in a crowd of such: they are changed for certain.
fn keep(kept: &mut Kept, classes: &[u32], counterparts: &[Counterparts], changed: &mut [bool]) {
    kept.classes.clear();
    kept.lines.clear();
    for (line, ((&class, &has), changed)) in classes.iter().zip(counterparts).zip(changed.iter_mut()).enumerate() {
        let keep = match has {
            Counterparts::None => false,
            Counterparts::Some => true,
            Counterparts::Many => !in_a_crowd(counterparts, line),
        };
        if keep {
            kept.classes.push(class);
            kept.lines.push(line as u32);
        } else {
            *changed = true;
        }
    }
}

/// Whether a common line lies between lines without counterparts, and far more of them than of common ones.
fn in_a_crowd(counterparts: &[Counterparts], line: usize) -> bool {
    let count = |run: &mut dyn Iterator<Item = &Counterparts>| {
        let (mut none, mut many) = (0_usize, 1_usize);
        for has in run.take(WINDOW) {
            match has {
                Counterparts::None => none += 1,
                Counterparts::Many => many += 1,
                Counterparts::Some => break,
            }
        }
        (none, many)
    };
    let (before, after) = counterparts.split_at(line.min(counterparts.len()));
    let (none_before, many_before) = count(&mut before.iter().rev());
    if none_before == 0 {
        return false;
    }
    let (none_after, many_after) = count(&mut after.iter().skip(1));
    if none_after == 0 {
        return false;
    }
    let (none, many) = (none_before + none_after, many_before + many_after);
    many * CROWD < many + none
}

fn mark(kept: &Kept, from: isize, to: isize, changed: &mut [bool]) {
    for &line in kept.lines.get(from as usize..to as usize).unwrap_or_default() {
        if let Some(changed) = changed.get_mut(line as usize) {
            *changed = true;
        }
    }
}

/// A part of both files that is still to be compared.
#[derive(Clone, Copy, Debug)]
struct Area {
    one: (isize, isize),
    two: (isize, isize),
    /// Only the best split will do.
    best: bool,
}

/// Where an area is cut in two.
#[derive(Clone, Copy, Debug)]
struct Split {
    one: isize,
    two: isize,
    best_before: bool,
    best_after: bool,
}

/// How far the paths have come, for each diagonal `one - two`.
struct Diagonals<'a> {
    values: &'a mut [isize],
    origin: isize,
}

impl Diagonals<'_> {
    fn at(&self, diagonal: isize) -> isize {
        self.values[(diagonal + self.origin) as usize]
    }

    fn set(&mut self, diagonal: isize, value: isize) {
        self.values[(diagonal + self.origin) as usize] = value;
    }
}

/// The diagonals that a search has reached.
#[derive(Clone, Copy, Debug)]
struct Reach {
    least: isize,
    greatest: isize,
}

impl Reach {
    /// One step further, or back inside where the area ends.
    fn widen(&mut self, bounds: Reach, diagonals: &mut Diagonals<'_>, outside: isize) {
        if self.least > bounds.least {
            self.least -= 1;
            diagonals.set(self.least - 1, outside);
        } else {
            self.least += 1;
        }
        if self.greatest < bounds.greatest {
            self.greatest += 1;
            diagonals.set(self.greatest + 1, outside);
        } else {
            self.greatest -= 1;
        }
    }

    fn contains(self, diagonal: isize) -> bool {
        self.least <= diagonal && diagonal <= self.greatest
    }

    /// Every second diagonal, from the greatest down.
    fn down(self) -> impl Iterator<Item = isize> {
        let count = if self.greatest < self.least { 0 } else { (self.greatest - self.least) / 2 + 1 };
        (0..count).map(move |step| self.greatest - 2 * step)
    }
}

struct Search<'a> {
    one: &'a [u32],
    two: &'a [u32],
    forward: Diagonals<'a>,
    backward: Diagonals<'a>,
    limit: isize,
}

impl Search<'_> {
    fn same(&self, one: isize, two: isize) -> bool {
        self.one[one as usize] == self.two[two as usize]
    }

    /// The area without equal lines at its beginning and end.
    fn shrink(&self, area: Area) -> Area {
        let Area { one: (mut from_one, mut to_one), two: (mut from_two, mut to_two), best } = area;
        while from_one < to_one && from_two < to_two && self.same(from_one, from_two) {
            from_one += 1;
            from_two += 1;
        }
        while from_one < to_one && from_two < to_two && self.same(to_one - 1, to_two - 1) {
            to_one -= 1;
            to_two -= 1;
        }
        Area { one: (from_one, to_one), two: (from_two, to_two), best }
    }

    /// Where a cheapest path through the area crosses its middle, or a point that will do.
    fn split(&mut self, area: &Area) -> Split {
        let (from_one, to_one) = area.one;
        let (from_two, to_two) = area.two;
        let bounds = Reach { least: from_one - to_two, greatest: to_one - from_two };
        let (first, last) = (from_one - from_two, to_one - to_two);
        let odd = (first - last) & 1 != 0;
        let mut ahead = Reach { least: first, greatest: first };
        let mut behind = Reach { least: last, greatest: last };
        self.forward.set(first, from_one);
        self.backward.set(last, to_one);
        let mut cost = 1;
        loop {
            let mut snake = false;
            ahead.widen(bounds, &mut self.forward, NOWHERE);
            for diagonal in ahead.down() {
                let (left, right) = (self.forward.at(diagonal - 1), self.forward.at(diagonal + 1));
                let start = if left >= right { left + 1 } else { right };
                let run = self.run_forward(start, start - diagonal, area);
                snake |= run > SNAKE;
                let one = start + run;
                self.forward.set(diagonal, one);
                if odd && behind.contains(diagonal) && self.backward.at(diagonal) <= one {
                    return Split { one, two: one - diagonal, best_before: true, best_after: true };
                }
            }
            behind.widen(bounds, &mut self.backward, BEYOND);
            for diagonal in behind.down() {
                let (left, right) = (self.backward.at(diagonal - 1), self.backward.at(diagonal + 1));
                let start = if left < right { left } else { right - 1 };
                let run = self.run_backward(start, start - diagonal, area);
                snake |= run > SNAKE;
                let one = start - run;
                self.backward.set(diagonal, one);
                if !odd && ahead.contains(diagonal) && one <= self.forward.at(diagonal) {
                    return Split { one, two: one - diagonal, best_before: true, best_after: true };
                }
            }
            if !area.best {
                if snake
                    && cost > COST_FLOOR
                    && let Some(split) = self
                        .good_forward(area, ahead, first, cost)
                        .or_else(|| self.good_backward(area, behind, last, cost))
                {
                    return split;
                }
                if cost >= self.limit {
                    return self.furthest(area, ahead, behind);
                }
            }
            cost += 1;
        }
    }

    /// How many equal lines follow.
    fn run_forward(&self, one: isize, two: isize, area: &Area) -> isize {
        if one >= area.one.1 || two >= area.two.1 {
            return 0;
        }
        let ones = &self.one[one as usize..area.one.1 as usize];
        let twos = &self.two[two as usize..area.two.1 as usize];
        ones.iter().zip(twos).take_while(|(one, two)| one == two).count() as isize
    }

    /// How many equal lines lie before.
    fn run_backward(&self, one: isize, two: isize, area: &Area) -> isize {
        if one <= area.one.0 || two <= area.two.0 {
            return 0;
        }
        let ones = &self.one[area.one.0 as usize..one as usize];
        let twos = &self.two[area.two.0 as usize..two as usize];
        ones.iter().rev().zip(twos.iter().rev()).take_while(|(one, two)| one == two).count() as isize
    }

    /// The forward path that came far for its cost and ends in a long run of equal lines.
    fn good_forward(&self, area: &Area, reach: Reach, first: isize, cost: isize) -> Option<Split> {
        let mut best = 0;
        let mut split = None;
        for diagonal in reach.down() {
            let one = self.forward.at(diagonal);
            let two = one - diagonal;
            let way = (one - area.one.0) + (two - area.two.0) - (diagonal - first).abs();
            let inside = area.one.0 + SNAKE <= one && one < area.one.1 && area.two.0 + SNAKE <= two && two < area.two.1;
            if way > PACE * cost && way > best && inside && (1..=SNAKE).all(|back| self.same(one - back, two - back)) {
                best = way;
                split = Some(Split { one, two, best_before: true, best_after: false });
            }
        }
        split
    }

    /// The same for the backward paths.
    fn good_backward(&self, area: &Area, reach: Reach, last: isize, cost: isize) -> Option<Split> {
        let mut best = 0;
        let mut split = None;
        for diagonal in reach.down() {
            let one = self.backward.at(diagonal);
            let two = one - diagonal;
            let way = (area.one.1 - one) + (area.two.1 - two) - (diagonal - last).abs();
            let inside = area.one.0 < one && one <= area.one.1 - SNAKE && area.two.0 < two && two <= area.two.1 - SNAKE;
            if way > PACE * cost && way > best && inside && (0..SNAKE).all(|on| self.same(one + on, two + on)) {
                best = way;
                split = Some(Split { one, two, best_before: false, best_after: true });
            }
        }
        split
    }

    /// The end of the path that came furthest, whatever it is worth.
    fn furthest(&self, area: &Area, ahead: Reach, behind: Reach) -> Split {
        let (mut far, mut far_one) = (-1, -1);
        for diagonal in ahead.down() {
            let mut one = self.forward.at(diagonal).min(area.one.1);
            let mut two = one - diagonal;
            if two > area.two.1 {
                one = area.two.1 + diagonal;
                two = area.two.1;
            }
            if far < one + two {
                far = one + two;
                far_one = one;
            }
        }
        let (mut near, mut near_one) = (BEYOND, BEYOND);
        for diagonal in behind.down() {
            let mut one = self.backward.at(diagonal).max(area.one.0);
            let mut two = one - diagonal;
            if two < area.two.0 {
                one = area.two.0 + diagonal;
                two = area.two.0;
            }
            if one + two < near {
                near = one + two;
                near_one = one;
            }
        }
        if (area.one.1 + area.two.1) - near < far - (area.one.0 + area.two.0) {
            Split { one: far_one, two: far - far_one, best_before: true, best_after: false }
        } else {
            Split { one: near_one, two: near - near_one, best_before: false, best_after: true }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(one: &[u32], two: &[u32]) -> (usize, usize) {
        let has = |mine: &[u32], other: &[u32]| -> Vec<_> {
            let count = |class: &u32| other.iter().filter(|other| *other == class).count();
            mine.iter().map(|class| Counterparts::of(count(class), mine.len())).collect()
        };
        let (mut marks_one, mut marks_two) = (vec![false; one.len()], vec![false; two.len()]);
        let counterparts = [&has(one, two)[..], &has(two, one)[..]];
        mark_changed(&mut Scratch::default(), [one, two], counterparts, [&mut marks_one, &mut marks_two]);
        let count = |marks: Vec<bool>| marks.into_iter().filter(|&changed| changed).count();
        (count(marks_one), count(marks_two))
    }

    /// The length of the longest common subsequence, by the table.
    fn common(one: &[u32], two: &[u32]) -> usize {
        let mut row = vec![0_usize; two.len() + 1];
        for a in one {
            let mut diagonal = 0;
            for (at, b) in two.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[two.len()]
    }

    #[test]
    fn the_root_is_a_power_of_two() {
        for (number, root) in [(0, 1), (1, 2), (3, 2), (4, 4), (15, 4), (16, 8), (400, 32), (1 << 20, 2048)] {
            assert_eq!(rough_root(number), root, "{number}");
        }
    }

    proptest::proptest! {
        #[test]
        fn small_differences_are_the_smallest(
            one in proptest::collection::vec(0_u32..6, 0..40),
            two in proptest::collection::vec(0_u32..6, 0..40),
        ) {
            // Lines in a crowd are only left out where some line is common: with so few lines that needs eight in a row.
            let common = common(&one, &two);
            let (deleted, added) = changed(&one, &two);
            proptest::prop_assert_eq!(one.len() - deleted, two.len() - added, "what stays is the same on both sides");
            proptest::prop_assert!(one.len() - deleted <= common);
        }
    }

    #[test]
    fn a_text_turned_upside_down_takes_bounded_work() {
        let one: Vec<u32> = (0..20_000).collect();
        let two: Vec<u32> = (0..20_000).rev().collect();
        let (deleted, added) = changed(&one[..3_000], &two[17_000..]);
        assert_eq!(deleted, added);
        assert!(deleted < 3_000);
    }
}
