//! How alike two files are, computed as git computes it, so that the same renames are found.
//!
//! A file is cut into spans that end at a newline or after 64 bytes; spans are told apart by a small hash only. The score of a pair
//! is how many bytes of the source's spans the destination has too, over the size of the larger file, out of 60,000
//! (gitdiffcore(7), "diffcore-rename"; git 2.44 and later, which count an unfinished last span).

/// The score of two equal files.
const FULL: f64 = 60_000.0;
/// Half alike: what `-M50%` asks for.
pub(crate) const HALF: u32 = 30_000;
/// What a pair with the same file name must score to be taken without looking at others: halfway from [`HALF`] to equal.
pub(crate) const NAMESAKE: u32 = 45_000;
/// The longest span in bytes.
const SPAN: u32 = 64;
/// Files larger than this, in bytes, are cut into a table instead of a list: their lists would outgrow it.
const LARGE: usize = 1 << 20;
/// Spans whose hashes agree modulo this number count as equal.
const MODULUS: u32 = 107_927;

/// How many bytes of each span a file has, by the span's hash, in its order.
#[derive(Debug, Clone)]
pub(crate) struct Spans(Vec<(u32, u32)>);

impl Spans {
    /// Cuts a file; in a text the carriage return of a CRLF does not count. Holds at most one entry for each hash.
    pub(crate) fn of(bytes: &[u8], binary: bool) -> Self {
        if bytes.len() > LARGE {
            let mut lengths = vec![0_u32; MODULUS as usize];
            cut(bytes, binary, |hash, length| {
                if let Some(sum) = lengths.get_mut(hash as usize) {
                    *sum = sum.wrapping_add(length);
                }
            });
            return Self((0..).zip(lengths).filter(|&(_, length)| length > 0).collect());
        }
        let mut spans: Vec<(u32, u32)> = Vec::with_capacity(bytes.len() / 32 + 1);
        cut(bytes, binary, |hash, length| spans.push((hash, length)));
        spans.sort_unstable_by_key(|&(hash, _)| hash);
        spans.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.wrapping_add(next.1);
            }
            same
        });
        Self(spans)
    }

    /// How many bytes of this file's spans `destination` has too.
    fn copied_to(&self, destination: &Self) -> u64 {
        let mut copied = 0;
        let mut theirs = destination.0.iter().peekable();
        for &(hash, length) in &self.0 {
            while theirs.next_if(|(other, _)| *other < hash).is_some() {}
            if let Some((_, other)) = theirs.next_if(|(other, _)| *other == hash) {
                copied += u64::from(length.min(*other));
            }
        }
        copied
    }
}

/// Tells each span's hash and length, in the order of the file.
fn cut(bytes: &[u8], binary: bool, mut tell: impl FnMut(u32, u32)) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut span = Span::default();
        let mut taken = 0;
        for (place, &byte) in rest.iter().enumerate() {
            taken = place + 1;
            let ends_line = byte == b'\r' && rest.get(taken) == Some(&b'\n');
            if binary || !ends_line {
                span.add(byte);
            }
            if byte == b'\n' || span.length == SPAN {
                break;
            }
        }
        if span.length > 0 {
            tell(span.hash(), span.length);
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
}

/// The state of git's hash of a span: 64 bits that are turned by seven for each byte, which is then added to the lower half alone.
#[derive(Default)]
struct Span {
    turning: u64,
    length: u32,
}

impl Span {
    fn add(&mut self, byte: u8) {
        let turned = self.turning.rotate_left(7);
        let low = (turned as u32).wrapping_add(u32::from(byte));
        self.turning = (turned & !u64::from(u32::MAX)) | u64::from(low);
        self.length += 1;
    }

    fn hash(&self) -> u32 {
        let (low, high) = (self.turning as u32, (self.turning >> 32) as u32);
        low.wrapping_add(high.wrapping_mul(0x61)) % MODULUS
    }
}

/// Whether files of these sizes can be half alike at all.
pub(crate) fn sizes_allow(source: u64, destination: u64) -> bool {
    let (larger, smaller) = (source.max(destination), source.min(destination));
    larger as f64 * (FULL - f64::from(HALF)) >= (larger - smaller) as f64 * FULL
}

/// The score of a pair, out of 60,000.
pub(crate) fn score(source: (&Spans, u64), destination: (&Spans, u64)) -> u32 {
    let larger = source.1.max(destination.1);
    if destination.1 == 0 {
        return 0;
    }
    (source.0.copied_to(destination.0) as f64 * FULL / larger as f64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(source: &[u8], destination: &[u8]) -> u32 {
        let of = |bytes: &[u8]| (Spans::of(bytes, false), bytes.len() as u64);
        let (source, destination) = (of(source), of(destination));
        score((&source.0, source.1), (&destination.0, destination.1))
    }

    #[test]
    fn equal_files_score_all_and_foreign_ones_nothing() {
        assert_eq!(scored(b"one\ntwo\n", b"one\ntwo\n"), 60_000);
        assert_eq!(scored(b"one\ntwo\n", b"two\none\n"), 60_000);
        assert_eq!(scored(b"one\ntwo\n", b"six\nten\n"), 0);
        assert_eq!(scored(b"one\ntwo\n", b"one\nten\n"), 30_000);
        assert_eq!(scored(b"", b""), 0);
    }

    #[test]
    fn a_carriage_return_does_not_tell_texts_apart() {
        // The sizes still count it: 8 of 10 bytes.
        assert_eq!(scored(b"one\ntwo\n", b"one\r\ntwo\r\n"), 48_000);
        let binary = |bytes| Spans::of(bytes, true).0.len();
        assert_eq!(binary(b"one\none\r\n"), 2);
    }

    #[test]
    fn a_table_holds_what_a_list_holds() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|number| format!("{}\n", number % 70_001).into_bytes()).collect();
        assert!(text.len() > LARGE);
        let mut spans: Vec<(u32, u32)> = Vec::new();
        cut(&text, false, |hash, length| spans.push((hash, length)));
        let mut sums = std::collections::BTreeMap::new();
        for (hash, length) in spans {
            *sums.entry(hash).or_insert(0) += length;
        }
        assert_eq!(Spans::of(&text, false).0, sums.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn an_unfinished_last_line_counts() {
        assert_eq!(scored(b"one\ntwo", b"one\ntwo"), 60_000);
    }

    #[test]
    fn sizes_too_far_apart_are_never_half_alike() {
        assert!(sizes_allow(50, 100));
        assert!(!sizes_allow(49, 100));
        assert!(!sizes_allow(0, 1));
        assert!(sizes_allow(0, 0));
    }
}
