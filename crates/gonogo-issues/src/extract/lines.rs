//! Walks a message line by line, past what is no prose: code fences, code spans, HTML comments and code elements.

use super::bytes::{at, before, cut, find, is_word, line_end, run, skip_blanks, trimmed_end};
use super::dialect::Dialect;
use super::fields::{Role, field};
use super::raw::{Header, Line, Raw};
use super::tokens::Tokens;
use super::words::{Before, Cue};
use super::{merges, trailers};
use crate::reference::Place;
use crate::style::ReferenceStyle;

/// Where the parts of a message begin and end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// The first line that is not blank.
    pub(crate) subject: [usize; 2],
    /// Where the trailer block begins.
    pub(crate) trailers: usize,
}

impl Parts {
    pub(crate) fn of(message: &[u8]) -> Self {
        let mut start = run(message, 0, |b| b == b'\n' || b == b'\r');
        let mut end = line_end(message, start);
        while cut(message, start, end).trim_ascii().is_empty() && end < message.len() {
            start = end + 1;
            end = line_end(message, start);
        }
        Self { subject: [start, trimmed_end(message, start, end)], trailers: trailers::block_start(message) }
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        if at < self.subject[1] {
            Place::Subject
        } else if at >= self.trailers {
            Place::Trailer
        } else {
            Place::Body
        }
    }
}

/// What was looked for and does not come any more: asked once, so that the walk takes linear time.
#[derive(Default)]
struct Absent {
    fence: [bool; 2],
    fence_length: [usize; 2],
    comment_end: bool,
    elements: [bool; 2],
}

/// Every token of the message, in order.
pub(crate) fn walk(message: &[u8], parts: &Parts, dialect: &Dialect, raws: &mut Vec<Raw>) {
    let mut absent = Absent::default();
    let blueprint = dialect.may(ReferenceStyle::Launchpad) && names_blueprint(message);
    let mut header = Header::Nothing;
    let mut start = parts.subject[0];
    let mut folded = None;
    while start < message.len() {
        let newline = line_end(message, start);
        let end = trimmed_end(message, start, newline);
        let content = skip_blanks(message, start);
        if let Some(after) = fence(message, content, newline, &mut absent) {
            start = after;
            continue;
        }
        let is_subject = start == parts.subject[0];
        if content >= end {
            folded = None;
            start = newline + 1;
            continue;
        }
        let quoted = at(message, content) == b'>' && !is_subject;
        let inner =
            if quoted { skip_blanks(message, run(message, content, |b| b == b'>' || b == b' ')) } else { content };
        let item = matches!(at(message, inner), b'-' | b'*' | b'+') && matches!(at(message, inner + 1), b' ' | b'\t');
        let mut known = if is_subject { None } else { field(message, if item { inner + 1 } else { inner }, end) };
        if known.is_none() && content > start && !item {
            known = folded.map(|field: super::fields::Field| super::fields::Field { value: content, ..field });
        }
        folded = known;
        let line = Line { start, end, quoted, item, field: known, header };
        let mut next = newline + 1;
        if known.is_none_or(|field| field.role != Role::Skip) && may_hold_reference(message, start, end, blueprint) {
            let mut tokens = Tokens { message, parts, dialect, raws };
            let stopped = if is_subject { merges::subject(&mut tokens, &line) } else { None };
            let resumed = segment(&mut tokens, &line, stopped.unwrap_or(start), &mut absent);
            if resumed > newline {
                next = resumed;
            }
        }
        if at(message, end.saturating_sub(1)) == b':' && end > start && !is_subject {
            header = announced(message, inner, end, dialect);
        } else if !item && !quoted && !is_lone_reference(message, inner, end) {
            header = Header::Nothing;
        }
        start = next;
    }
}

/// A line that is a reference and nothing else continues the list above it.
fn is_lone_reference(message: &[u8], start: usize, end: usize) -> bool {
    let text = cut(message, start, end);
    !text.contains(&b' ') && text.iter().any(u8::is_ascii_digit)
}

fn announced(message: &[u8], start: usize, end: usize, dialect: &Dialect) -> Header {
    let text = cut(message, start, end).to_ascii_lowercase();
    let has = |words: &[u8]| find(&text, 0, words).is_some();
    if has(b"merges") || has(b"failed") {
        return Header::Merges;
    }
    if has(b"original") {
        return Header::Original;
    }
    match Before::read(message, end, start).cue(&dialect.verbs) {
        Cue::Verb(action) => Header::Verb(action),
        _ => Header::Nothing,
    }
}

