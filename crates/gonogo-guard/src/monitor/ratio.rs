//! The rate of one arm against that of the other: a mixture of likelihood ratios over relative rates, with tempering for
//! over-dispersion.
//!
//! Given the events of both arms in a window and the arms' shares of the traffic `rho` and `1 - rho`, the canary's events are
//! binomial with `theta = rho r / (1 - rho + rho r)` when its rate is `r` times the control's (Lindon and Malek, "Anytime-valid
//! inference for multinomial count data", NeurIPS 2022). For each `r` of a grid the product over windows of
//! `(theta/rho)^A ((1-theta)/(1-rho))^B` is a supermartingale while the canary is no worse, whatever the shares do from window to
//! window and however the rate of both goes up and down together; so is their mean under fixed weights. For requests rather than
//! Poisson events the conditional law is hypergeometric, which the binomial dominates (Hoeffding 1963): the test only gets safer.
//!
//! Bursts make events come in clumps, and then the binomial law is wrong. Tempering by universal inference (Wasserman, Ramdas and
//! Balakrishnan, PNAS 117, 2020): the evidence is divided not by the likelihood of the plain null hypothesis but by the largest
//! likelihood that any of a range of null hypotheses with clumps gives the windows, down to a prior penalty for clumps.
//!
//! Bursts that are rare and large have no likelihood of this kind. Between two arms a second witness needs none: [which of them has
//! the higher rate](super::paired), window by window. The evidence is the weighted mean of the two, the lesser of the plain and the
//! tempered e-value counting as the first.

use serde::{Deserialize, Serialize};

use super::bets::{Bets, Shares};
use super::blocks::{Block, BlockList};
use super::clumps::{ArmNoise, CONCENTRATIONS, Likelihoods, ln_add};
use super::paired::lead;
use crate::config::Worse;
use crate::numeric::log_sum_exp;

/// Relative rates in the mixture.
const GRID: usize = 24;
/// Weights of the mixture: a normal density in `ln r` around a ratio of 1.8, and a floor for all else. Chosen so that doublings,
/// the size that matters in practice, are found about as soon as by the best test for that very ratio.
const CENTRE: f64 = 0.66;
const SPREAD: f64 = 0.18;
const FLOOR: f64 = 0.01;
/// The same for the over-dispersed alternatives, which need larger effects to be seen.
const CENTRE_BURSTS: f64 = 1.0;
const SPREAD_BURSTS: f64 = 0.5;
/// Prior share of the plain alternatives.
const PLAIN: f64 = 0.87;
/// Prior share of the alternatives by which harm begins after some window, half of it without clumps. Without them a change in the
/// middle of the run would look like clumps.
const LATE: f64 = 0.05;
fn ln_ratio(position: usize) -> f64 {
    0.15 + 0.15 * position as f64
}

fn ln_weights(centre: f64, spread: f64) -> [f64; GRID] {
    let mut weights = [0.0; GRID];
    for (position, weight) in weights.iter_mut().enumerate() {
        let distance = (ln_ratio(position) - centre) / spread;
        *weight = (-0.5 * distance * distance).exp() + FLOOR;
    }
    let total: f64 = weights.iter().sum();
    weights.map(|weight| (weight / total).ln())
}

/// Positions in the grid of the ratios that the late capital is put on.
const LATE_POSITIONS: [usize; 4] = [2, 5, 9, 14];
/// The second witness' part of the evidence.
const PAIRED: f64 = 0.2;
/// Over how many windows the late capital is put in; a tenth of it is kept back for after them.
const LATE_WINDOWS: f64 = 96.0;
/// Logarithm of no capital, as a number that can be saved.
const NOTHING: f64 = -1e3;

/// One direction's likelihood ratios, as logarithms: from the first window on, and for harm that begins later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capital {
    early: [f64; GRID],
    late: [f64; LATE_POSITIONS.len()],
}

impl Capital {
    const START: Self = Self { early: [0.0; GRID], late: [NOTHING; LATE_POSITIONS.len()] };

