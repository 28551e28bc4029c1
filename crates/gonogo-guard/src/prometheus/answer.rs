//! Answers of the HTTP API, parsed from bytes.
//!
//! Format: <https://prometheus.io/docs/prometheus/latest/querying/api/>. An empty result is no value, NaN is no value, and more
//! series than asked for is an error; none of them is a number.

use serde_json::Value;

use crate::json::parse_lenient;

/// An answer without a usable value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The bytes are no answer of the API.
    #[error("this is no answer of the Prometheus API: {why}")]
    Unreadable {
        /// What is wrong.
        why: String,
    },
    /// The server reported an error.
    #[error("Prometheus answered {kind}: {message}")]
    Refused {
        /// `errorType`.
        kind: String,
        /// `error`.
        message: String,
    },
    /// The server warned that the result may be partial.
    #[error("Prometheus warned that the result may be incomplete: {message}")]
    Partial {
        /// The warnings.
        message: String,
    },
    /// No series, or only NaN.
    #[error("no values found: the query matched no series, or its value is NaN")]
    NoValues,
    /// More than one value where one was asked for.
    #[error("multiple values returned: aggregate the query to one series, or query one instant")]
    MultipleValues,
}

/// One series of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// Labels with their values, in the order of the label names.
    pub labels: Vec<(String, String)>,
    /// Times in unix seconds with the values as sent; may be NaN or infinite.
    pub points: Vec<(f64, f64)>,
}

/// What an answer holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A number at a time.
    Scalar(f64, f64),
    /// One point a series.
    Vector(Vec<Series>),
    /// Several points a series.
    Matrix(Vec<Series>),
}

fn unreadable(why: impl Into<String>) -> AnswerError {
    AnswerError::Unreadable { why: why.into() }
}

/// Parses an answer. Time and memory O(bytes).
///
/// # Errors
/// No answer, an error answer, or one with warnings (which Prometheus gives when part of the data could not be had).
pub fn parse(bytes: &[u8]) -> Result<Answer, AnswerError> {
    let value = parse_lenient(bytes).map_err(|error| unreadable(error.to_string()))?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("status").as_str() {
        "success" => {}
        "error" => return Err(AnswerError::Refused { kind: text("errorType"), message: text("error") }),
        _ => return Err(unreadable("`status` is neither success nor error")),
    }
    if let Some(warnings) = value.get("warnings").and_then(Value::as_array)
        && !warnings.is_empty()
    {
        let listed: Vec<&str> = warnings.iter().filter_map(Value::as_str).collect();
        return Err(AnswerError::Partial { message: listed.join("; ") });
    }
    let data = value.get("data").ok_or_else(|| unreadable("`data` is missing"))?;
    let result = data.get("result").ok_or_else(|| unreadable("`data.result` is missing"))?;
    match data.get("resultType").and_then(Value::as_str) {
        Some("scalar") => point(result).map(|(at, value)| Answer::Scalar(at, value)),
        Some("vector") => series(result, "value").map(Answer::Vector),
        Some("matrix") => series(result, "values").map(Answer::Matrix),
        other => Err(unreadable(format!("`data.resultType` is {}", other.unwrap_or("missing")))),
    }
}

/// The one number that an answer holds.
///
/// # Errors
/// As [`parse`]; no series or NaN is [`AnswerError::NoValues`], several series or points [`AnswerError::MultipleValues`].
pub fn single_value(bytes: &[u8]) -> Result<f64, AnswerError> {
    let value = match parse(bytes)? {
        Answer::Scalar(_, value) => value,
        Answer::Vector(series) => match series.as_slice() {
            [] => return Err(AnswerError::NoValues),
            [one] => one.points.first().map(|(_, value)| *value).ok_or(AnswerError::NoValues)?,
            _ => return Err(AnswerError::MultipleValues),
        },
        Answer::Matrix(series) if series.is_empty() => return Err(AnswerError::NoValues),
        Answer::Matrix(_) => return Err(AnswerError::MultipleValues),
    };
    if value.is_nan() { Err(AnswerError::NoValues) } else { Ok(value) }
}

fn series(result: &Value, points: &str) -> Result<Vec<Series>, AnswerError> {
    let listed = result.as_array().ok_or_else(|| unreadable("`data.result` is no list"))?;
    listed
        .iter()
        .map(|entry| {
            let labels = entry
                .get("metric")
                .and_then(Value::as_object)
                .ok_or_else(|| unreadable("a series without `metric`"))?;
            let labels = labels
                .iter()
                .map(|(name, value)| {
                    let value = value.as_str().ok_or_else(|| unreadable(format!("label {name} is no text")))?;
                    Ok((name.clone(), value.to_owned()))
                })
                .collect::<Result<_, AnswerError>>()?;
            let found = entry.get(points).ok_or_else(|| unreadable(format!("a series without `{points}`")))?;
            let points = if points == "value" {
                vec![point(found)?]
            } else {
                let listed = found.as_array().ok_or_else(|| unreadable("`values` is no list"))?;
                listed.iter().map(point).collect::<Result<_, _>>()?
            };
            Ok(Series { labels, points })
        })
        .collect()
}

fn point(value: &Value) -> Result<(f64, f64), AnswerError> {
    let pair = value.as_array().map(Vec::as_slice);
    let Some([at, value]) = pair else { return Err(unreadable("a point is no pair of time and value")) };
    let at = at.as_f64().ok_or_else(|| unreadable("a time is no number"))?;
    let text = value.as_str().ok_or_else(|| unreadable("a value is no text"))?;
    let value = match text {
        "NaN" => f64::NAN,
        "+Inf" | "Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text
            .parse()
            .map_err(|_| unreadable(format!("`{}` is no value", text.chars().take(40).collect::<String>())))?,
    };
    Ok((at, value))
}
