//! Builds, scans, sign-offs and pins: what each says, and that what cannot be read is never Go.
#![allow(clippy::unwrap_used)] // also in what the tests share

use std::sync::Arc;
use std::time::Duration;

use gonogo_checks::{BuildsCheck, Pin, PinsCheck, ScansCheck, SignOffCheck};
use gonogo_core::testing::{FaultyHistory, HistoryFault, ManualClock, MemoryHistory, conformance, deploy};
use gonogo_core::{BoxError, Check, Conclusion, Decision, Deploy, Gate, History, Outcome, Report, Timestamp};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decide_for(check: impl Check + 'static, deploy: Arc<Deploy>) -> Report {
    let clock = Arc::new(ManualClock::at(Some(at("2026-11-20T12:00:00Z"))));
    Gate::builder().check(check).clock(clock).build().unwrap().decide_blocking(deploy)
}

/// The decision, and the findings as text.
fn decide(check: impl Check + 'static) -> (Decision, Vec<String>) {
    let report = decide_for(check, deploy());
    (report.decision, report.entries[0].findings().iter().map(ToString::to_string).collect())
}

fn says(value: Value) -> impl Fn() -> Result<Vec<u8>, BoxError> + Send + Sync + 'static {
    move || Ok(value.to_string().into_bytes())
}

fn head() -> String {
    "bb".repeat(20)
}

fn other() -> String {
    "cc".repeat(20)
}

fn build(name: &str, head: &str, status: &str) -> Value {
    json!({"name": name, "head": head, "status": status})
}

fn builds(required: &[&str], told: &[Value]) -> (Decision, Vec<String>) {
    decide(BuildsCheck::new(required.iter().copied(), says(json!({"builds": told}))))
}

#[test]
fn builds_of_head_must_have_passed() {
    let passed = [build("linux", &head(), "passed"), build("macos", &head(), "passed")];
    assert_eq!(builds(&["linux", "macos"], &passed), (Decision::Go, vec![]));
    assert_eq!(builds(&[], &passed), (Decision::Go, vec![]));
    let (decision, said) = builds(&["linux"], &[build("linux", &head(), "failed")]);
    assert_eq!(
        (decision, &*said[0]),
        (Decision::NoGo, "stop checks/build-failed linux: build `linux` of bbbbbbbbbb failed")
    );
    let optional =
        [build("linux", &head(), "passed"), build("haiku", &head(), "failed"), build("hurd", &head(), "running")];
    let (decision, said) = builds(&["linux"], &optional);
    assert_eq!((decision, said.len()), (Decision::Go, 1), "{said:?}");
}

#[test]
fn a_build_that_is_not_there_not_over_or_there_twice_is_not_passed() {
    for (told, why) in [
        (vec![], "no build `linux` of bbbbbbbbbb is told about"),
        (vec![build("linux", &other(), "passed")], "no build `linux` of bbbbbbbbbb is told about"),
        (vec![build("Linux", &head(), "passed")], "no build `linux` of bbbbbbbbbb is told about"),
        (vec![build("linux", &head(), "running")], "build `linux` of bbbbbbbbbb is not over"),
        (vec![build("linux", &head(), "cancelled")], "build `linux` of bbbbbbbbbb was cancelled"),
        (
            vec![build("linux", &head(), "failed"), build("linux", &head(), "passed")],
            "build `linux` of bbbbbbbbbb is told about 2 times",
        ),
    ] {
        let (decision, said) = builds(&["linux"], &told);
        assert_eq!(decision, Decision::Hold, "{told:?}");
        assert_eq!(said, [format!("caution checks/build-missing linux: {why}")]);
    }
    assert_eq!(builds(&[], &[build("linux", &other(), "passed")]).0, Decision::Hold);
}

fn scan(head: &str, scanned_at: &str, vulnerabilities: Value) -> (Decision, Vec<String>) {
    let scan = json!({"head": head, "scanned_at": scanned_at, "packages": 212, "vulnerabilities": vulnerabilities});
    decide(ScansCheck::new(Duration::from_secs(24 * 3600), says(scan)))
}

