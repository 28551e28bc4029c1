//! MODIFY and CHANGE COLUMN: what differs between the old column and the new one, and what that costs.
//! Source: `Field::is_equal` and `ha_innobase::check_if_supported_inplace_alter` of the servers; "Online DDL Operations, Column
//! Operations" of the MySQL 8.4 manual; "InnoDB Online DDL Operations with the INSTANT Alter Algorithm" of MariaDB's.

use super::alter::{Need, Weight};
use crate::catalog::{Column, Relation};
use crate::dialect::{Dialect, ServerVersion};
use crate::model::table::{ColumnDefinition, DataType, Generated, Position};

/// Bytes of one character at most.
pub(super) fn bytes_per_character(charset: &str) -> i64 {
    match charset {
        "utf8mb4" | "utf32" | "utf16" | "utf16le" | "gb18030" => 4,
        "utf8" | "utf8mb3" | "ujis" | "eucjpms" => 3,
        "ucs2" | "gbk" | "gb2312" | "big5" | "sjis" | "cp932" | "euckr" => 2,
        _ => 1,
    }
}

fn is_text(name: &str) -> bool {
    matches!(name, "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set")
}

/// The character set that a column of the table has.
pub(super) fn charset_of(table: Option<&Relation>, data_type: &DataType) -> String {
    if let Some(charset) = &data_type.charset {
        return normal(charset);
    }
    if let Some(collation) = &data_type.collation {
        return normal(collation.split('_').next().unwrap_or(collation));
    }
    let of_table = table.and_then(|t| {
        let charset = t.option("charset").map(normal);
        charset.or_else(|| t.option("collate").and_then(|c| c.split('_').next()).map(normal))
    });
    // without a word about it: what databases are made with today
    of_table.unwrap_or_else(|| "utf8mb4".to_owned())
}

fn normal(charset: &str) -> String {
    let charset = charset.to_ascii_lowercase();
    if charset == "utf8" { "utf8mb3".to_owned() } else { charset }
}

/// The collation, when it is said or follows from the table.
fn collation_of(server: Server, table: Option<&Relation>, data_type: &DataType) -> Option<String> {
    let said = data_type.collation.clone().or_else(|| match &data_type.charset {
        Some(charset) => default_collation(server, charset).map(str::to_owned),
        None => table.and_then(|t| {
            let of_charset = || t.option("charset").and_then(|charset| default_collation(server, charset));
            t.option("collate").or_else(of_charset).map(str::to_owned)
        }),
    });
    said.map(|collation| match collation.strip_prefix("utf8_") {
        Some(rest) => format!("utf8mb3_{rest}"),
        None => collation,
    })
}

/// What a character set sorts by when nothing else is said, where it does not depend on the server's settings.
fn default_collation(server: Server, charset: &str) -> Option<&'static str> {
    Some(match (charset.to_ascii_lowercase().as_str(), server.dialect) {
        ("latin1", _) => "latin1_swedish_ci",
        ("ascii", _) => "ascii_general_ci",
        ("utf8" | "utf8mb3", Dialect::Mysql) => "utf8mb3_general_ci",
        ("utf8mb4", Dialect::Mysql) => "utf8mb4_0900_ai_ci",
        ("utf8" | "utf8mb3", _) if !server.version.at_least(11, 5, 0) => "utf8mb3_general_ci",
        ("utf8mb4", _) if !server.version.at_least(11, 5, 0) => "utf8mb4_general_ci",
        ("utf8" | "utf8mb3", _) => "utf8mb3_uca1400_ai_ci",
        ("utf8mb4", _) => "utf8mb4_uca1400_ai_ci",
        _ => return None,
    })
}

/// Which server it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    pub(super) dialect: Dialect,
    pub(super) version: ServerVersion,
}

/// How many bytes hold the labels of an ENUM or SET.
fn label_bytes(name: &str, labels: usize) -> usize {
    if name == "enum" { usize::from(labels > 255) + 1 } else { labels.div_ceil(8) }
}