    fn score(&mut self, factors: &[(f64, f64)], canary: f64, control: f64, part: f64) {
        for (log, (for_canary, for_control)) in self.early.iter_mut().zip(factors) {
            *log += canary * for_canary + control * for_control;
        }
        for (log, position) in self.late.iter_mut().zip(LATE_POSITIONS) {
            let (for_canary, for_control) = factors.get(position).copied().unwrap_or_default();
            *log = ln_add(*log, part) + canary * for_canary + control * for_control;
        }
    }

    fn largest(&self) -> f64 {
        self.early.iter().chain(&self.late).copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn log_evalue(&self, weights: &[f64; GRID], waiting: f64) -> f64 {
        let early = self.early.iter().zip(weights).map(|(log, weight)| log + weight + (1.0 - LATE).ln());
        let each = (LATE / LATE_POSITIONS.len() as f64).ln();
        let late = self.late.iter().map(|log| log + each);
        log_sum_exp(early.chain(late).chain([(LATE * waiting).ln()]))
    }
}

/// The part of the late capital that is put in before a window, and what is still waiting then.
fn late_part(windows: u64) -> (f64, f64) {
    let at = windows as f64;
    if at < LATE_WINDOWS {
        (0.9 / LATE_WINDOWS, 0.1 + 0.9 * (1.0 - at / LATE_WINDOWS))
    } else {
        (0.1 * LATE_WINDOWS / ((at + 1.0) * (at + 2.0)), 0.1 * LATE_WINDOWS / (at + 1.0))
    }
}

/// A sequential test of "the canary's rate is at most the control's" (or at least, or equal), in constant memory.
///
/// `observe` costs O(1); the tempered evidence is computed only once the plain evidence is in reach of the threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioTest {
    up: Option<Capital>,
    down: Option<Capital>,
    minimum_effect: f64,
    canary_events: f64,
    control_events: f64,
    canary_exposure: f64,
    control_exposure: f64,
    windows: u64,
    /// What the concentrations are multiplied with: 1 between arms, the inverse of the bound against a bound.
    clump_scale: f64,
    /// The share allowed, for a test against a bound.
    fixed_share: Option<f64>,
    blocks: BlockList,
    /// Window by window, which arm has the higher rate; not against a bound.
    paired: Option<Bets>,
    #[serde(skip)]
    cache: Cache,
}

/// Logarithms of the factors for the last share seen; follows from the state, so it is neither saved nor compared.
#[derive(Clone, Debug, Default)]
struct Cache {
    share: Option<f64>,
    up: Vec<(f64, f64)>,
    down: Vec<(f64, f64)>,
}

impl PartialEq for Cache {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl RatioTest {
    /// A test that has seen nothing. `minimum_effect` 0.1 means that a rate up to 1.1 times the control's is no harm.
    #[must_use]
    pub fn new(worse: Worse, minimum_effect: f64) -> Self {
        Self::with_blocks(worse, minimum_effect, BlockList::new(70, 1))
    }

    /// The same with half the memory: windows are looked at in pairs when tempering, and there is no second witness.
    #[must_use]
    pub fn compact(worse: Worse, minimum_effect: f64) -> Self {
        Self { paired: None, ..Self::with_blocks(worse, minimum_effect, BlockList::new(32, 2)) }
    }

    /// A test against a fixed share `bound` of trials: feed it with [`observe_trials`](Self::observe_trials).
    #[must_use]
    pub fn against_bound(worse: Worse, minimum_effect: f64, bound: f64) -> Self {
        let clump_scale = 1.0 / bound.min(1.0 - bound).max(1e-12);
        Self { clump_scale, fixed_share: Some(bound), paired: None, ..Self::new(worse, minimum_effect) }
    }

    fn with_blocks(worse: Worse, minimum_effect: f64, blocks: BlockList) -> Self {
        let side = |wanted: bool| wanted.then_some(Capital::START);
        Self {
            up: side(worse != Worse::Down),
            down: side(worse != Worse::Up),
            minimum_effect,
            canary_events: 0.0,
            control_events: 0.0,
            canary_exposure: 0.0,
            control_exposure: 0.0,
            windows: 0,
            clump_scale: 1.0,
            fixed_share: None,
            blocks,
            paired: Some(Bets::new(worse, LATE_WINDOWS as u64, Shares::Large)),
            cache: Cache::default(),
        }
    }

