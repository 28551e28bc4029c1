//! How many lines two texts differ by, and where, as git counts them.

use std::hash::{BuildHasher, RandomState};

use crate::myers::{Counterparts, Scratch, mark_changed};
use crate::patch::Marked;

/// Git calls a file binary when one of its first bytes, this many, is NUL.
const BINARY_WINDOW: usize = 8000;
/// A common line is left out only among at least this many lines without a counterpart.
const CROWD: usize = 7;
/// Differences of fewer lines than this never reach the cost at which git settles for less than the best.
const SMALL: usize = 500;
/// No class has this number.
const NO_CLASS: u32 = u32::MAX;

/// Whether git takes these bytes for binary: a NUL among the first 8,000.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes.get(..BINARY_WINDOW).unwrap_or(bytes)).is_some()
}

/// How many lines a text has: newlines, and one more when the last line has none.
pub(crate) fn count_lines(text: &[u8]) -> usize {
    let unfinished = text.last().is_some_and(|&byte| byte != b'\n');
    memchr::memchr_iter(b'\n', text).count() + usize::from(unfinished)
}

/// Lines added and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) added: usize,
    pub(crate) deleted: usize,
}

/// Both texts' lines, changed and not.
#[derive(Debug)]
pub(crate) struct Marks {
    pub(crate) old: Marked,
    pub(crate) new: Marked,
}

/// Compares texts, one pair after the other, in buffers it keeps.
#[derive(Debug)]
pub(crate) struct LineDiff {
    classes: Classes,
    sides: [Side; 2],
    scratch: Scratch,
}

/// What is known of one text's lines.
#[derive(Debug, Default)]
struct Side {
    /// Equal numbers for equal lines.
    classes: Vec<u32>,
    counterparts: Vec<Counterparts>,
    changed: Vec<bool>,
}

impl LineDiff {
    pub(crate) fn new() -> Self {
        Self { classes: Classes::new(), sides: Default::default(), scratch: Scratch::default() }
    }

    /// Lines added and deleted, as `git diff --numstat --diff-algorithm=myers` counts them.
    pub(crate) fn count(&mut self, old: &[u8], new: &[u8]) -> Counts {
        let start = common_beginning(old, new);
        let (old_rest, new_rest) = (tail(old, start), tail(new, start));
        let end = common_end(old_rest, new_rest);
        let (old_middle, new_middle) = (head(old_rest, old_rest.len() - end), head(new_rest, new_rest.len() - end));
        if old_middle.is_empty() || new_middle.is_empty() {
            return Counts { added: count_lines(new_middle), deleted: count_lines(old_middle) };
        }
        let [one, two] = &mut self.sides;
        self.classes.clear(old_middle.len() + new_middle.len());
        one.classes.clear();
        one.classes.extend(lines(old_middle).map(|line| self.classes.number(line, 0)));
        two.classes.clear();
        two.classes.extend(lines(new_middle).map(|line| self.classes.number(line, 1)));
        let unmatched = |side: &Side, other: usize| {
            side.classes.iter().filter(|&&class| self.classes.occurrences(class, other) == 0).count()
        };
        let simple =
            one.classes.len() + two.classes.len() < SMALL && unmatched(one, 1) < CROWD && unmatched(two, 0) < CROWD;
        let mut common = 0;
        if !simple {
            // How often a line occurs elsewhere decides what git leaves out.
            for line in lines(head(old, start)).chain(lines(tail(old_rest, old_rest.len() - end))) {
                self.classes.add_common(line);
                common += 1;
            }
        }
        self.mark(simple, common);
        let [one, two] = &self.sides;
        let count = |side: &Side| side.changed.iter().filter(|&&changed| changed).count();
        Counts { added: count(two), deleted: count(one) }
    }

