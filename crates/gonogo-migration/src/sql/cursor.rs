//! Reads a statement's tokens from left to right.

use super::lex::{Kind, Token};
use crate::model::expression::{Expression, Fragment, FragmentKind};
use crate::model::name::Name;

/// Why a statement could not be read: what was wanted, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadError {
    pub(crate) at: usize,
    pub(crate) wanted: String,
}

pub(crate) type Read<T> = Result<T, ReadError>;

/// A place in a list of tokens.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) source: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// Unquoted names are folded to lower case (PostgreSQL) or kept (MySQL).
    fold: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(source: &'a str, tokens: &'a [Token], fold: bool) -> Self {
        Self { source, tokens, at: 0, fold }
    }

    pub(crate) fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(crate) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(crate) fn bump(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).copied();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    /// The index of the next token, to come back to with [`Cursor::reset`].
    pub(crate) fn mark(&self) -> usize {
        self.at
    }

    pub(crate) fn reset(&mut self, mark: usize) {
        self.at = mark.min(self.tokens.len());
    }

    pub(crate) fn fail<T>(&self, wanted: &str) -> Read<T> {
        let at = self.token(0).map_or_else(|| self.tokens.last().map_or(0, |t| t.end), |t| t.start);
        Err(ReadError { at, wanted: wanted.to_owned() })
    }

    /// Whether the next tokens are these words.
    pub(crate) fn at(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(i, w)| self.token(i).is_some_and(|t| t.is_word(self.source, w)))
    }

    /// Whether the next token is one of these words.
    pub(crate) fn at_any(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.at(w))
    }

    /// Moves past these words if they come next.
    pub(crate) fn eat(&mut self, words: &str) -> bool {
        let yes = self.at(words);
        if yes {
            self.at += words.split(' ').count();
        }
        yes
    }

    pub(crate) fn need(&mut self, words: &str) -> Read<()> {
        if self.eat(words) { Ok(()) } else { self.fail(words) }
    }

    pub(crate) fn at_punct(&self, byte: u8) -> bool {
        self.token(0).is_some_and(|t| t.kind == Kind::Punct(byte))
    }

    pub(crate) fn eat_punct(&mut self, byte: u8) -> bool {
        let yes = self.at_punct(byte);
        if yes {
            self.at += 1;
        }
        yes
    }

    pub(crate) fn need_punct(&mut self, byte: u8) -> Read<()> {
        if self.eat_punct(byte) { Ok(()) } else { self.fail(&char::from(byte).to_string()) }
    }

    pub(crate) fn eat_operator(&mut self, text: &str) -> bool {
        let yes = self.token(0).is_some_and(|t| t.kind == Kind::Operator && t.text(self.source) == text);
        if yes {
            self.at += 1;
        }
        yes
    }

    /// The next token's text in lower case, or nothing at the end.
    pub(crate) fn word(&self) -> String {
        self.token(0).map_or_else(String::new, |t| t.text(self.source).to_ascii_lowercase())
    }

    /// An identifier as the server would store it, or `None` if the next token is no identifier.
    pub(crate) fn try_identifier(&mut self) -> Option<String> {
        let token = self.token(0)?;
        let text = token.text(self.source);
        let name = match token.kind {
            Kind::Word if self.fold => text.to_lowercase(),
            Kind::Word => text.to_owned(),
            Kind::Quoted => unquote(text),
            _ => return None,
        };
        self.at += 1;
        Some(if self.fold { truncated(name) } else { name })
    }

    pub(crate) fn identifier(&mut self) -> Read<String> {
        match self.try_identifier() {
            Some(name) => Ok(name),
            None => self.fail("a name"),
        }
    }

    /// A name with any number of dots; the last two parts count.
    pub(crate) fn name(&mut self) -> Read<Name> {
        let mut schema = None;
        let mut name = self.identifier()?;
        while self.at_punct(b'.') {
            self.bump();
            let next = self.identifier()?;
            schema = Some(std::mem::replace(&mut name, next));
        }
        Ok(Name { schema, name })
    }

    pub(crate) fn names(&mut self) -> Read<Vec<Name>> {
        let mut out = vec![self.name()?];
        while self.eat_punct(b',') {
            out.push(self.name()?);
        }
        Ok(out)
    }

    /// `( a, b, c )` as plain names; anything after a name up to the comma is skipped.
    pub(crate) fn column_list(&mut self) -> Read<Vec<String>> {
        self.need_punct(b'(')?;
        let mut out = Vec::new();
        loop {
            out.push(self.identifier()?);
            self.skip_item();
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.need_punct(b')')?;
        Ok(out)
    }

    /// Moves to the next comma or closing bracket of this level, or to the end.
    pub(crate) fn skip_item(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.token(0) {
            match token.kind {
                Kind::Punct(b'(' | b'[') => depth += 1,
                Kind::Punct(b')' | b']') if depth == 0 => return,
                Kind::Punct(b')' | b']') => depth -= 1,
                Kind::Punct(b',') if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Moves past one bracketed group that comes next, if any.
    pub(crate) fn skip_group(&mut self) -> bool {
        if !self.at_punct(b'(') {
            return false;
        }
        self.at += 1;
        loop {
            self.skip_item();
            if self.done() || self.eat_punct(b')') {
                return true;
            }
            self.at += 1;
        }
    }

    /// The tokens between two marks.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a [Token] {
        self.tokens.get(from..to.max(from)).unwrap_or(&[])
    }

    pub(crate) fn rest(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or(&[])
    }

    /// What stands inside the bracketed group that comes next, as an expression.
    pub(crate) fn group(&mut self) -> Read<Expression> {
        if !self.at_punct(b'(') {
            return self.fail("(");
        }
        let from = self.at + 1;
        self.skip_group();
        let to = self.at.saturating_sub(1);
        Ok(self.expression_of(from, to))
    }

    /// An expression up to a comma or closing bracket of this level, or up to one of the words that may follow it there.
    pub(crate) fn expression_until(&mut self, stops: &[&str]) -> Expression {
        let from = self.at;
        let mut depth = 0usize;
        let mut case = 0usize;
        while let Some(token) = self.token(0) {
            match token.kind {
                Kind::Punct(b'(' | b'[') => depth += 1,
                Kind::Punct(b')' | b']') if depth == 0 => break,
                Kind::Punct(b')' | b']') => depth -= 1,
                Kind::Punct(b',') if depth == 0 => break,
                Kind::Word if depth == 0 => {
                    if token.is_word(self.source, "case") {
                        case += 1;
                    } else if token.is_word(self.source, "end") {
                        case = case.saturating_sub(1);
                    } else if case == 0 && self.at > from && self.at_any(stops) {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.expression_of(from, self.at)
    }

    pub(crate) fn expression_of(&self, from: usize, to: usize) -> Expression {
        let tokens = self.slice(from, to);
        let text = match (tokens.first(), tokens.last()) {
            (Some(a), Some(b)) => self.source.get(a.start..b.end).unwrap_or("").to_owned(),
            _ => String::new(),
        };
        let fragments = tokens
            .iter()
            .map(|t| {
                let raw = t.text(self.source);
                let (kind, text) = match t.kind {
                    Kind::Word => (FragmentKind::Word, raw.to_lowercase()),
                    Kind::Quoted => (FragmentKind::Quoted, unquote(raw)),
                    Kind::Text => (FragmentKind::Text, raw.to_owned()),
                    Kind::Number => (FragmentKind::Number, raw.to_owned()),
                    Kind::Punct(_) | Kind::Operator | Kind::Parameter | Kind::Client => {
                        (FragmentKind::Symbol, raw.to_owned())
                    }
                };
                Fragment { kind, text }
            })
            .collect();
        Expression::new(text, fragments)
    }

    /// A string literal's content, when the next token is one.
    pub(crate) fn try_text(&mut self) -> Option<String> {
        let token = self.token(0).filter(|t| t.kind == Kind::Text)?;
        self.at += 1;
        Some(literal(token.text(self.source)))
    }
}

/// PostgreSQL cuts names to 63 bytes.
fn truncated(mut name: String) -> String {
    let mut end = 63;
    if name.len() > end {
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
    }
    name
}

/// A quoted identifier without its quotes.
pub(crate) fn unquote(text: &str) -> String {
    let text = text.trim_start_matches("U&").trim_start_matches("u&");
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    let doubled: String = [quote, quote].iter().collect();
    inner.replace(&doubled, &quote.to_string())
}

/// A string literal's content; escapes other than the doubled quote are left as they are written.
pub(crate) fn literal(text: &str) -> String {
    if text.starts_with('$') {
        let tag = text.get(1..).and_then(|r| r.find('$')).map_or(0, |n| n + 2);
        return text.get(tag..text.len().saturating_sub(tag)).unwrap_or("").to_owned();
    }
    let Some(open) = text.find(['\'', '"']) else { return text.to_owned() };
    let quote = text.get(open..open + 1).unwrap_or("'");
    let inner = text.get(open + 1..).unwrap_or("");
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&quote.repeat(2), quote)
}
