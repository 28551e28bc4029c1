//! How much traffic it takes before "saw no harm" means anything.

/// The size of harm that must have been within sight: twice the rate.
const RATIO: f64 = 2.0;
/// What the mixture costs against the best test for that very ratio, in nats.
const COST: f64 = 1.5;
/// The least error rate that a comparison of request errors is asked to resolve.
pub(crate) const LEAST_RATE: f64 = 0.01;

/// Requests of the canary after which a doubling of `rate` would have been seen against a control, the canary having `share` of the
/// traffic: the threshold and the mixture's cost over the growth of the evidence a request.
pub(crate) fn needed_against_control(rate: f64, share: f64, alpha: f64) -> f64 {
    let theta = share * RATIO / (1.0 - share + share * RATIO);
    let for_canary = RATIO * rate * (theta / share).ln();
    let for_control = rate * (1.0 - share) / share * ((1.0 - theta) / (1.0 - share)).ln();
    (COST - alpha.ln()) / (for_canary + for_control)
}

/// Trials after which twice the bound would have been seen.
pub(crate) fn needed_against_bound(bound: f64, alpha: f64) -> f64 {
    let harm = (RATIO * bound).min(0.5 * (1.0 + bound));
    let growth = harm * (harm / bound).ln() + (1.0 - harm) * ((1.0 - harm) / (1.0 - bound)).ln();
    (COST - alpha.ln()) / growth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_per_cent_needs_some_thousands_and_more_control_needs_fewer() {
        let even = needed_against_control(0.01, 0.5, 0.05);
        let small_canary = needed_against_control(0.01, 0.1, 0.05);
        assert!((2_000.0..3_500.0).contains(&even), "{even}");
        assert!(small_canary < even);
        assert!(needed_against_bound(0.02, 0.05) < 1_000.0);
    }
}
