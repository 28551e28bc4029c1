//! How each style is read: messages as teams write them, and the issues (`I:`) and changes (`C:`) that they name.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use gonogo_issues::ReferenceStyle::{self, *};
use gonogo_issues::{Action, Extractor, ExtractorOptions, Kind, Place, Reference};

type Row = (&'static str, &'static [ReferenceStyle], &'static [&'static str], &'static str, &'static str);

/// Message, styles (none: found by itself), projects, repository, what it names.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("Merge branch 'feature/abc-123-foo' into 'main'\n\nAdd foo\n\nCloses #44 and #45\n\nSee merge request group/proj!77", &[GitLab], &[], "", "C:group/proj!77 I:#44 I:#45"),
    ("Merge branch '123-fix-login' into 'main'\n\nFix login\n\nSee merge request g/p!9", &[GitLab], &[], "", "C:g/p!9 I:#123"),
    ("panfrost: Fix foo\n\nPart-of: <https://gitlab.freedesktop.org/mesa/mesa/-/merge_requests/12345>\nCloses: https://gitlab.freedesktop.org/mesa/mesa/-/issues/5678\nFixes: 0123456789a (\"foo\")", &[GitLab], &[], "mesa/mesa", "C:!12345 I:#5678"),
    ("AB#3042442 fix the thing\n\nRelated work items: #3042442, #77", &[Azure], &[], "", "I:#77 I:AB#3042442"),
    ("Fix thing (#12)\n\nAB#3042442", &[GitHub, Azure], &[], "", "C:#12 I:AB#3042442"),
    ("Fix thing (#12)\n\nAB#3042442", &[Azure, GitHub], &[], "", "C:#12 I:AB#3042442"),
    ("Fix thing (#12)\n\nAB#3042442", &[Azure], &[], "", "C:#12 I:AB#3042442"),
    ("Merge pull request #12 from a/b\n\nAB#3042442 Fix thing", &[Azure, GitHub], &[], "", "C:#12 I:AB#3042442"),
    ("AB#3042442 and AB#3042443: fix [AB#7](https://dev.azure.com/org/project/_workitems/edit/7)", &[GitHub, Azure], &[], "", "I:AB#3042442 I:AB#3042443 I:AB#7"),
    ("#970919: clean up (#970920)", &[Azure], &[], "", "I:#970919 I:#970920"),
    ("ios: fix\n\nBug: crashpad: 445, 446\nChange-Id: I1234567890123456789012345678901234567890", &[Gerrit], &["crashpad", "chromium"], "", "I:crashpad:445 I:crashpad:446"),
    ("ios: fix\n\nBug: crashpad:445, 446\n", &[Gerrit], &["crashpad", "chromium"], "", "I:bug:446 I:crashpad:445"),
    ("find quotes\n\nCCBUG:99457\nBUG:158200", &[Bugzilla], &[], "", "I:bug:158200 I:bug:99457"),
    ("cache\n\npartial-blueprint: caching-layer-for-driver-calls\n", &[Launchpad, Gerrit], &[], "", "I:bp:caching-layer-for-driver-calls"),
    ("subclassing\n\nImplements the suggestion in blueprint sql-identity-pam", &[Launchpad], &[], "", "I:bp:sql-identity-pam"),
    ("Address the comments in KAFKA-3038 and KAFKA-3083.", &[Jira], &["KAFKA"], "", "I:KAFKA-3038 I:KAFKA-3083"),
    ("Add docs\n\nPartial-Bug #1694460", &[Launchpad, Gerrit], &[], "", "I:lp:1694460"),
    ("Nested groups\n\nClosed-Bug: #1638603", &[Launchpad, Gerrit], &[], "", "I:lp:1638603"),
    ("Merge \"POST /tokens: tenant id (#862752)\"", &[Launchpad, Gerrit], &[], "", "I:lp:862752"),
    ("Extract function\n\nbp stevedore\n", &[Launchpad], &[], "", "I:bp:stevedore"),
    ("(#4534/#4778) -- Normalize classes", &[Redmine, GitHub], &[], "", "I:#4534 I:#4778"),
    ("chore: prepare v1 (#9)\n\n- fix a panic when it was closed ([#4])\n\n[#4]: https://github.com/a/b/pull/4", &[GitHub], &[], "a/b", "C:#9"),
    ("move it\n\nutilities/kate!763", &[Bugzilla, GitLab], &[], "KDE/kate", "C:utilities/kate!763"),
    ("Revert \"bump package(#3054) (#16450)\"", &[Jira, GitHub], &[], "", ""),
    ("Fix the bug (#9722)  (#9723)", &[GitHub], &[], "", "C:#9722 C:#9723"),
    ("Merged PR 1234: Fix the thing\n\nRelated work items: #3042442", &[Azure], &[], "", "C:!1234 I:#3042442"),
    ("Fix thing [sc-58858] (#12)", &[Shortcut, GitHub], &[], "", "C:#12 I:sc-58858"),
    ("Merge pull request #31 from org/user/sc-58858/fix", &[Shortcut, GitHub], &[], "", "C:#31 I:sc-58858"),
    ("[ch58858] fix thing", &[GitHub, Shortcut], &[], "", "I:sc-58858"),
    ("feat: add x (PLG-355)\n\nFixes PLG-356, PLG-357\nPart of ENG-9", &[Linear, GitHub], &[], "", "I:ENG-9 I:PLG-355 I:PLG-356 I:PLG-357"),
    ("Merge pull request #88 from acme/jane/plg-355-add-thing", &[Linear, GitHub], &[], "", "C:#88 I:PLG-355"),
    ("Bug 1234567 - Part 2: Do it. r=foo,bar a=baz\n\nDifferential Revision: https://phabricator.services.mozilla.com/D12345", &[Bugzilla, Phabricator], &[], "", "C:D12345 I:bug:1234567"),
    ("Backed out changeset 0123456789ab (bug 1234567) for bustage. CLOSED TREE", &[Bugzilla], &[], "", "I:bug:1234567"),
    ("Backed out 2 changesets (bug 1234567, bug 1234568) for causing failures", &[Bugzilla], &[], "", "I:bug:1234567 I:bug:1234568"),
    ("No bug - update foo", &[Bugzilla], &[], "", ""),
    ("Fix crash in dolphin\n\nBUG: 311563\nCCBUG: 311564\nFIXED-IN: 5.20\nREVIEW: 129727", &[Bugzilla], &[], "", "C:review:129727 I:bug:311563 I:bug:311564"),
    ("tdf#123456 fix the frobnicator\n\nChange-Id: I1234567890123456789012345678901234567890\nReviewed-on: https://gerrit.libreoffice.org/c/core/+/98765\nTested-by: Jenkins", &[Bugzilla, Gerrit], &[], "", "C:review:98765 I:tdf#123456"),
    ("Related: tdf#123456 do more", &[Bugzilla, Gerrit], &[], "", "I:tdf#123456"),
    ("PR c++/12345 - ICE with foo\n\n\tPR c++/12345\n\tPR libstdc++/6789", &[Bugzilla], &[], "", "I:bug:12345 I:bug:6789"),
    ("mediawiki: fix it\n\nBug: T12345\nChange-Id: I1234567890123456789012345678901234567890", &[Phabricator, Gerrit], &[], "", "I:T12345"),
    ("mediawiki: fix it\n\nBug: T12345\nDepends-On: I1234567890123456789012345678901234567899\nChange-Id: I1234567890123456789012345678901234567890", &[], &[], "", "I:T12345"),
    ("Fix x\n\nTask-number: QTBUG-12345\nFixes: QTBUG-222\nPick-to: 6.5 6.2\nChange-Id: I1234567890123456789012345678901234567890", &[Jira, Gerrit], &[], "", "I:QTBUG-12345 I:QTBUG-222"),
    ("net/http: fix it\n\nFixes #12345\nFor #222\nUpdates golang/go#333\n\nChange-Id: I1234567890123456789012345678901234567890\nReviewed-on: https://go-review.googlesource.com/c/go/+/98765", &[GitHub, Gerrit], &[], "", "C:review:98765 I:#12345 I:#222 I:golang/go#333"),
    ("[SPARK-12345][SQL] Fix foo\n\n### What changes\n\nThis PR fixes it.\n\nCloses #26716 from HyukjinKwon/SPARK-12345.\n\nAuthored-by: X", &[Jira, GitHub], &["SPARK"], "", "C:#26716 I:SPARK-12345"),
    ("HADOOP-12345. Fix foo. Contributed by X.", &[Jira], &["HADOOP"], "", "I:HADOOP-12345"),
    ("HBASE-1 Fix (addendum)\n\nSigned-off-by: A <a@b>", &[Jira], &["HBASE"], "", "I:HBASE-1"),
    ("bpo-35961: Fix a crash (GH-11945)", &[GitHub], &[], "", "C:#11945 I:bpo-35961"),
    ("gh-12345: Fix a crash (#12346) (#12350)", &[GitHub], &[], "", "C:#12346 C:#12350 I:#12345"),
    ("[3.12] gh-12345: Fix a crash (GH-12346) (#12350)\n\n(cherry picked from commit abc1234)", &[GitHub], &[], "", "C:#12346 C:#12350 I:#12345"),
    ("Fixed #12345 -- Made foo work.\n\nThanks X for the report.\nRefs #12300.", &[GitHub], &[], "", "I:#12300 I:#12345"),
    ("[1.8.x] Fixed #12345 -- Made foo.\n\nBackport of abcdef0123 from master", &[GitHub], &[], "", "I:#12345"),
    ("Merge #12345: Fix foo\n\nabc123 Fix foo (user)\n\nPull request description:\n\n  Fixes #12000.\n\nTop commit has no ACKs.", &[GitHub], &[], "", "C:#12345 I:#12000"),
    ("Auto merge of #98765 - user:branch, r=reviewer\n\nRollup of 3 pull requests\n\nSuccessful merges:\n\n - #1111 (Fix a)\n - #2222 (Fix b)\n\nFailed merges:\n\n - #333 (c)\n\nr? `@ghost`", &[GitHub], &[], "", "C:#98765"),
    ("Rollup merge of #98765 - user:fix-foo, r=reviewer\n\nFix foo\n\nFixes #4444", &[GitHub], &[], "", "C:#98765 I:#4444"),
    ("Revert \"Fix foo (#12)\"\n\nThis reverts commit 0123456789012345678901234567890123456789.", &[GitHub], &[], "", ""),
    ("Revert \"Fix foo (#12)\" (#15)\n\nReverts owner/repo#12", &[GitHub], &[], "", "C:#15"),
    ("Revert \"KAFKA-1: foo\"\n\nThis reverts commit 0123456789012345678901234567890123456789.", &[Jira, GitHub], &["KAFKA"], "", "I:KAFKA-1"),
    ("lp:1788415 fix\n\nLP: #1788416", &[Launchpad], &[], "", "I:lp:1788415 I:lp:1788416"),
    ("debian: x\n\nCloses: #123456", &[GitHub], &[], "", "I:#123456"),
    ("Use UTF-8 and SHA-256 (RFC-2119), ISO-8601, CVE-2024-1234, JDK-17, GPL-3.0, TLS-1.3", &[], &[], "", ""),
    ("Bump foo from 1.2.3 to 1.2.4 (#55)\n\nBumps [foo](https://github.com/a/foo) from 1.2.3 to 1.2.4.\n<details>\n<summary>Release notes</summary>\n<li>Fix bar (<a href=\"https://redirect.github.com/a/foo/issues/77\">#77</a>)</li>\n<li>Fixes #78</li>\n</details>\n\nSigned-off-by: dependabot[bot] <support@github.com>", &[GitHub], &[], "", "C:#55"),
    ("See #12 for why\n\n- fixes #13\n- closes: #14\n\nRelated to #15, #16", &[GitHub], &[], "", "I:#12 I:#13 I:#14 I:#15 I:#16"),
    ("Fixes:\n- #1\n- #2", &[GitHub], &[], "", "I:#1 I:#2"),
    ("fix: handle it\n\nCloses: JIRA-5\nhttps://issues.example.org/browse/JIRA-6", &[Jira], &[], "", "I:JIRA-5 I:JIRA-6"),
    ("Fix color #333333 and build #1234 step #2", &[GitHub], &[], "", ""),
    ("Cr-Commit-Position: refs/heads/main@{#1234}\n\nx", &[Gerrit], &[], "", ""),
    ("Roll src/third_party/skia 111..222 (3 commits)\n\nhttps://skia.googlesource.com/skia/+log/111..222\n\ngit log 111..222\n2020-01-02 a@b.c Fix foo (skia:1234)\n2020-01-02 a@b.c Land #55\n\nBug: chromium:999\nTbr: x@y.z\nChange-Id: I1234567890123456789012345678901234567890\nReviewed-on: https://chromium-review.googlesource.com/c/chromium/src/+/555", &[Gerrit], &[], "", "C:review:555 I:chromium:999"),
    ("Pull request #123: TEAM-5 do it\n\nMerge in PROJ/repo from feature/TEAM-5-do-it to master\n\n* commit 'abcd':\n  TEAM-5 do it", &[Jira, Bitbucket], &[], "", "C:#123 I:TEAM-5"),
    ("Merged in feature/TEAM-5 (pull request #12)\n\nTEAM-5 do it", &[Jira, Bitbucket], &[], "", "C:#12 I:TEAM-5"),
    ("[#123 state:resolved] Fix foo", &[GitHub], &[], "", "I:#123"),
    ("Issue #3060514 by alexpott: Fix foo", &[Redmine], &[], "", "I:#3060514"),
    ("refs #1, #2 & #3 @2h: x", &[Redmine], &[], "", "I:#1 I:#2 I:#3"),
    ("Bug: webrtc:1234, chromium:567, b/89", &[], &[], "", ""),
    ("x\n\nBug: webrtc:1234, chromium:567, b/89012", &[], &[], "", "I:b:89012 I:chromium:567 I:webrtc:1234"),
    ("x\n\nFixed: 123456\nBug: v8:99, 88888", &[Gerrit], &[], "", "I:bug:123456 I:bug:88888 I:v8:99"),
    ("VIM-1 and VIM-2: foo; closes VIM-3", &[YouTrack], &["VIM"], "", "I:VIM-1 I:VIM-2 I:VIM-3"),
    ("fix: x\n\nBREAKING CHANGE: foo\n\nRefs: #123, ENG-4\nReviewed-by: Z <z@x.y>", &[GitHub, Linear], &[], "", "I:#123 I:ENG-4"),
    ("Fix memory leak, #patch", &[GitHub], &[], "", ""),
    ("Issue 123: do foo", &[GitHub], &[], "", "I:#123"),
    ("Merge branch 'gh-123' into main", &[GitHub], &[], "", "I:#123"),
    ("MDEV-12345 Fix foo\n\nMDEV-12346 caused this.", &[Jira], &[], "", "I:MDEV-12345"),
    ("Add foo\n\nPR-URL: https://github.com/nodejs/node/pull/12345\nFixes: https://github.com/nodejs/node/issues/222\nRefs: https://github.com/nodejs/node/pull/111\nReviewed-By: X", &[GitHub], &[], "nodejs/node", "C:#12345 I:#222"),
    ("docs: x\n\nPR Close #12345", &[GitHub], &[], "", "C:#12345"),
    ("Fix foo. Fixes gh-12, resolves GH-13", &[GitHub], &[], "", "I:#12 I:#13"),
    ("Fix foo\n\nfixes https://youtrack.jetbrains.com/issue/KT-123/title-here", &[YouTrack], &[], "", "I:KT-123"),
    ("^KT-12345 Fixed", &[YouTrack], &[], "", "I:KT-12345"),
    ("[FE] Fix foo\n\nKT-1\n^KT-2 Fixed\n^KT-3", &[YouTrack], &[], "", "I:KT-1 I:KT-2 I:KT-3"),
    ("FOO-12 #close #comment done", &[Jira], &[], "", "I:FOO-12"),
    ("Review: https://reviews.apache.org/r/12345/\n\nx", &[Jira], &[], "", ""),
    ("MESOS-1: x\n\nReview: https://reviews.apache.org/r/12345/", &[Jira, Gerrit], &["MESOS"], "", "C:review:12345 I:MESOS-1"),
];

