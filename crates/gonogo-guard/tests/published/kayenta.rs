use gonogo_guard::numeric::normal_quantile;
use gonogo_guard::profile::kayenta::{
    Classification, ClassifiedMetric, Direction, EffectSize, MannWhitneyJudge, classify_by_means, iqr_outliers,
    k_sigma_outliers, mann_whitney_interval, percentile, weighted_score, wilcoxon_diff,
};
use serde_json::Value;

use crate::rows::{Row, close, equal, number, numbers, walk};

#[test]
fn kayenta() {
    walk("kayenta.jsonl", |row| match row.kind() {
        "normal_quantile" => row.close("z", normal_quantile(row.number("p"))),
        "wilcoxon_diff" => {
            let got =
                wilcoxon_diff(&x(row), &y(row), row.number("mu"), row.number("quantile")).ok_or("not computable")?;
            row.close("value", got)
        }
        "mann_whitney_ci" => interval(row),
        "classify" => classify(row),
        "weighted_score" => score(row),
        "outliers" => {
            let data = row.numbers("data");
            let factor = row.number("factor");
            let got = match row.input("detector").as_str() {
                Some("KSigmaDetector") => k_sigma_outliers(&data, factor),
                Some("IQRDetector") => iqr_outliers(&data, factor),
                other => return Err(format!("detector {other:?} is not known")),
            };
            let wanted: Vec<bool> = row
                .expect("mask")
                .as_array()
                .ok_or("no mask")?
                .iter()
                .map(|v| v.as_bool().unwrap_or_default())
                .collect();
            equal("mask", got, wanted)
        }
        "percentile" => row.close("value", percentile(&row.numbers("data"), row.number("p"))),
        "effect_size" => {
            let measure: EffectSize =
                serde_json::from_value(row.input("measure").clone()).map_err(|e| e.to_string())?;
            row.close("value", measure.measure(&row.numbers("experiment"), &row.numbers("control")))
        }
        kind => Err(format!("kind {kind} is not known")),
    });
}

fn x(row: &Row) -> Vec<f64> {
    let x = row.numbers("x");
    if x.is_empty() { row.numbers("experiment") } else { x }
}

fn y(row: &Row) -> Vec<f64> {
    let y = row.numbers("y");
    if y.is_empty() { row.numbers("control") } else { y }
}

fn interval(row: &Row) -> Result<(), String> {
    let (experiment, control, confidence) =
        (row.numbers("experiment"), row.numbers("control"), row.number("confidence"));
    let got = mann_whitney_interval(&experiment, &control, confidence).ok_or("not computable")?;
    let tolerance = match &row.0["tolerance"] {
        Value::Array(_) => numbers(&row.0["tolerance"]),
        single => vec![number(single); 3],
    };
    let wanted = numbers(row.expect("ci"));
    close("low", got.low, wanted[0], tolerance[0])?;
    close("high", got.high, wanted[1], tolerance[1])?;
    close("estimate", got.estimate, number(row.expect("estimate")), tolerance[2])?;
    let between = row.expect("intermediate");
    if between.is_null() {
        return Ok(());
    }
    let z = normal_quantile((1.0 + confidence) / 2.0);
    let (low, high) = (number(&between["rMumin"]), number(&between["rMumax"]));
    let at = |mu: f64, quantile: f64| wilcoxon_diff(&experiment, &control, mu, quantile).unwrap_or(f64::NAN);
    close("rZqLower", z, number(&between["rZqLower"]), 1e-6)?;
    close("rZqUpper", -z, number(&between["rZqUpper"]), 1e-6)?;
    close("rFlower1", at(low, z), number(&between["rFlower1"]), 1e-6)?;
    close("rFupper1", at(high, z), number(&between["rFupper1"]), 1e-6)?;
    close("rFlower2", at(low, -z), number(&between["rFlower2"]), 1e-6)?;
    close("rFupper2", at(high, -z), number(&between["rFupper2"]), 1e-6)
}

fn classify(row: &Row) -> Result<(), String> {
    let config = &row.0["config"];
    let text = |name: &str| config[name].as_str().unwrap_or_default();
    let flag = |name: &str| config[name].as_bool().unwrap_or_default();
    let pair = |name: &str| match numbers(&config[name]).as_slice() {
        [a, b] => [*a, *b],
        _ => [1.0, 1.0],
    };
    let direction: Direction = serde_json::from_value(config["direction"].clone()).map_err(|e| e.to_string())?;
    let (experiment, control) = (row.numbers("experiment"), row.numbers("control"));
    let wanted: Classification =
        serde_json::from_value(row.expect("classification").clone()).map_err(|e| e.to_string())?;
    match text("classifier") {
        "MeanInequalityClassifier" => equal("class", classify_by_means(&experiment, &control, direction), wanted),
        "MannWhitneyClassifier" => {
            let default = MannWhitneyJudge::default();
            let judge = MannWhitneyJudge {
                tolerance: config["tolerance"].as_f64().unwrap_or(default.tolerance),
                confidence: config["confLevel"].as_f64().unwrap_or(default.confidence),
                effect_size: serde_json::from_value(config["effectSizeMeasure"].clone()).map_err(|e| e.to_string())?,
                effect_thresholds: pair("effectSizeThresholds"),
                critical_thresholds: pair("criticalThresholds"),
                direction,
                critical: flag("critical"),
                data_required: flag("dataRequired"),
                remove_missing: text("nanStrategy") != "Replace",
            };
            let got = judge.classify(&experiment, &control);
            equal("class", got.classification, wanted)?;
            if let Some(critical) = row.expect("critical").as_bool() {
                equal("critical", got.critical, critical)?;
            }
            if !row.expect("deviation").is_null() {
                close("deviation", got.deviation, number(row.expect("deviation")), row.tolerance().max(1e-9))?;
            }
            if let Some(wanted) = row.expect("reason_nonempty").as_bool() {
                equal("has a reason", got.reason.is_some_and(|reason| !reason.is_empty()), wanted)?;
            }
            Ok(())
        }
        other => Err(format!("classifier {other} is not known")),
    }
}

fn score(row: &Row) -> Result<(), String> {
    let results = row.input("results").as_array().ok_or("no results")?;
    let metrics: Vec<ClassifiedMetric> = results
        .iter()
        .map(|result| {
            Ok(ClassifiedMetric {
                classification: serde_json::from_value(result["classification"].clone()).map_err(|e| e.to_string())?,
                groups: serde_json::from_value(result["groups"].clone()).map_err(|e| e.to_string())?,
                critical: result["critical"].as_bool().unwrap_or_default(),
                muted: result["muted"].as_bool().unwrap_or_default(),
            })
        })
        .collect::<Result<_, String>>()?;
    let weights: Vec<(String, f64)> = row
        .input("weights")
        .as_object()
        .ok_or("no weights")?
        .iter()
        .map(|(group, weight)| (group.clone(), number(weight)))
        .collect();
    row.close("summary", weighted_score(&metrics, &weights))
}
