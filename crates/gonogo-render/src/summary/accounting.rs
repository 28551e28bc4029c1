//! What was examined, counted.

use std::collections::BTreeSet;

use gonogo_core::{Mode, Outcome, Report};

use crate::plain::Plain;

/// How many kinds of things the line counts at least, where there are so many.
const KINDS: usize = 3;
/// How many more are counted below it.
const MORE: usize = 20;
const NAME: usize = 60;

/// What comes first, in this order; the rest follows in the order of the checks.
const FIRST: [&str; 7] = ["commits", "changes", "files", "issues", "migrations", "statements", "contracts"];

/// So many of a kind of thing.
pub(super) struct Count {
    name: String,
    count: u64,
    items: BTreeSet<String>,
}

impl Count {
    /// `118 commits`, `1 commit`.
    pub(super) fn in_words(&self) -> String {
        let words = Plain::shortened(&self.name.replace(['-', '_'], " "), NAME);
        format!("{} {}", self.count, if self.count == 1 { singular(words.as_str()) } else { words.to_string() })
    }

    /// `7 compatible`.
    fn as_part_of(&self, whole: &Self) -> String {
        let name = self.name.strip_prefix(&whole.name).unwrap_or(&self.name);
        format!("{} {}", self.count, Plain::shortened(&name.replace(['-', '_'], " "), NAME))
    }

    /// Whether it is one of those that every reader knows.
    pub(super) fn is_well_known(&self) -> bool {
        FIRST.contains(&self.name.as_str())
    }

    pub(super) fn is_some(&self) -> bool {
        self.count > 0
    }
}

/// The counts of all enforced checks. Checks that count the same thing agree on the largest count: two that have looked at the
/// same 118 commits have looked at 118. Where they name what they counted, all that is named counts, once.
pub(super) fn counts(report: &Report) -> Vec<Count> {
    let mut counts: Vec<Count> = Vec::new();
    for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Enforced) {
        let facts = entry.ended.outcome().and_then(Outcome::facts);
        for fact in facts.into_iter().flat_map(|facts| facts.iter()) {
            let Some(count) = fact.count else { continue };
            let place = counts.iter().position(|known| known.name == fact.name).unwrap_or_else(|| {
                counts.push(Count { name: fact.name.clone(), count: 0, items: BTreeSet::new() });
                counts.len() - 1
            });
            if let Some(known) = counts.get_mut(place) {
                known.items.extend(fact.items.iter().cloned());
                known.count = known.count.max(count).max(known.items.len() as u64);
            }
        }
    }
    counts.sort_by_key(|count| FIRST.iter().position(|name| *name == count.name).unwrap_or(FIRST.len()));
    counts
}

/// Whether a count is a part of another: `contracts-compatible` of `contracts`.
fn is_part(part: &Count, whole: &Count) -> bool {
    part.name.strip_prefix(&whole.name).is_some_and(|rest| rest.starts_with('-'))
}

/// Which kinds the line counts, each with its parts: those of [`FIRST`], and others only where these are few. Then the others.
fn told(counts: &[Count]) -> (Vec<String>, Vec<String>) {
    let words = |whole: &&Count| {
        let parts: Vec<String> =
            counts.iter().filter(|part| is_part(part, whole)).take(MORE).map(|part| part.as_part_of(whole)).collect();
        match parts.is_empty() {
            true => whole.in_words(),
            false => format!("{} ({})", whole.in_words(), parts.join(", ")),
        }
    };
    let wholes = counts.iter().filter(|part| !counts.iter().any(|whole| is_part(part, whole)));
    let (mut first, others): (Vec<&Count>, Vec<&Count>) = wholes.partition(|count| count.is_well_known());
    let missing = KINDS.saturating_sub(first.len());
    let (shown, rest): (Vec<_>, Vec<_>) = others.into_iter().enumerate().partition(|(place, _)| *place < missing);
    first.extend(shown.into_iter().map(|(_, count)| count));
    (first.iter().map(words).collect(), rest.iter().map(|(_, count)| words(count)).collect())
}

/// What the line does not count.
pub(super) fn more(counts: &[Count]) -> Option<Plain> {
    let (_, mut rest) = told(counts);
    let left_out = rest.len().saturating_sub(MORE);
    rest.truncate(MORE);
    if left_out > 0 {
        rest.push(format!("{left_out} kinds more"));
    }
    (!rest.is_empty()).then(|| Plain::of(&rest.join(", ")))
}

pub(super) fn line(report: &Report, counts: &[Count]) -> Plain {
    let (parts, _) = told(counts);
    let examined = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    let enforced = || report.entries.iter().filter(|entry| entry.mode == Mode::Enforced);
    let completed = enforced().filter(|entry| entry.ended.outcome().is_some()).count();
    let inapplicable =
        enforced().filter(|entry| matches!(entry.ended.outcome(), Some(Outcome::NotApplicable { .. }))).count();
    let blind = enforced().filter(|entry| matches!(entry.ended.outcome(), Some(Outcome::Undetermined { .. }))).count();
    let all = enforced().count();
    let mut checks = format!("{completed} of {all} {} completed", if all == 1 { "check" } else { "checks" });
    if inapplicable > 0 {
        checks.push_str(&format!(", {inapplicable} of them did not apply"));
    }
    if blind > 0 {
        checks.push_str(&format!(", {blind} of them could not tell"));
    }
    Plain::of(&format!("{examined}; {checks}."))
}

/// The English singular of a plural, of the last word that is one, else of the first: enough for the names of counts.
fn singular(words: &str) -> String {
    if let Some((first, rest)) = words.split_once(" of ") {
        return format!("{} of {rest}", singular(first));
    }
    let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let one = |word: &str| -> Option<String> {
        if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
            return Some(format!("{stem}y"));
        }
        let ends = ["sses", "xes", "shes", "tches", "nches"];
        if ends.iter().any(|end| word.ends_with(end)) {
            return word.strip_suffix("es").map(str::to_owned);
        }
        let stem = word.strip_suffix('s')?;
        (!stem.ends_with(['s', 'u', 'i']) && stem.len() > 1).then(|| stem.to_owned())
    };
    if let Some((place, word)) =
        words.iter().enumerate().rev().find_map(|(place, word)| one(word).map(|word| (place, word)))
        && let Some(plural) = words.get_mut(place)
    {
        *plural = word;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn one_of_many() {
        for (plural, one) in [
            ("commits", "commit"),
            ("changes", "change"),
            ("dependencies", "dependency"),
            ("indexes", "index"),
            ("branches", "branch"),
            ("contracts compatible", "contract compatible"),
            ("status", "status"),
            ("classes", "class"),
            ("pairs of versions compared", "pair of versions compared"),
            ("", ""),
            ("s", "s"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }
}
