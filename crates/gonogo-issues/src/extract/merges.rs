//! The subjects that hosts and git write for merges, and the names of merged branches.

use super::bytes::{at, before, cut, digits, find, is_word, run, starts, text};
use super::raw::{Line, Nature, Owner};
use super::tokens::{Found, Tokens};
use crate::reference::Place;
use crate::style::ReferenceStyle::{self, Bugzilla, GitHub, GitLab, Launchpad, Phabricator};

/// Reads a merge subject; where ordinary scanning of it goes on, `None` where it is none.
pub(crate) fn subject(tokens: &mut Tokens<'_, '_>, line: &Line) -> Option<usize> {
    let message = tokens.message;
    let (start, end) = (line.start, line.end);
    if !matches!(at(message, start), b'M' | b'm' | b'A' | b'a' | b'R' | b'r' | b'P' | b'p') {
        return None;
    }
    let numbered = |i: usize| {
        let from = run(message, i, |b| matches!(b, b'#' | b'!'));
        let to = digits(message, from);
        (to > from && to - from <= 10 && i + 1 >= from).then_some((from, to))
    };
    // What a merge button or bot writes before the number.
    for opening in [
        &b"Merge pull request #"[..],
        b"Merge pull-request #",
        b"Auto merge of #",
        b"Rollup merge of #",
        b"Merge PR #",
        b"Merge PR ",
        b"Merged PR ",
        b"Merge MR !",
        b"Merge #",
        b"Merge !",
        b"Pull request #",
        b"Merge pull request ",
        b"Merges pull request #",
        b"Merge GH-",
        b"Merge gh-",
        b"Merge pull/",
        b"Merge upstream/pull/",
    ] {
        if !starts(message, start, opening) {
            continue;
        }
        let sigil = opening.iter().rev().take_while(|b| matches!(b, b'#' | b'!')).count();
        let Some((from, to)) = numbered(start + opening.len() - sigil) else { continue };
        if is_word(at(message, to)) {
            continue;
        }
        own_change(tokens, from, to, line);
        let from_word = starts(message, to, b" from ");
        let rest = if from_word { to + 6 } else { to };
        if from_word || starts(message, to, b" - ") && opening.ends_with(b"merge of #") {
            let rest = if from_word { rest } else { to + 3 };
            let stop = run(message, rest, |b| !b.is_ascii_whitespace() && b != b',').min(end);
            let name = run(message, rest, |b| !matches!(b, b'/' | b':')).min(stop);
            // `owner/branch`: a branch of the owner's fork, whose name is not the owner's.
            branch(tokens, if name < stop { name + 1 } else { rest }, stop, line);
            return Some(stop);
        }
        if let Some(at) = find(message, to, b" from ").filter(|&at| at < end && starts(message, to, b" in ")) {
            let from = at + 6;
            let stop = run(message, from, |b| !b.is_ascii_whitespace()).min(end);
            branch(tokens, from, stop, line);
            return Some(stop);
        }
        return Some(rest);
    }
    // `Merge owner/repo#1: title`.
    if starts(message, start, b"Merge ") {
        let stop = run(message, start + 6, |b| is_word(b) || matches!(b, b'/' | b'-' | b'.'));
        if at(message, stop) == b'#' && cut(message, start + 6, stop).contains(&b'/') {
            let to = digits(message, stop + 1);
            if to > stop + 1 && at(message, to) == b':' {
                own_change(tokens, stop + 1, to, line);
                return Some(to);
            }
        }
    }
    // Bitbucket: `Merged in branch (pull request #1)`.
    if starts(message, start, b"Merged in ") {
        let stop = run(message, start + 10, |b| !b.is_ascii_whitespace()).min(end);
        branch(tokens, start + 10, stop, line);
        let opening = b" (pull request #";
        if starts(message, stop, opening)
            && let Some((from, to)) = numbered(stop + opening.len())
        {
            own_change(tokens, from, to, line);
        }
        return Some(end);
    }
    for opening in [
        &b"Merge branch "[..],
        b"Merge branches ",
        b"Merge remote-tracking branch ",
        b"Merge remote branch ",
        b"Merge commit ",
        b"Merge remote-tracking branches ",
        b"Merge changes from topic ",
    ] {
        if starts(message, start, opening) {
            let mut i = start + opening.len();
            // `into`, `of url` and what follows name where to and where from.
            while i < end {
                let quote = at(message, i);
                let close = match quote {
                    b'\'' | b'"' | b'`' => run(message, i + 1, |b| b != quote && b != b'\n').min(end),
                    _ => run(message, i, |b| !b.is_ascii_whitespace()).min(end),
                };
                let from = if matches!(quote, b'\'' | b'"' | b'`') { i + 1 } else { i };
                branch(tokens, from, close, line);
                let next = run(message, close + 1, |b| matches!(b, b' ' | b','));
                let listed = matches!(at(message, next), b'\'' | b'"');
                let and = starts(message, next, b"and '");
                i = if listed {
                    next
                } else if and {
                    next + 4
                } else {
                    return Some(end);
                };
            }
            return Some(end);
        }
    }
    None
}

