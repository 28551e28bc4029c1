//! Which arm's rate is the higher, window by window: a test of two arms that no burst deceives.
//!
//! While there is no harm the two arms are exchangeable within a window, whatever raises the errors of both or now and then of one:
//! thinned to the same exposure, either is as likely to have the more events. A bounded odd function of the difference then has
//! mean zero, whatever the distribution of the bursts, and may be [bet on](super::bets). Of the arm with the greater exposure each event is
//! kept with the ratio of the exposures as its chance; the expectation over that draw is bet on instead of a draw, so that the same
//! windows give the same evidence.

/// Events up to which the draw is averaged exactly.
const EXACT: f64 = 24.0;
/// Nodes and weights of Gauss and Hermite's rule for a normal density, for more events than that.
const NODES: [(f64, f64); 7] = [
    (0.0, 0.457_142_857_142_857_1),
    (1.154_405_394_739_968, 0.240_123_178_605_012_6),
    (-1.154_405_394_739_968, 0.240_123_178_605_012_6),
    (2.366_759_410_734_541, 0.030_757_123_967_586_5),
    (-2.366_759_410_734_541, 0.030_757_123_967_586_5),
    (3.750_439_717_725_742, 0.000_548_268_855_972_2),
    (-3.750_439_717_725_742, 0.000_548_268_855_972_2),
];
/// How fast the bounded function grows in standard deviations of the difference.
const STEEPNESS: f64 = 2.0;

/// How clearly the canary has the higher rate in a window, between -1 and 1; its mean is zero or below while its rate is at most
/// `exp(ln_allowed)` times the control's. O(events) up to two dozen, O(1) beyond.
pub(super) fn lead(canary: f64, canary_exposure: f64, control: f64, control_exposure: f64, ln_allowed: f64) -> f64 {
    let allowed = canary_exposure * ln_allowed.exp();
    if allowed <= control_exposure {
        thinned(control, allowed / control_exposure, |kept| difference(canary, kept))
    } else {
        thinned(canary, control_exposure / allowed, |kept| difference(kept, control))
    }
}

fn difference(first: f64, second: f64) -> f64 {
    if first == second { 0.0 } else { (STEEPNESS * (first - second) / (first + second + 0.5).sqrt()).tanh() }
}

/// The expectation of `f` over how many of `events` are kept, each with probability `share`.
fn thinned(events: f64, share: f64, f: impl Fn(f64) -> f64) -> f64 {
    if share >= 1.0 - 1e-9 || events == 0.0 {
        return f(events);
    }
    if events <= EXACT && events.fract() == 0.0 {
        let mut chance = (1.0 - share).powi(events as i32);
        let odds = share / (1.0 - share);
        let mut sum = 0.0;
        let mut kept = 0.0;
        while kept <= events {
            sum += chance * f(kept);
            chance *= odds * (events - kept) / (kept + 1.0);
            kept += 1.0;
        }
        return sum;
    }
    let (mean, deviation) = (events * share, (events * share * (1.0 - share)).sqrt());
    NODES.iter().map(|(node, weight)| weight * f((mean + deviation * node).clamp(0.0, events))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_changes_its_sign_with_the_arms() {
        for (a, b) in [(3.0, 1.0), (0.0, 7.0), (40.0, 12.0), (5.0, 5.0)] {
            assert_eq!(lead(a, 100.0, b, 100.0, 0.0), -lead(b, 100.0, a, 100.0, 0.0));
        }
    }

    #[test]
    fn thinning_keeps_the_mean_at_zero_between_unequal_arms() {
        // Poisson events at the same rate, 1 a window and 9 a window.
        let poisson = |mean: f64, n: i32| (1..=n).fold((-mean).exp(), |p, k| p * mean / f64::from(k));
        let mean: f64 = (0..40)
            .flat_map(|a| (0..60).map(move |b| (a, b)))
            .map(|(a, b)| poisson(1.0, a) * poisson(9.0, b) * lead(f64::from(a), 100.0, f64::from(b), 900.0, 0.0))
            .sum();
        assert!(mean.abs() < 2e-4, "{mean}");
    }

    #[test]
    fn the_average_over_the_draw_is_exact_below_and_close_above_the_limit() {
        assert_eq!(thinned(4.0, 0.25, |kept| kept), 1.0);
        let close = thinned(200.0, 0.25, |kept| kept);
        assert!((close - 50.0).abs() < 1e-9, "{close}");
        assert!((thinned(200.0, 0.25, |kept| (kept - 50.0).powi(2)) - 37.5).abs() < 1e-6);
    }

    #[test]
    fn an_allowed_effect_is_no_lead() {
        assert!(lead(150.0, 1000.0, 100.0, 1000.0, 1.5_f64.ln()).abs() < 0.05);
    }
}
