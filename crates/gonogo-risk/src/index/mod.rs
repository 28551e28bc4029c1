//! The history index: what each commit changed, kept between runs so that only new commits cost anything.

mod codec;
mod crc;
mod file;

pub use codec::{HistoryIndex, IndexError};
pub use file::{IndexFile, IndexFileError};
