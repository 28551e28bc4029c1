//! `#1` and `!1`, alone or behind a repository's or tracker's name.

use super::bytes::{at, before, digits, is_word, run, text, word_begins_at, word_ends_at};
use super::dialect::HashMeaning;
use super::fields::Bare;
use super::raw::{Line, Nature, Owner};
use super::tokens::{Found, Tokens};
use crate::style::ReferenceStyle::{self, Azure, Bugzilla, Gerrit, GitHub, Launchpad};

/// Trackers' short names before `#1`, as distributions and desktops write them.
const TRACKERS: &[&str] = &[
    "tdf", "fdo", "bgo", "bnc", "boo", "bsc", "rhbz", "bz", "bko", "mga", "kde", "bmo", "deb", "gcc", "cool", "rh",
    "bug", "i",
];

/// Nouns before `#1` that number something else.
const COUNTED: &[&str] = &[
    "build",
    "run",
    "job",
    "pipeline",
    "line",
    "lines",
    "attempt",
    "step",
    "take",
    "round",
    "case",
    "option",
    "example",
    "page",
    "chapter",
    "rule",
    "phase",
    "color",
    "colour",
    "background",
    "fill",
    "hex",
    "border",
    "workflow",
];
/// The same where the number is small.
const COUNTED_SMALL: &[&str] = &[
    "part",
    "try",
    "comment",
    "patch",
    "version",
    "item",
    "test",
    "point",
    "number",
    "batch",
    "revision",
    "day",
    "week",
    "todo",
    "player",
    "candidate",
    "release",
    "rc",
    "iteration",
    "level",
    "slot",
    "core",
    "thread",
    "node",
];

