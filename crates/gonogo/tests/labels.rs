//! SZZ over lines on a history with known answers, and beside one made from `git blame` alone.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use gonogo::risk::{
    BugReports, Evidence, HistoryIndex, LabelSources, MeasureOptions, TraceIndex, TraceOptions, label_history, measure,
    trace_repairs,
};
use gonogo::{GitHistory, GitLines, History, ObjectId, bug_reports};

struct Repository {
    folder: tempfile::TempDir,
    clock: std::cell::Cell<i64>,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap(), clock: 1_700_000_000.into() };
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        let date = format!("{} +0000", self.clock.get());
        let output = Command::new("git")
            .current_dir(self.folder.path())
            .args(arguments)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
            .envs([("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())])
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn commit(&self, message: &str, files: &[(&str, &str)]) -> ObjectId {
        for (path, text) in files {
            let path = self.folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.clock.set(self.clock.get() + 86_400);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    fn history(&self) -> GitHistory {
        GitHistory::open(self.folder.path()).unwrap()
    }
}

/// Who is blamed, by whom, on what evidence.
fn blamed(history: &GitHistory, reports: &BugReports) -> BTreeSet<(ObjectId, ObjectId, Evidence)> {
    let head = history.resolve("HEAD").unwrap();
    let mut index = HistoryIndex::new();
    let measured = measure(history, &head, &mut index, MeasureOptions::default()).unwrap();
    let mut traces = TraceIndex::new();
    let mut lines = GitLines::new(history);
    let account = trace_repairs(&measured, &index, reports, &mut lines, &mut traces, &TraceOptions::default());
    assert_eq!((account.left, account.unreadable), (0, 0), "{account:?}");
    let labels = label_history(&measured, LabelSources::new(&index).traces(&traces).bug_reports(reports));
    labels.blames.iter().map(|blame| (blame.commit, blame.by, blame.evidence)).collect()
}

#[test]
fn repairs_blame_those_who_wrote_the_code_they_take_away() {
    let repository = Repository::new();
    let first =
        repository.commit("SHOP-1 totals", &[("src/total.rs", "fn total() {\n    let a = 1;\n    let b = 2;\n}\n")]);
    let second =
        repository.commit("SHOP-2 faster", &[("src/total.rs", "fn total() {\n    let a = 1;\n    let b = 3;\n}\n")]);
    // Indentation and a comment are nobody's code, and a rename is followed.
    repository.git(&["mv", "src/total.rs", "src/sum.rs"]);
    repository.commit("move", &[]);
    let comment = repository.commit(
        "explain",
        &[("src/sum.rs", "fn total() {\n        let a = 1;\n        // three\n        let b = 3;\n}\n")],
    );
    let repair = repository.commit(
        "SHOP-9: the total is right again",
        &[("src/sum.rs", "fn total() {\n        let a = 1;\n        let b = 4;\n}\n")],
    );
    let word = repository
        .commit("fix the start", &[("src/sum.rs", "fn total() {\n        let a = 0;\n        let b = 4;\n}\n")]);
    let history = repository.history();

    // Without a tracker only the word counts: it blames the commit that wrote `let a = 1`.
    let found = blamed(&history, &BugReports::new());
    assert!(found.contains(&(first, word, Evidence::RepairLines)), "{found:?}");
    assert!(
        !found.iter().any(|blame| blame.1 == repair || blame.0 == comment && blame.2 == Evidence::RepairLines),
        "{found:?}"
    );

    // With one, SHOP-9 is a bug: `let b = 3` was written by the second commit, and the comment blames nobody.
    let mut messages = Vec::new();
    let head = history.resolve("HEAD").unwrap();
    gonogo::ChangeHistory::ancestors(&history, &head, &mut |commit| {
        messages.push((commit.id, commit.message.clone()));
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let reports = |reported_at| {
        let bugs = BTreeMap::from([("SHOP-9".to_owned(), reported_at)]);
        let messages = messages.iter().map(|(id, message)| (*id, message.as_slice()));
        bug_reports(messages, &bugs, &gonogo::issues::Extractor::automatic())
    };
    let found = blamed(&history, &reports(None));
    let of_repair: Vec<_> = found.iter().filter(|blame| blame.1 == repair).collect();
    assert_eq!(of_repair, [&(second, repair, Evidence::BugReportLines)]);
    // A bug reported before the line was written is not its fault.
    let found = blamed(&history, &reports(Some(1_700_000_000)));
    assert!(!found.iter().any(|blame| blame.1 == repair), "{found:?}");
}

#[test]
fn tracing_stops_and_goes_on_where_it_stopped() {
    let repository = Repository::new();
    for number in 0..6 {
        repository.commit(&format!("fix {number}"), &[("a.txt", &format!("one\n{number}\n"))]);
    }
    let history = repository.history();
    let head = history.resolve("HEAD").unwrap();
    let mut index = HistoryIndex::new();
    let measured = measure(&history, &head, &mut index, MeasureOptions::default()).unwrap();
    let mut traces = TraceIndex::new();
    let asked = std::cell::Cell::new(0);
    let twice = || {
        asked.set(asked.get() + 1);
        asked.get() <= 2
    };
    let options = TraceOptions { go_on: &twice, ..TraceOptions::default() };
    let run = |traces: &mut TraceIndex, options: &TraceOptions<'_>| {
        trace_repairs(&measured, &index, &BugReports::new(), &mut GitLines::new(&history), traces, options)
    };
    let account = run(&mut traces, &options);
    assert_eq!((account.traced, account.left), (2, 4));
    // Killed here: what was stored is read back.
    let mut traces = TraceIndex::from_bytes(traces.as_bytes().to_vec()).unwrap();
    let account = run(&mut traces, &TraceOptions::default());
    assert_eq!((account.traced, account.left, traces.len()), (6, 0, 6));
}

/// Commits whose lines a repair takes away, from `git diff` and `git blame` alone.
fn by_git(folder: &Path, repair: &str) -> BTreeSet<ObjectId> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(folder)
            .args(["-c", "diff.indentHeuristic=false", "-c", "core.quotePath=false"])
            .args(arguments)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let before = format!("{repair}^");
    let mut origins = BTreeSet::new();
    let (mut path, mut line, mut inside) = (String::new(), 0u32, false);
    let mut wanted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for text in git(&["diff", "-w", "-U0", "-M", &before, repair]).lines() {
        if let Some(old) = text.strip_prefix("--- ").filter(|_| !inside) {
            path = old.strip_prefix("a/").unwrap_or("").to_owned();
        } else if let Some(hunk) = text.strip_prefix("@@ -") {
            line = hunk.split([',', ' ']).next().unwrap().parse().unwrap();
            inside = true;
        } else if text.starts_with("diff ") {
            inside = false;
        } else if let Some(gone) = text.strip_prefix('-').filter(|_| inside) {
            let gone = gone.trim();
            if !gone.is_empty() && !gone.starts_with("//") && !path.is_empty() {
                wanted.entry(path.clone()).or_default().push(line);
            }
            line += 1;
        }
    }
    for (path, lines) in wanted {
        let said = git(&["blame", "-w", "-l", "-s", "--root", &before, "--", &path]);
        let ids: Vec<&str> = said.lines().map(|line| line.split(' ').next().unwrap().trim_start_matches('^')).collect();
        origins.extend(lines.iter().map(|&line| ids[line as usize - 1].parse::<ObjectId>().unwrap()));
    }
    origins
}

#[test]
fn traced_lines_are_those_git_blame_names() {
    let repository = Repository::new();
    // A small generator of numbers: the same history each time.
    let mut state = 5u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); 3];
    let mut made = 0;
    let mut repairs = Vec::new();
    for round in 0..60 {
        let file = next(2);
        for _ in 0..=next(8) {
            made += 1;
            let place = next(texts[file].len() + 1);
            let line = match next(5) {
                0 => format!("// remark {made}"),
                1 => String::new(),
                _ => format!("{}call({made});", " ".repeat(next(4))),
            };
            if next(2) == 0 && place < texts[file].len() {
                texts[file][place] = line
            } else {
                texts[file].insert(place, line)
            }
        }
        if next(4) == 0 {
            texts[file].iter_mut().for_each(|line| line.insert_str(0, "  "));
        }
        let text = texts[file].join("\n") + "\n";
        let message = if round % 3 == 2 { "fix it" } else { "work" };
        let id = repository.commit(message, &[(["a.rs", "b/c.rs", "b/d.rs"][file], &text)]);
        if round % 3 == 2 {
            repairs.push(id);
        }
    }
    let found = blamed(&repository.history(), &BugReports::new());
    let mut blames = 0;
    for repair in repairs {
        let ours: BTreeSet<ObjectId> = found
            .iter()
            .filter(|blame| blame.1 == repair && blame.2 == Evidence::RepairLines)
            .map(|blame| blame.0)
            .collect();
        blames += ours.len();
        assert_eq!(ours, by_git(repository.folder.path(), &repair.to_string()), "{repair}");
    }
    assert!(blames >= 20, "{blames} blames");
}
