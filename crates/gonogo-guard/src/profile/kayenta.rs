//! Kayenta's judge: Mann and Whitney's test as R computes it, classification by tolerance and effect size, scores of groups.
//!
//! Behaviour of spinnaker/kayenta (kayenta-judge, kayenta-mannwhitney); the interval is that of R's `wilcox.test`, asymptotic, two
//! samples, with continuity correction.

use serde::{Deserialize, Serialize};

use crate::numeric::{brent_root, normal_quantile};

/// Continuity-corrected z of the rank sum of `x - mu` against `y`, minus `quantile`; `None` for an empty sample or when all values
/// are tied.
///
/// Midranks, variance corrected for ties. O(n log n).
#[must_use]
pub fn wilcoxon_diff(x: &[f64], y: &[f64], mu: f64, quantile: f64) -> Option<f64> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> =
        x.iter().map(|value| (value - mu, true)).chain(y.iter().map(|value| (*value, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n, m) = (x.len() as f64, y.len() as f64);
    let mut rank_sum = 0.0;
    let mut ties = 0.0;
    let mut before = 0.0;
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        rank_sum += group.iter().filter(|(_, of_x)| *of_x).count() as f64 * (before + (size + 1.0) / 2.0);
        ties += size * size * size - size;
        before += size;
    }
    let distance = rank_sum - n * (n + 1.0) / 2.0 - n * m / 2.0;
    let correction = if distance == 0.0 { 0.0 } else { 0.5 * distance.signum() };
    let variance = n * m / 12.0 * ((n + m + 1.0) - ties / ((n + m) * (n + m - 1.0)));
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    Some((distance - correction) / variance.sqrt() - quantile)
}

/// Mann and Whitney's interval and Hodges and Lehmann's estimate for the shift of `experiment` against `control`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShiftInterval {
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Estimate.
    pub estimate: f64,
}

/// The interval at `confidence` (such as 0.95); `None` where it cannot be computed (a sample is empty, all values are tied).
///
/// Roots of [`wilcoxon_diff`] by Brent's method with R's tolerance of 1e-4, which is what the published figures rest on.
#[must_use]
pub fn mann_whitney_interval(experiment: &[f64], control: &[f64], confidence: f64) -> Option<ShiftInterval> {
    let least = |values: &[f64]| values.iter().copied().reduce(f64::min);
    let most = |values: &[f64]| values.iter().copied().reduce(f64::max);
    let low_end = least(experiment)? - most(control)?;
    let high_end = most(experiment)? - least(control)?;
    let root = |quantile: f64| -> Option<f64> {
        let at_low = wilcoxon_diff(experiment, control, low_end, quantile)?;
        let at_high = wilcoxon_diff(experiment, control, high_end, quantile)?;
        Some(if at_low <= 0.0 {
            low_end
        } else if at_high >= 0.0 {
            high_end
        } else {
            let f = |mu: f64| wilcoxon_diff(experiment, control, mu, quantile).unwrap_or(0.0);
            brent_root(f, low_end, high_end, 1e-4, 1000)
        })
    };
    let z = normal_quantile((1.0 + confidence) / 2.0);
    Some(ShiftInterval { low: root(z)?, high: root(-z)?, estimate: root(0.0)? })
}

/// Which direction of change the judge reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums)] // Kayenta knows these three
pub enum Direction {
    /// Only more.
    Increase,
    /// Only less.
    Decrease,
    /// Both.
    Either,
}

/// Kayenta's class of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums)] // Kayenta knows these five
pub enum Classification {
    /// No difference that counts.
    Pass,
    /// The experiment is higher.
    High,
    /// The experiment is lower.
    Low,
    /// No data.
    Nodata,
    /// No data for a metric that must have some.
    NodataFailMetric,
}

/// How the size of an effect is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::exhaustive_enums)] // Kayenta knows these
pub enum EffectSize {
    /// Mean of the experiment over mean of the control.
    MeanRatio,
    /// Common language effect size: the chance that a reading of the experiment is above one of the control.
    Cles,
    /// Difference of the means over the pooled standard deviation.
    CohenD,
}

impl EffectSize {
    /// The size of the effect; NaN where it is not defined.
    #[must_use]
    pub fn measure(self, experiment: &[f64], control: &[f64]) -> f64 {
        let (mean_e, mean_c) = (mean(experiment), mean(control));
        match self {
            Self::MeanRatio if mean_e == mean_c => 1.0,
            Self::MeanRatio if mean_c == 0.0 => f64::NAN,
            Self::MeanRatio => mean_e / mean_c,
            Self::Cles => chance_above(experiment, control),
            Self::CohenD => {
                let (n, m) = (experiment.len() as f64, control.len() as f64);
                let pooled = ((n - 1.0) * variance(experiment) + (m - 1.0) * variance(control)) / (n + m - 2.0);
                (mean_e - mean_c) / pooled.sqrt()
            }
        }
    }
}