#[test]
fn a_scan_weighs_what_it_found() {
    let found =
        |severity: &str| json!([{"id": "CVE-1", "package": "left-pad", "severity": severity, "fixed_in": "1.3.1"}]);
    let fresh = "2026-11-20T09:00:00Z";
    for (severity, decision) in
        [("critical", Decision::NoGo), ("high", Decision::Hold), ("medium", Decision::Go), ("low", Decision::Go)]
    {
        let (decided, said) = scan(&head(), fresh, found(severity));
        assert_eq!(decided, decision, "{severity}");
        assert!(said[0].ends_with(&format!("left-pad holds CVE-1, which is {severity}")), "{said:?}");
    }
    assert_eq!(scan(&head(), fresh, json!([])), (Decision::Go, vec![]));
}

#[test]
fn a_scan_that_is_old_of_another_commit_or_of_the_future_is_no_go() {
    assert_eq!(scan(&head(), "2026-11-19T12:00:00.000000001Z", json!([])).0, Decision::Go);
    assert_eq!(scan(&head(), "2026-11-19T12:00:00Z", json!([])).0, Decision::Hold);
    assert_eq!(scan(&other(), "2026-11-20T09:00:00Z", json!([])).0, Decision::Hold);
    assert_eq!(scan(&head(), "2026-11-20T12:00:01Z", json!([])).0, Decision::Hold);
    let nothing = json!({"head": head(), "scanned_at": "2026-11-20T09:00:00Z", "packages": 0, "vulnerabilities": []});
    assert_eq!(decide(ScansCheck::new(Duration::from_secs(24 * 3600), says(nothing))).0, Decision::Hold);
    let for_ever = json!({"head": head(), "scanned_at": "2026-11-20T09:00:00Z", "packages": 1, "vulnerabilities": []});
    assert_eq!(decide(ScansCheck::new(Duration::MAX, says(for_ever))).0, Decision::Hold);
}

fn sign_off(role: &str, who: &str, head: &str) -> Value {
    json!({"role": role, "who": who, "head": head})
}

fn signed(told: &[Value]) -> (Decision, Vec<String>) {
    let check = SignOffCheck::new(["qa"], says(json!({"sign_offs": told})));
    let report = decide_for(check, Arc::new((*deploy()).clone().requested_by("Ada")));
    (report.decision, report.entries[0].findings().iter().map(ToString::to_string).collect())
}

#[test]
fn each_role_needs_a_sign_off_of_this_commit_by_somebody_else() {
    assert_eq!(signed(&[sign_off("qa", "grace", &head())]), (Decision::Go, vec![]));
    let both = [sign_off("qa", "ada", &head()), sign_off("qa", "grace", &head())];
    assert_eq!(signed(&both), (Decision::Go, vec![]));
    for (told, why) in [
        (vec![], ""),
        (vec![sign_off("security", "grace", &head())], ""),
        (vec![sign_off("qa", "grace", &other())], ": grace signed off cccccccccc"),
        (vec![sign_off("qa", " ", &head())], ": a sign-off names nobody"),
        (vec![sign_off("qa", " ada ", &head())], ": ada asks for this deploy"),
    ] {
        let (decision, said) = signed(&told);
        assert_eq!(decision, Decision::Hold, "{told:?}");
        assert_eq!(said, [format!("caution checks/sign-off-missing qa: nobody has signed off bbbbbbbbbb for qa{why}")]);
    }
    let none = decide_for(SignOffCheck::new(Vec::<String>::new(), says(json!({}))), deploy());
    assert!(matches!(none.entries[0].ended.outcome(), Some(Outcome::NotApplicable { .. })));
}

fn dependency() -> MemoryHistory {
    MemoryHistory::new()
        .commit("old", &[], "first", &[])
        .commit("main", &["old"], "second", &[])
        .commit("branch", &["old"], "never reviewed", &[])
        .commit("next", &["main"], "not merged yet", &[])
}

fn pin(pinned: &str, history: Arc<dyn History>) -> Pin {
    Pin { name: "libtax".into(), pinned: pinned.into(), main: "main".into(), history }
}

