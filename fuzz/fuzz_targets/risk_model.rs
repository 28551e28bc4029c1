//! Model files: refused with a reason, or sound in everything they say.
#![no_main]

use gonogo_risk::{FactorValue, Factors, Model, ModelError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = match Model::from_json(bytes) {
        // A changed file is refused for its hash; what lies behind that is reached by saying the right one.
        Err(ModelError::Hash { found, .. }) => {
            let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
            value["hash"] = found.into();
            Model::from_json(value.to_string().as_bytes())
        }
        other => other,
    };
    let Ok(model) = read else { return };
    let mut factors = Factors::new(model.definitions().clone());
    for (name, value) in [("la", 1e300), ("ld", 0.0), ("nf", -3.0), ("entropy", 0.5), ("fix", 1.0), ("fix_share", 0.1)] {
        factors.set(name, FactorValue::Known(value));
    }
    factors.set("ns", FactorValue::Missing("not measured".to_owned()));
    let Ok(said) = model.assess(&factors, &model.training_median()) else { return };
    assert!(!(said.score < 0.0 || said.score > 1.0), "{}", said.score);
    assert_eq!(Model::from_json(model.to_json().as_bytes()).map(|again| again.id().to_owned()), Ok(model.id().to_owned()));
});
