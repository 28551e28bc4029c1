//! The contents of a deploy as a list: for people in text and Markdown, for programs in JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gonogo_core::{Finding, Severity};
use serde::Serialize;

use crate::ledger::{Accounting, Class, Entry, IssueEntry, Ledger, Link, Resemblance};
use crate::reference::Action;

/// One commit in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CommitRow {
    /// The full id.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// Why it is in its list, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One issue in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IssueRow {
    /// Its key.
    pub key: String,
    /// Its title in the tracker, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its state in the tracker, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The commits that bring it.
    pub commits: Vec<CommitRow>,
    /// Their authors.
    pub authors: Vec<String>,
    /// The files they touch, where files were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What is done to it.
    pub actions: BTreeSet<Action>,
    /// Its pull requests, merge requests and reviews.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// What a person should look at: wrong states, missing fields, what could not be verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attention: Vec<String>,
    /// Some of its commits were taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partly_reverted: bool,
    /// Commits that take it out of production.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed_by: Vec<String>,
}

/// What a deploy contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Contents {
    /// The revision in production, as named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The revision wanted, as named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// How references are written here, and how that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub styles: Option<String>,
    /// What a person should look at that is of no one issue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attention: Vec<String>,
    /// The issues that the deploy brings or touches.
    pub issues: Vec<IssueRow>,
    /// Issues whose every commit was taken back within the range.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub netted_issues: Vec<String>,
    /// Commits that belong to a change and name no issue.
    pub without_issue: Vec<CommitRow>,
    /// Commits that nobody filed.
    pub unlinked: Vec<CommitRow>,
    /// Commits that need no issue.
    pub exempt: Vec<CommitRow>,
    /// Commits that production has already, as another commit.
    pub equivalent: Vec<CommitRow>,
    /// Commits that are probably in production already: they stay in their lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub likely: Vec<CommitRow>,
    /// Commits that cancel each other.
    pub netted: Vec<CommitRow>,
    /// Keys that are one slip from a real one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<String>,
    /// The sum over all commits.
    pub accounting: Accounting,
}

impl Contents {
    /// The contents that a ledger accounts for.
    #[must_use]
    pub fn of(ledger: &Ledger) -> Self {
        let rows = |wanted: &dyn Fn(&Entry) -> Option<Option<String>>| -> Vec<CommitRow> {
            ledger.entries().iter().filter_map(|entry| wanted(entry).map(|why| row(entry, why))).collect()
        };
        let mut near_misses: Vec<String> = ledger
            .near_misses()
            .filter_map(|(_, r)| {
                let meant = r.near_miss_of.as_ref()?;
                // A key of the very project was read out of a number alone.
                let short = r.project() == Some(meant.as_str());
                Some(if short {
                    format!("{} (written without its project)", r.key)
                } else {
                    format!("{} (probably {meant})", r.key)
                })
            })
            .collect();
        near_misses.sort();
        near_misses.dedup();
        Self {
            base: None,
            head: None,
            styles: None,
            attention: Vec::new(),
            issues: ledger
                .issues()
                .iter()
                .filter(|i| i.is_brought() || !i.removed_by.is_empty())
                .map(|i| issue(ledger, i))
                .collect(),
            netted_issues: ledger
                .issues()
                .iter()
                .filter(|i| i.commits.is_empty() && i.removed_by.is_empty() && !i.netted.is_empty())
                .map(|i| i.key.clone())
                .collect(),
            without_issue: rows(&|entry| match &entry.class {
                Class::Linked { via: Link::Change } => Some(None),
                Class::Linked { via: Link::Merge { merge } }
                    if !ledger.issues().iter().any(|i| i.commits.contains(&entry.id)) =>
                {
                    Some(Some(format!("linked by the merge {}", merge.short())))
                }
                _ => None,
            }),
            unlinked: rows(&|entry| (entry.class == Class::Unlinked).then_some(None)),
            exempt: rows(&|entry| match &entry.class {
                Class::Exempt { why } => Some(Some(why.clone())),
                _ => None,
            }),
            equivalent: rows(&|entry| match &entry.class {
                Class::Equivalent { in_production } => {
                    Some(Some(format!("the patch of {} in production", in_production.short())))
                }
                _ => None,
            }),
            likely: rows(&|entry| {
                let likely = entry.likely_in_production.as_ref()?;
                (!matches!(entry.class, Class::Equivalent { .. })).then(|| {
                    let id = likely.in_production.short();
                    Some(match likely.because {
                        Resemblance::PickedFromThis => {
                            format!("{id} in production was picked from it, and has another patch")
                        }
                        Resemblance::PickedFromThat => {
                            format!("was picked from {id} in production, with another patch")
                        }
                        Resemblance::SubjectAndAuthor => {
                            format!("has the subject and author of {id} in production, and another patch")
                        }
                        Resemblance::SubjectAndKey => {
                            format!("has the subject and issue of {id} in production, and another patch")
                        }
                    })
                })
            }),
            netted: rows(&|entry| match &entry.class {
                Class::Netted { with } => Some(Some(format!(
                    "with {}",
                    with.iter().map(gonogo_core::ObjectId::short).collect::<Vec<_>>().join(", ")
                ))),
                _ => None,
            }),
            near_misses,
            accounting: ledger.accounting(),
        }
    }

