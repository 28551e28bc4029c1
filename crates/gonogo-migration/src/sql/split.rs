//! Cuts a script into statements, aware of quotes, comments, bodies, `COPY` data, `DELIMITER` and psql's own commands.

use super::lex::{Broken, Kind, Lexer, Token};
use crate::dialect::{Dialect, ServerVersion};

/// How deep brackets may nest before a statement is refused: deeper text is not written by people, and recursive readers overflow on it.
pub(crate) const DEPTH_LIMIT: usize = 500;

/// One statement of a script: its tokens (without the closing semicolon) and its span in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) tokens: Vec<Token>,
    /// The deepest nesting of brackets.
    pub(crate) depth: usize,
    /// Whether the brackets do not match.
    pub(crate) unbalanced: bool,
    /// A command of the client program that runs SQL which is not in this text (`\i file`, `\gexec`, `SOURCE file`).
    pub(crate) client: bool,
}

/// A script as statements.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) statements: Vec<Piece>,
    pub(crate) broken: Option<Broken>,
    /// The comments that speak to gonogo, in order.
    pub(crate) remarks: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Open {
    tokens: Vec<Token>,
    depth: usize,
    deepest: usize,
    body: usize,
    underflow: bool,
    semicolon_inside: bool,
}

impl Open {
    fn finish(&mut self, out: &mut Vec<Piece>) {
        let open = std::mem::take(self);
        if let (Some(first), Some(last)) = (open.tokens.first(), open.tokens.last()) {
            out.push(Piece {
                start: first.start,
                end: last.end,
                depth: open.deepest,
                unbalanced: open.depth != 0 || open.underflow,
                client: false,
                tokens: open.tokens,
            });
        }
    }
}

/// Cuts `source` into statements. Linear in the length of the source.
pub(crate) fn split(source: &str, dialect: Dialect, version: ServerVersion) -> Script {
    let mut out = Vec::new();
    let mut from = 0;
    let mut heed_brackets = true;
    let mut broken;
    let mut remarks = Vec::new();
    loop {
        let mut lexer = Lexer::new(source, dialect, version);
        lexer.jump(from);
        let restart = run(source, &mut lexer, dialect, heed_brackets, &mut out);
        broken = lexer.broken;
        remarks.append(&mut lexer.remarks);
        match restart {
            // a bracket that is never closed has swallowed the rest: read the rest again, cutting at every semicolon
            Some(at) if heed_brackets => {
                heed_brackets = false;
                from = at;
            }
            _ => break,
        }
    }
    remarks.sort_unstable();
    remarks.dedup();
    Script { statements: out, broken, remarks }
}

fn run(
    source: &str,
    lexer: &mut Lexer<'_>,
    dialect: Dialect,
    heed_brackets: bool,
    out: &mut Vec<Piece>,
) -> Option<usize> {
    let mysql = dialect.is_mysql_family();
    let mut open = Open::default();
    let mut delimiter: Option<String> = None;
    while let Some(mut token) = lexer.next() {
        if let Some(mark) = delimiter.as_deref() {
            let ends = source.get(token.start..).is_some_and(|rest| rest.starts_with(mark));
            if ends {
                lexer.rewind(token.start + mark.len());
                open.finish(out);
                continue;
            }
            if let Some(n) = token.text(source).find(mark).filter(|_| token.kind == Kind::Word) {
                let end = token.start + n + mark.len();
                token.end = token.start + n;
                open.tokens.push(token);
                lexer.rewind(end);
                open.finish(out);
                continue;
            }
        }
        if open.tokens.is_empty() && mysql && token.is_word(source, "delimiter") {
            let line_end = source.get(token.end..).and_then(|r| r.find('\n')).map_or(source.len(), |n| token.end + n);
            let mark = source.get(token.end..line_end).unwrap_or("").trim();
            delimiter = (!mark.is_empty() && mark != ";").then(|| mark.to_owned());
            lexer.rewind(line_end);
            continue;
        }
        match token.kind {
            Kind::Client => {
                let word = token
                    .text(source)
                    .trim_start_matches('\\')
                    .split_whitespace()
                    .next()
                    .unwrap_or("")
                    .to_ascii_lowercase();
                let runs_sql =
                    matches!(word.as_str(), "i" | "ir" | "include" | "include_relative" | "gexec" | "source");
                if word != "gexec" {
                    open.finish(out);
                } else {
                    open = Open::default();
                }
                if runs_sql {
                    out.push(Piece {
                        start: token.start,
                        end: token.end,
                        tokens: vec![token],
                        depth: 0,
                        unbalanced: false,
                        client: true,
                    });
                }
                continue;
            }
            Kind::Punct(b'(' | b'[') => {
                open.depth += 1;
                open.deepest = open.deepest.max(open.depth);
            }
            Kind::Punct(b')' | b']') => match open.depth.checked_sub(1) {
                Some(d) => open.depth = d,
                None => open.underflow = true,
            },
            Kind::Punct(b';') if delimiter.is_none() => {
                if open.body == 0 && (open.depth == 0 || !heed_brackets) {
                    let copies = copies_from_stdin(source, &open.tokens);
                    open.finish(out);
                    if copies {
                        skip_copy_data(source, lexer);
                    }
                    continue;
                }
                open.semicolon_inside |= open.body == 0;
            }
            Kind::Word => body_depth(source, &mut open, token, mysql),
            _ => {}
        }
        open.tokens.push(token);
    }
    if open.semicolon_inside && heed_brackets {
        return open.tokens.first().map(|t| t.start);
    }
    open.finish(out);
    None
}

