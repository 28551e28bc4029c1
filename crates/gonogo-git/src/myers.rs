//! Which lines of two texts differ, by the algorithm that `git diff --diff-algorithm=myers` uses, so that the counts agree.
//!
//! E. Myers, "An O(ND) Difference Algorithm and Its Variations" (Algorithmica 1, 1986), in linear space, with the shortcuts
//! of LibXDiff that decide what git counts: lines without a counterpart are left out first, lines with very many counterparts too
//! when they lie among such; and past a certain cost the search for the middle settles for a good split instead of the best.
//! Every loop is bounded by these costs, so that hostile texts take time in `O((N + M) sqrt(N + M))`.

/// A run of equal lines this long is a good sign that a split lies well.
const SNAKE: usize = 20;
/// Below this cost the search for the best split is never cut short.
const COST_FLOOR: usize = 256;
/// A path must have come this many times further than it cost.
const PACE: usize = 4;
/// A line with this many counterparts is common, however large the file.
const COMMON_CEILING: usize = 1024;
/// How far around a common line its neighbours are looked at.
const WINDOW: usize = 100;
/// Lines without a counterpart around a common line must be more than this many times less one as many as the common ones.
const CROWD: usize = 4;
/// No path has come here.
const NOWHERE: isize = -1;

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
    ahead: Vec<isize>,
    behind: Vec<isize>,
    kept: [Kept; 2],
}

/// The lines of a file that take part in the search.
#[derive(Debug, Default)]
struct Kept {
    classes: Vec<u32>,
    /// The same from the last to the first: the search from the end is a search from the beginning over these.
    turned: Vec<u32>,
    /// Where each of them lies in the file.
    lines: Vec<u32>,
}

impl Kept {
    fn range(&self, (from, to): (usize, usize)) -> &[u32] {
        self.classes.get(from..to).unwrap_or_default()
    }

    fn turned_range(&self, (from, to): (usize, usize)) -> &[u32] {
        let length = self.turned.len();
        self.turned.get(length.saturating_sub(to)..length.saturating_sub(from)).unwrap_or_default()
    }

    fn mark(&self, (from, to): (usize, usize), changed: &mut [bool]) {
        for &line in self.lines.get(from..to).unwrap_or_default() {
            if let Some(changed) = changed.get_mut(line as usize) {
                *changed = true;
            }
        }
    }
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
    let Scratch { ahead, behind, kept: [one, two] } = scratch;
    let [changed_one, changed_two] = changed;
    keep(one, classes[0], counterparts[0], changed_one);
    keep(two, classes[1], counterparts[1], changed_two);
    let limit = rough_root(one.classes.len() + two.classes.len() + 3).max(COST_FLOOR);
    let mut stack = vec![Area { one: (0, one.classes.len()), two: (0, two.classes.len()), best: false }];
    while let Some(area) = stack.pop() {
        let area = shrink(area, one, two);
        if area.one.0 == area.one.1 {
            two.mark(area.two, changed_two);
        } else if area.two.0 == area.two.1 {
            one.mark(area.one, changed_one);
        } else {
            let mut ahead = Front::new(one.range(area.one), two.range(area.two), ahead, Sweep::Down);
            let mut behind = Front::new(one.turned_range(area.one), two.turned_range(area.two), behind, Sweep::Up);
            let split = split(&mut ahead, &mut behind, (!area.best).then_some(limit));
            let middle = (area.one.0 + split.one, area.two.0 + split.two);
            stack.push(Area { one: (area.one.0, middle.0), two: (area.two.0, middle.1), best: split.best_before });
            stack.push(Area { one: (middle.0, area.one.1), two: (middle.1, area.two.1), best: split.best_after });
        }
    }
}

