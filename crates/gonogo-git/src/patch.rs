//! A file's part of a patch, in the form that tells whether two patches are the same (git-patch-id(1)).
//!
//! The text is what `git patch-id --stable` hashes: the changed lines with three lines around them, without line numbers and
//! without white space. Which of several equal places a change is shown at follows git: a run of changed lines is moved down as far
//! as it goes, or to where it lines up with a change in the other file.

use crate::lines::{LineDiff, Marks, lines};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Which lines of two texts differ, each run of them where git shows it.
pub(crate) fn placed(diff: &mut LineDiff, old: &[u8], new: &[u8]) -> Marks {
    let marks = diff.marks(old, new);
    let (mut one, mut two) = (Stays::of(&marks.old), Stays::of(&marks.new));
    one.place_gaps(&two);
    two.place_gaps(&one);
    Marks { old: one.marked(), new: two.marked() }
}

/// Appends what changed between the two texts, ready to be hashed.
pub(crate) fn write_patch(diff: &mut LineDiff, old: &[u8], new: &[u8], out: &mut Vec<u8>) {
    let Marks { old: one, new: two } = placed(diff, old, new);
    let (old_lines, new_lines): (Vec<_>, Vec<_>) = (lines(old).collect(), lines(new).collect());
    let changes = changes(&one.changed, &two.changed);
    let mut shown = 0;
    for (index, change) in changes.iter().enumerate() {
        let context = match index.checked_sub(1).and_then(|before| changes.get(before)) {
            // Changes at most twice the context apart share what lies between them.
            Some(before) if change.old.0 - before.old.1 <= 2 * CONTEXT => shown,
            _ => change.new.0.saturating_sub(CONTEXT).max(shown),
        };
        write_lines(&new_lines, (context, change.new.0), None, out);
        write_lines(&old_lines, change.old, Some(b'-'), out);
        write_lines(&new_lines, change.new, Some(b'+'), out);
        shown = change.new.1;
        let after = changes.get(index + 1);
        if after.is_none_or(|after| after.old.0 - change.old.1 > 2 * CONTEXT) {
            let room = CONTEXT.min(old_lines.len() - change.old.1).min(new_lines.len() - change.new.1);
            write_lines(&new_lines, (shown, shown + room), None, out);
            shown += room;
        }
    }
}

fn write_lines(lines: &[&[u8]], (from, to): (usize, usize), sign: Option<u8>, out: &mut Vec<u8>) {
    for line in lines.get(from..to).unwrap_or_default() {
        out.extend(sign);
        write_without_space(line, out);
    }
}

/// Appends the bytes that are not what git calls white space.
pub(crate) fn write_without_space(text: &[u8], out: &mut Vec<u8>) {
    out.extend(text.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')));
}

/// Lines `from..to` of the old text became lines `from..to` of the new one.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

fn changes(old: &[bool], new: &[bool]) -> Vec<Change> {
    let is = |marks: &[bool], at: usize| marks.get(at).copied().unwrap_or(false);
    let mut found = Vec::new();
    let (mut one, mut two) = (0, 0);
    while one < old.len() || two < new.len() {
        let (from_one, from_two) = (one, two);
        while is(old, one) {
            one += 1;
        }
        while is(new, two) {
            two += 1;
        }
        if one > from_one || two > from_two {
            found.push(Change { old: (from_one, one), new: (from_two, two) });
        } else {
            one += 1;
            two += 1;
        }
    }
    found
}

/// A text's lines as numbers, and which of them are changed.
#[derive(Debug)]
pub(crate) struct Marked {
    pub(crate) classes: Vec<u32>,
    pub(crate) changed: Vec<bool>,
}

/// The lines of one text that stay, in order; the `n`-th of the old text is the `n`-th of the new one. What lies between two of them, a
/// gap, changed. Gap `n` lies before the `n`-th line that stays, the last one behind them all; many are empty.
///
/// Where equal lines lie at both edges of a gap, either may be the one that stays: so a gap moves without changing what differs.
struct Stays<'m> {
    classes: &'m [u32],
    lines: Vec<usize>,
}

impl<'m> Stays<'m> {
    fn of(marked: &'m Marked) -> Self {
        let stays = marked.changed.iter().enumerate().filter(|(_, changed)| !**changed);
        Self { classes: &marked.classes, lines: stays.map(|(line, _)| line).collect() }
    }

