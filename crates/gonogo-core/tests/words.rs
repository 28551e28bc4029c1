//! Paths, ids and times survive being written down.
#![allow(clippy::unwrap_used)] // also in what the tests share

use std::time::{Duration, SystemTime};

use gonogo_core::{Deploy, Finding, ObjectId, RepoPath, Revision, Severity, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_path_survives_being_shown_and_written(bytes in vec(any::<u8>(), 0..24)) {
        let path = RepoPath::from(bytes);
        prop_assert_eq!(&path.to_string().parse::<RepoPath>().unwrap(), &path);
        prop_assert_eq!(&round_trip(&path), &path);
        prop_assert!(path.is_within(&RepoPath::default()) && path.is_within(&path));
    }

    #[test]
    fn paths_of_quotes_escapes_and_controls_survive_too(text in "[\"\\\\\n\t\u{1}\u{85}a/é]{0,12}") {
        let path = RepoPath::from(text);
        prop_assert_eq!(path.to_string().parse::<RepoPath>().unwrap(), path);
    }

    #[test]
    fn no_text_panics_as_a_path_an_id_or_a_time(text in ".{0,70}") {
        let _ = (text.parse::<RepoPath>(), text.parse::<ObjectId>(), text.parse::<Timestamp>());
        let _ = format!("\"{text}\"").parse::<RepoPath>();
    }

    #[test]
    fn every_id_survives_being_written(bytes in prop_oneof![vec(any::<u8>(), 20), vec(any::<u8>(), 32)]) {
        let id = ObjectId::from_bytes(&bytes).unwrap();
        prop_assert_eq!(id.as_bytes(), &*bytes);
        prop_assert_eq!(round_trip(&id), id);
        prop_assert_eq!(id.to_string().to_uppercase().parse::<ObjectId>().unwrap(), id);
    }

    #[test]
    fn every_time_survives_being_written(second in -377_705_023_201_i64..=253_402_207_200, nanosecond in 0_u32..1_000_000_000) {
        let at = Timestamp::from_unix_seconds(second).unwrap();
        let at = at.checked_add(Duration::from_nanos(nanosecond.into())).unwrap_or(at);
        prop_assert_eq!(round_trip(&at), at);
        prop_assert_eq!(Timestamp::try_from(SystemTime::from(at)).unwrap(), at);
    }
}

#[test]
fn an_id_is_forty_or_sixty_four_digits_and_nothing_else() {
    for broken in ["", "abc", &"g".repeat(40), &"a".repeat(41), &"é".repeat(20), &"a".repeat(63), &" ".repeat(40)] {
        assert!(broken.parse::<ObjectId>().is_err(), "{broken}");
    }
    assert!(ObjectId::from_bytes(&[0; 21]).is_err());
    let (short, long) = ("a".repeat(40).parse::<ObjectId>().unwrap(), "a".repeat(64).parse::<ObjectId>().unwrap());
    assert_ne!(short, long);
}

#[test]
fn a_quoted_path_that_is_broken_is_an_error() {
    for broken in ["\"a", "\"a\"b\"", "\"\\q\"", "\"\\40\"", "\"\\400\"", "\"\\389\"", "\"\\"] {
        assert!(broken.parse::<RepoPath>().is_err(), "{broken}");
    }
    assert_eq!(r#""caf\303\251""#.parse::<RepoPath>().unwrap(), RepoPath::from("café"));
}

#[test]
fn a_directory_holds_what_is_below_it_and_not_its_namesakes() {
    let within = |path: &str, directory: &str| RepoPath::from(path).is_within(&RepoPath::from(directory));
    assert!(within("shop/a.txt", "shop") && within("shop/a.txt", "shop/") && within("shop", "shop"));
    assert!(!within("shopping/a.txt", "shop") && !within("a/shop/b", "shop") && !within("sho", "shop"));
}

#[test]
fn a_deploy_of_some_paths_covers_those() {
    let revision = Revision::from_id(ObjectId::from_bytes(&[1; 20]).unwrap());
    let deploy = Deploy::new("shop", "production", revision.clone(), revision);
    assert!(deploy.covers(&"blog/a".into()));
    let deploy = deploy.paths(["shop".into(), "shared".into()]);
    assert!(deploy.covers(&"shared/x".into()) && !deploy.covers(&"blog/a".into()));
}

#[test]
fn what_is_unknown_weighs_at_least_a_caution_and_keeps_a_stop() {
    let mut unknown = Finding::unknown("a/b", "c", "cannot tell");
    let mut weight = |severity| {
        unknown.severity = severity;
        unknown.weight()
    };
    assert_eq!(
        [Severity::Note, Severity::Caution, Severity::Stop].map(&mut weight),
        [Severity::Caution, Severity::Caution, Severity::Stop]
    );
}
