//! Finds the tokens of a line that may be references.

use super::bytes::{at, before, cut, digits, is_word, run, skip_blanks, text, word_begins_at, word_ends_at};
use super::dialect::{Dialect, Project};
use super::fields::{Bare, Role};
use super::lines::Parts;
use super::raw::{Line, Nature, Owner, Raw};
use super::urls;
use crate::reference::Place;
use crate::style::ReferenceStyle::{self, Azure, Bugzilla, Gerrit, GitHub, Launchpad, Phabricator, Shortcut};

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

    fn slice(&self, from: usize, to: usize) -> &'m [u8] {
        cut(self.message, from, to)
    }

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
        if from < i {
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
        let key = format!("#{}", text(number));
        let found = Found { key, nature: Nature::Hash, style: self.dialect.hash_style(), owner: Owner::Ours };
        self.push(found, [i, end], [i, end], line);
        end
    }

    fn is_no_number(&self, number: &[u8], end: usize) -> bool {
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
    fn bug_of_field(&self, line: &Line, number: &[u8], i: usize) -> Option<(String, ReferenceStyle)> {
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
        let owner = if loose { Owner::Other(None) } else { owner };
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

    /// A number alone: in a field that names bugs, revisions or reviews.
    fn number(&mut self, i: usize, end: usize, line: &Line) -> usize {
        let number = self.slice(i, end);
        let Some(field) = line.field else { return end };
        let apart = !matches!(before(self.message, i), b'-' | b'.' | b'/' | b':')
            && !matches!(at(self.message, end), b'-' | b'/' | b':' | b'%');
        // `Fixes: 166750bc1dd2 ("...")` names a commit, even where all its digits are decimal.
        let commit = self.slice(end, end + 2) == b" (" && at(self.message, end + 2) == b'"';
        if self.is_no_number(number, end) || !apart || commit || !self.is_clean(field.value, i) {
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

    /// Words that announce a number or are a key themselves.
    fn special(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let word = self.slice(i, end);
        let lower = word.to_ascii_lowercase();
        match &lower[..] {
            b"bug" | b"bugs" | b"bz" => return self.bug(i, end, line),
            b"lp" => return self.launchpad(i, end, line),
            b"bp" | b"blueprint" | b"blueprints" if self.dialect.may(Launchpad) => return self.blueprint(i, end, line),
            b"pr" | b"mr" => return self.pull(i, end, line),
            b"pull" if at(message, end) == b'/' => return self.numbered(i, end + 1, line),
            b"request" => return self.request(i, end, line),
            b"issue" | b"ticket" => return self.issue_number(i, end, line),
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
            let stop = digits(message, end + 1);
            let number = self.slice(end + 1, stop);
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

    /// `fuchsia:DX-543` in a field: a tracker's name and a key of it. Returns the end.
    fn named_key(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
        let message = self.message;
        let field = line.field.filter(|field| field.bare == Bare::Bug)?;
        let dash = run(message, end + 1, |b| b.is_ascii_uppercase());
        let stop = digits(message, dash + 1);
        let named = self.slice(i, end).iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
        let shaped = at(message, end) == b':' && dash > end + 2 && at(message, dash) == b'-' && stop > dash + 1;
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
    fn lettered(&mut self, i: usize, end: usize, line: &Line) -> Option<usize> {
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
