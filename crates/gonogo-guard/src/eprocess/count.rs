//! Counts of two arms, given the arms' shares of the traffic.
//!
//! Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022).

use crate::numeric::{bisect, ln_beta, ln_beta_upper, ln_gamma};

/// Logarithm of the e-value against "the canary's rate is at most the control's": `canary` and `control` events, the canary having
/// had `traffic_share` of the traffic.
///
/// With `a0 = c rho`, `b0 = c (1 - rho)` and the mixing beta distribution truncated to shares above `rho`:
/// `ln B(a0+A, b0+B) - ln B(a0, b0) + ln(1 - I_rho(a0+A, b0+B)) - ln(1 - I_rho(a0, b0)) - A ln rho - B ln(1 - rho)`.
/// Assumes a fixed share and events that are Poisson or Bernoulli; [`RatioTest`](crate::monitor::RatioTest) does without both.
#[must_use]
pub fn count_log_evalue(canary: f64, control: f64, traffic_share: f64, concentration: f64) -> f64 {
    let rho = traffic_share;
    let (a0, b0) = (concentration * rho, concentration * (1.0 - rho));
    ln_beta(a0 + canary, b0 + control) - ln_beta(a0, b0) + ln_beta_upper(a0 + canary, b0 + control, rho)
        - ln_beta_upper(a0, b0, rho)
        - canary * rho.ln()
        - control * (-rho).ln_1p()
}

/// Logarithm of the e-value against multinomial probabilities `theta`, mixed over a Dirichlet distribution of total
/// `concentration` centred on them (Lindon and Malek 2022, section 2). `None` when the lengths differ.
#[must_use]
pub fn multinomial_log_evalue(counts: &[f64], theta: &[f64], concentration: f64) -> Option<f64> {
    if counts.len() != theta.len() || counts.is_empty() {
        return None;
    }
    let total: f64 = counts.iter().sum();
    let mut log = ln_gamma(concentration) - ln_gamma(concentration + total);
    for (count, share) in counts.iter().zip(theta) {
        let prior = concentration * share;
        log += ln_gamma(prior + count) - ln_gamma(prior) - count * share.ln();
    }
    Some(log)
}

/// Ends of a confidence set for a logarithm of the ratio of two rates.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RatioInterval {
    /// Lower end; minus infinity when the first arm had no event.
    pub low: f64,
    /// Upper end; plus infinity when the second arm had no event.
    pub high: f64,
}

/// Confidence set for `ln(rate of the first arm / rate of the second)` after `counts` events, the arms having had `shares` of the
/// traffic: the ratios that the two-sided beta-binomial mixture does not reject at level `alpha`.
///
/// The set is time-uniform: it covers at all numbers of events at once with probability `1 - alpha` (Lindon and Malek 2022, section 5).
#[must_use]
pub fn ratio_confidence_interval(counts: [f64; 2], shares: [f64; 2], concentration: f64, alpha: f64) -> RatioInterval {
    let [a, b] = counts;
    let [rho_a, rho_b] = shares;
    let evidence = ln_beta(concentration * rho_a + a, concentration * rho_b + b)
        - ln_beta(concentration * rho_a, concentration * rho_b)
        + alpha.ln();
    // Where the likelihood of a log ratio falls to alpha times the mixture, the ratio leaves the set.
    let excess = |delta: f64| {
        let ln_total = if delta > 0.0 {
            delta + (rho_a + rho_b * (-delta).exp()).ln()
        } else {
            (rho_a * delta.exp() + rho_b).ln()
        };
        a * (rho_a.ln() + delta - ln_total) + b * (rho_b.ln() - ln_total) - evidence
    };
    let far = 60.0;
    let best = if a <= 0.0 {
        -far
    } else if b <= 0.0 {
        far
    } else {
        (a * rho_b / (b * rho_a)).ln().clamp(-far, far)
    };
    let low = if excess(-far) >= 0.0 { f64::NEG_INFINITY } else { bisect(excess, -far, best, 1e-14) };
    let high = if excess(far) >= 0.0 { f64::INFINITY } else { bisect(excess, best, far, 1e-14) };
    RatioInterval { low, high }
}

/// The running intersection of [`ratio_confidence_interval`] along a path of cumulative counts: still covers at all times at once,
/// and never grows.
pub fn ratio_confidence_sequence(
    path: impl IntoIterator<Item = [f64; 2]>,
    shares: [f64; 2],
    concentration: f64,
    alpha: f64,
) -> RatioInterval {
    let mut running = RatioInterval { low: f64::NEG_INFINITY, high: f64::INFINITY };
    for counts in path {
        let at_n = ratio_confidence_interval(counts, shares, concentration, alpha);
        running.low = running.low.max(at_n.low);
        running.high = running.high.min(at_n.high);
    }
    running
}
