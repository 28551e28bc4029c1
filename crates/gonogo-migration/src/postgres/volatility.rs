//! Which functions are volatile, and so make a new column's default differ from row to row.
//! Source: `pg_proc.provolatile` of PostgreSQL 12, 15 and 18; `contain_volatile_functions` in `ATExecAddColumn` (tablecmds.c).

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::catalog::Catalog;
use crate::model::expression::Expression;
use crate::model::name::Name;
use crate::model::statement::Volatility;

fn names(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_ascii_whitespace).collect()
}

fn stable() -> &'static HashSet<&'static str> {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| names(include_str!("../../data/postgres_stable_functions.txt")))
}

fn volatile() -> &'static HashSet<&'static str> {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| names(include_str!("../../data/postgres_volatile_functions.txt")))
}

/// What is known of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Built in, or defined by a script.
    As(Volatility),
    /// Neither: an extension's, or one that the schema does not show.
    Nothing,
}

pub(super) fn of_function(catalog: &Catalog, name: &Name) -> Known {
    known(catalog, name, 0)
}

/// A function in SQL that is one SELECT of an expression is put in place of its call (`inline_function`), so what counts is that expression.
fn inlines(catalog: &Catalog, function: &crate::catalog::Function, depth: usize) -> bool {
    let Some(body) = function.body.as_deref().filter(|_| function.language == "sql" && depth < 8) else { return false };
    let expression = Expression::from_sql(body.trim().trim_end_matches(';'));
    let plain = expression.fragments.first().is_some_and(|f| f.word("select"))
        && !expression.fragments.iter().any(|f| {
            f.symbol(";") || ["from", "insert", "update", "delete", "where", "union", "limit"].iter().any(|w| f.word(w))
        });
    plain
        && expression
            .functions()
            .iter()
            .all(|f| matches!(known(catalog, f, depth + 1), Known::As(Volatility::Immutable | Volatility::Stable)))
}

fn known(catalog: &Catalog, name: &Name, depth: usize) -> Known {
    if name.schema.as_deref() != Some("pg_catalog")
        && let Some(function) = catalog.functions.get(&name.name)
    {
        return Known::As(if function.volatility == Volatility::Volatile && inlines(catalog, function, depth) {
            Volatility::Stable
        } else {
            function.volatility
        });
    }
    let builtin = name.schema.as_deref().is_none_or(|s| s == "pg_catalog");
    if builtin && volatile().contains(name.name.as_str()) {
        return Known::As(Volatility::Volatile);
    }
    // a type's name called as a function is a cast
    if builtin && (stable().contains(name.name.as_str()) || is_type(&name.name)) {
        return Known::As(Volatility::Stable);
    }
    Known::Nothing
}

fn is_type(name: &str) -> bool {
    matches!(
        super::canonical_type(name),
        "int4"
            | "int8"
            | "int2"
            | "bool"
            | "numeric"
            | "float4"
            | "float8"
            | "text"
            | "date"
            | "json"
            | "jsonb"
            | "bytea"
            | "uuid"
            | "inet"
            | "cidr"
            | "oid"
            | "name"
    )
}

/// Whether the expression may give another value for each row; a function nobody knows counts as volatile.
pub(super) fn is_volatile(catalog: &Catalog, expression: &Expression) -> bool {
    expression
        .functions()
        .iter()
        .any(|f| !matches!(of_function(catalog, f), Known::As(Volatility::Immutable | Volatility::Stable)))
}

/// The functions of which nothing is known.
pub(super) fn unheard_of(catalog: &Catalog, functions: &[Name]) -> Vec<Name> {
    functions.iter().filter(|f| of_function(catalog, f) == Known::Nothing).cloned().collect()
}
