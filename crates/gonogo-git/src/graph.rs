//! Ranges and ancestry over the commit graph.
//!
//! Both sides are painted newest commit first. Committer dates can lie, so the walk goes on for a while after the last commit
//! that matters: a commit may then be listed that `base` reaches only through commits with badly wrong dates, but none is ever
//! left out.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{ObjectType, Oid};
use gonogo_core::HistoryError;

use crate::commit::{Links, RawCommit};
use crate::odb::Objects;

/// How many more commits are walked, in search of wrong dates, after the last one that matters.
const FURTHER: usize = 1_000;

/// The commit is an ancestor of base.
const BASE: u8 = 1;
/// The commit is an ancestor of head.
const HEAD: u8 = 2;

/// What the walk knows of one commit.
#[derive(Debug)]
struct Painted {
    links: Links,
    colour: u8,
}

/// The part of the commit graph that tells two commits apart.
#[derive(Debug)]
pub(crate) struct Between {
    painted: HashMap<Oid, Painted>,
}

/// A commit in a queue: newest first, the larger id first among equals.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) committed_at: i64,
    pub(crate) id: Oid,
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.committed_at, self.id).cmp(&(other.committed_at, other.id))
    }
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A commit's parents and date.
pub(crate) fn links(objects: &Objects<'_>, id: Oid) -> Result<Links, HistoryError> {
    let object = objects.read(id, ObjectType::Commit)?;
    Ok(RawCommit::parse(id, &object)?.links())
}

impl Between {
    /// Paints the ancestors of both commits until what only one of them reaches is known.
    ///
    /// With `both_sides` the commits that only `base` reaches are found too; otherwise only those of `base..head`.
    pub(crate) fn paint(objects: &Objects<'_>, base: Oid, head: Oid, both_sides: bool) -> Result<Self, HistoryError> {
        let mut painted: HashMap<Oid, Painted> = HashMap::new();
        let mut queue = BinaryHeap::new();
        // How many queued commits are known to matter; they keep the walk going.
        let mut alive = 0_usize;
        let matters = |colour: u8| colour == HEAD || (both_sides && colour == BASE);
        let mut further = 0_usize;
        let mut oldest = i64::MAX;

        for (id, colour) in [(base, BASE), (head, HEAD)] {
            match painted.get_mut(&id) {
                Some(commit) => {
                    alive = alive.saturating_sub(usize::from(matters(commit.colour)));
                    commit.colour |= colour;
                    alive += usize::from(matters(commit.colour));
                }
                None => {
                    let links = links(objects, id)?;
                    queue.push(Queued { committed_at: links.committed_at, id });
                    alive += usize::from(matters(colour));
                    painted.insert(id, Painted { links, colour });
                }
            }
        }
        let mut queued: HashSet<Oid> = painted.keys().copied().collect();
        while let Some(Queued { committed_at, id }) = queue.pop() {
            queued.remove(&id);
            let Some(commit) = painted.get(&id) else { continue };
            let colour = commit.colour;
            if matters(colour) {
                alive = alive.saturating_sub(1);
                oldest = oldest.min(committed_at);
            }
            // A cut commit has parents that cannot be followed; whether that matters is judged by `check_whole`.
            if !objects.is_cut(id) {
                for parent in commit.links.parents.clone() {
                    match painted.get_mut(&parent) {
                        Some(known) => {
                            if known.colour | colour == known.colour {
                                continue;
                            }
                            if queued.contains(&parent) {
                                alive = alive.saturating_sub(usize::from(matters(known.colour)));
                            }
                            known.colour |= colour;
                            alive += usize::from(matters(known.colour));
                            let committed_at = known.links.committed_at;
                            if queued.insert(parent) {
                                queue.push(Queued { committed_at, id: parent });
                            }
                        }
                        None => {
                            let links = links(objects, parent)?;
                            queue.push(Queued { committed_at: links.committed_at, id: parent });
                            queued.insert(parent);
                            alive += usize::from(matters(colour));
                            painted.insert(parent, Painted { links, colour });
                        }
                    }
                }
            }
            if alive > 0 {
                further = 0;
            } else if queue.peek().is_none_or(|next| next.committed_at < oldest) {
                further += 1;
                if further > FURTHER {
                    break;
                }
            }
        }
        Ok(Self { painted })
    }

