//! The words before a reference: which verb governs it, or that it is named in passing.

use super::bytes::{at, before, cut};
use super::verbs::Verbs;
use crate::reference::Action;

/// How many words are looked at, and how many bytes back.
const WORDS: usize = 6;
const REACH: usize = 160;

/// What stands before a reference, nearest word first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before<'m> {
    words: [&'m [u8]; WORDS],
    count: usize,
    /// A colon stands between the nearest word and the reference.
    pub(crate) colon: bool,
    /// A bracket opens right before the reference.
    pub(crate) bracket: bool,
    /// Only bullets, blanks and brackets stand between the beginning of a paragraph, sentence or list item and the reference.
    pub(crate) leads: bool,
}

/// What the words say about the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// A verb governs it.
    Verb(Action),
    /// The words call it a pull or merge request (`PR #1`, `See merge request !1`), with the verb before it if there is one.
    Change(Option<Action>),
    /// It is named in passing: introduced by, since, like.
    Passing,
    /// It is followed up: in passing, unless nothing else is named.
    FollowUp,
    /// Prose that says neither.
    Prose,
    /// No words.
    Nothing,
}

impl<'m> Before<'m> {
    /// Reads back from `from`, no further than `floor`.
    pub(crate) fn read(message: &'m [u8], from: usize, floor: usize) -> Self {
        let mut this = Self::default();
        let floor = floor.max(from.saturating_sub(REACH));
        let mut i = from;
        while i > floor && this.count < WORDS {
            let byte = before(message, i);
            match byte {
                b' ' | b'\t' | b'\r' => {
                    i -= 1;
                }
                b'\n' => {
                    i -= 1;
                    let mut j = i;
                    while matches!(before(message, j), b' ' | b'\t' | b'\r') && j > floor {
                        j -= 1;
                    }
                    // A blank line ends the paragraph, a bullet or a heading ends the line's sentence.
                    if j <= floor || before(message, j) == b'\n' || starts_item(message, i + 1) {
                        this.leads = this.count == 0;
                        break;
                    }
                    i = j;
                }
                b':' if this.count == 0 && !this.colon => {
                    this.colon = true;
                    i -= 1;
                }
                b'(' | b'[' | b'{' if this.count == 0 && !this.colon => {
                    this.bracket = true;
                    i -= 1;
                }
                b'<' | b'"' | b'\'' | b'*' | b'_' | b'#' if this.count == 0 && !this.colon => {
                    i -= 1;
                }
                _ if is_letter(byte) => {
                    let mut j = i;
                    while j > floor && is_letter(before(message, j)) {
                        j -= 1;
                    }
                    let word = cut(message, j, i);
                    if !(is_noun(word) && this.count == 0) {
                        if let Some(place) = this.words.get_mut(this.count) {
                            *place = word;
                            this.count += 1;
                        }
                    } else if this.count == 0 {
                        // Nouns such as "issue" are passed over, and remembered as having been there by the colon alone.
                        this.colon = this.colon || at(message, i) == b':';
                    }
                    i = j;
                }
                b'-' | b'*' | b'+' | b'>' if this.count == 0 => {
                    i -= 1;
                }
                _ => {
                    this.leads = this.count == 0 && matches!(byte, b'.' | b'!' | b'?' | b';');
                    break;
                }
            }
        }
        if i <= floor && this.count == 0 {
            this.leads = true;
        }
        this
    }

    fn word(&self, index: usize, known: &[&str]) -> bool {
        let Some(word) = self.words.get(index).filter(|_| index < self.count) else { return false };
        known.iter().any(|text| word.eq_ignore_ascii_case(text.as_bytes()))
    }

    fn stem(&self, index: usize, stems: &[&str]) -> bool {
        let Some(word) = self.words.get(index).filter(|_| index < self.count) else { return false };
        stems.iter().any(|stem| {
            let head = cut(word, 0, stem.len());
            head.len() == stem.len() && head.eq_ignore_ascii_case(stem.as_bytes())
        })
    }