fn extractor(styles: &[ReferenceStyle], projects: &[&str], repository: &str) -> Extractor {
    let options = ExtractorOptions::default().styles(styles.iter().copied()).projects(projects.iter().copied());
    Extractor::new(&options.repository(repository)).unwrap()
}

fn is_change_id(reference: &Reference) -> bool {
    reference.key.starts_with('I') && reference.key.len() == 41
}

/// Issues and changes, sorted, without repetition and without `Change-Id`s.
fn named(found: &[Reference]) -> String {
    let letter = |kind| if kind == Kind::Issue { 'I' } else { 'C' };
    let own = found.iter().filter(|r| r.kind != Kind::Mention && !is_change_id(r));
    let mut keys: Vec<String> = own.map(|r| format!("{}:{}", letter(r.kind), r.key)).collect();
    keys.sort();
    keys.dedup();
    keys.join(" ")
}

#[test]
fn every_style_is_read_as_its_tracker_reads_it() {
    for (message, styles, projects, repository, expected) in ROWS {
        let found = extractor(styles, projects, repository).extract(message.as_bytes());
        assert_eq!(named(&found), *expected, "in {message:?} as {styles:?}");
    }
}

#[test]
fn a_reference_stands_in_the_bytes_of_its_span() {
    for (message, styles, projects, repository, _) in ROWS {
        for reference in extractor(styles, projects, repository).extract(message.as_bytes()) {
            let text = &message[reference.span[0]..reference.span[1]];
            let digits: String =
                reference.key.chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().iter().rev().collect();
            assert!(text.contains(&digits), "{text:?} for {}", reference.key);
        }
    }
}

