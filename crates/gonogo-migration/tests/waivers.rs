//! Waivers in migration files: what they lower, and what they never do.

#![allow(clippy::unwrap_used)]

use gonogo_core::testing::MemoryHistory;
use gonogo_core::{
    ChangeSet, Decision, Deploy, Entry, Finding, History, Outcome, Policy, Severity, Timestamp, Waiver, judge,
};
use gonogo_migration::{Settings, examine};

const FIRST: (&str, &str) = (
    "migrations/20240101000000_first.sql",
    "create table post (id bigserial primary key, title text, body text);\ncreate table tag (id bigserial primary key, name text);",
);
const FILE: &str = "migrations/20240202000000_next.sql";
const ALLOW: &str = "-- gonogo:allow migration/index-blocks who=ada until=2026-12-31 why=the table is empty\n";
const INDEX: &str = "create index on post (title);\n";
const REFUSED: &str = "migration/waiver-refused";

struct Told {
    deploy: Deploy,
    outcome: Outcome,
}

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().unwrap())
}

fn run(sql: &str, allowed: &[&str], now: Option<Timestamp>) -> Told {
    let history = MemoryHistory::new().commit("production", &[], "base", &[FIRST]).commit(
        "main",
        &["production"],
        "head",
        &[FIRST, (FILE, sql)],
    );
    let deploy =
        Deploy::new("shop", "production", history.resolve("production").unwrap(), history.resolve("main").unwrap());
    let changes = ChangeSet::between(&history, &deploy).unwrap();
    let mut settings = Settings::default();
    settings.inline_waivers = allowed.iter().map(|rule| (*rule).to_owned()).collect();
    let outcome = examine(&history, &deploy, &changes, &settings, now).unwrap();
    Told { deploy, outcome }
}

impl Told {
    fn of(&self, rule: &str) -> Vec<&Finding> {
        self.outcome.findings().iter().filter(|finding| finding.rule == rule).collect()
    }

    /// Rule, weight and line of every finding.
    fn said(&self) -> Vec<(&str, Severity, u32)> {
        let line = |f: &Finding| f.location.as_ref().and_then(|l| l.line).unwrap_or(0);
        let mut said: Vec<_> = self.outcome.findings().iter().map(|f| (f.rule.as_str(), f.weight(), line(f))).collect();
        said.sort_unstable();
        said
    }

    fn decision(&self, now: Option<Timestamp>) -> Decision {
        let entry = Entry::completed("migration/effects", self.outcome.clone());
        judge(&self.deploy, &Policy::new(), vec![entry], now).decision
    }
}

const ALLOWED: &[&str] = &["migration/index-blocks"];
const TODAY: &str = "2026-11-26T12:00:00Z";

#[test]
fn one_that_is_allowed_and_lives_lowers_its_finding_which_stays_visible() {
    for sql in [format!("{ALLOW}{INDEX}"), format!("{} {ALLOW}", INDEX.trim_end())] {
        let told = run(&sql, ALLOWED, at(TODAY));
        let [finding] = told.outcome.findings() else { panic!("{:?}", told.said()) };
        assert_eq!((finding.rule.as_str(), finding.severity), ("migration/index-blocks", Severity::Note));
        assert!(finding.message.ends_with("waived in the file by ada until 2026-12-31T00:00:00Z: the table is empty"));
        assert_eq!(finding.evidence["waived"]["severity"], "caution");
        assert!(finding.remedy.is_some());
        let facts = told.outcome.facts().unwrap();
        assert_eq!(facts.get("waived findings").and_then(|fact| fact.count), Some(1));
        assert_eq!(told.decision(at(TODAY)), Decision::Go);
    }
    assert_eq!(run(INDEX, ALLOWED, at(TODAY)).decision(at(TODAY)), Decision::Hold);
}

#[test]
fn the_decision_ends_with_it() {
    let told = run(&format!("{ALLOW}{INDEX}"), ALLOWED, at(TODAY));
    let entry = || vec![Entry::completed("migration/effects", told.outcome.clone())];
    let report = judge(&told.deploy, &Policy::new(), entry(), at(TODAY));
    assert_eq!(report.valid_until, at("2026-12-31T00:00:00Z"));
    assert_eq!(told.decision(at("2026-12-31T00:00:00Z")), Decision::Hold);
    assert_eq!(told.decision(None), Decision::Hold);
}

