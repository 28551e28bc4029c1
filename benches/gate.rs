//! What a gate costs by itself.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_core::testing::{Fault, deploy, faulty, scripted};
use gonogo_core::{Conclusion, Decision, Facts, Gate, Outcome};

fn gate(checks: usize) -> Gate {
    let mut builder = Gate::builder();
    for place in 0..checks {
        let said = Outcome::examined(vec![], Facts::new().count("things", 1));
        builder = builder.check(scripted(format!("bench/check-{place:03}"), said));
    }
    builder.build().unwrap()
}

struct Thread(std::thread::Thread);

impl std::task::Wake for Thread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Thread(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

fn overhead(criterion: &mut Criterion) {
    let (gate, deploy) = (gate(100), deploy());
    let mut group = criterion.benchmark_group("100 checks that do nothing");
    group.bench_function("decide", |bencher| {
        bencher.iter(|| {
            let report = block_on(gate.decide(Arc::clone(&deploy)));
            assert_eq!(report.decision, Decision::Go);
            black_box(report)
        });
    });
    group.bench_function("decide_blocking", |bencher| {
        bencher.iter(|| {
            let report = gate.decide_blocking(Arc::clone(&deploy));
            assert_eq!(report.decision, Decision::Go);
            black_box(report)
        });
    });
    group.finish();
}

/// Time from the limit to the report, when one check of ten blocks for ever. Each iteration leaves one thread behind.
fn excess(criterion: &mut Criterion) {
    const LIMIT: Duration = Duration::from_millis(100);
    let mut group = criterion.benchmark_group("one of ten checks blocks for ever");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    group.bench_function("time beyond the limit", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut beyond = Duration::ZERO;
            for _ in 0..iterations {
                let said = || Outcome::examined(vec![], Facts::new().count("things", 1));
                let mut builder = Gate::builder().limit(LIMIT);
                for place in 0..9 {
                    builder = builder.check(scripted(format!("bench/check-{place}"), said()));
                }
                let gate = builder.check(faulty(Fault::Block, scripted("bench/blocks", said()))).build().unwrap();
                let began = Instant::now();
                let report = gate.decide_blocking(deploy());
                beyond += began.elapsed() - LIMIT;
                let blocked = report.entry("bench/blocks").map(|entry| &entry.ended);
                assert_eq!(blocked, Some(&Conclusion::TimedOut { after_milliseconds: 100 }));
            }
            beyond
        });
    });
    group.finish();
}

criterion_group!(benches, overhead, excess);
criterion_main!(benches);
