//! Reading rows and comparing numbers.

use serde_json::Value;

pub(crate) struct Row(pub(crate) Value);

impl Row {
    pub(crate) fn kind(&self) -> &str {
        self.0["kind"].as_str().unwrap_or_default()
    }

    pub(crate) fn input(&self, name: &str) -> &Value {
        &self.0["input"][name]
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        number(self.input(name))
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        numbers(self.input(name))
    }

    pub(crate) fn expect(&self, name: &str) -> &Value {
        &self.0["expect"][name]
    }

    pub(crate) fn tolerance(&self) -> f64 {
        self.0["tolerance"].as_f64().unwrap_or(0.0)
    }

    /// Compares with `expect[name]` within the row's tolerance.
    pub(crate) fn close(&self, name: &str, got: f64) -> Result<(), String> {
        close(name, got, number(self.expect(name)), self.tolerance())
    }
}

pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) if text == "NaN" => f64::NAN,
        Value::String(text) if text == "+Inf" => f64::INFINITY,
        Value::String(text) if text == "-Inf" => f64::NEG_INFINITY,
        other => other.as_f64().unwrap_or_else(|| panic!("{other} is no number")),
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map(|list| list.iter().map(number).collect()).unwrap_or_default()
}

pub(crate) fn close(name: &str, got: f64, wanted: f64, tolerance: f64) -> Result<(), String> {
    let same = got == wanted || (got.is_nan() && wanted.is_nan()) || (got - wanted).abs() <= tolerance;
    if same { Ok(()) } else { Err(format!("{name} is {got}, not {wanted} within {tolerance}")) }
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(name: &str, got: T, wanted: T) -> Result<(), String> {
    if got == wanted { Ok(()) } else { Err(format!("{name} is {got:?}, not {wanted:?}")) }
}

/// Walks all rows of a file; panics with every failure.
#[allow(clippy::print_stdout)] // says what was and was not read
pub(crate) fn walk(file: &str, check: impl Fn(&Row) -> Result<(), String>) {
    let Some(folder) = std::env::var_os("GONOGO_CASES") else {
        println!("skipped: GONOGO_CASES is not set, so the rows of {file} were not read");
        return;
    };
    let path = std::path::Path::new(&folder).join("guard").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut rows = 0;
    let mut failures = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row = Row(serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {error}")));
        rows += 1;
        if let Err(why) = check(&row) {
            failures.push(format!("{}: {why}", row.0["id"].as_str().unwrap_or("row without id")));
        }
    }
    assert!(rows > 0, "{file} has no rows");
    assert!(failures.is_empty(), "{} of {rows} rows of {file} fail:\n{}", failures.len(), failures.join("\n"));
    println!("{rows} rows of {file}");
}