/// The share of pairs in which the first is above the second, ties counting half: Mann and Whitney's U over the number of pairs.
fn chance_above(experiment: &[f64], control: &[f64]) -> f64 {
    let control = sorted(control);
    let wins: f64 = experiment
        .iter()
        .map(|value| {
            let below = control.partition_point(|other| other < value);
            let not_above = control.partition_point(|other| other <= value);
            0.5 * (below + not_above) as f64
        })
        .sum();
    wins / (experiment.len() as f64 * control.len() as f64)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sample variance, divided by n - 1.
fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// What the judge says of one metric.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Judgement {
    /// The class.
    pub classification: Classification,
    /// Whether it fails the whole canary by itself.
    pub critical: bool,
    /// Size of the effect; 1 where nothing was computed, NaN where it is not defined.
    pub deviation: f64,
    /// Why, where Kayenta gives a reason.
    pub reason: Option<String>,
    /// The interval, where one was computed.
    pub interval: Option<ShiftInterval>,
}

impl Judgement {
    fn plain(classification: Classification, critical: bool, reason: Option<String>) -> Self {
        Self { classification, critical, deviation: 1.0, reason, interval: None }
    }
}

/// Kayenta's Mann-Whitney classifier.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // Kayenta's own settings
pub struct MannWhitneyJudge {
    /// Share of the estimate by which the interval must clear zero. Default 0.25.
    pub tolerance: f64,
    /// Confidence of the interval. Default 0.95.
    pub confidence: f64,
    /// How effects are measured. Default the ratio of the means.
    pub effect_size: EffectSize,
    /// Effects between these do not count. Default 1 and 1.
    pub effect_thresholds: [f64; 2],
    /// Effects beyond these are critical for a critical metric. Default 1 and 1.
    pub critical_thresholds: [f64; 2],
    /// Default either.
    pub direction: Direction,
    /// Whether the metric is critical. Default no.
    pub critical: bool,
    /// Whether missing data fails the metric. Default no.
    pub data_required: bool,
    /// Whether missing values are removed; otherwise they count as zero and an empty metric passes. Default yes.
    pub remove_missing: bool,
}

impl Default for MannWhitneyJudge {
    fn default() -> Self {
        Self {
            tolerance: 0.25,
            confidence: 0.95,
            effect_size: EffectSize::MeanRatio,
            effect_thresholds: [1.0, 1.0],
            critical_thresholds: [1.0, 1.0],
            direction: Direction::Either,
            critical: false,
            data_required: false,
            remove_missing: true,
        }
    }
}

impl MannWhitneyJudge {
    /// Classifies the experiment (the canary) against the control.
    #[must_use]
    pub fn classify(&self, experiment: &[f64], control: &[f64]) -> Judgement {
        if experiment.is_empty() || control.is_empty() {
            return self.without_data();
        }
        if sorted(experiment) == sorted(control) {
            let reason = "experiment and control data are identical".to_owned();
            return Judgement::plain(Classification::Pass, false, Some(reason));
        }
        let Some(interval) = mann_whitney_interval(experiment, control, self.confidence) else {
            return Judgement::plain(Classification::Pass, false, Some("all observations are tied".to_owned()));
        };
        let deviation = self.effect_size.measure(experiment, control);
        let margin = self.tolerance * interval.estimate.abs();
        let high = self.direction != Direction::Decrease && interval.low > margin;
        let low = self.direction != Direction::Increase && interval.high < -margin;
        let [least, most] = self.effect_thresholds;
        let [critical_least, critical_most] = self.critical_thresholds;
        // An effect that is not defined counts as reached.
        let (classification, critical) = if high && (deviation.is_nan() || deviation >= most) {
            (Classification::High, deviation.is_nan() || deviation >= critical_most)
        } else if low && (deviation.is_nan() || deviation <= least) {
            (Classification::Low, deviation.is_nan() || deviation <= critical_least)
        } else {
            (Classification::Pass, false)
        };
        let reason = (classification != Classification::Pass)
            .then(|| format!("{classification:?}: the interval [{}, {}] clears {margin}", interval.low, interval.high));
        Judgement { classification, critical: critical && self.critical, deviation, reason, interval: Some(interval) }
    }

