//! Factors measured from git equal the published ones, commit for commit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, unreachable_pub)]

mod support;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use gonogo_core::ObjectId;
use gonogo_risk::{CommitFactors, HistoryState};
use serde_json::Value;

fn expected(file: &Path) -> HashMap<String, Vec<(ObjectId, Value)>> {
    let mut found: HashMap<String, Vec<(ObjectId, Value)>> = HashMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let id = row["commit"].as_str().unwrap().parse().unwrap();
        found.entry(row["repository"].as_str().unwrap().to_owned()).or_default().push((id, row["factors"].clone()));
    }
    found
}

fn compare(repository: &str, repo: &Path, head: &str, rows: &[(ObjectId, Value)]) {
    let wanted: HashSet<ObjectId> = rows.iter().map(|(id, _)| *id).collect();
    let mut state = HistoryState::new();
    let mut measured: HashMap<ObjectId, CommitFactors> = HashMap::new();
    for change in support::read(repo, head, &wanted) {
        let factors = state.advance(&change);
        if wanted.contains(&change.commit) {
            measured.insert(change.commit, factors);
        }
    }
    let mut wrong = Vec::new();
    for (id, factors) in rows {
        let ours = serde_json::to_value(&measured[id]).unwrap();
        for (name, value) in factors.as_object().unwrap() {
            let same = match (value.as_f64(), ours[name].as_f64()) {
                (Some(theirs), Some(ours)) => (theirs - ours).abs() <= 1e-6 * theirs.abs().max(1e-3),
                (None, None) => true,
                _ => false,
            };
            if !same {
                wrong.push(format!("{repository} {id} {name}: expected {value}, measured {}", ours[name]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    println!("{repository}: {} commits equal", rows.len());
}

#[test]
fn a_small_repository_of_corner_cases_has_exactly_the_published_factors() {
    let Some(cases) = std::env::var_os("GONOGO_CASES").map(PathBuf::from) else {
        println!("skipped: GONOGO_CASES is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    support::git(folder.path(), &["init", "-q", "--bare", "-b", "main", "."], b"");
    let stream = std::fs::read(cases.join("risk/tiny.fast-import")).unwrap();
    support::git(folder.path(), &["fast-import", "--quiet"], &stream);
    for (repository, rows) in expected(&cases.join("risk/tiny.expected.jsonl")) {
        compare(&repository, folder.path(), "main", &rows);
    }
}

/// `GONOGO_REPOSITORIES` names a folder that holds bare clones as `owner+name/repo`.
#[test]
fn public_repositories_have_exactly_the_published_factors() {
    let (Some(cases), Some(clones)) = (std::env::var_os("GONOGO_CASES"), std::env::var_os("GONOGO_REPOSITORIES"))
    else {
        println!("skipped: GONOGO_CASES or GONOGO_REPOSITORIES is not set");
        return;
    };
    for (repository, rows) in expected(&PathBuf::from(cases).join("risk/factors.jsonl")) {
        let repo = PathBuf::from(&clones).join(repository.replace('/', "+")).join("repo");
        if !repo.exists() {
            println!("skipped: no clone of {repository}");
            continue;
        }
        compare(&repository, &repo, "HEAD", &rows);
    }
}