    /// What the words say, with the verbs of the dialect.
    pub(crate) fn cue(&self, verbs: &Verbs) -> Cue {
        if self.count == 0 {
            return Cue::Nothing;
        }
        // "PR #1", "pull request #1", "See merge request !1", Angular's "PR Close #1".
        if self.word(0, &["pr", "prs", "mr", "mrs", "pull-request", "pullrequest", "pull-requests", "cl", "patchset"]) {
            return self.change_cue(1, verbs);
        }
        if self.word(0, &["request", "requests"]) && self.word(1, &["pull", "merge"]) {
            return self.change_cue(2, verbs);
        }
        if self.word(1, &["pr"]) && self.word(0, &["close", "closes"]) {
            return Cue::Change(None);
        }
        if let Some(action) = self.verb(0, verbs) {
            return Cue::Verb(action);
        }
        if self.is_follow_up() {
            return Cue::FollowUp;
        }
        if self.is_passing() { Cue::Passing } else { Cue::Prose }
    }

    /// A change that the words call so; what was broken by or taken from one is another's.
    fn change_cue(&self, index: usize, verbs: &Verbs) -> Cue {
        if self
            .word(index, &["from", "in", "by", "since", "after", "with", "like", "until", "via", "of", "per", "before"])
        {
            return Cue::Passing;
        }
        Cue::Change(self.verb(index, verbs))
    }

    /// The action of the verb that ends at word `index`.
    fn verb(&self, index: usize, verbs: &Verbs) -> Option<Action> {
        let word = self.words.get(index).filter(|_| index < self.count)?;
        if let Some(action) = verbs.action(word) {
            return Some(action);
        }
        if verbs.replaced {
            return None;
        }
        let next = index + 1;
        if self.word(index, &["for", "to"])
            && self.word(next, &["fix", "fixes", "patch", "solution", "bugfix", "hotfix"])
            // `broken by the patch for` and `the earlier fix for` tell of another change.
            && !self.word(next + 1, &["the", "by", "in", "of", "from", "since", "after", "previous", "earlier", "original", "last"])
        {
            return Some(Action::Closes);
        }
        if self.word(index, &["of"]) && (self.word(next, &["duplicate", "dup", "dupe"])) {
            return Some(Action::Duplicates);
        }
        if self.word(index, &["of"]) && self.word(next, &["part", "parts", "portion", "half"])
            || self.word(index, &["for", "to"]) && self.word(next, &["partial", "partially", "part"])
            || self.word(index, &["implements", "implement", "fixes", "fix", "closes", "addresses", "resolves"])
                && self.word(next, &["partially", "partly", "partial"])
            || self.word(index, &["fix"]) && self.word(next, &["partial"])
        {
            return Some(Action::PartOf);
        }
        if self.word(index, &["out"]) && self.word(next, &["backed", "back", "backing"]) {
            return Some(Action::Reverts);
        }
        if self.word(index, &["to", "with"])
            && self.word(
                next,
                &[
                    "relates",
                    "related",
                    "relating",
                    "relate",
                    "refs",
                    "refers",
                    "refer",
                    "connects",
                    "connected",
                    "helps",
                    "contributes",
                    "belongs",
                    "corresponds",
                    "see",
                ],
            )
            || self.word(index, &["also"]) && self.word(next, &["see"])
            || self.word(index, &["in", "at", "by", "as", "on", "under"])
                && self.stem(
                    next,
                    &[
                        "report", "describ", "discuss", "request", "track", "filed", "document", "detail", "outlin",
                        "explain", "propos", "suggest",
                    ],
                )
            || self.word(index, &["for"])
            || self.word(index, &["on"]) && self.stem(next, &["work"])
        {
            return Some(Action::Refs);
        }
        None
    }

    fn is_follow_up(&self) -> bool {
        (0..2).any(|i| self.stem(i, &["followup", "follow-up", "followon", "follow-on", "followed"]))
            || self.word(0, &["up"]) && self.stem(1, &["follow"])
            || self.word(1, &["up"]) && self.stem(2, &["follow"])
            || self.word(0, &["to", "of", "from"])
                && self.word(1, &["addendum", "sequel", "continuation", "amendment", "extension"])
    }