fn one(styles: &[ReferenceStyle], message: &str) -> Vec<(String, Kind, Action, Place)> {
    extractor(styles, &[], "")
        .extract(message.as_bytes())
        .into_iter()
        .map(|r| (r.key, r.kind, r.action, r.found_in))
        .collect()
}

#[test]
fn one_verb_governs_the_keys_that_follow_it() {
    let actions =
        |styles: &[ReferenceStyle], message: &str| one(styles, message).into_iter().map(|r| r.2).collect::<Vec<_>>();
    use Action::{Closes, Duplicates, PartOf, Refs};
    assert_eq!(actions(&[GitHub], "Fixes #1, #2 and #3; see #4"), [Closes, Closes, Closes, Refs]);
    assert_eq!(actions(&[GitHub], "Fixes #1 #2"), [Closes, Refs]);
    assert_eq!(actions(&[GitLab], "Fixes #1 #2"), [Closes, Closes]);
    assert_eq!(actions(&[GitLab], "Implements #1"), [Closes]);
    assert_eq!(actions(&[GitHub], "Part of #1, duplicate of #2"), [PartOf, Duplicates]);
    assert_eq!(actions(&[GitHub], "x\n\nFixes:\n- #1\n- #2\n"), [Closes, Closes]);
    assert_eq!(actions(&[Launchpad], "x\n\nPartial-Bug: #1234567"), [PartOf]);
}

