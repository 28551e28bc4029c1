//! A line of commits in memory.

use std::ops::ControlFlow;

use gonogo_core::{
    Ancestry, ChangeHistory, Commit, CommitHeader, Equivalent, FileChange, History, HistoryError, LineChange, ObjectId,
    RepoPath, Revision, Signature, Timestamp,
};

/// A history without branches: each commit an hour after the one before, with the changes it was given.
///
/// The first commit is 1, the next 2, and so on; its id is its number as 20 bytes, and [`History::resolve`] takes the number.
#[derive(Debug, Clone, Default)]
pub struct LinearHistory {
    commits: Vec<(Commit, i64, Vec<LineChange>)>,
    cut: bool,
    lacking: Vec<u64>,
}

impl LinearHistory {
    /// No commits yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same history with one more commit at its end.
    #[must_use]
    pub fn commit(mut self, author: &str, message: &str, changes: Vec<LineChange>) -> Self {
        let number = self.commits.len() as u64 + 1;
        let seconds = 1_600_000_000 + 3_600 * number as i64;
        let who = Signature {
            name: author.as_bytes().to_vec(),
            email: Vec::new(),
            at: Timestamp::from_unix_seconds(seconds).ok(),
        };
        let parents = self.commits.last().map(|(commit, ..)| commit.id).into_iter().collect();
        let commit = Commit::new(Self::id(number), parents, who.clone(), who, message);
        self.commits.push((commit, seconds, changes));
        self
    }

    /// The same history, cut by a shallow clone: its oldest commits are not there.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    /// The same history in a clone that lacks the blobs of the commit of that number.
    #[must_use]
    pub fn lacking(mut self, number: u64) -> Self {
        self.lacking.push(number);
        self
    }

    /// The id of the commit of that number.
    #[must_use]
    pub fn id(number: u64) -> ObjectId {
        let mut bytes = [0; 20];
        let (_, low) = bytes.split_at_mut(12);
        low.copy_from_slice(&number.to_be_bytes());
        ObjectId::from_bytes(&bytes).unwrap_or_else(|_| unreachable!("20 bytes are an id"))
    }

    /// The revision of that number.
    #[must_use]
    pub fn revision(number: u64) -> Revision {
        Revision::from_id(Self::id(number))
    }

    fn place(&self, id: &ObjectId) -> Result<usize, HistoryError> {
        self.commits.iter().position(|(commit, ..)| commit.id == *id).ok_or_else(|| HistoryError::NotFound {
            name: id.to_string(),
            remedy: "add it with LinearHistory::commit".to_owned(),
        })
    }
}

impl History for LinearHistory {
    fn resolve(&self, name: &str) -> Result<Revision, HistoryError> {
        let id = name.parse().map(Self::id).or_else(|_| name.parse());
        let not_found =
            || HistoryError::NotFound { name: name.to_owned(), remedy: format!("1 to {}", self.commits.len()) };
        let id = id.map_err(|_| not_found())?;
        self.place(&id).map_err(|_| not_found())?;
        Ok(Revision::from_id(id).named(name))
    }

    fn ancestry(&self, base: &Revision, head: &Revision) -> Result<Ancestry, HistoryError> {
        let (base, head) = (self.place(&base.id)? as u64, self.place(&head.id)? as u64);
        Ok(match base.cmp(&head) {
            std::cmp::Ordering::Equal => Ancestry::Same,
            std::cmp::Ordering::Less => Ancestry::Ahead(head - base),
            std::cmp::Ordering::Greater => Ancestry::Behind(base - head),
        })
    }

    fn commits(&self, base: &Revision, head: &Revision) -> Result<Vec<Commit>, HistoryError> {
        let (base, head) = (self.place(&base.id)?, self.place(&head.id)?);
        let range = self.commits.get(base + 1..head + 1).unwrap_or_default();
        Ok(range.iter().rev().map(|(commit, ..)| commit.clone()).collect())
    }

    fn changed_files(&self, _: &Revision, _: &Revision) -> Result<Vec<FileChange>, HistoryError> {
        Ok(Vec::new())
    }

    fn read(&self, _: &Revision, _: &RepoPath) -> Result<Option<Vec<u8>>, HistoryError> {
        Ok(None)
    }

    fn files(&self, _: &Revision, _: &RepoPath) -> Result<Vec<RepoPath>, HistoryError> {
        Ok(Vec::new())
    }
}

impl ChangeHistory for LinearHistory {
    fn ancestors(
        &self,
        head: &Revision,
        visit: &mut dyn FnMut(&CommitHeader) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let head = self.place(&head.id)?;
        for (commit, seconds, _) in self.commits.iter().take(head + 1).rev() {
            let header = CommitHeader::new(
                commit.id,
                commit.parents.clone(),
                commit.author.clone(),
                *seconds,
                *seconds,
                commit.message.clone(),
            );
            if visit(&header).is_break() {
                return Ok(());
            }
        }
        if self.cut {
            return Err(HistoryError::Incomplete {
                what: "the clone is shallow".to_owned(),
                remedy: "fetch the whole history (fetch-depth: 0)".to_owned(),
            });
        }
        Ok(())
    }

    fn line_changes(&self, commit: &ObjectId) -> Result<Vec<LineChange>, HistoryError> {
        let place = self.place(commit)?;
        if self.lacking.contains(&(place as u64 + 1)) {
            return Err(HistoryError::Incomplete {
                what: format!("a blob of commit {} is not in this clone", place + 1),
                remedy: "clone again without --filter".to_owned(),
            });
        }
        Ok(self.commits.get(place).map(|(_, _, changes)| changes.clone()).unwrap_or_default())
    }

    fn canonical_author(&self, _: &Revision, author: &Signature) -> Result<Signature, HistoryError> {
        Ok(author.clone())
    }

    fn equivalent(&self, _: &Revision, _: &Revision) -> Result<Vec<Equivalent>, HistoryError> {
        Ok(Vec::new())
    }
}
