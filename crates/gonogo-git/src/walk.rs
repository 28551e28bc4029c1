//! Every ancestor of a commit, children before parents.

use std::collections::{BinaryHeap, HashMap};
use std::ops::ControlFlow;

use git2::{ObjectType, Oid};
use gonogo_core::{CommitHeader, HistoryError};

use crate::commit::RawCommit;
use crate::graph::Queued;
use crate::odb::Objects;

/// A commit's parents, date, and how many of its children are still to come.
struct Known {
    parents: Vec<Oid>,
    committed_at: i64,
    children: u32,
}

/// Visits every ancestor of `head`, itself included.
///
/// Among the commits all of whose children were visited the one with the largest (committer time, id) comes first. The links
/// of the whole history are held in memory, some 150 bytes a commit; messages are not.
pub(crate) fn ancestors(
    objects: &Objects<'_>,
    head: Oid,
    visit: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>,
) -> Result<(), HistoryError> {
    let mut known: HashMap<Oid, Known> = HashMap::new();
    let mut stack = vec![head];
    let read = |id: Oid, children: u32| -> Result<Known, HistoryError> {
        let object = objects.read(id, ObjectType::Commit)?;
        let links = RawCommit::parse(id, &object)?.links();
        if objects.is_cut(id) && !links.parents.is_empty() {
            return Err(objects.cut(id, "the whole history"));
        }
        Ok(Known { parents: links.parents, committed_at: links.committed_at, children })
    };
    known.insert(head, read(head, 0)?);
    while let Some(id) = stack.pop() {
        let Some(parents) = known.get(&id).map(|commit| commit.parents.clone()) else { continue };
        for parent in parents {
            match known.get_mut(&parent) {
                Some(seen) => seen.children += 1,
                None => {
                    known.insert(parent, read(parent, 1)?);
                    stack.push(parent);
                }
            }
        }
    }
    let Some(first) = known.get(&head) else { return Ok(()) };
    let mut queue = BinaryHeap::from([Queued { committed_at: first.committed_at, id: head }]);
    while let Some(Queued { id, .. }) = queue.pop() {
        let object = objects.read(id, ObjectType::Commit)?;
        if visit(&RawCommit::parse(id, &object)?.header(id)).is_break() {
            return Ok(());
        }
        let Some(commit) = known.remove(&id) else { continue };
        for parent in commit.parents {
            let Some(waiting) = known.get_mut(&parent) else { continue };
            waiting.children = waiting.children.saturating_sub(1);
            if waiting.children == 0 {
                queue.push(Queued { committed_at: waiting.committed_at, id: parent });
            }
        }
    }
    Ok(())
}