#[test]
fn a_revert_takes_back_and_a_revert_of_a_revert_does_not() {
    let found = |message| one(&[Jira, GitHub], message).into_iter().map(|r| (r.0, r.1, r.2)).collect::<Vec<_>>();
    assert_eq!(
        found("Revert \"KAFKA-1: foo (#12)\" (#13)"),
        [
            ("KAFKA-1".into(), Kind::Issue, Action::Reverts),
            ("#12".into(), Kind::Mention, Action::Reverts),
            ("#13".into(), Kind::Change, Action::Refs)
        ]
    );
    assert_eq!(found("Revert \"Revert \"KAFKA-1: foo\"\""), [("KAFKA-1".into(), Kind::Issue, Action::Refs)]);
    assert_eq!(found("Revert KAFKA-1"), [("KAFKA-1".into(), Kind::Issue, Action::Reverts)]);
}

#[test]
fn what_is_named_in_passing_is_a_mention() {
    for message in [
        "KAFKA-1: foo\n\nKAFKA-2 fixed a bug whereby it failed.",
        "KAFKA-1: foo\n\nThis was introduced by KAFKA-2.",
        "KAFKA-1: foo\n\nIt is similar to KAFKA-2 but not the same.",
        "KAFKA-1: foo\n\n> KAFKA-2: quoted",
    ] {
        let found = one(&[Jira], message);
        assert_eq!((found[0].0.as_str(), found[0].1), ("KAFKA-1", Kind::Issue));
        assert_eq!((found[1].0.as_str(), found[1].1), ("KAFKA-2", Kind::Mention), "in {message:?}");
    }
}

