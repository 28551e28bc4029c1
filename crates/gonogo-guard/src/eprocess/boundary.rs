//! Closed-form boundaries: polynomial stitching, the law of the iterated logarithm for empirical processes, double stitching.

use crate::numeric::{bisect, minimize, zeta};

/// Polynomial stitching boundary at intrinsic time `v` (Howard and others 2021, theorem 1).
///
/// Holds from `v_min` on; `c` is the scale of a sub-gamma process, `s` and `eta` shape it.
#[must_use]
pub fn poly_stitching_bound(v: f64, alpha: f64, v_min: f64, c: f64, s: f64, eta: f64) -> f64 {
    let time = v.max(v_min);
    let k1 = (eta.powf(0.25) + eta.powf(-0.25)) / 2.0_f64.sqrt();
    let k2 = (eta.sqrt() + 1.0) / 2.0;
    let constant = (zeta(s) / eta.ln().powf(s)).ln();
    let ell = s * (eta * time / v_min).ln().ln() + constant + (1.0 / alpha).ln();
    let scale = k2 * c * ell;
    (k1 * k1 * time * ell + scale * scale).sqrt() + scale
}

/// Bound on the distance between empirical and true distribution function at any `t >= t_min`
/// (Howard and Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm identification",
/// Bernoulli 28, 2022, theorem 2); `a > 1/sqrt(2)`. Infinite before `t_min`.
#[must_use]
pub fn empirical_process_lil_bound(t: f64, alpha: f64, t_min: f64, a: f64) -> f64 {
    if t < t_min {
        return f64::INFINITY;
    }
    let constant = smallest_lil_constant(alpha, a);
    a * (((t / t_min).ln().ln_1p() + constant) / t).sqrt()
}

fn smallest_lil_constant(alpha: f64, a: f64) -> f64 {
    let error = |constant: f64, eta: f64| {
        let gamma_squared = 2.0 / eta * (a - (2.0 * (eta - 1.0) / constant).sqrt()).powi(2);
        if gamma_squared <= 1.0 {
            f64::INFINITY
        } else {
            4.0 * (-gamma_squared * constant).exp() * (1.0 + 1.0 / ((gamma_squared - 1.0) * eta.ln()))
        }
    };
    let best_error = |constant: f64| {
        let largest_eta =
            bisect(|eta| (eta / 2.0).sqrt() + (2.0 * (eta - 1.0) / constant).sqrt() - a, 1.0, 2.0 * a * a, 1e-14);
        minimize(|eta| error(constant, eta), 1.0, largest_eta).1
    };
    let mut high = 5.0;
    while best_error(high) > alpha && high < 1e6 {
        high *= 2.0;
    }
    let mut low = high / 2.0;
    while best_error(low) < alpha && low > 1e-6 {
        low /= 2.0;
    }
    bisect(|constant| if best_error(constant) > alpha { 1.0 } else { -1.0 }, low, high, 1e-13)
}

/// Boundary for all quantiles at once (Howard and Ramdas 2022, theorem 3): deviation of the empirical count below the `p` quantile
/// after `t` observations, tight near `t_opt`.
#[must_use]
pub fn double_stitching_bound(p: f64, t: f64, alpha: f64, t_opt: f64, delta: f64, s: f64, eta: f64) -> f64 {
    let logit = |x: f64| (x / (1.0 - x)).ln();
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    let time = t.max(t_opt);
    let r = if p >= 0.5 { p } else { expit(logit(p) + 2.0 * delta * (t_opt * eta / time).sqrt()).min(0.5) };
    let variance = r * (1.0 - r);
    let j = (time / t_opt).sqrt() * logit(p).abs() / (2.0 * delta) + 1.0;
    let zeta_s = zeta(s);
    let ell = s * (eta * time / t_opt).ln().ln()
        + s * j.ln()
        + (2.0 * zeta_s * (2.0 * zeta_s + 1.0) / (alpha * eta.ln().powf(s))).ln();
    let k1 = (eta.powf(0.25) + eta.powf(-0.25)) / 2.0_f64.sqrt();
    let k2 = (eta.sqrt() + 1.0) / 2.0;
    let scale = k2 * (1.0 - 2.0 * p) / 3.0 * ell;
    delta * (eta * time * variance / t_opt).sqrt() + (k1 * k1 * variance * time * ell + scale * scale).sqrt() + scale
}
