//! SQL expressions as flat lists of tokens, and the few questions that effects ask of them.

use std::collections::BTreeSet;

use super::name::Name;

/// What one token of an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FragmentKind {
    Word,
    Quoted,
    Text,
    Number,
    Symbol,
}

/// One token of an expression, words in lower case, quoted names without their quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) kind: FragmentKind,
    pub(crate) text: String,
}

impl Fragment {
    pub(crate) fn symbol(&self, text: &str) -> bool {
        self.kind == FragmentKind::Symbol && self.text == text
    }

    pub(crate) fn word(&self, text: &str) -> bool {
        self.kind == FragmentKind::Word && self.text == text
    }

    pub(crate) fn names(&self) -> bool {
        matches!(self.kind, FragmentKind::Word | FragmentKind::Quoted)
    }
}

/// An SQL expression: its text, and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    pub(crate) fragments: Vec<Fragment>,
}

/// Words that are followed by a bracket without being a function.
const NO_FUNCTION: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "any",
    "all",
    "some",
    "exists",
    "when",
    "then",
    "else",
    "case",
    "cast",
    "values",
    "as",
    "array",
    "row",
    "on",
    "over",
    "filter",
    "within",
    "group",
    "by",
    "from",
    "where",
    "select",
    "is",
    "like",
    "ilike",
    "between",
    "using",
    "interval",
    "varchar",
    "char",
    "character",
    "varying",
    "numeric",
    "decimal",
    "bit",
    "varbit",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "float",
    "precision",
    "end",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "limit",
    "union",
    "except",
    "intersect",
    "returning",
    "set",
    "partition",
    "order",
    "distinct",
    "collate",
    "similar",
    "to",
    "stored",
    "virtual",
    "deferrable",
    "check",
    "references",
    "unique",
    "key",
    "default",
    "null",
    "true",
    "false",
    "extract",
    "position",
    "substring",
    "overlay",
    "trim",
    "grouping",
    "xmlelement",
    "join",
    "lateral",
    "with",
    "recursive",
    "materialized",
    "int",
    "conflict",
    "exclude",
];

impl Expression {
    pub(crate) fn new(text: String, fragments: Vec<Fragment>) -> Self {
        Self { text, fragments }
    }

    /// An expression from PostgreSQL text, for defaults that the server makes up itself.
    pub(crate) fn from_sql(text: &str) -> Self {
        let dialect = crate::dialect::Dialect::Postgres;
        let tokens: Vec<_> = crate::sql::lex::Lexer::new(text, dialect, dialect.default_version()).collect();
        let cursor = crate::sql::cursor::Cursor::new(text, &tokens, true);
        cursor.expression_of(0, tokens.len())
    }

    /// The expression as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.fragments.is_empty()
    }

    /// The functions called, as they are spelled.
    pub fn functions(&self) -> Vec<Name> {
        let mut out = Vec::new();
        for (i, f) in self.fragments.iter().enumerate() {
            let called = f.names() && self.fragments.get(i + 1).is_some_and(|n| n.symbol("("));
            if !called || (f.kind == FragmentKind::Word && NO_FUNCTION.contains(&f.text.as_str())) {
                continue;
            }
            if i > 0 && self.fragments.get(i - 1).is_some_and(|p| p.symbol("::")) {
                continue;
            }
            let schema = i
                .checked_sub(2)
                .filter(|_| self.fragments.get(i - 1).is_some_and(|p| p.symbol(".")))
                .and_then(|s| self.fragments.get(s))
                .filter(|s| s.names())
                .map(|s| s.text.clone());
            out.push(Name { schema, name: f.text.clone() });
        }
        out
    }

    /// Whether the expression names this column (or anything else spelled like it that is no function and no type).
    pub fn mentions(&self, column: &str) -> bool {
        self.fragments.iter().enumerate().any(|(i, f)| {
            f.names()
                && f.text.eq_ignore_ascii_case(column)
                && !self.fragments.get(i + 1).is_some_and(|n| n.symbol("("))
                && !(i > 0 && self.fragments.get(i - 1).is_some_and(|p| p.symbol("::")))
        })
    }

    /// All names that are no function and no type, in lower case for words.
    pub(crate) fn identifiers(&self) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for (i, f) in self.fragments.iter().enumerate() {
            if f.names()
                && !self.fragments.get(i + 1).is_some_and(|n| n.symbol("(") || n.symbol("."))
                && !(i > 0 && self.fragments.get(i - 1).is_some_and(|p| p.symbol("::")))
            {
                out.insert(f.text.clone());
            }
        }
        out
    }

    /// Whether the expression is the word NULL, possibly cast.
    pub fn is_null(&self) -> bool {
        let body = self.stripped();
        body.first().is_some_and(|f| f.word("null")) && (body.len() == 1 || body.get(1).is_some_and(|f| f.symbol("::")))
    }

    /// The tokens without brackets that enclose all of them.
    pub(crate) fn stripped(&self) -> &[Fragment] {
        strip(&self.fragments)
    }
}

/// A list of tokens without brackets that enclose all of them.
pub(crate) fn strip(mut fragments: &[Fragment]) -> &[Fragment] {
    while let [first, inner @ .., last] = fragments {
        if !(first.symbol("(") && last.symbol(")") && balanced(inner)) {
            break;
        }
        fragments = inner;
    }
    fragments
}

fn balanced(fragments: &[Fragment]) -> bool {
    let mut depth = 0usize;
    for f in fragments {
        if f.symbol("(") {
            depth += 1;
        } else if f.symbol(")") {
            match depth.checked_sub(1) {
                Some(d) => depth = d,
                None => return false,
            }
        }
    }
    depth == 0
}

/// Cuts at a word of the outermost level, for example at every AND. `BETWEEN a AND b` is not cut.
pub(crate) fn cut_at<'a>(fragments: &'a [Fragment], word: &str) -> Vec<&'a [Fragment]> {
    let mut out = Vec::new();
    let (mut depth, mut case, mut between, mut from) = (0usize, 0usize, false, 0usize);
    for (i, f) in fragments.iter().enumerate() {
        if f.symbol("(") || f.symbol("[") {
            depth += 1;
        } else if f.symbol(")") || f.symbol("]") {
            depth = depth.saturating_sub(1);
        } else if f.word("case") {
            case += 1;
        } else if f.word("end") {
            case = case.saturating_sub(1);
        } else if depth == 0 && case == 0 && f.word("between") {
            between = true;
        } else if depth == 0 && case == 0 && f.word(word) {
            if between && word == "and" {
                between = false;
                continue;
            }
            out.push(fragments.get(from..i).unwrap_or(&[]));
            from = i + 1;
        }
    }
    out.push(fragments.get(from..).unwrap_or(&[]));
    out
}
