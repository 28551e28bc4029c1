//! Mixture supermartingales of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
//! sequences" (Annals of Statistics 49, 2021), and the boundaries they give.

use crate::numeric::{
    bisect, gamma_lower_regularized, gamma_upper_regularized, ln_beta, ln_beta_lower, ln_gamma, normal_ln_cdf,
};

/// Whether deviations upward only, or both ways, count as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a deviation has no third direction
pub enum Sides {
    /// Upward only.
    One,
    /// Both ways.
    Two,
}

/// A supermartingale in a sum `s` and its intrinsic time `v`, mixed over alternatives.
pub trait Mixture {
    /// Logarithm of the mixture at sum `s` and intrinsic time `v`.
    fn log_mixture(&self, s: f64, v: f64) -> f64;
    /// The largest sum there can be at intrinsic time `v`, if there is one.
    fn largest_sum(&self, _v: f64) -> Option<f64> {
        None
    }
}

/// The sum at which `mixture` first reaches `1/alpha` at intrinsic time `v` (Howard and others 2021, section 3).
#[must_use]
pub fn mixture_bound(mixture: &impl Mixture, v: f64, alpha: f64) -> f64 {
    let threshold = (1.0 / alpha).ln();
    let excess = |s: f64| mixture.log_mixture(s, v) - threshold;
    let upper = match mixture.largest_sum(v) {
        Some(largest) if excess(largest) < 0.0 => return largest,
        Some(largest) => largest,
        None => {
            let mut trial = v.max(f64::MIN_POSITIVE);
            let mut doublings = 0;
            while excess(trial) <= 0.0 && doublings < 200 {
                trial *= 2.0;
                doublings += 1;
            }
            trial
        }
    };
    bisect(excess, 0.0, upper, 1e-14)
}

/// The variance of the mixing normal that makes the two-sided boundary tightest at intrinsic time `v_opt`
/// (proposition 3 of Howard and others 2021).
fn best_rho(v_opt: f64, alpha_opt: f64) -> f64 {
    let twice = 2.0 * (1.0 / alpha_opt).ln();
    v_opt / (twice + twice.ln_1p())
}

fn tuned_rho(v_opt: f64, alpha_opt: f64, sides: Sides) -> f64 {
    match sides {
        Sides::Two => best_rho(v_opt, alpha_opt),
        Sides::One => best_rho(v_opt, 2.0 * alpha_opt),
    }
}

/// Robbins' normal mixture, for sub-Gaussian and for symmetric steps.
#[derive(Clone, Copy, Debug)]
pub struct NormalMixture {
    rho: f64,
    sides: Sides,
}

impl NormalMixture {
    /// Tuned to be tightest at intrinsic time `v_opt > 0` for level `alpha_opt`.
    #[must_use]
    pub fn tuned(v_opt: f64, alpha_opt: f64, sides: Sides) -> Self {
        Self { rho: tuned_rho(v_opt, alpha_opt, sides), sides }
    }

    /// The variance of the mixing distribution.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }
}

impl Mixture for NormalMixture {
    fn log_mixture(&self, s: f64, v: f64) -> f64 {
        let total = v + self.rho;
        let square = s * s / (2.0 * total);
        match self.sides {
            Sides::Two => 0.5 * (self.rho / total).ln() + square,
            Sides::One => 0.5 * (4.0 * self.rho / total).ln() + square + normal_ln_cdf(s / total.sqrt()),
        }
    }
}

/// Gamma-exponential mixture, for sub-exponential steps of scale `c`.
#[derive(Clone, Copy, Debug)]
pub struct GammaExponentialMixture {
    rho: f64,
    c: f64,
    leading: f64,
}

impl GammaExponentialMixture {
    /// Tuned to intrinsic time `v_opt` for level `alpha_opt`, with scale `c > 0`.
    #[must_use]
    pub fn tuned(v_opt: f64, c: f64, alpha_opt: f64) -> Self {
        let rho = tuned_rho(v_opt, alpha_opt, Sides::One);
        let shape = rho / (c * c);
        let leading = shape * shape.ln() - ln_gamma(shape) - gamma_lower_regularized(shape, shape).ln();
        Self { rho, c, leading }
    }
}

impl Mixture for GammaExponentialMixture {
    fn log_mixture(&self, s: f64, v: f64) -> f64 {
        let c_squared = self.c * self.c;
        let drift = (self.c * s + v) / c_squared;
        let shape = (v + self.rho) / c_squared;
        let rate = drift + self.rho / c_squared;
        self.leading + ln_gamma(shape) + gamma_lower_regularized(shape, rate).ln() - shape * rate.ln() + drift
    }
}

