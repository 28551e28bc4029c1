//! Model files are data: refused when foreign or broken; what a model says adds up.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use gonogo_risk::{Definitions, FactorValue, Factors, Model, ModelError, logistic};
use proptest::prelude::*;
use serde_json::{Value, json};

const SHIPPED: &str = include_str!("../models/portable.json");
static MODEL: LazyLock<Model> = LazyLock::new(|| Model::shipped().unwrap());
const NAMES: [&str; 7] = ["la", "ld", "ns", "nd", "nf", "entropy", "fix"];

fn edited(edit: impl FnOnce(&mut Value)) -> Result<Model, ModelError> {
    let mut value: Value = serde_json::from_str(SHIPPED).unwrap();
    edit(&mut value);
    Model::from_json(value.to_string().as_bytes())
}

#[test]
fn the_shipped_models_load_and_survive_a_round_trip_with_their_names() {
    for model in [Model::shipped().unwrap(), Model::shipped_lines_added().unwrap()] {
        let again = Model::from_json(model.to_json().as_bytes()).unwrap();
        assert_eq!((again.id(), &again), (model.id(), &model));
        assert_eq!(model.definitions(), &Definitions::Portable1);
        assert!(model.card().rows > 70_000 && model.card().licence == "MIT" && model.card().limits.len() >= 3);
    }
}

#[test]
fn white_space_and_order_of_keys_do_not_matter() {
    let value: Value = serde_json::from_str(SHIPPED).unwrap();
    assert_eq!(Model::from_json(serde_json::to_string_pretty(&value).unwrap().as_bytes()), Model::shipped());
}

#[test]
fn foreign_and_broken_files_are_refused_with_their_reason() {
    assert!(matches!(edited(|file| file["format"] = json!("onnx")), Err(ModelError::Foreign(_))));
    assert_eq!(edited(|file| file["version"] = json!(2)), Err(ModelError::Version(2)));
    assert!(matches!(edited(|file| file["model"]["intercept"] = json!(9.0)), Err(ModelError::Hash { .. })));
    assert!(matches!(edited(|file| file["extra"] = json!(1)), Err(ModelError::Unreadable(_))));
    assert!(matches!(edited(|file| file["hash"] = json!("0")), Err(ModelError::Hash { .. })));
    for text in ["", "{}", "[1]", "{\"format\":\"gonogo-risk-model\"}", "NaN", &SHIPPED[..SHIPPED.len() / 2]] {
        assert!(matches!(Model::from_json(text.as_bytes()), Err(ModelError::Unreadable(_))), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(Model::from_json(deep.as_bytes()), Err(ModelError::Unreadable(_))));
    let long = vec![b' '; gonogo_risk::MAX_MODEL_BYTES + 1];
    assert!(matches!(Model::from_json(&long), Err(ModelError::TooLarge(_))));
}

#[test]
fn numbers_that_are_none_cannot_enter_a_model() {
    let with = |number: &str| SHIPPED.replacen("\"intercept\":", &format!("\"intercept\":{number},\"was\":"), 1);
    for number in ["NaN", "null", "1e999", "\"1\""] {
        assert!(Model::from_json(with(number).as_bytes()).is_err(), "{number}");
    }
}

#[test]
fn factors_of_other_definitions_are_refused_but_by_a_portable_model() {
    let mut value: Value = serde_json::from_str(&Model::shipped().unwrap().to_json()).unwrap();
    value["model"]["definitions"] = json!("gonogo-1");
    let text = value.to_string();
    // The file says the hash it should have.
    let Err(ModelError::Hash { found, .. }) = Model::from_json(text.as_bytes()) else { panic!("hash was not checked") };
    value["hash"] = json!(found);
    let model = Model::from_json(value.to_string().as_bytes()).unwrap();
    let refused = ModelError::Definitions { model: "gonogo-1".to_owned(), factors: "unstated".to_owned() };
    assert_eq!(model.inputs(&Factors::new(Definitions::Unstated)), Err(refused));
    assert!(model.inputs(&Factors::new(Definitions::Gonogo1)).is_ok());
    assert!(Model::shipped().unwrap().inputs(&Factors::new(Definitions::Unstated)).is_ok());
}

fn factors(values: &[Option<f64>]) -> Factors {
    let mut factors = Factors::new(Definitions::Gonogo1);
    for (name, value) in NAMES.into_iter().zip(values) {
        factors.set(name, value.map_or(FactorValue::Missing("not measured".to_owned()), FactorValue::Known));
    }
    factors
}

fn any_values() -> impl Strategy<Value = Vec<Option<f64>>> {
    let number = prop_oneof![0.0f64..5.0, 0.0f64..5_000.0, Just(f64::MAX), Just(-1.0), Just(f64::NAN)];
    prop::collection::vec(prop::option::weighted(0.9, number), NAMES.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn contributions_add_up_to_the_log_odds(values in any_values(), reference in any_values()) {
        let model = &*MODEL;
        let reference = model.inputs(&factors(&reference)).unwrap();
        let said = model.assess(&factors(&values), &reference).unwrap();
        let sum: f64 = said.contributions.iter().map(|part| part.log_odds).sum();
        let scale = said.contributions.iter().map(|part| part.log_odds.abs()).sum::<f64>().max(1.0);
        prop_assert!((said.base + sum - said.log_odds).abs() <= 1e-9 * scale);
        let direct = model.log_odds(&model.inputs(&factors(&values)).unwrap());
        prop_assert!((direct - said.log_odds).abs() <= 1e-9 * scale);
        prop_assert_eq!(said.score, logistic(said.log_odds));
        prop_assert!((0.0..=1.0).contains(&said.score));
    }

    #[test]
    fn the_median_change_has_no_contributions(values in any_values()) {
        let model = &*MODEL;
        let reference = model.inputs(&factors(&values)).unwrap();
        let said = model.assess(&factors(&values), &reference).unwrap();
        prop_assert!(said.contributions.iter().all(|part| part.log_odds == 0.0));
        prop_assert_eq!(said.base, said.log_odds);
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), place in 0usize..20_000) {
        prop_assert!(Model::from_json(&bytes).is_err());
        let mut file = SHIPPED.as_bytes().to_vec();
        if let Some(byte) = file.get_mut(place) {
            *byte ^= 0x10;
        }
        let _ = Model::from_json(&file);
    }
}

#[test]
fn missing_factors_stand_at_the_training_median_and_are_marked() {
    let model = &*MODEL;
    let said = model.assess(&Factors::new(Definitions::Gonogo1), &model.training_median()).unwrap();
    assert_eq!(said.log_odds, said.base);
    assert!(said.contributions.iter().all(|part| part.missing && part.log_odds == 0.0));
}