    /// Which lines of the whole texts differ, as `git diff` decides before it moves changes among equal lines.
    pub(crate) fn marks(&mut self, old: &[u8], new: &[u8]) -> Marks {
        self.classes.clear(old.len() + new.len());
        let mut numbered = |text, side| lines(text).map(|line| self.classes.number(line, side)).collect::<Vec<_>>();
        let (old_classes, new_classes) = (numbered(old, 0), numbered(new, 1));
        let same = |(one, two): &(&u32, &u32)| one == two;
        let start = old_classes.iter().zip(&new_classes).take_while(same).count();
        let (old_rest, new_rest) =
            (old_classes.get(start..).unwrap_or_default(), new_classes.get(start..).unwrap_or_default());
        let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
        for (side, rest) in self.sides.iter_mut().zip([old_rest, new_rest]) {
            side.classes.clear();
            side.classes.extend_from_slice(rest.get(..rest.len() - end).unwrap_or(rest));
        }
        self.mark(false, start + end);
        let whole = |side: &Side, classes: Vec<u32>| {
            let mut changed = vec![false; start];
            changed.extend_from_slice(&side.changed);
            changed.resize(classes.len(), false);
            Marked { classes, changed }
        };
        let [one, two] = &self.sides;
        Marks { old: whole(one, old_classes), new: whole(two, new_classes) }
    }

    /// Marks the changed lines of both sides, of which `common` further lines are the same at the beginning and the end.
    fn mark(&mut self, simple: bool, common: usize) {
        let classes = &self.classes;
        for (index, side) in self.sides.iter_mut().enumerate() {
            let total = side.classes.len() + common;
            side.counterparts.clear();
            side.counterparts.extend(side.classes.iter().map(|&class| {
                let count = classes.occurrences(class, 1 - index);
                if simple && count > 0 { Counterparts::Some } else { Counterparts::of(count, total) }
            }));
            side.changed.clear();
            side.changed.resize(side.classes.len(), false);
        }
        let [one, two] = &mut self.sides;
        mark_changed(
            &mut self.scratch,
            [&one.classes, &two.classes],
            [&one.counterparts, &two.counterparts],
            [&mut one.changed, &mut two.changed],
        );
    }
}

fn head(text: &[u8], end: usize) -> &[u8] {
    text.get(..end).unwrap_or(text)
}

fn tail(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}

/// The lines of a text, each with its newline.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

/// How many bytes of equal lines both texts begin with.
fn common_beginning(old: &[u8], new: &[u8]) -> usize {
    let smaller = old.len().min(new.len());
    let equal = equal_bytes(head(old, smaller), head(new, smaller));
    if equal == old.len() && equal == new.len() {
        return equal;
    }
    memchr::memrchr(b'\n', head(old, equal)).map_or(0, |newline| newline + 1)
}

/// How many bytes two slices of one length begin alike with.
fn equal_bytes(one: &[u8], two: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let mut equal = 0;
    for (a, b) in one.chunks_exact(CHUNK).zip(two.chunks_exact(CHUNK)) {
        if a != b {
            break;
        }
        equal += CHUNK;
    }
    equal + tail(one, equal).iter().zip(tail(two, equal)).take_while(|(a, b)| a == b).count()
}

/// How many bytes of equal lines both texts end with. Both begin at the beginning of a line.
fn common_end(old: &[u8], new: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let smaller = old.len().min(new.len());
    let (one, two) = (tail(old, old.len() - smaller), tail(new, new.len() - smaller));
    let mut equal = 0;
    for (a, b) in one.rchunks_exact(CHUNK).zip(two.rchunks_exact(CHUNK)) {
        if a != b {
            break;
        }
        equal += CHUNK;
    }
    let (one, two) = (head(one, smaller - equal), head(two, smaller - equal));
    equal += one.iter().rev().zip(two.iter().rev()).take_while(|(a, b)| a == b).count();
    let starts_line =
        |text: &[u8]| text.len() == equal || text.get(text.len() - equal - 1).is_some_and(|&byte| byte == b'\n');
    if starts_line(old) && starts_line(new) {
        return equal;
    }
    let end = tail(old, old.len() - equal);
    memchr::memchr(b'\n', end).map_or(0, |newline| equal - newline - 1)
}

