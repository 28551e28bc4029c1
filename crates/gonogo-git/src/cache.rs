//! Objects read lately: a commit's trees and blobs are its neighbour's too, and unpacking them is what reading a history costs.

use std::collections::HashMap;
use std::sync::Arc;

use git2::{ObjectType, Oid};

/// Half of what is kept, in bytes: see [`Cache`].
const GENERATION: usize = 24 << 20;
/// Objects larger than this, in bytes, are not kept.
const LARGEST: usize = 2 << 20;
/// What an entry costs beside its bytes.
const OVERHEAD: usize = 96;

/// A type and bytes, shared.
pub(crate) type Kept = (ObjectType, Arc<[u8]>);

/// The objects that were read or asked for last, up to some 48 MiB.
///
/// They are kept in two generations: what is asked for moves to the young one; when that is full it becomes the old one, and
/// the old one is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    young: HashMap<Oid, Kept>,
    old: HashMap<Oid, Kept>,
    bytes: usize,
}

impl Cache {
    pub(crate) fn get(&mut self, id: Oid) -> Option<Kept> {
        if let Some(kept) = self.young.get(&id) {
            return Some(kept.clone());
        }
        let kept = self.old.remove(&id)?;
        self.add(id, kept.clone());
        Some(kept)
    }

    pub(crate) fn wants(bytes: &[u8]) -> bool {
        bytes.len() <= LARGEST
    }

    pub(crate) fn add(&mut self, id: Oid, kept: Kept) {
        self.bytes += kept.1.len() + OVERHEAD;
        self.young.insert(id, kept);
        if self.bytes > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> Oid {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        Oid::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_is_forgotten() {
        let mut cache = Cache::default();
        let kept: Kept = (ObjectType::Blob, vec![7; 1 << 20].into());
        for number in 0..200 {
            cache.add(id(number), kept.clone());
            assert!(cache.get(id(0)).is_some(), "asked for each time");
        }
        assert!(cache.get(id(199)).is_some());
        assert!(cache.get(id(100)).is_none());
        let bytes = |generation: &HashMap<Oid, Kept>| generation.values().map(|kept| kept.1.len()).sum::<usize>();
        assert!(bytes(&cache.young) + bytes(&cache.old) <= 2 * GENERATION + LARGEST);
    }
}
