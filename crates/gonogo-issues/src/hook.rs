//! Judges a commit message before it is committed: the `commit-msg` hook.

use crate::extract::Extractor;
use crate::ledger::LinkRule;
use crate::policy::IssuesPolicy;
use crate::reference::Kind;

/// What the hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookVerdict {
    /// The message may be committed.
    Accepted {
        /// Why, in one phrase.
        because: String,
    },
    /// It may not.
    Refused {
        /// Why not, and what to do, in one sentence.
        why: String,
    },
}

/// Whether a message as git gives it to a `commit-msg` hook (with comment lines, perhaps a scissors line and a diff) links its
/// commit. Merges, and commits that are to be squashed into others, need no link of their own.
///
/// ```
/// use gonogo_issues::{commit_message_verdict, Extractor, HookVerdict, IssuesPolicy};
/// let policy = IssuesPolicy::default();
/// let verdict = commit_message_verdict(b"Tidy up\n# On branch main\n", &policy, &Extractor::automatic());
/// assert!(matches!(verdict, HookVerdict::Refused { why } if why.starts_with("the message names no issue")));
/// ```
#[must_use]
pub fn commit_message_verdict(message: &[u8], policy: &IssuesPolicy, extractor: &Extractor) -> HookVerdict {
    let accepted = |because: &str| HookVerdict::Accepted { because: because.to_owned() };
    let clean = without_comments(message);
    let subject = clean.split(|&b| b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or(&[]).trim_ascii();
    if subject.is_empty() {
        return accepted("it is empty, which git refuses by itself");
    }
    if [&b"fixup! "[..], b"squash! ", b"amend! "].iter().any(|prefix| subject.starts_with(prefix)) {
        return accepted("it will be squashed into another commit");
    }
    if [
        &b"Merge branch "[..],
        b"Merge remote-tracking branch ",
        b"Merge tag ",
        b"Merge commit ",
        b"Merge pull request ",
    ]
    .iter()
    .any(|p| subject.starts_with(p))
    {
        return accepted("it is a merge");
    }
    let found = extractor.extract(&clean);
    if let Some(issue) = found.iter().find(|reference| reference.kind == Kind::Issue) {
        return accepted(&format!("it names {}", issue.key));
    }
    let change = found.iter().find(|reference| reference.kind == Kind::Change);
    if let Some(change) = change.filter(|_| policy.link == LinkRule::IssueOrChange) {
        return accepted(&format!("it names {}", change.key));
    }
    if let Some(why) = policy.exempt.why_message(&clean) {
        return accepted(&why);
    }
    let marker = policy
        .exempt
        .markers
        .first()
        .map(|marker| format!(", or write {marker} where none is needed"))
        .unwrap_or_default();
    if let Some((key, meant)) = found.iter().find_map(|r| r.near_miss_of.as_ref().map(|meant| (&r.key, meant))) {
        return HookVerdict::Refused {
            why: format!("the message names {key}, which is no key of this repository; was a key of {meant} meant?"),
        };
    }
    let example = match (policy.projects.first(), policy.styles.first()) {
        (Some(project), _) => format!(" such as {project}-123"),
        (None, Some(style)) if !style.is_project_keyed() => String::new(),
        _ => " such as ABC-123 or #123".to_owned(),
    };
    let aside = found.iter().find(|reference| reference.kind == Kind::Mention);
    let aside = aside.map(|mention| format!(" ({} is only mentioned in passing)", mention.key)).unwrap_or_default();
    HookVerdict::Refused {
        why: format!("the message names no issue{aside}: begin the first line with its key{example}{marker}"),
    }
}

/// The message without comment lines and without what stands behind the scissors.
fn without_comments(message: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(message.len());
    for line in message.split_inclusive(|&b| b == b'\n') {
        if matches!(line.first(), Some(b'#' | b';')) && line.windows(4).any(|window| window == b" >8 ") {
            break;
        }
        // A comment, unless it is a key that begins the line.
        let key = line.get(1).is_some_and(u8::is_ascii_digit);
        if line.first() != Some(&b'#') || key {
            clean.extend_from_slice(line);
        }
    }
    clean
}
