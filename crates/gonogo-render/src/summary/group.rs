//! Findings that say the same about the same thing.

use std::collections::{HashMap, HashSet};

use gonogo_core::{Decision, Finding, Location};

use super::evidence;
use crate::plain::Plain;

/// How many groups of one rule are shown apart; more of them become one group of many subjects.
const GROUPS_OF_ONE_RULE: usize = 4;
/// How many subjects such a group names.
const NAMED_SUBJECTS: usize = 3;
/// How long a message, a remedy or an error may be, in characters.
const MESSAGE: usize = 400;
/// How long a subject may be, in characters.
const SUBJECT: usize = 120;

/// What one rule says about one thing (or about many), or what is the matter with one check.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// What it would make of the decision by itself.
    pub weight: Decision,
    /// The thing it is about; several, shortened, when one rule speaks about many; `check X` when it is about a check; empty
    /// when it is about the gate as a whole.
    pub about: Plain,
    /// The rule that spoke; `None` when it is about a check.
    pub rule: Option<Plain>,
    /// The check it comes from; empty when it is about the gate as a whole.
    pub check: Plain,
    /// What is so, in the words of the first member.
    pub message: Plain,
    /// What it blocks, of all members.
    pub blocks: Option<Plain>,
    /// What shows it, of the first member that has it.
    pub witness: Option<Plain>,
    /// What to do, of the first member that says so.
    pub remedy: Option<Plain>,
    /// Who cleared it, until when, why.
    pub cleared_by: Option<Plain>,
    /// What it is made of, at least one.
    pub members: Vec<Member>,
    /// Whose reads it blocks, whose writes, what of the running code it breaks.
    pub(super) reach: evidence::Reach,
    subject: String,
}

/// One of the findings of a group.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// The thing it is about.
    pub subject: Plain,
    /// Where.
    pub place: Option<Place>,
    /// What is so.
    pub message: Plain,
    /// What to do.
    pub remedy: Option<Plain>,
    /// What shows it: names and values, without those that the group's `blocks` tells.
    pub evidence: Vec<(Plain, Plain)>,
}

/// A place in the repository; shown as `path:line`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The file.
    pub path: Plain,
    /// Its first line, counted from 1.
    pub line: Option<u32>,
    /// Its last line, where it is another.
    pub end_line: Option<u32>,
}

impl Place {
    fn of(location: &Location) -> Self {
        let line = location.line.filter(|&line| line > 0);
        let end_line = location.end_line.filter(|&end| line.is_some_and(|line| end > line));
        Self { path: Plain::exact(&location.path.to_string()), line, end_line }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => write!(f, "{}", self.path),
        }
    }
}

impl Group {
    pub(super) fn of_finding(check: &str, weight: Decision, finding: &Finding) -> Self {
        let subject = told(&finding.subject, SUBJECT, "(no subject)");
        let message = told(&finding.message, MESSAGE, "(no message)");
        let remedy = finding.remedy.as_deref().and_then(|remedy| untold(&finding.message, remedy));
        Self {
            weight,
            about: subject.clone(),
            rule: Some(told(&finding.rule, SUBJECT, "(no rule)")),
            check: Plain::shortened(check, SUBJECT),
            message: message.clone(),
            blocks: None,
            witness: evidence::witness(finding),
            remedy: remedy.clone(),
            cleared_by: None,
            members: vec![Member {
                subject,
                place: finding.location.as_ref().map(Place::of),
                message,
                remedy,
                evidence: evidence::all(finding),
            }],
            reach: evidence::Reach::of(finding),
            subject: finding.subject.clone(),
        }
    }

    pub(super) fn of_check(check: &str, weight: Decision, message: &str, remedy: &str) -> Self {
        let about = match check {
            "" => Plain::default(),
            check => Plain::of(&format!("check {}", Plain::shortened(check, SUBJECT))),
        };
        let remedy = untold(message, remedy);
        let message = Plain::shortened(message, MESSAGE);
        Self {
            weight,
            about: about.clone(),
            rule: None,
            check: Plain::shortened(check, SUBJECT),
            message: message.clone(),
            blocks: None,
            witness: None,
            remedy: remedy.clone(),
            cleared_by: None,
            members: vec![Member { subject: about, place: None, message, remedy, evidence: Vec::new() }],
            reach: evidence::Reach::default(),
            subject: check.to_owned(),
        }
    }

    /// The first place, if any member has one.
    #[must_use]
    pub fn first_place(&self) -> Option<&Place> {
        self.places().next()
    }

    /// How many other places there are besides the first.
    #[must_use]
    pub fn further_places(&self) -> usize {
        self.places().collect::<HashSet<_>>().len().saturating_sub(1)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.members.iter().filter_map(|member| member.place.as_ref())
    }

    /// What the group is about; `post (12 times)` when it says the same of it twelve times. Empty when the message needs none.
    #[must_use]
    pub fn heading(&self) -> Plain {
        let names_itself = self.message.as_str().starts_with(self.about.as_str());
        match self.members.len() {
            0 | 1 if names_itself => Plain::default(),
            0 | 1 => self.about.clone(),
            several if self.says_one_thing() => Plain::exact(&format!("{} ({several} times)", self.about)),
            _ => self.about.clone(),
        }
    }

