//! What the whole message tells about the tokens in it.

use std::collections::BTreeSet;

use super::bytes::{at, before, cut, find, line_end, run, skip_blanks, starts};
use super::dialect::{Dialect, HashMeaning};
use super::fields::Role;
use super::judge::{Standing, number_of};
use super::lines::Parts;
use super::raw::{Nature, Owner, Raw};
use super::words::Cue;
use crate::reference::{Action, Place};
use crate::style::ReferenceStyle;

/// What the whole message tells about its tokens.
pub(super) struct Context<'m> {
    pub(super) message: &'m [u8],
    pub(super) dialect: &'m Dialect,
    pub(super) meaning: HashMeaning,
    /// What a revert quotes, and how often it is nested.
    pub(super) reverted: Option<([usize; 2], usize)>,
    /// The subject says that it takes something back, without quoting it.
    pub(super) takes_back: bool,
    /// The body lists the commits that a merge of branches or a squash brought.
    pub(super) lists_commits: bool,
    /// A version bump: its body is another project's.
    pub(super) bump: bool,
    pub(super) svn: bool,
    pub(super) phabricator: bool,
    /// The message names work items of Azure Boards from another host (`AB#1`): `#1` alone is that host's.
    pub(super) boards: bool,
    /// The subject names an issue.
    pub(super) subject_issue: bool,
    /// The subject names the commit's own change.
    pub(super) subject_change: bool,
    /// A field names the commit's own change.
    pub(super) field_change: bool,
    /// Numbers that links of the message lead to as pull requests.
    pub(super) pulls: BTreeSet<String>,
    /// The keys of the commit's own changes.
    pub(super) own: BTreeSet<String>,
}

impl<'m> Context<'m> {
    pub(super) fn read(message: &'m [u8], parts: &Parts, dialect: &'m Dialect) -> Self {
        let [from, to] = parts.subject;
        let subject = cut(message, from, to);
        let reverted = reverted(message, from, to);
        let takes_back = reverted.is_none()
            && [&b"revert"[..], b"back out", b"backout", b"backed out", b"unrevert"].iter().any(|word| {
                let skip = title(message, from, to);
                starts(message, skip, word) || starts(message, from, word)
            });
        let marks = Marks::read(message);
        Self {
            message,
            dialect,
            meaning: dialect.hash_meaning(),
            reverted,
            takes_back,
            lists_commits: [&b"Merge branch"[..], b"Merge remote", b"Merge commit", b"Merge tag", b"Squashed commit"]
                .iter()
                .any(|opening| starts(message, from, opening)),
            bump: marks.bot || is_bump(message, subject, title(message, from, to)),
            svn: marks.svn,
            phabricator: dialect.has(ReferenceStyle::Phabricator) || marks.phabricator,
            boards: false,
            subject_issue: false,
            subject_change: false,
            field_change: false,
            pulls: BTreeSet::new(),
            own: BTreeSet::new(),
        }
    }

    /// A message with no configuration whose subject begins with a project's key has its `#1` from pull requests.
    pub(super) fn look_at_subject(&mut self, raws: &[Raw]) {
        let linked = |raw: &&Raw| {
            raw.nature == Nature::Change
                && raw.key.contains('#')
                && !matches!(raw.owner, Owner::Other(_))
                && cut(self.message, raw.token[0], raw.token[1].min(raw.token[0] + 200)).contains(&b'/')
        };
        self.pulls = raws.iter().filter(linked).map(|raw| number_of(&raw.key).to_owned()).collect();
        self.boards = raws.iter().any(|raw| raw.key.starts_with("AB#"));
        let subject = || raws.iter().filter(|raw| raw.place == Place::Subject && !self.is_reverted(raw));
        let leads = |raw: &Raw| {
            let between = cut(self.message, raw.line.start, raw.token[0]);
            raw.style.is_project_keyed()
                && raw.nature == Nature::Issue
                && between.len() < 80
                && between.iter().filter(|b| b.is_ascii_alphanumeric()).count() < 24
        };
        let keyed = subject().any(leads);
        let change = subject().any(|raw| raw.nature == Nature::OwnChange || self.is_merge_mark(raw));
        let issue = subject().any(|raw| raw.nature == Nature::Issue && raw.owner == Owner::Ours);
        let meaning = if keyed && self.dialect.automatic && !self.svn { HashMeaning::Change } else { self.meaning };
        let hash = meaning == HashMeaning::Issue
            && subject().any(|raw| raw.nature == Nature::Hash && raw.owner == Owner::Ours && !self.is_merge_mark(raw));
        let own = raws
            .iter()
            .filter(|raw| raw.nature == Nature::OwnChange || self.is_merge_mark(raw) && self.marks_change(raw));
        self.own = own.map(|raw| raw.key.clone()).collect();
        self.field_change = raws
            .iter()
            .any(|raw| raw.nature == Nature::Change && raw.line.field.is_some_and(|f| f.role == Role::Change));
        self.meaning = meaning;
        self.subject_change = change;
        self.subject_issue = issue || hash;
    }