    /// The same contents of `base..head`, as named.
    #[must_use]
    pub fn between(self, base: impl Into<String>, head: impl Into<String>) -> Self {
        Self { base: Some(base.into()), head: Some(head.into()), ..self }
    }

    /// The same contents, with what is known of the styles.
    #[must_use]
    pub fn styles(self, styles: impl Into<String>) -> Self {
        Self { styles: Some(styles.into()), ..self }
    }

    /// Titles and states from a tracker, by key.
    pub fn describe(&mut self, tell: impl Fn(&str) -> Option<(String, String)>) {
        for issue in &mut self.issues {
            if let Some((title, state)) = tell(&issue.key) {
                issue.title = Some(title);
                issue.state = Some(state);
            }
        }
    }

    /// Puts what a person should look at beside the issue that it is about.
    pub(crate) fn mark(&mut self, findings: &[Finding]) {
        for finding in findings.iter().filter(|finding| finding.weight() > Severity::Note) {
            match self.issues.iter_mut().find(|issue| issue.key == finding.subject) {
                Some(issue) => issue.attention.push(finding.message.clone()),
                None => self.attention.push(finding.message.clone()),
            }
        }
    }

    /// The sum in one line: `118 commits: 97 linked, 12 unlinked, 9 merges`.
    #[must_use]
    pub fn summary(&self) -> String {
        let sum = &self.accounting;
        let mut text = format!("{} {}", sum.total(), plural(sum.total(), "commit"));
        let parts = [
            (sum.linked, "linked"),
            (sum.unlinked, "unlinked"),
            (sum.exempt, "exempt"),
            (sum.outside, "outside this service"),
            (sum.merge_only, "merge only"),
            (sum.equivalent, "in production already"),
            (sum.netted, "netted"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if !told.is_empty() {
            let _ = write!(text, ": {}", told.join(", "));
        }
        let _ = write!(text, "; {} {}", self.issues.len(), plural(self.issues.len(), "issue"));
        text
    }

    /// The list for a terminal: an issue a row, then what needs a look, then the sum.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let width = self.issues.iter().map(|issue| issue.key.chars().count()).max().unwrap_or(0);
        for issue in &self.issues {
            let _ = writeln!(out, "{:width$}  {}", plain(&issue.key), plain(&headline(issue)));
            let _ = writeln!(out, "{:width$}  {}", "", plain(&details(issue)));
            for message in &issue.attention {
                let _ = writeln!(out, "{:width$}  ! {}", "", plain(message));
            }
        }
        if !self.attention.is_empty() {
            let _ = writeln!(out, "\nTo look at:");
            for message in &self.attention {
                let _ = writeln!(out, "  ! {}", plain(message));
            }
        }
        for (title, rows) in self.lists() {
            if rows.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{title}:");
            for row in rows {
                let why = row.why.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
                let _ = writeln!(out, "  {}  {}{}", short(&row.id), plain(&row.subject), plain(&why));
            }
        }
        if !self.netted_issues.is_empty() {
            let _ = writeln!(out, "\nTaken back within the range: {}", plain(&self.netted_issues.join(", ")));
        }
        if !self.near_misses.is_empty() {
            let _ = writeln!(out, "\nProbably slips of the pen: {}", plain(&self.near_misses.join(", ")));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", self.summary());
        if let Some(styles) = &self.styles {
            let _ = writeln!(out, "{}", plain(styles));
        }
        out
    }

    /// The list as Markdown: a table with an issue a row.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        if let (Some(base), Some(head)) = (&self.base, &self.head) {
            let _ = writeln!(out, "## {} .. {}\n", escape(base), escape(head));
        }
        let _ = writeln!(out, "{}\n", escape(&self.summary()));
        for message in &self.attention {
            let _ = writeln!(out, "> **To look at:** {}\n", escape(message));
        }
        if !self.issues.is_empty() {
            let _ = writeln!(out, "| Issue | What | Commits | Changes | Authors |\n| --- | --- | --- | --- | --- |");
            for issue in &self.issues {
                let commits: Vec<String> = issue.commits.iter().map(|row| format!("`{}`", short(&row.id))).collect();
                let authors: Vec<String> = issue.authors.iter().map(|author| escape(name(author))).collect();
                let attention: Vec<String> =
                    issue.attention.iter().map(|message| format!("<br>**{}**", escape(message))).collect();
                let _ = writeln!(
                    out,
                    "| {} | {}{} | {} | {} | {} |",
                    escape(&issue.key),
                    escape(&headline(issue)),
                    attention.concat(),
                    folded(&commits, 8),
                    escape(&issue.changes.join(", ")),
                    folded(&authors, 6)
                );
            }
        }
        for (title, rows) in self.lists() {
            if rows.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n<details><summary>{title}: {}</summary>\n", rows.len());
            for row in rows {
                let why = row.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                let _ = writeln!(out, "- `{}` {}{}", short(&row.id), escape(&row.subject), escape(&why));
            }
            let _ = writeln!(out, "\n</details>");
        }
        if !self.netted_issues.is_empty() {
            let _ = writeln!(out, "\nTaken back within the range: {}", escape(&self.netted_issues.join(", ")));
        }
        if !self.near_misses.is_empty() {
            let _ = writeln!(out, "\nProbably slips of the pen: {}", escape(&self.near_misses.join(", ")));
        }
        out
    }