#[test]
fn code_comments_and_elements_hold_no_references() {
    let message = "Fix `#1` and #2 <!-- #3\n#4 --> see #5 <code>#6</code>\n\n```\n#7\n```\n~~~\n#8\n~~~\n#9";
    assert_eq!(named(&extractor(&[GitHub], &[], "").extract(message.as_bytes())), "I:#2 I:#5 I:#9");
    // What never ends was never one.
    let message = "Fix `#1 and\n\n```\n#2 <!-- see #3 <code> see #4";
    assert_eq!(named(&extractor(&[GitHub], &[], "").extract(message.as_bytes())), "I:#1 I:#2 I:#3 I:#4");
}

#[test]
fn a_project_list_leaves_other_projects_as_mentions_and_tells_slips() {
    let jira = extractor(&[Jira], &["KAFKA"], "");
    let found = jira.extract(b"kafka-1: foo KAKFA-2 FLINK-3 UTF-8");
    let told: Vec<_> = found.iter().map(|r| (r.key.as_str(), r.kind, r.near_miss_of.as_deref())).collect();
    assert_eq!(
        told,
        [("KAFKA-1", Kind::Issue, None), ("KAKFA-2", Kind::Mention, Some("KAFKA")), ("FLINK-3", Kind::Mention, None)]
    );
    assert_eq!(extractor(&[Jira], &["A11Y"], "").extract(b"A11Y-1: foo").len(), 1);
    assert_eq!(extractor(&[Jira], &[], "").extract(b"A11Y-1: foo").len(), 0);
}

