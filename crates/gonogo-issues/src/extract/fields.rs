//! Lines such as `Bug: 123`, `BUG=crashpad:1` and `Reviewed-on: ...`, wherever in a message they stand.

use super::bytes::{at, cut, is_word, skip_blanks};
use crate::reference::Action;

/// What a field's references are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Issues, with this action.
    Issue(Action),
    /// The commit's own review or pull request.
    Change,
    /// Named in passing.
    Mention,
    /// Nothing: people, tools, positions.
    Skip,
}

/// What a number alone means in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    Nothing,
    Bug,
    Launchpad,
    Revision,
    Hash,
    Change,
    Review,
}

/// A field line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) role: Role,
    pub(crate) bare: Bare,
    /// The field names a blueprint.
    pub(crate) blueprint: bool,
    /// Where the value begins.
    pub(crate) value: usize,
}

/// The field that the line beginning at `start` is, if its name is known.
pub(crate) fn field(message: &[u8], start: usize, end: usize) -> Option<Field> {
    let from = skip_blanks(message, start);
    let mut name = [0u8; 40];
    let mut length = 0;
    let mut i = from;
    while i < end {
        let byte = at(message, i);
        if byte == b':' || byte == b'=' {
            break;
        }
        let folded = match byte {
            b' ' | b'\t' | b'_' | b'-' => b'-',
            _ if is_word(byte) || byte == b'.' => byte.to_ascii_lowercase(),
            _ => return None,
        };
        *name.get_mut(length)? = folded;
        length += 1;
        i += 1;
    }
    if i >= end || length == 0 {
        return None;
    }
    let written = cut(message, from, i).trim_ascii_end();
    let equals = at(message, i) == b'=';
    let name = std::str::from_utf8(cut(&name, 0, length)).ok()?.trim_end_matches('-');
    let (role, bare) = known(name, written, equals)?;
    let blueprint = name.ends_with("implements") || name.ends_with("blueprint") || name == "completes";
    Some(Field { role, bare, blueprint, value: skip_blanks(message, i + 1) })
}