    fn lists(&self) -> [(&'static str, &[CommitRow]); 6] {
        [
            ("Unlinked commits", &self.unlinked),
            ("Changes without an issue", &self.without_issue),
            ("Exempt commits", &self.exempt),
            ("In production already", &self.equivalent),
            ("Probably in production already", &self.likely),
            ("Commits that cancel each other", &self.netted),
        ]
    }
}

fn row(entry: &Entry, why: Option<String>) -> CommitRow {
    CommitRow { id: entry.id.to_string(), subject: entry.subject.clone(), author: entry.author.clone(), why }
}

fn issue(ledger: &Ledger, issue: &IssueEntry) -> IssueRow {
    let wanted: BTreeSet<_> = issue.commits.iter().chain(&issue.removed_by).collect();
    let rows = ledger.entries().iter().filter(|entry| wanted.contains(&entry.id)).map(|entry| row(entry, None));
    IssueRow {
        key: issue.key.clone(),
        title: None,
        state: None,
        commits: rows.collect(),
        authors: issue.authors.clone(),
        files: issue.files.iter().map(ToString::to_string).collect(),
        actions: issue.actions.clone(),
        changes: issue.changes.iter().cloned().collect(),
        attention: Vec::new(),
        partly_reverted: issue.is_partly_reverted(),
        removed_by: issue.removed_by.iter().map(ToString::to_string).collect(),
    }
}

/// The tracker's title, else the subject of the oldest commit; with what is remarkable.
fn headline(issue: &IssueRow) -> String {
    let own = || issue.commits.last().map(|row| row.subject.clone()).unwrap_or_default();
    let mut text = issue.title.clone().unwrap_or_else(own);
    if let Some(state) = &issue.state {
        let _ = write!(text, " [{state}]");
    }
    if issue.partly_reverted {
        text.push_str(" (partly reverted)");
    } else if !issue.removed_by.is_empty() {
        text.push_str(" (removed from production)");
    }
    text
}

fn details(issue: &IssueRow) -> String {
    let mut text = format!("{} {}", issue.commits.len(), plural(issue.commits.len(), "commit"));
    if !issue.changes.is_empty() {
        let _ = write!(text, ", {}", issue.changes.join(" "));
    }
    let names: Vec<String> = issue.authors.iter().map(|author| name(author).to_owned()).collect();
    let _ = write!(text, ", {}", folded(&names, 4));
    if !issue.files.is_empty() {
        let _ = write!(text, ", {} {}", issue.files.len(), plural(issue.files.len(), "file"));
    }
    text
}

fn name(author: &str) -> &str {
    author.split(" <").next().unwrap_or(author)
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

fn folded(list: &[String], most: usize) -> String {
    let shown = list.get(..most.min(list.len())).unwrap_or(list).join(", ");
    if list.len() > most { format!("{shown} and {} more", list.len() - most) } else { shown }
}

/// Text for a terminal: control characters and marks that turn the direction of writing are shown, not obeyed.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect()
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text for Markdown: what a message writes stays text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width joiner keeps a host from making a mention or a link of it.
            '@' => out.push_str("@\u{200d}"),
            _ => out.push(c),
        }
    }
    out
}
