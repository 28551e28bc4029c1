//! The one sentence at the top.

use std::collections::BTreeSet;

use gonogo_core::{Decision, Report};

use super::accounting::Count;
use super::clearing;
use super::group::{Group, Member, listed as all_listed};
use super::sort::Sorted;
use crate::plain::Plain;

/// How many grounds the sentence names.
const GROUNDS: usize = 3;
/// How many things it names of one ground.
const NAMED: usize = 3;
/// How long one ground may be, in characters.
const GROUND: usize = 130;
/// How long the name of a thing may be, in characters.
const THING: usize = 48;

pub(super) fn of(report: &Report, sorted: &Sorted, counts: &[Count]) -> Plain {
    let text = match report.decision {
        Decision::Go => go(report, counts),
        Decision::Hold => {
            let grounds = grounds(&sorted.holds, None);
            let blind = blind(&sorted.unchecked, Decision::Hold);
            match (grounds.is_empty(), blind) {
                (false, Some(blind)) => format!("Hold: a person must decide: {}; {blind}.", grounds.join("; ")),
                (false, None) => format!("Hold: a person must decide: {}.", grounds.join("; ")),
                (true, Some(blind)) => format!("Hold: {blind}; a person must decide."),
                (true, None) => "Hold: a person must decide.".to_owned(),
            }
        }
        Decision::NoGo => {
            let mut grounds = grounds(&sorted.stops, Some(Decision::NoGo));
            grounds.extend(blind(&sorted.unchecked, Decision::NoGo));
            match grounds.is_empty() {
                false => format!("NoGo: {}.", grounds.join("; ")),
                true => "NoGo: it may not ship.".to_owned(),
            }
        }
    };
    Plain::of(&text)
}

fn go(report: &Report, counts: &[Count]) -> String {
    let some = || counts.iter().filter(|count| count.is_some());
    let well_known = some().any(Count::is_well_known);
    let examined: Vec<String> =
        some().filter(|count| !well_known || count.is_well_known()).take(4).map(Count::in_words).collect();
    let cleared: Vec<_> =
        report.reasons.iter().filter(|reason| !reason.shadow && reason.cleared_by.is_some()).collect();
    let mut who: BTreeSet<Plain> =
        cleared.iter().filter_map(|reason| clearing::who(report, reason.cleared_by?)).collect();
    let mut against = cleared.len();
    for waived in clearing::in_files(report) {
        who.insert(waived.who);
        against += 1;
    }
    let who: Vec<&Plain> = who.iter().collect();
    let against = match against {
        0 => "nothing speaks against it".to_owned(),
        1 => format!("one thing spoke against it and was cleared by {}", listed(&who, NAMED)),
        more => format!("{more} things spoke against it and were cleared by {}", listed(&who, NAMED)),
    };
    match examined.is_empty() {
        true => format!("Go: {against}."),
        false => format!("Go: {} examined; {against}.", examined.join(", ")),
    }
}

/// The gravest grounds: first what is blocked and what breaks, over all rules, then rule by rule.
fn grounds(groups: &[Group], only: Option<Decision>) -> Vec<String> {
    let groups: Vec<&Group> = groups.iter().filter(|group| only.is_none_or(|weight| group.weight == weight)).collect();
    let (reading, rest): (Vec<&Group>, Vec<&Group>) = groups.into_iter().partition(|g| !g.reach.reads.is_empty());
    let (writing, rest): (Vec<&Group>, Vec<&Group>) = rest.into_iter().partition(|g| !g.reach.writes.is_empty());
    let (breaking, rest): (Vec<&Group>, Vec<&Group>) = rest.into_iter().partition(|g| !g.reach.breaks.is_empty());

    let mut grounds = Vec::new();
    let union = |groups: &[&Group], of: fn(&Group) -> &BTreeSet<Plain>| {
        let names: BTreeSet<&Plain> = groups.iter().flat_map(|group| of(group)).collect();
        listed(&names.into_iter().collect::<Vec<_>>(), NAMED)
    };
    if !reading.is_empty() {
        let on = union(&reading, |group| &group.reach.reads);
        grounds.push(format!("{} reads and writes on {on}", statements(&reading)));
    }
    if !writing.is_empty() {
        let on = union(&writing, |group| &group.reach.writes);
        grounds.push(format!("{} writes on {on}", statements(&writing)));
    }
    if !breaking.is_empty() {
        let names = union(&breaking, |group| &group.reach.breaks);
        grounds.push(format!("the running code breaks on {names}"));
    }
    let mut seen: BTreeSet<&Option<Plain>> = BTreeSet::new();
    for group in &rest {
        if group.rule.is_none() || seen.insert(&group.rule) {
            let alike: Vec<&Group> = match group.rule {
                None => vec![*group],
                Some(_) => rest.iter().copied().filter(|other| other.rule == group.rule).collect(),
            };
            grounds.push(ground(&alike));
        }
    }
    if let Some(more) = grounds.len().checked_sub(GROUNDS).filter(|&more| more > 1) {
        grounds.truncate(GROUNDS);
        grounds.push(format!("{more} more grounds"));
    }
    grounds
}

