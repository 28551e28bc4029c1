//! What the options of an extractor mean, prepared for many messages.

use regex::bytes::Regex;

use super::bytes::text;
use super::never::is_never;
use super::verbs::Verbs;
use crate::reference::Action;
use crate::style::{CustomPattern, ExtractorError, ExtractorOptions, ReferenceStyle};

/// What a bare `#1` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashMeaning {
    /// An issue of the tracker of record.
    Issue,
    /// A pull request: the issues are elsewhere.
    Change,
    /// No configured tracker writes such a thing.
    Unclear,
}

/// Whose key a project and a number are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Project {
    Ours,
    /// Not on the allow-list; perhaps a slip of the pen for one that is.
    Other(Option<String>),
    Never,
}

#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    pub(crate) automatic: bool,
    styles: Vec<ReferenceStyle>,
    projects: Vec<Vec<u8>>,
    never: Vec<Vec<u8>>,
    pub(crate) repository: Option<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) segments: Vec<String>,
    pub(crate) prefixes: Option<Vec<String>>,
    pub(crate) verbs: Verbs,
    pub(crate) patterns: Vec<(Regex, CustomPattern)>,
}

impl Dialect {
    pub(crate) fn compile(options: &ExtractorOptions) -> Result<Self, ExtractorError> {
        let styles = options.styles.clone();
        let automatic = styles.iter().all(|style| *style == ReferenceStyle::Custom) && options.patterns.is_empty();
        let mut own = Vec::new();
        for (name, verbs) in &options.actions {
            let action = match name.to_ascii_lowercase().as_str() {
                "close" | "closes" => Action::Closes,
                "ref" | "refs" => Action::Refs,
                "part-of" => Action::PartOf,
                "duplicate" | "duplicates" => Action::Duplicates,
                "revert" | "reverts" => Action::Reverts,
                _ => return Err(ExtractorError::UnknownAction { given: name.chars().take(80).collect() }),
            };
            own.extend(verbs.iter().map(|verb| (verb.clone().into_bytes(), action)));
        }
        let mut patterns = Vec::new();
        for pattern in &options.patterns {
            let regex = Regex::new(&pattern.pattern).map_err(|error| ExtractorError::Pattern {
                pattern: pattern.pattern.chars().take(200).collect(),
                why: error.to_string(),
            })?;
            patterns.push((regex, pattern.clone()));
        }
        let host = |given: &String| {
            let rest = given.split_once("://").map_or(given.as_str(), |(_, rest)| rest);
            rest.trim_end_matches('/').to_ascii_lowercase()
        };
        Ok(Self {
            automatic,
            projects: options.projects.iter().map(|p| p.to_ascii_uppercase().into_bytes()).collect(),
            never: options.never.iter().map(|p| p.to_ascii_uppercase().into_bytes()).collect(),
            repository: options.repository.clone().filter(|name| !name.is_empty()),
            hosts: options.hosts.iter().map(host).collect(),
            segments: options.issue_url_segments.iter().map(|s| s.trim_matches('/').to_ascii_lowercase()).collect(),
            prefixes: (!options.issue_prefixes.is_empty()).then(|| options.issue_prefixes.clone()),
            verbs: Verbs {
                gitlab: styles.contains(&ReferenceStyle::GitLab) || styles.contains(&ReferenceStyle::Bitbucket),
                replaced: !options.actions.is_empty(),
                own,
            },
            patterns,
            styles,
        })
    }

    /// The dialect of the default options.
    pub(crate) fn automatic() -> Self {
        Self {
            automatic: true,
            styles: Vec::new(),
            projects: Vec::new(),
            never: Vec::new(),
            repository: None,
            hosts: Vec::new(),
            segments: Vec::new(),
            prefixes: None,
            verbs: Verbs::default(),
            patterns: Vec::new(),
        }
    }

    pub(crate) fn has(&self, style: ReferenceStyle) -> bool {
        self.styles.contains(&style)
    }

    /// The style is configured, or none is.
    pub(crate) fn may(&self, style: ReferenceStyle) -> bool {
        self.automatic || self.has(style)
    }

    /// Like [`may`](Self::may) for any of them.
    pub(crate) fn any(&self, styles: &[ReferenceStyle]) -> bool {
        self.automatic || styles.iter().any(|style| self.has(*style))
    }

    /// The first configured style of these; the first of these when none is configured at all.
    pub(crate) fn first_of(&self, styles: &[ReferenceStyle]) -> Option<ReferenceStyle> {
        if self.automatic {
            return styles.first().copied();
        }
        self.styles.iter().copied().find(|style| styles.contains(style))
    }

    /// The style whose keys are a project and a number.
    pub(crate) fn project_style(&self) -> Option<ReferenceStyle> {
        self.first_of(&[ReferenceStyle::Jira, ReferenceStyle::YouTrack, ReferenceStyle::Linear])
    }

    /// The one configured project of a tracker whose keys name their project.
    pub(crate) fn only_project(&self) -> Option<(ReferenceStyle, String)> {
        match self.projects.as_slice() {
            [only] if !self.automatic => self.project_style().map(|style| (style, text(only))),
            _ => None,
        }
    }

