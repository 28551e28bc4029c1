//! What holds of every report, whatever checks and repositories put into it.

#![allow(clippy::unwrap_used)] // a test that meets nothing there has failed

mod scenarios;

use std::collections::HashSet;

use gonogo_core::{
    Certainty, Conclusion, Decision, Entry, Facts, Finding, Location, Outcome, Policy, Report, Severity, judge,
};
use gonogo_render::{Summary, TextOptions, explain, github, html, junit, markdown, sarif, text};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

const DECISIONS: [&str; 3] = ["Go:", "Hold:", "NoGo:"];

/// Words, hostile texts, and any characters at all.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}( [a-z]{1,8}){0,6}",
        2 => proptest::sample::select(scenarios::HOSTILE.to_vec()).prop_map(str::to_owned),
        2 => proptest::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect()),
        1 => proptest::collection::vec(
            proptest::sample::select(vec![
                "Go:", "NoGo:", "::error::", "##[", "##vso[", "\u{1b}[31m", "\n", "\r", "`", "**", "<b>", "](", "[", "@a", "- ",
                "1. ", "# ", "|", "\\", "&lt;", "]]>", "--", "\u{202e}", " ", "$", "~~", "_", "%0A", "\u{0}", "\t", "===", "x",
            ]),
            0..16,
        ).prop_map(|parts| parts.concat()),
        1 => (any::<char>(), 0_usize..900).prop_map(|(one, many)| one.to_string().repeat(many)),
    ]
}

