use gonogo_guard::profile::argo::{Counters, MetricLimits, Phase, assess_metric, evaluate_result};
use gonogo_guard::profile::expression::{Datum, evaluate};
use gonogo_guard::prometheus::{AnswerError, single_value};
use serde_json::Value;

use crate::rows::{Row, close, equal, walk};

fn datum(value: &Value) -> Datum {
    match value {
        Value::Null => Datum::Nil,
        Value::Bool(value) => Datum::Bool(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Datum::Float(number.as_f64().unwrap_or(f64::NAN)), Datum::Int)
        }
        Value::String(text) if text == "NaN" => Datum::Float(f64::NAN),
        Value::String(text) if text == "+Inf" => Datum::Float(f64::INFINITY),
        Value::String(text) if text == "-Inf" => Datum::Float(f64::NEG_INFINITY),
        Value::String(text) => Datum::Text(text.clone()),
        Value::Array(values) => Datum::List(values.iter().map(datum).collect()),
        Value::Object(_) => panic!("rows have no objects as results"),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

#[test]
fn argo() {
    walk("argo.jsonl", |row| {
        let config = &row.0["config"];
        let text = |name: &str| config[name].as_str().unwrap_or_default();
        match row.kind() {
            "assess_metric" => {
                let limits: MetricLimits = read(config)?;
                let counters: Counters = read(row.input("counters"))?;
                let last: Option<Phase> = read(row.input("last_measurement_phase"))?;
                let terminating = row.input("terminating").as_bool().unwrap_or_default();
                let got = assess_metric(&limits, &counters, last, terminating);
                equal("phase", got.phase, read(row.expect("phase"))?)?;
                match row.expect("message").as_str() {
                    Some(wanted) => equal("message", got.message.as_deref(), Some(wanted)),
                    None => Ok(()),
                }
            }
            "condition" => condition(row, text("success"), text("failure")),
            "expr" => {
                let got = evaluate(text("expr"), &datum(row.input("result"))).and_then(Datum::into_bool);
                match row.expect("error") {
                    Value::Bool(true) => equal("is an error", got.is_err(), true)?,
                    Value::String(wanted) => {
                        equal("error", got.as_ref().err().map(ToString::to_string).as_ref(), Some(wanted))?
                    }
                    _ => equal("is an error", got.is_err(), false)?,
                }
                equal("value", got.unwrap_or(false), row.expect("value").as_bool().unwrap_or_default())
            }
            kind => Err(format!("kind {kind} is not known")),
        }
    });
}

fn condition(row: &Row, success: &str, failure: &str) -> Result<(), String> {
    let result = Some(row.input("result")).filter(|result| !result.is_null()).map(datum);
    let got = evaluate_result(result.as_ref(), success, failure);
    let wanted: Phase = read(row.expect("phase"))?;
    equal("phase", *got.as_ref().unwrap_or(&Phase::Error), wanted)?;
    let message = got.err().map(|error| error.to_string()).unwrap_or_default();
    for part in row.expect("error_contains").as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !message.contains(part) {
            return Err(format!("the error `{message}` does not say `{part}`"));
        }
    }
    Ok(())
}

#[test]
fn flagger() {
    walk("flagger.jsonl", |row| match row.kind() {
        "provider_response" => {
            let body = row.input("body").as_str().ok_or("no body")?;
            let got = single_value(body.as_bytes());
            let kind = got.as_ref().err().map(|error| match error {
                AnswerError::NoValues => "ErrNoValuesFound",
                AnswerError::MultipleValues => "ErrMultipleValuesReturned",
                _ => "other",
            });
            match row.expect("error").as_str() {
                Some(wanted @ ("ErrNoValuesFound" | "ErrMultipleValuesReturned")) => equal("error", kind, Some(wanted)),
                Some(_) => equal("is an error", got.is_err(), true),
                None => {
                    let got = got.map_err(|error| error.to_string())?;
                    let wanted = row.expect("value").as_f64().ok_or("no value")?;
                    close("value", got, wanted, 0.0)
                }
            }
        }
        kind => Err(format!("kind {kind} is not known")),
    });
}