    fn without_data(&self) -> Judgement {
        let reason = Some("no data".to_owned());
        if self.data_required {
            Judgement::plain(Classification::NodataFailMetric, self.critical, reason)
        } else if self.remove_missing {
            Judgement::plain(Classification::Nodata, self.critical, reason)
        } else {
            Judgement::plain(Classification::Pass, false, reason)
        }
    }
}

/// Kayenta's mean inequality classifier: any difference of the means counts.
#[must_use]
pub fn classify_by_means(experiment: &[f64], control: &[f64], direction: Direction) -> Classification {
    if experiment.is_empty() || control.is_empty() {
        return Classification::Nodata;
    }
    let (of_experiment, of_control) = (mean(experiment), mean(control));
    if of_experiment > of_control && direction != Direction::Decrease {
        Classification::High
    } else if of_experiment < of_control && direction != Direction::Increase {
        Classification::Low
    } else {
        Classification::Pass
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Percentile `p` (0 to 100) by linear interpolation, R's type 7; NaN for no values.
#[must_use]
pub fn percentile(values: &[f64], p: f64) -> f64 {
    let values = sorted(values);
    let position = (p / 100.0).clamp(0.0, 1.0) * (values.len().max(1) - 1) as f64;
    let below = values.get(position.floor() as usize).copied().unwrap_or(f64::NAN);
    let above = values.get(position.ceil() as usize).copied().unwrap_or(below);
    below + position.fract() * (above - below)
}

/// Which values lie more than `factor` standard deviations (of the population) from the mean.
#[must_use]
pub fn k_sigma_outliers(values: &[f64], factor: f64) -> Vec<bool> {
    let centre = mean(values);
    let spread = (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
    values.iter().map(|value| (value - centre).abs() > factor * spread).collect()
}

/// Which values lie more than `factor` interquartile ranges outside the quartiles.
#[must_use]
pub fn iqr_outliers(values: &[f64], factor: f64) -> Vec<bool> {
    let (first, third) = (percentile(values, 25.0), percentile(values, 75.0));
    let margin = factor * (third - first);
    values.iter().map(|value| *value < first - margin || *value > third + margin).collect()
}

/// One metric's class with what the score needs to know of it.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // Kayenta's own fields
pub struct ClassifiedMetric {
    /// The class.
    pub classification: Classification,
    /// Groups it belongs to.
    pub groups: Vec<String>,
    /// Whether its failure fails the canary.
    pub critical: bool,
    /// Whether it counts for nothing.
    pub muted: bool,
}

/// Kayenta's summary score, 0 to 100, to two places.
///
/// A group's score is the share of passes among what was judged; unweighted groups share what is left of 100. A failing critical
/// metric, or half or more of the metrics without data, gives 0.
#[must_use]
pub fn weighted_score(metrics: &[ClassifiedMetric], weights: &[(String, f64)]) -> f64 {
    let counted: Vec<&ClassifiedMetric> = metrics.iter().filter(|metric| !metric.muted).collect();
    let without = counted.iter().filter(|metric| metric.classification == Classification::Nodata).count();
    let failing = |metric: &&&ClassifiedMetric| metric.critical && metric.classification != Classification::Pass;
    if counted.iter().any(|metric| failing(&metric)) || 2 * without >= counted.len() {
        return 0.0;
    }
    let mut groups: Vec<&str> = counted.iter().flat_map(|metric| metric.groups.iter().map(String::as_str)).collect();
    groups.sort_unstable();
    groups.dedup();
    let weight_of = |group: &str| weights.iter().find(|(name, _)| name == group).map(|(_, weight)| *weight);
    let given: f64 = groups.iter().filter_map(|group| weight_of(group)).sum();
    let unweighted = groups.iter().filter(|group| weight_of(group).is_none()).count();
    let share = if unweighted > 0 { (100.0 - given) / unweighted as f64 } else { 0.0 };
    let summary: f64 = groups
        .iter()
        .map(|group| {
            let weight = weight_of(group).unwrap_or(share);
            let members = counted.iter().filter(|metric| metric.groups.iter().any(|name| name == group));
            let (mut passes, mut judged) = (0.0, 0.0);
            for metric in members {
                match metric.classification {
                    Classification::Pass => {
                        passes += 1.0;
                        judged += 1.0;
                    }
                    Classification::Nodata => {}
                    _ => judged += 1.0,
                }
            }
            let score = if judged == 0.0 { 100.0 } else { 100.0 * passes / judged };
            score * weight / 100.0
        })
        .sum();
    (summary * 100.0).round() / 100.0
}
