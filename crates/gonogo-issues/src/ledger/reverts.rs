//! Reverts, and what they cancel within a range.

use std::collections::HashMap;

use gonogo_core::{Commit, ObjectId};

use super::entry::RevertedOutside;
use super::merged::Merged;

/// What a message says that it takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Intent {
    /// Ids, as written.
    pub(crate) commits: Vec<String>,
    /// The subject it quotes.
    pub(crate) subject: Option<String>,
    /// It says that it takes back only a part.
    pub(crate) partial: bool,
    /// Its subject says so too: it does nothing else. A commit whose body alone tells of a revert brings something of its own.
    pub(crate) only: bool,
}

impl Intent {
    fn is_revert(&self) -> bool {
        !self.commits.is_empty() || self.subject.is_some()
    }
}

/// Reads what a message takes back: `This reverts commit ...`, `This reverts commits ..., ... and ...`, `Revert "subject"`.
pub(crate) fn intent(message: &[u8]) -> Intent {
    let mut intent = Intent::default();
    let text = String::from_utf8_lossy(message);
    let subject = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    let lower = subject.to_ascii_lowercase();
    let quoted = |opening: &str| {
        let rest = subject.strip_prefix(opening)?;
        let close = rest.rfind('"').unwrap_or(rest.len());
        rest.get(..close).map(str::to_owned)
    };
    // `Reapply "x"` takes back `Revert "x"`.
    let quotes = quoted("Revert \"").or_else(|| quoted("Reapply \"").map(|title| format!("Revert \"{title}\"")));
    let declared = lower.starts_with("revert")
        || lower.starts_with("reapply")
        || lower.contains("revert \"")
        || lower.contains("back out")
        || lower.contains("backed out")
        || lower.starts_with("unrevert");
    intent.partial = lower.contains("partial") && lower.contains("revert")
        || text.contains("partially reverts commit")
        || text.contains("Partially reverts");
    let mut rest = text.as_ref();
    while let Some(at) = find_reverts(rest) {
        rest = rest.get(at..).unwrap_or("");
        let (ids, behind) = ids(rest);
        intent.commits.extend(ids);
        rest = rest.get(behind..).unwrap_or("");
    }
    intent.only = declared || lower.contains("revert") || lower.contains("undo") || lower.contains("backout");
    if intent.commits.is_empty() && declared {
        intent.subject = quotes.filter(|title| !title.is_empty());
    }
    intent
}

/// Behind the next `reverts commit`, `reverts commits`, `reverted commit` or `Revert commit`.
fn find_reverts(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("evert") {
        let behind = from + found + 5;
        let rest = text.get(behind..)?;
        let words = ["s commits", "s commit", "ed commit", " commit"].iter().find(|words| rest.starts_with(**words));
        if let Some(words) = words {
            return Some(behind + words.len());
        }
        from = behind;
    }
    None
}

