//! Commit messages to issues: beside git2 and git over the same history, and over messages made to be slow.
//!
//! `GONOGO_BENCH_REPOSITORY=DIR GONOGO_BENCH_BRANCHES=production..main cargo bench -p gonogo-benches --bench issues` measures a
//! repository of yours, its whole history and what two of its branches have in common in substance; otherwise one of 20,000
//! commits is made.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gonogo_core::{ChangeHistory, History};
use gonogo_git::GitHistory;
use gonogo_issues::{Extractor, ExtractorOptions, ReferenceStyle};

fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let done = Command::new("git").arg("-C").arg(directory).args(arguments).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// 20,000 commits on main, and 1,000 on production of which every second has the patch of one on main.
fn made(directory: &Path) -> PathBuf {
    git(directory, &["init", "-q", "--bare", "made.git"]);
    let repository = directory.join("made.git");
    let mut stream = String::new();
    let mut commit = |branch: &str, mark: usize, from: Option<usize>, file: usize, text: &str| {
        let who = format!("Ada <ada@example.org> {} +0000", 1_767_225_600 + 60 * mark);
        let message = format!(
            "SHOP-{file}: Flush the cache of part {mark} less often (#{mark})\n\nThe cache was flushed with each order, \
             which is what SHOP-{} asked for.\nIt is enough to do so once a minute.\n\nReviewed-by: Grace <grace@example.org>\n\
             Co-authored-by: Ada <ada@example.org>\n",
            file / 2
        );
        write!(stream, "commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n").unwrap();
        write!(stream, "data {}\n{message}\n", message.len()).unwrap();
        if let Some(from) = from {
            writeln!(stream, "from :{from}").unwrap();
        }
        write!(stream, "M 100644 inline area{}/file{file}.txt\ndata {}\n{text}\n\n", file % 50, text.len()).unwrap();
    };
    let lines = |file: usize, last: usize| {
        let text: String = (0..40).map(|line| format!("line {line} of {file}\n")).collect();
        format!("{text}{last}\n")
    };
    commit("main", 1, None, 0, &lines(0, 0));
    for mark in 2..=20_000 {
        commit("main", mark, Some(mark - 1), mark % 3000, &lines(mark % 3000, mark / 3000));
    }
    let mut from = 17_000;
    for step in 0..1000 {
        // Written there for the first time in a long while, so that the patches of even steps are alike.
        let file = (17_001 + step) % 3000;
        let text = lines(file, if step % 2 == 0 { (17_001 + step) / 3000 } else { 99 });
        commit("production", 20_001 + step, Some(from), file, &text);
        from = 20_001 + step;
    }
    let mut child = Command::new("git")
        .arg("-C")
        .arg(&repository)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    git(&repository, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    repository
}

/// Every message of HEAD's history, through git2 alone.
fn messages(repository: &git2::Repository, mut each: impl FnMut(&[u8])) -> usize {
    let mut walk = repository.revwalk().unwrap();
    walk.push_head().unwrap();
    walk.map(|id| each(repository.find_commit(id.unwrap()).unwrap().message_bytes())).count()
}

fn configured() -> Extractor {
    let mut options = ExtractorOptions::default();
    options.styles = vec![ReferenceStyle::Jira, ReferenceStyle::GitHub];
    options.projects = vec!["SHOP".into(), "KAFKA".into()];
    Extractor::new(&options).unwrap()
}

fn histories(criterion: &mut Criterion) {
    let scratch = tempfile::tempdir().unwrap();
    let directory = std::env::var_os("GONOGO_BENCH_REPOSITORY").map_or_else(|| made(scratch.path()), PathBuf::from);
    let repository = git2::Repository::open(&directory).unwrap();
    let mut group = criterion.benchmark_group("a whole history");
    group.sample_size(10);
    group.throughput(Throughput::Elements(messages(&repository, |_| ()) as u64));
    group.bench_function("git2: messages", |bencher| {
        bencher.iter(|| {
            messages(&repository, |message| {
                black_box(message.len());
            })
        });
    });
    for (name, extractor) in [("configured", configured()), ("found by itself", Extractor::automatic())] {
        group.bench_function(format!("git2: messages, gonogo: references, {name}"), |bencher| {
            bencher.iter(|| messages(&repository, |message| drop(black_box(extractor.extract(message)))));
        });
    }
    group.finish();

    let range = std::env::var("GONOGO_BENCH_BRANCHES").unwrap_or_else(|_| "production..main".into());
    let (base, head) = range.split_once("..").expect("branches are BASE..HEAD");
    let history = GitHistory::open(&directory).unwrap();
    let revisions = (history.resolve(base).unwrap(), history.resolve(head).unwrap());
    let mut group = criterion.benchmark_group(format!("equivalence {range}"));
    group.sample_size(10);
    group.bench_function("gonogo: equivalent", |bencher| {
        // A history of its own each time: nothing is remembered from the last.
        bencher
            .iter(|| black_box(GitHistory::open(&directory).unwrap().equivalent(&revisions.0, &revisions.1).unwrap()));
    });
    group.bench_function("git cherry", |bencher| bencher.iter(|| black_box(git(&directory, &["cherry", base, head]))));
    group.finish();
}

/// Twice the message, twice the time: each of these repeats what some part of the reading looks back or ahead from.
fn hostile(criterion: &mut Criterion) {
    let pieces = [
        "#1 ",
        "KAFKA-1,",
        "a/b#1/",
        "fixes #1 and ",
        "`#1",
        "<!-- #1",
        "> #1\n",
        "https://github.com/a/b/issues/1/",
        "Fixes: #1\n",
        "(#1) ",
        "This reverts commit 0123456, ",
        "Merge branch 'a-1-",
        "bug 1234, ",
        "[#1](",
    ];
    let (own, any) = (configured(), Extractor::automatic());
    for piece in pieces {
        let mut group = criterion.benchmark_group(format!("hostile {piece:?}"));
        group.sample_size(10);
        for size in [256 << 10, 512 << 10, 1 << 20] {
            let message = piece.repeat(size / piece.len() + 1).into_bytes();
            group.throughput(Throughput::Bytes(message.len() as u64));
            group.bench_with_input(BenchmarkId::from_parameter(size), &message, |bencher, message| {
                bencher.iter(|| (black_box(own.extract(message)), black_box(any.extract(message))));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, histories, hostile);
criterion_main!(benches);