impl Tokens<'_, '_> {
    /// A `#1` or `!1` whose sigil stands at `i`; returns where scanning goes on.
    pub(crate) fn hash(&mut self, i: usize, line: &Line) -> usize {
        let sigil = at(self.message, i);
        let end = digits(self.message, i + 1);
        let number = self.slice(i + 1, end);
        if self.is_no_number(number, end)
            || self.dialect.prefixes.as_ref().is_some_and(|list| sigil == b'#' && !list.iter().any(|p| p == "#"))
        {
            return end;
        }
        // `[#1](https://...)`: the link says more.
        if at(self.message, end) == b']' && self.slice(end, end + 6) == b"](http" {
            return end;
        }
        let last = before(self.message, i);
        let mut from = i;
        while from > line.start
            && i - from < 200
            && matches!(before(self.message, from), b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/')
        {
            from -= 1;
        }
        let from = run(self.message, from, |b| b == b'.' || b == b'/' || b == b'-');
        // `#1/#2` is a list, and no repository's name.
        let listed = before(self.message, from) == b'#'
            && before(self.message, i) == b'/'
            && self.slice(from, i - 1).iter().all(u8::is_ascii_digit);
        if from < i && !listed {
            self.prefixed_hash(from, i, end, line);
            return end;
        }
        if matches!(last, b'&' | b'#' | b'!' | b'{' | b'\\' | b'@' | b'$' | b'%') || word_ends_at(self.message, i) {
            return end;
        }
        if sigil == b'!' {
            self.exclaimed(i, end, line);
            return end;
        }
        if self.is_counted(i, number) {
            return end;
        }
        // `Bug #1`, `LP: #1` where bugs are another tracker's, or the field says whose it is.
        if let Some((key, style)) = self.bug_of_field(line, number, i) {
            let found = Found { key, nature: Nature::Issue, style, owner: Owner::Ours };
            self.push(found, [i + 1, end], [i, end], line);
            return end;
        }
        // Where nobody else writes `#1`, a number so long is a bug's.
        if number.len() >= 6
            && self.dialect.hash_meaning() == HashMeaning::Unclear
            && let Some(style) = self.dialect.first_of(&[Launchpad, Bugzilla])
        {
            let prefix = if style == Launchpad { "lp" } else { "bug" };
            let key = format!("{prefix}:{}", text(number));
            self.push(Found { key, nature: Nature::Issue, style, owner: Owner::Ours }, [i + 1, end], [i, end], line);
            return end;
        }
        let key = format!("#{}", text(number));
        let found = Found { key, nature: Nature::Hash, style: self.dialect.hash_style(), owner: Owner::Ours };
        self.push(found, [i, end], [i, end], line);
        end
    }

    pub(super) fn is_no_number(&self, number: &[u8], end: usize) -> bool {
        let next = at(self.message, end);
        number.first() == Some(&b'0')
            || number.len() > 10
            || word_begins_at(self.message, end)
            || matches!(next, b'.' | b'-' | b',') && at(self.message, end + 1).is_ascii_digit() && next != b','
    }

    fn is_counted(&self, i: usize, number: &[u8]) -> bool {
        let mut to = i;
        while matches!(before(self.message, to), b' ' | b':') {
            to -= 1;
        }
        let mut from = to;
        while is_word(before(self.message, from)) && to - from < 20 {
            from -= 1;
        }
        let word = self.slice(from, to);
        let is = |list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
        is(COUNTED) || number.len() <= 2 && is(COUNTED_SMALL)
    }

    fn exclaimed(&mut self, i: usize, end: usize, line: &Line) {
        let gitlab = self.dialect.any(&[ReferenceStyle::GitLab, Azure]);
        let last = before(self.message, i);
        let apart = matches!(last, b' ' | b'\t' | b'(' | b'[' | b'\n' | 0 | b',' | b':' | b'/');
        if gitlab && apart && (!self.dialect.automatic || i > line.start) {
            let key = format!("!{}", text(self.slice(i + 1, end)));
            let style = self.dialect.first_of(&[ReferenceStyle::GitLab, Azure]).unwrap_or(ReferenceStyle::GitLab);
            self.push(Found { key, nature: Nature::Change, style, owner: Owner::Ours }, [i, end], [i, end], line);
        }
    }

    /// `owner/repo#1`, `AB#1`, `tdf#1`, `gh#1`.
    fn prefixed_hash(&mut self, from: usize, i: usize, end: usize, line: &Line) {
        let prefix = self.slice(from, i);
        let number = text(self.slice(i + 1, end));
        let sigil = char::from(at(self.message, i));
        let last = before(self.message, from);
        if matches!(last, b'@' | b':' | b'&' | b'=') && line.field.is_none() && last != b':'
            || word_ends_at(self.message, from)
        {
            return;
        }
        let token = [from, end];
        if prefix.contains(&b'/') {
            let name = text(prefix);
            let own = self.dialect.is_own(&name);
            let owner = match own {
                Some(true) => Owner::Ours,
                // A mirror keeps the name and not the owner.
                Some(false) if sigil == '!' && self.dialect.is_mirror(&name) => Owner::Ours,
                Some(false) => Owner::Other(None),
                None => Owner::Unknown,
            };
            let key = if own == Some(true) { format!("{sigil}{number}") } else { format!("{name}{sigil}{number}") };
            let nature = if sigil == '!' { Nature::Change } else { Nature::Hash };
            self.push(Found { key, nature, style: self.dialect.hash_style(), owner }, token, token, line);
            return;
        }
        if sigil == '!' {
            return;
        }
        let word = prefix.to_ascii_lowercase();
        if prefix == b"AB" && self.dialect.may(Azure) {
            self.push(
                Found { key: format!("AB#{number}"), nature: Nature::Issue, style: Azure, owner: Owner::Ours },
                token,
                token,
                line,
            );
        } else if word == b"gh" {
            self.push(
                Found { key: format!("#{number}"), nature: Nature::Hash, style: GitHub, owner: Owner::Ours },
                token,
                token,
                line,
            );
        } else if word == b"lp" && self.dialect.may(Launchpad) {
            self.push(
                Found { key: format!("lp:{number}"), nature: Nature::Issue, style: Launchpad, owner: Owner::Ours },
                token,
                token,
                line,
            );
        } else if matches!(
            &word[..],
            b"bug" | b"issue" | b"pr" | b"mr" | b"fixes" | b"closes" | b"fix" | b"ticket" | b"resolves" | b"refs"
        ) {
            let found = Found {
                key: format!("#{number}"),
                nature: Nature::Hash,
                style: self.dialect.hash_style(),
                owner: Owner::Ours,
            };
            self.push(found, [i, end], [i, end], line);
        } else if TRACKERS.iter().any(|known| word == known.as_bytes()) && self.dialect.any(&[Bugzilla, Gerrit]) {
            let key = format!("{}#{number}", text(&word));
            self.push(Found { key, nature: Nature::Issue, style: Bugzilla, owner: Owner::Ours }, token, token, line);
        } else if prefix.len() > 1 {
            // A repository without its owner: GitHub links no such thing.
            let key = format!("{}#{number}", text(prefix));
            self.push(
                Found { key, nature: Nature::Hash, style: self.dialect.hash_style(), owner: Owner::Other(None) },
                token,
                token,
                line,
            );
        }
    }

    /// What a number alone is in the line's field, as far as the value up to `i` is a clean list.
    pub(super) fn bug_of_field(&self, line: &Line, number: &[u8], i: usize) -> Option<(String, ReferenceStyle)> {
        let field = line.field.filter(|field| self.is_clean(field.value, i))?;
        let number = text(number);
        match field.bare {
            Bare::Launchpad if self.dialect.may(Launchpad) => Some((format!("lp:{number}"), Launchpad)),
            Bare::Launchpad if at(self.message, i) != b'#' => {
                self.dialect.first_of(&[Gerrit, Bugzilla]).map(|style| (format!("bug:{number}"), style))
            }
            Bare::Bug => match self.dialect.first_of(&[Gerrit, Bugzilla, Launchpad]) {
                Some(Launchpad) => Some((format!("lp:{number}"), Launchpad)),
                Some(style)
                    if !self.dialect.automatic
                        || before(self.message, i + 1) != b'#' && at(self.message, i) != b'#' =>
                {
                    if style == Gerrit && self.dialect.has(Launchpad) {
                        return Some((format!("lp:{number}"), Launchpad));
                    }
                    Some((format!("bug:{number}"), style))
                }
                _ => None,
            },
            _ => None,
        }
    }
}
