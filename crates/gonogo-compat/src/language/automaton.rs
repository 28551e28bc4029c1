//! A nondeterministic automaton over code points, run as a set of states.

use super::classes::{self, LAST, Ranges};
use super::ecma::{self, Tree};

/// More states than this are refused.
const MAX_STATES: usize = 20_000;

#[derive(Debug, Clone)]
enum State {
    Match,
    Take { class: u32, next: u32 },
    Split(Vec<u32>),
    Assert { what: Assertion, next: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assertion {
    Start,
    End,
    Boundary,
    NoBoundary,
}

/// What stands on one side of a place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Beside {
    Edge,
    Word,
    Other,
}

impl Beside {
    pub(super) fn of(c: u32) -> Self {
        if classes::contains(&[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)], c) {
            Self::Word
        } else {
            Self::Other
        }
    }
}

/// The live states of a run, sorted; one entry [`ACCEPT`] once the text has matched whatever follows.
pub(super) type Run = Vec<u32>;

const ACCEPT: u32 = u32::MAX;

/// One pattern, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    states: Vec<State>,
    classes: Vec<Ranges>,
    start: u32,
    looks_around: bool,
}

impl Automaton {
    /// A pattern in ECMA-262's syntax, which matches anywhere in the text.
    pub(crate) fn pattern(pattern: &str) -> Result<Self, &'static str> {
        let tree = ecma::parse(pattern)?;
        let mut build = Builder::default();
        let body = build.add(&tree, 0)?;
        let start = if anchored(&tree) {
            body
        } else {
            let any = build.class(vec![(0, LAST)]);
            let take = build.push(State::Match)?;
            let split = build.push(State::Split(vec![body, take]))?;
            build.set(take, State::Take { class: any, next: split });
            split
        };
        Ok(build.finish(start))
    }

    /// Exactly these texts.
    pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, &'static str> {
        let mut build = Builder::default();
        let end = build.push(State::Assert { what: Assertion::End, next: 0 })?;
        let mut starts = Vec::new();
        for text in texts {
            let mut next = end;
            for c in text.chars().rev() {
                let class = build.class(vec![(c as u32, c as u32)]);
                next = build.push(State::Take { class, next })?;
            }
            starts.push(next);
        }
        let start = build.push(State::Split(starts))?;
        Ok(build.finish(start))
    }

    pub(super) fn classes(&self) -> &[Ranges] {
        &self.classes
    }

    /// How many states there are.
    pub(super) fn size(&self) -> usize {
        self.states.len()
    }

    /// Whether `\b` or `\B` makes the kind of the character before matter.
    pub(super) fn looks_around(&self) -> bool {
        self.looks_around
    }

    pub(super) fn begin(&self) -> Run {
        vec![self.start]
    }

    /// Whether the text may end here.
    pub(super) fn accepts(&self, run: &Run, before: Beside) -> bool {
        is_done(run) || self.closure(run, before, Beside::Edge).is_none()
    }

    /// The run after one more character.
    pub(super) fn step(&self, run: &Run, before: Beside, c: u32) -> Run {
        if is_done(run) {
            return run.clone();
        }
        let Some(closure) = self.closure(run, before, Beside::of(c)) else { return vec![ACCEPT] };
        let mut next: Run = closure
            .into_iter()
            .filter_map(|s| match self.states.get(s as usize) {
                Some(State::Take { class, next }) => {
                    self.classes.get(*class as usize).filter(|r| classes::contains(r, c)).map(|_| *next)
                }
                _ => None,
            })
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }

    /// Whether the pattern matches the text; linear in the text's length.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut run = self.begin();
        let mut before = Beside::Edge;
        for c in text.chars() {
            run = self.step(&run, before, c as u32);
            if is_done(&run) {
                return true;
            }
            if run.is_empty() {
                return false;
            }
            before = Beside::of(c as u32);
        }
        self.accepts(&run, before)
    }

    /// The states reached without a character, or `None` if the match is among them.
    fn closure(&self, run: &Run, before: Beside, after: Beside) -> Option<Vec<u32>> {
        let mut seen = vec![false; self.states.len()];
        let mut takes = Vec::new();
        let mut open = run.clone();
        while let Some(s) = open.pop() {
            match seen.get_mut(s as usize) {
                Some(flag) if !*flag => *flag = true,
                _ => continue,
            }
            match self.states.get(s as usize) {
                Some(State::Match) => return None,
                Some(State::Take { .. }) => takes.push(s),
                Some(State::Split(nexts)) => open.extend(nexts),
                Some(State::Assert { what, next }) => {
                    let boundary = (before == Beside::Word) != (after == Beside::Word);
                    let holds = match what {
                        Assertion::Start => before == Beside::Edge,
                        Assertion::End => after == Beside::Edge,
                        Assertion::Boundary => boundary,
                        Assertion::NoBoundary => !boundary,
                    };
                    if holds {
                        open.push(*next);
                    }
                }
                None => {}
            }
        }
        Some(takes)
    }
}

/// Whether the run has matched whatever follows.
pub(super) fn is_done(run: &Run) -> bool {
    run.first() == Some(&ACCEPT)
}