    /// `Fixes #1 ... (#2)` where issues are one Jira project's: #2 is the pull request and pull requests close no pull request,
    /// so that #1 is the project's issue, written short. It is said to be a slip.
    pub(super) fn read_slip(&self, raw: &mut Raw, standing: &Standing) {
        let closes = raw.place == Place::Subject && standing.cue == Cue::Verb(Action::Closes) && !self.is_reverted(raw);
        let bare = raw.nature == Nature::Hash
            && raw.key.starts_with('#')
            && !self.is_merge_mark(raw)
            && !self.is_from_fork(raw);
        if !closes
            || !bare
            || self.meaning != HashMeaning::Change
            || self.subject_issue
            || self.own.is_empty()
            || self.is_own_change(raw)
        {
            return;
        }
        let Some((style, project)) = self.dialect.only_project() else { return };
        raw.key = format!("{project}-{}", raw.key.trim_start_matches('#'));
        raw.nature = Nature::Issue;
        raw.style = style;
        raw.owner = Owner::Slip(project);
    }

    pub(super) fn is_reverted(&self, raw: &Raw) -> bool {
        self.reverted.is_some_and(|([from, to], _)| raw.span[0] >= from && raw.span[1] <= to)
    }

    /// `(#1)` as a merge button leaves it at the end of a subject.
    pub(super) fn is_merge_mark(&self, raw: &Raw) -> bool {
        if raw.nature != Nature::Hash && raw.nature != Nature::Change
            || raw.place != Place::Subject
            || !raw.key.starts_with(['#', '!'])
        {
            return false;
        }
        let [from, to] = raw.token;
        let enclosed = before(self.message, from) == b'(' && at(self.message, to) == b')';
        let mut end = to + 1;
        let mut marks = 0;
        // `(#12) (#15)`: a change that was itself merged elsewhere before.
        while marks < 8
            && at(self.message, end) == b' '
            && starts(self.message, run(self.message, end, |b| b == b' ').min(end + 4), b"(#")
        {
            let opening = run(self.message, end, |b| b == b' ');
            end = run(self.message, opening + 2, |b| b.is_ascii_digit()) + 1;
            marks += 1;
        }
        enclosed && end >= raw.line.end && from > raw.line.start + 1
    }
}

/// Lines that tell which tool wrote a message, found in one pass.
#[derive(Default)]
struct Marks {
    svn: bool,
    phabricator: bool,
    bot: bool,
}

impl Marks {
    fn read(message: &[u8]) -> Self {
        let mut marks = Self::default();
        let mut start = 0;
        while start < message.len() {
            let line = cut(message, skip_blanks(message, start), message.len());
            match line.first() {
                Some(b'g') => marks.svn |= line.starts_with(b"git-svn-id:"),
                Some(b'D') => marks.phabricator |= start > 0 && line.starts_with(b"Differential Revision:"),
                Some(b'M') => marks.phabricator |= start > 0 && line.starts_with(b"Maniphest Task"),
                Some(b'T') => {
                    marks.phabricator |= start > 0 && line.starts_with(b"Test Plan:");
                    marks.bot |= line.starts_with(b"This PR contains the following updates");
                }
                Some(b'u') => marks.bot |= line.starts_with(b"updated-dependencies:"),
                _ => {}
            }
            start = line_end(message, start) + 1;
        }
        marks
    }
}

/// Where the subject's title begins, past `fix(scope): ` and `[tag] `.
fn title(message: &[u8], from: usize, to: usize) -> usize {
    let mut i = from;
    while at(message, i) == b'[' {
        let close = run(message, i, |b| b != b']');
        if close >= to {
            return i;
        }
        i = run(message, close + 1, |b| b == b' ');
    }
    let word = run(message, i, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let scope = if at(message, word) == b'(' { run(message, word, |b| b != b')') + 1 } else { word };
    let bang = if at(message, scope) == b'!' { scope + 1 } else { scope };
    if word > i && bang < to && at(message, bang) == b':' { run(message, bang + 1, |b| b == b' ') } else { i }
}

/// What a subject that reverts something quotes, and how many reverts are nested: `Revert "Revert "x""` takes a revert back.
fn reverted(message: &[u8], from: usize, to: usize) -> Option<([usize; 2], usize)> {
    let subject = cut(message, from, to);
    let quote = subject.iter().position(|&b| b == b'"')?;
    let close = subject.iter().rposition(|&b| b == b'"').filter(|&close| close > quote).unwrap_or(subject.len());
    let head = cut(subject, 0, quote).to_ascii_lowercase();
    let mut depth = match () {
        () if find(&head, 0, b"revert").is_some() => 1,
        () if find(&head, 0, b"reapply").is_some() || find(&head, 0, b"reland").is_some() => 2,
        () => return None,
    };
    let mut inner = cut(subject, quote + 1, close);
    while let Some(tail) = inner
        .strip_prefix(b"Revert \"")
        .or_else(|| inner.strip_prefix(b"Reapply \""))
        .or_else(|| inner.strip_prefix(b"Reland \""))
    {
        depth += if inner.starts_with(b"Revert") { 1 } else { 2 };
        inner = tail;
    }
    Some(([from + quote, from + close], depth))
}

/// Whether the message is a version bump by a bot or a roller.
fn is_bump(message: &[u8], subject: &[u8], title_at: usize) -> bool {
    let verb = [&b"bump"[..], b"update ", b"upgrade ", b"roll ", b"rolled ", b"autoroll", b"pin "]
        .iter()
        .any(|word| starts(message, title_at, word));
    let has = |needle: &[u8]| find(message, 0, needle).is_some();
    let versions = find(subject, 0, b" from ").is_some() && find(subject, 0, b" to ").is_some()
        || find(subject, 0, b"..").is_some();
    verb && (versions || has(b"\nBumps ") || has(b"Release notes") || has(b"submodule"))
}
