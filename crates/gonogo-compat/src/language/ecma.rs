//! The pattern syntax of ECMA-262 (section 22.2.1 with `u`, and the harmless parts of annex B.1.2), as a tree.
//!
//! What is not a regular language, or is read differently by different engines, is refused with the reason: look-around,
//! back-references, escapes of letters without a meaning.

use super::classes::{self, Ranges};

/// A parsed pattern.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Empty,
    Class(Ranges),
    Start,
    End,
    Boundary { negated: bool },
    Sequence(Vec<Tree>),
    Choice(Vec<Tree>),
    Repeat { tree: Box<Tree>, least: u32, most: Option<u32> },
}

/// Repetitions above this are refused: the automaton would hold that many copies.
const MOST_REPEATS: u32 = 1_000;
const MAX_NESTING: usize = 60;

pub(super) fn parse(pattern: &str) -> Result<Tree, &'static str> {
    let mut parser = Parser { chars: pattern.chars().collect(), at: 0 };
    let tree = parser.choice(0)?;
    if parser.at < parser.chars.len() { Err("an unmatched ')'") } else { Ok(tree) }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn choice(&mut self, depth: usize) -> Result<Tree, &'static str> {
        if depth > MAX_NESTING {
            return Err("groups nested deeper than 60 levels");
        }
        let mut options = vec![self.sequence(depth)?];
        while self.eat("|") {
            options.push(self.sequence(depth)?);
        }
        Ok(if options.len() == 1 { options.swap_remove(0) } else { Tree::Choice(options) })
    }

    fn sequence(&mut self, depth: usize) -> Result<Tree, &'static str> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let (tree, repeatable) = self.atom(depth)?;
            parts.push(if repeatable { self.repeat(tree)? } else { tree });
        }
        Ok(match parts.len() {
            0 => Tree::Empty,
            1 => parts.swap_remove(0),
            _ => Tree::Sequence(parts),
        })
    }

    fn repeat(&mut self, tree: Tree) -> Result<Tree, &'static str> {
        let (least, most) = if self.eat("*") {
            (0, None)
        } else if self.eat("+") {
            (1, None)
        } else if self.eat("?") {
            (0, Some(1))
        } else if let Some(bounds) = self.braces()? {
            bounds
        } else {
            return Ok(tree);
        };
        // A lazy quantifier matches the same texts.
        self.eat("?");
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err("a quantifier after a quantifier");
        }
        Ok(Tree::Repeat { tree: Box::new(tree), least, most })
    }

    /// `{2}`, `{2,}`, `{2,5}`, consumed; `None` where the brace is a literal.
    fn braces(&mut self) -> Result<Option<(u32, Option<u32>)>, &'static str> {
        if self.peek() != Some('{') {
            return Ok(None);
        }
        let Some(length) = self.chars.iter().skip(self.at).position(|c| *c == '}') else { return Ok(None) };
        let inner: String = self.chars.iter().skip(self.at + 1).take(length.saturating_sub(1)).collect();
        let (least, most) = inner.split_once(',').map_or((inner.as_str(), None), |(a, b)| (a, Some(b)));
        let number = |s: &str| (!s.is_empty() && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u32>());
        let Some(low) = number(least) else { return Ok(None) };
        let high = match most {
            None => Some(low.clone()),
            Some("") => None,
            Some(text) => match number(text) {
                Some(high) => Some(high),
                None => return Ok(None),
            },
        };
        self.at += length + 1;
        let bound = |n: Result<u32, _>| n.ok().filter(|n| *n <= MOST_REPEATS).ok_or("a repetition of more than 1,000");
        let (low, high) = (bound(low)?, high.map(bound).transpose()?);
        if high.is_some_and(|h| h < low) {
            return Err("a repetition whose bounds are out of order");
        }
        Ok(Some((low, high)))
    }

    fn atom(&mut self, depth: usize) -> Result<(Tree, bool), &'static str> {
        let Some(c) = self.next() else { return Ok((Tree::Empty, false)) };
        Ok(match c {
            '^' => (Tree::Start, false),
            '$' => (Tree::End, false),
            '.' => (Tree::Class(classes::dot()), true),
            '(' => {
                if self.eat("?=") || self.eat("?!") {
                    return Err("look-ahead");
                }
                if self.eat("?<=") || self.eat("?<!") {
                    return Err("look-behind");
                }
                if self.eat("?<") {
                    while self.next().ok_or("an unfinished group name")? != '>' {}
                } else if self.peek() == Some('?') && !self.eat("?:") {
                    return Err("a kind of group that ECMA-262 does not have");
                }
                let inner = self.choice(depth + 1)?;
                if !self.eat(")") {
                    return Err("an unmatched '('");
                }
                (inner, true)
            }
            '[' => (Tree::Class(self.class()?), true),
            '\\' => self.escape()?,
            '*' | '+' | '?' => return Err("a quantifier with nothing to repeat"),
            c => (Tree::Class(vec![(c as u32, c as u32)]), true),
        })
    }

    fn escape(&mut self) -> Result<(Tree, bool), &'static str> {
        match self.peek() {
            Some('b') => {
                self.at += 1;
                Ok((Tree::Boundary { negated: false }, false))
            }
            Some('B') => {
                self.at += 1;
                Ok((Tree::Boundary { negated: true }, false))
            }
            Some('k') => Err("a back-reference"),
            Some('1'..='9') => Err("a back-reference"),
            _ => Ok((Tree::Class(self.class_escape(false)?), true)),
        }
    }

    /// What stands after a backslash, as a set of characters.
    fn class_escape(&mut self, in_class: bool) -> Result<Ranges, &'static str> {
        let c = self.next().ok_or("a backslash at the end")?;
        let one = |c: u32| vec![(c, c)];
        Ok(match c {
            'd' => classes::digits(),
            'D' => classes::complement(&classes::digits()),
            'w' => classes::word(),
            'W' => classes::complement(&classes::word()),
            's' => classes::space(),
            'S' => classes::complement(&classes::space()),
            'p' | 'P' => {
                let rest: String = self.chars.iter().skip(self.at).take_while(|c| **c != '}').collect();
                let name = rest.strip_prefix('{').ok_or("a property escape without its braces")?;
                let ranges = classes::property(name).ok_or("an unknown Unicode property")?;
                self.at += rest.chars().count() + 1;
                if c == 'P' { classes::complement(&ranges) } else { ranges }
            }
            't' => one(0x09),
            'n' => one(0x0a),
            'v' => one(0x0b),
            'f' => one(0x0c),
            'r' => one(0x0d),
            'b' if in_class => one(0x08),
            '0' if !matches!(self.peek(), Some('0'..='9')) => one(0),
            'c' => match self.next() {
                Some(letter) if letter.is_ascii_alphabetic() => one(letter as u32 % 32),
                _ => return Err("a control escape without its letter"),
            },
            'x' => one(self.hex(2)?),
            'u' => {
                if self.eat("{") {
                    let mut code = 0_u32;
                    loop {
                        match self.next() {
                            Some('}') => break,
                            Some(d) => {
                                let digit = d.to_digit(16).ok_or("an unfinished escape")?;
                                code = code.saturating_mul(16).saturating_add(digit);
                            }
                            None => return Err("an unfinished escape"),
                        }
                    }
                    if code > classes::LAST {
                        return Err("a code point above U+10FFFF");
                    }
                    return Ok(one(code));
                }
                let first = self.hex(4)?;
                if (0xd800..0xdc00).contains(&first) && self.eat("\\u") {
                    let second = self.hex(4)?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err("half a surrogate pair");
                    }
                    return Ok(one(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
                }
                if (0xd800..0xe000).contains(&first) {
                    return Err("half a surrogate pair");
                }
                one(first)
            }
            c if !c.is_alphanumeric() => one(c as u32),
            _ => return Err("an escape that ECMA-262 gives no meaning"),
        })
    }

    fn hex(&mut self, digits: usize) -> Result<u32, &'static str> {
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.next().and_then(|c| c.to_digit(16)).ok_or("an unfinished escape")?;
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn class(&mut self) -> Result<Ranges, &'static str> {
        let negated = self.eat("^");
        let mut ranges = Ranges::new();
        loop {
            let low = match self.next().ok_or("an unfinished class")? {
                ']' => break,
                '\\' => self.class_escape(true)?,
                '[' if self.peek() == Some(':') => return Err("a POSIX class, which ECMA-262 does not have"),
                c => vec![(c as u32, c as u32)],
            };
            let is_range = self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']'));
            if !is_range {
                ranges.extend(low);
                continue;
            }
            self.at += 1;
            let high = match self.next().ok_or("an unfinished class")? {
                '\\' => self.class_escape(true)?,
                c => vec![(c as u32, c as u32)],
            };
            match (single(&low), single(&high)) {
                (Some(a), Some(b)) if a <= b => ranges.push((a, b)),
                (Some(_), Some(_)) => return Err("a range whose ends are out of order"),
                // Annex B: `[\w-.]` is the two classes and a hyphen.
                _ => {
                    ranges.extend(low);
                    ranges.extend(high);
                    ranges.push((0x2d, 0x2d));
                }
            }
        }
        let ranges = classes::normal(ranges);
        Ok(if negated { classes::complement(&ranges) } else { ranges })
    }
}

fn single(ranges: &Ranges) -> Option<u32> {
    match ranges.as_slice() {
        [(low, high)] if low == high => Some(*low),
        _ => None,
    }
}
