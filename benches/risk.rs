//! Measuring a history and scoring a deploy.
//!
//! `GONOGO_BENCH_REPOSITORY=DIR cargo bench -p gonogo-benches --bench risk` measures a repository of yours (its newest 50 commits are the
//! deploy); otherwise a history of 12,000 commits in memory is scored, which leaves git out.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gonogo_core::{ChangeHistory, History, LineChange, Revision};
use gonogo_git::GitHistory;
use gonogo_risk::testing::LinearHistory;
use gonogo_risk::{HistoryIndex, IndexFile, MeasureOptions, Model, assess_range, measure};

/// 12,000 commits of 40 people over 3,000 files, three files each.
fn made() -> LinearHistory {
    let mut history = LinearHistory::new();
    for number in 0..12_000u64 {
        let change = |step: u64| {
            let file = number * step % 3_000;
            LineChange::new(
                format!("area{}/part{}/file{file}.rs", file % 10, file % 100),
                number % 90,
                number % 31,
                200,
            )
        };
        let message = if number % 3 == 0 { "Fix the total" } else { "Work" };
        history = history.commit(&format!("Person {}", number % 40), message, vec![change(7), change(13), change(31)]);
    }
    history
}

fn bench(criterion: &mut Criterion, history: &dyn ChangeHistory, base: &Revision, head: &Revision) {
    let model = Model::shipped().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let mut file = IndexFile::<HistoryIndex>::open(&path).unwrap();
    measure(history, base, &mut file.index, MeasureOptions::default()).unwrap();
    file.save().unwrap();
    let stored = std::fs::read(&path).unwrap();

    let mut group = criterion.benchmark_group("risk");
    group.sample_size(10);
    group.bench_function("cold: measure the whole history", |bencher| {
        bencher.iter(|| {
            black_box(measure(history, head, &mut HistoryIndex::new(), MeasureOptions::default()).unwrap().len())
        });
    });
    group.bench_function("warm: 50 new commits, index file included", |bencher| {
        bencher.iter_batched(
            || std::fs::write(&path, &stored).unwrap(),
            |()| black_box(assess_range(history, (base, head), &model, Some(&path), None).unwrap().commits.len()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn risk(criterion: &mut Criterion) {
    match std::env::var_os("GONOGO_BENCH_REPOSITORY") {
        Some(repository) => {
            let history = GitHistory::open(repository).unwrap();
            let (base, head) = (history.resolve("HEAD~50").unwrap(), history.resolve("HEAD").unwrap());
            bench(criterion, &history, &base, &head);
        }
        None => {
            let history = made();
            bench(criterion, &history, &LinearHistory::revision(11_950), &LinearHistory::revision(12_000));
        }
    }
}

criterion_group!(benches, risk);
criterion_main!(benches);
