//! Character classes as sorted ranges of code points.

use regex_syntax::hir::{Class, HirKind};

/// Sorted, disjoint, non-touching inclusive ranges of code points.
pub(super) type Ranges = Vec<(u32, u32)>;

pub(super) const LAST: u32 = 0x0010_ffff;

/// Sorts and merges.
pub(super) fn normal(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut merged: Ranges = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}

/// Every code point that is not in the class.
pub(super) fn complement(ranges: &Ranges) -> Ranges {
    let mut rest = Ranges::new();
    let mut next = 0;
    for &(low, high) in ranges {
        if low > next {
            rest.push((next, low - 1));
        }
        next = high.saturating_add(1);
    }
    if next <= LAST {
        rest.push((next, LAST));
    }
    rest
}

pub(super) fn digits() -> Ranges {
    vec![(0x30, 0x39)]
}

pub(super) fn word() -> Ranges {
    vec![(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)]
}

/// ECMA-262 `WhiteSpace` and `LineTerminator`.
pub(super) fn space() -> Ranges {
    vec![
        (0x09, 0x0d),
        (0x20, 0x20),
        (0xa0, 0xa0),
        (0x1680, 0x1680),
        (0x2000, 0x200a),
        (0x2028, 0x2029),
        (0x202f, 0x202f),
        (0x205f, 0x205f),
        (0x3000, 0x3000),
        (0xfeff, 0xfeff),
    ]
}

/// What `.` matches: all but ECMA-262 `LineTerminator`.
pub(super) fn dot() -> Ranges {
    complement(&vec![(0x0a, 0x0a), (0x0d, 0x0d), (0x2028, 0x2029)])
}

/// A Unicode property such as `Letter`, `Lu` or `Script=Greek`; `None` if it is unknown.
pub(super) fn property(name: &str) -> Option<Ranges> {
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '=')) {
        return None;
    }
    let hir = regex_syntax::Parser::new().parse(&format!("\\p{{{name}}}")).ok()?;
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            Some(normal(class.ranges().iter().map(|r| (r.start() as u32, r.end() as u32)).collect()))
        }
        HirKind::Literal(_) | HirKind::Class(Class::Bytes(_)) => None,
        _ => None,
    }
}

pub(super) fn contains(ranges: &[(u32, u32)], c: u32) -> bool {
    let after = ranges.partition_point(|&(low, _)| low <= c);
    after > 0 && ranges.get(after - 1).is_some_and(|&(_, high)| c <= high)
}
