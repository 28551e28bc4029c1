//! What a query reads: found by a flat walk over its tokens, which is enough to know whom it locks.

use std::collections::BTreeSet;

use super::expression::Expression;
use super::name::Name;

/// A query, reduced to what matters for locks and work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The tables and views it reads, in order of appearance, each once, and whether ONLY was said.
    pub tables: Vec<Name>,
    /// Tables that a data-modifying part (`WITH x AS (DELETE ..)`) writes.
    pub written: Vec<Name>,
    /// The functions it calls.
    pub functions: Vec<Name>,
    /// Whether it locks rows: `FOR UPDATE`, `FOR SHARE` and their kind.
    pub locks_rows: bool,
    /// Whether `*` stands in a select list.
    pub star: bool,
    /// Whether it has a WHERE.
    pub filtered: bool,
    /// Every name in it that may be a column.
    pub(crate) identifiers: BTreeSet<String>,
    /// Names that are compared with `=` or IN: a lookup, if an index begins with one.
    pub(crate) looked_up: BTreeSet<String>,
    /// Aliases, each with the table it stands for.
    pub(crate) aliases: Vec<(String, String)>,
    /// Columns that are written with their table or its alias.
    pub(crate) qualified: BTreeSet<(String, String)>,
    /// Columns that are written alone.
    pub(crate) bare: BTreeSet<String>,
    /// The string literals in it, without quotes.
    pub(crate) literals: Vec<String>,
}

/// Words that end a list of tables.
const ENDS_FROM: &[&str] = &[
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
    "window",
    "for",
    "returning",
    "set",
    "on",
    "values",
    "select",
    "when",
    "do",
];

/// Words that cannot be an alias.
const NO_ALIAS: &[&str] = &[
    "join",
    "left",
    "right",
    "inner",
    "outer",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "tablesample",
    "straight_join",
    "with",
    "as",
];

impl Query {
    /// Reads a query from its tokens. Linear.
    pub fn read(expression: &Expression) -> Self {
        let f = &expression.fragments;
        let common = common_tables(expression);
        let mut query = Self {
            tables: Vec::new(),
            written: Vec::new(),
            functions: expression.functions(),
            locks_rows: false,
            star: false,
            filtered: false,
            identifiers: expression.identifiers(),
            looked_up: f
                .windows(2)
                .filter(|w| matches!(w, [a, b] if a.names() && (b.symbol("=") || b.word("in"))))
                .filter_map(|w| w.first().map(|a| a.text.clone()))
                .collect(),
            aliases: Vec::new(),
            qualified: f
                .windows(3)
                .filter_map(|w| match w {
                    [a, dot, b] if dot.symbol(".") && a.names() && b.names() => Some((a.text.clone(), b.text.clone())),
                    _ => None,
                })
                .collect(),
            bare: (0..f.len())
                .filter(|n| n.checked_sub(1).and_then(|p| f.get(p)).is_none_or(|p| !p.symbol(".") && !p.symbol("::")))
                .filter_map(|n| {
                    f.get(n).filter(|p| p.names() && !f.get(n + 1).is_some_and(|x| x.symbol("(") || x.symbol(".")))
                })
                .map(|p| p.text.clone())
                .collect(),
            literals: f
                .iter()
                .filter(|p| p.kind == super::expression::FragmentKind::Text && p.text.len() < 200)
                .take(64)
                .map(|p| crate::sql::cursor::literal(&p.text))
                .collect(),
        };
        // for each open bracket: are we inside a list of tables at that level?
        let mut levels = vec![false];
        let mut expects = false;
        let mut function_brackets = vec![false];
        let mut i = 0;
        while let Some(part) = f.get(i) {
            if part.symbol("(") {
                // extract(x from y) and friends: FROM inside a function's brackets names no table
                let called = i > 0 && f.get(i - 1).is_some_and(|p| p.names() && takes_from(&p.text));
                levels.push(expects);
                function_brackets.push(called);
            } else if part.symbol(")") {
                if levels.len() > 1 {
                    levels.pop();
                    function_brackets.pop();
                }
                expects = false;
            } else if part.symbol(",") {
                expects = levels.last().copied().unwrap_or(false);
            } else if part.symbol("*") {
                let before = i.checked_sub(1).and_then(|p| f.get(p));
                query.star |= before.is_some_and(|p| {
                    p.word("select") || p.symbol(",") || p.symbol(".") || p.word("distinct") || p.word("all")
                });
            } else if part.word("from") || part.word("join") || part.word("straight_join") {
                let in_function = function_brackets.last().copied().unwrap_or(false);
                let distinct = part.word("from") && i > 0 && f.get(i - 1).is_some_and(|p| p.word("distinct"));
                if !in_function && !distinct {
                    expects = true;
                    set_last(&mut levels, true);
                }
            } else if part.word("using")
                && f.first().is_some_and(|p| p.word("delete") || p.word("merge"))
                && !f.get(i + 1).is_some_and(|n| n.symbol("("))
            {
                expects = true;
                set_last(&mut levels, true);
            } else if (part.word("into") && i > 0 && f.get(i - 1).is_some_and(|p| p.word("insert") || p.word("merge")))
                || (part.word("update")
                    && !(i > 0
                        && f.get(i - 1)
                            .is_some_and(|p| p.word("for") || p.word("key") || p.word("do") || p.word("on"))))
            {
                i += 1;
                i += usize::from(f.get(i).is_some_and(|n| n.word("only")));
                if let Some((name, next)) = name_at(expression, i) {
                    push(&mut query.written, name);
                    i = next;
                }
                continue;
            } else if part.names() {
                let keyword = part.kind == super::expression::FragmentKind::Word;
                if keyword && ENDS_FROM.contains(&part.text.as_str()) {
                    query.filtered |= part.word("where");
                    query.locks_rows |= part.word("for")
                        && f.get(i + 1)
                            .is_some_and(|n| n.word("update") || n.word("share") || n.word("no") || n.word("key"));
                    expects = false;
                    if !part.word("on") {
                        set_last(&mut levels, false);
                    }
                } else if expects
                    && !(keyword && (part.text == "only" || part.text == "lateral" || part.text == "rows"))
                    && let Some((name, next)) = name_at(expression, i)
                {
                    let function = f.get(next).is_some_and(|n| n.symbol("("));
                    let deleted = i >= 2
                        && f.get(i - 1).is_some_and(|p| p.word("from") || p.word("only"))
                        && deletes(expression, i);
                    let table = name.name.clone();
                    let local = name.schema.is_none() && common.contains(&name.name);
                    if !function && !local {
                        if deleted {
                            push(&mut query.written, name);
                        } else {
                            push(&mut query.tables, name);
                        }
                    }
                    expects = false;
                    i = next;
                    // an alias, with or without AS
                    i += usize::from(f.get(i).is_some_and(|n| n.word("as")));
                    let alias = f.get(i).is_some_and(|n| {
                        n.names() && !ENDS_FROM.contains(&n.text.as_str()) && !NO_ALIAS.contains(&n.text.as_str())
                    });
                    if let (true, Some(own)) = (alias, f.get(i)) {
                        query.aliases.push((own.text.clone(), table));
                    }
                    i += usize::from(alias);
                    continue;
                }
            }
            i += 1;
        }
        if f.first().is_some_and(|p| p.word("table"))
            && let Some((name, _)) = name_at(expression, 1)
        {
            push(&mut query.tables, name);
        }
        query
    }
}

