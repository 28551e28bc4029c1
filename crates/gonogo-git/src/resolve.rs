//! Names to commits (gitrevisions(7)), refusing what git would only warn about: a name that several things have.
//!
//! | written | means |
//! | --- | --- |
//! | 40 hexadecimal digits | that object, always |
//! | 4 to 39 hexadecimal digits | the one commit whose id begins so, unless a reference has the name too |
//! | a name | `NAME`, `refs/NAME`, `refs/tags/NAME`, `refs/heads/NAME`, `refs/remotes/NAME`, `refs/remotes/NAME/HEAD` |
//! | `v1.2-3-gabcdef0` | what `git describe` writes |
//! | `~n`, `^n`, `^{commit}`, `^{}`, `@{upstream}`, `@{1}` after one of these | as in git |
//!
//! Things that share a name but are one commit are not ambiguous. Searches by message (`:/text`, `^{/text}`) are refused: what
//! they name changes with every commit.

use git2::{ErrorCode, ObjectType, Oid};
use gonogo_core::{HistoryError, Revision};

use crate::error::{malformed, unreadable};
use crate::graph::links;
use crate::odb::{Objects, object_id};
use crate::open::Handle;
use crate::suggest::remedy;

/// A chain of tags longer than this is not followed.
const TAG_CHAIN: usize = 64;

/// The commit that `name` names.
pub(crate) fn resolve(handle: &Handle, name: &str) -> Result<Revision, HistoryError> {
    let objects = handle.objects()?;
    let not_found = |remedy: String| HistoryError::NotFound { name: name.to_owned(), remedy };
    if name.is_empty() {
        return Err(not_found("name a branch, a tag or a commit".to_owned()));
    }
    if name.contains(char::is_control) {
        return Err(not_found("no name holds control characters: name a branch, a tag or a commit".to_owned()));
    }
    if let Some((from, to)) = name.split_once("..") {
        let to = to.trim_start_matches('.');
        return Err(not_found(format!("it is a range: name its ends `{from}` and `{to}` one at a time")));
    }
    if name.contains(':') {
        return Err(not_found("a `:` names a file or a search: name a branch, a tag or a commit".to_owned()));
    }
    let end = name.find(['~', '^']).unwrap_or(name.len());
    let (base, suffix) = name.split_at(end);
    let base_commit = if let Some(at) = base.find("@{") {
        by_log(handle, &objects, base, at, name)?
    } else {
        by_name(handle, &objects, base, name)?
    };
    let commit = follow(&objects, base_commit, suffix, name)?;
    Ok(Revision::from_id(object_id(commit)).named(name))
}

/// Something a name may mean.
struct Candidate {
    written: String,
    commit: Oid,
}

fn by_name(handle: &Handle, objects: &Objects<'_>, base: &str, name: &str) -> Result<Oid, HistoryError> {
    let base = if base == "@" { "HEAD" } else { base };
    let hexadecimal = base.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal && base.len() == 40 {
        return by_full_id(handle, objects, base, name);
    }
    let mut candidates = Vec::new();
    let mut other_kind = None;
    for full in written_out(base) {
        let Some(target) = reference_target(handle, &full)? else { continue };
        match peel(objects, target)? {
            Peeled::Commit(commit) => candidates.push(Candidate { written: full, commit }),
            Peeled::Other(kind) => other_kind = Some(kind),
        }
    }
    if hexadecimal && (4..40).contains(&base.len()) {
        match by_prefix(objects, base)? {
            Prefix::Commits(commits) => {
                candidates.extend(commits.into_iter().map(|commit| Candidate { written: commit.to_string(), commit }));
            }
            Prefix::Other(kind) => other_kind = other_kind.or(Some(kind)),
            Prefix::Nothing => {}
        }
    }
    if candidates.is_empty()
        && let Some(digits) = described(base)
        && let Prefix::Commits(commits) = by_prefix(objects, digits)?
    {
        candidates.extend(commits.into_iter().map(|commit| Candidate { written: commit.to_string(), commit }));
    }
    match &candidates[..] {
        [] => {
            let remedy = match other_kind {
                Some(kind) => format!("it names a {kind}: name a branch, a tag or a commit"),
                None => remedy(handle, objects, base),
            };
            Err(HistoryError::NotFound { name: name.to_owned(), remedy })
        }
        [first, rest @ ..] if rest.iter().all(|other| other.commit == first.commit) => Ok(first.commit),
        _ => {
            // `HEAD` and its like cannot be written longer: their commit's id stands for them.
            let written = candidates.iter().map(|candidate| {
                if candidate.written == base { candidate.commit.to_string() } else { candidate.written.clone() }
            });
            let mut written: Vec<_> = written.collect();
            written.dedup();
            Err(HistoryError::Ambiguous { name: base.to_owned(), candidates: written })
        }
    }
}

