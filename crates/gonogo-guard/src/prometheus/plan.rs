//! Which series make which metric, what to ask for a window of them, and what the answers come to.

use std::collections::BTreeMap;

use gonogo_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, AnswerError, Series, parse, single_value};
use super::increase::{Increase, Span, increase};
use crate::fault::FaultKind;
use crate::units::{Count, Seconds};
use crate::window::{Arm, Buckets, Reading, Sample, Window, seconds_between};

/// A plan that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`prometheus.{field}`: {why}")]
#[non_exhaustive]
pub struct PlanError {
    /// Which field.
    pub field: String,
    /// What is wrong and what to write instead.
    pub why: String,
}

/// Where a guard's metrics are in Prometheus.
///
/// ```
/// use gonogo_guard::prometheus::PrometheusPlan;
/// let plan: PrometheusPlan = serde_json::from_str(
///     r#"{"arms": {"canary": "version=\"v2\"", "control": "version=\"v1\""},
///         "metrics": {"errors": {"requests": "http_requests_total{$arm}", "errors": "http_requests_total{code=~\"5..\",$arm}"},
///                     "latency": {"buckets": "http_request_duration_seconds_bucket{$arm}"}}}"#)?;
/// assert!(plan.check().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrometheusPlan {
    /// Where the server is, such as `https://prometheus.example.org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The environment variable that holds a bearer token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
    /// For each arm the label matchers that `$arm` stands for in selectors. The canary is needed.
    pub arms: BTreeMap<Arm, String>,
    /// How far before a window a counter is looked for, in seconds: longer than any pause between readings. Default 300.
    #[serde(default = "default_lookback")]
    pub lookback_seconds: f64,
    /// How old an arm's last reading may be at the end of a window, in seconds. Default 60; twice the scrape interval is right.
    #[serde(default = "default_fresh")]
    pub fresh_seconds: f64,
    /// What a counter that went down means. Default a fault.
    #[serde(default)]
    pub resets: Resets,
    /// The metrics, by the name that monitors call them by.
    pub metrics: BTreeMap<String, MetricQuery>,
}

fn default_lookback() -> f64 {
    300.0
}

fn default_fresh() -> f64 {
    60.0
}

/// What a counter that went down means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Resets {
    /// Part of the window's count is lost, so the reading is a fault: the process may have died of what would have been counted.
    #[default]
    Fault,
    /// Counted on from zero, as Prometheus itself does, for fleets whose processes restart all the time.
    Count,
}

/// How the readings of several series of a gauge become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Aggregate {
    /// Their mean.
    #[default]
    Mean,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
}

/// The series of one metric: exactly one of the forms `requests` with `errors`, `count` with `exposure`, `value`, `expression`,
/// `buckets`, `exceptions` with `by`. All but `expression` are selectors, such as `http_requests_total{job="shop",$arm}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MetricQuery {
    /// Counters of all requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<String>,
    /// Counters of the requests that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
    /// Counters of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// Counters of what the events are counted over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<String>,
    /// A gauge: its mean over the window in each series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How several series of the gauge become one.
    pub aggregate: Aggregate,
    /// Any PromQL that gives one number at the window's end. How fresh it is is up to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The buckets of a classic histogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<String>,
    /// Counters of exceptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<String>,
    /// The label that tells exceptions apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// exceptions: the label that names the instance, so that the noise is ranked by instance too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// exceptions: the counters of the same arm's requests, without which no series does not mean no exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alive: Option<String>,
}

/// One query of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// The arm.
    pub arm: Arm,
    /// The metric's name.
    pub metric: String,
    part: Part,
    /// The PromQL, to be evaluated at the window's end.
    pub query: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Requests,
    Errors,
    Count,
    Exposure,
    Value,
    Expression,
    Buckets,
    Exceptions,
    Alive,
}

impl MetricQuery {
    fn parts(&self) -> Vec<(Part, &str)> {
        let all = [
            (Part::Requests, &self.requests),
            (Part::Errors, &self.errors),
            (Part::Count, &self.count),
            (Part::Exposure, &self.exposure),
            (Part::Value, &self.value),
            (Part::Expression, &self.expression),
            (Part::Buckets, &self.buckets),
            (Part::Exceptions, &self.exceptions),
            (Part::Alive, &self.alive),
        ];
        all.into_iter().filter_map(|(part, query)| query.as_deref().map(|query| (part, query))).collect()
    }
}