/// The ids that are listed here, and where the list ends. The id behind `reversing changes made to` is the merge's parent and no target.
fn ids(text: &str) -> (Vec<String>, usize) {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut end = at;
    while at < bytes.len() && found.len() < 1000 {
        while bytes
            .get(at)
            .is_some_and(|b| matches!(b, b' ' | b'\n' | b'\r' | b',' | b':' | b';' | b'&' | b'*' | b'-' | b'\t'))
        {
            at += 1;
        }
        if matches!(bytes.get(at..at + 4), Some(b"and " | b"and\n" | b"and\r")) {
            at += 4;
            continue;
        }
        let length = bytes.get(at..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let joined = bytes.get(at + length).is_some_and(u8::is_ascii_alphanumeric);
        if !(7..=64).contains(&length) || joined {
            break;
        }
        found.push(text.get(at..at + length).unwrap_or("").to_ascii_lowercase());
        at += length;
        end = at;
        // A list of ids with their subjects goes on on the next line.
        if bytes.get(at) == Some(&b' ') && bytes.get(at + 1).is_some_and(|b| matches!(b, b'(' | b'"')) {
            at += bytes.get(at..).unwrap_or(&[]).iter().take_while(|b| **b != b'\n').count();
        }
    }
    (found, end)
}

/// What cancels what.
pub(crate) struct Netting {
    with: Vec<Vec<usize>>,
    outside: Vec<Vec<RevertedOutside>>,
}

impl Netting {
    /// The commits that cancel this one, or that it cancels.
    pub(crate) fn with(&self, at: usize) -> &[usize] {
        self.with.get(at).map_or(&[], Vec::as_slice)
    }

    /// What it takes back outside the range.
    pub(crate) fn outside(&self, at: usize) -> &[RevertedOutside] {
        self.outside.get(at).map_or(&[], Vec::as_slice)
    }
}

/// Youngest first: a revert that nothing younger cancelled cancels its targets, and with them itself. So a chain of reverts
/// nets by parity: the revert of a revert leaves what was there first.
pub(crate) fn net(
    commits: &[Commit],
    index: &HashMap<ObjectId, usize>,
    intents: &[Intent],
    merges: &Merged,
    enabled: bool,
    in_production: &dyn Fn(usize) -> bool,
) -> Netting {
    let mut netting = Netting { with: vec![Vec::new(); commits.len()], outside: vec![Vec::new(); commits.len()] };
    let by_subject = subjects(commits, intents);
    let by_id = ids_in_order(commits);
    let mut cancelled = vec![false; commits.len()];
    for at in 0..commits.len() {
        let Some(intent) = intents.get(at).filter(|intent| intent.is_revert()) else { continue };
        let mut inside = Vec::new();
        let mut outside = Vec::new();
        let mut gone = false;
        for id in &intent.commits {
            match id.parse::<ObjectId>().ok().and_then(|id| index.get(&id).copied()).or_else(|| abbreviated(&by_id, id))
            {
                Some(target) if target != at && !in_production(target) => match cancelled.get(target) {
                    Some(false) => inside.push(target),
                    _ => gone = true,
                },
                _ => outside.push(RevertedOutside { commit: Some(id.clone()), subject: intent.subject.clone() }),
            }
        }
        if let Some(subject) = &intent.subject {
            // The nearest older commit of that subject that is still there.
            let older = by_subject
                .get(subject.as_str())
                .into_iter()
                .flatten()
                .copied()
                .find(|&other| other > at && cancelled.get(other) == Some(&false) && !in_production(other));
            match older {
                Some(target) => inside.push(target),
                None => outside.push(RevertedOutside { commit: None, subject: Some(subject.clone()) }),
            }
        }
        let is_cancelled = cancelled.get(at).copied().unwrap_or(false);
        if is_cancelled {
            continue;
        }
        let whole = enabled && !intent.partial && !gone && !inside.is_empty();
        // A revert that also takes back what lies outside stays, with what it takes back.
        if whole && outside.is_empty() {
            let mut all: Vec<usize> = Vec::new();
            for &target in &inside {
                all.push(target);
                all.extend(
                    merges
                        .brought(target)
                        .filter(|&brought| cancelled.get(brought) == Some(&false) && !in_production(brought)),
                );
            }
            all.sort_unstable();
            all.dedup();
            for &target in all.iter().filter(|&&target| target != at) {
                if let Some(slot) = cancelled.get_mut(target) {
                    *slot = true;
                }
                if let Some(list) = netting.with.get_mut(target) {
                    list.push(at);
                }
            }
            if let Some(slot) = cancelled.get_mut(at).filter(|_| intent.only) {
                *slot = true;
            }
            if let Some(list) = netting.with.get_mut(at).filter(|_| intent.only) {
                *list = all.into_iter().filter(|&target| target != at).collect();
            }
        } else if let Some(slot) = netting.outside.get_mut(at) {
            *slot = outside;
        }
    }
    netting
}

/// Commits by subject, youngest first.
fn subjects(commits: &[Commit], intents: &[Intent]) -> HashMap<String, Vec<usize>> {
    let mut map: HashMap<String, Vec<usize>> = HashMap::new();
    let wanted: std::collections::HashSet<&str> =
        intents.iter().filter_map(|intent| intent.subject.as_deref()).collect();
    if wanted.is_empty() {
        return map;
    }
    for (at, commit) in commits.iter().enumerate() {
        let subject = commit.subject();
        let keys = [Some(subject.as_str()), without_mark(&subject)];
        for key in keys.into_iter().flatten().filter(|key| wanted.contains(key)) {
            map.entry(key.to_owned()).or_default().push(at);
        }
    }
    map
}

/// `Title (#1)` without the mark that the merge button added: the quoted title may lack it.
fn without_mark(subject: &str) -> Option<&str> {
    let (title, mark) = subject.rsplit_once(" (#")?;
    mark.strip_suffix(')')?.bytes().all(|b| b.is_ascii_digit()).then_some(title)
}

fn ids_in_order(commits: &[Commit]) -> Vec<(String, usize)> {
    let mut list: Vec<(String, usize)> =
        commits.iter().enumerate().map(|(at, commit)| (commit.id.to_string(), at)).collect();
    list.sort();
    list
}

/// The one commit of the range that an abbreviated id names.
fn abbreviated(list: &[(String, usize)], id: &str) -> Option<usize> {
    let from = list.partition_point(|(full, _)| full.as_str() < id);
    let mut matching = list.get(from..)?.iter().take_while(|(full, _)| full.starts_with(id));
    let first = matching.next()?;
    matching.next().is_none().then_some(first.1)
}
