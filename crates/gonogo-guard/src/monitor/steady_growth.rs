//! A level that keeps growing: memory, threads, queue lengths, open files.
//!
//! Windows are averaged into blocks, so that neighbouring readings' dependence is mostly inside a block. While nothing grows the
//! blocks are exchangeable and the rank of each among those so far is uniform and independent of the ranks before it (Vovk,
//! Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005, section 8.1). Betting on high ranks, harder as the trend
//! would show more, gives a conformal test martingale. A halt needs a second witness: the least-squares slope over all windows, with an
//! error that allows for lag-one correlation. The slope that is reported is Theil and Sen's over the blocks.

use serde::{Deserialize, Serialize};

use super::reading::level_of;
use super::state::{Look, Seen, Settings, Standing};
use crate::config::{MonitorConfig, Worse};
use crate::fault::FaultKind;
use crate::numeric::{log_sum_exp, normal_quantile};
use crate::verdict::{figure, say};
use crate::window::Arm;

/// How fast the bet on high ranks grows with the number of blocks.
const BETS: [f64; 4] = [0.15, 0.3, 0.6, 1.0];
/// Blocks kept; at that number neighbours are averaged and blocks are twice as long from then on.
const KEPT: usize = 40;
const LEAST_BLOCKS: usize = 6;

/// Blocks of one arm and sums over its windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    each: u32,
    in_block: u32,
    block_sum: f64,
    blocks: Vec<f64>,
    up: [f64; BETS.len()],
    down: [f64; BETS.len()],
    sums: TrendSums,
}

impl Series {
    fn new(each: u32) -> Self {
        Self {
            each,
            in_block: 0,
            block_sum: 0.0,
            blocks: Vec::new(),
            up: [0.0; BETS.len()],
            down: [0.0; BETS.len()],
            sums: TrendSums::default(),
        }
    }

    fn add(&mut self, reading: f64) {
        self.sums.add(reading);
        self.in_block += 1;
        self.block_sum += reading;
        if self.in_block < self.each {
            return;
        }
        let mean = self.block_sum / f64::from(self.each);
        self.in_block = 0;
        self.block_sum = 0.0;
        // Ties count against the bet, so that a constant reading is no evidence.
        let below = self.blocks.iter().filter(|block| **block < mean).count();
        let above = self.blocks.iter().filter(|block| **block > mean).count();
        self.blocks.push(mean);
        let size = self.blocks.len();
        for (logs, rank) in [(&mut self.up, below + 1), (&mut self.down, above + 1)] {
            for (log, bet) in logs.iter_mut().zip(BETS) {
                let power = bet * (size as f64 - 1.0);
                let weight = |rank: usize| (rank as f64 / size as f64).powf(power);
                let total: f64 = (1..=size).map(weight).sum();
                *log += (weight(rank) * size as f64 / total).ln();
            }
        }
        if self.blocks.len() >= KEPT {
            self.blocks = self.blocks.chunks(2).map(|pair| pair.iter().sum::<f64>() / pair.len() as f64).collect();
            self.each = self.each.saturating_mul(2);
        }
    }

    fn log_evalue(&self, worse: Worse) -> f64 {
        let side = |logs: &[f64; BETS.len()]| log_sum_exp(logs.iter().copied()) - (BETS.len() as f64).ln();
        match worse {
            Worse::Up => side(&self.up),
            Worse::Down => side(&self.down),
            Worse::Either => log_sum_exp([side(&self.up), side(&self.down)].into_iter()) - 2.0_f64.ln(),
        }
    }

    /// Theil and Sen's slope a window: the median of the slopes between all pairs of blocks.
    fn slope(&self) -> f64 {
        let mut slopes: Vec<f64> = self
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(i, a)| {
                self.blocks
                    .iter()
                    .enumerate()
                    .skip(i + 1)
                    .map(move |(j, b)| (b - a) / ((j - i) as f64 * f64::from(self.each)))
            })
            .collect();
        slopes.sort_by(f64::total_cmp);
        let middle = slopes.len() / 2;
        match (slopes.get(middle), slopes.len() % 2) {
            (None, _) => 0.0,
            (Some(upper), 1) => *upper,
            (Some(upper), _) => 0.5 * (upper + slopes.get(middle.wrapping_sub(1)).unwrap_or(upper)),
        }
    }
}

