//! Numbers that a word announces: `Bug 1`, `LP: #1`, `blueprint name`, `PR 1`, `pull request #1`.

use super::bytes::{at, before, cut, digits, run, skip_blanks, text, word_begins_at};
use super::raw::{Line, Nature, Owner};
use super::tokens::{Found, Tokens, is_separator, joint};
use crate::style::ReferenceStyle::{self, Bugzilla, Gerrit, Launchpad};

impl Tokens<'_, '_> {
    /// `Bug 1`, `bug #1`, `bugs 1, 2 and 3`, `bug:1`, `bz 1`.
    pub(crate) fn bug(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let style = self.dialect.first_of(&[Bugzilla, Launchpad, Gerrit])?;
        let mut from = joint(message, end);
        let sharp = before(message, from) == b'#';
        // Where numbers with `#` are the tracker's own, the word before them says nothing new.
        if sharp && (self.dialect.automatic || !self.dialect.any(&[Bugzilla, Launchpad])) {
            return None;
        }
        // In a field the field says whose bugs are meant.
        let footer = || line.field.is_none() && self.dialect.has(Launchpad) && self.is_footer_word(i);
        if matches!(before(message, i), b'/' | b'_' | b'.') || before(message, i) == b'-' && !footer() {
            return None;
        }
        let least = if self.dialect.has(Bugzilla) || self.dialect.has(Launchpad) { 2 } else { 4 };
        let mut begin = i;
        let mut last = None;
        loop {
            let stop = digits(message, from);
            let number = cut(message, from, stop);
            let next = at(message, stop);
            let joined = word_begins_at(message, stop)
                || matches!(next, b'.' | b'-' | b'/' | b'%') && at(message, stop + 1).is_ascii_digit();
            if number.len() < least || number.len() > 10 || number.first() == Some(&b'0') || joined || stop > line.end {
                return last;
            }
            let prefix = if style == Launchpad { "lp" } else { "bug" };
            let found =
                Found { key: format!("{prefix}:{}", text(number)), nature: Nature::Issue, style, owner: Owner::Ours };
            self.push(found, [from, stop], [begin, stop], line);
            last = Some(stop);
            // A list goes on with numbers of about that length.
            let gap = run(message, stop, |b| matches!(b, b' ' | b',' | b'&' | b'#' | b'+' | b'/'));
            let more = if super::bytes::starts(message, gap, b"and ") {
                run(message, gap + 4, |b| b == b' ' || b == b'#')
            } else {
                gap
            };
            let following = digits(message, more) - more;
            if more == stop || !is_separator(cut(message, stop, more)) || following + 2 < number.len() || following < 3
            {
                return last;
            }
            begin = more;
            from = more;
        }
    }

    /// `Partial-Bug #1`: a footer that lacks its colon.
    fn is_footer_word(&self, bug: usize) -> bool {
        let mut from = bug.saturating_sub(1);
        while before(self.message, from).is_ascii_alphabetic() && bug - from < 16 {
            from -= 1;
        }
        let word = cut(self.message, from, bug.saturating_sub(1)).to_ascii_lowercase();
        matches!(&word[..], b"partial" | b"related") || self.dialect.verbs.action(&word).is_some()
    }

    /// `lp:1`, `LP: #1`, `LP #1`.
    pub(crate) fn launchpad(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        if !self.dialect.may(Launchpad) {
            return None;
        }
        let from = joint(self.message, end);
        let stop = digits(self.message, from);
        let number = cut(self.message, from, stop);
        if number.len() < 3 || number.len() > 10 || word_begins_at(self.message, stop) {
            return None;
        }
        let found =
            Found { key: format!("lp:{}", text(number)), nature: Nature::Issue, style: Launchpad, owner: Owner::Ours };
        self.push(found, [from, stop], [i, stop], line);
        Some(stop)
    }

