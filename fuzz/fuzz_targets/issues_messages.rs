//! Commit messages: every span lies inside its message, what is found twice is the same, a ledger accounts for every commit once.
#![no_main]

use std::sync::LazyLock;

use gonogo_core::{Commit, ObjectId, Signature};
use gonogo_issues::{
    Contents, Extractor, ExtractorOptions, FileTracker, IssuesPolicy, LedgerBuilder, ReferenceStyle,
    commit_message_verdict, detect, trailers,
};
use libfuzzer_sys::fuzz_target;

static EXTRACTORS: LazyLock<Vec<Extractor>> = LazyLock::new(|| {
    let styles = |names: &[&str], projects: &[&str]| {
        let mut options = ExtractorOptions::default();
        options.styles = names.iter().map(|name| serde_json::from_str::<ReferenceStyle>(&format!("{name:?}")).unwrap()).collect();
        options.projects = projects.iter().map(|name| (*name).to_owned()).collect();
        options.repository = Some("a/b".into());
        Extractor::new(&options).unwrap()
    };
    vec![
        Extractor::automatic(),
        styles(&["jira", "github"], &["KAFKA"]),
        styles(&["gitlab", "linear", "azure", "shortcut"], &[]),
        styles(&["bugzilla", "gerrit", "phabricator", "launchpad"], &["crashpad"]),
        styles(&["youtrack", "redmine", "bitbucket"], &[]),
    ]
});

fuzz_target!(|data: &[u8]| {
    for extractor in EXTRACTORS.iter() {
        let found = extractor.extract(data);
        for reference in &found {
            let [from, to] = reference.span;
            assert!(from < to && to <= data.len(), "{reference:?}");
            assert!(!reference.key.is_empty());
        }
        assert_eq!(found, extractor.extract(data));
    }
    for trailer in trailers(data) {
        let _ = format!("{trailer:?}");
    }
    let _ = commit_message_verdict(data, &IssuesPolicy::default(), &EXTRACTORS[0]);
    let _ = FileTracker::from_bytes("fuzz", data);

    // A history in a line, one commit a part; a part can name an older one by the id that it is bound to have.
    let id = |at: usize| ObjectId::from_bytes(&[0x10 + u8::try_from(at).unwrap(); 20]).unwrap();
    let who = Signature { name: b"A".to_vec(), email: b"a@example.org".to_vec(), at: None };
    let parts: Vec<&[u8]> = data.split(|byte| *byte == 0xff).take(100).collect();
    let commits: Vec<Commit> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| Commit::new(id(at), vec![id(at + 1)], who.clone(), who.clone(), part.to_vec()))
        .collect();
    let _ = detect(parts.iter().copied());
    let ledger = LedgerBuilder::new(&EXTRACTORS[0]).build(&commits);
    assert_eq!(ledger.accounting().total(), commits.len());
    let contents = Contents::of(&ledger);
    assert!(contents.to_text().chars().all(|c| c == '\n' || !c.is_control()));
    let _ = contents.to_markdown();
});
