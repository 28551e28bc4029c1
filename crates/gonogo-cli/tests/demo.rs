//! The demonstration runs the real pipeline.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use gonogo::{Decision, Report};
use support::gonogo;

#[test]
fn the_demonstration_decides_by_itself() {
    let scratch = tempfile::tempdir().unwrap();
    let text = gonogo(scratch.path(), &["demo"]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(text.out.starts_with("NoGo: "), "{}", text.out);

    let run = gonogo(scratch.path(), &["demo", "--format", "json"]);
    let report = Report::from_json(run.out.as_bytes()).unwrap();
    report.verify().unwrap();
    assert_eq!(report.decision, Decision::NoGo);
    let rules: Vec<&str> =
        report.entries.iter().flat_map(|entry| entry.findings()).map(|finding| finding.rule.as_str()).collect();
    for area in ["migration/", "compat/", "issues/", "guard/"] {
        assert!(rules.iter().any(|rule| rule.starts_with(area)), "nothing of {area} in {rules:?}");
    }
}

#[test]
fn the_sample_that_is_kept_is_judged_the_same_and_reacts_to_changes() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = gonogo(scratch.path(), &["demo", "--keep", "sample"]);
    assert_eq!(kept.code, 0, "{}", kept.err);
    let shop = scratch.path().join("sample/shop");
    assert_eq!(gonogo(&shop, &["check", "production..main"]).code, 1);
    // Up to the commit before the first migration there is nothing to stop.
    let run = gonogo(&shop, &["check", "production..production"]);
    assert_ne!(run.code, 1, "{}", run.out);
    let again = gonogo(scratch.path(), &["demo", "--keep", "sample"]);
    assert_eq!(again.code, 3);
    assert!(again.err.contains("not empty"), "{}", again.err);
}