/// The references that git looks for, in its order (gitrevisions(7), "refname").
fn written_out(base: &str) -> [String; 6] {
    [
        base.to_owned(),
        format!("refs/{base}"),
        format!("refs/tags/{base}"),
        format!("refs/heads/{base}"),
        format!("refs/remotes/{base}"),
        format!("refs/remotes/{base}/HEAD"),
    ]
}

/// What a reference points at, after symbolic references; `None` when there is none of that name.
fn reference_target(handle: &Handle, full: &str) -> Result<Option<Oid>, HistoryError> {
    let nothing = |error: git2::Error| match error.code() {
        ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::UnbornBranch => Ok(None),
        _ => Err(unreadable(format!("the reference {full}"), error)),
    };
    match handle.repository.find_reference(full) {
        Err(error) => nothing(error),
        Ok(reference) => match reference.resolve() {
            Err(error) => nothing(error),
            Ok(direct) => Ok(direct.target()),
        },
    }
}

pub(crate) enum Peeled {
    Commit(Oid),
    Other(ObjectType),
}

/// The commit that an object is, or that a tag points at.
pub(crate) fn peel(objects: &Objects<'_>, id: Oid) -> Result<Peeled, HistoryError> {
    let mut id = id;
    for _ in 0..TAG_CHAIN {
        match objects.header(id, ObjectType::Commit)?.1 {
            ObjectType::Commit => return Ok(Peeled::Commit(id)),
            ObjectType::Tag => {
                let object = objects.read(id, ObjectType::Tag)?;
                id = tag_target(&object).ok_or_else(|| malformed(format!("tag {id}"), "it names no object"))?;
            }
            other => return Ok(Peeled::Other(other)),
        }
    }
    Err(malformed(format!("tag {id}"), "it is a tag of a tag of a tag, over and over"))
}

fn tag_target(bytes: &[u8]) -> Option<Oid> {
    let digits = bytes.strip_prefix(b"object ")?.get(..40)?;
    Oid::from_str(std::str::from_utf8(digits).ok()?).ok()
}

fn by_full_id(handle: &Handle, objects: &Objects<'_>, digits: &str, name: &str) -> Result<Oid, HistoryError> {
    let not_found = |remedy| HistoryError::NotFound { name: name.to_owned(), remedy };
    let id = Oid::from_str(digits).map_err(|error| unreadable(format!("the id {digits}"), error))?;
    if !objects.exists(id) {
        return Err(not_found(remedy(handle, objects, digits)));
    }
    match peel(objects, id)? {
        Peeled::Commit(commit) => Ok(commit),
        Peeled::Other(kind) => Err(not_found(format!("it is a {kind}: name a branch, a tag or a commit"))),
    }
}

enum Prefix {
    /// The commits whose ids begin so, or that tags whose ids begin so point at. Never empty.
    Commits(Vec<Oid>),
    /// Only objects of other kinds do.
    Other(ObjectType),
    Nothing,
}

