//! Which merge brought which commits.

use std::collections::{BinaryHeap, HashMap};

use gonogo_core::{Commit, ObjectId};

/// Steps that are spent for each commit of the range on following merges, on average.
const STEPS_FOR_EACH: usize = 200;

/// For each commit the merges that brought it, innermost first, and for each merge the commits it brought.
pub(crate) struct Merged {
    brought_by: Vec<Vec<u32>>,
    brings: HashMap<usize, Vec<u32>>,
    cut: bool,
}

impl Merged {
    /// Follows every merge: what its second and later parents reach and its first does not, as `git rev-list p2 ^p1`.
    pub(crate) fn read(commits: &[Commit], index: &HashMap<ObjectId, usize>) -> Self {
        let mut this = Self { brought_by: vec![Vec::new(); commits.len()], brings: HashMap::new(), cut: false };
        // Larger generations are younger: a walk by generation meets every child before its parents.
        let generation = generations(commits, index);
        let mut merges: Vec<usize> =
            (0..commits.len()).filter(|&at| commits.get(at).is_some_and(Commit::is_merge)).collect();
        merges.sort_by_key(|&at| generation.get(at).copied().unwrap_or(0));
        let mut budget = commits.len().saturating_mul(STEPS_FOR_EACH).max(10_000);
        for merge in merges {
            let brought = walk(commits, index, &generation, merge, &mut budget);
            let Some(brought) = brought else {
                this.cut = true;
                break;
            };
            for &at in &brought {
                if let Some(list) = this.brought_by.get_mut(at as usize) {
                    list.push(merge as u32);
                }
            }
            this.brings.insert(merge, brought);
        }
        this
    }

    /// The merges that brought a commit, innermost first.
    pub(crate) fn through(&self, at: usize) -> impl Iterator<Item = usize> {
        self.brought_by.get(at).into_iter().flatten().map(|&merge| merge as usize)
    }

    /// The commits that a merge brought.
    pub(crate) fn brought(&self, merge: usize) -> impl Iterator<Item = usize> {
        self.brings.get(&merge).into_iter().flatten().map(|&at| at as usize)
    }

    /// The limit of steps was reached.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }
}

/// One more than the largest generation among a commit's parents of the range.
fn generations(commits: &[Commit], index: &HashMap<ObjectId, usize>) -> Vec<u32> {
    let mut generation = vec![0u32; commits.len()];
    // Children come before parents, so parents are done first from the end. Another order is mended by repeating, a few times.
    for _ in 0..4 {
        let mut changed = false;
        for at in (0..commits.len()).rev() {
            let Some(commit) = commits.get(at) else { continue };
            let parents =
                commit.parents.iter().filter_map(|parent| index.get(parent)).filter_map(|&p| generation.get(p));
            let own = parents.max().map_or(1, |&largest| largest.saturating_add(1));
            if let Some(slot) = generation.get_mut(at).filter(|slot| **slot != own) {
                *slot = own;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    generation
}

fn walk(
    commits: &[Commit],
    index: &HashMap<ObjectId, usize>,
    generation: &[u32],
    merge: usize,
    budget: &mut usize,
) -> Option<Vec<u32>> {
    let parents = &commits.get(merge)?.parents;
    let mut heap: BinaryHeap<(u32, usize)> = BinaryHeap::new();
    // Whether a commit met is reached from the first parent.
    let mut old: HashMap<usize, bool> = HashMap::new();
    let mut fresh = 0usize;
    for (nth, parent) in parents.iter().enumerate() {
        if let Some(&at) = index.get(parent) {
            let first = nth == 0;
            match old.insert(at, first) {
                None => {
                    heap.push((generation.get(at).copied().unwrap_or(0), at));
                    fresh += usize::from(!first);
                }
                Some(was_old) => {
                    old.insert(at, was_old || first);
                }
            }
        }
    }
    let mut brought = Vec::new();
    while let Some((_, at)) = heap.pop() {
        *budget = budget.checked_sub(1)?;
        let is_old = old.get(&at).copied().unwrap_or(true);
        if !is_old {
            brought.push(at as u32);
            fresh -= 1;
        }
        for parent in commits.get(at).map_or(&[][..], |commit| &commit.parents) {
            let Some(&next) = index.get(parent) else { continue };
            match old.get_mut(&next) {
                None => {
                    old.insert(next, is_old);
                    heap.push((generation.get(next).copied().unwrap_or(0), next));
                    fresh += usize::from(!is_old);
                }
                Some(known) if is_old && !*known => {
                    *known = true;
                    fresh -= 1;
                }
                Some(_) => {}
            }
        }
        if fresh == 0 {
            break;
        }
    }
    Some(brought)
}
