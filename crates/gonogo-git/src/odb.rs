//! Reading objects, and saying what is missing and how to get it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use git2::{ErrorCode, ObjectType, Odb, OdbObject, Oid, Repository};
use gonogo_core::{HistoryError, ObjectId};

use crate::cache::Cache;
use crate::error::{malformed, unreadable};

/// The objects of a repository, for the length of one question.
pub(crate) struct Objects<'r> {
    repository: &'r Repository,
    odb: Odb<'r>,
    shallow: HashSet<Oid>,
    cache: &'r RefCell<Cache>,
}

/// The bytes of an object.
pub(crate) enum Bytes<'o> {
    Kept(Arc<[u8]>),
    Read(OdbObject<'o>),
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Kept(bytes) => bytes,
            Self::Read(object) => object.data(),
        }
    }
}

impl<'r> Objects<'r> {
    pub(crate) fn new(
        repository: &'r Repository,
        odb: Odb<'r>,
        shallow: HashSet<Oid>,
        cache: &'r RefCell<Cache>,
    ) -> Self {
        Self { repository, odb, shallow, cache }
    }

    /// Whether the clone left out this commit's parents.
    pub(crate) fn is_cut(&self, id: Oid) -> bool {
        !self.shallow.is_empty() && self.shallow.contains(&id)
    }

    /// Whether the clone is shallow.
    pub(crate) fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// The bytes of an object that must be of type `kind`.
    pub(crate) fn read(&self, id: Oid, kind: ObjectType) -> Result<Bytes<'_>, HistoryError> {
        let kept = self.cache.borrow_mut().get(id);
        let (found, bytes) = match kept {
            Some((found, bytes)) => (found, Bytes::Kept(bytes)),
            None => {
                let object = self.odb.read(id).map_err(|error| self.not_read(id, kind, error))?;
                let found = object.kind();
                if Cache::wants(object.data()) {
                    let bytes: Arc<[u8]> = object.data().into();
                    self.cache.borrow_mut().add(id, (found, Arc::clone(&bytes)));
                    (found, Bytes::Kept(bytes))
                } else {
                    (found, Bytes::Read(object))
                }
            }
        };
        if found != kind {
            return Err(malformed(format!("object {id}"), &format!("it is a {found}, not a {kind}")));
        }
        Ok(bytes)
    }

    /// The bytes of a blob; `None` when there are more than `limit` of them, which are then not read.
    pub(crate) fn read_blob(&self, id: Oid, limit: u64) -> Result<Option<Bytes<'_>>, HistoryError> {
        let kept = self.cache.borrow_mut().get(id).is_some();
        if !kept && self.header(id, ObjectType::Blob)?.0 > limit {
            return Ok(None);
        }
        self.read(id, ObjectType::Blob).map(Some)
    }

    /// The size in bytes and the type of an object, without reading it.
    pub(crate) fn header(&self, id: Oid, kind: ObjectType) -> Result<(u64, ObjectType), HistoryError> {
        let (size, kind) = self.odb.read_header(id).map_err(|error| self.not_read(id, kind, error))?;
        Ok((size as u64, kind))
    }

    /// Whether the clone has the object.
    pub(crate) fn exists(&self, id: Oid) -> bool {
        self.odb.exists(id)
    }

    /// Every object id that begins with these hexadecimal digits. Looks through the whole database
    /// when there are several.
    pub(crate) fn with_prefix(&self, digits: &str) -> Result<Vec<Oid>, HistoryError> {
        let short = Oid::from_str(digits).map_err(|error| unreadable(format!("the id {digits}"), error))?;
        match self.odb.exists_prefix(short, digits.len()) {
            Ok(only) => return Ok(vec![only]),
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
            Err(error) if error.code() == ErrorCode::Ambiguous => {}
            Err(error) => return Err(unreadable(format!("the objects whose ids begin with {digits}"), error)),
        }
        let mut found = Vec::new();
        self.odb
            .foreach(|id| {
                if id.to_string().starts_with(digits) {
                    found.push(*id);
                }
                true
            })
            .map_err(|error| unreadable("the object database", error))?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn not_read(&self, id: Oid, kind: ObjectType, error: git2::Error) -> HistoryError {
        if error.code() == ErrorCode::NotFound {
            self.missing(id, kind)
        } else {
            unreadable(format!("the {kind} {id}"), error)
        }
    }

    /// The error for an object that should be there.
    pub(crate) fn missing(&self, id: Oid, kind: ObjectType) -> HistoryError {
        let remedy = if self.is_partial() {
            "this is a partial clone: run `git fetch --refetch --no-filter`, or clone again without `--filter` (and with \
             `fetch-depth: 0` in a checkout step)"
        } else if self.is_shallow() {
            "this is a shallow clone: set `fetch-depth: 0` in the checkout step, or run `git fetch --unshallow`"
        } else {
            "the repository is damaged, or borrows objects from one that moved: run `git fsck`, or clone again"
        };
        HistoryError::Incomplete { what: format!("the {kind} {id} is not in this clone"), remedy: remedy.to_owned() }
    }

    /// The error for a history that ends where the clone was cut.
    pub(crate) fn cut(&self, at: Oid, whole: &str) -> HistoryError {
        HistoryError::Incomplete {
            what: format!("{whole} goes past commit {at}, where this shallow clone ends"),
            remedy: "set `fetch-depth: 0` in the checkout step, or run `git fetch --unshallow`".to_owned(),
        }
    }

    fn is_partial(&self) -> bool {
        let Ok(config) = self.repository.config() else { return false };
        let Ok(mut entries) = config.entries(Some("^remote\\..*\\.promisor$")) else { return false };
        let mut partial = false;
        while let Some(entry) = entries.next() {
            partial |= entry.is_ok_and(|entry| !entry.has_value() || entry.value_bytes().eq_ignore_ascii_case(b"true"));
        }
        partial
    }
}

/// libgit2's id for ours.
pub(crate) fn oid(id: &ObjectId) -> Result<Oid, HistoryError> {
    Oid::from_bytes(id.as_bytes()).map_err(|_| HistoryError::NotFound {
        name: id.to_string(),
        remedy: "it is a SHA-256 id and this repository has SHA-1 ids".to_owned(),
    })
}

/// Our id for libgit2's.
pub(crate) fn object_id(id: Oid) -> ObjectId {
    match ObjectId::from_bytes(id.as_bytes()) {
        Ok(id) => id,
        // An `Oid` always holds 20 bytes here (32 only with libgit2's experimental build), both of which are accepted.
        Err(_) => unreachable!("an object id of {} bytes", id.as_bytes().len()),
    }
}
