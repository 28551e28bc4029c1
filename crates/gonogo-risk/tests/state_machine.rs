//! The state machine gives what a straightforward reading of the definitions gives, on any history.

#![allow(clippy::unwrap_used, clippy::type_complexity)]

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{LineChange, ObjectId};
use gonogo_risk::{CommitChange, CommitFactors, HistoryState};
use proptest::prelude::*;

/// The definitions word for word: lists of all touches, walked anew for every commit.
#[derive(Default)]
struct Lists {
    paths: BTreeMap<Vec<u8>, Vec<(ObjectId, Vec<u8>, i64)>>,
    authors: BTreeMap<Vec<u8>, Vec<(i64, BTreeSet<Vec<u8>>)>>,
    fixes: Vec<bool>,
}

fn subsystem(path: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    if parts.len() > 1 { parts[0].to_vec() } else { Vec::new() }
}

fn directory(path: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    parts[..parts.len() - 1].join(&b'/')
}

impl Lists {
    fn advance(&mut self, change: &CommitChange) -> CommitFactors {
        let old = |file: &LineChange| file.old_path.as_ref().unwrap_or(&file.path).as_bytes().to_vec();
        let new = |file: &LineChange| file.path.as_bytes().to_vec();
        let files = &change.files;
        let t = change.author_time;
        let total: u64 = files.iter().map(|file| file.added + file.deleted).sum();
        let mut entropy = 0.0;
        for file in files.iter().filter(|file| file.added + file.deleted > 0) {
            let q = (file.added + file.deleted) as f64 / total as f64;
            entropy -= q * q.log2();
        }
        let lists: Vec<&Vec<(ObjectId, Vec<u8>, i64)>> =
            files.iter().filter_map(|file| self.paths.get(&old(file))).collect();
        let ages: Vec<f64> = lists.iter().map(|list| (t - list.last().unwrap().2).max(0) as f64 / 86_400.0).collect();
        let subsystems: BTreeSet<Vec<u8>> = files.iter().map(|file| subsystem(&new(file))).collect();
        let nothing = Vec::new();
        let own = self.authors.get(&change.author).unwrap_or(&nothing);
        let lines: u64 = files.iter().map(|file| file.lines_before).sum();
        let factors = CommitFactors {
            la: files.iter().map(|file| file.added).sum(),
            ld: files.iter().map(|file| file.deleted).sum(),
            nf: files.len() as u64,
            nd: files.iter().map(|file| directory(&new(file))).collect::<BTreeSet<_>>().len() as u64,
            ns: subsystems.len() as u64,
            entropy,
            lt: if files.is_empty() { 0.0 } else { lines as f64 / files.len() as f64 },
            ndev: lists.iter().flat_map(|list| list.iter().map(|touch| &touch.1)).collect::<BTreeSet<_>>().len() as u64,
            age: (!ages.is_empty()).then(|| ages.iter().sum::<f64>() / ages.len() as f64),
            nuc: lists.iter().map(|list| list.last().unwrap().0).collect::<BTreeSet<_>>().len() as u64,
            exp: own.len() as u64,
            rexp: own.iter().map(|(then, _)| 1.0 / (1.0 + ((t - then).max(0) / 31_557_600) as f64)).sum(),
            sexp: own.iter().filter(|(_, touched)| !touched.is_disjoint(&subsystems)).count() as u64,
            fix: change.fix,
            fix_share: {
                let weight = |place: usize| (-((self.fixes.len() - 1 - place) as f64) / 2_000.0).exp2();
                let sum = |wanted: bool| {
                    let these = self.fixes.iter().enumerate().filter(|(_, fix)| !wanted || **fix);
                    these.map(|(place, _)| weight(place)).sum::<f64>()
                };
                (sum(true) + 0.3 * 20.0) / (sum(false) + 20.0)
            },
        };
        self.fixes.push(change.fix);
        let taken: Vec<_> =
            files.iter().filter(|file| file.old_path.is_some()).map(|file| self.paths.remove(&old(file))).collect();
        for (file, list) in files.iter().filter(|file| file.old_path.is_some()).zip(taken) {
            self.paths.remove(&new(file));
            if let Some(list) = list {
                self.paths.insert(new(file), list);
            }
        }
        for file in files {
            self.paths.entry(new(file)).or_default().push((change.commit, change.author.clone(), t));
        }
        self.authors.entry(change.author.clone()).or_default().push((t, subsystems));
        factors
    }
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "x/a", "x/b", "x/y/c", "y/a", "y/z/a"])
}

