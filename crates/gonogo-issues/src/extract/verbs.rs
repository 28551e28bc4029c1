//! Verbs and the actions they stand for.

use crate::reference::Action;

/// The verbs of a dialect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verbs {
    /// GitLab's closing pattern counts `closing` and `implements` too.
    pub(crate) gitlab: bool,
    /// Verbs that configuration gave, in place of the usual ones.
    pub(crate) replaced: bool,
    pub(crate) own: Vec<(Vec<u8>, Action)>,
}

impl Verbs {
    pub(crate) fn action(&self, word: &[u8]) -> Option<Action> {
        let is = |known: &[&str]| known.iter().any(|text| word.eq_ignore_ascii_case(text.as_bytes()));
        if self.replaced {
            return self.own.iter().find(|(verb, _)| word.eq_ignore_ascii_case(verb)).map(|(_, action)| *action);
        }
        if is(&[
            "close",
            "closes",
            "closed",
            "fix",
            "fixes",
            "fixed",
            "resolve",
            "resolves",
            "resolved",
            "closes-bug",
            "fixes-bug",
        ]) || self.gitlab
            && is(&["closing", "fixing", "resolving", "implement", "implements", "implemented", "implementing"])
        {
            return Some(Action::Closes);
        }
        if is(&[
            "revert",
            "reverts",
            "reverted",
            "reverting",
            "undo",
            "undoes",
            "backout",
            "unland",
            "reopens",
            "reopen",
            "rollback",
        ]) {
            return Some(Action::Reverts);
        }
        if is(&["duplicate", "duplicates", "duplicated"]) {
            return Some(Action::Duplicates);
        }
        if is(&["part-of", "partial", "partially", "partial-bug"]) {
            return Some(Action::PartOf);
        }
        let refs = is(&[
            "ref",
            "refs",
            "reference",
            "references",
            "referencing",
            "see",
            "re",
            "relates",
            "related",
            "related-bug",
            "updates",
            "update",
            "addresses",
            "address",
            "addressing",
            "towards",
            "toward",
            "implements",
            "implement",
            "implementing",
            "implemented",
            "fixing",
            "closing",
            "resolving",
            "completes",
            "complete",
            "connects",
            "contributes",
            "helps",
            "tests",
            "covers",
            "tracks",
            "tracking",
            "finishes",
            "finish",
            "solves",
            "solve",
            "solved",
            "bugfix",
            "hotfix",
            "mitigates",
            "improves",
            "handles",
            "relates-to",
            "task-number",
            "delivers",
            "completed",
            "workaround",
        ]);
        refs.then_some(Action::Refs)
    }
}