fn few_names() -> impl Strategy<Value = String> {
    prop_oneof![4 => "(post|person|SHOP-1)", 1 => any_text()]
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let rule = prop_oneof![4 => "team/(wip|big|late)", 1 => any_text()];
    let severity = proptest::sample::select(vec![Severity::Note, Severity::Caution, Severity::Stop]);
    let location =
        proptest::option::of((any_text(), proptest::option::of(any::<u32>()), proptest::option::of(any::<u32>())));
    let evidence = proptest::collection::vec(
        (
            prop_oneof![
                Just("blocks_reads".to_owned()),
                Just("blocks_writes".to_owned()),
                Just("breaks".to_owned()),
                Just("blocks".to_owned()),
                Just("witness".to_owned()),
                any_text()
            ],
            prop_oneof![
                any_text().prop_map(serde_json::Value::from),
                proptest::collection::vec(few_names(), 0..4).prop_map(serde_json::Value::from),
                any::<i64>().prop_map(serde_json::Value::from),
            ],
        ),
        0..4,
    );
    (rule, few_names(), severity, any_text(), location, evidence, proptest::option::of(any_text()), any::<bool>())
        .prop_map(|(rule, subject, severity, message, location, evidence, remedy, unknown)| {
            let mut finding = Finding::new(rule, subject, severity, message);
            if unknown {
                finding.certainty = Certainty::Unknown;
            }
            if let Some((path, line, end_line)) = location {
                let mut location = Location::file(path);
                (location.line, location.end_line) = (line, end_line);
                finding.location = Some(location);
            }
            finding.evidence = evidence.into_iter().collect();
            finding.remedy = remedy;
            finding
        })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let name = prop_oneof![
        Just("commits".to_owned()),
        Just("contracts".to_owned()),
        Just("contracts-compatible".to_owned()),
        Just("rollback".to_owned()),
        Just("side-by-side".to_owned()),
        any_text()
    ];
    let fact = (name, 0_u8..3, any::<u64>(), any_text(), proptest::collection::vec(any_text(), 0..3));
    proptest::collection::vec(fact, 0..5).prop_map(|facts| {
        facts.into_iter().fold(Facts::new(), |facts, (name, kind, count, text, items)| match kind {
            0 => facts.count(name, count),
            1 => facts.text(name, text),
            _ => facts.list(name, items),
        })
    })
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let ended = prop_oneof![
        6 => (proptest::collection::vec(any_finding(), 0..8), any_facts())
            .prop_map(|(findings, facts)| Conclusion::Completed { result: Outcome::examined(findings, facts) }),
        1 => any_text().prop_map(|why| Conclusion::Completed { result: Outcome::not_applicable(why) }),
        1 => (any_text(), any_text()).prop_map(|(why, remedy)| Conclusion::Completed { result: Outcome::undetermined(why, remedy) }),
        1 => any_text().prop_map(|error| Conclusion::Errored { error }),
        1 => any::<u64>().prop_map(|after_milliseconds| Conclusion::TimedOut { after_milliseconds }),
        1 => any_text().prop_map(|message| Conclusion::Panicked { message }),
    ];
    let id = prop_oneof![3 => "team/(a|b|c)", 1 => any_text()];
    (id, ended, any::<bool>(), proptest::option::of(any::<u64>())).prop_map(|(id, ended, shadow, took)| {
        let mut entry = Entry::new(id, ended);
        entry.took_milliseconds = took;
        if shadow { entry.shadow() } else { entry }
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let clearing = (proptest::option::of(any_text()), any_text(), any_text(), any::<bool>(), 0_u8..3);
    (proptest::collection::vec(clearing, 0..4), proptest::option::of(any_text())).prop_map(|(clearings, required)| {
        let policy = clearings.into_iter().fold(Policy::new(), |policy, (subject, who, why, live, kind)| {
            let until = scenarios::time(if live { "2027-01-01T00:00:00Z" } else { "2026-01-01T00:00:00Z" });
            match kind {
                0 => {
                    let mut waiver = scenarios::waiver("team/wip", subject.as_deref(), "2027-01-01T00:00:00Z");
                    (waiver.who, waiver.why, waiver.until) = (who, why, until);
                    policy.waive(waiver)
                }
                1 => {
                    let mut approval = scenarios::approval("team/a");
                    (approval.who, approval.why, approval.until) = (who, why, until);
                    policy.approve(approval)
                }
                _ => {
                    let mut over = scenarios::overriding();
                    (over.who, over.why, over.until) = (who, why, until);
                    policy.override_with(over)
                }
            }
        });
        match required {
            Some(check) => policy.require(check),
            None => policy,
        }
    })
}

fn any_report() -> impl Strategy<Value = Report> {
    let deploy = (any_text(), any_text(), proptest::option::of(any_text())).prop_map(|(service, environment, name)| {
        let mut deploy = scenarios::deploy();
        (deploy.service, deploy.environment, deploy.head.name) = (service, environment, name);
        deploy
    });
    (deploy, any_policy(), proptest::collection::vec(any_entry(), 0..6), any::<bool>()).prop_map(
        |(deploy, policy, entries, clock)| judge(&deploy, &policy, entries, scenarios::now().filter(|_| clock)),
    )
}

/// Whether a reader sees every character as it is, and a terminal obeys none.
fn is_harmless(text: &str) -> bool {
    let hidden = |c: char| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    !text.chars().any(|c| (c.is_control() && c != '\n') || hidden(c))
}

/// Without Select Graphic Rendition sequences.
fn uncoloured(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split("\u{1b}[").enumerate() {
        out.push_str(if place == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    out
}

fn check_text(report: &Report, decision: Decision, options: &TextOptions) {
    let shown = text(report, options);
    assert!(shown.starts_with(&format!("{decision}:")), "{shown}");
    for line in shown.lines().skip(1) {
        let bare = line.trim_start();
        assert!(!DECISIONS.iter().any(|word| bare.starts_with(word)), "a forged decision: {line:?} in\n{shown}");
        assert!(!bare.starts_with("::"), "a workflow command: {line:?}");
    }
    let agent = |line: &str| {
        let mut tails = line.match_indices("##").map(|(at, _)| &line[at + 2..]);
        tails.any(|tail| tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').starts_with('['))
    };
    assert!(!shown.lines().any(agent), "an agent's command in\n{shown}");
    assert!(is_harmless(&shown), "{shown:?}");
    assert_eq!(uncoloured(&text(report, &options.clone().colour(true))), shown);
}

fn check_markdown(report: &Report, decision: Decision) {
    let shown = markdown(report);
    assert!(shown.chars().count() < 65_536, "{} characters", shown.chars().count());
    assert!(shown.starts_with(&format!("## {decision}:")), "{shown}");
    let mut headings = Vec::new();
    let mut heading: Option<String> = None;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    for event in Parser::new_ext(&shown, options) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => headings.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::Html(html) | Event::InlineHtml(html) => {
                let ours = html.trim().is_empty() || html.trim() == "</details>" || {
                    let what =
                        html.trim().strip_prefix("<details><summary>").and_then(|rest| rest.strip_suffix("</summary>"));
                    what.is_some_and(|what| !what.contains(['<', '&']))
                };
                assert!(ours, "HTML of somebody else: {html:?} in\n{shown}");
            }
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Item | Tag::Strong | Tag::HtmlBlock)
            | Event::End(_) => {}
            Event::SoftBreak => {}
            other => panic!("markup of somebody else: {other:?} in\n{shown}"),
        }
    }
    assert!(headings[0].starts_with(&format!("{decision}:")));
    let ours = ["What stops it", "What a person must decide", "What could not be checked"];
    assert!(headings[1..].iter().all(|heading| ours.contains(&heading.as_str())), "{headings:?}");
    assert!(is_harmless(&shown), "{shown:?}");
}

fn check_html(report: &Report, decision: Decision) {
    let shown = html(report);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page =
        roxmltree::Document::parse_with_options(&shown, options).unwrap_or_else(|error| panic!("{error} in\n{shown}"));
    let tags: HashSet<&str> =
        "html head meta title style body main h1 h2 p strong b code dl dt dd ul li details summary span"
            .split(' ')
            .collect();
    let attributes = ["lang", "charset", "http-equiv", "content", "name", "class", "open"];
    for node in page.descendants().filter(roxmltree::Node::is_element) {
        assert!(tags.contains(node.tag_name().name()), "{node:?}");
        assert!(node.attributes().all(|attribute| attributes.contains(&attribute.name())), "{node:?}");
    }
    let titles: Vec<String> = page
        .descendants()
        .filter(|node| node.has_tag_name("h1"))
        .map(|h1| h1.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect())
        .collect();
    assert_eq!(titles.len(), 1);
    assert!(titles[0].starts_with(&format!("{decision}:")), "{titles:?}");
    assert!(is_harmless(&shown), "{shown:?}");
}

fn check_junit(report: &Report, decision: Decision) {
    let shown = junit(report);
    let document = roxmltree::Document::parse(&shown).unwrap_or_else(|error| panic!("{error} in\n{shown}"));
    let suites = document.root_element();
    assert!(suites.attribute("name").unwrap().starts_with(&format!("{decision}:")));
    let counting = report.reasons.iter().filter(|reason| reason.counts != Decision::Go).count();
    let of = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!(of("failure"), counting);
    assert_eq!(suites.attribute("failures"), Some(counting.to_string().as_str()));
    assert_eq!(suites.attribute("tests"), Some(of("testcase").to_string().as_str()));
    assert_eq!(suites.attribute("skipped"), Some(of("skipped").to_string().as_str()));
    for suite in suites.children().filter(|node| node.has_tag_name("testsuite")) {
        let of = |tag: &str| suite.descendants().filter(|node| node.has_tag_name(tag)).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(of("testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(of("failure").as_str()));
    }
}

/// The parts that the schema of SARIF 2.1.0 requires, and the values it allows.
fn check_sarif(report: &Report, decision: Decision) {
    let log: serde_json::Value = serde_json::from_str(&sarif(report)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "gonogo");
    let rules = driver["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "rules are unique");
    let invocation = &runs[0]["invocations"][0];
    assert!(invocation["executionSuccessful"].is_boolean());
    assert_eq!(invocation["exitCode"], decision.exit_code());
    assert!(invocation["exitCodeDescription"].as_str().unwrap().starts_with(&format!("{decision}:")));
    let results = runs[0]["results"].as_array().unwrap();
    let mut unsuppressed = 0;
    for result in results {
        let rule = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(result["ruleId"], ids[rule]);
        let level = result["level"].as_str().unwrap();
        assert!(["note", "warning", "error"].contains(&level));
        assert!(is_harmless(result["message"]["text"].as_str().unwrap()));
        for suppression in result["suppressions"].as_array().into_iter().flatten() {
            assert!(["inSource", "external"].contains(&suppression["kind"].as_str().unwrap()));
        }
        unsuppressed += usize::from(result["suppressions"].is_null() && level != "note");
        for location in result["locations"].as_array().into_iter().flatten() {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            assert!(
                uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)) && !uri.starts_with('/'),
                "{uri}"
            );
            if let Some(region) = physical["region"].as_object() {
                let start = region["startLine"].as_u64().unwrap();
                assert!(start >= 1 && region.get("endLine").is_none_or(|end| end.as_u64().unwrap() >= start));
            }
        }
    }
    assert_eq!(unsuppressed, report.reasons.iter().filter(|reason| reason.counts != Decision::Go).count());
}

fn check_github(report: &Report, decision: Decision) {
    let shown = github(report);
    assert!(is_harmless(&shown), "{shown:?}");
    let first = shown.lines().next().unwrap();
    assert_eq!(
        first.split("::").nth(2).map(|message| message.starts_with(&format!("{decision}:"))),
        Some(true),
        "{first}"
    );
    for line in shown.lines() {
        let (name, _) = line.strip_prefix("::").and_then(|line| line.split_once("::")).unwrap();
        let (name, properties) = name.split_once(' ').unwrap_or((name, ""));
        assert!(["error", "warning", "notice"].contains(&name), "{line}");
        for property in properties.split(',').filter(|property| !property.is_empty()) {
            let (key, _) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "title"].contains(&key), "{line}");
        }
    }
}

fn check_all(report: &Report) {
    let decision = report.decision;
    let summary = Summary::of(report);
    assert_eq!(summary.decision, decision);
    for (width, unfold) in [(0, false), (60, true), (100, false), (usize::MAX, true)] {
        check_text(report, decision, &TextOptions::new().width(width).unfold(unfold));
    }
    check_markdown(report, decision);
    check_html(report, decision);
    check_junit(report, decision);
    check_sarif(report, decision);
    check_github(report, decision);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn every_format_tells_the_decision_and_nobody_else_can(report in any_report()) {
        check_all(&report);
    }

    #[test]
    fn every_page_is_shown(page in proptest::collection::vec(any_text(), 0..12), width in 0_usize..120, colour: bool) {
        let shown = explain("team/wip", &page.join("\n"), &TextOptions::new().width(width).colour(colour));
        prop_assert!(is_harmless(&uncoloured(&shown)), "{shown:?}");
    }

    #[test]
    fn nothing_that_counts_is_left_out(report in any_report()) {
        let summary = Summary::of(&report);
        let members = |groups: &[gonogo_render::Group]| groups.iter().map(|group| group.members.len()).sum::<usize>();
        let shown = members(&summary.stops) + members(&summary.holds) + members(&summary.unchecked);
        prop_assert_eq!(shown, report.reasons.iter().filter(|reason| reason.counts != Decision::Go).count());
        let shadows: usize = summary.shadows.iter().map(|shadow| members(&shadow.groups)).sum();
        prop_assert_eq!(shadows, report.reasons.iter().filter(|reason| reason.shadow).count());
        let cleared = report.reasons.iter().filter(|reason| reason.cleared_by.is_some() && !reason.shadow).count();
        prop_assert_eq!(members(&summary.cleared), cleared);
    }
}

#[test]
fn the_scenarios_keep_the_laws() {
    for (_, report) in scenarios::all() {
        check_all(&report);
    }
}

#[test]
fn a_check_that_says_nothing_leaves_no_hole() {
    let silent = || Finding::new("", " ", Severity::Stop, "\n").remedy("");
    let entry = Entry::completed("team/a", Outcome::examined(vec![silent(), silent()], Facts::new().count("", 1)));
    let report = judge(&scenarios::deploy(), &Policy::new(), vec![entry], None);
    check_all(&report);
    let shown = text(&report, &TextOptions::new());
    assert!(shown.contains("\n  STOP  (no subject) (2 times): (no message) [(no rule)]\n"), "{shown}");
}

#[test]
fn ten_thousand_findings_fit_on_a_page() {
    let report = scenarios::flood();
    assert_eq!(text(&report, &TextOptions::new()).lines().count(), 55);
    assert!(markdown(&report).chars().count() < 65_536);
    assert!(github(&report).lines().count() <= 52);
}

#[test]
fn a_report_that_was_edited_is_no_go_in_every_format() {
    let json = scenarios::crashed().to_json().unwrap().replacen("\"decision\": \"nogo\"", "\"decision\": \"go\"", 1);
    let report = Report::from_json(json.as_bytes()).unwrap();
    assert_eq!(report.decision, Decision::Go);
    assert_eq!(Summary::of(&report).decision, Decision::NoGo);
    let first = text(&report, &TextOptions::new().width(200));
    assert!(first.starts_with("NoGo: the report's decision does not follow from its entries and policy"), "{first}");
    assert!(markdown(&report).starts_with("## NoGo: the report's decision does not follow"));
    assert!(html(&report).contains("<strong>NoGo:</strong> the report&#39;s decision does not follow"));
    assert!(github(&report).starts_with("::error title=NoGo::NoGo: the report's decision does not follow"));
    let log: serde_json::Value = serde_json::from_str(&sarif(&report)).unwrap();
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 1);
}

#[test]
fn a_check_that_did_not_complete_has_no_findings_and_says_so() {
    let shown = text(&scenarios::crashed(), &TextOptions::new());
    assert_eq!(shown.matches("did not complete").count(), 3);
}
