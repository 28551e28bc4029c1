//! Cuts SQL text into tokens, for both families of dialect, without recursion and in one pass.

use crate::dialect::{Dialect, ServerVersion};

/// What a token is; its text is the slice `start..end` of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an unquoted identifier.
    Word,
    /// An identifier in double quotes or backticks.
    Quoted,
    /// A string literal of any spelling, dollar quotes included.
    Text,
    /// A number.
    Number,
    /// One or more operator characters.
    Operator,
    /// A bracket, comma, semicolon, dot or colon.
    Punct(u8),
    /// A host parameter such as `$1`, `:name` or `?`.
    Parameter,
    /// A line of a client program: `\connect x`, `DELIMITER //`.
    Client,
}

/// One token and where it stands, in bytes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// The token's own text; empty if the span does not lie in the source.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or("")
    }

    /// Whether this is the unquoted word, whatever its case.
    pub(crate) fn is_word(&self, source: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(source).eq_ignore_ascii_case(word)
    }
}

/// Why a text could not be cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A quote, dollar quote or comment is not closed.
    Unclosed {
        /// Where it was opened.
        at: usize,
        /// What was opened.
        what: &'static str,
    },
}

/// A token stream over one source text.
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    source: &'a str,
    at: usize,
    mysql: bool,
    mariadb: bool,
    version: ServerVersion,
    in_conditional: bool,
    /// The first thing left open, if any.
    pub(crate) broken: Option<Broken>,
    /// The comments that speak to gonogo, as spans with their marks of comment; at most [`REMARKS`] and one more.
    pub(crate) remarks: Vec<(usize, usize)>,
}

/// How many comments that begin with `gonogo:` are kept of one text.
pub(crate) const REMARKS: usize = 1_000;
/// How a comment that speaks to gonogo begins.
pub(crate) const REMARK: &str = "gonogo:";

const OPERATOR: &[u8] = b"+-*/<>=~!@#%^&|`?";

fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn is_word_part(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit() || b == b'$'
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(source: &'a str, dialect: Dialect, version: ServerVersion) -> Self {
        Self {
            bytes: source.as_bytes(),
            source,
            at: 0,
            mysql: dialect.is_mysql_family(),
            mariadb: dialect == Dialect::Mariadb,
            version,
            in_conditional: false,
            broken: None,
            remarks: Vec::new(),
        }
    }

    /// Where the next token will be looked for.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Moves on to a later place of the source, which must be a character boundary.
    pub(crate) fn jump(&mut self, to: usize) {
        self.at = to.max(self.at).min(self.bytes.len());
    }

    /// Moves to a place at or after the start of the token just read, used when a delimiter lies inside it.
    pub(crate) fn rewind(&mut self, to: usize) {
        self.at = to.min(self.bytes.len());
        while self.at < self.bytes.len() && !self.source.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at.saturating_add(ahead)).copied().unwrap_or(0)
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    fn line_end(&self, from: usize) -> usize {
        self.bytes.get(from..).and_then(|r| r.iter().position(|&b| b == b'\n')).map_or(self.bytes.len(), |n| from + n)
    }

    fn at_line_start(&self) -> bool {
        let before = self.source.get(..self.at).unwrap_or("");
        before.bytes().rev().find(|b| !matches!(b, b' ' | b'\t' | b'\r')).is_none_or(|b| b == b'\n')
    }

    fn unclosed(&mut self, at: usize, what: &'static str) {
        self.broken.get_or_insert(Broken::Unclosed { at, what });
        self.at = self.bytes.len();
    }

    /// Skips blanks and comments. Returns false at the end of the source.
    fn skip_blank(&mut self) -> bool {
        loop {
            let b = self.peek(0);
            if self.at >= self.bytes.len() {
                return false;
            }
            if b.is_ascii_whitespace() || b == 0 {
                self.at += 1;
            } else if self.starts("\u{feff}") {
                self.at += 3;
            } else if self.dash_comment() || (self.mysql && b == b'#') {
                let from = self.at;
                self.at = self.line_end(from);
                self.remark(from);
            } else if self.in_conditional && self.starts("*/") {
                self.in_conditional = false;
                self.at += 2;
            } else if self.starts("/*") {
                let from = self.at;
                self.block_comment();
                if self.broken.is_none() {
                    self.remark(from);
                }
            } else {
                return true;
            }
        }
    }

    /// Keeps the comment that was just passed if it speaks to gonogo.
    fn remark(&mut self, from: usize) {
        let comment = self.bytes.get(from..self.at).unwrap_or(&[]);
        let marks = |b: &&u8| b.is_ascii_whitespace() || matches!(b, b'-' | b'/' | b'*' | b'#');
        let word = comment.iter().take(64).take_while(marks).count();
        let speaks = comment.get(word..word + REMARK.len()).is_some_and(|w| w.eq_ignore_ascii_case(REMARK.as_bytes()));
        if speaks && self.remarks.len() <= REMARKS {
            self.remarks.push((from, self.at));
        }
    }

    fn dash_comment(&self) -> bool {
        self.starts("--") && (!self.mysql || self.peek(2).is_ascii_whitespace() || self.at + 2 >= self.bytes.len())
    }

    fn block_comment(&mut self) {
        let from = self.at;
        if self.mysql {
            let marker = if self.starts("/*!") {
                3
            } else if self.mariadb && self.starts("/*M!") {
                4
            } else {
                0
            };
            if marker > 0 {
                let digits_from = from + marker;
                let digits = self
                    .bytes
                    .get(digits_from..)
                    .map_or(0, |r| r.iter().take(6).take_while(|b| b.is_ascii_digit()).count());
                let number: u32 =
                    self.source.get(digits_from..digits_from + digits).and_then(|d| d.parse().ok()).unwrap_or(0);
                let mine = self.version.major * 10_000 + self.version.minor * 100 + self.version.patch;
                if digits == 0 || number <= mine.max(80_000) {
                    self.in_conditional = true;
                    self.at = digits_from + digits;
                    return;
                }
            }
            match self.source.get(from + 2..).and_then(|r| r.find("*/")) {
                Some(n) => self.at = from + 2 + n + 2,
                None => self.unclosed(from, "comment"),
            }
            return;
        }
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            if self.starts("/*") {
                depth += 1;
                self.at += 2;
            } else if self.starts("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
        self.unclosed(from, "comment");
    }

    /// Moves past a quoted run that starts at `self.at`; doubling the quote escapes it, as does a backslash if allowed.
    fn quoted(&mut self, from: usize, quote: u8, backslash: bool, what: &'static str) {
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            if backslash && b == b'\\' {
                self.at += 2;
            } else if b == quote {
                if self.peek(1) == quote {
                    self.at += 2;
                } else {
                    self.at += 1;
                    return;
                }
            } else {
                self.at += 1;
            }
        }
        self.unclosed(from, what);
    }

    fn dollar_quoted(&mut self) -> bool {
        let from = self.at;
        let tag =
            self.bytes.get(from + 1..).map_or(0, |r| r.iter().take_while(|&&b| b != b'$' && is_word_part(b)).count());
        if self.bytes.get(from + 1 + tag) != Some(&b'$') || self.peek(1).is_ascii_digit() {
            return false;
        }
        let open = self.source.get(from..from + tag + 2).unwrap_or("");
        match self.source.get(from + tag + 2..).and_then(|r| r.find(open)) {
            Some(n) => self.at = from + tag + 2 + n + open.len(),
            None => self.unclosed(from, "dollar quote"),
        }
        true
    }

    fn number(&mut self) {
        if self.peek(0) == b'0'
            && matches!(self.peek(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O')
            && self.peek(2).is_ascii_alphanumeric()
        {
            self.at += 2;
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                self.at += 1;
            }
            return;
        }
        let mut seen_dot = false;
        loop {
            let b = self.peek(0);
            if b.is_ascii_digit() || (b == b'_' && self.peek(1).is_ascii_digit()) {
                self.at += 1;
            } else if b == b'.' && !seen_dot && self.peek(1) != b'.' {
                seen_dot = true;
                self.at += 1;
            } else if matches!(b, b'e' | b'E')
                && (self.peek(1).is_ascii_digit()
                    || (matches!(self.peek(1), b'+' | b'-') && self.peek(2).is_ascii_digit()))
            {
                self.at += 2;
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                return;
            } else {
                return;
            }
        }
    }

    fn operator(&mut self) {
        let from = self.at;
        while OPERATOR.contains(&self.peek(0)) {
            if self.at > from && (self.starts("--") || self.starts("/*") || (self.in_conditional && self.starts("*/")))
            {
                break;
            }
            if self.mysql && self.at > from && matches!(self.peek(0), b'`' | b'@' | b'#' | b'?') {
                break;
            }
            self.at += 1;
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if !self.skip_blank() {
            return None;
        }
        let start = self.at;
        let b = self.peek(0);
        let kind = match b {
            b'\'' => {
                self.quoted(start, b'\'', self.mysql, "string");
                Kind::Text
            }
            b'"' if self.mysql => {
                self.quoted(start, b'"', true, "string");
                Kind::Text
            }
            b'"' => {
                self.quoted(start, b'"', false, "quoted name");
                Kind::Quoted
            }
            b'`' if self.mysql => {
                self.quoted(start, b'`', false, "quoted name");
                Kind::Quoted
            }
            b'e' | b'E' if !self.mysql && self.peek(1) == b'\'' => {
                self.at += 1;
                self.quoted(start, b'\'', true, "string");
                Kind::Text
            }
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if self.peek(1) == b'\'' => {
                self.at += 1;
                self.quoted(start, b'\'', self.mysql, "string");
                Kind::Text
            }
            b'u' | b'U' if !self.mysql && self.peek(1) == b'&' && matches!(self.peek(2), b'\'' | b'"') => {
                let quote = self.peek(2);
                self.at += 2;
                self.quoted(start, quote, false, "string");
                if quote == b'"' { Kind::Quoted } else { Kind::Text }
            }
            b'$' if !self.mysql && self.dollar_quoted() => Kind::Text,
            b'$' if self.peek(1).is_ascii_digit() => {
                self.at += 1;
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                Kind::Parameter
            }
            b'0'..=b'9' => {
                self.number();
                // MySQL lets a name begin with a digit
                if self.mysql
                    && is_word_start(self.peek(0))
                    && !self.source.get(start..self.at).unwrap_or("").contains('.')
                {
                    while is_word_part(self.peek(0)) {
                        self.at += 1;
                    }
                    Kind::Word
                } else {
                    Kind::Number
                }
            }
            b'.' if self.peek(1).is_ascii_digit()
                && !start.checked_sub(1).and_then(|p| self.bytes.get(p)).is_some_and(|&p| is_word_part(p)) =>
            {
                self.number();
                Kind::Number
            }
            b'\\' if self.at_line_start() => {
                self.at = self.line_end(start);
                Kind::Client
            }
            _ if is_word_start(b) => {
                while is_word_part(self.peek(0)) {
                    self.at += 1;
                }
                Kind::Word
            }
            b':' if self.peek(1) == b':' => {
                self.at += 2;
                Kind::Operator
            }
            b':' if self.peek(1) == b'=' => {
                self.at += 2;
                Kind::Operator
            }
            b'@' if self.mysql => {
                while self.peek(0) == b'@' {
                    self.at += 1;
                }
                while is_word_part(self.peek(0)) || self.peek(0) == b'.' {
                    self.at += 1;
                }
                Kind::Parameter
            }
            b'?' if self.mysql => {
                self.at += 1;
                Kind::Parameter
            }
            _ if OPERATOR.contains(&b) => {
                self.operator();
                if self.at == start {
                    self.at += 1;
                }
                Kind::Operator
            }
            _ => {
                self.at += 1;
                Kind::Punct(b)
            }
        };
        self.at = self.at.min(self.bytes.len());
        // a backslash escape may end inside a character: move to the next boundary
        while self.at < self.bytes.len() && !self.source.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(Token { kind, start, end: self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, dialect: Dialect) -> Vec<&str> {
        Lexer::new(source, dialect, dialect.default_version()).map(|t| t.text(source)).collect()
    }

    #[test]
    fn quotes_comments_and_dollars_are_single_tokens() {
        let sql = "select E'a\\'b', $x$ ; $x$ /* a /* b */ ; */ , \"A \"\"b\" -- c ;\n::int";
        assert_eq!(
            texts(sql, Dialect::Postgres),
            ["select", "E'a\\'b'", ",", "$x$ ; $x$", ",", "\"A \"\"b\"", "::", "int"]
        );
    }

    #[test]
    fn conditional_comments_of_mysql_are_read_as_sql() {
        assert_eq!(texts("/*!40101 set names x */; # c\n`a`", Dialect::Mysql), ["set", "names", "x", ";", "`a`"]);
    }

    #[test]
    fn an_open_quote_is_reported() {
        let mut lexer = Lexer::new("select 'abc", Dialect::Postgres, Dialect::Postgres.default_version());
        assert_eq!(lexer.by_ref().count(), 2);
        assert_eq!(lexer.broken, Some(Broken::Unclosed { at: 7, what: "string" }));
    }
}
