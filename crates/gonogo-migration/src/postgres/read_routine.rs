//! Functions, DO blocks and SET.

use crate::model::statement::{Statement, Volatility};
use crate::sql::cursor::{Cursor, Read, literal};
use crate::sql::lex::Kind;

/// CREATE FUNCTION or PROCEDURE, after that word.
pub(super) fn create_function(c: &mut Cursor<'_>) -> Read<Statement> {
    let name = c.name()?;
    c.skip_group();
    let mut volatility = Volatility::Volatile;
    let mut look = *c;
    while !look.done() {
        if look.at("immutable") {
            volatility = Volatility::Immutable;
        } else if look.at("stable") {
            volatility = Volatility::Stable;
        } else if look.at("begin atomic") {
            break;
        }
        look.bump();
    }
    let (language, body) = declared(c);
    Ok(Statement::CreateFunction { name, volatility, language, body })
}

/// The language and the body of a function or a DO block: `LANGUAGE x` and the last string literal.
pub(super) fn declared(c: &mut Cursor<'_>) -> (String, Option<String>) {
    let mut language = "plpgsql".to_owned();
    let mut body = None;
    while let Some(token) = c.token(0) {
        if c.eat("language") {
            if let Some(text) = c.try_text() {
                language = text.to_lowercase();
            } else if let Some(word) = c.try_identifier() {
                language = word;
            }
            continue;
        }
        if token.kind == Kind::Text && body.is_none() {
            body = Some(literal(token.text(c.source)));
        }
        c.bump();
    }
    (language, body)
}

/// SET and RESET.
pub(super) fn set_statement(c: &mut Cursor<'_>) -> Read<Statement> {
    if c.eat("reset") {
        let name = if c.eat("all") { "all".to_owned() } else { c.identifier()? };
        return Ok(Statement::Set { name, value: None, local: false });
    }
    c.bump();
    if c.at("constraints") {
        return Ok(Statement::Inert("SET CONSTRAINTS".to_owned()));
    }
    let local = c.eat("local");
    c.eat("session");
    if c.at_any(&["transaction", "characteristics", "authorization"]) {
        return Ok(Statement::Inert("SET".to_owned()));
    }
    let name = if c.eat("time zone") {
        "timezone".to_owned()
    } else {
        let name = c.name()?;
        c.eat("to");
        c.eat_operator("=");
        name.to_string().to_lowercase()
    };
    let tokens = c.rest();
    let mut values = Vec::new();
    for token in tokens {
        match token.kind {
            Kind::Punct(b',') => {}
            Kind::Text => values.push(literal(token.text(c.source))),
            Kind::Quoted => values.push(crate::sql::cursor::unquote(token.text(c.source))),
            _ => values.push(token.text(c.source).to_owned()),
        }
    }
    let value = values.join(",");
    let value = (!value.eq_ignore_ascii_case("default")).then_some(value);
    Ok(Statement::Set { name, value, local })
}