fn statements(groups: &[&Group]) -> String {
    let members = || groups.iter().flat_map(|group| &group.members);
    let placed: BTreeSet<_> = members().filter_map(|member| member.place.as_ref()).collect();
    match placed.len() + members().filter(|member| member.place.is_none()).count() {
        0 | 1 => "one statement blocks".to_owned(),
        several => format!("{several} statements block"),
    }
}

/// What the groups of one rule say.
fn ground(groups: &[&Group]) -> String {
    let Some(first) = groups.first() else { return String::new() };
    let members: Vec<&Member> = groups.iter().flat_map(|group| &group.members).collect();
    if groups.len() == 1 && members.iter().all(|member| member.message == first.message) {
        let message = clause(&first.message);
        let text = match first.message.as_str().contains(first.about.as_str()) {
            true => message,
            false => format!("{}: {message}", short(&first.about)),
        };
        return match members.len() {
            1 => text,
            several => format!("{text} ({several} times)"),
        };
    }
    let rule = first.rule.as_ref().map(Plain::as_str).unwrap_or_default();
    let words = rule.rsplit('/').next().unwrap_or(rule).replace(['-', '_'], " ");
    let mut subjects: Vec<&Plain> = members.iter().map(|member| &member.subject).collect();
    subjects.dedup();
    format!("{} × {words} ({})", members.len(), listed(&subjects, NAMED))
}

/// What could not be checked and weighs so much.
fn blind(unchecked: &[Group], weight: Decision) -> Option<String> {
    let groups: Vec<&Group> = unchecked.iter().filter(|group| group.weight == weight).collect();
    if let [only] = groups.as_slice() {
        let message = clause(&only.message);
        return Some(match (&only.rule, only.members.len()) {
            (None, _) => format!("{} {message}", only.about).trim_start().to_owned(),
            (Some(_), 1) => format!("{} could not be checked: {message}", only.about),
            (Some(_), several) => format!("{several} things could not be checked ({})", only.about),
        });
    }
    let things: usize = groups.iter().map(|group| group.members.len()).sum();
    let named: Vec<Plain> = groups
        .iter()
        .map(|group| if group.rule.is_none() { group.check.clone() } else { group.about.clone() })
        .collect();
    let named = listed(&named.iter().collect::<Vec<_>>(), NAMED);
    let incomplete = groups.iter().all(|group| group.rule.is_none());
    match (things, incomplete) {
        (0, _) => None,
        (_, true) if weight == Decision::NoGo => Some(format!("{things} checks did not complete ({named})")),
        _ => Some(format!("{things} things could not be checked ({named})")),
    }
}

fn listed(names: &[&Plain], most: usize) -> String {
    let names: Vec<String> = names.iter().map(|name| short(name)).collect();
    all_listed(&names, most)
}

fn short(name: &Plain) -> String {
    match name.as_str().char_indices().nth(THING) {
        None => name.as_str().to_owned(),
        Some((end, _)) => format!("{}…", name.as_str().get(..end).unwrap_or_default().trim_end()),
    }
}

/// A message as a part of the sentence.
fn clause(message: &Plain) -> String {
    let text = message.as_str().trim_end_matches(['.', ';', ' ']);
    let Some((end, _)) = text.char_indices().nth(GROUND) else {
        // The sentence's own parts are set apart by semicolons.
        return text.replace("; ", ", ");
    };
    let cut = text.get(..end).unwrap_or_default();
    if let Some((whole, _)) = cut.split_once("; ") {
        return whole.to_owned();
    }
    let cut = cut.rsplit_once(' ').map_or(cut, |(words, _)| words);
    format!("{}…", cut.trim_end_matches([',', ':', ';']))
}
