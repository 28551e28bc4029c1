//! Fitting models (feature `train`): logistic regression by hand, and the recipe around it.

mod command;
mod fit;
mod recipe;

pub use command::{TrainOptions, train_model};
pub use fit::{Fit, FitError, logistic_regression};
pub use recipe::{Recipe, TrainError, train};
