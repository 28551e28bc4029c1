use gonogo_guard::profile::keptn::{
    Comparison, CriteriaSet, Criterion, Measurement, Objective, PreviousResult, Target, compare_value,
    compare_with_previous, evaluate_all, evaluate_any, evaluate_criterion, evaluate_objectives, find_result,
    percentile, total_score,
};
use gonogo_guard::profile::keptn_analysis::{
    AnalysisTarget, Operator, ScoredObjective, TargetResult, analyse, objective_score,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rows::{Row, close, equal, number, walk};

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| format!("{error} in {value}"))
}

fn read_or_default<T: DeserializeOwned + Default>(value: &Value) -> Result<T, String> {
    if value.is_null() { Ok(T::default()) } else { read(value) }
}

/// Compares a result that may be an error with `ExpectedResult` and `ExpectedError`.
fn outcome<E: std::fmt::Display>(row: &Row, got: Result<bool, E>) -> Result<(), String> {
    let wanted_error = row.expect("ExpectedError");
    equal("is an error", got.is_err(), !wanted_error.is_null())?;
    match got {
        Ok(got) => equal("result", got, row.expect("ExpectedResult").as_bool().unwrap_or_default()),
        Err(error) => match wanted_error["error"].as_str() {
            Some(wanted) => equal("error", error.to_string().as_str(), wanted),
            None => Ok(()),
        },
    }
}

#[test]
fn keptn_lighthouse() {
    walk("keptn_lighthouse.jsonl", |row| {
        let previous = || read_or_default::<Vec<PreviousResult>>(row.input("InPreviousResults"));
        let comparison = || read_or_default::<Comparison>(row.input("InComparison"));
        let measured = || read::<Measurement>(row.input("InSLIResult"));
        match row.kind() {
            "parse_criteria" => {
                let got = Criterion::parse(row.input("Criteria").as_str().ok_or("no text")?);
                match row.expect("ExpectedCriteriaObject") {
                    Value::Null => equal("is an error", got.is_err(), true),
                    wanted => equal("criterion", got.map_err(|error| error.to_string())?, read(wanted)?),
                }
            }
            "compare_value" => outcome(
                row,
                compare_value(
                    row.number("MeasuredValue"),
                    row.input("Operator").as_str().unwrap_or_default(),
                    row.number("Threshold"),
                ),
            ),
            "fixed_threshold" => {
                let criterion: Criterion = read(row.input("InCriteriaObject"))?;
                outcome(row, compare_value(measured()?.value, &criterion.operator, criterion.value))
            }
            "relative_comparison" => {
                let criterion: Criterion = read(row.input("InCriteriaObject"))?;
                let got = compare_with_previous(measured()?.value, &criterion, &previous()?, &comparison()?);
                outcome(row, got.map(|(met, _)| met))
            }
            "single_criterion" => {
                let criterion = row.input("InCriteria").as_str().ok_or("no text")?;
                outcome(
                    row,
                    evaluate_criterion(&measured()?, criterion, &previous()?, &comparison()?).map(|(met, _)| met),
                )
            }
            "criteria_set_and" => {
                let set: CriteriaSet = read(row.input("InCriteriaSet"))?;
                sets(row, evaluate_all(&measured()?, &set, &previous()?, &comparison()?))
            }
            "criteria_sets_or" => {
                let list: Vec<CriteriaSet> = read(row.input("InCriteriaSets"))?;
                sets(row, evaluate_any(&measured()?, &list, &previous()?, &comparison()?))
            }
            "percentile" => close(
                "value",
                percentile(&row.numbers("InValue"), row.number("InPercentile")),
                number(row.expect("ExpectedValue")),
                row.tolerance(),
            ),
            "objectives" => objectives(row),
            "total_score" => total(row),
            "find_result" => {
                let sli = row.input("sli").as_str().ok_or("no sli")?;
                let (found, left) = find_result(read_or_default(row.input("results"))?, sli);
                equal("found", found, read(row.expect("found"))?)?;
                equal("left", left, read_or_default(row.expect("left"))?)
            }
            kind => Err(format!("kind {kind} is not known")),
        }
    });
}

