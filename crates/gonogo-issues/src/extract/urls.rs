//! Links to issues and changes.

use super::bytes::{at, before, cut, digits, run, text};
use super::dialect::{Dialect, Project};
use super::raw::{Nature, Owner};
use crate::style::ReferenceStyle;

/// What a link leads to.
pub(crate) struct Link {
    pub(crate) key: String,
    pub(crate) nature: Nature,
    pub(crate) style: ReferenceStyle,
    pub(crate) owner: Owner,
    /// The bytes of the number or key.
    pub(crate) span: [usize; 2],
}

/// Where a link that begins at `from` ends.
pub(crate) fn end(message: &[u8], from: usize, limit: usize) -> usize {
    let stop = |b: u8| {
        b.is_ascii_whitespace()
            || b < 0x20
            || matches!(b, b'<' | b'>' | b'"' | b'`' | b'\'' | b')' | b']' | b'}' | b'|' | b',' | b'\\')
    };
    let mut end = run(message, from, |b| !stop(b)).min(limit);
    while end > from && matches!(before(message, end), b'.' | b':' | b';' | b'!' | b'?' | b'*' | b'_') {
        end -= 1;
    }
    end
}

struct Parts<'m> {
    message: &'m [u8],
    host: String,
    /// Segments of the path with where they begin.
    segments: Vec<(usize, &'m [u8])>,
    query: Option<usize>,
    end: usize,
}

impl<'m> Parts<'m> {
    fn read(message: &'m [u8], host_from: usize, end: usize) -> Option<Self> {
        let host_end = run(message, host_from, |b| !matches!(b, b'/' | b'?' | b'#')).min(end);
        let mut host = cut(message, host_from, host_end).to_ascii_lowercase();
        if let Some(user) = host.iter().rposition(|&b| b == b'@') {
            host.drain(..=user);
        }
        let host = text(&host);
        let mut segments = Vec::new();
        let mut i = host_end;
        let mut query = None;
        while i < end && segments.len() < 24 {
            match at(message, i) {
                b'/' => {
                    let from = i + 1;
                    // Old Gerrit writes `/#/c/1`: the fragment is the path.
                    i = run(message, from, |b| !matches!(b, b'/' | b'?' | b'#' | b'&')).min(end);
                    if i > from {
                        segments.push((from, cut(message, from, i)));
                    }
                }
                b'#' if at(message, i + 1) == b'/' => i += 1,
                b'?' => {
                    query = Some(i + 1);
                    break;
                }
                _ => break,
            }
        }
        Some(Self { message, host, segments, query, end })
    }

    fn segment(&self, index: usize) -> &'m [u8] {
        self.segments.get(index).map_or(&[], |(_, bytes)| bytes)
    }

    fn is(&self, index: usize, word: &str) -> bool {
        self.segment(index).eq_ignore_ascii_case(word.as_bytes())
    }

    fn position(&self, words: &[&str]) -> Option<usize> {
        (0..self.segments.len()).rev().find(|&i| words.iter().any(|word| self.is(i, word)))
    }

    /// The number that a segment is, or begins with before a slug.
    fn number(&self, index: usize) -> Option<[usize; 2]> {
        let (from, bytes) = self.segments.get(index)?;
        let end = digits(self.message, *from).min(from + bytes.len());
        let whole = end == from + bytes.len() || matches!(at(self.message, end), b'-' | b'.' | b':' | b';');
        (end > *from && end - from <= 12 && whole).then_some([*from, end])
    }

    /// The number of a query's parameter.
    fn parameter(&self, name: &str) -> Option<[usize; 2]> {
        let mut from = self.query?;
        while from < self.end {
            let stop = run(self.message, from, |b| !matches!(b, b'&' | b'#' | b';')).min(self.end);
            let value = from + name.len() + 1;
            if super::bytes::starts(self.message, from, name.as_bytes()) && at(self.message, value - 1) == b'=' {
                let end = digits(self.message, value).min(stop);
                return (end > value && end - value <= 12).then_some([value, end]);
            }
            from = stop + 1;
        }
        None
    }

    fn path(&self, from: usize, to: usize) -> String {
        let list: Vec<String> =
            self.segments.get(from..to).unwrap_or(&[]).iter().map(|(_, bytes)| text(bytes)).collect();
        list.join("/")
    }

    fn digits(&self, span: [usize; 2]) -> String {
        text(cut(self.message, span[0], span[1]))
    }
}

