//! Decides what each token is, by the words, marks and tokens around it.

use super::bytes::{at, before, cut, find, run, starts};
use super::dialect::{Dialect, HashMeaning};
use super::fields::Role;
use super::lines::Parts;
use super::raw::{Header, Nature, Owner, Raw};
use super::tokens::is_separator;
use super::words::{Before, Cue, is_told_about};
use crate::reference::{Action, Kind, Place, Reference};
use crate::style::ReferenceStyle;

/// What the whole message tells about its tokens.
struct Context<'m> {
    message: &'m [u8],
    dialect: &'m Dialect,
    meaning: HashMeaning,
    /// What a revert quotes, and how often it is nested.
    reverted: Option<([usize; 2], usize)>,
    /// The subject says that it takes something back, without quoting it.
    takes_back: bool,
    /// A version bump: its body is another project's.
    bump: bool,
    svn: bool,
    phabricator: bool,
    /// The subject names an issue.
    subject_issue: bool,
    /// The subject names the commit's own change.
    subject_change: bool,
    /// A field names the commit's own change.
    field_change: bool,
    /// The keys of the commit's own changes.
    own: Vec<String>,
}

/// How a token stands in its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    cue: Cue,
    leads: bool,
    bracket: bool,
}

pub(crate) fn judge(message: &[u8], parts: &Parts, dialect: &Dialect, raws: Vec<Raw>) -> Vec<Reference> {
    let mut context = Context::read(message, parts, dialect);
    context.look_at_subject(&raws);
    let mut found = Vec::with_capacity(raws.len());
    let mut last: Option<(Raw, Standing)> = None;
    let azure: Vec<String> = raws.iter().filter(|raw| raw.key.starts_with("AB#")).map(|raw| raw.key.clone()).collect();
    for mut raw in raws {
        // `AB#1` and `#1` in one message are one work item.
        if raw.nature == Nature::Hash && azure.iter().any(|key| key.strip_prefix("AB") == Some(raw.key.as_str())) {
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

impl<'m> Context<'m> {
    fn read(message: &'m [u8], parts: &Parts, dialect: &'m Dialect) -> Self {
        let [from, to] = parts.subject;
        let subject = cut(message, from, to);
        let reverted = reverted(message, from, to);
        let takes_back = reverted.is_none()
            && [&b"revert"[..], b"back out", b"backout", b"backed out", b"unrevert"].iter().any(|word| {
                let skip = title(message, from, to);
                starts(message, skip, word) || starts(message, from, word)
            });
        let svn = find(message, 0, b"git-svn-id:").is_some();
        Self {
            message,
            dialect,
            meaning: dialect.hash_meaning(),
            reverted,
            takes_back,
            bump: is_bump(message, subject, title(message, from, to)),
            svn,
            phabricator: dialect.has(ReferenceStyle::Phabricator)
                || [&b"\nDifferential Revision:"[..], b"\nManiphest Task", b"\nTest Plan:"]
                    .iter()
                    .any(|line| find(message, 0, line).is_some()),
            subject_issue: false,
            subject_change: false,
            field_change: false,
            own: Vec::new(),
        }
    }

    /// A message with no configuration whose subject begins with a project's key has its `#1` from pull requests.
    fn look_at_subject(&mut self, raws: &[Raw]) {
        let subject = || raws.iter().filter(|raw| raw.place == Place::Subject && !self.is_reverted(raw));
        let leads = |raw: &Raw| {
            let between = cut(self.message, raw.line.start, raw.token[0]);
            raw.style.is_project_keyed()
                && raw.nature == Nature::Issue
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
    fn read_slip(&self, raw: &mut Raw, standing: &Standing) {
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

    fn is_reverted(&self, raw: &Raw) -> bool {
        self.reverted.is_some_and(|([from, to], _)| raw.span[0] >= from && raw.span[1] <= to)
    }

    /// `(#1)` as a merge button leaves it at the end of a subject.
    fn is_merge_mark(&self, raw: &Raw) -> bool {
        if raw.nature != Nature::Hash && raw.nature != Nature::Change
            || raw.place != Place::Subject
            || !raw.key.starts_with(['#', '!'])
        {
            return false;
        }
        let [from, to] = raw.token;
        let enclosed = before(self.message, from) == b'(' && at(self.message, to) == b')';
        let mut end = to + 1;
        // `(#12) (#15)`: a change that was itself merged elsewhere before.
        while at(self.message, end) == b' ' && at(self.message, end + 1) == b'(' && at(self.message, end + 2) == b'#' {
            end = run(self.message, end + 3, |b| b.is_ascii_digit()) + 1;
        }
        enclosed && end >= raw.line.end && from > raw.line.start + 1
    }

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
        // `KEY: title` at the beginning of a line is a label, whatever the line above says.
        let opening = cut(message, raw.line.start, raw.token[0]);
        let label = at(message, raw.token[1]) == b':'
            || starts(message, raw.token[1], b" - ")
            || starts(message, raw.token[1], b") ");
        if label && raw.line.field.is_none() && opening.iter().all(|b| !b.is_ascii_alphanumeric()) && opening.len() < 16
        {
            return Standing { cue: Cue::Nothing, leads: true, bracket: false };
        }
        let words = Before::read(message, raw.token[0], floor);
        let mut cue = words.cue(&self.dialect.verbs);
        let alone = cut(self.message, raw.token[1], raw.line.end).iter().all(|b| !b.is_ascii_alphanumeric());
        if cue == Cue::Prose && alone && opening.iter().all(|b| !b.is_ascii_alphanumeric()) {
            cue = Cue::Nothing;
        }
        Standing { cue, leads: words.leads, bracket: words.bracket }
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
        match self.hash_meaning(raw) {
            HashMeaning::Unclear => Some(Kind::Mention),
            HashMeaning::Change if matches!(raw.owner, Owner::Other(_)) => Some(Kind::Mention),
            HashMeaning::Change if raw.place == Place::Subject || raw.place == Place::Branch || closes => {
                let passing = matches!(standing.cue, Cue::Passing | Cue::FollowUp);
                Some(if passing { Kind::Mention } else { Kind::Change })
            }
            HashMeaning::Change => Some(Kind::Mention),
            HashMeaning::Issue if raw.place == Place::Body && self.is_log_line(raw) => Some(Kind::Mention),
            HashMeaning::Issue => {
                // Squashed commits keep their own marks: other changes than this one.
                let listed = raw.place == Place::Body
                    && raw.line.item
                    && self.is_enclosed(raw)
                    && self.ends_line(raw)
                    && self.dialect.hash_style() == ReferenceStyle::GitHub;
                if listed && standing.cue == Cue::Prose { Some(Kind::Mention) } else { Some(self.issue(raw, standing)) }
            }
        }
    }

    /// The number is that of the commit's own pull request: hosts number both alike.
    fn is_own_change(&self, raw: &Raw) -> bool {
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
        let id = cut(self.message, from, run(self.message, from, |b| b.is_ascii_hexdigit()));
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
    fn marks_change(&self, raw: &Raw) -> bool {
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
            || has(ReferenceStyle::Azure) && self.meaning == HashMeaning::Issue
        {
            return false;
        }
        !self.svn
    }

    /// `Closes #1 from user/branch`: what the merge scripts of Apache's projects write.
    fn is_from_fork(&self, raw: &Raw) -> bool {
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
        let before = cut(self.message, raw.line.start, raw.token[0]);
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
            let first = cut(self.message, raw.line.start, raw.token[0]).iter().all(|b| !b.is_ascii_digit());
            return match standing.cue {
                Cue::Passing if !standing.bracket && !(first && is_mild(self.message, raw)) => Kind::Mention,
                Cue::FollowUp if !first => Kind::Mention,
                _ => Kind::Issue,
            };
        }
        if raw.place == Place::Trailer && raw.line.field.is_some() {
            return Kind::Issue;
        }
        match standing.cue {
            Cue::Verb(_) => Kind::Issue,
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

/// A preposition in a subject often belongs to what was wrong (`Fix crash in #1`), which is what the commit works on.
fn is_mild(message: &[u8], raw: &Raw) -> bool {
    let text = cut(message, raw.line.start, raw.token[0]).to_ascii_lowercase();
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
        || has(b"updated-dependencies:")
        || has(b"This PR contains the following updates")
}