fn sets(row: &Row, (met, targets): (bool, Vec<Target>)) -> Result<(), String> {
    equal("result", met, row.expect("ExpectedResult").as_bool().unwrap_or_default())?;
    same_targets("targets", &targets, row.expect("ExpectedTargets"), true)
}

/// Targets with their values; the values only where the indicator was measured, since otherwise there is nothing to compute them
/// from and what the tool leaves in them has no meaning.
fn same_targets(name: &str, got: &[Target], wanted: &Value, with_values: bool) -> Result<(), String> {
    let wanted: Vec<Target> = read_or_default(wanted)?;
    equal(&format!("number of {name}"), got.len(), wanted.len())?;
    for (got, wanted) in got.iter().zip(&wanted) {
        equal(name, (&got.criteria, got.violated), (&wanted.criteria, wanted.violated))?;
        if with_values {
            close(&format!("{name} {}", got.criteria), got.target_value, wanted.target_value, 1e-9)?;
        }
    }
    Ok(())
}

fn objectives(row: &Row) -> Result<(), String> {
    let config = row.input("InSLOConfig");
    let list: Vec<Objective> = read(&config["Objectives"])?;
    let measured: Vec<Measurement> = read_or_default(&row.input("InGetSLIDoneEvent")["GetSLI"]["IndicatorValues"])?;
    let mut previous: Vec<PreviousResult> = Vec::new();
    for event in row.input("InPreviousEvaluationEvents").as_array().into_iter().flatten() {
        previous.extend(read_or_default::<Vec<PreviousResult>>(&event["Evaluation"]["IndicatorResults"])?);
    }
    let got = evaluate_objectives(&measured, &list, &previous, &read_or_default(&config["Comparison"])?);
    close("maximum", got.maximum_score, number(row.expect("ExpectedMaximumScore")), 1e-9)?;
    let key_failed = row.expect("ExpectedKeySLIFailed")["Failed"].as_bool().unwrap_or_default();
    equal("key failed", got.key_failed, key_failed)?;
    let wanted = row.expect("ExpectedEvaluationResult")["Evaluation"]["IndicatorResults"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    equal("number of results", got.results.len(), wanted.len())?;
    for (got, wanted) in got.results.iter().zip(&wanted) {
        equal("indicator", got.indicator.as_str(), wanted["Value"]["Metric"].as_str().unwrap_or_default())?;
        close("score", got.score, number(&wanted["Score"]), 1e-9)?;
        equal("status", got.status, wanted["Status"].as_str().unwrap_or_default())?;
        let success = wanted["Value"]["Success"].as_bool().unwrap_or_default();
        same_targets("pass targets", &got.pass_targets, &wanted["PassTargets"], success)?;
        same_targets("warning targets", &got.warning_targets, &wanted["WarningTargets"], success)?;
    }
    Ok(())
}

fn total(row: &Row) -> Result<(), String> {
    let config = row.input("InSLOConfig");
    let list: Vec<Objective> = read_or_default(&config["Objectives"])?;
    let informs = |metric: &str| {
        list.iter()
            .any(|objective| objective.indicator == metric && objective.pass.as_deref().unwrap_or_default().is_empty())
    };
    let results =
        row.input("InEvaluationResult")["Evaluation"]["IndicatorResults"].as_array().cloned().unwrap_or_default();
    let score: f64 = results
        .iter()
        .filter(|result| !informs(result["Value"]["Metric"].as_str().unwrap_or_default()))
        .map(|result| number(&result["Score"]))
        .sum();
    let target = |name: &str| config["TotalScore"][name].as_str().unwrap_or_default().to_owned();
    let key_failed = row.input("InKeySLIFailed")["Failed"].as_bool().unwrap_or_default();
    let got = total_score(score, row.number("InMaximumScore"), &target("Pass"), &target("Warning"), key_failed);
    match &row.expect("ExpectedError")["error"] {
        Value::Null => {
            let (reached, result) = got.map_err(|error| error.to_string())?;
            let wanted = &row.expect("ExpectedEvaluationResult")["Evaluation"];
            close("score", reached, number(&wanted["Score"]), 1e-6)?;
            equal("result", result, wanted["Result"].as_str().unwrap_or_default())
        }
        wanted => equal("error", got.err().map(|error| error.to_string()).as_deref(), wanted.as_str()),
    }
}

#[test]
fn keptn_metrics_operator() {
    walk("keptn_klt.jsonl", |row| match row.kind() {
        "operator" => {
            let operator: Operator = read(row.input("o"))?;
            let wanted = row.expect("Fulfilled").as_bool().unwrap_or_default();
            equal("fulfilled", operator.is_fulfilled(row.number("val")), wanted)
        }
        "target" => {
            let target: AnalysisTarget = read_or_default(row.input("t"))?;
            let got = target.evaluate(row.number("val"));
            equal("pass", got == TargetResult::Pass, row.expect("Pass").as_bool().unwrap_or_default())?;
            equal("warning", got == TargetResult::Warning, row.expect("Warning").as_bool().unwrap_or_default())
        }
        "objective" => objective(row),
        "analysis" => analysis(row),
        kind => Err(format!("kind {kind} is not known")),
    });
}

fn objective(row: &Row) -> Result<(), String> {
    let name = row.input("o")["AnalysisValueTemplateRef"]["Name"].as_str().unwrap_or_default();
    let measured = row.input("values")[name]["Value"].as_str().and_then(|text| text.parse::<f64>().ok());
    let weight = row.input("o")["Weight"].as_f64().unwrap_or_default();
    let inner = &row.input("inner_evaluator")["returns"];
    let result = match (inner["Pass"].as_bool(), inner["Warning"].as_bool()) {
        (Some(true), _) => TargetResult::Pass,
        (_, Some(true)) => TargetResult::Warning,
        _ => TargetResult::Fail,
    };
    let Some(measured) = measured else {
        // Without a value there is no score, and the tool reports an error.
        equal("has an error", row.expect("Error").is_null(), false)?;
        return close("score", 0.0, number(row.expect("Score")), 0.0);
    };
    close("value", measured, number(row.expect("Value")), 0.0)?;
    close("score", objective_score(result, weight), number(row.expect("Score")), 1e-9)
}

fn analysis(row: &Row) -> Result<(), String> {
    let spec = &row.input("a")["Spec"];
    let inner = row.input("inner_evaluator");
    let objectives: Vec<ScoredObjective> = spec["Objectives"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|objective| {
            let key = objective["KeyObjective"].as_bool().unwrap_or_default();
            let of_key = if key { &inner["returns_if_key_objective"] } else { &inner["returns_otherwise"] };
            let result = if of_key.is_null() { &inner["returns"] } else { of_key };
            let score = result["Score"].as_f64().unwrap_or_default();
            ScoredObjective { weight: objective["Weight"].as_f64().unwrap_or_default(), score, key }
        })
        .collect();
    let percentage = |name: &str| spec["TotalScore"][name].as_f64().unwrap_or_default();
    let got = analyse(&objectives, percentage("PassPercentage"), percentage("WarningPercentage"));
    close("total", got.total_score, number(row.expect("TotalScore")), 1e-9)?;
    close("maximum", got.maximum_score, number(row.expect("MaximumScore")), 1e-9)?;
    equal("pass", got.pass, row.expect("Pass").as_bool().unwrap_or_default())?;
    equal("warning", got.warning, row.expect("Warning").as_bool().unwrap_or_default())
}
