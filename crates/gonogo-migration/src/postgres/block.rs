//! DO blocks: the statements in a block of PL/pgSQL, taken as if every branch ran.

use crate::dialect::{Dialect, ServerVersion};
use crate::sql::cursor::Cursor;
use crate::sql::lex::Kind;
use crate::sql::split::split;

/// What a block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A statement, as SQL.
    Sql(String),
    /// Something that cannot be told from the text.
    Unknown(String),
}

/// The statements of a block, at most `limit` of them.
pub(crate) fn statements(body: &str, version: ServerVersion, limit: usize) -> Vec<Inside> {
    let script = split(body, Dialect::Postgres, version);
    let mut out = Vec::new();
    let mut declares = false;
    for piece in &script.statements {
        if out.len() >= limit {
            out.push(Inside::Unknown("the block is too long to be followed".to_owned()));
            break;
        }
        let mut c = Cursor::new(body, &piece.tokens, true);
        if c.eat("declare") {
            declares = true;
        }
        if declares {
            if !c.at("begin") {
                continue;
            }
            declares = false;
        }
        strip_control(&mut c);
        if c.done() {
            continue;
        }
        let rest = c.rest();
        let text = match (rest.first(), rest.last()) {
            (Some(a), Some(b)) => body.get(a.start..b.end).unwrap_or("").to_owned(),
            _ => continue,
        };
        if c.at("execute") {
            c.bump();
            let formatted = c.at("format") && !text.contains("%I") && !text.contains("%L") && !text.contains("%s");
            if formatted {
                c.bump();
                c.eat_punct(b'(');
            }
            match c.try_text() {
                Some(sql) if c.done() || (formatted && c.at_punct(b')')) => out.push(Inside::Sql(sql)),
                _ => out.push(Inside::Unknown("EXECUTE runs SQL that is put together when the block runs".to_owned())),
            }
        } else if c.eat("perform") {
            out.push(Inside::Sql(format!("select {}", text.get("perform".len()..).unwrap_or(""))));
        } else if !harmless(&c, body) {
            out.push(Inside::Sql(text));
        }
    }
    out
}

/// Statements of PL/pgSQL alone, and assignments.
fn harmless(c: &Cursor<'_>, body: &str) -> bool {
    let words = [
        "raise", "return", "null", "exit", "continue", "get", "open", "fetch", "close", "assert", "commit", "rollback",
        "move",
    ];
    c.at_any(&words) || c.token(1).is_some_and(|t| t.kind == Kind::Operator && matches!(t.text(body), ":=" | "="))
}

/// Moves past BEGIN, ELSE, `IF .. THEN`, `FOR .. LOOP` and their kin.
fn strip_control(c: &mut Cursor<'_>) {
    loop {
        if c.at("end") {
            c.reset(usize::MAX);
        } else if c.eat("begin") || c.eat("else") || c.eat("loop") || c.eat("exception") {
        } else if c.at_any(&["if", "elsif", "elseif", "when"]) {
            skip_past(c, "then");
        } else if c.at_any(&["for", "while", "foreach"]) {
            skip_past(c, "loop");
        } else if c.token(0).is_some_and(|t| t.kind == Kind::Operator && t.text(c.source) == "<<") {
            c.bump();
            c.bump();
            c.bump();
        } else {
            return;
        }
    }
}

fn skip_past(c: &mut Cursor<'_>, word: &str) {
    let mut depth = 0usize;
    while let Some(token) = c.bump() {
        match token.text(c.source) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 && token.is_word(c.source, word) => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_is_taken_and_dynamic_sql_is_unknown() {
        let body = "declare x int := 1; begin if not exists (select 1 from pg_type where typname = 'e') then create type e as enum ('a'); \
                    else alter table t add column z int; end if; execute 'drop table u'; execute 'drop table ' || x; end";
        let found = statements(body, Dialect::Postgres.default_version(), 100);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[1], Inside::Sql("alter table t add column z int".to_owned()));
        assert_eq!(found[2], Inside::Sql("drop table u".to_owned()));
        assert!(matches!(found[3], Inside::Unknown(_)));
    }
}