impl PrometheusPlan {
    /// A plan for these arms and metrics, with the defaults.
    #[must_use]
    pub fn new(arms: BTreeMap<Arm, String>, metrics: BTreeMap<String, MetricQuery>) -> Self {
        Self {
            url: None,
            token_env: None,
            arms,
            lookback_seconds: default_lookback(),
            fresh_seconds: default_fresh(),
            resets: Resets::default(),
            metrics,
        }
    }

    /// Whether it can be asked.
    ///
    /// # Errors
    /// The first thing that is wrong, with what to write.
    pub fn check(&self) -> Result<(), PlanError> {
        let wrong = |field: &str, why: &str| Err(PlanError { field: field.to_owned(), why: why.to_owned() });
        if !self.arms.contains_key(&Arm::Canary) {
            return wrong("arms", "name the canary's label matchers, such as canary = 'version=\"v2\"'");
        }
        for (field, value) in [("lookback_seconds", self.lookback_seconds), ("fresh_seconds", self.fresh_seconds)] {
            if !(1.0..=86_400.0).contains(&value) {
                return wrong(field, "it must be from 1 to 86400");
            }
        }
        if self.metrics.is_empty() {
            return wrong("metrics", "name at least one metric");
        }
        for (name, metric) in &self.metrics {
            let parts: Vec<Part> = metric.parts().into_iter().map(|(part, _)| part).collect();
            let field = format!("metrics.{name}");
            let fits = match parts.as_slice() {
                [Part::Requests, Part::Errors]
                | [Part::Count, Part::Exposure]
                | [Part::Value]
                | [Part::Expression]
                | [Part::Buckets] => metric.by.is_none(),
                [Part::Exceptions, Part::Alive] => metric.by.is_some(),
                _ => false,
            };
            if !fits {
                return wrong(
                    &field,
                    "write `requests` with `errors`, `count` with `exposure`, `value`, `expression`, `buckets`, or `exceptions` with `by` and `alive`",
                );
            }
            for (part, query) in metric.parts() {
                if part != Part::Expression && (query.contains('[') || query.contains('(') && !query.contains('{')) {
                    return wrong(
                        &field,
                        "write a plain selector without range or function, such as http_requests_total{$arm}",
                    );
                }
                if !query.contains("$arm") {
                    return wrong(&field, "each query must hold $arm, which stands for the arm's label matchers");
                }
            }
        }
        Ok(())
    }

    /// What to ask for the window from `start` to `end`, each to be evaluated at `end`.
    #[must_use]
    pub fn questions(&self, start: Timestamp, end: Timestamp) -> Vec<Question> {
        let window = seconds_between(start, end).max(1.0);
        let mut questions = Vec::new();
        for (arm, matchers) in &self.arms {
            for (name, metric) in &self.metrics {
                for (part, query) in metric.parts() {
                    let query = query.replace("$arm", matchers);
                    let query = match part {
                        Part::Expression => query,
                        Part::Value => format!("{query}[{}ms]", (1e3 * window).round()),
                        // A second more, so that a reading just at the edge is in whichever way the server counts edges.
                        _ => format!("{query}[{}ms]", (1e3 * (window + self.lookback_seconds)).round() + 1e3),
                    };
                    questions.push(Question { arm: *arm, metric: name.clone(), part, query });
                }
            }
        }
        questions
    }

