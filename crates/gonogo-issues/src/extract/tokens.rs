//! Finds the tokens of a line that may be references.

use super::bytes::{at, before, cut, digits, is_word, run, skip_blanks, text};
use super::dialect::Dialect;
use super::fields::{Bare, Role};
use super::lines::Parts;
use super::raw::{Line, Nature, Owner, Raw};
use super::urls;
use crate::reference::Place;
use crate::style::ReferenceStyle::{self, Bugzilla, Gerrit, Launchpad, Phabricator};

/// The scanner of one message.
pub(crate) struct Tokens<'m, 'r> {
    pub(crate) message: &'m [u8],
    pub(crate) parts: &'m Parts,
    pub(crate) dialect: &'m Dialect,
    pub(crate) raws: &'r mut Vec<Raw>,
}

/// What a token is, apart from where it stands.
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) nature: Nature,
    pub(crate) style: ReferenceStyle,
    pub(crate) owner: Owner,
}

impl<'m> Tokens<'m, '_> {
    pub(crate) fn push(&mut self, found: Found, span: [usize; 2], token: [usize; 2], line: &Line) {
        let place = self.parts.place(span[0]);
        self.push_at(found, span, token, line, place);
    }

    pub(crate) fn push_at(&mut self, found: Found, span: [usize; 2], token: [usize; 2], line: &Line, place: Place) {
        let Found { key, nature, style, owner } = found;
        self.raws.push(Raw { key, nature, style, owner, span, token, place, line: *line });
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'m [u8] {
        cut(self.message, from, to)
    }

    /// Whether only references and separators stand between a field's beginning and `i`.
    pub(crate) fn is_clean(&self, value: usize, i: usize) -> bool {
        let last = self.raws.last().filter(|raw| raw.token[1] > value).map_or(value, |raw| raw.token[1]);
        last <= i && is_separator(self.slice(last, i))
    }

    /// A word that begins at `i`; returns where scanning goes on.
    pub(crate) fn word(&mut self, i: usize, line: &Line) -> usize {
        let message = self.message;
        let end = run(message, i, is_word);
        let word = self.slice(i, end);
        let next = at(message, end);
        if next == b':' && self.slice(end, end + 3) == b"://" {
            return self.link(i, end + 3, line);
        }
        if next == b'@' && (is_word(at(message, end + 1)) || at(message, end + 1) == b'{') {
            return run(message, end, |b| !b.is_ascii_whitespace() && b != b'>' && b != b')');
        }
        if before(message, i) == b'@' {
            return run(message, end, |b| is_word(b) || b == b'-' || b == b'.');
        }
        if (next == b'.' || next == b'/')
            && let Some(after) = self.bare_link(i, line)
        {
            return after;
        }
        if next == b'-' && at(message, end + 1).is_ascii_digit() {
            if let Some(after) = self.dashed(i, end, line, None) {
                return after;
            }
            return end;
        }
        if word.iter().all(u8::is_ascii_digit) {
            return self.number(i, end, line);
        }
        if let Some(after) = self.special(i, end, line) {
            return after;
        }
        end
    }

    fn link(&mut self, i: usize, host: usize, line: &Line) -> usize {
        let end = urls::end(self.message, host, line.end);
        if let Some(link) = urls::link(self.message, host, end, self.dialect) {
            self.push_link(link, [i, end], line);
        }
        end.max(host)
    }

    fn push_link(&mut self, link: urls::Link, token: [usize; 2], line: &Line) {
        // A link to a tracker of a style that is not in use here leads to another project's.
        let foreign = link.nature == Nature::Issue && !self.dialect.may(link.style) && !link.key.starts_with('#');
        let owner = if foreign { Owner::Other(None) } else { link.owner };
        let found = Found { key: link.key, nature: link.nature, style: link.style, owner };
        self.push(found, link.span, token, line);
    }

    /// `crbug.com/1`, `github.com/o/r/issues/1`: a link without its scheme.
    fn bare_link(&mut self, i: usize, line: &Line) -> Option<usize> {
        if matches!(before(self.message, i), b'/' | b'.' | b'-' | b'@') {
            return None;
        }
        let end = urls::end(self.message, i, line.end);
        let token = self.slice(i, end);
        let slash = token.iter().position(|&b| b == b'/')?;
        let host = token.get(..slash)?;
        let dot = host.iter().rposition(|&b| b == b'.')?;
        let top = host.get(dot + 1..)?;
        if !(2..=6).contains(&top.len())
            || !top.iter().all(u8::is_ascii_lowercase)
            || !token.iter().any(u8::is_ascii_digit)
        {
            return None;
        }
        let link = urls::link(self.message, i, end, self.dialect)?;
        self.push_link(link, [i, end], line);
        Some(end)
    }

    /// A number alone: in a field that names bugs, revisions or reviews.
    fn number(&mut self, i: usize, end: usize, line: &Line) -> usize {
        let number = self.slice(i, end);
        let Some(field) = line.field else { return end };
        let apart = (i == field.value || !matches!(before(self.message, i), b'-' | b'.' | b'/' | b':'))
            && !matches!(at(self.message, end), b'-' | b'/' | b':' | b'%');
        // `Fixes: 166750bc1dd2 ("...")` names a commit, even where all its digits are decimal.
        let commit = self.slice(end, end + 2) == b" (" && at(self.message, end + 2) == b'"';
        if self.is_no_number(number, end) || !apart || commit || !self.is_clean(field.value, i) {
            return end;
        }
        if let Some(name) = self.inherited(field.value) {
            let key = format!("{name}:{}", text(number));
            self.push(
                Found { key, nature: Nature::Issue, style: Gerrit, owner: Owner::Ours },
                [i, end],
                [i, end],
                line,
            );
            return end;
        }
        let (key, nature, style) = match field.bare {
            Bare::Nothing => return end,
            Bare::Bug | Bare::Launchpad => match self.bug_of_field(line, number, i) {
                Some((key, style)) => (key, Nature::Issue, style),
                None => return end,
            },
            Bare::Review => (format!("review:{}", text(number)), Nature::Change, Gerrit),
            Bare::Revision => (format!("D{}", text(number)), Nature::Change, Phabricator),
            Bare::Change => (format!("#{}", text(number)), Nature::Change, self.dialect.change_style()),
            Bare::Hash => (format!("#{}", text(number)), Nature::Hash, self.dialect.hash_style()),
        };
        self.push(Found { key, nature, style, owner: Owner::Ours }, [i, end], [i, end], line);
        end
    }

    /// The name that `crashpad: 445, 446` gives to all of its numbers.
    fn inherited(&self, value: usize) -> Option<String> {
        let own = |raw: &&Raw| raw.token[0] >= value && raw.style == Gerrit;
        let first = self.raws.iter().rev().take(64).take_while(own).last()?;
        let (name, _) = first.key.split_once(':')?;
        let spaced = first.token[0] == value && self.slice(first.token[0], first.token[1]).contains(&b' ');
        spaced.then(|| name.to_owned())
    }

    /// Words that announce a number or are a key themselves.
    fn special(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let word = self.slice(i, end);
        let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
        match word.first().map(u8::to_ascii_lowercase) {
            Some(b'b') if is(b"bug") || is(b"bugs") || is(b"bz") => return self.bug(i, end, line),
            Some(b'b') if (is(b"bp") || is(b"blueprint") || is(b"blueprints")) && self.dialect.may(Launchpad) => {
                return self.blueprint(i, end, line);
            }
            Some(b'l') if is(b"lp") => return self.launchpad(i, end, line),
            Some(b'p' | b'm') if is(b"pr") || is(b"mr") => return self.pull(i, end, line),
            Some(b'p') if is(b"pull") && at(message, end) == b'/' => return self.numbered(i, end + 1, line),
            Some(b'r') if is(b"request") => return self.request(i, end, line),
            Some(b'i' | b't') if is(b"issue") || is(b"ticket") => return self.issue_number(i, end, line),
            _ => {}
        }
        if let Some(after) = self.named_key(i, end, line) {
            return Some(after);
        }
        // In a field: `crashpad:1`, `b/1`.
        if let Some(field) =
            line.field.filter(|f| matches!(f.role, Role::Issue(_)) && matches!(f.bare, Bare::Bug | Bare::Launchpad))
        {
            let joint = at(message, end);
            let from = run(message, i, |b| is_word(b) || b == b'-');
            let (end, joint) = if matches!(joint, b':' | b'/') { (end, joint) } else { (from, at(message, from)) };
            // `crashpad: 445`, where the name is known.
            let known = joint == b':' && self.dialect.has(Gerrit) && self.dialect.lists_project(self.slice(i, end));
            let begin = if known { skip_blanks(message, end + 1) } else { end + 1 };
            let stop = digits(message, begin);
            let number = self.slice(begin, stop);
            let named = self.slice(i, end).iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
            if matches!(joint, b':' | b'/')
                && named
                && !number.is_empty()
                && !self.is_no_number(number, stop)
                && self.is_clean(field.value, i)
            {
                let name = self.slice(i, end);
                // `b/1` is a link to another tracker, and a list of names that leaves it out means that.
                let foreign = joint == b'/'
                    && self.dialect.has_projects()
                    && self.dialect.project_style().is_none()
                    && !self.dialect.lists_project(name);
                let owner = if foreign { Owner::Other(None) } else { Owner::Ours };
                let style = self.dialect.first_of(&[Gerrit, Bugzilla, Launchpad]).unwrap_or(Gerrit);
                let found =
                    Found { key: format!("{}:{}", text(name), text(number)), nature: Nature::Issue, style, owner };
                self.push(found, [i, stop], [i, stop], line);
                return Some(stop);
            }
        }
        self.lettered(i, end, line)
    }
}

