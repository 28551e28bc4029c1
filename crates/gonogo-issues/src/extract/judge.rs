//! Decides what each token is, by the words, marks and tokens around it.

use std::collections::BTreeSet;

use super::bytes::{at, before, cut, find, run, starts};
use super::context::Context;
use super::dialect::{Dialect, HashMeaning};
use super::fields::Role;
use super::lines::Parts;
use super::raw::{Header, Nature, Owner, Raw};
use super::tokens::is_separator;
use super::words::{Before, Cue, is_told_about};
use crate::reference::{Action, Kind, Place, Reference};
use crate::style::ReferenceStyle;

/// How far back on a line words are looked for, in bytes: a limit, so that a line of many tokens takes linear time.
const REACH: usize = 200;

/// How a token stands in its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) cue: Cue,
    pub(super) leads: bool,
    pub(super) bracket: bool,
    /// It is the first on its line, or goes on the list of the first.
    pub(super) first: bool,
}

pub(crate) fn judge(message: &[u8], parts: &Parts, dialect: &Dialect, raws: Vec<Raw>) -> Vec<Reference> {
    let mut context = Context::read(message, parts, dialect);
    context.look_at_subject(&raws);
    let mut found = Vec::with_capacity(raws.len());
    let mut last: Option<(Raw, Standing)> = None;
    let azure: BTreeSet<String> = raws
        .iter()
        .filter_map(|raw| raw.key.strip_prefix("AB").filter(|key| key.starts_with('#')))
        .map(str::to_owned)
        .collect();
    for mut raw in raws {
        // `AB#1` and `#1` in one message are one work item.
        if raw.nature == Nature::Hash && azure.contains(&raw.key) {
            raw.key = format!("AB{}", raw.key);
        }
        let standing = context.standing(&raw, last.as_ref());
        context.read_slip(&mut raw, &standing);
        if let Some((kind, action)) = context.decide(&raw, &standing) {
            let near_miss_of = match &raw.owner {
                Owner::Other(near) => near.clone(),
                Owner::Slip(project) => Some(project.clone()),
                _ => None,
            };
            found.push(Reference {
                key: raw.key.clone(),
                kind,
                action,
                style: raw.style,
                span: raw.span,
                found_in: raw.place,
                near_miss_of,
            });
        }
        last = Some((raw, standing));
    }
    found
}

