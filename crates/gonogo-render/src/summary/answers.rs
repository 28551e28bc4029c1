//! Can both versions run side by side, and can we roll back?

use gonogo_core::{Mode, Outcome, Report};

use crate::plain::Plain;

const TEXT: usize = 300;

/// The answer to one of the two questions, of all checks that speak about it.
///
/// A check speaks by a fact named `side-by-side` or `rollback` whose text begins with `yes`, `no`, `unknown` or `not asked`, and
/// goes on with why and the witness: `no: the running code reads post.title, which this deploy drops`. A text that begins with
/// anything else is an unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The worst that any check says.
    pub word: AnswerWord,
    /// Why, with the witness, in the words of the first check that says the worst; empty when it says no more.
    pub why: Plain,
    /// The checks that say so.
    pub said_by: Vec<Plain>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AnswerWord {
    /// Yes, and nothing was left unchecked.
    Yes,
    /// Nothing that was checked speaks against it, but something could not be checked.
    YesAsFarAsChecked,
    /// It was not asked: the rollout that is declared has no such phase.
    NotAsked,
    /// Nobody can tell.
    Unknown,
    /// No.
    No,
}

impl std::fmt::Display for AnswerWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Yes => "Yes",
            Self::YesAsFarAsChecked => "Yes, as far as it could be checked",
            Self::NotAsked => "Not asked",
            Self::Unknown => "Unknown",
            Self::No => "No",
        })
    }
}

const QUESTIONS: [(&str, &str); 2] =
    [("side-by-side", "Can both versions run side by side?"), ("rollback", "Can we roll back?")];

pub(super) fn of(report: &Report, something_unchecked: bool) -> Vec<Answer> {
    let answer = |(name, question): (&str, &'static str)| {
        let mut worst: Option<Answer> = None;
        for entry in report.entries.iter().filter(|entry| entry.mode == Mode::Enforced) {
            let facts = entry.ended.outcome().and_then(Outcome::facts);
            for fact in facts.into_iter().flat_map(|facts| facts.iter()).filter(|fact| fact.name == name) {
                let Some(text) = &fact.text else { continue };
                let (mut word, why) = read(text);
                if word == AnswerWord::Yes && something_unchecked {
                    word = AnswerWord::YesAsFarAsChecked;
                }
                let check = Plain::of(&entry.check);
                match &mut worst {
                    Some(known) if known.word > word => {}
                    Some(known) if known.word == word => {
                        if !known.said_by.contains(&check) {
                            known.said_by.push(check);
                        }
                    }
                    _ => worst = Some(Answer { question, word, why, said_by: vec![check] }),
                }
            }
        }
        worst
    };
    QUESTIONS.into_iter().filter_map(answer).collect()
}

fn read(text: &str) -> (AnswerWord, Plain) {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("not asked") {
        return (AnswerWord::NotAsked, why(rest));
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (first, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let word = match first.to_ascii_lowercase().as_str() {
        "yes" => AnswerWord::Yes,
        "no" => AnswerWord::No,
        "unknown" => AnswerWord::Unknown,
        _ => return (AnswerWord::Unknown, Plain::shortened(text, TEXT)),
    };
    (word, why(rest))
}

fn why(rest: &str) -> Plain {
    let why = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '.' | '-' | '–'));
    Plain::shortened(why, TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_a_yes() {
        assert_eq!(read("yes").0, AnswerWord::Yes);
        assert_eq!(read("Yes: nothing is dropped"), (AnswerWord::Yes, Plain::of("nothing is dropped")));
        assert_eq!(read("no: x").0, AnswerWord::No);
        assert_eq!(read("unknown, because y"), (AnswerWord::Unknown, Plain::of("because y")));
        assert_eq!(read("not asked: no way back"), (AnswerWord::NotAsked, Plain::of("no way back")));
        for other in ["yesterday it could", "probably", "", "compatible"] {
            assert_eq!(read(other), (AnswerWord::Unknown, Plain::of(other)));
        }
    }
}