fn by_prefix(objects: &Objects<'_>, digits: &str) -> Result<Prefix, HistoryError> {
    let digits = digits.to_ascii_lowercase();
    let mut commits = Vec::new();
    let mut other = None;
    for id in objects.with_prefix(&digits)? {
        match peel(objects, id)? {
            Peeled::Commit(commit) => commits.push(commit),
            Peeled::Other(kind) => other = Some(kind),
        }
    }
    commits.sort_unstable();
    commits.dedup();
    Ok(match (commits.is_empty(), other) {
        (false, _) => Prefix::Commits(commits),
        (true, Some(kind)) => Prefix::Other(kind),
        (true, None) => Prefix::Nothing,
    })
}

/// The abbreviated id at the end of what `git describe` writes.
fn described(base: &str) -> Option<&str> {
    let (_, digits) = base.rsplit_once("-g")?;
    let plausible = (4..=40).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plausible.then_some(digits)
}

/// `main@{upstream}`, `@{1}`: what only the repository's configuration and logs know.
fn by_log(handle: &Handle, objects: &Objects<'_>, base: &str, at: usize, name: &str) -> Result<Oid, HistoryError> {
    let (branch, _) = base.split_at(at);
    if !branch.is_empty() {
        // The branch itself must not be ambiguous.
        by_name(handle, objects, branch, name)?;
    }
    match handle.repository.revparse_single(base) {
        Ok(object) => match peel(objects, object.id())? {
            Peeled::Commit(commit) => Ok(commit),
            Peeled::Other(kind) => {
                let remedy = format!("it names a {kind}: name a branch, a tag or a commit");
                Err(HistoryError::NotFound { name: name.to_owned(), remedy })
            }
        },
        Err(error) => {
            let remedy =
                format!("its log or upstream says nothing ({}): name a branch, a tag or a commit", error.message());
            Err(HistoryError::NotFound { name: name.to_owned(), remedy })
        }
    }
}

/// Follows `~n`, `^n`, `^{commit}` and `^{}`.
fn follow(objects: &Objects<'_>, commit: Oid, suffix: &str, name: &str) -> Result<Oid, HistoryError> {
    let unknown = || HistoryError::NotFound {
        name: name.to_owned(),
        remedy: format!("`{suffix}` is none of `~n`, `^n`, `^{{commit}}`: name a branch, a tag or a commit"),
    };
    let mut commit = commit;
    let mut rest = suffix;
    while let Some(operator) = rest.chars().next() {
        rest = rest.get(1..).unwrap_or_default();
        if let Some(braced) = rest.strip_prefix('{') {
            let (kind, after) = braced.split_once('}').ok_or_else(unknown)?;
            if operator != '^' || !matches!(kind, "" | "commit" | "object") {
                return Err(unknown());
            }
            rest = after;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        rest = after;
        let number: usize = if number.is_empty() { 1 } else { number.parse().map_err(|_| unknown())? };
        match operator {
            '~' => {
                for _ in 0..number {
                    commit = parent(objects, commit, 1, name)?;
                }
            }
            '^' if number == 0 => {}
            '^' => commit = parent(objects, commit, number, name)?,
            _ => return Err(unknown()),
        }
    }
    Ok(commit)
}

fn parent(objects: &Objects<'_>, commit: Oid, number: usize, name: &str) -> Result<Oid, HistoryError> {
    let links = links(objects, commit)?;
    if objects.is_cut(commit) && !links.parents.is_empty() {
        return Err(objects.cut(commit, &format!("`{name}`")));
    }
    let have = links.parents.len();
    number.checked_sub(1).and_then(|index| links.parents.get(index).copied()).ok_or_else(|| {
        let remedy = match have {
            0 => format!("commit {commit} is the first of its history"),
            _ => format!("commit {commit} has {have} parent(s)"),
        };
        HistoryError::NotFound { name: name.to_owned(), remedy }
    })
}