    /// One window: events and exposure (requests) of both arms. Exposures must be above zero, or the window says nothing and is
    /// passed over.
    pub fn observe(&mut self, canary: f64, canary_exposure: f64, control: f64, control_exposure: f64) {
        if !(canary_exposure > 0.0 && control_exposure > 0.0) {
            return;
        }
        self.windows = self.windows.saturating_add(1);
        self.canary_events += canary;
        self.control_events += control;
        self.canary_exposure += canary_exposure;
        self.control_exposure += control_exposure;
        self.blocks.push(Block { a: canary, b: control, at: canary_exposure, bt: control_exposure });
        self.pair(canary, canary_exposure, control, control_exposure);
        self.score(canary_exposure / (canary_exposure + control_exposure), canary, control);
    }

    fn pair(&mut self, canary: f64, canary_exposure: f64, control: f64, control_exposure: f64) {
        let Some(paired) = &mut self.paired else { return };
        // With harm in either direction no effect is the middle, and a minimum one is left to the first witness.
        let allowed = match (&self.up, &self.down) {
            (Some(_), None) => self.minimum_effect.ln_1p(),
            (None, Some(_)) => -self.minimum_effect.ln_1p(),
            _ if self.minimum_effect > 0.0 => return,
            _ => 0.0,
        };
        paired.observe(lead(canary, canary_exposure, control, control_exposure, allowed));
    }

    /// One window of trials, for a test [against a bound](Self::against_bound): so many of them failed.
    pub fn observe_trials(&mut self, failed: f64, trials: f64) {
        let Some(share) = self.fixed_share else { return };
        let others = trials - failed;
        if !(failed >= 0.0 && others >= 0.0 && trials > 0.0) {
            return;
        }
        self.windows = self.windows.saturating_add(1);
        self.canary_events += failed;
        self.control_events += others;
        self.blocks.push(Block { a: failed, b: others, at: 0.0, bt: 0.0 });
        self.score(share, failed, others);
    }

    fn share_of(&self, block: &Block) -> f64 {
        self.fixed_share.unwrap_or_else(|| block.at / (block.at + block.bt))
    }

    fn score(&mut self, share: f64, canary: f64, control: f64) {
        self.fill_cache(share);
        // The window was counted already: its part was put in before it.
        let part = late_part(self.windows - 1).0.ln();
        for (capital, factors) in [(&mut self.up, &self.cache.up), (&mut self.down, &self.cache.down)] {
            if let Some(capital) = capital {
                capital.score(factors, canary, control, part);
            }
        }
    }

    fn fill_cache(&mut self, share: f64) {
        if self.cache.share == Some(share) {
            return;
        }
        let effect = self.minimum_effect;
        let factors = |direction: f64| {
            let null = tilt(share, direction * effect.ln_1p());
            (0..GRID)
                .map(|position| {
                    let theta = tilt(share, direction * (ln_ratio(position) + effect.ln_1p()));
                    ((theta / null).ln(), ((1.0 - theta) / (1.0 - null)).ln())
                })
                .collect()
        };
        self.cache.up = if self.up.is_some() { factors(1.0) } else { Vec::new() };
        self.cache.down = if self.down.is_some() { factors(-1.0) } else { Vec::new() };
        self.cache.share = Some(share);
    }

    /// Logarithm of the plain e-value.
    #[must_use]
    pub fn log_evalue(&self) -> f64 {
        let weights = ln_weights(CENTRE, SPREAD);
        let waiting = late_part(self.windows).1;
        let side = |capital: &Option<Capital>| {
            capital.as_ref().map_or(f64::NEG_INFINITY, |capital| capital.log_evalue(&weights, waiting))
        };
        log_sum_exp([side(&self.up), side(&self.down)].into_iter()) - self.sides().ln()
    }

    fn sides(&self) -> f64 {
        f64::from(u8::from(self.up.is_some()) + u8::from(self.down.is_some()))
    }

    /// Whether the evidence against "no harm" reaches `1/alpha`.
    #[must_use]
    pub fn halts(&self, alpha: f64) -> bool {
        // The evidence is at most its largest part: most looks end here.
        let largest = |capital: &Option<Capital>| capital.as_ref().map_or(f64::NEG_INFINITY, Capital::largest);
        let within_reach = largest(&self.up).max(largest(&self.down)) >= -alpha.ln()
            || self.paired.as_ref().is_some_and(|paired| paired.halts(alpha));
        within_reach && self.evidence(alpha) >= -alpha.ln()
    }

