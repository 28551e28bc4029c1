//! What commits changed, as records of a [`Log`].

use std::collections::{HashMap, HashSet};

use gonogo_core::{LineChange, ObjectId};

use super::log::{Log, Place};

/// What the records mean. Another meaning gets another name, and old files are dropped.
const HEADER: &[u8] = b"gonogo risk index 1, line changes as of gonogo-1\n";
/// Why bytes are not an index. Not an emergency: start an empty one and measure again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The header is that of something else, or of another version.
    #[error("the file is no risk index of this version; it will be made anew")]
    Foreign,
}

/// What commits changed, by commit id: the input of [`crate::HistoryState`], which does not depend on order or mailmap.
///
/// Holds the encoded records (about 40 bytes a touched file) and decodes one when asked.
#[derive(Debug, Clone)]
pub struct HistoryIndex {
    log: Log,
    /// Where each commit's payload lies.
    places: HashMap<ObjectId, Place>,
}

impl Default for HistoryIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl HistoryIndex {
    /// An empty index.
    pub fn new() -> Self {
        Self { log: Log::new(HEADER), places: HashMap::new() }
    }

    /// Reads stored bytes. A torn or damaged record and all that follow are dropped; [`HistoryIndex::stored_bytes`] says how
    /// many bytes were good. O(bytes).
    ///
    /// # Errors
    /// [`IndexError::Foreign`] unless the bytes begin as an index of this version does. No bytes are an empty index.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError> {
        let mut places = HashMap::new();
        // A payload that does not decode is damage too, even if its sum is right.
        let log = Log::read(HEADER, bytes, |payload, place| {
            let found = id(payload).filter(|(_, rest)| files(rest).is_some());
            found.map(|(commit, _)| places.insert(commit, place)).is_some()
        })?;
        Ok(Self { log, places })
    }

    /// How many commits it holds.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether it holds this commit.
    pub fn contains(&self, commit: &ObjectId) -> bool {
        self.places.contains_key(commit)
    }

    /// The commits it holds, in no order.
    pub fn commits(&self) -> impl Iterator<Item = ObjectId> {
        self.places.keys().copied()
    }

    /// What a commit changed, if it is held.
    pub fn get(&self, commit: &ObjectId) -> Option<Vec<LineChange>> {
        let &place = self.places.get(commit)?;
        let (_, rest) = self.log.payload(place).and_then(id)?;
        files(rest)
    }

    /// Adds a commit; one that is held already stays as it is.
    pub fn insert(&mut self, commit: ObjectId, changes: &[LineChange]) {
        if self.contains(&commit) {
            return;
        }
        if let Some(place) = self.log.append(&encode(&commit, changes)) {
            self.places.insert(commit, place);
        }
    }

    /// The whole index as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.log.bytes()
    }

    /// How many of [`HistoryIndex::as_bytes`] were stored when it was read, or when [`HistoryIndex::mark_stored`] was called.
    /// What follows is to be appended there.
    pub fn stored_bytes(&self) -> usize {
        self.log.stored()
    }

    /// Says that all bytes are stored now.
    pub fn mark_stored(&mut self) {
        self.log.mark_stored();
    }

    /// The same index with only those commits that are reachable; nothing of it counts as stored.
    #[must_use]
    pub fn retain(&self, reachable: &HashSet<ObjectId>) -> Self {
        let mut kept: Vec<_> = self.places.iter().filter(|(commit, _)| reachable.contains(*commit)).collect();
        kept.sort_by_key(|(_, place)| **place);
        let mut index = Self::new();
        for (commit, _) in kept {
            if let Some(changes) = self.get(commit) {
                index.insert(*commit, &changes);
            }
        }
        index
    }
}

pub(super) fn id(payload: &[u8]) -> Option<(ObjectId, &[u8])> {
    let (&length, rest) = payload.split_first()?;
    let (bytes, rest) = rest.split_at_checked(usize::from(length))?;
    Some((ObjectId::from_bytes(bytes).ok()?, rest))
}

const RENAMED: u8 = 1;
const BINARY: u8 = 2;

fn encode(commit: &ObjectId, changes: &[LineChange]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(40 * (changes.len() + 1));
    payload.push(commit.as_bytes().len() as u8);
    payload.extend_from_slice(commit.as_bytes());
    put_number(&mut payload, changes.len() as u64);
    let mut before: &[u8] = b"";
    for change in changes {
        payload.push(if change.old_path.is_some() { RENAMED } else { 0 } | if change.binary { BINARY } else { 0 });
        put_path(&mut payload, before, change.path.as_bytes());
        before = change.path.as_bytes();
        if let Some(old) = &change.old_path {
            put_path(&mut payload, before, old.as_bytes());
        }
        put_number(&mut payload, change.added);
        put_number(&mut payload, change.deleted);
        put_number(&mut payload, change.lines_before);
    }
    payload
}

fn files(mut rest: &[u8]) -> Option<Vec<LineChange>> {
    let count = take_number(&mut rest)?;
    // A file takes at least six bytes, so a damaged count cannot ask for more memory than the record has.
    let mut found = Vec::with_capacity(usize::try_from(count).ok()?.min(rest.len() / 6));
    let mut before: Vec<u8> = Vec::new();
    for _ in 0..count {
        let (&flags, after) = rest.split_first()?;
        rest = after;
        let path = take_path(&mut rest, &before)?;
        let old = if flags & RENAMED != 0 { Some(take_path(&mut rest, &path)?) } else { None };
        let (added, deleted, lines) = (take_number(&mut rest)?, take_number(&mut rest)?, take_number(&mut rest)?);
        let mut change = LineChange::new(path.clone(), added, deleted, lines);
        change.binary = flags & BINARY != 0;
        if let Some(old) = old {
            change = change.renamed_from(old);
        }
        found.push(change);
        before = path;
    }
    rest.is_empty().then_some(found)
}

/// A path as the length it shares with the one before, and the rest.
fn put_path(payload: &mut Vec<u8>, before: &[u8], path: &[u8]) {
    let shared = before.iter().zip(path).take_while(|(a, b)| a == b).count();
    let rest = path.get(shared..).unwrap_or_default();
    put_number(payload, shared as u64);
    put_number(payload, rest.len() as u64);
    payload.extend_from_slice(rest);
}

fn take_path(rest: &mut &[u8], before: &[u8]) -> Option<Vec<u8>> {
    let shared = usize::try_from(take_number(rest)?).ok()?;
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (tail, after) = rest.split_at_checked(length)?;
    *rest = after;
    let mut path = before.get(..shared)?.to_vec();
    path.extend_from_slice(tail);
    Some(path)
}

/// Seven bits a byte, lowest first (LEB128).
pub(super) fn put_number(payload: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        payload.push(number as u8 | 0x80);
        number >>= 7;
    }
    payload.push(number as u8);
}

pub(super) fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
