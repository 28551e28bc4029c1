//! Words with a number in them: `KAFKA-1`, `gh-1`, `sc-1`, `T1`, `fuchsia:DX-1`.

use super::bytes::{at, before, digits, is_word, run, text, word_begins_at, word_ends_at};
use super::dialect::Project;
use super::fields::Bare;
use super::raw::{Line, Nature, Owner};
use super::tokens::{Found, Tokens};
use crate::reference::Place;
use crate::style::ReferenceStyle::{self, Bugzilla, Gerrit, GitHub, Launchpad, Phabricator, Shortcut};

impl Tokens<'_, '_> {
    /// `KAFKA-1`, `gh-1`, `sc-1`, `bpo-1`: a word, a dash at `dash`, a number.
    pub(crate) fn dashed(&mut self, i: usize, dash: usize, line: &Line, branch: Option<usize>) -> Option<usize> {
        let message = self.message;
        let end = digits(message, dash + 1);
        let number = self.slice(dash + 1, end);
        let word = self.slice(i, dash);
        let (last, next, after) = (before(message, i), at(message, end), at(message, end + 1));
        let in_branch = branch.is_some();
        let joined = match next {
            b'-' => after.is_ascii_digit() && !in_branch,
            b'.' => after.is_ascii_digit() || after.is_ascii_lowercase(),
            b'_' => !in_branch,
            b'/' => false,
            _ => word_begins_at(message, end),
        };
        let tail =
            !in_branch && (matches!(last, b'-' | b'.' | b'@' | b'$' | b'%' | b'\\' | b'~') || word_ends_at(message, i));
        if number.is_empty() || number.len() > 10 || number.first() == Some(&b'0') || joined || tail {
            return None;
        }
        let place = if in_branch { Place::Branch } else { self.parts.place(i) };
        let (span, lower) = ([i, end], word.to_ascii_lowercase());
        // A configured project comes before what other styles call theirs.
        let listed = self.dialect.lists_project(word)
            && self.dialect.any(&[ReferenceStyle::Jira, ReferenceStyle::YouTrack, ReferenceStyle::Linear]);
        let other = match &lower[..] {
            _ if listed => None,
            b"gh"
                if self
                    .dialect
                    .prefixes
                    .as_ref()
                    .is_none_or(|list| list.iter().any(|p| p.eq_ignore_ascii_case("gh-"))) =>
            {
                Some(Found {
                    key: format!("#{}", text(number)),
                    nature: Nature::Hash,
                    style: GitHub,
                    owner: Owner::Ours,
                })
            }
            b"gh" => return Some(end),
            b"bpo" => Some(Found {
                key: format!("bpo-{}", text(number)),
                nature: Nature::Issue,
                style: GitHub,
                owner: Owner::Ours,
            }),
            b"sc" | b"ch"
                if self.dialect.has(Shortcut) || self.dialect.automatic && word == lower && number.len() >= 2 =>
            {
                Some(Found {
                    key: format!("sc-{}", text(number)),
                    nature: Nature::Issue,
                    style: Shortcut,
                    owner: Owner::Ours,
                })
            }
            b"lp" if self.dialect.may(Launchpad) && number.len() > 3 => Some(Found {
                key: format!("lp:{}", text(number)),
                nature: Nature::Issue,
                style: Launchpad,
                owner: Owner::Ours,
            }),
            _ => None,
        };
        if let Some(found) = other {
            self.push_at(found, span, span, line, place);
            return Some(end);
        }
        let style = self.dialect.project_style()?;
        let upper = word.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        let shaped = word.len() >= 2 && word.first().is_some_and(u8::is_ascii_alphabetic);
        if !(shaped || listed && word.first().is_some_and(u8::is_ascii_alphabetic)) {
            return None;
        }
        if !upper {
            // Lower case is prose (`utf-8`, `step-2`) unless the list has it, or a branch is named after it.
            let named = in_branch && self.names_branch(i, end, word, number, branch.unwrap_or(i));
            if !listed && !named {
                return None;
            }
        }
        let owner = match self.dialect.project(word, number) {
            Project::Ours => Owner::Ours,
            Project::Other(_) if !upper => return None,
            Project::Other(near) => Owner::Other(near),
            Project::Never => return None,
        };
        let key = text(&self.slice(i, end).to_ascii_uppercase());
        let loose = !upper && !in_branch && !self.stands_out(i, end, line);
        // With nothing known of the repository, a lower-case word in a branch's name is a guess.
        let guess = !upper && in_branch && self.dialect.automatic;
        let owner = if loose || guess { Owner::Other(None) } else { owner };
        self.push_at(Found { key, nature: Nature::Issue, style, owner }, span, span, line, place);
        Some(end)
    }