    /// How many commits only head, and only base, reaches.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let count = |colour| self.painted.values().filter(|commit| commit.colour == colour).count() as u64;
        (count(HEAD), count(BASE))
    }

    /// The commits that only head reaches: `git rev-list --date-order base..head`, but that the larger id comes first among
    /// commits of one second.
    pub(crate) fn head_only(&self) -> Vec<Oid> {
        self.ordered(HEAD)
    }

    /// The commits that only base reaches, in the same order.
    pub(crate) fn base_only(&self) -> Vec<Oid> {
        self.ordered(BASE)
    }

    fn ordered(&self, colour: u8) -> Vec<Oid> {
        let of_colour = |id: &Oid| self.painted.get(id).filter(|commit| commit.colour == colour);
        let mut children: HashMap<Oid, usize> = HashMap::new();
        for commit in self.painted.values().filter(|commit| commit.colour == colour) {
            for parent in &commit.links.parents {
                *children.entry(*parent).or_default() += 1;
            }
        }
        let ready = |(id, commit): (&Oid, &Painted)| Queued { committed_at: commit.links.committed_at, id: *id };
        let mut queue: BinaryHeap<Queued> = self
            .painted
            .iter()
            .filter(|(id, commit)| commit.colour == colour && !children.contains_key(*id))
            .map(ready)
            .collect();
        let mut ordered = Vec::new();
        while let Some(Queued { id, .. }) = queue.pop() {
            ordered.push(id);
            let Some(commit) = of_colour(&id) else { continue };
            for parent in &commit.links.parents {
                let Some(waiting) = children.get_mut(parent) else { continue };
                *waiting = waiting.saturating_sub(1);
                if *waiting == 0
                    && let Some(next) = of_colour(parent)
                {
                    queue.push(ready((parent, next)));
                }
            }
        }
        ordered
    }

    /// Fails when a shallow clone may have changed which commits `base` and `head` reach.
    ///
    /// The commits only head reaches are right when none of them was cut, and when base could not reach one of them through a
    /// commit that was cut: a commit that descends from every cut commit of base cannot be an ancestor of one.
    pub(crate) fn check_whole(&self, objects: &Objects<'_>, both_sides: bool) -> Result<(), HistoryError> {
        if !objects.is_shallow() {
            return Ok(());
        }
        self.check_side(objects, HEAD, BASE)?;
        if both_sides { self.check_side(objects, BASE, HEAD) } else { Ok(()) }
    }

    fn check_side(&self, objects: &Objects<'_>, mine: u8, other: u8) -> Result<(), HistoryError> {
        let whole = "what lies between the two revisions";
        let is_mine = |id: &Oid| self.painted.get(id).is_some_and(|commit| commit.colour == mine);
        let mut cuts: Vec<Oid> = Vec::new();
        for (id, commit) in &self.painted {
            if objects.is_cut(*id) && !commit.links.parents.is_empty() {
                if commit.colour == mine {
                    return Err(objects.cut(*id, whole));
                }
                if commit.colour & other != 0 {
                    cuts.push(*id);
                }
            }
        }
        cuts.sort_unstable();
        if cuts.is_empty() || !self.painted.keys().any(is_mine) {
            return Ok(());
        }
        let mut children: HashMap<Oid, Vec<Oid>> = HashMap::new();
        for (id, commit) in &self.painted {
            for parent in &commit.links.parents {
                children.entry(*parent).or_default().push(*id);
            }
        }
        for cut in &cuts {
            let descendants = descendants(*cut, &children);
            if let Some(outside) = self.painted.keys().filter(|id| is_mine(id) && !descendants.contains(id)).min() {
                return Err(objects.cut(*cut, &format!("whether the other side has commit {outside} too")));
            }
        }
        Ok(())
    }
}

fn descendants(of: Oid, children: &HashMap<Oid, Vec<Oid>>) -> HashSet<Oid> {
    let mut found = HashSet::from([of]);
    let mut stack = vec![of];
    while let Some(id) = stack.pop() {
        for child in children.get(&id).into_iter().flatten() {
            if found.insert(*child) {
                stack.push(*child);
            }
        }
    }
    found
}
