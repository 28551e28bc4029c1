//! Finding a text that lies in some languages and outside others, or proving that there is none.

use std::collections::{BTreeSet, HashSet};

use super::Automaton;
use super::automaton::{Beside, Run, is_done};
use super::classes::{self, Ranges};
use crate::budget::Budget;

/// A text that must be built character by character may not be longer than this.
const MAX_BUILT: u64 = 100_000;

/// What a text must satisfy.
#[derive(Default)]
pub(crate) struct Query<'q> {
    pub(crate) within: Vec<&'q Automaton>,
    pub(crate) outside: Vec<&'q Automaton>,
    /// If there, the text is one of these.
    pub(crate) only: Option<BTreeSet<&'q str>>,
    pub(crate) excluded: BTreeSet<&'q str>,
    pub(crate) shortest: u64,
    pub(crate) longest: Option<u64>,
}

/// The answer of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Text(String),
    Nothing,
    Unknown(&'static str),
}

/// Searches breadth first, so that the shortest text is found.
pub(crate) fn find(query: &Query<'_>, budget: &Budget) -> Found {
    if query.longest.is_some_and(|longest| longest < query.shortest) {
        return Found::Nothing;
    }
    if let Some(only) = &query.only {
        let fits = only.iter().find(|text| {
            let length = text.chars().count() as u64;
            length >= query.shortest
                && query.longest.is_none_or(|longest| length <= longest)
                && !query.excluded.contains(*text)
                && query.within.iter().all(|a| a.matches(text))
                && !query.outside.iter().any(|a| a.matches(text))
        });
        return fits.map_or(Found::Nothing, |text| Found::Text((*text).to_owned()));
    }
    if query.within.is_empty() && query.outside.is_empty() {
        return plain(query);
    }
    if query.shortest > MAX_BUILT {
        return Found::Unknown("a text of more than 100,000 characters would be needed");
    }
    let mut outside = query.outside.clone();
    let texts;
    if !query.excluded.is_empty() {
        match Automaton::texts(query.excluded.iter().copied()) {
            Ok(automaton) => texts = automaton,
            Err(why) => return Found::Unknown(why),
        }
        outside.push(&texts);
    }
    product(&query.within, &outside, query.shortest, query.longest, budget)
}

/// Only lengths and single exclusions: a text is built directly.
fn plain(query: &Query<'_>) -> Found {
    let length = query.shortest.max(1);
    if query.longest.is_none_or(|longest| length <= longest) {
        if length > MAX_BUILT {
            return Found::Unknown("a text of more than 100,000 characters would be needed");
        }
        let stem = "a".repeat(usize::try_from(length - 1).unwrap_or(0));
        let mut ends = ('a'..='z').chain('0'..='9').chain('\u{100}'..='\u{d7ff}');
        // There are more ends than excluded texts, unless someone excluded 50,000.
        if let Some(text) = ends.by_ref().map(|c| format!("{stem}{c}")).find(|t| !query.excluded.contains(t.as_str())) {
            return Found::Text(text);
        }
        return Found::Unknown("too many texts are excluded one by one");
    }
    if query.shortest == 0 && !query.excluded.contains("") { Found::Text(String::new()) } else { Found::Nothing }
}

struct Node {
    parent: usize,
    by: char,
    runs: Vec<Run>,
    before: Beside,
    length: u64,
}

fn product(
    within: &[&Automaton],
    outside: &[&Automaton],
    shortest: u64,
    longest: Option<u64>,
    budget: &Budget,
) -> Found {
    let all: Vec<&Automaton> = within.iter().chain(outside).copied().collect();
    let looks = all.iter().any(|a| a.looks_around());
    let letters = representatives(&all, looks);
    // Beyond these lengths nothing changes any more.
    let cap = longest.map_or(shortest, |longest| longest.saturating_add(1)).max(shortest);
    let mut nodes = vec![Node {
        parent: 0,
        by: '\0',
        runs: all.iter().map(|a| a.begin()).collect(),
        before: Beside::Edge,
        length: 0,
    }];
    let mut seen: HashSet<(Vec<Run>, Beside, u64)> = HashSet::new();
    // Every step looks at each automaton as a whole once.
    let look = 1 + all.iter().map(|a| a.size() as u64 / 64).sum::<u64>();
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        let (runs, before, length) = (node.runs.clone(), node.before, node.length);
        let fits = length >= shortest && longest.is_none_or(|longest| length <= longest);
        let accepted =
            all.iter().zip(&runs).enumerate().all(|(i, (a, run))| a.accepts(run, before) == (i < within.len()));
        if fits && accepted {
            return Found::Text(spell(&nodes, at));
        }
        if longest.is_none_or(|longest| length < longest) {
            for &c in &letters {
                if budget.spend(look + runs.iter().map(|r| r.len() as u64).sum::<u64>()).is_err() {
                    return Found::Unknown("the budget ran out in a combination of patterns");
                }
                let next: Vec<Run> = all.iter().zip(&runs).map(|(a, run)| a.step(run, before, c as u32)).collect();
                let dead = next
                    .iter()
                    .enumerate()
                    .any(|(i, run)| if i < within.len() { run.is_empty() } else { is_done(run) });
                if dead {
                    continue;
                }
                let beside = if looks { Beside::of(c as u32) } else { Beside::Other };
                let length = (length + 1).min(cap);
                if seen.insert((next.clone(), beside, length)) {
                    nodes.push(Node { parent: at, by: c, runs: next, before: beside, length });
                }
            }
        }
        at += 1;
    }
    Found::Nothing
}

