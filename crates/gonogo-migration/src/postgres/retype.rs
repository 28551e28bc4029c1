//! Does a change of a column's type rewrite the table, and can its indexes stay?
//! Source: `ATColumnChangeRequiresRewrite`, `coerce_to_target_type`, the support functions `varchar_support`, `numeric_support`,
//! `varbit_support`, `TemporalSimplify` and `interval_support`, `CheckIndexCompatible`, and `pg_cast` where `castmethod = 'b'`.

use crate::catalog::{Catalog, Column};
use crate::model::expression::{Expression, Fragment};
use crate::model::name::Name;
use crate::model::table::DataType;
use crate::scene::Zone;

/// What happens to the stored bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bytes {
    /// They stay.
    Stay,
    /// They are written anew.
    Change,
    /// It depends on something that was not said.
    Unknown(String),
}

/// The domain of that name.
fn domain<'a>(catalog: &'a Catalog, data_type: &DataType) -> Option<&'a crate::catalog::Domain> {
    if data_type.array > 0 { None } else { catalog.domains.get(&data_type.name.name) }
}

/// The type under all domains, and whether one of them has conditions.
pub(super) fn base(catalog: &Catalog, data_type: &DataType) -> (DataType, bool) {
    let mut current = data_type.clone();
    let mut constrained = false;
    // a domain over a domain over ..: the server does not allow cycles, but a script may pretend one
    for _ in 0..32 {
        let Some(found) = domain(catalog, &current) else { break };
        constrained |= found.constrained();
        let collation = current.collation.clone();
        current = found.base.clone();
        current.collation = collation.or(current.collation);
    }
    (current, constrained)
}

/// Whether a type is a domain with conditions.
pub(super) fn constrained(catalog: &Catalog, data_type: &DataType) -> bool {
    base(catalog, data_type).1
}

fn same_name(a: &Name, b: &Name) -> bool {
    a.name == b.name && (a.schema == b.schema || a.schema.is_none() || b.schema.is_none())
}

const OBJECT_NUMBERS: &[&str] = &[
    "regproc",
    "regprocedure",
    "regoper",
    "regoperator",
    "regclass",
    "regtype",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regrole",
    "regcollation",
];

/// Whether the cast is without a function (`pg_cast.castmethod = 'b'`).
fn binary(from: &str, to: &str) -> bool {
    match (from, to) {
        ("text" | "varchar", "text" | "varchar" | "bpchar")
        | ("xml", "text" | "varchar" | "bpchar")
        | ("cidr", "inet")
        | ("bit", "varbit")
        | ("varbit", "bit")
        | ("int4", "oid")
        | ("oid", "int4")
        | ("pg_node_tree", "text") => true,
        ("int4" | "oid", other) | (other, "int4" | "oid") => OBJECT_NUMBERS.contains(&other),
        ("regproc", "regprocedure")
        | ("regprocedure", "regproc")
        | ("regoper", "regoperator")
        | ("regoperator", "regoper") => true,
        _ => false,
    }
}

fn number(modifiers: &[String], n: usize) -> Option<i64> {
    modifiers.get(n).and_then(|m| m.trim().parse().ok())
}

/// The coercion to the length, precision or scale: is it a relabelling?
fn length_stays(name: &str, from: &[String], to: &[String]) -> bool {
    if to.is_empty() || from == to {
        return true;
    }
    let (old, new) = (number(from, 0), number(to, 0));
    match name {
        "varchar" | "varbit" => matches!((old, new), (Some(a), Some(b)) if b >= a),
        "numeric" => {
            let scale = |m: &[String]| number(m, 1).unwrap_or(0);
            matches!((old, new), (Some(a), Some(b)) if b >= a) && scale(from) == scale(to)
        }
        "timestamp" | "timestamptz" | "time" | "timetz" => {
            new.is_some_and(|n| n >= 6) || matches!((old, new), (Some(a), Some(b)) if b >= a)
        }
        "interval" => {
            let fields = |m: &[String]| m.get(1).cloned().unwrap_or_default();
            let wide_enough = new.is_none_or(|n| n >= 6) || matches!((old, new), (Some(a), Some(b)) if b >= a);
            wide_enough && (fields(to).is_empty() || fields(to) == fields(from))
        }
        _ => false,
    }
}

/// One coercion; on success the modifiers that the expression has after it.
fn step(catalog: &Catalog, from: &DataType, to: &DataType, zone: Zone) -> (Bytes, DataType) {
    let whole_same = same_name(&from.name, &to.name) && from.array == to.array && from.modifiers == to.modifiers;
    if whole_same {
        return (Bytes::Stay, to.clone());
    }
    let (old, _) = base(catalog, from);
    let (new, strict) = base(catalog, to);
    let mut result = to.clone();
    result.modifiers.clone_from(&new.modifiers);
    if strict && !same_name(&from.name, &to.name) {
        return (Bytes::Change, result);
    }
    if old.array > 0 || new.array > 0 {
        let same = same_name(&old.name, &new.name) && (old.array > 0) == (new.array > 0);
        let stays = same && (new.modifiers.is_empty() || new.modifiers == old.modifiers);
        return (if stays { Bytes::Stay } else { Bytes::Change }, result);
    }
    let (a, b) = (old.name.name.as_str(), new.name.name.as_str());
    let modifiers = if domain(catalog, from).is_some() {
        // the value of a domain's column carries no length of its own
        if same_name(&old.name, &new.name) || binary(a, b) { Vec::new() } else { return (Bytes::Change, result) }
    } else if same_name(&old.name, &new.name) {
        old.modifiers.clone()
    } else if binary(a, b) {
        Vec::new()
    } else if matches!((a, b), ("timestamp", "timestamptz") | ("timestamptz", "timestamp")) {
        match zone {
            Zone::Utc => Vec::new(),
            Zone::Offset => return (Bytes::Change, result),
            Zone::Unknown => {
                let why = "whether timestamp and timestamptz share their bytes depends on the session's TimeZone, which is not known".to_owned();
                return (Bytes::Unknown(why), result);
            }
        }
    } else {
        return (Bytes::Change, result);
    };
    let stays = length_stays(b, &modifiers, &new.modifiers);
    (if stays { Bytes::Stay } else { Bytes::Change }, result)
}