/// Reads a link whose host begins at `host_from` and which ends at `end`.
pub(crate) fn link(message: &[u8], host_from: usize, end: usize, dialect: &Dialect) -> Option<Link> {
    let parts = Parts::read(message, host_from, end)?;
    let configured =
        dialect.hosts.iter().any(|host| parts.host == *host || host.split('/').next() == Some(&parts.host));
    if !dialect.hosts.is_empty() && !configured && !is_public(&parts.host) {
        return None;
    }
    short(&parts)
        .or_else(|| review(&parts))
        .or_else(|| bugs(&parts, dialect))
        .or_else(|| project_key(&parts, dialect))
        .or_else(|| phabricator(&parts, dialect))
        .or_else(|| repository(&parts, dialect, configured))
}

fn is_public(host: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "atlassian.net",
        "youtrack.jetbrains.com",
        "linear.app",
        "launchpad.net",
        "crbug.com",
        "azure.com",
        "shortcut.com",
    ];
    PUBLIC.iter().any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

fn issue(key: String, style: ReferenceStyle, span: [usize; 2]) -> Link {
    Link { key, nature: Nature::Issue, style, owner: Owner::Ours, span }
}

fn short(parts: &Parts) -> Option<Link> {
    let host = parts.host.as_str();
    let first = parts.number(0);
    Some(match host {
        "crbug.com" => match first {
            Some(span) => issue(format!("chromium:{}", parts.digits(span)), ReferenceStyle::Gerrit, span),
            None => {
                let span = parts.number(1)?;
                issue(format!("{}:{}", parts.path(0, 1), parts.digits(span)), ReferenceStyle::Gerrit, span)
            }
        },
        "fxbug.dev" => issue(format!("fuchsia:{}", parts.digits(first?)), ReferenceStyle::Gerrit, first?),
        "issuetracker.google.com" | "b.corp.google.com" => {
            let span = first.or_else(|| parts.number(1))?;
            issue(format!("b:{}", parts.digits(span)), ReferenceStyle::Gerrit, span)
        }
        "issues.chromium.org" => {
            let span = first.or_else(|| parts.number(1))?;
            issue(format!("chromium:{}", parts.digits(span)), ReferenceStyle::Gerrit, span)
        }
        _ if parts.is(0, "p") && (parts.is(3, "detail") || host == "code.google.com") && parts.query.is_some() => {
            let span = parts
                .parameter("id")
                .or_else(|| parts.position(&["issues", "detail"]).and_then(|i| parts.number(i + 1)))?;
            issue(format!("{}:{}", parts.path(1, 2), parts.digits(span)), ReferenceStyle::Gerrit, span)
        }
        "golang.org" | "go.dev" if parts.is(0, "issue") || parts.is(0, "issues") => {
            let span = parts.number(1)?;
            issue(format!("golang/go#{}", parts.digits(span)), ReferenceStyle::GitHub, span)
        }
        "pad.lv" => issue(format!("lp:{}", parts.digits(first?)), ReferenceStyle::Launchpad, first?),
        "launchpad.net" | "bugs.launchpad.net" => {
            let at = parts.position(&["bugs", "+bug"])?;
            let span = parts.number(at + 1)?;
            issue(format!("lp:{}", parts.digits(span)), ReferenceStyle::Launchpad, span)
        }
        "blueprints.launchpad.net" => {
            let at = parts.position(&["+spec"])?;
            let (from, name) = *parts.segments.get(at + 1)?;
            issue(format!("bp:{}", text(name)), ReferenceStyle::Launchpad, [from, from + name.len()])
        }
        "app.shortcut.com" | "app.clubhouse.io" => {
            let at = parts.position(&["story"])?;
            let span = parts.number(at + 1)?;
            issue(format!("sc-{}", parts.digits(span)), ReferenceStyle::Shortcut, span)
        }
        "bugzil.la" => issue(format!("bug:{}", parts.digits(first?)), ReferenceStyle::Bugzilla, first?),
        _ => return None,
    })
}

