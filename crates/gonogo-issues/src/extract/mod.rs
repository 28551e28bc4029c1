//! The extractor: message bytes in, references out.

mod announced;
mod bytes;
mod context;
mod dialect;
mod fields;
mod hashes;
mod judge;
mod keys;
mod lines;
mod merges;
mod never;
mod raw;
mod tokens;
mod trailers;
mod urls;
mod verbs;
mod words;

use dialect::Dialect;
use lines::Parts;
use raw::{Header, Line, Nature, Owner, Raw};

pub(crate) use dialect::is_slip;
pub use trailers::{Trailer, trailers};

use crate::reference::Reference;
use crate::style::{ExtractorError, ExtractorOptions, ReferenceStyle};

/// Finds the references of commit messages.
///
/// A message is any bytes. Extraction never fails, takes time linear in its length, and allocates nothing for a message that
/// holds no token of a reference's form. What stands in code fences, code spans, HTML comments and `<code>` counts for nothing.
///
/// ```
/// use gonogo_issues::{Extractor, ExtractorOptions, Kind, ReferenceStyle};
/// let options = ExtractorOptions::default().styles([ReferenceStyle::Jira, ReferenceStyle::GitHub]).projects(["KAFKA"]);
/// let extractor = Extractor::new(&options)?;
/// let found = extractor.extract(b"KAFKA-9450: Decouple flushing from UTF-8 (#8964)");
/// assert_eq!(found.iter().map(|r| (r.key.as_str(), r.kind)).collect::<Vec<_>>(),
///            [("KAFKA-9450", Kind::Issue), ("#8964", Kind::Change)]);
/// # Ok::<(), gonogo_issues::ExtractorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extractor {
    dialect: Dialect,
}

impl Extractor {
    /// An extractor with these options; with none it goes by each message alone, like [`automatic`](Self::automatic).
    ///
    /// # Errors
    /// When a pattern or an action's name cannot be used.
    pub fn new(options: &ExtractorOptions) -> Result<Self, ExtractorError> {
        Ok(Self { dialect: Dialect::compile(options)? })
    }

    /// An extractor that knows nothing of the repository: every style whose writing is unmistakable, `#1` as GitHub has it.
    #[must_use]
    pub fn automatic() -> Self {
        Self { dialect: Dialect::automatic() }
    }

    /// The references of a message, in the order in which they stand. A key that is written twice is found twice.
    #[must_use]
    pub fn extract(&self, message: &[u8]) -> Vec<Reference> {
        let mut raws = Vec::new();
        if !message.iter().any(u8::is_ascii_digit) && !self.may_lack_digits(message) {
            return Vec::new();
        }
        let parts = Parts::of(message);
        lines::walk(message, &parts, &self.dialect, &mut raws);
        change_ids(message, &parts, &self.dialect, &mut raws);
        self.custom(message, &parts, &mut raws);
        if raws.is_empty() {
            return Vec::new();
        }
        raws.sort_by_key(|raw| (raw.span[0], raw.span[1]));
        give_way(&mut raws);
        judge::judge(message, &parts, &self.dialect, raws)
    }

    /// Blueprints and a repository's own patterns need no digit.
    fn may_lack_digits(&self, message: &[u8]) -> bool {
        !self.dialect.patterns.is_empty()
            || self.dialect.may(ReferenceStyle::Launchpad) && lines::names_blueprint(message)
    }

    fn custom(&self, message: &[u8], parts: &Parts, raws: &mut Vec<Raw>) {
        for (regex, pattern) in self.dialect.patterns() {
            let mut line: Option<Line> = None;
            for captures in regex.captures_iter(message) {
                let Some(whole) = captures.get(0) else { continue };
                let key = captures.name("key").unwrap_or(whole);
                if key.is_empty() {
                    continue;
                }
                let span = [key.start(), key.end()];
                // A line of many matches is looked for once.
                let around = match line {
                    Some(line) if span[0] < line.end => line,
                    _ => line_around(message, span[0]),
                };
                line = Some(around);
                raws.push(Raw {
                    key: format!("{}{}", pattern.prefix, bytes::text(key.as_bytes())),
                    nature: Nature::Fixed(pattern.kind, pattern.action),
                    style: ReferenceStyle::Custom,
                    owner: Owner::Ours,
                    span,
                    token: [whole.start(), whole.end()],
                    place: parts.place(span[0]),
                    line: around,
                });
            }
        }
    }
}

/// What the styles found at the bytes of a `Change-Id` or of a repository's own pattern gives way to it.
fn give_way(raws: &mut Vec<Raw>) {
    let certain =
        |raw: &Raw| raw.style == ReferenceStyle::Custom || raw.nature == Nature::OwnChange && raw.key.starts_with('I');
    let spans: Vec<[usize; 2]> = raws.iter().filter(|raw| certain(raw)).map(|raw| raw.span).collect();
    if spans.is_empty() {
        return;
    }
    raws.retain(|raw| {
        let behind = spans.partition_point(|span| span[0] < raw.span[1]);
        let before = behind.checked_sub(1).and_then(|at| spans.get(at));
        certain(raw) || before.is_none_or(|span| span[1] <= raw.span[0])
    });
}

fn line_around(message: &[u8], at: usize) -> Line {
    let start = bytes::cut(message, 0, at).iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let end = bytes::line_end(message, at);
    Line { start, end, quoted: false, item: false, field: None, header: Header::Nothing }
}

/// `Change-Id: I...` lines: Gerrit's own name of the change.
fn change_ids(message: &[u8], parts: &Parts, dialect: &Dialect, raws: &mut Vec<Raw>) {
    if !dialect.automatic && !dialect.has(ReferenceStyle::Gerrit) && bytes::find(message, 0, b"Change-Id:").is_none() {
        return;
    }
    let mut from = parts.subject[0];
    while let Some(at) = bytes::find(message, from, b"Change-Id:") {
        from = at + 10;
        if at > 0 && bytes::before(message, at) != b'\n' {
            continue;
        }
        let start = bytes::skip_blanks(message, from);
        let end = bytes::run(message, start + 1, |b| b.is_ascii_hexdigit());
        let tail = bytes::line_end(message, end);
        if bytes::at(message, start) != b'I'
            || !(9..=41).contains(&(end - start))
            || !bytes::cut(message, end, tail).trim_ascii().is_empty()
        {
            continue;
        }
        raws.push(Raw {
            key: bytes::text(bytes::cut(message, start, end)),
            nature: Nature::OwnChange,
            style: ReferenceStyle::Gerrit,
            owner: Owner::Ours,
            span: [start, end],
            token: [start, end],
            place: parts.place(start),
            line: line_around(message, start),
        });
    }
}