impl Context<'_> {
    fn standing(&self, raw: &Raw, last: Option<&(Raw, Standing)>) -> Standing {
        let message = self.message;
        let floor = if raw.place == Place::Subject || raw.line.field.is_some() { raw.line.start } else { 0 };
        if let Some((earlier, standing)) = last {
            let gap = cut(message, earlier.token[1], raw.token[0]);
            let same_place =
                earlier.token[1] <= raw.token[0] && (earlier.place == Place::Branch) == (raw.place == Place::Branch);
            let listed = gap.iter().any(|b| matches!(b, b',' | b'&' | b'/' | b'+' | b';'))
                || gap.windows(3).any(|w| w.eq_ignore_ascii_case(b"and") || w.eq_ignore_ascii_case(b" or"));
            if same_place && !gap.contains(&b'\n') && is_separator(gap) && !gap.is_empty() {
                if listed || self.dialect.blanks_join() || !matches!(standing.cue, Cue::Verb(_)) {
                    return *standing;
                }
                return Standing { cue: Cue::Verb(Action::Refs), ..*standing };
            }
        }
        let reach = cut(message, raw.line.start.max(raw.token[0].saturating_sub(REACH)), raw.token[0]);
        let first = reach.iter().all(|b| !b.is_ascii_digit());
        // `KEY: title` at the beginning of a line is a label, whatever the line above says.
        // What opens a line is short: more is prose, or a message made to be slow to read.
        let opening = cut(message, raw.line.start, raw.token[0].min(raw.line.start + 16));
        let is_opening =
            raw.token[0] - raw.line.start.min(raw.token[0]) < 16 && opening.iter().all(|b| !b.is_ascii_alphanumeric());
        let label = at(message, raw.token[1]) == b':'
            || starts(message, raw.token[1], b" - ")
            || starts(message, raw.token[1], b") ");
        if label && raw.line.field.is_none() && is_opening {
            return Standing { cue: Cue::Nothing, leads: true, bracket: false, first };
        }
        let words = Before::read(message, raw.token[0], floor);
        let mut cue = words.cue(&self.dialect.verbs);
        let alone = raw.line.end.saturating_sub(raw.token[1]) < 16
            && cut(self.message, raw.token[1], raw.line.end).iter().all(|b| !b.is_ascii_alphanumeric());
        if cue == Cue::Prose && alone && is_opening {
            cue = Cue::Nothing;
        }
        Standing { cue, leads: words.leads, bracket: words.bracket, first }
    }

    fn decide(&self, raw: &Raw, standing: &Standing) -> Option<(Kind, Action)> {
        let action = self.action(raw, standing);
        let own = raw.place != Place::Branch && raw.style == ReferenceStyle::Phabricator;
        if own
            && self.dialect.automatic
            && !self.phabricator
            && !matches!(raw.line.field.map(|f| f.role), Some(Role::Issue(_)))
        {
            return None;
        }
        match &raw.nature {
            Nature::Fixed(kind, default) => {
                let verb = if action == Action::Refs { *default } else { action };
                return Some((*kind, verb));
            }
            Nature::OwnChange => return Some((Kind::Change, Action::Refs)),
            _ => {}
        }
        if let Some(role) = self.field_role(raw) {
            return match role {
                Role::Mention | Role::Skip => Some((Kind::Mention, action)),
                Role::Change if raw.nature == Nature::Issue => Some((self.issue(raw, standing), action)),
                Role::Change if raw.line.quoted => Some((Kind::Mention, Action::Refs)),
                Role::Change => Some((Kind::Change, Action::Refs)),
                Role::Issue(_) => match raw.nature {
                    Nature::Change => {
                        Some((self.change(raw, standing, raw.key.contains(['#', '!']) && !self.field_change), action))
                    }
                    _ if matches!(raw.owner, Owner::Other(_)) && !matches!(action, Action::Closes | Action::PartOf) => {
                        Some((Kind::Mention, action))
                    }
                    _ if raw.nature == Nature::Hash && self.meaning == HashMeaning::Change => {
                        Some((Kind::Change, action))
                    }
                    _ if raw.line.quoted && raw.line.header != Header::Original && !self.is_revert() => {
                        Some((Kind::Mention, action))
                    }
                    _ => Some((Kind::Issue, action)),
                },
            };
        }
        match raw.nature {
            Nature::Hash => self.hash(raw, standing).map(|kind| (kind, action)),
            Nature::Change => Some((self.change(raw, standing, false), action)),
            _ => Some((self.issue(raw, standing), action)),
        }
    }

    fn is_revert(&self) -> bool {
        self.reverted.is_some() || self.takes_back
    }

    fn field_role(&self, raw: &Raw) -> Option<Role> {
        let field = raw.line.field?;
        // Only what the value lists, not what its prose goes on to tell.
        let mut from = field.value;
        let mut steps = 0;
        while from < raw.token[0] && steps < 64 {
            let next = run(self.message, from, |b| !matches!(b, b',' | b';' | b' ')).min(raw.token[0]);
            let token = cut(self.message, from, next);
            let prose = token.len() > 2 && !token.iter().any(u8::is_ascii_digit) && !is_separator(token);
            if prose && !matches!(field.role, Role::Change | Role::Mention) {
                return None;
            }
            from = next + 1;
            steps += 1;
        }
        Some(field.role)
    }

    fn action(&self, raw: &Raw, standing: &Standing) -> Action {
        if let Some(([from, to], depth)) = self.reverted {
            let quoted = raw.span[0] >= from && raw.span[1] <= to;
            let original = raw.line.quoted || raw.place != Place::Subject && raw.nature == Nature::Issue;
            // `Closes-Bug:` of the revert itself says what the revert is for.
            let closes = !raw.line.quoted
                && (standing.cue == Cue::Verb(Action::Closes)
                    || self.field_role(raw) == Some(Role::Issue(Action::Closes)));
            if quoted || original && !closes {
                return if depth % 2 == 1 { Action::Reverts } else { Action::Refs };
            }
        }
        if self.takes_back && raw.place == Place::Subject && raw.nature != Nature::OwnChange && !self.is_merge_mark(raw)
        {
            return Action::Reverts;
        }
        if let Some(Role::Issue(action)) = self.field_role(raw) {
            // `Fixes: Part of #1`: the nearer word counts.
            return match standing.cue {
                Cue::Verb(nearer)
                    if raw.line.field.is_some_and(|f| f.value < raw.token[0]) && nearer != Action::Refs =>
                {
                    nearer
                }
                _ => action,
            };
        }
        match (standing.cue, raw.line.header) {
            (Cue::Verb(action) | Cue::Change(Some(action)), _) => action,
            (Cue::Nothing, Header::Verb(action)) if raw.line.item || standing.leads => action,
            _ => Action::Refs,
        }
    }

    fn hash(&self, raw: &Raw, standing: &Standing) -> Option<Kind> {
        if self.is_own_change(raw) {
            return Some(Kind::Change);
        }
        if raw.line.header == Header::Merges {
            return Some(Kind::Mention);
        }
        if matches!(standing.cue, Cue::Change(_)) {
            return Some(self.change(raw, standing, false));
        }
        // A quoted title's own pull request is another change.
        if self.ends_quote(raw) && self.marks_change(raw) {
            return Some(Kind::Mention);
        }
        if self.is_merge_mark(raw) && self.marks_change(raw) {
            return Some(Kind::Change);
        }
        if self.is_from_fork(raw) {
            return Some(Kind::Change);
        }
        let closes = matches!(standing.cue, Cue::Verb(Action::Closes));
        if self.is_revert() && raw.place != Place::Subject && matches!(standing.cue, Cue::Verb(Action::Reverts)) {
            return Some(Kind::Mention);
        }
        // A link of the message says that this is a pull request's number.
        if self.pulls.contains(number_of(&raw.key)) {
            return Some(if self.subject_change { Kind::Mention } else { self.change(raw, standing, false) });
        }
        match self.hash_meaning(raw) {
            HashMeaning::Change if self.is_reverted(raw) => Some(Kind::Mention),
            HashMeaning::Unclear => Some(Kind::Mention),
            HashMeaning::Change if matches!(raw.owner, Owner::Other(_)) => Some(Kind::Mention),
            HashMeaning::Change
                if raw.place != Place::Body && raw.place != Place::Trailer || closes && !self.subject_change =>
            {
                let passing = matches!(standing.cue, Cue::Passing | Cue::FollowUp);
                Some(if passing { Kind::Mention } else { Kind::Change })
            }
            HashMeaning::Change => Some(Kind::Mention),
            HashMeaning::Issue if raw.place == Place::Body && self.is_log_line(raw) => Some(Kind::Mention),
            HashMeaning::Issue => {
                // Squashed commits keep their own marks: other changes than this one.
                let listed = raw.place == Place::Body
                    && (raw.line.item && !self.svn || self.lists_commits)
                    && self.is_enclosed(raw)
                    && self.ends_line(raw)
                    && self.dialect.hash_style() == ReferenceStyle::GitHub;
                if listed && !matches!(standing.cue, Cue::Verb(_)) {
                    Some(Kind::Mention)
                } else {
                    Some(self.issue(raw, standing))
                }
            }
        }
    }

    /// The number is that of the commit's own pull request: hosts number both alike.
    pub(super) fn is_own_change(&self, raw: &Raw) -> bool {
        raw.owner == Owner::Ours && self.own.contains(&raw.key)
    }

    /// `gh-1` is GitHub's, also where another tracker beside it writes `#1`.
    fn hash_meaning(&self, raw: &Raw) -> HashMeaning {
        let written = cut(self.message, raw.token[0], raw.token[1]);
        if self.meaning == HashMeaning::Issue
            && starts(written, 0, b"gh")
            && self.dialect.hash_style() == ReferenceStyle::Redmine
        {
            return HashMeaning::Change;
        }
        self.meaning
    }

    fn is_enclosed(&self, raw: &Raw) -> bool {
        before(self.message, raw.token[0]) == b'(' && at(self.message, raw.token[1]) == b')'
    }

    /// A line of a log, which begins with a commit's id.
    fn is_log_line(&self, raw: &Raw) -> bool {
        let from = run(self.message, raw.line.start, |b| matches!(b, b' ' | b'\t' | b'*' | b'-'));
        // An id has 64 digits at most.
        let id = cut(self.message, from, from + 65);
        let id = cut(id, 0, run(id, 0, |b| b.is_ascii_hexdigit()));
        (7..=40).contains(&id.len()) && id.iter().any(u8::is_ascii_digit) && at(self.message, from + id.len()) == b' '
    }

    /// `(#1)` at the end of a title that a revert quotes.
    fn ends_quote(&self, raw: &Raw) -> bool {
        let behind = raw.token[1] + 1;
        let last = at(self.message, behind) == b'"' || starts(self.message, behind, b" (#") || behind >= raw.line.end;
        self.is_reverted(raw)
            && self.is_enclosed(raw)
            && last
            && before(self.message, raw.token[0].saturating_sub(1)) == b' '
    }

    fn ends_line(&self, raw: &Raw) -> bool {
        raw.token[1] + 1 >= raw.line.end
    }

    /// Whether a merge button's mark is one here: not where the tracker of record numbers its issues so.
    pub(super) fn marks_change(&self, raw: &Raw) -> bool {
        if raw.key.starts_with('!') {
            return true;
        }
        let has = |style| self.dialect.has(style);
        if has(ReferenceStyle::Redmine) {
            let keyed =
                self.subject_issue && self.meaning == HashMeaning::Issue && self.dialect.project_style().is_some();
            return has(ReferenceStyle::GitHub) && keyed && !self.svn;
        }
        if has(ReferenceStyle::GitLab) && !has(ReferenceStyle::GitHub)
            || has(ReferenceStyle::Azure)
                && !has(ReferenceStyle::GitHub)
                && self.meaning == HashMeaning::Issue
                && !self.boards
        {
            return false;
        }
        !self.svn
    }

    /// `Closes #1 from user/branch`: what the merge scripts of Apache's projects write.
    pub(super) fn is_from_fork(&self, raw: &Raw) -> bool {
        let from = raw.token[1];
        if !starts(self.message, from, b" from ") {
            return false;
        }
        let end = run(self.message, from + 6, |b| !b.is_ascii_whitespace());
        cut(self.message, from + 6, end).iter().any(|b| matches!(b, b'/' | b':'))
    }

    fn change(&self, raw: &Raw, standing: &Standing, in_field: bool) -> Kind {
        if matches!(raw.owner, Owner::Other(_))
            || raw.line.quoted
            || raw.line.header == Header::Merges
            || self.is_bumped(raw)
        {
            return Kind::Mention;
        }
        let told = raw.place != Place::Subject && is_told_about(self.message, raw.token[1]);
        let before = cut(self.message, raw.line.start.max(raw.token[0].saturating_sub(REACH)), raw.token[0]);
        let quoted = find(before, 0, b"evert \"").is_some()
            || raw.place != Place::Subject && find(before, 0, b"Merge pull request").is_some();
        if self.is_reverted(raw) || told || quoted {
            return Kind::Mention;
        }
        if self.is_from_fork(raw) || in_field && raw.place == Place::Trailer {
            return Kind::Change;
        }
        // A review or revision named in prose is another one; the own one stands in a field.
        if matches!(raw.style, ReferenceStyle::Gerrit | ReferenceStyle::Phabricator) {
            return Kind::Mention;
        }
        match standing.cue {
            Cue::Passing | Cue::FollowUp | Cue::Verb(Action::Reverts) | Cue::Change(Some(Action::Reverts)) => {
                Kind::Mention
            }
            _ if raw.place == Place::Subject || !self.subject_change && !self.field_change => Kind::Change,
            Cue::Change(Some(_)) if standing.leads || raw.place == Place::Trailer => Kind::Change,
            Cue::Verb(Action::Closes) => Kind::Change,
            _ => Kind::Mention,
        }
    }

    /// A closing verb stands earlier in the sentence.
    fn is_worked_on(&self, raw: &Raw) -> bool {
        let from = raw.token[0].saturating_sub(400);
        let text = cut(self.message, from, raw.token[0]);
        let begin = text.windows(2).rposition(|pair| pair == b"\n\n" || pair == b". ").map_or(0, |at| at + 2);
        let sentence = cut(text, begin, text.len());
        sentence
            .split(|b| !b.is_ascii_alphanumeric())
            .any(|word| matches!(self.dialect.verbs.action(word), Some(Action::Closes)))
    }

    /// In the body of a version bump, where another project's notes are copied.
    fn is_bumped(&self, raw: &Raw) -> bool {
        self.bump && raw.place == Place::Body
    }

    fn issue(&self, raw: &Raw, standing: &Standing) -> Kind {
        let closes = matches!(standing.cue, Cue::Verb(Action::Closes | Action::PartOf));
        let begins = self.message.get(raw.line.start).is_some_and(|b| b.is_ascii_alphabetic());
        if raw.place == Place::Branch {
            return if matches!(raw.owner, Owner::Other(_)) { Kind::Mention } else { Kind::Issue };
        }
        match &raw.owner {
            Owner::Other(_) if raw.nature == Nature::Hash || raw.key.contains('/') => {
                // Another repository's issue is worked on where a verb says so.
                return if closes && !raw.line.quoted && !self.is_bumped(raw) { Kind::Issue } else { Kind::Mention };
            }
            Owner::Other(_) => return Kind::Mention,
            _ => {}
        }
        if self.is_bumped(raw) && !(closes && begins && !raw.line.item) {
            return Kind::Mention;
        }
        if raw.line.quoted && !(self.is_revert() || raw.line.header == Header::Original) {
            return Kind::Mention;
        }
        if self.is_reverted(raw) {
            return Kind::Issue;
        }
        if raw.place == Place::Subject {
            let first = standing.first;
            return match standing.cue {
                Cue::Passing if !(standing.bracket || first && is_mild(self.message, raw)) => Kind::Mention,
                Cue::FollowUp if !first => Kind::Mention,
                _ => Kind::Issue,
            };
        }
        if raw.place == Place::Trailer && raw.line.field.is_some() {
            return Kind::Issue;
        }
        match standing.cue {
            Cue::Verb(_) => Kind::Issue,
            // `Implements the suggestion in blueprint x`.
            Cue::Passing if raw.key.starts_with("bp:") && is_mild(self.message, raw) && self.is_worked_on(raw) => {
                Kind::Issue
            }
            Cue::Passing => Kind::Mention,
            Cue::FollowUp if self.subject_issue => Kind::Mention,
            _ if is_told_about(self.message, raw.token[1]) => Kind::Mention,
            Cue::Nothing => Kind::Issue,
            Cue::Change(_) => Kind::Mention,
            _ if standing.leads => Kind::Issue,
            // `Also fixes the count (KEY)`: the sentence's verb reaches its end.
            _ if standing.bracket && (!self.subject_issue || self.is_worked_on(raw)) => Kind::Issue,
            _ if self.subject_issue => Kind::Mention,
            _ => Kind::Issue,
        }
    }
}

/// `12` of `#12` and of `owner/repo#12`.
pub(super) fn number_of(key: &str) -> &str {
    key.rsplit('#').next().unwrap_or(key)
}

/// A preposition in a subject often belongs to what was wrong (`Fix crash in #1`), which is what the commit works on.
fn is_mild(message: &[u8], raw: &Raw) -> bool {
    let text = cut(message, raw.line.start.max(raw.token[0].saturating_sub(REACH)), raw.token[0]).to_ascii_lowercase();
    let text = text.trim_ascii_end();
    let strong = [
        &b"introduced"[..],
        b"caused",
        b"broken",
        b"regress",
        b"since",
        b"after",
        b"backport",
        b"cherry",
        b"like",
        b"before",
        b"until",
    ];
    let tail = text.get(text.len().saturating_sub(28)..).unwrap_or(text);
    !strong.iter().any(|word| find(tail, 0, word).is_some())
}