/// A commit as a list of touches with distinct paths on either side, as a difference of two trees has them.
fn change() -> impl Strategy<Value = (u8, i64, Vec<LineChange>)> {
    let touch = (path(), prop::option::weighted(0.3, path()), 0u64..20, 0u64..20, 0u64..200);
    (0u8..4, -2_000i64..2_000, prop::collection::vec(touch, 0..5)).prop_map(|(author, days, touches)| {
        let (mut sources, mut targets) = (BTreeSet::new(), BTreeSet::new());
        let mut files = Vec::new();
        for (path, old, added, deleted, lines) in touches {
            let old = old.filter(|old| *old != path);
            if !targets.insert(path) || !sources.insert(old.unwrap_or(path)) {
                continue;
            }
            let file = LineChange::new(path, added, deleted, lines);
            files.push(match old {
                Some(old) => file.renamed_from(old),
                None => file,
            });
        }
        (author, days * 86_400 / 3, files)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_factor_is_what_the_definition_says(changes in prop::collection::vec(change(), 1..25)) {
        let (mut state, mut lists) = (HistoryState::new(), Lists::default());
        for (number, (author, author_time, files)) in changes.into_iter().enumerate() {
            let commit = ObjectId::from_bytes(&[number as u8; 20]).unwrap();
            let change = CommitChange { commit, author: vec![author], author_time, fix: false, files };
            let (ours, theirs) = (state.advance(&change), lists.advance(&change));
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
            prop_assert!(close(ours.entropy, theirs.entropy) && close(ours.rexp, theirs.rexp) && close(ours.lt, theirs.lt));
            match (ours.age, theirs.age) {
                (Some(a), Some(b)) => prop_assert!(close(a, b)),
                (a, b) => prop_assert_eq!(a, b),
            }
            let exact = |f: &CommitFactors| [f.la, f.ld, f.nf, f.nd, f.ns, f.ndev, f.nuc, f.exp, f.sexp];
            prop_assert_eq!(exact(&ours), exact(&theirs));
        }
        prop_assert!(state.commits() > 0);
    }
}

#[test]
fn a_clock_at_either_end_of_time_is_measured_without_overflow() {
    let commit = ObjectId::from_bytes(&[1; 20]).unwrap();
    let mut state = HistoryState::new();
    for author_time in [i64::MIN, i64::MAX, 0, i64::MIN] {
        let files = vec![LineChange::new("a", u64::MAX, u64::MAX, u64::MAX)];
        let factors = state.advance(&CommitChange { commit, author: b"Ada".to_vec(), author_time, fix: true, files });
        assert!(factors.rexp.is_finite() && factors.entropy.is_finite() && factors.age.is_none_or(f64::is_finite));
    }
    assert_eq!(state.commits(), 4);
}

#[test]
fn generated_files_are_left_out_of_the_authored_factors_only() {
    let commit = ObjectId::from_bytes(&[1; 20]).unwrap();
    let files = vec![LineChange::new("Cargo.lock", 900, 100, 5_000), LineChange::new("src/a.rs", 1, 0, 10)];
    let change = CommitChange { commit, author: b"Ada".to_vec(), author_time: 0, fix: false, files };
    let (all, authored) = (HistoryState::new().advance(&change), HistoryState::authored_only().advance(&change));
    assert_eq!((all.la, all.nf, all.ns), (901, 2, 2));
    assert_eq!((authored.la, authored.nf, authored.ns, authored.lt), (1, 1, 1, 10.0));
}
