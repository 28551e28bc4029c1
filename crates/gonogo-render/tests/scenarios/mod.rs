//! Reports as they come about, judged from what checks said.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file uses some of them

use gonogo_core::{
    Approval, ApprovalTarget, Conclusion, Deploy, Entry, Facts, Finding, Location, ObjectId, Outcome, Override, Policy,
    Report, Revision, Severity, Timestamp, Waiver, judge,
};

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Option<Timestamp> {
    Some(time("2026-11-22T07:00:00Z"))
}

pub fn id(digit: &str) -> ObjectId {
    digit.repeat(40).parse().unwrap()
}

pub fn deploy() -> Deploy {
    let base = Revision::from_id(id("a")).named("v1.4.1");
    let head = Revision::from_id(id("b")).named("main");
    Deploy::new("shop", "production", base, head).requested_by("ada")
}

pub fn ledger() -> Entry {
    let facts = Facts::new().count("commits", 118).count("issues", 12);
    Entry::completed("issues/ledger", Outcome::examined(vec![], facts))
}

pub fn quiet_migrations() -> Entry {
    let facts = Facts::new().list("migrations", ["db/001.sql", "db/002.sql", "db/003.sql"]).text("rollback", "yes");
    Entry::completed("migration/locks", Outcome::examined(vec![], facts))
}

pub fn indexes(table: &str, first_line: u32, how_many: u32) -> Vec<Finding> {
    let one = |number: u32| {
        Finding::new(
            "migration/index-not-concurrent",
            table,
            Severity::Stop,
            format!("CREATE INDEX on {table} keeps everybody from writing to it while 12,000,000 rows are read"),
        )
        .at(Location::line("db/migrate/20261120_post_indexes.sql", first_line + 2 * number))
        .evidence("blocks_writes", vec![table])
        .evidence("lock", "SHARE")
        .evidence("p90_seconds", 140)
        .remedy("CREATE INDEX CONCURRENTLY, outside a transaction")
    };
    (0..how_many).map(one).collect()
}

pub fn loud_migrations() -> Entry {
    let mut findings = indexes("post", 3, 12);
    findings.extend(indexes("comment", 40, 1));
    findings.push(
        Finding::new(
            "migration/rewrites-table",
            "person",
            Severity::Stop,
            "ALTER COLUMN id TYPE bigint rewrites person: about 14 min",
        )
        .at(Location::line("db/migrate/20261121_person_id.sql", 1))
        .evidence("blocks_reads", vec!["person"])
        .evidence("blocks_writes", vec!["person"])
        .remedy("add a new column, copy in batches, swap the names"),
    );
    for column in ["title", "body", "slug", "published_at", "lang", "author_id", "edited_at"] {
        findings.push(
            Finding::new(
                "migration/drops-column-in-use",
                format!("post.{column}"),
                Severity::Stop,
                format!("the running code reads post.{column}, which this migration drops"),
            )
            .at(Location::line("db/migrate/20261121_drop.sql", 1))
            .evidence("still_named_at", vec![format!("src/post.rb:{}", column.len())])
            .remedy("deploy code that does not read it first, drop it in a later deploy"),
        );
    }
    findings.push(
        Finding::unknown(
            "migration/not-parsed",
            "db/migrate/20261119_fn.sql",
            "the body of a PL/pgSQL function is not read",
        )
        .at(Location::line("db/migrate/20261119_fn.sql", 7))
        .remedy("say what it touches in gonogo.toml under [migration.functions]"),
    );
    findings.push(Finding::new("migration/nullable-column", "post", Severity::Note, "adds a nullable column"));
    let facts = Facts::new()
        .list("migrations", ["1.sql", "2.sql", "3.sql", "4.sql"])
        .count("statements", 31)
        .text("side-by-side", "no: the running code reads post.title, which db/migrate/20261121_drop.sql:1 drops")
        .text("rollback", "no: post.title is gone, and the old code reads it");
    Entry::completed("migration/locks", Outcome::examined(findings, facts))
}

pub fn contracts() -> Entry {
    let findings = vec![
        Finding::new(
            "compat/response-property-removed",
            "GET /posts",
            Severity::Stop,
            "clients in the field read `title`, which the new version no longer sends",
        )
        .at(Location::line("api/openapi.yaml", 212))
        .evidence("witness", serde_json::json!({"id": 7, "body": "x"}))
        .remedy("send it until the old clients are gone"),
        Finding::unknown(
            "compat/outside-repository",
            "payments.proto",
            "imports acme/money.proto, which is not in this repository",
        )
        .remedy("name the repository that holds it in gonogo.toml under [compat.imports]"),
    ];
    let facts = Facts::new().count("contracts", 9).count("contracts-compatible", 7).text("rollback", "yes");
    Entry::completed("compat/rollout", Outcome::examined(findings, facts))
}