    /// The window that the answers to [`questions`](Self::questions) come to: bytes as the server sent them, or what happened
    /// instead. A metric that could not be read is in it as what was wrong, never left out and never zero. O(bytes).
    #[must_use]
    pub fn window(
        &self,
        start: Timestamp,
        end: Timestamp,
        answers: &[(Question, Result<Vec<u8>, FaultKind>)],
    ) -> Window {
        let length = Seconds::new(seconds_between(start, end)).unwrap_or(Seconds::minute());
        let origin = end.unix_seconds();
        // Fractions of a second of the window's end, which unix seconds do not have.
        let fraction = Timestamp::from_unix_seconds(origin).map_or(0.0, |whole| seconds_between(whole, end));
        let end_seconds = origin as f64 + fraction;
        let span = Span::new(end_seconds - length.get(), end_seconds);
        let mut window = Window::new(end, length);
        for arm in self.arms.keys() {
            for (name, metric) in &self.metrics {
                let of = |part: Part| {
                    let found = answers.iter().find(|(question, _)| {
                        question.arm == *arm && question.metric == *name && question.part == part
                    });
                    match found {
                        Some((_, Ok(bytes))) => Ok(bytes.as_slice()),
                        Some((_, Err(fault))) => Err(*fault),
                        None => Err(FaultKind::SourceFailed),
                    }
                };
                window = window.with(*arm, name.clone(), self.read(metric, span, &of));
            }
        }
        window
    }

    fn read<'a>(&self, metric: &MetricQuery, span: Span, of: &impl Fn(Part) -> Result<&'a [u8], FaultKind>) -> Reading {
        if metric.requests.is_some() {
            let requests = self.counted(&matrix(of(Part::Requests)?)?, span)?.ok_or(FaultKind::MetricMissing)?;
            let errors = self.counted(&matrix(of(Part::Errors)?)?, span)?;
            self.fresh(requests.1, span)?;
            errors.map_or(Ok(()), |errors| self.fresh(errors.1, span))?;
            // No series of errors is no error only because the requests of the same arm are there and fresh.
            Sample::rate(requests.0, errors.map_or(0.0, |errors| errors.0))
        } else if metric.count.is_some() {
            let exposure = self.counted(&matrix(of(Part::Exposure)?)?, span)?.ok_or(FaultKind::MetricMissing)?;
            let count = self.counted(&matrix(of(Part::Count)?)?, span)?;
            self.fresh(exposure.1, span)?;
            count.map_or(Ok(()), |count| self.fresh(count.1, span))?;
            Sample::count(count.map_or(0.0, |count| count.0), exposure.0)
        } else if metric.value.is_some() {
            self.gauge(metric.aggregate, &matrix(of(Part::Value)?)?, span)
        } else if metric.expression.is_some() {
            Sample::value(single_value(of(Part::Expression)?).map_err(|error| fault(&error))?)
        } else if metric.buckets.is_some() {
            self.histogram(&matrix(of(Part::Buckets)?)?, span)
        } else {
            let alive = self.counted(&matrix(of(Part::Alive)?)?, span)?.ok_or(FaultKind::MetricMissing)?;
            self.fresh(alive.1, span)?;
            self.exceptions(metric, &matrix(of(Part::Exceptions)?)?, span)
        }
    }

    fn one(&self, series: &Series, span: Span) -> Result<Option<Increase>, FaultKind> {
        match increase(series, span)? {
            Some(found) if found.resets > 0 && self.resets == Resets::Fault => Err(FaultKind::CounterReset),
            found => Ok(found),
        }
    }

    /// The increase of all series together, and when the latest of them was read.
    fn counted(&self, series: &[Series], span: Span) -> Result<Option<(f64, f64)>, FaultKind> {
        let mut total: Option<(f64, f64)> = None;
        let mut there = false;
        for series in series {
            there |= series.points.iter().any(|(at, _)| *at <= span.end);
            if let Some(found) = self.one(series, span)? {
                let (sum, last) = total.unwrap_or((0.0, f64::NEG_INFINITY));
                total = Some((sum + found.by.get(), last.max(found.last_read)));
            }
        }
        // Read before the window and not in it: it went away.
        if total.is_none() && there { Err(FaultKind::Stale) } else { Ok(total) }
    }

    fn fresh(&self, last_read: f64, span: Span) -> Result<(), FaultKind> {
        if span.end - last_read <= self.fresh_seconds { Ok(()) } else { Err(FaultKind::Stale) }
    }

    fn gauge(&self, aggregate: Aggregate, series: &[Series], span: Span) -> Reading {
        let mut means = Vec::with_capacity(series.len());
        let mut last_read = f64::NEG_INFINITY;
        for series in series {
            let (mut sum, mut count) = (0.0, 0.0);
            for (at, value) in series.points.iter().filter(|(at, _)| *at > span.start && *at <= span.end) {
                if !value.is_finite() {
                    return Err(if value.is_nan() { FaultKind::NotANumber } else { FaultKind::Infinite });
                }
                sum += value;
                count += 1.0;
                last_read = last_read.max(*at);
            }
            if count > 0.0 {
                means.push(sum / count);
            }
        }
        if means.is_empty() {
            return Err(FaultKind::MetricMissing);
        }
        self.fresh(last_read, span)?;
        let sum: f64 = means.iter().sum();
        Sample::value(match aggregate {
            Aggregate::Mean => sum / means.len() as f64,
            Aggregate::Max => means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Aggregate::Sum => sum,
        })
    }

    fn histogram(&self, series: &[Series], span: Span) -> Reading {
        let mut counts: Vec<(f64, f64)> = Vec::new();
        let mut last_read = f64::NEG_INFINITY;
        for series in series {
            let bound = match label(series, "le") {
                Some("+Inf") => f64::INFINITY,
                Some(text) => text.parse().map_err(|_| FaultKind::WrongType)?,
                None => return Err(FaultKind::WrongType),
            };
            let Some(found) = self.one(series, span)? else { continue };
            last_read = last_read.max(found.last_read);
            match counts.iter_mut().find(|(other, _)| *other == bound) {
                Some((_, sum)) => *sum += found.by.get(),
                None => counts.push((bound, found.by.get())),
            }
        }
        if counts.is_empty() {
            return Err(FaultKind::MetricMissing);
        }
        self.fresh(last_read, span)?;
        Buckets::new(counts).map(Sample::Buckets)
    }

    fn exceptions(&self, metric: &MetricQuery, series: &[Series], span: Span) -> Reading {
        let by = metric.by.as_deref().unwrap_or_default();
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        for series in series {
            let mut name = label(series, by).ok_or(FaultKind::WrongType)?.to_owned();
            if let Some(instance) = metric.instance.as_deref().and_then(|instance| label(series, instance)) {
                name = format!("{name} @ {instance}");
            }
            if let Some(found) = self.one(series, span)? {
                *counts.entry(name).or_default() += found.by.get();
            }
        }
        let read = |(name, count)| Ok((name, Count::new(count)?));
        counts.into_iter().map(read).collect::<Result<_, _>>().map(Sample::Exceptions)
    }
}