/// Sums from which a least-squares line and the lag-one correlation of its residuals follow, in constant memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrendSums {
    origin: Option<f64>,
    n: f64,
    y: f64,
    ty: f64,
    yy: f64,
    /// Sum of each reading times the one before.
    neighbours: f64,
    /// Sum of `(t - 1) y(t) + t y(t - 1)`.
    crossed: f64,
    last: f64,
}

impl TrendSums {
    fn add(&mut self, reading: f64) {
        let y = reading - *self.origin.get_or_insert(reading);
        let t = self.n;
        if t > 0.0 {
            self.neighbours += y * self.last;
            self.crossed += (t - 1.0) * y + t * self.last;
        }
        self.n += 1.0;
        self.y += y;
        self.ty += t * y;
        self.yy += y * y;
        self.last = y;
    }

    /// The slope over its standard error, the error widened for lag-one correlation of the residuals; zero for too few readings.
    fn slope_over_error(&self) -> f64 {
        let n = self.n;
        if n < 8.0 {
            return 0.0;
        }
        let mean_t = (n - 1.0) / 2.0;
        let spread_t = n * (n * n - 1.0) / 12.0;
        let slope = (self.ty - mean_t * self.y) / spread_t;
        let level = self.y / n - slope * mean_t;
        let sum_tt = (n - 1.0) * n * (2.0 * n - 1.0) / 6.0;
        let sum_t = n * mean_t;
        let residual =
            self.yy + n * level * level + slope * slope * sum_tt - 2.0 * level * self.y - 2.0 * slope * self.ty
                + 2.0 * level * slope * sum_t;
        if residual <= 1e-12 * self.yy.max(f64::MIN_POSITIVE) {
            return if slope == 0.0 { 0.0 } else { f64::INFINITY.copysign(slope) };
        }
        // Sum over t >= 1 of r(t) r(t - 1) with r(t) = y(t) - level - slope t.
        let sum_pairs = 2.0 * self.y - self.last;
        let sum_odd = (n - 1.0) * (n - 1.0);
        let sum_t_before = sum_tt - sum_t;
        let lagged = self.neighbours - level * sum_pairs - slope * self.crossed
            + level * level * (n - 1.0)
            + level * slope * sum_odd
            + slope * slope * sum_t_before;
        let raw = lagged / residual;
        let correlation = (raw + (2.0 + 3.0 * raw) / n).clamp(0.0, 0.9);
        let variance = residual / (n - 2.0) / spread_t * (1.0 + correlation) / (1.0 - correlation);
        slope / variance.sqrt()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SteadyGrowth {
    canary: Series,
    control: Option<Series>,
}

impl SteadyGrowth {
    pub(crate) fn new(config: &MonitorConfig, planned_windows: u64) -> Self {
        let each = config
            .block_windows
            .unwrap_or_else(|| u32::try_from(planned_windows / 12).unwrap_or(u32::MAX).clamp(3, 1000));
        Self { canary: Series::new(each), control: None }
    }

    pub(crate) fn observe(&mut self, config: &MonitorConfig, seen: Seen<'_>) -> Result<(), (Arm, FaultKind)> {
        let canary = level_of(seen.canary, config.over).map_err(|fault| (Arm::Canary, fault))?;
        let control = seen
            .control
            .map(|sample| level_of(sample, config.over))
            .transpose()
            .map_err(|fault| (Arm::Control, fault))?;
        let each = self.canary.each;
        self.canary.add(canary);
        if let Some(control) = control {
            self.control.get_or_insert_with(|| Series::new(each)).add(control);
        }
        Ok(())
    }

    /// Whether the control grows at least half as fast in the same direction: then it is not the deploy.
    fn shared(&self) -> bool {
        let slope = self.canary.slope();
        self.control.as_ref().is_some_and(|control| {
            let of_control = control.slope();
            control.blocks.len() >= LEAST_BLOCKS && of_control * slope > 0.0 && of_control.abs() >= 0.5 * slope.abs()
        })
    }

    fn grows(&self, config: &MonitorConfig, alpha: f64) -> bool {
        if self.canary.log_evalue(config.worse) < -alpha.ln() {
            return false;
        }
        let ratio = self.canary.sums.slope_over_error();
        let directed = match config.worse {
            Worse::Up => ratio,
            Worse::Down => -ratio,
            Worse::Either => ratio.abs(),
        };
        directed >= normal_quantile(1.0 - alpha / 8.0)
    }

    pub(crate) fn halts(&self, config: &MonitorConfig, alpha: f64) -> bool {
        self.grows(config, alpha) && !self.shared()
    }

    pub(crate) fn look(&self, config: &MonitorConfig, settings: &Settings) -> Look {
        let alpha = settings.alpha;
        let minute = 60.0 / settings.window_seconds;
        let slope = self.canary.slope();
        let log_evalue = self.canary.log_evalue(config.worse);
        let blocks = self.canary.blocks.len();
        let level = self.canary.blocks.last().copied();
        let to_limit = match (config.bound, level) {
            (Some(bound), Some(level)) if slope != 0.0 && (bound - level) / slope > 0.0 => {
                Some((bound - level) / slope / minute)
            }
            _ => None,
        };
        let mut said = format!("slope {} a minute over {} windows", say(slope * minute), say(self.canary.sums.n));
        if let (Some(bound), Some(minutes)) = (config.bound, to_limit) {
            said.push_str(&format!(", reaches the limit of {} in {} minutes", say(bound), say(minutes.round())));
        }
        let grows = self.grows(config, alpha);
        let (standing, reason) = if grows && !self.shared() {
            (
                Standing::Harm,
                format!("grows steadily: {said}; e-value {} of {}", say(log_evalue.exp()), say(1.0 / alpha)),
            )
        } else if grows {
            (Standing::TooLittle, format!("{said}; the control grows alike, so it may not be the deploy"))
        } else if blocks < LEAST_BLOCKS {
            let missing =
                (LEAST_BLOCKS - blocks) as u64 * u64::from(self.canary.each) - u64::from(self.canary.in_block);
            (Standing::TooLittle, format!("{said}; {missing} more windows are needed to tell growth from noise"))
        } else if log_evalue >= 0.5 * -alpha.ln() {
            (Standing::TooLittle, format!("{said}; evidence of growth is gathering: e-value {}", say(log_evalue.exp())))
        } else {
            (Standing::Clear, said)
        };
        Look::new(standing, reason)
            .with("slope_per_minute", figure(slope * minute))
            .with("level", figure(level.unwrap_or(f64::NAN)))
            .with("minutes_to_limit", figure(to_limit.unwrap_or(f64::NAN)))
            .with("slope_over_error", figure(self.canary.sums.slope_over_error()))
            .with("log_e_value", figure(log_evalue))
            .with("threshold", figure(-alpha.ln()))
            .with("blocks", blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums give what the definition gives over the whole series.
    #[test]
    fn the_slope_in_constant_memory_is_the_slope_over_the_series() {
        let series: Vec<f64> = (0..50_u32).map(|t| 3.0 + 0.7 * f64::from(t) + f64::from((t * 7919) % 13)).collect();
        let mut sums = TrendSums::default();
        for y in &series {
            sums.add(*y);
        }
        let n = series.len() as f64;
        let mean_t = (n - 1.0) / 2.0;
        let mean_y = series.iter().sum::<f64>() / n;
        let spread: f64 = (0..50_u32).map(|t| (f64::from(t) - mean_t).powi(2)).sum();
        let slope: f64 =
            series.iter().enumerate().map(|(t, y)| (t as f64 - mean_t) * (y - mean_y)).sum::<f64>() / spread;
        let residuals: Vec<f64> =
            series.iter().enumerate().map(|(t, y)| y - mean_y - slope * (t as f64 - mean_t)).collect();
        let squares: f64 = residuals.iter().map(|r| r * r).sum();
        let raw = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / squares;
        let correlation = (raw + (2.0 + 3.0 * raw) / n).clamp(0.0, 0.9);
        let expected = slope / (squares / (n - 2.0) / spread * (1.0 + correlation) / (1.0 - correlation)).sqrt();
        assert!(
            (sums.slope_over_error() - expected).abs() < 1e-6 * expected.abs(),
            "{} {expected}",
            sums.slope_over_error()
        );
    }

    #[test]
    fn theil_and_sen_see_through_an_outlier() {
        let mut series = Series::new(1);
        for t in 0..20_u32 {
            series.add(if t == 10 { 1e6 } else { 2.0 * f64::from(t) });
        }
        assert!((series.slope() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_constant_level_is_no_growth_and_memory_is_bounded() {
        let mut series = Series::new(3);
        for _ in 0..100_000 {
            series.add(512.0);
        }
        assert!(series.log_evalue(Worse::Up) < 0.0);
        assert!(series.blocks.len() < KEPT);
    }
}