    fn is_passing(&self) -> bool {
        if self.word(
            0,
            &[
                "since", "after", "before", "until", "once", "like", "unlike", "in", "by", "from", "with", "via", "at",
                "than", "per", "without", "when", "while", "if", "that", "as", "because", "where", "which", "until",
                "beyond", "through",
            ],
        ) {
            return true;
        }
        if self.word(
            0,
            &[
                "introduced",
                "broke",
                "reverted-by",
                "requires",
                "supersedes",
                "replaces",
                "blocked",
                "blocks",
                "breaks",
                "caused",
                "regressed",
                "backport",
                "backports",
                "backported",
                "cherry-pick",
                "cherry-picked",
                "depends",
            ],
        ) {
            return true;
        }
        self.word(0, &["to", "of", "on", "for", "up"])
            && (self.stem(
                1,
                &[
                    "due",
                    "similar",
                    "prior",
                    "compar",
                    "contrar",
                    "thank",
                    "identical",
                    "equivalent",
                    "analog",
                    "regress",
                    "instead",
                    "because",
                    "backport",
                    "cherry",
                    "port",
                    "version",
                    "ahead",
                    "depend",
                    "base",
                    "built",
                    "build",
                    "top",
                    "block",
                    "wait",
                    "order",
                    "subset",
                    "addition",
                    "adapt",
                    "merge",
                    "rebase",
                    "copy",
                ],
            ))
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80
}

/// Words between a verb and its reference that change nothing.
fn is_noun(word: &[u8]) -> bool {
    const NOUNS: &[&str] = &[
        "issue",
        "issues",
        "bug",
        "bugs",
        "ticket",
        "tickets",
        "task",
        "tasks",
        "story",
        "stories",
        "jira",
        "github",
        "gitlab",
        "redmine",
        "item",
        "items",
        "number",
        "no",
        "nr",
        "num",
        "id",
        "problem",
        "defect",
        "the",
        "blueprint",
        "blueprints",
        "bp",
        "bz",
        "bugzilla",
        "lp",
        "launchpad",
        "youtrack",
        "phabricator",
        "trac",
        "card",
        "gh",
        "feature",
        "enhancement",
        "report",
        "url",
        "link",
        "upstream",
        "our",
    ];
    NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun.as_bytes()))
}

/// Whether a list item or heading begins here.
fn starts_item(message: &[u8], from: usize) -> bool {
    let i = super::bytes::skip_blanks(message, from);
    let bullet =
        matches!(at(message, i), b'-' | b'*' | b'+' | b'>' | b'|') && matches!(at(message, i + 1), b' ' | b'\t');
    let digits = super::bytes::digits(message, i);
    bullet
        || digits > i
            && digits - i <= 3
            && matches!(at(message, digits), b'.' | b')')
            && at(message, digits + 1) == b' '
}

/// Whether the reference that ends at `from` is the grammatical subject of a sentence about an earlier change: `KEY fixed a
/// bug`, `KEY has introduced`.
pub(crate) fn is_told_about(message: &[u8], from: usize) -> bool {
    let start = super::bytes::skip_blanks(message, from);
    if start == from {
        return false;
    }
    let start = if at(message, start) == b'(' { return false } else { start };
    let end = super::bytes::run(message, start, |b| b.is_ascii_alphabetic());
    let word = cut(message, start, end);
    const VERBS: &[&str] = &[
        "is",
        "was",
        "were",
        "has",
        "had",
        "have",
        "did",
        "does",
        "do",
        "made",
        "broke",
        "brought",
        "will",
        "would",
        "should",
        "can",
        "could",
        "makes",
        "adds",
        "fixes",
        "removes",
        "changes",
        "moves",
        "breaks",
        "introduces",
        "caused",
        "which",
        "where",
        "that",
        "left",
        "forgot",
        "went",
        "got",
        "also",
        "already",
        "only",
        "landed",
        "when",
        "because",
    ];
    let past = word.len() > 4
        && word.to_ascii_lowercase().ends_with(b"ed")
        && word.first().is_some_and(u8::is_ascii_lowercase);
    past || VERBS.iter().any(|verb| word == verb.as_bytes())
}