fn known(name: &str, written: &[u8], equals: bool) -> Option<(Role, Bare)> {
    use Action::{Closes, Duplicates, PartOf, Refs, Reverts};
    // Before "BUG" and after "Bug": KDE closes with the upper-case colon form, Gerrit's footers name.
    if written == b"BUG" && !equals {
        return Some((Role::Issue(Closes), Bare::Bug));
    }
    Some(match name {
        "bug" | "bugs" | "ccbug" | "bug-id" | "related-bugs" | "b" | "bugzilla" | "issue-bug" => {
            (Role::Issue(Refs), Bare::Bug)
        }
        "feature" | "fixed-bug" if written.iter().all(u8::is_ascii_uppercase) => (Role::Issue(Closes), Bare::Bug),
        "related-bug" | "relates-bug" => (Role::Issue(Refs), Bare::Launchpad),
        "closes-bug" | "fixes-bug" | "close-bug" | "fix-bug" | "closes-bugs" | "resolves-bug" | "closed-bug"
        | "fixed-bug" | "resolved-bug" | "resolve-bug" | "fixes-bugs" => (Role::Issue(Closes), Bare::Launchpad),
        "partial-bug" | "partially-fixes-bug" => (Role::Issue(PartOf), Bare::Launchpad),
        "fixed" => (Role::Issue(Closes), Bare::Bug),
        "fix" | "fixes" | "close" | "closes" | "closed" | "resolve" | "resolves" | "resolved" | "implements"
        | "completes" | "bugfix" => (Role::Issue(Closes), Bare::Nothing),
        "partially-implements"
        | "partial-implements"
        | "partially-fixes"
        | "partial"
        | "partly-implements"
        | "part-of"
        | "partial-close"
        | "partial-fix"
        | "partially-closes" => (Role::Issue(PartOf), Bare::Nothing),
        "issue" | "issues" | "issue-id" | "issue-number" | "ticket" | "tickets" | "ticket-id" | "github-issue"
        | "gh-issue" | "related-issue" | "related-issues" | "related-tickets" | "related-work-items" | "work-item"
        | "work-items" => (Role::Issue(Refs), Bare::Hash),
        "task" | "tasks" | "story" | "jira" | "jira-id" | "jira-issue" | "jira-issues" | "jira-ticket" | "jira-key"
        | "ref" | "refs" | "reference" | "references" | "relates" | "relates-to" | "related" | "related-to" | "see"
        | "see-also" | "task-number" | "gh" | "link" | "links" | "bug-url" | "buglink" | "bug-link"
        | "maniphest-tasks" | "maniphest-task" | "url" | "tracker" | "youtrack" | "redmine" | "shortcut" | "linear"
        | "azure" | "addresses" | "updates" | "for" | "card" | "bug-debian" | "bug-ubuntu" | "blueprint" | "bz"
        | "rhbz" | "fixes-issue" | "re" | "contributes-to" | "helps" | "issue-url" => {
            (Role::Issue(Refs), Bare::Nothing)
        }
        "duplicate-of" | "duplicates" => (Role::Issue(Duplicates), Bare::Nothing),
        "reverts" | "revert" => (Role::Issue(Reverts), Bare::Nothing),
        "differential-revision" | "differential-diff" => (Role::Change, Bare::Revision),
        "reviewed-on" | "review-url" | "review-link" | "review" | "reviewed-at" | "change-url" => {
            (Role::Change, Bare::Review)
        }
        "pull-request"
        | "pull-request-url"
        | "pr-url"
        | "pr-link"
        | "github-pr"
        | "merge-request"
        | "mr"
        | "copybara-integrate-review"
        | "github-pull-request"
        | "closes-pr"
        | "codereview" => (Role::Change, Bare::Change),
        // FreeBSD's problem reports are bugs; elsewhere a PR is a pull request. The number alone tells: with `#` it is one.
        "pr" | "prs" => (Role::Issue(Refs), Bare::Bug),
        "depends-on" | "needed-by" | "depends" | "merged-in" | "supersedes" | "follow-up" | "follow-up-to"
        | "introduced-by" | "caused-by" | "regressed-by" | "broken-by" | "original-change-id" | "regression-from"
        | "blocks" | "blocked-by" => (Role::Mention, Bare::Nothing),
        "signed-off-by" | "co-authored-by" | "co-developed-by" | "reviewed-by" | "acked-by" | "tested-by"
        | "reported-by" | "suggested-by" | "author" | "authors" | "reviewers" | "reviewer" | "subscribers" | "cc"
        | "git-svn-id" | "committer" | "patch-by" | "submitted-by" | "obtained-from" | "approved-by" | "mfc-after"
        | "sponsored-by" | "commit-queue" | "tbr" | "r" | "piperorigin-revid" | "gitorigin-revid" | "test"
        | "tests" | "blame-rev" | "message-id" | "backpatch" | "backpatch-through" | "props" | "tested"
        | "cq-include-trybots" | "trybot-result" | "run-trybot" | "auto-submit" | "svn-revision"
        | "dependency-name" | "dependency-version" | "dependency-type" | "update-type" | "dependency-group"
        | "auditors" | "built-from" | "fixed-in" | "version-fixed-in" | "qa-contact" | "original-revision"
        | "bot-commit" | "presubmit" | "quick-run" => (Role::Skip, Bare::Nothing),
        "partial-blueprint" | "partially-implements-blueprint" | "partial-implements-blueprint" => {
            (Role::Issue(PartOf), Bare::Nothing)
        }
        "implements-blueprint" | "closes-blueprint" | "completes-blueprint" => (Role::Issue(Closes), Bare::Nothing),
        _ if name.ends_with("-blueprint") => (Role::Issue(Refs), Bare::Nothing),
        _ if name.starts_with("cr-")
            || name.starts_with("x-git")
            || name.starts_with("cq-")
            || name.ends_with("-by")
            || name.ends_with("-revid") =>
        {
            (Role::Skip, Bare::Nothing)
        }
        _ => return None,
    })
}
