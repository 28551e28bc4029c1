//! The trailer block of a message, delimited as `git interpret-trailers --parse --no-divider` does.

use super::bytes::{cut, line_end};

/// One trailer: its name, its value with folded lines joined, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trailer {
    /// The name before the colon.
    pub token: String,
    /// The value, without blanks around it; continuation lines joined with one space.
    pub value: String,
    /// Bytes of the message it takes up, from (inclusive) and to (exclusive).
    pub span: [usize; 2],
}

/// Where the trailer block begins; the message's length when it has none.
///
/// The rule of git's `trailer.c`: the last paragraph, if it is not the first one, and if all of its lines are trailers or one
/// of them is written by git itself (`Signed-off-by: `, `(cherry picked from commit `) and a quarter of the lines are trailers.
pub(crate) fn block_start(message: &[u8]) -> usize {
    let end_of_title = end_of_title(message);
    let (mut trailers, mut others, mut folded, mut by_git, mut only_blank) = (0usize, 0usize, 0usize, false, true);
    let mut next_line = message.len();
    let mut end = message.len();
    while end > 0 {
        let body = end - usize::from(message.get(end - 1) == Some(&b'\n'));
        let start = cut(message, 0, body).iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        if start < end_of_title {
            break;
        }
        let line = cut(message, start, body);
        if line.trim_ascii().is_empty() {
            if !only_blank {
                others += folded;
                let is_block = by_git && trailers * 3 >= others || trailers > 0 && others == 0;
                return if is_block { next_line } else { message.len() };
            }
        } else {
            only_blank = false;
            if line.first() == Some(&b'#') {
                others += folded;
                folded = 0;
            } else if line.starts_with(b"Signed-off-by: ") || line.starts_with(b"(cherry picked from commit ") {
                (trailers, folded, by_git) = (trailers + 1, 0, true);
            } else if line.first().is_some_and(u8::is_ascii_whitespace) {
                folded += 1;
            } else if separator(line).is_some() {
                (trailers, folded) = (trailers + 1, 0);
            } else {
                others += 1 + folded;
                folded = 0;
            }
        }
        next_line = start;
        end = start;
    }
    message.len()
}

fn end_of_title(message: &[u8]) -> usize {
    let mut start = 0;
    while start < message.len() {
        let end = line_end(message, start);
        let line = cut(message, start, end);
        if line.trim_ascii().is_empty() {
            break;
        }
        start = end + 1;
    }
    start
}

/// Where the colon of a trailer line stands: after letters, digits and hyphens, with blanks before it at most.
fn separator(line: &[u8]) -> Option<usize> {
    let mut blank = false;
    for (at, &byte) in line.iter().enumerate() {
        match byte {
            b':' => return (at > 0).then_some(at),
            b' ' | b'\t' if at > 0 => blank = true,
            _ if !blank && (byte.is_ascii_alphanumeric() || byte == b'-') => {}
            _ => return None,
        }
    }
    None
}

/// The trailers of a message, first to last, as `git interpret-trailers --parse --no-divider` lists them.
///
/// ```
/// let trailers = gonogo_issues::trailers(b"subject\n\nbody\n\nCloses-Bug: #1\nSigned-off-by: A <a@b.c>\n");
/// assert_eq!(trailers.iter().map(|t| (t.token.as_str(), t.value.as_str())).collect::<Vec<_>>(),
///            [("Closes-Bug", "#1"), ("Signed-off-by", "A <a@b.c>")]);
/// ```
#[must_use]
pub fn trailers(message: &[u8]) -> Vec<Trailer> {
    let mut found: Vec<Trailer> = Vec::new();
    let mut in_trailer = false;
    let mut start = block_start(message);
    while start < message.len() {
        let end = line_end(message, start);
        let line = cut(message, start, end);
        if line.first().is_some_and(u8::is_ascii_whitespace) {
            if let Some(last) = found.last_mut().filter(|_| in_trailer) {
                last.value.push(' ');
                last.value.push_str(&String::from_utf8_lossy(line.trim_ascii()));
                last.span[1] = end;
            }
        } else if let Some(colon) = separator(line) {
            found.push(Trailer {
                token: String::from_utf8_lossy(cut(line, 0, colon).trim_ascii()).into_owned(),
                value: String::from_utf8_lossy(cut(line, colon + 1, line.len()).trim_ascii()).into_owned(),
                span: [start, end],
            });
            in_trailer = true;
        } else {
            in_trailer = false;
        }
        start = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(message: &str) -> Vec<String> {
        trailers(message.as_bytes()).into_iter().map(|t| t.token).collect()
    }

    #[test]
    fn the_first_paragraph_is_never_a_trailer_block() {
        assert_eq!(tokens("Fixes: #1\n"), [""; 0]);
        assert_eq!(tokens("subject\n\nFixes: #1\n"), ["Fixes"]);
    }

    #[test]
    fn prose_beside_trailers_is_a_block_only_with_a_line_of_gits_own() {
        assert_eq!(tokens("s\n\nprose\nFixes: #1\n"), [""; 0]);
        assert_eq!(tokens("s\n\nprose\nFixes: #1\nSigned-off-by: A <a@b>\n"), ["Fixes", "Signed-off-by"]);
        assert_eq!(tokens("s\n\nFixes: #1\n(cherry picked from commit 1)\n"), ["Fixes"]);
    }

    #[test]
    fn folded_values_are_joined() {
        let found = trailers(b"s\n\nBug: 1,\n  2\n");
        assert_eq!(found[0].value, "1, 2");
        assert_eq!(found[0].span, [3, 14]);
    }
}
