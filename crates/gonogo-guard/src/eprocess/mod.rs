//! Evidence that may be looked at as often as one likes: e-processes, mixtures and confidence sequences.
//!
//! An e-process is never negative and its mean under the null hypothesis is at most one at any stopping time; by Ville's
//! inequality the chance that it ever reaches `1/alpha` is then at most `alpha`. All functions here work on logarithms.

mod boundary;
mod count;
mod mixture;
mod quantile;

pub use boundary::{double_stitching_bound, empirical_process_lil_bound, poly_stitching_bound};
pub use count::{
    RatioInterval, count_log_evalue, multinomial_log_evalue, ratio_confidence_interval, ratio_confidence_sequence,
};
pub use mixture::{
    BetaBinomialMixture, GammaExponentialMixture, GammaPoissonMixture, Mixture, NormalMixture, Sides,
    bernoulli_confidence_interval, mixture_bound,
};
pub use quantile::quantile_comparison_p_value;
