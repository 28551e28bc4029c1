//! [`History`] for [`GitHistory`].

use git2::ObjectType;
use gonogo_core::{Ancestry, Commit, FileChange, History, HistoryError, RepoPath, Revision};

use crate::commit::RawCommit;
use crate::exact::{exact_pairs, join};
use crate::files::{Found, blob, find, list, tree_of};
use crate::graph::Between;
use crate::odb::oid;
use crate::open::GitHistory;
use crate::resolve::resolve;
use crate::trees::{Difference, Mode, differences};

impl History for GitHistory {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        self.with(|handle| resolve(handle, name))
    }

    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        let (base, head) = (oid(&base.id)?, oid(&head.id)?);
        self.with(|handle| {
            let objects = handle.objects()?;
            if base == head {
                objects.read(head, ObjectType::Commit)?;
                return Ok(Ancestry::Same);
            }
            let between = Between::paint(&objects, base, head, true)?;
            between.check_whole(&objects, true)?;
            Ok(match between.counts() {
                (ahead, 0) => Ancestry::Ahead(ahead),
                (0, behind) => Ancestry::Behind(behind),
                (ahead, behind) => Ancestry::Diverged { ahead, behind },
            })
        })
    }

    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        let (base, head) = (oid(&base.id)?, oid(&head.id)?);
        self.with(|handle| {
            let objects = handle.objects()?;
            let between = Between::paint(&objects, base, head, false)?;
            between.check_whole(&objects, false)?;
            between
                .head_only()
                .into_iter()
                .map(|id| {
                    let object = objects.read(id, ObjectType::Commit)?;
                    Ok(RawCommit::parse(id, &object)?.commit(id))
                })
                .collect()
        })
    }

    fn changed_files(&self, base: &Revision, head: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        let (base, head) = (oid(&base.id)?, oid(&head.id)?);
        self.with(|handle| {
            let objects = handle.objects()?;
            let (old, new) = (tree_of(&objects, base)?, tree_of(&objects, head)?);
            let found = differences(&objects, Some(old), Some(new))?;
            let pairs = exact_pairs(&found);
            Ok(join(found, &pairs).into_iter().map(Difference::into_file_change).collect())
        })
    }

    fn read(&self, at: &Revision, path: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        let at = oid(&at.id)?;
        let limit = self.read_limit();
        self.with(|handle| {
            let objects = handle.objects()?;
            let tree = tree_of(&objects, at)?;
            match find(&objects, tree, path.as_bytes())? {
                Some(Found::File(side)) if side.mode != Mode::Submodule => {
                    blob(&objects, side.id, limit, &path.to_string()).map(Some)
                }
                _ => Ok(None),
            }
        })
    }

    fn files(&self, at: &Revision, directory: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        let at = oid(&at.id)?;
        self.with(|handle| {
            let objects = handle.objects()?;
            let tree = tree_of(&objects, at)?;
            list(&objects, tree, directory.as_bytes())
        })
    }
}
