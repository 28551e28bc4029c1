//! The order in which commits are fed: children after parents, and otherwise by committer time.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use gonogo_core::ObjectId;

/// A commit as far as the order needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitNode {
    /// The id; compared as a number.
    pub id: ObjectId,
    /// Ids of the parents; every one of them must be in the list.
    pub parents: Vec<ObjectId>,
    /// Committer time, in seconds since 1970-01-01 UTC.
    pub committer_time: i64,
}

/// Why no order can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The same commit was given twice.
    #[error("commit {0} was given twice; feed each commit once")]
    Duplicate(ObjectId),
    /// A parent is not among the commits: the history is cut (a shallow clone).
    #[error(
        "commit {child} has the parent {parent}, which is not there; factors need the whole history (fetch-depth: 0)"
    )]
    Cut {
        /// The commit at the edge.
        child: ObjectId,
        /// Its parent that is missing.
        parent: ObjectId,
    },
    /// Parents form a cycle, which no repository can hold.
    #[error("{0} commits are their own ancestors; the commit graph is damaged")]
    Cycle(usize),
}

#[derive(PartialEq, Eq)]
struct Ready {
    time: i64,
    id: ObjectId,
    index: usize,
}

impl Ord for Ready {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.id, self.index).cmp(&(other.time, other.id, other.index))
    }
}

impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Positions of `nodes` in feeding order, oldest first, merges included.
///
/// Repeatedly takes, among the commits all of whose children are taken, the one with the largest (committer time, id as a
/// number), and reverses the sequence: `git log --date-order --reverse` with ties decided by id. Skewed clocks change the
/// order among unrelated commits only, never put a child before its parent. O(n log n).
///
/// # Errors
/// A commit given twice, a parent that is not there, or a cycle.
pub fn feeding_order(nodes: &[CommitNode]) -> Result<Vec<usize>, OrderError> {
    let mut position = HashMap::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        if position.insert(node.id, index).is_some() {
            return Err(OrderError::Duplicate(node.id));
        }
    }
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(nodes.len());
    let mut children = vec![0usize; nodes.len()];
    for node in nodes {
        let find = |id| position.get(id).copied().ok_or(OrderError::Cut { child: node.id, parent: *id });
        let mut known = node.parents.iter().map(find).collect::<Result<Vec<usize>, _>>()?;
        known.sort_unstable();
        known.dedup();
        for parent in &known {
            if let Some(count) = children.get_mut(*parent) {
                *count += 1;
            }
        }
        parents.push(known);
    }
    let ready = |index: usize| nodes.get(index).map(|node| Ready { time: node.committer_time, id: node.id, index });
    let mut heap: BinaryHeap<Ready> =
        children.iter().enumerate().filter(|(_, count)| **count == 0).filter_map(|(index, _)| ready(index)).collect();
    let mut sequence = Vec::with_capacity(nodes.len());
    while let Some(next) = heap.pop() {
        sequence.push(next.index);
        for parent in parents.get(next.index).into_iter().flatten() {
            if let Some(count) = children.get_mut(*parent) {
                *count -= 1;
                if *count == 0 {
                    heap.extend(ready(*parent));
                }
            }
        }
    }
    if sequence.len() < nodes.len() {
        return Err(OrderError::Cycle(nodes.len() - sequence.len()));
    }
    sequence.reverse();
    Ok(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        String::from(digit).repeat(40).parse().unwrap()
    }

    fn node(digit: char, parents: &str, committer_time: i64) -> CommitNode {
        CommitNode { id: id(digit), parents: parents.chars().map(id).collect(), committer_time }
    }

    #[test]
    fn parallel_branches_interleave_by_committer_time() {
        let nodes = [node('d', "bc", 40), node('b', "a", 30), node('c', "a", 20), node('a', "", 10)];
        assert_eq!(feeding_order(&nodes), Ok(vec![3, 2, 1, 0]));
    }

    #[test]
    fn equal_times_are_decided_by_the_larger_id_being_newer() {
        let nodes = [node('d', "bc", 40), node('b', "a", 20), node('c', "a", 20), node('a', "", 10)];
        assert_eq!(feeding_order(&nodes), Ok(vec![3, 1, 2, 0]));
    }

    #[test]
    fn a_child_with_a_clock_before_its_parent_still_follows_it() {
        assert_eq!(feeding_order(&[node('b', "a", 5), node('a', "", 10)]), Ok(vec![1, 0]));
    }

    #[test]
    fn a_history_of_one_commit_or_none_has_an_order() {
        assert_eq!(feeding_order(&[]), Ok(vec![]));
        assert_eq!(feeding_order(&[node('a', "", i64::MIN)]), Ok(vec![0]));
    }

    #[test]
    fn duplicates_cycles_and_missing_parents_are_refused() {
        assert_eq!(feeding_order(&[node('a', "", 1), node('a', "", 1)]), Err(OrderError::Duplicate(id('a'))));
        assert_eq!(feeding_order(&[node('a', "b", 1), node('b', "a", 1)]), Err(OrderError::Cycle(2)));
        assert_eq!(feeding_order(&[node('a', "b", 1)]), Err(OrderError::Cut { child: id('a'), parent: id('b') }));
    }
}
