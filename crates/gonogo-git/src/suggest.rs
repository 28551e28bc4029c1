//! What to do about a name that nothing has.

use git2::ErrorCode;

use crate::odb::Objects;
use crate::open::Handle;

/// How many references are compared with an unknown name.
const REFERENCES: usize = 100_000;
/// Names longer than this are not compared.
const LONGEST: usize = 100;
/// How many close names are shown.
const SHOWN: usize = 3;

/// The remedy for an unknown name: close names, and how to fetch what is not here.
pub(crate) fn remedy(handle: &Handle, objects: &Objects<'_>, name: &str) -> String {
    if name == "HEAD"
        && let Err(error) = handle.repository.head()
        && error.code() == ErrorCode::UnbornBranch
    {
        return "the branch that HEAD stands on has no commit yet: make the first one".to_owned();
    }
    let close = close_names(handle, name);
    let fetch = match (objects.is_shallow(), looks_like_id(name)) {
        (true, _) => "set `fetch-depth: 0` in the checkout step, or run `git fetch --unshallow --tags`",
        (false, true) => "run `git fetch --all --tags`, and check that the commit was pushed",
        (false, false) => "run `git fetch --all --tags`",
    };
    match &close[..] {
        [] => format!("if it exists elsewhere, {fetch}"),
        names => {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("did you mean {}? If it exists elsewhere, {fetch}", names.join(" or "))
        }
    }
}

fn looks_like_id(name: &str) -> bool {
    name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// References whose short names are like `name`, most alike first: the same branch on a remote, then few edits away.
fn close_names(handle: &Handle, name: &str) -> Vec<String> {
    if name.len() > LONGEST || name.is_empty() {
        return Vec::new();
    }
    let Ok(mut references) = handle.repository.references() else { return Vec::new() };
    let mut scored: Vec<(usize, String)> = references
        .names()
        .flatten()
        .take(REFERENCES)
        .filter_map(|full| {
            let short =
                ["refs/heads/", "refs/tags/", "refs/remotes/"].iter().find_map(|room| full.strip_prefix(room))?;
            let on_remote =
                full.starts_with("refs/remotes/") && short.split_once('/').is_some_and(|(_, last)| last == name);
            let edits = if on_remote { 0 } else { few_edits(name, short, (name.len() / 3).max(1))? };
            Some((edits, short.to_owned()))
        })
        .collect();
    scored.sort();
    scored.dedup();
    scored.into_iter().take(SHOWN).map(|(_, short)| short).collect()
}

/// The Levenshtein distance in bytes, ignoring case, when it is at most `most`.
fn few_edits(one: &str, two: &str, most: usize) -> Option<usize> {
    let (one, two) = (one.as_bytes(), two.as_bytes());
    if one.len().abs_diff(two.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (index, a) in one.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (b, above) in two.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = *above;
            left = replaced.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
        if row.iter().min().is_none_or(|&least| least > most) {
            return None;
        }
    }
    row.last().copied().filter(|&edits| edits <= most)
}

#[cfg(test)]
mod tests {
    use super::few_edits;

    #[test]
    fn edits_are_counted_up_to_the_limit() {
        assert_eq!(few_edits("production", "prodution", 3), Some(1));
        assert_eq!(few_edits("1.4.2", "v1.4.2", 1), Some(1));
        assert_eq!(few_edits("Main", "main", 1), Some(0));
        assert_eq!(few_edits("kitten", "sitting", 3), Some(3));
        assert_eq!(few_edits("kitten", "sitting", 2), None);
        assert_eq!(few_edits("", "abc", 1), None);
    }
}