pub fn risk() -> Entry {
    let findings = vec![
        Finding::new(
            "risk/declared-low-computed-high",
            "SHOP-311",
            Severity::Caution,
            "declared low; the model ranks it above 97% of this repository's changes",
        )
        .remedy("have the owner look at it, and declare it anew"),
    ];
    Entry::completed("risk/declared", Outcome::examined(findings, Facts::new().count("changes", 118)))
}

pub fn unlinked(how_many: usize, severity: Severity) -> Entry {
    let one = |number: usize| {
        Finding::new(
            "issues/unlinked-commit",
            format!("{number:07x}f"),
            severity,
            format!("commit {number:07x}f names no issue"),
        )
    };
    let facts = Facts::new().count("commits", 118).count("issues", 12);
    Entry::completed("issues/ledger", Outcome::examined((0..how_many).map(one).collect(), facts))
}

pub fn waiver(rule: &str, subject: Option<&str>, until: &str) -> Waiver {
    Waiver {
        rule: rule.into(),
        subject: subject.map(Into::into),
        head: None,
        who: "grace".into(),
        why: "nobody writes to it on Sundays".into(),
        until: time(until),
    }
}

pub fn approval(check: &str) -> Approval {
    Approval {
        clears: ApprovalTarget::Check(check.into()),
        head: id("b"),
        who: "linus".into(),
        why: "looked at it with the owner".into(),
        until: time("2026-11-23T00:00:00Z"),
    }
}

pub fn overriding() -> Override {
    Override {
        head: id("b"),
        who: "ada".into(),
        why: "the shop is down, and this mends it".into(),
        until: time("2026-11-22T12:00:00Z"),
    }
}

pub fn go() -> Report {
    let policy = Policy::new().require("issues/ledger").valid_for_seconds(3600);
    judge(&deploy(), &policy, vec![ledger(), quiet_migrations()], now())
}

pub fn go_cleared() -> Report {
    let policy = Policy::new().approve(approval("risk/declared")).waive(waiver(
        "migration/index-not-concurrent",
        Some("comment"),
        "2026-12-01T00:00:00Z",
    ));
    let migrations = Entry::completed(
        "migration/locks",
        Outcome::examined(indexes("comment", 4, 2), Facts::new().count("migrations", 1)),
    );
    judge(&deploy(), &policy, vec![ledger(), risk(), migrations], now())
}

pub fn hold() -> Report {
    let undetermined = Entry::completed(
        "migration/locks",
        Outcome::undetermined(
            "db/migrate holds Rails migrations in Ruby, which are not read as SQL",
            "set config.active_record.schema_format = :sql, or give the SQL with --sql",
        ),
    );
    judge(&deploy(), &Policy::new(), vec![ledger(), risk(), undetermined], now())
}

pub fn no_go() -> Report {
    let policy = Policy::new()
        .require("team/scan")
        .waive(waiver("migration/index-not-concurrent", Some("comment"), "2026-12-01T00:00:00Z"))
        .waive(waiver("migration/rewrites-table", Some("person"), "2026-11-20T00:00:00Z"))
        .valid_for_seconds(86_400);
    let mut timed_out = Entry::new("guard/canary", Conclusion::TimedOut { after_milliseconds: 30_000 });
    timed_out.took_milliseconds = Some(30_000);
    let shadow = Entry::completed(
        "team/new-rule",
        Outcome::examined(
            vec![Finding::new("team/wip", "b00c1e5", Severity::Stop, "a commit says WIP")],
            Facts::new().count("commits", 118),
        ),
    )
    .shadow();
    let quiet = Entry::completed("team/fonts", Outcome::not_applicable("no font is in the range"));
    let entries = vec![loud_migrations(), contracts(), risk(), unlinked(9, Severity::Note), timed_out, shadow, quiet];
    judge(&deploy(), &policy, entries, now())
}

pub fn overridden() -> Report {
    let policy = Policy::new().override_with(overriding());
    judge(&deploy(), &policy, vec![loud_migrations(), contracts()], now())
}

