//! From text to statements: tokens, statement boundaries, and a cursor to read a statement with.

pub(crate) mod cursor;
pub(crate) mod lex;
pub(crate) mod split;
