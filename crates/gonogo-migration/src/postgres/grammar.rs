//! A second opinion on whether a statement is PostgreSQL at all, from a full grammar.

use crate::sql::lex::{Kind, Token};
use crate::sql::split::DEPTH_LIMIT;

/// How long a chain of operators without a bracket or comma may be: the tree of such a chain is as deep as it is long.
const CHAIN_LIMIT: usize = 400;

/// The longest statement that is given to the grammar; beyond it are data, not DDL.
const LENGTH_LIMIT: usize = 256 * 1024;

/// The first syntax error, or `None` if there is none or the statement is too deep or too long to be asked about.
pub(crate) fn error(source: &str, tokens: &[Token], depth: usize) -> Option<String> {
    if depth > DEPTH_LIMIT || source.len() > LENGTH_LIMIT || chain(tokens) > CHAIN_LIMIT {
        return None;
    }
    let parse = squawk_syntax::SourceFile::parse(source);
    parse.errors().first().map(|e| e.message().to_owned())
}

/// The longest run of tokens that could nest without brackets: operators, prefixes, CASE, set operations.
fn chain(tokens: &[Token]) -> usize {
    let (mut longest, mut run) = (0usize, 0usize);
    for token in tokens {
        match token.kind {
            Kind::Punct(b',' | b';') => run = 0,
            Kind::Operator | Kind::Word | Kind::Punct(_) => {
                run += 1;
                longest = longest.max(run);
            }
            _ => {}
        }
    }
    longest
}