/// What the USING expression starts from: the column itself through casts, innermost first; `None` if it is anything else.
fn cast_chain(using: &Expression, column: &str) -> Option<Vec<DataType>> {
    fn walk(fragments: &[Fragment], column: &str, depth: usize) -> Option<Vec<DataType>> {
        if depth > 16 {
            return None;
        }
        let body = crate::model::expression::strip(fragments);
        if let [only] = body {
            return (only.names() && only.text == column).then(Vec::new);
        }
        if body.first()?.word("cast") && body.get(1)?.symbol("(") && body.last()?.symbol(")") {
            let inner = body.get(2..body.len() - 1)?;
            let at = inner.iter().rposition(|f| f.word("as"))?;
            let mut types = walk(inner.get(..at)?, column, depth + 1)?;
            types.push(type_of(inner.get(at + 1..)?)?);
            return Some(types);
        }
        let at = body.iter().rposition(|f| f.symbol("::"))?;
        let mut types = walk(body.get(..at)?, column, depth + 1)?;
        types.push(type_of(body.get(at + 1..)?)?);
        Some(types)
    }
    walk(&using.fragments, column, 0)
}

fn type_of(fragments: &[Fragment]) -> Option<DataType> {
    let text: String = fragments.iter().map(|f| format!("{} ", f.text)).collect();
    let dialect = crate::dialect::Dialect::Postgres;
    let tokens: Vec<_> = crate::sql::lex::Lexer::new(&text, dialect, dialect.default_version()).collect();
    let mut cursor = crate::sql::cursor::Cursor::new(&text, &tokens, true);
    let (data_type, _) = super::types::read_type(&mut cursor).ok()?;
    cursor.done().then_some(data_type)
}

/// What a change of type does to the stored bytes.
pub(super) fn bytes(
    catalog: &Catalog,
    column: Option<&Column>,
    name: &str,
    to: &DataType,
    using: Option<&Expression>,
    zone: Zone,
) -> Bytes {
    let Some(column) = column else {
        return Bytes::Unknown(format!(
            "the present type of column {name} is not known, so its change may rewrite the table"
        ));
    };
    let mut at = column.data_type.clone();
    let mut chain = match using {
        None => Vec::new(),
        Some(using) => match cast_chain(using, name) {
            Some(chain) => chain,
            None => return Bytes::Change,
        },
    };
    chain.push(to.clone());
    for next in &chain {
        let (bytes, after) = step(catalog, &at, next, zone);
        if bytes != Bytes::Stay {
            return bytes;
        }
        at = after;
        at.name.clone_from(&next.name);
    }
    Bytes::Stay
}

/// Whether an index on the column can be kept: the same operator class and collation.
pub(super) fn index_stays(catalog: &Catalog, column: Option<&Column>, to: &DataType) -> bool {
    let Some(column) = column else { return false };
    let (old, new) = (base(catalog, &column.data_type).0, base(catalog, to).0);
    let class = |t: &DataType| match t.name.name.as_str() {
        "text" | "varchar" => "text".to_owned(),
        "inet" | "cidr" => "inet".to_owned(),
        other => other.to_owned(),
    };
    let collation = |t: &DataType| t.collation.clone().filter(|c| c != "default");
    class(&old) == class(&new) && (old.array > 0) == (new.array > 0) && collation(&old) == collation(&new)
}

/// Whether the new type takes fewer values than the old one, or values of another kind, so that code may be refused or misled.
pub(super) fn narrows(catalog: &Catalog, column: Option<&Column>, to: &DataType) -> bool {
    let Some(column) = column else { return true };
    let (old, _) = base(catalog, &column.data_type);
    let (new, strict) = base(catalog, to);
    if strict {
        return true;
    }
    if old.array != new.array {
        return true;
    }
    let rank = |n: &str| match n {
        "int2" => Some(1),
        "int4" => Some(2),
        "int8" => Some(3),
        _ => None,
    };
    let (a, b) = (old.name.name.as_str(), new.name.name.as_str());
    if a == b {
        let padded = b == "bpchar" && number(&new.modifiers, 0) >= number(&old.modifiers, 0);
        return !padded && !length_stays(b, &old.modifiers, &new.modifiers);
    }
    match (rank(a), rank(b)) {
        (Some(x), Some(y)) => y < x,
        (Some(_), None) => !(b == "numeric" && new.modifiers.is_empty()),
        _ => match (a, b) {
            ("varchar" | "bpchar", "text")
            | ("float4", "float8")
            | ("cidr", "inet")
            | ("json", "jsonb")
            | ("date", "timestamp" | "timestamptz") => false,
            ("text" | "varchar" | "bpchar", "varchar") => {
                match (number(&old.modifiers, 0), number(&new.modifiers, 0)) {
                    (_, None) => false,
                    (Some(x), Some(y)) => y < x,
                    (None, Some(_)) => true,
                }
            }
            _ => true,
        },
    }
}
