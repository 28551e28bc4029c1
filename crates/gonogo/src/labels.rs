//! What labelling a history needs of git and of issues.

use gonogo_core::{HistoryError, ObjectId, RepoPath};
use gonogo_git::{Blame, GitHistory};
use gonogo_issues::{Extractor, Kind};
use gonogo_risk::{BugReports, LineHistory, TakenLines};

/// Where the lines of a git repository come from, for [`gonogo_risk::trace_repairs`].
#[derive(Debug)]
pub struct GitLines<'h> {
    history: &'h GitHistory,
    blame: Blame<'h>,
}

impl<'h> GitLines<'h> {
    /// Asks this repository.
    #[must_use]
    pub fn new(history: &'h GitHistory) -> Self {
        Self { history, blame: Blame::new(history) }
    }
}

impl LineHistory for GitLines<'_> {
    fn taken_lines(&mut self, commit: &ObjectId) -> Result<Vec<TakenLines>, HistoryError> {
        let deleted = self.history.deleted_lines(commit)?;
        Ok(deleted
            .into_iter()
            .map(|file| TakenLines { at: file.at, path: file.path, text: file.text, lines: file.lines })
            .collect())
    }

    fn origins(
        &mut self,
        at: &ObjectId,
        path: &RepoPath,
        lines: &[u32],
        touches: &dyn Fn(&ObjectId, &RepoPath) -> bool,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<ObjectId>>, HistoryError> {
        self.blame.origins(at, path, lines, touches, go_on)
    }
}

/// The commits that repair one of `bugs` (issue keys as their tracker writes them, with the time of the report in seconds since 1970
/// where it is known), by the issues that `messages` name.
pub fn bug_reports<'m>(
    messages: impl IntoIterator<Item = (ObjectId, &'m [u8])>,
    bugs: &std::collections::BTreeMap<String, Option<i64>>,
    extractor: &Extractor,
) -> BugReports {
    let mut reports = BugReports::new();
    for (commit, message) in messages {
        for reference in extractor.extract(message).iter().filter(|found| found.kind != Kind::Mention) {
            if let Some(reported_at) = bugs.get(&reference.key) {
                reports.insert(commit, *reported_at);
            }
        }
    }
    reports
}