    /// The style of a bare `#1`.
    pub(crate) fn hash_style(&self) -> ReferenceStyle {
        use ReferenceStyle::{Azure, Bitbucket, GitHub, GitLab, Redmine};
        // Azure's work items beside another host's code are `AB#1`.
        let azure = || self.has(Azure).then_some(Azure);
        self.first_of(&[GitHub, GitLab, Redmine, Bitbucket]).or_else(azure).unwrap_or(GitHub)
    }

    /// What a bare `#1` is where the message itself says nothing.
    pub(crate) fn hash_meaning(&self) -> HashMeaning {
        use ReferenceStyle::{Azure, Bitbucket, Custom, Gerrit, GitHub, GitLab, Redmine};
        if self.automatic || self.has(Redmine) {
            return HashMeaning::Issue;
        }
        let hosts = [GitHub, GitLab, Bitbucket];
        match self.styles.iter().find(|style| !matches!(style, Gerrit | Custom)) {
            Some(first) if hosts.contains(first) => HashMeaning::Issue,
            Some(Azure) if !self.styles.iter().any(|style| hosts.contains(style)) => HashMeaning::Issue,
            Some(_) if self.styles.iter().any(|style| hosts.contains(style)) => HashMeaning::Change,
            _ => HashMeaning::Unclear,
        }
    }

    /// Blanks alone join a list that a verb governs: GitLab's rule, where GitHub's does not stand beside it.
    pub(crate) fn blanks_join(&self) -> bool {
        self.has(ReferenceStyle::GitLab) && !self.has(ReferenceStyle::GitHub)
    }

    pub(crate) fn has_projects(&self) -> bool {
        !self.projects.is_empty()
    }

    pub(crate) fn lists_project(&self, project: &[u8]) -> bool {
        self.projects.iter().any(|known| known.eq_ignore_ascii_case(project))
    }

    /// Whose key this is; `project` as written.
    pub(crate) fn project(&self, project: &[u8], number: &[u8]) -> Project {
        let upper = project.to_ascii_uppercase();
        if self.lists_project(&upper) {
            return Project::Ours;
        }
        if self.never.contains(&upper) || is_never(&upper, number) {
            return Project::Never;
        }
        if self.has_projects() {
            let near = self.projects.iter().find(|known| is_slip(known, &upper)).map(|known| text(known));
            return Project::Other(near);
        }
        // Without a list: at most so long, letters only (A11Y, K8S and S3 are words), and no number that is a date.
        if upper.len() > 16 || number.len() > 8 || !upper.iter().all(|b| b.is_ascii_uppercase()) {
            return Project::Never;
        }
        Project::Ours
    }

    /// Whether `owner/name` is the configured repository; `None` when none is configured.
    pub(crate) fn is_own(&self, repository: &str) -> Option<bool> {
        self.repository.as_ref().map(|own| own.eq_ignore_ascii_case(repository))
    }

    /// Whether `group/name` has the name of the configured repository, under another owner.
    pub(crate) fn is_mirror(&self, repository: &str) -> bool {
        let last = |name: &str| name.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        self.repository.as_ref().is_some_and(|own| last(own) == last(repository))
    }

    /// Where the styles say nothing of pull requests, the marks of a merge button still do.
    pub(crate) fn change_style(&self) -> ReferenceStyle {
        use ReferenceStyle::{Azure, Bitbucket, GitHub, GitLab};
        let azure = || self.has(Azure).then_some(Azure);
        self.first_of(&[GitHub, GitLab, Bitbucket]).or_else(azure).unwrap_or(GitHub)
    }

    pub(crate) fn patterns(&self) -> impl Iterator<Item = (&Regex, &CustomPattern)> {
        self.patterns.iter().map(|(regex, pattern)| (regex, pattern))
    }
}

/// Whether `written` is `known` with one slip: two neighbours swapped, a letter wrong, missing or too many. Projects of less
/// than four letters are too close to each other to tell.
pub(crate) fn is_slip(known: &[u8], written: &[u8]) -> bool {
    if known.len() < 4 || known == written {
        return false;
    }
    let head = known.iter().zip(written).take_while(|(a, b)| a == b).count();
    let tail = |list: &[u8], from: usize| list.get(from..).unwrap_or(&[]).to_vec();
    let (a, b) = (tail(known, head), tail(written, head));
    match known.len() as isize - written.len() as isize {
        0 => {
            let swapped = a.len() >= 2
                && b.len() >= 2
                && a.first() == b.get(1)
                && a.get(1) == b.first()
                && a.get(2..) == b.get(2..);
            swapped || a.get(1..) == b.get(1..)
        }
        1 => a.get(1..) == Some(&b),
        -1 => Some(&a[..]) == b.get(1..),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn one_slip_is_near_and_two_are_not() {
        assert!(is_slip(b"KAFKA", b"KAKFA"));
        assert!(is_slip(b"KAFKA", b"KAFK"));
        assert!(is_slip(b"KAFKA", b"KAFFKA"));
        assert!(is_slip(b"KAFKA", b"KAFKS"));
        assert!(!is_slip(b"KAFKA", b"KAFKA"));
        assert!(!is_slip(b"KAFKA", b"FLINK"));
        assert!(!is_slip(b"PUP", b"PUB"));
    }
}
