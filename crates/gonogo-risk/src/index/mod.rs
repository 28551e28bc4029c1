//! The history index: what each commit changed, and where the lines that repairs took away came from, kept between runs so that
//! only new commits cost anything.

mod codec;
mod crc;
mod file;
mod log;
mod traces;

pub use codec::{HistoryIndex, IndexError};
pub use file::{Index, IndexFile, IndexFileError};
pub use traces::{Trace, TraceIndex};
