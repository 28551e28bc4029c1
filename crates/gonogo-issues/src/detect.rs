//! Finds out which styles a history is written in, and which keys are slips of the pen.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::extract::{Extractor, is_slip};
use crate::reference::{Kind, Place, Reference};
use crate::style::{ExtractorOptions, ReferenceStyle};

/// A style in a history, with the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StyleEvidence {
    /// The style.
    pub style: ReferenceStyle,
    /// How many messages name an issue in it.
    pub messages: usize,
    /// How many do so in their subject, which is where a team's own keys stand.
    pub in_subject: usize,
    /// Some of the keys.
    pub examples: Vec<String>,
}

/// A key whose project is one slip from a far more frequent one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct NearMiss {
    /// The key as written.
    pub key: String,
    /// The project it is probably meant for.
    pub meant: String,
    /// How many keys that project has here.
    pub others: usize,
}

/// What a history's messages tell about how references are written.
///
/// ```
/// use gonogo_issues::{detect, ReferenceStyle};
/// let messages = ["KAFKA-1: a (#4)", "KAFKA-2: b (#5)", "KAFKA-3: c (#6)", "KAFKA-4: d", "KAFKA-5: e", "tidy up"];
/// let found = detect(messages.iter().map(|m| m.as_bytes()));
/// assert_eq!(found.styles(), [ReferenceStyle::Jira, ReferenceStyle::GitHub]);
/// assert_eq!(found.to_string(), "jira: 5 of 6 messages name an issue such as KAFKA-1; github changes such as #4");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Detection {
    /// How many messages were read.
    pub messages: usize,
    /// The styles of issues, most frequent first.
    pub issues: Vec<StyleEvidence>,
    /// The styles of changes, most frequent first.
    pub changes: Vec<StyleEvidence>,
    /// Projects with how many messages name them.
    pub projects: BTreeMap<String, usize>,
    /// Keys that are probably slips of the pen.
    pub near_misses: BTreeSet<NearMiss>,
}

/// Reads messages for [`Detection`]. Linear in their length.
#[must_use]
pub fn detect<'m>(messages: impl IntoIterator<Item = &'m [u8]>) -> Detection {
    let extractor = Extractor::automatic();
    let mut found = Detection::default();
    let (mut svn, mut gitlab) = (0usize, 0usize);
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for message in messages {
        found.messages += 1;
        let references = extractor.extract(message);
        svn += usize::from(message.windows(11).any(|window| window == b"git-svn-id:"));
        gitlab += usize::from(references.iter().any(|r| r.kind == Kind::Change && r.key.contains('!')));
        tally(&mut found.issues, &references, Kind::Issue);
        tally(&mut found.changes, &references, Kind::Change);
        let mut projects = BTreeSet::new();
        for reference in references.iter().filter(|r| r.kind == Kind::Issue && r.style.is_project_keyed()) {
            if let Some(project) = reference.project() {
                projects.insert(project.to_owned());
                keys.insert(reference.key.clone());
            }
        }
        for project in projects {
            *found.projects.entry(project).or_default() += 1;
        }
    }
    // `#1` is GitHub's until the history says otherwise.
    let hash = if gitlab * 20 > found.messages.max(1) {
        ReferenceStyle::GitLab
    } else if svn * 2 > found.messages {
        ReferenceStyle::Redmine
    } else {
        ReferenceStyle::GitHub
    };
    for evidence in found.issues.iter_mut().chain(&mut found.changes).filter(|e| e.style == ReferenceStyle::GitHub) {
        evidence.style = hash;
    }
    for list in [&mut found.issues, &mut found.changes] {
        list.sort_by(|a, b| (b.in_subject, b.messages, a.style).cmp(&(a.in_subject, a.messages, b.style)));
    }
    for key in keys {
        let Some((project, _)) = key.rsplit_once('-') else { continue };
        let own = found.projects.get(project).copied().unwrap_or(0);
        let meant = found.projects.iter().find(|(known, count)| {
            **count >= own.saturating_mul(20).max(20) && is_slip(known.as_bytes(), project.as_bytes())
        });
        if let Some((meant, others)) = meant {
            found.near_misses.insert(NearMiss { key: key.clone(), meant: meant.clone(), others: *others });
        }
    }
    found
}

fn tally(list: &mut Vec<StyleEvidence>, references: &[Reference], kind: Kind) {
    let mut seen = BTreeSet::new();
    for reference in references.iter().filter(|r| r.kind == kind && r.found_in != Place::Branch) {
        let subject =
            references.iter().any(|r| r.kind == kind && r.style == reference.style && r.found_in == Place::Subject);
        if !seen.insert(reference.style) {
            continue;
        }
        let at = list.iter().position(|evidence| evidence.style == reference.style).unwrap_or_else(|| {
            list.push(StyleEvidence { style: reference.style, messages: 0, in_subject: 0, examples: Vec::new() });
            list.len() - 1
        });
        if let Some(evidence) = list.get_mut(at) {
            evidence.messages += 1;
            evidence.in_subject += usize::from(subject);
            if evidence.examples.len() < 3 {
                evidence.examples.push(reference.key.clone());
            }
        }
    }
}

impl Detection {
    /// The style that most messages with an issue are written in: at least three of them, and at least half. `None` when no
    /// style is that clear.
    #[must_use]
    pub fn dominant(&self) -> Option<&StyleEvidence> {
        let all: usize = self.issues.iter().map(|evidence| evidence.messages).sum();
        let best = self.issues.iter().max_by_key(|evidence| evidence.messages)?;
        (best.messages >= 3 && best.messages * 2 >= all).then_some(best)
    }

    /// The styles to configure, the tracker of record first; empty when no style is dominant.
    #[must_use]
    pub fn styles(&self) -> Vec<ReferenceStyle> {
        let Some(dominant) = self.dominant() else { return Vec::new() };
        let mut styles = vec![dominant.style];
        // Prose such as `bug 1` is the tracker of record's own where that numbers bugs.
        let numbers_bugs = matches!(dominant.style, ReferenceStyle::Launchpad | ReferenceStyle::Gerrit);
        // `(#1) title` beside project keys, on many subjects: an older tracker whose issues are numbered so.
        let hash = self.issues.iter().find(|evidence| evidence.style == ReferenceStyle::GitHub);
        if dominant.style.is_project_keyed() && hash.is_some_and(|hash| hash.in_subject * 5 >= dominant.in_subject) {
            styles.push(ReferenceStyle::Redmine);
        }
        for evidence in self.issues.iter().chain(&self.changes) {
            // One stray message is no style of the repository.
            let known = styles.contains(&evidence.style) || numbers_bugs && evidence.style == ReferenceStyle::Bugzilla;
            if !known && evidence.messages * 50 >= self.messages && evidence.messages >= 2 {
                styles.push(evidence.style);
            }
        }
        styles
    }

    /// Options for these styles; without a project list, so that a rare project's keys still count.
    #[must_use]
    pub fn options(&self) -> ExtractorOptions {
        ExtractorOptions::default().styles(self.styles())
    }
}

impl std::fmt::Display for Detection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let example = |evidence: &StyleEvidence| evidence.examples.first().cloned().unwrap_or_default();
        match self.dominant() {
            Some(best) => write!(
                f,
                "{}: {} of {} messages name an issue such as {}",
                best.style,
                best.messages,
                self.messages,
                example(best)
            )?,
            None => write!(f, "no dominant style in {} messages", self.messages)?,
        }
        match self.changes.first() {
            Some(changes) => write!(f, "; {} changes such as {}", changes.style, example(changes)),
            None => Ok(()),
        }
    }
}
