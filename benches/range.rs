//! Reading a range, beside git over the same range.
//!
//! `GONOGO_BENCH_REPOSITORY=DIR GONOGO_BENCH_RANGE=v1..v2 cargo bench -p gonogo-benches --bench range` measures a repository of
//! yours; otherwise one of 2,000 commits over 2,000 files is made.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_core::History;
use gonogo_git::GitHistory;

fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let done = Command::new("git").arg("-C").arg(directory).args(arguments).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// 2,000 files in 100 directories, then 2,000 commits that change three files each.
fn made(directory: &Path) -> PathBuf {
    git(directory, &["init", "-q", "--bare", "made.git"]);
    let repository = directory.join("made.git");
    let mut stream = String::new();
    let mut commit = |number: usize, files: &[usize]| {
        let who = format!("Ada <ada@example.org> {} +0000", 1_767_225_600 + 60 * number);
        let message = format!("SHOP-{number} Change {} files", files.len());
        write!(stream, "commit refs/heads/main\nmark :{}\nauthor {who}\ncommitter {who}\n", number + 1).unwrap();
        write!(stream, "data {}\n{message}\n", message.len()).unwrap();
        if number > 0 {
            writeln!(stream, "from :{number}").unwrap();
        }
        for file in files {
            let text = format!("file {file}\nas of commit {number}\n");
            let path = format!("area{}/part{}/file{file}.rs", file % 10, file % 100);
            write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
        }
        stream.push('\n');
    };
    commit(0, &(0..2000).collect::<Vec<_>>());
    for number in 1..=2000 {
        commit(number, &[number * 7 % 2000, number * 13 % 2000, number * 31 % 2000]);
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

fn range(criterion: &mut Criterion) {
    let scratch = tempfile::tempdir().unwrap();
    let repository = std::env::var_os("GONOGO_BENCH_REPOSITORY").map_or_else(|| made(scratch.path()), PathBuf::from);
    let range = std::env::var("GONOGO_BENCH_RANGE").unwrap_or_else(|_| "HEAD~1500..HEAD".into());
    let (base, head) = range.split_once("..").expect("a range is BASE..HEAD");
    let history = GitHistory::open(&repository).unwrap();
    let (base, head) = (history.resolve(base).unwrap(), history.resolve(head).unwrap());

    let mut group = criterion.benchmark_group(format!("range {range}"));
    group.sample_size(10);
    group.bench_function("gonogo: commits", |bencher| {
        bencher.iter(|| black_box(history.commits(&base, &head).unwrap()));
    });
    group.bench_function("git log --raw --no-renames", |bencher| {
        bencher.iter(|| black_box(git(&repository, &["log", "--raw", "--no-renames", "--format=raw", &range])));
    });
    group.bench_function("git log without changes", |bencher| {
        bencher.iter(|| black_box(git(&repository, &["log", "--format=raw", &range])));
    });
    group.bench_function("gonogo: changed files", |bencher| {
        bencher.iter(|| black_box(history.changed_files(&base, &head).unwrap()));
    });
    let (from, to) = (base.id.to_string(), head.id.to_string());
    group.bench_function("git diff --raw --no-renames", |bencher| {
        bencher.iter(|| black_box(git(&repository, &["diff", "--raw", "--no-renames", &from, &to])));
    });
    group.finish();
}

criterion_group!(benches, range);
criterion_main!(benches);