    /// A lower-case key of a listed project counts where nothing else is written so: first on its line, or in brackets.
    fn stands_out(&self, i: usize, end: usize, line: &Line) -> bool {
        let first = self.slice(line.start, i).iter().all(|b| !is_word(*b));
        let last = before(self.message, i);
        first
            || matches!(last, b'(' | b'[' | b'#')
            || matches!(at(self.message, end), b':' | b']' | b')')
            || super::words::Before::read(self.message, i, line.start).cue(&self.dialect.verbs)
                != super::words::Cue::Prose
                && at(self.message, end) != b'.'
    }

    fn names_branch(&self, i: usize, end: usize, word: &[u8], number: &[u8], branch: usize) -> bool {
        let begins = i == branch || before(self.message, i) == b'/';
        let ends = matches!(at(self.message, end), b'-' | b'_' | b'/' | b'\'' | b'"' | b' ' | 0 | b'\n' | b'\r');
        let letters = word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_alphabetic);
        begins
            && ends
            && letters
            && (2..=10).contains(&word.len())
            && number.len() <= 6
            && !super::never::is_branch_word(&word.to_ascii_lowercase())
    }

    /// `fuchsia:DX-543` in a field: a tracker's name and a key of it. Returns the end.
    pub(super) fn named_key(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let field = line.field.filter(|field| field.bare == Bare::Bug)?;
        let dash = run(message, end + 1, |b| b.is_ascii_uppercase());
        let stop = digits(message, dash + 1);
        let named = self.slice(i, end).iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
        let shaped =
            matches!(at(message, end), b':' | b'/') && dash > end + 2 && at(message, dash) == b'-' && stop > dash + 1;
        if !named
            || !shaped
            || !self.dialect.has(Gerrit)
            || word_begins_at(message, stop)
            || !self.is_clean(field.value, i)
        {
            return None;
        }
        let key = text(self.slice(i, stop));
        self.push(Found { key, nature: Nature::Issue, style: Gerrit, owner: Owner::Ours }, [i, stop], [i, stop], line);
        Some(stop)
    }

    /// `T1`, `D1`, `ch1`, `PR1`.
    pub(super) fn lettered(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let word = self.slice(i, end);
        let (last, next, after) = (before(message, i), at(message, end), at(message, end + 1));
        let joined = matches!(last, b'/' | b'.' | b'-' | b'@' | b'$' | b'\\' | b'=' | b'%')
            || word_ends_at(message, i)
            || word_begins_at(message, end);
        let open =
            matches!(next, b'-' | b'.' | b'(' | b'=' | b'/' | b'[') && (is_word(after) || next != b'.' && next != b'-');
        let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let number = word.get(letters..)?;
        if joined
            || open
            || number.is_empty()
            || !number.iter().all(u8::is_ascii_digit)
            || number.first() == Some(&b'0')
            || number.len() > 8
        {
            return None;
        }
        let found = match word.get(..letters)? {
            b"T" if self.dialect.may(Phabricator) && number.len() >= 2 => {
                Found { key: text(word), nature: Nature::Issue, style: Phabricator, owner: Owner::Ours }
            }
            b"D" if self.dialect.may(Phabricator) && number.len() >= 2 => {
                Found { key: text(word), nature: Nature::Change, style: Phabricator, owner: Owner::Ours }
            }
            b"ch" if self.dialect.has(Shortcut) || self.dialect.automatic && last == b'[' && number.len() >= 2 => {
                Found {
                    key: format!("sc-{}", text(number)),
                    nature: Nature::Issue,
                    style: Shortcut,
                    owner: Owner::Ours,
                }
            }
            b"PR" if self.dialect.has(Bugzilla) && number.len() >= 3 => Found {
                key: format!("bug:{}", text(number)),
                nature: Nature::Issue,
                style: Bugzilla,
                owner: Owner::Ours,
            },
            b"sc" if self.dialect.has(Shortcut) && number.len() >= 2 => Found {
                key: format!("sc-{}", text(number)),
                nature: Nature::Issue,
                style: Shortcut,
                owner: Owner::Ours,
            },
            _ => return None,
        };
        self.push(found, [i, end], [i, end], line);
        Some(end)
    }
}