/// Follows `BEGIN ATOMIC .. END` (PostgreSQL) and routine bodies (MySQL), in which semicolons do not end the statement.
fn body_depth(source: &str, open: &mut Open, token: Token, mysql: bool) {
    let previous = open.tokens.last().copied();
    let text = token.text(source);
    if mysql {
        if !is_routine(source, &open.tokens) {
            return;
        }
        let after_end = previous.is_some_and(|t| t.is_word(source, "end"));
        if after_end && ["if", "loop", "while", "repeat"].iter().any(|w| text.eq_ignore_ascii_case(w)) {
            // the END before this word closed an inner block that was never counted
            open.body += 1;
        } else if (text.eq_ignore_ascii_case("begin") || text.eq_ignore_ascii_case("case")) && !after_end {
            open.body += 1;
        } else if text.eq_ignore_ascii_case("end") {
            open.body = open.body.saturating_sub(1);
        }
    } else if text.eq_ignore_ascii_case("atomic") && previous.is_some_and(|t| t.is_word(source, "begin")) {
        open.body += 1;
    } else if open.body > 0 {
        if text.eq_ignore_ascii_case("case") {
            open.body += 1;
        } else if text.eq_ignore_ascii_case("end") {
            open.body -= 1;
        }
    }
}

fn is_routine(source: &str, tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|t| t.is_word(source, "create"))
        && tokens
            .iter()
            .take(14)
            .any(|t| ["procedure", "function", "trigger", "event", "package"].iter().any(|w| t.is_word(source, w)))
}

fn copies_from_stdin(source: &str, tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|t| t.is_word(source, "copy"))
        && tokens.windows(2).any(|w| matches!(w, [a, b] if a.is_word(source, "from") && b.is_word(source, "stdin")))
}

fn skip_copy_data(source: &str, lexer: &mut Lexer<'_>) {
    let from = lexer.offset();
    let rest = source.get(from..).unwrap_or("");
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == "\\." {
            lexer.jump(from + at);
            return;
        }
    }
    // no end mark: the data are not inline (a driver sends them), so nothing is skipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(source: &str, dialect: Dialect) -> Vec<&str> {
        split(source, dialect, dialect.default_version())
            .statements
            .iter()
            .map(|p| source.get(p.start..p.end).unwrap())
            .collect()
    }

    #[test]
    fn semicolons_in_bodies_and_brackets_do_not_end_a_statement() {
        let sql = "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 1; \
                   create rule r as on insert to t do (select 1; select 2);";
        assert_eq!(cut(sql, Dialect::Postgres).len(), 3);
    }

    #[test]
    fn copy_data_is_no_sql() {
        let sql = "copy t (a) from stdin;\n1;drop table x\n\\.\nselect 1;";
        assert_eq!(cut(sql, Dialect::Postgres), ["copy t (a) from stdin", "select 1"]);
    }

    #[test]
    fn delimiter_changes_what_ends_a_statement() {
        let sql = "DELIMITER $$\ncreate trigger x before insert on t for each row begin set @a=1; end$$\nDELIMITER ;\nselect 1;";
        assert_eq!(cut(sql, Dialect::Mysql).len(), 2);
    }

    #[test]
    fn a_bracket_never_closed_does_not_swallow_the_rest() {
        assert_eq!(cut("alter table t add (a int; drop table t; select 1", Dialect::Postgres).len(), 3);
    }

    #[test]
    fn a_mysql_routine_is_one_statement() {
        let sql = "create procedure p() begin if a then set b=1; end if; case x when 1 then select 1; end case; end; select 2";
        assert_eq!(cut(sql, Dialect::Mysql).len(), 2);
    }
}