/// Leaves out lines without a counterpart, and common ones in a crowd of such: they are changed for certain.
fn keep(kept: &mut Kept, classes: &[u32], counterparts: &[Counterparts], changed: &mut [bool]) {
    kept.classes.clear();
    kept.lines.clear();
    kept.turned.clear();
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
    kept.turned.extend(kept.classes.iter().rev());
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

/// A part of both files that is still to be compared.
#[derive(Clone, Copy, Debug)]
struct Area {
    one: (usize, usize),
    two: (usize, usize),
    /// Only the best split will do.
    best: bool,
}

/// The area without equal lines at its beginning and end.
fn shrink(area: Area, one: &Kept, two: &Kept) -> Area {
    let begin = alike(one.range(area.one), two.range(area.two));
    let (ones, twos) = ((area.one.0 + begin, area.one.1), (area.two.0 + begin, area.two.1));
    let end = alike(one.turned_range(ones), two.turned_range(twos));
    Area { one: (ones.0, ones.1 - end), two: (twos.0, twos.1 - end), best: area.best }
}

/// How many lines both begin with.
fn alike(one: &[u32], two: &[u32]) -> usize {
    one.iter().zip(two).take_while(|(one, two)| one == two).count()
}

/// Where an area is cut in two, counted from its beginning.
#[derive(Clone, Copy, Debug)]
struct Split {
    one: usize,
    two: usize,
    best_before: bool,
    best_after: bool,
}

/// In which order a front goes through its diagonals: among equally good answers the first one counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sweep {
    Up,
    Down,
}

/// A point of a path: so many lines of either file lie behind it.
#[derive(Clone, Copy, Debug)]
struct Point {
    one: usize,
    two: usize,
}

impl Point {
    fn way(self) -> usize {
        self.one + self.two
    }
}

/// The cheapest paths from the beginning of two runs of lines, a step further each time it advances.
///
/// Diagonal `d` holds how many lines of `one` the furthest path with `one - two = d` has behind it.
struct Front<'a> {
    one: &'a [u32],
    two: &'a [u32],
    reached: &'a mut [isize],
    least: isize,
    greatest: isize,
    sweep: Sweep,
}

/// What one step of a front has found.
enum Step {
    /// The other front's path was met here.
    Met(Point),
    /// Not yet; whether a path now ends in a long run of equal lines.
    On { snake: bool },
}

impl<'a> Front<'a> {
    fn new(one: &'a [u32], two: &'a [u32], buffer: &'a mut Vec<isize>, sweep: Sweep) -> Self {
        buffer.clear();
        buffer.resize(one.len() + two.len() + 3, NOWHERE);
        let mut front = Self { one, two, reached: buffer, least: 0, greatest: 0, sweep };
        front.set(0, 0);
        front
    }

    fn place(&self, diagonal: isize) -> usize {
        (diagonal + self.two.len() as isize + 1) as usize
    }

    fn at(&self, diagonal: isize) -> isize {
        self.reached.get(self.place(diagonal)).copied().unwrap_or(NOWHERE)
    }

    fn set(&mut self, diagonal: isize, value: isize) {
        let place = self.place(diagonal);
        if let Some(slot) = self.reached.get_mut(place) {
            *slot = value;
        }
    }

    /// The diagonals of this step, every second one, in the order of the sweep.
    fn diagonals(&self) -> impl Iterator<Item = isize> + use<> {
        let (least, greatest, sweep) = (self.least, self.greatest, self.sweep);
        let count = if greatest < least { 0 } else { (greatest - least) / 2 + 1 };
        (0..count).map(move |step| match sweep {
            Sweep::Up => least + 2 * step,
            Sweep::Down => greatest - 2 * step,
        })
    }

    /// One diagonal further on either side, or one back inside where the area ends.
    fn widen(&mut self) {
        if self.least > -(self.two.len() as isize) {
            self.least -= 1;
            self.set(self.least - 1, NOWHERE);
        } else {
            self.least += 1;
        }
        if self.greatest < self.one.len() as isize {
            self.greatest += 1;
            self.set(self.greatest + 1, NOWHERE);
        } else {
            self.greatest -= 1;
        }
    }

    /// One step further on all paths. `other` is the front that comes from the far end, where the two may meet in this step.
    fn advance(&mut self, other: Option<&Front<'_>>) -> Step {
        self.widen();
        let mut snake = false;
        let far_corner = self.one.len() as isize - self.two.len() as isize;
        for diagonal in self.diagonals() {
            let (left, right) = (self.at(diagonal - 1), self.at(diagonal + 1));
            let start = if left >= right { left + 1 } else { right };
            let run = self.equal_from(start, start - diagonal);
            snake |= run > SNAKE;
            let one = start + run as isize;
            self.set(diagonal, one);
            if let Some(other) = other {
                let theirs = far_corner - diagonal;
                if (other.least..=other.greatest).contains(&theirs) && one + other.at(theirs) >= self.one.len() as isize
                {
                    return Step::Met(self.point(diagonal));
                }
            }
        }
        Step::On { snake }
    }

