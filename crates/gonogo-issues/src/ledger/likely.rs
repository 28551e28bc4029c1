//! Commits that production probably has, with another patch: what is said of them, and what they have in common.

use std::collections::{BTreeSet, HashMap};

use gonogo_core::{Commit, ObjectId};

use super::entry::{Likely, Resemblance};
use crate::reference::{Kind, Place, Reference};

/// The ids that `(cherry picked from commit ...)` lines name, as written, the nearest last.
pub(super) fn picks(message: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for line in message.split(|&b| b == b'\n') {
        let Some(rest) = line.trim_ascii().strip_prefix(b"(cherry picked from commit ") else { continue };
        let id: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_hexdigit).take(65).collect();
        if (7..=64).contains(&id.len()) {
            found.push(String::from_utf8_lossy(&id).to_ascii_lowercase());
        }
    }
    found
}

/// For each commit of the range the one of production that it is probably the same as. Takes time linear in the messages.
pub(super) fn likely(
    commits: &[Commit],
    references: &[Vec<Reference>],
    production: &[Commit],
) -> HashMap<usize, Likely> {
    let mut found = HashMap::new();
    if production.is_empty() {
        return found;
    }
    let plain = || production.iter().filter(|commit| !commit.is_merge());
    let mut titles: HashMap<String, Vec<&Commit>> = HashMap::new();
    let mut picked: HashMap<String, ObjectId> = HashMap::new();
    let mut ids: Vec<(String, ObjectId)> = Vec::new();
    for commit in plain() {
        titles.entry(title(commit)).or_default().push(commit);
        picked.extend(picks(&commit.message).into_iter().map(|id| (id, commit.id)));
        ids.push((commit.id.to_string(), commit.id));
    }
    ids.sort();
    let lengths: BTreeSet<usize> = picked.keys().map(String::len).collect();
    for (at, commit) in commits.iter().enumerate().filter(|(_, commit)| !commit.is_merge()) {
        let own = commit.id.to_string();
        let to = || lengths.iter().filter_map(|length| own.get(..*length)).find_map(|id| picked.get(id)).copied();
        let from = || picks(&commit.message).iter().find_map(|id| named(&ids, id));
        let names_issue = || {
            references.get(at).is_some_and(|list| {
                list.iter().any(|reference| reference.kind == Kind::Issue && reference.found_in == Place::Subject)
            })
        };
        let alike = || {
            let same = titles.get(&title(commit))?;
            match same.iter().find(|other| other.author.email == commit.author.email) {
                Some(other) => Some((other.id, Resemblance::SubjectAndAuthor)),
                None => Some((same.first().filter(|_| names_issue())?.id, Resemblance::SubjectAndKey)),
            }
        };
        let known = to()
            .map(|id| (id, Resemblance::PickedFromThis))
            .or_else(|| Some((from()?, Resemblance::PickedFromThat)))
            .or_else(alike);
        if let Some((in_production, because)) = known {
            found.insert(at, Likely { in_production, because });
        }
    }
    found
}

/// The subject without the marks that merge buttons add: a change that is picked gets another number.
fn title(commit: &Commit) -> String {
    let subject = commit.subject();
    let mut title = subject.trim();
    while let Some((head, mark)) = title.rsplit_once(" (#")
        && mark.strip_suffix(')').is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    {
        title = head.trim_end();
    }
    title.to_owned()
}

/// The one commit that an id, perhaps abbreviated, names.
fn named(ids: &[(String, ObjectId)], id: &str) -> Option<ObjectId> {
    let from = ids.partition_point(|(full, _)| full.as_str() < id);
    let mut matching = ids.get(from..)?.iter().take_while(|(full, _)| full.starts_with(id));
    let first = matching.next()?;
    matching.next().is_none().then_some(first.1)
}