    /// Logarithm of all evidence together, as it counts against `1/alpha`. O(1) while nothing is in reach, otherwise O(blocks).
    #[must_use]
    pub fn evidence(&self, alpha: f64) -> f64 {
        let plain = self.log_evalue();
        // Tempering over longer blocks is a test of its own, with a smaller part of alpha.
        let handicap = (alpha / self.blocks.alpha_at(alpha)).ln();
        let first = if plain >= -0.5 * alpha.ln() { plain.min(self.tempered_log_evalue() - handicap) } else { plain };
        match &self.paired {
            None => first,
            Some(paired) => ln_add(first + (1.0 - PAIRED).ln(), paired.log_evalue() + PAIRED.ln()),
        }
    }

    /// Logarithm of the tempered e-value: O(blocks), to be asked for seldom.
    #[must_use]
    pub fn tempered_log_evalue(&self) -> f64 {
        let side = |capital: &Option<Capital>, direction: f64| {
            capital.as_ref().map_or(f64::NEG_INFINITY, |capital| self.tempered(&capital.early, direction))
        };
        log_sum_exp([side(&self.up, 1.0), side(&self.down, -1.0)].into_iter()) - self.sides().ln()
    }

    fn tempered(&self, plain: &[f64; GRID], direction: f64) -> f64 {
        let effect = direction * self.minimum_effect.ln_1p();
        let start = -(self.blocks.capacity() as f64).ln();
        let mut null = Likelihoods::default();
        // Every other ratio is enough for the alternatives with clumps and for those that begin late.
        let mut early = [[0.0; CONCENTRATIONS.len()]; GRID / 2];
        let mut late = [Likelihoods::nothing(); GRID / 2];
        // Against a bound there is no other arm that could have bursts of its own.
        let mut noise = self.fixed_share.is_none().then(ArmNoise::new);
        let mut events = 0.0;
        for block in self.blocks.iter() {
            events += block.a + block.b;
            if block.a == 0.0 && block.b == 0.0 {
                continue;
            }
            let share = self.share_of(block);
            let of_block = Likelihoods::of(block, self.clump_scale);
            for (half, (early, late)) in early.iter_mut().zip(&mut late).enumerate() {
                let harmed = of_block(tilt(share, effect + direction * ln_ratio(2 * half)));
                for (sum, log) in early.iter_mut().zip(harmed.clumped) {
                    *sum += log;
                }
                late.begin(&null, start);
                late.add(&harmed);
            }
            let allowed = tilt(share, effect);
            null.add(&of_block(allowed));
            if let Some(noise) = &mut noise {
                noise.add(block, allowed);
            }
        }
        // How many events a block holds, of the rarer sort.
        let a_block = events / self.blocks.iter().count().max(1) as f64 / self.clump_scale;
        let best_null = noise.map_or(f64::NEG_INFINITY, |noise| noise.best(a_block)).max(null.best(a_block));
        self.mixed(plain, &early, &late, null.plain) - best_null
    }

    /// Logarithm of the weighted sum of all alternatives' likelihoods.
    fn mixed(
        &self,
        plain: &[f64; GRID],
        early: &[[f64; CONCENTRATIONS.len()]; GRID / 2],
        late: &[Likelihoods; GRID / 2],
        null_plain: f64,
    ) -> f64 {
        let plain_weights = ln_weights(CENTRE, SPREAD);
        let burst_weights = ln_weights(CENTRE_BURSTS, SPREAD_BURSTS);
        let burst_total = log_sum_exp(burst_weights.iter().step_by(2).copied());
        let each = |part: f64| (part / CONCENTRATIONS.len() as f64).ln() - burst_total;
        let (clumps, late_clumps) = (each(1.0 - PLAIN - LATE), each(0.5 * LATE));
        let late_plain = (0.5 * LATE).ln() - burst_total;
        let without = plain.iter().zip(&plain_weights).map(|(log, weight)| log + weight + PLAIN.ln() + null_plain);
        let weights = || burst_weights.iter().step_by(2);
        let with =
            early.iter().zip(weights()).flat_map(|(logs, weight)| logs.iter().map(move |log| log + weight + clumps));
        let later = late.iter().zip(weights()).flat_map(|(logs, weight)| {
            let clumped = logs.clumped.iter().map(move |log| log + weight + late_clumps);
            clumped.chain([logs.plain + weight + late_plain])
        });
        log_sum_exp(without.chain(with).chain(later))
    }

