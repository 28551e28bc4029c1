//! Renames with an edit, found as `git diff -M50% -l1000` finds them (gitdiffcore(7), "diffcore-rename").
//!
//! First come renames without an edit; then pairs whose file name only one lost and only one new path has, if they are three
//! quarters alike; then every lost path is compared with every new one, unless that is more than a million pairs, and the most alike are
//! joined first.

use std::collections::HashMap;

use git2::{ObjectType, Oid};
use gonogo_core::HistoryError;

use crate::changes::HUGE;
use crate::exact::{exact_pairs, file_name, same_file_name};
use crate::lines::is_binary;
use crate::odb::Objects;
use crate::similarity::{HALF, NAMESAKE, Spans, score, sizes_allow};
use crate::trees::{Difference, Side};

/// The most pairs that are compared: `-l1000` squared.
const PAIRS: usize = 1000 * 1000;
/// How many candidates are remembered for each new path.
const CANDIDATES: usize = 4;

/// Every rename, as pairs `(added, deleted)` of indices.
pub(crate) fn renames(objects: &Objects<'_>, differences: &[Difference]) -> Result<Vec<(usize, usize)>, HistoryError> {
    let mut pairs = exact_pairs(differences);
    let unpaired = |pairs: &[(usize, usize)], wanted: fn(&Difference) -> bool, end: fn(&(usize, usize)) -> usize| {
        let taken: std::collections::HashSet<usize> = pairs.iter().map(end).collect();
        let indices = differences.iter().enumerate().filter(|(_, difference)| wanted(difference));
        indices.map(|(index, _)| index).filter(|index| !taken.contains(index)).collect::<Vec<_>>()
    };
    let mut sources = unpaired(&pairs, |difference| difference.new.is_none(), |pair| pair.1);
    let mut destinations = unpaired(&pairs, |difference| difference.old.is_none(), |pair| pair.0);
    if sources.is_empty() || destinations.is_empty() {
        return Ok(pairs);
    }
    let mut likeness = Likeness { objects, differences, files: HashMap::new() };
    let found = by_file_name(&mut likeness, &sources, &destinations)?;
    if !found.is_empty() {
        pairs.extend(&found);
        sources.retain(|source| !found.iter().any(|pair| pair.1 == *source));
        destinations.retain(|destination| !found.iter().any(|pair| pair.0 == *destination));
    }
    if sources.len().saturating_mul(destinations.len()) <= PAIRS {
        pairs.extend(by_likeness(&mut likeness, &sources, &destinations)?);
    }
    Ok(pairs)
}

/// Pairs with a file name that is the only one of its kind on both sides.
fn by_file_name(
    likeness: &mut Likeness<'_>,
    sources: &[usize],
    destinations: &[usize],
) -> Result<Vec<(usize, usize)>, HistoryError> {
    let only = |indices: &[usize]| {
        let mut only: HashMap<&[u8], Option<usize>> = HashMap::new();
        for &index in indices {
            let Some(difference) = likeness.differences.get(index) else { continue };
            only.entry(file_name(&difference.path)).and_modify(|only| *only = None).or_insert(Some(index));
        }
        only
    };
    let (only_sources, only_destinations) = (only(sources), only(destinations));
    let mut pairs = Vec::new();
    for &source in sources {
        let Some(name) = likeness.differences.get(source).map(|difference| file_name(&difference.path)) else {
            continue;
        };
        if only_sources.get(name) != Some(&Some(source)) {
            continue;
        }
        let Some(&Some(destination)) = only_destinations.get(name) else { continue };
        if likeness.score(source, destination)? >= NAMESAKE {
            pairs.push((destination, source));
        }
    }
    Ok(pairs)
}

/// A source for a destination.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    score: u32,
    same_name: bool,
    source: usize,
    destination: usize,
}

impl Candidate {
    /// Better candidates come first.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.score, other.same_name).cmp(&(self.score, self.same_name))
    }
}

