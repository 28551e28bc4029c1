//! Renames without an edit: a path that went and a path that came with the same blob.

use std::collections::HashMap;

use git2::Oid;

use crate::trees::{Difference, Side};

/// How many sources of the same bytes are looked at for one destination, as in git.
const ALTERNATIVES: usize = 100;

/// Joins each added path with the deleted path of the same bytes that git would choose, and returns the indices of the pairs
/// `(added, deleted)` in the order of the added paths.
///
/// Among several sources one with the same file name is preferred, then the first; each source is used once. Symbolic links and
/// submodules match only their own kind. The choice is that of git's exact rename detection (gitdiffcore(7), "diffcore-rename").
pub(crate) fn exact_pairs(differences: &[Difference]) -> Vec<(usize, usize)> {
    let mut sources: HashMap<Oid, Vec<usize>> = HashMap::new();
    let mut added = Vec::new();
    for (index, difference) in differences.iter().enumerate() {
        match (difference.old, difference.new) {
            (Some(old), None) => sources.entry(old.id).or_default().push(index),
            (None, Some(new)) => added.push((index, new)),
            _ => {}
        }
    }
    let mut pairs = Vec::new();
    if sources.is_empty() {
        return pairs;
    }
    for (index, new) in added {
        let Some(candidates) = sources.get_mut(&new.id) else { continue };
        let Some(path) = differences.get(index).map(|difference| &difference.path) else { continue };
        let mut best: Option<(usize, bool)> = None;
        for (at, &candidate) in candidates.iter().take(ALTERNATIVES).enumerate() {
            let Some(source) = differences.get(candidate) else { continue };
            if !source.old.is_some_and(|old| may_pair(old, new)) {
                continue;
            }
            let same_name = same_file_name(&source.path, path);
            if best.is_none() || same_name {
                best = Some((at, same_name));
            }
            if same_name {
                break;
            }
        }
        if let Some((at, _)) = best {
            pairs.push((index, candidates.remove(at)));
        }
    }
    pairs
}

fn may_pair(old: Side, new: Side) -> bool {
    old.mode == new.mode || (old.mode.is_regular() && new.mode.is_regular())
}

/// Whether two paths end in the same file name.
pub(crate) fn same_file_name(one: &[u8], two: &[u8]) -> bool {
    file_name(one) == file_name(two)
}

/// What follows the last `/`.
pub(crate) fn file_name(path: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', path) {
        Some(slash) => path.get(slash + 1..).unwrap_or_default(),
        None => path,
    }
}

/// The differences with these pairs `(added, deleted)` joined into renames, sorted by path.
pub(crate) fn join(mut differences: Vec<Difference>, pairs: &[(usize, usize)]) -> Vec<Difference> {
    if pairs.is_empty() {
        return differences;
    }
    let mut gone = vec![false; differences.len()];
    for &(added, deleted) in pairs {
        let Some(source) = differences.get(deleted) else { continue };
        let (old_path, old) = (source.path.clone(), source.old);
        if let Some(destination) = differences.get_mut(added) {
            destination.old_path = Some(old_path);
            destination.old = old;
        }
        if let Some(gone) = gone.get_mut(deleted) {
            *gone = true;
        }
    }
    let mut gone = gone.into_iter();
    differences.retain(|_| !gone.next().unwrap_or(false));
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::Mode;

    fn id(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    fn deleted(path: &str, byte: u8, mode: Mode) -> Difference {
        let old = Some(Side { id: id(byte), mode });
        Difference { path: path.into(), old_path: None, old, new: None }
    }

    fn added(path: &str, byte: u8, mode: Mode) -> Difference {
        let new = Some(Side { id: id(byte), mode });
        Difference { path: path.into(), old_path: None, old: None, new }
    }

    #[test]
    fn the_source_with_the_same_file_name_is_preferred_and_each_is_used_once() {
        use Mode::Regular;
        let differences = [
            deleted("a/one", 1, Regular),
            deleted("a/two", 1, Regular),
            added("b/three", 1, Regular),
            added("b/two", 1, Regular),
            added("c/two", 1, Regular),
        ];
        assert_eq!(exact_pairs(&differences), [(2, 0), (3, 1)]);
    }

    #[test]
    fn a_link_is_never_a_renamed_file() {
        use Mode::{Executable, Regular, Symlink};
        assert_eq!(exact_pairs(&[deleted("a", 1, Symlink), added("b", 1, Regular)]), []);
        assert_eq!(exact_pairs(&[deleted("a", 1, Executable), added("b", 1, Regular)]), [(1, 0)]);
        assert_eq!(exact_pairs(&[deleted("a", 1, Symlink), added("b", 1, Symlink)]), [(1, 0)]);
    }

    #[test]
    fn joining_leaves_one_difference_for_a_rename() {
        let joined = join(vec![added("a", 1, Mode::Regular), deleted("b", 1, Mode::Executable)], &[(0, 1)]);
        let [only] = &joined[..] else { panic!("one difference") };
        assert_eq!((only.path.as_slice(), only.old_path.as_deref()), (&b"a"[..], Some(&b"b"[..])));
        assert_eq!(only.old.map(|old| old.mode), Some(Mode::Executable));
    }
}