fn own_change(tokens: &mut Tokens<'_, '_>, from: usize, to: usize, line: &Line) {
    let message = tokens.message;
    let azure = tokens.dialect.change_style() == ReferenceStyle::Azure;
    let sigil = if before(message, from) == b'!' || azure { '!' } else { '#' };
    let key = format!("{sigil}{}", text(cut(message, from, to)));
    let found = Found { key, nature: Nature::OwnChange, style: tokens.dialect.change_style(), owner: Owner::Ours };
    tokens.push(found, [from, to], [from, to], line);
}

/// Keys in the name of a branch.
pub(crate) fn branch(tokens: &mut Tokens<'_, '_>, from: usize, to: usize, line: &Line) {
    let message = tokens.message;
    let name = cut(message, from, to);
    // Bots name branches after packages and versions.
    if [&b"dependabot/"[..], b"renovate/", b"snyk-", b"pyup", b"greenkeeper/"]
        .iter()
        .any(|bot| find(name, 0, bot).is_some())
    {
        return;
    }
    let begin = run(message, from, |b| b != b'/');
    let begin = if starts(message, from, b"origin/") || starts(message, from, b"upstream/") { begin + 1 } else { from };
    let mut i = from;
    while i < to {
        if !is_word(at(message, i)) || is_word(before(message, i)) && i > from {
            i += 1;
            continue;
        }
        // Underscores join words in branch names, and are part of projects in keys: both readings are tried.
        let end = run(message, i, is_word).min(to);
        let stop = one(tokens, i, end, begin, to, line);
        i = stop.unwrap_or(end).max(i + 1);
    }
}

fn one(tokens: &mut Tokens<'_, '_>, i: usize, end: usize, begin: usize, to: usize, line: &Line) -> Option<usize> {
    let message = tokens.message;
    let dialect = tokens.dialect;
    let word = cut(message, i, end).to_ascii_lowercase();
    let next = at(message, end);
    let stop = digits(message, end + 1).min(to);
    let number = cut(message, end + 1, stop);
    let whole = !number.is_empty()
        && number.len() <= 10
        && number.first() != Some(&b'0')
        && !number.iter().any(|b| !b.is_ascii_digit())
        && at(message, stop) != b'.'
        && !is_word(at(message, stop))
        || at(message, stop) == b'_' && !number.is_empty();
    let mut push = |key: String, nature: Nature, style: ReferenceStyle, span: [usize; 2]| {
        tokens.push_at(Found { key, nature, style, owner: Owner::Ours }, span, span, line, Place::Branch);
        Some(span[1])
    };
    if whole && matches!(next, b'-' | b'/' | b'#') {
        let number = text(number);
        match &word[..] {
            b"pull" | b"pr" if next == b'/' || next == b'-' && i == begin => {
                return push(format!("#{number}"), Nature::OwnChange, dialect.change_style(), [i, stop]);
            }
            b"issue" | b"issues" | b"gh"
                if dialect.any(&[GitHub, GitLab, ReferenceStyle::Redmine, ReferenceStyle::Bitbucket]) =>
            {
                return push(format!("#{number}"), Nature::Hash, dialect.hash_style(), [i, stop]);
            }
            b"bug" if dialect.has(Bugzilla) => {
                return push(format!("bug:{number}"), Nature::Issue, Bugzilla, [i, stop]);
            }
            b"bug" if dialect.has(Launchpad) => {
                return push(format!("lp:{number}"), Nature::Issue, Launchpad, [i, stop]);
            }
            _ => {}
        }
        if next == b'-' {
            if let Some(after) = tokens.dashed(i, end, line, Some(begin)) {
                return Some(after.min(to));
            }
            // `ticket_KEY-1`: the word before the underscore is no part of the project.
            let tail = word.iter().rposition(|&b| b == b'_').map(|at| i + at + 1)?;
            return tokens.dashed(tail, end, line, Some(begin)).map(|after| after.min(to));
        }
    }
    // GitLab names branches `1-title`, and closes the issue.
    let all_digits = word.iter().all(u8::is_ascii_digit);
    if all_digits && next == b'-' && i == begin && dialect.has(GitLab) && word.len() <= 7 && word.first() != Some(&b'0')
    {
        return push(format!("#{}", text(&word)), Nature::Hash, GitLab, [i, end]);
    }
    let tail = word.get(1..)?;
    if word.first() == Some(&b't')
        && tail.len() >= 2
        && tail.iter().all(u8::is_ascii_digit)
        && dialect.has(Phabricator)
        && (i == begin || before(message, i) == b'/')
    {
        return push(text(cut(message, i, end)).to_ascii_uppercase(), Nature::Issue, Phabricator, [i, end]);
    }
    let tail = word.strip_prefix(b"ch").or_else(|| word.strip_prefix(b"sc"))?;
    if tail.len() >= 2 && tail.iter().all(u8::is_ascii_digit) && dialect.has(ReferenceStyle::Shortcut) {
        return push(format!("sc-{}", text(tail)), Nature::Issue, ReferenceStyle::Shortcut, [i, end]);
    }
    None
}