    fn equal_from(&self, one: isize, two: isize) -> usize {
        let rest = |lines: &'a [u32], at: isize| usize::try_from(at).ok().and_then(|at| lines.get(at..));
        rest(self.one, one).zip(rest(self.two, two)).map_or(0, |(one, two)| alike(one, two))
    }

    fn point(&self, diagonal: isize) -> Point {
        let one = self.at(diagonal);
        Point { one: one.max(0) as usize, two: (one - diagonal).max(0) as usize }
    }

    /// The path that came far for its cost and ends in a long run of equal lines.
    fn good(&self, cost: usize) -> Option<Point> {
        let mut best: Option<(usize, Point)> = None;
        for diagonal in self.diagonals() {
            let point = self.point(diagonal);
            let inside = (SNAKE..self.one.len()).contains(&point.one) && (SNAKE..self.two.len()).contains(&point.two);
            let way = point.way().saturating_sub(diagonal.unsigned_abs());
            if inside && way > PACE * cost && best.is_none_or(|(least, _)| way > least) && self.ends_alike(point) {
                best = Some((way, point));
            }
        }
        best.map(|(_, point)| point)
    }

    /// Whether the lines just before a point are equal, as many as make a snake.
    fn ends_alike(&self, point: Point) -> bool {
        let last = |lines: &'a [u32], end: usize| lines.get(end.saturating_sub(SNAKE)..end);
        last(self.one, point.one) == last(self.two, point.two)
    }

    /// The end of the path that came furthest, whatever it is worth, inside the area.
    fn furthest(&self) -> Point {
        let mut best: Option<Point> = None;
        for diagonal in self.diagonals() {
            let mut one = self.at(diagonal).min(self.one.len() as isize);
            if one - diagonal > self.two.len() as isize {
                one = self.two.len() as isize + diagonal;
            }
            let point = Point { one: one.max(0) as usize, two: (one - diagonal).max(0) as usize };
            if best.is_none_or(|best| best.way() < point.way()) {
                best = Some(point);
            }
        }
        best.unwrap_or(Point { one: 0, two: 0 })
    }
}

/// Where a cheapest path through an area crosses its middle, or, from a certain cost on, a point that will do. Without a
/// `limit` only the best will do.
fn split(ahead: &mut Front<'_>, behind: &mut Front<'_>, limit: Option<usize>) -> Split {
    let (ones, twos) = (ahead.one.len(), ahead.two.len());
    let from_begin = |point: Point, best_after| Split { one: point.one, two: point.two, best_before: true, best_after };
    let from_end = |point: Point, best_before| Split {
        one: ones - point.one.min(ones),
        two: twos - point.two.min(twos),
        best_before,
        best_after: true,
    };
    // Paths of either front lie on diagonals of one parity a step, so that only one of the two can meet the other in its step.
    let odd = (ones + twos) % 2 == 1;
    for cost in 1.. {
        let snake_ahead = match ahead.advance(odd.then_some(&*behind)) {
            Step::Met(point) => return from_begin(point, true),
            Step::On { snake } => snake,
        };
        let snake_behind = match behind.advance((!odd).then_some(&*ahead)) {
            Step::Met(point) => return from_end(point, true),
            Step::On { snake } => snake,
        };
        let Some(limit) = limit else { continue };
        if cost > COST_FLOOR && (snake_ahead || snake_behind) {
            if let Some(point) = ahead.good(cost) {
                return from_begin(point, false);
            }
            if let Some(point) = behind.good(cost) {
                return from_end(point, false);
            }
        }
        if cost >= limit {
            let (there, here) = (ahead.furthest(), behind.furthest());
            return if here.way() < there.way() { from_begin(there, false) } else { from_end(here, false) };
        }
    }
    unreachable!("the two fronts meet when their costs add up to all lines at the latest")
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
