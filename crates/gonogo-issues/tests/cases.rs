//! Cases of other tools' suites and hand-labelled messages, read from the folder that `GONOGO_CASES` names.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeSet;

use serde_json::Value;

/// A key as the cases compare them.
fn canonical(key: &str, repository: &str) -> String {
    let key = key.to_lowercase();
    let key = key.strip_prefix("gh-").map_or(key.clone(), |number| format!("#{number}"));
    key.strip_prefix(&repository.to_lowercase())
        .filter(|rest| rest.starts_with(['#', '!']))
        .map_or(key.clone(), str::to_owned)
}

fn issues(list: &Value, repository: &str, optional: bool) -> BTreeSet<String> {
    let wanted = |item: &&Value| {
        let kind = item["kind"] == "issue";
        if optional {
            item["optional"] == true || item["either"] == true
        } else {
            kind && item["optional"] != true && item["either"] != true
        }
    };
    list.as_array()
        .into_iter()
        .flatten()
        .filter(wanted)
        .filter_map(|item| item["key"].as_str())
        .map(|key| canonical(key, repository))
        .collect()
}

/// For each suite: cases, cases whose issues are exactly the expected ones.
#[test]
fn peers_suites_agree_but_for_three_cases_each() {
    let Ok(folder) = std::env::var("GONOGO_CASES") else {
        eprintln!("skipped: GONOGO_CASES names no folder");
        return;
    };
    for suite in ["issue-parser", "conventional-commits-parser", "gitlab-closing"] {
        let path = std::path::Path::new(&folder).join("issues").join(format!("{suite}.jsonl"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            continue;
        };
        let mut wrong = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            let own = case["suite"] == suite && case["quirk"] != true;
            if !own {
                continue;
            }
            let repository = case["repo"].as_str().unwrap_or("\u{0}");
            let answer = gonogo_issues::batch::answer(line).unwrap();
            let found = issues(&answer["references"], repository, false);
            let loose = issues(&case["expected"], repository, true);
            let expected = issues(&case["expected"], repository, false);
            if found.difference(&loose).cloned().collect::<BTreeSet<_>>() != expected {
                wrong.push(case["id"].as_str().unwrap_or("").to_owned());
            }
        }
        assert!(wrong.len() <= 3, "{suite}: {wrong:?}");
    }
}