fn review(parts: &Parts) -> Option<Link> {
    let host = parts.host.as_str();
    let review = |span: [usize; 2]| Link {
        key: format!("review:{}", parts.digits(span)),
        nature: Nature::Change,
        style: ReferenceStyle::Gerrit,
        owner: Owner::Ours,
        span,
    };
    if host.starts_with("codereview.") || host.ends_with("crrev.com") && parts.is(0, "c") || host == "crrev.com" {
        return (0..2).find_map(|i| parts.number(i)).map(review);
    }
    let gerrit = host.contains("-review.")
        || host.contains("reviewboard")
        || host.contains("gerrit")
        || host.starts_with("review.")
        || host.starts_with("reviews.");
    if let Some(at) = parts.position(&["+"]).filter(|_| gerrit || parts.position(&["c"]).is_some()) {
        return parts.number(at + 1).map(review);
    }
    if !gerrit {
        return None;
    }
    let after = parts.position(&["c", "r"]).map_or(0, |at| at + 1);
    parts.number(after).map(review)
}

fn bugs(parts: &Parts, dialect: &Dialect) -> Option<Link> {
    let last = parts.segments.last().map_or(&[][..], |(_, bytes)| bytes);
    if last.eq_ignore_ascii_case(b"show_bug.cgi") {
        let span = parts.parameter("id")?;
        return Some(issue(format!("bug:{}", parts.digits(span)), ReferenceStyle::Bugzilla, span));
    }
    let host = parts.host.as_str();
    if host == "bugs.python.org" {
        let (from, name) = *parts.segments.first()?;
        let span = [from + name.len() - name.strip_prefix(b"issue")?.len(), from + name.len()];
        return Some(issue(format!("bpo-{}", parts.digits(span)), ReferenceStyle::GitHub, span));
    }
    if (host.starts_with("bugs.") || host.starts_with("bugzilla.") || host.starts_with("bz."))
        && let Some(span) = parts.number(0).filter(|_| parts.segments.len() == 1)
    {
        return Some(issue(format!("bug:{}", parts.digits(span)), ReferenceStyle::Bugzilla, span));
    }
    if parts.position(&["_workitems"]).is_some() {
        let span = parts.number(parts.segments.len().checked_sub(1)?)?;
        return Some(issue(format!("AB#{}", parts.digits(span)), ReferenceStyle::Azure, span));
    }
    if let Some(at) = parts.position(&["pullrequest"]) {
        let span = parts.number(at + 1)?;
        let key = format!("!{}", parts.digits(span));
        return Some(Link { key, nature: Nature::Change, style: ReferenceStyle::Azure, owner: Owner::Ours, span });
    }
    let redmine = host.contains("redmine")
        || dialect.has(ReferenceStyle::Redmine) && host != "github.com" && host != "gitlab.com";
    if redmine
        && parts.segments.len() <= 3
        && let Some(span) = parts.position(&["issues"]).and_then(|at| parts.number(at + 1))
    {
        return Some(issue(format!("#{}", parts.digits(span)), ReferenceStyle::Redmine, span));
    }
    let at = parts.position(&["ticket"])?;
    let span = parts.number(at + 1)?;
    Some(issue(format!("#{}", parts.digits(span)), dialect.hash_style(), span))
}

