//! What other tools' answers are worth as a [`Verdict`]: the one place where they are mapped.
//!
//! Several of these tools call it a success when nothing was measured: no data passes, an analysis ended early is successful, an
//! empty list of objectives passes. Here nothing measured is inconclusive, always.

use super::argo::{Assessment, Phase};
use super::kayenta::{Classification, ClassifiedMetric};
use super::keptn_analysis::AnalysisResult;
use crate::verdict::Verdict;

/// Kayenta's score against its two thresholds: below `marginal` halts, from `pass` on is healthy if every metric was judged.
#[must_use]
pub fn from_kayenta(score: f64, marginal: f64, pass: f64, metrics: &[ClassifiedMetric]) -> Verdict {
    let missing = |metric: &ClassifiedMetric| {
        matches!(metric.classification, Classification::Nodata | Classification::NodataFailMetric)
    };
    let judged = metrics.iter().any(|metric| !metric.muted && !missing(metric));
    if !judged || score.is_nan() {
        return Verdict::Inconclusive;
    }
    // A score of zero may mean that half the metrics had no data: only a metric that was seen to differ halts.
    let differs = metrics
        .iter()
        .any(|metric| !metric.muted && matches!(metric.classification, Classification::High | Classification::Low));
    if score < marginal && differs {
        Verdict::Halt
    } else if score >= pass && !metrics.iter().any(missing) {
        Verdict::Healthy
    } else {
        Verdict::Inconclusive
    }
}

/// Argo's assessment: only a success that rests on at least one successful measurement, and was not cut short, is healthy.
#[must_use]
pub fn from_argo(assessment: &Assessment, successful_measurements: i64, terminating: bool) -> Verdict {
    match assessment.phase {
        Phase::Failed => Verdict::Halt,
        Phase::Successful if successful_measurements > 0 && !terminating => Verdict::Healthy,
        _ => Verdict::Inconclusive,
    }
}

/// Keptn's lighthouse: `result` and how many objectives had a measured value, of how many.
#[must_use]
pub fn from_keptn(result: &str, measured: usize, objectives: usize) -> Verdict {
    match result {
        "fail" if measured > 0 => Verdict::Halt,
        "pass" if measured > 0 && measured == objectives => Verdict::Healthy,
        _ => Verdict::Inconclusive,
    }
}

/// Keptn's metrics operator: an analysis over at least one objective, each of which had a value.
#[must_use]
pub fn from_keptn_analysis(result: &AnalysisResult, measured: usize, objectives: usize) -> Verdict {
    if objectives == 0 || measured == 0 || measured < objectives {
        return if measured > 0 && !result.pass && !result.warning { Verdict::Halt } else { Verdict::Inconclusive };
    }
    match (result.pass, result.warning) {
        (true, _) => Verdict::Healthy,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Halt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::argo::{Counters, MetricLimits, assess_metric};
    use crate::profile::keptn_analysis::analyse;

    #[test]
    fn what_other_tools_pass_without_data_is_inconclusive_here() {
        let ended_early = assess_metric(&MetricLimits::default(), &Counters::default(), None, true);
        assert_eq!(ended_early.phase, Phase::Successful);
        assert_eq!(from_argo(&ended_early, 0, true), Verdict::Inconclusive);

        let no_objectives = analyse(&[], 80.0, 50.0);
        assert!(no_objectives.pass);
        assert_eq!(from_keptn_analysis(&no_objectives, 0, 0), Verdict::Inconclusive);
        assert_eq!(from_keptn("pass", 0, 0), Verdict::Inconclusive);

        let nodata =
            ClassifiedMetric { classification: Classification::Nodata, groups: vec![], critical: false, muted: false };
        assert_eq!(from_kayenta(100.0, 50.0, 90.0, std::slice::from_ref(&nodata)), Verdict::Inconclusive);
        let pass = ClassifiedMetric { classification: Classification::Pass, ..nodata.clone() };
        assert_eq!(from_kayenta(100.0, 50.0, 90.0, &[pass.clone(), nodata]), Verdict::Inconclusive);
        assert_eq!(from_kayenta(100.0, 50.0, 90.0, &[pass]), Verdict::Healthy);
        assert_eq!(from_kayenta(100.0, 50.0, 90.0, &[]), Verdict::Inconclusive);
    }
}
