//! Go is 0, NoGo 1, Hold 2; a shadow check never changes the code.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use gonogo::{Decision, Report};
use support::{Repository, gonogo};

fn with_configuration(configuration: &str) -> Repository {
    let repository = Repository::new();
    repository.commit("SHOP-1 Begin", &[("gonogo.toml", configuration)]).tag("production");
    repository.commit("SHOP-2 Go on", &[("app.txt", "1\n")]);
    repository
}

fn command(mode: &str, severity: &str) -> String {
    format!(
        "[[command]]\nid = \"team/says\"\nprogram = \"sh\"\nmode = \"{mode}\"\narguments = [\"-c\", '''\ncat >/dev/null\n\
         echo '{{\"outcome\": \"examined\", \"findings\": [{{\"rule\": \"team/said\", \"subject\": \"x\", \"severity\": \"{severity}\", \
         \"message\": \"said so\"}}], \"facts\": {{\"list\": [{{\"name\": \"things\", \"count\": 1}}]}}}}'\n''']\n"
    )
}

fn code(configuration: &str) -> i32 {
    let repository = with_configuration(configuration);
    let run = gonogo(repository.path(), &["check", "production..HEAD", "--format", "json"]);
    let report = Report::from_json(run.out.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", run.err));
    report.verify().unwrap();
    assert_eq!(i32::from(report.decision.exit_code()), run.code);
    run.code
}

#[test]
fn go_is_0() {
    assert_eq!(code(""), 0);
    assert_eq!(code(&command("enforced", "note")), 0);
}

#[test]
fn a_stop_is_1_and_a_caution_is_2() {
    assert_eq!(code(&command("enforced", "stop")), 1);
    assert_eq!(code(&command("enforced", "caution")), 2);
}

#[test]
fn a_shadow_changes_nothing() {
    assert_eq!(code(&command("shadow", "stop")), 0);
}

#[test]
fn a_program_that_fails_is_1() {
    assert_eq!(code("[[command]]\nid = \"team/fails\"\nprogram = \"false\"\n"), 1);
    assert_eq!(code("[[command]]\nid = \"team/missing\"\nprogram = \"gonogo-no-such-program\"\n"), 1);
}

#[test]
fn a_required_check_that_nobody_runs_is_1() {
    assert_eq!(code("[policy.requirements]\n\"team/scan\" = \"required\"\n"), 1);
}

#[test]
fn a_waiver_lowers_what_it_names_and_says_so() {
    let waiver =
        "[[policy.waivers]]\nrule = \"team/said\"\nwho = \"ada\"\nwhy = \"known\"\nuntil = \"9000-01-01T00:00:00Z\"\n";
    let repository = with_configuration(&format!("{}{waiver}", command("enforced", "stop")));
    let run = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("ada") && run.out.contains("known"), "{}", run.out);
    assert_eq!(code(&format!("{}{}", command("enforced", "stop"), waiver.replace("9000", "2001"))), 1);
}

#[test]
fn an_override_stands_beside_a_nogo_that_stays_one() {
    let repository = with_configuration(&command("enforced", "stop"));
    let head = repository.git(&["rev-parse", "HEAD"]);
    let clearances = tempfile::tempdir().unwrap();
    let file = clearances.path().join("clearances.toml");
    std::fs::write(
        &file,
        format!("[[overrides]]\nhead = \"{head}\"\nwho = \"ada\"\nwhy = \"the shop is down\"\nuntil = \"9000-01-01T00:00:00Z\"\n"),
    )
    .unwrap();
    let run = gonogo(
        repository.path(),
        &["check", "production..HEAD", "--format", "json", "--clearances", file.to_str().unwrap()],
    );
    let report = Report::from_json(run.out.as_bytes()).unwrap();
    assert_eq!((run.code, report.decision, report.overridden_by), (1, Decision::NoGo, Some(0)));
}

#[test]
fn policy_comes_from_base_so_that_a_deploy_cannot_loosen_its_own_gate() {
    let repository = with_configuration(&command("enforced", "stop"));
    repository.commit("SHOP-3 Loosen the gate", &[("gonogo.toml", "")]);
    let run = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn without_a_range_head_is_compared_with_base_of_the_configuration_else_the_newest_tag() {
    let repository = with_configuration("base = \"production\"\n");
    let run = gonogo(repository.path(), &["check", "--format", "json"]);
    assert!(run.err.contains("`base` in gonogo.toml"), "{}", run.err);
    assert_eq!(
        Report::from_json(run.out.as_bytes()).unwrap().deploy.base.id.to_string(),
        repository.git(&["rev-parse", "production"])
    );

    let repository = Repository::new();
    repository.commit("SHOP-1 Begin", &[]).tag("v1");
    repository.commit("SHOP-2 Go on", &[("a", "1")]);
    let run = gonogo(repository.path(), &["check", "--format", "json"]);
    assert!(run.err.contains("newest tag"), "{}", run.err);
    assert_eq!(
        Report::from_json(run.out.as_bytes()).unwrap().deploy.base.id.to_string(),
        repository.git(&["rev-parse", "v1"])
    );
}

#[test]
fn a_migration_that_a_person_should_look_at_is_2() {
    let directory = tempfile::tempdir().unwrap();
    let code = |sql: &str| {
        std::fs::write(directory.path().join("m.sql"), sql).unwrap();
        gonogo(directory.path(), &["migration", "m.sql"]).code
    };
    assert_eq!(code("CREATE TABLE t (id int);\n"), 0);
    assert_eq!(code("DROP TABLE orders;\n"), 2);
    assert_eq!(code("CREATE INDEX ON orders (id);\n"), 2);
    assert_eq!(code("this is no SQL;\n"), 2);
}

#[test]
fn paths_that_nothing_lies_at_are_refused_and_a_dot_is_everything() {
    let run = |paths: &str| {
        let repository = with_configuration(&format!("paths = [{paths}]\n"));
        gonogo(repository.path(), &["check", "production..HEAD", "--format", "json"])
    };
    for nothing in ["\"nope\"", "\"app.txt/x\"", "\"*.txt\"", "\"APP.TXT\""] {
        let refused = run(nothing);
        assert_eq!(refused.code, 3, "{nothing}");
        assert!(refused.err.contains("`paths` of gonogo.toml"), "{}", refused.err);
    }
    for (written, read) in [("\".\"", vec![]), ("\"./app.txt\"", vec!["app.txt"])] {
        let report = Report::from_json(run(written).out.as_bytes()).unwrap();
        let paths: Vec<String> = report.deploy.paths.iter().map(ToString::to_string).collect();
        assert_eq!(paths, read);
    }
}

#[test]
fn a_check_that_is_skipped_leaves_a_trace() {
    let repository = with_configuration("skip = [\"risk/computed\"]\n");
    let run = gonogo(repository.path(), &["check", "production..HEAD", "--format", "json"]);
    let report = Report::from_json(run.out.as_bytes()).unwrap();
    assert!(report.entry("risk/computed").is_none());
    let findings = report.entry("policy/source").unwrap().findings();
    assert_eq!((findings[0].rule.as_str(), findings[0].subject.as_str()), ("policy/check-skipped", "risk/computed"));
}

#[test]
fn a_misspelt_rule_and_a_base_that_is_head_are_refused() {
    let repository = with_configuration("[policy.raise]\n\"issues/unlinked-comit\" = \"stop\"\n");
    let run = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("issues/unlinked-comit"), "{}", run.err);

    let repository = with_configuration("base = \"HEAD\"\n");
    let run = gonogo(repository.path(), &["check"]);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("nothing to judge"), "{}", run.err);
}
