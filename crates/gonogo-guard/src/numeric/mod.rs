//! Special functions and root finding, written here so that the crate needs no numerical library.

mod roots;
mod special;

pub use roots::{bisect, brent_root, minimize};
pub use special::{
    gamma_lower_regularized, gamma_upper_regularized, ln_beta, ln_beta_lower, ln_beta_upper, ln_gamma, log_sum_exp,
    normal_cdf, normal_ln_cdf, normal_quantile, zeta,
};
