//! Hypotheses by which events come in clumps, and harm is not needed to explain an uneven split.
//!
//! Two families. In the first a clump falls to an arm by its share of the traffic: the canary's events are beta-binomial around its
//! share, in every window alike, or in a few windows only. In the second each arm has its own bursts, as often and as large for its size as the other's, whatever the sizes are: with
//! rates that are gamma distributed and independent the canary's share of the events is `rho w / (rho w + (1 - rho)(1 - w))` for a
//! beta distributed `w`. Between equal arms the two are the same; a small canary with bursts of its own is told from harm by the
//! second only.

use super::blocks::Block;
use crate::numeric::ln_gamma;

/// Concentrations of the beta-binomial hypotheses: small means that most of a window's events fall to one arm.
pub(super) const CONCENTRATIONS: [f64; 8] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
/// Shapes of the gamma distributed rates of the second family.
const SHAPES: [f64; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// Logarithm of the odds by which a hypothesis with clumps must beat the plain one to be preferred to it; where a block holds more
/// events than `TELLING` on average the windows tell clumps from harm by themselves and the odds are lowered.
const PENALTY: f64 = 1.6;
const PENALTY_OWN: f64 = 3.5;
const TELLING: f64 = 12.0;

fn lowered(penalty: f64, events_a_block: f64) -> f64 {
    penalty * (TELLING / events_a_block.max(TELLING)).powi(2)
}

/// Log likelihoods of the blocks so far under one split of the events, without clumps and with those of the first family.
#[derive(Clone, Copy, Default)]
pub(super) struct Likelihoods {
    pub(super) plain: f64,
    pub(super) clumped: [f64; CONCENTRATIONS.len()],
}

impl Likelihoods {
    pub(super) fn nothing() -> Self {
        Self { plain: f64::NEG_INFINITY, clumped: [f64::NEG_INFINITY; CONCENTRATIONS.len()] }
    }

    /// The likelihoods of a block for any split `theta`.
    pub(super) fn of(block: &Block, scale: f64) -> impl Fn(f64) -> Self {
        let block = *block;
        let common = CONCENTRATIONS
            .map(|concentration| ln_gamma(scale * concentration) - ln_gamma(block.a + block.b + scale * concentration));
        move |theta| {
            let mut found = Self { plain: block.a * theta.ln() + block.b * (-theta).ln_1p(), ..Self::default() };
            for ((log, constant), concentration) in found.clumped.iter_mut().zip(&common).zip(CONCENTRATIONS) {
                *log = constant + clumped(&block, theta, scale * concentration);
            }
            found
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.plain += other.plain;
        for (sum, log) in self.clumped.iter_mut().zip(other.clumped) {
            *sum += log;
        }
    }

    /// Adds, with weight `start`, the alternative that was the null hypothesis until now.
    pub(super) fn begin(&mut self, null: &Self, start: f64) {
        self.plain = ln_add(self.plain, null.plain + start);
        for (sum, log) in self.clumped.iter_mut().zip(null.clumped) {
            *sum = ln_add(*sum, log + start);
        }
    }

    /// The best of them, those with clumps less the odds against them.
    pub(super) fn best(&self, events_a_block: f64) -> f64 {
        let clumped = self.clumped.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.plain.max(clumped - lowered(PENALTY, events_a_block))
    }
}

/// Log likelihoods of the second family.
pub(super) struct ArmNoise {
    logs: [f64; SHAPES.len()],
    /// The last share with the mean and the concentration that each shape gives it.
    last: Option<(f64, [(f64, f64); SHAPES.len()])>,
}

impl ArmNoise {
    pub(super) fn new() -> Self {
        Self { logs: [0.0; SHAPES.len()], last: None }
    }

    /// One block, the canary's share of whose events would be `share` without clumps.
    pub(super) fn add(&mut self, block: &Block, share: f64) {
        let moments = match self.last {
            Some((last, moments)) if last == share => moments,
            _ => SHAPES.map(|shape| moments(share, shape)),
        };
        self.last = Some((share, moments));
        for (log, (mean, concentration)) in self.logs.iter_mut().zip(moments) {
            let constant = ln_gamma(concentration) - ln_gamma(block.a + block.b + concentration);
            *log += constant + clumped(block, mean, concentration);
        }
    }

    pub(super) fn best(&self, events_a_block: f64) -> f64 {
        self.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max) - lowered(PENALTY_OWN, events_a_block)
    }
}

/// Mean and concentration of the beta distribution with the first two moments of `rho w / (rho w + (1 - rho)(1 - w))`, `w` being
/// beta distributed with both parameters `shape`; by the trapezoid rule over the logit of `w`.
fn moments(share: f64, shape: f64) -> (f64, f64) {
    let step = 0.3 / shape.sqrt();
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for position in -30..=30_i32 {
        let w = 1.0 / (1.0 + (-step * f64::from(position)).exp());
        let weight = (shape * (w * (1.0 - w)).ln()).exp();
        let theta = share * w / (share * w + (1.0 - share) * (1.0 - w));
        total += weight;
        first += weight * theta;
        second += weight * theta * theta;
    }
    let mean = first / total;
    let variance = (second / total - mean * mean).max(1e-12);
    (mean, (mean * (1.0 - mean) / variance - 1.0).max(1e-3))
}

/// `ln(e^a + e^b)`.
pub(super) fn ln_add(a: f64, b: f64) -> f64 {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    if less == f64::NEG_INFINITY { more } else { more + (less - more).exp().ln_1p() }
}

/// Logarithm of the beta-binomial likelihood of a block, without the part that depends on the total alone.
fn clumped(block: &Block, theta: f64, concentration: f64) -> f64 {
    let (alpha, beta) = (concentration * theta, concentration * (1.0 - theta));
    let part = |events: f64, shape: f64| {
        if events == 0.0 {
            0.0
        } else if events <= 12.0 && events.fract() == 0.0 {
            let mut product = shape;
            let mut factor = shape;
            for _ in 1..(events as u32) {
                factor += 1.0;
                product *= factor;
            }
            product.ln()
        } else {
            ln_gamma(events + shape) - ln_gamma(shape)
        }
    };
    part(block.a, alpha) + part(block.b, beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_equal_arms_both_families_are_the_same() {
        for shape in SHAPES {
            let (mean, concentration) = moments(0.5, shape);
            assert!((mean - 0.5).abs() < 1e-9, "{shape}: {mean}");
            assert!((concentration / (2.0 * shape) - 1.0).abs() < 0.05, "{shape}: {concentration}");
        }
    }

    #[test]
    fn bursts_of_its_own_give_a_small_arm_more_than_its_share() {
        let (mean, _) = moments(0.1, 1.0);
        assert!(mean > 0.15, "{mean}");
    }
}
