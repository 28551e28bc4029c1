//! Special functions: gamma, incomplete beta and gamma, normal distribution, Riemann zeta.

const LN_SQRT_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Natural logarithm of the gamma function, for `x > 0`; NaN otherwise.
///
/// Stirling's series after shifting the argument to at least 10 (Abramowitz and Stegun 6.1.15, 6.1.41); relative error below
/// 1e-14.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1260.0
                            - square * (1.0 / 1680.0 - square * (1.0 / 1188.0 - square * (691.0 / 360_360.0))))));
    let stirling = (shifted - 0.5) * shifted.ln() - shifted + LN_SQRT_TWO_PI + series;
    if product == 1.0 { stirling } else { stirling - product.ln() }
}

/// `ln B(a, b)`.
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `ln I_x(a, b)`: logarithm of the regularised incomplete beta function, computed in log space so that it does not underflow.
///
/// Continued fraction of Lentz on the side that converges (Numerical Recipes 6.4; DLMF 8.17.22).
#[must_use]
pub fn ln_beta_lower(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if x >= 1.0 {
        return 0.0;
    }
    if x < (a + 1.0) / (a + b + 2.0) { ln_beta_tail(a, b, x) } else { ln_one_minus_exp(ln_beta_tail(b, a, 1.0 - x)) }
}

/// `ln (1 - I_x(a, b))`, accurate where `I` is close to one.
#[must_use]
pub fn ln_beta_upper(a: f64, b: f64, x: f64) -> f64 {
    ln_beta_lower(b, a, 1.0 - x)
}

/// `ln(1 - e^y)` for `y <= 0`.
fn ln_one_minus_exp(y: f64) -> f64 {
    if y > -std::f64::consts::LN_2 { (-y.exp_m1()).max(0.0).ln() } else { (-y.exp()).ln_1p() }
}

fn ln_beta_tail(a: f64, b: f64, x: f64) -> f64 {
    a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b) - a.ln() + beta_fraction(a, b, x).ln()
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for step in 1..2_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let change = d * c;
        result *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// `P(a, x)`: regularised lower incomplete gamma function (DLMF 8.2.4).
#[must_use]
pub fn gamma_lower_regularized(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// `Q(a, x) = 1 - P(a, x)`: regularised upper incomplete gamma function (DLMF 8.2.4).
#[must_use]
pub fn gamma_upper_regularized(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut denominator = a;
    for _ in 0..100_000 {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * (a * x.ln() - x - ln_gamma(a)).exp()
}

fn gamma_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut result = d;
    for step in 1..100_000_u32 {
        let i = f64::from(step);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        if d.abs() < TINY {
            d = TINY;
        }
        c = b + an / c;
        if c.abs() < TINY {
            c = TINY;
        }
        d = 1.0 / d;
        let change = d * c;
        result *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result * (a * x.ln() - x - ln_gamma(a)).exp()
}

/// Distribution function of the standard normal.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    let half_square = 0.5 * z * z;
    if z < 0.0 {
        0.5 * gamma_upper_regularized(0.5, half_square)
    } else {
        0.5 * (1.0 + gamma_lower_regularized(0.5, half_square))
    }
}

/// Logarithm of the distribution function of the standard normal, finite far into the left tail.
#[must_use]
pub fn normal_ln_cdf(z: f64) -> f64 {
    if z > -30.0 {
        return normal_cdf(z).ln();
    }
    // Mills' ratio, DLMF 7.12.1.
    let square = z * z;
    -0.5 * square - (-z).ln() - LN_SQRT_TWO_PI + (-1.0 / square + 3.0 / (square * square)).ln_1p()
}

/// Quantile of the standard normal at `p`; infinite at 0 and 1, NaN outside.
///
/// Acklam's rational approximation, then one step of Halley's method; relative error below 1e-15.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let start = quantile_start(p);
    let error = if start <= 0.0 { normal_cdf(start) - p } else { (1.0 - p) - normal_cdf(-start) };
    let step = error * (LN_SQRT_TWO_PI + 0.5 * start * start).exp();
    start - step / (1.0 + 0.5 * start * step)
}

fn quantile_start(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if p < 0.02425 {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    } else if p > 1.0 - 0.02425 {
        let q = (-2.0 * (-p).ln_1p()).sqrt();
        -polynomial(&C, q) / polynomial(&D, q)
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / polynomial(&B, r)
    }
}

/// Riemann's zeta function for `s > 1`, by Euler and Maclaurin's summation (DLMF 25.2.9).
#[must_use]
pub fn zeta(s: f64) -> f64 {
    let n = 20.0_f64;
    let head: f64 = (1..20_u32).map(|k| f64::from(k).powf(-s)).sum();
    let tail = n.powf(1.0 - s) / (s - 1.0) + 0.5 * n.powf(-s);
    let first = s * n.powf(-s - 1.0) / 12.0;
    let second = s * (s + 1.0) * (s + 2.0) * n.powf(-s - 3.0) / 720.0;
    let third = s * (s + 1.0) * (s + 2.0) * (s + 3.0) * (s + 4.0) * n.powf(-s - 5.0) / 30_240.0;
    head + tail + first - second + third
}

/// `ln sum exp(terms)`, without overflow; minus infinity for no terms.
#[must_use]
pub fn log_sum_exp(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.map(|term| (term - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not within {tolerance} of {b}");
    }

    #[test]
    fn gamma_of_whole_numbers_is_the_factorial() {
        let mut factorial = 1.0_f64;
        for n in 1..30_u32 {
            close(ln_gamma(f64::from(n)), factorial.ln(), 1e-12);
            factorial *= f64::from(n);
        }
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-14);
        assert!(ln_gamma(0.0).is_nan() && ln_gamma(-1.0).is_nan());
    }

    #[test]
    fn incomplete_beta_of_whole_parameters_is_the_binomial_tail() {
        // I_x(k, n - k + 1) = P(Bin(n, x) >= k)
        let (n, k, x) = (12_u32, 4_u32, 0.3_f64);
        let mut tail = 0.0;
        for i in k..=n {
            let choose = (1..=i).fold(1.0, |c, j| c * f64::from(n - i + j) / f64::from(j));
            tail += choose * x.powi(i as i32) * (1.0 - x).powi((n - i) as i32);
        }
        close(ln_beta_lower(f64::from(k), f64::from(n - k + 1), x), tail.ln(), 1e-12);
        close(ln_beta_upper(f64::from(k), f64::from(n - k + 1), x), (1.0 - tail).ln(), 1e-12);
    }

    #[test]
    fn incomplete_beta_keeps_its_logarithm_where_the_value_underflows() {
        let value = ln_beta_upper(100.0, 4_000.0, 0.9);
        assert!(value.is_finite() && value < -5_000.0, "{value}");
    }

    #[test]
    fn quantile_and_distribution_undo_each_other() {
        for p in [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.975, 0.999_999] {
            close(normal_cdf(normal_quantile(p)), p, 1e-14);
        }
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-13);
        close(normal_ln_cdf(-40.0), -804.608_442_013_754, 1e-6);
    }

    #[test]
    fn zeta_of_two_and_four() {
        close(zeta(2.0), std::f64::consts::PI.powi(2) / 6.0, 1e-13);
        close(zeta(4.0), std::f64::consts::PI.powi(4) / 90.0, 1e-13);
    }
}