    /// What is so: the message, and how many like it the group has.
    #[must_use]
    pub fn said(&self) -> Plain {
        match self.members.len().saturating_sub(1) {
            0 => self.message.clone(),
            _ if self.says_one_thing() => self.message.clone(),
            more => {
                let message = self.message.as_str().trim_end_matches('.');
                Plain::exact(&format!("{message}; and {more} like it"))
            }
        }
    }

    /// What a member says that the group does not say already: about what, and what. Either may be empty.
    #[must_use]
    pub fn said_by(&self, member: &Member) -> (Plain, Plain) {
        let known = |text: &Plain| self.says_one_thing() && member.place.is_some() && *text == self.message;
        let message = if known(&member.message) { Plain::default() } else { member.message.clone() };
        let named = member.subject == self.about || member.message.as_str().starts_with(member.subject.as_str());
        let subject = if named { Plain::default() } else { member.subject.clone() };
        (subject, message)
    }

    fn says_one_thing(&self) -> bool {
        self.members.iter().all(|member| member.message == self.message)
    }

    pub(super) fn tell_blocks(&mut self) {
        let subjects: HashSet<&Plain> = self.members.iter().map(|member| &member.subject).collect();
        self.blocks = self.reach.in_words(|name| subjects.contains(name));
    }

    fn absorb(&mut self, other: Self) {
        self.weight = self.weight.max(other.weight);
        self.witness = self.witness.take().or(other.witness);
        self.remedy = self.remedy.take().or(other.remedy);
        self.reach.absorb(other.reach);
        self.members.extend(other.members);
    }

    /// Names it after the things that its members are about.
    pub(super) fn rename(&mut self) {
        let mut subjects: Vec<&Plain> = Vec::new();
        let mut seen = HashSet::new();
        for member in &self.members {
            if seen.insert(&member.subject) {
                subjects.push(&member.subject);
            }
        }
        let subjects: Vec<&str> = subjects.into_iter().map(Plain::as_str).collect();
        self.about = Plain::of(&listed(&subjects, NAMED_SUBJECTS));
    }
}

/// A check that says nothing is quoted so, and leaves no hole in a line.
fn told(text: &str, most: usize, nothing: &str) -> Plain {
    match Plain::shortened(text, most) {
        empty if empty.is_empty() => Plain::of(nothing),
        text => text,
    }
}

/// The remedy, where the message does not say it already.
fn untold(message: &str, remedy: &str) -> Option<Plain> {
    let remedy = remedy.trim();
    (!remedy.is_empty() && !message.contains(remedy)).then(|| Plain::shortened(remedy, MESSAGE))
}

/// `a, b, c and 4 more`.
pub(super) fn listed<T: AsRef<str>>(names: &[T], most: usize) -> String {
    // "and 1 more" takes as much room as the name itself.
    let most = if names.len() == most + 1 { names.len() } else { most };
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Joins what says the same about the same thing, worst first; then, of a rule that speaks about many things, all of them.
pub(super) fn gather(single: Vec<Group>) -> Vec<Group> {
    let mut groups = join(single, |group| {
        (group.rule.clone(), group.check.clone(), group.subject.clone(), group.cleared_by.clone())
    });
    for group in &mut groups {
        group
            .members
            .sort_by(|a, b| (a.place.is_none(), &a.place, &a.message).cmp(&(b.place.is_none(), &b.place, &b.message)));
        if let Some(first) = group.members.first() {
            group.message = first.message.clone();
            group.remedy = first.remedy.clone().or(group.remedy.take());
        }
    }
    worst_first(&mut groups);

    let mut of_rule: HashMap<(Option<Plain>, Decision), usize> = HashMap::new();
    for group in &groups {
        *of_rule.entry((group.rule.clone(), group.weight)).or_default() += 1;
    }
    let many =
        |group: &Group| of_rule.get(&(group.rule.clone(), group.weight)).is_some_and(|&n| n > GROUPS_OF_ONE_RULE);
    let mut place = 0;
    let mut groups = join(groups, |group| {
        place += 1;
        match many(group) && group.rule.is_some() {
            true => (group.rule.clone(), group.weight, group.cleared_by.clone(), 0),
            false => (None, group.weight, None, place),
        }
    });
    for group in &mut groups {
        if group.rule.is_some() && group.members.iter().any(|member| member.subject != group.about) {
            group.rename();
        }
        group.tell_blocks();
    }
    worst_first(&mut groups);
    groups
}

fn worst_first(groups: &mut [Group]) {
    groups.sort_by(|a, b| {
        (b.weight, b.reach.rank(), b.members.len())
            .cmp(&(a.weight, a.reach.rank(), a.members.len()))
            .then_with(|| (&a.rule, &a.about).cmp(&(&b.rule, &b.about)))
    });
}

fn join<K: std::hash::Hash + Eq>(groups: Vec<Group>, mut key: impl FnMut(&Group) -> K) -> Vec<Group> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut joined: Vec<Group> = Vec::new();
    for group in groups {
        match places.entry(key(&group)) {
            std::collections::hash_map::Entry::Occupied(known) => {
                if let Some(first) = joined.get_mut(*known.get()) {
                    first.absorb(group);
                }
            }
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(joined.len());
                joined.push(group);
            }
        }
    }
    joined
}