fn same_integer(a: &DataType, b: &DataType) -> bool {
    // a display width changes nothing that is stored
    matches!(a.name.name.as_str(), "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year")
        && a.name == b.name
        && a.unsigned == b.unsigned
}

fn compact(table: Option<&Relation>) -> bool {
    !table.and_then(|t| t.option("row_format")).is_some_and(|f| f.eq_ignore_ascii_case("redundant"))
}

/// What a change of type costs.
fn type_need(server: Server, table: Option<&Relation>, old: &Column, new: &DataType, indexed: bool) -> Need {
    let dialect = server.dialect;
    let from = &old.data_type;
    let (a, b) = (from.name.name.as_str(), new.name.name.as_str());
    if is_text(a) && is_text(b) {
        let (x, y) = (charset_of(table, from), charset_of(table, new));
        let collation_changes = collation_of(server, table, from) != collation_of(server, table, new);
        if x != y {
            // MariaDB relabels a superset of the old set when nothing sorts by the column
            let superset = dialect == Dialect::Mariadb
                && matches!((x.as_str(), y.as_str()), ("utf8mb3", "utf8mb4"))
                && !indexed
                && a == b;
            if !superset {
                return Need::copy();
            }
        } else if collation_changes {
            let relabel = dialect == Dialect::Mariadb && a == b && from.modifiers == new.modifiers;
            return match (relabel, indexed) {
                (true, false) => Need::instant(),
                (true, true) => Need::inplace(),
                _ => Need::copy(),
            };
        }
    }
    if same_integer(from, new) {
        return Need::instant();
    }
    if a != b {
        return Need::copy();
    }
    match a {
        "varchar" | "varbinary" => {
            let width = if a == "varbinary" { 1 } else { bytes_per_character(&charset_of(table, new)) };
            let old_width = if a == "varbinary" { 1 } else { bytes_per_character(&charset_of(table, from)) };
            let (Some(x), Some(y)) = (from.modifier(0), new.modifier(0)) else { return Need::copy() };
            let (x, y) = (x.saturating_mul(old_width), y.saturating_mul(width));
            if x == y && old_width == width {
                return Need::instant();
            }
            if y < x {
                return Need::copy();
            }
            match dialect {
                Dialect::Mariadb => {
                    if !compact(table) || !(128..=255).contains(&x) || y <= 255 {
                        Need::instant()
                    } else {
                        Need::copy()
                    }
                }
                _ if (x > 255) == (y > 255) => Need::inplace(),
                _ => Need::copy(),
            }
        }
        "enum" | "set" => {
            let kept = new.modifiers.get(..from.modifiers.len()) == Some(from.modifiers.as_slice());
            let fits = label_bytes(a, from.modifiers.len()) == label_bytes(a, new.modifiers.len());
            if kept && fits { Need::instant() } else { Need::copy() }
        }
        "char" | "binary" if dialect == Dialect::Mariadb && !compact(table) && new.modifier(0) > from.modifier(0) => {
            Need::instant()
        }
        _ if from.modifiers == new.modifiers && from.unsigned == new.unsigned => Need::instant(),
        "decimal" => {
            let shape = |t: &DataType| (t.modifier(0).unwrap_or(10), t.modifier(1).unwrap_or(0));
            if shape(from) == shape(new) && from.unsigned == new.unsigned { Need::instant() } else { Need::copy() }
        }
        "bit" | "char" | "binary" => {
            let width = |t: &DataType| t.modifier(0).unwrap_or(1);
            if width(from) == width(new) { Need::instant() } else { Need::copy() }
        }
        "datetime" | "timestamp" | "time" => {
            if from.modifier(0).unwrap_or(0) == new.modifier(0).unwrap_or(0) {
                Need::instant()
            } else {
                Need::copy()
            }
        }
        "float" | "double" if from.unsigned == new.unsigned => Need::instant(),
        _ => Need::copy(),
    }
}

