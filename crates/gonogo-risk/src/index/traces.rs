//! Where the lines that repairs took away came from, as records of a [`Log`].

use std::collections::HashMap;

use gonogo_core::ObjectId;

use super::codec::{IndexError, id, put_number, take_number};
use super::log::{Log, Place};

/// What the records mean. Another meaning gets another name, and old files are dropped.
const HEADER: &[u8] = b"gonogo risk traces 1, lines without white space and comments\n";

/// A commit that wrote lines which a repair took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The commit that wrote them.
    pub origin: ObjectId,
    /// How many of them.
    pub lines: u32,
}

/// For each repair that was traced, the commits that wrote the lines it took away.
///
/// A repair that took away nothing but space and comments, or too much to be traced, is held with no traces.
#[derive(Debug, Clone)]
pub struct TraceIndex {
    log: Log,
    places: HashMap<ObjectId, Place>,
}

impl Default for TraceIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl TraceIndex {
    /// An empty index.
    pub fn new() -> Self {
        Self { log: Log::new(HEADER), places: HashMap::new() }
    }

    /// Reads stored bytes. A torn or damaged record and all that follow are dropped. O(bytes).
    ///
    /// # Errors
    /// [`IndexError::Foreign`] unless the bytes begin as an index of this version does. No bytes are an empty index.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError> {
        let mut places = HashMap::new();
        let log = Log::read(HEADER, bytes, |payload, place| {
            let found = id(payload).filter(|(_, rest)| traces(rest).is_some());
            found.map(|(commit, _)| places.insert(commit, place)).is_some()
        })?;
        Ok(Self { log, places })
    }

    /// How many repairs it holds.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether this repair was traced.
    pub fn contains(&self, repair: &ObjectId) -> bool {
        self.places.contains_key(repair)
    }

    /// Where the lines that this repair took away came from, if it was traced.
    pub fn get(&self, repair: &ObjectId) -> Option<Vec<Trace>> {
        let &place = self.places.get(repair)?;
        let (_, rest) = self.log.payload(place).and_then(id)?;
        traces(rest)
    }

    /// Adds a repair; one that is held already stays as it is.
    pub fn insert(&mut self, repair: ObjectId, traces: &[Trace]) {
        if self.contains(&repair) {
            return;
        }
        let mut payload = Vec::with_capacity(24 * (traces.len() + 1));
        put_id(&mut payload, &repair);
        put_number(&mut payload, traces.len() as u64);
        for trace in traces {
            put_id(&mut payload, &trace.origin);
            put_number(&mut payload, u64::from(trace.lines));
        }
        if let Some(place) = self.log.append(&payload) {
            self.places.insert(repair, place);
        }
    }

    /// The whole index as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.log.bytes()
    }

    /// How many of the bytes were stored when it was read or marked.
    pub fn stored_bytes(&self) -> usize {
        self.log.stored()
    }

    /// Says that all bytes are stored now.
    pub fn mark_stored(&mut self) {
        self.log.mark_stored();
    }
}

fn put_id(payload: &mut Vec<u8>, id: &ObjectId) {
    payload.push(id.as_bytes().len() as u8);
    payload.extend_from_slice(id.as_bytes());
}

fn traces(mut rest: &[u8]) -> Option<Vec<Trace>> {
    let count = take_number(&mut rest)?;
    let mut found = Vec::with_capacity(usize::try_from(count).ok()?.min(rest.len() / 22));
    for _ in 0..count {
        let (origin, after) = id(rest)?;
        rest = after;
        found.push(Trace { origin, lines: u32::try_from(take_number(&mut rest)?).ok()? });
    }
    rest.is_empty().then_some(found)
}