    /// The canary's events in the last ten windows, where those alone would look like harm at a glance: more than two and a half
    /// standard deviations past what the traffic shares give. Not a test; it keeps a run that turns bad at its end from being called
    /// healthy.
    #[must_use]
    pub fn recent_harm(&self) -> Option<f64> {
        let block = self.blocks.recent(10)?;
        let events = block.a + block.b;
        let share = self.share_of(&block);
        let excess = (block.a - share * events) / (share * (1.0 - share) * events).sqrt();
        let harm = (self.up.is_some() && excess > 2.5) || (self.down.is_some() && excess < -2.5);
        (events > 0.0 && harm).then_some(block.a)
    }

    /// Events and exposures so far: canary's events, canary's exposure, control's events, control's exposure.
    #[must_use]
    pub fn totals(&self) -> [f64; 4] {
        [self.canary_events, self.canary_exposure, self.control_events, self.control_exposure]
    }

    /// Windows that were used.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.windows
    }
}

/// The canary's share of the events when its rate is `exp(ln_ratio)` times the control's and its share of the traffic is `share`.
fn tilt(share: f64, ln_ratio: f64) -> f64 {
    let ratio = ln_ratio.exp();
    share * ratio / (1.0 - share + share * ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_events_are_no_evidence() {
        let mut test = RatioTest::new(Worse::Up, 0.0);
        test.observe(0.0, 100.0, 0.0, 100.0);
        assert!(test.log_evalue().abs() < 1e-12);
        assert!(!test.halts(0.05));
    }

    #[test]
    fn a_lasting_doubling_halts_and_the_same_rate_does_not() {
        let mut doubled = RatioTest::new(Worse::Up, 0.0);
        let mut same = RatioTest::new(Worse::Up, 0.0);
        let mut halted_at = None;
        for window in 1..=60 {
            doubled.observe(2.0, 100.0, 1.0, 100.0);
            same.observe(1.0, 100.0, 1.0, 100.0);
            if halted_at.is_none() && doubled.halts(0.05) {
                halted_at = Some(window);
            }
        }
        // Sooner than among real noise, where the canary does not lead in every window.
        assert!(halted_at.is_some_and(|window| (10..=30).contains(&window)), "{halted_at:?}");
        assert!(same.log_evalue() < 0.0);
    }

    #[test]
    fn one_burst_is_not_harm() {
        let mut test = RatioTest::new(Worse::Up, 0.0);
        for window in 0..20 {
            let burst = if window == 10 { 25.0 } else { 1.0 };
            test.observe(burst, 100.0, 1.0, 100.0);
        }
        assert!(test.log_evalue() > 3.0, "the plain evidence alone would halt: {}", test.log_evalue());
        assert!(!test.halts(0.05), "tempered: {}", test.tempered_log_evalue());
    }

    #[test]
    fn the_direction_that_is_harm_is_the_one_that_halts() {
        for (worse, up, down) in [(Worse::Up, true, false), (Worse::Down, false, true), (Worse::Either, true, true)] {
            let mut more = RatioTest::new(worse, 0.0);
            let mut less = RatioTest::new(worse, 0.0);
            for _ in 0..60 {
                more.observe(30.0, 1000.0, 10.0, 1000.0);
                less.observe(10.0, 1000.0, 30.0, 1000.0);
            }
            assert_eq!((more.halts(0.05), less.halts(0.05)), (up, down), "{worse:?}");
        }
    }

    #[test]
    fn an_effect_below_the_minimum_is_no_harm() {
        let mut test = RatioTest::new(Worse::Up, 0.5);
        for _ in 0..200 {
            test.observe(130.0, 10_000.0, 100.0, 10_000.0);
        }
        assert!(!test.halts(0.05));
    }
}