#[test]
fn the_own_repository_is_told_from_others() {
    let github = extractor(&[GitHub], &[], "o/r");
    let found = github.extract(b"x\n\no/r#1 https://github.com/O/R/issues/2 p/q#3, fixes p/q#4");
    let told: Vec<_> = found.iter().map(|r| (r.key.as_str(), r.kind)).collect();
    assert_eq!(told, [("#1", Kind::Issue), ("#2", Kind::Issue), ("p/q#3", Kind::Mention), ("p/q#4", Kind::Issue)]);
}

#[test]
fn a_branch_name_is_weaker_evidence_and_says_so() {
    let found = one(&[Jira], "Merge branch 'feature/kafka-12-faster' into main");
    assert_eq!(found, [("KAFKA-12".into(), Kind::Issue, Action::Refs, Place::Branch)]);
    for branch in ["release-3", "patch-1", "dependabot/npm_and_yarn/lodash-4", "user/fix-12", "java-17"] {
        assert_eq!(one(&[Jira], &format!("Merge branch '{branch}'")), [], "{branch}");
    }
}

#[test]
fn a_pattern_of_the_repositorys_own_finds_its_keys() {
    let options: ExtractorOptions =
        serde_json::from_str(r#"{"patterns": [{"pattern": "ticket=(?P<key>[0-9]+)", "prefix": "OPS-"}]}"#).unwrap();
    let found = Extractor::new(&options).unwrap().extract(b"Rotate keys\n\nFixes ticket=17");
    assert_eq!((found[0].key.as_str(), found[0].style, found[0].action), ("OPS-17", Custom, Action::Closes));
    assert_eq!(found[0].span, [26, 28]);
    assert!(Extractor::new(&serde_json::from_str(r#"{"patterns": [{"pattern": "("}]}"#).unwrap()).is_err());
}
