//! Fitting models (feature `train`): logistic regression by hand, and the recipe around it.

mod command;
mod fit;
mod own;
mod recipe;

pub use command::{TrainOptions, train_model};
pub use fit::{Fit, FitError, logistic_regression};
pub use own::{OwnHistory, OwnHistoryError, OwnModel, train_on_history};
pub use recipe::{Recipe, TrainError, train};