fn label<'a>(series: &'a Series, name: &str) -> Option<&'a str> {
    series.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
}

fn matrix(bytes: &[u8]) -> Result<Vec<Series>, FaultKind> {
    match parse(bytes) {
        Ok(Answer::Matrix(series)) => Ok(series),
        Ok(_) => Err(FaultKind::WrongType),
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &AnswerError) -> FaultKind {
    match error {
        AnswerError::NoValues => FaultKind::MetricMissing,
        AnswerError::MultipleValues => FaultKind::WrongType,
        _ => FaultKind::SourceFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const END: i64 = 1_767_225_660;

    fn plan() -> PrometheusPlan {
        serde_json::from_value(json!({
            "arms": {"canary": "version=\"v2\""},
            "metrics": {"errors": {"requests": "requests_total{$arm}", "errors": "requests_total{code=\"500\",$arm}"}},
        }))
        .unwrap()
    }

    fn span() -> (Timestamp, Timestamp) {
        (Timestamp::from_unix_seconds(END - 60).unwrap(), Timestamp::from_unix_seconds(END).unwrap())
    }

    /// A matrix of series, each a list of seconds before the end with a value.
    fn answer(series: &[&[(i64, &str)]]) -> Result<Vec<u8>, FaultKind> {
        let result: Vec<Value> = series
            .iter()
            .enumerate()
            .map(|(number, points)| {
                let values: Vec<Value> = points.iter().map(|(before, value)| json!([END - before, value])).collect();
                json!({"metric": {"pod": number.to_string()}, "values": values})
            })
            .collect();
        Ok(json!({"status": "success", "data": {"resultType": "matrix", "result": result}}).to_string().into_bytes())
    }

    fn read(requests: Result<Vec<u8>, FaultKind>, errors: Result<Vec<u8>, FaultKind>) -> Reading {
        let (start, end) = span();
        let questions = plan().questions(start, end);
        let answers: Vec<_> = questions.into_iter().zip([requests, errors]).collect();
        plan().window(start, end, &answers).arms[&Arm::Canary]["errors"].clone()
    }

    #[test]
    fn a_window_is_asked_for_as_raw_readings_with_a_lookback() {
        let (start, end) = span();
        let asked: Vec<String> = plan().questions(start, end).into_iter().map(|question| question.query).collect();
        assert_eq!(
            asked,
            [r#"requests_total{version="v2"}[361000ms]"#, r#"requests_total{code="500",version="v2"}[361000ms]"#]
        );
    }

    #[test]
    fn no_series_of_errors_is_no_error_only_beside_fresh_requests() {
        let fresh = || answer(&[&[(70, "100"), (10, "160")]]);
        assert_eq!(read(fresh(), answer(&[])), Sample::rate(60.0, 0.0));
        assert_eq!(read(fresh(), answer(&[&[(70, "1"), (10, "4")]])), Sample::rate(60.0, 3.0));
        assert_eq!(read(answer(&[]), answer(&[])), Err(FaultKind::MetricMissing));
        assert_eq!(read(answer(&[&[(90, "100"), (70, "120")]]), answer(&[])), Err(FaultKind::Stale));
    }

    #[test]
    fn what_the_server_could_not_say_is_a_fault_and_never_zero() {
        let fresh = || answer(&[&[(70, "100"), (10, "160")]]);
        let partial = json!({"status": "success", "warnings": ["one store is down"],
            "data": {"resultType": "matrix", "result": []}});
        let whole = String::from_utf8(fresh().unwrap()).unwrap();
        for errors in [
            Err(FaultKind::SourceFailed),
            Ok(partial.to_string().into_bytes()),
            Ok(whole.as_bytes()[..whole.len() - 9].to_vec()),
            Ok(b"<html>502</html>".to_vec()),
            Ok(json!({"status": "error", "errorType": "timeout", "error": "query timed out"}).to_string().into_bytes()),
        ] {
            assert_eq!(read(fresh(), errors), Err(FaultKind::SourceFailed));
        }
        let vector = json!({"status": "success", "data": {"resultType": "vector", "result": []}});
        assert_eq!(read(fresh(), Ok(vector.to_string().into_bytes())), Err(FaultKind::WrongType));
    }

    #[test]
    fn a_restart_is_a_fault_unless_the_plan_says_to_count_on() {
        let restarted = || answer(&[&[(70, "100"), (40, "130"), (10, "5")]]);
        assert_eq!(read(restarted(), answer(&[])), Err(FaultKind::CounterReset));
        let (start, end) = span();
        let plan = PrometheusPlan { resets: Resets::Count, ..plan() };
        let answers: Vec<_> = plan.questions(start, end).into_iter().zip([restarted(), answer(&[])]).collect();
        assert_eq!(plan.window(start, end, &answers).arms[&Arm::Canary]["errors"], Sample::rate(35.0, 0.0));
    }

    #[test]
    fn plans_that_cannot_be_asked_are_refused_with_the_field() {
        let with = |metric: Value| {
            let plan: PrometheusPlan =
                serde_json::from_value(json!({"arms": {"canary": "a=\"b\""}, "metrics": {"m": metric}})).unwrap();
            plan.check().unwrap_err().field
        };
        assert_eq!(with(json!({"requests": "r{$arm}"})), "metrics.m");
        assert_eq!(with(json!({"value": "sum(v)"})), "metrics.m");
        assert_eq!(with(json!({"value": "v{$arm}[5m]"})), "metrics.m");
        assert_eq!(with(json!({"value": "v"})), "metrics.m");
        assert_eq!(with(json!({"exceptions": "e{$arm}", "by": "type"})), "metrics.m");
        assert!(plan().check().is_ok());
    }
}