/// Separators of a list of references.
pub(crate) fn is_separator(gap: &[u8]) -> bool {
    if gap.len() > 24 {
        return false;
    }
    let gap = gap.trim_ascii();
    let mut rest = gap;
    while let Some((first, tail)) = rest.split_first() {
        if matches!(
            first,
            b' ' | b',' | b';' | b'&' | b'/' | b'+' | b'(' | b')' | b'[' | b']' | b'#' | b'<' | b'>' | b'|' | b'\t'
        ) {
            rest = tail;
            continue;
        }
        let word = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let known = [
            &b"and"[..],
            b"or",
            b"issue",
            b"issues",
            b"bug",
            b"bugs",
            b"ticket",
            b"tickets",
            b"rhbz",
            b"bz",
            b"lp",
            b"also",
        ];
        if word == 0 || !known.iter().any(|k| rest.get(..word).is_some_and(|w| w.eq_ignore_ascii_case(k))) {
            return false;
        }
        rest = rest.get(word..).unwrap_or(&[]);
    }
    true
}

/// The blanks, and at most one colon or equals sign and one `#`, between a word and its number.
pub(crate) fn joint(message: &[u8], from: usize) -> usize {
    let mut i = skip_blanks(message, from);
    if matches!(at(message, i), b':' | b'=') {
        i = skip_blanks(message, i + 1);
    }
    if at(message, i) == b'#' { i + 1 } else { i }
}