fn project_key(parts: &Parts, dialect: &Dialect) -> Option<Link> {
    let at = parts.position(&["browse", "issue", "issues"])?;
    let (from, bytes) = *parts.segments.get(at + 1)?;
    let dash = bytes.iter().rposition(|&b| b == b'-')?;
    let (project, number) = (cut(bytes, 0, dash), cut(bytes, dash + 1, bytes.len()));
    let shaped = project.len() >= 2
        && project.iter().all(|&b| super::bytes::is_word(b))
        && project.first().is_some_and(u8::is_ascii_alphabetic);
    if !shaped || number.is_empty() || number.len() > 10 || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let style = dialect.project_style().unwrap_or(if parts.host == "linear.app" {
        ReferenceStyle::Linear
    } else {
        ReferenceStyle::Jira
    });
    let owner = match dialect.project(project, number) {
        Project::Ours => Owner::Ours,
        Project::Other(near) => Owner::Other(near),
        Project::Never if dialect.has_projects() => Owner::Other(None),
        Project::Never => Owner::Ours,
    };
    // A repository whose tracker is elsewhere links to another project's.
    let owner = if dialect.any(&[ReferenceStyle::Jira, ReferenceStyle::YouTrack, ReferenceStyle::Linear]) {
        owner
    } else {
        Owner::Other(None)
    };
    let key = text(&bytes.to_ascii_uppercase());
    Some(Link { key, nature: Nature::Issue, style, owner, span: [from, from + bytes.len()] })
}

fn phabricator(parts: &Parts, dialect: &Dialect) -> Option<Link> {
    if parts.segments.len() != 1 {
        return None;
    }
    let (from, bytes) = *parts.segments.first()?;
    let letter = *bytes.first()?;
    let known =
        dialect.has(ReferenceStyle::Phabricator) || parts.host.contains("phab") || parts.host.starts_with("reviews.");
    let number = bytes.get(1..)?;
    if !known || number.is_empty() || number.len() > 9 || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let nature = match letter {
        b'T' => Nature::Issue,
        b'D' => Nature::Change,
        _ => return None,
    };
    Some(Link {
        key: text(bytes),
        nature,
        style: ReferenceStyle::Phabricator,
        owner: Owner::Ours,
        span: [from, from + bytes.len()],
    })
}

fn repository(parts: &Parts, dialect: &Dialect, configured: bool) -> Option<Link> {
    let host = parts.host.as_str();
    let github = host == "github.com" || host.ends_with(".github.com") || host.starts_with("github.");
    let gitlab = host.contains("gitlab") || parts.position(&["-"]).is_some();
    let bitbucket = host == "bitbucket.org" || host.contains("bitbucket");
    if !(github || gitlab || bitbucket || configured) {
        return None;
    }
    let own_segments: Vec<&str> = dialect.segments.iter().map(String::as_str).collect();
    let issues: &[&str] = if own_segments.is_empty() { &["issues", "issue", "work_items"] } else { &own_segments };
    let (at, nature) = match parts.position(issues) {
        Some(at) => (at, Nature::Issue),
        None => (parts.position(&["pull", "pulls", "merge_requests", "pull-requests"])?, Nature::Change),
    };
    let span = parts.number(at + 1)?;
    let mut to = at;
    if to > 0 && parts.is(to - 1, "-") {
        to -= 1;
    }
    let from = usize::from(parts.is(0, "repos"));
    let name = parts.path(from, to);
    if name.split('/').filter(|part| !part.is_empty()).count() < 2 {
        return None;
    }
    let style = match () {
        () if github => ReferenceStyle::GitHub,
        () if gitlab => ReferenceStyle::GitLab,
        () if bitbucket => ReferenceStyle::Bitbucket,
        () => dialect.hash_style(),
    };
    let sigil = if nature == Nature::Change && gitlab { '!' } else { '#' };
    let own = dialect.is_own(&name);
    let owner = match own {
        Some(true) => Owner::Ours,
        Some(false) => Owner::Other(None),
        None => Owner::Unknown,
    };
    let number = parts.digits(span);
    let key = if own == Some(true) { format!("{sigil}{number}") } else { format!("{name}{sigil}{number}") };
    Some(Link { key, nature, style, owner, span })
}