/// Numbers for lines, equal for equal lines.
///
/// The hash is keyed at random, so that no file can be made whose lines all collide.
#[derive(Debug)]
struct Classes {
    key: u64,
    /// Indices into `known`, by hash, or [`NO_CLASS`].
    slots: Vec<u32>,
    known: Vec<Class>,
    /// The text of every class, one after the other.
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Class {
    hash: u64,
    start: usize,
    length: usize,
    /// How often it occurs in either text.
    occurrences: [u32; 2],
}

impl Classes {
    fn new() -> Self {
        Self { key: RandomState::new().hash_one(0) | 1, slots: Vec::new(), known: Vec::new(), text: Vec::new() }
    }

    /// Forgets everything, and makes room for the lines of texts of `bytes` bytes.
    fn clear(&mut self, bytes: usize) {
        self.known.clear();
        self.text.clear();
        let room = (bytes / 16 + 16).next_power_of_two().min(1 << 20);
        self.slots.clear();
        self.slots.resize(room, NO_CLASS);
    }

    fn hash(&self, line: &[u8]) -> u64 {
        let mut hash = self.key ^ line.len() as u64;
        let mut chunks = line.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            hash = fold(hash ^ u64::from_le_bytes(word), self.key);
        }
        let rest = chunks.remainder();
        let mut word = [0; 8];
        if let Some(word) = word.get_mut(..rest.len()) {
            word.copy_from_slice(rest);
        }
        fold(hash ^ u64::from_le_bytes(word), 0x9e37_79b9_7f4a_7c15)
    }

    /// The slot that has this line's class, or the free one where it would go.
    fn slot(&self, hash: u64, line: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots.get(slot).and_then(|&class| self.known.get(class as usize)) {
                Some(class) if class.hash == hash && self.text_of(class) == line => return slot,
                Some(_) => slot = (slot + 1) & mask,
                None => return slot,
            }
        }
    }

    fn text_of(&self, class: &Class) -> &[u8] {
        self.text.get(class.start..class.start + class.length).unwrap_or_default()
    }

    /// The number of this line, which occurs once more in the text `side`.
    fn number(&mut self, line: &[u8], side: usize) -> u32 {
        let hash = self.hash(line);
        let slot = self.slot(hash, line);
        let mut number = self.slots.get(slot).copied().unwrap_or(NO_CLASS);
        if number == NO_CLASS {
            number = self.known.len() as u32;
            let start = self.text.len();
            self.text.extend_from_slice(line);
            self.known.push(Class { hash, start, length: line.len(), occurrences: [0; 2] });
            if let Some(free) = self.slots.get_mut(slot) {
                *free = number;
            }
            if self.known.len() * 2 > self.slots.len() {
                self.grow();
            }
        }
        if let Some(count) = self.known.get_mut(number as usize).and_then(|class| class.occurrences.get_mut(side)) {
            *count += 1;
        }
        number
    }

    /// Counts a line that both texts have, if it has a number.
    fn add_common(&mut self, line: &[u8]) {
        let hash = self.hash(line);
        let slot = self.slot(hash, line);
        if let Some(class) = self.slots.get(slot).and_then(|&class| self.known.get_mut(class as usize)) {
            for count in &mut class.occurrences {
                *count += 1;
            }
        }
    }

    fn occurrences(&self, class: u32, side: usize) -> usize {
        self.known.get(class as usize).and_then(|class| class.occurrences.get(side)).map_or(0, |&count| count as usize)
    }

    fn grow(&mut self) {
        let room = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(room, NO_CLASS);
        let mask = room - 1;
        for (number, class) in self.known.iter().enumerate() {
            let mut slot = class.hash as usize & mask;
            while self.slots.get(slot).is_some_and(|&taken| taken != NO_CLASS) {
                slot = (slot + 1) & mask;
            }
            if let Some(free) = self.slots.get_mut(slot) {
                *free = number as u32;
            }
        }
    }
}

/// Multiplies to 128 bits and folds the halves: every bit of the input moves every bit of the result.
fn fold(value: u64, by: u64) -> u64 {
    let wide = u128::from(value) * u128::from(by);
    (wide as u64) ^ (wide >> 64) as u64
}
