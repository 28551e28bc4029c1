//! A waiver in a migration file counts as far as production's policy lets files waive, and no further.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use gonogo::{Decision, Finding, Report, Severity};
use support::{Repository, gonogo};

const TABLE: (&str, &str) =
    ("migrations/20240101000000_a.sql", "create table post (id bigint primary key, title text);\n");
const INDEX: &str = "create index post_title on post (title);\n";
const ALLOWED: &str = "[migration]\ndialect = \"postgres\"\ninline_waivers = [\"migration/index-blocks\"]\n";
const NONE: &str = "[migration]\ndialect = \"postgres\"\n";

fn waiver(until: &str) -> String {
    format!("-- gonogo:allow migration/index-blocks who=ada until={until} why=the table is empty\n")
}

type Files<'a> = &'a [(&'a str, &'a str)];

fn repository(base: Files<'_>, head: Files<'_>) -> Repository {
    let repository = Repository::new();
    repository.commit("SHOP-1 Begin", base).tag("production");
    repository.commit("SHOP-2 Find posts by title", head);
    repository
}

/// The decision, and the findings about migrations.
fn check(repository: &Repository) -> (Decision, Vec<Finding>) {
    let run = gonogo(repository.path(), &["check", "production..HEAD", "--format", "json"]);
    let report = Report::from_json(run.out.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", run.err));
    report.verify().unwrap();
    let entry = report.entries.iter().find(|entry| entry.check == "migration/effects").expect("migrations are checked");
    (report.decision, entry.ended.outcome().expect("it completed").findings().to_vec())
}

fn of<'a>(findings: &'a [Finding], rule: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("no {rule} in {findings:?}"))
}

#[test]
fn one_that_production_allows_lowers_its_finding_and_stays_visible() {
    let sql = format!("{}{INDEX}", waiver("9000-01-01"));
    let repository = repository(&[("gonogo.toml", ALLOWED), TABLE], &[("migrations/20240202000000_b.sql", &sql)]);
    let (decision, findings) = check(&repository);
    assert_eq!((decision, findings.len()), (Decision::Go, 1), "{findings:?}");
    assert_eq!(of(&findings, "migration/index-blocks").severity, Severity::Note);
    let run = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("one thing spoke against it and was cleared by ada"), "{}", run.out);
    let cleared = "Cleared: post [migration/index-blocks] waived in the file by ada until 9000-01-01T00:00:00Z: the table is empty";
    assert!(words.contains(cleared), "{}", run.out);
    for format in ["markdown", "html"] {
        let run = gonogo(repository.path(), &["check", "production..HEAD", "--format", format]);
        assert!(run.out.contains("waived in the file by ada until"), "{format}: {}", run.out);
    }
}

#[test]
fn head_cannot_allow_itself_to_waive() {
    let sql = format!("{}{INDEX}", waiver("9000-01-01"));
    let file = ("migrations/20240202000000_b.sql", sql.as_str());
    let cases: [(Files<'_>, Files<'_>); 3] = [
        (&[("gonogo.toml", NONE), TABLE], &[file]),
        (&[("gonogo.toml", NONE), TABLE], &[file, ("gonogo.toml", ALLOWED)]),
        // production has no policy yet: that of HEAD counts, but not for this
        (&[TABLE], &[file, ("gonogo.toml", ALLOWED)]),
    ];
    for (base, head) in cases {
        let repository = repository(base, head);
        let (decision, findings) = check(&repository);
        assert_eq!(decision, Decision::Hold, "{findings:?}");
        assert_eq!(of(&findings, "migration/index-blocks").severity, Severity::Caution);
        let refused = of(&findings, "migration/waiver-refused");
        assert!(refused.message.contains("the policy of production does not let files waive"), "{}", refused.message);
        assert_eq!(refused.location.as_ref().unwrap().to_string(), "migrations/20240202000000_b.sql:1");
        let run = gonogo(repository.path(), &["check", "production..HEAD"]);
        assert!(run.code == 2 && run.out.contains("migration/waiver-refused"), "{}", run.out);
    }
}

#[test]
fn one_that_is_expired_malformed_or_about_something_else_is_refused() {
    let cases = [
        (waiver("2001-01-01"), "its time was over"),
        (waiver("tomorrow"), "is no day"),
        (waiver("9000-01-01").replace("index-blocks", "drop-table"), "does not let files waive migration/drop-table"),
        (waiver("9000-01-01").replace("index-blocks", "indices"), "is no rule about migrations"),
        (format!("{}select 1;\n", waiver("9000-01-01")), "has no finding of migration/index-blocks"),
    ];
    for (comment, why) in cases {
        let sql = format!("{comment}{INDEX}");
        let repository = repository(&[("gonogo.toml", ALLOWED), TABLE], &[("migrations/20240202000000_b.sql", &sql)]);
        let (decision, findings) = check(&repository);
        assert_eq!(decision, Decision::Hold, "{why}: {findings:?}");
        assert_eq!(of(&findings, "migration/index-blocks").severity, Severity::Caution, "{why}");
        let refused = of(&findings, "migration/waiver-refused");
        assert!(refused.message.contains(why), "{why}: {}", refused.message);
    }
}

#[test]
fn what_could_not_be_read_is_never_waived() {
    let sql = "-- gonogo:allow migration/unknown who=ada until=9000-01-01 why=it is fine\nfrobnicate the database;\n";
    let allowed = ALLOWED.replace("index-blocks", "unknown");
    let repository = repository(&[("gonogo.toml", &allowed), TABLE], &[("migrations/20240202000000_b.sql", sql)]);
    let (decision, findings) = check(&repository);
    assert_eq!(decision, Decision::Hold, "{findings:?}");
    assert_eq!(of(&findings, "migration/unknown").weight(), Severity::Caution);
    assert!(of(&findings, "migration/waiver-refused").message.contains("never waived"));
}

#[test]
fn a_policy_that_names_no_rule_or_contradicts_itself_is_an_error() {
    let raised = format!("{ALLOWED}[policy.raise]\n\"migration/index-blocks\" = \"stop\"\n");
    for (configuration, why) in [(ALLOWED.replace("blocks", "block"), "index-block"), (raised, "[policy.raise]")] {
        let repository = repository(&[("gonogo.toml", &configuration), TABLE], &[("a.txt", "1\n")]);
        let run = gonogo(repository.path(), &["check", "production..HEAD"]);
        assert!(run.code > 2 && run.err.contains(why), "{}: {}{}", run.code, run.out, run.err);
    }
}