    fn marked(&self) -> Marked {
        let mut changed = vec![true; self.classes.len()];
        for &line in &self.lines {
            if let Some(mark) = changed.get_mut(line) {
                *mark = false;
            }
        }
        Marked { classes: self.classes.to_vec(), changed }
    }

    /// The lines of a gap: from the first to before the second.
    fn gap(&self, gap: usize) -> (usize, usize) {
        let before = gap.checked_sub(1).and_then(|stay| self.lines.get(stay));
        let after = self.lines.get(gap).copied().unwrap_or(self.classes.len());
        (before.map_or(0, |line| line + 1), after)
    }

    fn is_empty(&self, gap: usize) -> bool {
        let (from, to) = self.gap(gap);
        from == to
    }

    fn same(&self, one: usize, two: usize) -> bool {
        self.classes.get(one).is_some_and(|class| self.classes.get(two) == Some(class))
    }

    /// Lets the last line of the gap stay in place of the one before it. The gap is then the one before, with what that held.
    fn up(&mut self, gap: usize) -> Option<usize> {
        let before = gap.checked_sub(1)?;
        let (from, to) = self.gap(gap);
        let last = to.checked_sub(1).filter(|last| *last >= from)?;
        let stay = self.lines.get(before).copied().filter(|stay| self.same(*stay, last))?;
        debug_assert!(stay < last);
        *self.lines.get_mut(before)? = last;
        Some(before)
    }

    /// Lets the first line of the gap stay in place of the one behind it. The gap is then the next, with what that held.
    fn down(&mut self, gap: usize) -> Option<usize> {
        let (first, to) = self.gap(gap);
        let stay = self.lines.get(gap).copied().filter(|stay| first < to && self.same(*stay, first))?;
        debug_assert!(first < stay);
        *self.lines.get_mut(gap)? = first;
        Some(gap + 1)
    }

    /// Moves every gap to where git shows it: as far down as it goes, or up again to where the other text has a gap too.
    fn place_gaps(&mut self, other: &Stays<'_>) {
        let mut gap = 0;
        while gap <= self.lines.len() {
            if !self.is_empty(gap) {
                gap = self.place(gap, other);
            }
            gap += 1;
        }
    }

    fn place(&mut self, mut gap: usize, other: &Stays<'_>) -> usize {
        let size = |stays: &Self, gap| {
            let (from, to) = stays.gap(gap);
            to - from
        };
        let (highest, faces_a_gap) = loop {
            let before = size(self, gap);
            while let Some(higher) = self.up(gap) {
                gap = higher;
            }
            let highest = self.gap(gap).1;
            let mut faces_a_gap = !other.is_empty(gap);
            while let Some(lower) = self.down(gap) {
                gap = lower;
                faces_a_gap |= !other.is_empty(gap);
            }
            // One that has swallowed another may move further.
            if size(self, gap) == before {
                break (highest, faces_a_gap);
            }
        };
        if faces_a_gap && self.gap(gap).1 != highest {
            while other.is_empty(gap) {
                match self.up(gap) {
                    Some(higher) => gap = higher,
                    None => break,
                }
            }
        }
        gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(old: &str, new: &str) -> String {
        let mut out = Vec::new();
        write_patch(&mut LineDiff::new(), old.as_bytes(), new.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_patch_has_the_changed_lines_and_three_around_them_without_space() {
        assert_eq!(
            patch("1\n2\n3\n4\nold line\n6\n7\n8\n9\n", "1\n2\n3\n4\nnew\tline\n6\n7\n8\n9\n"),
            "234-oldline+newline678"
        );
        assert_eq!(patch("", "a\nb"), "+a+b");
        assert_eq!(patch("a\n", ""), "-a");
        assert_eq!(patch("a", "a\n"), "-a+a");
    }

    #[test]
    fn changes_up_to_six_lines_apart_share_what_lies_between() {
        let text = |first: &str, between: usize, last: &str| {
            let middle: String = (0..between).map(|line| format!("{line}\n")).collect();
            format!("{first}\n{middle}{last}\n")
        };
        assert_eq!(patch(&text("a", 6, "b"), &text("c", 6, "d")), "-a+c012345-b+d");
        assert_eq!(patch(&text("a", 7, "b"), &text("c", 7, "d")), "-a+c012456-b+d");
    }

    #[test]
    fn a_run_among_equal_lines_lies_as_far_down_as_it_goes() {
        assert_eq!(patch("a\nx\nb\n", "a\nx\nx\nb\n"), "ax+xb");
    }
}
