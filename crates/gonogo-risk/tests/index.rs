//! The history index loses nothing it was given, and believes nothing that was damaged.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use gonogo_core::{LineChange, ObjectId};
use gonogo_risk::{HistoryIndex, IndexError, IndexFile, Trace, TraceIndex};
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

    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    file.index.insert(id(1), &change);
    file.save().unwrap();
    let first = std::fs::read(&path).unwrap();

    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    file.index.insert(id(2), &change);
    file.save().unwrap();
    let second = std::fs::read(&path).unwrap();
    assert!(second.starts_with(&first) && second.len() > first.len());

    // A torn end is dropped and written over.
    std::fs::write(&path, &second[..second.len() - 1]).unwrap();
    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    assert_eq!((file.index.contains(&id(1)), file.index.contains(&id(2))), (true, false));
    file.index.insert(id(2), &change);
    file.save().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), second);

    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    file.compact(&HashSet::from([id(2)])).unwrap();
    let file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    assert_eq!((file.index.len(), file.index.contains(&id(2))), (1, true));

    // A foreign file is replaced, not appended to.
    std::fs::write(&path, "something else").unwrap();
    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    file.index.insert(id(3), &change);
    file.save().unwrap();
    assert!(IndexFile::<HistoryIndex>::open(&path).unwrap().index.contains(&id(3)));
}

#[test]
fn a_file_cut_at_every_byte_is_mended_by_the_next_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let change = [LineChange::new("src/lib.rs", 10, 2, 300).renamed_from("lib.rs"), LineChange::binary("logo.png")];
    let commits: Vec<Vec<LineChange>> = (0..5).map(|_| change.to_vec()).collect();
    let whole = index(&commits).as_bytes().to_vec();
    for cut in 0..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
        let held = file.index.len();
        assert!((0..held).all(|number| file.index.get(&id(number as u8)).as_deref() == Some(&change[..])), "{cut}");
        for number in held..5 {
            file.index.insert(id(number as u8), &change);
        }
        file.save().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
    }
}

#[test]
fn traces_survive_a_round_trip_and_any_cut() {
    let traces = |number: u8| -> Vec<Trace> {
        (0..number).map(|origin| Trace { origin: id(origin), lines: u32::from(origin) * 70 + 1 }).collect()
    };
    let mut whole = TraceIndex::new();
    for number in 0..4 {
        whole.insert(id(100 + number), &traces(number));
    }
    for cut in 0..=whole.as_bytes().len() {
        let read = TraceIndex::from_bytes(whole.as_bytes()[..cut].to_vec()).unwrap();
        for number in 0..4 {
            let expected = (usize::from(number) < read.len()).then(|| traces(number));
            assert_eq!(read.get(&id(100 + number)), expected, "cut at {cut}");
        }
    }
    assert_eq!(TraceIndex::from_bytes(whole.as_bytes().to_vec()).unwrap().len(), 4);
    assert!(matches!(TraceIndex::from_bytes(HistoryIndex::new().as_bytes().to_vec()), Err(IndexError::Foreign)));
}

/// The path the child of the next test writes to.
const KILLED: &str = "GONOGO_TEST_KILLED_INDEX";

#[test]
fn a_writer_that_is_killed_again_and_again_loses_no_stored_commit() {
    let number_id = |number: u32| {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        ObjectId::from_bytes(&bytes).unwrap()
    };
    let change = |number: u32| vec![LineChange::new(format!("src/{number}.rs"), number.into(), 1, 2); 20];
    if let Some(path) = std::env::var_os(KILLED) {
        // The child: adds commits and stores them until it is killed.
        let mut file = IndexFile::<HistoryIndex>::open(path).unwrap();
        let mut number = file.index.len() as u32;
        loop {
            file.index.insert(number_id(number), &change(number));
            file.save().unwrap();
            number += 1;
            if number.is_multiple_of(500) {
                // Written anew, so that a kill may fall into that as well.
                file.compact(&(0..number).map(number_id).collect()).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let mut stored = 0;
    for round in 0..10 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_writer_that_is_killed_again_and_again_loses_no_stored_commit"])
            .env(KILLED, &path)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Killed once it has stored something more, at whatever it is doing then.
        let before = stored;
        while stored <= before + round {
            assert!(child.try_wait().unwrap().is_none(), "the writer ended by itself");
            std::thread::yield_now();
            let bytes = std::fs::read(&path).unwrap_or_default();
            stored = stored.max(HistoryIndex::from_bytes(bytes).map_or(0, |index| index.len()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let read = IndexFile::<HistoryIndex>::open(&path).unwrap();
        assert!(read.index.len() >= stored, "{} of {stored} are left", read.index.len());
        stored = read.index.len();
        for number in 0..stored as u32 {
            assert_eq!(read.index.get(&number_id(number)), Some(change(number)), "{number}");
        }
    }
}
