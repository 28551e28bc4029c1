//! Looking at bytes that may be anything, without an index that can fail.

/// The byte at `at`; 0 past the end.
pub(crate) fn at(message: &[u8], at: usize) -> u8 {
    message.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 at the beginning.
pub(crate) fn before(message: &[u8], at: usize) -> u8 {
    at.checked_sub(1).and_then(|i| message.get(i)).copied().unwrap_or(0)
}

/// The bytes of a range; empty where it is none.
pub(crate) fn cut(message: &[u8], from: usize, to: usize) -> &[u8] {
    message.get(from..to.min(message.len())).unwrap_or(&[])
}

/// Bytes of a word: ASCII letters, digits, underscore.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where the run of bytes that satisfy `wanted` ends.
pub(crate) fn run(message: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = message.get(from..).unwrap_or(&[]);
    from + rest.iter().position(|&b| !wanted(b)).unwrap_or(rest.len())
}

/// Where the run of digits ends.
pub(crate) fn digits(message: &[u8], from: usize) -> usize {
    run(message, from, |b| b.is_ascii_digit())
}

/// Whether the message continues with `text` here, whatever the case.
pub(crate) fn starts(message: &[u8], from: usize, text: &[u8]) -> bool {
    cut(message, from, from.saturating_add(text.len())).eq_ignore_ascii_case(text)
}

/// The first place at or after `from` where `needle` stands.
pub(crate) fn find(message: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    // Messages are short, and building a searcher for each would cost more than the search.
    let rest = message.get(from..)?;
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(step) = memchr::memchr(first, rest.get(at..)?) {
        at += step;
        if rest.get(at..)?.starts_with(needle) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

/// Whether a letter or digit of a script with cases, or a digit of any script, ends right before `at`: then what begins here
/// is the tail of a longer word. Ideographs are none, since those scripts write no spaces.
pub(crate) fn word_ends_at(message: &[u8], at: usize) -> bool {
    let last = before(message, at);
    if last < 0x80 {
        return is_word(last);
    }
    let from = at.saturating_sub(4);
    let tail = cut(message, from, at);
    (1..=tail.len())
        .rev()
        .find_map(|n| std::str::from_utf8(cut(tail, tail.len() - n, tail.len())).ok())
        .is_some_and(joins)
}

/// The same for what begins at `at`.
pub(crate) fn word_begins_at(message: &[u8], at: usize) -> bool {
    let first = self::at(message, at);
    if first < 0x80 {
        return is_word(first);
    }
    let head = cut(message, at, at.saturating_add(4));
    (1..=head.len())
        .rev()
        .find_map(|n| std::str::from_utf8(cut(head, 0, n)).ok())
        .is_some_and(|text| text.chars().next().is_some_and(|c| joins(c.encode_utf8(&mut [0; 4]))))
}

fn joins(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| c.is_numeric() || c.is_lowercase() || c.is_uppercase())
}

/// Where the line that holds `from` ends (at its newline).
pub(crate) fn line_end(message: &[u8], from: usize) -> usize {
    let rest = message.get(from..).unwrap_or(&[]);
    from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// A line's end without the carriage return and blanks before it.
pub(crate) fn trimmed_end(message: &[u8], start: usize, end: usize) -> usize {
    start + cut(message, start, end).trim_ascii_end().len()
}

/// Where the blanks end.
pub(crate) fn skip_blanks(message: &[u8], from: usize) -> usize {
    run(message, from, |b| b == b' ' || b == b'\t')
}

/// Bytes as text, with what is not UTF-8 replaced.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