/// Gamma-Poisson mixture, for sub-Poisson steps of scale `c`.
#[derive(Clone, Copy, Debug)]
pub struct GammaPoissonMixture {
    rho: f64,
    c: f64,
    leading: f64,
}

impl GammaPoissonMixture {
    /// Tuned to intrinsic time `v_opt` for level `alpha_opt`, with scale `c > 0`.
    #[must_use]
    pub fn tuned(v_opt: f64, c: f64, alpha_opt: f64) -> Self {
        let rho = tuned_rho(v_opt, alpha_opt, Sides::One);
        let shape = rho / (c * c);
        let leading = shape * shape.ln() - ln_gamma(shape) - gamma_upper_regularized(shape, shape).ln();
        Self { rho, c, leading }
    }
}

impl Mixture for GammaPoissonMixture {
    fn log_mixture(&self, s: f64, v: f64) -> f64 {
        let c_squared = self.c * self.c;
        let time = (v + self.rho) / c_squared;
        let shape = s / self.c + time;
        self.leading + ln_gamma(shape) + gamma_upper_regularized(shape, time).ln() - shape * time.ln() + v / c_squared
    }
}

/// Beta-binomial mixture, for steps between `-g` and `h` of mean zero.
#[derive(Clone, Copy, Debug)]
pub struct BetaBinomialMixture {
    r: f64,
    g: f64,
    h: f64,
    upper: f64,
    normalizer: f64,
}

impl BetaBinomialMixture {
    /// Tuned to intrinsic time `v_opt` for level `alpha_opt`; `g` and `h` above zero.
    #[must_use]
    pub fn tuned(v_opt: f64, g: f64, h: f64, alpha_opt: f64, sides: Sides) -> Self {
        let r = (tuned_rho(v_opt, alpha_opt, sides) - g * h).max(1e-3 * g * h);
        let upper = match sides {
            Sides::One => h / (g + h),
            Sides::Two => 1.0,
        };
        let normalizer = ln_incomplete_beta(r / (g * (g + h)), r / (h * (g + h)), upper);
        Self { r, g, h, upper, normalizer }
    }
}

fn ln_incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    ln_beta_lower(a, b, x) + ln_beta(a, b)
}

impl Mixture for BetaBinomialMixture {
    fn log_mixture(&self, s: f64, v: f64) -> f64 {
        let (g, h, r) = (self.g, self.h, self.r);
        let width = g + h;
        let a = (r + v - g * s) / (g * width);
        let b = (r + v + h * s) / (h * width);
        v / (g * h) * width.ln() - (v + h * s) / (h * width) * g.ln() - (v - g * s) / (g * width) * h.ln()
            + ln_incomplete_beta(a, b, self.upper)
            - self.normalizer
    }

    fn largest_sum(&self, v: f64) -> Option<f64> {
        Some(v / self.g)
    }
}

/// Confidence sequence for the mean of Bernoulli trials, at `trials` trials: inverts the two-sided beta-binomial mixture.
///
/// `t_opt` is the number of trials at which it is tightest.
#[must_use]
pub fn bernoulli_confidence_interval(successes: f64, trials: f64, alpha: f64, t_opt: f64, alpha_opt: f64) -> [f64; 2] {
    let threshold = (1.0 / alpha).ln();
    let observed = successes / trials;
    let excess = |p: f64| {
        let mixture = BetaBinomialMixture::tuned(p * (1.0 - p) * t_opt, p, 1.0 - p, alpha_opt, Sides::Two);
        mixture.log_mixture((observed - p) * trials, p * (1.0 - p) * trials) - threshold
    };
    let low = if observed <= 0.0 {
        0.0
    } else {
        bisect(
            |p| {
                if p <= 0.0 {
                    1.0
                } else if p >= 1.0 {
                    -1.0
                } else {
                    excess(p)
                }
            },
            0.0,
            observed,
            1e-13,
        )
    };
    let high = if observed >= 1.0 {
        1.0
    } else {
        bisect(
            |p| {
                if p <= 0.0 {
                    -1.0
                } else if p >= 1.0 {
                    1.0
                } else {
                    excess(p)
                }
            },
            observed,
            1.0,
            1e-13,
        )
    };
    [low, high]
}
