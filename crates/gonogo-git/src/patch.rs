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
    let mut marks = diff.marks(old, new);
    compact(&mut marks.old, &mut marks.new);
    compact(&mut marks.new, &mut marks.old);
    marks
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

/// A maximal run of changed lines, possibly empty: between any two unchanged lines there is one.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    end: usize,
}

impl Marked {
    fn is_changed(&self, line: usize) -> bool {
        self.changed.get(line).copied().unwrap_or(false)
    }

    fn same(&self, one: usize, two: usize) -> bool {
        matches!((self.classes.get(one), self.classes.get(two)), (Some(one), Some(two)) if one == two)
    }

    fn set(&mut self, line: usize, changed: bool) {
        if let Some(mark) = self.changed.get_mut(line) {
            *mark = changed;
        }
    }

    fn end_of_run(&self, from: usize) -> usize {
        let mut end = from;
        while self.is_changed(end) {
            end += 1;
        }
        end
    }

    fn start_of_run(&self, end: usize) -> usize {
        let mut start = end;
        while start > 0 && self.is_changed(start - 1) {
            start -= 1;
        }
        start
    }

    fn first(&self) -> Run {
        Run { start: 0, end: self.end_of_run(0) }
    }

    fn next(&self, run: &mut Run) -> bool {
        if run.end >= self.changed.len() {
            return false;
        }
        run.start = run.end + 1;
        run.end = self.end_of_run(run.start);
        true
    }

    fn previous(&self, run: &mut Run) -> bool {
        let Some(end) = run.start.checked_sub(1) else { return false };
        run.end = end;
        run.start = self.start_of_run(end);
        true
    }

    /// Moves the run one line down, if the line after it equals its first; it swallows the run it then touches.
    fn slide_down(&mut self, run: &mut Run) -> bool {
        if !self.same(run.start, run.end) {
            return false;
        }
        self.set(run.start, false);
        self.set(run.end, true);
        run.start += 1;
        run.end = self.end_of_run(run.end + 1);
        true
    }

    /// Moves the run one line up, if the line before it equals its last.
    fn slide_up(&mut self, run: &mut Run) -> bool {
        let (Some(before), Some(last)) = (run.start.checked_sub(1), run.end.checked_sub(1)) else { return false };
        if !self.same(before, last) {
            return false;
        }
        self.set(before, true);
        self.set(last, false);
        run.end = last;
        run.start = self.start_of_run(before);
        true
    }
}

/// Moves each run of changed lines in `mine` to where git shows it.
fn compact(mine: &mut Marked, other: &mut Marked) {
    let (mut run, mut opposite) = (mine.first(), other.first());
    loop {
        if run.start < run.end {
            place(mine, other, &mut run, &mut opposite);
        }
        if !mine.next(&mut run) || !other.next(&mut opposite) {
            return;
        }
    }
}

fn place(mine: &mut Marked, other: &Marked, run: &mut Run, opposite: &mut Run) {
    let (highest, lines_up) = loop {
        let size = run.end - run.start;
        while mine.slide_up(run) {
            other.previous(opposite);
        }
        let highest = run.end;
        let mut lines_up = opposite.start < opposite.end;
        while mine.slide_down(run) {
            other.next(opposite);
            lines_up |= opposite.start < opposite.end;
        }
        // A run that swallowed another may move further.
        if run.end - run.start == size {
            break (highest, lines_up);
        }
    };
    if run.end != highest && lines_up {
        while opposite.start == opposite.end && mine.slide_up(run) {
            other.previous(opposite);
        }
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