#[test]
fn a_pin_must_be_on_its_main_branch() {
    let of = |pinned| decide(PinsCheck::new([pin(pinned, Arc::new(dependency()))]));
    assert_eq!(of("main"), (Decision::Go, vec![]));
    assert_eq!(of("old"), (Decision::Go, vec![]));
    for pinned in ["branch", "next"] {
        let said = format!(
            "caution checks/pin-off-main libtax: libtax is pinned to {pinned}, which has 1 commit that its main lacks"
        );
        assert_eq!(of(pinned), (Decision::Hold, vec![said]));
    }
    assert_eq!(of("gone").0, Decision::Hold);
    let cut = FaultyHistory::new(HistoryFault::Truncated, dependency());
    assert_eq!(decide(PinsCheck::new([pin("old", Arc::new(cut))])).0, Decision::Hold);
    let none = decide_for(PinsCheck::new([]), deploy());
    assert!(matches!(none.entries[0].ended.outcome(), Some(Outcome::NotApplicable { .. })));
}

/// Each check with a document of these bytes.
fn reading(bytes: &[u8]) -> Vec<Report> {
    let source = || {
        let bytes = bytes.to_vec();
        move || Ok(bytes.clone())
    };
    vec![
        decide_for(BuildsCheck::new(["linux"], source()), deploy()),
        decide_for(ScansCheck::new(Duration::from_secs(3600), source()), deploy()),
        decide_for(SignOffCheck::new(["qa"], source()), deploy()),
    ]
}

#[test]
fn a_document_that_cannot_be_read_is_undetermined_and_says_where() {
    let unknown_words = json!({
        "builds": [build("linux", &head(), "green")],
        "sign_offs": [sign_off("qa", "grace", "HEAD")],
        "head": head(), "scanned_at": "yesterday", "packages": 1, "vulnerabilities": []
    });
    for bytes in [&b""[..], b"{", b"null", b"[]", b"{}", b"\xff", b"<html>", unknown_words.to_string().as_bytes()] {
        for report in reading(bytes) {
            let Some(Outcome::Undetermined { why, remedy }) = report.entries[0].ended.outcome() else {
                panic!("{:?}", report.entries)
            };
            assert!(why.contains("cannot be read: ") && why.contains(" at line "), "{why}");
            assert!(remedy.is_some());
            assert_eq!(report.decision, Decision::Hold);
        }
    }
}

#[test]
fn a_document_cut_off_anywhere_is_never_go() {
    let whole = json!({
        "builds": [build("linux", &head(), "passed")],
        "sign_offs": [sign_off("qa", "grace", &head())],
        "head": head(), "scanned_at": "2026-11-20T11:30:00Z", "packages": 1, "vulnerabilities": []
    })
    .to_string();
    assert!(reading(whole.as_bytes()).iter().all(|report| report.decision == Decision::Go));
    for cut in 0..whole.len() {
        assert!(reading(&whole.as_bytes()[..cut]).iter().all(|report| report.decision != Decision::Go), "{cut}");
    }
}

#[test]
fn a_document_that_is_not_there_is_an_error() {
    let gone = || Ok(std::fs::read("/no/such/file")?);
    for report in [
        decide_for(BuildsCheck::new(["linux"], gone), deploy()),
        decide_for(ScansCheck::new(Duration::from_secs(3600), gone), deploy()),
        decide_for(SignOffCheck::new(["qa"], gone), deploy()),
    ] {
        assert!(matches!(report.entries[0].ended, Conclusion::Errored { .. }));
        assert_eq!(report.decision, Decision::NoGo);
    }
}

#[test]
fn the_checks_keep_the_contract_of_checks() {
    let history = || Arc::new(MemoryHistory::new().commit("base", &[], "first", &[]));
    let told = json!({
        "builds": [build("linux", &head(), "failed")], "sign_offs": [],
        "head": other(), "scanned_at": "2026-11-20T11:30:00Z", "packages": 1, "vulnerabilities": []
    });
    let checks: [Arc<dyn Check>; 4] = [
        Arc::new(BuildsCheck::new(["linux", "macos"], says(told.clone()))),
        Arc::new(ScansCheck::new(Duration::from_secs(3600), says(told.clone()))),
        Arc::new(SignOffCheck::new(["qa"], says(told))),
        Arc::new(PinsCheck::new([pin("branch", Arc::new(dependency()))])),
    ];
    for check in checks {
        conformance::check(check, deploy(), history()).unwrap();
    }
}