fn text_of(e: Option<&crate::model::expression::Expression>) -> Option<String> {
    e.map(|e| {
        let plain = e.as_str().to_ascii_lowercase();
        plain.trim_matches(['(', ')']).trim().to_owned()
    })
    .filter(|t| t != "null")
}

/// Whether the column already stands there.
fn stays_in_place(table: &Relation, name: &str, position: &Position) -> bool {
    let at = table.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    match (at, position) {
        (Some(0), Position::First) => true,
        (Some(at), Position::After(before)) => {
            at > 0 && table.columns.get(at - 1).is_some_and(|c| c.name.eq_ignore_ascii_case(before))
        }
        _ => false,
    }
}

/// What MODIFY or CHANGE asks for.
pub(super) fn need(
    server: Server,
    table: &Relation,
    old: &Column,
    new: &ColumnDefinition,
    indexed: bool,
    referenced: bool,
) -> Need {
    let dialect = server.dialect;
    let mut need = type_need(server, Some(table), old, &new.data_type, indexed);
    match (&old.generated, &new.generated) {
        (None, None) => {}
        // MariaDB computes a virtual column anew whenever it is read, and an index of one or a stored one again when it is touched
        (Some((_, Generated::Virtual)), Some((_, Generated::Virtual))) if dialect == Dialect::Mariadb && !indexed => {}
        (Some(_), Some(_)) if dialect == Dialect::Mariadb => need = need.and(Need::copy()),
        (Some((_, Generated::Virtual)), Some((_, Generated::Virtual)))
            if text_of(old.generated.as_ref().map(|g| &g.0)) == text_of(new.generated.as_ref().map(|g| &g.0)) => {}
        (Some((_, Generated::Stored)), Some((_, Generated::Stored)))
            if text_of(old.generated.as_ref().map(|g| &g.0)) == text_of(new.generated.as_ref().map(|g| &g.0)) => {}
        _ => need = need.and(Need::copy()),
    }
    let not_null = new.not_null == Some(true) || new.is_primary_key() || (old.not_null && in_primary(table, &old.name));
    if old.not_null != not_null {
        let relaxed = dialect == Dialect::Mariadb && old.not_null && !compact(Some(table));
        need = need.and(if relaxed { Need::instant() } else { Need::rebuild() });
    }
    if old.identity != new.identity {
        let drops = old.identity && dialect == Dialect::Mariadb;
        need = need.and(if drops { Need::instant() } else { Need::copy() });
    }
    if let Some(position) = &new.position
        && !stays_in_place(table, &old.name, position)
    {
        let instant = dialect == Dialect::Mariadb && table_allows_instant(table);
        need = need.and(if instant { Need::instant() } else { Need::rebuild() });
    }
    if !old.name.eq_ignore_ascii_case(&new.name) && referenced && dialect == Dialect::Mysql {
        need = need.and(Need::metadata());
    }
    for constraint in &new.constraints {
        if matches!(constraint.kind, crate::model::table::ConstraintKind::Check { .. }) && !constraint.not_enforced {
            need = need.and(Need::copy());
        }
    }
    if need.weight == Weight::Instant && !indexed {
        return need;
    }
    need
}

fn in_primary(table: &Relation, column: &str) -> bool {
    table.constraints.iter().any(|c| matches!(&c.kind, crate::model::table::ConstraintKind::PrimaryKey { columns, .. } if columns.iter().any(|x| x.eq_ignore_ascii_case(column))))
}

/// Compressed tables know no instant column changes.
pub(super) fn table_allows_instant(table: &Relation) -> bool {
    let compressed = table.option("row_format").is_some_and(|f| f.eq_ignore_ascii_case("compressed"))
        || table.option("key_block_size").is_some_and(|v| v != "0");
    !compressed
}