#[test]
fn one_that_is_refused_changes_nothing_and_is_said() {
    let sql = format!("{ALLOW}{INDEX}");
    let with = |from: &str, to: &str| sql.replace(from, to);
    let cases: &[(String, &[&str], Option<Timestamp>, &str)] = &[
        (sql.clone(), &[], at(TODAY), "does not let files waive migration/index-blocks"),
        (sql.clone(), &["migration/drop-column"], at(TODAY), "does not let files waive"),
        (sql.clone(), ALLOWED, at("2026-12-31T00:00:00Z"), "its time was over at 2026-12-31T00:00:00Z"),
        (sql.clone(), ALLOWED, None, "no trustworthy clock"),
        (with(" who=ada", ""), ALLOWED, at(TODAY), "does not say who"),
        (with("2026-12-31", "soon"), ALLOWED, at(TODAY), "is no day"),
        (with("allow", "permit"), ALLOWED, at(TODAY), "gonogo:permit"),
        (with("index-blocks", "index-block"), ALLOWED, at(TODAY), "is no rule about migrations"),
        (with("empty\n", "empty\n\n"), ALLOWED, at(TODAY), "no statement stands"),
        (with("empty\n", "empty\nselect 1;\n"), ALLOWED, at(TODAY), "has no finding of migration/index-blocks"),
    ];
    for (sql, allowed, now, why) in cases {
        let told = run(sql, allowed, *now);
        let of_rule = told.of("migration/index-blocks");
        assert_eq!(of_rule.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Caution], "{why}");
        assert!(!of_rule[0].evidence.contains_key("waived") && !of_rule[0].message.contains("waived"), "{why}");
        let [refused] = told.of(REFUSED)[..] else { panic!("{why}: {:?}", told.said()) };
        assert!(refused.message.contains(why), "{why}: {}", refused.message);
        assert_eq!(refused.location.as_ref().map(ToString::to_string), Some(format!("{FILE}:1")), "{why}");
        assert_eq!(refused.severity, Severity::Note);
        assert_eq!(told.decision(at(TODAY)), Decision::Hold, "{why}");
    }
}

#[test]
fn other_rules_and_other_statements_are_untouched() {
    let sql = format!("{ALLOW}{INDEX}create index on post (body);\ncreate index on tag (name);\n");
    let told = run(&sql, ALLOWED, at(TODAY));
    let rule = "migration/index-blocks";
    assert_eq!(told.said(), [(rule, Severity::Note, 2), (rule, Severity::Caution, 3), (rule, Severity::Caution, 4)]);

    let sql = format!("{ALLOW}alter table post add constraint u unique (title), drop column body;\n");
    let told = run(&sql, ALLOWED, at(TODAY));
    assert_eq!(told.of(rule)[0].severity, Severity::Note);
    assert!(told.of("migration/drop-column")[0].severity >= Severity::Caution);
    assert_eq!(told.decision(at(TODAY)), Decision::Hold);
}

#[test]
fn what_could_not_be_told_is_never_waived() {
    let sql = "-- gonogo:allow migration/unknown who=ada until=2026-12-31 why=it is fine\nfrobnicate the database;\n";
    let told = run(sql, &["migration/unknown"], at(TODAY));
    assert_eq!(told.said(), [("migration/unknown", Severity::Caution, 2), (REFUSED, Severity::Note, 1)]);
    assert!(told.of(REFUSED)[0].message.contains("never waived by a file"));
    assert_eq!(told.decision(at(TODAY)), Decision::Hold);
}

#[test]
fn what_lives_side_by_side_does_not_change_by_it() {
    let sql = "-- gonogo:allow migration/drop-column who=ada until=2026-12-31 why=nobody reads it\nalter table post drop column body;\n";
    let facts = |allowed: &[&str]| {
        let told = run(sql, allowed, at(TODAY));
        let facts = told.outcome.facts().unwrap().clone();
        let text = |name: &str| facts.get(name).and_then(|fact| fact.text.clone()).unwrap();
        (told.of("migration/drop-column")[0].severity, text("side-by-side"), text("rollback"))
    };
    let (refused, allowed) = (facts(&[]), facts(&["migration/drop-column"]));
    assert_eq!((refused.0, allowed.0), (Severity::Caution, Severity::Note));
    assert_eq!((&refused.1, &refused.2), (&allowed.1, &allowed.2));
    assert!(allowed.1.starts_with("unknown: "));
}

#[test]
fn a_second_one_for_the_same_finding_waives_nothing_but_one_after_an_expired_one_does() {
    let told = run(&format!("{ALLOW}{ALLOW}{INDEX}"), ALLOWED, at(TODAY));
    assert_eq!(told.said(), [("migration/index-blocks", Severity::Note, 3), (REFUSED, Severity::Note, 2)]);
    let expired = ALLOW.replace("2026", "2025");
    let told = run(&format!("{expired}{ALLOW}{INDEX}"), ALLOWED, at(TODAY));
    assert_eq!(told.said(), [("migration/index-blocks", Severity::Note, 3), (REFUSED, Severity::Note, 1)]);
}

#[test]
fn one_lives_as_a_waiver_of_the_policy_does() {
    let until: Timestamp = "2026-12-31T00:00:00Z".parse().unwrap();
    let (who, why) = ("ada".to_owned(), "empty".to_owned());
    let policy = Waiver { rule: "migration/index-blocks".to_owned(), subject: None, head: None, who, why, until };
    for now in [None, at(TODAY), at("2026-12-30T23:59:59Z"), at("2026-12-31T00:00:00Z"), at("2027-01-01T00:00:00Z")] {
        let told = run(&format!("{ALLOW}{INDEX}"), ALLOWED, now);
        let lives = policy.lapse(&told.deploy.head.id, now).is_none();
        assert_eq!(told.of("migration/index-blocks")[0].severity == Severity::Note, lives, "{now:?}");
    }
}