fn takes_from(function: &str) -> bool {
    matches!(function, "extract" | "substring" | "trim" | "overlay" | "position")
}

fn deletes(expression: &Expression, at: usize) -> bool {
    (1..=3).any(|back| at.checked_sub(back).and_then(|i| expression.fragments.get(i)).is_some_and(|p| p.word("delete")))
}

fn set_last(levels: &mut [bool], value: bool) {
    if let Some(last) = levels.last_mut() {
        *last = value;
    }
}

fn push(list: &mut Vec<Name>, name: Name) {
    if !list.contains(&name) {
        list.push(name);
    }
}

fn name_at(expression: &Expression, from: usize) -> Option<(Name, usize)> {
    let f = &expression.fragments;
    let mut name = f.get(from).filter(|p| p.names())?.text.clone();
    let mut schema = None;
    let mut i = from + 1;
    while f.get(i).is_some_and(|p| p.symbol(".")) && f.get(i + 1).is_some_and(|p| p.names()) {
        schema = Some(std::mem::replace(&mut name, f.get(i + 1)?.text.clone()));
        i += 2;
    }
    Some((Name { schema, name }, i))
}

/// The names that WITH defines.
fn common_tables(expression: &Expression) -> BTreeSet<String> {
    let f = &expression.fragments;
    let mut out = BTreeSet::new();
    for (i, part) in f.iter().enumerate() {
        let opens = part.word("as")
            && f.get(i + 1).is_some_and(|n| n.symbol("(") || n.word("materialized") || n.word("not"))
            && f.get(i + 1..)
                .unwrap_or(&[])
                .iter()
                .take(4)
                .any(|n| ["select", "insert", "update", "delete", "with", "values"].iter().any(|w| n.word(w)));
        if !opens {
            continue;
        }
        let mut at = i;
        // a list of columns may stand between the name and AS
        if at > 0 && f.get(at - 1).is_some_and(|p| p.symbol(")")) {
            while at > 0 && !f.get(at).is_some_and(|p| p.symbol("(")) {
                at -= 1;
            }
        }
        if let Some(name) = at.checked_sub(1).and_then(|n| f.get(n)).filter(|n| n.names()) {
            out.insert(name.text.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::sql::cursor::Cursor;
    use crate::sql::lex::Lexer;

    fn read(sql: &str) -> Query {
        let tokens: Vec<_> = Lexer::new(sql, Dialect::Postgres, Dialect::Postgres.default_version()).collect();
        let cursor = Cursor::new(sql, &tokens, true);
        Query::read(&cursor.expression_of(0, tokens.len()))
    }

    #[test]
    fn tables_of_joins_subqueries_and_lists_are_found() {
        let q = read(
            "select a.x, (select max(y) from s.u) from t a, lateral f(a.x), v as b join \"W w\" on a.i = b.i where x in (select i from k)",
        );
        let names: Vec<String> = q.tables.iter().map(Name::to_string).collect();
        assert_eq!(names, ["s.u", "t", "v", "W w", "k"]);
    }

    #[test]
    fn common_tables_and_function_syntax_are_no_tables() {
        let q = read(
            "with a as (select 1), b(x) as (delete from gone returning x) select extract(year from ts) from a join b on a.x is distinct from b.x",
        );
        assert!(q.tables.is_empty(), "{:?}", q.tables);
        assert_eq!(q.written, [Name::bare("gone")]);
    }
}
