//! The part of Argo's expression language (expr-lang) that success and failure conditions are made of.
//!
//! Numbers, text, `true`, `false`, `nil`, lists, `result`, indexing, `== != < <= > >=`, `in`, `&& || !` (`and or not`), `+ - * / %`,
//! `len`, `isNaN`, `isInf`, `asInt`, `asFloat`, `abs`. Anything else is an error, never a value.

use std::fmt;

/// A condition that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    message: String,
}

impl ExpressionError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// A value of the language.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Datum {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Datum>),
}

impl Datum {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The truth value, which is what a condition must have.
    ///
    /// # Errors
    /// It is of another type.
    pub fn into_bool(self) -> Result<bool, ExpressionError> {
        match self {
            Self::Bool(value) => Ok(value),
            other => Err(ExpressionError::new(format!("expected bool, but got {}", other.type_name()))),
        }
    }

    fn equals(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::List(values) => f.debug_list().entries(values.iter().map(ToString::to_string)).finish(),
        }
    }
}

/// Longest condition that is read, in bytes, and deepest nesting.
const LONGEST: usize = 10_000;
const DEEPEST: u32 = 64;

/// The value of `text` with `result` as what was measured. Time O(bytes).
///
/// # Errors
/// Where the text is no expression of this language, or operands do not fit.
pub fn evaluate(text: &str, result: &Datum) -> Result<Datum, ExpressionError> {
    if text.len() > LONGEST {
        return Err(ExpressionError::new(format!("the condition is longer than {LONGEST} bytes")));
    }
    let tokens = tokenize(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, result };
    let value = parser.binary(0)?;
    match parser.peek() {
        None => Ok(value),
        Some(token) => Err(ExpressionError::new(format!("unexpected {token:?}"))),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(Datum),
    Name(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 20] =
    ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."];

fn tokenize(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            number(rest, &mut tokens)?
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = rest.get(..length).unwrap_or_default();
            tokens.push(match name {
                "true" => Token::Literal(Datum::Bool(true)),
                "false" => Token::Literal(Datum::Bool(false)),
                "nil" => Token::Literal(Datum::Nil),
                "and" => Token::Symbol("&&"),
                "or" => Token::Symbol("||"),
                "not" => Token::Symbol("!"),
                "in" => Token::Symbol("in"),
                _ => Token::Name(name.to_owned()),
            });
            length
        } else if first == '\'' || first == '"' {
            let body = rest.get(1..).unwrap_or_default();
            let end = body.find(first).ok_or_else(|| ExpressionError::new("text that does not end"))?;
            tokens.push(Token::Literal(Datum::Text(body.get(..end).unwrap_or_default().to_owned())));
            end + 2
        } else {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
            let symbol = symbol.ok_or_else(|| ExpressionError::new(format!("unexpected `{first}`")))?;
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn number(rest: &str, tokens: &mut Vec<Token>) -> Result<usize, ExpressionError> {
    let mut length = 0;
    let mut before = ' ';
    for c in rest.chars() {
        let sign = (c == '+' || c == '-') && matches!(before, 'e' | 'E');
        if !(c.is_ascii_digit() || c == '.' || c == 'e' || c == 'E' || c == '_' || sign) {
            break;
        }
        before = c;
        length += 1;
    }
    let text: String = rest.get(..length).unwrap_or_default().chars().filter(|c| *c != '_').collect();
    let wrong = || ExpressionError::new(format!("`{text}` is no number"));
    let value = if text.contains(['.', 'e', 'E']) {
        Datum::Float(text.parse().map_err(|_| wrong())?)
    } else {
        Datum::Int(text.parse().map_err(|_| wrong())?)
    };
    tokens.push(Token::Literal(value));
    Ok(length)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: u32,
    result: &'a Datum,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(next)) if *next == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ExpressionError> {
        if self.take(symbol) { Ok(()) } else { Err(ExpressionError::new(format!("expected `{symbol}`"))) }
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, ExpressionError>) -> Result<T, ExpressionError> {
        if self.depth >= DEEPEST {
            return Err(ExpressionError::new(format!("nested more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let value = parse(self);
        self.depth -= 1;
        value
    }

    fn binary(&mut self, least: u8) -> Result<Datum, ExpressionError> {
        let mut left = self.nested(Self::unary)?;
        loop {
            let symbol = match self.peek() {
                Some(Token::Symbol(symbol)) => *symbol,
                _ => return Ok(left),
            };
            let strength = match symbol {
                "||" => 1,
                "&&" => 2,
                "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" => 3,
                "+" | "-" => 4,
                "*" | "/" | "%" => 5,
                _ => return Ok(left),
            };
            if strength <= least {
                return Ok(left);
            }
            self.at += 1;
            let right = self.nested(|parser| parser.binary(strength))?;
            left = apply(symbol, left, right)?;
        }
    }

    fn unary(&mut self) -> Result<Datum, ExpressionError> {
        if self.take("!") {
            let value = self.nested(Self::unary)?.into_bool()?;
            return Ok(Datum::Bool(!value));
        }
        if self.take("-") {
            return match self.nested(Self::unary)? {
                Datum::Int(value) => {
                    value.checked_neg().map(Datum::Int).ok_or_else(|| ExpressionError::new("number too large"))
                }
                Datum::Float(value) => Ok(Datum::Float(-value)),
                other => Err(ExpressionError::new(format!("- of {}", other.type_name()))),
            };
        }
        let mut value = self.primary()?;
        while self.take("[") {
            let index = self.nested(|parser| parser.binary(0))?;
            self.expect("]")?;
            value = match (value, index) {
                (Datum::List(values), Datum::Int(index)) => {
                    let size = values.len();
                    let position = usize::try_from(index).ok();
                    let found = position.and_then(|position| values.into_iter().nth(position));
                    found.ok_or_else(|| ExpressionError::new(format!("index {index} out of range of {size}")))?
                }
                (value, _) => return Err(ExpressionError::new(format!("{} cannot be indexed so", value.type_name()))),
            };
        }
        if self.take(".") {
            return Err(ExpressionError::new(format!("{} has no members", value.type_name())));
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Datum, ExpressionError> {
        if self.take("(") {
            let value = self.nested(|parser| parser.binary(0))?;
            self.expect(")")?;
            return Ok(value);
        }
        if self.take("[") {
            return self.list("]").map(Datum::List);
        }
        let token = self.peek().cloned().ok_or_else(|| ExpressionError::new("unexpected end"))?;
        self.at += 1;
        match token {
            Token::Literal(value) => Ok(value),
            Token::Name(name) if self.take("(") => {
                let arguments = self.list(")")?;
                call(&name, arguments)
            }
            Token::Name(name) if name == "result" => Ok(self.result.clone()),
            Token::Name(name) => Err(ExpressionError::new(format!("unknown name {name}"))),
            Token::Symbol(symbol) => Err(ExpressionError::new(format!("unexpected `{symbol}`"))),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Datum>, ExpressionError> {
        let mut values = Vec::new();
        while !self.take(end) {
            if !values.is_empty() {
                self.expect(",")?;
            }
            values.push(self.nested(|parser| parser.binary(0))?);
        }
        Ok(values)
    }
}

fn apply(symbol: &str, left: Datum, right: Datum) -> Result<Datum, ExpressionError> {
    let unfit = || ExpressionError::new(format!("{} {symbol} {}", left.type_name(), right.type_name()));
    match symbol {
        "&&" | "||" => {
            let (a, b) = (left.into_bool()?, right.into_bool()?);
            Ok(Datum::Bool(if symbol == "&&" { a && b } else { a || b }))
        }
        "==" => Ok(Datum::Bool(left.equals(&right))),
        "!=" => Ok(Datum::Bool(!left.equals(&right))),
        "in" => match &right {
            Datum::List(values) => Ok(Datum::Bool(values.iter().any(|value| value.equals(&left)))),
            _ => Err(unfit()),
        },
        "<" | "<=" | ">" | ">=" => {
            let order = match (&left, &right) {
                (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
                _ => {
                    let (a, b) = left.number().zip(right.number()).ok_or_else(unfit)?;
                    a.partial_cmp(&b)
                }
            };
            // Nothing is in any order with NaN.
            Ok(Datum::Bool(order.is_some_and(|order| match symbol {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            })))
        }
        _ => arithmetic(symbol, &left, &right).ok_or_else(unfit),
    }
}

fn arithmetic(symbol: &str, left: &Datum, right: &Datum) -> Option<Datum> {
    if let (Datum::Int(a), Datum::Int(b)) = (left, right)
        && symbol != "/"
    {
        return match symbol {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "%" => a.checked_rem(*b),
            _ => None,
        }
        .map(Datum::Int);
    }
    let (a, b) = left.number().zip(right.number())?;
    match symbol {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => Some(a * b),
        "/" => Some(a / b),
        _ => None,
    }
    .map(Datum::Float)
}

fn call(name: &str, arguments: Vec<Datum>) -> Result<Datum, ExpressionError> {
    let [argument] = arguments.as_slice() else {
        return Err(ExpressionError::new(format!("{name} takes one argument")));
    };
    let unfit = || ExpressionError::new(format!("{name} of {}", argument.type_name()));
    match (name, argument) {
        ("len", Datum::List(values)) => Ok(Datum::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))),
        ("len", Datum::Text(text)) => Ok(Datum::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))),
        ("isNaN", _) => argument.number().map(|value| Datum::Bool(value.is_nan())).ok_or_else(unfit),
        ("isInf", _) => argument.number().map(|value| Datum::Bool(value.is_infinite())).ok_or_else(unfit),
        ("abs", _) => argument.number().map(|value| Datum::Float(value.abs())).ok_or_else(unfit),
        ("asFloat", Datum::Text(text)) => text.parse().map(Datum::Float).map_err(|_| unfit()),
        ("asFloat", _) => argument.number().map(Datum::Float).ok_or_else(unfit),
        ("asInt", Datum::Text(text)) => text.parse().map(Datum::Int).map_err(|_| unfit()),
        ("asInt", Datum::Int(value)) => Ok(Datum::Int(*value)),
        ("asInt", Datum::Float(value)) if value.is_finite() && value.abs() < 9e15 => Ok(Datum::Int(*value as i64)),
        _ => Err(unfit()),
    }
}