    /// `blueprint name`, `bp name`, `bp/name`, `bp:name`.
    pub(crate) fn blueprint(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let in_name = line.field.is_some_and(|field| field.blueprint && i < field.value);
        if matches!(before(message, i), b'-' | b'_' | b'.') && !in_name {
            return None;
        }
        let mut from = end;
        if matches!(at(message, from), b':' | b'/') {
            from += 1;
        }
        from = skip_blanks(message, from);
        let stop =
            run(message, from, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'+'));
        let stop =
            from + cut(message, from, stop).iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(0, |last| last + 1);
        let name = cut(message, from, stop);
        let begins = name.first().is_some_and(u8::is_ascii_alphanumeric);
        // In prose only a name of several words, or one that a verb governs, is a name.
        let alone = cut(message, line.start, i).trim_ascii().is_empty()
            && cut(message, stop, line.end.max(stop)).trim_ascii().is_empty();
        let marked =
            alone || line.field.is_some_and(|field| field.blueprint) || matches!(at(message, end), b'/' | b':');
        let governed = matches!(
            super::words::Before::read(message, i, line.start).cue(&self.dialect.verbs),
            super::words::Cue::Verb(_)
        );
        let named = name.contains(&b'-') || name.iter().any(u8::is_ascii_digit);
        if from == end
            || !begins
            || name.len() < 3
            || !(named || (marked || governed) && name.len() > 3)
            || word_begins_at(message, stop)
            || stop > line.end
        {
            return None;
        }
        let found =
            Found { key: format!("bp:{}", text(name)), nature: Nature::Issue, style: Launchpad, owner: Owner::Ours };
        self.push(found, [from, stop], [i, stop], line);
        Some(stop)
    }

    /// `PR 1`, `PR c++/1`, `MR 1`. What has a `#` or `!` is found by that.
    pub(crate) fn pull(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        if !cut(message, i, end).iter().all(u8::is_ascii_uppercase) || !matches!(at(message, end), b' ' | b':' | b'\t')
        {
            return None;
        }
        let from = skip_blanks(message, if at(message, end) == b':' { end + 1 } else { end });
        let named =
            run(message, from, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'_'));
        if at(message, named) == b'/' && at(message, from).is_ascii_lowercase() && self.dialect.any(&[Bugzilla, Gerrit])
        {
            let stop = digits(message, named + 1);
            let number = cut(message, named + 1, stop);
            if number.len() >= 3 && !word_begins_at(message, stop) {
                let found = Found {
                    key: format!("bug:{}", text(number)),
                    nature: Nature::Issue,
                    style: Bugzilla,
                    owner: Owner::Ours,
                };
                self.push(found, [named + 1, stop], [i, stop], line);
                return Some(stop);
            }
        }
        if line.field.is_some() || !at(message, from).is_ascii_digit() {
            return None;
        }
        self.numbered(i, from, line)
    }

    /// The number of a change at `from`, announced by what begins at `i`.
    pub(crate) fn numbered(&mut self, i: usize, from: usize, line: &Line) -> Option<usize> {
        let stop = digits(self.message, from);
        let number = cut(self.message, from, stop);
        let next = at(self.message, stop);
        let joined = word_begins_at(self.message, stop)
            || matches!(next, b'.' | b'-' | b'%') && at(self.message, stop + 1).is_ascii_alphanumeric();
        if number.is_empty() || number.len() > 9 || number.first() == Some(&b'0') || joined {
            return None;
        }
        let bug = self.dialect.has(Bugzilla)
            && !self.dialect.any(&[ReferenceStyle::GitHub, ReferenceStyle::GitLab, ReferenceStyle::Azure])
            && at(self.message, from - 1) != b'/';
        let found = if bug {
            Found { key: format!("bug:{}", text(number)), nature: Nature::Issue, style: Bugzilla, owner: Owner::Ours }
        } else {
            Found {
                key: format!("#{}", text(number)),
                nature: Nature::Change,
                style: self.dialect.change_style(),
                owner: Owner::Ours,
            }
        };
        self.push(found, [from, stop], [i, stop], line);
        Some(stop)
    }

    /// `Issue 1: title`, which begins a subject.
    pub(crate) fn issue_number(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        use ReferenceStyle::{Bitbucket, GitHub, GitLab, Redmine};
        let style = self.dialect.first_of(&[GitHub, GitLab, Redmine, Bitbucket]).filter(|_| !self.dialect.automatic)?;
        let from = skip_blanks(self.message, end);
        let stop = digits(self.message, from);
        let titled = at(self.message, stop) == b':' || super::bytes::starts(self.message, stop, b" - ");
        if i != self.parts.subject[0] || from == end || stop == from || stop - from > 9 || !titled {
            return None;
        }
        let found = Found {
            key: format!("#{}", text(cut(self.message, from, stop))),
            nature: Nature::Issue,
            style,
            owner: Owner::Ours,
        };
        self.push(found, [from, stop], [i, stop], line);
        Some(stop)
    }

    /// `pull request 1` and `merge request 1`, without a sigil.
    pub(crate) fn request(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let mut from = i;
        while before(self.message, from) == b' ' {
            from -= 1;
        }
        let word = |word: &[u8]| from >= word.len() && super::bytes::starts(self.message, from - word.len(), word);
        let number = skip_blanks(self.message, end);
        if !(word(b"pull") || word(b"merge")) || number == end || !at(self.message, number).is_ascii_digit() {
            return None;
        }
        self.numbered(from.saturating_sub(5), number, line)
    }
}