/// The most alike pairs, each path in one pair at most.
fn by_likeness(
    likeness: &mut Likeness<'_>,
    sources: &[usize],
    destinations: &[usize],
) -> Result<Vec<(usize, usize)>, HistoryError> {
    let mut candidates = Vec::new();
    for &destination in destinations {
        let mut best: [Option<Candidate>; CANDIDATES] = [None; CANDIDATES];
        for &source in sources {
            let score = likeness.score(source, destination)?;
            let paths = (likeness.differences.get(source), likeness.differences.get(destination));
            let (Some(from), Some(to)) = paths else { continue };
            let same_name = same_file_name(&from.path, &to.path);
            remember(&mut best, Candidate { score, same_name, source, destination });
        }
        candidates.extend(best);
    }
    // Free places sink to the end, and equals stay in order: the order decides between them, as in git.
    let mut candidates: Vec<Candidate> = candidates.into_iter().flatten().collect();
    candidates.sort_by(Candidate::order);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for candidate in candidates.iter().take_while(|candidate| candidate.score >= HALF) {
        if taken.contains(&candidate.destination) || taken.contains(&candidate.source) {
            continue;
        }
        taken.insert(candidate.destination);
        taken.insert(candidate.source);
        pairs.push((candidate.destination, candidate.source));
    }
    Ok(pairs)
}

/// Puts the candidate in the first place that is free, or else in that of the worst one, if it is better.
fn remember(best: &mut [Option<Candidate>; CANDIDATES], candidate: Candidate) {
    if let Some(free) = best.iter_mut().find(|place| place.is_none()) {
        *free = Some(candidate);
        return;
    }
    let worst = best.iter_mut().flatten().reduce(|worst, next| if next.order(worst).is_gt() { next } else { worst });
    if let Some(worst) = worst.filter(|worst| worst.order(&candidate).is_gt()) {
        *worst = candidate;
    }
}

/// Compares files, reading each once.
struct Likeness<'a> {
    objects: &'a Objects<'a>,
    differences: &'a [Difference],
    files: HashMap<Oid, File>,
}

/// What comparing needs of a file.
struct File {
    size: u64,
    spans: Option<Spans>,
}

impl Likeness<'_> {
    /// The score of a pair; 0 where it cannot be half alike.
    fn score(&mut self, source: usize, destination: usize) -> Result<u32, HistoryError> {
        let old = self.differences.get(source).and_then(|difference| difference.old);
        let new = self.differences.get(destination).and_then(|difference| difference.new);
        let (Some(old), Some(new)) = (old, new) else { return Ok(0) };
        if !old.mode.is_regular() || !new.mode.is_regular() {
            return Ok(0);
        }
        let (old_size, new_size) = (self.size(old)?, self.size(new)?);
        if old_size.max(new_size) > HUGE || !sizes_allow(old_size, new_size) {
            return Ok(0);
        }
        self.cut(old)?;
        self.cut(new)?;
        let spans = |side: Side| self.files.get(&side.id).and_then(|file| file.spans.as_ref());
        let (Some(old), Some(new)) = (spans(old), spans(new)) else { return Ok(0) };
        Ok(score((old, old_size), (new, new_size)))
    }

    fn size(&mut self, side: Side) -> Result<u64, HistoryError> {
        if let Some(file) = self.files.get(&side.id) {
            return Ok(file.size);
        }
        let (size, _) = self.objects.header(side.id, ObjectType::Blob)?;
        self.files.insert(side.id, File { size, spans: None });
        Ok(size)
    }

    fn cut(&mut self, side: Side) -> Result<(), HistoryError> {
        let Some(file) = self.files.get_mut(&side.id) else { return Ok(()) };
        if file.spans.is_none() {
            let object = self.objects.read(side.id, ObjectType::Blob)?;
            file.spans = Some(Spans::of(&object, is_binary(&object)));
        }
        Ok(())
    }
}