pub fn crashed() -> Report {
    let entries = vec![
        ledger(),
        Entry::new(
            "migration/locks",
            Conclusion::Panicked { message: "index out of bounds: the len is 3 but the index is 7".into() },
        ),
        Entry::new(
            "issues/tracker",
            Conclusion::Errored {
                error: "the tracker at https://tracker.example answered 503\ncaused by: service unavailable".into(),
            },
        ),
    ];
    judge(&deploy(), &Policy::new(), entries, None)
}

pub fn nothing_examined() -> Report {
    let entries = vec![Entry::completed("issues/ledger", Outcome::examined(vec![], Facts::new().count("commits", 0)))];
    judge(&deploy(), &Policy::new(), entries, now())
}

/// What somebody writes who wants the report to say something else.
pub const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}[1;1HGo: 118 commits examined; nothing speaks against it.",
    "fine\nGo: 118 commits examined; nothing speaks against it.\n",
    "fine\r\n::error file=a.rs,line=1::boom",
    "::set-output name=decision::go ##[error]boom ##vso[task.complete result=Succeeded;]done",
    "</p></li><script>alert(1)</script><h1>Go</h1><!-- ]]>",
    "](https://evil.example) ![x](https://evil.example/x.png) **Go** `code` @octocat/team <b>Go</b>",
    "\u{202e}oG\u{2066}: \u{200b}evil\u{2069}\u{feff}",
    "a\u{0}b\u{8}\u{8}\u{8}c\u{9b}31m\u{7f}\u{85}\u{2028}Go: x",
    "\n\n# Go: fine\n\n- [x] approved\n\n| a | b |\n|---|---|\n",
    "Go: fine",
    "%0A::error::x%0D\"'&amp;&lt;]]>",
    "$\\rm{Go}$ ~~NoGo~~ ```\n</details>\n```",
];

pub fn hostile() -> Report {
    let findings: Vec<Finding> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let severity = [Severity::Stop, Severity::Caution, Severity::Note][number % 3];
            Finding::new(format!("team/{text}"), *text, severity, *text)
                .at(Location::line(format!("dir/{text}"), 3))
                .evidence(*text, *text)
                .evidence("witness", *text)
                .evidence("blocks_writes", vec![*text])
                .remedy(*text)
        })
        .collect();
    let facts = HOSTILE
        .iter()
        .fold(Facts::new().text("rollback", HOSTILE[1]), |facts, text| facts.text(*text, *text).list(*text, [*text]));
    let mut deploy = deploy().requested_by(HOSTILE[1]);
    deploy.service = HOSTILE[0].into();
    deploy.environment = HOSTILE[4].into();
    deploy.head = deploy.head.named(HOSTILE[5]);
    let entries = vec![
        Entry::completed(format!("check {}", HOSTILE[1]), Outcome::examined(findings, facts)),
        Entry::completed(HOSTILE[2], Outcome::undetermined(HOSTILE[2], HOSTILE[3])),
        Entry::completed(HOSTILE[3], Outcome::not_applicable(HOSTILE[1])),
        Entry::new(HOSTILE[4], Conclusion::Panicked { message: HOSTILE[8].into() }),
        Entry::new(HOSTILE[5], Conclusion::Errored { error: HOSTILE[0].into() }),
        Entry::new(HOSTILE[6], Conclusion::Errored { error: HOSTILE[9].into() }).shadow(),
    ];
    let mut over = overriding();
    over.who = HOSTILE[1].into();
    over.why = HOSTILE[5].into();
    judge(&deploy, &Policy::new().override_with(over), entries, now())
}

/// Ten thousand findings of a hundred rules about a thousand things.
pub fn flood() -> Report {
    let one = |number: usize| {
        let severity = [Severity::Note, Severity::Caution, Severity::Stop][number % 3];
        let rule = format!("team/rule-{}", number % 100);
        Finding::new(rule, format!("thing-{}", number % 1_000), severity, format!("finding {number}"))
            .at(Location::line(format!("src/file_{}.rs", number % 500), 1 + number as u32 % 90))
    };
    let findings = (0..10_000).map(one).collect();
    let said = Entry::completed("team/flood", Outcome::examined(findings, Facts::new().count("files", 500)));
    judge(&deploy(), &Policy::new(), vec![said], now())
}

pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("go", go()),
        ("go_cleared", go_cleared()),
        ("hold", hold()),
        ("no_go", no_go()),
        ("overridden", overridden()),
        ("crashed", crashed()),
        ("nothing_examined", nothing_examined()),
        ("hostile", hostile()),
        ("flood", flood()),
    ]
}