/// A line without a digit holds no reference but a blueprint, and nothing else that scanning needs to see but the beginning of
/// a comment or element.
fn may_hold_reference(message: &[u8], start: usize, end: usize, blueprint: bool) -> bool {
    let line = cut(message, start, end);
    line.iter().any(u8::is_ascii_digit) || memchr::memchr(b'<', line).is_some() || blueprint && names_blueprint(line)
}

/// Whether `bp` or `blueprint` stands somewhere, whatever the case.
pub(crate) fn names_blueprint(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'p', b'P', text).any(|at| {
        matches!(before(text, at), b'b' | b'B') || at >= 4 && super::bytes::starts(text, at - 4, b"blueprint")
    })
}

/// Scans the rest of a line and returns where scanning goes on: the end of the line, or past it behind a comment or element.
fn segment(tokens: &mut Tokens<'_, '_>, line: &Line, from: usize, absent: &mut Absent) -> usize {
    let message = tokens.message;
    let mut i = from;
    while i < line.end {
        i = match at(message, i) {
            b'`' => code_span(message, i, line.end),
            b'<' => {
                let after = skip_element(message, i, absent);
                if after > line.end {
                    return after;
                }
                after
            }
            b'#' | b'!' if at(message, i + 1).is_ascii_digit() => tokens.hash(i, line),
            byte if byte.is_ascii_alphanumeric() && !is_word(before(message, i)) => tokens.word(i, line),
            _ => i + 1,
        };
    }
    i
}

/// Behind a comment or code element that begins here; else behind the angle bracket.
fn skip_element(message: &[u8], i: usize, absent: &mut Absent) -> usize {
    if cut(message, i, i + 4) == b"<!--" && !absent.comment_end {
        match find(message, i + 4, b"-->") {
            Some(found) => return found + 3,
            None => absent.comment_end = true,
        }
    }
    for (index, (open, close)) in [(&b"<code"[..], &b"</code>"[..]), (b"<pre", b"</pre>")].into_iter().enumerate() {
        if super::bytes::starts(message, i, open) && !is_word(at(message, i + open.len())) {
            let gone = absent.elements.get_mut(index);
            match gone {
                Some(true) | None => {}
                Some(gone) => match find(message, i + open.len(), close) {
                    Some(found) => return found + close.len(),
                    None => *gone = true,
                },
            }
        }
    }
    i + 1
}

/// Behind a code span that begins here and ends on the same line, or behind its backticks when it does not end there.
fn code_span(message: &[u8], i: usize, end: usize) -> usize {
    let open = run(message, i, |b| b == b'`');
    let length = open - i;
    let mut j = open;
    // One long run cannot be looked for again and again: only short ones open a span.
    let limit = end.min(open.saturating_add(400));
    while length <= 3 && j < limit {
        if at(message, j) == b'`' {
            let close = run(message, j, |b| b == b'`');
            if close - j == length {
                return close;
            }
            j = close;
        } else {
            j += 1;
        }
    }
    open
}

/// Behind the fenced block that begins on this line, if one does and ends.
fn fence(message: &[u8], content: usize, newline: usize, absent: &mut Absent) -> Option<usize> {
    let mark = at(message, content);
    let index = match mark {
        b'`' => 0,
        b'~' => 1,
        _ => return None,
    };
    let behind = run(message, content, |b| b == mark);
    let length = (behind - content).min(12);
    if length < 3 || mark == b'`' && cut(message, behind, newline).contains(&b'`') {
        return None;
    }
    if absent.fence.get(index).copied()? && absent.fence_length.get(index).copied()? <= length {
        return None;
    }
    let mut start = newline + 1;
    while start < message.len() {
        let end = line_end(message, start);
        let from = skip_blanks(message, start);
        let to = run(message, from, |b| b == mark);
        if to - from >= length && cut(message, to, end).trim_ascii().is_empty() {
            return Some(end + 1);
        }
        start = end + 1;
    }
    *absent.fence.get_mut(index)? = true;
    *absent.fence_length.get_mut(index)? = length;
    None
}
