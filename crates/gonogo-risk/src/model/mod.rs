//! Models: what they read, how they are stored, what they say.

mod assess;
mod calibrate;
mod file;
mod input;
mod ranks;

pub use assess::{Assessment, Contribution, InputValues, Interaction};
pub use calibrate::{Calibrator, logistic};
#[cfg(feature = "train")]
pub(crate) use file::{Block, Input, Standard, Term};
pub use file::{Card, MAX_MODEL_BYTES, MODEL_FORMAT_VERSION, Model, ModelError};
pub use input::Expression;
pub use ranks::RankTable;