fn spell(nodes: &[Node], mut at: usize) -> String {
    let mut letters = Vec::new();
    while at != 0 {
        let Some(node) = nodes.get(at) else { break };
        letters.push(node.by);
        at = node.parent;
    }
    letters.iter().rev().collect()
}

/// One readable character for each set of characters that no automaton tells apart.
fn representatives(all: &[&Automaton], looks: bool) -> Vec<char> {
    let mut sets: Vec<&Ranges> = Vec::new();
    for automaton in all {
        for class in automaton.classes() {
            if !sets.contains(&class) {
                sets.push(class);
            }
        }
    }
    let word = classes::word();
    if looks {
        sets.push(&word);
    }
    let mut cuts: Vec<u32> = vec![0];
    for (low, high) in sets.iter().copied().flatten() {
        cuts.push(*low);
        cuts.push(high.saturating_add(1));
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut best: Vec<(Vec<bool>, (u8, char))> = Vec::new();
    for (i, &low) in cuts.iter().enumerate() {
        if low > classes::LAST {
            break;
        }
        let high = cuts.get(i + 1).map_or(classes::LAST, |next| next - 1).min(classes::LAST);
        let Some(candidate) = readable(low, high) else { continue };
        let signature: Vec<bool> = sets.iter().map(|set| classes::contains(set, low)).collect();
        match best.iter_mut().find(|(known, _)| *known == signature) {
            Some((_, held)) => *held = (*held).min(candidate),
            None => best.push((signature, candidate)),
        }
    }
    let mut letters: Vec<(u8, char)> = best.into_iter().map(|(_, c)| c).collect();
    letters.sort_unstable();
    letters.into_iter().map(|(_, c)| c).collect()
}

/// The most readable character of a range, with its rank.
fn readable(low: u32, high: u32) -> Option<(u8, char)> {
    const PREFERRED: [(u32, u32); 6] =
        [(0x61, 0x7a), (0x30, 0x39), (0x41, 0x5a), (0x20, 0x7e), (0x0a, 0x0a), (0xa1, 0xd7ff)];
    for (rank, (from, to)) in PREFERRED.into_iter().enumerate() {
        let pick = low.max(from);
        if pick <= high.min(to) {
            return char::from_u32(pick).map(|c| (rank as u8, c));
        }
    }
    if (0xd800..=0xdfff).contains(&low) {
        // Surrogates are no characters; the range may go on behind them.
        return if high > 0xdfff { char::from_u32(0xe000).map(|c| (7, c)) } else { None };
    }
    char::from_u32(low).map(|c| (6, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(within: &[&str], outside: &[&str], shortest: u64, longest: Option<u64>) -> Found {
        let within: Vec<_> = within.iter().map(|p| Automaton::pattern(p).unwrap()).collect();
        let outside: Vec<_> = outside.iter().map(|p| Automaton::pattern(p).unwrap()).collect();
        let query = Query {
            within: within.iter().collect(),
            outside: outside.iter().collect(),
            shortest,
            longest,
            ..Query::default()
        };
        find(&query, &Budget::new(100_000))
    }

    #[test]
    fn the_shortest_text_is_found() {
        assert_eq!(ask(&["^ab+$"], &[], 0, None), Found::Text("ab".into()));
        assert_eq!(ask(&["^ab+$"], &[], 4, None), Found::Text("abbb".into()));
        assert_eq!(ask(&["b$", "^a"], &["^.b"], 0, None), Found::Text("aab".into()));
    }

    #[test]
    fn inclusion_of_languages_is_proved() {
        assert_eq!(ask(&["^[0-9]{3}$"], &["^[0-9]+$"], 0, None), Found::Nothing);
        assert_eq!(ask(&["^[0-9]+$"], &["^[0-9]{3}$"], 0, None), Found::Text("0".into()));
        assert_eq!(ask(&["^a*$"], &[], 3, Some(2)), Found::Nothing);
        assert_eq!(ask(&["^(aa)*$"], &[], 3, Some(3)), Found::Nothing);
        assert_eq!(ask(&["^\\bfoo\\b$"], &["foo"], 0, None), Found::Nothing);
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert_eq!(ask(&["^🐲*$"], &[], 2, Some(2)), Found::Text("🐲🐲".into()));
    }

    #[test]
    fn an_exponential_determinisation_ends_with_the_budget() {
        let hard = "^[ab]*a[ab]{60}$";
        assert!(matches!(ask(&[hard], &["^[ab]*a[ab]{60}$|x"], 0, None), Found::Unknown(_)));
    }
}
