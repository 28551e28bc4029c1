//! Tables: any bytes are a table or an error; a table can be scored by the shipped models.
#![no_main]

use gonogo_risk::{Tables, evaluate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(evaluation) = evaluate(Tables { test: bytes, ..Tables::default() }) else { return };
    assert_eq!(evaluation.predictions.len(), evaluation.scores.n);
    assert!(evaluation.predictions.iter().all(|score| (0.0..=1.0).contains(score)), "{:?}", evaluation.predictions);
    let json = evaluation.to_json().to_string();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
});
