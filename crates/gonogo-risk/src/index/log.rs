//! Records in bytes that only ever grow, each with its own length and check sum.
//!
//! A record that was cut short or damaged ends what is read; everything before it is kept. So a writer may be killed at any
//! byte, and a damaged file costs time and never a wrong figure.

use super::codec::IndexError;
use super::crc::crc32;

/// Length and check sum.
const FRAME: usize = 8;
/// Longer records are damage: no commit of this many bytes of paths was ever seen.
const MAX_RECORD: usize = 1 << 28;

/// Where a record's payload lies in the bytes.
pub(super) type Place = (usize, usize);

#[derive(Debug, Clone)]
pub(super) struct Log {
    bytes: Vec<u8>,
    /// How many leading bytes are already stored.
    stored: usize,
}

impl Log {
    pub(super) fn new(header: &[u8]) -> Self {
        Self { bytes: header.to_vec(), stored: 0 }
    }

    /// Reads stored bytes, telling each whole record; the first that `accept` refuses ends them, as damage does. O(bytes).
    pub(super) fn read(
        header: &[u8],
        mut bytes: Vec<u8>,
        mut accept: impl FnMut(&[u8], Place) -> bool,
    ) -> Result<Self, IndexError> {
        if header.starts_with(&bytes) && bytes.len() < header.len() {
            // Nothing yet, or killed while the header was written.
            return Ok(Self::new(header));
        }
        if !bytes.starts_with(header) {
            return Err(IndexError::Foreign);
        }
        let mut end = header.len();
        while let Some(place) = record(&bytes, end) {
            if !bytes.get(place.0..place.1).is_some_and(|payload| accept(payload, place)) {
                break;
            }
            end = place.1;
        }
        bytes.truncate(end);
        Ok(Self { stored: end, bytes })
    }

    /// Appends a record; `None` for one too long to be believed when it is read.
    pub(super) fn append(&mut self, payload: &[u8]) -> Option<Place> {
        let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= MAX_RECORD)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&crc32(payload).to_le_bytes());
        let from = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        Some((from, self.bytes.len()))
    }

    pub(super) fn payload(&self, place: Place) -> Option<&[u8]> {
        self.bytes.get(place.0..place.1)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn stored(&self) -> usize {
        self.stored
    }

    pub(super) fn mark_stored(&mut self) {
        self.stored = self.bytes.len();
    }
}

/// The payload of the record that begins at `place`; `None` at the end and at anything damaged.
fn record(bytes: &[u8], place: usize) -> Option<Place> {
    let number = |at: usize| bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes);
    let (length, sum) = (number(place)? as usize, number(place.checked_add(4)?)?);
    let from = place.checked_add(FRAME)?;
    let to = from.checked_add(length)?;
    let payload = bytes.get(from..to).filter(|_| length <= MAX_RECORD)?;
    (crc32(payload) == sum).then_some((from, to))
}