fn anchored(tree: &Tree) -> bool {
    match tree {
        Tree::Start => true,
        Tree::Sequence(parts) => parts.first().is_some_and(anchored),
        Tree::Choice(options) => options.iter().all(anchored),
        _ => false,
    }
}

struct Builder {
    states: Vec<State>,
    classes: Vec<Ranges>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { states: vec![State::Match], classes: Vec::new() }
    }
}

impl Builder {
    fn push(&mut self, state: State) -> Result<u32, &'static str> {
        if self.states.len() >= MAX_STATES {
            return Err("a pattern whose automaton has more than 20,000 states");
        }
        self.states.push(state);
        Ok((self.states.len() - 1) as u32)
    }

    fn set(&mut self, at: u32, state: State) {
        if let Some(slot) = self.states.get_mut(at as usize) {
            *slot = state;
        }
    }

    fn class(&mut self, ranges: Ranges) -> u32 {
        if let Some(known) = self.classes.iter().position(|r| *r == ranges) {
            return known as u32;
        }
        self.classes.push(ranges);
        (self.classes.len() - 1) as u32
    }

    fn finish(self, start: u32) -> Automaton {
        let looks_around = self
            .states
            .iter()
            .any(|s| matches!(s, State::Assert { what: Assertion::Boundary | Assertion::NoBoundary, .. }));
        Automaton { states: self.states, classes: self.classes, start, looks_around }
    }

    /// Adds the tree before the state `next` and returns its first state.
    fn add(&mut self, tree: &Tree, next: u32) -> Result<u32, &'static str> {
        match tree {
            Tree::Empty => Ok(next),
            Tree::Class(ranges) => {
                let class = self.class(ranges.clone());
                self.push(State::Take { class, next })
            }
            Tree::Start => self.push(State::Assert { what: Assertion::Start, next }),
            Tree::End => self.push(State::Assert { what: Assertion::End, next }),
            Tree::Boundary { negated } => {
                let what = if *negated { Assertion::NoBoundary } else { Assertion::Boundary };
                self.push(State::Assert { what, next })
            }
            Tree::Sequence(parts) => parts.iter().rev().try_fold(next, |next, part| self.add(part, next)),
            Tree::Choice(options) => {
                let starts = options.iter().map(|o| self.add(o, next)).collect::<Result<Vec<_>, _>>()?;
                self.push(State::Split(starts))
            }
            Tree::Repeat { tree, least, most } => {
                let mut next = next;
                match most {
                    None => {
                        let again = self.push(State::Match)?;
                        let body = self.add(tree, again)?;
                        self.set(again, State::Split(vec![body, next]));
                        next = again;
                    }
                    Some(most) => {
                        let after = next;
                        for _ in *least..*most {
                            let body = self.add(tree, next)?;
                            next = self.push(State::Split(vec![body, after]))?;
                        }
                    }
                }
                for _ in 0..*least {
                    next = self.add(tree, next)?;
                }
                Ok(next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Automaton::pattern(pattern).unwrap().matches(text)
    }

    #[test]
    fn patterns_match_anywhere_unless_anchored() {
        assert!(matches("es", "expression"));
        assert!(!matches("^es", "expression"));
        assert!(matches("^a*$", "aaa"));
        assert!(matches("^a*$", ""));
        assert!(!matches("^a*$", "aab"));
        assert!(matches("^(a|b)|c$", "xc"));
    }

    #[test]
    fn classes_follow_ecma_262() {
        assert!(!matches("^\\d$", "߀"), "a digit is ASCII");
        assert!(matches("^\\s$", "\u{2003}"));
        assert!(!matches("^\\w$", "é"));
        assert!(matches("^\\cC$", "\u{3}"));
        assert!(matches("^\\p{Letter}+$", "λάμδα"));
        assert!(matches("^🐲*$", "🐲🐲"));
        assert!(!matches("^.$", "\n"));
        assert!(matches("^[\\w-]+$", "a-b"));
        assert!(matches("^[^]$", "\n"));
    }

    #[test]
    fn repetitions_count() {
        assert!(matches("^(ab){2,3}$", "ababab"));
        assert!(!matches("^(ab){2,3}$", "abababab"));
        assert!(matches("^a{0}$", ""));
        assert!(matches("x{", "x{"), "a brace that counts nothing is a character");
        assert!(matches("\\bfoo\\b", "a foo b"));
        assert!(!matches("\\bfoo\\b", "afoo"));
    }

    #[test]
    fn what_is_not_regular_is_refused() {
        assert_eq!(Automaton::pattern("^(?!x)").unwrap_err(), "look-ahead");
        assert_eq!(Automaton::pattern("(a)\\1").unwrap_err(), "a back-reference");
        assert!(Automaton::pattern("a{100000}").is_err());
        assert!(Automaton::pattern("((((a{99}){99}){99}){99})").is_err());
        assert!(Automaton::pattern("(").is_err());
        assert!(Automaton::pattern("\\a").is_err());
    }

    #[test]
    fn a_pattern_that_makes_backtracking_explode_is_linear_here() {
        assert!(!matches("^(a+)+$", &format!("{}b", "a".repeat(2_000))));
    }
}
