//! The history index loses nothing it was given, and believes nothing that was damaged.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use gonogo_core::{LineChange, ObjectId};
use gonogo_risk::{HistoryIndex, IndexError, IndexFile};
use proptest::prelude::*;

fn id(number: u8) -> ObjectId {
    ObjectId::from_bytes(&[number; 20]).unwrap()
}

fn changes() -> impl Strategy<Value = Vec<LineChange>> {
    let path = prop::collection::vec(any::<u8>(), 1..12);
    let file = (path.clone(), prop::option::of(path), any::<u64>(), 0u64..1_000, 0u64..1_000, any::<bool>());
    prop::collection::vec(
        file.prop_map(|(path, old, added, deleted, lines, binary)| {
            let file = if binary { LineChange::binary(path) } else { LineChange::new(path, added, deleted, lines) };
            match old {
                Some(old) => file.renamed_from(old),
                None => file,
            }
        }),
        0..6,
    )
}

fn index(commits: &[Vec<LineChange>]) -> HistoryIndex {
    let mut index = HistoryIndex::new();
    for (number, changes) in commits.iter().enumerate() {
        index.insert(id(number as u8), changes);
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_stored_is_read_back(commits in prop::collection::vec(changes(), 0..12)) {
        let read = HistoryIndex::from_bytes(index(&commits).as_bytes().to_vec()).unwrap();
        prop_assert_eq!(read.len(), commits.len());
        for (number, changes) in commits.iter().enumerate() {
            prop_assert_eq!(read.get(&id(number as u8)), Some(changes.clone()));
        }
    }

    #[test]
    fn a_writer_killed_at_any_byte_leaves_the_whole_records_before_it(
        commits in prop::collection::vec(changes(), 1..8),
        share in 0.0f64..1.0,
    ) {
        let whole = index(&commits);
        let cut = (whole.as_bytes().len() as f64 * share) as usize;
        let read = HistoryIndex::from_bytes(whole.as_bytes()[..cut].to_vec()).unwrap();
        prop_assert!(read.len() <= commits.len());
        prop_assert!(read.stored_bytes() <= cut);
        for (number, changes) in commits.iter().enumerate().take(read.len()) {
            prop_assert_eq!(read.get(&id(number as u8)), Some(changes.clone()));
        }
    }

    #[test]
    fn a_flipped_bit_never_gives_another_change(
        commits in prop::collection::vec(changes(), 1..8),
        share in 0.0f64..1.0,
        bit in 0u8..8,
    ) {
        let mut bytes = index(&commits).as_bytes().to_vec();
        let place = (bytes.len() as f64 * share) as usize;
        bytes[place] ^= 1 << bit;
        if let Ok(read) = HistoryIndex::from_bytes(bytes) {
            for (number, changes) in commits.iter().enumerate() {
                if let Some(found) = read.get(&id(number as u8)) {
                    prop_assert_eq!(&found, changes);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = HistoryIndex::from_bytes(bytes.clone());
        let mut begun = HistoryIndex::new().as_bytes().to_vec();
        begun.extend(bytes);
        let read = HistoryIndex::from_bytes(begun).unwrap();
        prop_assert!(read.stored_bytes() > 0);
    }
}

#[test]
fn another_version_is_foreign_and_no_bytes_are_an_empty_index() {
    assert_eq!(HistoryIndex::from_bytes(b"gonogo risk index 9".to_vec()).map(|_| ()), Err(IndexError::Foreign));
    assert!(HistoryIndex::from_bytes(Vec::new()).unwrap().is_empty());
}

#[test]
fn a_file_is_appended_to_mended_and_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache/index");
    let change = [LineChange::new("a", 1, 2, 3)];

    let mut file = IndexFile::open(&path).unwrap();
    file.index.insert(id(1), &change);
    file.save().unwrap();
    let first = std::fs::read(&path).unwrap();

    let mut file = IndexFile::open(&path).unwrap();
    file.index.insert(id(2), &change);
    file.save().unwrap();
    let second = std::fs::read(&path).unwrap();
    assert!(second.starts_with(&first) && second.len() > first.len());

    // A torn end is dropped and written over.
    std::fs::write(&path, &second[..second.len() - 1]).unwrap();
    let mut file = IndexFile::open(&path).unwrap();
    assert_eq!((file.index.contains(&id(1)), file.index.contains(&id(2))), (true, false));
    file.index.insert(id(2), &change);
    file.save().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), second);

    let mut file = IndexFile::open(&path).unwrap();
    file.compact(&HashSet::from([id(2)])).unwrap();
    let file = IndexFile::open(&path).unwrap();
    assert_eq!((file.index.len(), file.index.contains(&id(2))), (1, true));

    // A foreign file is replaced, not appended to.
    std::fs::write(&path, "something else").unwrap();
    let mut file = IndexFile::open(&path).unwrap();
    file.index.insert(id(3), &change);
    file.save().unwrap();
    assert!(IndexFile::open(&path).unwrap().index.contains(&id(3)));
}
