//! [`ChangeHistory`] for [`GitHistory`].

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use git2::Oid;
use gonogo_core::{ChangeHistory, CommitHeader, Equivalent, HistoryError, LineChange, ObjectId, Revision, Signature};

use crate::changes::line_changes;
use crate::cherry::equivalent;
use crate::files::{Found, blob, find, tree_of};
use crate::mailmap::Mailmap;
use crate::odb::oid;
use crate::open::GitHistory;
use crate::walk::ancestors;

impl ChangeHistory for GitHistory {
    fn ancestors(
        &self,
        head: &Revision,
        visit: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let head = oid(&head.id)?;
        self.with(|handle| ancestors(&handle.objects()?, head, visit))
    }

    fn line_changes(&self, commit: &ObjectId) -> Result<Vec<LineChange>, HistoryError> {
        let commit = oid(commit)?;
        self.with(|handle| line_changes(&handle.objects()?, &mut handle.lines.borrow_mut(), commit))
    }

    fn canonical_author(&self, at: &Revision, author: &Signature) -> Result<Signature, HistoryError> {
        Ok(self.mailmap(oid(&at.id)?)?.canonical(author))
    }

    fn equivalent(&self, base: &Revision, head: &Revision) -> Result<Vec<Equivalent>, HistoryError> {
        let (base, head) = (oid(&base.id)?, oid(&head.id)?);
        self.with(|handle| equivalent(&handle.objects()?, &mut handle.lines.borrow_mut(), base, head))
    }
}

impl GitHistory {
    /// The mailmap of a commit's tree; the last one is kept, for authors are asked one after the other.
    fn mailmap(&self, at: Oid) -> Result<Arc<Mailmap>, HistoryError> {
        let mut last = self.mailmap_cache().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, map)) = &*last
            && *of == at
        {
            return Ok(Arc::clone(map));
        }
        let limit = self.read_limit();
        let map = Arc::new(self.with(|handle| {
            let objects = handle.objects()?;
            let tree = tree_of(&objects, at)?;
            Ok(match find(&objects, tree, b".mailmap")? {
                Some(Found::File(side)) if side.mode.is_regular() => {
                    Mailmap::parse(&blob(&objects, side.id, limit, ".mailmap")?)
                }
                _ => Mailmap::default(),
            })
        })?);
        *last = Some((at, Arc::clone(&map)));
        Ok(map)
    }
}
