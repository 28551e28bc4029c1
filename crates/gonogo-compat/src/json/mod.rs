//! JSON with exact numbers: the value type and the parser that every contract is read through.

mod number;
mod parse;
mod value;

pub(crate) use number::BigIndex;
pub use number::Number;
pub use parse::{JsonError, MAX_DEPTH};
pub use value::Json;
pub(crate) use value::{escape_segment, pointer_segments};
