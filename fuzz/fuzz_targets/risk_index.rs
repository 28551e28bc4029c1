//! Index files: what is read is what would be written, and nothing beyond the bytes is believed.
#![no_main]

use gonogo_risk::{HistoryIndex, TraceIndex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for begun in [bytes.to_vec(), [HistoryIndex::new().as_bytes(), bytes].concat()] {
        let Ok(index) = HistoryIndex::from_bytes(begun.clone()) else { continue };
        assert!(index.stored_bytes() <= begun.len().max(index.as_bytes().len()));
        let again = HistoryIndex::from_bytes(index.as_bytes().to_vec()).expect("an index that was read");
        assert_eq!(again.len(), index.len());
        for commit in index.commits() {
            assert!(index.get(&commit).is_some());
            assert_eq!(index.get(&commit), again.get(&commit));
        }
    }
    let begun = [TraceIndex::new().as_bytes(), bytes].concat();
    let traces = TraceIndex::from_bytes(begun).expect("it begins as one");
    let again = TraceIndex::from_bytes(traces.as_bytes().to_vec()).expect("an index that was read");
    assert_eq!(again.len(), traces.len());
});
