//! Bad input gives one clear sentence with place and remedy, the right exit code, and leaves everything else in the report.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use gonogo::{Decision, Outcome, Report};
use support::{Repository, Run, gonogo};

const OPENAPI: &str = "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths: {}\n";

/// A repository with a tag `production`, and one commit after it that adds these files.
fn after_production(files: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    repository.commit("SHOP-1 Begin", &[("README", "shop\n"), ("api/openapi.yaml", OPENAPI)]).tag("production");
    repository.commit("SHOP-2 Go on", files);
    repository
}

fn report(repository: &Repository, extra: &[&str]) -> (Run, Report) {
    let arguments = [&["check", "production..HEAD", "--format", "json"], extra].concat();
    let run = gonogo(repository.path(), &arguments);
    let report =
        Report::from_json(run.out.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{}{}", run.out, run.err));
    report.verify().unwrap();
    (run, report)
}

/// All of the standard checks still said something.
fn assert_everything_else_is_there(report: &Report) {
    for check in ["checks/ancestry", "issues/contents", "migration/effects", "compat/contracts", "risk/computed"] {
        assert!(report.entry(check).is_some(), "{check} is gone");
    }
    assert!(matches!(
        report.entry("checks/ancestry").and_then(|entry| entry.ended.outcome()),
        Some(Outcome::Examined { .. })
    ));
}

#[test]
fn an_unknown_revision_is_one_sentence_and_exit_3() {
    let repository = after_production(&[]);
    let run = gonogo(repository.path(), &["check", "prodction..HEAD"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    assert!(run.err.starts_with("gonogo: no commit is named `prodction`"), "{}", run.err);
    assert!(run.err.contains("production"), "the near name is suggested: {}", run.err);
}

#[test]
fn a_directory_that_is_no_repository_is_one_sentence_and_exit_3() {
    let directory = tempfile::tempdir().unwrap();
    let run = gonogo(directory.path(), &["check", "a..b"]);
    assert_eq!((run.code, run.out.as_str(), run.err.lines().count()), (3, "", 1), "{}", run.err);
    assert!(run.err.contains("repository"), "{}", run.err);
}

#[test]
fn a_broken_configuration_points_at_the_line() {
    let repository = Repository::new();
    repository.commit("Begin", &[("gonogo.toml", "service = \"shop\"\nbsae = \"production\"\n")]).tag("production");
    repository.commit("Go on", &[]);
    let run = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(run.err.contains("gonogo.toml of production") && run.err.contains("line 2"), "{}", run.err);
    assert!(run.err.contains("bsae"), "{}", run.err);
}

#[test]
fn a_configuration_that_only_head_breaks_does_not_stop_the_judging() {
    let repository = Repository::new();
    repository.commit("Begin", &[("gonogo.toml", "service = \"shop\"\n")]).tag("production");
    repository.commit("Go on", &[("gonogo.toml", "service = \n")]);
    let (run, report) = report(&repository, &[]);
    assert_eq!((run.code, report.decision), (2, Decision::Hold));
    let rules: Vec<&str> =
        report.entry("policy/source").unwrap().findings().iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["policy/changed-in-head", "policy/unusable-in-head"]);
}

#[test]
fn a_deploy_that_chooses_its_own_base_is_held() {
    let repository = Repository::new();
    repository.commit("Begin", &[("gonogo.toml", "base = \"production\"\n")]).tag("production");
    repository.commit("Drift", &[]).tag("elsewhere");
    repository.commit("Go on", &[("gonogo.toml", "base = \"elsewhere\"\n")]);
    let held = |arguments: &[&str]| {
        let run = gonogo(repository.path(), arguments);
        let report: gonogo::Report = serde_json::from_str(&run.out).unwrap();
        let said = report.entry("policy/source").unwrap();
        said.findings().iter().any(|finding| finding.rule == "policy/base-changed-in-head")
    };
    assert!(held(&["check", "--format", "json"]));
    assert!(!held(&["check", "--format", "json", "production..HEAD"]));
    repository.commit("Back", &[("gonogo.toml", "base = \"production\"\n")]);
    assert!(!held(&["check", "--format", "json"]));
}

#[test]
fn a_migration_that_does_not_parse_holds_with_its_place() {
    let repository =
        after_production(&[("db/migration/V2__orders.sql", "ALTER TABLE orders ALTER COLMN id TYP bigint;\n")]);
    let (run, report) = report(&repository, &[]);
    assert_eq!((run.code, report.decision), (2, Decision::Hold));
    let said = &report.entry("migration/effects").unwrap();
    let unknown = said.findings().iter().find(|finding| finding.rule == "migration/unknown").unwrap();
    assert_eq!(unknown.certainty, gonogo::Certainty::Unknown);
    let location = unknown.location.as_ref().unwrap();
    assert_eq!((location.path.to_string().as_str(), location.line), ("db/migration/V2__orders.sql", Some(1)));
    assert_everything_else_is_there(&report);
}

#[test]
fn a_contract_that_cannot_be_read_holds_with_its_place() {
    let repository = after_production(&[("api/openapi.yaml", "openapi: 3.0.3\npaths: {\n")]);
    let (run, report) = report(&repository, &[]);
    assert_eq!((run.code, report.decision), (2, Decision::Hold));
    let said = report.entry("compat/contracts").unwrap();
    assert!(
        said.findings()
            .iter()
            .any(|finding| finding.location.as_ref().is_some_and(|at| at.path.to_string() == "api/openapi.yaml")),
        "{said:?}"
    );
    assert_everything_else_is_there(&report);
}

#[test]
fn a_recording_that_is_cut_off_holds_with_a_remedy() {
    let repository = after_production(&[]);
    let metrics = repository.path().join("cut.json");
    std::fs::write(&metrics, "{\"config\": {\"alpha\": 0.05,").unwrap();
    let (run, report) = report(&repository, &["--metrics", metrics.to_str().unwrap()]);
    assert_eq!((run.code, report.decision), (2, Decision::Hold));
    let Some(Outcome::Undetermined { why, remedy }) = report.entry("guard/recording").unwrap().ended.outcome() else {
        panic!("{:?}", report.entry("guard/recording"));
    };
    assert!(why.contains("cut.json") && why.contains("line 1"), "{why}");
    assert!(remedy.is_some());
    assert_everything_else_is_there(&report);
}

#[test]
fn a_file_that_is_not_there_is_one_sentence_and_exit_3() {
    let repository = after_production(&[]);
    let run = gonogo(repository.path(), &["check", "production..HEAD", "--metrics", "no-such.json"]);
    assert_eq!((run.code, run.out.as_str(), run.err.lines().count()), (3, "", 1));
    assert!(run.err.starts_with("gonogo: no-such.json cannot be read"), "{}", run.err);
}

#[test]
fn wrong_usage_is_exit_3_and_help_is_not() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(gonogo(directory.path(), &["chekc"]).code, 3);
    assert_eq!(gonogo(directory.path(), &["check", "--format", "papyrus"]).code, 3);
    assert_eq!(gonogo(directory.path(), &["--help"]).code, 0);
    assert_eq!(gonogo(directory.path(), &["--version"]).code, 0);
    let three_dots = gonogo(Repository::new().path(), &["check", "a...b"]);
    assert_eq!(three_dots.code, 3);
    assert!(three_dots.err.contains("three dots"), "{}", three_dots.err);
}

#[test]
fn contracts_that_cannot_be_compared_are_refused_and_never_compatible() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("swagger.json", r#"{"swagger": "2.0", "paths": {"/a": {"get": {}}}}"#);
    write("empty.json", r#"{"swagger": "2.0", "paths": {}}"#);
    write("foo.json", r#"{"foo": 1}"#);
    write("wide.json", r#"{"type": "integer"}"#);
    write("narrow.json", r#"{"type": "integer", "maximum": 9007199254740992}"#);
    let code = |old: &str, new: &str| gonogo(directory.path(), &["compat", old, new, "--mode", "backward"]).code;
    assert_eq!((code("swagger.json", "empty.json"), code("foo.json", "foo.json")), (3, 3));
    assert_eq!((code("narrow.json", "wide.json"), code("wide.json", "narrow.json")), (0, 1));
    // Two numbers that are one as floating point.
    write("narrower.json", r#"{"type": "integer", "maximum": 9007199254740991.5}"#);
    assert_eq!((code("narrower.json", "narrow.json"), code("narrow.json", "narrower.json")), (0, 1));
}
